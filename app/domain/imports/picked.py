"""Rows of one import that somebody picked, and whom valid rows are about."""

from collections.abc import Sequence

from sqlalchemy import exists, select

from app.domain.imports.models import Import, ImportRow
from app.domain.imports.rules import RowState
from app.domain.kernel.reading import among
from app.extensions import db


def picked_rows(import_: Import, ids: Sequence[int]) -> list[ImportRow]:
    """Return the rows of an import with these ids, in order, as they stand at this moment."""
    statement = (
        select(ImportRow)
        .where(ImportRow.import_id == import_.id, among(ImportRow.id, ids))
        .order_by(ImportRow.id)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(statement))


def makes_new_people(import_: Import) -> bool:
    """Tell whether finalising the valid rows would add people who are not known yet."""
    new = exists().where(
        ImportRow.import_id == import_.id,
        ImportRow.state == RowState.VALID.value,
        ImportRow.person_id.is_(None),
    )
    return bool(db.session.scalar(select(new)))
