"""Orders with their lines, the places they go to, and the attempts to pay them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import joinedload, selectinload

from app.domain.catalogue.models import Product, Scheme
from app.domain.kernel import reading
from app.domain.kernel import viewer as viewers
from app.domain.orders.models import Allocation, Invoice, Order, OrderLine, Payment
from app.domain.orders.rules import OPEN, OUTSTANDING
from app.domain.organisations.models import Organisation, OrganisationAncestry
from app.domain.organisations.rules import Kind
from app.domain.registrations.models import CardApplication, Registration
from app.extensions import db

MOST_OPEN_ORDERS = 50
"""Open orders that the purchase panel offers to add to."""


def lines_of(order: Order, most: int | None = None) -> list[OrderLine]:
    """Return the lines of an order, at first ``most``, with all that a page shows of them.

    What they are for is read by its ids, in statements of its own: in one, a database that has
    not yet counted the rows of a large import would join each of them with each.
    """
    application = selectinload(OrderLine.application)
    through = application.joinedload(CardApplication.registration)
    registration = selectinload(OrderLine.registration)
    scheme = registration.joinedload(Registration.scheme)
    statement = (
        select(OrderLine)
        .where(OrderLine.order_id == order.id)
        .options(
            joinedload(OrderLine.product),
            application.joinedload(CardApplication.batch),
            application.joinedload(CardApplication.person),
            application.joinedload(CardApplication.administering_body),
            application.joinedload(CardApplication.occupation),
            through.joinedload(Registration.scheme),
            registration.joinedload(Registration.person),
            scheme.joinedload(Scheme.administering_body),
        )
        .order_by(OrderLine.id)
        .limit(most)
    )
    return list(db.session.scalars(statement))


class PricedLines(NamedTuple):
    """What lines of one product at one price and rate of VAT come to."""

    name: str
    unit_net: int
    vat_category: str
    vat_rate: int
    vat_reason: str
    quantity: int
    net: int
    vat: int


def lines_by_price(order: Order) -> list[PricedLines]:
    """Return the lines of an order by product, price and VAT: a few, however many they are."""
    alike = (
        Product.name, OrderLine.unit_net, OrderLine.vat_category, OrderLine.vat_rate,
        OrderLine.vat_reason,
    )  # fmt: skip
    sums = (OrderLine.quantity, OrderLine.net, OrderLine.vat)
    statement = (
        select(*alike, *(func.sum(each) for each in sums))
        .join(Product, Product.id == OrderLine.product_id)
        .where(OrderLine.order_id == order.id)
        .group_by(Product.id, *alike)
        .order_by(func.min(OrderLine.id))
    )
    return [PricedLines(*row[:5], *map(int, row[5:])) for row in db.session.execute(statement)]


def summary_of(order: Order) -> list[dict[str, Any]]:
    """Return what an order comes to by product, as letters list it."""
    found: dict[str, dict[str, Any]] = {}
    for each in lines_by_price(order):
        shown = found.setdefault(each.name, {"description": each.name, "quantity": 0, "total": 0})
        shown["quantity"] += each.quantity
        shown["total"] += each.net + each.vat
    return list(found.values())


def find_order(order_id: int) -> Order | None:
    """Return an order within the viewer's scope."""
    return db.session.get(Order, order_id)


def order_by_reference(reference: str) -> Order | None:
    """Return the order with exactly this reference, within the viewer's scope."""
    return db.session.scalar(select(Order).where(Order.reference == reference))


@dataclass(frozen=True)
class PlaceChoice:
    """An organisation that an order may be invoiced or delivered to."""

    id: int
    number: str
    name: str


@dataclass(frozen=True)
class OrderChoice:
    """An open order that registrations may be added to."""

    id: int
    reference: str
    customer_reference: str


def purchase_choices() -> tuple[list[PlaceChoice], list[OrderChoice]]:
    """Return where an order of the active organisation may go, and its newest open orders.

    One statement: the panel stands below a list that has made its own.
    """
    active = viewers.of(db.session()).organisation_id
    if active is None:
        return [], []
    orders = (
        select(literal("order"), Order.id, Order.reference, Order.customer_reference, -Order.id)
        .where(Order.state == OPEN.code, *reading.scope(Order))
        .order_by(Order.id.desc())
        .limit(MOST_OPEN_ORDERS)
        .subquery()
    )
    both = union_all(_places(active), select(*orders.c)).subquery()
    rows = db.session.connection().execute(select(both).order_by(*list(both.c)[:1], both.c[4]))
    places, open_orders = [], []
    for kind, row_id, first, second, _position in rows:
        if kind == "order":
            open_orders.append(OrderChoice(row_id, first, second))
        else:
            places.append(PlaceChoice(row_id, first, second))
    return places, open_orders


def _places(organisation_id: int) -> Any:
    """Return an organisation and the offices below it, which come after it."""
    return (
        select(
            literal("place"), Organisation.id, Organisation.number, Organisation.name,
            OrganisationAncestry.depth,
        )
        .join(OrganisationAncestry, OrganisationAncestry.descendant_id == Organisation.id)
        .where(OrganisationAncestry.ancestor_id == organisation_id)
        .where((OrganisationAncestry.depth == 0) | (Organisation.kind == Kind.OFFICE))
    )  # fmt: skip


def places_below(organisation_id: int) -> list[PlaceChoice]:
    """Return an organisation and the offices below it, the organisation first."""
    statement = _places(organisation_id).order_by(OrganisationAncestry.depth, Organisation.name_key)
    rows = db.session.connection().execute(statement)
    return [PlaceChoice(row_id, number, name) for _, row_id, number, name, _depth in rows]


def payments_of(order: Order) -> list[Payment]:
    """Return the attempts to pay an order by card, newest first."""
    statement = select(Payment).where(Payment.order_id == order.id).order_by(Payment.id.desc())
    return list(db.session.scalars(statement))


def outstanding_payment(order: Order) -> Payment | None:
    """Return the attempt whose outcome is still open; there is at most one in use."""
    codes = [state.code for state in OUTSTANDING]
    return next((each for each in payments_of(order) if each.state in codes), None)


def payment_by_session(gateway: str, session_id: str) -> Payment | None:
    """Return the attempt that a gateway knows as ``session_id``."""
    return db.session.scalar(
        select(Payment).where(Payment.gateway == gateway, Payment.session_id == session_id)
    )


def find_payment(payment_id: int) -> Payment | None:
    """Return an attempt within the viewer's scope."""
    return db.session.get(Payment, payment_id)


def payments_to_ask_about(gateway: str, *, made_before: datetime, limit: int = 100) -> list[int]:
    """Return the attempts of a gateway whose outcome is open since then, oldest first."""
    statement = (
        select(Payment.id)
        .where(
            Payment.gateway == gateway,
            Payment.state.in_([state.code for state in OUTSTANDING]),
            Payment.created_at < made_before,
        )
        .order_by(Payment.created_at)
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def allocations_to(order: Order) -> list[Allocation]:
    """Return the parts of bank transfers that an order was given."""
    statement = select(Allocation).where(Allocation.order_id == order.id).order_by(Allocation.id)
    return list(db.session.scalars(statement))


def invoices_of(order_ids: Sequence[int]) -> dict[int, Invoice]:
    """Return the invoices of orders, for a page of them."""
    statement = select(Invoice).where(Invoice.order_id.in_(order_ids))
    return {
        invoice.order_id: invoice
        for invoice in db.session.scalars(statement.options(joinedload(Invoice.file)))
    }
