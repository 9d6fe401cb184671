"""Ways to reach people: postcode, telephone number, e-mail address."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from app.domain.kernel.typed import IdentifierError, compact, hide, quoted, typed
from app.domain.kernel.words import Sentence, say

_UNKNOWN_POSTCODE = "ZZ99 9ZZ"
_OUTWARD = re.compile(
    r"GIR|[A-PR-UWYZ](?:[0-9]{1,2}|[A-HK-Y][0-9](?:[0-9]|[ABEHMNPRV-Y])?|[0-9][A-HJKPSTUW])"
)
_INWARD = re.compile(r"[0-9][ABD-HJLNP-UW-Z]{2}")
_TOO_SHORT = {
    phonenumbers.ValidationResult.TOO_SHORT,
    phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY,
}
_UK = 44
_USUAL_PHONE = re.compile(r"(?:0|\+44 ?(?:\(0\))?)([1-9](?:[ \-]?[0-9]){9})")
"""Ten British digits, which the library takes by their length alone, at fifty times the price."""
_USUAL_LOCAL = re.compile(r"[A-Za-z0-9_%+\-]+(?:\.[A-Za-z0-9_%+\-]+)*")
_LONGEST_LOCAL = 64


def read_postcode(raw: object) -> str:
    """Read a British postcode by the rules of BS 7666, with one blank in its middle."""
    text = compact(raw)
    outward, inward = text[:-3], text[-3:]
    # The inward part always begins with a digit, so a letter O there is a nought.
    if inward.startswith("O"):
        inward = "0" + inward[1:]
    postcode = f"{outward} {inward}"
    if postcode == _UNKNOWN_POSTCODE:
        return postcode
    if outward == "GIR" and inward != "0AA":
        raise IdentifierError(_not_a_postcode(text))
    if not _INWARD.fullmatch(inward):
        raise IdentifierError(_wrong_inward(text, inward))
    if not _OUTWARD.fullmatch(outward):
        raise IdentifierError(_not_a_postcode(text))
    return postcode


def show_postcode(value: str) -> str:
    """Show a postcode as the post office writes it."""
    return value


def mask_postcode(value: str) -> str:
    """Keep the district and cover the street."""
    return value.split(" ", 1)[0] + " •••"


def warn_postcode(value: str) -> Sentence | None:
    """Say that a postcode is the one for an unknown address."""
    if value == _UNKNOWN_POSTCODE:
        return say("ZZ99 9ZZ stands for an address that is not known.")
    return None


def read_phone(raw: object) -> str:
    """Read a telephone number, British unless it begins with +, and give it in E.164."""
    text = typed(raw).removeprefix("'").removeprefix("tel:")
    usual = _USUAL_PHONE.fullmatch(text)
    if usual:
        return "+44" + usual[1].replace(" ", "").replace("-", "")
    number = _parsed_phone(text)
    if number.extension:
        raise IdentifierError(
            say("Leave out the extension %(extension)s.", extension=number.extension)
        )
    reason = phonenumbers.is_possible_number_with_reason(number)
    national = phonenumbers.national_significant_number(number)
    mobile_too_short = number.country_code == _UK and national[0] == "7" and len(national) < 10
    if reason in _TOO_SHORT or mobile_too_short:
        raise IdentifierError(
            say(
                "%(typed)s is too short for a telephone number. Give it with its area code, "
                "for example 020 7946 0018.",
                typed=quoted(text),
            )
        )
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise IdentifierError(
            say(
                "%(typed)s has too many digits for a telephone number, or an unknown country code. "
                "A British one has 11 digits, for example 020 7946 0018.",
                typed=quoted(text),
            )
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def show_phone(value: str) -> str:
    """Show a British number as it is dialled here, and a foreign one with its country code."""
    number = phonenumbers.parse(value, "GB")
    here = number.country_code == _UK
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, style.NATIONAL if here else style.INTERNATIONAL)


def mask_phone(value: str) -> str:
    """Cover a telephone number except for its last three digits."""
    return hide(value, keep=3)


def warn_phone(value: str) -> Sentence | None:
    """Say that a number has the right length but is in no range that is in use."""
    if phonenumbers.is_valid_number(phonenumbers.parse(value, "GB")):
        return None
    return say(
        "%(phone)s is in no range of numbers that we know to be in use. Check it once more.",
        phone=show_phone(value),
    )


def read_email(raw: object) -> str:
    """Read an e-mail address and give it as it is to be written to."""
    text = typed(raw).removeprefix("mailto:")
    local, _, domain = text.rpartition("@")
    if len(local) <= _LONGEST_LOCAL and _USUAL_LOCAL.fullmatch(local):
        known = _known_domain(domain)
        if known:
            return f"{local}@{known}"
    wrong = _wrong_shape_of_email(text)
    if wrong:
        raise IdentifierError(wrong)
    try:
        found = validate_email(text, check_deliverability=False)
    except EmailNotValidError as error:
        raise IdentifierError(
            say(
                "“%(typed)s” is not an e-mail address. %(reason)s",
                typed=quoted(text),
                reason=str(error),
            )
        ) from error
    if not found.local_part.isascii():
        raise IdentifierError(
            say(
                "“%(local)s” before the @ has letters with accents or of another alphabet, which "
                "many mail systems do not deliver. Give an address with the letters a to z.",
                local=quoted(found.local_part),
            )
        )
    return found.normalized


@lru_cache(maxsize=4096)
def _known_domain(domain: str) -> str:
    """Return a domain as it is written to, or nothing when it cannot be one.

    With a usual local part before it, it is all of an address that needs a closer look.
    """
    try:
        return validate_email(f"a@{domain}", check_deliverability=False).domain
    except EmailNotValidError:
        return ""


def email_key(value: str) -> str:
    """Give the form in which two spellings of one address are the same."""
    return value.casefold()


def show_email(value: str) -> str:
    """Show an e-mail address as it is written to."""
    return value


def mask_email(value: str) -> str:
    """Keep the first letter and what follows the @."""
    local, _, domain = value.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def _not_a_postcode(text: str) -> Sentence:
    return say(
        "“%(typed)s” is not a British postcode. Give it as in SW1A 1AA or M1 1AA.",
        typed=quoted(text),
    )


def _wrong_inward(text: str, inward: str) -> Sentence:
    if not _OUTWARD.fullmatch(text[:-3]) or len(inward) < 3:
        return _not_a_postcode(text)
    return say(
        "“%(typed)s” ends with %(inward)s; a postcode ends with a digit and two letters, "
        "never C, I, K, M, O or V, as in SW1A 1AA.",
        typed=quoted(text),
        inward=inward,
    )


def _parsed_phone(text: str) -> phonenumbers.PhoneNumber:
    letter = next(
        (sign for sign in re.sub(r"(?i)(ext|x)\.? ?[0-9]+$", "", text) if sign.isalpha()), ""
    )
    try:
        if letter:
            raise IdentifierError(
                say(
                    "“%(typed)s” contains “%(letter)s”; a telephone number has digits only.",
                    typed=quoted(text),
                    letter=letter,
                )
            )
        return phonenumbers.parse(text, "GB")
    except phonenumbers.NumberParseException as error:
        raise IdentifierError(
            say(
                "“%(typed)s” is not a telephone number. Give it as in 020 7946 0018 or "
                "+353 1 234 5678.",
                typed=quoted(text),
            )
        ) from error


def _wrong_shape_of_email(text: str) -> Sentence | None:
    if "@" not in text:
        return say(
            "“%(typed)s” has no @. Give an e-mail address as in name@example.co.uk.",
            typed=quoted(text),
        )
    if text.count("@") > 1 or re.search(r"[\s,;<>]", text):
        return say(
            "“%(typed)s” is not one e-mail address. Give one, without blanks, commas or brackets, "
            "as in name@example.co.uk.",
            typed=quoted(text),
        )
    if "." not in text.rpartition("@")[2]:
        return say(
            "“%(typed)s” has no full stop after the @. Give it as in name@example.co.uk.",
            typed=quoted(text),
        )
    return None
