"""Makes of an uploaded picture the one kind of photo the portal keeps: 35 by 45 mm, no metadata."""

import hashlib
import io
import math
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from app.domain.kernel.cropping import SMALLEST, Box, suggested
from app.domain.kernel.words import N_, say
from app.errors import DomainError

MAX_BYTES = 10 * 1024 * 1024
LARGEST = (827, 1063)  # 35 × 45 mm at 600 dpi
LONGEST = 2000
"""Pixels of the longer side of a picture that is kept to be cut again."""
QUALITY = 88

_ACCEPTED = ("JPEG", "PNG", "WEBP")
# JPEG is reduced while it is decoded, so it may be large; the others are decoded whole.
_MAX_PIXELS = {"JPEG": 64_000_000, "MPO": 64_000_000, "PNG": 24_000_000, "WEBP": 24_000_000}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
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
    with _gate, _refusing_what_is_broken():
        image = _decoded(data, 2 * LARGEST[1])
        return _encoded(_fitted(_middle(image)))


@dataclass(frozen=True, kw_only=True)
class CuttablePhoto:
    """A whole picture, upright and bare, and the photo that is cut from it at first."""

    source: PreparedPhoto
    photo: PreparedPhoto
    box: Box


def prepare_cuttable(data: bytes, *, size: int | None = None) -> CuttablePhoto:
    """Return the upload whole, and with it a photo whose part can be chosen anew by ``cut``.

    The whole is at most ``LONGEST`` pixels long, unless it would be too narrow for a photo then.
    It is refused in words as by ``prepare_photo``.
    """
    _refuse_size(max(len(data), size or 0))
    _refuse_heic(data)
    with _gate, _refusing_what_is_broken():
        whole = _shrunk(_decoded(data, LONGEST))
        box = suggested(*whole.size)
        return CuttablePhoto(
            source=_encoded(whole), photo=_encoded(_fitted(whole.crop(box.corners))), box=box
        )


def cut(source: bytes, box: Box) -> PreparedPhoto:
    """Return the photo that ``box`` cuts from a whole picture of ``prepare_cuttable``."""
    with _gate, _refusing_what_is_broken():
        whole = _decoded(source, LONGEST, is_ours=True)
        return _encoded(_fitted(whole.crop(box.corners)))


def is_picture(data: bytes) -> bool:
    """Tell from its first bytes whether a file is a picture, whatever it is called."""
    return data.startswith(_BEGINNINGS) or data[8:12] == b"WEBP" or _is_heic(data)


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


def _is_heic(data: bytes) -> bool:
    if data[4:8] != b"ftyp":
        return False
    brands = {data[start : start + 4] for start in range(8, min(len(data), 64), 4)}
    return bool(brands & _HEIC_BRANDS)


def _refuse_heic(data: bytes) -> None:
    if _is_heic(data):
        raise PhotoRefusedError(
            N_(
                "This is a HEIC photo, as iPhones take them. Set Camera, Formats to “Most "
                "Compatible” and take it again, or export the photo as JPEG."
            )
        )


@contextmanager
def _refusing_what_is_broken() -> Iterator[None]:
    try:
        yield
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


def _decoded(data: bytes, enough: int, *, is_ours: bool = False) -> Image.Image:
    """Return the picture upright in sRGB; a large JPEG is reduced to ``enough`` on the way.

    One of ours was reduced already, and its box counts its pixels.
    """
    with Image.open(io.BytesIO(data), formats=_ACCEPTED) as image:
        _refuse_by_header(image)
        if not is_ours:
            image.draft(None, (enough, enough))
        image.load()
        return _in_srgb(ImageOps.exif_transpose(image))


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


def _middle(image: Image.Image) -> Image.Image:
    width, height = image.size
    if width * 45 > height * 35:
        kept = (round(height * 35 / 45), height)
    else:
        kept = (width, round(width * 45 / 35))
    left, top = (width - kept[0]) // 2, (height - kept[1]) // 2
    return image.crop((left, top, left + kept[0], top + kept[1]))


def _fitted(image: Image.Image) -> Image.Image:
    if image.width > LARGEST[0] or image.height > LARGEST[1]:
        return image.resize(LARGEST, Image.Resampling.LANCZOS)
    return image


def _shrunk(image: Image.Image) -> Image.Image:
    width, height = image.size
    least = max(SMALLEST[0] / width, SMALLEST[1] / height)
    scale = max(LONGEST / max(width, height), least)
    if scale >= 1:
        return image
    kept = (max(round(width * scale), SMALLEST[0]), max(round(height * scale), SMALLEST[1]))
    return image.resize(kept, Image.Resampling.LANCZOS)


def _encoded(image: Image.Image) -> PreparedPhoto:
    out = io.BytesIO()
    _bare(image).save(out, "JPEG", quality=QUALITY, optimize=True)
    jpeg = out.getvalue()
    return PreparedPhoto(
        jpeg=jpeg,
        width=image.width,
        height=image.height,
        sha256=hashlib.sha256(jpeg).hexdigest(),
    )


def _bare(image: Image.Image) -> Image.Image:
    # A new picture carries pixels and nothing else: no EXIF, XMP, comment, profile or thumbnail.
    bare = Image.new("RGB", image.size)
    bare.paste(image)
    return bare
