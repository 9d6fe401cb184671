"""What a cell says: the value, how it was written, or what it could mean.

A value never differs from its cell without a mark that says so. What could mean two things is a
guess that waits for a choice; what cannot be known is an error in words.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from app.domain.imports.cells import Broken, Given
from app.domain.imports.rules import Guess, Notation
from app.domain.kernel.fields import Field, FieldError
from app.domain.kernel.typed import quoted
from app.domain.kernel.words import say

MONTH_FIRST = "month_first"
"""Evidence that a column writes the month before the day."""
EITHER = "either"
"""Evidence that a column holds dates that read both ways."""

_SERIALS = range(3654, 109_575)
_SERIAL_START = date(1899, 12, 30)
_DIGITS = {"uln", "ern", "phone"}
_NUMERIC_DATE = re.compile(r"(\d{1,2})[ ./\-]+(\d{1,2})[ ./\-]+(\d{2}|\d{4})(?: 00:00(?::00)?)?")
_EXPONENT = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d{1,3}")
_POINT_ZERO = re.compile(r"\d\.0+$")
_SHORT_PHONE = re.compile(r"[12378]\d{8,9}")
_BETWEEN = re.compile(r"[\s\-\u2010-\u2014\u2212().]")
_ODD_BLANKS = re.compile(r"^\s|\s$|\s\s|[\u00a0\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff]|\t")


@dataclass(slots=True)
class Said:
    """What one cell says: a value with its mark, or an error, or a guess; blank is all empty.

    ``kept`` is the value as JSON holds it, set where readings are remembered.
    """

    value: Any = None
    words: str = ""
    mark: Notation | None = None
    guess: Guess | None = None
    evidence: str = ""
    kept: Any = None


BLANK = Said()
Answers = Mapping[str, str]


def read_cell(field: Field, raw: Given | Broken, today: date, answers: Answers) -> Said:
    """Return what a cell says for ``field``; ``answers`` are those given about its column."""
    if raw is None or raw == "":
        return BLANK
    if isinstance(raw, Broken):
        return Said(words=raw.words)
    if isinstance(raw, bool) and field.kind not in ("yesno", "choice"):
        shown = "TRUE" if raw else "FALSE"
        return Said(words=say("This cell holds %(shown)s, which no %(label)s is. Type it.",
                              shown=shown, label=field.label.lower()))  # fmt: skip
    if field.kind == "date":
        return _date(field, raw, today, answers)
    if isinstance(raw, date):
        return _not_a_date(field, raw)
    if field.kind == "phone" and _has_lost_a_zero(raw):
        return _lost_zero(field, raw, today, answers)
    return _plain(field, raw, today)


def _plain(field: Field, raw: Any, today: date) -> Said:
    if isinstance(raw, bool):
        raw = "yes" if raw else "no"
    try:
        value = field.read(raw, today=today)
    except FieldError as error:
        return _repaired(field, raw, today) or Said(words=error.words)
    if value is None:
        return BLANK
    if type(raw) is str and value == raw:
        return Said(value)
    return Said(value, mark=difference(field, raw, value))


def _repaired(field: Field, raw: Any, today: date) -> Said | None:
    """Try a letter O as the nought that a number must have there; None when that does not help."""
    if type(raw) is not str or field.kind not in ("nino", "uln", "ern", "phone"):
        return None
    if "O" not in raw.upper():
        return None
    bare = _BETWEEN.sub("", raw.upper())
    start = 2 if field.kind == "nino" else 0
    mended = bare[:start] + bare[start:].replace("O", "0")
    if mended == bare:
        return None
    try:
        return Said(field.read(mended, today=today), mark=Notation.O_FOR_ZERO)
    except FieldError:
        return None


def difference(field: Field, raw: Any, value: Any) -> Notation | None:
    """Say how a cell was written, when it was not written as its value."""
    if type(raw) is not str or _is_usual(field, raw):
        return None
    shown = field.show(value)
    code = str(value)
    if raw in (shown, code):
        return None
    for kind, changed in _STEPS:
        raw_now = changed(raw)
        if raw_now != raw and raw_now in (shown, code, changed(shown), changed(code)):
            return kind
    return _by_sight(field, raw)


def _is_usual(field: Field, raw: str) -> bool:
    """Tell whether a telephone number or a yes is written as people write it."""
    if field.kind == "phone":
        return bool(re.fullmatch(r"\+?[0-9][0-9 ()\-]*[0-9]", raw))
    return field.kind == "yesno" and raw.casefold() in ("yes", "no")


def _by_sight(field: Field, raw: str) -> Notation:
    """Name what is most striking where several things differ at once."""
    if raw.startswith("'"):
        return Notation.APOSTROPHE
    if _EXPONENT.fullmatch(raw.strip()):
        return Notation.EXPONENT
    if _POINT_ZERO.search(raw.strip()):
        return Notation.POINT_ZERO
    if unicodedata.normalize("NFKC", raw) != raw and not _ODD_BLANKS.search(raw):
        return Notation.ACCENTS_FORM
    if field.kind == "postcode" and "O" in raw.upper():
        return Notation.O_FOR_ZERO
    if _ODD_BLANKS.search(raw):
        return Notation.BLANKS
    if field.kind in ("nino", "uln", "ern", "phone", "postcode"):
        return Notation.SEPARATORS
    return Notation.WORDING


def _tidy(text: str) -> str:
    return " ".join(text.replace("\u200b", "").replace("\ufeff", "").split())


_STEPS = (
    (Notation.APOSTROPHE, lambda text: text.removeprefix("'")),
    (Notation.BLANKS, _tidy),
    (Notation.ACCENTS_FORM, lambda text: unicodedata.normalize("NFKC", text)),
    (Notation.POINT_ZERO, lambda text: re.sub(r"\.0+$", "", text)),
    (Notation.LETTER_CASE, str.casefold),
    (Notation.SEPARATORS, lambda text: _BETWEEN.sub("", text)),
)
"""Each way of writing, by what undoes it; the first that makes both the same is the one."""


def _not_a_date(field: Field, raw: date) -> Said:
    return Said(
        words=say(
            "The spreadsheet has made the date %(day)s of this. Type what it should say.",
            day=f"{raw:%d/%m/%Y}",
        )
    )


# Telephone numbers ----------------------------------------------------------------------------


def _has_lost_a_zero(raw: Given) -> bool:
    text = str(raw) if isinstance(raw, int) else raw if isinstance(raw, str) else ""
    return bool(_SHORT_PHONE.fullmatch(_BETWEEN.sub("", text)))


def _lost_zero(field: Field, raw: Any, today: date, answers: Answers) -> Said:
    answer = answers.get(Guess.LOST_ZEROS)
    text = "0" + _BETWEEN.sub("", str(raw))
    try:
        value = field.read(text, today=today)
    except FieldError as error:
        return Said(words=error.words)
    if answer == "yes":
        return Said(value)
    if answer == "no":
        return Said(words=say("“%(typed)s” is one digit short. Type the whole number.",
                              typed=quoted(str(raw))))  # fmt: skip
    return Said(guess=Guess.LOST_ZEROS)


# Dates ----------------------------------------------------------------------------------------


def _date(field: Field, raw: Any, today: date, answers: Answers) -> Said:
    if isinstance(raw, datetime):
        return _checked(field, raw.date(), today, Notation.REAL_DATE)
    if isinstance(raw, date):
        return _checked(field, raw, today, Notation.REAL_DATE)
    if isinstance(raw, int | float):
        return _serial(field, raw, today, answers)
    text = _tidy(unicodedata.normalize("NFKC", raw)).removeprefix("'")
    if text.isdigit() and len(text) == 5:
        return _serial(field, int(text), today, answers)
    numeric = _NUMERIC_DATE.fullmatch(text)
    if numeric:
        return _numeric(field, raw, numeric, today, answers)
    said = _plain_date(field, text, today)
    if said.words or said.value is None:
        return said
    mark = None if re.match(r"\d{4}-", text) else Notation.WORDING
    if text != raw:
        mark = Notation.APOSTROPHE if raw.startswith("'") else Notation.BLANKS
    return Said(said.value, mark=mark)


def _plain_date(field: Field, text: str | date, today: date) -> Said:
    try:
        return Said(field.read(text, today=today))
    except FieldError as error:
        return Said(words=error.words)


def _checked(field: Field, value: date, today: date, mark: Notation | None = None) -> Said:
    """Let the field's own check look at a date."""
    said = _plain_date(field, value, today)
    return said if said.words else Said(value, mark=mark)


def _serial(field: Field, raw: float, today: date, answers: Answers) -> Said:
    if raw not in _SERIALS:
        return Said(
            words=say("“%(typed)s” is not a date. Give day, month and year, as in 27/03/2024.",
                      typed=quoted(str(raw)))
        )  # fmt: skip
    answer = answers.get(Guess.SERIAL_NUMBER)
    if answer == "yes":
        return _checked(field, _SERIAL_START + timedelta(days=int(raw)), today)
    if answer == "no":
        return Said(words=say("“%(typed)s” is a number. Type the date, as in 27/03/2024.",
                              typed=quoted(str(raw))))  # fmt: skip
    return Said(guess=Guess.SERIAL_NUMBER)


def _numeric(field: Field, raw: str, found: re.Match[str], today: date, answers: Answers) -> Said:
    first, second, year_text = int(found[1]), int(found[2]), found[3]
    year = int(year_text)
    if len(year_text) == 2:
        answer = answers.get(Guess.TWO_DIGIT_YEAR)
        if answer is None:
            return Said(guess=Guess.TWO_DIGIT_YEAR)
        if answer == "no":
            return _plain_date(field, raw, today)
        year = _century(field, year, today)
    return _ordered(field, (first, second, year), today, answers, tidy=raw == raw.strip())


def _century(field: Field, year: int, today: date) -> int:
    """Return the year within the last hundred; a date that is not of birth may lie ahead."""
    ahead = 0 if field.name == "birth_date" else 10
    full = today.year // 100 * 100 + year
    return full if full <= today.year + ahead else full - 100


def _ordered(
    field: Field, parts: tuple[int, int, int], today: date, answers: Answers, *, tidy: bool
) -> Said:
    """Read a date of three numbers, whichever of the first two is the day."""
    first, second, year = parts
    order = answers.get(Guess.DAY_MONTH)
    mark = None if tidy else Notation.BLANKS
    if order == "month":
        return _plain_date(field, f"{second}/{first}/{year}", today)
    if order is None and second > 12 >= first and second <= 31:
        return Said(guess=Guess.DAY_MONTH, evidence=MONTH_FIRST)
    said = _plain_date(field, f"{first}/{second}/{year}", today)
    both = first <= 12 and second <= 12 and first != second
    evidence = EITHER if both and order is None else ""
    return Said(said.value, said.words, mark if said.value else None, None, evidence)


# Names ----------------------------------------------------------------------------------------

_PARTICLES = frozenset("da de del della den der di dos du la le mac mc o' st st. van von".split())


def divided(text: str, answer: str) -> tuple[str, str] | None:
    """Return first names and surname of a whole name; None when it has one word only.

    A comma stands after the last name, whatever was answered.
    """
    tidy = _tidy(text)
    if "," in tidy:
        last, _, first = (part.strip() for part in tidy.partition(","))
        return (first, last) if first and last else None
    words = tidy.split()
    if len(words) < 2:
        return None
    if answer == "last_first":
        cut = next((n for n, word in enumerate(words) if word.casefold() not in _PARTICLES), 0) + 1
        return " ".join(words[cut:]), " ".join(words[:cut])
    cut = len(words) - 1
    while cut > 1 and words[cut - 1].casefold() in _PARTICLES:
        cut -= 1
    return " ".join(words[:cut]), " ".join(words[cut:])
