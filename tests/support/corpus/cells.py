"""What a damaged spreadsheet is made of, and what has to become of each of its cells.

An outcome is plain data, by the row in the file (counted from 0, as `Place` does) and the field:

- ``("value", value, notation)``: this value is stored. The notation is the kind under which a
  change is counted and can be undone (`NOTATIONS`); None says that the cell already says it.
- ``("asks", guess)``: nothing is stored before somebody chose, once for the column (`GUESSES`).
- ``("error", fragment)``: nobody can know it; the words shown contain the fragment, in any case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from app.domain.kernel.fields import Field, Subject
from app.domain.people.fields import PERSON
from app.domain.registrations.application_fields import card_application
from app.sheets.reading import Cell

TODAY = date(2026, 1, 15)
NOTATIONS = frozenset(
    "blanks point_zero letter_case turned_date exponent apostrophe accents_form separators wording "
    "o_for_zero".split()
)
GUESSES = frozenset("day_month two_digit_year lost_zeros joined_names serial_number".split())

Outcome = tuple[Any, ...]
Given = Any
"""A cell as it is written: a plain value, or one of the classes below."""


def value(known: Any, notation: str | None = None) -> Outcome:
    return ("value", known, notation)


def asks(guess: str) -> Outcome:
    return ("asks", guess)


def error(fragment: str) -> Outcome:
    return ("error", fragment)


@dataclass(frozen=True)
class Shown:
    """A value with a number format of its own."""

    value: Any
    code: str


@dataclass(frozen=True)
class Formula:
    """A formula; without a result it was never calculated."""

    text: str
    result: Any = None
    calculated: bool = True


@dataclass(frozen=True)
class Failed:
    """A cell that shows an error; one of a formula where there is a text."""

    shown: str
    text: str = ""


@dataclass(frozen=True)
class Merged:
    """The first of several cells that were made one; the others are None."""

    value: Any
    down: int = 1
    across: int = 1


def as_read(given: Given) -> Cell:
    """Return the value that the reader has to give for such a cell."""
    if isinstance(given, Failed):
        return None
    if isinstance(given, Formula):
        return given.result
    found = given.value if isinstance(given, Shown | Merged) else given
    if isinstance(found, float) and found.is_integer():
        return int(found)
    if isinstance(found, datetime) and found.time() == time.min:
        return found.date()
    return None if isinstance(found, str) and not found.strip(" \t\r\n") else found


CARDS = card_application([("317", "Electrician"), ("318", "Electrical Improver")])
LEARNER = Subject(
    "learner",
    (
        PERSON.field("surname"),
        PERSON.field("first_names"),
        PERSON.field("birth_date"),
        Field("uln", "ULN", "uln", required=True),
        PERSON.field("email"),
        PERSON.field("phone"),
        Field("ern", "Employer ERN", "ern"),
        Field("postcode", "Employer Postcode", "postcode"),
        Field("start_date", "Start date", "date"),
    ),
)
GOOD: Mapping[str, Mapping[str, Sequence[tuple[Given, Any]]]] = {
    "learner": {
        "surname": [("O'Brien", "O'Brien"), ("Dąbrowska", "Dąbrowska"), ("Ng", "Ng")],
        "first_names": [("Siân", "Siân"), ("Zofia Anna", "Zofia Anna"), ("Wei-Ling", "Wei-Ling")],
        "birth_date": [("27/03/2005", date(2005, 3, 27)), ("31/12/1999", date(1999, 12, 31))],
        "uln": [(text, text) for text in ("9276308686", "9276308600", "9276308619", "9276308627")],
        "email": [("sian@example.org", "sian@example.org"), ("z.d@example.com", "z.d@example.com")],
        "phone": [("02079460018", "+442079460018"), ("07700900123", "+447700900123")],
        "ern": [("100000207", "100000207"), ("100000215", "100000215")],
        "postcode": [("SW1A 1AA", "SW1A 1AA"), ("M1 1AA", "M1 1AA")],
        "start_date": [("15/09/2025", date(2025, 9, 15))],
    },
    "card application": {
        "title": [("Ms", "Ms"), ("Mr", "Mr")],
        "first_names": [("Siân", "Siân"), ("Zofia", "Zofia"), ("Aoife", "Aoife")],
        "initials": [("A", "A"), (None, None)],
        "surname": [("O'Brien", "O'Brien"), ("Dąbrowska", "Dąbrowska"), ("Ng", "Ng")],
        "birth_date": [("27/03/2005", date(2005, 3, 27)), ("31/12/1999", date(1999, 12, 31))],
        "gender": [("F", "F"), ("M", "M")],
        "ni_number": [("AB123456C", "AB123456C"), ("AB123457D", "AB123457D")],
        "scheme_number": [("123456", "123456"), ("00123457", "00123457")],
        "occupation": [("317", "317"), ("318", "318")],
        "health_and_safety": [("yes", True)],
        "request_type": [("renewal", "renewal")],
        "image": [("obrien.jpg", "obrien.jpg"), (None, None)],
    },
}
"""Cells without damage, used in turn for the columns that an entry says nothing about."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One file of the corpus.

    `columns` has the place of each field, `header` the row of the headings; the rows
    `passed_over` below it are no people. `sheet` is the one to choose where several hold data.
    """

    name: str
    kind: str
    subject: Subject
    grid: Sequence[Sequence[Given]]
    columns: Mapping[str, int]
    expected: Mapping[tuple[int, str], Outcome]
    header: int
    passed_over: frozenset[int]
    make: Callable[[], bytes]
    sheet: str = ""
    told: str = ""

    def raw(self, row: int, name: str) -> Given:
        """Return a cell as it was written."""
        return self.grid[row][self.columns[name]]

    def seen(self, row: int, name: str) -> Cell:
        """Return a cell as people see it: with the noughts that its format shows."""
        raw = self.raw(row, name)
        if isinstance(raw, Shown) and not raw.code.strip("0"):
            return f"{raw.value:0{len(raw.code)}}"
        return as_read(raw)


@dataclass(frozen=True, kw_only=True)
class Around:
    """What stands around the rows of a sheet, and how its headings read.

    `headings` are by field, `order` the fields in their columns; `extra` are columns that belong
    to no field, as heading with cells. `gaps` are the rows (counted among the people from 0)
    after which a blank one stands.
    """

    headings: Mapping[str, str | None] = field(default_factory=dict)
    order: Sequence[str] = ()
    extra: Sequence[tuple[str | None, Sequence[Given]]] = ()
    before: Sequence[Sequence[Given]] = ()
    second: Sequence[Given] = ()
    after: Sequence[Sequence[Given]] = ()
    gaps: frozenset[int] = frozenset()


def people(
    subject: Subject, cells: Mapping[str, Sequence[tuple[Given, Outcome]]], around: Around
) -> tuple[list[list[Given]], dict[str, int], dict[tuple[int, str], Outcome], set[int]]:
    """Return the grid, the columns, the outcomes, and the rows that are no people."""
    order = [*(around.order or subject.names)]
    headings = [around.headings.get(name, subject.field(name).column) for name in order]
    grid = [[*row] for row in around.before]
    grid.append([*headings, *(heading for heading, _cells in around.extra)])
    passed_over = set()
    if around.second:
        passed_over.add(len(grid))
        grid.append([*around.second])
    expected = {}
    for at in range(max(len(column) for column in cells.values())):
        taken = {name: _cell(subject, cells, name, at) for name in order}
        expected |= {(len(grid), name): outcome for name, (_, outcome) in taken.items()}
        others = [column[at] if at < len(column) else None for _heading, column in around.extra]
        grid.append([*(given for given, _ in taken.values()), *others])
        if at in around.gaps:
            passed_over.add(len(grid))
            grid.append([None] * len(order))
    passed_over |= {*range(len(grid), len(grid) + len(around.after))}
    grid += [[*row] for row in around.after]
    return grid, {name: at for at, name in enumerate(order)}, expected, passed_over


def _cell(
    subject: Subject, cells: Mapping[str, Sequence[tuple[Given, Outcome]]], name: str, at: int
) -> tuple[Given, Outcome]:
    own: Iterable[tuple[Given, Outcome]] = cells.get(name, ())
    given = dict(enumerate(own)).get(at)
    if given:
        return given
    good = GOOD[subject.name][name]
    typed, known = good[at % len(good)]
    return typed, value(known)
