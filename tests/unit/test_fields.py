"""Fields: read from every surface, every error collected, personal values covered."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.kernel.dates import read_date, show_date
from app.domain.kernel.fields import Field, FieldError, read_all
from app.domain.kernel.money import parse_pounds, pounds
from app.domain.kernel.words import N_

TODAY = date(2024, 1, 5)
PATHWAYS = ((1, "Installation Electrician"), (2, "Maintenance Electrician"))


def read(kind: str, raw, **declared):
    return Field("fact", "Fact", kind, **declared).read(raw, today=TODAY)


def refusal(kind: str, raw, **declared) -> str:
    with pytest.raises(FieldError) as caught:
        read(kind, raw, **declared)
    return caught.value.words


@pytest.mark.parametrize(
    "raw",
    [
        {"day": "5", "month": "1", "year": "2024"},
        {"day": 5, "month": "January", "year": 2024},
        ("05", "01", "2024"),
        ["5", "jan", "2024"],
        "2024-01-05",
        "2024-01-05T00:00:00Z",
        "2024-01-05 00:00:00",
        "05/01/2024",
        "5.1.2024",
        "5-1-2024",
        " 5 January  2024 ",
        "5th Jan 2024",
        "5-Jan-2024",
        datetime(2024, 1, 5, 9, 30, tzinfo=UTC),
        date(2024, 1, 5),
        45296,
        45296.0,
    ],
)
def test_a_date_is_read_from_every_surface(raw):
    assert read("date", raw) == date(2024, 1, 5)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("31/02/2024", "31 February does not exist; February 2024 ends on 29."),
        ("29/02/2023", "29 February 2023 does not exist: that February ends on 28."),
        ("31 April 2024", "31 April does not exist; April 2024 ends on 30."),
        (
            "01/13/2024",
            "There is no month 13. Give a month from 1 to 12; the day comes before it.",
        ),
        ("2024-13-01", "There is no month 13. Give a month from 1 to 12; the day comes before it."),
        ("32/01/2024", "There is no day 32. Give a day from 1 to 31."),
        ("0/1/2024", "There is no day 0. Give a day from 1 to 31."),
        ("05/01/24", "The year 24 could be 1924 or 2024. Give all four digits."),
        ("05/01/0024", "0024 is not a year from 1900 to 2199. Give four digits."),
        (
            "soon",
            "“soon” is not a date. Give day, month and year, as in 27/03/2024 or 27 March 2024.",
        ),
        (("5", "", "2024"), "The month is missing."),
        (("", "", "2024"), "The day and the month are missing."),
    ],
)
def test_a_refused_date_says_what_is_wrong_and_what_would_be_right(raw, words):
    assert refusal("date", raw) == words


@pytest.mark.parametrize("raw", [2024, 1, 20240105, True, "45296", ("5", "1"), b"x", float("nan")])
def test_what_only_might_be_a_date_is_refused(raw):
    refusal("date", raw)


@pytest.mark.parametrize(
    ("raw", "parts"),
    [
        (("31", "2", "2024"), ("day", "month")),
        (("5", "13", "2024"), ("month",)),
        (("5", "1", "24"), ("year",)),
        (("5", "", ""), ("month", "year")),
    ],
)
def test_a_refused_date_names_its_wrong_boxes(raw, parts):
    reading = read_all([Field("born", "Date of birth", "date")], {"born": raw}, TODAY)

    assert reading.parts == {"born": parts}


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_every_date_shown_is_read_back(day):
    assert read_date(show_date(day)) == day
    assert read_date(day.isoformat()) == day


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("text", "  "),
        ("date", {"day": " ", "month": "", "year": None}),
        ("date", ("", "", "")),
        ("uln", None),
        ("photo", b""),
        ("yesno", ""),
    ],
)
def test_a_blank_field_is_none_unless_it_is_required(kind, raw):
    assert read(kind, raw) is None
    refusal(kind, raw, required=True)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (Field("born", "Date of birth", "date"), "Enter the date of birth."),
        (Field("uln", "ULN", "uln"), "Enter the ULN."),
        (Field("po", "P.O. number"), "Enter the P.O. number."),
        (Field("way", "Pathway", "choice"), "Choose the pathway."),
        (Field("hs", "Is it safe?", "yesno"), "Answer yes or no to “Is it safe?”."),
        (Field("photo", "Photo", "photo"), "Add the photo."),
        (Field("x", "X", missing="Say why."), "Say why."),
    ],
)
def test_a_missing_field_says_what_to_do(field, words):
    assert field.missing_words() == words


@pytest.mark.parametrize("raw", ["yes", "Y", " true ", 1, 1.0, True, "on"])
def test_yes_is_read_in_every_spelling(raw):
    assert read("yesno", raw) is True


@pytest.mark.parametrize("raw", ["No", "n", "FALSE", 0, 0.0, False, "off"])
def test_no_is_an_answer_and_not_a_blank(raw):
    assert read("yesno", raw, required=True) is False


def test_what_is_neither_yes_nor_no_is_refused():
    assert refusal("yesno", "maybe") == "“maybe” is neither yes nor no."


@pytest.mark.parametrize(
    "raw", [1, "1", 1.0, "Installation Electrician", "installation electrician "]
)
def test_a_choice_is_read_by_its_code_or_its_label(raw):
    assert read("choice", raw, choices=PATHWAYS) == 1
    assert read("lookup", raw, choices=PATHWAYS) == 1


def test_a_choice_that_does_not_exist_is_answered_with_the_nearest():
    words = refusal("choice", "Instalation Electrican", choices=PATHWAYS)

    assert words.endswith("Did you mean “Installation Electrician”?")


def test_a_choice_unlike_any_is_answered_with_the_list():
    words = refusal("choice", "9", choices=PATHWAYS)

    assert words.endswith("which are: Installation Electrician, Maintenance Electrician.")
    assert refusal("choice", "9").endswith("Choose one from the list.")


def test_a_long_list_is_not_read_out():
    long = tuple((n, f"Apprenticeship standard of many words, number {n}") for n in range(1, 7))

    assert refusal("choice", "Nothing alike", choices=long).endswith("Choose one from the list.")


def test_a_name_that_two_entries_share_is_not_guessed():
    assert "name of 2 entries" in refusal("choice", "a", choices=((1, "A"), (2, "a")))


def test_choices_may_be_asked_for_each_time():
    known = [(1, "One")]
    field = Field("fact", "Fact", "choice", choices=lambda: known)
    known.append((2, "Two"))

    assert field.read("Two", today=TODAY) == 2
    assert field.show(2) == "Two"
    assert field.show(7) == "7"


def test_a_lookup_without_a_list_is_the_number_of_a_row():
    assert read("lookup", "17") == 17
    for raw in ("-1", "0", "1e9", "x", "9" * 25):
        assert "was not found" in refusal("lookup", raw)


def test_a_photo_passes_through():
    picture = object()

    assert read("photo", picture) is picture


def test_text_loses_stray_blanks_but_keeps_lines_where_lines_are_wanted():
    assert read("text", "  a \t b\r\nc ") == "a b c"
    assert read("text", " a  b\r\n\r\nc ", multiline=True) == "a b\n\nc"
    assert read("text", 4500012345.0) == "4500012345"


@pytest.mark.parametrize("raw", ["a\x00b", "a\u202eb", "a\ud800b"])
def test_text_with_characters_that_cannot_be_seen_is_refused(raw):
    assert "cannot be seen" in refusal("text", raw)
    assert "cannot be seen" in refusal("text", raw, multiline=True)


@pytest.mark.parametrize("kind", ["text", "uln", "phone", "email", "choice", "number", "yesno"])
@pytest.mark.parametrize("raw", [["a", "b"], {"a": "b"}, b"a"])
def test_a_list_where_one_value_belongs_is_refused(kind, raw):
    assert refusal(kind, raw) == "This holds more than one value; give one."


def test_text_that_is_too_long_says_by_how_much():
    assert refusal("text", "abcd", max_length=3) == "This has 4 characters; at most 3 fit."
    assert read("text", "abc", max_length=3) == "abc"


@pytest.mark.parametrize(
    ("raw", "number"), [("1,234", 1234), (" 12.0 ", 12), (12.0, 12), ("-3", -3), ("0", 0)]
)
def test_whole_numbers_are_read(raw, number):
    assert read("number", raw) == number


def test_numbers_with_places_are_exact():
    assert read("number", "1.50", places=2) == Decimal("1.50")
    assert "too many digits" in refusal("number", "1.505", places=2)


@pytest.mark.parametrize("raw", ["1_0", "1,23", "NaN", "Infinity", "1e99", "٣", "9" * 30, "two"])
def test_what_is_not_certainly_a_number_is_refused(raw):
    assert "is not a number" in refusal("number", raw)


def test_numbers_out_of_bounds_say_the_bounds():
    assert refusal("number", "0", minimum=1) == "0 is too low: give 1 or more."
    assert refusal("number", "1001", maximum=1000) == "1001 is too high: give 1,000 or less."
    assert "too high" in refusal("number", str(2**31))
    assert "not a whole number" in refusal("number", "1.5")


def test_a_field_may_have_its_own_reader_display_and_check():
    field = Field(
        "price",
        "Price",
        parse=parse_pounds,
        display=pounds,
        check=lambda value, today: "Give more." if value < today.year else None,
    )

    assert field.show(field.read("£117.00", today=TODAY)) == "£117.00"
    with pytest.raises(FieldError, match="Give more"):
        field.read("1", today=TODAY)
    with pytest.raises(FieldError, match="not an amount"):
        field.read("dear", today=TODAY)


def test_the_column_is_headed_by_the_label_unless_it_has_its_own_heading():
    assert Field("uln", "ULN").column == "ULN"
    assert Field("uln", "ULN", column="Unique learner number").column == "Unique learner number"


def test_a_kind_that_does_not_exist_is_refused_when_declared():
    with pytest.raises(ValueError, match="no kind of field called 'colour'"):
        Field("x", "X", "colour")


def test_labels_stay_plain_text_that_translators_find():
    assert N_("Date of birth") == "Date of birth"


@pytest.mark.parametrize(
    ("kind", "value", "shown", "masked"),
    [
        ("date", date(1999, 3, 7), "07/03/1999", "••/••/••••"),
        ("nino", "AB123456C", "AB 12 34 56 C", "••••••56C"),
        ("uln", "9276308686", "9276308686", "•••••••686"),
        ("phone", "+442079460018", "020 7946 0018", "••••••••••018"),
        ("yesno", True, "Yes", "•••"),
        ("yesno", False, "No", "•••"),
        ("number", 1234, "1,234", "•••"),
        ("text", "Deaf", "Deaf", "•••"),
        ("text", None, "", ""),
    ],
)
def test_a_personal_value_is_covered_for_those_who_may_not_see_it(kind, value, shown, masked):
    personal = Field("fact", "Fact", kind, personal="identity")

    assert personal.show_to(value, sees_personal=True) == shown
    assert personal.show_to(value, sees_personal=False) == masked
    assert Field("fact", "Fact", kind).show_to(value, sees_personal=False) == shown
