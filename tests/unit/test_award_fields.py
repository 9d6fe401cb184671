"""What staff type of an award and of what is to be issued."""

from datetime import date

import pytest

from app.domain.awards.fields import (
    AWARD,
    MOST_COMPONENTS,
    Component,
    read_components,
    show_components,
)
from app.domain.awards.rules import RecordType
from app.domain.awards.service import issuing
from app.domain.kernel.typed import TypedError
from app.errors import ConflictError

TODAY = date(2026, 11, 25)


def test_components_are_read_line_by_line_between_bars_or_tabs():
    typed = "LV01 | Engines | 3 | 8 | Pass\n\nLV02\tGears \n"
    assert read_components(typed) == (
        Component(code="LV01", title="Engines", level="3", credit=8, result="Pass"),
        Component(code="LV02", title="Gears"),
    )


def test_what_is_shown_is_read_back():
    typed = "LV01 | Engines | 3 | 8 | Pass\nLV02 | Gears\nLV03 | Brakes |  | 4"
    assert show_components(read_components(typed)) == typed


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("LV01 | Engines\nLV02", "Line 2"),
        ("| Engines", "Line 1"),
        ("LV01 | Engines | 3 | eight", "no number of credits"),
        ("LV01 | Engines\nLV01 | Gears", "stands there twice"),
        ("LV01 | " + "x" * 161, "longer than 160"),
        ("a | b | c | 1 | e | f", "Line 1"),
        ("\n".join(f"U{n} | T" for n in range(MOST_COMPONENTS + 1)), "At most 200"),
    ],
)
def test_a_component_that_cannot_be_read_is_named(typed, words):
    with pytest.raises(TypedError, match=words):
        read_components(typed)


def test_an_award_needs_an_outcome_a_day_and_a_title():
    assert set(AWARD.read({}, TODAY).errors) == {"outcome", "awarded_on", "title"}


def test_types_must_be_chosen():
    with pytest.raises(ConflictError, match="at least one"):
        issuing.wanted_types([])
    assert issuing.wanted_types(["letter", "nothing"]) == {RecordType.LETTER}
