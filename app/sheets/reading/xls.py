"""Look an old Excel workbook (BIFF in an OLE file) over for what its values hide."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from app.sheets.reading import limits
from app.sheets.reading.looks import Looked
from app.sheets.reading.properties import STREAM, property_of
from app.sheets.reading.refusals import (
    DamagedFileError,
    NotASpreadsheetError,
    PasswordProtectedError,
)
from app.sheets.reading.results import Place
from app.sheets.reading.xlsx import BUILT_IN, TEMPLATE_PROPERTY, tells

_END_OF_CHAIN = 0xFFFFFFFA
_STREAM, _ROOT, _SMALL = 2, 5, 64
_WANTED = ("workbook", "book", "encryptedpackage", STREAM.lower())
_BOF, _EOF, _FILEPASS, _SHEET, _FORMAT, _XF = 0x809, 0x0A, 0x2F, 0x85, 0x41E, 0xE0
_FORMULA, _BOOLERR, _NUMBER, _RK, _MULRK, _BLANK = 0x06, 0x205, 0x203, 0x27E, 0xBD, 0x201
_STYLED = {_FORMULA, _NUMBER, _RK, 0xFD, 0x204}
_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!",
    0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip


def workbook_of(file: IO[bytes]) -> tuple[bytes, str]:
    """Return the stream of the workbook, and the mark of the template that it was made from.

    Other documents and encrypted ones are refused.
    """
    file.seek(0)
    data = file.read()
    try:
        streams = dict(_streams(data))
    except (struct.error, IndexError) as error:
        raise DamagedFileError from error
    if "EncryptedPackage" in streams:
        raise PasswordProtectedError
    for name in ("Workbook", "Book", "WORKBOOK", "BOOK"):
        if name in streams:
            book = streams[name]
            if any(kind == _FILEPASS for kind, _ in _records(book[:4096], 0)):
                raise PasswordProtectedError
            return book, property_of(streams.get(STREAM, b""), TEMPLATE_PROPERTY)
    raise NotASpreadsheetError


def notes_of(book: bytes, sheet: str) -> Looked:
    """Look at one sheet of the workbook for errors and number formats."""
    looked = Looked()
    try:
        start, formats = _globals(book, sheet)
        if start:
            formulas = _Formulas()
            for kind, body in _records(book, start):
                _look_at(kind, body, formats, looked)
                if kind == _FORMULA:
                    formulas.add(body)
            formulas.note(looked)
    except (struct.error, IndexError) as error:
        raise DamagedFileError from error
    return looked


def _streams(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the streams of an OLE file that matter; short ones lie in sectors of their own size."""
    shift = struct.unpack_from("<H", data, 30)[0]
    if shift not in (9, 12):
        raise DamagedFileError
    size = 1 << shift
    least = struct.unpack_from("<I", data, 56)[0]
    table = _allocation(data, size)
    entries = list(_entries(_chain(data, table, _number(data, 48), size, len(data))))
    small, small_table = b"", list[int]()
    for _name, kind, start, long in entries:
        if kind == _ROOT:
            # Sectors are counted after a header, which the small ones do not have.
            small = bytes(_SMALL) + _chain(data, table, start, size, long)
            numbers = _chain(data, table, _number(data, 60), size, len(data))
            small_table = [
                *struct.unpack(f"<{len(numbers) // 4}I", numbers[: len(numbers) // 4 * 4])
            ]
    for name, kind, start, long in entries:
        if kind != _STREAM or name.lower() not in _WANTED:
            continue
        if long >= least:
            yield name, _chain(data, table, start, size, long)
        else:
            yield name, _chain(small, small_table, start, _SMALL, long)


def _entries(directory: bytes) -> Iterator[tuple[str, int, int, int]]:
    """Yield name, kind, first sector and length of each entry of the directory."""
    for at in range(0, len(directory) - 127, 128):
        length = min(struct.unpack_from("<H", directory, at + 64)[0], 64)
        name = directory[at : at + max(length - 2, 0)].decode("utf-16-le", "replace")
        start, long = struct.unpack_from("<II", directory, at + 116)
        yield name, directory[at + 66], start, long


def _number(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<I", data, at)[0])


def _allocation(data: bytes, size: int) -> list[int]:
    sectors = [at for at in struct.unpack_from("<109I", data, 76) if at < _END_OF_CHAIN]
    following = struct.unpack_from("<I", data, 68)[0]
    seen = set()
    while following < _END_OF_CHAIN and following not in seen:
        seen.add(following)
        more = struct.unpack_from(f"<{size // 4}I", data, (following + 1) * size)
        sectors += [at for at in more[:-1] if at < _END_OF_CHAIN]
        following = more[-1]
    table: list[int] = []
    for at in sectors[: len(data) // size + 1]:
        piece = data[(at + 1) * size : (at + 2) * size]
        table += struct.unpack(f"<{len(piece) // 4}I", piece[: len(piece) // 4 * 4])
    return table


def _chain(data: bytes, table: list[int], start: int, size: int, long: int) -> bytes:
    if long > len(data):
        # A chain that runs in a circle would be as long as the directory claims.
        raise DamagedFileError
    pieces, seen = [], 0
    while start < _END_OF_CHAIN and seen < long:
        pieces.append(data[(start + 1) * size : (start + 2) * size])
        seen += size
        start = table[start]
    return b"".join(pieces)[:long]


def _records(book: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Yield kind and body of the records from ``at`` to the end of the substream."""
    depth, end = 0, len(book) - 4
    read = struct.Struct("<HH").unpack_from
    while at <= end:
        kind, length = read(book, at)
        yield kind, book[at + 4 : at + 4 + length]
        at += 4 + length
        if kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                return


def _globals(book: bytes, sheet: str) -> tuple[int, dict[int, str]]:
    """Return where a sheet begins, and the formats of styles that say more than a value."""
    start, codes, styles = 0, dict(BUILT_IN), []
    wide = True
    for kind, body in _records(book, 0):
        if kind == _BOF:
            wide = struct.unpack_from("<H", body)[0] >= 0x600
        elif kind == _SHEET:
            name = _string(body[6:], wide=wide, short=True)
            start = struct.unpack_from("<I", body)[0] if name == sheet else start
        elif kind == _FORMAT:
            codes[struct.unpack_from("<H", body)[0]] = _string(body[2:], wide=wide, short=False)
        elif kind == _XF:
            styles.append(struct.unpack_from("<H", body, 2)[0])
    telling = {at: codes.get(number, "") for at, number in enumerate(styles)}
    return start, {at: code for at, code in telling.items() if tells(code)}


def _string(body: bytes, *, wide: bool, short: bool) -> str:
    if not wide:
        return body[1 : 1 + body[0]].decode("cp1252", "replace")
    length = body[0] if short else struct.unpack_from("<H", body)[0]
    rest = body[1 if short else 2 :]
    if rest[0] & 1:
        return rest[1 : 1 + 2 * length].decode("utf-16-le", "replace")
    return rest[1 : 1 + length].decode("latin-1")


def _look_at(kind: int, body: bytes, formats: dict[int, str], looked: Looked) -> None:
    if kind == _MULRK:
        row, column = struct.unpack_from("<HH", body)
        for at in range(4, len(body) - 2, 6):
            _style((row, column), struct.unpack_from("<H", body, at)[0], formats, looked)
            column += 1
    elif kind in _STYLED or kind == _BOOLERR:
        row, column, style = struct.unpack_from("<HHH", body)
        _style((row, column), style, formats, looked)
        code = None
        if kind == _BOOLERR and body[7]:
            code = body[6]
        elif kind == _FORMULA and body[12:14] == b"\xff\xff" and body[6] == 2:
            code = body[8]
        if code is not None:
            looked.add()
            looked.errors[row, column] = _ERRORS.get(code, "#N/A")


@dataclass
class _Formulas:
    """The formulas of a sheet whose value is an empty text: so they stand, too, in a file that
    was never calculated. Only where there is no other value are they taken for that.
    """

    empty: list[Place] = field(default_factory=list)
    calculated: bool = False

    def add(self, body: bytes) -> None:
        if body[12:14] == b"\xff\xff" and body[6] == 3:
            if len(self.empty) <= limits.NOTES:
                row, column = struct.unpack_from("<HH", body)
                self.empty.append((row, column))
        else:
            self.calculated = True

    def note(self, looked: Looked) -> None:
        for place in () if self.calculated else self.empty:
            looked.add()
            looked.uncalculated.add(place)


def _style(place: tuple[int, int], style: int, formats: dict[int, str], looked: Looked) -> None:
    if style in formats:
        looked.run(place, formats[style])
