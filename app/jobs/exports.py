"""Packs exports part by part, and clears away those whose time has come (D37 to D43)."""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import IO, cast

from flask import current_app

from app.clock import now
from app.documents import packing
from app.documents.workshop import DocumentRefusedError, Recipe, workshop_of
from app.domain.awards import rules
from app.domain.awards.models import ExportFile, IssuedDocument
from app.domain.awards.queries import records
from app.domain.awards.queries.records import Packed
from app.domain.awards.rules import RECORD_TYPES, RecordType
from app.domain.awards.service import exporting
from app.domain.kernel.viewer import PRINTER, SYSTEM, seen_by
from app.extensions import db
from app.jobs.runner import Work, lease
from app.sheets.export import write_csv
from app.storage import (
    Storage,
    StorageUnavailableError,
    StoredFileDamagedError,
    StoredFileMissingError,
    storage_of,
)
from app.transaction import transaction

logger = logging.getLogger(__name__)

PART = 200
"""Documents of one part: what a killed worker does again."""
HEADS = ("File", "SHA-256", "Reference", "Holder", "Type", "Qualification", "Status")
MANIFEST = "manifest.csv"
PRINT = "print"
"""The kind of an export that holds paper views, for the printer."""


@dataclass(frozen=True)
class _Task:
    """An export as it is when its worker begins."""

    id: int
    name: str
    kind: str
    state: str
    ids: Sequence[int]
    parts: Sequence[str]
    packed: int


class _UnusableError(Exception):
    """A document cannot be packed, now or later; the text says which and why."""


def export_documents(work: Work) -> None:
    """Pack the export that the job names: whatever its parts hold already stays packed.

    A storage that does not answer lets the job be tried again later; a document that is gone
    or damaged fails the export, with the reason.
    """
    task = _task(work.payload["export_id"])
    if task is None:
        return
    storage = storage_of(current_app.config)
    if task.state == rules.EXPORT_PENDING.code:
        work.total = len(task.ids)
        try:
            _pack_rest(work, task, storage)
            _join(work, task.id, storage)
        except _UnusableError as error:
            with work.chunk(PRINTER):
                exporting.fail(_export(task.id), str(error), now())
    _drop_parts(work, task.id, storage)


def _task(export_id: int) -> _Task | None:
    with seen_by(PRINTER):
        found = db.session.get(ExportFile, export_id)
        if found is None:
            return None
        parts = [part["key"] for part in found.parts]
        packed = sum(part["count"] for part in found.parts)
        return _Task(
            found.id, found.name, found.kind, found.state, list(found.document_ids), parts, packed
        )


def _export(export_id: int) -> ExportFile:
    return db.session.get_one(ExportFile, export_id)


class _Pulse:
    """Holds a job while one part of it takes long: without it another worker would take over."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._every = lease().total_seconds() / 3
        self._last = time.monotonic()

    def beat(self) -> None:
        """Renew the lease if it is some time since it was renewed."""
        if time.monotonic() - self._last > self._every:
            with self._work.chunk(PRINTER):
                pass
            self._last = time.monotonic()


def _pack_rest(work: Work, task: _Task, storage: Storage) -> None:
    """Pack what no part holds yet; each part is stored, then recorded."""
    number, pulse = len(task.parts), _Pulse(work)

    def file(document: Packed) -> tuple[str, bytes]:
        pulse.beat()
        content = _on_paper(document) if task.kind == PRINT else _bytes_of(document, storage)
        return name_in_zip(document), content

    for start in range(task.packed, len(task.ids), PART):
        number += 1
        with seen_by(PRINTER):
            documents = records.to_pack(task.ids[start : start + PART])
        comment = f"Export {task.id}, part {number}"
        pieces = packing.packed(map(file, documents), comment)
        key = storage.put(cast(IO[bytes], packing.Pieces(pieces)))
        with work.chunk(PRINTER):
            exporting.note_part(_export(task.id), key, len(documents))
            work.done = start + len(documents)


def name_in_zip(document: Packed) -> str:
    """Return how a document is called in an export; references make names unique."""
    record_type = RECORD_TYPES[RecordType(document.record_type)]
    return packing.file_name(document.holder, record_type, document.reference, end=".pdf")


def _on_paper(packed: Packed) -> bytes:
    """Return the paper view of a document, from its frozen data and its template."""
    with seen_by(PRINTER):
        document = db.session.get_one(IssuedDocument, packed.id)
        address, recipe = document.address, Recipe(
            id=document.id, source=document.template_version.source, content=document.content,
            code=document.code,
        )  # fmt: skip
    try:
        return workshop_of(current_app.config).paper_view(recipe, address)
    except DocumentRefusedError as error:
        raise _UnusableError(f"{packed.reference} cannot be printed: {error}") from error


def _bytes_of(document: Packed, storage: Storage) -> bytes:
    if document.key is None:
        raise _UnusableError(f"{document.reference} has no file.")
    try:
        return storage.get(document.key)
    except StoredFileMissingError as error:
        raise _UnusableError(f"The file of {document.reference} is missing.") from error
    except StoredFileDamagedError as error:
        raise _UnusableError(f"The file of {document.reference} is damaged.") from error


def _join(work: Work, export_id: int, storage: Storage) -> None:
    """Make one zip of the parts, with a list of what it holds, and record it."""
    task = _task(export_id)
    assert task is not None
    folder = packing.file_name(task.name)
    manifest = write_csv(HEADS, _manifest(task.ids))
    pieces = packing.joined(
        _opened(work, task.parts, storage), folder, [(MANIFEST, manifest)], f"Export {task.id}"
    )
    file = packing.Pieces(pieces)
    try:
        key = storage.put(cast(IO[bytes], file))
    except (StoredFileMissingError, StoredFileDamagedError) as error:
        with work.chunk(PRINTER):
            exporting.forget_parts(_export(export_id))  # they are packed anew
        raise StorageUnavailableError(f"A part of export {export_id} is gone.") from error
    with work.chunk(PRINTER):
        exporting.complete(_export(export_id), key, file.size, f"{folder}.zip", now())
        work.done = len(task.ids)


def _opened(work: Work, keys: Sequence[str], storage: Storage) -> Iterator[IO[bytes]]:
    """Open one part after the other; the job is held meanwhile."""
    pulse = _Pulse(work)
    for key in keys:
        pulse.beat()
        with storage.open(key) as part:
            yield part


def _manifest(ids: Sequence[int]) -> Iterator[Sequence[object]]:
    remaining = iter(ids)
    while some := list(islice(remaining, PART)):
        with seen_by(PRINTER):
            documents = records.to_pack(some)
        for each in documents:
            yield (
                name_in_zip(each), each.key, each.reference, each.holder,
                RECORD_TYPES[RecordType(each.record_type)], each.title,
                rules.DOCUMENT.state(each.state).label,
            )  # fmt: skip


def _drop_parts(work: Work, export_id: int, storage: Storage) -> None:
    """Delete the parts of an export that is through; first the files, so that none is left over."""
    task = _task(export_id)
    if task is None or not task.parts:
        return
    for key in task.parts:
        storage.delete(key)
    with work.chunk(PRINTER):
        exporting.forget_parts(_export(export_id))


# The sweep ---------------------------------------------------------------------------------------


def clear_expired() -> None:
    """Expire exports whose time has come, and delete the files of those that are expired.

    The row goes first, so that nobody begins to fetch what is being deleted; a file that could
    not be deleted is tried again at the next sweep.
    """
    try:
        with seen_by(SYSTEM), transaction():
            exporting.expire_due(now())
        with seen_by(SYSTEM):
            left = [(each.id, exporting.files_of(each)) for each in exporting.spent()]
        for export_id, keys in left:
            for key in keys:
                storage_of(current_app.config).delete(key)
            with seen_by(SYSTEM), transaction():
                exporting.let_go(_export(export_id))
    except Exception:
        logger.exception("The sweep could not clear expired exports")
