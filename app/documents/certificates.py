"""Certificates, transcripts and letters: frozen data made ready for their templates."""

import io
import json
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import segno

from app.documents import fonts
from app.documents.press import Attachment, Press
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
_LARGEST_CODE = 9  # 53 modules a side
_QUIET = 2  # modules of white around a code; the page has more
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
    said = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
    attached = {"data.json": Attachment(said, "What this document says, as data")}
    if credential is not None:
        attached["credential.json"] = Attachment(
            credential, "The verifiable credential of this award"
        )
    page, assets, issued = _made_ready(content, address, logo, paper=paper)
    return press.render(source, page, dated=issued, assets=assets, attachments=attached)


def preview_document(
    press: Press, source: str, content: Mapping[str, Any], *, address: str, logo: bytes | None
) -> list[bytes]:
    """Return the pages of a document as PNG, for staff who change its template."""
    page, assets, issued = _made_ready(content, address, logo, paper=False)
    return press.pictures(source, page, dated=issued, assets=assets)


def _made_ready(
    content: Mapping[str, Any], address: str, logo: bytes | None, *, paper: bool
) -> tuple[dict[str, Any], dict[str, bytes], date]:
    """Return what a template reads as data and as files, and the day that the PDF is of."""
    page = _page(content, address, paper=paper)
    assets = {"qr.svg": code_picture(address)}
    if not paper:
        page["logo"], assets[page["logo"]] = _logo(logo)
    return page, assets, date.fromisoformat(content["issued_on"])


def code_picture(address: str) -> bytes:
    """Return the code of an address as SVG: at most 53 modules a side for 250 characters.

    Raise ValueError for an address that needs more, which no longer reads from a photocopy.
    """
    code = segno.make_qr(address, error="m", boost_error=False, mask=_MASK)
    if int(code.version) > _LARGEST_CODE:
        raise ValueError(f"An address of {len(address)} characters is too long for a code.")
    picture = io.BytesIO()
    code.save(picture, kind="svg", border=_QUIET, xmldecl=False, svgns=True)
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


def _page(content: Mapping[str, Any], address: str, *, paper: bool) -> dict[str, Any]:
    """Return what a template reads: the content, and words and dates made ready."""
    content = _printable(content)
    award, kind = content["award"], KINDS[content["record_type"]]
    issued = date.fromisoformat(content["issued_on"])
    words = {
        "kind": kind,
        "line": " · ".join(_line(award)),
        "result": award["grade"] or award["outcome"],
        "awarded_on": _day(award["awarded_on"]),
        "issued_on": _day(content["issued_on"]),
        "expires_on": _day(content["expires_on"]),
        "replaces": content["replaces"] or "",
        "verify": f"Check this {kind.lower()}: scan the code, or enter {content['reference']} at "
        f"{_desk(address)}.",
        "paper": "Paper view: the logo and artwork that the printed paper carries are left out.",
    }
    return {
        **content,
        "components": [_component(each) for each in content["components"]],
        "facts": list(_facts(content)),
        "words": words,
        "paper": paper,
        "dated": {"year": issued.year, "month": issued.month, "day": issued.day},
        "fonts": fonts.FORMAL,
        "display": fonts.DISPLAY,
    }


def _desk(address: str) -> str:
    """Return where a reference is typed in: the host of an address, without its scheme."""
    return address.partition("://")[2].partition("/")[0].lower() + "/verify"


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


def _printable(content: Any) -> Any:
    """Return the same content with each text on one line, in letters that are whole.

    Raise UnprintableError for the first character that no font of documents has.
    """
    if isinstance(content, str):
        return _line_of(content)
    if isinstance(content, Mapping):
        return {key: _printable(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_printable(value) for value in content]
    return content


def _line_of(text: str) -> str:
    kept = (
        " " if character.isspace() else character
        for character in unicodedata.normalize("NFC", text)
        if unicodedata.category(character) != "Cf" or character in _JOINERS
    )  # fmt: skip
    line = " ".join("".join(kept).split())
    for character in line:
        if ord(character) not in fonts.formal_characters() and character not in _JOINERS:
            raise UnprintableError(
                f"No font for documents has the character {character!r} "
                f"(U+{ord(character):04X}) in “{line[:80]}”."
            )
    return line


# Persian and Indian names need them; other invisible characters only disturb a line.
_JOINERS = "\u200c\u200d"
