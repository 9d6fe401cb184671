"""What is answered for a full code or a file, before any page draws it."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import IO, Any
from urllib.parse import quote

from flask import current_app
from flask_babel import gettext

from app.clock import today
from app.documents.credentials import AddressError, prove
from app.documents.examining import (
    Difference,
    Examination,
    FileKind,
    SealFinding,
    Source,
    compare,
    examine,
)
from app.documents.keystore import KeyStore, open_keystore
from app.domain.awards.verification import queries, rules
from app.domain.awards.verification.rules import Asked, Fact, Finding
from app.domain.kernel.words import N_
from app.views.verify.desk import Desk

SHOWN = 200
"""Characters of what a stranger's file says that are shown."""
_MOST_CODES = 10
_BROKEN = (SealFinding.OURS_ALTERED_AFTER, SealFinding.OURS_BROKEN)
FIELDS = {
    "person.full_name": N_("Name"),
    "enrolment_number": N_("Enrolment number"),
    "reference": N_("Number of the document"),
    "award.title": N_("Title"),
    "award.number": N_("Number of the qualification"),
    "award.level": N_("Level"),
    "award.outcome": N_("Result"),
    "award.grade": N_("Grade"),
    "award.credits": N_("Credits"),
    "award.awarded_on": N_("Awarded on"),
    "centre.name": N_("Centre"),
    "centre.number": N_("Number of the centre"),
    "issued_on": N_("Issued on"),
    "expires_on": N_("Valid until"),
}
_OF_UNITS = {
    "code": N_("code"), "title": N_("title"), "level": N_("level"), "credit": N_("credits"),
    "result": N_("result"),
}  # fmt: skip


@dataclass(frozen=True)
class Differs:
    """A field that a file does not give as we issued it; ``issued`` only for who has the code."""

    label: str
    found: str
    where: str
    issued: str | None = None


@dataclass(frozen=True)
class Answer:
    """What is said of a document; names are shown only when it ``is_whole``."""

    finding: Finding
    sentence: str
    fact: Fact | None = None
    is_whole: bool = False
    code: str = ""
    """The last part of its address, by which its pages are shown."""
    differences: tuple[Differs, ...] = ()
    said: tuple[tuple[str, str], ...] = ()
    """What the file says by itself: a label and a stranger's text."""


def keys() -> KeyStore:
    """Return the keys that we seal and sign with."""
    return open_keystore(current_app.config, body=current_app.config["APP_NAME"])


# A full code ------------------------------------------------------------------------------------


def for_code(desk: Desk, text: str) -> Answer:
    """Answer for the address of a QR code, or its last part."""
    asked = rules.understand(text, desk.policy)
    if asked.reference is None or asked.code is None:
        return Answer(
            Finding.UNREADABLE,
            gettext("This address is not whole. Scan the code again, or type in the number that "
                    "is printed on the document."),
        )  # fmt: skip
    fact = queries.by_reference(desk.quick, asked.reference)
    if fact is None:
        return _without_record(text)
    if not rules.is_code_of(asked.code, fact):
        return Answer(
            Finding.UNKNOWN,
            gettext("The code does not fit the number in it: one of them was made up. Do not rely "
                    "on the document."),
        )  # fmt: skip
    return _known(desk, fact, asked)


def _known(desk: Desk, fact: Fact, asked: Asked) -> Answer:
    finding = rules.judge(fact, desk.policy, today())
    sentence = {
        Finding.VALID: gettext("We issued this document, and it is valid now."),
        Finding.EXPIRED: gettext("We issued this document. It has expired."),
        Finding.CANCELLED: gettext("We issued this document and have cancelled it. Do not rely on "
                                   "it."),
        Finding.REPLACED: gettext("We issued this document. Another one has taken its place."),
    }.get(finding, gettext(rules.LOOKS[finding].sentence))  # fmt: skip
    code = f"{fact.reference}.{asked.code}".replace("-", "")
    is_whole = finding in rules.OF_STATES.values()
    return Answer(finding, sentence, fact, is_whole, code if is_whole else "")


def _without_record(text: str) -> Answer:
    """Answer for a code of which there is no record: its signature may still be ours."""
    try:
        prove(text, keys().public_keys())
    except AddressError as error:
        return Answer(Finding.UNKNOWN, str(error))
    return Answer(
        Finding.UNKNOWN,
        gettext("The signature in this code is ours, but we have no record of the document. Ask us "
                "before you rely on it."),
    )  # fmt: skip


# A file -----------------------------------------------------------------------------------------


def look_at(stream: IO[bytes]) -> Examination:
    """Examine a stranger's file; raise ExaminationRefusedError with a sentence if it cannot be."""
    pinned = {key_id: pem.decode("ascii") for key_id, pem in keys().certificates().items()}
    return examine(stream, pinned=pinned)


def look_at_frame(picture: bytes) -> Examination:
    """Examine one picture of a camera."""
    return examine(io.BytesIO(picture), pinned={})


def road_of(desk: Desk, seen: Examination) -> str | None:
    """Return the address of ours that a picture's code leads to, if there is one."""
    for text in seen.codes[:_MOST_CODES]:
        asked = rules.understand(text, desk.policy)
        if asked.code is not None:
            return f"/V/{quote(asked.text.upper().rpartition('/V/')[2])}"
        if asked.reference is not None:
            return f"/verify/{asked.reference}"
    return None


def for_picture(seen: Examination) -> Answer:
    """Answer for a picture without a code of ours."""
    if not seen.codes:
        return Answer(
            Finding.UNREADABLE,
            gettext("We found no code in this picture. Photograph the code alone, from the front, "
                    "in good light, so that it fills half of the picture."),
        )  # fmt: skip
    said = tuple(
        (gettext("The code in the picture says"), rules.shown(text, SHOWN))
        for text in seen.codes[:3]
    )
    return Answer(
        Finding.UNKNOWN, gettext("The code in this picture is not one of ours."), said=said
    )


def for_pdf(desk: Desk, seen: Examination) -> Answer:
    """Answer for a PDF: only the very bytes that we issued are the document itself."""
    fact = queries.by_file(desk.quick, seen.sha256)
    if fact is not None:
        return _original(desk, fact, seen)
    asked = _claimed(desk, seen)
    fact = queries.by_reference(desk.quick, asked.reference) if asked and asked.reference else None
    said = _said(seen, asked)
    if fact is None:
        if seen.seal.finding in _BROKEN:
            return Answer(
                Finding.ALTERED, gettext(rules.LOOKS[Finding.ALTERED].sentence), said=said
            )
        return Answer(
            Finding.UNKNOWN,
            gettext("We found nothing in this file by which it would be one of ours."),
            said=said,
        )
    assert asked is not None
    is_whole = asked.code is not None and rules.is_code_of(asked.code, fact)
    answer = _changed(desk, fact, seen, is_whole=is_whole)
    code = f"{fact.reference}.{asked.code}".replace("-", "") if is_whole else ""
    return replace(answer, said=said, code=code)


def _original(desk: Desk, fact: Fact, seen: Examination) -> Answer:
    finding = rules.judge(fact, desk.policy, today())
    asked = next(
        (each for each in _in_codes(desk, seen) if rules.is_code_of(each.code, fact)), None
    )
    sentence = {
        Finding.VALID: gettext("This file is, byte for byte, the one that we issued, and the "
                               "document is valid now."),
        Finding.EXPIRED: gettext("This file is, byte for byte, the one that we issued. The "
                                 "document has expired."),
        Finding.CANCELLED: gettext("This file is the one that we issued, but we have cancelled "
                                   "the document. Do not rely on it."),
        Finding.REPLACED: gettext("This file is the one that we issued, but another document has "
                                  "taken its place."),
    }.get(finding, gettext(rules.LOOKS[finding].sentence))  # fmt: skip
    code = f"{fact.reference}.{asked.code}".replace("-", "") if asked else ""
    return Answer(finding, sentence, fact, finding in rules.OF_STATES.values(), code)


def _changed(desk: Desk, fact: Fact, seen: Examination, *, is_whole: bool) -> Answer:
    """Answer for a file that bears the number of a document of ours and is not its file."""
    content = queries.content_of(desk.quick, fact)
    differences = compare(content, seen)
    shown = tuple(_differs(each, content, is_whole=is_whole) for each in differences)
    sealed = seen.seal.finding in (*_BROKEN, SealFinding.OURS_INTACT)
    if shown or sealed:
        finding, sentence = Finding.ALTERED, _how_altered(seen, is_told=bool(shown))
    else:
        finding, sentence = Finding.COPY, gettext(rules.LOOKS[Finding.COPY].sentence)
        standing = rules.judge(fact, desk.policy, today())
        if standing is not Finding.VALID:
            finding, sentence = standing, gettext(rules.LOOKS[standing].sentence)
        elif not seen.words:
            sentence = gettext(
                "This is a picture of a document with our number, which we cannot compare word by "
                "word. Scan its code, and compare it with what we show you then."
            )
    return Answer(finding, sentence, fact, is_whole, differences=shown)


def _how_altered(seen: Examination, *, is_told: bool) -> str:
    if is_told:
        return gettext("This file bears the number of a document of ours but says something else. "
                       "Do not rely on it.")  # fmt: skip
    if seen.seal.finding is SealFinding.OURS_ALTERED_AFTER:
        return gettext(
            "Something was added to this file after we had sealed it. Do not rely on it."
        )
    return gettext("The bytes of this file are not those that we issued, though we found no "
                   "difference in what it says. Do not rely on it.")  # fmt: skip


def _in_codes(desk: Desk, seen: Examination) -> list[Asked]:
    found = [rules.understand(text, desk.policy) for text in seen.codes[:_MOST_CODES]]
    return [each for each in found if each.reference is not None]


def _claimed(desk: Desk, seen: Examination) -> Asked | None:
    """Return the number that a PDF claims: by its codes, its attached data, or its words."""
    in_codes = _in_codes(desk, seen)
    if in_codes:
        return max(in_codes, key=lambda each: each.code is not None)
    attached = (seen.attached or {}).get("reference")
    words = [line.text for line in seen.lines]
    texts = [attached] if isinstance(attached, str) else []
    for text in [*texts, *rules.numbers_in(" ".join(words))]:
        asked = rules.understand(text, desk.policy)
        if asked.reference is not None:
            return asked
    return None


def _said(seen: Examination, asked: Asked | None) -> tuple[tuple[str, str], ...]:
    said = []
    if asked is not None and asked.reference is not None:
        said.append((gettext("Number"), asked.reference))
    for text in seen.codes[:3]:
        if asked is None or asked.text != text:
            said.append((gettext("Code"), rules.shown(text, SHOWN)))
    if seen.seal.finding is SealFinding.FOREIGN:
        said.append(
            (gettext("Sealed, not by us, in the name of"), rules.shown(seen.seal.signer, SHOWN))
        )
    return tuple(said)


def _differs(each: Difference, content: Mapping[str, Any], *, is_whole: bool) -> Differs:
    where = {
        Source.PAGE: gettext("on its pages"), Source.ATTACHMENT: gettext("in its attached data"),
    }[each.source]  # fmt: skip
    issued = _at(content, each.field.split(".")) if is_whole else None
    return Differs(label_of(each.field), rules.shown(each.found, SHOWN), where, issued)


def label_of(field: str) -> str:
    """Return what people call a field of the frozen data."""
    if field.startswith("components."):
        _, number, part = field.split(".")
        name = gettext(_OF_UNITS.get(part, part))
        return gettext("Unit %(number)s, %(part)s", number=int(number) + 1, part=name)
    return gettext(FIELDS.get(field, field))


def _at(value: Any, path: Sequence[str]) -> str:
    for name in path:
        if isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, Sequence) and not isinstance(value, str) and name.isdigit():
            value = value[int(name)]
    return "" if value is None else str(value)


def is_pdf(seen: Examination) -> bool:
    """Tell whether an examined file is a PDF."""
    return seen.kind is FileKind.PDF
