"""What people type and spreadsheets hand over, made into text that can be checked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Set
from decimal import Decimal

from app.domain.kernel.words import Sentence, say, say_many

# Left behind by copying from web pages and documents; nobody types or sees them.
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
_SHORTENED = re.compile(r"(\d)(?:[.,](\d+))?[eE]\+?(\d{1,3})")
_SHOWN_AT_MOST = 40


class TypedError(ValueError):
    """Raised with words that say what is wrong with what was typed and what would be right."""

    def __init__(self, words: str) -> None:
        """Keep the words whole, so that they can be translated when shown."""
        super().__init__(words)
        self.words = words


class IdentifierError(TypedError):
    """Raised when a number, name or address cannot be one."""


def typed(raw: object) -> str:
    """Make text of a typed value or of a spreadsheet's cell, without blanks around it."""
    if raw is None:
        return ""
    if type(raw) is str and raw.isascii():  # most are, and need a fifth of the time
        return " ".join(raw.split())
    if isinstance(raw, float | Decimal):
        return _number_as_text(raw)
    if isinstance(raw, bytes | Mapping | Set | list | tuple):
        raise TypedError(say("This holds more than one value; give one."))
    text = raw if isinstance(raw, str) else str(raw)
    return " ".join(unicodedata.normalize("NFC", text.translate(_INVISIBLE)).split())


def compact(raw: object) -> str:
    """Take out what people put between the characters of a number, and make it upper case."""
    text = unicodedata.normalize("NFKC", typed(raw)).translate(_DASHES)
    # A leading apostrophe is how spreadsheets mark a number kept as text.
    return re.sub(r"[\s\-]", "", text.removeprefix("'")).upper()


def quoted(text: str) -> str:
    """Cut what was typed to a length that fits into a sentence."""
    return text if len(text) <= _SHOWN_AT_MOST else text[: _SHOWN_AT_MOST - 1] + "…"


def digits_only(raw: object, *, length: int, a_number: Sentence) -> str:
    """Read a number of `length` digits through everything a spreadsheet may have done to it."""
    text = compact(raw)
    shortened = _SHORTENED.fullmatch(text)
    if shortened:
        text = _written_out(shortened, typed(raw), length=length, a_number=a_number)
    text = re.sub(r"(?<=\d)\.0*$", "", text)
    strange = next((sign for sign in text if not (sign.isascii() and sign.isdigit())), None)
    if strange is not None:
        raise IdentifierError(
            say(
                "“%(typed)s” contains “%(sign)s”; %(a_number)s has digits only.",
                typed=quoted(typed(raw)),
                sign=strange,
                a_number=a_number,
            )
        )
    if len(text) != length:
        raise IdentifierError(
            say_many(
                "This has %(n)s digit; %(a_number)s has %(length)s.",
                "This has %(n)s digits; %(a_number)s has %(length)s.",
                n=len(text),
                a_number=a_number,
                length=length,
            )
        )
    return text


def hide(text: str, *, keep: int) -> str:
    """Cover all but the last `keep` characters."""
    covered = max(len(text) - keep, 0)
    return "•" * covered + text[covered:]


def _number_as_text(number: float | Decimal) -> str:
    """Write a whole number without the point and the exponent that Python would show."""
    exact = Decimal(str(number))
    if exact.is_finite() and exact == exact.to_integral_value() and exact.adjusted() < 30:
        return str(int(exact))
    return str(number)


def _written_out(found: re.Match[str], shown: str, *, length: int, a_number: Sentence) -> str:
    """Undo scientific notation, unless the spreadsheet has thrown digits away."""
    kept = found[1] + (found[2] or "")
    if int(found[3]) == length - 1 and len(kept) < length:
        raise IdentifierError(
            say(
                "A spreadsheet has shortened this number to %(shown)s and its last digits are "
                "lost. Make the column a text column and type all %(length)s digits again.",
                shown=shown,
                length=length,
            )
        )
    if int(found[3]) != length - 1 or len(kept) != length:
        raise IdentifierError(
            say(
                "“%(shown)s” is not %(a_number)s, which has %(length)s digits.",
                shown=quoted(shown),
                a_number=a_number,
                length=length,
            )
        )
    return kept
