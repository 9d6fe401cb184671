"""Places of a date: taken and freed by guarded statements, so that none is given twice."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select, update

from app.domain.kernel.words import say, say_many
from app.domain.registrations.assessments.models import AssessmentSlot
from app.domain.registrations.assessments.rules import OPEN
from app.errors import ConflictError
from app.extensions import db


def lock_slots(slot_ids: Iterable[int]) -> dict[int, AssessmentSlot]:
    """Lock dates until the transaction ends, in the order of their ids, and read them anew.

    Whoever changes dates and bookings locks the dates first: so no two wait for each other.
    """
    session = db.session()
    session.flush()
    statement = (
        select(AssessmentSlot)
        .where(AssessmentSlot.id.in_(sorted(set(slot_ids))))
        .order_by(AssessmentSlot.id)
        .with_for_update(of=AssessmentSlot)
        .execution_options(populate_existing=True)
    )
    return {slot.id: slot for slot in session.scalars(statement)}


def take_places(slot: AssessmentSlot, count: int, at: datetime) -> None:
    """Take places on a date, all of them or none.

    Raise ConflictError, in words, when so many are not free, or when it takes no bookings.
    """
    session, table = db.session(), AssessmentSlot.__table__
    session.flush()
    taken = session.connection().execute(
        update(table)
        .where(
            table.c.id == slot.id,
            table.c.state == OPEN.code,
            table.c.closes_at > at,
            table.c.taken + count <= table.c.places,
        )
        .values(taken=table.c.taken + count)
    )
    session.refresh(slot)
    if taken.rowcount != 1:
        raise ConflictError(_why_not(slot, count, at))


def _why_not(slot: AssessmentSlot, count: int, at: datetime) -> str:
    if slot.state != OPEN.code:
        return say("%(date)s was cancelled. Choose another date.", date=slot)
    if slot.closes_at <= at:
        return say("Bookings for %(date)s are closed. Choose another date.", date=slot)
    if slot.free == 0:
        return say("%(date)s is full. Choose another date.", date=slot)
    return say_many(
        "%(date)s has %(n)s place left, and you chose %(wanted)s people. Choose fewer, or another "
        "date.",
        "%(date)s has %(n)s places left, and you chose %(wanted)s people. Choose fewer, or another "
        "date.",
        n=slot.free, date=slot, wanted=count,
    )  # fmt: skip


def free_places(counted: Mapping[int, int], slots: Mapping[int, AssessmentSlot]) -> None:
    """Give places of locked dates back: how many of which date."""
    session, table = db.session(), AssessmentSlot.__table__
    session.flush()
    for slot_id, count in sorted(counted.items()):
        session.connection().execute(
            update(table).where(table.c.id == slot_id).values(taken=table.c.taken - count)
        )
        session.refresh(slots[slot_id])
