"""Which order holds what: reads for pages of other areas."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from app.domain.orders.models import Order, OrderLine
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
