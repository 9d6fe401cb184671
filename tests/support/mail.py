"""A real SMTP server that keeps what it is sent."""

import email
import email.policy
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.ports import free_port


class Mailbox:
    """The messages that arrived, oldest first, and whether the server refuses more."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.messages: list[EmailMessage] = []
        self.senders: list[str] = []
        """The envelope sender of each message: where it would come back to."""
        self.refuse_with: str | None = None

    @property
    def url(self) -> str:
        """Return the address for MAIL_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    def to(self, address: str) -> list[EmailMessage]:
        """Return the messages for ``address``."""
        return [found for found in list(self.messages) if address in str(found["To"])]

    def wait_for(self, address: str, *, subject: str = "", seconds: float = 20) -> EmailMessage:
        """Wait for a message for ``address`` with ``subject`` in its subject, and return it."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for message in self.to(address):
                if subject in str(message["Subject"]):
                    return message
            time.sleep(0.05)
        arrived = [f"{found['To']}: {found['Subject']}" for found in self.messages]
        raise AssertionError(f"No letter to {address} about {subject!r}; arrived: {arrived}")

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        if self.refuse_with:
            return self.refuse_with
        content: Any = envelope.content
        message = email.message_from_bytes(content, policy=email.policy.default)
        self.messages.append(message)  # type: ignore[arg-type]  # that policy makes EmailMessage
        self.senders.append(envelope.mail_from or "")
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """Run an SMTP server on a free port for the length of the block."""
    mailbox = Mailbox(free_port())
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()
