"""Reads reports about letters that came back: RFC 3464, as mail servers and services send them.

Only final failures count. Whatever else arrives at a return path (delays, receipts, answers of
people who are away) says nothing of whether a letter arrived.
"""

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.policy import compat32

BOUNCES = "bounces"
"""The mailbox before the + of a return path."""
TOKEN_HEADER = "X-Return-Token"  # noqa: S105  # the name of a header
"""Carries the token once more, for servers that report to somebody else than the return path."""
LARGEST = 1_000_000
"""Bytes of a report that are looked at; what follows is the letter that it gives back."""

_RETURN_PATH = re.compile(rf"{BOUNCES}\+([0-9a-f]{{32}})@", re.IGNORECASE)
_TOKEN = re.compile(r"[0-9a-f]{32}")
_ADDRESSED = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
"""Where mail servers name the mailbox that a message was put into."""
_WORDS = 400


@dataclass(frozen=True)
class Bounce:
    """A letter that came back: the token of its return path, and what the server said."""

    token: str
    outcome: str


def read_report(raw: bytes) -> Bounce | None:
    """Return the letter that a message says came back for good, or None for any other message."""
    try:
        return _read(email.message_from_bytes(raw[:LARGEST], policy=compat32))
    except RecursionError:  # parts within parts within parts: no mail server writes so
        return None


def _read(message: Message) -> Bounce | None:
    if message.get_content_type() != "multipart/report" or not message.is_multipart():
        return None
    parts: list[Message] = [part for part in message.walk() if part is not message]
    failed = next((block for block in _recipients(parts) if _is_final(block)), None)
    token = _token_of(message, parts)
    if failed is None or token is None:
        return None
    return Bounce(token, _told(failed))


def token_in(return_path: str) -> str | None:
    """Return the token that a return path names, or None."""
    found = _RETURN_PATH.search(return_path[:1000])
    return found[1].lower() if found else None


def _recipients(parts: list[Message]) -> Iterator[Message]:
    """Yield the fields about each recipient; the first block of a report is about itself."""
    for part in parts:
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            blocks = part.get_payload()
            if isinstance(blocks, list):
                yield from (block for block in blocks[1:] if isinstance(block, Message))


def _is_final(block: Message) -> bool:
    return _field(block, "Action").lower() == "failed"


def _told(block: Message) -> str:
    """Return "550 5.1.1 No such mailbox" of "smtp; 550 5.1.1 No such mailbox"."""
    diagnostic = _field(block, "Diagnostic-Code").partition(";")[2].strip()
    status = _field(block, "Status")
    words = diagnostic if status in diagnostic else f"{status} {diagnostic}".strip()
    return (words or status)[:_WORDS]


def _token_of(message: Message, parts: list[Message]) -> str | None:
    for name in _ADDRESSED:
        for value in message.get_all(name, []):
            token = token_in(str(value))
            if token:
                return token
    for part in parts:
        said = _field(part, TOKEN_HEADER)
        if not said and part.get_content_type() == "text/rfc822-headers":
            said = _field(email.message_from_string(_text(part), policy=compat32), TOKEN_HEADER)
        if _TOKEN.fullmatch(said):
            return said
    return None


def _field(message: Message, name: str) -> str:
    """Return a header on one line, whatever bytes stand in it."""
    return " ".join(str(message.get(name, "")).split())


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
