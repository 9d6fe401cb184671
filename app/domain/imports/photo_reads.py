"""What pages show of the photos of an import; everything through the scope."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import joinedload

from app.domain.imports.models import Import, ImportPhoto, ImportRow
from app.domain.imports.photos import READING
from app.domain.imports.rules import RowState
from app.domain.kernel.identifiers import name_key
from app.domain.kernel.tables import Job
from app.extensions import db


class Standing(StrEnum):
    """What became of a file that was brought."""

    UNMATCHED = "unmatched"
    REFUSED = "refused"
    MATCHED = "matched"


@dataclass(frozen=True)
class PhotoCounts:
    """How many files there are of each standing."""

    matched: int = 0
    unmatched: int = 0
    refused: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.matched + self.unmatched + self.refused

    def of(self, standing: Standing) -> int:
        """Return how many have this standing."""
        found: int = getattr(self, standing.value)
        return found


@dataclass(frozen=True)
class Reading:
    """Uploads that are being read: how many files of how many, 0 of 0 while they wait."""

    done: int
    total: int


_LONGEST_ROW_NUMBER = 8
_IS: Mapping[Standing, ColumnElement[bool]] = {
    Standing.REFUSED: ImportPhoto.photo_id.is_(None),
    Standing.UNMATCHED: and_(ImportPhoto.photo_id.is_not(None), ImportPhoto.row_id.is_(None)),
    Standing.MATCHED: and_(ImportPhoto.photo_id.is_not(None), ImportPhoto.row_id.is_not(None)),
}


def counts(import_: Import) -> PhotoCounts:
    """Return how many photos have a row, have none, and cannot be used: one statement."""
    sums = [
        func.coalesce(func.sum(case((criterion, 1), else_=0)), 0).label(standing.value)
        for standing, criterion in _IS.items()
    ]
    row = db.session.execute(select(*sums).where(*_present(import_))).one()
    return PhotoCounts(matched=row.matched, unmatched=row.unmatched, refused=row.refused)


def photos_of(
    import_: Import, standing: Standing, *, after: int = 0, size: int = 24
) -> list[ImportPhoto]:
    """Return photos of one standing with their rows, those brought first standing first.

    ``after`` is the id of the last one shown before.
    """
    statement = (
        select(ImportPhoto)
        .where(*_present(import_), _IS[standing], ImportPhoto.id > after)
        .options(
            joinedload(ImportPhoto.row), joinedload(ImportPhoto.photo),
            joinedload(ImportPhoto.source),
        )
        .order_by(ImportPhoto.id)
        .limit(size)
    )  # fmt: skip
    return list(db.session.scalars(statement))


def unmatched(import_: Import, *, after: int = 0, size: int = 24) -> list[ImportPhoto]:
    """Return photos that belong to no row yet."""
    return photos_of(import_, Standing.UNMATCHED, after=after, size=size)


def photos_by_row(rows: Sequence[ImportRow]) -> dict[int, ImportPhoto]:
    """Return the photo of each of these rows that has one, by the row's id."""
    statement = (
        select(ImportPhoto)
        .where(
            ImportPhoto.row_id.in_([row.id for row in rows]),
            ImportPhoto.photo_id.is_not(None),
            ImportPhoto.removed_at.is_(None),
        )
        .options(joinedload(ImportPhoto.photo))
    )
    return {photo.row_id: photo for photo in db.session.scalars(statement) if photo.row_id}


def find_photo(photo_id: int) -> ImportPhoto | None:
    """Return the photo with this id if it exists for the viewer, else None."""
    return db.session.get(ImportPhoto, photo_id)


def find_row(row_id: int) -> ImportRow | None:
    """Return the row with this id if it exists for the viewer, else None."""
    return db.session.get(ImportRow, row_id)


def rows_like(import_: Import, words: str, *, size: int = 20) -> list[ImportRow]:
    """Return open rows of the import by number, name, or number of the person; blank: the first."""
    statement = select(ImportRow).where(
        ImportRow.import_id == import_.id,
        ImportRow.state.not_in((RowState.DONE, RowState.REMOVED)),
        *_like(words),
    )
    return list(db.session.scalars(statement.order_by(ImportRow.id).limit(size)))


def _like(words: str) -> list[ColumnElement[bool]]:
    key = name_key(words)
    if not key:
        return []
    number = "".join(words.split()).upper()
    looks = [
        ImportRow.scheme_number == number,
        ImportRow.ni_number == number,
        ImportRow.uln == number,
        and_(*(ImportRow.name_key.contains(each, autoescape=True) for each in key.split())),
    ]
    if number.isascii() and number.isdecimal() and len(number) < _LONGEST_ROW_NUMBER:
        looks.append(ImportRow.number == int(number))
    return [or_(*looks)]


def reading(import_: Import) -> Reading | None:
    """Return how far the reading of uploads is; None when none waits or is read."""
    statement = select(func.sum(Job.done), func.sum(Job.total), func.count(Job.id)).where(
        Job.kind == READING,
        Job.key.startswith(f"import:{import_.id}:"),
        Job.state.in_(("queued", "running")),
    )
    done, total, count = db.session.execute(statement).one()
    return Reading(done or 0, total or 0) if count else None


def _present(import_: Import) -> tuple[ColumnElement[bool], ...]:
    return ImportPhoto.import_id == import_.id, ImportPhoto.removed_at.is_(None)
