"""Payments by card: what the gateway says is acted on once, early, late or twice."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domain.kernel.viewer import GATEWAY
from app.domain.orders import queries
from app.domain.orders.models import Invoice, Order, Payment, Receipt, Transfer
from app.domain.orders.service import payment as payments
from app.domain.orders.service import purchase, receipts
from app.domain.orders.service.payment import Ending, Verdict
from app.domain.organisations.models import OrganisationDetail
from app.domain.registrations.models import CardApplication, Registration
from app.errors import ConflictError, IllegalMoveError
from app.extensions import db
from app.transaction import transaction
from tests.support.orders import AT, an_order, ready
from tests.support.viewers import viewer_of

PAID = Verdict(Ending.PAID, 28080)


@pytest.fixture
def provider(portal):
    return viewer_of(portal, "provider@demo.example")


@pytest.fixture
def begun(inside, provider):
    """Return the ids of an order and of the attempt to pay it that has just begun."""
    with inside(provider), transaction():
        order = an_order()
        payment = payments.begin(order, "test gateway", at=AT)
        payments.sent(payment, "cs_1", "https://gateway.example/1", at=AT)
        return order.id, payment.id


def settle(payment_id, verdict, at=AT):
    with transaction():
        payments.settle(db.session.get_one(Payment, payment_id), verdict, at=at)


def count(model, *where):
    return db.session.scalar(select(func.count()).select_from(model).where(*where))


@pytest.mark.both_databases
@pytest.mark.function("A68")
def test_a_paid_order_starts_what_it_ordered(inside, begun, backend):
    order_id, payment_id = begun
    with inside(GATEWAY):
        for _time in range(3):
            settle(payment_id, PAID)
        order = db.session.get_one(Order, order_id)
        assert (order.state, order.method) == ("being_fulfilled", "card")
        assert order.paid_at == AT
        assert set(db.session.scalars(select(Registration.state))) == {"in_progress"}
        assert set(db.session.scalars(select(CardApplication.state))) == {"being_produced"}
        assert count(Invoice) == 1
        assert queries.figures_of(order).balance == 0


def test_one_attempt_at_a_time(inside, provider, begun):
    order_id, payment_id = begun
    with inside(provider), transaction():
        order = db.session.get_one(Order, order_id)
        assert payments.begin(order, "test gateway", at=AT).id == payment_id
        with pytest.raises(IllegalMoveError):
            receipts.register_bacs(order, at=AT)
        with pytest.raises(IllegalMoveError, match="closed"):
            purchase.cancel_order(order, None, at=AT)


def test_a_declined_attempt_opens_the_order_and_the_next_has_another_key(inside, provider, begun):
    order_id, first = begun
    with inside(provider), transaction():
        payments.settle(db.session.get_one(Payment, first), Verdict(Ending.DECLINED), at=AT)
        order = db.session.get_one(Order, order_id)
        assert (order.state, order.method, order.closed_at) == ("open", "", None)
        second = payments.begin(order, "test gateway", at=AT)
        assert second.attempt == 2
        assert second.key != db.session.get_one(Payment, first).key
        assert second.expires_at == AT + payments.LIFE


@pytest.mark.both_databases
def test_money_that_comes_late_still_pays_the_order(inside, begun, backend):
    order_id, payment_id = begun
    with inside(GATEWAY):
        settle(payment_id, Verdict(Ending.ABANDONED))
        assert db.session.get_one(Order, order_id).state == "open"
        settle(payment_id, PAID, AT + timedelta(hours=1))
        assert db.session.get_one(Order, order_id).state == "being_fulfilled"
        settle(payment_id, Verdict(Ending.ABANDONED))
        assert db.session.get_one(Payment, payment_id).state == "succeeded"


def test_late_money_for_an_order_that_changed_is_kept_as_a_credit(inside, provider, begun):
    order_id, payment_id = begun
    with inside(provider), transaction():
        payments.settle(db.session.get_one(Payment, payment_id), Verdict(Ending.ABANDONED), at=AT)
        order = db.session.get_one(Order, order_id)
        purchase.remove_line(queries.lines_of(order)[0], None, at=AT)
    with inside(GATEWAY):
        for _time in range(2):
            settle(payment_id, PAID)
        order = db.session.get_one(Order, order_id)
        assert order.state == "open"
        assert queries.figures_of(order).balance == 14040
        receipt = db.session.scalars(select(Receipt)).one()
        assert (receipt.amount, receipt.payment_id) == (28080, payment_id)
        assert order.reference in receipt.narrative
        transfer = db.session.scalars(select(Transfer)).one()
        assert (transfer.debit, transfer.credit) == ("card gateway", "unallocated")


def test_two_attempts_that_both_charge_pay_once_and_keep_the_rest(inside, provider, begun):
    order_id, first = begun
    with inside(provider), transaction():
        payments.settle(db.session.get_one(Payment, first), Verdict(Ending.DECLINED), at=AT)
        second = payments.begin(db.session.get_one(Order, order_id), "test gateway", at=AT).id
    with inside(GATEWAY):
        settle(first, PAID)
        settle(second, PAID)
        order = db.session.get_one(Order, order_id)
        assert order.state == "being_fulfilled"
        assert queries.figures_of(order).balance == 0
        assert count(Invoice) == 1
        assert count(Receipt, Receipt.payment_id == second) == 1
    with inside(provider):
        assert [each.is_credit for each in queries.payments_of(order)] == [True, False]


@pytest.mark.parametrize(
    "verdict", [Verdict(Ending.PAID, 28079), Verdict(Ending.PAID, 28080, "EUR")]
)
def test_another_amount_or_currency_pays_nothing_and_is_not_lost(inside, begun, verdict):
    order_id, payment_id = begun
    with inside(GATEWAY):
        settle(payment_id, verdict)
        assert db.session.get_one(Order, order_id).state != "being_fulfilled"
        assert db.session.scalars(select(Receipt)).one().amount == verdict.amount


def test_an_order_without_lines_or_address_is_not_paid(inside, provider):
    with inside(provider), transaction():
        order = an_order(1)
        purchase.remove_line(queries.lines_of(order)[0], None, at=AT)
        with pytest.raises(ConflictError, match="has no lines"):
            payments.begin(order, "test gateway", at=AT)
        purchase.add_to_order(order, ready(1, surname="Jones"), None, at=AT)
        details = select(OrganisationDetail).where(
            OrganisationDetail.organisation_id == provider.organisation_id
        )
        db.session.scalars(details).one().address = ""
        db.session.flush()
        with pytest.raises(ConflictError, match="address of Calder Vale Training Ltd"):
            receipts.register_bacs(order, at=AT)
        assert order.state == "open"


def test_an_event_is_kept_once(inside):
    with inside(GATEWAY), transaction():
        assert payments.store_event("Stripe", "evt_1", "paid", "cs_1", at=AT)
        assert not payments.store_event("Stripe", "evt_1", "paid", "cs_1", at=AT)
        assert payments.store_event("test gateway", "evt_1", "paid", "cs_1", at=AT)
