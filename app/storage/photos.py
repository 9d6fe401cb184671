"""Makes of an uploaded picture the one kind of photo the portal keeps: 35 by 45 mm, no metadata."""

import hashlib
import io
import math
import struct
import threading
import zlib
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from app.domain.kernel.words import N_, say
from app.errors import DomainError

MAX_BYTES = 10 * 1024 * 1024
SMALLEST = (413, 531)  # 35 × 45 mm at 300 dpi
LARGEST = (827, 1063)  # the same at 600 dpi
QUALITY = 88

_ACCEPTED = ("JPEG", "PNG", "WEBP")
# JPEG is reduced while it is decoded, so it may be large; the others are decoded whole.
_MAX_PIXELS = {"JPEG": 64_000_000, "MPO": 64_000_000, "PNG": 24_000_000, "WEBP": 24_000_000}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_DEEP_MODES = {"I", "F", "I;16", "I;16B", "I;16L", "I;16N"}
_BROKEN = (
    OSError,
    SyntaxError,  # how Pillow names a broken PNG
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    EOFError,
    OverflowError,
    MemoryError,
    struct.error,
    zlib.error,
)

# Decoding stays in this process: three whitelisted decoders, 10 MB in, pixels counted from the
# header before any is decoded. A child process would cost more than it and cannot be forked
# safely from a threaded worker. The gate bounds what all threads of a process decode at once.
_gate = threading.BoundedSemaphore(2)


class PhotoRefusedError(DomainError):
    """The picture cannot be used; the text says why and what to do."""

    status = 422


@dataclass(frozen=True, kw_only=True)
class PreparedPhoto:
    """A photo as it is kept."""

    jpeg: bytes
    width: int
    height: int
    sha256: str


def prepare_photo(data: bytes, *, size: int | None = None) -> PreparedPhoto:
    """Return the upload as a clean JPEG of 35:45, or refuse it in words.

    A caller who reads no more than ``MAX_BYTES + 1`` of a large upload gives its ``size``.
    """
    _refuse_size(max(len(data), size or 0))
    _refuse_heic(data)
    with _gate:
        picture = _prepared(data)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY, optimize=True)
    jpeg = out.getvalue()
    return PreparedPhoto(
        jpeg=jpeg,
        width=picture.width,
        height=picture.height,
        sha256=hashlib.sha256(jpeg).hexdigest(),
    )


def _refuse_size(size: int) -> None:
    if size > MAX_BYTES:
        # Rounded up, so that a file just above the limit is not said to be just as large as it.
        shown = f"{math.ceil(size / 1024 / 1024 * 10) / 10:g}"
        raise PhotoRefusedError(
            say("This file is %(size)s MB; a photo may have at most 10 MB.", size=shown)
        )
    if size == 0:
        raise PhotoRefusedError(
            N_("This file is empty. Choose a photo in JPEG, PNG or WebP format.")
        )


def _refuse_heic(data: bytes) -> None:
    if data[4:8] != b"ftyp":
        return
    brands = {data[start : start + 4] for start in range(8, min(len(data), 64), 4)}
    if brands & _HEIC_BRANDS:
        raise PhotoRefusedError(
            N_(
                "This is a HEIC photo, as iPhones take them. Set Camera, Formats to “Most "
                "Compatible” and take it again, or export the photo as JPEG."
            )
        )


def _prepared(data: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(data), formats=_ACCEPTED) as image:
            _refuse_by_header(image)
            image.draft(None, (2 * LARGEST[1], 2 * LARGEST[1]))
            image.load()
            turned = ImageOps.exif_transpose(image)
            return _bare(_cropped(_in_srgb(turned)))
    except PhotoRefusedError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PhotoRefusedError(
            N_("This picture has far too many pixels. Choose a photo as a camera takes it.")
        ) from error
    except UnidentifiedImageError as error:
        raise PhotoRefusedError(
            N_("This file is not a photo that can be read. Choose one in JPEG, PNG or WebP format.")
        ) from error
    except _BROKEN as error:
        raise PhotoRefusedError(
            N_(
                "This photo is damaged or incomplete. Open it on your device; if it looks right, "
                "save it again as JPEG and choose that file."
            )
        ) from error


def _refuse_by_header(image: Image.Image) -> None:
    width, height = image.size
    if width * height > _MAX_PIXELS[image.format or "PNG"]:
        raise PhotoRefusedError(
            say(
                "This picture has %(width)s × %(height)s pixels, which is too many. Choose a "
                "smaller copy of the photo.",
                width=width,
                height=height,
            )
        )
    if image.format in {"PNG", "WEBP"} and getattr(image, "n_frames", 1) > 1:
        raise PhotoRefusedError(N_("This picture moves. Choose a photo that stands still."))
    if image.mode in _DEEP_MODES:
        raise PhotoRefusedError(
            N_("This picture is a scan or measurement with 16 bits of grey. Export it as JPEG.")
        )
    if image.getexif().get(0x0112, 1) in {5, 6, 7, 8}:  # taken with the phone on its side
        width, height = height, width
    if width < SMALLEST[0] or height < SMALLEST[1]:
        raise PhotoRefusedError(
            say(
                "This photo is %(width)s × %(height)s pixels; it needs at least %(least)s. "
                "Choose a larger one.",
                width=width,
                height=height,
                least=f"{SMALLEST[0]} × {SMALLEST[1]}",
            )
        )


def _in_srgb(image: Image.Image) -> Image.Image:
    """Return the picture in the colours every screen and printer assumes, without transparency."""
    profile = image.info.get("icc_profile")
    if image.has_transparency_data:
        solid = image.convert("RGBA")
        paper = Image.new("RGBA", solid.size, "white")
        image = Image.alpha_composite(paper, solid).convert("RGB")
    elif image.mode not in {"RGB", "L", "CMYK"}:
        image = image.convert("RGB")
    if profile:
        try:
            converted = ImageCms.profileToProfile(
                image,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode="RGB",
            )
        except (ImageCms.PyCMSError, OSError):
            converted = None  # a profile that does not fit its picture says nothing
        if converted is not None:
            return converted
    return image.convert("RGB")


def _cropped(image: Image.Image) -> Image.Image:
    width, height = image.size
    if width * 45 > height * 35:
        kept = (round(height * 35 / 45), height)
    else:
        kept = (width, round(width * 45 / 35))
    left, top = (width - kept[0]) // 2, (height - kept[1]) // 2
    image = image.crop((left, top, left + kept[0], top + kept[1]))
    if kept[0] > LARGEST[0] or kept[1] > LARGEST[1]:
        return image.resize(LARGEST, Image.Resampling.LANCZOS)
    return image


def _bare(image: Image.Image) -> Image.Image:
    # A new picture carries pixels and nothing else: no EXIF, XMP, comment, profile or thumbnail.
    bare = Image.new("RGB", image.size)
    bare.paste(image)
    return bare
