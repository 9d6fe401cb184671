"""Find words on a page in the ways in which programs write and read the same words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date

from rapidfuzz import fuzz

from app.documents.examining.findings import Line
from app.documents.wording import printable

NEAR = 70
"""Out of 100: how like the issued words others must be to be what stands in their place."""
LONGEST_FOUND = 200

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH = "|".join(f"{month[:3]}(?:{month[3:]})?" for month in _MONTHS)
_DAY_FIRST = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)? ({_MONTH}) (\d{{4}})\b")
_MONTH_FIRST = re.compile(rf"\b({_MONTH}) (\d{{1,2}})(?:st|nd|rd|th)? (\d{{4}})\b")
_YEAR_FIRST = re.compile(r"\b(\d{4}) (\d{1,2}) (\d{1,2})\b")
_NUMBERS = re.compile(r"\b(\d{1,2}) (\d{1,2}) (\d{4})\b")


def plain(text: str) -> str:
    """Return letters, marks and digits in lower case, and one space for all between them.

    So ligatures, dashes, quotation marks, direction marks and line ends never make a difference.
    """
    folded = unicodedata.normalize("NFKC", text.replace("\u00ad", "")).casefold()
    kept = []
    for character in unicodedata.normalize("NFKC", folded):
        category = unicodedata.category(character)
        if category[0] in "LMN":
            kept.append(character)
        elif category != "Cf":
            kept.append(" ")
    return " ".join("".join(kept).split())


def says(page: str, value: str) -> bool:
    """Return whether a page, made `plain`, says this value somewhere."""
    return any(_stands(page, words) for words in {plain(value), plain(printable(value))})


def _stands(page: str, words: str) -> bool:
    """Return whether words stand there, however they are spaced.

    Words of scripts that run from right to left count in any order: a page gives the order in
    which they were drawn, some programs even that of the letters.
    """
    if not words:
        return True
    if any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in words):
        return all(
            _pattern(word).search(page) or _pattern(word[::-1]).search(page)
            for word in words.split()
        )
    return bool(_pattern(words).search(page))


def _pattern(words: str) -> re.Pattern[str]:
    letters = " *".join(re.escape(letter) for letter in words if letter != " ")
    return re.compile(rf"(?<!\S){letters}(?!\S)")


def dates_in(page: str) -> Iterator[tuple[date, str]]:
    """Yield the dates on a page, made `plain`, with the words that give them; day before month."""
    for pattern, order in (
        (_DAY_FIRST, (3, 2, 1)),
        (_MONTH_FIRST, (3, 1, 2)),
        (_YEAR_FIRST, (1, 2, 3)),
        (_NUMBERS, (3, 2, 1)),
    ):
        for match in pattern.finditer(page):
            year, month, day = (match[place] for place in order)
            try:
                yield date(int(year), _month(month), int(day)), match[0]
            except ValueError:
                continue


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    return next(number for number, name in enumerate(_MONTHS, 1) if name.startswith(text[:3]))


def is_code(value: str) -> bool:
    """Return whether a value is one word with a figure in it, such as a number or a reference."""
    return any(letter.isdigit() for letter in value) and " " not in value


def nearest(rows: Sequence[str], value: str) -> str:
    """Return the row that is most like the value, or nothing if none is."""
    wanted = plain(value)
    scored = [(fuzz.ratio(wanted, plain(row)), row) for row in rows]
    score, row = max(scored, default=(0.0, ""))
    if score < NEAR:
        scored = [
            (fuzz.partial_ratio(wanted, plain(row)) - 10, row)
            for row in rows
            if len(row) >= len(wanted) >= 6  # a short value is like a part of many a row
        ]
        score, row = max(scored, default=(0.0, ""))
    return row[:LONGEST_FOUND] if score >= NEAR else ""


def rows_of(lines: Sequence[Line]) -> list[tuple[Line, ...]]:
    """Return the lines that stand side by side together, from left to right, page by page."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda one: (one.page, -one.box[3])):
        if rows and rows[-1][0].page == line.page and _beside(rows[-1][0], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [tuple(sorted(row, key=lambda one: one.box[0])) for row in rows]


def text_of(row: Sequence[Line]) -> str:
    """Return what a row says."""
    return " ".join(line.text for line in row)


def _beside(first: Line, second: Line) -> bool:
    overlap = min(first.box[3], second.box[3]) - max(first.box[1], second.box[1])
    lower = min(first.box[3] - first.box[1], second.box[3] - second.box[1])
    return overlap > lower / 2


def over(hidden: Line, seen: Line) -> bool:
    """Return whether a line that is seen stands where another is hidden."""
    return (
        hidden.page == seen.page
        and _beside(hidden, seen)
        and min(hidden.box[2], seen.box[2]) > max(hidden.box[0], seen.box[0])
    )
