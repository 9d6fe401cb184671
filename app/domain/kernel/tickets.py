"""Signed, short-lived tokens: what somebody was shown may be chosen, what they guess may not."""

from typing import Any

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from app.domain.kernel.viewer import Viewer
from app.errors import ConflictError

MINUTES_15 = 15 * 60
HOURS_12 = 12 * 3600


def issue(key: str, purpose: str, viewer: Viewer, payload: Any) -> str:
    """Return a token for ``payload``, good for this user in this organisation only."""
    return _signer(key, purpose, viewer).dumps(payload)


def redeem(key: str, purpose: str, viewer: Viewer, token: str, *, seconds: int) -> Any:
    """Return what was issued for ``purpose`` to this user in this organisation.

    Raise ConflictError when the token is older than ``seconds``, forged, or somebody else's.
    """
    try:
        return _signer(key, purpose, viewer).loads(token[:2000], max_age=seconds)
    except SignatureExpired as error:
        raise ConflictError("This choice has expired. Search again, and choose it anew.") from error
    except BadSignature as error:
        raise ConflictError("This choice was not offered to you. Search again.") from error


def _signer(key: str, purpose: str, viewer: Viewer) -> URLSafeTimedSerializer:
    salt = f"{purpose}:{viewer.user_id}:{viewer.organisation_id}"
    return URLSafeTimedSerializer(key, salt=salt)
