"""Health and safety assessments of the demo world: venues, dates, bookings in every state."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import select

from app.clock import local
from app.demo.acting import on
from app.domain.kernel.viewer import Viewer
from app.domain.people.models import Person
from app.domain.registrations.assessments import queries, service
from app.domain.registrations.assessments.models import AssessmentBooking, AssessmentSlot
from app.domain.registrations.assessments.service import SlotDraft
from app.extensions import db

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
VENUES = (
    ("Leeds Assessment Centre", "3 Station Road\nLeeds", "LS1 4AP"),
    ("Gateshead Test Hall", "40 Quayside\nGateshead", "NE8 1AA"),
)
WEEKS = 9
"""Weekly dates at each venue: three of them past, the others still to come."""
PAST = 3


def assess(providers: Sequence[Viewer], staff: Viewer, today: datetime) -> None:
    """Keep venues and dates, book people, and record what became of them."""
    leeds, gateshead = _keep(staff, today)
    calder, northmoor = providers
    first = _book(calder, leeds[0], 0, 6, today - 25 * DAY)
    _record(staff, first, today - 19 * DAY)
    second = _book(calder, leeds[1], 6, 5, today - 16 * DAY)
    _record(staff, second, today - 12 * DAY, results=False)
    _book(northmoor, gateshead[2], 0, 3, today - 9 * DAY)  # nobody has recorded yet who came
    need = _needy(calder, today)
    _book_people(calder, leeds[PAST], need[:1], today - 3 * DAY)
    later = _book(calder, leeds[PAST + 1], 11, 4, today - 3 * DAY)
    _change(calder, later, leeds[PAST + 2], today - 2 * DAY)
    _book(northmoor, leeds[PAST + 1], 3, 6, today - 2 * DAY)  # now this date is full
    called_off = _book(northmoor, gateshead[PAST + 1], 9, 2, today - 2 * DAY)
    if called_off:
        with on(today - DAY, staff):
            slot = db.session.get_one(AssessmentSlot, gateshead[PAST + 1])
            service.cancel_slots([slot], None, today - DAY, "The hall is being repaired.")


def _keep(staff: Viewer, today: datetime) -> list[list[int]]:
    """Add both venues and their weekly dates; return the ids of the dates by venue."""
    found, at = [], today - 30 * DAY
    with on(at, staff):
        for number, (name, address, postcode) in enumerate(VENUES):
            values = {"name": name, "address": address, "postcode": postcode, "is_open": True}
            venue = service.save_venue(None, values)
            draft = SlotDraft(
                venue=venue.id, starts_on=local(today).date() - timedelta(days=20 - number),
                start_time=time(9, 30) if number == 0 else time(13, 0),
                places=8 if number == 0 else 12, closes_hours=24, weeks=WEEKS,
            )  # fmt: skip
            found.append([slot.id for slot in service.add_slots(draft, at)])
    return found


def _book(viewer: Viewer, slot_id: int, start: int, count: int, at: datetime) -> list[int]:
    """Book some of the people whom somebody knows; return the ids of the bookings."""
    with on(at, viewer):
        statement = select(Person.id).where(Person.created_at < at - DAY).order_by(Person.id)
        people = list(db.session.scalars(statement.offset(start).limit(count)))
    return _book_people(viewer, slot_id, people, at)


def _book_people(viewer: Viewer, slot_id: int, people: Sequence[int], at: datetime) -> list[int]:
    if not people:
        return []
    with on(at, viewer):
        slot = db.session.get_one(AssessmentSlot, slot_id)
        return [each.id for each in service.book(slot, people, at)]


def _needy(viewer: Viewer, at: datetime) -> list[int]:
    with on(at, viewer):
        return [person.id for person in queries.people_in_need()]


def rows(ids: Sequence[int]) -> list[AssessmentBooking]:
    """Return bookings in order."""
    statement = select(AssessmentBooking).where(AssessmentBooking.id.in_(ids))
    return list(db.session.scalars(statement.order_by(AssessmentBooking.id)))


def _record(staff: Viewer, ids: Sequence[int], at: datetime, *, results: bool = True) -> None:
    """Record that all but one came, and who passed."""
    with on(at, staff):
        service.miss(rows(ids[:1]), None, at)
        service.attend(rows(ids[1:]), None, at)
        if results:
            service.fail(rows(ids[1:2]), None, at + HOUR)
            service.pass_(rows(ids[2:]), None, at + HOUR)


def _change(viewer: Viewer, ids: Sequence[int], to: int, at: datetime) -> None:
    """Move one booking to a later date, and cancel another."""
    with on(at, viewer):
        service.move_bookings(rows(ids[:1]), None, at, db.session.get_one(AssessmentSlot, to))
        service.cancel_bookings(rows(ids[1:2]), None, at, "Left the employer")
