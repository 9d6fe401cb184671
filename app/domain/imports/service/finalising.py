"""FINALISE VALID: valid rows become what is ordered, or awards, in chunks (A84)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update

from app.clock import today
from app.domain.imports import checking, queries
from app.domain.imports.models import Import, ImportRow
from app.domain.imports.picked import makes_new_people
from app.domain.imports.rules import FINALISING, RowState
from app.domain.imports.service import drafts, settling, storing
from app.domain.imports.targets import LateError, Made, ordering, target_of
from app.domain.kernel import viewer as viewers
from app.domain.kernel import workflow
from app.domain.kernel.money import Quote
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_
from app.domain.orders import queries as orders
from app.domain.orders.models import Order
from app.domain.orders.service import assembling
from app.domain.orders.service.purchase import Details
from app.errors import ConflictError, DomainError, FieldErrors, NotFoundError, StaleError
from app.extensions import db

UNMADE = N_("This row could not be saved. Look at its cells again, then have it verified.")

BEFORE = "before"
"""Key of an import's details: how many rows had been finalised before, where none is ordered."""

_table = ImportRow.__table__


def quote(import_: Import) -> Quote:
    """Price what FINALISE VALID would order: each valid row, as its order would.

    Raise NotFoundError for rows that order nothing.
    """
    target = ordering(import_)
    if target is None:
        raise NotFoundError
    priced_by = ImportRow.values[target.priced_by].as_string()
    statement = (
        select(priced_by, func.count())
        .where(ImportRow.import_id == import_.id, ImportRow.state == RowState.VALID.value)
        .group_by(priced_by)
    )
    counted = {str(value): count for value, count in db.session.execute(statement)}
    wanted = [(product, 1) for product, n in target.products(counted) for _ in range(n)]
    return orders.quote(wanted, import_.organisation_id, today())


def finalise(import_: Import, details: Details | None, version: int, at: datetime) -> Order | None:
    """Begin to finalise the valid rows; a worker makes them in chunks.

    What is bought goes onto a new order with these ``details``, which is returned; it cannot be
    paid before the last of them stands on it. Raise ConflictError while somebody else is at it,
    or when no row is valid.
    """
    queries.refuse_unless_ours(import_)
    workflow.lock(db.session(), [import_])
    if import_.state == FINALISING.code:
        raise ConflictError(
            f"{import_.finaliser} is finalising this upload at the moment. What is left can be "
            "finalised afterwards."
        )
    if import_.version != version:
        raise StaleError(
            "Somebody else changed this upload since you opened the page. Look at what is valid "
            "now, and submit it again."
        )
    if queries.working(import_) is not None:
        raise ConflictError("The rows are still being checked. Wait until that has ended.")
    counts = queries.counts(import_)
    if not counts.valid:
        raise ConflictError("No row is valid yet. Put the errors right first.")
    order = None
    values: dict[str, Any] = {"finaliser": viewers.of(db.session()).actor, "changed_at": at}
    target = ordering(import_)
    if target is None:
        import_.details = {BEFORE: counts.done}
    else:
        assert details is not None
        order = assembling.begin(details, target.body(import_.organisation_id), at)
        values["order_id"] = order.id
        import_.details = asdict(details)
    db.session.flush()
    workflow.make_moves(db.session(), [import_], "finalise", at=at, values=values)
    drafts.enqueue(drafts.FINALISE, import_, at, **({"order": order.id} if order else {}))
    return order


def needed(import_: Import) -> list[Permission]:
    """Return what somebody needs to finalise the valid rows as they stand."""
    target = target_of(import_)
    usual = (Permission.FILL_IN_APPLICATIONS, Permission.CREATE_PURCHASES)
    found = list(dict.fromkeys(target.needs(each) for each in usual))
    makes_people = target.is_about_people and makes_new_people(import_)
    return [*found, Permission.ADD_EMPLOYEES] if makes_people else found


def may_finalise(import_: Import) -> bool:
    """Tell whether the session's viewer still holds what finalising needs."""
    held = viewers.of(db.session()).permissions
    return all(each.code in held for each in needed(import_))


def valid_rows(import_: Import, limit: int) -> list[Any]:
    """Return the next valid rows of an import, in the order in which they came."""
    names = ("id", "number", "values", "person_id", "photo_id", "choice")
    columns = [_table.c[name] for name in names]
    statement = (
        select(*columns)
        .where(_table.c.import_id == import_.id, _table.c.state == RowState.VALID.value)
        .order_by(_table.c.id)
        .limit(limit)
    )
    return list(db.session.connection().execute(statement))


def finalise_some(import_: Import, order: Order | None, limit: int, at: datetime) -> int:
    """Make the next valid rows and put them on their order; return how many were looked at.

    What cannot be made by now stays in the grid, with why.
    """
    rows = valid_rows(import_, limit)
    if not rows:
        return 0
    kind = storing.kind_of(import_)
    facts = [settling.facts_of(kind, row) for row in rows]
    reference = order.customer_reference if order is not None else ""
    made = target_of(import_).make(facts, reference, at)
    if order is not None:
        assembling.add_chunk(
            order,
            applications=list(made.applications.values()),
            registrations=list(made.registrations.values()),
            at=at,
        )
    _mark_done(made)
    _refuse(import_, made.refused, {row.id: row for row in rows})
    return len(rows)


def refuse_next(import_: Import, error: Exception) -> None:
    """Let the next valid row stay in the grid, with why it could not be made."""
    words = error.text if isinstance(error, DomainError) else UNMADE
    if isinstance(error, FieldErrors):
        words = " ".join(error.errors.values())
    for row in valid_rows(import_, 1):
        _refuse(import_, [LateError(row.id, "", words)], {row.id: row})


def _mark_done(made: Made) -> None:
    ids = dict.fromkeys([*made.applications, *made.registrations, *made.awards])
    if not ids:
        return
    statement = (
        update(_table)
        .where(_table.c.id == bindparam("row"))
        .values(
            state=RowState.DONE.value,
            version=_table.c.version + 1,
            application_id=bindparam("application"),
            registration_id=bindparam("registration"),
            award_id=bindparam("award"),
        )
    )
    rows = [
        {
            "row": row_id,
            "application": made.applications.get(row_id),
            "registration": made.registrations.get(row_id),
            "award": made.awards.get(row_id),
        }
        for row_id in ids
    ]
    db.session.connection().execute(statement, rows)


def _refuse(import_: Import, refused: Sequence[LateError], rows: Mapping[int, Any]) -> None:
    if not refused:
        return
    subject = target_of(import_).subject()
    storing.add_errors(
        import_,
        [
            (each.row_id, each.field,
             checking.shown(subject, rows[each.row_id].values, each.field), each.words, True)
            for each in refused
        ],
    )  # fmt: skip
    storing.set_states(import_, sorted({each.row_id for each in refused}), RowState.ERROR)


def conclude(import_: Import, order: Order | None, at: datetime) -> None:
    """End finalising: its order can be paid; what is left of the import stays a draft."""
    if import_.state != FINALISING.code:
        return
    if order is not None and orders.figures_of(order).lines:
        assembling.complete(order, at)
    elif order is not None:
        assembling.abandon(order, at)
    counts = queries.counts(import_)
    left = counts.error + counts.asks + counts.valid
    move = "go_on" if left else "complete"
    workflow.make_moves(
        db.session(), [import_], move, at=at, values={"finaliser": "", "changed_at": at}
    )
