"""Reads the pictures of an upload: each is checked, cut and kept once, then rows are matched."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any

from flask import current_app

from app.clock import now
from app.domain.imports import photos, service
from app.domain.imports.models import Import
from app.domain.imports.photos import Brought, Kept
from app.domain.imports.rules import DISCARDED, DONE
from app.domain.kernel.viewer import SYSTEM, Viewer, seen_by
from app.domain.kernel.words import N_
from app.extensions import db
from app.jobs.runner import Work
from app.sheets.reading import FileRefusedError, count_files, open_archive
from app.storage import Storage, StoredFileMissingError, storage_of
from app.storage.photos import (
    MAX_BYTES,
    PhotoRefusedError,
    PreparedPhoto,
    is_picture,
    prepare_cuttable,
)

CHUNK = 20
SHEETS = ("xlsx", "xls", "ods", "csv")
ZIP = b"PK\x03\x04"
EMPTY_ZIP = b"PK\x05\x06"

_TOO_LARGE = N_("This file is larger than 20 MB; a photo may have at most 10 MB.")
_GONE = N_("This file is no longer stored. Bring it again.")
_NESTED = N_("A zip within a zip is not opened. Bring it by itself.")


@dataclass(frozen=True)
class Part:
    """One file to be read: its bytes, or why there are none; ``size`` is what it really has."""

    name: str
    data: bytes = b""
    size: int = 0
    words: str = ""


@dataclass(frozen=True)
class FoundSheet:
    """A spreadsheet that came among pictures, kept by the storage."""

    name: str
    key: str
    size: int


def import_photos(work: Work) -> None:
    """Read every picture of an upload that was not read before, then match all to rows.

    A chunk is saved with how far the job is. What a killed worker had prepared but not saved is
    prepared again; the storage keeps equal files once, and the import equal photos once.
    """
    viewer = _viewer(work.payload)
    storage, file_ids = storage_of(current_app.config), work.payload["files"]
    with seen_by(viewer):
        files = [(file.name, file.key) for file in photos.uploads_of(file_ids)]
        is_over = _import_of(work) is None
    if not is_over:
        work.total = sum(_count(storage, key) for _, key in files)
        parts = islice(_parts(storage, files), work.done, None)
        for chunk in _chunks(parts):
            _read(work, viewer, storage, chunk)
    with work.chunk(viewer):
        import_ = _import_of(work)
        if import_ is not None:
            photos.refuse_unless_open(import_)
            service.match_photos(import_, now())
        photos.forget_uploads(file_ids)
    _forget(storage, files)


def _viewer(payload: dict[str, Any]) -> Viewer:
    """Return whoever brought the files, with the reach of the one organisation they are for."""
    owner = payload["organisation"]
    return Viewer(
        "Photos", user_id=payload["user"], user_name=payload["user_name"],
        organisation_id=owner, reach=frozenset({owner}),
    )  # fmt: skip


def _import_of(work: Work) -> Import | None:
    """Return the import, or None when nothing is to be brought into it any more."""
    found = db.session.get(Import, work.payload["import"])
    return None if found is None or found.state in (DISCARDED.code, DONE.code) else found


# What there is to read -----------------------------------------------------------------------


def _count(storage: Storage, key: str) -> int:
    try:
        with storage.open(key) as file:
            return count_files(file) if _is_zip(file) else 1
    except (FileRefusedError, StoredFileMissingError):
        return 1


def _parts(storage: Storage, files: Iterable[tuple[str, str]]) -> Iterator[Part]:
    """Yield every file, and in place of a zip its files, always in the same order."""
    for name, key in files:
        try:
            with storage.open(key) as file:
                yield from _unpacked(name, file) if _is_zip(file) else [_single(name, file)]
        except StoredFileMissingError:
            yield Part(name, words=_GONE)
        except FileRefusedError as error:
            yield Part(name, words=error.text)


def _is_zip(file: IO[bytes]) -> bool:
    head = file.read(4)
    file.seek(0)
    return head in (ZIP, EMPTY_ZIP)


def _single(name: str, file: IO[bytes]) -> Part:
    data = file.read(MAX_BYTES + 1)
    return Part(name, data, file.seek(0, 2))


def _unpacked(name: str, file: IO[bytes]) -> Iterator[Part]:
    too_large: list[str] = []
    count = 0
    for part, data in open_archive(file, left_out=too_large.append):
        count += 1
        yield from _left_out(too_large)
        yield Part(part, data, len(data))
    count += len(too_large)
    yield from _left_out(too_large)
    if not count:
        yield Part(name, words=N_("This zip holds no files."))


def _left_out(names: list[str]) -> Iterator[Part]:
    while names:
        yield Part(names.pop(0), words=_TOO_LARGE)


# What becomes of it --------------------------------------------------------------------------


def _chunks(parts: Iterator[Part]) -> Iterator[Iterator[Part]]:
    """Yield so many parts as are saved together, each read only when it is asked for."""
    for first in parts:
        yield _begun(first, parts)


def _begun(first: Part, parts: Iterator[Part]) -> Iterator[Part]:
    yield first
    yield from islice(parts, CHUNK - 1)


def _read(work: Work, viewer: Viewer, storage: Storage, chunk: Iterator[Part]) -> None:
    """Prepare a chunk outside of any transaction, then save it in one."""
    brought: list[Brought] = []
    sheets: list[FoundSheet] = []
    count = 0
    for part in chunk:
        count += 1
        if _is_sheet(part):
            sheets.append(FoundSheet(part.name, storage.put(part.data), len(part.data)))
        else:
            brought.append(_prepared(work, viewer, storage, part))
    with work.chunk(viewer):
        import_ = _import_of(work)
        if import_ is not None:
            photos.bring(import_, brought, now())
            for sheet in sheets:
                service.bring_file(
                    import_, name=sheet.name, key=sheet.key, size=sheet.size, at=now()
                )
        work.done += count


def _is_sheet(part: Part) -> bool:
    ending = part.name.rpartition(".")[2].casefold()
    return ending in SHEETS and not part.words and not is_picture(part.data)


def _prepared(work: Work, viewer: Viewer, storage: Storage, part: Part) -> Brought:
    digest = photos.digest_of(part.name, part.data)
    with seen_by(viewer):
        import_ = _import_of(work)
        if import_ is None or photos.known(import_, [digest]):
            return Brought(name=part.name, digest=digest)
    if part.words:
        return Brought(name=part.name, digest=digest, words=part.words)
    if part.data.startswith((ZIP, EMPTY_ZIP)):
        return Brought(name=part.name, digest=digest, words=_NESTED)
    return prepare(storage, part.name, part.data, part.size)


def prepare(storage: Storage, name: str, data: bytes, size: int) -> Brought:
    """Return what became of one file: kept by the storage as picture and photo, or refused."""
    digest = photos.digest_of(name, data)
    try:
        made = prepare_cuttable(data, size=size)
    except PhotoRefusedError as error:
        return Brought(name=name, digest=digest, words=error.text)
    return Brought(
        name=name, digest=digest, source=_kept(storage, made.source),
        photo=_kept(storage, made.photo), crop=made.box.kept(),
    )  # fmt: skip


def _kept(storage: Storage, photo: PreparedPhoto) -> Kept:
    key = storage.put(photo.jpeg)
    return Kept(key=key, size=len(photo.jpeg), width=photo.width, height=photo.height)


def _forget(storage: Storage, files: Iterable[tuple[str, str]]) -> None:
    """Delete uploads that were read, unless somebody else has a file of the same content."""
    for _, key in files:
        with seen_by(SYSTEM):
            is_kept = photos.is_kept(key)
        if not is_kept:
            storage.delete(key)
