"""Dates as people type them and spreadsheets hand them over."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TypeGuard

from app.domain.kernel.typed import TypedError, quoted, typed
from app.domain.kernel.words import N_, Sentence, say

_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_MONTHS = (
    "",
    N_("January"),
    N_("February"),
    N_("March"),
    N_("April"),
    N_("May"),
    N_("June"),
    N_("July"),
    N_("August"),
    N_("September"),
    N_("October"),
    N_("November"),
    N_("December"),
)
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ][0-9:.]+(?:Z|[+-][0-9:]+)?)?")
_DAY_FIRST = re.compile(
    r"([0-9]{1,2})(?:st|nd|rd|th)?[ /.\-]+([0-9]{1,2}|[A-Za-z]{3,9})[ ,/.\-]+([0-9]+)"
)
_PARTS = ("day", "month", "year")
# Serial days of a spreadsheet are counted from here; smaller ones are more likely years.
_SERIAL_START = date(1899, 12, 30)
_SERIALS = range(3654, 109_575)


class DateError(TypedError):
    """Raised when a date cannot be read; `parts` names those that are wrong."""

    def __init__(self, words: str, parts: tuple[str, ...] = _PARTS) -> None:
        """Keep the parts, so that a form can mark them."""
        super().__init__(words)
        self.parts = parts


def read_date(raw: object) -> date:
    """Read a date: three parts, ISO, day/month/year, day and month's name, or a date object."""
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    if _is_serial(raw):
        return _SERIAL_START + timedelta(days=int(raw))
    if isinstance(raw, Mapping):
        return _from_parts([typed(raw.get(part)) for part in _PARTS])
    if isinstance(raw, Sequence) and not isinstance(raw, str | bytes) and len(raw) == len(_PARTS):
        return _from_parts([typed(part) for part in raw])
    return _from_text(typed(raw))


def is_blank_date(raw: object) -> bool:
    """Say whether nothing was typed, in one box or in all three."""
    if isinstance(raw, date):
        return False
    if isinstance(raw, Mapping):
        return not any(typed(part) for part in raw.values())
    if isinstance(raw, Sequence) and not isinstance(raw, str | bytes):
        return not any(typed(part) for part in raw)
    return not typed(raw)


def show_date(value: date) -> str:
    """Show a date as in a list: 05/01/2024."""
    return f"{value.day:02}/{value.month:02}/{value.year:04}"


def add_months(day: date, months: int) -> date:
    """Return the same day ``months`` later, or the last of that month where it is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _is_serial(raw: object) -> TypeGuard[int | float]:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return False
    return _SERIALS[0] <= raw <= _SERIALS[-1]


def _from_text(text: str) -> date:
    iso = _ISO.fullmatch(text)
    if iso:
        return _from_parts([iso[3], iso[2], iso[1]])
    day_first = _DAY_FIRST.fullmatch(text)
    if day_first:
        return _from_parts([day_first[1], day_first[2], day_first[3]])
    raise DateError(
        say(
            "“%(typed)s” is not a date. Give day, month and year, as in 27/03/2024 or "
            "27 March 2024.",
            typed=quoted(text),
        )
    )


def _from_parts(typed_parts: Sequence[str]) -> date:
    missing = tuple(part for part, text in zip(_PARTS, typed_parts, strict=True) if not text)
    if missing:
        raise DateError(_MISSING[missing], missing)
    day_text, month_text, year_text = typed_parts
    year, month = _year(year_text), _month(month_text)
    if not re.fullmatch("[0-9]{1,2}", day_text) or not 1 <= int(day_text) <= 31:
        raise DateError(
            say("There is no day %(day)s. Give a day from 1 to 31.", day=quoted(day_text)),
            ("day",),
        )
    day, last = int(day_text), calendar.monthrange(year, month)[1]
    if day > last:
        raise DateError(_no_such_day(day, month, year, last), ("day", "month"))
    return date(year, month, day)


def _month(text: str) -> int:
    if re.fullmatch("[0-9]{1,2}", text) and 1 <= int(text) <= 12:
        return int(text)
    wanted = text.casefold().rstrip(".")
    for number, name in enumerate(_MONTHS):
        if len(wanted) >= 3 and (name.casefold().startswith(wanted) or wanted == name[:4].lower()):
            return number
    raise DateError(
        say(
            "There is no month %(month)s. Give a month from 1 to 12; the day comes before it.",
            month=quoted(text),
        ),
        ("month",),
    )


def _year(text: str) -> int:
    if re.fullmatch("[0-9]{2}", text):
        raise DateError(
            say(
                "The year %(year)s could be 19%(year)s or 20%(year)s. Give all four digits.",
                year=text,
            ),
            ("year",),
        )
    if not re.fullmatch("[0-9]{4}", text) or not _FIRST_YEAR <= int(text) <= _LAST_YEAR:
        raise DateError(
            say(
                "%(year)s is not a year from %(first)s to %(last)s. Give four digits.",
                year=quoted(text),
                first=_FIRST_YEAR,
                last=_LAST_YEAR,
            ),
            ("year",),
        )
    return int(text)


def _no_such_day(day: int, month: int, year: int, last: int) -> Sentence:
    if month == 2 and day == 29:
        return say(
            "29 February %(year)s does not exist: that February ends on 28.",
            year=year,
        )
    return say(
        "%(day)s %(month)s does not exist; %(month)s %(year)s ends on %(last)s.",
        day=day,
        month=say(_MONTHS[month]),
        year=year,
        last=last,
    )


_MISSING = {
    ("day",): say("The day is missing."),
    ("month",): say("The month is missing."),
    ("year",): say("The year is missing."),
    ("day", "month"): say("The day and the month are missing."),
    ("day", "year"): say("The day and the year are missing."),
    ("month", "year"): say("The month and the year are missing."),
    _PARTS: say("Give day, month and year, as in 27/03/2024."),
}
