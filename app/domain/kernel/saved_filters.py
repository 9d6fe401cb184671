"""Filters of lists that people save under a name, each for themselves in one organisation."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select

from app.domain.kernel import viewer as viewers
from app.domain.kernel.tables import SavedFilter
from app.domain.kernel.words import say
from app.errors import FieldErrors, NotFoundError
from app.extensions import db

LONGEST_NAME = 60
MOST = 30
"""Filters that one person keeps for one list: as many as a menu shows."""


def of_list(list_name: str) -> list[SavedFilter]:
    """Return what the viewer saved for a list in the present organisation, by name."""
    viewer = viewers.of(db.session())
    statement = (
        select(SavedFilter)
        .where(
            SavedFilter.user_id == viewer.user_id,
            SavedFilter.organisation_id == viewer.organisation_id,
            SavedFilter.list_name == list_name,
        )
        .order_by(func.lower(SavedFilter.name), SavedFilter.id)
    )
    return list(db.session.scalars(statement))


def save(list_name: str, name: str, asked: Mapping[str, str], at: datetime) -> SavedFilter:
    """Keep what is asked of a list under ``name``; one of the same name is replaced.

    Raise FieldErrors for an empty or too long name, or when MOST are kept already.
    """
    viewer = viewers.of(db.session())
    name = " ".join(name.split())
    if not name or "\0" in name:
        raise FieldErrors({"name": say("Give the filter a name.")})
    if len(name) > LONGEST_NAME:
        raise FieldErrors({"name": say("At most %(most)s characters fit.", most=LONGEST_NAME)})
    known = of_list(list_name)
    found = next((each for each in known if each.name.casefold() == name.casefold()), None)
    if found is None:
        if len(known) >= MOST:
            raise FieldErrors({"name": say("You keep %(most)s filters here already.", most=MOST)})
        found = SavedFilter(
            organisation_id=viewer.organisation_id, user_id=viewer.user_id,
            list_name=list_name, created_at=at,
        )  # fmt: skip
        db.session.add(found)
    found.name, found.asked = name, dict(asked)
    db.session.flush()
    return found


def remove(saved: SavedFilter) -> None:
    """Forget a filter; raise NotFoundError for one that somebody else saved."""
    if saved.user_id != viewers.of(db.session()).user_id:
        raise NotFoundError
    db.session.delete(saved)
    db.session.flush()
