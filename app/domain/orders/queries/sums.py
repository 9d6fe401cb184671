"""What orders come to, and what has been paid of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from app.domain.orders.models import Allocation, Order, OrderLine, Payment
from app.domain.registrations.models import CardApplication, CardBatch
from app.extensions import db


@dataclass(frozen=True)
class Figures:
    """What the lines of an order add up to, what has been paid, and its card batches."""

    net: int = 0
    vat: int = 0
    lines: int = 0
    paid: int = 0
    batches: tuple[int, ...] = ()
    """Their numbers."""
    batch_ids: tuple[int, ...] = ()

    @property
    def total(self) -> int:
        """Net and VAT."""
        return self.net + self.vat

    @property
    def balance(self) -> int:
        """What is still to be paid."""
        return self.total - self.paid


def figures(order_ids: Sequence[int]) -> dict[int, Figures]:
    """Add up orders that the viewer has been given: one statement for a page of them.

    It runs below the scope, so that a sum never lacks a line.
    """
    found = dict.fromkeys(order_ids, Figures())
    if not order_ids:
        return found
    for order_id, batch, net, vat, lines, paid, batch_id in db.session.connection().execute(
        sums().where(OrderLine.order_id.in_(order_ids))
    ):
        so_far = found[order_id]
        found[order_id] = Figures(
            so_far.net + int(net),
            so_far.vat + int(vat),
            so_far.lines + lines,
            int(paid),
            so_far.batches + ((batch,) if batch is not None else ()),
            so_far.batch_ids + ((batch_id,) if batch_id is not None else ()),
        )
    return found


def figures_of(order: Order) -> Figures:
    """Add up one order."""
    db.session.flush()
    return figures([order.id])[order.id]


def sums() -> Select[Any]:
    """Return order, batch number, net, VAT, lines, money received and batch, by order and batch."""
    return (
        select(
            OrderLine.order_id,
            CardBatch.number,
            func.sum(OrderLine.net),
            func.sum(OrderLine.vat),
            func.count(OrderLine.id),
            _allocated() + _paid_by_card(),
            CardBatch.id,
        )
        .outerjoin(CardApplication, CardApplication.id == OrderLine.application_id)
        .outerjoin(CardBatch, CardBatch.id == CardApplication.batch_id)
        .group_by(OrderLine.order_id, CardBatch.number, CardBatch.id)
        .order_by(OrderLine.order_id, CardBatch.number)
    )


def _allocated() -> Any:
    return (
        select(func.coalesce(func.sum(Allocation.amount), 0))
        .where(Allocation.order_id == OrderLine.order_id)
        .correlate(OrderLine)
        .scalar_subquery()
    )


def _paid_by_card() -> Any:
    return (
        select(func.coalesce(func.sum(Payment.amount), 0))
        .where(
            Payment.order_id == OrderLine.order_id,
            Payment.state == "succeeded",
            Payment.is_credit.is_(False),
        )
        .correlate(OrderLine)
        .scalar_subquery()
    )
