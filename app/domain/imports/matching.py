"""Who rows may be about, and which rows say the same: set-based, whatever the number of rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, union
from sqlalchemy.orm import aliased

from app.domain.imports.models import CellError, Import, ImportRow
from app.domain.imports.rules import RowState
from app.domain.kernel import viewer as viewers
from app.domain.people.models import Person, PersonOrganisation
from app.extensions import db

STRONG = ("uln", "ni_number", "scheme_number")
LIVE = (RowState.ERROR.value, RowState.ASKS.value, RowState.VALID.value)
_LAST = "\U0010ffff"
"""No name goes on with it: what begins alike lies before it."""
_AFTER_BLANK = "!"
"""The character after a blank: names that begin with a surname lie between the two."""

_rows, _people, _links = ImportRow.__table__.c, Person.__table__.c, PersonOrganisation.__table__.c


class Described(NamedTuple):
    """What a person is compared by; the ids come from a statement within the viewer's reach."""

    id: int
    first_names: str
    surname: str
    birth_date: date
    ni_number: str | None
    uln: str | None
    scheme_number: str | None
    email_key: str
    phone: str

    @property
    def full_name(self) -> str:
        """First names and surname."""
        return f"{self.first_names} {self.surname}"


DESCRIBED = Described._fields


@dataclass(frozen=True)
class Window:
    """Rows of one import between two ids, both included."""

    import_id: int
    first: int
    last: int

    @property
    def criteria(self) -> list[ColumnElement[bool]]:
        """Return what holds for its rows that are not finalised or removed."""
        return [
            _rows.import_id == self.import_id,
            _rows.id.between(self.first, self.last),
            _rows.state.in_(LIVE),
        ]


def ids_after(import_: Import, last: int, size: int) -> Sequence[int]:
    """Return the next live rows of an import after id ``last``."""
    statement = (
        select(_rows.id)
        .where(_rows.import_id == import_.id, _rows.state.in_(LIVE), _rows.id > last)
        .order_by(_rows.id)
        .limit(size)
    )
    return db.session.connection().execute(statement).scalars().all()


def own_people(window: Window) -> dict[int, list[Described]]:
    """Return by row the viewer's own people who may be meant, by number or name with birth date."""
    connection = db.session.connection()
    pairs = [(row[0], row[1]) for row in connection.execute(_pairs(window, _is_own()))]
    ids = sorted({person_id for _, person_id in pairs})
    known: dict[int, Described] = {}
    for some in _parts(ids, 1000):
        statement = select(*(_people[name] for name in DESCRIBED)).where(_people.id.in_(some))
        known |= {row[0]: Described(*row) for row in connection.execute(statement)}
    found: dict[int, list[Described]] = {}
    for row_id, person_id in pairs:
        found.setdefault(row_id, []).append(known[person_id])
    return found


def _pairs(window: Window, whose: ColumnElement[bool]) -> Any:
    """Return row and person of every likeness: each way of being alike has its index."""
    joins = [
        select(_rows.id, _people.id.label("person_id")).where(
            *window.criteria, _people[name] == _rows[name], whose
        )
        for name in STRONG
    ]
    # Surname and first initial: whose first names begin otherwise is not likely to be the one.
    begins = func.substr(_rows.name_key, 1, func.length(_rows.surname_key) + 2)
    joins.append(
        select(_rows.id, _people.id.label("person_id")).where(
            *window.criteria,
            _people.birth_date == _rows.birth_date,
            _people.name_key >= begins,
            _people.name_key < begins + _LAST,
            whose,
        )
    )
    return union(*joins)


def _is_own() -> ColumnElement[bool]:
    viewer = viewers.of(db.session())
    return exists().where(
        _links.person_id == _people.id, _links.organisation_id.in_(sorted(viewer.reach))
    )


def people_elsewhere(
    import_id: int, row_ids: Sequence[int], numbers: Sequence[str] = STRONG
) -> dict[int, int]:
    """Return by row somebody whom only others know, by a strong number with date or surname.

    ``numbers`` are those that any of the rows has. The caller has counted the question for each
    of the rows.
    """
    begins = _rows.surname_key
    agrees = or_(
        _people.birth_date == _rows.birth_date,
        and_(_people.name_key >= begins + " ", _people.name_key < begins + _AFTER_BLANK),
    )
    # One way for each number, and agreement is no condition: SQLite would go by birth dates.
    alike = union(
        *(
            select(_rows.id, _people.id, agrees).where(
                _rows.import_id == import_id, _rows.id.in_(row_ids),
                _people[name] == _rows[name], ~_is_own(),
            )
            for name in numbers
        )
    )  # fmt: skip
    found = db.session.connection().execute(alike)
    pairs = [(row_id, person_id) for row_id, person_id, does_agree in found if does_agree]
    return dict(sorted(pairs, reverse=True))


def doubles(window: Window) -> dict[int, tuple[int, str]]:
    """Return by row an earlier one of the same import with the same strong number, and which."""
    earlier = ImportRow.__table__.alias("earlier").c
    found: dict[int, tuple[int, str]] = {}
    for name in STRONG:
        statement = (
            select(_rows.id, earlier.number)
            .where(
                *window.criteria,
                _rows[name].is_not(None),
                earlier.import_id == window.import_id,
                earlier[name] == _rows[name],
                earlier.id < _rows.id,
                earlier.state != RowState.REMOVED.value,
            )
            .order_by(_rows.id, earlier.id.desc())
        )
        for row_id, number in db.session.connection().execute(statement):
            found[row_id] = (number, name)
    return found


@dataclass(frozen=True)
class Repeat:
    """Where the content of a row, or its person, was brought before."""

    row_id: int
    number: int
    import_id: int
    import_name: str
    is_content: bool


def repeats(window: Window, organisation_id: int) -> dict[int, Repeat]:
    """Return by row an earlier one of the organisation that says the same.

    Of this import, too, one with the same name and birth date.
    """
    before, imports = ImportRow.__table__.alias("before").c, Import.__table__.c
    columns = (_rows.id, before.number, before.import_id, imports.name)
    there = (before.state != RowState.REMOVED.value, before.id < _rows.id)
    same_name = select(*columns).where(
        *window.criteria,
        before.import_id == window.import_id,
        before.name_key == _rows.name_key,
        before.birth_date == _rows.birth_date,
        imports.id == before.import_id,
        *there,
    )
    same_content = select(*columns).where(
        *window.criteria,
        before.organisation_id == organisation_id,
        before.digest == _rows.digest,
        imports.id == before.import_id,
        imports.state != "discarded",
        *there,
    )
    found: dict[int, Repeat] = {}
    for statement, is_content in ((same_name, False), (same_content, True)):
        for row in db.session.connection().execute(statement.order_by(_rows.id, before.id)):
            found[row[0]] = Repeat(row[0], row[1], row[2], row[3], is_content)
    return found


def rows_with_early_errors(window: Window) -> set[int]:
    """Return the rows that something is wrong with in themselves."""
    errors = CellError.__table__.c
    statement = select(errors.row_id).where(
        errors.import_id == window.import_id,
        errors.row_id.between(window.first, window.last),
        errors.is_late.is_(False),
    )
    return set(db.session.connection().execute(statement).scalars())


def alike(row: ImportRow) -> list[int]:
    """Return the live rows of the same import that share a number or a name with one."""
    other = aliased(ImportRow)
    shared = [getattr(other, name) == value for name in STRONG if (value := getattr(row, name))]
    if row.name_key and row.birth_date:
        shared.append(and_(other.name_key == row.name_key, other.birth_date == row.birth_date))
    if not shared:
        return []
    statement = select(other.id).where(
        other.import_id == row.import_id, or_(*shared), other.state.in_(LIVE)
    )
    return list(db.session.scalars(statement.order_by(other.id).limit(50)))


def _parts(ids: Sequence[int], size: int) -> Iterable[Sequence[int]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def shares(import_: Import) -> Mapping[str, int]:
    """Return how many rows have a strong number that reads, and how many one that does not."""
    good = select(func.count()).where(
        _rows.import_id == import_.id,
        _rows.state.in_(LIVE),
        or_(*(_rows[name].is_not(None) for name in STRONG)),
    )
    errors = CellError.__table__.c
    bad = select(func.count()).where(
        errors.import_id == import_.id,
        errors.field.in_(STRONG),
        errors.raw != "",
        errors.is_late.is_(False),
    )
    connection = db.session.connection()
    return {
        "good": connection.execute(good).scalar_one(),
        "bad": connection.execute(bad).scalar_one(),
    }
