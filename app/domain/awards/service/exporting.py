"""Exports: documents packed into one file that can be fetched until it expires (D37 to D43)."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from app.clock import local
from app.domain.awards import queries, rules
from app.domain.awards.models import ExportFile, IssuedDocument, PaperCopy
from app.domain.awards.queries import records
from app.domain.kernel import audit, idempotency, jobs, workflow
from app.domain.kernel import viewer as viewers
from app.domain.kernel.permissions import Permission
from app.domain.kernel.tables import StoredFile
from app.domain.kernel.words import say
from app.errors import ConflictError, FieldErrors, ForbiddenError
from app.extensions import db

EXPORTING = "export_documents"
"""The background job that packs an export; its payload is {"export_id": id}."""
MOST = 50_000
"""Documents that one export may hold."""
PATIENCE = timedelta(days=7)
"""For so long an export is tried; once it is made, the settings say until when it is kept."""
LONGEST_NAME, LONGEST_DESCRIPTION, LONGEST_FAILURE = 80, 200, 400
ZIP = "application/zip"


def check(name: str, description: str, *, acknowledged: bool) -> dict[str, str]:
    """Return in words, by field, what is wrong with what an export was asked with."""
    errors: dict[str, str] = {}
    if not name.strip():
        errors["name"] = say("Give the export a name, so that you know it again in Downloads.")
    elif len(name) > LONGEST_NAME or "\0" in name:
        errors["name"] = say("At most %(most)s characters fit.", most=LONGEST_NAME)
    if len(description) > LONGEST_DESCRIPTION or "\0" in description:
        errors["description"] = say("At most %(most)s characters fit.", most=LONGEST_DESCRIPTION)
    if not acknowledged:
        errors["acknowledged"] = say("Confirm what these documents are for.")
    return errors


def export(
    ids: Sequence[int], name: str, description: str, *, acknowledged: bool, at: datetime
) -> ExportFile:
    """Ask for an export of documents; a worker packs it.

    Those of ``ids`` that were not issued, or do not exist for the viewer, are left out. Raise
    ForbiddenError without the permission, FieldErrors for a name that does not do or without
    the acknowledgement, ConflictError when nothing is left or more than MOST are.
    """
    if Permission.EXPORT_DOCUMENTS.code not in viewers.of(db.session()).permissions:
        raise ForbiddenError("You may not export documents.")
    errors = check(name, description, acknowledged=acknowledged)
    if errors:
        raise FieldErrors(errors)
    if len(ids) > MOST:
        raise ConflictError(
            say("One export holds at most %(most)s documents. Filter the list and export in parts.",
                most=f"{MOST:,}")
        )  # fmt: skip
    found = records.exportable(ids)
    if not found:
        raise ConflictError(say("None of these documents has been issued yet."))
    return _begun(name.strip(), description.strip(), "documents", found, at)


def print_file(copies: Sequence[PaperCopy], *, at: datetime) -> ExportFile:
    """Ask for the file of copies that are to be printed: their paper views, in this order.

    Raise ForbiddenError for whoever does not print, ConflictError when no copy is left to print.
    """
    if Permission.ISSUE_DOCUMENTS.code not in viewers.of(db.session()).permissions:
        raise ForbiddenError("You may not print documents.")
    waiting = [each.document_id for each in copies if each.state == rules.TO_PRINT.code]
    found = records.exportable(waiting)
    if not found:
        raise ConflictError(say("None of these copies waits to be printed."))
    name = say("Print file of %(day)s", day=f"{local(at):%-d %B %Y, %H:%M}")
    return _begun(name, "", "print", found, at)


def _begun(
    name: str, description: str, kind: str, document_ids: Sequence[int], at: datetime
) -> ExportFile:
    viewer = viewers.of(db.session())
    made = ExportFile(
        organisation_id=viewer.organisation_id, name=name, description=description, kind=kind,
        document_ids=list(document_ids), count=len(document_ids), parts=[],
        expires_at=at + PATIENCE, created_by_id=viewer.user_id, created_at=at,
        state=rules.EXPORT_PENDING.code,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    _enqueue(made, at)
    return made


def _enqueue(export_file: ExportFile, at: datetime) -> None:
    jobs.enqueue(
        db.session(), EXPORTING, {"export_id": export_file.id}, key=f"export {export_file.id}",
        at=at,
    )  # fmt: skip


def do_once(token: str, work: Callable[[], str]) -> tuple[str, bool]:
    """Do ``work`` for the first form with this token; return what it returned, and if now."""
    return idempotency.once(db.session(), token, "export documents", work)


def retry(export_file: ExportFile, *, at: datetime) -> None:
    """Pack a failed export again; raise IllegalMoveError for any other."""
    values = {"failure": "", "expires_at": at + PATIENCE}
    workflow.make_moves(db.session(), [export_file], "retry", at=at, values=values)
    _enqueue(export_file, at)


def remove(export_file: ExportFile) -> None:
    """Take a failed or expired export off the list; raise ConflictError for any other."""
    if export_file.state not in (rules.EXPORT_FAILED.code, rules.EXPORT_EXPIRED.code):
        raise ConflictError(say("Only exports that failed or expired are removed."))
    export_file.is_removed = True
    db.session.flush()


def restore(export_file: ExportFile) -> None:
    """Put an export that was removed back on the list."""
    export_file.is_removed = False
    db.session.flush()


# What the worker and the web record --------------------------------------------------------------


def note_part(export_file: ExportFile, key: str, count: int) -> None:
    """Record that another part is packed and stored."""
    export_file.parts = [*export_file.parts, {"key": key, "count": count}]
    db.session.flush()


def complete(export_file: ExportFile, key: str, size: int, name: str, at: datetime) -> None:
    """Record the file of an export, and until when it can be fetched."""
    export_file.file = StoredFile(
        organisation_id=export_file.organisation_id, key=key, name=name, media_type=ZIP,
        size=size, created_at=at,
    )  # fmt: skip
    db.session.flush()
    values = {"failure": "", "expires_at": at + timedelta(days=queries.settings().export_days)}
    workflow.make_moves(db.session(), [export_file], "complete", at=at, values=values)


def forget_parts(export_file: ExportFile) -> list[str]:
    """Forget the parts of an export; return their keys, which nothing else names."""
    keys = [part["key"] for part in export_file.parts]
    export_file.parts = []
    db.session.flush()
    return keys


def fail(export_file: ExportFile, reason: str, at: datetime) -> None:
    """Record why an export could not be made."""
    reason = reason[:LONGEST_FAILURE]
    workflow.make_moves(
        db.session(), [export_file], "fail", at=at, reason=reason, values={"failure": reason}
    )


def note_fetch(export_file: ExportFile, at: datetime) -> None:
    """Record that somebody begins to download an export (D43)."""
    subject = audit.Subject(
        ExportFile.__tablename__, export_file.id, export_file.organisation_id, export_file.version
    )
    export_file.fetched_at, export_file.fetched_whole = at, None
    audit.write(db.session(), audit.rows_of_events(db.session(), [subject], "downloaded", at=at))
    db.session.flush()


def note_fetched(export_id: int, *, whole: bool) -> None:
    """Record how a download ended; an export that is gone meanwhile is passed over."""
    found = db.session.get(ExportFile, export_id)
    if found is not None:
        found.fetched_whole = whole
        db.session.flush()


def note_download(document: IssuedDocument, at: datetime) -> None:
    """Record in the history of a document that somebody downloaded it."""
    subject = audit.Subject(
        IssuedDocument.__tablename__, document.id, document.provider_id, document.version
    )
    audit.write(db.session(), audit.rows_of_events(db.session(), [subject], "downloaded", at=at))


# The end of an export ----------------------------------------------------------------------------


def expire_due(at: datetime, limit: int = 100) -> int:
    """Expire exports whose time has come; return how many.

    One that was never finished fails first, so that its row says why there was nothing to fetch.
    """
    statement = (
        select(ExportFile)
        .where(ExportFile.state.in_(_UNEXPIRED), ExportFile.expires_at <= at)
        .order_by(ExportFile.id)
        .limit(limit)
    )
    due = list(db.session.scalars(statement))
    for each in due:
        if each.state == rules.EXPORT_PENDING.code:
            fail(each, "It could not be made in time. Export the documents again.", at)
    workflow.make_moves(db.session(), due, "expire", at=at)
    return len(due)


_UNEXPIRED = tuple(
    each.code for each in (rules.EXPORT_PENDING, rules.EXPORT_COMPLETED, rules.EXPORT_FAILED)
)


def spent(limit: int = 100) -> list[ExportFile]:
    """Return expired exports whose files are still kept."""
    statement = (
        select(ExportFile)
        .where(ExportFile.state == rules.EXPORT_EXPIRED.code, ExportFile.file_id.is_not(None))
        .order_by(ExportFile.id)
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def files_of(export_file: ExportFile) -> list[str]:
    """Return the keys that the storage keeps for an export and for nothing else."""
    file, keys = export_file.file, [part["key"] for part in export_file.parts]
    if file is not None and not _is_named_elsewhere(file):
        keys.append(file.key)
    return keys


def _is_named_elsewhere(file: StoredFile) -> bool:
    statement = select(StoredFile.id).where(StoredFile.key == file.key, StoredFile.id != file.id)
    return db.session.scalar(statement.limit(1)) is not None


def let_go(export_file: ExportFile) -> None:
    """Forget the file of an export, once the storage has deleted it; the row stays."""
    file = export_file.file
    export_file.file, export_file.parts = None, []
    db.session.flush()
    if file is not None:
        db.session.delete(file)
        db.session.flush()
