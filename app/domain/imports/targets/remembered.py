"""What can be chosen is read once in a transaction, however many parts of a page ask for it."""

from collections.abc import Callable
from typing import TypeVar

from app.domain.kernel import viewer as viewers
from app.extensions import db

Found = TypeVar("Found")


def once_in_transaction(name: str, read: Callable[[], Found]) -> Found:
    """Return what ``read`` found in the present transaction for the present viewer."""
    session = db.session()
    kept = session.info.setdefault("choices", {})
    key = (name, viewers.of(session).organisation_id)
    under, found = kept.get(key, (None, None))
    if under is not None and under is session.get_transaction():
        return found  # type: ignore[no-any-return]  # what read returned
    value = read()
    kept[key] = (session.get_transaction(), value)
    return value
