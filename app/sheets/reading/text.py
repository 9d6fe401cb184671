"""CSV: find out letters and separator, say what was found, and read row by row."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import IO

from app.domain.kernel.words import N_, say
from app.sheets.reading import limits
from app.sheets.reading.places import name_of
from app.sheets.reading.refusals import (
    HeaderOnlyError,
    NoRowsError,
    NotASpreadsheetError,
    NotTextError,
    TooManyCellsError,
    UnclosedQuoteError,
)
from app.sheets.reading.results import Notes, Row, Sheet

SEPARATORS = {
    ",": N_("commas"), ";": N_("semicolons"), "\t": N_("tabs"), "|": N_("vertical bars"),
}  # fmt: skip
_ENCODINGS = {
    "utf-8-sig": "UTF-8", "utf-8": "UTF-8", "utf-16": "UTF-16",
    "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "cp1252": "Windows-1252",
}  # fmt: skip
_SAMPLE = 64 * 1024
_ROWS_OF_SAMPLE = 20
_LONGEST = 131_072


def open_csv(file: IO[bytes], name: str) -> Sheet:
    """Return the rows of a CSV file; every cell is a text, and a blank one is None."""
    encoding = _encoding_of(file)
    text = _text(file, encoding)
    first = text.readline(_LONGEST)
    declared = first.strip().lower().strip('"')
    skipped = declared.startswith("sep=") and len(declared) == 5
    sample = text.read(_SAMPLE) if skipped else first + text.read(_SAMPLE)
    separator = declared[4] if skipped else _separator_of(sample)
    text.detach()
    _check_rows(_rows(_text(file, encoding), separator, skip=skipped))
    told = say(
        "Read as text in %(letters)s, with cells separated by %(separator)s.",
        letters=_ENCODINGS[encoding],
        separator=say(SEPARATORS.get(separator, N_("another sign"))),
    )
    blocks = _blocks(_rows(_text(file, encoding), separator, skip=skipped))
    return Sheet(name=name, kind="csv", blocks=blocks, notes=Notes(told=(told,)))


def _blocks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while block := list(islice(rows, limits.BLOCK)):
        yield block


def _check_rows(rows: Iterator[Row]) -> None:
    filled = sum(1 for row, _ in zip(_filled(rows), range(2), strict=False) if row)
    if filled == 0:
        raise NoRowsError
    if filled == 1:
        raise HeaderOnlyError


def _filled(rows: Iterator[Row]) -> Iterator[Row]:
    return (row for row in rows if any(cell is not None for cell in row))


def _rows(text: io.TextIOWrapper, separator: str, *, skip: bool) -> Iterator[Row]:
    try:
        if skip:
            text.readline(_LONGEST)
        for number, row in enumerate(csv.reader(text, delimiter=separator)):
            if number >= limits.ROWS or len(row) > limits.COLUMNS:
                place = name_of(number, max(len(row) - 1, 0))
                raise TooManyCellsError(place, limits.ROWS, limits.COLUMNS)
            yield tuple([cell or None for cell in row])
    except csv.Error as error:
        raise UnclosedQuoteError from error
    finally:
        text.detach()


def _text(file: IO[bytes], encoding: str) -> io.TextIOWrapper:
    file.seek(0)
    return io.TextIOWrapper(file, encoding=encoding, newline="")


def _encoding_of(file: IO[bytes]) -> str:
    """Tell the letters: by a byte order mark, by zeros between them, or because they decode."""
    file.seek(0)
    head = file.read(_SAMPLE)
    if head.startswith(codecs.BOM_UTF8):
        return _decoding(file, "utf-8-sig")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decoding(file, "utf-16")
    low, high = head[0::2].count(0), head[1::2].count(0)
    for encoding, zeros, others in (("utf-16-le", high, low), ("utf-16-be", low, high)):
        if zeros > len(head) // 4 and not others:
            return _decoding(file, encoding)
    if b"\0" in head or sum(byte < 9 for byte in head) > 0:
        raise NotASpreadsheetError
    try:
        return _decoding(file, "utf-8")
    except NotTextError:
        return _decoding(file, "cp1252")


def _decoding(file: IO[bytes], encoding: str) -> str:
    """Return the encoding when the whole file can be read in it."""
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while piece := file.read(limits.PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise NotTextError from error
    return encoding


def _separator_of(sample: str) -> str:
    """Choose the sign that divides most rows into the same number of cells, above one.

    A sign by which every quotation mark stands at the edge of a cell goes before all others.
    """
    for strict in (True, False):
        found = {
            separator: max((count, width) for width, count in widths.items() if width > 1)
            for separator in SEPARATORS
            if (widths := _widths(sample, separator, strict=strict)).keys() - {1}
        }
        if found:
            return max(found, key=lambda separator: found[separator])
    return ","


def _widths(sample: str, separator: str, *, strict: bool) -> Counter[int]:
    """Count the rows of the sample by their number of cells; none when they cannot be read."""
    widths: Counter[int] = Counter()
    rows = csv.reader(io.StringIO(sample, newline=""), delimiter=separator, strict=strict)
    try:
        for row in rows:
            if row and any(row):
                widths[len(row)] += 1
            if widths.total() >= _ROWS_OF_SAMPLE:
                break
    except csv.Error as error:
        # The sample may end within a cell, and the rows before it tell enough.
        return widths if "unexpected end" in str(error) else Counter()
    return widths
