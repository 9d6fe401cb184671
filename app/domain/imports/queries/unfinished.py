"""Awards of which an upload still holds rows: they are not complete before those are made too."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from app.domain.awards.models import Award
from app.domain.imports.models import Import, ImportRow
from app.domain.imports.rules import FINALISING, OPEN, RowState
from app.domain.imports.targets.awards import Awards
from app.domain.kernel.reading import among
from app.extensions import db

LIVE = (RowState.ERROR, RowState.ASKS, RowState.VALID)


@dataclass(frozen=True)
class Unfinished:
    """What waits of an award: how many rows of it, in which upload."""

    import_id: int
    upload: str
    rows: int


def unfinished(awards: Sequence[Award]) -> dict[int, Unfinished]:
    """Return by award what an open upload that made it still holds of it.

    Rows that name a registration whose award was made elsewhere hold nothing back, nor do rows
    that were removed or whose upload was discarded.
    """
    ids = {name: award.id for award in awards for name in _names(award)}
    waiting: Counter[tuple[int, int]] = Counter()
    uploads: dict[int, str] = {}
    for import_id, upload, name in db.session.execute(_live(list(ids))):
        waiting[ids[name], import_id] += 1
        uploads[import_id] = upload
    if not waiting:
        return {}
    made = select(ImportRow.award_id, ImportRow.import_id).where(
        ImportRow.import_id.in_(uploads),
        ImportRow.state == RowState.DONE.value,
        among(ImportRow.award_id, [award_id for award_id, _ in waiting]),
    )
    return {
        award_id: Unfinished(import_id, uploads[import_id], waiting[award_id, import_id])
        for award_id, import_id in db.session.execute(made.distinct())
        if award_id is not None and (award_id, import_id) in waiting
    }


def _names(award: Award) -> tuple[str, str]:
    """Return by what a row may name the registration of an award."""
    registration = award.registration
    return registration.enrolment_number, str(registration.number)


def _live(names: Sequence[str]) -> Select[Any]:
    named = ImportRow.values["registration"].as_string()
    return (
        select(Import.id, Import.name, named)
        .join(ImportRow, ImportRow.import_id == Import.id)
        .where(
            Import.target == Awards.code,
            Import.state.in_((OPEN.code, FINALISING.code)),
            ImportRow.state.in_(LIVE),
            among(named, names),
        )
    )
