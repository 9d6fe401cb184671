"""Draws portraits of people who do not exist: silhouettes in different colours."""

import io
from functools import cache

from PIL import Image, ImageDraw

from app.storage.photos import PreparedPhoto, prepare_photo

SIZE = (490, 630)
SKINS = ("#f2d3bb", "#e0ac85", "#c68a5f", "#9a6540", "#6d4426", "#f6dfcf")
HAIRS = ("#2b2118", "#5a3a22", "#8c6a3f", "#b98b4e", "#3a3a3f", "#7b2f22", "#1d1b22")
COATS = ("#2f5d8a", "#6b4a7f", "#3f7d58", "#9a4b3c", "#44505c", "#b0803a", "#7a2f4f")
WALLS = ("#dfe6ee", "#e9e4dc", "#dcebe4", "#ece0e6")
VARIETY = 48
"""How many different portraits there are."""


@cache
def portrait(number: int) -> PreparedPhoto:
    """Return portrait ``number``, below VARIETY, as an upload of it would be kept."""
    out = io.BytesIO()
    _drawn(number).save(out, "PNG", compress_level=1)
    return prepare_photo(out.getvalue())


def _drawn(number: int) -> Image.Image:
    skin, hair = SKINS[number % len(SKINS)], HAIRS[number % len(HAIRS)]
    coat, wall = COATS[(number // 2) % len(COATS)], WALLS[(number // 3) % len(WALLS)]
    image = Image.new("RGB", SIZE, wall)
    draw = ImageDraw.Draw(image)
    tilt = number % 5 * 6 - 12
    if number % 2:  # long hair, behind the shoulders
        draw.rounded_rectangle((145 + tilt, 130, 345 + tilt, 420), 95, fill=hair)
    draw.ellipse((50, 430, 440, 830), fill=coat)
    draw.rounded_rectangle((210 + tilt // 2, 360, 280 + tilt // 2, 470), 30, fill=skin)
    draw.polygon(((205, 440), (285, 440), (245, 520)), fill=skin)
    draw.ellipse((160 + tilt, 150, 330 + tilt, 395), fill=skin)
    draw.pieslice((150 + tilt, 120, 340 + tilt, 350), 180, 360, fill=hair)
    if number % 3 == 0:
        draw.chord((175 + tilt, 300, 315 + tilt, 400), 10, 170, fill=hair)
    _draw_face(draw, tilt, hair)
    return image


def _draw_face(draw: ImageDraw.ImageDraw, tilt: int, hair: str) -> None:
    for eye in (205, 270):
        draw.ellipse((eye + tilt, 255, eye + 14 + tilt, 267), fill="#2a2a2e")
        draw.arc((eye - 8 + tilt, 232, eye + 22 + tilt, 256), 200, 340, fill=hair, width=6)
    draw.arc((225 + tilt, 310, 268 + tilt, 345), 20, 160, fill="#8d4a43", width=5)
