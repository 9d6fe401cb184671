"""Subjects: a whole form is read at once, every error collected, checks across fields."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.kernel.fields import Field, Subject, read_all

TODAY = date(2024, 1, 5)
PATHWAYS = ((1, "Installation Electrician"), (2, "Maintenance Electrician"))


def ends_after_start(values):
    if values["start"] and values["end"] and values["end"] <= values["start"]:
        return {"end": "The end must come after the start."}
    return {}


def starts_today_or_later(values):
    return {"start": "That day has passed."} if values["start"] < values.today else {}


REGISTRATION = Subject(
    "registration",
    (
        Field("surname", "Surname", "name", required=True, group="Person"),
        Field("start", "Start", "date", required=True),
        Field("end", "End", "date"),
        Field("employed", "Employed?", "yesno"),
        Field("employer", "Employer", required=lambda values: values["employed"]),
        Field("mobile", "Mobile number", "phone"),
    ),
    (ends_after_start, starts_today_or_later),
)
GOOD = {
    "surname": "Šmíd",
    "start": "01/02/2024",
    "end": "01/02/2025",
    "employed": "no",
    "employer": "",
    "mobile": "020 7946 0018",
}


def test_a_good_form_is_read_whole():
    reading = REGISTRATION.read(GOOD, TODAY)

    assert reading.is_complete
    assert reading.values == {
        "surname": "Šmíd",
        "start": date(2024, 2, 1),
        "end": date(2025, 2, 1),
        "employed": False,
        "employer": None,
        "mobile": "+442079460018",
    }


def test_every_error_is_collected_in_the_order_of_the_form():
    reading = REGISTRATION.read(
        {"mobile": "1", "surname": "", "end": "never", "start": "31/2/2024", "employed": "?"}, TODAY
    )

    assert list(reading.errors) == ["surname", "start", "end", "employed", "mobile"]
    assert reading.values == {"employer": None}


def test_a_failing_field_does_not_hide_the_checks_of_others():
    reading = REGISTRATION.read(GOOD | {"surname": "X1", "end": "01/01/2024"}, TODAY)

    assert reading.errors["end"] == "The end must come after the start."
    assert "surname" in reading.errors


def test_a_check_that_needs_a_failing_field_waits_for_it():
    reading = REGISTRATION.read(GOOD | {"start": "soon"}, TODAY)

    assert list(reading.errors) == ["start"]
    assert "not a date" in reading.errors["start"]


def test_a_check_knows_the_day():
    assert REGISTRATION.read(GOOD | {"start": "04/01/2024"}, TODAY).errors == {
        "start": "That day has passed."
    }


def test_a_field_may_be_required_by_the_others():
    assert REGISTRATION.read(GOOD | {"employed": "yes"}, TODAY).errors == {
        "employer": "Enter the employer."
    }
    assert "employer" not in REGISTRATION.read(GOOD | {"employed": "?"}, TODAY).errors


def test_a_doubtful_value_is_accepted_with_a_warning():
    reading = REGISTRATION.read(GOOD | {"mobile": "07700 900123"}, TODAY)

    assert reading.is_complete
    assert "07700 900123" in reading.warnings["mobile"]


def test_an_error_of_no_field_comes_last():
    reading = read_all(
        [Field("a", "A", required=True)], {}, TODAY, checks=[lambda values: {"": "Not today."}]
    )

    assert list(reading.errors) == ["a", ""]


def test_a_check_that_misspells_a_field_is_a_bug_and_not_an_error_of_the_reader():
    with pytest.raises(KeyError, match="surnme"):
        read_all([Field("a", "A")], {}, TODAY, checks=[lambda values: {"a": values["surnme"]}])


def test_a_subject_names_and_gives_its_fields():
    assert REGISTRATION.names[:2] == ("surname", "start")
    assert REGISTRATION.field("surname").group == "Person"
    with pytest.raises(KeyError):
        REGISTRATION.field("forename")
    with pytest.raises(ValueError, match="same name"):
        Subject("twice", (Field("a", "A"), Field("a", "B")))


@given(st.dictionaries(st.sampled_from(REGISTRATION.names), st.text(max_size=20) | st.floats()))
def test_whatever_is_typed_gets_a_value_or_an_error(raw):
    reading = REGISTRATION.read(raw, TODAY)

    assert set(reading.values) | set(reading.errors) == set(REGISTRATION.names)
