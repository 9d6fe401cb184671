"""The code of a document is read from whatever picture somebody has of it."""

import io
from typing import Any

import pytest
from PIL import Image

from app.documents.examining import Examination, FileKind, SealFinding, compare, examine
from tests.support import papers
from tests.support.papers_photographed import photo, raster, saved

PHOTOS: dict[str, dict[str, Any]] = {
    "from above": {},
    "upside down": {"turned": 180},
    "turned by 13 degrees": {"turned": 13},
    "turned by 45 degrees": {"turned": 45},
    "from the side": {"aside": 0.15},
    "from far at the side, turned": {"aside": 0.25, "turned": 20},
    "not quite in focus": {"blur": 1.2},
    "grainy": {"noise": 40},
    "in the dark": {"light": 0.15, "noise": 6},
    "half in a shadow": {"shadow": True, "noise": 15, "aside": 0.1},
    "all of that a little": {"turned": -7, "aside": 0.1, "blur": 0.8, "noise": 12, "light": 0.6},
    "with many dots": {"dpi": 400, "turned": 5, "aside": 0.05, "blur": 2},
}


def examined(picture: bytes) -> Examination:
    return examine(io.BytesIO(picture), pinned={"2024": papers.key().certificate})


@pytest.mark.function("D57")
@pytest.mark.parametrize("how", PHOTOS)
def test_the_code_is_read_from_a_photo(how):
    seen = examined(saved(photo(papers.genuine(), **PHOTOS[how])))
    assert seen.codes == (papers.CODE,)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_the_code_is_read_from_a_screenshot_in_any_format(kind):
    seen = examined(saved(raster(papers.genuine(), 150), kind))
    assert seen.kind is FileKind.PICTURE
    assert seen.codes == (papers.CODE,)


def test_a_picture_has_no_seal_and_cannot_be_compared():
    seen = examined(saved(raster(papers.genuine(), 110), "PNG"))
    assert seen.seal.finding is SealFinding.NONE
    assert (seen.words, seen.attached, seen.pages) == ("", None, 0)
    assert compare(papers.ISSUED, seen) == []


@pytest.mark.parametrize("mode", ["L", "RGBA", "LA", "P", "1", "CMYK", "I;16"])
def test_every_kind_of_colours_is_read(mode):
    picture = raster(papers.genuine(), 150).convert("L")
    picture = picture.convert("I;16") if mode == "I;16" else picture.convert("RGB").convert(mode)
    seen = examined(saved(picture, "JPEG" if mode == "CMYK" else "PNG"))
    assert seen.codes == (papers.CODE,)


def test_what_is_transparent_is_paper():
    """Black on nothing: without paper below, all of it would be black."""
    ink = raster(papers.genuine(), 150).convert("L").point(lambda light: 255 - light)
    clear = Image.new("RGBA", ink.size, (0, 0, 0, 0))
    clear.putalpha(ink)
    assert examined(saved(clear, "PNG")).codes == (papers.CODE,)


def test_several_codes_are_all_told_once():
    other = papers.drawn({**papers.ISSUED, "qr": "HTTPS://ELSEWHERE.EXAMPLE/V/1"})
    first, second = raster(papers.genuine(), 150), raster(other, 150)
    both = Image.new("RGB", (first.width * 2, first.height * 2), "white")
    for picture, place in ((first, (0, 0)), (second, (first.width, 0)), (first, (0, first.height))):
        both.paste(picture, place)
    codes = examined(saved(both, "PNG")).codes
    assert sorted(codes) == ["HTTPS://ELSEWHERE.EXAMPLE/V/1", papers.CODE]


def test_a_picture_without_a_code_has_none():
    assert examined(saved(Image.effect_noise((900, 700), 60))).codes == ()


@pytest.mark.parametrize(
    ("kind", "mode", "size"),
    [("PNG", "RGBA", (6000, 4000)), ("JPEG", "RGB", (8000, 8000)), ("WEBP", "RGB", (6000, 4000))],
)
def test_the_largest_pictures_that_are_taken_are_examined(kind, mode, size):
    large = Image.new(mode, size, "white")
    large.paste(raster(papers.genuine(), 300), (900, 700))
    out = io.BytesIO()
    fast = {"compress_level": 1} if kind == "PNG" else {"method": 0} if kind == "WEBP" else {}
    large.save(out, kind, **fast, progressive=kind == "JPEG")
    assert examined(out.getvalue()).codes == (papers.CODE,)
