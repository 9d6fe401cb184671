"""Documents rendered from samples, and what poppler and others read in them."""

import io
import subprocess
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import zxingcpp
from PIL import Image
from pypdf import PdfReader

from app.documents import samples
from app.documents.certificates import STARTING_TEMPLATES, render_document
from app.documents.keys import SealKey
from app.documents.minting import new_seal_pem
from app.documents.pem import read_seals
from app.documents.press import Press

AT = datetime.fromisoformat("2026-11-25T12:00:00+00:00")
ADDRESS = ("HTTPS://PORTAL.EXAMPLE/V/7KQ2M9XAV4TB3.0123456789ABCDEFG." + "Z9K7" * 60)[:250]
"""As long as an address may be."""


def content(record_type: str = "certificate", **more: Any) -> dict[str, Any]:
    """Return the frozen data of a document; ``name`` and ``title`` are put where they belong."""
    made = samples.content_of(record_type)
    made["person"] = {"full_name": more.pop("name", made["person"]["full_name"])}
    made["award"] = made["award"] | {"title": more.pop("title", made["award"]["title"])}
    return made | more


def rendered(press: Press, data: Mapping[str, Any], **more: Any) -> bytes:
    """Return a document made by the starting template of its type."""
    given: dict[str, Any] = {"address": ADDRESS} | more
    return render_document(press, STARTING_TEMPLATES[data["record_type"]], data, **given)


@cache
def seal_key() -> SealKey:
    """Return a key, the same for a whole run: making one takes a second."""
    key = read_seals((new_seal_pem("Example Awards", AT),)).current
    assert key is not None
    return key


def told(tmp_path: Path, pdf: bytes, *command: str) -> str:
    """Return what a command says of a PDF; FILE stands for it."""
    file = tmp_path / "document.pdf"
    file.write_bytes(pdf)
    words = [str(file) if word == "FILE" else word for word in command]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path)
    return done.stdout


def text_of(tmp_path: Path, pdf: bytes) -> str:
    """Return the text of a PDF, as poppler reads it, without marks of direction."""
    said = told(tmp_path, pdf, "pdftotext", "-layout", "FILE", "-")
    return said.translate(dict.fromkeys((*range(8234, 8239), 8206, 8207)))


def picture(tmp_path: Path, pdf: bytes, dpi: int = 150) -> Image.Image:
    """Return the first page as poppler draws it."""
    told(
        tmp_path, pdf, "pdftoppm", "-r", str(dpi), "-l", "1", "-singlefile", "-png", "FILE", "page"
    )
    with Image.open(tmp_path / "page.png") as page:
        return page.convert("RGB")


def codes(page: Image.Image) -> list[str]:
    """Return what the QR codes of a page say."""
    return [each.text for each in zxingcpp.read_barcodes(page)]


def reader(pdf: bytes) -> PdfReader:
    """Return a PDF opened by pypdf."""
    return PdfReader(io.BytesIO(pdf))
