"""Delivers letters: by SMTP to a mail server, or not at all when they are read in the portal.

Flask-Mail would need an application at each call, has no time-out and no way to mend a connection
that idled out between two letters; smtplib, which it wraps, has both.
"""

import ipaddress
import re
import smtplib
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from app.clock import now

TIMEOUT = 20.0

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
_MESSAGE_ID = re.compile(r"[^\s<>@]+@[^\s<>@]+")
_RESERVED = {"from", "to", "cc", "bcc", "subject", "date", "message-id", "sender", "mime-version"}
_OPTIONS = {"starttls", "cafile", "timeout"}


class MailRefusedError(Exception):
    """This letter can never be delivered as it is: a wrong address, or refused for good."""


class MailUnavailableError(Exception):
    """The mail server could not take the letter now; trying later may help."""


@dataclass(frozen=True, kw_only=True)
class OutgoingMail:
    """One letter to one recipient; ``message_id`` stays the same at each try.

    It comes back to ``return_path`` when it cannot be delivered after all, by default to its
    sender.
    """

    to_name: str
    to_email: str
    sender_name: str
    sender_email: str
    subject: str
    text: str
    html: str
    message_id: str
    headers: Mapping[str, str] = field(default_factory=dict)
    return_path: str = ""


class Mailer(Protocol):
    """Delivers mail; use it as a context manager for many letters over one connection."""

    def send(self, message: OutgoingMail) -> str:
        """Deliver one letter and return the outcome in words."""

    def check(self) -> str:
        """Connect without sending anything, and return in words where letters go."""

    def close(self) -> None:
        """End the connection, if there is one."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None: ...


def open_mailer(url: str) -> Mailer:
    """Return the mailer that ``url`` names; it connects when the first letter is sent.

    Empty keeps letters in the portal. ``smtp://user:password@host:587?starttls=1`` and
    ``smtps://user:password@host`` deliver; ``cafile=`` names a private authority, ``timeout=``
    seconds.
    """
    if not url.strip():
        return MailboxMailer()
    parts = urlsplit(url.strip())
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("MAIL_URL may be empty, smtp://host:port?starttls=1 or smtps://host.")
    return SmtpMailer(_server(parts))


class MailboxMailer:
    """The embedded mailbox: the letter's own row keeps it, and staff read it in the portal."""

    def send(self, message: OutgoingMail) -> str:
        """Check the letter as a server would, and leave it where it is."""
        compose(message)
        return "kept in the mailbox"

    def check(self) -> str:
        """Say that letters stay in the portal."""
        return "letters are kept in the portal, on its Letters page"

    def close(self) -> None:
        """Do nothing: there is no connection."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, kw_only=True)
class Server:
    """A mail server and how to speak to it; its password is never shown."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: str = ""  # "", "starttls" or "from the start"
    cafile: str | None = None
    timeout: float = TIMEOUT


class SmtpMailer:
    """Delivers over one connection that is kept between letters and opened anew when it broke."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._lock = threading.Lock()
        self._connection: smtplib.SMTP | None = None

    def send(self, message: OutgoingMail) -> str:
        """Deliver one letter; raise MailRefusedError or MailUnavailableError."""
        # Written by the message itself: smtplib's own writing puts ">" before a line with "From".
        content = compose(message).as_bytes()
        sender = _ascii(message.return_path or message.sender_email)
        recipient = _ascii(message.to_email)
        with self._lock:
            try:
                self._connected().sendmail(sender, [recipient], content)
            except (smtplib.SMTPException, OSError) as error:
                told = _told(error, message.to_email)
                if isinstance(told, MailUnavailableError):
                    self._drop()
                raise told from error
        return f"accepted by {self.server.host}"

    def check(self) -> str:
        """Connect and sign in; raise MailUnavailableError when that does not work."""
        with self._lock:
            try:
                self._connected()
            except (smtplib.SMTPException, OSError) as error:
                told = f"{self.server.host} does not answer: {error}"
                raise MailUnavailableError(told) from error
        return f"letters go out by {self.server.host}"

    def close(self) -> None:
        """End the connection, if there is one."""
        with self._lock:
            self._drop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()

    def _connected(self) -> smtplib.SMTP:
        if self._connection is not None and not _answers(self._connection):
            self._drop()
        if self._connection is None:
            self._connection = self._opened()
        return self._connection

    def _opened(self) -> smtplib.SMTP:
        server = self.server
        trust = ssl.create_default_context(cafile=server.cafile) if server.tls else None
        connection: smtplib.SMTP
        if server.tls == "from the start":
            connection = smtplib.SMTP_SSL(
                server.host, server.port, timeout=server.timeout, context=trust
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
        try:
            if server.tls == "starttls":
                connection.starttls(context=trust)
            if server.user:
                connection.login(server.user, server.password)
        except BaseException:
            connection.close()
            raise
        return connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.quit()
        except (smtplib.SMTPException, OSError):
            connection.close()


def _answers(connection: smtplib.SMTP) -> bool:
    # Asked before each further letter: servers close connections that idle, and a connection that
    # breaks only while the letter is under way leaves open whether it was delivered.
    try:
        return connection.noop()[0] == 250
    except (smtplib.SMTPException, OSError):
        return False


def compose(message: OutgoingMail) -> EmailMessage:
    """Return the letter as a message of two parts; refuse what could forge a header."""
    _refuse_control(message)
    composed = EmailMessage(policy=SMTP_POLICY)
    composed["Subject"] = message.subject
    composed["From"] = _address(message.sender_name, message.sender_email)
    composed["To"] = _address(message.to_name, message.to_email)
    composed["Date"] = format_datetime(now())
    composed["Message-ID"] = f"<{message.message_id.strip('<>')}>"
    composed["Auto-Submitted"] = "auto-generated"
    for name, value in message.headers.items():
        del composed[name]
        composed[name] = value
    composed.set_content(message.text, subtype="plain", charset="utf-8", cte="quoted-printable")
    composed.add_alternative(message.html, subtype="html", charset="utf-8", cte="quoted-printable")
    return composed


def _refuse_control(message: OutgoingMail) -> None:
    single = {
        "subject": message.subject,
        "recipient's name": message.to_name,
        "recipient's address": message.to_email,
        "sender's name": message.sender_name,
        "sender's address": message.sender_email,
        "return path": message.return_path,
        **{f"header {name!r}": value for name, value in message.headers.items()},
    }
    for label, value in single.items():
        if _CONTROL.search(value):
            raise MailRefusedError(f"The {label} has a line break or control character in it.")
    for name in message.headers:
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _RESERVED:
            raise MailRefusedError(f"A letter may not set the header {name!r}.")
    if not _MESSAGE_ID.fullmatch(message.message_id.strip("<>")):
        raise MailRefusedError("The letter has no usable Message-ID.")


def _ascii(email: str) -> str:
    """Return an address as servers take it: the domain in Punycode, the rest in plain letters."""
    if email.isascii():
        return email
    local, _, domain = email.rpartition("@")
    try:
        return f"{local.encode('ascii').decode()}@{domain.encode('idna').decode()}"
    except UnicodeError as error:
        raise MailRefusedError(
            f"“{email}” cannot be delivered: use an address with plain letters before the @."
        ) from error


def _address(name: str, email: str) -> Address:
    try:
        address = Address(display_name=name, addr_spec=_ascii(email))
    except (ValueError, IndexError, HeaderParseError) as error:
        raise MailRefusedError(f"“{email}” is not an e-mail address.") from error
    if not address.username or not address.domain:
        raise MailRefusedError(f"“{email}” is not an e-mail address.")
    return address


def _told(error: Exception, recipient: str) -> MailRefusedError | MailUnavailableError:
    """Return what an error of the conversation means for the letter."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
        return _by_code(code, f"{recipient}: {code} {_words(words)}")
    if isinstance(error, smtplib.SMTPDataError):
        return _by_code(error.smtp_code, f"{error.smtp_code} {_words(error.smtp_error)}")
    # A refused sender, password or handshake is ours to mend: the letter waits until then.
    if isinstance(error, smtplib.SMTPResponseException):
        return MailUnavailableError(f"{error.smtp_code} {_words(error.smtp_error)}")
    return MailUnavailableError(f"The mail server does not answer: {error}")


def _by_code(code: int, text: str) -> MailRefusedError | MailUnavailableError:
    return MailRefusedError(text) if 500 <= code < 600 else MailUnavailableError(text)


def _words(reply: bytes | str) -> str:
    words = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return " ".join(words.split())[:300]


def _server(parts: SplitResult) -> Server:
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    unknown = set(options) - _OPTIONS
    if unknown:
        raise ValueError(f"MAIL_URL has unknown options: {', '.join(sorted(unknown))}")
    tls = "from the start" if parts.scheme == "smtps" else ""
    if not tls and options.get("starttls", "0") not in {"", "0", "false", "no"}:
        tls = "starttls"
    host = parts.hostname or ""
    if parts.username and not tls and not is_local(host):
        raise ValueError("MAIL_URL would send its password in clear: add ?starttls=1.")
    return Server(
        host=host,
        port=parts.port or (465 if parts.scheme == "smtps" else 587 if tls else 25),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=tls,
        cafile=options.get("cafile"),
        timeout=float(options.get("timeout", TIMEOUT)),
    )


def is_local(host: str) -> bool:
    """Tell whether a mail server stands on this machine, where a password may go in clear."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
