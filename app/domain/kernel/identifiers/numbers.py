"""Numbers given out by the state: ULN, ERN, National Insurance number, VAT number."""

from __future__ import annotations

import re
from operator import mul

from stdnum.gb import vat

from app.domain.kernel.typed import IdentifierError, compact, digits_only, hide, quoted
from app.domain.kernel.words import Sentence, say

_ULN_UNKNOWN = "9999999999"
_ERN_UNKNOWN = "999999999"
_NINO_PREFIXES_NEVER_USED = {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}
# They pass the rules of the format but are administrative, not somebody's number.
_NINO_PREFIXES_ADMINISTRATIVE = {"CR", "MW", "NC", "PZ"}


def read_uln(raw: object) -> str:
    """Read a unique learner number: ten digits, the last of which checks the others."""
    text = _written_plainly(raw, 10) or digits_only(raw, length=10, a_number=say("a ULN"))
    if text == _ULN_UNKNOWN:
        raise IdentifierError(
            say("9999999999 stands for a ULN that is not known yet. Leave it empty until it is.")
        )
    if text[0] == "0":
        raise IdentifierError(say("This begins with 0; a ULN begins with a digit from 1 to 9."))
    rest = _weighted(text[:9], 10) % 11
    if rest == 0 or int(text[9]) != 10 - rest:
        raise _mistyped(text, say("a ULN"))
    return text


def show_uln(value: str) -> str:
    """Show a ULN as ten digits without blanks, as every other system takes it."""
    return value


def mask_uln(value: str) -> str:
    """Cover a ULN except for its last three digits."""
    return hide(value, keep=3)


def read_ern(raw: object) -> str:
    """Read an employer reference number (EDRS): nine digits, the last of which is a check."""
    text = _written_plainly(raw, 9) or digits_only(
        raw, length=9, a_number=say("an employer reference number")
    )
    if text == _ERN_UNKNOWN:
        raise IdentifierError(
            say(
                "999999999 stands for an employer that is not known yet. Leave it empty until then."
            )
        )
    check = (11 - _weighted(text[:8], 9) % 11) % 11
    if text[0] == "0" or check == 10 or int(text[8]) != check:
        raise _mistyped(text, say("an employer reference number"))
    return text


def show_ern(value: str) -> str:
    """Show an employer reference number as nine digits without blanks."""
    return value


def mask_ern(value: str) -> str:
    """Cover an employer reference number except for its last three digits."""
    return hide(value, keep=3)


def read_nino(raw: object) -> str:
    """Read a National Insurance number: two letters, six digits, and A, B, C or D."""
    text = compact(raw)
    wrong = _wrong_shape_of_nino(text) or _wrong_letters_of_nino(text)
    if wrong:
        raise IdentifierError(wrong)
    return text


def show_nino(value: str) -> str:
    """Show a National Insurance number in pairs, as on letters from HMRC."""
    return " ".join([value[0:2], value[2:4], value[4:6], value[6:8], value[8:]]).strip()


def mask_nino(value: str) -> str:
    """Cover a National Insurance number except for its last two digits and letter."""
    return hide(value, keep=3)


def warn_nino(value: str) -> Sentence | None:
    """Say that a prefix is used for administration, not for people."""
    if value[:2] in _NINO_PREFIXES_ADMINISTRATIVE:
        return say(
            "Numbers that begin with %(prefix)s are seldom somebody's own. "
            "Check it with the person.",
            prefix=value[:2],
        )
    return None


def read_vat_number(raw: object) -> str:
    """Read a VAT registration number of Great Britain (GB) or Northern Ireland (XI)."""
    text = compact(raw).replace(".", "")
    country = text[:2] if text[:2] in {"GB", "XI"} else "GB"
    number = text.removeprefix(country)
    if vat.is_valid(number):
        return country + str(vat.compact(number))
    if re.fullmatch(r"[0-9]{9}|[0-9]{12}", number):
        raise _mistyped(number, say("a VAT number"))
    raise IdentifierError(
        say(
            "“%(typed)s” is not a VAT number, which has 9 or 12 digits after GB, "
            "for example GB 434 0314 94.",
            typed=quoted(text),
        )
    )


def show_vat_number(value: str) -> str:
    """Show a VAT number in groups, as it stands on invoices."""
    country, number = value[:2], value[2:]
    if not number.isdigit():
        return f"{country} {number}"
    return " ".join(
        filter(None, [country, number[0:3], number[3:7], number[7:9], number[9:]]),
    )


def mask_vat_number(value: str) -> str:
    """Cover a VAT number except for its last three characters."""
    return hide(value, keep=3)


def _written_plainly(raw: object, length: int) -> str:
    """Return a number that is nothing but its digits: most are, and need no closer look."""
    if type(raw) is str and len(raw) == length and raw.isascii() and raw.isdigit():
        return raw
    return ""


def _weighted(digits: str, first_weight: int) -> int:
    """Sum the digits, each times a weight that falls by one from the left."""
    weights = range(first_weight, first_weight - len(digits), -1)
    # By their codes, which is three times as fast as making each a number.
    weighted: int = sum(map(mul, digits.encode("ascii"), weights))
    return weighted - ord("0") * sum(weights)


def _mistyped(text: str, a_number: Sentence) -> IdentifierError:
    return IdentifierError(
        say(
            "The digits of %(typed)s do not fit together as those of %(a_number)s do, so at least "
            "one is mistyped. Compare it with the original.",
            typed=text,
            a_number=a_number,
        )
    )


def _wrong_shape_of_nino(text: str) -> Sentence | None:
    if re.fullmatch(r"[A-Z]{2}[0-9]{6}[A-D]", text):
        return None
    if re.fullmatch(r"[A-Z]{2}[0-9]{6}", text):
        return say(
            "The last letter is missing; a National Insurance number ends with A, B, C or D."
        )
    if re.fullmatch(r"[A-Z]{2}[0-9]{6}[A-Z]", text):
        return say(
            "This ends with %(letter)s; a National Insurance number ends with A, B, C or D.",
            letter=text[-1],
        )
    return say(
        "“%(typed)s” is not a National Insurance number, which has 2 letters, 6 digits and a "
        "letter from A to D, for example AB 12 34 56 C.",
        typed=quoted(text),
    )


def _wrong_letters_of_nino(text: str) -> Sentence | None:
    prefix = text[:2]
    never = next((letter for letter in prefix if letter in "DFIQUV"), None)
    if never is None and prefix[1] == "O":
        never = "O"
    if never is not None:
        return say(
            "No National Insurance number begins with %(prefix)s, because of the letter "
            "%(letter)s. Compare it with the original.",
            prefix=prefix,
            letter=never,
        )
    if prefix in _NINO_PREFIXES_NEVER_USED:
        return say(
            "No National Insurance number begins with %(prefix)s. Compare it with the original.",
            prefix=prefix,
        )
    return None
