"""Booking people on a date, moving them to another one, cancelling."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.domain.kernel import audit, scope, workflow
from app.domain.kernel import viewer as viewers
from app.domain.kernel.numbering import take_numbers
from app.domain.kernel.words import N_, say
from app.domain.kernel.workflow import Outcome, Requirement
from app.domain.people.models import Person
from app.domain.registrations.assessments import queries
from app.domain.registrations.assessments.models import AssessmentBooking, AssessmentSlot
from app.domain.registrations.assessments.rules import BOOKED, MOST_AT_ONCE
from app.domain.registrations.assessments.service import notices
from app.domain.registrations.assessments.service.places import (
    free_places,
    lock_slots,
    take_places,
)
from app.domain.registrations.service.applying import searchable
from app.errors import ConflictError, NotFoundError
from app.extensions import db

COUNTER = "assessment_booking"
NAMED = 5
Bookings = Sequence[AssessmentBooking]
Versions = Mapping[int, int]
Required = Callable[[AssessmentBooking], Sequence[Requirement]]


def book(slot: AssessmentSlot, person_ids: Iterable[int], at: datetime) -> list[AssessmentBooking]:
    """Book people of the viewer's organisation on a date: all of them or none.

    A dozen statements for a hundred people; each person gets a letter. Raise NotFoundError when
    one is not known here, ConflictError when so many places are not free, when the date takes no
    bookings, or when somebody is booked already.
    """
    session, viewer = db.session(), viewers.of(db.session())
    if viewer.organisation_id is None or viewer.everything:
        raise ConflictError(say("People are booked by the organisation that registered them."))
    wanted = set(person_ids)
    if not 0 < len(wanted) <= MOST_AT_ONCE:
        raise ConflictError(say("Choose from one to %(most)s people at a time.", most=MOST_AT_ONCE))
    people = queries.people(wanted)
    if len(people) != len(wanted):
        raise NotFoundError
    take_places(slot, len(people), at)
    _refuse_second(people)
    numbers = take_numbers(session, COUNTER, len(people))
    rows = [
        {
            "number": number,
            "slot_id": slot.id,
            "person_id": person.id,
            "provider_id": viewer.organisation_id,
            "state": BOOKED.code,
            "starts_at": slot.starts_at,
            "applicant_key": person.name_key,
            "search_text": searchable(number, person),
            "created_by_id": viewer.user_id,
            "created_at": at,
        }
        for number, person in zip(numbers, people, strict=True)
    ]
    _insert(rows)
    made = _numbered(numbers)
    subjects = [audit.Subject(each.__tablename__, each.id, each.provider_id) for each in made]
    audit.write(session, audit.rows_of_events(session, subjects, "created", at=at))
    notices.post(notices.BOOKED, made, at, to_booker=False)
    return made


def _insert(rows: list[dict[str, Any]]) -> None:
    session = db.session()
    try:
        with session.begin_nested():
            scope.create_many(session, AssessmentBooking, rows)
    except IntegrityError as error:  # somebody else booked one of them at the same moment
        raise ConflictError(
            say("One of these people has just been booked by a colleague. Look at the bookings.")
        ) from error


def _refuse_second(people: Sequence[Person]) -> None:
    live = queries.live_bookings([person.id for person in people])
    if live:
        named = "; ".join(f"{each.person.full_name}: {each.slot}" for each in live[:NAMED])
        raise ConflictError(
            say("Booked already: %(named)s. Move that booking, or leave them out.", named=named)
        )


def _numbered(numbers: range) -> list[AssessmentBooking]:
    statement = (
        select(AssessmentBooking)
        .where(AssessmentBooking.number >= numbers.start, AssessmentBooking.number < numbers.stop)
        .options(*queries.LISTED)
        .order_by(AssessmentBooking.number)
    )
    return list(db.session.scalars(statement))


def sort_out_bookings(
    move: str, bookings: Bookings, versions: Versions | None, at: datetime
) -> Outcome[AssessmentBooking]:
    """Tell which bookings can make ``move`` and what speaks against the others."""
    required = _required(move, bookings, at)
    return workflow.sort_out(bookings, move, lambda _booking: required, versions)


def _required(move: str, bookings: Bookings, at: datetime) -> tuple[Requirement, ...]:
    if move == "reopen":
        live = queries.live_bookings([each.person_id for each in bookings])
        again = {(each.person_id, each.provider_id) for each in live}
        return (
            Requirement(
                "alone", N_("Booking"), N_("This person is booked on another date already"),
                lambda booking: (booking.person_id, booking.provider_id) not in again,
            ),
        )  # fmt: skip
    if move in ("move", "cancel"):
        return (
            Requirement(
                "ahead", N_("Date"), N_("Its date has begun: the awarding body records who came"),
                lambda booking: booking.starts_at > at,
            ),
        )  # fmt: skip
    if move in ("attend", "miss"):
        return (
            Requirement(
                "begun", N_("Date"), N_("Its date has not begun yet"),
                lambda booking: booking.starts_at <= at,
            ),
        )  # fmt: skip
    return ()


def lock_bookings(bookings: Bookings, slot_ids: Iterable[int] = ()) -> dict[int, AssessmentSlot]:
    """Lock the dates of bookings, those of ``slot_ids`` too, and then the bookings.

    Raise ConflictError when a booking was moved to another date meanwhile.
    """
    slots = lock_slots({*(each.slot_id for each in bookings), *slot_ids})
    workflow.lock(db.session(), bookings)
    if not {each.slot_id for each in bookings} <= set(slots):
        raise ConflictError(
            say("Somebody else moved some of these bookings meanwhile. Open the list again.")
        )
    return slots


def move_bookings(
    bookings: Bookings, versions: Versions | None, at: datetime, slot: AssessmentSlot
) -> Outcome[AssessmentBooking]:
    """Move bookings to another date that has the places, and tell the people; all or none.

    Those refused (another state, changed meanwhile) stay. Raise ConflictError when so many places
    are not free on the new date.
    """
    slots = lock_bookings(bookings, [slot.id])
    outcome = sort_out_bookings("move", bookings, versions, at)
    staying = [each for each in outcome.moved if each.slot_id == slot.id]
    outcome.moved = [each for each in outcome.moved if each.slot_id != slot.id]
    outcome.refused += [(each, [say("It is on this date already")]) for each in staying]
    if not outcome.moved:
        return outcome
    before = {each.id: notices.place_and_time(each.slot) for each in outcome.moved}
    left = Counter(each.slot_id for each in outcome.moved)
    take_places(slots[slot.id], len(outcome.moved), at)
    free_places(left, slots)
    values = {"slot_id": slot.id, "starts_at": slot.starts_at}
    workflow.make_moves(db.session(), outcome.moved, "move", at=at, values=values)
    for each in outcome.moved:
        db.session().expire(each, ["slot"])
    notices.post(notices.MOVED, outcome.moved, at, lambda each: was(before[each.id]))
    return outcome


def was(before: Mapping[str, str]) -> dict[str, str]:
    """Return where and when a booking was, as the letter about its move holds it."""
    return {f"was_{name}": value for name, value in before.items() if name != "address"}


def cancel_bookings(
    bookings: Bookings, versions: Versions | None, at: datetime, reason: str
) -> Outcome[AssessmentBooking]:
    """Cancel bookings, give their places back, and tell the people."""
    slots = lock_bookings(bookings)
    outcome = sort_out_bookings("cancel", bookings, versions, at)
    if outcome.moved:
        free_places(Counter(each.slot_id for each in outcome.moved), slots)
        values = {"cancel_reason": reason}
        workflow.make_moves(
            db.session(), outcome.moved, "cancel", at=at, values=values, reason=reason
        )
        notices.post(notices.CANCELLED, outcome.moved, at, lambda _each: {"reason": reason})
    return outcome
