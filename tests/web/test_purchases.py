"""The purchase panel below registrations that are ready for ordering."""

import re

import pytest
from sqlalchemy import select

from app.domain.kernel.idempotency import new_token
from app.domain.orders import queries
from app.domain.orders.models import Order
from app.extensions import db
from app.transaction import transaction
from tests.support.orders import an_order, ready
from tests.support.reading import spaced
from tests.support.registering import hidden
from tests.support.viewers import viewer_of

PROVIDER = "provider@demo.example"


@pytest.fixture
def order_id(portal, inside):
    with inside(viewer_of(portal, PROVIDER)), transaction():
        return an_order().id


@pytest.fixture
def ready_ids(portal, inside):
    with inside(viewer_of(portal, PROVIDER)), transaction():
        return [(each.id, each.version) for each in ready(3)]


def purchase_form(client, page, chosen):
    return {
        "csrf_token": re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)[1],
        "once": hidden(page.text, "once"), "list_of": hidden(page.text, "list_of"),
        "tab": "ready", "every_match": "",
        "chosen": [f"{row}:{version}" for row, version in chosen],
        "customer_reference": "PO 12345", "accounts_contact_name": "Tasha Adeyemi",
        "accounts_contact_email": "accounts@caldervale.example",
        "delivery_attention": "Jeff Jones",
        "invoice_to": re.search(r'<option value="(\d+)" selected', page.text)[1],
        "deliver_to": re.search(r'<option value="(\d+)" selected', page.text)[1],
    }  # fmt: skip


@pytest.mark.function("A4", "A36", "A37", "A38", "A39", "A40")
def test_a_purchase_is_submitted_below_the_ready_registrations(sign_in, ready_ids, inside):
    client = sign_in(PROVIDER)
    page = client.get("/apprenticeships/?tab=ready")
    text = spaced(page.text)
    for words in ("Create a purchase to add selected Registrations to", "Create new order with:",
                  "Your Reference / P.O. Number", "Accounts contact",
                  "Delivery to the attention of", "SUBMIT PURCHASE"):  # fmt: skip
        assert words in text
    form = purchase_form(client, page, ready_ids[:2])

    quote = client.post("/purchases/quote", data=form, headers={"HX-Request": "true"})
    assert "2 × Initial registration card at £117.00" in spaced(quote.text)
    assert "£280.80" in quote.text

    answers = [client.post("/purchases/", data=form) for _click in range(3)]
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.location for answer in answers}) == 1
    landed = spaced(client.get(answers[0].location).text)
    assert "Orders requiring attention" in landed
    assert "Order - PO 12345" in landed
    with inside():
        assert len(list(db.session.scalars(select(Order)))) == 1


def test_nothing_typed_or_ticked_is_lost_when_a_purchase_is_refused(sign_in, ready_ids):
    client = sign_in(PROVIDER)
    page = client.get("/apprenticeships/?tab=ready")
    form = purchase_form(client, page, ready_ids[:2])

    wrong = client.post("/purchases/", data=form | {"accounts_contact_email": "tasha"})
    assert wrong.status_code == 422
    assert 'href="#accounts_contact_email"' in wrong.text
    assert "Jeff Jones" in wrong.text
    assert wrong.text.count('name="chosen"') == 2
    none = client.post("/purchases/", data=form | {"chosen": []})
    assert none.status_code == 409
    assert "Tick at least one row" in none.text
    stale = client.post(
        "/purchases/", data=form | {"chosen": [f"{ready_ids[0][0]}:1"], "once": new_token()}
    )
    assert stale.status_code == 409
    assert "Somebody else changed it" in stale.text


@pytest.mark.function("A36", "A117")
def test_registrations_are_added_to_an_open_order(sign_in, order_id, ready_ids, inside):
    client = sign_in(PROVIDER)
    add = client.get(f"/purchases/choose/{order_id}")
    page = client.get(add.location)
    assert f'<option value="{order_id}" selected>' in page.text
    form = purchase_form(client, page, ready_ids)

    missing = client.post("/purchases/add", data=form)
    assert missing.status_code == 422
    answer = client.post("/purchases/add", data=form | {"order": order_id})
    assert answer.status_code == 303
    with inside():
        order = db.session.get(Order, order_id)
        assert queries.figures_of(order).lines == 5


def test_foreign_registrations_and_orders_are_not_bought(sign_in, ready_ids, order_id):
    rival = sign_in("rival@demo.example")
    csrf = rival.csrf_token("/apprenticeships/new")
    form = {
        "csrf_token": csrf, "once": new_token(), "list_of": "ApprenticesView",
        "chosen": [f"{row}:{version}" for row, version in ready_ids], "order": order_id,
        "accounts_contact_name": "R V", "accounts_contact_email": "r@northmoor.example",
        "delivery_attention": "R V", "invoice_to": "1", "deliver_to": "1",
    }  # fmt: skip
    assert rival.post("/purchases/", data=form).status_code == 404
    assert rival.post("/purchases/add", data=form).status_code == 404
    assert rival.post("/purchases/quote", data=form).status_code == 404
