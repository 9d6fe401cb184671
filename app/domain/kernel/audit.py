"""The audit trail: moves write their own events, a flush listener writes the rest."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import event, func, inspect, select
from sqlalchemy.orm import Session, UOWTransaction
from sqlalchemy.orm.base import PASSIVE_NO_INITIALIZE

from app.clock import now
from app.domain.kernel import bulk
from app.domain.kernel import viewer as viewers
from app.domain.kernel.scope import Owned, PartOf
from app.domain.kernel.tables import Event, EventSeal
from app.extensions import db

SILENT = frozenset(
    {"version", "search_text", "applicant_key", "name_key", "email_key", "start_key", "holder_key",
     "issued_key"}
)  # fmt: skip
"""Columns that follow from others: their change is no news."""

LATE = 20_000
"""Events whose transaction may commit that many ids after others: the sealer looks back so far."""


class Audited:
    """Mixin of tables whose every change is written to the audit trail."""

    unsaid: ClassVar[frozenset[str]] = frozenset()
    """Columns that no event repeats: secrets, and what is frozen in the row itself."""

    @property
    def audit_owner(self) -> int | None:
        """The organisation that may read the events of this row."""
        scope = self.__scope__  # type: ignore[attr-defined]  # every audited table has a scope
        if isinstance(scope, PartOf):
            whole = getattr(self, scope.parent)
            return whole.audit_owner if whole is not None else None
        owner: int | None = getattr(self, scope.owner) if isinstance(scope, Owned) else None
        return owner


def plain(value: Any) -> Any:
    """Return ``value`` as JSON can hold it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal | Enum):
        return str(value)
    return value


class Subject(NamedTuple):
    """The row that an event is about, its owner, and its version once the event has happened."""

    table: str
    id: int
    owner: int | None
    version: int | None = None


def rows_of_events(
    session: Session,
    subjects: Sequence[Subject],
    what: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str | None = None,
    at: datetime | None = None,
) -> list[dict[str, Any]]:
    """Return insertable events for many subjects to which the same happened."""
    viewer = viewers.of(session)
    common = {
        "at": at or now(),
        "actor_id": viewer.user_id,
        "actor": viewer.actor,
        "what": what,
        "before": {k: plain(v) for k, v in before.items()} if before else None,
        "after": {k: plain(v) for k, v in after.items()} if after else None,
        "reason": reason,
        "request_id": session.info.get("request_id"),
    }
    return [
        common
        | {
            "subject_table": each.table,
            "subject_id": each.id,
            "organisation_id": each.owner,
            "version": each.version,
        }
        for each in subjects
    ]


def write(session: Session, events: list[dict[str, Any]]) -> None:
    """Insert ``events`` in one statement."""
    bulk.insert_rows(session.connection(), Event.__table__, events)


@event.listens_for(Session, "after_flush")
def _note_changes(session: Session, _context: UOWTransaction) -> None:
    events: list[dict[str, Any]] = []
    for row in session.new:
        if isinstance(row, Audited):
            events += _event_of(session, row, "created", None, _values(row))
    for row in session.dirty:
        if isinstance(row, Audited):
            before, after = _difference(row)
            if after:
                events += _event_of(session, row, "changed", before, after)
    for row in session.deleted:
        if isinstance(row, Audited):
            events += _event_of(session, row, "deleted", _values(row), None)
    write(session, events)


def _event_of(
    session: Session,
    row: Any,
    what: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> list[dict[str, Any]]:
    counted = inspect(type(row)).version_id_col is not None
    version = row.version if counted else None
    subject = Subject(row.__tablename__, row.id, row.audit_owner, version)
    return rows_of_events(session, [subject], what, before=before, after=after)


def _values(row: Any) -> dict[str, Any]:
    loaded = inspect(row).dict
    return {
        column.key: loaded[column.key]
        for column in inspect(type(row)).column_attrs
        if column.key in loaded
        and column.key not in SILENT | row.unsaid
        and loaded[column.key] is not None
    }


def _difference(row: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    state = inspect(row)
    for column in state.mapper.column_attrs:
        history = state.get_history(column.key, PASSIVE_NO_INITIALIZE)
        if column.key in SILENT | row.unsaid or not history.has_changes():
            continue
        before[column.key] = history.deleted[0] if history.deleted else None
        after[column.key] = history.added[0] if history.added else None
    return before, after


def digest_of(row: Event) -> str:
    """Return the SHA-256 of what an event says."""
    said = [
        row.id, plain(row.at), row.actor_id, row.actor, row.organisation_id, row.subject_table,
        row.subject_id, row.what, row.before, row.after, row.reason, row.request_id,
        *([] if row.version is None else [row.version]),
    ]  # fmt: skip
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _link(previous: str, digest: str) -> str:
    return hashlib.sha256(f"{previous}:{digest}".encode()).hexdigest()


def seal(session: Session, limit: int = 1000) -> int:
    """Bind committed events into the hash chain; return how many.

    One sealer works at a time (its job's lease sees to it), apart from the transactions that
    wrote the events: none of them waits for the chain.
    """
    last = session.scalar(select(func.max(EventSeal.event_id))) or 0
    sealed = select(EventSeal.event_id).where(EventSeal.event_id > last - LATE)
    pending = session.scalars(
        select(Event)
        .where(Event.id > last - LATE, Event.id.not_in(sealed))
        .order_by(Event.id)
        .limit(limit)
    ).all()
    chain = session.scalar(select(EventSeal.chain).order_by(EventSeal.id.desc()).limit(1)) or ""
    for row in pending:
        digest = digest_of(row)
        chain = _link(chain, digest)
        session.add(EventSeal(event_id=row.id, digest=digest, chain=chain))
        session.flush()  # ids follow the order of the chain
    return len(pending)


def broken_links(session: Session) -> list[str]:
    """Return in words what does not hold: edited or removed events, a cut chain."""
    found: list[str] = []
    chain = ""
    statement = (
        select(EventSeal, Event)
        .outerjoin(Event, Event.id == EventSeal.event_id)
        .order_by(EventSeal.id)
        .execution_options(yield_per=1000)
    )
    for found_link in session.execute(statement):
        link: EventSeal = found_link[0]
        row: Event | None = found_link[1]
        chain = _link(chain, link.digest)
        if chain != link.chain:
            found.append(f"The chain is cut at event {link.event_id}.")
            chain = link.chain
        if row is None:
            found.append(f"Event {link.event_id} was removed.")
        elif digest_of(row) != link.digest:
            found.append(f"Event {link.event_id} was edited.")
    return found


def events_of(session: Session, table: str, row_id: int, limit: int = 50) -> list[Event]:
    """Return the newest events of one row that the viewer may read, newest first."""
    statement = (
        select(Event)
        .where(Event.subject_table == table, Event.subject_id == row_id)
        .order_by(Event.id.desc())
        .limit(limit)
    )
    return list(session.scalars(statement))


def history(table: str, row_id: int) -> list[Event]:
    """Return the newest events of one row in the present session."""
    return events_of(db.session(), table, row_id)


def count_unsealed(session: Session) -> int:
    """Return how many committed events wait for the sealer."""
    sealed = select(func.count(EventSeal.id))
    return (session.scalar(select(func.count(Event.id))) or 0) - (session.scalar(sealed) or 0)
