"""Runs Typst: one kept compiler per template, our fonts, data handed over as JSON."""

import json
import os
import re
import threading
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path

import typst

from app.documents import fonts

TEMPLATES = Path(__file__).parent / "templates"
# PDF/A-3 keeps for decades and may carry an attachment; UA-1 is for those who hear their papers.
STANDARDS: "list[typst.PDFStandard]" = ["a-3a", "ua-1"]

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_kept: dict[str, typst.Compiler] = {}
# One page at a time in a process: Typst uses every core by itself, and the longest invoice takes
# half a gigabyte while it is set.
_press = threading.Lock()
_first: list[int] = []


class TypesettingError(Exception):
    """Typst refused the page: a fault of the template, never of what people typed."""


def typeset(template: str, page: Mapping[str, object], *, dated: date) -> bytes:
    """Return the PDF of ``template`` with ``page`` as its data; equal input gives equal bytes."""
    accent = page.get("accent", "#12397f")
    if not isinstance(accent, str) or not _COLOUR.fullmatch(accent):
        raise ValueError(f"The accent of a document is a colour such as #12397f, not {accent!r}.")
    data = {**page, "dated": [dated.year, dated.month, dated.day], "fonts": fonts.FAMILIES}
    _refuse_after_fork()
    try:
        with _press:
            pdf = _compiler(template).compile(
                format="pdf",
                sys_inputs={"page": json.dumps(data, ensure_ascii=False)},
                pdf_standards=STANDARDS,
                timestamp=datetime.combine(dated, time(12), UTC),
            )
    except typst.TypstError as error:
        raise TypesettingError(f"{template}: {error}") from error
    if not isinstance(pdf, bytes):
        raise TypesettingError(f"{template} gave no PDF.")
    return pdf


def _refuse_after_fork() -> None:
    # Typst's threads do not survive a fork: a child of a process that has set a page waits for
    # them for ever. Servers fork before they set anything; whoever does otherwise is told.
    if not _first:
        _first.append(os.getpid())
    if _first[0] != os.getpid():
        raise TypesettingError("This process was forked from one that had already set a page.")


def _compiler(template: str) -> typst.Compiler:
    if template not in _kept:
        _kept[template] = typst.Compiler(
            TEMPLATES / template,
            root=TEMPLATES,
            font_paths=typst.Fonts(
                include_system_fonts=False,
                include_embedded_fonts=False,
                font_paths=[str(fonts.FOLDER)],
            ),
            ignore_system_fonts=True,
        )
    return _kept[template]
