"""Read one of the properties that a user of an old Office document has added ([MS-OLEPS])."""

from __future__ import annotations

import codecs
import struct
from collections.abc import Iterator
from uuid import UUID

STREAM = "\x05DocumentSummaryInformation"
_USERS = UUID("D5CDD505-2E9C-101B-9397-08002B2CF9AE").bytes_le
_NAMES, _LETTERS = 0, 1
_NARROW, _WIDE = 0x1E, 0x1F
_UTF_16, _UTF_8 = 1200, 65001
_MOST = 200
"""Properties that are looked at; nobody adds so many."""


def property_of(stream: bytes, name: str) -> str:
    """Return the text of the property ``name``, or nothing where there is none or it is damaged."""
    try:
        for start in _sections(stream):
            places = dict(_pairs(stream, start + 4))
            letters = _letters(stream, start, places.get(_LETTERS, 0))
            for number, known in _names(stream, start + places.get(_NAMES, 0), letters):
                if known == name and number in places:
                    return _text(stream, start + places[number], letters)
    except (struct.error, IndexError, LookupError, UnicodeError):
        return ""
    return ""


def _sections(stream: bytes) -> Iterator[int]:
    """Yield where the lists of properties begin that users have added."""
    count = min(_number(stream, 24), 2)
    for at in range(28, 28 + 20 * count, 20):
        if stream[at : at + 16] == _USERS:
            yield _number(stream, at + 16)


def _pairs(stream: bytes, at: int) -> Iterator[tuple[int, int]]:
    """Yield the number of each property with its place in the section."""
    for step in range(min(_number(stream, at), _MOST)):
        yield _number(stream, at + 4 + 8 * step), _number(stream, at + 8 + 8 * step)


def _letters(stream: bytes, start: int, place: int) -> str:
    page = int(struct.unpack_from("<H", stream, start + place + 4)[0]) if place else 1252
    if page in (_UTF_8, _UTF_16):
        return "utf-8" if page == _UTF_8 else "utf-16-le"
    return codecs.lookup(f"cp{page}").name


def _names(stream: bytes, at: int, letters: str) -> Iterator[tuple[int, str]]:
    """Yield the number of each property with the name that the user gave it."""
    count = min(_number(stream, at), _MOST)
    at += 4
    for _ in range(count):
        number, length = _number(stream, at), _number(stream, at + 4)
        size = 2 * length if letters == "utf-16-le" else length
        yield number, stream[at + 8 : at + 8 + size].decode(letters).rstrip("\0")
        at += 8 + size
        if letters == "utf-16-le":
            at += -size % 4


def _text(stream: bytes, at: int, letters: str) -> str:
    kind, length = _number(stream, at), min(_number(stream, at + 4), 2 * _MOST)
    if kind == _WIDE:
        return stream[at + 8 : at + 8 + 2 * length].decode("utf-16-le").rstrip("\0")
    if kind == _NARROW:
        return stream[at + 8 : at + 8 + length].decode(letters).rstrip("\0")
    return ""


def _number(stream: bytes, at: int) -> int:
    return int(struct.unpack_from("<I", stream, at)[0])
