"""What follows once an order is paid: it is being fulfilled, and its registrations start."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import or_, select

from app.domain.kernel import workflow
from app.domain.orders import queries
from app.domain.orders.models import Invoice, Order, OrderLine
from app.domain.orders.rules import Method
from app.domain.orders.service import invoice, letters
from app.domain.registrations import service as registered
from app.domain.registrations.models import CardApplication, Registration
from app.errors import ConflictError
from app.extensions import db


def check_payable(order: Order) -> queries.Figures:
    """Return what ``order`` comes to; refuse one that cannot be paid for, in words."""
    totals = queries.figures_of(order)
    if totals.lines == 0:
        raise ConflictError(
            f"Order {order.reference} has no lines. Add applications to it, or cancel it."
        )
    invoice.check_address(order)
    return totals


def fulfil(
    order: Order, *, method: Method, letter: str, said: Mapping[str, str], at: datetime
) -> None:
    """Move a paid order on, start what was ordered, and tell the accounts contact."""
    values = {"paid_at": at, "method": method.value, "closed_at": order.closed_at or at}
    workflow.make_moves(db.session(), [order], "pay", at=at, values=values)
    registered.start(_registrations(order), at=at)
    registered.produce_applications(_applications(order), at=at)
    issued = db.session.scalar(select(Invoice).where(Invoice.order_id == order.id))
    if issued is None:
        issued = invoice.issue(order, at=at, paid_how="Card payment")
    totals = queries.figures_of(order)
    context = {"invoice_number": issued.shown_number, **said}
    letters.post(letter, order, totals, context, at=at)


def _registrations(order: Order) -> list[Registration]:
    """Return the registrations of an order: by their card applications, or as they are."""
    through = (
        select(CardApplication.registration_id)
        .join(OrderLine, OrderLine.application_id == CardApplication.id)
        .where(OrderLine.order_id == order.id)
    )
    as_they_are = select(OrderLine.registration_id).where(OrderLine.order_id == order.id)
    statement = (
        select(Registration)
        .where(or_(Registration.id.in_(through), Registration.id.in_(as_they_are)))
        .order_by(Registration.id)
    )
    return list(db.session.scalars(statement))


def _applications(order: Order) -> list[CardApplication]:
    """Return the applications of an order that no registration has made."""
    statement = (
        select(CardApplication)
        .join(OrderLine, OrderLine.application_id == CardApplication.id)
        .where(OrderLine.order_id == order.id, CardApplication.registration_id.is_(None))
        .order_by(CardApplication.id)
    )
    return list(db.session.scalars(statement))
