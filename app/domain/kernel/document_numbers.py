"""References and codes of documents: unguessable, and read back however people write them.

Both are Crockford base 32 (no I, L, O or U) in groups of four, ended by one check character:
a reference such as `7KQ2-M9XA-V4TB-4` has 60 random bits, a code 80.
"""

import re
import secrets
import unicodedata

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_REFERENCE_LENGTH = 12  # characters of five bits, before the check character
_CODE_LENGTH = 16
_GROUP = 4
_LONGEST_TEXT = 100  # no way of writing either is longer
_LOOKALIKES = str.maketrans("OIL", "011")
# Dashes, blanks and what copying from a page brings along; never a letter or a digit.
_BETWEEN = re.compile(r"[^\w]|_")


def new_reference() -> str:
    """Give a fresh document reference, grouped: 13 characters with three hyphens."""
    return _new(_REFERENCE_LENGTH)


def read_reference(text: str) -> str | None:
    """Give the reference that a text means, grouped, or None when its check fails.

    Lower case, O for 0, I and L for 1, missing or other hyphens and blanks are forgiven. Every
    other wrong character is found out, and so is every swap of two.
    """
    return _read(text, _REFERENCE_LENGTH)


def new_code() -> str:
    """Give a fresh code, the longer secret in the QR code: 17 characters with four hyphens."""
    return _new(_CODE_LENGTH)


def read_code(text: str) -> str | None:
    """Give the code that a text means, as `read_reference` does for references."""
    return _read(text, _CODE_LENGTH)


def compact(number: str) -> str:
    """Give a reference or code without its hyphens, as addresses carry it."""
    return number.replace("-", "")


def _new(length: int) -> str:
    body = "".join(secrets.choice(_ALPHABET) for _ in range(length))
    return _grouped(body + _check_character(body))


def _read(text: str, length: int) -> str | None:
    if len(text) > _LONGEST_TEXT:
        return None
    plain = unicodedata.normalize("NFKC", text).upper()
    number = _BETWEEN.sub("", plain).translate(_LOOKALIKES)
    if len(number) != length + 1 or not set(number) <= set(_ALPHABET):
        return None
    return _grouped(number) if _check_character(number[:-1]) == number[-1] else None


def _check_character(body: str) -> str:
    """Return the check of Damm over the field of 32 elements: sum, doubled before each character.

    Doubling has order 31 there, so up to 31 places have weights of their own: any one wrong
    character and any swap of two changes the sum. ISO 7064 has no system for these 32 characters.
    """
    check = 0
    for character in body:
        check = _doubled(check ^ _ALPHABET.index(character))
    return _ALPHABET[check]


def _doubled(element: int) -> int:
    """Multiply by x in GF(2)[x] / (x⁵ + x² + 1)."""
    return element << 1 if element < 16 else element << 1 ^ 0b100101


def _grouped(number: str) -> str:
    return "-".join(number[at : at + _GROUP] for at in range(0, len(number), _GROUP))
