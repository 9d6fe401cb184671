"""Each damaged spreadsheet opens, and the reader tells what is in it and what it hides.

An engine is tried against the same files with `tests.support.corpus.differences`.
"""

import io
from datetime import date, datetime

import pytest

from app.domain.kernel.fields import FieldError
from app.sheets.reading import Merge, SeveralSheetsError, read_sheet
from app.sheets.reading.xlsx import tells
from tests.support.corpus import CORPUS, GUESSES, NOTATIONS, TODAY, differences
from tests.support.corpus.cells import Failed, Formula, Merged, Shown, as_read, value

EVERY_FILE = pytest.mark.parametrize("name", CORPUS)


def opened(entry):
    return read_sheet(io.BytesIO(entry.make()), entry.sheet)


def places(entry, kind):
    return {
        (row, column): given
        for row, cells in enumerate(entry.grid)
        for column, given in enumerate(cells)
        if isinstance(given, kind)
    }


def stripped(rows):
    """Rows without the empty cells at their ends, and without empty rows at the end."""
    found = []
    for row in rows:
        filled = [at for at, cell in enumerate(row) if cell is not None]
        found.append([*row[: filled[-1] + 1]] if filled else [])
    while found and not found[-1]:
        found.pop()
    return found


def read_alone(field, raw):
    """Return what a field makes of a cell, and the words with which it refuses it."""
    try:
        return field.read(raw, today=TODAY), ""
    except FieldError as error:
        return None, error.words


def test_there_are_enough_of_every_kind():
    kinds = [entry.kind for entry in CORPUS.values()]
    assert len(CORPUS) >= 30
    assert {
        kind: kinds.count(kind) >= 8 for kind in ("xlsx", "xls", "ods", "csv")
    } == dict.fromkeys(("xlsx", "xls", "ods", "csv"), True)


@EVERY_FILE
def test_every_cell_is_read_as_it_was_written(name):
    entry = CORPUS[name]
    sheet = opened(entry)
    assert sheet.kind == entry.kind
    # Blanks alone are kept or dropped as the writer pleases; either way the cell is empty.
    rows = [
        [as_read(cell) if isinstance(cell, str) else cell for cell in row] for row in sheet.rows
    ]
    assert stripped(rows) == stripped([[as_read(cell) for cell in row] for row in entry.grid])
    assert not entry.told or entry.told in sheet.notes.told[0]


@EVERY_FILE
def test_what_values_hide_is_noted_where_it_stands(name):
    entry = CORPUS[name]
    notes = opened(entry).notes
    assert notes.errors == {at: given.shown for at, given in places(entry, Failed).items()}
    assert notes.uncalculated == {
        at for at, given in places(entry, Formula).items() if not given.calculated
    }
    assert set(notes.merged) == {
        Merge(row, column, row + given.down - 1, column + given.across - 1)
        for (row, column), given in places(entry, Merged).items()
    }


@EVERY_FILE
def test_formats_are_noted_where_they_say_more_than_the_value(name):
    entry = CORPUS[name]
    notes = opened(entry).notes
    for (row, column), given in places(entry, Shown).items():
        if not given.code.strip("0"):
            shown = notes.shown_at(row, column, as_read(given))
            assert shown == f"{given.value:0{len(given.code)}}"
        elif entry.kind in ("xlsx", "xls"):
            assert notes.format_at(row, column) == given.code
    noted = {
        (row, column)
        for column, runs in notes.formats.items()
        for first, last, code in runs
        for row in range(first, last + 1)
        if tells(code)
    }
    assert noted <= {*places(entry, Shown), *places(entry, date)}


@EVERY_FILE
def test_the_outcomes_are_of_known_kinds_and_legal(name):
    entry = CORPUS[name]
    for (row, field), (kind, told, *notation) in entry.expected.items():
        assert row not in entry.passed_over
        assert kind in ("value", "asks", "error")
        if kind == "asks":
            assert told in GUESSES
        if kind == "error":
            assert told
        if kind == "value":
            assert notation[0] is None or notation[0] in NOTATIONS
            assert entry.subject.field(field).read(told, today=TODAY) == told


@EVERY_FILE
def test_where_a_field_alone_can_read_a_cell_it_reads_the_outcome(name):
    """Neither the corpus nor the fields let one value become another without a word."""
    entry = CORPUS[name]
    for (row, field), (kind, told, *_) in entry.expected.items():
        raw = entry.seen(row, field)
        one = entry.subject.field(field)
        if raw is None or kind == "asks":
            continue
        read, words = read_alone(one, raw)
        if kind == "error":
            assert told.lower() in words.lower() or told == "lost", f"{raw!r} was read as {read!r}"
        elif not words:
            assert read == told


def test_of_several_sheets_one_is_chosen():
    entry = CORPUS["several sheets"]
    with pytest.raises(SeveralSheetsError) as refused:
        read_sheet(io.BytesIO(entry.make()))
    assert refused.value.sheets == ("2024", "2025")


def test_differences_name_the_cell_that_came_out_otherwise():
    entry = CORPUS["two-digit years"]
    assert differences(entry, entry.expected) == []
    wrong = {**entry.expected, (2, "birth_date"): value(date(1905, 3, 27))}
    assert len(differences(entry, wrong)) == 1
    never = CORPUS["days that never were"]
    loud = {
        at: (outcome[0], f"No: {outcome[1].upper()}!") if outcome[0] == "error" else outcome
        for at, outcome in never.expected.items()
    }
    assert differences(never, loud) == []
    assert differences(never, loud | {(1, "surname"): ("error", "")})
    nobody = CORPUS["blank rows between"]
    (blank, *_) = sorted(nobody.passed_over)
    assert differences(nobody, {**nobody.expected, (blank, "surname"): value(None)})


def test_midnight_is_a_date_and_other_times_are_kept():
    moment = datetime.fromisoformat("2005-03-27T00:00:00")
    entry = CORPUS["a time beside the date"]
    assert entry.raw(1, "birth_date") == moment
    assert opened(entry).rows[1][2] == moment.date()
