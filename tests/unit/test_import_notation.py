"""How cells of an upload read, without a database."""

import time
from datetime import date

from app.domain.imports import headers
from app.domain.imports.notation import read_cell
from app.domain.imports.rules import Guess, Notation
from app.domain.people.fields import PERSON

TODAY = date(2026, 11, 25)
BORN = PERSON.field("birth_date")


def test_numbers_with_a_fraction_are_refused_as_quickly_as_others():
    begun = time.process_time()
    for number in range(1_000):
        assert read_cell(BORN, 90_000.5 + number, TODAY, {}).words
    assert time.process_time() - begun < 0.5


def test_a_day_as_spreadsheets_count_them_is_asked_about_however_it_is_kept():
    for raw in (34_785, 34_785.0, "34785"):
        assert read_cell(BORN, raw, TODAY, {}).guess == Guess.SERIAL_NUMBER
        said = read_cell(BORN, raw, TODAY, {Guess.SERIAL_NUMBER: "yes"})
        assert said.value == date(1995, 3, 27)


def test_signs_for_digits_that_make_no_number_are_an_error():
    assert read_cell(BORN, "\u1369" * 5, TODAY, {}).words


def test_headings_in_other_letters_are_told_apart():
    latin = ["Firstname", "Lastname"]
    assert headers.signature([*latin, "电话"]) != headers.signature([*latin, "出生地"])


def test_a_real_date_is_read_differently_only_where_it_was_turned_back():
    said = read_cell(BORN, date(1995, 3, 12), TODAY, {})
    assert (said.value, said.mark) == (date(1995, 3, 12), None)
    turned = read_cell(BORN, date(1995, 3, 12), TODAY, {Guess.DAY_MONTH: "turned"})
    assert (turned.value, turned.mark) == (date(1995, 12, 3), Notation.TURNED_DATE)


def test_marks_of_earlier_releases_are_passed_over():
    assert Notation.of_mark("real_date") is None
    assert Notation.of_mark(None) is None
    assert Notation.of_mark("blanks") is Notation.BLANKS
