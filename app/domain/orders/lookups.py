"""Which order holds what: reads for pages of other areas."""

from collections.abc import Sequence

from sqlalchemy import select

from app.domain.orders.models import Order, OrderLine
from app.extensions import db


def orders_holding(application_ids: Sequence[int]) -> dict[int, Order]:
    """Return the order of each card application that is on one, within the viewer's scope."""
    statement = (
        select(OrderLine.application_id, Order)
        .join(Order, Order.id == OrderLine.order_id)
        .where(OrderLine.application_id.in_(application_ids))
    )
    return {row[0]: row[1] for row in db.session.execute(statement)}
