"""What pages of other lists show and offer of health and safety assessments."""

from typing import Any

from flask import url_for
from flask_babel import gettext

from app.clock import today
from app.domain.kernel.permissions import Permission
from app.domain.people.models import Person
from app.domain.registrations.assessments import queries
from app.security import current
from app.security.current import may
from app.views import cells
from app.views.declared import address_of

Drawn = list[dict[str, Any]]


def may_book() -> bool:
    """Tell whether whoever looks books people: of an organisation, not of the awarding body."""
    return may(Permission.FILL_IN_APPLICATIONS) and not current.viewer().everything


def book_ticked(list_of: str) -> Drawn:
    """Return the bulk action that books the people of ticked rows of a list."""
    if not may_book():
        return []
    href = url_for("BookingFormView.choose", list_of=list_of)
    return [{"label": gettext("Book an assessment"), "icon": "calendar-plus", "href": href}]


def book_one(person: Person) -> Drawn:
    """Return the action of a record page that books its person."""
    if not may_book():
        return []
    href = url_for("BookingFormView.book", person=person.id)
    return [{"label": gettext("Book an assessment"), "icon": "calendar-plus", "href": href}]


def is_assessed(person: Person) -> bool:
    """Tell whether somebody has passed an assessment that still counts."""
    return person.assessed_until is not None and person.assessed_until >= today()


def result_of(person: Person) -> str:
    """Return what stands on a person's record: when and where passed, and until when it counts."""
    if person.assessed_on is None or person.assessed_until is None:
        return gettext("None passed")
    said = {
        "day": cells.day(person.assessed_on).text,
        "venue": person.assessed_at_venue,
        "until": cells.day(person.assessed_until).text,
    }
    if not is_assessed(person):
        return gettext("Passed on %(day)s, %(venue)s; ran out on %(until)s", **said)
    return gettext("Passed on %(day)s, %(venue)s; counts until %(until)s", **said)


def bookings_of(person: Person) -> dict[str, Any]:
    """Return the bookings of a person as a record page lists them."""
    return {
        "title": gettext("Health and safety assessments"),
        "rows": [
            {
                "href": address_of("BookingsView.show", each.id),
                "icon": "clipboard-check",
                "label": str(each.slot),
                "note": gettext("Booking %(number)s", number=each.number),
                "state": cells.badge(each.state_shown),
            }
            for each in queries.bookings_of(person)
        ],
        "empty": gettext("No assessment has been booked."),
    }
