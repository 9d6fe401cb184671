"""Paying an order by card: an attempt, what the gateway says of it, and what follows."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.clock import local
from app.domain.kernel import viewer as viewers
from app.domain.kernel import workflow
from app.domain.kernel.money import pounds
from app.domain.orders import queries
from app.domain.orders.models import GatewayEvent, Order, Payment, Receipt
from app.domain.orders.rules import (
    AWAITING,
    CLOSED,
    CREATED,
    OUTSTANDING,
    SENT,
    SUCCEEDED,
    Method,
)
from app.domain.orders.service import fulfilment, ledger, letters
from app.errors import ConflictError
from app.extensions import db

LIFE = timedelta(hours=2)
"""How long a hosted page may be paid on; gateways want 31 minutes to 24 hours."""
CURRENCY = "GBP"
_OUTSTANDING = frozenset(state.code for state in OUTSTANDING)
_AWAITING = frozenset(state.code for state in AWAITING)


class Ending(StrEnum):
    """How an attempt ended, as the gateway says."""

    PAID = "paid"
    DECLINED = "declined"
    ABANDONED = "abandoned"


@dataclass(frozen=True)
class Verdict:
    """What the gateway says of an attempt: how it ended, and the money in pence."""

    ending: Ending
    amount: int = 0
    currency: str = CURRENCY
    reason: str = ""


def is_outstanding(payment: Payment) -> bool:
    """Tell whether the outcome of an attempt is still open."""
    return payment.state in _OUTSTANDING


def is_wanted(payment: Payment) -> bool:
    """Tell whether its order waits for this attempt; otherwise nobody should pay it any more."""
    order = payment.order
    return order.state == CLOSED.code and order.method == Method.CARD


def begin(order: Order, gateway: str, *, at: datetime) -> Payment:
    """Close ``order`` and make an attempt to pay it by card; or return the one under way.

    An order has one outstanding attempt at a time: a second click, another tab and the back
    button lead to the first. An order that a card has paid gives the payment that did.
    """
    workflow.lock(db.session(), [order])
    attempts = queries.payments_of(order)
    under_way = next((each for each in attempts if is_outstanding(each)), None)
    if under_way is not None:
        return under_way
    if order.state not in _AWAITING:
        for each in attempts:
            if each.state == SUCCEEDED.code and not each.is_credit:
                return each
    order.__workflow__.after(order.state, "choose_card")
    totals = fulfilment.check_payable(order)
    if totals.balance <= 0:
        raise ConflictError("There is nothing to collect: register the order instead.")
    values = {"method": Method.CARD.value, "closed_at": at}
    workflow.make_moves(db.session(), [order], "choose_card", at=at, values=values)
    payment = Payment(
        order=order,
        attempt=len(attempts) + 1,
        gateway=gateway,
        key=f"{order.reference}-{len(attempts) + 1}-{secrets.token_hex(6)}",
        amount=totals.balance,
        state=CREATED.code,
        created_at=at,
        expires_at=at + LIFE,
    )
    db.session.add(payment)
    db.session.flush()
    return payment


def sent(payment: Payment, session_id: str, address: str | None, *, at: datetime) -> None:
    """Record the hosted page that the gateway opened for an attempt.

    One that was given up meanwhile keeps the session too: money may still come by it.
    """
    _lock(payment)
    if is_outstanding(payment) and payment.session_id is None:
        values = {"session_id": session_id, "address": address}
        workflow.make_moves(db.session(), [payment], "send", at=at, values=values)
        return
    payment.session_id = payment.session_id or session_id
    if is_outstanding(payment) and not payment.address:
        payment.address = address
    db.session.flush()


def lose_sight(payment: Payment, *, at: datetime) -> None:
    """Record that the gateway did not answer: the order stays closed until it does."""
    _lock(payment)
    if payment.state in (CREATED.code, SENT.code):
        workflow.make_moves(db.session(), [payment], "lose_sight", at=at)


def settle(payment: Payment, verdict: Verdict, *, at: datetime) -> None:
    """Act on what the gateway says, once, however often it says so.

    Money that comes late still counts: it pays the order, or where the order needs it no longer
    it becomes a receipt that finance can allocate.
    """
    _lock(payment)
    if payment.state == SUCCEEDED.code:
        return
    if verdict.ending is Ending.PAID:
        _take_money(payment, verdict, at)
    elif is_outstanding(payment):
        move = "decline" if verdict.ending is Ending.DECLINED else "abandon"
        values = {"settled_at": at, "outcome": verdict.reason or None}
        workflow.make_moves(db.session(), [payment], move, at=at, values=values)
        _reopen(payment.order, at)


def store_event(gateway: str, event_id: str, kind: str, session_id: str, *, at: datetime) -> bool:
    """Keep a message of the gateway; tell whether it came for the first time."""
    event = GatewayEvent(
        gateway=gateway, event_id=event_id, kind=kind, session_id=session_id, received_at=at
    )
    try:
        with db.session.begin_nested():
            db.session.add(event)
    except IntegrityError:
        return False
    return True


def _lock(payment: Payment) -> None:
    """Lock the order and then the attempt, always in this order: nobody waits in a ring."""
    workflow.lock(db.session(), [payment.order])
    workflow.lock(db.session(), [payment])


def _reopen(order: Order, at: datetime) -> None:
    by_card = order.state == CLOSED.code and order.method == Method.CARD
    if by_card and queries.outstanding_payment(order) is None:
        values = {"method": "", "closed_at": None}
        workflow.make_moves(db.session(), [order], "reopen", at=at, values=values)


def _take_money(payment: Payment, verdict: Verdict, at: datetime) -> None:
    order = payment.order
    fits = (
        order.state in _AWAITING
        and verdict.currency == CURRENCY
        and verdict.amount == payment.amount == queries.figures_of(order).balance
    )
    outcome = None if fits else "The order no longer needed this money: it is kept as a credit."
    values = {"settled_at": at, "is_credit": not fits, "outcome": outcome}
    workflow.make_moves(db.session(), [payment], "succeed", at=at, values=values)
    ledger.transfer(
        verdict.amount,
        debit=ledger.CARD,
        credit=ledger.customer(order.organisation_id) if fits else ledger.UNALLOCATED,
        cause=f"payment {payment.id}",
        order_id=order.id,
        at=at,
    )
    if not fits:
        _keep_as_credit(payment, verdict, at)
        return
    said = {"paid_on": letters.day(at)}
    fulfilment.fulfil(order, method=Method.CARD, letter="payment_received", said=said, at=at)


def _keep_as_credit(payment: Payment, verdict: Verdict, at: datetime) -> None:
    order = payment.order
    shown = pounds(verdict.amount) if verdict.currency == CURRENCY else (
        f"{verdict.amount / 100:.2f} {verdict.currency}"
    )  # fmt: skip
    already = db.session.scalar(select(Receipt.id).where(Receipt.payment_id == payment.id))
    if already is not None or verdict.amount <= 0:
        return
    db.session.add(
        Receipt(
            received_on=local(at).date(),
            amount=verdict.amount,
            payer=order.organisation.name,
            narrative=f"Card payment of {shown} for order {order.reference}, attempt "
            f"{payment.attempt}, which the order no longer needed",
            entered_by_id=viewers.of(db.session()).user_id,
            entered_at=at,
            payment_id=payment.id,
        )
    )
    db.session.flush()
