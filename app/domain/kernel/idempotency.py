"""A form sent twice counts once: the second answer is the first result."""

import secrets
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.kernel import viewer as viewers
from app.domain.kernel.tables import IdempotencyToken
from app.errors import ConflictError


def new_token() -> str:
    """Return a token for one form: 128 random bits."""
    return secrets.token_urlsafe(16)


def once(session: Session, token: str, purpose: str, work: Callable[[], str]) -> tuple[str, bool]:
    """Do ``work`` the first time ``token`` comes; later return what it returned.

    ``work`` returns an address or a number (at most 400 characters). The second value says
    whether the work was done now. The token's row is written before the work, so that of two
    requests at the same moment one waits for the other. Raise ConflictError for a missing token,
    or one used for another purpose.
    """
    viewer = viewers.of(session)
    if not token or len(token) > 64 or viewer.user_id is None:
        raise ConflictError("This form has expired. Open the page again.")
    found = _find(session, viewer.user_id, token)
    if found is None:
        try:
            with session.begin_nested():
                found = IdempotencyToken(
                    user_id=viewer.user_id, token=token, purpose=purpose, result=""
                )
                session.add(found)
        except IntegrityError:
            found = _find(session, viewer.user_id, token)
        else:
            found.result = work()
            return found.result, True
    if found is None or found.purpose != purpose:
        raise ConflictError("This form has expired. Open the page again.")
    return found.result, False


def _find(session: Session, user_id: int, token: str) -> IdempotencyToken | None:
    return session.scalar(
        select(IdempotencyToken).where(
            IdempotencyToken.user_id == user_id, IdempotencyToken.token == token
        )
    )
