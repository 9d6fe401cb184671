"""Pictures as cameras, scanners and attackers make them, and an import to bring them into."""

import io
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from PIL import Image, ImageDraw, PngImagePlugin

from app.clock import now
from app.domain.imports import photos, service
from app.domain.imports.models import Import, ImportPhoto, ImportRow
from app.domain.kernel import viewer as viewers
from app.domain.kernel.identifiers import name_key
from app.extensions import db
from app.jobs.import_photos import prepare
from app.storage import storage_of

HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00" * 99


def encoded(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """Return the bytes of a picture."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def quartered(width: int = 1400, height: int = 1800) -> Image.Image:
    """Return a picture with another colour in each quarter, by which its parts are told apart."""
    image = Image.new("RGB", (width, height), "red")
    draw = ImageDraw.Draw(image)
    draw.rectangle((width // 2, 0, width, height // 2), "lime")
    draw.rectangle((0, height // 2, width // 2, height), "blue")
    draw.rectangle((width // 2, height // 2, width, height), "white")
    return image


def a_picture(number: int = 0, width: int = 500, height: int = 650) -> bytes:
    """Return a photo unlike those of other numbers."""
    colour = (number * 37 % 256, number * 91 % 256, number // 256)
    return encoded(Image.new("RGB", (width, height), colour))


def from_a_phone() -> bytes:
    """Return a photo taken on its side, which says where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Secret Phone"
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 30.0, 26.0), 3: "W", 4: (0.0, 7.0, 39.0)})
    return encoded(quartered(1600, 1200), exif=exif)


def a_bomb() -> bytes:
    """Return a small PNG that says it has 900 million pixels."""
    whole = bytearray(encoded(Image.new("L", (30_000, 1)), "PNG"))
    whole[20:24] = (30_000).to_bytes(4, "big")
    whole[29:33] = zlib.crc32(whole[12:29]).to_bytes(4, "big")
    return bytes(whole)


def sixteen_bits() -> bytes:
    """Return a PNG as a scanner makes it, with 16 bits of grey."""
    return encoded(Image.new("I;16", (500, 700)), "PNG")


def moving() -> bytes:
    """Return an animated WebP."""
    frames = [Image.new("RGB", (500, 700), colour) for colour in ("red", "blue")]
    return encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:])


def told() -> PngImagePlugin.PngInfo:
    """Return words that a PNG carries along."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "taken at home")
    return info


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """Return a zip of files, by their paths."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def an_import(**values: Any) -> Import:
    """Return a draft of card applications of the session's viewer."""
    viewer = viewers.of(db.session())
    made = Import(
        **{
            "organisation_id": viewer.organisation_id, "target": "applications",
            "name": "Upload of 25 November 2026", "created_by_id": viewer.user_id, "state": "open",
            **values,
        }
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    return made


def a_row(import_: Import, number: int, name: str = "", **values: Any) -> ImportRow:
    """Return a row of the import, typed on the screen: ``name`` is "Last, First names"."""
    surname, _, first_names = (part.strip() for part in name.partition(","))
    said = {"surname": surname, "first_names": first_names, "image": values.pop("image", None)}
    row = ImportRow(
        import_id=import_.id, organisation_id=import_.organisation_id, number=number,
        state=values.pop("state", "valid"), name_key=name_key(surname, first_names) or None,
        values={key: value for key, value in said.items() if value}, **values,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def photo_called(name: str) -> ImportPhoto:
    """Return the newest photo of this name."""
    found = db.session.query(ImportPhoto).filter_by(name=name).order_by(ImportPhoto.id.desc())
    photo = found.first()
    assert photo is not None, f"there is no photo called {name}"
    return photo


def with_a_photo_each(import_: Import, config: Any, names: Iterable[str]) -> None:
    """Bring a picture under each name into an import, as the page does, and match them."""
    storage = storage_of(config)
    brought = [
        prepare(storage, name, data := a_picture(number), len(data))
        for number, name in enumerate(names, 1)
    ]
    photos.bring(import_, brought, now())
    service.match_photos(import_, now())
