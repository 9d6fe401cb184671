"""A picture is kept whole, upright and bare, and the part that becomes the photo is chosen."""

import io

import pytest
from PIL import Image

from app.domain.kernel.cropping import SMALLEST, Box, read_box, suggested, widest
from app.errors import FieldErrors
from app.storage.photos import LONGEST, PhotoRefusedError, cut, is_picture, prepare_cuttable
from tests.support import photos


def opened(jpeg: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(jpeg))
    image.load()
    return image


def near(pixel: tuple[int, ...], colour: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 12 for a, b in zip(pixel, colour, strict=True))


RED, LIME, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def test_the_whole_picture_is_kept_upright_and_says_nothing_of_where_it_was_taken() -> None:
    made = prepare_cuttable(photos.from_a_phone())

    whole = opened(made.source.jpeg)
    assert whole.size == (made.source.width, made.source.height) == (1200, 1600)
    assert near(whole.getpixel((100, 100)), BLUE)  # turned by a quarter, as the camera said
    assert near(whole.getpixel((1100, 100)), RED)
    for kept in (made.source.jpeg, made.photo.jpeg):
        assert not opened(kept).getexif()
        for trace in (b"Exif", b"Secret", b"GPS"):
            assert trace not in kept


@pytest.mark.parametrize(
    ("size", "kept"),
    [
        ((413, 531), (413, 531)),
        ((4000, 3000), (2000, 1500)),
        ((3000, 6000), (1000, 2000)),
        ((900, 1200), (900, 1200)),
        ((6000, 600), (5310, 531)),  # narrower, nothing could be cut from it
        ((500, 9000), (413, 7434)),
    ],
)
def test_the_whole_is_made_smaller_only_as_far_as_a_photo_still_fits(size, kept) -> None:
    made = prepare_cuttable(photos.encoded(Image.new("RGB", size)))

    assert (made.source.width, made.source.height) == kept
    assert max(kept) <= LONGEST or min(kept[0] / 413, kept[1] / 531) < 1.01
    assert read_box(strings(made.box), *kept) == made.box


def strings(box: Box) -> dict[str, str]:
    return {name: str(number) for name, number in box.kept().items()}


def test_at_first_the_upper_middle_is_cut() -> None:
    assert suggested(700, 1900) == Box(0, 200, 700, 900)
    assert suggested(2000, 900) == Box(650, 0, 700, 900)
    assert suggested(413, 531) == Box(0, 0, 413, 531)
    for width in range(413, 1200, 31):
        for height in range(531, 1500, 37):
            box = suggested(width, height)
            assert box.x + box.width <= width
            assert box.y + box.height <= height
            assert box.width >= SMALLEST[0]
            assert box.width == widest(width, height)


@pytest.mark.parametrize(
    ("box", "colour"),
    [
        (Box(0, 0, 700, 900), RED),
        (Box(700, 0, 700, 900), LIME),
        (Box(0, 900, 700, 900), BLUE),
        (Box(700, 900, 700, 900), WHITE),
    ],
)
def test_the_photo_is_the_part_that_was_chosen(box, colour) -> None:
    made = prepare_cuttable(photos.encoded(photos.quartered(1400, 1800), quality=95))

    photo = opened(cut(made.source.jpeg, box).jpeg)

    assert photo.size == (700, 900)
    corners = [(20, 20), (680, 20), (20, 880), (680, 880)]
    assert all(near(photo.getpixel(at), colour) for at in corners)


def test_a_large_part_has_the_size_of_every_large_photo() -> None:
    made = prepare_cuttable(photos.encoded(photos.quartered(1556, 2000)))
    assert (made.photo.width, made.photo.height) == (827, 1063)
    again = cut(made.source.jpeg, Box(0, 0, 1555, 1999))
    assert (again.width, again.height) == (827, 1063)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (photos.a_picture(width=300, height=400), "300 × 400 pixels; it needs at least 413 × 531"),
        (photos.HEIC, "Most Compatible"),
        (photos.a_bomb(), "too many"),
        (photos.sixteen_bits(), "16 bits"),
        (photos.moving(), "moves"),
        (photos.from_a_phone()[:5000], "damaged or incomplete"),
        (b"%PDF-1.7", "JPEG, PNG or WebP"),
        (b"", "empty"),
    ],
)
def test_what_is_no_photo_is_refused_in_the_same_words(data, words) -> None:
    with pytest.raises(PhotoRefusedError, match=words):
        prepare_cuttable(data)


def test_cmyk_becomes_rgb_and_words_within_are_lost() -> None:
    printed = prepare_cuttable(photos.encoded(photos.quartered().convert("CMYK")))
    assert opened(printed.source.jpeg).mode == "RGB"
    named = prepare_cuttable(photos.encoded(photos.quartered(), "PNG", pnginfo=photos.told()))
    assert b"home" not in named.source.jpeg


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        ({}, {"x", "y", "width"}),
        ({"x": "-1", "y": "1.5", "width": "٧٠٠"}, {"x", "y", "width"}),
        ({"x": "0", "y": "0", "width": "412"}, {"width"}),
        ({"x": "0", "y": "0", "width": "1401"}, {"width"}),
        ({"x": "701", "y": "901", "width": "700"}, {"x", "y"}),
        ({"x": "9" * 40, "y": "0", "width": "700"}, {"x"}),
    ],
)
def test_a_frame_that_leads_out_of_the_picture_is_refused_by_its_numbers(raw, names) -> None:
    with pytest.raises(FieldErrors) as refused:
        read_box(raw, 1400, 1800)
    assert set(refused.value.errors) == names


def test_pictures_are_told_by_their_content() -> None:
    image = Image.new("RGB", (20, 20))
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"):
        assert is_picture(photos.encoded(image, kind)), kind
    assert is_picture(photos.HEIC)
    for other in (b"", b"PK\x03\x04", b"%PDF-1.7", b"RIFF\x00\x00\x00\x00WAVE", b"a,b\n"):
        assert not is_picture(other)
