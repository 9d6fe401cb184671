"""Write the rows in error with openpyxl; reach it by `write_errors`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from openpyxl import Workbook
from openpyxl.cell import Cell as Written
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from app.domain.kernel.words import N_
from app.sheets.errors import ErrorRow, all_heads, lines_of, padded
from app.sheets.exact import exact
from app.sheets.export import PIECE, SHOWN_AS, harmless
from app.sheets.reading.results import Cell
from app.sheets.template import Words

WRONG = "F8CBAD"
_KEEP = N_("Leave this column as it is: by it the row is known again.")
_AUTHOR = "Errors"
_LONGEST = 32_767
"""Characters that a cell of Excel holds."""
_FIRST_DAY = date(1900, 3, 1)
"""Before it the programs count days differently, so that such a date is written as text."""
_MOST_EXACT = 2**53
_BOLD, _GREY = Font(name="Calibri", bold=True), Font(name="Calibri", color="808080")
_FILL = PatternFill("solid", start_color=WRONG, end_color=WRONG)
_TOP = Alignment(vertical="top", wrap_text=True)


def write_book(heads: Sequence[str], rows: Iterable[ErrorRow], words: Words) -> Iterator[bytes]:
    """Yield an Excel workbook whose wrong cells are coloured and carry what is wrong."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Rows")
    sheet.freeze_panes = "B2"
    _set_widths(sheet, len(heads))
    try:
        sheet.append(_heading_row(sheet, all_heads(heads), words))
        for row in rows:
            sheet.append(_row(sheet, heads, row, words))
    except BaseException:
        sheet.close()  # it writes to a file of its own
        raise
    with tempfile.TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece


def _set_widths(sheet: Worksheet, columns: int) -> None:
    for place, width in enumerate((12, *[22] * columns, 70), 1):
        sheet.column_dimensions[get_column_letter(place)].width = width


def _heading_row(sheet: Worksheet, heads: Sequence[str], words: Words) -> list[Written]:
    titles = [_text(sheet, head) for head in heads]
    for title in titles:
        title.font = _BOLD
    titles[0].comment = _comment(words(_KEEP))
    return titles


def _row(sheet: Worksheet, heads: Sequence[str], row: ErrorRow, words: Words) -> list[Written]:
    known = _text(sheet, row.row_id)
    known.font = _GREY
    cells = [_cell(sheet, value) for value in padded(heads, row.cells)]
    told: dict[int, list[str]] = {}
    for wrong in row.errors:
        if wrong.column is not None:
            told.setdefault(wrong.column, []).append(words(wrong.words))
    for place, texts in told.items():
        cells[place].fill = _FILL
        cells[place].comment = _comment("\n".join(texts))
    errors = _text(sheet, lines_of(heads, row, words))
    errors.alignment = _TOP
    return [known, *cells, errors]


def _cell(sheet: Worksheet, value: Cell) -> Written:
    """Return a cell of the value's own type, shown in full."""
    if isinstance(value, str) or _has_no_number(value):
        return _text(sheet, str(value))
    cell: Written = WriteOnlyCell(sheet, value=value)
    form = next((form for kind, form in SHOWN_AS if isinstance(value, kind)), None)
    if form:
        cell.number_format = form
    elif isinstance(value, int) and not isinstance(value, bool):
        cell.number_format = "0"
    return cell


def _has_no_number(value: Cell) -> bool:
    """Tell whether a workbook has no exact number for the value."""
    if isinstance(value, datetime):
        return value.date() < _FIRST_DAY
    if isinstance(value, date):
        return value < _FIRST_DAY
    return isinstance(value, int) and abs(value) > _MOST_EXACT


def _text(sheet: Worksheet, text: str) -> Written:
    """Return a cell of text that stays text, whatever is typed into it."""
    cell: Written = WriteOnlyCell(sheet, value=exact(str(harmless(text))[:_LONGEST]))
    cell.data_type, cell.number_format = "s", "@"
    return cell


def _comment(text: str) -> Comment:
    comment = Comment(exact(text), _AUTHOR)
    comment.width, comment.height = 280, 30 + 20 * (text.count("\n") + 1 + len(text) // 42)
    return comment
