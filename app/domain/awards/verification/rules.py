"""What a number, a code or a file says of a document: the findings, and how each comes about."""

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain.awards import rules as awards
from app.domain.kernel.document_numbers import read_code, read_reference
from app.domain.kernel.words import N_

LONGEST = 600
"""Characters of what somebody typed or scanned; no number or address is longer."""
_REFERENCE_LENGTH = 13
_NEAR = range(10, 17)
"""So many letters and digits are meant as a number of ours, though some are wrong or missing."""
_BETWEEN = re.compile(r"[^\w]|_")
_GROUPED = re.compile(r"\b(?:[0-9A-Za-z]{4}[-\u2010-\u2015 ]?){3}[0-9A-Za-z]\b")
_ADDRESS = re.compile(r"(?:.*/V/)?([^./]{1,40})\.([^./]{1,40})(?:\..*)?", re.DOTALL)


class Finding(StrEnum):
    """What was found."""

    VALID = "valid"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REPLACED = "replaced"
    OLDER = "older"
    UNKNOWN = "unknown"
    MISTYPED = "mistyped"
    ALTERED = "altered"
    COPY = "copy"
    UNREADABLE = "unreadable"


OF_STATES = {
    awards.VALID.code: Finding.VALID,
    awards.EXPIRED.code: Finding.EXPIRED,
    awards.DOCUMENT_CANCELLED.code: Finding.CANCELLED,
    awards.REPLACED.code: Finding.REPLACED,
}
"""The documents that exist, by the state that their facts give."""


@dataclass(frozen=True)
class Look:
    """How a finding is shown: its name, colour and picture, and one sentence of what it means."""

    label: str
    tone: str
    icon: str
    sentence: str


LOOKS = {
    Finding.VALID: Look(
        N_("Valid"), "ok", "rosette-discount-check",
        N_("We issued a document with this number, and it is valid now."),
    ),
    Finding.EXPIRED: Look(
        N_("Expired"), "hold", "calendar-off",
        N_("We issued a document with this number. It has expired, so it no longer holds."),
    ),
    Finding.CANCELLED: Look(
        N_("Cancelled"), "stop", "ban",
        N_("We issued a document with this number and have cancelled it. Do not rely on it."),
    ),
    Finding.REPLACED: Look(
        N_("Replaced"), "todo", "replace",
        N_("We issued a document with this number. Another one has taken its "
           "place, so ask for that."),
    ),
    Finding.OLDER: Look(
        N_("Cannot be checked here"), "work", "history",
        N_("This is a number of an older document, which this page does not know. That says "
           "nothing against it: ask us, and we look it up."),
    ),
    Finding.UNKNOWN: Look(
        N_("Not one of ours"), "stop", "circle-x",
        N_("We have issued no document with this number."),
    ),
    Finding.MISTYPED: Look(
        N_("Mistyped"), "todo", "keyboard",
        N_("This cannot be a number of ours: a character is wrong, missing or too many."),
    ),
    Finding.ALTERED: Look(
        N_("Altered"), "stop", "alert-octagon",
        N_("This is not the document that we issued: it was changed afterwards. Do not rely on "
           "it."),
    ),
    Finding.COPY: Look(
        N_("Not the original file"), "todo", "files",
        N_("This is not the file that we issued: it was saved anew, printed or scanned. We found "
           "no difference in what it says, but only the original file proves itself."),
    ),
    Finding.UNREADABLE: Look(
        N_("Cannot be read"), "todo", "eye-off",
        N_("We could not read a number or code of ours here."),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """What anyone may verify of one document: a row of the narrow table."""

    reference: str
    state: str
    initials: str
    replaced_by: str | None
    issued_on: date
    expires_on: date | None
    record_type: str = ""
    holder: str = ""
    title: str = ""
    level: str = ""
    grade: str = ""
    document_id: int = 0
    code_digest: str = ""
    pdf_digest: str = ""


@dataclass(frozen=True)
class Policy:
    """Which documents can be checked at all (D56): issued since a day, or numbered as before."""

    verifiable_from: date
    old_pattern: str


ANY = Policy(date.min, "(?!)")
"""Before the set-up has said otherwise, everything is checked."""


@dataclass(frozen=True)
class Asked:
    """What somebody's text means: a reference, perhaps with the full code, or why it is neither."""

    text: str
    reference: str | None = None
    code: str | None = None
    finding: Finding | None = None


def understand(text: str, policy: Policy) -> Asked:
    """Return what a number, a full code or the address of a QR code means."""
    text = shown(text, LONGEST)
    reference = read_reference(text)
    if reference is not None:
        return Asked(text, reference)
    found = _ADDRESS.fullmatch(text.upper())
    if found is not None:
        reference, code = read_reference(found[1]), read_code(found[2])
        if reference is not None and code is not None:
            return Asked(text, reference, code)
    if is_old(text, policy):
        return Asked(text, finding=Finding.OLDER)
    return Asked(text, finding=Finding.MISTYPED)


def shown(text: str, longest: int) -> str:
    """Return a stranger's text as a page may show it: in one line, without what turns it round."""
    kept = (each if each.isprintable() else " " for each in text[:longest])
    return " ".join("".join(kept).split())


def is_old(text: str, policy: Policy) -> bool:
    """Tell whether a text is a number as documents had before there were references."""
    plain = unicodedata.normalize("NFKC", text).upper()
    tries = (plain, re.sub(r"[\s-]", "", plain))
    try:
        return len(plain) <= 40 and any(re.fullmatch(policy.old_pattern, each) for each in tries)
    except re.error:  # a pattern that staff mistyped must not end the service
        return False


def numbers_in(words: str) -> list[str]:
    """Return what looks like a number of ours in a text, at most ten, and may be none."""
    return _GROUPED.findall(words[:200_000])[:10]


def slip_in(text: str) -> str:
    """Return in words what is wrong with a mistyped number."""
    plain = _BETWEEN.sub("", unicodedata.normalize("NFKC", text))
    if len(plain) == _REFERENCE_LENGTH and "U" not in plain.upper():
        return N_("Its check character does not fit: one character is wrong, or two have changed "
                  "places.")  # fmt: skip
    if len(plain) == _REFERENCE_LENGTH:
        return N_("It has the letter U, which our numbers never have. Is it a V?")
    if len(plain) in _NEAR and len(plain) < _REFERENCE_LENGTH:
        return N_("It is too short: our numbers have 13 letters and digits.")
    if len(plain) in _NEAR:
        return N_("It is too long: our numbers have 13 letters and digits.")
    return N_("Our numbers have 13 letters and digits, such as 7KQ2-M9XA-V4TB-4.")


def judge(fact: Fact | None, policy: Policy, today: date) -> Finding:
    """Return how a document stands today, whatever the hour at which its expiry is recorded."""
    if fact is None or fact.state not in OF_STATES:
        return Finding.UNKNOWN
    if fact.issued_on < policy.verifiable_from:
        return Finding.OLDER
    found = OF_STATES[fact.state]
    if found is Finding.VALID and fact.expires_on is not None and fact.expires_on < today:
        return Finding.EXPIRED
    return found


def is_code_of(code: str | None, fact: Fact) -> bool:
    """Tell whether a full code is that of the document, in the same time whatever it is."""
    digest = hashlib.sha256((code or "").encode()).hexdigest()
    return hmac.compare_digest(digest, fact.code_digest)
