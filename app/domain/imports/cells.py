"""Cells of a spreadsheet as rows keep them: JSON that gives back what stood there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from math import isfinite
from typing import Any

from app.domain.kernel.words import say

Kept = str | int | float | bool | dict[str, Any] | None
"""A date is {"d": "2005-03-27"}, an error {"e": "#N/A"}, an uncalculated formula {"f": true},
a cell merged into another {"m": "B2"}."""

Given = str | int | float | bool | date | datetime | None

PLAIN = frozenset({int, bool, type(None)})
"""Types that rows keep as they are; of texts and numbers, not all have a place in JSON."""
_KNOWN = PLAIN | {str, date}
NUL, STRANGE = "\x00", "\ufffd"


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell that holds no value although something stands there."""

    shown: str
    words: str


def kept(value: Any) -> Kept:
    """Return a cell's value as a row keeps it; times of day become text.

    A number that is none is an error of the cell; a NUL, which JSON of databases has no place
    for, is shown as the sign of something unreadable.
    """
    if type(value) is str:
        return value.replace(NUL, STRANGE) if NUL in value else value
    if type(value) is float:
        return value if isfinite(value) else {"e": str(value)}
    if type(value) in PLAIN:
        return value  # type: ignore[no-any-return]  # one of the plain types
    if isinstance(value, date):
        return _kept_date(value)
    return str(value)


def kept_column(values: Sequence[Any]) -> Sequence[Kept]:
    """Return the cells of a column as rows keep them; most of their kinds need no look at each."""
    kinds = set(map(type, values))
    if not kinds <= _KNOWN or NUL in "".join(value for value in values if type(value) is str):
        return [kept(value) for value in values]
    if date in kinds:
        return [_kept_date(value) if type(value) is date else value for value in values]
    return values


@lru_cache(maxsize=4096)
def _kept_date(value: date) -> Kept:
    """Return a date as rows keep it; the same one for the same day, which nobody changes."""
    return {"d": value.isoformat()}


def given(cell: Kept) -> Given | Broken:
    """Return what a kept cell holds."""
    if type(cell) is not dict:
        return cell  # type: ignore[return-value]  # one of the plain types
    if "d" in cell:
        text = cell["d"]
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    if "e" in cell:
        return Broken(
            cell["e"],
            say("This cell shows %(error)s instead of a value. Type the value.", error=cell["e"]),
        )
    if "m" in cell:
        return Broken(
            "",
            say("This cell is merged with %(first)s, which alone holds the value. Type what this "
                "row should say.", first=cell["m"]),
        )  # fmt: skip
    return Broken(
        "",
        say("The formula in this cell was never calculated. Type its value, or open the file, "
            "save it and bring it again."),
    )  # fmt: skip


def text_of(cell: Kept) -> str:
    """Return a kept cell as people see it in the spreadsheet."""
    if cell is None:
        return ""
    if type(cell) is dict:
        if "d" in cell:
            value = given(cell)
            assert isinstance(value, date)
            return f"{value:%d/%m/%Y}"
        return str(cell.get("e", ""))
    if cell is True or cell is False:
        return "TRUE" if cell else "FALSE"
    if type(cell) is float and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)
