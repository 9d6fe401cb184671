"""Who acts: the organisation for which people are made known or changed."""

from app.domain.kernel import viewer as viewers
from app.errors import ConflictError
from app.extensions import db


def acting() -> int:
    """Return the viewer's organisation; raise ConflictError without one."""
    found = viewers.of(db.session()).organisation_id
    if found is None:
        raise ConflictError("Choose the organisation that you work for first.")
    return found
