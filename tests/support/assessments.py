"""Assessments made by the services, for tests of what follows."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import select

from app.domain.kernel.tables import Letter
from app.domain.kernel.viewer import Viewer
from app.domain.people.models import Person
from app.domain.people.service import add_person
from app.domain.registrations.assessments import service
from app.domain.registrations.assessments.models import (
    AssessmentBooking,
    AssessmentSlot,
    AssessmentVenue,
)
from app.domain.registrations.assessments.service import SlotDraft
from app.extensions import db
from app.transaction import transaction

AT = datetime.fromisoformat("2026-11-20T10:00:00+00:00")
DAY = date(2026, 12, 1)
HELD = datetime.fromisoformat("2026-12-01T12:00:00+00:00")
"""The day on which dates of ``dates()`` are held, after their start."""


def a_venue(name: str = "Leeds Assessment Centre") -> AssessmentVenue:
    """Return the venue of this name, kept by the awarding body."""
    found = db.session.scalars(select(AssessmentVenue).where(AssessmentVenue.name == name)).first()
    values = {"name": name, "address": "1 Station Road\nLeeds", "postcode": "LS1 4AP",
              "is_open": True}  # fmt: skip
    return found or service.save_venue(None, values)


def dates(
    *,
    venue: str = "Leeds Assessment Centre",
    places: int = 3,
    weeks: int = 1,
    day: date = DAY,
    at: datetime = AT,
    start: time = time(9, 30),
) -> list[int]:
    """Add dates as staff; return their ids."""
    draft = SlotDraft(
        venue=a_venue(venue).id, starts_on=day, start_time=start, places=places, closes_hours=24,
        weeks=weeks,
    )  # fmt: skip
    return [slot.id for slot in service.add_slots(draft, at)]


def slot_of(slot_id: int) -> AssessmentSlot:
    """Return a date."""
    return db.session.get_one(AssessmentSlot, slot_id)


def some_people(count: int = 2, surname: str = "Asher") -> list[Person]:
    """Make people known to the viewer's organisation."""
    return [
        add_person(
            {
                "first_names": f"Ann {chr(65 + number % 26)}",
                "surname": f"{surname}{'x' * (number // 26)}",
                "birth_date": date(2005, 5, 5), "email": f"{surname.lower()}{number}@example.com",
            }
        )
        for number in range(count)
    ]  # fmt: skip


def rows(ids: list[int]) -> list[AssessmentBooking]:
    """Return bookings in order."""
    statement = select(AssessmentBooking).where(AssessmentBooking.id.in_(ids))
    return list(db.session.scalars(statement.order_by(AssessmentBooking.id)))


def letters(code: str) -> list[tuple[str, dict[str, Any]]]:
    """Return recipient and context of each letter of a kind."""
    found = db.session.scalars(select(Letter).where(Letter.code == code).order_by(Letter.id))
    return [(letter.to_email, letter.context) for letter in found]


def booked(
    inside: Any, viewer: Viewer, slot_id: int, count: int = 2, surname: str = "Asher"
) -> list[int]:
    """Book new people on a date; return the ids of the bookings."""
    with inside(viewer), transaction():
        people = [person.id for person in some_people(count, surname)]
        return [each.id for each in service.book(slot_of(slot_id), people, AT)]
