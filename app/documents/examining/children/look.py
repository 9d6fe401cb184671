"""Look at a PDF or a picture: pages, words, codes and attached data, as one line of JSON.

Run by its path with ``python -I`` and the kind of file; its parent sets limits. What it reads goes
through libraries written in C++, so it may be crashed or even taken over by a file: whether a
seal is ours is therefore told by another process, which runs none of them.
"""

import ctypes
import json
import os
import struct
import sys
import warnings
import zlib
from collections.abc import Iterator
from itertools import islice
from math import ceil
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
import zxingcpp
from PIL import Image, ImageChops, ImageFilter, ImageOps

FILE = "/dev/fd/0"
MOST_PAGES = 300
DRAWN_PAGES = 6
READ_PAGES = 20
CHARACTERS = 60_000
LONGEST_LINE = 1_000
SIDE = 14_400
"""Points: 200 inches, the largest page that the standard knows without enlarging its unit."""
DPI = 150
DRAWN_PIXELS = 12_000_000
DOUBTED = 200
"""Overlapping texts of one page that are looked at one by one."""
FINER = 64
THIN = 4
FAINT = 24
"""A difference of so many of 256 greys, or less, is seen by nobody."""

CODES = 8
LONGEST_CODE = 2_000
ATTACHMENTS = 5
ATTACHED_BYTES = 512 * 1024

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
# JPEG is reduced while it is decoded, so it may be large; the others are decoded whole.
PIXELS = {"JPEG": 64_000_000, "MPO": 64_000_000}
OTHER_PIXELS = 24_000_000
ENOUGH = 2_400
"""Pixels of the longer side: more only slows the search for a code down."""
QR = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
PASSWORD = 4
"""What PDFium answers where a password is needed."""
BROKEN = (
    OSError,
    SyntaxError,  # how Pillow names a broken PNG
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    EOFError,
    OverflowError,
    struct.error,
    zlib.error,
    RecursionError,
    pypdfium2.PdfiumError,
)


Box = tuple[float, float, float, float]
"""Left, bottom, right, top in points."""


class Refused(Exception):  # noqa: N818  # it is no error of this program
    """The file is refused; the argument is the name that the parent knows."""


# Codes


def codes_in(image: Image.Image, tries: int = 9) -> list[str]:
    """Return the texts of the QR codes in a grey picture, each once, in the order found."""
    for variation in islice(variations(image), tries):
        found = zxingcpp.read_barcodes(variation, formats=QR)
        texts = [code.text[: LONGEST_CODE + 1] for code in found]
        if texts := [text for text in dict.fromkeys(texts) if 0 < len(text) <= LONGEST_CODE]:
            return texts[:CODES]
    return []


def variations(image: Image.Image) -> Iterator[Image.Image]:
    """Yield the picture as it is, then what helps against darkness, noise, blur and distance."""
    yield image
    clear = ImageOps.autocontrast(image, cutoff=1)
    smooth = clear.filter(ImageFilter.GaussianBlur(1))
    yield smooth.filter(ImageFilter.UnsharpMask(radius=4, percent=400, threshold=0))
    yield clear.filter(ImageFilter.UnsharpMask(radius=3, percent=500, threshold=0))
    smaller = scaled(clear, max(image.size) * 2 // 3)
    yield smaller.filter(ImageFilter.UnsharpMask(radius=3, percent=400, threshold=0))
    yield clear.filter(ImageFilter.MedianFilter(3))
    if max(image.size) <= ENOUGH * 2 // 3:
        larger = scaled(clear, 2 * max(image.size))
        yield larger.filter(ImageFilter.UnsharpMask(radius=4, percent=400, threshold=0))


def scaled(image: Image.Image, longest: int) -> Image.Image:
    """Return the picture with its longer side of so many pixels."""
    scale = longest / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.BICUBIC)


# Pictures


def look_at_picture() -> dict[str, Any]:
    """Return the codes of a picture, whose pixels are counted before any is decoded."""
    Image.MAX_IMAGE_PIXELS = None  # ours is the stricter bound
    with Image.open(FILE, formats=FORMATS) as image:
        if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
            raise Refused("animated")
        if image.width * image.height > PIXELS.get(image.format or "", OTHER_PIXELS):
            raise Refused("pixels")
        image.draft("L", (ENOUGH, ENOUGH))
        grey = on_white(image)
    if max(grey.size) > ENOUGH:
        return {"codes": codes_in(scaled(grey, ENOUGH)) or codes_in(grey, 3)}
    return {"codes": codes_in(grey)}


def on_white(image: Image.Image) -> Image.Image:
    """Return the picture in grey, on white paper where it is transparent."""
    if not image.has_transparency_data:
        return image.convert("L")
    solid = image.convert("LA" if image.mode == "LA" else "RGBA")
    paper = Image.new("L", solid.size, 255)
    paper.paste(solid.convert("L"), mask=solid.getchannel("A"))
    return paper


# PDF


def look_at_pdf() -> dict[str, Any]:
    """Return what the pages say and show, and the data attached to the file."""
    pdf = opened()
    pages = len(pdf)
    if not pages:
        raise Refused("damaged")
    if pages > MOST_PAGES:
        raise Refused("pages")
    for number in range(pages):
        refuse_size(pdf.get_page_size(number))
    pdf.init_forms()
    codes: list[str] = []
    lines: list[dict[str, Any]] = []
    room = CHARACTERS
    for number in range(min(pages, READ_PAGES)):
        page = flattened(pdf, number)
        read = lines_of(page, number + 1, room)
        lines += read
        room -= sum(len(line["text"]) for line in read)
        if number < DRAWN_PAGES and len(codes) < CODES:
            picture = drawn(page).to_pil()
            codes += [code for code in codes_in(picture) if code not in codes]
        page.close()
    attached = attachments(pdf)
    return {"pages": pages, "codes": codes[:CODES], "lines": lines, "attached": attached}


def opened() -> pypdfium2.PdfDocument:
    """Open the file, which needs no password, not even one that only allows to read."""
    try:
        pdf = pypdfium2.PdfDocument(open(FILE, "rb"))  # noqa: SIM115  # a path it would resolve
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == PASSWORD:
            raise Refused("encrypted") from error
        raise
    if pdfium.FPDF_GetSecurityHandlerRevision(pdf) != -1:
        raise Refused("encrypted")
    return pdf


def refuse_size(size: tuple[float, float]) -> None:
    """Refuse a page that is far too large, or has no area."""
    if not all(0 < side <= SIDE for side in size):
        raise Refused("page size")


def flattened(pdf: pypdfium2.PdfDocument, number: int) -> pypdfium2.PdfPage:
    """Return a page in which notes, stamps and fields are part of the page, as they are seen."""
    page = pdf.get_page(number)
    refuse_size(page.get_size())
    pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY)
    page.close()
    flat: pypdfium2.PdfPage = pdf.get_page(number)
    return flat


def drawn(page: pypdfium2.PdfPage, crop: Box = (0, 0, 0, 0)) -> pypdfium2.PdfBitmap:
    """Return the picture of a page in grey; ``crop`` is what is cut off its sides, in dots.

    The order is left, bottom, right, top. Large pages are drawn with fewer dots.
    """
    width, height = page.get_size()
    scale = min(DPI / 72, (DRAWN_PIXELS / (width * height)) ** 0.5)
    cut = tuple(side / scale for side in crop)
    bitmap: pypdfium2.PdfBitmap = page.render(scale=scale, crop=cut, grayscale=True)
    return bitmap


# Words


class Character:
    """One character of a page: where it stands, and the address of the text it belongs to."""

    def __init__(self, text: pypdfium2.PdfTextPage, place: int) -> None:
        letter = chr(pdfium.FPDFText_GetUnicode(text, place))
        self.letter = "" if "\ud800" <= letter <= "\udfff" else letter.replace("\0", " ")
        self.object = pdfium.FPDFText_GetTextObject(text, place)
        self.owner = ctypes.cast(self.object, ctypes.c_void_p).value or 0
        self.box: Box = text.get_charbox(place)
        self.hidden = False

    @property
    def has_ink(self) -> bool:
        """Return whether there could be something to see."""
        return bool(self.owner and self.letter.strip())


def lines_of(page: pypdfium2.PdfPage, number: int, room: int) -> list[dict[str, Any]]:
    """Return the lines of a page, what can be seen apart from what cannot."""
    text = page.get_textpage()
    characters = [Character(text, place) for place in range(min(text.count_chars(), room))]
    Sight(page, characters).decide()
    lines: list[dict[str, Any]] = []
    row: list[Character] = []
    for character in characters:
        if character.letter not in ("\r", "\n"):
            row.append(character)
            continue
        lines += parted(row, number)
        row = []
    return lines + parted(row, number)


def parted(row: list[Character], number: int) -> list[dict[str, Any]]:
    """Return what is seen of a row, and what is hidden; a blank goes with what precedes it."""
    parts: dict[bool, list[Character]] = {False: [], True: []}
    hidden = next((character.hidden for character in row if character.has_ink), False)
    for character in row:
        if character.has_ink:
            hidden = character.hidden
        parts[hidden].append(character)
    lines = []
    for unseen, part in parts.items():
        said = " ".join("".join(character.letter for character in part).split())
        if said:
            sides = zip(*(one.box for one in part if one.has_ink), strict=True)
            around = zip((min, min, max, max), sides, strict=False)
            box = [round(pick(side), 2) for pick, side in around] or [0.0] * 4
            lines.append(
                {"page": number, "text": said[:LONGEST_LINE], "box": box, "hidden": unseen}
            )
    return lines


class Sight:
    """Tells which characters of a page can be seen.

    One is hidden if leaving its text out changes nothing in the picture where it stands. That is
    what being hidden means, however it was done: painted over, white on white, clipped away, drawn
    in the invisible mode, on a layer that is switched off. All texts are left out at once; only
    where several lie over each other they are left out one by one.
    """

    def __init__(self, page: pypdfium2.PdfPage, characters: list[Character]) -> None:
        self.page = page
        self.characters = [character for character in characters if character.has_ink]
        self.before = drawn(page).to_pil()

    def decide(self) -> None:
        """Set ``hidden`` of each character."""
        if not self.characters:
            return
        owners = {character.owner: character for character in self.characters}
        for character in owners.values():
            pdfium.FPDFPageObj_SetIsActive(character.object, False)
        without = drawn(self.page).to_pil()
        for character in owners.values():
            pdfium.FPDFPageObj_SetIsActive(character.object, True)
        for character in self.characters:
            character.hidden = not self.changed(self.area(character), without)
        doubted: dict[int, list[Character]] = {owner: [] for owner in self.crowded()}
        for character in self.characters:
            if character.owner in doubted and not character.hidden:
                doubted[character.owner].append(character)
        for group in [group for group in doubted.values() if group][:DOUBTED]:
            self.try_without(group)

    def crowded(self) -> set[int]:
        """Return the texts that stand where others stand, too."""
        cells: dict[tuple[int, int], set[int]] = {}
        for character in self.characters:
            for cell in self.cells(character):
                cells.setdefault(cell, set()).add(character.owner)
        return {owner for several in cells.values() if len(several) > 1 for owner in several}

    def cells(self, character: Character) -> Iterator[tuple[int, int]]:
        """Yield the squares of four dots that a character covers; of a giant one, some."""
        left, top, right, bottom = self.area(character)
        across, down = max(4, (right - left) // 20), max(4, (bottom - top) // 20)
        for column in range(left, right, across):
            for row in range(top, bottom, down):
                yield column // 4, row // 4

    def try_without(self, group: list[Character]) -> None:
        """Leave out one text and look at some characters of it."""
        areas = [self.area(character) for character in group]
        left, top = min(area[0] for area in areas), min(area[1] for area in areas)
        right, bottom = max(area[2] for area in areas), max(area[3] for area in areas)
        width, height = self.before.size
        pdfium.FPDFPageObj_SetIsActive(group[0].object, False)
        part = drawn(self.page, (left, height - bottom, width - right, top)).to_pil()
        pdfium.FPDFPageObj_SetIsActive(group[0].object, True)
        without = self.before.copy()
        without.paste(part, (left, top))
        for character, area in zip(group, areas, strict=True):
            character.hidden = character.hidden or not self.changed(area, without)

    def area(self, character: Character) -> tuple[int, int, int, int]:
        """Return the dots of a character, less a hair, since ink of its neighbours reaches in."""
        left, bottom, right, top = character.box
        hair = min(top - bottom, right - left) / 25
        first = self.dots(left + hair, top - hair)
        second = self.dots(right - hair, bottom + hair)
        spans = []
        for one, other, most in zip(first, second, self.before.size, strict=True):
            begin, end = int(min(one, other)), ceil(max(one, other))
            thin = end - begin < THIN  # what is so thin may be drawn one dot beside its place
            begin = min(max(begin - thin, 0), most - 1)
            spans.append((begin, min(max(end + thin, begin + 1), most)))
        return spans[0][0], spans[1][0], spans[0][1], spans[1][1]

    def dots(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point of the page is in the picture; PDFium gives whole dots, so finer."""
        width, height = self.before.size
        across, down = ctypes.c_int(), ctypes.c_int()
        size = width * FINER, height * FINER
        pdfium.FPDF_PageToDevice(self.page, 0, 0, *size, 0, x, y, across, down)
        return across.value / FINER, down.value / FINER

    def changed(self, area: tuple[int, int, int, int], other: Image.Image) -> bool:
        """Return whether an eye could tell the two pictures apart in this area."""
        difference = ImageChops.difference(self.before.crop(area), other.crop(area))
        return any(difference.histogram()[FAINT + 1 :])


# Attached data


def attachments(pdf: pypdfium2.PdfDocument) -> list[dict[str, str]]:
    """Return the attached JSON files that are not too long, as text."""
    found = []
    for number in range(min(pdf.count_attachments(), ATTACHMENTS)):
        attachment = pdf.get_attachment(number)
        name = attachment.get_name()[:200]
        if not name.lower().endswith((".json", ".jsonld")):
            continue
        size = ctypes.c_ulong()
        pdfium.FPDFAttachment_GetFile(attachment, None, 0, size)
        if 0 < size.value <= ATTACHED_BYTES:
            data = bytes(attachment.get_data())
            found.append({"name": name, "text": data.decode("utf-8", "replace")})
    return found


def main() -> None:
    """Answer with what was seen, or with why the file is refused."""
    warnings.simplefilter("ignore")
    try:
        said = look_at_pdf() if sys.argv[1] == "pdf" else look_at_picture()
    except Refused as refusal:
        said = {"refused": refusal.args[0]}
    except MemoryError:
        os._exit(3)
    except BROKEN:
        said = {"refused": "damaged"}
    json.dump(said, sys.stdout)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
