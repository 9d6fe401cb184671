"""Many rows made at once, with their ids and events: a handful of statements for five hundred."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from app.clock import now
from app.domain.kernel import audit, bulk, scope
from app.domain.kernel import viewer as viewers
from app.domain.kernel.bulk import Rows
from app.domain.kernel.scope import LinkedTo, PartOf
from app.errors import NotFoundError


def create(session: Session, model: type[Any], rows: Rows, *, at: datetime) -> list[int]:
    """Insert rows that the viewer owns, or may add to a directory; return their ids in order.

    Raise NotFoundError when one of them would belong to somebody else.
    """
    scope.refuse_foreign_rows(session, model, rows)
    ids = _insert(session, model, rows)
    owner = getattr(model.__scope__, "owner", None)
    owners = [row[owner] if owner else None for row in rows]
    _note(session, model, ids, rows, owners, at)
    return ids


def create_linked(
    session: Session, model: type[Any], rows: Rows, organisation_id: int, *, at: datetime
) -> list[int]:
    """Insert rows that links tie to organisations, with the links to one; return their ids.

    Raise NotFoundError when that organisation is not the viewer's.
    """
    kind = model.__scope__
    assert isinstance(kind, LinkedTo)
    relation = inspect(model).relationships[kind.link]
    ((_local, remote),) = relation.local_remote_pairs
    link = relation.mapper.class_
    scope.refuse_unwritable(session, model)
    scope.refuse_foreign_rows(session, link, [{"organisation_id": organisation_id}])
    ids = _insert(session, model, rows)
    scope.create_many(
        session, link, [{remote.key: each, "organisation_id": organisation_id} for each in ids]
    )
    _note(session, model, ids, rows, [organisation_id] * len(ids), at)
    return ids


def create_parts(
    session: Session, model: type[Any], whole: Any, rows: Rows, *, at: datetime
) -> list[int]:
    """Insert parts of one whole that the viewer may write; return their ids in order."""
    kind = model.__scope__
    assert isinstance(kind, PartOf)
    ((local, remote),) = inspect(model).relationships[kind.parent].local_remote_pairs
    scope.refuse_unwritable(session, model)
    if kind.staff_write and not viewers.of(session).everything:
        raise NotFoundError
    scope.refuse_foreign(session, [whole])
    parts = [{**row, local.key: getattr(whole, remote.key)} for row in rows]
    ids = _insert(session, model, parts)
    _note(session, model, ids, parts, [whole.audit_owner] * len(ids), at)
    return ids


def _insert(session: Session, model: type[Any], rows: Rows) -> list[int]:
    session.flush()
    return bulk.insert_for_ids(session.connection(), model.__table__, rows)


def _note(
    session: Session, model: type[Any], ids: Sequence[int], rows: Rows,
    owners: Sequence[int | None], at: datetime | None = None,
) -> None:  # fmt: skip
    """Write that the rows were made, each with what it says."""
    table = model.__tablename__
    if not issubclass(model, audit.Audited):
        return
    version = 1 if inspect(model).version_id_col is not None else None
    subjects = [
        audit.Subject(table, row_id, owner, version)
        for row_id, owner in zip(ids, owners, strict=True)
    ]
    events = audit.rows_of_events(session, subjects, "created", at=at or now())
    for event, row_id, row in zip(events, ids, rows, strict=True):
        event["after"] = {"id": row_id} | {
            name: audit.plain(value)
            for name, value in row.items()
            if value is not None and name not in audit.SILENT | model.unsaid
        }
    audit.write(session, events)
