"""The fonts of documents, and which characters they can show."""

import struct
from collections.abc import Sequence
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
FAMILIES = ("Inter", "DejaVu Sans")
"""What invoices are set in."""
SERIF = ("Noto Serif Display", "Noto Naskh Arabic", "DejaVu Sans")
SANS = ("Inter", "Noto Naskh Arabic", "DejaVu Sans")
"""What awards are set in: their display face, and the face of their small print."""

ALL = tuple(dict.fromkeys((*FAMILIES, *SERIF, *SANS)))

_FACES = {
    "Inter": ("Inter-Regular.otf", "Inter-SemiBold.otf"),
    "DejaVu Sans": ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    "Noto Serif Display": ("NotoSerifDisplay-Regular.ttf", "NotoSerifDisplay-Italic.ttf"),
    "Noto Naskh Arabic": ("NotoNaskhArabic-Regular.ttf",),
}


@cache
def covered(families: Sequence[str] = FAMILIES) -> frozenset[int]:
    """Return the code points that some family has in every weight and style used."""
    found: set[int] = set()
    for family in families:
        faces = _FACES[family]
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
