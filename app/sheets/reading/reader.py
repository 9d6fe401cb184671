"""Open a spreadsheet that anybody may have made."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import IO, Any

from app.sheets.reading import limits, ods, xls, xlsx
from app.sheets.reading.looks import Book, Looked
from app.sheets.reading.process import Child, running
from app.sheets.reading.refusals import (
    EmptyFileError,
    FileTooBigError,
    HeaderOnlyError,
    NoRowsError,
    NoSuchSheetError,
    NotASpreadsheetError,
    OldXmlError,
    SeveralSheetsError,
    TooManyCellsError,
    WebPageError,
)
from app.sheets.reading.results import Merge, Row, Sheet
from app.sheets.reading.text import open_csv
from app.sheets.reading.zipped import Zip, open_zip

INSTRUCTIONS = "Instructions"
"""The sheet of our templates that nobody fills in."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NEVER = (b"MZ", b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x7fELF", b"\x1f\x8b", b"Rar!")


@contextmanager
def open_sheet(file: IO[bytes], sheet: str = "") -> Iterator[Sheet]:
    """Give the sheet that holds data, whose rows are read while they are asked for.

    Name the ``sheet`` when several hold data; without, `SeveralSheetsError` lists them. Raise
    another `FileRefusedError` when the file cannot be read. `file` has to stay open meanwhile.
    """
    with _real_file(file) as real:
        head = _head_of(real)
        if head.startswith(_OLE):
            with _opened_xls(real, sheet) as opened:
                yield opened
        elif head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            with _opened_zip(real, sheet) as opened:
                yield opened
        else:
            _refuse_markup(head)
            yield open_csv(real, "CSV")


def read_sheet(file: IO[bytes], sheet: str = "") -> Sheet:
    """Return the sheet with all its rows in a tuple."""
    with open_sheet(file, sheet) as opened:
        return replace(opened, blocks=tuple(opened.blocks))


@contextmanager
def _real_file(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """Give a file that a child can be handed, checked for its size."""
    size = file.seek(0, 2)
    file.seek(0)
    if not size:
        raise EmptyFileError
    if size > limits.FILE_BYTES:
        raise FileTooBigError(size, limits.FILE_BYTES)
    with tempfile.TemporaryFile() as real:
        shutil.copyfileobj(file, real, limits.PIECE)
        real.flush()
        real.seek(0)
        yield real


def _head_of(file: IO[bytes]) -> bytes:
    file.seek(0)
    head = file.read(4096)
    if head.startswith(_NEVER):
        raise NotASpreadsheetError
    return head


def _refuse_markup(head: bytes) -> None:
    """Refuse web pages and single files of XML, which are often named .xls."""
    start = head.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").lstrip().lower()
    if start.startswith(b"<?xml"):
        raise WebPageError if b"<html" in start else OldXmlError
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<meta", b"<style")):
        raise WebPageError
    if start.startswith(b"<"):
        raise NotASpreadsheetError


@contextmanager
def _opened_zip(file: IO[bytes], sheet: str) -> Iterator[Sheet]:
    """Look a zip over while a child reads already what will most likely be wanted of it.

    Only the child, which has its limits, meets a hostile file before it is refused here, and
    nothing of what it reads is taken until the look is over.
    """
    archive = open_zip(file)
    kind = "xlsx" if "[Content_Types].xml" in archive.parts else "ods"
    with ExitStack() as children:
        likely = _likely(archive, sheet) if kind == "xlsx" else ""
        child = children.enter_context(running(file, likely)) if likely else None
        book = (xlsx if kind == "xlsx" else ods).look_over(archive)
        name = _chosen(book, sheet)
        if child is None or name != likely:
            if child is not None:
                child.end()
            child = children.enter_context(running(file, name))
        yield _sheet(kind, name, book, child.answer(), child)


def _likely(archive: Zip, sheet: str) -> str:
    """Return the sheet that will be read unless the look finds otherwise; nothing in doubt."""
    names = xlsx.visible_sheets(archive)
    if sheet:
        return sheet if sheet in names else ""
    names = [name for name in names if name != INSTRUCTIONS]
    return names[0] if len(names) == 1 else ""


@contextmanager
def _opened_xls(file: IO[bytes], sheet: str) -> Iterator[Sheet]:
    stream, template = xls.workbook_of(file)
    file.seek(0)
    with running(file, "") as child:
        said = child.answer()
        names = said["sheets"]
        if "name" in said and sheet in ("", said["name"]):
            yield _old_sheet(stream, template, said, child)
            return
    name = _chosen(Book({name: Looked(has_data=True) for name in names}, template), sheet)
    file.seek(0)
    with running(file, name) as child:
        yield _old_sheet(stream, template, {**child.answer(), "sheets": names}, child)


def _old_sheet(stream: bytes, template: str, said: dict[str, Any], child: Child) -> Sheet:
    name = said["name"]
    book = Book({other: Looked() for other in said["sheets"]}, template)
    book.sheets[name] = xls.notes_of(stream, name)
    book.sheets[name].merged = [Merge(*first, *last) for first, last in said["merged"]]
    return _sheet("xls", name, book, said, child)


def _chosen(book: Book, sheet: str) -> str:
    """Return the sheet to read; instructions of a template are not data."""
    names = list(book.sheets)
    if not names:
        raise NoRowsError
    if sheet:
        if sheet not in names:
            raise NoSuchSheetError(sheet, names)
        return sheet
    if len(names) > 1 and (book.template or len(names) == 2):
        names = [name for name in names if name != INSTRUCTIONS]
    if len(names) > 1:
        raise SeveralSheetsError(names)
    return names[0]


def _sheet(kind: str, name: str, book: Book, said: dict[str, Any], child: Child) -> Sheet:
    if said["filled"] == 0:
        raise NoRowsError
    if said["filled"] == 1:
        raise HeaderOnlyError
    return Sheet(
        name=name,
        kind=kind,
        blocks=_bounded(child.blocks()),
        notes=book.sheets[name].notes(),
        others=tuple(other for other in book.sheets if other != name),
        template=book.template,
    )


def _bounded(blocks: Iterator[list[Row]]) -> Iterator[list[Row]]:
    """Refuse a row too many, whatever the look before has missed."""
    count = 0
    for block in blocks:
        count += len(block)
        if count > limits.ROWS:
            raise TooManyCellsError(f"A{limits.ROWS + 1}", limits.ROWS, limits.COLUMNS)
        yield block
