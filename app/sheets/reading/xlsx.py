"""Look an xlsx over in bounded memory: what calamine hides, and what would hurt it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from xml.sax.saxutils import unescape

from app.sheets.reading import limits
from app.sheets.reading.looks import Book, Looked
from app.sheets.reading.places import column_of, place_of
from app.sheets.reading.refusals import (
    BinaryWorkbookError,
    DamagedFileError,
    NotASpreadsheetError,
)
from app.sheets.reading.results import Merge, Place
from app.sheets.reading.zipped import Zip

_BOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_STYLES = "xl/styles.xml"
_PROPERTIES = "docProps/custom.xml"
TEMPLATE_PROPERTY = "Template"

_TAG = rb"<(?:\w+:)?%s\b([^>]*)>"
_CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*[^>/])>(.*?)</(?:\w+:)?c>", re.S)
_ERROR = re.compile(rb"<(?:\w+:)?c\s([^>]*\bt\s*=\s*[\"']e[\"'][^>]*)>(.*?)</(?:\w+:)?c>", re.S)
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]+)<")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_FORMULA_MARKS = (re.compile(rb"<f[\s>/]"), re.compile(rb":f[\s>/]"))
"""Patterns that begin with plain letters are looked for ten times as fast as others."""
_FAR = re.compile(rb"r\s*=\s*[\"']([A-Za-z]{2,3}[0-9]+|[A-Za-z][0-9]{6,})[\"'](?:[^>]*[^>/])?>")
_IN_NAME = re.compile(rb"\w")
_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*\bref=[\"']([A-Z]+[0-9]+):([A-Z]+[0-9]+)[\"']")
_CELL_ENDS = (b"</c>", b":c>", b"<row", b":row ")
_TEXT_RESULT = re.compile(rb"\bt\s*=\s*[\"'](?:str|s|b)[\"']")
BUILT_IN = {
    14: "mm-dd-yy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "m/d/yy h:mm", 49: "@",
}  # fmt: skip
"""Number formats that Excel knows by number alone (ECMA-376, 18.8.30), as far as they matter."""
_DATES = re.compile(r"[dmyDMY]")
_NOT_LETTERS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')


def look_over(archive: Zip) -> Book:
    """Look every part of the workbook over, and each sheet for what its values hide."""
    if "xl/workbook.bin" in archive.parts:
        raise BinaryWorkbookError
    if _BOOK not in archive.parts:
        raise NotASpreadsheetError
    formats = _telling_formats(archive.small(_STYLES))
    paths = _sheet_paths(archive)
    sheets = {}
    for name, path in paths.items():
        looked = _look_at(archive.xml(path), formats)
        if looked.has_data:
            sheets[name] = looked
    known = {_BOOK, _RELATIONS, _STYLES, *paths.values()}
    for part in archive.parts:
        if part not in known and part.lower().endswith((".xml", ".rels")):
            for _ in archive.xml(part):
                pass
    return Book(sheets, _template(archive.small(_PROPERTIES)))


def visible_sheets(archive: Zip) -> list[str]:
    """Return the names of the visible sheets, in order; none where there is no workbook."""
    return list(_sheet_paths(archive)) if _BOOK in archive.parts else []


def _template(properties: bytes) -> str:
    found = re.search(
        rb'name="%s"[^>]*>\s*<(?:\w+:)?lpwstr\b[^>]*>([^<]{1,200})<' % TEMPLATE_PROPERTY.encode(),
        properties,
    )
    return _text(found[1]) if found else ""


def _sheet_paths(archive: Zip) -> dict[str, str]:
    """Map the names of the visible sheets to their parts, in order."""
    targets = {}
    for tag in re.finditer(_TAG % b"Relationship", archive.small(_RELATIONS)):
        target = _attribute(tag[1], b"Target")
        path = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
        targets[_attribute(tag[1], b"Id")] = posixpath.normpath(path)
    paths = {}
    for tag in re.finditer(_TAG % b"sheet", archive.small(_BOOK)):
        path = targets.get(_attribute(tag[1], rb"\w+:id"), "")
        if _attribute(tag[1], b"state").lower() in ("hidden", "veryhidden"):
            continue
        if path in archive.parts and "chartsheets/" not in path and "dialogsheets/" not in path:
            paths[_attribute(tag[1], b"name")] = path
    if not targets:
        raise DamagedFileError
    return paths


def _telling_formats(styles: bytes) -> dict[bytes, str]:
    """Map the number of each style whose format says more than the value to that format."""
    codes = dict(BUILT_IN)
    for tag in re.finditer(_TAG % b"numFmt", styles):
        number = _attribute(tag[1], b"numFmtId")
        if number.isdigit():
            codes[int(number)] = _attribute(tag[1], b"formatCode")
    block = re.search(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", styles, re.S)
    telling = {}
    for at, tag in enumerate(re.finditer(_TAG % b"xf", block[0] if block else b"")):
        number = _attribute(tag[1], b"numFmtId")
        code = codes.get(int(number), "") if number.isdigit() else ""
        if tells(code):
            telling[str(at).encode()] = code
    return telling


def tells(code: str) -> bool:
    """Say whether a number format is text, shows leading zeros, or a date."""
    bare = _NOT_LETTERS.sub("", code)
    return code == "@" or (len(bare) > 1 and not bare.strip("0")) or bool(_DATES.search(bare))


def _look_at(pieces: Iterator[bytes], formats: dict[bytes, str]) -> Looked:
    looked = Looked()
    styled = _Styled(formats) if formats else None
    for text in _whole_cells(pieces):
        looked.has_data = looked.has_data or bool(_VALUE.search(text) or b"<is>" in text)
        _find_far(text, looked)
        _find_errors(text, looked)
        _find_formulas(text, looked)
        _find_merges(text, looked)
        if styled:
            styled.note(text, looked)
    return looked


class _Styled:
    """Finds the filled-in cells whose number format says more than their value."""

    def __init__(self, formats: dict[bytes, str]) -> None:
        self._formats = formats
        self._columns: dict[bytes, int] = {}
        styles = b"|".join(formats)
        self._any = re.compile(
            rb"<(?:\w+:)?c\s([^>]*?)\bs=[\"'](%s)[\"']((?:[^>]*[^>/])?)>" % styles
        )
        self._usual = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})" s="(%s)"([^>]*)>' % styles)
        self._signs = (re.compile(rb's="(?:%s)"' % styles), re.compile(rb"s='(?:%s)'" % styles))

    def note(self, text: bytes, looked: Looked) -> None:
        """Note them in the way of all programs, unless there is one that is written otherwise."""
        usual = self._usual.findall(text)
        if len(usual) == sum(len(sign.findall(text)) for sign in self._signs):
            for letters, number, style, rest in usual:
                if not rest.endswith(b"/"):
                    looked.run((int(number) - 1, self._column(letters)), self._formats[style])
            return
        for cell in self._any.finditer(text):
            place = _place(cell[1] + cell[3])
            if place:
                looked.run(place, self._formats[cell[2]])

    def _column(self, letters: bytes) -> int:
        if letters not in self._columns:
            self._columns[letters] = column_of(letters.decode())
        return self._columns[letters]


def _find_far(text: bytes, looked: Looked) -> None:
    for far in _FAR.finditer(text):
        if _IN_NAME.fullmatch(text[max(far.start() - 1, 0) : far.start()]):
            continue  # the end of another attribute's name
        shown = far[1].decode()
        looked.reach(place_of(shown), shown)


def _find_errors(text: bytes, looked: Looked) -> None:
    if b't="e"' not in text and b"t='e'" not in text:
        return
    for cell in _ERROR.finditer(text):
        place, value = _place(cell[1]), _VALUE.search(cell[2])
        if place:
            looked.add()
            looked.errors[place] = _text(value[1]) if value else "#N/A"


def _find_formulas(text: bytes, looked: Looked) -> None:
    if not any(mark.search(text) for mark in _FORMULA_MARKS):
        return
    for cell in _CELL.finditer(text):
        if not _FORMULA.search(cell[2]) or _VALUE.search(cell[2]) or _TEXT_RESULT.search(cell[1]):
            continue
        place = _place(cell[1])
        if place:
            looked.add()
            looked.uncalculated.add(place)


def _find_merges(text: bytes, looked: Looked) -> None:
    if b"mergeCell" not in text:
        return
    for found in _MERGE.finditer(text):
        first, last = place_of(found[1].decode()), place_of(found[2].decode())
        looked.add()
        looked.merged.append(Merge(*first, *last))


def _whole_cells(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Cut a sheet so that no cell is divided."""
    rest = b""
    for piece in pieces:
        text = rest + piece
        cut = max(text.rfind(end) for end in _CELL_ENDS)
        cut = text.find(b">", cut) + 1 if cut >= 0 else 0
        if not cut and len(text) > limits.LONGEST_CELL:
            # No cell in so much text: the many tags of something else, which holds no notes.
            cut = len(text) - 1000
        rest = text[cut:]
        if cut:
            yield text[:cut]
        if len(rest) > limits.LONGEST_CELL + limits.PIECE:
            raise DamagedFileError
    yield rest


def _place(attributes: bytes) -> Place | None:
    found = re.search(rb"\br\s*=\s*[\"']([A-Za-z]{1,3}[0-9]{1,7})[\"']", attributes)
    return place_of(found[1].decode()) if found else None


def _attribute(attributes: bytes, name: bytes) -> str:
    found = re.search(rb"(?:^|\s)%s\s*=\s*(?:\"([^\"]*)\"|'([^']*)')" % name, attributes)
    return _text(found[1] if found[1] is not None else found[2]) if found else ""


def _text(raw: bytes) -> str:
    return unescape(raw.decode("utf-8", "replace"), {"&quot;": '"', "&apos;": "'"})
