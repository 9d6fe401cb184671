"""Which order holds what: reads for pages of other areas."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from app.domain.orders.models import Order, OrderLine
from app.domain.registrations.models import CardApplication, CardBatch
from app.extensions import db


def orders_holding(application_ids: Sequence[int]) -> dict[int, Order]:
    """Return the order of each card application that is on one, within the viewer's scope."""
    return _holding(OrderLine.application_id, application_ids)


def orders_holding_registrations(registration_ids: Sequence[int]) -> dict[int, Order]:
    """Return the order of each registration that is on one as it is: those on standards."""
    return _holding(OrderLine.registration_id, registration_ids)


def _holding(column: Any, ids: Sequence[int]) -> dict[int, Order]:
    statement = (
        select(column, Order).join(Order, Order.id == OrderLine.order_id).where(column.in_(ids))
    )
    return {row[0]: row[1] for row in db.session.execute(statement)}


def orders_of_batches(batch_ids: Sequence[int]) -> dict[int, Order]:
    """Return the order of each card batch that has cards, within the viewer's scope."""
    statement = (
        select(CardApplication.batch_id, Order)
        .join(OrderLine, OrderLine.application_id == CardApplication.id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(CardApplication.batch_id.in_(batch_ids))
        .distinct()
    )
    return {row[0]: row[1] for row in db.session.execute(statement) if row[0] is not None}


def batch_ordered_by(reference: str) -> ColumnElement[bool]:
    """Return what holds for card batches of orders whose reference begins so."""
    wanted = reference.upper().replace(" ", "")
    ordered = (
        select(CardApplication.batch_id)
        .join(OrderLine, OrderLine.application_id == CardApplication.id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.reference.startswith(wanted, autoescape=True))
    )
    return CardBatch.id.in_(ordered)
