"""Photos of an import as pages draw them."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request, url_for
from flask_babel import gettext

from app.domain.imports import photo_reads
from app.domain.imports.models import Import, ImportPhoto, ImportRow
from app.domain.imports.photo_reads import PhotoCounts, Standing
from app.domain.imports.rules import OPEN, RowState
from app.domain.kernel import idempotency
from app.domain.kernel.cropping import SMALLEST, suggested, widest
from app.domain.kernel.words import N_
from app.views.photos import ACCEPTED

Drawn = dict[str, Any]
VIEW = "ImportPhotosView"
SHOWN = 12
"""Photos of one standing on a page."""
TAKEN = f"{ACCEPTED},image/heic,.zip"
TITLES = {
    Standing.UNMATCHED: N_("Without a row"),
    Standing.REFUSED: N_("Cannot be used"),
    Standing.MATCHED: N_("Matched"),
}


def drawn_panel(import_: Import, *, undo: ImportPhoto | None = None, notice: str = "") -> Drawn:
    """Return what imports/_photos.html draws of an import."""
    counts = photo_reads.counts(import_)
    is_open = import_.state == OPEN.code
    return {
        "import_id": import_.id,
        "counts": counts,
        "is_open": is_open,
        "reading": drawn_reading(import_),
        "sections": _sections(import_, counts),
        "once": idempotency.new_token(),
        "accept": TAKEN,
        "undo": _undo(undo) if undo is not None and is_open else None,
        "notice": notice,
        "clear_url": url_for(f"{VIEW}.clear", import_=import_.id) if counts.refused else None,
        "bring_url": url_for(f"{VIEW}.bring", import_=import_.id),
    }


def drawn_reading(import_: Import) -> Drawn | None:
    """Return how far the reading of uploads is, as imports/_photos_reading.html draws it."""
    found = photo_reads.reading(import_)
    if found is None:
        return None
    return {
        "done": found.done,
        "total": max(found.total, 1),
        "url": url_for(f"{VIEW}.progress", import_=import_.id),
    }


def _sections(import_: Import, counts: PhotoCounts) -> list[Drawn]:
    """Return the photos by what became of them: all beginnings, or one of them from a photo on."""
    wanted = request.args.get("show", "")
    after = request.args.get("after", 0, type=int) if wanted in set(Standing) else 0
    rows = photo_reads.rows_like(import_, "") if counts.unmatched or counts.matched else []
    return [
        _section(import_, each, after, rows) | {"count": counts.of(each)}
        for each in Standing
        if counts.of(each) and wanted in ("", each)
    ]


def _section(import_: Import, standing: Standing, after: int, rows: Sequence[ImportRow]) -> Drawn:
    found = photo_reads.photos_of(import_, standing, after=max(after, 0), size=SHOWN + 1)
    more = None
    if len(found) > SHOWN:
        found = found[:SHOWN]
        more = url_for(f"{VIEW}.index", import_=import_.id, show=standing, after=found[-1].id)
    is_open = import_.state == OPEN.code
    return {
        "code": standing.value,
        "title": gettext(TITLES[standing]),
        "photos": [_card(photo, rows, is_open) for photo in found],
        "more": more,
    }


def _card(photo: ImportPhoto, rows: Sequence[ImportRow], is_open: bool) -> Drawn:
    is_usable = photo.photo_id is not None
    may_change = is_open and (photo.row is None or photo.row.state != RowState.DONE)
    return {
        "id": photo.id,
        "name": photo.name,
        "words": gettext(photo.words) if photo.words else "",
        "version": photo.version,
        "row": named(photo.row) if photo.row else None,
        "image_url": image_url(photo) if is_usable else None,
        "crop_url": url_for(f"{VIEW}.crop", photo=photo.id) if is_usable and may_change else None,
        "row_url": url_for(f"{VIEW}.row", photo=photo.id) if is_usable and may_change else None,
        "remove_url": url_for(f"{VIEW}.remove", photo=photo.id) if may_change else None,
        "choice": _choice(photo, rows) if is_usable and may_change else None,
    }


def image_url(photo: ImportPhoto) -> str:
    """Return where the prepared photo is; another cut is another address."""
    return url_for(f"{VIEW}.image", photo=photo.id, v=photo.photo_id)


def named(row: ImportRow) -> str:
    """Return how a row is called: its number, and whom it is about."""
    name = " ".join(
        str(row.values[part]) for part in ("first_names", "surname") if row.values.get(part)
    )
    number = gettext("Row %(number)s", number=row.number)
    return f"{number} · {name}" if name else number


def _choice(photo: ImportPhoto, rows: Sequence[ImportRow]) -> Drawn:
    listed = list(rows)
    if photo.row is not None and photo.row.id not in {row.id for row in rows}:
        listed.insert(0, photo.row)
    return {
        "id": f"photo-row-{photo.id}", "name": "row", "label": gettext("Row"), "required": True,
        "kind": "lookup", "width": "full", "value": photo.row_id,
        "options": [(row.id, named(row)) for row in listed],
        "url": url_for(f"{VIEW}.rows", import_=photo.import_id),
        "placeholder": gettext("Name or number"),
    }  # fmt: skip


def _undo(photo: ImportPhoto) -> Drawn:
    return {
        "text": gettext("“%(name)s” was removed.", name=photo.name),
        "action": url_for(f"{VIEW}.restore", photo=photo.id),
    }


def drawn_crop(photo: ImportPhoto, raw: Mapping[str, str], errors: Mapping[str, str]) -> Drawn:
    """Return what imports/crop.html draws: the whole picture, and the frame as it stands."""
    assert photo.source is not None
    width, height = photo.source.facts["width"], photo.source.facts["height"]
    first = suggested(width, height).kept()
    box = {**first, **photo.crop}
    labels = {
        "x": gettext("From the left"), "y": gettext("From the top"), "width": gettext("Width"),
    }  # fmt: skip
    return {
        "source_url": url_for(f"{VIEW}.source", photo=photo.id, v=photo.source_id),
        "size": (width, height),
        "least": SMALLEST[0],
        "most": widest(width, height),
        "suggested": first,
        "fields": [
            {"id": f"crop-{name}", "name": name, "label": label, "kind": "number", "width": "5",
             "required": True, "value": raw.get(name, box[name]), "error": errors.get(name)}
            for name, label in labels.items()
        ],
        "has_errors": bool(errors),
    }  # fmt: skip
