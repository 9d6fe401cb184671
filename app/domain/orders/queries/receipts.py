"""Receipts: what is left of each, and which order it may be meant for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from app.domain.catalogue.models import AdministeringBody
from app.domain.kernel.references import find_references
from app.domain.orders.models import Allocation, Order, OrderLine, Receipt
from app.domain.orders.queries.sums import figures, sums
from app.domain.orders.rules import CLOSED
from app.extensions import db

_GIVEN = (
    select(func.coalesce(func.sum(Allocation.amount), 0))
    .where(Allocation.receipt_id == Receipt.id)
    .correlate(Receipt)
    .scalar_subquery()
)
HAS_REST = Receipt.amount > _GIVEN
"""What holds for receipts of which something is left to allocate."""


def rests(receipt_ids: Sequence[int]) -> dict[int, int]:
    """Return what is left of receipts after their allocations: one statement for a page."""
    statement = select(Receipt.id, Receipt.amount - _GIVEN).where(Receipt.id.in_(receipt_ids))
    return {receipt_id: int(rest) for receipt_id, rest in db.session.execute(statement)}


def rest_of(receipt: Receipt) -> int:
    """Return what is left of one receipt."""
    db.session.flush()
    return rests([receipt.id])[receipt.id]


def allocations_of(receipt: Receipt) -> list[Allocation]:
    """Return what was given to which order, in order."""
    statement = (
        select(Allocation)
        .where(Allocation.receipt_id == receipt.id)
        .options(joinedload(Allocation.order), joinedload(Allocation.allocated_by))
        .order_by(Allocation.id)
    )
    return list(db.session.scalars(statement))


@dataclass(frozen=True)
class Suggestion:
    """An order that a receipt may be meant for, and how well it fits."""

    order: Order
    balance: int
    by_reference: bool
    by_amount: bool


def suggest(receipt: Receipt, most: int = 10) -> list[Suggestion]:
    """Return the orders a receipt may pay, best first: reference and amount, reference, amount."""
    rest = rest_of(receipt)
    prefixes = list(db.session.scalars(select(AdministeringBody.reference_prefix)))
    named = find_references(f"{receipt.narrative} | {receipt.payer}", prefixes)
    found = _by_references(named) | _by_balance(rest, most)
    found_figures = figures(list(found))
    suggestions = [
        Suggestion(order, found_figures[order.id].balance, order.reference in named,
                   found_figures[order.id].balance == rest)
        for order in found.values()
    ]  # fmt: skip
    suggestions.sort(key=lambda s: (not s.by_reference, not s.by_amount, s.order.id))
    return suggestions[:most]


def _by_references(references: Sequence[str]) -> dict[int, Order]:
    statement = select(Order).where(Order.reference.in_(references))
    found = db.session.scalars(statement.options(joinedload(Order.organisation)))
    return {order.id: order for order in found}


def _by_balance(rest: int, most: int) -> dict[int, Order]:
    per_batch = sums().where(OrderLine.order_id.in_(_awaiting_transfer())).subquery("sums")
    columns = list(per_batch.c)
    fitting = (
        select(columns[0])
        .group_by(columns[0])
        .having(func.sum(columns[2] + columns[3]) - func.max(columns[5]) == rest)
        .order_by(columns[0])
        .limit(most)
    )
    ids = list(db.session.connection().execute(fitting).scalars())
    statement = select(Order).where(Order.id.in_(ids)).options(joinedload(Order.organisation))
    return {order.id: order for order in db.session.scalars(statement)}


def _awaiting_transfer() -> Select[Any]:
    return select(Order.id).where(Order.state == CLOSED.code, Order.method == "bacs")
