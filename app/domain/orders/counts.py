"""The figures of the menu: what requires attention, of every area, in one statement."""

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select

from app.domain.kernel import reading
from app.domain.orders import rules as orders
from app.domain.orders.models import Order
from app.domain.registrations import rules as registrations
from app.domain.registrations.models import Registration
from app.domain.registrations.rules import Kind

MOST = 100
"""A figure beyond this shows as "99+", so nothing is counted further."""


def menu_counts() -> dict[str, int]:
    """Return how many apprentices, trainees and orders require attention, each up to MOST."""
    names = ("apprentices", "trainees", "orders")
    scoped = reading.scope(Registration) or reading.scope(Order)
    row = reading.row(_statement() if scoped else _unscoped())
    return dict(zip(names, row, strict=True))


def _statement() -> Select[Any]:
    waiting = Registration.state.in_([state.code for state in registrations.ATTENTION])
    unpaid = Order.state.in_([state.code for state in orders.ATTENTION])
    return select(
        _capped(Registration, Registration.kind == Kind.APPRENTICE, waiting),
        _capped(Registration, Registration.kind == Kind.TRAINEE, waiting),
        _capped(Order, unpaid),
    )


@cache
def _unscoped() -> Select[Any]:
    """Keep the statement of those who see everything, which is the same on every page."""
    return _statement()


def _capped(model: type[Any], *where: ColumnElement[bool]) -> Any:
    some = select(literal(1)).select_from(model).where(*where, *reading.scope(model)).limit(MOST)
    return select(func.count()).select_from(some.subquery()).scalar_subquery()
