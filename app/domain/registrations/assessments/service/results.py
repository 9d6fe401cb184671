"""Who came to an assessment, and who passed: recorded for one booking or for a whole sheet."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from app.clock import local
from app.domain.kernel import workflow
from app.domain.kernel.words import say
from app.domain.kernel.workflow import Outcome
from app.domain.people.service import Assessed, record_assessments
from app.domain.registrations.assessments import queries
from app.domain.registrations.assessments.models import AssessmentBooking
from app.domain.registrations.assessments.rules import valid_until
from app.domain.registrations.assessments.service import notices
from app.domain.registrations.assessments.service.booking import sort_out_bookings
from app.domain.registrations.service import answer_health_and_safety
from app.errors import ConflictError
from app.extensions import db

Bookings = Sequence[AssessmentBooking]
Versions = Mapping[int, int]


def attend(
    bookings: Bookings, versions: Versions | None, at: datetime
) -> Outcome[AssessmentBooking]:
    """Record that people attended."""
    return _move("attend", bookings, versions, at)


def miss(bookings: Bookings, versions: Versions | None, at: datetime) -> Outcome[AssessmentBooking]:
    """Record that people did not attend."""
    return _move("miss", bookings, versions, at)


def reopen(
    bookings: Bookings, versions: Versions | None, at: datetime
) -> Outcome[AssessmentBooking]:
    """Take back what was recorded of people's attendance.

    Raise ConflictError when one person would then be booked on two dates.
    """
    try:
        with db.session.begin_nested():
            return _move("reopen", bookings, versions, at)
    except IntegrityError as error:
        raise ConflictError(
            say("One of these people would be booked on two dates. Undo one of them alone.")
        ) from error


def retract(
    bookings: Bookings, versions: Versions | None, at: datetime
) -> Outcome[AssessmentBooking]:
    """Take back that people failed."""
    return _move("retract", bookings, versions, at)


def fail(bookings: Bookings, versions: Versions | None, at: datetime) -> Outcome[AssessmentBooking]:
    """Record that people who attended failed, and tell them and whoever booked them."""
    outcome = _move("fail", bookings, versions, at)
    notices.post(notices.RESULT, outcome.moved, at, lambda _each: {"passed": False})
    return outcome


def pass_(
    bookings: Bookings, versions: Versions | None, at: datetime
) -> Outcome[AssessmentBooking]:
    """Record that people who attended passed, with all that follows from it.

    Each person has the assessment on record until it runs out; the health and safety requirement
    of what the organisation has not finalised yet is answered; letters tell the person and
    whoever booked. A handful of statements for a whole sheet.
    """
    outcome = _move("pass", bookings, versions, at)
    passed = [_assessed(each) for each in queries.loaded(outcome.moved)]
    record_assessments(passed, at=at)
    answer_health_and_safety({(each.person_id, each.owner) for each in passed}, at)
    notices.post(notices.RESULT, outcome.moved, at, _said_of_pass)
    return outcome


def _assessed(booking: AssessmentBooking) -> Assessed:
    day = local(booking.starts_at).date()
    venue = booking.slot.venue.name
    return Assessed(booking.person_id, booking.provider_id, day, venue, valid_until(day))


def _said_of_pass(booking: AssessmentBooking) -> dict[str, Any]:
    until = valid_until(local(booking.starts_at).date())
    return {"passed": True, "valid_until": until.isoformat()}


def _move(
    move: str, bookings: Bookings, versions: Versions | None, at: datetime
) -> Outcome[AssessmentBooking]:
    session = db.session()
    workflow.lock(session, bookings)
    outcome = sort_out_bookings(move, bookings, versions, at)
    workflow.make_moves(session, outcome.moved, move, at=at)
    return outcome
