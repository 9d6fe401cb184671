"""People's names: kept as they are written, sorted and searched without accents."""

from __future__ import annotations

import unicodedata

from app.domain.kernel.typed import IdentifierError, quoted, typed
from app.domain.kernel.words import Sentence, say

_APOSTROPHES = "'’‘ʼʻ`´"
_PUNCTUATION = set(_APOSTROPHES) | set("-‐‑–. ,·")
# Joiners shape the letters of some scripts and are part of how a name is written.
_JOINERS = {"\u200c", "\u200d"}
# Letters that no decomposition takes apart, by what people type who do not have them.
_PLAIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
    | dict.fromkeys(_APOSTROPHES)
    | dict.fromkeys(_JOINERS)
    | dict.fromkeys("-‐‑–.,·", " ")
)


def read_name(raw: object) -> str:
    """Read a part of a person's name, with its apostrophes, hyphens and accents."""
    text = typed(raw)
    if text.isascii() and text.isalpha():  # most are, and need no closer look
        return text
    strange = next((sign for sign in text if not _may_stand_in_a_name(sign)), None)
    if strange is not None:
        raise IdentifierError(_refusal(text, strange))
    if not any(sign.isalpha() for sign in text):
        raise IdentifierError(
            say("“%(typed)s” has no letter in it; a name has.", typed=quoted(text))
        )
    return text


def show_name(value: str) -> str:
    """Show a name as it was given."""
    return value


def mask_name(value: str) -> str:
    """Leave the initials."""
    return " ".join(f"{part[0]}." for part in value.split())


def name_key(*parts: str) -> str:
    """Give the key by which a name is sorted and found: `name_key(surname, first_names)`."""
    joined = " ".join(parts)
    if joined.isascii():  # most are, and need a tenth of the time
        return " ".join(joined.translate(_PLAIN).lower().split())
    # Twice, since taking a letter apart may bring up a capital, and folding one an accent.
    folded = joined
    for _ in range(2):
        folded = unicodedata.normalize("NFKD", folded.translate(_PLAIN)).casefold()
    folded = unicodedata.normalize("NFKD", folded.translate(_PLAIN))
    bare = "".join(sign for sign in folded if not unicodedata.combining(sign))
    return " ".join(unicodedata.normalize("NFC", bare).split())


def _may_stand_in_a_name(sign: str) -> bool:
    return sign in _PUNCTUATION or sign in _JOINERS or unicodedata.category(sign)[0] in "LM"


def _refusal(text: str, strange: str) -> Sentence:
    if strange.isdigit():
        return say(
            "“%(typed)s” contains the digit %(sign)s; a name has letters only.",
            typed=quoted(text),
            sign=strange,
        )
    if unicodedata.category(strange)[0] == "C":
        return say("This contains a character that cannot be seen. Type the name again.")
    return say(
        "“%(typed)s” contains “%(sign)s”; a name has letters, hyphens and apostrophes.",
        typed=quoted(text),
        sign=strange,
    )
