"""Prepares words, dates and amounts for a page that must be able to print whatever people type."""

import re
import unicodedata
from datetime import date

from app.documents import fonts

_MISSING = "\u25a1"  # a box stands for a character that no font of ours has
_LONG_RUN = re.compile(r"\S{31,}")
_BREAK = "\u200b"
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def printable(text: str, limit: int = 500) -> str:
    """Return ``text`` on one line, in characters the fonts have, cut at ``limit``."""
    kept = []
    for character in unicodedata.normalize("NFC", text[: 4 * limit]):
        category = unicodedata.category(character)
        if category in {"Cc", "Zl", "Zp", "Zs"}:
            kept.append(" ")
        elif category == "Cf" or 0xFE00 <= ord(character) <= 0xFE0F:
            continue  # direction marks and variation selectors only disturb a line
        else:
            kept.append(character if ord(character) in fonts.covered() else _MISSING)
    line = " ".join("".join(kept).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def breakable(text: str, limit: int = 500) -> str:
    """Return printable text in which even a word without end can be broken over lines."""
    return _LONG_RUN.sub(lambda run: _BREAK.join(_split(run[0], 12)), printable(text, limit))


def _split(run: str, length: int) -> list[str]:
    return [run[start : start + length] for start in range(0, len(run), length)]


def pounds(pence: int) -> str:
    """Return an amount as £1,234.50, with a true minus sign."""
    sign = "\u2212" if pence < 0 else ""
    return f"{sign}£{abs(pence) // 100:,}.{abs(pence) % 100:02d}"


def percent(basis_points: int) -> str:
    """Return 2000 as 20%, 1750 as 17.5%."""
    return f"{basis_points / 100:g}%"


def long_date(day: date) -> str:
    """Return a date as 5 January 2024, whatever the locale of the machine."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
