"""Orders put together in chunks: comes with the orders of registrations."""

from collections.abc import Sequence
from datetime import datetime

from app.domain.catalogue.models import AdministeringBody
from app.domain.orders.models import Order
from app.domain.orders.service.purchase import Details


def begin(details: Details, body: AdministeringBody, at: datetime) -> Order:
    """Begin an order."""
    raise NotImplementedError


def add_chunk(
    order: Order,
    *,
    applications: Sequence[int] = (),
    registrations: Sequence[int] = (),
    at: datetime,
) -> int:
    """Put subjects on it."""
    raise NotImplementedError


def complete(order: Order, at: datetime) -> None:
    """Open it."""
    raise NotImplementedError


def abandon(order: Order, at: datetime) -> None:
    """Give it up."""
    raise NotImplementedError
