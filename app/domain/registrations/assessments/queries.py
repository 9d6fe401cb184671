"""Reads of assessments: dates to book, bookings of a date or a person, and who needs one."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, exists, select, union
from sqlalchemy.orm import joinedload

from app.clock import start_of, today
from app.domain.kernel.columns import UtcDateTime
from app.domain.people.models import Person
from app.domain.registrations import rules as registered
from app.domain.registrations.assessments.models import (
    AssessmentBooking,
    AssessmentSlot,
    AssessmentVenue,
)
from app.domain.registrations.assessments.rules import BOOKED, OPEN
from app.domain.registrations.models import CardApplication, Registration
from app.extensions import db

CHOICES = 200
"""Dates that a select offers."""
OFFERED = 60
"""People who need an assessment, as the booking form offers them."""
LOOKS_BACK = timedelta(days=30)

LISTED = (
    joinedload(AssessmentBooking.person),
    joinedload(AssessmentBooking.provider),
    joinedload(AssessmentBooking.slot).joinedload(AssessmentSlot.venue),
)
"""What a list of bookings shows besides the rows themselves, in the same statement."""


def venues() -> list[AssessmentVenue]:
    """Return every venue by name."""
    return list(db.session.scalars(select(AssessmentVenue).order_by(AssessmentVenue.name)))


def open_venues(besides: AssessmentVenue | None = None) -> list[AssessmentVenue]:
    """Return the venues at which new dates may be held, and the present one of a date."""
    return [each for each in venues() if each.is_open or each is besides]


def bookable(at: datetime) -> list[AssessmentSlot]:
    """Return dates that take bookings at a moment, the next one first."""
    statement = (
        select(AssessmentSlot)
        .where(
            AssessmentSlot.state == OPEN.code,
            AssessmentSlot.closes_at > at,
            AssessmentSlot.taken < AssessmentSlot.places,
        )
        .options(joinedload(AssessmentSlot.venue))
        .order_by(AssessmentSlot.starts_at, AssessmentSlot.id)
        .limit(CHOICES)
    )
    return list(db.session.scalars(statement))


def around(at: datetime, besides: int | None = None) -> list[AssessmentSlot]:
    """Return dates from a month ago on, and the one with the id ``besides``, to filter by."""
    recent = AssessmentSlot.starts_at > at - LOOKS_BACK
    wanted = recent if besides is None else recent | (AssessmentSlot.id == besides)
    statement = (
        select(AssessmentSlot)
        .where(wanted)
        .options(joinedload(AssessmentSlot.venue))
        .order_by(AssessmentSlot.starts_at, AssessmentSlot.id)
        .limit(CHOICES)
    )
    return list(db.session.scalars(statement))


_TODAY: Any = bindparam("today", type_=UtcDateTime(), callable_=lambda: start_of(today()))
FROM_TODAY = AssessmentSlot.starts_at >= _TODAY
"""Dates of today and later ones; the day is that of the reading, not of the declaration."""
BEFORE_TODAY = AssessmentSlot.starts_at < _TODAY


def find_slot(slot_id: int) -> AssessmentSlot | None:
    """Return a date."""
    return db.session.get(AssessmentSlot, slot_id)


def bookings_of_slots(slots: Sequence[AssessmentSlot]) -> list[AssessmentBooking]:
    """Return the viewer's bookings of dates, by name."""
    statement = (
        select(AssessmentBooking)
        .where(AssessmentBooking.slot_id.in_([each.id for each in slots]))
        .options(*LISTED)
        .order_by(AssessmentBooking.applicant_key, AssessmentBooking.id)
    )
    return list(db.session.scalars(statement))


def loaded(bookings: Sequence[AssessmentBooking]) -> list[AssessmentBooking]:
    """Load people, dates and organisations of bookings in one statement, and return these."""
    statement = select(AssessmentBooking).where(
        AssessmentBooking.id.in_([each.id for each in bookings])
    )
    return list(db.session.scalars(statement.options(*LISTED).order_by(AssessmentBooking.id)))


def bookings_of(person: Person) -> list[AssessmentBooking]:
    """Return the viewer's bookings of a person, newest first."""
    statement = (
        select(AssessmentBooking)
        .where(AssessmentBooking.person_id == person.id)
        .options(*LISTED)
        .order_by(AssessmentBooking.id.desc())
        .limit(20)
    )
    return list(db.session.scalars(statement))


def live_bookings(person_ids: Iterable[int]) -> list[AssessmentBooking]:
    """Return the viewer's bookings of people that still wait for their date."""
    statement = (
        select(AssessmentBooking)
        .where(
            AssessmentBooking.person_id.in_(list(person_ids)),
            AssessmentBooking.state == BOOKED.code,
        )
        .options(*LISTED)
    )
    return list(db.session.scalars(statement))


def people_in_need() -> list[Person]:
    """Return own people whose registration or application lacks the answer, and have no booking."""
    unanswered = union(
        select(Registration.person_id).where(
            Registration.state.in_([state.code for state in registered.ATTENTION]),
            Registration.health_and_safety.isnot(True),
        ),
        select(CardApplication.person_id).where(
            CardApplication.state == registered.APPLICATION_STARTED.code,
            CardApplication.health_and_safety.isnot(True),
        ),
    ).subquery()
    waiting = exists().where(
        AssessmentBooking.person_id == Person.id, AssessmentBooking.state == BOOKED.code
    )
    statement = (
        select(Person)
        .where(Person.id.in_(select(unanswered.c.person_id)), ~waiting)
        .order_by(Person.name_key, Person.id)
        .limit(OFFERED)
    )
    return list(db.session.scalars(statement))


def people(person_ids: Iterable[int]) -> list[Person]:
    """Return those of people who exist for the viewer, by name."""
    statement = select(Person).where(Person.id.in_(list(person_ids))).order_by(Person.name_key)
    return list(db.session.scalars(statement))
