"""Photos of an import: brought, matched to rows, cut anew, removed and brought back."""

import hashlib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update

from app.domain.imports.models import Import, ImportPhoto, ImportRow
from app.domain.imports.photo_matching import TAKING, match
from app.domain.imports.queries import refuse_unless_ours
from app.domain.imports.rules import FINALISING, OPEN, RowState
from app.domain.kernel import idempotency, jobs
from app.domain.kernel import viewer as viewers
from app.domain.kernel.cropping import Box
from app.domain.kernel.scope import refuse_foreign
from app.domain.kernel.tables import StoredFile
from app.domain.kernel.words import N_, say
from app.errors import ConflictError, NotFoundError, StaleError
from app.extensions import db

__all__ = [
    "TAKING", "Brought", "Kept", "Upload", "bring", "bring_later", "choose_row", "crop",
    "digest_of", "forget_uploads", "is_kept", "known", "match", "once", "refuse_unless_open",
    "remove", "remove_refused", "restore", "uploads_of",
]  # fmt: skip

READING = "import_photos"
"""The kind of job that reads the pictures of an upload."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A picture that the storage holds."""

    key: str
    size: int
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What became of one file: a picture and its photo, or why there is none."""

    name: str
    digest: str
    source: Kept | None = None
    photo: Kept | None = None
    crop: Mapping[str, int] = field(default_factory=dict)
    words: str = ""


@dataclass(frozen=True)
class Upload:
    """A file as it came, which the storage holds until a job has read it."""

    name: str
    key: str
    size: int


def digest_of(name: str, data: bytes) -> str:
    """Return what tells a file from all others of an import: its name and its content."""
    folded = unicodedata.normalize("NFC", name).casefold().encode()
    return hashlib.sha256(hashlib.sha256(folded).digest() + data).hexdigest()


def refuse_unless_open(import_: Import) -> None:
    """Raise ConflictError unless photos may be brought and changed."""
    refuse_unless_ours(import_)
    if import_.target not in TAKING:
        raise ConflictError(N_("Photos belong to card applications. Open such an upload first."))
    if import_.state == FINALISING.code:
        who = import_.finaliser or N_("a colleague")
        raise ConflictError(say("%(who)s is finalising this upload. Wait until that is done.",
                                who=who))  # fmt: skip
    if import_.state != OPEN.code:
        raise ConflictError(N_("This upload is closed. Open it again, or begin a new one."))


# Bringing ----------------------------------------------------------------------------------------


def known(import_: Import, digests: Sequence[str]) -> set[str]:
    """Return which files were brought already, removed ones included."""
    statement = select(ImportPhoto.digest).where(
        ImportPhoto.import_id == import_.id, ImportPhoto.digest.in_(digests)
    )
    return set(db.session.scalars(statement))


def bring(import_: Import, brought: Sequence[Brought], at: datetime) -> int:
    """Record what became of files; return how many were not brought before.

    A file that was removed is there again. Rows are matched by ``match``. Raise ConflictError
    unless the import is open.
    """
    refuse_unless_open(import_)
    session = db.session()
    refuse_foreign(session, [import_])
    unlike = {each.digest: each for each in brought}
    statement = select(ImportPhoto).where(
        ImportPhoto.import_id == import_.id, ImportPhoto.digest.in_(unlike)
    )
    for photo in session.scalars(statement):
        photo.removed_at = None
        del unlike[photo.digest]
    new = [each for each in unlike.values() if each.photo or each.words]
    session.add_all([_made(import_, each, at) for each in new])
    session.flush()
    return len(new)


def _made(import_: Import, each: Brought, at: datetime) -> ImportPhoto:
    owner = import_.organisation_id
    return ImportPhoto(
        import_=import_, organisation_id=owner, name=each.name[:200], digest=each.digest,
        source=_file(owner, each.name, each.source, at), crop=dict(each.crop),
        photo=_file(owner, each.name, each.photo, at), words=each.words[:400], brought_at=at,
    )  # fmt: skip


def _file(owner: int, name: str, kept: Kept | None, at: datetime) -> StoredFile | None:
    if kept is None:
        return None
    return StoredFile(
        organisation_id=owner, key=kept.key, name=name[:200], media_type="image/jpeg",
        size=kept.size, facts={"width": kept.width, "height": kept.height}, created_at=at,
    )  # fmt: skip


def bring_later(import_: Import, uploads: Sequence[Upload], at: datetime) -> None:
    """Have a job read pictures and zips of pictures; raise ConflictError unless it is open."""
    refuse_unless_open(import_)
    session, owner = db.session(), import_.organisation_id
    files = [
        StoredFile(organisation_id=owner, key=each.key, name=each.name[:200], size=each.size,
                   media_type="application/octet-stream", created_at=at)
        for each in uploads
    ]  # fmt: skip
    session.add_all(files)
    session.flush()
    viewer = viewers.of(session)
    payload = {
        "import": import_.id, "organisation": owner, "user": viewer.user_id,
        "user_name": viewer.actor, "files": [file.id for file in files],
    }  # fmt: skip
    key = f"import:{import_.id}:{files[0].id}"  # of its own: a second upload is not the first again
    jobs.enqueue(session, READING, payload, key=key, at=at)


def once(token: str, work: Callable[[], str]) -> bool:
    """Do ``work`` for the first form with this token; tell whether it was done now."""
    return idempotency.once(db.session(), token, "bring photos", work)[1]


def uploads_of(file_ids: Sequence[int]) -> list[StoredFile]:
    """Return the files that a job reads, in their order, but for those read to the end."""
    statement = select(StoredFile).where(StoredFile.id.in_(file_ids)).order_by(StoredFile.id)
    return list(db.session.scalars(statement))


def forget_uploads(file_ids: Sequence[int]) -> None:
    """Forget files that were read: they may say where somebody lives."""
    for file in uploads_of(file_ids):
        db.session.delete(file)
    db.session.flush()


def is_kept(key: str) -> bool:
    """Tell whether any file that the viewer knows has this content."""
    statement = select(StoredFile.id).where(StoredFile.key == key).limit(1)
    return db.session.scalar(statement) is not None


# Changing by hand --------------------------------------------------------------------------------


def choose_row(photo: ImportPhoto, row: ImportRow | None, version: int, at: datetime) -> list[int]:
    """Give the photo to a row, or to none; return the ids of rows that have another photo now.

    Raise StaleError when somebody changed the photo since ``version``, NotFoundError for a row of
    another import, ConflictError for a photo or row that can no longer change.
    """
    _hold(photo, version)
    if photo.photo_id is None:
        raise ConflictError(N_("This file is no photo that can be used. Bring another one."))
    if row is not None:
        _refuse_row(photo, row)
        _let_go(photo.import_id, row.id)
    photo.row, photo.is_chosen = row, True
    photo.version += 1
    return match(photo.import_, at)


def _refuse_row(photo: ImportPhoto, row: ImportRow) -> None:
    if row.import_id != photo.import_id:
        raise NotFoundError
    if row.state == RowState.DONE:
        raise ConflictError(N_("This row is finalised: its photo can no longer be changed here."))
    if row.state == RowState.REMOVED:
        raise ConflictError(N_("This row was removed. Choose another one."))


def _let_go(import_id: int, row_id: int) -> None:
    """Leave it to matching what becomes of a photo that somebody had chosen for the row."""
    statement = select(ImportPhoto).where(
        ImportPhoto.import_id == import_id,
        ImportPhoto.row_id == row_id,
        ImportPhoto.is_chosen.is_(True),
    )
    for other in db.session.scalars(statement):
        other.is_chosen = False


def crop(photo: ImportPhoto, box: Box, kept: Kept, version: int, at: datetime) -> None:
    """Put in place the photo that ``box`` cuts from the picture; its row follows.

    Raise StaleError when somebody changed it since ``version``, ConflictError when it can no
    longer change.
    """
    _hold(photo, version)
    if photo.source_id is None:
        raise ConflictError(N_("This file is no photo that can be used. Bring another one."))
    photo.photo = _file(photo.organisation_id, photo.name, kept, at)
    photo.crop = box.kept()
    photo.version += 1
    db.session.flush()
    if photo.row is not None:
        photo.row.photo_id = photo.photo_id
        db.session.flush()


def remove(photo: ImportPhoto, version: int, at: datetime) -> list[int]:
    """Take the photo out; return the ids of rows that have another photo now, or none.

    Raise StaleError when somebody changed it since ``version``, ConflictError when it can no
    longer change.
    """
    _hold(photo, version)
    changed = set()
    if photo.row is not None and photo.row.photo_id == photo.photo_id is not None:
        photo.row.photo_id = None
        changed.add(photo.row.id)
    photo.removed_at = at
    photo.version += 1
    return sorted(changed | {*match(photo.import_, at)})


def restore(photo: ImportPhoto, at: datetime) -> list[int]:
    """Bring a removed photo back; return the ids of rows that have another photo now.

    A row that somebody gave another photo meanwhile keeps that one. Raise ConflictError when the
    import is no longer open.
    """
    refuse_unless_open(photo.import_)
    if photo.removed_at is None:
        return []
    if photo.is_chosen and photo.row_id is not None and _is_chosen_for(photo.row_id):
        photo.is_chosen, photo.row = False, None
    photo.removed_at = None
    photo.version += 1
    return match(photo.import_, at)


def _is_chosen_for(row_id: int) -> bool:
    statement = select(ImportPhoto.id).where(
        ImportPhoto.row_id == row_id,
        ImportPhoto.is_chosen.is_(True),
        ImportPhoto.removed_at.is_(None),
    )
    return db.session.scalar(statement.limit(1)) is not None


def remove_refused(import_: Import, at: datetime) -> int:
    """Take out every file that cannot be used; return how many there were."""
    refuse_unless_open(import_)
    session = db.session()
    refuse_foreign(session, [import_])
    table = ImportPhoto.__table__
    statement = (
        update(table)
        .where(
            table.c.import_id == import_.id,
            table.c.photo_id.is_(None),
            table.c.removed_at.is_(None),
        )
        .values(removed_at=at, version=table.c.version + 1)
    )
    session.flush()
    done = session.connection().execute(statement).rowcount
    for row in list(session.identity_map.values()):
        if isinstance(row, ImportPhoto):
            session.expire(row, ["removed_at", "version"])
    return done


def _hold(photo: ImportPhoto, version: int) -> None:
    """Refuse what can no longer change, or was changed; keep others from changing it now."""
    refuse_unless_open(photo.import_)
    session = db.session()
    session.flush()
    session.refresh(photo, with_for_update=True)
    if photo.version != version or photo.removed_at is not None:
        raise StaleError(N_("Somebody changed this photo meanwhile. Look at it and try again."))
    if photo.row is not None and photo.row.state == RowState.DONE:
        raise ConflictError(N_("This row is finalised: its photo can no longer be changed here."))
