"""The pages of orders, as a training provider, its office, finance and a stranger see them."""

import re

import pytest
from sqlalchemy import select

from app.domain.kernel.idempotency import new_token
from app.domain.orders import queries
from app.domain.orders.models import Order
from app.domain.orders.service import purchase, receipts
from app.extensions import db
from app.transaction import transaction
from tests.support.orders import AT, an_order
from tests.support.reading import spaced
from tests.support.viewers import viewer_of
from tests.support.watch import count_statements

PROVIDER = "provider@demo.example"


@pytest.fixture
def order_id(portal, inside):
    with inside(viewer_of(portal, PROVIDER)), transaction():
        return an_order().id


def token(client, path):
    return client.csrf_token(path)


def hidden(html, name):
    found = re.search(rf'name="{name}"\s+value="([^"]*)"', html)
    assert found, name
    return found[1]


@pytest.mark.function("A41", "A46", "A48", "A49", "A137")
def test_orders_requiring_attention_have_the_guides_columns(sign_in, order_id):
    page = sign_in(PROVIDER).get("/orders/?tab=attention")

    text = spaced(page.text)
    assert "Orders requiring attention" in text
    assert "Orders awaiting payment" in text
    for column in ("Date", "Cust. Ref", "Our Ref", "Raised At Lvl", "Status", "Card Batch(es)",
                   "Ex VAT", "VAT", "Balance Due"):  # fmt: skip
        assert column in text
    assert "20/11/2026 12345 ECS" in text
    assert "Company - Calder Vale Training Ltd" in text
    assert "Open - Awaiting Payment" in text
    assert "£234.00 £46.80 £280.80" in text


@pytest.mark.function("A42", "A43", "A138", "A139")
@pytest.mark.parametrize(
    ("tab", "title"), [("fulfilled", "Orders being fulfilled"), ("history", "Financial History")]
)
def test_the_other_lists_of_the_orders_tab(sign_in, order_id, tab, title):
    page = sign_in(PROVIDER).get(f"/orders/?tab={tab}")

    assert page.status_code == 200
    assert title in spaced(page.text)
    assert ("12345" in page.text) == (tab == "history")


def test_a_list_of_orders_stays_within_its_queries(sign_in, portal, inside, order_id):
    with inside(viewer_of(portal, PROVIDER)), transaction():
        for name in ("Ash", "Beech", "Cedar"):
            an_order(1, surname=name)
    client = sign_in(PROVIDER)
    client.get("/orders/?tab=attention")
    for tab in ("attention", "fulfilled", "history"):
        with count_statements() as seen:
            assert client.get(f"/orders/?tab={tab}").status_code == 200
        assert len(seen) <= 8, seen


@pytest.mark.function("A47", "A51", "A52", "A53", "A54", "A55", "A58")
def test_the_plus_sign_opens_an_order_in_place(sign_in, order_id):
    client = sign_in(PROVIDER)
    assert f"/orders/{order_id}/opened" in client.get("/orders/").text

    page = client.get(f"/orders/{order_id}/opened", headers={"HX-Request": "true"})
    text = spaced(page.text)
    assert "Order - 12345" in text
    for fact in ("Status Open - Awaiting Payment", "Raised On 20/11/2026",
                 f"Raised By {PROVIDER}", "Raised at Level Company - Calder Vale Training Ltd",
                 "Calder Vale Training Ltd", "Deliver to Jeff Jones", "Our Ref ECS",
                 "ECS Cards Batch:"):  # fmt: skip
        assert fact in text, fact
    for column in ("App. Ref", "Applicant", "Card Type", "App. Type", "Status", "Grade",
                   "Occupation", "Ex VAT", "VAT", "Total"):  # fmt: skip
        assert column in text
    assert "Bash, Rudy A" in text
    assert "Card Initial Awaiting Payment Apprentice" in text
    assert "£117.00 £23.40 £140.40" in text
    assert "2 lines £234.00 £46.80 £280.80" in text
    for button in ("PAY NOW", "Change order", "Add applications", "Cancel order"):
        assert button in text


def test_the_record_page_shows_who_must_act_next(sign_in, order_id):
    text = spaced(sign_in(PROVIDER).get(f"/orders/{order_id}").text)

    assert "£280.80 is due" in text
    assert "Bash, Rudy A" in text
    assert "Timeline" in text


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_orders_are_exported(sign_in, order_id, form):
    page = sign_in(PROVIDER).get(f"/orders/export.{form}?tab=attention")

    assert page.status_code == 200
    if form == "csv":
        assert "12345" in page.text
        assert "280.8" in page.text


@pytest.mark.parametrize(
    ("filters", "found"),
    [("f_ours=ECS", True), ("f_ours=XX", False), ("f_customer=123", True), ("f_customer=9", False),
     ("f_from=20/11/2026", True), ("f_before=20/11/2026", False), ("f_method=bacs", False)],
)  # fmt: skip
def test_orders_are_filtered(sign_in, order_id, filters, found):
    page = sign_in(PROVIDER).get(f"/orders/?tab=attention&{filters}")

    assert (">12345<" in page.text) == found


@pytest.mark.parametrize("path", ["", "/opened", "/pay", "/change", "/invoice"])
def test_an_order_of_somebody_else_does_not_exist(sign_in, order_id, path):
    assert sign_in("rival@demo.example").get(f"/orders/{order_id}{path}").status_code == 404


def test_an_office_without_the_permission_cannot_pay(portal, inside, sign_in):
    with inside(viewer_of(portal, "office@demo.example")), transaction():
        order_id = an_order(1).id
    client = sign_in("office@demo.example")

    assert "PAY NOW" not in client.get(f"/orders/{order_id}").text
    assert client.get(f"/orders/{order_id}/pay").status_code == 403


@pytest.mark.function("A58")
def test_an_open_order_is_changed(sign_in, order_id, inside):
    client = sign_in(PROVIDER)
    path = f"/orders/{order_id}/change"
    page = client.get(path)
    values = {
        "csrf_token": token(client, path), "version": hidden(page.text, "version"),
        "customer_reference": "PO 77", "accounts_contact_name": "Ann Lee",
        "accounts_contact_email": "ann@caldervale.example", "delivery_attention": "Ann Lee",
        "invoice_to": re.search(r'<option value="(\d+)" selected', page.text)[1],
        "deliver_to": re.search(r'<option value="(\d+)" selected', page.text)[1],
    }  # fmt: skip
    wrong = client.post(path, data=values | {"accounts_contact_email": "ann"})
    assert wrong.status_code == 422
    assert "PO 77" in wrong.text
    assert client.post(path, data=values).status_code == 303
    mine = values | {"customer_reference": "PO 78"}
    stale = client.post(path, data=mine)
    assert stale.status_code == 409
    assert "Somebody else changed" in stale.text
    assert 'value="PO 78"' in stale.text
    assert "<td>PO 77</td><td>PO 78</td>" in re.sub(r"\s*\n\s*", "", stale.text)
    with inside():
        assert db.session.get(Order, order_id).customer_reference == "PO 77"
    newer = mine | {"version": hidden(stale.text, "version")}
    assert client.post(path, data=newer).status_code == 303
    with inside():
        assert db.session.get(Order, order_id).customer_reference == "PO 78"


@pytest.mark.function("A58")
def test_a_line_is_taken_off_and_the_order_cancelled(sign_in, order_id, inside):
    client = sign_in(PROVIDER)
    page = client.get(f"/orders/{order_id}/change")
    remove = re.search(r'formaction="(/orders/lines/\d+/remove[^"]*)"', page.text)[1]
    csrf = token(client, f"/orders/{order_id}/change")
    assert client.post(remove, data={"csrf_token": csrf}).status_code == 303
    page = client.get(f"/orders/{order_id}")
    cancel = re.search(r'formaction="(/orders/\d+/cancel[^"]*)"', page.text)[1]
    assert client.post(cancel, data={"csrf_token": csrf}).status_code == 303
    with inside():
        order = db.session.get(Order, order_id)
        assert order.state == "cancelled"
        assert queries.figures_of(order).lines == 0


@pytest.mark.function("A59", "A60", "A61", "A62", "A63", "A64", "A65", "A66")
def test_the_pay_page_has_the_guides_words(sign_in, order_id, inside):
    with inside():
        reference = db.session.get(Order, order_id).reference
    text = spaced(sign_in(PROVIDER).get(f"/orders/{order_id}/pay").text)

    assert "Confirm Pay For Order 12345?" in text
    assert "I wish to pay by Credit/Debit Card" in text
    assert (
        "Please click Pay Now to be transferred to the Payment Gateway to collect £280.80 from "
        "your Credit or Debit card." in text
    )
    assert "PAY £280.80 NOW" in text
    assert "I wish to pay by Electronic Transfer (BACS)" in text
    assert (
        "Please note that the applications will not be started until the payment has been "
        "allocated by the finance department on its receipt. This may take up to 2 weeks." in text
    )
    assert f"Please annotate your electronic payment with our reference {reference}" in text
    assert "Failure to use the exact reference number will delay processing your payment." in text
    assert "REGISTER £280.80 FOR COLLECTION VIA BACS" in text
    assert text.count("X CANCEL") == 2


@pytest.mark.function("A50", "A64", "A66", "A67", "A68")
def test_a_transfer_is_registered_and_allocated_by_finance(sign_in, order_id, inside):
    client = sign_in(PROVIDER)
    path = f"/orders/{order_id}/pay"
    page = client.get(path)
    data = {"csrf_token": token(client, path), "once": new_token()}
    assert page.status_code == 200
    for _click in range(2):
        answer = client.post(f"{path}/bacs", data=data)
        assert answer.status_code == 303
    text = spaced(client.get(answer.location).text)
    assert "Closed - Awaiting Payment" in text
    assert client.get(path).status_code == 302
    with inside():
        reference = db.session.get(Order, order_id).reference

    finance = sign_in("finance@demo.example")
    csrf = token(finance, "/receipts/add")
    form = {
        "csrf_token": csrf,
        "once": new_token(),
        "received_on-day": "20",
        "received_on-month": "11",
        "received_on-year": "2026",
        "amount": "280.80",
        "payer": "CALDER VALE",
        "narrative": f"FP {reference[:6]} {reference[6:]} 20NOV",
    }
    wrong = finance.post("/receipts/add", data=form | {"amount": "280.8x"})
    assert wrong.status_code == 422
    assert "CALDER VALE" in wrong.text
    answer = finance.post("/receipts/add", data=form)
    assert answer.status_code == 303
    assert finance.post("/receipts/add", data=form).location == answer.location
    page = finance.get(answer.location)
    assert reference in page.text
    assert "Allocate £280.80" in spaced(page.text)
    allocate = {"csrf_token": csrf, "once": new_token(), "reference": reference}
    too_much = finance.post(answer.location + "/allocate", data=allocate | {"amount": "281"})
    assert too_much.status_code == 409
    assert "Only £280.80" in too_much.text
    unknown = finance.post(
        answer.location + "/allocate", data=allocate | {"reference": "ECS1", "amount": "1"}
    )
    assert unknown.status_code == 422
    done = finance.post(
        answer.location + "/allocate",
        data=allocate | {"amount": "280.80", "once": new_token()},
    )
    assert done.status_code == 303
    assert "£0.00" in spaced(finance.get(answer.location).text)
    text = spaced(client.get(f"/orders/{order_id}").text)
    assert "Being fulfilled" in text


@pytest.mark.function("A67")
def test_receipts_are_finances_alone(sign_in):
    assert sign_in(PROVIDER).get("/receipts/").status_code == 403
    page = sign_in("finance@demo.example").get("/receipts/")
    assert "Nothing is left to allocate" in page.text


def test_an_invoice_is_downloaded_once_it_is_written(portal, inside, sign_in, order_id):
    from app.jobs import handlers

    with inside(viewer_of(portal, PROVIDER)), transaction():
        receipts.register_bacs(db.session.get(Order, order_id), at=AT)
    client = sign_in(PROVIDER)
    preparing = client.get(f"/orders/{order_id}/invoice")
    assert preparing.status_code == 202
    assert "being prepared" in preparing.text
    with inside():
        from app.domain.kernel.tables import Job

        jobs = list(db.session.scalars(select(Job.id).where(Job.kind == "render_invoice")))
    with portal.app_context():
        assert [handlers.run(job) for job in jobs] == [True]
    pdf = client.get(f"/orders/{order_id}/invoice")
    assert pdf.status_code == 200
    assert pdf.data.startswith(b"%PDF")
    assert sign_in("rival@demo.example").get(f"/orders/{order_id}/invoice").status_code == 404


def test_a_cancelled_order_is_neither_paid_nor_changed(sign_in, order_id, portal, inside):
    with inside(viewer_of(portal, PROVIDER)), transaction():
        purchase.cancel_order(db.session.get(Order, order_id), None, at=AT)
    client = sign_in(PROVIDER)
    csrf = token(client, "/orders/")
    assert client.get(f"/orders/{order_id}/change").status_code == 409
    for way in ("bacs", "card"):
        form = {"csrf_token": csrf, "once": new_token()}
        assert client.post(f"/orders/{order_id}/pay/{way}", data=form).status_code == 409
