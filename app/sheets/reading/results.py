"""What was read of a spreadsheet: its rows as plain values, and what the values do not tell."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import chain

Cell = str | int | float | bool | date | datetime | time | timedelta | None
"""None is an empty cell; whole numbers are int, and a date at midnight is a date."""

Row = tuple[Cell, ...]
Place = tuple[int, int]
"""Row and column, both counted from 0: cell B3 is (2, 1)."""

Run = tuple[int, int, str]
"""First and last row, both included, of neighbours in one column that share a number format."""


@dataclass(frozen=True)
class Merge:
    """A block of merged cells; only the first holds the value. All four are counted from 0."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(frozen=True)
class Notes:
    """What people see in the file and the values hide.

    `errors` maps a place to the error shown there, such as #N/A: its cell is None. `uncalculated`
    are formulas without a value: their cells are None. `formats` has, by column, the number
    formats that say more than the value: dates, text and those that show leading zeros.
    `told` are sentences for whoever uploaded the file.
    """

    merged: tuple[Merge, ...] = ()
    errors: Mapping[Place, str] = field(default_factory=dict)
    uncalculated: frozenset[Place] = frozenset()
    formats: Mapping[int, Sequence[Run]] = field(default_factory=dict)
    told: tuple[str, ...] = ()

    def format_at(self, row: int, column: int) -> str:
        """Return the number format of a cell, such as ``dd/mm/yyyy``, or nothing."""
        runs = self.formats.get(column, ())
        at = bisect_right(runs, row, key=lambda run: run[0]) - 1
        return runs[at][2] if at >= 0 and runs[at][1] >= row else ""

    def shown_at(self, row: int, column: int, value: Cell) -> str | None:
        """Return a whole number with the zeros that its format shows before it, else None."""
        code = self.format_at(row, column)
        if code.strip("0") or not code or isinstance(value, bool) or not isinstance(value, int):
            return None
        return f"{value:0{len(code)}d}"


@dataclass(frozen=True)
class Sheet:
    """One sheet. `rows` begins with the first row of the file, blank rows included.

    They come in `blocks`, which can be taken one after the other. `kind` is xlsx,
    xls, ods or csv. `others` are the other sheets that hold data. `template` is the mark of the
    template that the file was made from, or nothing.
    """

    name: str
    kind: str
    blocks: Iterable[Sequence[Row]]
    notes: Notes = field(default_factory=Notes)
    others: tuple[str, ...] = ()
    template: str = ""

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows that are still to be read."""
        return tuple(chain.from_iterable(self.blocks))
