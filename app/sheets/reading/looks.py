"""What a look at a workbook finds before it is read, whatever its kind."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.sheets.reading import limits
from app.sheets.reading.refusals import TooLargeError, TooManyCellsError
from app.sheets.reading.results import Merge, Notes, Place


@dataclass
class Looked:
    """What a look at one sheet found; `places` are counted from 0."""

    has_data: bool = False
    errors: dict[Place, str] = field(default_factory=dict)
    uncalculated: set[Place] = field(default_factory=set)
    merged: list[Merge] = field(default_factory=list)
    formats: dict[int, list[tuple[int, int, str]]] = field(default_factory=dict)
    last_row: int = 0
    last_column: int = 0
    count: int = 0

    def notes(self) -> Notes:
        """Return what was found, as it is handed out."""
        return Notes(tuple(self.merged), self.errors, frozenset(self.uncalculated), self.formats)

    def add(self) -> None:
        """Count one note more, up to as many as memory allows."""
        self.count += 1
        if self.count > limits.NOTES:
            raise TooLargeError

    def reach(self, place: Place, shown: str) -> None:
        """Take note of a cell far away, and refuse it when it is too far."""
        row, column = place
        self.last_row, self.last_column = max(self.last_row, row), max(self.last_column, column)
        area = (self.last_row + 1) * (self.last_column + 1)
        if row >= limits.ROWS or column >= limits.COLUMNS or area > limits.CELLS:
            raise TooManyCellsError(shown, limits.ROWS, limits.COLUMNS)

    def run(self, place: Place, code: str, times: int = 1) -> None:
        """Add so many cells, one below the other, to the run above them, or begin one."""
        row, column = place
        last = row + times - 1
        runs = self.formats.setdefault(column, [])
        if runs and runs[-1][1] == row - 1 and runs[-1][2] == code:
            runs[-1] = (runs[-1][0], last, code)
        else:
            self.add()
            runs.append((row, last, code))


@dataclass(frozen=True)
class Book:
    """The visible sheets of a workbook that hold data, by name, and the template's mark."""

    sheets: dict[str, Looked]
    template: str = ""
