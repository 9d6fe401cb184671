"""States and moves, declared once; one function makes every move, for one row or a thousand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from sqlalchemy import String, inspect, select, update
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column
from sqlalchemy.orm.attributes import set_committed_value

from app.domain.kernel import audit, scope
from app.domain.kernel import viewer as viewers
from app.domain.kernel.permissions import Permission
from app.domain.kernel.scope import KERNEL_WRITES, Scoped
from app.errors import IllegalMoveError

BATCH = 500


@dataclass(frozen=True)
class State:
    """A state as people see it; ``tone`` is one of ok, todo, stop, work, hold, off."""

    code: str
    label: str
    tone: str
    icon: str


@dataclass(frozen=True)
class Requirement:
    """Something that must hold before a move: a pure check, and the words for what is missing."""

    code: str
    label: str
    missing: str
    met: Callable[[Any], bool]


@dataclass(frozen=True)
class Move:
    """A step from some states to another, in the guide's words.

    ``permission`` None means that no person makes the move: it follows from another event.
    """

    code: str
    label: str
    icon: str
    sources: tuple[State, ...]
    target: State
    permission: Permission | None
    done: str
    """What the timeline says afterwards: "Finalised"."""


@dataclass(frozen=True)
class Workflow:
    """The whole life of one kind of row."""

    name: str
    states: tuple[State, ...]
    moves: tuple[Move, ...]

    def state(self, code: str) -> State:
        """Return the state called ``code``; raise KeyError for one that is not declared."""
        return self._states[code]

    def move(self, code: str) -> Move:
        """Return the move called ``code``; raise KeyError for one that is not declared."""
        return self._moves[code]

    @property
    def _states(self) -> dict[str, State]:
        return {state.code: state for state in self.states}

    @property
    def _moves(self) -> dict[str, Move]:
        return {move.code: move for move in self.moves}

    def after(self, state: str, move: str) -> str:
        """Return the state after ``move``; raise IllegalMoveError naming both when not allowed."""
        wanted = self.move(move)
        if state not in {source.code for source in wanted.sources}:
            raise IllegalMoveError(
                f"You cannot {wanted.label.lower()} {self.name} that is "
                f"{self.state(state).label.lower()}."
            )
        return wanted.target.code


class Stateful(Scoped):
    """Mixin of tables whose rows live by a workflow."""

    __workflow__: ClassVar[Workflow]

    if TYPE_CHECKING:
        id: Mapped[int]
        __tablename__: ClassVar[str]

    state: Mapped[str] = mapped_column(String(30))
    version: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805  # SQLAlchemy calls it on the class
        """Let a flush refuse a row that another transaction changed since it was read."""
        return {"version_id_col": cls.version}

    @property
    def state_shown(self) -> State:
        """The declared state of this row: label, tone and icon."""
        return self.__workflow__.state(self.state)


Row = TypeVar("Row", bound=Stateful)


@dataclass
class Outcome(Generic[Row]):
    """What a move did: the rows that moved, and why each other row did not."""

    moved: list[Row] = field(default_factory=list)
    refused: list[tuple[Row, list[str]]] = field(default_factory=list)
    stale: dict[int, int] = field(default_factory=dict)
    """The version that the person saw of each refused row that stands at another one."""


def missing(row: Any, requirements: Sequence[Requirement]) -> list[str]:
    """Return in words what ``row`` still lacks."""
    return [each.missing for each in requirements if not each.met(row)]


def sort_out(
    rows: Sequence[Row],
    move: str,
    requirements: Callable[[Row], Sequence[Requirement]] = lambda _row: (),
    versions: Mapping[int, int] | None = None,
) -> Outcome[Row]:
    """Tell which ``rows`` may make ``move`` and what each of the others lacks; change nothing.

    ``versions`` maps a row's id to the version that the person saw; another one is refused.
    """
    outcome: Outcome[Row] = Outcome()
    for row in rows:
        reasons = _reasons(row, move, requirements(row), versions)
        if reasons:
            outcome.refused.append((row, reasons))
            seen = (versions or {}).get(row.id, row.version)
            if seen != row.version:
                outcome.stale[row.id] = seen
        else:
            outcome.moved.append(row)
    return outcome


def _reasons(
    row: Stateful,
    move: str,
    requirements: Sequence[Requirement],
    versions: Mapping[int, int] | None,
) -> list[str]:
    try:
        row.__workflow__.after(row.state, move)
    except IllegalMoveError as error:
        return [error.text]
    if versions is not None and versions.get(row.id, row.version) != row.version:
        return ["Somebody else changed it since you opened the page. Look at it again."]
    return missing(row, requirements)


def make_moves(
    session: Session,
    rows: Sequence[Row],
    move: str,
    *,
    at: datetime,
    values: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Move ``rows``, all of them or none: one guarded UPDATE and one INSERT of events a batch.

    Ask ``sort_out`` first: a row that may not move raises IllegalMoveError, and so does one that
    another transaction moved meanwhile. ``values`` are set on every row alike. The rows in
    memory follow.
    """
    if not rows:
        return
    session.flush()
    scope.refuse_foreign(session, rows)
    declared = rows[0].__workflow__.move(move)
    changes = {"state": declared.target.code, **(values or {})}
    for row in rows:
        row.__workflow__.after(row.state, move)
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        _update(session, batch, declared, changes)
        _write_events(session, batch, declared, changes, reason, at)
        _follow(batch, changes)


def _update(
    session: Session, batch: Sequence[Stateful], move: Move, changes: Mapping[str, Any]
) -> None:
    model = type(batch[0])
    statement = (
        update(model)
        .where(
            model.id.in_([row.id for row in batch]),
            model.state.in_([source.code for source in move.sources]),
        )
        .values(version=model.version + 1, **changes)
        .execution_options(**{KERNEL_WRITES: True}, synchronize_session=False)
    )
    result = session.execute(statement)
    if result.rowcount != len(batch):  # type: ignore[attr-defined]  # a CursorResult, which has it
        raise IllegalMoveError(
            f"Somebody else changed some of the rows meanwhile; none of them was moved "
            f"({move.label.lower()}). Open the list again."
        )


def _write_events(
    session: Session,
    batch: Sequence[Stateful],
    move: Move,
    changes: Mapping[str, Any],
    reason: str | None,
    at: datetime,
) -> None:
    alike: dict[tuple[Any, ...], list[audit.Subject]] = {}
    for row in batch:
        owner = getattr(row, "audit_owner", None)
        subject = audit.Subject(row.__tablename__, row.id, owner, row.version + 1)
        alike.setdefault(tuple(getattr(row, name) for name in changes), []).append(subject)
    events: list[dict[str, Any]] = []
    for before, subjects in alike.items():
        events += audit.rows_of_events(
            session, subjects, move.code,
            before=dict(zip(changes, before, strict=True)), after=changes, reason=reason, at=at,
        )  # fmt: skip
    audit.write(session, events)


def _follow(batch: Sequence[Stateful], changes: Mapping[str, Any]) -> None:
    for row in batch:
        for name, value in changes.items():
            set_committed_value(row, name, value)
        set_committed_value(row, "version", row.version + 1)


def lock(session: Session, rows: Sequence[Stateful]) -> None:
    """Lock ``rows`` until the transaction ends, and read them anew.

    On SQLite the transaction that writes holds the lock of the whole database already.
    """
    if not rows:
        return
    model = type(rows[0])
    ids = [row.id for row in rows]
    session.flush()
    statement = select(model).where(model.id.in_(ids)).order_by(model.id)
    if inspect(session.get_bind()).dialect.name == "postgresql":
        statement = statement.with_for_update(of=model)
    session.scalars(statement.execution_options(populate_existing=True)).unique().all()


def may(session: Session, move: Move) -> bool:
    """Tell whether the session's viewer holds the permission that ``move`` needs."""
    if move.permission is None:
        return False
    return move.permission.code in viewers.of(session).permissions
