"""What a cell says: the value, how it was written, or what it could mean.

A value never differs from its cell without a mark that says so. What could mean two things is a
guess that waits for a choice; what cannot be known is an error in words.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from app.domain.imports.cells import Broken, Given
from app.domain.imports.rules import Guess, Notation
from app.domain.kernel.fields import Field, FieldError
from app.domain.kernel.typed import IdentifierError, digits_only, quoted
from app.domain.kernel.words import say

DAY_FIRST, MONTH_FIRST = "day_first", "month_first"
"""Evidence that a column of text writes the day, or the month, before the other."""
EITHER = "either"
"""A date of text that reads both ways."""
REAL_LOW, REAL_HIGH = "real_low", "real_high"
"""A real date that an American spreadsheet could have made of a day-first text, and one that not:
such a program turns 05/04/2006 into 4 May, and leaves 27/03/2006 as text."""

_SERIALS = range(3654, 109_575)
_SERIAL_START = date(1899, 12, 30)
_DIGITS = {"uln", "ern", "phone"}
_NUMERIC_DATE = re.compile(r"(\d{1,2})[ ./\-]+(\d{1,2})[ ./\-]+(\d{2}|\d{4})")
_MIDNIGHT = re.compile(r" 00:00(?::00)?$")
_SHORT_YEAR = re.compile(r"(\d{1,2})[ ./\-]+([A-Za-z]{3,9})[ ./\-]+(\d{2})")
_EXPONENT = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d{1,3}")
_POINT_ZERO = re.compile(r"\d\.0+$")
_SHORT_PHONE = re.compile(r"[1-35-9]\d{8,9}")
_USUAL_PHONE = re.compile(r"0\d{2,4}(?: \d{3,4}){2}|0\d{4} \d{6}|(?:0|\+44)\d{9,10}")
_NOT_LETTERS = re.compile(r"[\W_]+")
_BETWEEN = re.compile(r"[\s\-\u2010-\u2014\u2212().]")
_ODD_BLANKS = re.compile(r"^\s|\s$|\s\s|[\u00a0\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff]|\t")


@dataclass(slots=True)
class Said:
    """What one cell says: a value with its mark, or an error, or a guess; blank is all empty."""

    value: Any = None
    words: str = ""
    mark: Notation | None = None
    guess: Guess | None = None
    evidence: str = ""

    @property
    def stands(self) -> bool:
        """Whether it is a value or nothing, and neither an error nor a question."""
        return not self.words and self.guess is None


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
    if field.kind == "phone":
        return _phone(field, raw, today, answers)
    return _plain(field, raw, today)


def usual_values(field: Field, texts: set[str], today: date) -> dict[str, str]:
    """Return the values of those of many texts that `read_cell` takes without more ado."""
    if field.kind == "phone":
        usual = {text for text in texts if _USUAL_PHONE.fullmatch(text)}
        return field.read_many(usual, today=today)
    read = field.read_many(texts, today=today)
    return {text: value for text, value in read.items() if value == text}


def must_ask(evidence: str, seen: Sequence[str]) -> bool:
    """Tell whether a date waits for a choice, given what its column has shown."""
    if evidence == EITHER:
        return MONTH_FIRST in seen or DAY_FIRST not in seen
    if evidence == REAL_LOW:
        return REAL_HIGH not in seen and (DAY_FIRST in seen or MONTH_FIRST in seen)
    return False


def leaves_doubt(seen: Collection[str]) -> bool:
    """Tell whether some dates of a column that has shown so much wait for a choice."""
    return any(must_ask(each, list(seen)) for each in seen)


def _plain(field: Field, raw: Any, today: date) -> Said:
    told = ("yes" if raw else "no") if isinstance(raw, bool) else raw
    try:
        value = field.read(told, today=today)
    except FieldError as error:
        return _repaired(field, raw, today) or Said(words=error.words)
    if value is None:
        return BLANK
    if type(raw) is str and value == raw:
        return Said(value)
    return Said(value, mark=difference(field, raw, value))


def _repaired(field: Field, raw: Any, today: date) -> Said | None:
    """Try a letter O as the nought that a number must have there; None when that does not help."""
    if type(raw) is str and field.kind == "choice" and _POINT_ZERO.search(raw.strip()):
        whole = _plain(field, raw.strip().rpartition(".")[0], today)
        return None if whole.words else Said(whole.value, mark=Notation.POINT_ZERO)
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
    if field.kind == "yesno":
        return _wording_of_yes(raw)
    if type(raw) is not str:
        return None
    if field.kind == "phone" and _USUAL_PHONE.fullmatch(raw):
        return None
    forms = {field.show(value), str(value)}
    if raw in forms or (field.kind == "choice" and _is_list_name(raw, forms)):
        return None
    for kind, changed in _STEPS:
        if changed(raw) in {changed(form) for form in forms}:
            return kind
    return _by_sight(field, raw)


def _is_list_name(raw: str, forms: Collection[str]) -> bool:
    """Tell whether a cell holds what our own drop-down offers, which is joined by underscores."""
    return "_" in raw and _joined(raw) in map(_joined, forms)


def _joined(text: str) -> str:
    return _NOT_LETTERS.sub("_", text).strip("_")


def _wording_of_yes(raw: Any) -> Notation | None:
    if type(raw) is not str:
        return Notation.WORDING
    if raw in ("yes", "no", "Yes", "No"):
        return None
    folded = raw.casefold()
    if folded in ("yes", "no"):
        return Notation.LETTER_CASE
    return Notation.BLANKS if folded.strip() in ("yes", "no") else Notation.WORDING


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


def _phone(field: Field, raw: Any, today: date, answers: Answers) -> Said:
    """Read a telephone number through what a spreadsheet does to numbers."""
    if type(raw) is str and _USUAL_PHONE.fullmatch(raw):
        return _plain_number(field, raw, today)  # of which no way of writing is remarkable
    text = _BETWEEN.sub("", str(raw).strip().removeprefix("'"))
    if _EXPONENT.fullmatch(str(raw).strip()) or _POINT_ZERO.search(str(raw).strip()):
        try:
            text = digits_only(raw, length=10, a_number=say("a telephone number"))
        except IdentifierError as error:
            return Said(words=error.words)
    if not _SHORT_PHONE.fullmatch(text):
        return _plain(field, raw, today)
    said = _plain_number(field, "0" + text, today)
    if said.words:
        return said
    answer = answers.get(Guess.LOST_ZEROS)
    if answer == "yes":
        return said
    if answer == "no":
        return Said(words=say("“%(typed)s” is one digit short. Type the whole number.",
                              typed=quoted(str(raw))))  # fmt: skip
    return Said(guess=Guess.LOST_ZEROS)


def _plain_number(field: Field, text: str, today: date) -> Said:
    try:
        return Said(field.read(text, today=today))
    except FieldError as error:
        return Said(words=error.words)


# Dates ----------------------------------------------------------------------------------------


def _date(field: Field, raw: Any, today: date, answers: Answers) -> Said:
    if isinstance(raw, date):
        return _real(field, raw, today, answers)
    if isinstance(raw, int | float):
        return _serial(field, raw, today, answers)
    tidy = _tidy(unicodedata.normalize("NFKC", raw)).removeprefix("'")
    text = _MIDNIGHT.sub("", tidy)
    if text.isdecimal() and len(text) == 5:
        return _serial(field, int(text), today, answers)
    said = _text_date(field, text, today, answers)
    if said.value is not None and text != raw:
        said.mark = Notation.APOSTROPHE if raw.startswith("'") else Notation.BLANKS
        if tidy != text:
            said.mark = Notation.WORDING if _NUMERIC_DATE.fullmatch(text) else None
    return said


def _text_date(field: Field, text: str, today: date, answers: Answers) -> Said:
    numeric = _NUMERIC_DATE.fullmatch(text)
    short = None if numeric else _SHORT_YEAR.fullmatch(text)
    year_text = (numeric or short or {3: ""})[3]
    year = int(year_text or 0)
    if len(year_text) == 2:
        answer = answers.get(Guess.TWO_DIGIT_YEAR)
        if answer is None:
            return Said(guess=Guess.TWO_DIGIT_YEAR)
        if answer == "no":
            return _plain_date(field, text, today)
        year = _century(field, year, today)
    if numeric:
        return _ordered(field, (int(numeric[1]), int(numeric[2]), year), today, answers)
    return _plain_date(field, f"{short[1]} {short[2]} {year}" if short else text, today)


def _real(field: Field, raw: date, today: date, answers: Answers) -> Said:
    """Take a real date as it is, unless the column was turned by an American spreadsheet."""
    day = raw.date() if isinstance(raw, datetime) else raw
    is_low = day.day <= 12 and day.day != day.month
    turned = is_low and answers.get(Guess.DAY_MONTH) == "turned"
    if turned:
        day = day.replace(day=day.month, month=day.day)
    said = _plain_date(field, day, today)
    if turned and not said.words:
        said.mark = Notation.TURNED_DATE
    if Guess.DAY_MONTH not in answers:
        said.evidence = REAL_LOW if is_low else REAL_HIGH if day.day > 12 else ""
    return said


def _plain_date(field: Field, text: str | date, today: date) -> Said:
    try:
        return Said(field.read(text, today=today))
    except FieldError as error:
        return Said(words=error.words)


def _serial(field: Field, raw: float, today: date, answers: Answers) -> Said:
    if raw != raw // 1 or int(raw) not in _SERIALS:  # a float would be looked for one by one
        return Said(
            words=say("“%(typed)s” is not a date. Give day, month and year, as in 27/03/2024.",
                      typed=quoted(str(raw)))
        )  # fmt: skip
    answer = answers.get(Guess.SERIAL_NUMBER)
    if answer == "yes":
        return _plain_date(field, _SERIAL_START + timedelta(days=int(raw)), today)
    if answer == "no":
        return Said(words=say("“%(typed)s” is a number. Type the date, as in 27/03/2024.",
                              typed=quoted(str(raw))))  # fmt: skip
    return Said(guess=Guess.SERIAL_NUMBER)


def _century(field: Field, year: int, today: date) -> int:
    """Return the year within the last hundred; a date that is not of birth may lie ahead."""
    ahead = 0 if field.name == "birth_date" else 10
    full = today.year // 100 * 100 + year
    return full if full <= today.year + ahead else full - 100


def _ordered(field: Field, parts: tuple[int, int, int], today: date, answers: Answers) -> Said:
    """Read a date of three numbers, whichever of the first two is the day.

    Where only one reading is possible it is taken, once it is clear that the column has both.
    """
    first, second, year = parts
    order = answers.get(Guess.DAY_MONTH)
    only_month_first = first <= 12 < second <= 31
    if order is None and only_month_first:
        return Said(guess=Guess.DAY_MONTH, evidence=MONTH_FIRST)
    turned = only_month_first or (order == "month" and first <= 12)
    day, month = (second, first) if turned else (first, second)
    said = _plain_date(field, f"{day}/{month}/{year}", today)
    if order is None and said.value is not None:
        both = first <= 12 and second <= 12 and first != second
        said.evidence = EITHER if both else DAY_FIRST if first > 12 else ""
    return said


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
