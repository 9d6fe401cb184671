"""What became of a row since somebody looked at it: both versions, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from sqlalchemy import Boolean, Date, inspect, select
from sqlalchemy.orm import MANYTOONE, Mapper, Session

from app.clock import local
from app.domain.kernel.columns import UtcDateTime
from app.domain.kernel.fields import Field
from app.domain.kernel.tables import Event, StoredFile
from app.domain.kernel.words import N_, say
from app.errors import StaleError
from app.extensions import db

_STATUS = N_("Status")
_REFERENCE = "_id"


class Versioned(Protocol):
    """A row whose version rises with every change."""

    id: Any
    version: Any
    __tablename__: Any


@dataclass(frozen=True)
class Change:
    """One column that differs: what somebody saw, and what stands now, both in words."""

    column: str
    label: str
    then: str
    now: str


@dataclass
class Since:
    """Everything that happened to a row since a version of it, by whom and when last."""

    who: str = ""
    when: str = ""
    changes: list[Change] = field(default_factory=list)

    @property
    def told(self) -> str:
        """Who changed it last, and when, as one sentence."""
        if not self.who:
            return ""
        return say("%(who)s changed it on %(when)s.", who=self.who, when=self.when)


def since(
    rows: Sequence[Versioned],
    seen: Mapping[int, int],
    fields: Iterable[Field] = (),
) -> dict[int, Since]:
    """Tell for each of ``rows`` (of one table) what changed after the version that was ``seen``.

    Rows that stand as they were seen are left out. ``fields`` lend their labels. The audit trail
    is what knows: one statement, and one more for each row that a changed column refers to.
    """
    stale = {row.id: row for row in rows if seen.get(row.id, row.version) < row.version}
    if not stale:
        return {}
    labels = {each.name: each.label for each in fields}
    session = db.session()
    found: dict[int, Since] = {}
    for row_id, events in _events(session, stale, seen).items():
        found[row_id] = _told(session, inspect(type(stale[row_id])), events, labels)
    return {row_id: found.get(row_id, Since()) for row_id in stale}


def refuse_stale(
    row: Versioned,
    version: int,
    fields: Sequence[Field],
    values: Mapping[str, Any],
    *,
    shown: Any = None,
) -> None:
    """Raise StaleError with both versions in words when ``row`` is no longer at ``version``.

    ``values`` are what somebody wants to set, by the names of ``fields``; ``shown`` has what
    stands under the same names, where the row itself has not.
    """
    if row.version == version:
        return
    error = StaleError(
        "Somebody else changed these details since you opened the page. Nothing of yours was "
        "saved yet; both versions are shown."
    )
    for one in fields:
        if one.name not in values:
            continue
        stands, wanted = getattr(shown or row, one.name), values[one.name]
        if (stands or None) != (wanted or None):
            error.theirs[one.label] = one.show(stands)
            error.yours[one.label] = one.show(wanted)
    told = since([row], {row.id: version}, fields).get(row.id, Since())
    error.told = told.told
    set_by_form = {each.name for each in fields if each.name in values}
    add_changes(
        error,
        (c for c in told.changes if c.column.removesuffix(_REFERENCE) not in set_by_form),
    )
    raise error


def add_changes(error: StaleError, changes: Iterable[Change], prefix: str = "") -> None:
    """Show ``changes`` among both versions of a refusal, beside what somebody wanted to set."""
    for each in changes:
        label = f"{prefix}{each.label}"
        if label not in error.theirs:
            error.theirs[label] = each.now
            error.yours[label] = say("%(value)s (when you opened it)", value=each.then or "–")


def _events(
    session: Session, stale: Mapping[int, Versioned], seen: Mapping[int, int]
) -> dict[int, list[Event]]:
    table = next(iter(stale.values())).__tablename__
    statement = (
        select(Event)
        .where(
            Event.subject_table == table,
            Event.subject_id.in_(stale),
            Event.version > min(seen[row_id] for row_id in stale),
        )
        .order_by(Event.id)
    )
    by_row: dict[int, list[Event]] = {}
    for event in session.scalars(statement):
        if event.version is not None and event.version > seen[event.subject_id]:
            by_row.setdefault(event.subject_id, []).append(event)
    return by_row


def _told(
    session: Session, mapper: Mapper[Any], events: Sequence[Event], labels: Mapping[str, str]
) -> Since:
    then: dict[str, Any] = {}
    current: dict[str, Any] = {}
    for event in events:
        for column, value in (event.before or {}).items():
            then.setdefault(column, value)
        current.update(event.after or {})
    last = events[-1]
    changes = [
        Change(
            column,
            _label(column, labels),
            _words(session, mapper, column, then[column]),
            _words(session, mapper, column, current.get(column)),
        )
        for column in then
        if then[column] != current.get(column)
        and not isinstance(mapper.columns[column].type, UtcDateTime)  # the timeline's business
    ]
    return Since(last.actor, f"{local(last.at):%d/%m/%Y %H:%M}", changes)


def _label(column: str, labels: Mapping[str, str]) -> str:
    if column == "state":
        return _STATUS
    name = column.removesuffix(_REFERENCE)
    return labels.get(column) or labels.get(name) or name.replace("_", " ").capitalize()


def _words(session: Session, mapper: Mapper[Any], column: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if column == "state":
        return str(mapper.class_.__workflow__.state(value).label)
    kind = mapper.columns[column].type
    if isinstance(kind, Boolean):
        return N_("Yes") if value else N_("No")
    if isinstance(kind, Date):
        return f"{date.fromisoformat(value):%d/%m/%Y}"
    for relation in mapper.relationships:
        if relation.direction is MANYTOONE and column in {c.key for c in relation.local_columns}:
            return _name(session, relation.mapper.class_, value)
    return str(value)


def _name(session: Session, model: type[Any], row_id: int) -> str:
    """Name the row that a column refers to, as far as the viewer may see it."""
    if model is StoredFile:
        return N_("another file")
    found = session.get(model, row_id)
    return str(found) if found is not None else N_("somebody else's")
