"""Tell from the first bytes what kind of file somebody uploaded, whatever its name is."""

from __future__ import annotations

from app.documents.examining.findings import FileKind
from app.documents.examining.refusals import HeicError, NotAPdfOrPictureError, SvgError

_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_PDF_WITHIN = 1024
"""Readers take a PDF that begins after some other bytes, so a file that does is examined as one."""


def kind_of(head: bytes) -> FileKind:
    """Return the kind of a file from its first 4,096 bytes, or raise why it is not taken."""
    if head.startswith(_PICTURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return FileKind.PICTURE
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC:
        raise HeicError
    if b"%PDF-" in head[:_PDF_WITHIN]:
        return FileKind.PDF
    if _is_svg(head):
        raise SvgError
    raise NotAPdfOrPictureError


def _is_svg(head: bytes) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").lstrip().lower()
    return start.startswith(b"<") and b"<svg" in start
