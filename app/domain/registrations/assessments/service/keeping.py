"""Venues and dates, kept by the awarding body: added, changed, cancelled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import exists, select

from app.clock import LONDON, local
from app.domain.kernel import versions, workflow
from app.domain.kernel.words import N_, say
from app.domain.kernel.workflow import Outcome, Requirement
from app.domain.registrations.assessments import fields, queries
from app.domain.registrations.assessments.models import (
    AssessmentBooking,
    AssessmentSlot,
    AssessmentVenue,
)
from app.domain.registrations.assessments.rules import (
    ATTENDED,
    BOOKED,
    FAILED,
    NOT_ATTENDED,
    OPEN,
    PASSED,
)
from app.domain.registrations.assessments.service import notices
from app.domain.registrations.assessments.service.booking import was
from app.domain.registrations.assessments.service.places import free_places, lock_slots
from app.errors import ConflictError, FieldErrors
from app.extensions import db

RECORDED = tuple(state.code for state in (ATTENDED, NOT_ATTENDED, PASSED, FAILED))


@dataclass(frozen=True, kw_only=True)
class SlotDraft:
    """What staff enter about a date; the names are those of ``fields.slot``."""

    venue: int
    starts_on: date
    start_time: time
    places: int
    closes_hours: int
    weeks: int = 1

    def moments(self, week: int = 0) -> tuple[datetime, datetime]:
        """Return when the date begins and when its bookings close, ``week`` weeks later."""
        day = self.starts_on + timedelta(weeks=week)
        starts = datetime.combine(day, self.start_time, LONDON)
        return starts, starts - timedelta(hours=self.closes_hours)


def save_venue(venue: AssessmentVenue | None, values: Mapping[str, Any]) -> AssessmentVenue:
    """Add a venue (None) or change one; raise FieldErrors for a name that another one has."""
    session = db.session()
    named = select(AssessmentVenue.id).where(AssessmentVenue.name == values["name"])
    if venue is not None:
        named = named.where(AssessmentVenue.id != venue.id)
    if session.scalar(named) is not None:
        raise FieldErrors({"name": say("There is a venue of this name already.")})
    venue = venue or AssessmentVenue()
    for name in ("name", "address", "postcode", "is_open"):
        setattr(venue, name, values[name])
    session.add(venue)
    session.flush()
    return venue


def add_slots(draft: SlotDraft, at: datetime) -> list[AssessmentSlot]:
    """Add a date, or several a week apart.

    Raise FieldErrors when the first one has begun, or when one stands there already.
    """
    venue = _venue(draft.venue)
    if draft.moments()[0] <= at:
        raise FieldErrors({"starts_on": say("This is past. Give a date that is still to come.")})
    made = []
    for week in range(draft.weeks):
        starts_at, closes_at = draft.moments(week)
        _refuse_second(venue, starts_at)
        made.append(
            AssessmentSlot(
                venue=venue, starts_at=starts_at, closes_at=closes_at, places=draft.places,
                taken=0, state=OPEN.code,
            )
        )  # fmt: skip
    db.session.add_all(made)
    db.session.flush()
    return made


def change_slot(slot: AssessmentSlot, draft: SlotDraft, version: int, at: datetime) -> None:
    """Change a date that has not begun; tell those booked when place or time changes.

    Raise StaleError when somebody else changed it meanwhile, FieldErrors for fewer places than
    are taken.
    """
    slot = lock_slots([slot.id])[slot.id]
    _refuse_stale(slot, draft, version)
    if slot.state != OPEN.code or slot.starts_at <= at:
        raise ConflictError(
            say("This date was cancelled or has begun; it is not changed any more.")
        )
    if draft.places < slot.taken:
        raise FieldErrors(
            {"places": say("%(taken)s places are taken. Give at least so many.", taken=slot.taken)}
        )
    starts_at, closes_at = draft.moments()
    if starts_at <= at:
        raise FieldErrors({"starts_on": say("This is past. Give a date that is still to come.")})
    before, elsewhere = notices.place_and_time(slot), draft.venue != slot.venue_id
    is_moved = elsewhere or starts_at != slot.starts_at
    if is_moved:
        _refuse_second(_venue(draft.venue, slot.venue), starts_at, slot.id)
    slot.venue = _venue(draft.venue, slot.venue)
    slot.starts_at, slot.closes_at, slot.places = starts_at, closes_at, draft.places
    db.session.flush()
    if is_moved:
        _tell_moved(slot, before, at)


def _tell_moved(slot: AssessmentSlot, before: Mapping[str, str], at: datetime) -> None:
    bookings = [each for each in queries.bookings_of_slots([slot]) if each.state == BOOKED.code]
    values = {"starts_at": slot.starts_at}
    workflow.make_moves(db.session(), bookings, "reschedule", at=at, values=values)
    notices.post(notices.MOVED, bookings, at, lambda _each: was(before))


def sort_out_slots(
    slots: Sequence[AssessmentSlot], seen: Mapping[int, int] | None = None
) -> Outcome[AssessmentSlot]:
    """Tell which dates can be cancelled: those of which nobody's attendance is recorded."""
    statement = select(AssessmentBooking.slot_id).where(
        AssessmentBooking.slot_id.in_([each.id for each in slots]),
        AssessmentBooking.state.in_(RECORDED),
    )
    held = set(db.session.scalars(statement.distinct()))
    required = (
        Requirement(
            "not_held", N_("Attendance"), N_("It was held: attendance was recorded already"),
            lambda slot: slot.id not in held,
        ),
    )  # fmt: skip
    return workflow.sort_out(slots, "cancel", lambda _slot: required, seen)


def cancel_slots(
    slots: Sequence[AssessmentSlot], seen: Mapping[int, int] | None, at: datetime, reason: str
) -> Outcome[AssessmentSlot]:
    """Cancel dates with all bookings on them; tell the people and whoever booked them why."""
    session = db.session()
    locked = lock_slots(each.id for each in slots)
    outcome = sort_out_slots(slots, seen)
    waiting = [
        each for each in queries.bookings_of_slots(outcome.moved) if each.state == BOOKED.code
    ]
    workflow.lock(session, waiting)
    waiting = [each for each in waiting if each.state == BOOKED.code]
    values = {"cancel_reason": reason}
    workflow.make_moves(session, waiting, "call_off", at=at, values=values, reason=reason)
    free_places(_counted(waiting), locked)
    workflow.make_moves(session, outcome.moved, "cancel", at=at, values=values, reason=reason)
    notices.post(notices.CANCELLED, waiting, at, lambda _each: {"reason": reason})
    return outcome


def _counted(bookings: Sequence[AssessmentBooking]) -> dict[int, int]:
    found: dict[int, int] = {}
    for each in bookings:
        found[each.slot_id] = found.get(each.slot_id, 0) + 1
    return found


def _venue(venue_id: int, present: AssessmentVenue | None = None) -> AssessmentVenue:
    for each in queries.open_venues(present):
        if each.id == venue_id:
            return each
    raise FieldErrors({"venue": say("Choose a venue from the list.")})


def _refuse_second(venue: AssessmentVenue, starts_at: datetime, besides: int | None = None) -> None:
    same = exists().where(
        AssessmentSlot.venue_id == venue.id,
        AssessmentSlot.starts_at == starts_at,
        AssessmentSlot.state == OPEN.code,
    )
    if besides is not None:
        same = same.where(AssessmentSlot.id != besides)
    if db.session.scalar(select(same)):
        raise FieldErrors(
            {
                "starts_on": say(
                    "%(venue)s has a date on %(when)s already.",
                    venue=venue.name, when=f"{local(starts_at):%d/%m/%Y %H:%M}",
                )
            }
        )  # fmt: skip


def entered(slot: AssessmentSlot) -> SimpleNamespace:
    """Return what stands in a date by the names of the fields."""
    starts = local(slot.starts_at)
    return SimpleNamespace(
        venue=slot.venue_id, starts_on=starts.date(), start_time=starts.time(),
        places=slot.places,
        closes_hours=int((slot.starts_at - slot.closes_at).total_seconds() // 3600),
    )  # fmt: skip


def _refuse_stale(slot: AssessmentSlot, draft: SlotDraft, version: int) -> None:
    shown = fields.slot([(each.id, each.name) for each in queries.venues()], repeated=False)
    wanted = {name: getattr(draft, name) for name in shown.names}
    versions.refuse_stale(slot, version, shown.fields, wanted, shown=entered(slot))
