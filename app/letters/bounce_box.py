"""The mailbox of letters that came back: over IMAP, or a Maildir folder on this machine."""

import imaplib
import mailbox
import ssl
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, TypeGuard
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from app.letters.bounces import LARGEST
from app.letters.mail import is_local

TIMEOUT = 20.0
USAGE = (
    "BOUNCE_MAIL_URL may be empty, imaps://user:password@host/INBOX, "
    "imap://user:password@host/INBOX?starttls=1 or maildir:///folder."
)

Item = tuple[str, bytes]
"""A message: by what the mailbox calls it, and its first LARGEST bytes."""


class BoxUnavailableError(Exception):
    """The mailbox cannot be read now; trying later may help."""


class BounceBox(Protocol):
    """A mailbox, to be used as a context manager. Messages stay in it, marked as read."""

    def unread(self) -> Iterator[Item]:
        """Yield the messages that were not read yet."""

    def mark_read(self, names: Sequence[str]) -> None:
        """Mark messages as read, once it is recorded what they say."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None: ...


def open_box(url: str) -> BounceBox:
    """Return the mailbox that ``url`` names; raise ValueError for an address that means none."""
    parts = urlsplit(url.strip())
    if parts.scheme == "maildir" and parts.path and not parts.netloc:
        return MaildirBox(Path(unquote(parts.path)))
    if parts.scheme in {"imap", "imaps"} and parts.hostname and parts.username:
        return ImapBox(parts)
    raise ValueError(USAGE)


class MaildirBox:
    """A Maildir folder into which a mail server of this machine delivers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        if not (self._folder / "new").is_dir():
            raise BoxUnavailableError(f"{self._folder} is no Maildir folder.")
        self._box = mailbox.Maildir(str(self._folder), factory=None, create=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._box.close()

    def unread(self) -> Iterator[Item]:
        """Yield the messages that no reader has marked as seen, the oldest first."""
        for name in sorted(self._box.keys()):
            try:
                if "S" in self._box.get_message(name).get_flags():
                    continue
                with self._box.get_file(name) as file:
                    content = file.read(LARGEST)
            except (KeyError, FileNotFoundError):
                continue  # somebody else took it out meanwhile
            yield name, content

    def mark_read(self, names: Sequence[str]) -> None:
        """Move messages from new to cur, with the flag of those that were seen."""
        for name in names:
            try:
                message = self._box.get_message(name)
                message.set_subdir("cur")
                message.add_flag("S")
                self._box[name] = message
            except (KeyError, FileNotFoundError):
                continue


class ImapBox:
    """A mailbox on a mail server."""

    def __init__(self, parts: SplitResult) -> None:
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        self._secure = parts.scheme == "imaps"
        self._starttls = options.get("starttls", "0") not in {"", "0", "false", "no"}
        self._host = parts.hostname or ""
        if not (self._secure or self._starttls or is_local(self._host)):
            raise ValueError("BOUNCE_MAIL_URL would send its password in clear: add ?starttls=1.")
        self._port = parts.port or (993 if self._secure else 143)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._mailbox = unquote(parts.path.strip("/")) or "INBOX"
        self._cafile = options.get("cafile")

    def __enter__(self) -> Self:
        try:
            self._server = self._connected()
        except (OSError, imaplib.IMAP4.error) as error:
            raise BoxUnavailableError(f"{self._host} does not answer: {_words(error)}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        try:
            self._server.logout()
        except (OSError, imaplib.IMAP4.error):
            self._server.shutdown()

    def unread(self) -> Iterator[Item]:
        """Yield the messages that nobody has read, the oldest first, without marking them."""
        found = b" ".join(each for each in self._asked("SEARCH", "UNSEEN") if _is_line(each))
        for uid in found.split():
            for part in self._asked("FETCH", uid.decode(), f"(BODY.PEEK[]<0.{LARGEST}>)"):
                if isinstance(part, tuple):
                    yield uid.decode(), part[1]

    def mark_read(self, names: Sequence[str]) -> None:
        """Mark messages as seen."""
        if names:
            self._asked("STORE", ",".join(names), "+FLAGS.SILENT", "(\\Seen)")

    def _connected(self) -> imaplib.IMAP4:
        trust = ssl.create_default_context(cafile=self._cafile)
        server: imaplib.IMAP4
        if self._secure:
            server = imaplib.IMAP4_SSL(self._host, self._port, ssl_context=trust, timeout=TIMEOUT)
        else:
            server = imaplib.IMAP4(self._host, self._port, timeout=TIMEOUT)
        try:
            if self._starttls and not self._secure:
                server.starttls(trust)
            server.login(self._user, self._password)
            answer, told = server.select(_quoted(self._mailbox))
            if answer != "OK":
                raise imaplib.IMAP4.error(f"{self._mailbox}: {told}")
        except BaseException:
            server.shutdown()
            raise
        return server

    def _asked(self, command: str, *arguments: str) -> list[bytes | tuple[bytes, bytes]]:
        try:
            answer, told = self._server.uid(command, *arguments)
        except (OSError, imaplib.IMAP4.error) as error:
            raise BoxUnavailableError(f"{self._host}: {_words(error)}") from error
        if answer != "OK":
            raise BoxUnavailableError(f"{self._host} refused {command}: {told}")
        return list(told)


def _is_line(part: object) -> TypeGuard[bytes]:
    """Tell a line of an answer from None, which stands for no answer, and from a literal."""
    return isinstance(part, bytes)


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _words(error: Exception) -> str:
    # imaplib gives the server's words as bytes, the system's errors begin with a number.
    said = error.args[0] if isinstance(error, imaplib.IMAP4.error) and error.args else error
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
