"""Certificates, transcripts and letters: frozen data made ready for their templates."""

import io
import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import segno

from app.documents import fonts
from app.documents.press import Press
from app.documents.wording import long_date

TEMPLATES = Path(__file__).parent / "templates"
RECORD_TYPES = ("certificate", "transcript", "letter")
STARTING_TEMPLATES = {
    each: (TEMPLATES / f"{each}.typ").read_text(encoding="utf-8") for each in RECORD_TYPES
}
"""The first version of each template; staff may change them afterwards."""

KINDS = {
    "certificate": "Certificate",
    "transcript": "Transcript",
    "letter": "Letter",
}
DEFAULT_LOGO = (TEMPLATES / "logo.svg").read_bytes()
_MASK = 3  # any mask can be read; trying all eight takes five times as long
_SIGNATURES = {b"\x89PNG": "logo.png", b"\xff\xd8\xff": "logo.jpg"}


class UnprintableError(Exception):
    """A document cannot say what it should: the text tells staff what to put right."""


def render_document(
    press: Press,
    source: str,
    content: Mapping[str, Any],
    *,
    address: str,
    logo: bytes | None = None,
    paper: bool = False,
    credential: bytes | None = None,
) -> bytes:
    """Return the unsealed PDF of a document from its frozen ``content``; same input, same bytes.

    ``address`` is what its code leads to. With ``paper`` it leaves out what the certificate paper
    carries, and says so. Raise UnprintableError, or the press's TemplateError.
    """
    attached = {"data.json": json.dumps(content, ensure_ascii=False, sort_keys=True).encode()}
    if credential is not None:
        attached["credential.json"] = credential
    page = _page(content, paper=paper, attached=attached)
    assets = {"qr.svg": code_picture(address), **attached}
    if not paper:
        page["logo"], assets[page["logo"]] = _logo(logo)
    issued = date.fromisoformat(content["issued_on"])
    return press.render(source, page, dated=issued, assets=assets)[0]


def preview_document(
    press: Press, source: str, content: Mapping[str, Any], *, address: str, logo: bytes | None
) -> list[bytes]:
    """Return the pages of a document as PNG, for staff who change its template."""
    page = _page(content, paper=False, attached={})
    page["logo"], picture = _logo(logo)
    assets = {"qr.svg": code_picture(address), page["logo"]: picture}
    issued = date.fromisoformat(content["issued_on"])
    return press.render(source, page, dated=issued, assets=assets, form="png")


def code_picture(address: str) -> bytes:
    """Return the code of an address as SVG, 26 mm wide on the page."""
    code = segno.make_qr(address, error="m" if len(address) <= 220 else "l", mask=_MASK)
    picture = io.BytesIO()
    code.save(picture, kind="svg", border=2, xmldecl=False, svgns=True)
    return picture.getvalue()


def _logo(logo: bytes | None) -> tuple[str, bytes]:
    if logo is None:
        return "logo.svg", DEFAULT_LOGO
    if not logo:
        raise UnprintableError("The logo is missing. Upload it again under document settings.")
    for start, name in _SIGNATURES.items():
        if logo.startswith(start):
            return name, logo
    return "logo.svg", logo


def _page(
    content: Mapping[str, Any], *, paper: bool, attached: Mapping[str, bytes]
) -> dict[str, Any]:
    """Return what a template reads: the content, and words and dates made ready."""
    _refuse_unprintable(content)
    award, kind = content["award"], KINDS[content["record_type"]]
    words = {
        "kind": kind,
        "line": " · ".join(_line(award)),
        "result": award["grade"] or award["outcome"],
        "awarded_on": _day(award["awarded_on"]),
        "issued_on": _day(content["issued_on"]),
        "expires_on": _day(content["expires_on"]),
        "replaces": content["replaces"] or "",
        "verify": f"Anyone can check this {kind.lower()} with the code, or with its number "
        f"{content['reference']}, on the website of {content['body']['name']}.",
    }
    issued = date.fromisoformat(content["issued_on"])
    return {
        **content,
        "components": [_component(each) for each in content["components"]],
        "facts": list(_facts(content)),
        "words": words,
        "paper": paper,
        "dated": {"year": issued.year, "month": issued.month, "day": issued.day},
        "fonts": fonts.FORMAL,
        "attached": [
            {"name": name, "kind": "application/json", "words": _ATTACHED[name]}
            for name in attached
        ],
    }


_ATTACHED = {
    "data.json": "What this document says, as data",
    "credential.json": "The verifiable credential of this award",
}


def _line(award: Mapping[str, Any]) -> Iterator[str]:
    if award["level"]:
        yield f"Level {award['level']}"
    if award["number"]:
        yield award["number"]
    if award["credits"]:
        yield f"{award['credits']} credits"


def _facts(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    award = content["award"]
    result = award["grade"] or award["outcome"]
    for label, value in (
        ("Learner", content["person"]["full_name"]),
        ("Qualification", award["title"]),
        ("Number", award["number"]),
        ("Level", award["level"]),
        ("Result", result),
        ("Credits", "" if award["credits"] is None else str(award["credits"])),
        ("Awarded on", _day(award["awarded_on"])),
        ("Issued", _day(content["issued_on"])),
        ("Valid until", _day(content["expires_on"])),
        ("Replaces", content["replaces"] or ""),
        ("Centre", f"{content['centre']['name']}, {content['centre']['number']}"),
        ("Enrolment number", content["enrolment_number"]),
        ("Transcript number", content["reference"]),
    ):
        if value:
            yield label, value


def _component(part: Mapping[str, Any]) -> dict[str, str]:
    credit = part["credit"]
    return {**part, "credit": "" if credit is None else str(credit)}


def _day(text: str | None) -> str:
    return long_date(date.fromisoformat(text)) if text else ""


def _refuse_unprintable(content: Any) -> None:
    """Raise UnprintableError for the first character that no font of documents has."""
    for text in _texts(content):
        for character in text:
            if ord(character) not in fonts.formal_characters():
                raise UnprintableError(
                    f"No font for documents has the character {character!r} "
                    f"(U+{ord(character):04X}) in “{text[:80]}”."
                )


def _texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, Mapping):
        for value in content.values():
            yield from _texts(value)
    elif isinstance(content, list | tuple):
        for value in content:
            yield from _texts(value)
