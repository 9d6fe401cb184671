"""The same thing sent many times at the same moment happens once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from app import models
from app.domain.registrations import service as registered
from app.domain.registrations.models import Registration
from app.extensions import db
from app.transaction import transaction
from tests.support.orders import AT, an_order, ready
from tests.support.viewers import viewer_of
from tests.tenancy.attacker import attacker

THREADS, TIMES = 8, 50
WHO = "provider@demo.example"

pytestmark = pytest.mark.both_databases


@pytest.fixture
def at_once(portal):
    """Return a way to send forms from several browsers at once; it gives what each was told."""
    clients = [attacker(portal, WHO) for _ in range(THREADS)]
    token = {"csrf_token": clients[0].token()}
    for client in clients:
        client.token()

    def send(requests):
        def one(numbered):
            number, (path, body) = numbered
            answer = clients[number % THREADS].post(path, data=body | token)
            return answer.status_code, answer.headers.get("Location", "")

        parts = [[*enumerate(requests)][start::THREADS] for start in range(THREADS)]
        with ThreadPoolExecutor(THREADS) as pool:
            told = pool.map(lambda part: [one(each) for each in part], parts)
            return [answer for part in told for answer in part]

    return send


def count(model, *where):
    return db.session.scalar(select(func.count()).select_from(model).where(*where))


@pytest.fixture
def purchase(portal, inside):
    """Return what the purchase panel posts for two registrations."""
    viewer = viewer_of(portal, WHO)
    with inside(viewer), transaction():
        chosen = [f"{row.id}:{row.version}" for row in ready(2)]
    return {
        "list_of": "ApprenticesView", "chosen": chosen, "customer_reference": "PO 1",
        "accounts_contact_name": "Tasha Adeyemi", "accounts_contact_email": "a@example.com",
        "delivery_attention": "Jeff Jones", "invoice_to": viewer.organisation_id,
        "deliver_to": viewer.organisation_id,
    }  # fmt: skip


def test_fifty_identical_submits_make_one_order(inside, at_once, purchase):
    """A finger that trembles: all are led to the one order."""
    told = at_once([("/purchases/", purchase | {"once": "one form"})] * TIMES)
    assert len(set(told)) == 1
    assert told[0][0] == 303
    with inside():
        assert count(models.Order) == 1
        assert count(models.OrderLine) == 2
        assert count(models.Letter, models.Letter.code == "order_submitted") == 1


def test_fifty_tabs_that_order_the_same_make_one_order(inside, at_once, purchase):
    """Each with a form of its own: one orders, the others are told what has happened."""
    told = at_once([("/purchases/", purchase | {"once": f"form {n}"}) for n in range(TIMES)])
    assert sorted(status for status, _ in told) == [303, *[409] * (TIMES - 1)]
    with inside():
        assert count(models.Order) == 1
        assert count(models.OrderLine) == 2


def test_finalising_one_selection_twice_at_once_finalises_it_once(portal, inside, at_once):
    with inside(viewer_of(portal, WHO)), transaction():
        rows = ready(3)
        registered.return_to_attention(rows, None, AT)
        db.session.flush()
        chosen = [f"{row.id}:{row.version}" for row in rows]
        ids = [row.id for row in rows]
    told = at_once(
        [("/apprenticeships/move/finalise", {"chosen": chosen, "once": f"tab {n % 4}"})
         for n in range(2 * THREADS)]
    )  # fmt: skip
    assert {status for status, _ in told} <= {302, 409}
    with inside():
        states = set(db.session.scalars(select(Registration.state).where(Registration.id.in_(ids))))
        assert states == {"ready_for_ordering"}
        for row_id in ids:
            waiting = count(
                models.CardApplication,
                models.CardApplication.registration_id == row_id,
                models.CardApplication.state == "ready",
            )
            assert waiting == 1


@pytest.fixture
def order_id(portal, inside):
    with inside(viewer_of(portal, WHO)), transaction():
        return an_order(2).id


def test_tabs_that_pay_by_card_at_once_make_one_attempt(inside, at_once, order_id):
    told = at_once([(f"/orders/{order_id}/pay/card", {"once": f"tab {n}"}) for n in range(THREADS)])
    assert {status for status, _ in told} == {303}
    with inside():
        assert count(models.Payment) == 1
        assert db.session.get(models.Order, order_id).state == "closed"


def test_card_and_transfer_chosen_at_once_choose_one_of_them(inside, at_once, order_id):
    ways = ("card", "bacs")
    told = at_once(
        [(f"/orders/{order_id}/pay/{ways[n % 2]}", {"once": f"tab {n}"}) for n in range(THREADS)]
    )
    assert {status for status, _ in told} <= {303, 409}
    with inside():
        order = db.session.get(models.Order, order_id)
        attempts, invoices = count(models.Payment), count(models.Invoice)
        assert (order.method, attempts, invoices) in {("card", 1, 0), ("bacs", 0, 1)}
