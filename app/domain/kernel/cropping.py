"""The part of a picture that becomes a photo of 35 by 45 mm: suggested, and read from a form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from app.domain.kernel.words import N_, say
from app.errors import FieldErrors

SMALLEST = (413, 531)  # 35 × 45 mm at 300 dpi
_ACROSS, _DOWN = 35, 45
_ABOVE = 5
"""A fifth of what is left over is cut off above: faces are in the upper middle of a picture."""
_LONGEST_NUMBER = 6


@dataclass(frozen=True)
class Box:
    """A part of a picture, in its pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def corners(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom."""
        return self.x, self.y, self.x + self.width, self.y + self.height

    def kept(self) -> dict[str, int]:
        """Return it as JSON holds it."""
        return asdict(self)


def height_for(width: int) -> int:
    """Return how high a photo of this width is."""
    return round(width * _DOWN / _ACROSS)


def widest(width: int, height: int) -> int:
    """Return how wide a photo may be that is cut from a picture of this size."""
    return min(width, height * _ACROSS // _DOWN)


def suggested(width: int, height: int) -> Box:
    """Return the largest part of 35:45: in the middle across, rather towards the top."""
    across = widest(width, height)
    down = height_for(across)
    return Box((width - across) // 2, (height - down) // _ABOVE, across, down)


def read_box(raw: Mapping[str, str], width: int, height: int) -> Box:
    """Return the part that ``x``, ``y`` and ``width`` name of a picture of this size.

    Raise FieldErrors in words where they are no whole numbers, or lead out of the picture.
    """
    typed = {name: _whole(raw.get(name, "")) for name in ("x", "y", "width")}
    errors: dict[str, str] = {
        name: N_("Give a whole number of pixels.")
        for name, number in typed.items()
        if number is None
    }
    if errors:
        raise FieldErrors(errors)
    x, y, across = (number or 0 for number in typed.values())
    most = widest(width, height)
    if not SMALLEST[0] <= across <= most:
        words = say("The frame is between %(least)s and %(most)s pixels wide here.",
                    least=SMALLEST[0], most=most)  # fmt: skip
        raise FieldErrors({"width": words})
    box = Box(x, y, across, height_for(across))
    for name, start, room in (("x", x, width - box.width), ("y", y, height - box.height)):
        if start > room:
            errors[name] = say("Give at most %(most)s, so that the frame stays within the "
                               "picture.", most=room)  # fmt: skip
    if errors:
        raise FieldErrors(errors)
    return box


def _whole(text: str) -> int | None:
    text = text.strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER):
        return None
    return int(text)
