"""Spreadsheets of registrations on standards, by the thousand, and what brings them."""

import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from openpyxl import Workbook

from app.clock import now
from app.domain.imports import service
from app.domain.imports.models import Import
from app.extensions import db
from app.storage import storage_of
from app.transaction import transaction

HEADS = (
    "Standard", "Package", "Candidate Number", "Title", "First Name(s)", "Surname",
    "Date of Birth", "Gender", "ULN", "Email ID", "Candidate Phone Number",
    "Apprenticeship Start Date", "Apprenticeship Expected End Date", "EPA Expected Start Date",
    "Funding Type", "Employer ERN", "Employer Company Name", "Employee Position",
    "Employer Postcode", "Employer Telephone",
)  # fmt: skip
AUTOCARE = "Autocare_Technician_ST0499_AP01"
GIVEN = ("Zofia", "Siân", "Aoife", "Wei-Ling", "Tomasz", "Nia", "Omar", "Ines", "Kofi", "Maja")
FAMILY = ("Dąbrowska", "O'Brien", "Ng", "Evans", "Okafor", "Silva", "Haddad", "Kaur", "Lis", "Roy")


def uln(number: int) -> str:
    """Return a valid ULN for a number; different ones for different numbers."""
    stem = 100_000_000 + number * 7
    while True:
        rest = sum(int(sign) * (10 - at) for at, sign in enumerate(str(stem))) % 11
        if rest:
            return f"{stem}{10 - rest}"
        stem += 1


def letters(number: int) -> str:
    """Return a number as a word, for names that differ."""
    text = ""
    while True:
        number, rest = divmod(number, 26)
        text = chr(97 + rest) + text
        if not number:
            return text


def row_of(number: int, **changes: Any) -> list[Any]:
    """Return one candidate as a row of the template; ``changes`` are by heading."""
    given, family = GIVEN[number % 10], f"{FAMILY[number // 10 % 10]}-{letters(number).title()}"
    told = dict(zip(HEADS, (
        AUTOCARE, "ACAP01D Autocare EPA ONLY", None, "Ms", given, family,
        date(2000 + number % 8, 1 + number % 12, 1 + number % 28), "F", uln(number),
        f"learner{number}@example.com", f"0113496{number % 10000:04d}", date(2026, 9, 7),
        date(2028, 9, 7), date(2028, 6, 7), "Apprenticeship levy", "100000207",
        "Hartley Motors Ltd", "Apprentice technician", "LS1 4AP", "01134960456",
    ), strict=True))  # fmt: skip
    return list((told | changes).values())


def workbook(rows: Iterable[Sequence[Any]], heads: Sequence[str] = HEADS) -> bytes:
    """Return an xlsx of rows below headings."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Rows")
    sheet.append(list(heads))
    for row in rows:
        sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def candidates(count: int, start: int = 0) -> Iterator[list[Any]]:
    """Yield rows of candidates in whom nothing is wrong."""
    return (row_of(number) for number in range(start, start + count))


def bring(config: Any, data: bytes, target: str = "standards", name: str = "rows.xlsx") -> int:
    """Bring a file into a new draft, in the present session's transaction; return the draft."""
    with transaction():
        draft = service.new_draft(target, "", now())
        key = storage_of(config).put(data)
        service.bring_file(draft, name=name, key=key, size=len(data), at=now())
        return draft.id


def import_of(import_id: int) -> Import:
    """Return an import of the present session's viewer."""
    return db.session.get_one(Import, import_id)
