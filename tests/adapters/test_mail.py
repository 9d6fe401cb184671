"""Mail reaches a real server whole, and every failure is either for good or for now."""

import email
import email.policy
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from app.letters.mail import (
    MailRefusedError,
    MailUnavailableError,
    OutgoingMail,
    compose,
    open_mailer,
)
from tests.support.ports import free_port

LETTER = OutgoingMail(
    to_name="Siân O'Brien-Zieliński",
    to_email="sian@example.com",
    sender_name="Gŵyl Awards",
    sender_email="no-reply@awards.example",
    subject="Your registration R100042 – Siân, Łódź and £5",
    text="Dear Siân,\n\nŵ ŷ ł £ – all of it.\n.\nFrom the line above: one dot.\n",
    html="<!doctype html><p>Dear Siân, ŵ ŷ ł £ – all of it.</p>",
    message_id="0123456789abcdef0123456789abcdef@letters",
)


class Box:
    """A mail server's mind: what it took, whom it refuses, and how often it was called."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.envelopes: list[Envelope] = []
        self.refuses: dict[str, str] = {}
        self.answers_data = "250 OK"
        self.connections: set[Any] = set()
        self.secure: list[bool] = []

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, _server: Any, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.connections.add(session.peer)
        self.secure.append(session.ssl is not None)
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answers_data.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            message = email.message_from_bytes(content, policy=email.policy.default)
            self.messages.append(message)  # type: ignore[arg-type]
            self.envelopes.append(envelope)
        return self.answers_data


@contextmanager
def served(box: Box, **options: Any) -> Iterator[int]:
    port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def url(box: Box) -> Iterator[str]:
    with served(box) as port:
        yield f"smtp://127.0.0.1:{port}?timeout=5"


def test_a_letter_arrives_with_both_parts_and_every_letter_of_every_name(
    box: Box, url: str
) -> None:
    with open_mailer(url) as mailer:
        outcome = mailer.send(replace(LETTER, headers={"X-Letter": "order_submitted"}))

    assert outcome == "accepted by 127.0.0.1"
    (message,) = box.messages
    assert message["Subject"] == LETTER.subject
    assert message["To"].addresses[0].display_name == LETTER.to_name
    assert message["To"].addresses[0].addr_spec == "sian@example.com"
    assert message["From"].addresses[0].display_name == "Gŵyl Awards"
    assert message["Message-ID"] == "<0123456789abcdef0123456789abcdef@letters>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Letter"] == "order_submitted"
    assert message["Date"].datetime.tzinfo is not None
    text, html = message.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().replace("\r\n", "\n") == LETTER.text
    assert html.get_content().strip() == LETTER.html
    assert box.envelopes[0].mail_from == "no-reply@awards.example"
    assert box.envelopes[0].rcpt_tos == ["sian@example.com"]


def test_the_message_id_is_the_same_at_each_try_with_or_without_brackets(
    box: Box, url: str
) -> None:
    with open_mailer(url) as mailer:
        mailer.send(LETTER)
        mailer.send(replace(LETTER, message_id=f"<{LETTER.message_id}>"))

    first, second = box.messages
    assert first["Message-ID"] == second["Message-ID"] == f"<{LETTER.message_id}>"


def test_many_letters_go_over_one_connection(box: Box, url: str) -> None:
    with open_mailer(url) as mailer:
        for number in range(5):
            mailer.send(replace(LETTER, subject=f"Letter {number}"))

    assert len(box.connections) == 1
    assert [str(message["Subject"]) for message in box.messages] == [
        f"Letter {number}" for number in range(5)
    ]


def test_a_connection_that_went_away_is_opened_anew(box: Box) -> None:
    port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    mailer = open_mailer(f"smtp://127.0.0.1:{port}?timeout=5")
    mailer.send(LETTER)
    controller.stop()
    with pytest.raises(MailUnavailableError):
        mailer.send(LETTER)
    again = Controller(box, hostname="127.0.0.1", port=port)
    again.start()

    mailer.send(LETTER)

    mailer.close()
    again.stop()
    assert len(box.messages) == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("550 5.1.1 No such person here", MailRefusedError),
        ("551 5.7.1 Not ours", MailRefusedError),
        ("450 4.2.1 Mailbox busy", MailUnavailableError),
        ("451 4.3.0 Come back later", MailUnavailableError),
        ("421 4.3.2 Closing down", MailUnavailableError),
    ],
)
def test_a_refused_recipient_is_for_good_or_for_now(
    box: Box, url: str, answer: str, error: type[Exception]
) -> None:
    box.refuses["sian@example.com"] = answer
    with open_mailer(url) as mailer:
        with pytest.raises(error, match=answer[:3]):
            mailer.send(LETTER)
        mailer.send(replace(LETTER, to_email="next@example.com"))

    assert len(box.messages) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [("554 5.7.1 Spam", MailRefusedError), ("452 4.3.1 Disk full", MailUnavailableError)],
)
def test_refused_words_are_for_good_or_for_now(
    box: Box, url: str, answer: str, error: type[Exception]
) -> None:
    box.answers_data = answer

    with open_mailer(url) as mailer, pytest.raises(error, match=answer[4:]):
        mailer.send(LETTER)


def test_a_server_that_is_down_is_unavailable() -> None:
    with pytest.raises(MailUnavailableError, match="does not answer"):
        open_mailer(f"smtp://127.0.0.1:{free_port()}?timeout=2").send(LETTER)


def test_a_server_that_is_silent_is_unavailable_after_the_time_out() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(MailUnavailableError):
            open_mailer(f"smtp://127.0.0.1:{port}?timeout=0.5").send(LETTER)


def tls_of(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def only_portal(
    _server: Any, _session: Session, _envelope: Envelope, _mechanism: str, data: LoginPassword
) -> AuthResult:
    right = (data.login, data.password) == (b"portal", b"p@ss:w/rd")
    return AuthResult(success=right, handled=False)


@pytest.fixture
def strict(box: Box, certificate: Path) -> Iterator[int]:
    with served(
        box,
        tls_context=tls_of(certificate),
        require_starttls=True,
        auth_required=True,
        authenticator=only_portal,
    ) as port:
        yield port


def test_starttls_and_a_password_open_a_strict_server(
    box: Box, strict: int, certificate: Path
) -> None:
    url = f"smtp://portal:p%40ss%3Aw%2Frd@127.0.0.1:{strict}"

    with open_mailer(f"{url}?starttls=1&cafile={certificate}/cert.pem") as mailer:
        mailer.send(LETTER)

    assert len(box.messages) == 1
    assert box.secure == [True]


@pytest.mark.parametrize(
    ("user", "options"),
    [
        ("portal:wrong", "?starttls=1&cafile=CERT"),
        ("portal:p%40ss%3Aw%2Frd", "?starttls=1"),
        ("portal:p%40ss%3Aw%2Frd", ""),
    ],
    ids=["wrong password", "unknown authority", "no encryption"],
)
def test_what_is_ours_to_mend_waits_instead_of_losing_the_letter(
    box: Box, strict: int, certificate: Path, user: str, options: str
) -> None:
    options = options.replace("CERT", f"{certificate}/cert.pem")

    with pytest.raises(MailUnavailableError):
        open_mailer(f"smtp://{user}@127.0.0.1:{strict}{options}").send(LETTER)

    assert box.messages == []


def test_smtps_is_encrypted_from_the_start(box: Box, certificate: Path) -> None:
    with (
        served(box, ssl_context=tls_of(certificate)) as port,
        open_mailer(f"smtps://127.0.0.1:{port}?cafile={certificate}/cert.pem") as mailer,
    ):
        mailer.send(LETTER)

    assert len(box.messages) == 1


def test_a_server_without_starttls_gets_nothing(box: Box, url: str) -> None:
    with pytest.raises(MailUnavailableError):
        open_mailer(f"{url}&starttls=1").send(LETTER)

    assert box.messages == []


@pytest.mark.parametrize(
    "forged",
    [
        {"subject": "Hello\r\nBcc: everybody@example.com"},
        {"subject": "Hello\nX: y"},
        {"to_name": "Siân\r\nBcc: everybody@example.com"},
        {"to_email": "sian@example.com\r\nRCPT TO:<everybody@example.com>"},
        {"to_email": "sian@example.com, everybody@example.com"},
        {"to_email": "sian@example.com <everybody@example.com>"},
        {"to_email": "nobody"},
        {"to_email": ""},
        {"to_email": "@example.com"},
        {"sender_name": "Awards\nSender: x@y"},
        {"headers": {"X-Letter": "a\r\nBcc: everybody@example.com"}},
        {"headers": {"X-Letter: a\r\nBcc": "everybody@example.com"}},
        {"headers": {"Bcc": "everybody@example.com"}},
        {"headers": {"to": "everybody@example.com"}},
        {"message_id": "a@b>\r\nBcc: x"},
        {"message_id": "no-at-sign"},
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["mailbox", "smtp"])
def test_a_forged_header_is_refused(box: Box, url: str, forged: dict[str, Any], kind: str) -> None:
    with (
        open_mailer(url if kind == "smtp" else "") as mailer,
        pytest.raises(MailRefusedError),
    ):
        mailer.send(replace(LETTER, **forged))

    assert box.messages == []


def test_a_name_that_looks_like_an_address_stays_a_name() -> None:
    message = compose(replace(LETTER, to_name='Evil" <everybody@example.com>, "x'))

    parsed = email.message_from_bytes(bytes(message), policy=email.policy.default)
    assert [found.addr_spec for found in parsed["To"].addresses] == ["sian@example.com"]


def test_a_domain_beyond_ascii_is_written_as_servers_know_it(box: Box, url: str) -> None:
    with open_mailer(url) as mailer:
        mailer.send(replace(LETTER, to_email="post@gŵyl.example"))

    assert box.envelopes[0].rcpt_tos == ["post@xn--gyl-b2a.example"]
    assert box.messages[0]["To"].addresses[0].addr_spec == "post@xn--gyl-b2a.example"


@pytest.mark.parametrize("kind", ["mailbox", "smtp"])
def test_an_accent_before_the_at_sign_is_refused_in_words(url: str, kind: str) -> None:
    with (
        open_mailer(url if kind == "smtp" else "") as mailer,
        pytest.raises(MailRefusedError, match="plain letters"),
    ):
        mailer.send(replace(LETTER, to_email="siân@example.com"))


def test_the_mailbox_keeps_a_letter_where_it_is() -> None:
    with open_mailer("") as mailer:
        assert mailer.send(LETTER) == "kept in the mailbox"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1",
        "smtp://",
        "smtp://user:password@mail.example:25",
        "smtp://127.0.0.1?startls=1",
    ],
)
def test_a_wrong_setting_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="MAIL_URL"):
        open_mailer(url)


def test_the_password_is_never_shown() -> None:
    mailer = open_mailer("smtps://portal:secret-word@mail.example")

    assert "secret-word" not in repr(vars(mailer))
