"""Every state and move of dates and bookings, how a date stands, and times as people type them."""

from datetime import date, datetime, time, timedelta

import pytest

from app.domain.kernel.typed import TypedError
from app.domain.registrations.assessments import fields, rules
from app.domain.registrations.assessments.rules import BOOKING, SLOT
from app.errors import IllegalMoveError

MOVES = {
    ("booked", "move"): "booked",
    ("booked", "reschedule"): "booked",
    ("booked", "cancel"): "cancelled",
    ("booked", "call_off"): "cancelled",
    ("booked", "attend"): "attended",
    ("booked", "miss"): "not_attended",
    ("attended", "reopen"): "booked",
    ("not_attended", "reopen"): "booked",
    ("attended", "pass"): "passed",
    ("attended", "fail"): "failed",
    ("failed", "retract"): "attended",
}
AT = datetime.fromisoformat("2026-11-20T10:00:00+00:00")
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("state", [state.code for state in BOOKING.states])
@pytest.mark.parametrize("move", [move.code for move in BOOKING.moves])
def test_a_booking_moves_only_as_declared_here(state, move):
    if (state, move) in MOVES:
        assert BOOKING.after(state, move) == MOVES[state, move]
    else:
        with pytest.raises(IllegalMoveError):
            BOOKING.after(state, move)


def test_a_cancelled_date_stays_so():
    assert SLOT.after("open", "cancel") == "cancelled"
    with pytest.raises(IllegalMoveError):
        SLOT.after("cancelled", "cancel")


@pytest.mark.parametrize(
    ("state", "free", "closes", "starts", "stands"),
    [
        ("open", 1, HOUR, 2 * HOUR, "open"),
        ("open", 0, HOUR, 2 * HOUR, "full"),
        ("open", 1, -HOUR, HOUR, "closed"),
        ("open", 1, timedelta(), HOUR, "closed"),
        ("open", 1, -2 * HOUR, -HOUR, "held"),
        ("open", 0, -HOUR, timedelta(), "held"),
        ("cancelled", 3, HOUR, 2 * HOUR, "cancelled"),
    ],
)
def test_how_a_date_stands_follows_from_its_places_and_the_time(
    state, free, closes, starts, stands
):
    assert rules.standing(state, free, AT + closes, AT + starts, AT).code == stands


def test_an_assessment_counts_for_two_years():
    assert rules.valid_until(date(2026, 12, 1)) == date(2028, 12, 1)
    assert rules.valid_until(date(2028, 2, 29)) == date(2030, 2, 28)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("09:30", time(9, 30)), ("9.30", time(9, 30)), ("0930", time(9, 30)),
        ("14:00", time(14)), ("2 pm", time(14)), ("2:15pm", time(14, 15)), ("12am", time(0)),
        ("12 p.m.", time(12)), (time(8, 5), time(8, 5)), (" 23:59 ", time(23, 59)),
    ],
)  # fmt: skip
def test_a_time_is_read_as_people_type_it(typed, read):
    assert fields.read_time(typed) == read
    assert fields.read_time(fields.show_time(read)) == read


@pytest.mark.parametrize("typed", ["25:00", "9:75", "9", "half nine", "", "13 pm", "9:30:00", "-1"])
def test_what_is_no_time_is_refused_in_words(typed):
    with pytest.raises(TypedError, match="is not a time of day"):
        fields.read_time(typed)
