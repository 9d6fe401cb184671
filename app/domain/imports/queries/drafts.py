"""Imports and how they stand: counts of rows, work under way, the last thing done."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select

from app.domain.imports.models import Import, ImportAction, ImportFile, ImportRow
from app.domain.imports.rules import FINALISING, OPEN, RowState
from app.domain.imports.targets import target_of
from app.domain.kernel import viewer as viewers
from app.domain.kernel.scope import refuse_foreign
from app.domain.kernel.tables import Job
from app.domain.kernel.words import N_
from app.errors import ConflictError
from app.extensions import db

SHOWN = 200


@dataclass(frozen=True)
class Counts:
    """How many rows of an import are in each state; removed ones do not count as rows."""

    valid: int = 0
    error: int = 0
    asks: int = 0
    done: int = 0
    removed: int = 0

    @property
    def total(self) -> int:
        """All rows that were not removed."""
        return self.valid + self.error + self.asks + self.done


@dataclass(frozen=True)
class Progress:
    """What a worker is doing for an import: ``done`` of ``total``, which is 0 while unknown."""

    kind: str
    words: str
    done: int
    total: int
    is_waiting: bool


def find_import(import_id: int) -> Import | None:
    """Return an import of the viewer's."""
    return db.session.get(Import, import_id)


def is_ours(import_: Import) -> bool:
    """Tell whether the viewer works for the organisation whose import it is."""
    return viewers.of(db.session()).organisation_id == import_.organisation_id


def refuse_unless_ours(import_: Import) -> None:
    """Raise ConflictError where the viewer works elsewhere, NotFoundError for a foreign import.

    What can be chosen, who is known and for whom is ordered follow from where somebody works.
    """
    if not is_ours(import_):
        refuse_foreign(db.session(), [import_])
        raise ConflictError(
            f"This upload belongs to {import_.organisation.name}. Only those who work there "
            "change it: choose that organisation first."
        )


def find_row(row_id: int) -> ImportRow | None:
    """Return a row of the viewer's."""
    return db.session.get(ImportRow, row_id)


def find_file(file_id: int) -> ImportFile | None:
    """Return a file of the viewer's."""
    return db.session.get(ImportFile, file_id)


def newest_draft(target: str) -> Import | None:
    """Return the draft of the active organisation that was changed last."""
    owner = viewers.of(db.session()).organisation_id
    statement = (
        select(Import)
        .where(
            Import.organisation_id == owner,
            Import.target == target,
            Import.state.in_((OPEN.code, FINALISING.code)),
        )
        .order_by(Import.changed_at.desc(), Import.id.desc())
        .limit(1)
    )
    return db.session.scalar(statement)


def drafts(target: str) -> list[Import]:
    """Return the viewer's imports of one kind, those changed last first, discarded ones too."""
    statement = (
        select(Import)
        .where(Import.target == target)
        .order_by(Import.changed_at.desc(), Import.id.desc())
        .limit(SHOWN)
    )
    return list(db.session.scalars(statement))


def counts(import_: Import) -> Counts:
    """Return how many rows of an import are in each state."""
    return counts_of([import_.id])[import_.id]


def counts_of(import_ids: Sequence[int]) -> dict[int, Counts]:
    """Return the same for several imports, in one statement."""
    columns = (ImportRow.import_id, ImportRow.state, func.count())
    statement = (
        select(*columns)
        .where(ImportRow.import_id.in_(import_ids))
        .group_by(ImportRow.import_id, ImportRow.state)
    )
    found: dict[int, dict[str, int]] = {each: {} for each in import_ids}
    for import_id, state, count in db.session.execute(statement):
        found[import_id][RowState(state).value] = count
    return {import_id: Counts(**states) for import_id, states in found.items()}


_WORDS = {
    "read_import_file": N_("Reading the file"),
    "reread_import": N_("Checking the rows"),
    "finalise_import": N_("Finalising valid rows"),
    "import_photos": N_("Taking in the photos"),
}
_SETTLING = "settle_import"


def working(import_: Import) -> Progress | None:
    """Return what a worker does for an import, or will do: what runs first."""
    key = f"import:{import_.id}"
    jobs = Job.__table__.c
    statement = (
        select(jobs.kind, jobs.state, jobs.done, jobs.total)
        .where(
            jobs.kind.in_((*_WORDS, _SETTLING)),
            or_(jobs.key == key, jobs.key.startswith(f"{key}:", autoescape=True)),
            jobs.state.in_(("queued", "running")),
        )
        .order_by(jobs.state.desc(), jobs.id)
        .limit(1)
    )
    found = db.session.connection().execute(statement).one_or_none()
    if found is None:
        return None
    kind, state, done, total = found
    if kind in _BY_ID:
        total = counts(import_).total
        done = _rows_up_to(import_, done) if done else 0
    words = target_of(import_).settling if kind == _SETTLING else _WORDS[kind]
    return Progress(kind, words, done, total, state == "queued")


_BY_ID = ("reread_import", _SETTLING)
"""Work that says by the id of a row how far it is."""


def _rows_up_to(import_: Import, row_id: int) -> int:
    statement = select(func.count()).where(
        ImportRow.import_id == import_.id, ImportRow.id <= row_id
    )
    return db.session.scalar(statement.select_from(ImportRow)) or 0


def last_action(import_: Import) -> ImportAction | None:
    """Return the newest thing done to many rows at once, unless it was undone."""
    statement = (
        select(ImportAction)
        .where(ImportAction.import_id == import_.id)
        .order_by(ImportAction.id.desc())
        .limit(1)
    )
    found = db.session.scalar(statement)
    return None if found is None or found.is_undone else found
