"""The pages of orders with registrations on standards, and of orders still being put together."""

import pytest
from sqlalchemy import select

from app.domain.catalogue import queries as catalogue
from app.domain.kernel.tables import Letter
from app.domain.orders import queries
from app.domain.orders.models import Order
from app.domain.orders.service import assembling, purchase
from app.domain.registrations import service
from app.domain.registrations.models import Registration
from app.domain.registrations.service import notices
from app.extensions import db
from app.transaction import transaction
from app.views import order_shown
from tests.support.orders import AT, details
from tests.support.reading import spaced
from tests.support.standards import drafts
from tests.support.watch import count_statements


@pytest.fixture
def order_id(inside, provider):
    with inside(provider), transaction():
        ids = service.register_many(drafts(2), AT)
        rows = list(db.session.scalars(select(Registration).where(Registration.id.in_(ids))))
        return purchase.submit_purchase(rows, None, details(), at=AT).id


@pytest.fixture
def unfinished(inside, provider):
    with inside(provider), transaction():
        body = catalogue.body_of(provider.organisation_id)
        order = assembling.begin(details(), body, AT)
        assembling.add_chunk(order, registrations=service.register_many(drafts(2), AT), at=AT)
        return order.id


def numbers(inside, provider, order_id):
    with inside(provider):
        lines = queries.lines_of(db.session.get_one(Order, order_id))
        return [line.registration.number for line in lines], lines[0].id


@pytest.mark.function("A52")
def test_a_line_of_a_standard_stands_under_the_guides_columns(inside, provider, priya, order_id):
    (first, _second), _ = numbers(inside, provider, order_id)
    text = spaced(priya.get(f"/orders/{order_id}").text)
    assert f"{first} D’Arcy-Żak1, Zofia" in text
    assert (
        "Registration Standard On order Level 2 Autocare Technician ST0499 AP01 £795.00 £159.00 "
        "£954.00"
    ) in text
    assert "£1,590.00 £318.00 £1,908.00" in text


def test_a_registration_on_a_standard_is_taken_off_and_its_order_cancelled(
    inside, provider, priya, order_id
):
    (_first, second), line_id = numbers(inside, provider, order_id)
    page = priya.get(f"/orders/{order_id}/change")
    assert "D’Arcy-Żak2" in page.text
    with inside(provider):
        version = db.session.get_one(Order, order_id).version
    sent = {"csrf_token": priya.csrf_token(f"/orders/{order_id}/change")}
    answer = priya.post(f"/orders/lines/{line_id}/remove?version={version}", data=sent)
    assert answer.status_code == 303
    assert "Zofia D’Arcy-Żak1 was taken off the order." in priya.get(answer.location).text
    answer = priya.post(f"/orders/{order_id}/cancel?version={version + 1}", data=sent)
    assert answer.status_code == 303
    page = spaced(priya.get(f"/orders/{order_id}").text)
    assert f"Registrations taken off: {second}" in page
    with inside(provider):
        states = set(db.session.scalars(select(Registration.state)))
        assert states == {"ready_for_ordering"}


def test_an_order_being_put_together_is_listed_and_cannot_be_paid(priya, unfinished):
    listed = spaced(priya.get("/orders/?tab=attention").text)
    assert "Being put together" in listed
    assert "PAY NOW" not in listed
    shown = spaced(priya.get(f"/orders/{unfinished}").text)
    assert "This order is being put together" in shown
    assert "2 lines" in shown
    for words in ("PAY NOW", "Cancel order", "Change order", "Add applications"):
        assert words not in shown


def test_who_asks_to_pay_or_cancel_it_all_the_same_is_refused(inside, provider, priya, unfinished):
    assert priya.get(f"/orders/{unfinished}/pay").status_code in (302, 303, 404, 409)
    sent = {"csrf_token": priya.csrf_token("/dashboard/")}
    answer = priya.post(f"/orders/{unfinished}/cancel?version=1", data=sent)
    assert answer.status_code == 409
    with inside(provider):
        assert db.session.get_one(Order, unfinished).state == "assembling"


def test_a_page_of_very_many_lines_shows_the_first_and_says_so(priya, order_id, monkeypatch):
    monkeypatch.setattr(order_shown, "SHOWN_LINES", 1)
    text = spaced(priya.get(f"/orders/{order_id}").text)
    assert "2 lines; the first 1 are shown" in text
    assert "D’Arcy-Żak1" in text
    assert "D’Arcy-Żak2" not in text


def test_the_page_of_an_order_takes_as_many_statements_however_many_lines_it_has(
    inside, provider, priya, order_id
):
    with count_statements() as few:
        priya.get(f"/orders/{order_id}")
    with inside(provider), transaction():
        ids = service.register_many(drafts(30), AT)
        rows = list(db.session.scalars(select(Registration).where(Registration.id.in_(ids))))
        purchase.add_to_order(db.session.get_one(Order, order_id), rows, None, at=AT)
    with count_statements() as many:
        priya.get(f"/orders/{order_id}")
    assert len(many) <= len(few), many


@pytest.mark.function("C10", "C12")
def test_staff_read_the_confirmation_and_see_which_address_it_comes_from(inside, provider, sign_in):
    with inside(provider), transaction():
        notices.post_registered(service.register_many(drafts(1), AT), AT)
        letter_id = db.session.scalars(
            select(Letter.id).where(Letter.code == "standard_registered")
        ).one()
    staff = sign_in("staff@demo.example")
    assert "registrations@hallmark.example" in staff.get(f"/letters/{letter_id}").text
    content = spaced(staff.get(f"/letters/{letter_id}/content").text)
    assert "Zofia D’Arcy-Żak1" in content
    assert "Please report any errors" in content
