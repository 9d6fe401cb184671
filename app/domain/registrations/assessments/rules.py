"""The life of a date on which people are assessed, and of a booking for one."""

from datetime import date, datetime

from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_
from app.domain.kernel.workflow import Move, State, Workflow

VALID_YEARS = 2
"""How long a passed assessment counts, from the day it was passed."""
MOST_PLACES = 500
MOST_WEEKS = 52
"""Dates that one form may add, a week apart."""
MOST_AT_ONCE = 100
"""People whom one form may book."""

OPEN = State("open", N_("Open"), "ok", "calendar-check")
SLOT_CANCELLED = State("cancelled", N_("Cancelled"), "off", "ban")

FULL = State("full", N_("Full"), "todo", "users")
CLOSED = State("closed", N_("Bookings closed"), "hold", "lock")
HELD = State("held", N_("Past"), "off", "history")
"""How a date stands that is not cancelled: this follows from its places and from the time."""

SLOT = Workflow(
    N_("an assessment date"),
    (OPEN, SLOT_CANCELLED),
    (
        Move("cancel", N_("Cancel date"), "calendar-x", (OPEN,), SLOT_CANCELLED,
             Permission.KEEP_ASSESSMENTS, N_("Cancelled")),
    ),
)  # fmt: skip
"""A date stands open until it is cancelled; whether it is full, closed or past follows."""

BOOKED = State("booked", N_("Booked"), "work", "calendar-check")
ATTENDED = State("attended", N_("Attended"), "work", "user-check")
NOT_ATTENDED = State("not_attended", N_("Did not attend"), "stop", "user-x")
PASSED = State("passed", N_("Passed"), "ok", "circle-check")
FAILED = State("failed", N_("Failed"), "stop", "circle-x")
CANCELLED = State("cancelled", N_("Cancelled"), "off", "ban")

_FILL_IN, _KEEP = Permission.FILL_IN_APPLICATIONS, Permission.KEEP_ASSESSMENTS

BOOKING = Workflow(
    N_("a booking"),
    (BOOKED, ATTENDED, NOT_ATTENDED, PASSED, FAILED, CANCELLED),
    (
        Move("move", N_("Move to another date"), "calendar-event", (BOOKED,), BOOKED, _FILL_IN,
             N_("Moved to another date")),
        Move("reschedule", N_("Reschedule"), "calendar-event", (BOOKED,), BOOKED, None,
             N_("The date was changed")),
        Move("cancel", N_("Cancel booking"), "ban", (BOOKED,), CANCELLED, _FILL_IN,
             N_("Cancelled")),
        Move("call_off", N_("Call off"), "calendar-x", (BOOKED,), CANCELLED, None,
             N_("The date was cancelled")),
        Move("attend", N_("Attended"), "user-check", (BOOKED,), ATTENDED, _KEEP, N_("Attended")),
        Move("miss", N_("Did not attend"), "user-x", (BOOKED,), NOT_ATTENDED, _KEEP,
             N_("Did not attend")),
        Move("reopen", N_("Undo attendance"), "arrow-back-up", (ATTENDED, NOT_ATTENDED), BOOKED,
             _KEEP, N_("Attendance was undone")),
        Move("pass", N_("Passed"), "circle-check", (ATTENDED,), PASSED, _KEEP, N_("Passed")),
        Move("fail", N_("Failed"), "circle-x", (ATTENDED,), FAILED, _KEEP, N_("Failed")),
        Move("retract", N_("Undo the result"), "arrow-back-up", (FAILED,), ATTENDED, _KEEP,
             N_("The result was undone")),
    ),
)  # fmt: skip
"""A booking from its making to the result; a pass stands, since others rely on it at once."""


def standing(
    state: str, free: int, closes_at: datetime, starts_at: datetime, at: datetime
) -> State:
    """Return how a date stands at a moment, as people see it."""
    if state != OPEN.code:
        return SLOT.state(state)
    if starts_at <= at:
        return HELD
    if closes_at <= at:
        return CLOSED
    return OPEN if free > 0 else FULL


def valid_until(passed_on: date) -> date:
    """Return the last day on which an assessment passed on a day counts."""
    year = passed_on.year + VALID_YEARS
    if (passed_on.month, passed_on.day) == (2, 29):
        return date(year, 2, 28)
    return passed_on.replace(year=year)
