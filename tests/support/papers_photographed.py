"""Pictures of documents as people take them: askew, from the side, blurred, in the dark."""

from __future__ import annotations

import io

import pypdfium2
from PIL import Image, ImageChops, ImageEnhance, ImageFilter

DESK = (96, 80, 64)


def raster(pdf: bytes, dpi: float) -> Image.Image:
    """Return the first page as a picture."""
    opened = pypdfium2.PdfDocument(pdf)
    picture = opened[0].render(scale=dpi / 72).to_pil().convert("RGB")
    opened.close()
    return picture


def saved(picture: Image.Image, kind: str = "JPEG", quality: int = 80) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, quality=quality)
    return out.getvalue()


def photo(
    pdf: bytes,
    *,
    dpi: int = 200,
    turned: float = 0,
    aside: float = 0,
    blur: float = 0,
    noise: float = 0,
    light: float = 1,
    shadow: bool = False,
) -> Image.Image:
    """Return a photo of the document on a desk.

    It is ``turned`` in degrees and seen from the side: the far edge is shorter by that part. The
    blur's radius and the dots of an inch are as the camera sees the paper; ``noise`` is its
    deviation out of 256, ``light`` the part that is left of it.
    """
    page = raster(pdf, dpi)
    desk = Image.new("RGB", (page.width * 3 // 2, page.height * 5 // 3), DESK)
    desk.paste(page, (page.width // 4, page.height // 3))
    desk = desk.rotate(turned, expand=True, fillcolor=DESK, resample=Image.Resampling.BICUBIC)
    if aside:
        desk = seen_from_the_side(desk, aside)
    if blur:
        desk = desk.filter(ImageFilter.GaussianBlur(blur))
    if shadow:
        dark = ImageEnhance.Brightness(desk).enhance(0.3)
        desk = Image.composite(desk, dark, Image.linear_gradient("L").resize(desk.size))
    desk = ImageEnhance.Brightness(desk).enhance(light)
    if noise:
        grain = Image.effect_noise(desk.size, noise).convert("RGB")
        desk = ImageChops.add(desk, grain, 1, -128)
    return desk


def seen_from_the_side(picture: Image.Image, part: float) -> Image.Image:
    """Return the picture as a trapezium whose upper side is shorter by this part."""
    width, height = picture.size
    grown = 1 / (1 - part)
    # A dot (x, y) comes from ((ax + by + c) / (gx + hy + 1), (dx + ey + f) / (gx + hy + 1)): this
    # leaves the lower corners alone and takes the upper ones in.
    shift = (grown - 1) * width / 2
    coefficients = (grown, shift / height, -shift, 0, grown, 0, 0, (grown - 1) / height)
    how = Image.Transform.PERSPECTIVE
    return picture.transform(
        picture.size, how, coefficients, Image.Resampling.BICUBIC, fillcolor=DESK
    )
