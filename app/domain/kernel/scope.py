"""Whose rows exist for whom: declared per table, enforced on every statement and every flush."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from flask_appbuilder import Model
from sqlalchemy import ColumnElement, event, exists, false, inspect, or_, select
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, with_loader_criteria
from sqlalchemy.orm.base import PASSIVE_NO_INITIALIZE
from sqlalchemy.sql import visitors

from app.domain.kernel import bulk
from app.domain.kernel import viewer as viewers
from app.domain.kernel.viewer import Viewer
from app.errors import ForbiddenError, NotFoundError
from app.extensions import db

KERNEL_WRITES = "kernel_writes"
"""Execution option of the few statements that may change many rows at once."""

SECURITY_READS = "security_reads"
"""Execution option of the security manager, which looks for users before anybody is a viewer."""


class Scope(ABC):
    """How a table belongs to organisations; the subclasses are the closed list of kinds."""

    @abstractmethod
    def visible(self, model: type[Any], viewer: Viewer) -> ColumnElement[bool] | None:
        """Return the criterion of the rows that exist for ``viewer``; None lifts it."""

    @abstractmethod
    def writable(self, row: Any, viewer: Viewer) -> bool:
        """Tell whether ``viewer`` may insert, change or delete ``row``."""


@dataclass(frozen=True)
class Owned(Scope):
    """An owner column, and perhaps party columns: a party reads, only the owner writes."""

    owner: str
    parties: tuple[str, ...] = ()
    contact_email: str | None = None
    staff_write: bool = False
    """Whether only the awarding body writes: the owner may read."""

    def visible(self, model: type[Any], viewer: Viewer) -> ColumnElement[bool] | None:
        """Return rows whose owner or party lies in the viewer's reach."""
        found = [_within(getattr(model, self.owner), viewer)]
        found += [_within(getattr(model, column), viewer) for column in self.parties]
        if self.contact_email and viewer.email:
            found.append(getattr(model, self.contact_email) == viewer.email)
        return or_(*found)

    def writable(self, row: Any, viewer: Viewer) -> bool:
        """Look at the owner before the change and after it, by column and by relationship."""
        if self.staff_write:
            return False
        owners = _values(row, self.owner)
        return bool(owners) and owners <= viewer.reach


@dataclass(frozen=True)
class PartOf(Scope):
    """A row of a greater whole: it follows its parent."""

    parent: str
    """Name of the many-to-one relationship that leads to the whole."""
    staff_write: bool = False
    """Whether only the awarding body writes: the owner of the whole may read."""

    def visible(self, model: type[Any], viewer: Viewer) -> ColumnElement[bool] | None:
        """Return rows whose parent exists for the viewer."""
        relation = inspect(model).relationships[self.parent]
        whole = relation.mapper.class_
        criterion = criterion_of(whole, viewer)
        if criterion is None:
            return None
        ((local, remote),) = relation.local_remote_pairs
        return (
            exists()
            .where(remote == getattr(model, local.key), criterion)
            .correlate(model.__table__)
        )

    def writable(self, row: Any, viewer: Viewer) -> bool:
        """Ask the parent, which the row must name by its relationship."""
        if self.staff_write:
            return False
        parent = getattr(row, self.parent)
        if parent is None:
            return False
        ((local, remote),) = inspect(type(row)).relationships[self.parent].local_remote_pairs
        named = _history(row, local.key) - {None, getattr(parent, remote.key)}
        return not named and bool(type(parent).__scope__.writable(parent, viewer))


@dataclass(frozen=True)
class LinkedTo(Scope):
    """A row that exists for every organisation to which a link table ties it."""

    link: str
    """Name of the one-to-many relationship to the link rows, which carry ``organisation_id``."""

    def visible(self, model: type[Any], viewer: Viewer) -> ColumnElement[bool] | None:
        """Return rows with a link into the viewer's reach."""
        relation = inspect(model).relationships[self.link]
        ((local, remote),) = relation.local_remote_pairs
        link = relation.mapper.class_
        return (
            exists()
            .where(remote == getattr(model, local.key), _within(link.organisation_id, viewer))
            .correlate(model.__table__)
        )

    def writable(self, row: Any, viewer: Viewer) -> bool:
        """Ask the links, those of this flush included."""
        return any(link.organisation_id in viewer.reach for link in getattr(row, self.link))


def _history(row: Any, column: str) -> set[Any]:
    """Return every value that ``column`` of ``row`` has or had since it was read."""
    # Asked of the state: its attrs would build an object for every attribute of the row.
    history = inspect(row).get_history(column, PASSIVE_NO_INITIALIZE)
    return {*(history.deleted or ()), *(history.added or ()), *(history.unchanged or ())}


def _values(row: Any, column: str) -> set[Any]:
    """Return the owners of ``row``: by the column, and by a relationship that will set it."""
    found = _history(row, column)
    for relation in inspect(type(row)).relationships:
        if any(local.key == column for local, _ in relation.local_remote_pairs):
            found |= {other.id for other in _history(row, relation.key) if other is not None}
    return found


class Shared(Scope):
    """All who are signed in read, the awarding body's staff write."""

    def visible(self, model: type[Any], viewer: Viewer) -> ColumnElement[bool] | None:
        """Return all rows to the signed-in."""
        return None if viewer.user_id is not None else false()

    def writable(self, row: Any, viewer: Viewer) -> bool:
        """Refuse: only staff, who are not asked, write."""
        return False


@dataclass(frozen=True)
class Directory(Scope):
    """Names that everybody signed in may read, so that relations never vanish.

    ``creatable`` says that a tenant may add a row (an employer not yet known), never change one.
    """

    creatable: bool = False

    def visible(self, model: type[Any], viewer: Viewer) -> ColumnElement[bool] | None:
        """Return all rows to the signed-in."""
        return None if viewer.user_id is not None else false()

    def writable(self, row: Any, viewer: Viewer) -> bool:
        """Let new rows in where the table allows it."""
        return self.creatable and inspect(row).pending


class StaffOnly(Scope):
    """Rows that exist for the awarding body's staff alone."""

    def visible(self, model: type[Any], viewer: Viewer) -> ColumnElement[bool] | None:
        """Return no rows: staff are not asked."""
        return false()

    def writable(self, row: Any, viewer: Viewer) -> bool:
        """Refuse: staff are not asked."""
        return False


class System(Scope):
    """Security and queue tables: reached by the security manager, the kernels and jobs."""

    def visible(self, model: type[Any], viewer: Viewer) -> ColumnElement[bool] | None:
        """Lift the criterion: no view lists these."""
        return None

    def writable(self, row: Any, viewer: Viewer) -> bool:
        """Leave it to the security manager and the kernels."""
        return True


class Scoped:
    """Mixin of every mapped class of ours: it says whose its rows are."""

    __scope__: ClassVar[Scope]


_MANY = 200


def _within(column: Any, viewer: Viewer) -> ColumnElement[bool]:
    reach = viewer.reach
    if not reach:
        return false()
    found: ColumnElement[bool] = column.in_(sorted(reach))
    if len(reach) == 1:
        found = column == next(iter(reach))
    elif len(reach) > _MANY:
        tree = _ancestry().c
        below = select(tree.descendant_id).where(tree.ancestor_id == viewer.organisation_id)
        found = column.in_(below)
    return found


def _ancestry() -> Any:
    return db.metadata.tables["organisation_ancestry"]


def criterion_of(model: type[Any], viewer: Viewer) -> ColumnElement[bool] | None:
    """Return what must hold for a row of ``model`` to exist for ``viewer``; None: all do."""
    scope = getattr(model, "__scope__", None)
    if scope is None:  # Flask-AppBuilder's own tables
        return None
    if not viewer.may_read(model.__tablename__):
        return false()
    if viewer.everything:
        return None
    found: ColumnElement[bool] | None = scope.visible(model, viewer)
    return found


@event.listens_for(Session, "do_orm_execute")
def _limit(state: ORMExecuteState) -> None:
    """Add the criteria of the entities that a statement names, and of its eager paths."""
    if state.is_insert or state.is_update or state.is_delete:
        _refuse_bulk(state)
    if state.is_column_load or state.execution_options.get(SECURITY_READS):
        return
    viewer = viewers.of(state.session)
    if viewer.everything and viewer.reads is viewers.ALL_TABLES:
        return
    options = [
        with_loader_criteria(model, criterion, include_aliases=True)
        for model in _entities(state)
        if (criterion := criterion_of(model, viewer)) is not None
    ]
    if options:
        state.statement = state.statement.options(*options)


def _refuse_bulk(state: ORMExecuteState) -> None:
    if not state.execution_options.get(KERNEL_WRITES):
        raise ForbiddenError("Rows are changed one by one, or by the kernel that checks each.")


def _entities(state: ORMExecuteState) -> set[type[Any]]:
    """Return the mapped classes whose rows the statement may give back."""
    found: set[type[Any]] = {mapper.class_ for mapper in state.all_mappers}
    for option in getattr(state.statement, "_with_options", ()):
        for element in getattr(option, "context", ()):
            found |= {part.mapper.class_ for part in element.path if hasattr(part, "mapper")}
    found.update(_named(state.statement))
    return {model for model in found if hasattr(model, "__scope__")}


def _named(statement: Any) -> Iterable[type[Any]]:
    """Return the classes of all tables that a statement names, in subqueries too."""
    by_table = _classes_by_table()
    for element in visitors.iterate(statement):
        model = by_table.get(element)
        if model is not None:
            yield model


_BY_TABLE: dict[Any, type[Any]] = {}


def _classes_by_table() -> dict[Any, type[Any]]:
    if not _BY_TABLE:
        for mapper in Model.registry.mappers:
            _BY_TABLE.setdefault(mapper.local_table, mapper.class_)
    return _BY_TABLE


@event.listens_for(Session, "before_flush")
def _guard(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    """Refuse a flush that would write a row the viewer may not write."""
    changed = [row for row in session.dirty if session.is_modified(row)]
    refuse_foreign(session, [*session.new, *changed, *session.deleted])


def refuse_foreign(session: Session, rows: Iterable[Any]) -> None:
    """Raise unless the session's viewer may write each of ``rows``."""
    viewer = viewers.of(session)
    for row in rows:
        scope = getattr(row, "__scope__", None)
        if scope is None:
            continue
        if not viewer.may_write(row.__tablename__):
            raise ForbiddenError(f"{viewer.name} may not change {row.__tablename__}.")
        if viewer.everything or scope.writable(row, viewer):
            continue
        with session.no_autoflush:
            raise NotFoundError


def create_many(
    session: Session,
    model: type[Any],
    rows: list[dict[str, Any]],
    shared: Mapping[str, Any] | None = None,
) -> None:
    """Insert many rows at once, each with the ``shared`` values too, after checking every owner.

    Raise NotFoundError when one of them would belong to somebody else. Defaults of the table
    apply; primary keys are not given back.
    """
    owner = getattr(model.__scope__, "owner", "")
    refuse_foreign_rows(session, model, [shared] if shared and owner in shared else rows)
    bulk.insert_rows(session.connection(), model.__table__, rows, shared)


def refuse_unwritable(session: Session, model: type[Any]) -> None:
    """Raise unless the session's viewer may write rows of ``model`` at all."""
    viewer = viewers.of(session)
    if not viewer.may_write(model.__tablename__):
        raise ForbiddenError(f"{viewer.name} may not change {model.__tablename__}.")


def refuse_foreign_rows(
    session: Session, model: type[Any], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Raise unless the session's viewer may insert ``rows``, which are values by column."""
    refuse_unwritable(session, model)
    viewer, scope = viewers.of(session), model.__scope__
    if viewer.everything or isinstance(scope, System):
        return
    if isinstance(scope, Owned) and not scope.staff_write:
        if not {row[scope.owner] for row in rows} <= viewer.reach:
            raise NotFoundError
    elif not (isinstance(scope, Directory) and scope.creatable):
        raise ForbiddenError(f"Rows of {model.__tablename__} are made one by one.")
