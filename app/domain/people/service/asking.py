"""Questions across organisations: counted, kept, and no more than a day's budget of them.

The viewer's own session asks below its scope. One transaction of an organisation asks at a time:
two uploads that are compared at once cannot overdraw the budget together.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from app.domain.kernel import limits, reading
from app.domain.kernel import viewer as viewers
from app.domain.people import queries
from app.domain.people.models import Person, PersonMatch
from app.domain.people.service.acting import acting
from app.extensions import db

TAKEN_AT_MOST = 20
"""Numbers of cards that are somebody else's: found so often on one day, none is looked up."""
NUMBER_ALONE = "scheme_number alone"
_DAY = 24 * 60 * 60


def questions_left(organisation_id: int, at: datetime, budget: int = queries.DAILY_BUDGET) -> int:
    """Return how often an organisation may still ask today; others of it wait for the answer."""
    limits.hold(f"people elsewhere {organisation_id}", seconds=_DAY)
    return max(0, budget - queries.spent_today(organisation_id, at))


def count_questions(
    organisation_id: int, asked: Sequence[tuple[Mapping[str, Any], int | None]], at: datetime
) -> None:
    """Keep questions, each with what was asked and the id of whoever was found."""
    _keep(organisation_id, [(queries.facts_asked(facts), found) for facts, found in asked], at)


def numbers_of_others(numbers: Sequence[str], at: datetime) -> tuple[set[str], set[str]]:
    """Return which of ``numbers``, in this order, somebody has, and which were not looked up.

    A number has one owner on the whole portal, so the answer tells of other organisations. Each
    that is found counts as a question; after TAKEN_AT_MOST of a day no further one is looked up.
    """
    organisation_id = acting()
    if _taken_left(organisation_id, at) <= 0:  # whether or not somebody has one of them
        return set(), set(numbers)
    owners = _owners(numbers)
    if not owners:
        return set(), set()
    limits.hold(f"people elsewhere {organisation_id}", seconds=_DAY)
    left = _taken_left(organisation_id, at)
    found: dict[str, int] = {}
    unasked: set[str] = set()
    for number in dict.fromkeys(numbers):
        if len(found) >= left:
            unasked.add(number)
        elif number in owners:
            found[number] = owners[number]
    _keep(organisation_id, [(NUMBER_ALONE, person) for person in found.values()], at)
    return set(found), unasked


def _taken_left(organisation_id: int, at: datetime) -> int:
    return TAKEN_AT_MOST - queries.spent_today(organisation_id, at, NUMBER_ALONE)


def _owners(numbers: Sequence[str]) -> dict[str, int]:
    people = Person.__table__.c
    statement = select(people.scheme_number, people.id).where(
        reading.among(people.scheme_number, numbers)
    )
    return {row[0]: row[1] for row in db.session.connection().execute(statement)}


def _keep(organisation_id: int, asked: Sequence[tuple[str, int | None]], at: datetime) -> None:
    if not asked:
        return
    user_id = viewers.of(db.session()).user_id or 0
    rows = [
        {"organisation_id": organisation_id, "user_id": user_id, "at": at,
         "asked": facts[:60], "found_id": found}
        for facts, found in asked
    ]  # fmt: skip
    db.session.connection().execute(insert(PersonMatch.__table__), rows)
