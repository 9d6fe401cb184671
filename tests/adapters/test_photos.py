"""Whatever is uploaded, a photo is kept as a clean JPEG of 35:45, or refused in words."""

import hashlib
import io
import resource
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from app.storage.photos import MAX_BYTES, PhotoRefusedError, prepare_photo


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def picture(width: int = 1000, height: int = 1200, mode: str = "RGB") -> Image.Image:
    return Image.linear_gradient("L").resize((width, height)).convert(mode)


def opened(jpeg: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(jpeg))
    image.load()
    return image


@pytest.mark.parametrize(
    ("width", "height", "kept"),
    [
        (413, 531, (413, 531)),
        (1000, 1200, (827, 1063)),
        (4000, 3000, (827, 1063)),
        (600, 2000, (600, 771)),
        (2000, 600, (467, 600)),
        (827, 1063, (827, 1063)),
    ],
)
def test_a_photo_is_cropped_to_35_by_45_and_never_enlarged(
    width: int, height: int, kept: tuple[int, int]
) -> None:
    photo = prepare_photo(encoded(picture(width, height)))

    assert (photo.width, photo.height) == kept
    assert opened(photo.jpeg).size == kept
    assert abs(photo.width / photo.height - 35 / 45) < 0.002
    assert photo.sha256 == hashlib.sha256(photo.jpeg).hexdigest()


def test_the_middle_is_kept() -> None:
    wide = Image.new("RGB", (3000, 900), "blue")
    wide.paste("red", (1200, 0, 1800, 900))

    kept = opened(prepare_photo(encoded(wide, "PNG")).jpeg)

    red, _, blue = kept.getpixel((kept.width // 2, kept.height // 2))
    assert red > 240
    assert blue < 20


def test_location_and_every_other_metadata_are_stripped() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Secret Phone"
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 30.0, 26.0), 3: "W", 4: (0.0, 7.0, 39.0)})
    source = encoded(
        picture(),
        exif=exif,
        comment=b"taken at home",
        xmp=b"<x:xmpmeta>where</x:xmpmeta>",
        icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
    )
    assert Image.open(io.BytesIO(source)).getexif().get_ifd(0x8825)

    photo = prepare_photo(source)

    kept = opened(photo.jpeg)
    assert not kept.getexif()
    assert set(kept.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    for trace in (b"Exif", b"Secret", b"home", b"where", b"ICC_PROFILE", b"xmp"):
        assert trace not in photo.jpeg


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_taken_on_its_side_stands_upright(orientation: int) -> None:
    back = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    upright = Image.new("RGB", (827, 1063), "white")
    upright.paste("red", (0, 0, 400, 300))
    stored = upright
    for step in back.get(orientation, []):
        stored = stored.transpose(step)
    exif = Image.Exif()
    exif[0x0112] = orientation

    kept = opened(prepare_photo(encoded(stored, exif=exif, quality=95)).jpeg)

    assert kept.size == (827, 1063)
    assert kept.getpixel((50, 50))[1] < 60
    assert kept.getpixel((700, 900))[1] > 240


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("JPEG", "L"),
        ("JPEG", "CMYK"),
        ("PNG", "RGBA"),
        ("PNG", "LA"),
        ("PNG", "P"),
        ("PNG", "1"),
        ("WEBP", "RGB"),
        ("WEBP", "RGBA"),
    ],
)
def test_every_usual_kind_becomes_an_rgb_jpeg(kind: str, mode: str) -> None:
    photo = prepare_photo(encoded(picture().convert(mode), kind))

    kept = opened(photo.jpeg)
    assert (kept.format, kept.mode) == ("JPEG", "RGB")


def test_what_is_transparent_becomes_white() -> None:
    photo = prepare_photo(encoded(Image.new("RGBA", (500, 700), (255, 0, 0, 0)), "PNG"))

    assert min(opened(photo.jpeg).getpixel((100, 100))) > 250


@pytest.mark.parametrize("profile", [b"not a profile", b"\x00" * 200])
def test_a_broken_colour_profile_does_not_matter(profile: bytes) -> None:
    assert prepare_photo(encoded(picture(), icc_profile=profile)).width == 827


def refusal(data: bytes, **given: int) -> str:
    with pytest.raises(PhotoRefusedError) as refused:
        prepare_photo(data, **given)
    return refused.value.text


def test_a_text_that_is_called_a_photo_is_refused() -> None:
    assert "not a photo" in refusal(b"Dear all, this is only a text.\n" * 100)


@pytest.mark.parametrize(
    "other",
    [
        encoded(picture(), "BMP"),
        encoded(picture(), "TIFF"),
        encoded(picture(), "GIF"),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7\n%%EOF",
        b"MZ" + b"\x00" * 500,
    ],
)
def test_other_formats_are_refused(other: bytes) -> None:
    assert "JPEG, PNG or WebP" in refusal(other)


def test_40_mb_are_refused_before_anything_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("it was opened")

    monkeypatch.setattr(Image, "open", never)
    said = "This file is 40 MB; a photo may have at most 10 MB."

    assert refusal(encoded_of_size(40 * 1024 * 1024)) == said
    assert refusal(b"only the beginning was read", size=40 * 1024 * 1024) == said


def encoded_of_size(size: int) -> bytes:
    return b"\xff\xd8\xff".ljust(size, b"\x00")


def test_one_byte_too_many_is_not_called_10_mb() -> None:
    assert refusal(b"x", size=MAX_BYTES + 1).startswith("This file is 10.1 MB")


def test_an_empty_file_is_refused() -> None:
    assert "empty" in refusal(b"")


@pytest.mark.parametrize("size", [(412, 531), (413, 530), (100, 2000)])
def test_too_small_a_photo_is_refused_with_both_sizes(size: tuple[int, int]) -> None:
    text = refusal(encoded(picture(*size)))

    assert f"{size[0]} × {size[1]}" in text
    assert "413 × 531" in text


def test_a_small_photo_on_its_side_is_measured_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6

    assert "400 × 600" in refusal(encoded(picture(600, 400), exif=exif))
    assert prepare_photo(encoded(picture(531, 413), exif=exif)).width == 413


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"heix"])
def test_heic_is_refused_with_what_to_do(brand: bytes) -> None:
    text = refusal(b"\x00\x00\x00\x18ftyp" + brand + b"\x00\x00\x00\x00mif1heic" + b"\x00" * 99)

    assert "Most Compatible" in text
    assert "JPEG" in text


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_moving_picture_is_refused(kind: str) -> None:
    frames = [picture(), picture().rotate(180)]

    assert "moves" in refusal(encoded(frames[0], kind, save_all=True, append_images=frames[1:]))


def test_a_jpeg_with_a_second_picture_inside_is_a_photo() -> None:
    data = encoded(picture(), "MPO", save_all=True, append_images=[picture(640, 480)])

    assert prepare_photo(data).width == 827


def test_sixteen_bits_of_grey_are_refused() -> None:
    assert "16 bits" in refusal(encoded(Image.new("I;16", (500, 700)), "PNG"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_half_a_photo_is_refused(kind: str) -> None:
    whole = encoded(Image.effect_noise((600, 800), 80).convert("RGB"), kind)

    assert refusal(whole[: len(whole) // 2])


def png(width: int, height: int, rows: bytes) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", rows), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("side", [5_000, 12_000, 60_000, 2**31 - 1])
def test_a_bomb_is_refused_in_bounded_memory(side: int) -> None:
    zeros = zlib.compress(b"\x00" * 30_000_000, 9)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    text = refusal(png(side, side, zeros))

    assert "pixels" in text or "not a photo" in text or "damaged" in text
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # kilobytes


def test_a_bomb_in_the_text_of_a_png_is_refused_or_ignored() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "x" * 900_000, zip=True)
    for index in range(90):
        info.add_text(f"c{index}", "y" * 900_000, zip=True)

    assert refusal(encoded(picture(), "PNG", pnginfo=info))


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(["JPEG", "PNG", "WEBP"]),
    changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=12),
    end=st.floats(0.01, 1),
)
def test_damaged_files_give_a_photo_or_a_refusal_and_nothing_else(
    kind: str, changes: list[tuple[float, int]], end: float
) -> None:
    data = bytearray(_SOURCES[kind])
    for place, value in changes:
        data[int(place * min(len(data), 2000))] = value

    try:
        photo = prepare_photo(bytes(data[: int(len(data) * end) + 1]))
    except PhotoRefusedError:
        return
    assert opened(photo.jpeg).size == (photo.width, photo.height)


_SOURCES = {kind: encoded(picture(420, 540), kind) for kind in ("JPEG", "PNG", "WEBP")}
