"""Checks that a message of a gateway is signed with the shared secret, and just now."""

import hmac
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from app import clock
from app.gateways.base import SIGNATURE_TOLERANCE, ForgedEventError


def check_signature(
    payload: bytes, header: str | None, *, secret: str, at: datetime | None = None
) -> None:
    """Refuse a message whose `t=…,v1=…` header does not fit it, or is not of this moment."""
    stamp, signatures = split_header(header or "")
    signed = stamp.encode() + b"." + payload
    expected = hmac.new(secret.encode(), signed, sha256).hexdigest()
    if not any(hmac.compare_digest(expected.encode(), given.encode()) for given in signatures):
        raise ForgedEventError("The signature of the event does not fit it.")
    check_time(stamp, at=at or clock.now())


def check_time(stamp: str, *, at: datetime) -> None:
    """Refuse a time stamp that is too old, or too far in the future, to be a first delivery."""
    try:
        age = at.timestamp() - int(stamp)
    except ValueError:
        raise ForgedEventError("The event carries no time.") from None
    if abs(age) > SIGNATURE_TOLERANCE:
        raise ForgedEventError("The event was not signed just now.")


def split_header(header: str) -> tuple[str, Sequence[str]]:
    """Return the time stamp and the `v1` signatures of a header."""
    pairs = [part.strip().split("=", 1) for part in header.split(",") if "=" in part]
    stamps = [value for name, value in pairs if name == "t"]
    return stamps[0] if stamps else "", [value for name, value in pairs if name == "v1"]
