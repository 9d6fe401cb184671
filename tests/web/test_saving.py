"""What a form brought is never lost: when the database fails, and when somebody else was faster."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.domain.kernel.idempotency import new_token
from app.domain.orders.models import Order
from app.domain.orders.service import purchase, receipts
from app.domain.organisations import service as organisations
from app.domain.organisations.models import OrganisationDetail
from app.extensions import db
from app.transaction import transaction
from app.views.catalogue import PricesView
from tests.support.orders import an_order, ready
from tests.support.reading import spaced
from tests.support.registering import hidden
from tests.support.viewers import viewer_of

PROVIDER, STAFF, FINANCE = "provider@demo.example", "staff@demo.example", "finance@demo.example"
DETAIL = {"address": "1 Kiln Row\nLeeds", "postcode": "LS1 4AP", "email": "mine@calder.example"}


def _disk_full(*_args, **_values):
    raise OperationalError("INSERT", {}, Exception("the disk is full"))


@pytest.fixture
def provider(portal):
    return viewer_of(portal, PROVIDER)


@pytest.fixture
def detail(inside, provider):
    with inside(provider):
        own = OrganisationDetail.organisation_id == provider.organisation_id
        return db.session.scalars(select(OrganisationDetail.id).where(own)).one()


@pytest.fixture
def order_id(inside, provider):
    with inside(provider), transaction():
        return an_order().id


ORDER = {
    "customer_reference": "PO kept", "accounts_contact_name": "Ann Lee",
    "accounts_contact_email": "ann@caldervale.example", "delivery_attention": "Ann Lee",
}  # fmt: skip
RECEIPT = {
    "received_on-day": "20", "received_on-month": "11", "received_on-year": "2026",
    "amount": "117.40", "payer": "CALDER kept", "narrative": "FP 1",
}  # fmt: skip


def test_a_generated_form_is_kept_when_the_database_fails(sign_in, detail, monkeypatch):
    monkeypatch.setattr(organisations, "change_detail", _disk_full)
    client = sign_in(PROVIDER)
    path = f"/organisations/{detail}/edit"
    page = client.get(path).text
    carried = {n: hidden(page, n) for n in ("csrf_token", "version")}
    answer = client.post(path, data=DETAIL | carried)
    assert answer.status_code == 503
    assert "Nothing you typed is lost" in answer.text
    assert "mine@calder.example" in answer.text
    assert "1 Kiln Row" in answer.text


def test_a_price_is_kept_when_the_database_fails(sign_in, monkeypatch):
    monkeypatch.setattr(PricesView, "saves", staticmethod(_disk_full))
    client = sign_in(STAFF)
    page = client.get("/catalogue/prices/add").text
    product = page.split('<option value="')[2].split('"')[0]
    data = {"csrf_token": hidden(page, "csrf_token"), "product_id": product, "net_pence": "118.20",
            "valid_from-day": "1", "valid_from-month": "5", "valid_from-year": "2027"}  # fmt: skip
    answer = client.post("/catalogue/prices/add", data=data)
    assert answer.status_code == 503
    assert "Nothing you typed is lost" in answer.text
    assert 'value="118.20"' in answer.text


def test_an_orders_details_are_kept_when_the_database_fails(
    sign_in, order_id, inside, provider, monkeypatch
):
    monkeypatch.setattr(purchase, "change_details", _disk_full)
    client = sign_in(PROVIDER)
    path = f"/orders/{order_id}/change"
    page = client.get(path).text
    own = dict.fromkeys(("invoice_to", "deliver_to"), provider.organisation_id)
    carried = {n: hidden(page, n) for n in ("csrf_token", "version")}
    answer = client.post(path, data=ORDER | own | carried)
    assert answer.status_code == 503
    assert "Nothing you typed is lost" in answer.text
    assert 'value="PO kept"' in answer.text


def test_a_purchase_is_kept_when_the_database_fails(sign_in, inside, provider, monkeypatch):
    with inside(provider), transaction():
        chosen = [f"{each.id}:{each.version}" for each in ready(2)]
    monkeypatch.setattr(purchase, "submit_purchase", _disk_full)
    client = sign_in(PROVIDER)
    own = dict.fromkeys(("invoice_to", "deliver_to"), provider.organisation_id)
    data = ORDER | own | {
        "csrf_token": client.csrf_token("/apprenticeships/new"), "once": new_token(),
        "chosen": chosen, "list_of": "ApprenticesView", "tab": "ready",
    }  # fmt: skip
    answer = client.post("/purchases/", data=data)
    assert answer.status_code == 503
    assert "Nothing you typed is lost" in answer.text
    assert 'value="PO kept"' in answer.text
    assert all(each in answer.text for each in chosen)


def test_a_receipt_is_kept_when_the_database_fails(sign_in, inside, monkeypatch):
    client = sign_in(FINANCE)
    page = client.get("/receipts/add").text
    data = RECEIPT | {n: hidden(page, n) for n in ("csrf_token", "once")}
    with monkeypatch.context() as broken:
        broken.setattr(receipts, "enter_receipt", _disk_full)
        answer = client.post("/receipts/add", data=data)
    assert answer.status_code == 503
    assert "Nothing you typed is lost" in answer.text
    assert 'value="CALDER kept"' in answer.text
    # The same form goes through once the database is back.
    again = client.post("/receipts/add", data=data)
    assert again.status_code == 303


def test_an_allocation_is_kept_when_the_database_fails(sign_in, inside, order_id, monkeypatch):
    client = sign_in(FINANCE)
    page = client.get("/receipts/add").text
    data = RECEIPT | {n: hidden(page, n) for n in ("csrf_token", "once")}
    record = client.post("/receipts/add", data=data).location
    with inside():
        reference = db.session.get(Order, order_id).reference
    monkeypatch.setattr(receipts, "allocate", _disk_full)
    typed = {"csrf_token": hidden(client.get(record).text, "csrf_token"), "once": new_token(),
             "reference": reference, "amount": "12.34"}  # fmt: skip
    answer = client.post(f"{record}/allocate", data=typed)
    assert answer.status_code == 503
    assert "Nothing you typed is lost" in answer.text
    assert 'value="12.34"' in answer.text


def test_a_generated_form_shows_both_versions_and_keeps_yours(sign_in, detail, inside, provider):
    client = sign_in(PROVIDER)
    path = f"/organisations/{detail}/edit"
    page = client.get(path).text
    carried = {n: hidden(page, n) for n in ("csrf_token", "version")}
    with inside(provider), transaction():
        row = db.session.get(OrganisationDetail, detail)
        organisations.change_detail(row, DETAIL | {"email": "theirs@calder.example"})
    stale = client.post(path, data=DETAIL | carried)
    assert stale.status_code == 409
    assert "theirs@calder.example mine@calder.example" in spaced(stale.text)
    assert 'value="mine@calder.example"' in stale.text
    newer = {n: hidden(stale.text, n) for n in ("csrf_token", "version")}
    assert client.post(path, data=DETAIL | newer).status_code == 302
    with inside(provider):
        assert db.session.get(OrganisationDetail, detail).email == "mine@calder.example"
