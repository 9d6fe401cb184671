"""The fonts of documents, and which characters they can show."""

import struct
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
FAMILIES = ("Inter", "DejaVu Sans")
FORMAL = ("Noto Serif", "Noto Naskh Arabic")
"""What certificates, transcripts and letters are set in."""
DISPLAY = ("Noto Serif Display", "Noto Naskh Arabic")
"""Their large lines: names and titles."""
ALL = tuple(dict.fromkeys((*FAMILIES, *FORMAL, *DISPLAY)))

_FACES = (
    ("Inter-Regular.otf", "Inter-SemiBold.otf"),
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
)


_FORMAL_FACES = (
    ("NotoSerif-Regular.ttf", "NotoSerif-Bold.ttf", "NotoSerif-Italic.ttf"),
    ("NotoNaskhArabic-Regular.ttf", "NotoNaskhArabic-Bold.ttf"),
)
_DISPLAY_FACES = (
    ("NotoSerifDisplay-Regular.ttf", "NotoSerifDisplay-Italic.ttf"),
    ("NotoNaskhArabic-Regular.ttf",),
)


@cache
def covered() -> frozenset[int]:
    """Return the code points that some family has in every weight used."""
    return _common(_FACES)


@cache
def formal_characters() -> frozenset[int]:
    """Return the code points that documents can print, small and large, whatever the weight."""
    return _common(_FORMAL_FACES) & _common(_DISPLAY_FACES)


def _common(families: tuple[tuple[str, ...], ...]) -> frozenset[int]:
    found: set[int] = set()
    for faces in families:
        found |= set.intersection(*(_characters((FOLDER / face).read_bytes()) for face in faces))
    return frozenset(found)


def _characters(font: bytes) -> set[int]:
    """Return the code points of an OpenType font, from the tables of its ``cmap``."""
    start = _table(font, b"cmap")
    (count,) = struct.unpack_from(">H", font, start + 2)
    found: set[int] = set()
    for index in range(count):
        (offset,) = struct.unpack_from(">I", font, start + 4 + index * 8 + 4)
        (kind,) = struct.unpack_from(">H", font, start + offset)
        if kind == 4:
            found |= _segments(font, start + offset)
        elif kind == 12:
            found |= _groups(font, start + offset)
    return found - {0xFFFF}


def _table(font: bytes, name: bytes) -> int:
    (count,) = struct.unpack_from(">H", font, 4)
    for index in range(count):
        tag, _, offset, _ = struct.unpack_from(">4sIII", font, 12 + index * 16)
        if tag == name:
            return int(offset)
    raise ValueError(f"The font has no table {name!r}.")


def _segments(font: bytes, at: int) -> set[int]:
    (twice,) = struct.unpack_from(">H", font, at + 6)
    ends = struct.unpack_from(f">{twice // 2}H", font, at + 14)
    starts = struct.unpack_from(f">{twice // 2}H", font, at + 16 + twice)
    return {point for first, last in zip(starts, ends, strict=True) for point in _run(first, last)}


def _groups(font: bytes, at: int) -> set[int]:
    (count,) = struct.unpack_from(">I", font, at + 12)
    runs = (struct.unpack_from(">II", font, at + 16 + index * 12) for index in range(count))
    return {point for first, last in runs for point in _run(first, last)}


def _run(first: int, last: int) -> range:
    return range(first, last + 1)
