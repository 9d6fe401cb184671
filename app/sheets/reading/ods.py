"""Look an OpenDocument spreadsheet over in bounded memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import unescape

from app.sheets.reading import limits
from app.sheets.reading.looks import Book, Looked
from app.sheets.reading.places import name_of
from app.sheets.reading.refusals import (
    DamagedFileError,
    NotASpreadsheetError,
    PasswordProtectedError,
)
from app.sheets.reading.results import Merge, Place
from app.sheets.reading.zipped import Zip

_CONTENT = "content.xml"
_MIMETYPE = b"application/vnd.oasis.opendocument.spreadsheet"
_TOKEN = re.compile(
    rb"<table:table\s([^>]*)>|<table:table-row(?=[\s/>])([^>]*?)(?:/>|>(.*?)</table:table-row>)",
    re.S,
)
_CELL = re.compile(rb"<table:(?:covered-)?table-cell\b([^>]*?)(?:/>|>(.*?)</table:)", re.S)
_ROWS_REPEATED = re.compile(rb"number-rows-repeated=\"(\d{1,9})\"")
_REPEATED = re.compile(rb"number-columns-repeated=\"(\d{1,9})\"")
_FAR_REPEATED = re.compile(rb"number-columns-repeated=\"\d{2,}\"")
_SPAN = re.compile(rb"number-(columns|rows)-spanned=\"(\d{1,7})\"")
_HIDDEN = re.compile(
    rb"<style:style\s[^>]*style:name=\"([^\"]+)\"[^>]*>\s*<style:table-properties"
    rb"[^>]*table:display=\"false\""
)
_ZEROS = re.compile(rb"<text:p>(0[0-9]+)</text:p>")
_TEXT = re.compile(rb"<text:p[^>]*>([^<]*)<")
_INTERESTING = (b"spanned=", b'value-type="error"', b"table:formula=", b"<text:p>0")
_ANNOTATION = re.compile(rb"<office:annotation\b.*?</office:annotation>", re.S)
_LONGEST_ROW = 8 * 2**20
_TEMPLATE = re.compile(rb"meta:name=\"Template\"[^>]*>([^<]{1,200})<")


def look_over(archive: Zip) -> Book:
    """Look every part of XML over, and the sheets for what their values hide."""
    if not archive.small("mimetype").startswith(_MIMETYPE) or _CONTENT not in archive.parts:
        raise NotASpreadsheetError
    if b"encryption-data" in archive.small("META-INF/manifest.xml"):
        raise PasswordProtectedError
    sheets = _sheets(archive.xml(_CONTENT))
    for part in archive.parts:
        if part != _CONTENT and part.lower().endswith((".xml", ".rdf")):
            for _ in archive.xml(part):
                pass
    found = _TEMPLATE.search(archive.small("meta.xml"))
    return Book(
        {name: looked for name, looked in sheets.items() if looked.has_data},
        found[1].decode("utf-8", "replace") if found else "",
    )


def _sheets(pieces: Iterator[bytes]) -> dict[str, Looked]:
    sheets: dict[str, Looked] = {}
    hidden: set[bytes] = set()
    looked, row = Looked(), 0
    for text in _whole_rows(pieces):
        hidden.update(found[1] for found in _HIDDEN.finditer(text))
        for token in _TOKEN.finditer(text):
            if token[1] is not None:
                looked, row = Looked(), 0
                if _value(token[1], b"table:style-name") not in hidden:
                    name = _value(token[1], b"table:name").decode("utf-8", "replace")
                    sheets[unescape(name, {"&quot;": '"', "&apos;": "'"})] = looked
                continue
            repeated = _ROWS_REPEATED.search(token[2])
            times = int(repeated[1]) if repeated else 1
            if token[3]:
                _look_at_row(token[3], row, times, looked)
            row += times
    return sheets


@dataclass(frozen=True)
class _Seen:
    """What one cell hides; its row and column may be repeated."""

    error: str = ""
    uncalculated: bool = False
    down: int = 1
    across: int = 1
    zeros: str = ""


def _look_at_row(body: bytes, row: int, times: int, looked: Looked) -> None:
    if b"office:value-type=" in body:
        looked.has_data = True
        if row + times > limits.ROWS // 10:
            looked.reach((row + times - 1, 0), name_of(row + times - 1, 0))
    if not _FAR_REPEATED.search(body) and not any(mark in body for mark in _INTERESTING):
        return
    times = min(times, limits.ROWS - row)
    for column, seen in _look_at_cells(body, row, looked):
        if seen.zeros:
            looked.run((row, column), seen.zeros, times)
        if seen.error or seen.uncalculated or seen.down > 1 or seen.across > 1:
            for number in range(row, row + times):
                _note((number, column), seen, looked)


def _look_at_cells(body: bytes, row: int, looked: Looked) -> Iterator[tuple[int, _Seen]]:
    """Yield the columns of cells that hide something, with what that is."""
    column = 0
    for cell in _CELL.finditer(_ANNOTATION.sub(b"", body)):
        attributes = cell[1]
        repeated = _REPEATED.search(attributes)
        times = int(repeated[1]) if repeated else 1
        if b"office:value-type=" in attributes:
            looked.reach((row, column + times - 1), name_of(row, column + times - 1))
        if any(mark in cell[0] for mark in _INTERESTING):
            seen = _look_at_cell(attributes, cell[2] or b"")
            for number in range(column, min(column + times, limits.COLUMNS)):
                yield number, seen
        column += times


def _look_at_cell(attributes: bytes, content: bytes) -> _Seen:
    error, zeros = "", ""
    if b'value-type="error"' in attributes or _is_error(attributes, content):
        shown = _TEXT.search(content)
        error = (shown[1].decode("utf-8", "replace") if shown else "") or "#N/A"
    found = _ZEROS.search(content)
    if found and b'office:value-type="float"' in attributes:
        zeros = "0" * len(found[1])
    spans = {found[1]: int(found[2]) for found in _SPAN.finditer(attributes)}
    down, across = spans.get(b"rows", 1), spans.get(b"columns", 1)
    uncalculated = not error and _is_uncalculated(attributes, content)
    return _Seen(error, uncalculated, down, across, zeros)


def _note(place: Place, seen: _Seen, looked: Looked) -> None:
    looked.add()
    if seen.error:
        looked.errors[place] = seen.error
    if seen.uncalculated:
        looked.uncalculated.add(place)
    if seen.down > 1 or seen.across > 1:
        last = place[0] + seen.down - 1, place[1] + seen.across - 1
        looked.merged.append(Merge(*place, *last))


def _is_uncalculated(attributes: bytes, content: bytes) -> bool:
    """Say whether a formula has no value; one whose value is an empty text shows that."""
    return (
        b"table:formula=" in attributes
        and b"office:value-type=" not in attributes
        and b"<text:p" not in content
    )


def _is_error(attributes: bytes, content: bytes) -> bool:
    """Say whether a formula shows an error, which LibreOffice writes as a text."""
    return b"table:formula=" in attributes and bool(
        re.search(rb"<text:p>(#[A-Z/0!?]+|Err:\d+)</text:p>", content)
    )


def _whole_rows(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Cut the content so that no row is divided."""
    rest = b""
    end = b"</table:table-row>"
    for piece in pieces:
        text = rest + piece
        cut = text.rfind(end)
        cut = cut + len(end) if cut >= 0 else 0
        rest = text[cut:]
        if cut:
            yield text[:cut]
        if len(rest) > _LONGEST_ROW:
            raise DamagedFileError
    yield rest


def _value(attributes: bytes, name: bytes) -> bytes:
    found = re.search(rb"%s=\"([^\"]*)\"" % name, attributes)
    return found[1] if found else b""
