"""The rows in error: read again, they are what they were; opened, they run nothing."""

import io
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.sheets.errors import ERRORS_HEAD, ROW_ID_HEAD, ErrorRow, Wrong, write_errors
from app.sheets.export import DANGEROUS, harmless, unharmed
from app.sheets.reading import read_sheet
from tests.support import calc

HEADS = ["Surname", "ULN", "D.O.B.", ""]
ROWS = [
    ErrorRow("-Ab.c1", ["=cmd|' /C calc'!A0", 9276308686, date(2005, 3, 27), None],
             [Wrong("A name has letters only.", 0), Wrong("Check it once more.", 1),
              Wrong("One digit is wrong.", 1)]),
    ErrorRow("=Ab.c2", ["'Neill", "0123456789", "31/02/2005", "kept"],
             [Wrong("Enter the email.", heading="Email"), Wrong("Nothing about a cell.")]),
    ErrorRow("Ab.c3", ["Ng", True], [Wrong("There is no such day.", 2)]),
]  # fmt: skip


def whole(rows, form, heads=HEADS):
    return b"".join(write_errors(heads, rows, form=form))


def back(content):
    """Read a file again, as an upload; texts without what made them harmless."""
    rows = read_sheet(io.BytesIO(content)).rows
    return [[unharmed(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"))
ALMOST_FORMULAS = st.text("'=+-@\t\r\n _x0041D|;,\"", min_size=1, max_size=8)
TEXTS = st.one_of(ANY_TEXT, ALMOST_FORMULAS)


@given(st.one_of(st.text(), ALMOST_FORMULAS))
@example("'=1")
@example("''=1")
@example("'Neill")
def test_what_was_made_harmless_comes_back(text):
    made = harmless(text)
    assert unharmed(made) == text
    assert not made.startswith(DANGEROUS)


@given(ALMOST_FORMULAS, ALMOST_FORMULAS)
def test_two_texts_never_become_one(first, second):
    assert (harmless(first) == harmless(second)) == (first == second)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=30))
@example([("'=1", "=1", "''=1"), ("'Neill", "@", "\t"), ("_x000D_", "\r\n", "  ")])
def test_every_text_comes_back_from_a_workbook(rows):
    made = [ErrorRow(f"-{at}", row, [Wrong("w", 1)]) for at, row in enumerate(rows)]
    read = back(whole(made, "xlsx", ["A", "B", "=C"]))
    assert read[0] == [ROW_ID_HEAD, "A", "B", "=C", ERRORS_HEAD]
    assert [row[0] for row in read[1:]] == [f"-{at}" for at in range(len(rows))]
    assert [row[1:4] for row in read[1:]] == [[text or None for text in row] for row in rows]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=30))
@example([("a;b;c;d;e;f;g", "h;i", "")])
@example([("a\tb\tc\td\te\tf\tg", '"', "\r")])
def test_every_text_comes_back_from_a_csv(rows):
    made = [ErrorRow(f"-{at}", row, [Wrong("w", 1)]) for at, row in enumerate(rows)]
    read = back(whole(made, "csv", ["A", "B", "=C"]))
    assert read[0] == [ROW_ID_HEAD, "A", "B", "=C", ERRORS_HEAD]
    seen = str.maketrans(dict.fromkeys(map(chr, range(9)), "\ufffd"))
    assert [row[1:4] for row in read[1:]] == [
        [text.translate(seen) or None for text in row] for row in rows
    ]  # fmt: skip


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_the_files_own_columns_stand_between_id_and_errors(form):
    read = back(whole(ROWS, form))
    assert read[0] == [ROW_ID_HEAD, "Surname", "ULN", "D.O.B.", None, ERRORS_HEAD]
    assert [row[0] for row in read[1:]] == ["-Ab.c1", "=Ab.c2", "Ab.c3"]
    assert [row[5] for row in read[1:]] == [
        "Surname: A name has letters only.\nULN: Check it once more.\nULN: One digit is wrong.",
        "Email: Enter the email.\nNothing about a cell.",
        "D.O.B.: There is no such day.",
    ]
    typed = {
        "xlsx": (9276308686, date(2005, 3, 27), True), "csv": ("9276308686", "27/03/2005", "TRUE"),
    }  # fmt: skip
    number, day, flag = typed[form]
    assert read[1][1:5] == ["=cmd|' /C calc'!A0", number, day, None]
    assert read[2][1:5] == ["'Neill", "0123456789", "31/02/2005", "kept"]
    assert read[3][1:5] == ["Ng", flag, None, None]


def test_wrong_cells_are_coloured_and_say_what_is_wrong():
    sheet = openpyxl.load_workbook(io.BytesIO(whole(ROWS, "xlsx"))).active
    marked = {
        cell.coordinate: cell.comment and cell.comment.text
        for row in sheet.iter_rows(min_row=2)
        for cell in row
        if cell.fill.fill_type == "solid"
    }
    assert marked == {
        "B2": "A name has letters only.", "C2": "Check it once more.\nOne digit is wrong.",
        "D4": "There is no such day.",
    }  # fmt: skip
    assert sheet["D2"].number_format == "[$-809]dd/mm/yyyy"
    assert sheet["C2"].number_format == "0"
    assert sheet["C3"].number_format == "@"
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_dates_and_times_come_back(form):
    moment = datetime.fromisoformat("2024-02-29T13:05:09")
    cells = [date(1899, 5, 1), date(2050, 12, 31), moment, -1.25, 2**53]
    (_, row) = back(whole([ErrorRow("1", cells, [])], form, list("ABCDE")))
    if form == "xlsx":
        assert row[1:6] == ["1899-05-01", *cells[1:]]
    else:
        assert row[1:6] == [
            "01/05/1899", "31/12/2050", "29/02/2024 13:05:09", "-1.25", str(2**53),
        ]  # fmt: skip


def test_a_row_longer_than_the_headings_is_refused():
    for form in ("xlsx", "csv"):
        with pytest.raises(ValueError, match="5 cells under 4 headings"):
            whole([ErrorRow("1", [None] * 5, [])], form)


@pytest.mark.needs_calc
def test_calc_shows_the_rows_and_runs_none_of_them(tmp_path):
    file = tmp_path / "errors.xlsx"
    file.write_bytes(whole(ROWS, "xlsx"))
    (rows,) = calc.shown([file], tmp_path).values()
    assert rows[1][:4] == ["'-Ab.c1", "'=cmd|' /C calc'!A0", "9276308686", "27/03/2005"]
    assert rows[2][:5] == ["'=Ab.c2", "'Neill", "0123456789", "31/02/2005", "kept"]
    (saved,) = calc.converted([file], "ods", tmp_path)
    assert back(saved.read_bytes())[1][1:4] == ["=cmd|' /C calc'!A0", 9276308686, date(2005, 3, 27)]
