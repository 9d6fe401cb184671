"""Files of an import: brought, asked about, and taken out again."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, String, cast, delete, exists, or_, select

from app.domain.imports import headers
from app.domain.imports.headers import FULL_NAME, Proposed
from app.domain.imports.models import (
    CellError,
    HeadMapping,
    Import,
    ImportFile,
    ImportPhoto,
    ImportRow,
)
from app.domain.imports.rules import ASKING, READ, TAKEN_OUT, RowState
from app.domain.imports.service import drafts
from app.domain.imports.targets import target_of
from app.domain.kernel import viewer as viewers
from app.domain.kernel import workflow
from app.domain.kernel.tables import StoredFile
from app.domain.kernel.words import say
from app.errors import ConflictError, FieldErrors, NotFoundError, StaleError
from app.extensions import db

FILES_AT_MOST = 50
REPEAT = "repeat"
EXAMPLES = 3


def bring_file(import_: Import, *, name: str, key: str, size: int, at: datetime) -> ImportFile:
    """Take a spreadsheet into an import; a worker reads it.

    ``key`` is where the storage keeps it. Raise ConflictError when the import holds FILES_AT_MOST.
    """
    drafts.open_for_change(import_, at)
    live = [each for each in import_.files if each.state != TAKEN_OUT.code]
    if len(live) >= FILES_AT_MOST:
        raise ConflictError(
            f"This upload holds {FILES_AT_MOST} files, which is the most. Begin another one."
        )
    session = db.session()
    stored = StoredFile(
        organisation_id=import_.organisation_id, key=key, name=name[:200] or "file",
        media_type="application/octet-stream", size=size,
    )  # fmt: skip
    file = ImportFile(
        import_=import_, stored=stored, name=name[:200] or "file", state="waiting",
        brought_by_id=viewers.of(session).user_id or 0, brought_at=at,
    )  # fmt: skip
    session.add(file)
    session.flush()
    drafts.enqueue(drafts.READ_FILE, import_, at, file=file.id)
    return file


def choose_sheet(file: ImportFile, sheet: str, version: int, at: datetime) -> None:
    """Say which sheet of a workbook is meant; raise NotFoundError for one that is not there."""
    _asked(file, version, at)
    if sheet not in file.sheets:
        raise NotFoundError
    file.sheet, file.heads, file.mapping, file.confirmed = sheet[:120], [], [], False
    _answer(file, at)


def answer_repeat(file: ImportFile, *, again: bool, version: int, at: datetime) -> None:
    """Say whether a file that was brought before is to be read once more."""
    if not again:
        take_out(file, version, at)
        return
    _asked(file, version, at)
    file.choices = {**file.choices, "": {REPEAT: "yes"}}
    _answer(file, at)


def proposal(file: ImportFile) -> list[Proposed]:
    """Return what each column is taken for: as confirmed before, else as its heading says."""
    fields = target_of(file.import_).subject().fields
    proposed = headers.propose(file.heads, fields)
    known = remembered(file) or (file.mapping if file.confirmed else None)
    if known and len(known) == len(proposed):
        proposed = [
            Proposed(each.column, each.head, name, 100 if name else 0)
            for each, name in zip(proposed, known, strict=True)
        ]
    examples = file.seen.get("", {})
    return [
        Proposed(
            each.column, each.head, each.field, each.sure, tuple(examples.get(str(each.column), ()))
        )
        for each in proposed
    ]


def remembered(file: ImportFile) -> list[str | None] | None:
    """Return the mapping that the organisation confirmed for the same headings."""
    statement = select(HeadMapping.mapping).where(
        HeadMapping.organisation_id == file.import_.organisation_id,
        HeadMapping.target == file.import_.target,
        HeadMapping.signature == headers.signature(file.heads),
    )
    return db.session.scalar(statement)


def confirm_heads(
    file: ImportFile, mapping: Sequence[str | None], version: int, at: datetime
) -> None:
    """Say which column is which field; remembered for the organisation.

    A file that was read already is read anew; what somebody typed over its rows stays.

    Raise FieldErrors, by ``column-N`` or in general, when a field is named twice or one that
    every row needs has no column.
    """
    _asked(file, version, at)
    fields = target_of(file.import_).subject().fields
    known = {each.name for each in fields} | {FULL_NAME}
    wanted = [name if name in known else None for name in mapping]
    if len(wanted) != len(file.heads):
        raise NotFoundError
    errors = {
        f"column-{at_}": say("Another column is for this already.")
        for at_, name in enumerate(wanted)
        if name and name in wanted[:at_]
    }
    lacking = headers.lacking(set(wanted), fields)
    if lacking and not errors:
        names = ", ".join(each.label for each in lacking)
        errors[""] = say("No column was chosen for: %(names)s.", names=names)
    if errors:
        raise FieldErrors(errors)
    if file.state == READ.code:
        _drop_rows(file, _touched())
    file.mapping, file.confirmed = wanted, True
    _remember(file, wanted, at)
    _answer(file, at)


def _remember(file: ImportFile, mapping: list[str | None], at: datetime) -> None:
    signature, session = headers.signature(file.heads), db.session()
    owner, target = file.import_.organisation_id, file.import_.target
    found = session.scalar(
        select(HeadMapping).where(
            HeadMapping.organisation_id == owner,
            HeadMapping.target == target,
            HeadMapping.signature == signature,
        )
    )
    if found is None:
        found = HeadMapping(organisation_id=owner, target=target, signature=signature)
        session.add(found)
    found.mapping, found.confirmed_at = mapping, at


def take_out(file: ImportFile, version: int, at: datetime) -> None:
    """Take a file out of its import: its rows go, except what is finalised."""
    drafts.open_for_change(file.import_, at)
    workflow.lock(db.session(), [file])
    _refuse_stale(file, version)
    _drop_rows(file)
    workflow.make_moves(db.session(), [file], "take_out", at=at)
    drafts.enqueue(drafts.SETTLE, file.import_, at)


def _drop_rows(file: ImportFile, stays: ColumnElement[bool] | None = None) -> None:
    """Delete the rows of a file that are not finalised, except those that ``stays`` holds for."""
    rows, errors, photos = ImportRow.__table__, CellError.__table__, ImportPhoto.__table__
    going = [rows.c.file_id == file.id, rows.c.state != RowState.DONE.value]
    if stays is not None:
        going.append(~stays)
    gone = select(rows.c.id).where(*going)
    connection = db.session.connection()
    # Photos that were matched to them can be matched again.
    connection.execute(
        photos.update().where(photos.c.row_id.in_(gone)).values(row_id=None, is_chosen=False)
    )
    connection.execute(delete(errors).where(errors.c.row_id.in_(gone)))
    connection.execute(delete(rows).where(*going))


def _touched() -> ColumnElement[bool]:
    """Return what holds for rows in which somebody typed or decided something."""
    rows = ImportRow.__table__.c
    return or_(
        cast(rows.typed, String).not_in(("{}", "null")),
        cast(rows.plain, String).not_in(("[]", "null")),
        rows.choice != "",
        rows.is_repeat_allowed,
        rows.state == RowState.REMOVED.value,
    )


def holds_touched(file: ImportFile) -> bool:
    """Tell whether a file that was read anew kept rows in which somebody typed or decided."""
    statement = select(exists().where(ImportRow.file_id == file.id, _touched()))
    return bool(db.session.scalar(statement))


def _asked(file: ImportFile, version: int, at: datetime) -> None:
    drafts.open_for_change(file.import_, at)
    workflow.lock(db.session(), [file])
    if file.state not in (ASKING.code, READ.code):
        label = file.state_shown.label.lower()
        raise ConflictError(f"“{file.name}”: {label}. There is nothing to answer.")
    _refuse_stale(file, version)


def _refuse_stale(file: ImportFile, version: int) -> None:
    if version != file.version:
        raise StaleError(
            "Somebody else answered this meanwhile. Look at the upload again.",
        )


def _answer(file: ImportFile, at: datetime) -> None:
    file.words = ""
    db.session.flush()
    workflow.make_moves(db.session(), [file], "answer", at=at)
    drafts.enqueue(drafts.READ_FILE, file.import_, at, file=file.id)
