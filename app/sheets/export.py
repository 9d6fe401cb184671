"""Lists as spreadsheets, row by row; no cell can be taken for a formula."""

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO

from app.domain.kernel.words import N_

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A text that begins so would be run as a formula by a spreadsheet program (OWASP)."""
PIECE = 64 * 1024
SHOWN_AS: tuple[tuple[type, str], ...] = (
    (datetime, "[$-809]dd/mm/yyyy hh:mm"),
    (date, "[$-809]dd/mm/yyyy"),
    (Decimal, "0.00"),
)
"""Day before month wherever the file is opened: without the locale LibreOffice takes its own."""

Rows = Iterable[Sequence[object]]


@dataclass(frozen=True)
class Form:
    """One kind of spreadsheet."""

    label: str
    icon: str
    media_type: str
    write: Callable[[Sequence[str], Rows], Iterator[bytes]]


def harmless(value: object) -> object:
    """Return ``value`` as a cell may hold it: a text that looks like a formula gets a quote.

    One that looks so behind quotes of its own gets another, so that `unharmed` can tell them apart.
    """
    if isinstance(value, int | float | Decimal | date | datetime):
        return value
    text = "" if value is None else str(value)
    return "'" + text if _is_dangerous(text) else text


def unharmed(text: str) -> str:
    """Return the text from which `harmless` made ``text``."""
    return text[1:] if text.startswith("'") and _is_dangerous(text) else text


def _is_dangerous(text: str) -> bool:
    return text.lstrip("'").startswith(DANGEROUS)


def write_csv(heads: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """Yield a CSV file in UTF-8 with a byte order mark, which Excel needs to see."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow(heads)
    for row in rows:
        writer.writerow([_as_text(harmless(value)) for value in row])
        if buffer.tell() > PIECE:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def written(pieces: Iterable[bytes]) -> IO[bytes]:
    """Write ``pieces`` to a temporary file while the rows can still be read, and rewind it."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  # whoever sends it closes it
    for piece in pieces:
        file.write(piece)
    file.seek(0)
    return file


def _as_text(value: object) -> object:
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return value


def write_xlsx(heads: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """Yield an Excel workbook: one sheet, bold and frozen headings, real numbers and dates."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Rows")
    sheet.freeze_panes = "A2"
    for place in range(1, len(heads) + 1):
        sheet.column_dimensions[get_column_letter(place)].width = 22
    titles = []
    for head in heads:
        cell = WriteOnlyCell(sheet, value=head)
        cell.font = Font(bold=True)
        titles.append(cell)
    sheet.append(titles)
    for row in rows:
        sheet.append([_cell(sheet, harmless(value)) for value in row])
    with tempfile.TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece


def _cell(sheet: object, value: object) -> object:
    from openpyxl.cell import WriteOnlyCell

    form = next((form for kind, form in SHOWN_AS if isinstance(value, kind)), None)
    if form is None:
        return value
    cell = WriteOnlyCell(sheet, value=value)
    cell.number_format = form
    return cell


FORMS = {
    "xlsx": Form(
        N_("Excel workbook"), "file-spreadsheet",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_xlsx,
    ),
    "csv": Form(N_("CSV file"), "file-type-csv", "text/csv; charset=utf-8", write_csv),
}  # fmt: skip
