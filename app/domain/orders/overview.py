"""What the dashboard shows: what waits in every area, and a year of registrations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import case, func, literal, select

from app.clock import start_of
from app.domain.kernel import reading
from app.domain.kernel.tables import Letter
from app.domain.orders import queries
from app.domain.orders.models import Order, Receipt
from app.domain.orders.rules import ATTENTION
from app.domain.registrations.models import Registration
from app.domain.registrations.rules import Kind
from app.extensions import db

MOST = 999
"""Figures are counted up to here; beyond it the tile says "999+"."""
MONTHS = 12


@dataclass(frozen=True)
class Month:
    """How many people of each kind were registered in a month."""

    first: date
    apprentices: int
    trainees: int


def orders_awaiting() -> int:
    """Count orders that wait for payment."""
    return _count(Order, Order.state.in_([state.code for state in ATTENTION]))


def receipts_to_allocate() -> int:
    """Count bank receipts of which something is left."""
    return _count(Receipt, queries.HAS_REST)


def letters_not_delivered() -> int:
    """Count letters that did not arrive."""
    return _count(Letter, Letter.state == "failed")


def _count(model: type[Any], where: Any) -> int:
    some = select(literal(1)).select_from(model).where(where, *reading.scope(model))
    counted = select(func.count()).select_from(some.limit(MOST + 1).subquery())
    return int(reading.value(counted))


def months_until(today: date) -> list[date]:
    """Return the first days of the last twelve months, the present one last."""
    found, first = [], today.replace(day=1)
    for _ in range(MONTHS):
        found.append(first)
        first = (first - timedelta(days=1)).replace(day=1)
    return found[::-1]


def registered_by_month(today: date) -> list[Month]:
    """Count the registrations made in each of the last twelve months, in one statement."""
    firsts = months_until(today)
    starts = [start_of(first) for first in firsts]
    columns = [func.coalesce(func.sum(each), 0) for each in _in_months(starts)]
    statement = (
        select(Registration.kind, *columns)
        .where(Registration.created_at >= starts[0])
        .group_by(Registration.kind)
    )
    counted = {row[0]: row[1:] for row in db.session.execute(statement)}
    none = (0,) * MONTHS
    apprentices = counted.get(Kind.APPRENTICE.value, none)
    trainees = counted.get(Kind.TRAINEE.value, none)
    return [Month(*each) for each in zip(firsts, apprentices, trainees, strict=True)]


def _in_months(starts: Sequence[datetime]) -> list[Any]:
    made = Registration.created_at
    found = []
    for place, start in enumerate(starts):
        inside = made >= start
        if place + 1 < len(starts):
            inside &= made < starts[place + 1]
        found.append(case((inside, 1), else_=0))
    return found
