"""Draw pages of one PDF after another as pictures, for as long as its parent asks.

Run by its path with ``python -I``; its parent sets limits. A question is one line of JSON with the
``length`` of the PDF, ``dpi`` and ``pages`` (counted from 1, none for all), then the PDF itself. An
answer is one line of JSON with how many ``pages`` there are, their ``sizes`` in points and the
``lengths`` of the pictures, then the pictures as WebP.
"""

import io
import json
import os
import sys
from typing import Any

import pypdfium2

MOST_AT_ONCE = 40
PIXELS = 12_000_000
SIDE = 14_400
QUALITY = 85


def answer(question: dict[str, Any], data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Return what is said of a PDF, and the pictures of its pages."""
    pdf = pypdfium2.PdfDocument(data)
    try:
        count = len(pdf)
        sizes = [[round(side, 2) for side in pdf.get_page_size(n)] for n in range(min(count, 1000))]
        if not sizes or not all(0 < side <= SIDE for size in sizes for side in size):
            return {"refused": "page size"}, []
        pdf.init_forms()
        wanted = question["pages"] or range(1, count + 1)
        chosen = [page for page in wanted if 1 <= page <= len(sizes)][:MOST_AT_ONCE]
        pictures = [picture(pdf, page - 1, question["dpi"]) for page in chosen]
    finally:
        pdf.close()
    return {"pages": count, "sizes": sizes, "lengths": [len(one) for one in pictures]}, pictures


def picture(pdf: pypdfium2.PdfDocument, number: int, dpi: float) -> bytes:
    """Return one page as WebP; a large one is drawn with fewer dots."""
    page = pdf.get_page(number)
    try:
        width, height = page.get_size()
        scale = min(dpi / 72, (PIXELS / (width * height)) ** 0.5)
        out = io.BytesIO()
        page.render(scale=scale).to_pil().save(out, "WEBP", quality=QUALITY, method=2)
        return out.getvalue()
    finally:
        page.close()


def main() -> None:
    """Answer until nobody asks any more."""
    asked, told = sys.stdin.buffer, sys.stdout.buffer
    while line := asked.readline():
        question = json.loads(line)
        data = asked.read(question["length"])
        try:
            said, pictures = answer(question, data)
        except MemoryError:
            os._exit(3)
        except (pypdfium2.PdfiumError, OSError, ValueError):
            said, pictures = {"refused": "damaged"}, []
        told.write(json.dumps(said).encode() + b"\n")
        for one in pictures:
            told.write(one)
        told.flush()


if __name__ == "__main__":
    main()
