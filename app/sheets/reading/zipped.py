"""Look into a zip without trusting it: its directory, and what its parts really unpack to."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from app.sheets.reading import limits
from app.sheets.reading.refusals import (
    DamagedFileError,
    ForbiddenMarkupError,
    PasswordProtectedError,
    TooMuchInsideError,
)

_END, _END_SIZE = b"PK\x05\x06", 22
_LOCATOR, _LOCATOR_SIZE, _END64_SIZE = b"PK\x06\x07", 20, 56
_LONGEST_COMMENT = 65_535
_DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY", b"<!doctype", b"<!entity")


@dataclass
class Zip:
    """The parts of a zip by name, each unpacked only as far as it may be."""

    file: IO[bytes]
    parts: dict[str, zipfile.ZipInfo]
    most: int = limits.UNPACKED_BYTES
    unpacked: int = field(default=0)

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield a part piece by piece, counting what really comes out."""
        info = self.parts[name]
        yield from self._counted(info, _inflated(self.file, info))

    def xml(self, name: str) -> Iterator[bytes]:
        """Yield a part of XML piece by piece, and refuse document types and entities."""
        tail = b""
        for piece in self.pieces(name):
            seen = tail + piece
            if b"<!" in seen and any(mark in seen for mark in _DECLARATIONS):
                raise ForbiddenMarkupError
            tail = piece[-16:]
            yield piece

    def small(self, name: str) -> bytes:
        """Return a whole part of XML that has to be small, or nothing when it is not there."""
        if name not in self.parts:
            return b""
        whole = bytearray()
        for piece in self.xml(name):
            whole += piece
            if len(whole) > limits.SMALL_PART:
                raise TooMuchInsideError
        return bytes(whole)

    def _counted(self, info: zipfile.ZipInfo, pieces: Iterator[bytes]) -> Iterator[bytes]:
        size = 0
        for piece in pieces:
            size += len(piece)
            self.unpacked += len(piece)
            too_much = self.unpacked > self.most or _is_bomb(size, info.compress_size)
            if too_much or size > info.file_size:
                raise TooMuchInsideError
            yield piece


def open_zip(
    file: IO[bytes], *, parts: int = limits.PARTS, most: int = limits.UNPACKED_BYTES
) -> Zip:
    """Read the directory of a zip; refuse too many parts, double names, bombs and passwords."""
    _check_directory(file, parts)
    try:
        entries = zipfile.ZipFile(file).infolist()
    except (zipfile.BadZipFile, struct.error, ValueError, OverflowError) as error:
        raise DamagedFileError from error
    named = {entry.filename: entry for entry in entries}
    if len(named) != len(entries):
        raise DamagedFileError
    for entry in entries:
        _check_entry(entry)
    if sum(entry.file_size for entry in entries) > most:
        raise TooMuchInsideError
    return Zip(file, named, most)


def _check_directory(file: IO[bytes], parts: int) -> None:
    """Refuse a directory that would itself fill the memory, before it is read."""
    size = file.seek(0, 2)
    start = max(0, size - _LONGEST_COMMENT - _END_SIZE - _LOCATOR_SIZE - _END64_SIZE)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise DamagedFileError
    count, length = struct.unpack("<HL", tail[at + 10 : at + 16])
    locator = at - _LOCATOR_SIZE
    if locator >= _END64_SIZE and tail[locator : locator + 4] == _LOCATOR:
        end = tail[locator - _END64_SIZE : locator]
        count, length = struct.unpack("<QQ", end[32:48])
    if count > parts or length > limits.DIRECTORY_BYTES:
        raise TooMuchInsideError
    file.seek(0)


def _check_entry(entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & 0x1:
        raise PasswordProtectedError
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DamagedFileError
    if _is_bomb(entry.file_size, entry.compress_size):
        raise TooMuchInsideError


def _is_bomb(size: int, packed: int) -> bool:
    return size > limits.RATIO_FROM and size > packed * limits.RATIO


def _inflated(file: IO[bytes], info: zipfile.ZipInfo) -> Iterator[bytes]:
    """Unpack the bytes of one part, whatever its header claims that they become."""
    at = _data_of(file, info)
    left = info.compress_size
    engine = zlib.decompressobj(-15) if info.compress_type == zipfile.ZIP_DEFLATED else None
    while left:
        file.seek(at)
        packed = file.read(min(left, limits.PIECE // 8))
        if not packed:
            raise DamagedFileError
        at, left = at + len(packed), left - len(packed)
        if engine is None:
            yield packed
            continue
        try:
            yield from _drained(engine, packed)
        except zlib.error as error:
            raise DamagedFileError from error


def _drained(engine: zlib._Decompress, packed: bytes) -> Iterator[bytes]:
    while packed and not engine.eof:
        piece = engine.decompress(packed, limits.PIECE)
        if piece:
            yield piece
        packed = engine.unconsumed_tail


def _data_of(file: IO[bytes], info: zipfile.ZipInfo) -> int:
    """Return where the bytes of a part begin, after its own header."""
    file.seek(info.header_offset)
    header = file.read(30)
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise DamagedFileError
    name, extra = struct.unpack("<HH", header[26:30])
    return info.header_offset + 30 + int(name) + int(extra)
