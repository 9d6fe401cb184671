"""The rows in error of an upload, to put right in a spreadsheet and upload again."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.domain.imports.tokens import ERRORS_HEAD, ROW_ID_HEAD
from app.sheets.export import PIECE, harmless
from app.sheets.reading.results import Cell
from app.sheets.template import Words

# A CSV with them would not be read again; nobody types them, and a sign in their place is seen.
_UNFIT = re.compile("[\x00-\x08]")


@dataclass(frozen=True)
class Wrong:
    """One error of a row, in words; `column` is its place in the file, counted from 0.

    An error that belongs to no column of the file has none; `heading` then says what it is about.
    """

    words: str
    column: int | None = None
    heading: str = ""


@dataclass(frozen=True)
class ErrorRow:
    """One row: the text by which it is known again, its cells as they were, what is wrong."""

    row_id: str
    cells: Sequence[Cell]
    errors: Sequence[Wrong]


def write_errors(
    heads: Sequence[str], rows: Iterable[ErrorRow], *, form: str = "xlsx", words: Words = str
) -> Iterator[bytes]:
    """Yield the rows with the columns of the file between an id and their errors.

    ``form`` is xlsx or csv. Raise `ValueError` for a row with more cells than ``heads``.
    """
    if form == "csv":
        yield from _csv(heads, rows, words)
        return
    from app.sheets.errors_book import write_book

    yield from write_book(heads, rows, words)


def all_heads(heads: Sequence[str]) -> list[str]:
    """Return the headings of the written file; those of the portal stay English, to be known."""
    return [ROW_ID_HEAD, *heads, ERRORS_HEAD]


def padded(heads: Sequence[str], cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells of a row, with an empty one for every heading that it does not reach."""
    if len(cells) > len(heads):
        raise ValueError(f"A row has {len(cells)} cells under {len(heads)} headings.")
    return [*cells, *[None] * (len(heads) - len(cells))]


def lines_of(heads: Sequence[str], row: ErrorRow, words: Words) -> str:
    """Return the errors of a row, each as “Heading: words” on a line of its own."""
    lines = []
    for wrong in row.errors:
        heading = wrong.heading or ("" if wrong.column is None else heads[wrong.column])
        told = words(wrong.words)
        lines.append(f"{heading}: {told}" if heading else told)
    return "\n".join(lines)


def _csv(heads: Sequence[str], rows: Iterable[ErrorRow], words: Words) -> Iterator[bytes]:
    buffer = io.StringIO()
    # Everything in quotes: then no sign within a cell can be taken for the one between cells.
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    buffer.write("\ufeff")
    writer.writerow([_typed(head) for head in all_heads(heads)])
    for row in rows:
        cells = [row.row_id, *padded(heads, row.cells), lines_of(heads, row, words)]
        writer.writerow([_typed(cell) for cell in cells])
        if buffer.tell() > PIECE:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _typed(cell: Cell) -> str:
    """Return what a person would type to have such a cell."""
    if isinstance(cell, bool):
        text = str(cell).upper()
    elif isinstance(cell, datetime):
        text = f"{cell:%d/%m/}{cell.year:04} {cell:%H:%M:%S}"
    elif isinstance(cell, date):
        text = f"{cell:%d/%m/}{cell.year:04}"
    elif isinstance(cell, int | float):
        return str(cell)
    else:
        text = "" if cell is None else str(cell)
    return _UNFIT.sub("\ufffd", str(harmless(text)))
