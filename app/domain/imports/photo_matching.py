"""Matches the photos of an import to its rows: a few statements, however many there are."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from app.domain.imports import photo_names
from app.domain.imports.models import Import, ImportFile, ImportPhoto, ImportRow
from app.domain.imports.photo_names import TAKEN_OFF, Found, PhotoName, RowNames
from app.domain.imports.rules import OPEN, RowState
from app.domain.kernel.scope import refuse_foreign
from app.domain.kernel.words import say
from app.extensions import db

TAKING = frozenset({"applications"})
"""Targets whose rows have a photo."""
Rows = Sequence[Any]
"""Rows of columns, as a statement gives them."""


def match(import_: Import, at: datetime) -> list[int]:
    """Find the row of every photo anew; return the ids of rows that have another photo now.

    What somebody chose stands, and so does what rows already finalised have. Nothing happens
    unless the import is open.
    """
    if import_.state != OPEN.code or import_.target not in TAKING:
        return []
    session = db.session()
    session.flush()
    refuse_foreign(session, [import_])
    photos = _photos(import_)
    if not photos:
        return []
    rows = _rows(import_)
    open_rows = [row for row in rows if row.state != RowState.DONE]
    found = _found(photos, open_rows, import_)
    _write_photos(import_, photos, found)
    changed = _changed(photos, open_rows, found)
    _write_rows(import_, changed)
    if changed:
        _touch(import_, at)
    _expire(import_)
    return sorted(changed)


def _photos(import_: Import) -> Rows:
    """Return the photos that can be used and are not at a finalised row."""
    done = select(ImportRow.id).where(
        ImportRow.import_id == import_.id, ImportRow.state == RowState.DONE
    )
    statement = (
        select(
            ImportPhoto.id, ImportPhoto.name, ImportPhoto.row_id, ImportPhoto.photo_id,
            ImportPhoto.is_chosen, ImportPhoto.words,
        )
        .where(
            ImportPhoto.import_id == import_.id,
            ImportPhoto.removed_at.is_(None),
            ImportPhoto.photo_id.is_not(None),
            ImportPhoto.row_id.is_(None) | ImportPhoto.row_id.not_in(done),
        )
        .order_by(ImportPhoto.id)
    )  # fmt: skip
    return db.session.execute(statement).all()


def _rows(import_: Import) -> Rows:
    said = ImportRow.values
    statement = select(
        ImportRow.id, ImportRow.file_id, ImportRow.number, ImportRow.state, ImportRow.photo_id,
        ImportRow.scheme_number, ImportRow.ni_number, ImportRow.uln,
        said["image"].as_string().label("image"), said["surname"].as_string().label("surname"),
        said["first_names"].as_string().label("first_names"),
    ).where(ImportRow.import_id == import_.id, ImportRow.state != RowState.REMOVED)  # fmt: skip
    return db.session.execute(statement.order_by(ImportRow.id)).all()


def _found(photos: Rows, rows: Rows, import_: Import) -> dict[int, Found]:
    """Return what became of each photo; one chosen for a row that is removed waits for it."""
    names = _names(import_, rows)
    present = {row.id for row in rows}
    found = {
        photo.id: Found(photo.row_id, "" if photo.row_id else TAKEN_OFF)
        for photo in photos
        if photo.is_chosen and photo.row_id not in present
    }
    open_photos = [
        PhotoName(photo.id, photo.name, photo.row_id if photo.is_chosen else None)
        for photo in photos
        if photo.id not in found
    ]
    return found | photo_names.pair(open_photos, names)


def _names(import_: Import, rows: Rows) -> list[RowNames]:
    files = {row.file_id for row in rows}
    called: dict[int, str] = {}
    if len(files) > 1:
        statement = select(ImportFile.id, ImportFile.name).where(
            ImportFile.import_id == import_.id, ImportFile.id.in_(files - {None})
        )
        called = {row[0]: row[1] for row in db.session.execute(statement)}
    return [
        RowNames(
            row.id, _called(row, called if len(files) > 1 else None), row.image or "",
            tuple(each for each in (row.scheme_number, row.ni_number, row.uln) if each),
            row.surname or "", row.first_names or "",
        )
        for row in rows
    ]  # fmt: skip


def _called(row: Any, files: Mapping[int, str] | None) -> str:
    if files is None:
        return str(row.number)
    if row.file_id is None:
        return say("%(number)s typed on the screen", number=row.number)
    return say("%(number)s of %(file)s", number=row.number, file=files.get(row.file_id, ""))


def _changed(photos: Rows, rows: Rows, found: Mapping[int, Found]) -> dict[int, int | None]:
    """Return the rows whose photo is another than before, with the new one or None."""
    wanted = {found[photo.id].row: photo.photo_id for photo in photos}
    ours = {photo.photo_id for photo in photos}
    return {
        row.id: wanted.get(row.id)
        for row in rows
        if row.photo_id != wanted.get(row.id) and (row.id in wanted or row.photo_id in ours)
    }


def _write_photos(import_: Import, photos: Rows, found: Mapping[int, Found]) -> None:
    table = ImportPhoto.__table__
    statement = (
        update(table)
        .where(table.c.id == bindparam("photo"), table.c.import_id == import_.id)
        .values(row_id=bindparam("row"), words=bindparam("said"))
    )
    changed = [
        {"photo": photo.id, "row": found[photo.id].row, "said": found[photo.id].words[:400]}
        for photo in photos
        if (photo.row_id, photo.words) != (found[photo.id].row, found[photo.id].words[:400])
    ]
    if changed:
        db.session.connection().execute(statement, changed)


def _write_rows(import_: Import, changed: Mapping[int, int | None]) -> None:
    table = ImportRow.__table__
    statement = (
        update(table)
        .where(table.c.id == bindparam("row"), table.c.import_id == import_.id)
        .values(photo_id=bindparam("photo"))
    )
    if changed:
        values = [{"row": row, "photo": photo} for row, photo in changed.items()]
        db.session.connection().execute(statement, values)


def _touch(import_: Import, at: datetime) -> None:
    # Below the session: that a photo found its row is no event of the import's history.
    table = Import.__table__
    session = db.session()
    session.connection().execute(
        update(table).where(table.c.id == import_.id).values(changed_at=at)
    )
    session.expire(import_, ["changed_at"])


def _expire(import_: Import) -> None:
    """Let what was written below the session be read anew, where it is in memory."""
    session = db.session()
    written = {ImportPhoto: ("row_id", "words", "row"), ImportRow: ("photo_id",)}
    for row in list(session.identity_map.values()):
        if isinstance(row, ImportPhoto | ImportRow) and row.import_id == import_.id:
            session.expire(row, written[type(row)])
