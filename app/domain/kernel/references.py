"""Order references with ISO 7064 check digits, found again in what banks make of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from stdnum.iso7064 import mod_97_10

_REFERENCE = re.compile(r"([A-Z]{2,4})([0-9]{7})([0-9]{2})")
_HIGHEST = 9_999_999
# What people and banks put between the characters of a reference.
_BETWEEN = r"[^A-Z0-9]{0,3}"
_DIGIT = "[0-9OIL]"
_LOOKALIKES = {"O": "[O0]", "I": "[I1L]", "L": "[L1I]", "S": "[S5]", "B": "[B8]", "Z": "[Z2]"}
_AS_DIGITS = str.maketrans("OIL", "011")
_MONTHS = "JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC"
# A further digit means another, longer number, unless it begins the date of the transfer.
_ENDS_HERE = rf"(?![0-9](?![0-9]?(?:{_MONTHS})))"


def order_reference(prefix: str, number: int) -> str:
    """Give the reference of an order: prefix, seven digits and two check digits."""
    if not re.fullmatch(r"[A-Z]{2,4}", prefix):
        raise ValueError("A reference begins with 2 to 4 capital letters.")
    if not 0 <= number <= _HIGHEST:
        raise ValueError(f"A reference has room for numbers from 0 to {_HIGHEST:,}.")
    body = f"{prefix}{number:07}"
    return body + mod_97_10.calc_check_digits(body)


def is_order_reference(text: str) -> bool:
    """Say whether a text is exactly a reference, with the check digits that belong to it."""
    parts = _REFERENCE.fullmatch(text)
    # Compared with the digits we would give: 01 and 98 both leave the same remainder.
    return parts is not None and order_reference(parts[1], int(parts[2])) == text


def find_references(narrative: str, prefixes: Iterable[str]) -> list[str]:
    """Find each reference in a bank's narrative, in the order in which they stand there."""
    text = unicodedata.normalize("NFKC", narrative).upper()
    found: dict[str, int] = {}
    # Longer prefixes first, so that a reference of ECS is not also tried as one of CS.
    for prefix in sorted(set(prefixes), key=lambda prefix: (-len(prefix), prefix)):
        for place in _pattern(prefix).finditer(text):
            digits = re.sub("[^0-9]", "", place["digits"].translate(_AS_DIGITS))
            if is_order_reference(prefix + digits):
                found.setdefault(prefix + digits, place.start())
                begin, end = place.span("whole")
                text = text[:begin] + " " * (end - begin) + text[end:]
    return sorted(found, key=found.__getitem__)


@lru_cache(maxsize=64)
def _pattern(prefix: str) -> re.Pattern[str]:
    """Look ahead from every place, so that a false start hides no true reference."""
    letters = _BETWEEN.join(_LOOKALIKES.get(letter, letter) for letter in prefix)
    digits = _BETWEEN.join([_DIGIT] * 9)
    return re.compile(rf"(?=(?P<whole>{letters}{_BETWEEN}(?P<digits>{digits})){_ENDS_HERE})")
