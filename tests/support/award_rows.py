"""Spreadsheets of awards as tests bring them: rows by heading, on completed registrations."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from app.domain.awards.models import Award
from app.domain.imports import queries
from app.domain.imports.models import Import, ImportRow
from app.domain.registrations.models import Registration
from app.extensions import db
from app.transaction import transaction
from tests.support.documents import Inside, completed
from tests.support.uploads import workbook

HEADS = (
    "Enrolment number", "Surname", "Outcome", "Grade", "Date of award", "Title", "Number",
    "Level", "Credits", "Component code", "Component title", "Component level",
    "Component credit", "Component result",
)  # fmt: skip
AWARDED = date(2026, 11, 2)
COMPONENTS = (
    ("AC01", "Health and safety", "3", 4, "Pass"),
    ("AC02", "Routine maintenance", "3", 8, "Merit"),
    ("AC03", "Diagnosis", None, None, None),
)


def row(number: str | int, surname: str, **instead: Any) -> list[Any]:
    """Return a row of an award without components; columns by their heading, blanks as _."""
    values: dict[str, Any] = dict.fromkeys(HEADS) | {
        "Enrolment number": number, "Surname": surname, "Outcome": "Merit", "Grade": "Merit (B)",
        "Date of award": AWARDED,
    }  # fmt: skip
    told = {name.replace("_", " "): value for name, value in instead.items()}
    assert set(told) <= set(HEADS)
    return list((values | told).values())


def component(place: int) -> dict[str, Any]:
    """Return the columns of one of the components."""
    return dict(zip([head.replace(" ", "_") for head in HEADS[9:]], COMPONENTS[place], strict=True))


def of_one_award(number: str | int, surname: str, count: int = 3) -> list[list[Any]]:
    """Return the rows of an award, one for each component; the first says what is said once."""
    blank = {"Outcome": None, "Grade": None, "Date_of_award": None}
    return [
        row(number, surname, **(blank if place else {}), **component(place))
        for place in range(count)
    ]


def sheet(rows: Sequence[Sequence[Any]]) -> bytes:
    """Return a workbook of rows."""
    return workbook(rows, HEADS)


def learners(inside: Inside, provider: Any, *surnames: str) -> list[str]:
    """Complete registrations of people with these surnames; return their enrolment numbers."""
    with inside(provider), transaction():
        ids = completed(*surnames)
        found = {each: db.session.get_one(Registration, each).enrolment_number for each in ids}
    return [found[each] for each in ids]


def counts(inside, staff, found):
    """Return how the rows of an upload stand."""
    with inside(staff):
        return queries.counts(db.session.get_one(Import, found))


def made(inside, staff):
    """Return whose awards were made, with the codes of their components."""
    with inside(staff):
        found = db.session.scalars(select(Award).order_by(Award.id)).all()
        return [(each.person.surname, [part["code"] for part in each.components]) for each in found]


def ids_of(found):
    """Return the rows of an upload, in order."""
    statement = select(ImportRow).where(ImportRow.import_id == found).order_by(ImportRow.id)
    return list(db.session.scalars(statement))
