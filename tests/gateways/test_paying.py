"""Paying an order by card through the pages, against the peers of both gateways."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.clock import now
from app.domain.kernel.idempotency import new_token
from app.domain.kernel.tables import Letter
from app.domain.orders.models import GatewayEvent, Invoice, Order, Payment, Transfer
from app.domain.registrations.models import Registration
from app.extensions import db
from app.gateways import cashier
from app.gateways.base import CheckoutStatus
from app.letters.catalogue import check_context
from app.transaction import transaction
from tests.gateways.servers import eventually
from tests.support.orders import an_order
from tests.support.viewers import viewer_of

PROVIDER = "provider@demo.example"
ROADS = {"Stripe": "stripe", "test gateway": "test"}


@pytest.fixture
def shop(portal, inside, sign_in, peer, receiver, monkeypatch):
    return Shop(portal, inside, sign_in, peer, receiver, monkeypatch)


class Shop:
    """A provider with an order to pay, and the gateway's messages in between."""

    def __init__(self, portal, inside, sign_in, peer, receiver, monkeypatch):
        self.portal, self.inside, self.peer, self.receiver = portal, inside, peer, receiver
        receiver.app.add_url_rule("/webhooks/<road>", "road", lambda road: receiver.take(),
                                  methods=["POST"])  # fmt: skip
        monkeypatch.setitem(portal.extensions, "gateway", peer.gateway)
        monkeypatch.setitem(portal.config, "PUBLIC_URL", receiver.url.removesuffix("/webhook"))
        with inside(viewer_of(portal, PROVIDER)), transaction():
            self.order_id = an_order(at=now()).id
        self.client = sign_in(PROVIDER)
        self.csrf = self.client.csrf_token("/orders/")
        self.road = f"/webhooks/{ROADS[peer.gateway.name]}"

    def click(self, token=None):
        data = {"csrf_token": self.csrf, "once": token or new_token()}
        return self.client.post(f"/orders/{self.order_id}/pay/card", data=data)

    def post(self, path):
        return self.client.post(path, data={"csrf_token": self.csrf})

    def session(self):
        with self.inside():
            newest = select(Payment.session_id).order_by(Payment.id.desc())
            return db.session.scalars(newest).first()

    def deliver(self, *, times=1):
        eventually(lambda: self.receiver.messages)
        statuses = []
        while self.receiver.messages:  # closing a checkout makes the gateway send another
            payload, headers = self.receiver.messages.pop(0)
            for _time in range(times):
                answer = self.client.post(self.road, data=payload, headers=headers)
                statuses.append(answer.status_code)
        return statuses

    def state(self):
        with self.inside():
            order = db.session.get(Order, self.order_id)
            return order.state, [payment.state for payment in order.payments]

    def count(self, model):
        with self.inside():
            return db.session.scalar(select(func.count()).select_from(model))

    def page(self):
        with self.inside():
            payment_id = db.session.scalars(select(Payment.id).order_by(Payment.id.desc())).first()
        text = self.client.get(f"/payments/{payment_id}/").text
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)), f"/payments/{payment_id}"


@pytest.mark.function("A50", "A61", "A62", "A68")
def test_a_card_pays_an_order_once_the_gateway_says_so(shop):
    answer = shop.click()
    assert answer.status_code == 303
    assert answer.location.startswith(shop.peer.gateway.page_origin)
    assert shop.state() == ("closed", ["sent"])
    assert "has not been made yet" in shop.page()[0]

    shop.peer.pay(shop.session())
    assert shop.deliver(times=3) == [200] * 3

    assert shop.state() == ("being_fulfilled", ["succeeded"])
    assert "£280.80 was paid" in shop.page()[0]
    with shop.inside():
        assert set(db.session.scalars(select(Registration.state))) == {"in_progress"}
        invoice = db.session.scalars(select(Invoice)).one()
        assert invoice.total == 28080
        letter = db.session.scalars(select(Letter).where(Letter.code == "payment_received")).one()
        check_context(letter.code, letter.context)
        assert letter.context["invoice_number"] == invoice.shown_number
        ledger = db.session.scalars(select(Transfer))
        moved = {each.cause: (each.debit, each.credit, each.amount) for each in ledger}
        customer = f"customer {db.session.get(Order, shop.order_id).organisation_id}"
        assert moved["invoice 1 net"] == (customer, "sales", 23400)
        assert moved["invoice 1 vat"] == (customer, "VAT", 4680)
        (card,) = [value for cause, value in moved.items() if cause.startswith("payment")]
        assert card == ("card gateway", customer, 28080)
    assert shop.count(GatewayEvent) == 1


def test_coming_back_settles_before_the_event_arrives(shop):
    shop.click()
    shop.peer.pay(shop.session())
    path = shop.page()[1]

    fragment = shop.client.post(
        f"{path}/check", data={"csrf_token": shop.csrf}, headers={"HX-Request": "true"}
    )
    assert "£280.80 was paid" in fragment.text
    assert "hx-trigger" not in fragment.text
    assert shop.deliver() == [200]
    assert shop.state() == ("being_fulfilled", ["succeeded"])
    assert shop.count(Invoice) == 1


@pytest.mark.parametrize(("how", "said"), [("decline", "declined"), ("abandon", "abandoned")])
def test_an_order_that_was_not_paid_can_be_paid_again(shop, how, said):
    shop.click()
    getattr(shop.peer, how)(shop.session())
    assert set(shop.deliver(times=2)) == {200}
    assert shop.state() == ("open", [said])
    assert said in shop.page()[0]
    assert "Nothing was charged" in shop.page()[0]

    assert shop.click().location.startswith(shop.peer.gateway.page_origin)
    shop.peer.pay(shop.session())
    shop.deliver()
    assert shop.state() == ("being_fulfilled", [said, "succeeded"])


def test_events_out_of_order_do_no_harm(shop):
    shop.click()
    shop.peer.abandon(shop.session())
    eventually(lambda: shop.receiver.messages)
    late = list(shop.receiver.messages)
    shop.deliver()
    shop.click()
    shop.peer.pay(shop.session())
    shop.deliver()
    for payload, headers in late:
        assert shop.client.post(shop.road, data=payload, headers=headers).status_code == 200
    assert shop.state() == ("being_fulfilled", ["abandoned", "succeeded"])


def test_a_forged_event_is_refused_and_one_of_an_unknown_checkout_ignored(shop):
    shop.click()
    shop.peer.pay(shop.session())
    eventually(lambda: shop.receiver.messages)
    payload, headers = shop.receiver.messages[0]

    assert shop.client.post(shop.road, data=payload + b" ", headers=headers).status_code == 400
    assert shop.client.post(shop.road, data=payload).status_code == 400
    other = "/webhooks/test" if shop.road.endswith("stripe") else "/webhooks/stripe"
    assert shop.client.post(other, data=payload, headers=headers).status_code == 404
    assert shop.state() == ("closed", ["sent"])
    assert shop.count(GatewayEvent) == 0
    with shop.inside(), transaction():
        db.session.scalars(select(Payment)).one().session_id = "another"
    assert shop.deliver() == [200]
    assert shop.state() == ("closed", ["sent"])


def test_double_click_and_two_tabs_lead_to_the_same_page(shop):
    token = new_token()
    locations = {shop.click(token).location, shop.click(token).location, shop.click().location}

    assert len(locations) == 1
    assert shop.state() == ("closed", ["sent"])
    assert shop.client.get(f"/orders/{shop.order_id}/pay").status_code == 302
    shop.peer.pay(shop.session())
    again = shop.click()
    assert "/payments/" in again.location
    assert shop.state() == ("being_fulfilled", ["succeeded"])
    assert shop.click(token).location == again.location


def test_leaving_the_gateways_page_opens_the_order_again(shop):
    shop.click()
    text, path = shop.page()
    assert "Go to the payment page" in text
    page = shop.client.get(f"{path}/left")
    assert f'hx-post="{path}/give-up"' in page.text

    assert shop.post(f"{path}/give-up").status_code == 303
    assert shop.state() == ("open", ["abandoned"])
    assert "abandoned" in shop.page()[0]


@pytest.mark.parametrize("how", ["hang", "hang_after"])
def test_a_gateway_that_does_not_answer_leaves_it_unknown_until_the_sweep(shop, how, monkeypatch):
    shop.peer.break_create(how)
    answer = shop.click()
    assert "/payments/" in answer.location
    assert shop.state() == ("closed", ["unknown"])
    assert "We ask it again; nothing is charged twice" in shop.page()[0]
    shop.peer.break_create("ok")

    with shop.portal.app_context():
        assert cashier.sweep_payments(shop.peer.gateway, at=now()) == 0
    assert shop.state() == ("closed", ["unknown"])
    monkeypatch.setattr(cashier, "SETTLING_IN", timedelta(0))
    with shop.portal.app_context():
        cashier.sweep_payments(shop.peer.gateway, at=now())
    if how == "hang":  # it never reached the gateway
        assert shop.state() == ("open", ["abandoned"])
        return
    assert shop.state() == ("closed", ["sent"]) or shop.state() == ("closed", ["unknown"])
    assert shop.click().location.startswith(shop.peer.gateway.page_origin)
    shop.peer.pay(shop.session())
    with shop.portal.app_context():
        cashier.sweep_payments(shop.peer.gateway, at=now())
    assert shop.state() == ("being_fulfilled", ["succeeded"])
    assert shop.count(Payment) == 1


def test_a_second_click_after_silence_finds_the_same_checkout(shop):
    shop.peer.break_create("hang_after")
    shop.click()
    shop.peer.break_create("ok")

    assert shop.click().location.startswith(shop.peer.gateway.page_origin)
    assert shop.state() == ("closed", ["sent"])


def test_a_page_opened_while_the_sweep_gave_the_attempt_up_takes_no_money(shop, monkeypatch):
    shop.peer.break_create("hang")
    shop.click()
    shop.peer.break_create("ok")
    monkeypatch.setattr(cashier, "SETTLING_IN", timedelta(0))
    create = shop.peer.gateway.create

    def create_late(request):
        with shop.portal.app_context():
            cashier.sweep_payments(shop.peer.gateway, at=now())
        return create(request)

    monkeypatch.setattr(shop.peer.gateway, "create", create_late)
    assert "/payments/" in shop.click().location
    assert shop.state() == ("open", ["abandoned"])
    assert shop.peer.gateway.read(shop.session()).status is CheckoutStatus.ABANDONED


def test_the_sweep_closes_a_checkout_whose_time_is_over(shop, monkeypatch):
    shop.click()
    monkeypatch.setattr(cashier, "SETTLING_IN", timedelta(0))
    with shop.inside(), transaction():
        db.session.scalars(select(Payment)).one().expires_at = now() - timedelta(minutes=1)
    with shop.portal.app_context():
        cashier.sweep_payments(shop.peer.gateway, at=now())
    assert shop.state() == ("open", ["abandoned"])


def test_no_cards_without_a_gateway(shop, monkeypatch):
    monkeypatch.delitem(shop.portal.extensions, "gateway")
    monkeypatch.setitem(shop.portal.config, "GATEWAY_SECRET", "")
    answer = shop.click()
    assert answer.status_code == 409
    assert "Cards cannot be taken at the moment" in answer.text
    assert shop.state() == ("open", [])
    shop.portal.extensions.pop("gateway", None)
