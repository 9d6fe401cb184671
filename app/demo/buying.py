"""Orders of the demo world: raised, paid by card or transfer, left open, cancelled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from app.demo.acting import on
from app.demo.registering import rows
from app.domain.kernel.viewer import GATEWAY, Viewer
from app.domain.orders import queries
from app.domain.orders.models import Order, Payment
from app.domain.orders.service import payment as payments
from app.domain.orders.service import purchase, receipts
from app.domain.orders.service.payment import Ending, Verdict
from app.domain.orders.service.purchase import Details
from app.domain.registrations.models import CardApplication
from app.extensions import db

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass(frozen=True)
class Buyer:
    """Who buys: the viewer, and what they say about each order."""

    viewer: Viewer
    contact: str
    email: str
    deliver_to: int


def buy(buyer: Buyer, ids: Sequence[int], at: datetime, reference: str = "") -> int:
    """Raise an order for registrations; return its id."""
    with on(at, buyer.viewer):
        details = _details(buyer, reference)
        return purchase.submit_purchase(rows(ids), None, details, at=at).id


def buy_cards(buyer: Buyer, ids: Sequence[int], at: datetime, reference: str = "") -> int:
    """Raise an order for card applications; return its id."""
    with on(at, buyer.viewer):
        statement = select(CardApplication).where(CardApplication.id.in_(ids))
        applications = list(db.session.scalars(statement.order_by(CardApplication.id)))
        details = _details(buyer, reference)
        return purchase.submit_purchase(applications, None, details, at=at).id


def _details(buyer: Buyer, reference: str) -> Details:
    return Details(
        customer_reference=reference,
        accounts_contact_name=buyer.contact,
        accounts_contact_email=buyer.email,
        delivery_attention=buyer.contact,
        invoice_to=buyer.viewer.organisation_id or 0,
        deliver_to=buyer.deliver_to,
    )


def _order(order_id: int) -> Order:
    return db.session.get_one(Order, order_id)


def go_to_gateway(buyer: Buyer, order_id: int, gateway: str, at: datetime) -> int:
    """Choose to pay by card; return the attempt's id."""
    with on(at, buyer.viewer):
        return payments.begin(_order(order_id), gateway, at=at).id


def settle(payment_id: int, ending: Ending, at: datetime) -> None:
    """Let the gateway say how an attempt ended."""
    with on(at, GATEWAY):
        payment = db.session.get_one(Payment, payment_id)
        payments.sent(payment, f"demo-{payment.key}", None, at=at)
        amount = payment.amount if ending is Ending.PAID else 0
        payments.settle(payment, Verdict(ending, amount), at=at + MINUTE)


def lose_sight(payment_id: int, at: datetime) -> None:
    """Let the gateway not answer."""
    with on(at, GATEWAY):
        payments.lose_sight(db.session.get_one(Payment, payment_id), at=at)


def pay_by_card(buyer: Buyer, order_id: int, gateway: str, at: datetime) -> None:
    """Pay an order by card at the first attempt."""
    settle(go_to_gateway(buyer, order_id, gateway, at), Ending.PAID, at + 3 * MINUTE)


def register_bacs(buyer: Buyer, order_id: int, at: datetime) -> None:
    """Register an order for electronic transfer."""
    with on(at, buyer.viewer):
        receipts.register_bacs(_order(order_id), at=at)


def transfer(finance: Viewer, order_id: int, at: datetime, *, share: int = 100) -> None:
    """Enter what the bank received for an order, and allocate it: all, or ``share`` per cent."""
    with on(at, finance):
        order = _order(order_id)
        amount = queries.figures_of(order).balance * share // 100
        receipt = receipts.enter_receipt(
            received_on=(at - DAY).date(), amount=amount, payer=order.organisation.name.upper(),
            narrative=f"BGC {order.reference}", at=at,
        )  # fmt: skip
        receipts.allocate(receipt, order, amount, at=at)


def receive(finance: Viewer, amount: int, payer: str, narrative: str, at: datetime) -> None:
    """Enter a transfer that nobody has allocated yet."""
    with on(at, finance):
        receipts.enter_receipt(
            received_on=(at - DAY).date(), amount=amount, payer=payer, narrative=narrative, at=at
        )


def cancel(buyer: Buyer, order_id: int, at: datetime) -> None:
    """Cancel an open order."""
    with on(at, buyer.viewer):
        purchase.cancel_order(_order(order_id), None, at=at)


def reference_of(order_id: int) -> tuple[str, int]:
    """Return the reference of an order and what is due on it."""
    order = _order(order_id)
    return order.reference, queries.figures_of(order).balance
