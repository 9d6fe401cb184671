"""Files that want to hurt whoever examines documents, or are simply not what they say."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence

import pypdf
from PIL import Image
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from app.documents.examining import refusals
from tests.support import papers


def pdf(*objects: bytes, trailer: bytes = b"", version: bytes = b"1.7") -> bytes:
    """Return a PDF of these objects, counted from 1; the first is the catalogue."""
    out = io.BytesIO()
    out.write(b"%PDF-" + version + b"\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%b\nendobj\n" % (number, content))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for place in places:
        out.write(b"%010d 00000 n \n" % place)
    out.write(b"trailer\n<</Size %d/Root 1 0 R%b>>\n" % (len(objects) + 1, trailer))
    out.write(b"startxref\n%d\n%%%%EOF\n" % start)
    return out.getvalue()


def stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<</Length %d%b>>stream\n%b\nendstream" % (len(data), entries, data)


def page(
    content: bytes = b"",
    *,
    box: bytes = b"0 0 595 842",
    entries: bytes = b"",
    more: Sequence[bytes] = (),
) -> bytes:
    """Return a PDF of one page, whose content is object 4; `more` objects follow."""
    return pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[%b]/Contents 4 0 R%b>>" % (box, entries),
        content if content.startswith(b"<<") else stream(content),
        *more,
    )


def packed(size: int, times: int = 1, of: bytes = b" ") -> bytes:
    """Return so many bytes, compressed so many times."""
    engine = zlib.compressobj(9)
    start = engine.compress(b"") + engine.flush(zlib.Z_FULL_FLUSH)
    piece = engine.compress(of * 2**20) + engine.flush(zlib.Z_FULL_FLUSH)
    data = start + piece * (size // 2**20) + engine.flush()  # wrong sum: nobody gets there
    for _ in range(times - 1):
        data = zlib.compress(data, 9)
    return data


def bomb_of_content() -> bytes:
    """A page whose content unpacks to 2 GB."""
    return page(stream(packed(2**31, 2), b"/Filter[/FlateDecode/FlateDecode]"))


def bomb_of_objects() -> bytes:
    """An object stream of 2 GB, and the catalogue is said to be in it."""
    inside = stream(packed(2**31, 2), b"/Type/ObjStm/N 1/First 8/Filter[/FlateDecode/FlateDecode]")
    head = b"%PDF-1.7\n1 0 obj\n" + inside + b"\nendobj\n"
    entries = struct.pack(">BHB", 0, 0, 255) + struct.pack(">BHB", 1, 9, 0)
    entries += struct.pack(">BHB", 2, 1, 0) * 2
    table = stream(entries, b"/Type/XRef/Size 4/W[1 2 1]/Root 2 0 R")
    return head + b"4 0 obj\n" + table + b"\nendobj\nstartxref\n%d\n%%%%EOF" % len(head)


def bomb_of_picture() -> bytes:
    """A picture of 40,000 by 40,000 colours on a page."""
    return page(
        b"q 500 0 0 500 0 0 cm /I Do Q",
        entries=b"/Resources<</XObject<</I 5 0 R>>>>",
        more=[
            stream(
                packed(40_000 * 40_000 * 3, 2, b"\x55"),
                b"/Type/XObject/Subtype/Image/Width 40000/Height 40000/BitsPerComponent 8"
                b"/ColorSpace/DeviceRGB/Filter[/FlateDecode/FlateDecode]",
            )
        ],
    )


def bomb_of_attachment() -> bytes:
    """Attached JSON of 2 GB."""
    return pdf(
        b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(a.json) 5 0 R]>>>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
        stream(b""),
        b"<</Type/Filespec/F(a.json)/UF(a.json)/EF<</F 6 0 R>>>>",
        stream(packed(2**31, 2), b"/Type/EmbeddedFile/Filter[/FlateDecode/FlateDecode]"),
    )


def many_pages(count: int = 301) -> bytes:
    kids = b" ".join(b"%d 0 R" % (number + 3) for number in range(count))
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"
    return pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%b]/Count %d>>" % (kids, count),
        *[leaf] * count,
    )


def endless_pages() -> bytes:
    """A tree of pages that is its own branch."""
    return pdf(
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2000000000>>"
    )


def form_in_itself() -> bytes:
    """A drawing that draws itself, twice."""
    return page(
        b"/F Do",
        entries=b"/Resources<</XObject<</F 5 0 R>>>>",
        more=[
            stream(
                b"/F Do /F Do",
                b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 5 0 R>>>>",
            )
        ],
    )


def forms_in_forms() -> bytes:
    """Thirty drawings, each of which draws the next ten times: 10 to the 30 in all."""
    inner = [
        stream(
            b"/F Do " * 10,
            b"/Type/XObject/Subtype/Form/BBox[0 0 99 99]/Resources<</XObject<</F %d 0 R>>>>"
            % (number + 6),
        )
        for number in range(30)
    ]
    last = stream(b"0 0 9 9 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 99 99]")
    return page(b"/F Do", entries=b"/Resources<</XObject<</F 5 0 R>>>>", more=[*inner, last])


def deep() -> bytes:
    """An array in an array, a million times."""
    return pdf(
        b"<</Type/Catalog/Pages 2 0 R/Deep 5 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
        stream(b"[" * 1_000_000),
        b"[" * 1_000_000 + b"]" * 1_000_000,
    )


def endless_table() -> bytes:
    """A cross-reference table that says that it comes before itself."""
    whole = page(b"")
    start = whole.rindex(b"xref\n0")
    return whole.replace(b"/Root 1 0 R", b"/Root 1 0 R/Prev %d" % start)


def encrypted(user: str, owner: str) -> bytes:
    writer = pypdf.PdfWriter(io.BytesIO(papers.genuine()))
    writer.encrypt(user, owner, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def rewritten(whole: bytes) -> bytes:
    """Return the file as a program saves it anew, with the seal left out."""
    writer = pypdf.PdfWriter(io.BytesIO(whole))
    root = writer.root_object
    for name in ("/AcroForm", "/Perms"):
        root.pop(name, None)
    for leaf in writer.pages:
        leaf.pop("/Annots", None)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def without_form(whole: bytes) -> bytes:
    """Return the file with an update that takes away the form in which the seal is."""
    writer = IncrementalPdfFileWriter(io.BytesIO(whole))
    for name in ("/AcroForm", "/Perms"):
        writer.root.pop(pdf_name(name), None)
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def carrying(whole: bytes, inner: bytes, name: str = "certificate.pdf") -> bytes:
    """Return a file to which another is attached."""
    writer = pypdf.PdfWriter(io.BytesIO(whole))
    writer.add_attachment(name, inner)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def pointing_at(ours: bytes, other: bytes) -> bytes:
    """Return another document that holds ours as a stream, whose seal it claims for itself.

    Its signature names the bytes of our document inside it, so the digest is right.
    """
    start, end = papers.place_of_seal(ours)
    writer = IncrementalPdfFileWriter(io.BytesIO(other))
    writer.add_object(generic.StreamObject(stream_data=ours))
    signature = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Sig"),
            pdf_name("/Filter"): pdf_name("/Adobe.PPKLite"),
            pdf_name("/SubFilter"): pdf_name("/ETSI.CAdES.detached"),
            pdf_name("/Contents"): generic.ByteStringObject(
                bytes.fromhex(ours[start + 1 : end - 1].decode())
            ),
            pdf_name("/ByteRange"): generic.ArrayObject(
                [generic.NumberObject(number) for number in (10**8, 10**8, 10**8, 10**8)]
            ),
        }
    )
    field = generic.DictionaryObject(
        {
            pdf_name("/FT"): pdf_name("/Sig"),
            pdf_name("/T"): generic.pdf_string("Seal"),
            pdf_name("/V"): writer.add_object(signature),
        }
    )
    form = generic.DictionaryObject(
        {pdf_name("/Fields"): generic.ArrayObject([writer.add_object(field)])}
    )
    writer.root[pdf_name("/AcroForm")] = writer.add_object(form)
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    whole = out.getvalue()
    at = whole.index(ours)
    places = [at, start, at + end, len(ours) - end]
    written = b" ".join(b"%09d" % place for place in places)
    return whole.replace(b" ".join([b"100000000"] * 4), written)


def png(width: int, height: int, *, chunks: bytes = b"", data: bytes = b"") -> bytes:
    """Return a PNG that says it is so large, in one bit for each dot."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        checked = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checked)

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    body = chunk(b"IDAT", data or zlib.compress(b"\0"))
    return b"\x89PNG\r\n\x1a\n" + head + chunks + body + chunk(b"IEND", b"")


def text_bomb() -> bytes:
    """A small PNG whose comment unpacks to 1 GB."""
    body = b"Comment\0\0" + packed(2**30)
    checked = zlib.crc32(b"zTXt" + body)
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", checked)
    return png(8, 8, chunks=chunk, data=zlib.compress(b"\0\xff" * 8))


def jpeg(width: int, height: int) -> bytes:
    """Return a JPEG whose header says that it is so large."""
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "white").save(out, "JPEG")
    whole = bytearray(out.getvalue())
    frame = whole.index(b"\xff\xc0")
    struct.pack_into(">HH", whole, frame + 5, height, width)
    return bytes(whole)


def half_a_jpeg() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((600, 600), 90).save(out, "JPEG")
    return out.getvalue()[: len(out.getvalue()) // 2]


def slow() -> bytes:
    """A large picture, drawn over itself a hundred thousand times."""
    return page(
        b"q 595 0 0 842 0 0 cm /I Do Q " * 100_000,
        entries=b"/Resources<</XObject<</I 5 0 R>>>>",
        more=[
            stream(
                packed(2**22, of=b"\x55"),
                b"/Type/XObject/Subtype/Image/Width 5000/Height 5000/BitsPerComponent 1"
                b"/ColorSpace/DeviceGray/Filter/FlateDecode",
            )
        ],
    )


def moving(kind: str) -> bytes:
    first, second = Image.new("RGB", (64, 64), "white"), Image.new("RGB", (64, 64), "black")
    out = io.BytesIO()
    first.save(out, kind, save_all=True, append_images=[second], duration=100)
    return out.getvalue()


def word() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        zipped.writestr("word/document.xml", "<w:document/>")
    return out.getvalue()


SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)

HOSTILE: dict[
    str, tuple[Callable[[], bytes], type[refusals.ExaminationRefusedError] | None]
] = {
    "empty": (lambda: b"", refusals.EmptyFileError),
    "text": (lambda: b"I passed, honestly.\n" * 99, refusals.NotAPdfOrPictureError),
    "Word document": (word, refusals.NotAPdfOrPictureError),
    "exe named pdf": (lambda: b"MZ\x90\0" + bytes(2000), refusals.NotAPdfOrPictureError),
    "TIFF": (lambda: b"II*\0" + bytes(2000), refusals.NotAPdfOrPictureError),
    "SVG": (lambda: SVG, refusals.SvgError),
    "SVG with a mark in front": (lambda: b"\xef\xbb\xbf\n" + SVG, refusals.SvgError),
    "HEIC": (lambda: HEIC, refusals.HeicError),
    "password": (lambda: encrypted("secret", "owner"), refusals.EncryptedPdfError),
    "protected against changes": (lambda: encrypted("", "owner"), refusals.EncryptedPdfError),
    "half a PDF": (
        lambda: papers.drawn()[: len(papers.drawn()) // 2], refusals.DamagedFileError,
    ),
    "only a beginning": (lambda: b"%PDF-1.7\n", refusals.DamagedFileError),
    "noise": (lambda: b"%PDF-1.7\n" + bytes(range(256)) * 400, refusals.DamagedFileError),
    "no pages": (
        lambda: pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"),
        refusals.DamagedFileError,
    ),
    "page of ten kilometres": (
        lambda: page(box=b"0 0 28346456 842"), refusals.PageTooLargeError,
    ),
    "page as high as numbers go": (
        lambda: page(box=b"0 0 9 " + b"9" * 38), None,
    ),
    "enlarged page": (
        lambda: page(box=b"0 0 14000 14000", entries=b"/UserUnit 75000"), None,
    ),
    "301 pages": (many_pages, refusals.TooManyPagesError),
    "pages without end": (endless_pages, refusals.DamagedFileError),
    "bomb of content": (bomb_of_content, refusals.TooMuchInsideError),
    "bomb of objects": (bomb_of_objects, refusals.TooMuchInsideError),
    "bomb of a picture": (bomb_of_picture, None),
    "bomb of an attachment": (bomb_of_attachment, refusals.TooMuchInsideError),
    "drawing in itself": (form_in_itself, refusals.TooMuchInsideError),
    "drawings in drawings": (forms_in_forms, refusals.TooMuchInsideError),
    "slow": (slow, refusals.TooSlowError),
    "arrays in arrays": (deep, None),
    "table before itself": (endless_table, None),
    "PNG of 900 megapixels": (lambda: png(30_000, 30_000), refusals.PictureTooLargeError),
    "PNG of no size": (lambda: png(0, 9), refusals.DamagedFileError),
    "PNG with a long comment": (text_bomb, refusals.DamagedFileError),
    "JPEG of 4 gigapixels": (lambda: jpeg(65_500, 65_500), refusals.PictureTooLargeError),
    "half a JPEG": (half_a_jpeg, refusals.DamagedFileError),
    "moving GIF": (lambda: moving("GIF"), refusals.AnimatedPictureError),
    "moving PNG": (lambda: moving("PNG"), refusals.AnimatedPictureError),
    "moving WebP": (lambda: moving("WEBP"), refusals.AnimatedPictureError),
}  # fmt: skip
"""What each file is, how it is made, and the refusal it gets; some are examined, harmlessly."""
