"""The letters about bookings: to the person, and to whoever booked when others acted."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.clock import local
from app.domain.kernel import outbox
from app.domain.kernel.outbox import Draft
from app.domain.registrations.assessments import queries
from app.domain.registrations.assessments.models import AssessmentBooking, AssessmentSlot
from app.domain.registrations.service.application_notices import recipients_of
from app.extensions import db

BOOKED = "assessment_booked"
MOVED = "assessment_moved"
CANCELLED = "assessment_cancelled"
RESULT = "assessment_result"

Bookings = Sequence[AssessmentBooking]
More = Callable[[AssessmentBooking], Mapping[str, Any]]


def place_and_time(slot: AssessmentSlot) -> dict[str, str]:
    """Return when and where a date is held, as letters keep it."""
    starts = local(slot.starts_at)
    return {
        "held_on": f"{starts:%Y-%m-%d}",
        "held_time": f"{starts:%H:%M}",
        "venue": slot.venue.name,
        "address": slot.venue.one_line,
    }


def post(
    code: str,
    bookings: Bookings,
    at: datetime,
    more: More = lambda _booking: {},
    *,
    to_booker: bool = True,
) -> None:
    """Write to the people booked, and with ``to_booker`` to whoever booked them.

    ``more`` says what else the letter of a booking holds. Who has no address gets no letter.
    """
    bookings = queries.loaded(bookings)
    bookers = recipients_of(bookings) if to_booker else {}
    drafts = []
    for each in bookings:
        said = {
            "person_name": each.person.full_name,
            "reference": str(each.number),
            "provider_name": each.provider.name,
            **place_and_time(each.slot),
            **more(each),
        }
        person = (each.person.email, each.person.full_name)
        drafts.append(_draft(code, each, person, said))
        if to_booker:
            link = {"link": f"/assessments/bookings/{each.id}"}
            drafts.append(_draft(code, each, bookers[each.id], said | link))
    outbox.post(db.session(), drafts, at=at)


def _draft(
    code: str, booking: AssessmentBooking, to: tuple[str, str], said: Mapping[str, Any]
) -> Draft:
    email, name = to
    about = (AssessmentBooking.__tablename__, booking.id)
    return Draft(code, email, name, about, booking.provider_id, {"recipient_name": name, **said})
