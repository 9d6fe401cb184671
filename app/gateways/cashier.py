"""Takes a payment to the gateway and back: attempt, commit, call, commit, and never twice.

No call to a gateway is made inside a transaction. What a gateway did not answer is unknown until
it is asked again: by the customer's next click, by an event, or by the sweep.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app

from app import clock
from app.domain.kernel.viewer import GATEWAY, seen_by
from app.domain.orders import queries
from app.domain.orders.models import Payment
from app.domain.orders.rules import SUCCEEDED
from app.domain.orders.service import payment as payments
from app.domain.orders.service.payment import Ending, Verdict
from app.extensions import PortalSession, db
from app.gateways.base import (
    Checkout,
    CheckoutGateway,
    CheckoutRequest,
    CheckoutState,
    CheckoutStatus,
    GatewayError,
    GatewayRefusedError,
    GatewayUnavailableError,
    Headers,
)
from app.transaction import transaction

log = logging.getLogger(__name__)

SETTLING_IN = timedelta(minutes=2)
"""How old an attempt is before the sweep asks about it, and before "there is none" is believed."""

_ENDINGS = {
    CheckoutStatus.PAID: Ending.PAID,
    CheckoutStatus.DECLINED: Ending.DECLINED,
    CheckoutStatus.ABANDONED: Ending.ABANDONED,
}


@dataclass(frozen=True)
class Addresses:
    """Where the gateway sends the customer back to, and its events."""

    success: str
    cancel: str
    webhook: str


@dataclass(frozen=True)
class _Attempt:
    """What is known of an attempt when no transaction is open."""

    id: int
    key: str
    session_id: str | None
    address: str | None
    created_at: datetime
    expires_at: datetime
    is_outstanding: bool
    is_wanted: bool
    """Whether its order still waits for this attempt; otherwise the checkout is closed."""
    request: CheckoutRequest | None = None


def lead_on(gateway: CheckoutGateway, payment_id: int, addresses: Addresses) -> str | None:
    """Return the hosted page of an attempt, opened now or before; None when there is none to see.

    Then the attempt is settled, or its outcome is unknown: its own page says which.
    """
    attempt = _look(payment_id, addresses)
    if attempt is not None and attempt.session_id is not None:
        reread(gateway, payment_id)
        attempt = _look(payment_id, addresses)
    if attempt is None or not attempt.is_outstanding:
        return None
    return attempt.address or _open(gateway, attempt)


def _open(gateway: CheckoutGateway, attempt: _Attempt) -> str | None:
    assert attempt.request is not None
    try:
        checkout = gateway.create(attempt.request)
    except GatewayUnavailableError as error:
        log.warning("the gateway did not answer for payment %s: %s", attempt.id, error)
        _save_doubt(attempt.id)
        return None
    except GatewayRefusedError as error:
        log.exception("the gateway refused payment %s", attempt.id)
        _after_refusal(gateway, attempt, error.reason)
        return None
    _save_page(attempt.id, checkout)
    still = _look(attempt.id)
    if still is None or not still.is_outstanding:
        # The sweep gave the attempt up while its page was opened: nobody may pay there any more.
        reread(gateway, attempt.id, give_up=True)
        return None
    return checkout.url


def _after_refusal(gateway: CheckoutGateway, attempt: _Attempt, reason: str) -> None:
    """Open the order again, unless an earlier try of the same attempt did open a checkout."""
    try:
        state = gateway.find(attempt.key, since=attempt.created_at)
        if state is not None:
            _act_on(gateway, attempt, state, give_up=True)
            return
    except GatewayError:
        _save_doubt(attempt.id)
        return
    _save_verdict(attempt.id, Verdict(Ending.DECLINED, reason=reason))


def reread(gateway: CheckoutGateway, payment_id: int, *, give_up: bool = False) -> None:
    """Ask the gateway how an attempt stands, and settle it when that is decided.

    With ``give_up`` the checkout is closed first, so that its end is decided either way.
    """
    attempt = _look(payment_id)
    if attempt is None:
        return
    try:
        state = _state_of(gateway, attempt)
        if state is not None:
            _act_on(gateway, attempt, state, give_up=give_up)
        elif clock.now() - attempt.created_at > SETTLING_IN:
            never = Verdict(Ending.ABANDONED, reason="It never reached the gateway.")
            _save_verdict(attempt.id, never)
    except GatewayError as error:
        log.warning("the gateway did not say how payment %s stands: %s", payment_id, error)
        _save_doubt(payment_id)


def _state_of(gateway: CheckoutGateway, attempt: _Attempt) -> CheckoutState | None:
    if attempt.session_id is not None:
        return gateway.read(attempt.session_id)
    return gateway.find(attempt.key, since=attempt.created_at)


def _act_on(
    gateway: CheckoutGateway, attempt: _Attempt, state: CheckoutState, *, give_up: bool
) -> None:
    """Settle what is decided; close what is not wanted any more, and settle that."""
    if attempt.session_id is None:
        _save_page(attempt.id, Checkout(state.session_id, ""))
    over = give_up or not attempt.is_wanted or clock.now() > attempt.expires_at
    if state.status is CheckoutStatus.OPEN and not over:
        return
    ended = state
    if state.status in (CheckoutStatus.OPEN, CheckoutStatus.DECLINED):
        try:
            ended = gateway.expire(state.session_id)
        except GatewayRefusedError:
            return  # the bank still thinks: the order stays closed until it has decided
    declined = CheckoutStatus.DECLINED in (state.status, ended.status)
    paid = CheckoutStatus.PAID in (state.status, ended.status)
    if ended.status is CheckoutStatus.OPEN and not paid:
        return
    ending = Ending.PAID if paid else Ending.DECLINED if declined else _ENDINGS[ended.status]
    _save_verdict(attempt.id, Verdict(ending, ended.amount_pence, ended.currency))


def take_event(gateway: CheckoutGateway, payload: bytes, headers: Headers) -> None:
    """Keep an event of the gateway once, and ask the gateway about the payment that it names.

    Raise ForgedEventError for one that the gateway did not sign. An event is never believed: it
    only says that there is something to read, so repeats and disorder do no harm.
    """
    event = gateway.read_event(payload, headers)
    with seen_by(GATEWAY):
        with transaction():
            payments.store_event(
                gateway.name, event.event_id, event.kind.value, event.session_id, at=clock.now()
            )
        found = queries.payment_by_session(gateway.name, event.session_id)
        payment_id = None if found is None or not event.session_id else found.id
        if payment_id is not None:
            reread(gateway, payment_id)


def sweep_payments(gateway: CheckoutGateway, *, at: datetime) -> int:
    """Ask about every attempt whose outcome has been open for a while; return how many."""
    with seen_by(GATEWAY):
        waiting = queries.payments_to_ask_about(gateway.name, made_before=at - SETTLING_IN)
        for payment_id in waiting:
            try:
                reread(gateway, payment_id)
            except Exception:
                # One attempt that cannot be settled must not keep the others from being so.
                log.exception("payment %s could not be settled", payment_id)
                db.session.rollback()
        return len(waiting)


def _hands_off() -> None:
    """End the transaction that reading has begun: the gateway may keep us waiting."""
    session = db.session()
    assert isinstance(session, PortalSession)
    session.release()


def _look(payment_id: int, addresses: Addresses | None = None) -> _Attempt | None:
    """Return an attempt that has not been paid, and hold no transaction any more."""
    payment = queries.find_payment(payment_id)
    if payment is None:
        return None
    db.session.refresh(payment)
    attempt = None if payment.state == SUCCEEDED.code else _read(payment, addresses)
    _hands_off()
    return attempt


def _read(payment: Payment, addresses: Addresses | None) -> _Attempt:
    return _Attempt(
        id=payment.id,
        key=payment.key,
        session_id=payment.session_id,
        address=payment.address or None,
        created_at=payment.created_at,
        expires_at=payment.expires_at,
        is_outstanding=payments.is_outstanding(payment),
        is_wanted=payments.is_wanted(payment),
        request=_request(payment, addresses) if addresses else None,
    )


def _request(payment: Payment, addresses: Addresses) -> CheckoutRequest:
    order = payment.order
    return CheckoutRequest(
        order_reference=order.reference,
        attempt_key=payment.key,
        amount_pence=payment.amount,
        description=f"Order {order.reference}",
        customer_email=order.accounts_contact_email,
        success_url=addresses.success,
        cancel_url=addresses.cancel,
        webhook_url=addresses.webhook,
        expires_at=payment.expires_at,
    )


def _save_page(payment_id: int, checkout: Checkout) -> None:
    with transaction():
        payment = db.session.get_one(Payment, payment_id)
        payments.sent(payment, checkout.session_id, checkout.url or None, at=clock.now())
    _hands_off()


def _save_doubt(payment_id: int) -> None:
    with transaction():
        payments.lose_sight(db.session.get_one(Payment, payment_id), at=clock.now())
    _hands_off()


def _save_verdict(payment_id: int, verdict: Verdict) -> None:
    """Settle for the gateway, whoever's page or event made us ask: in a session of its own."""
    with current_app.app_context(), seen_by(GATEWAY), transaction():
        payments.settle(db.session.get_one(Payment, payment_id), verdict, at=clock.now())
