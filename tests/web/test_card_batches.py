"""Card batches: listed for who ordered them and for the processing team, and moved as a whole."""

import pytest
from sqlalchemy import select

from app.domain.kernel.viewer import SYSTEM
from app.domain.orders.models import Order
from app.domain.orders.rules import Method
from app.domain.orders.service.fulfilment import fulfil
from app.domain.orders.service.purchase import add_to_order, submit_purchase
from app.domain.registrations import service
from app.domain.registrations.models import CardApplication
from app.extensions import db
from app.transaction import transaction
from tests.integration.test_applications import drafts
from tests.support.orders import AT, details
from tests.support.reading import spaced
from tests.support.registering import every_chosen, every_hidden, hidden


@pytest.fixture
def ordered(inside, provider):
    """Return the ids of an order with two card batches, and of the batches."""
    with inside(provider), transaction():
        made = service.apply_many(drafts(5), AT)
        service.finalise_applications(made, None, AT)
        order = submit_purchase(made[:3], None, details(), at=AT)
        add_to_order(order, made[3:], None, at=AT)
        return order.id, [made[0].batch_id, made[3].batch_id]


@pytest.fixture
def paid(inside, ordered):
    """Return the same, once the order is paid and the cards are being produced."""
    order_id, batches = ordered
    with inside(SYSTEM), transaction():
        order = db.session.get(Order, order_id)
        fulfil(order, method=Method.CARD, letter="payment_received", said={"paid_on": "2026-11-20"},
               at=AT)  # fmt: skip
    return order_id, batches


def states(inside, batch_id):
    with inside():
        statement = select(CardApplication.state).where(CardApplication.batch_id == batch_id)
        return list(db.session.scalars(statement.order_by(CardApplication.id)))


def confirm(client, asked, move, **typed):
    data = {name: hidden(asked, name) for name in ("csrf_token", "once", "batch")}
    data["chosen"] = every_hidden(asked, "chosen")
    return client.post(f"/applications/move/{move}", data=data | typed)


@pytest.mark.function("A57")
def test_an_order_names_its_batches_and_each_has_its_page(priya, inside, ordered):
    order_id, batches = ordered
    with inside():
        reference = db.session.get(Order, order_id).reference
    listed = priya.get("/card-batches/?tab=waiting").text
    for batch, count in zip(batches, (3, 2), strict=True):
        page = priya.get(f"/card-batches/{batch}").text
        assert f'href="/card-batches/{batch}"' in listed
        assert f'href="/orders/{order_id}"' in page
        assert reference in page
        assert f"{count} Awaiting Payment" in page
        assert page.count('href="/applications/') >= count
        assert f'href="/card-batches/{batch}"' in priya.get(f"/orders/{order_id}").text
    orders = priya.get("/orders/?tab=attention").text
    assert f"/card-batches/?tab=all&amp;f_order={reference}" in orders
    found = priya.get(f"/card-batches/?tab=all&f_order={reference}").text
    assert all(f'href="/card-batches/{batch}"' in found for batch in batches)


def test_a_batch_leads_from_its_applications_and_to_them(priya, inside, ordered):
    _, (batch, other) = ordered
    page = priya.get("/applications/?tab=ordered").text
    assert f'href="/card-batches/{batch}"' in page
    with inside():
        number, row = db.session.execute(
            select(CardApplication.id, CardApplication.batch_id).where(
                CardApplication.batch_id == other
            )
        ).first()
        batch_number = db.session.get(CardApplication, number).batch.number
    assert row == other
    filtered = priya.get(f"/applications/?tab=all&f_batch={batch_number}").text
    assert filtered.count('<tr role="row">') == 3
    assert f'href="/card-batches/{other}"' in priya.get(f"/applications/{number}").text


@pytest.mark.function("A57", "A129")
def test_the_processing_team_moves_a_whole_batch(sign_in, inside, paid):
    _, (batch, other) = paid
    staff = sign_in("staff@demo.example")
    for move, state in (("take", "verifying"), ("prepare", "prepared"), ("dispatch", "completed")):
        asked = staff.get(f"/applications/batches/{batch}/ask/{move}").text
        assert "3 applications" in spaced(asked)
        answer = confirm(staff, asked, move)
        assert answer.location == f"/card-batches/{batch}"
        assert states(inside, batch) == [state] * 3
    assert states(inside, other) == ["being_produced"] * 2
    assert "All their cards are on their way" in staff.get("/card-batches/?tab=completed").text
    assert f'href="/card-batches/{batch}"' in staff.get("/card-batches/?tab=completed").text


def test_several_batches_are_moved_at_once(sign_in, inside, paid):
    _, batches = paid
    staff = sign_in("staff@demo.example")
    page = staff.get("/card-batches/?tab=produced").text
    data = {"csrf_token": hidden(page, "csrf_token"), "chosen": every_chosen(page)}
    asked = staff.post("/applications/batches/ask/take?list_of=CardBatchesView", data=data).text
    assert "5 applications" in spaced(asked)
    assert confirm(staff, asked, "take").location == "/card-batches/"
    assert [states(inside, batch) for batch in batches] == [["verifying"] * 3, ["verifying"] * 2]


def test_a_card_of_the_batch_that_is_on_hold_stays_behind(sign_in, inside, paid):
    _, (batch, _) = paid
    staff = sign_in("staff@demo.example")
    with inside(SYSTEM), transaction():
        statement = select(CardApplication).where(CardApplication.batch_id == batch)
        first = db.session.scalars(statement.order_by(CardApplication.id)).first()
        service.hold([first], None, AT, "The photo is blurred", "provider")
    asked = staff.get(f"/applications/batches/{batch}/ask/take").text
    assert "Not possible: 1 application" in spaced(asked)
    confirm(staff, asked, "take")
    assert states(inside, batch) == ["on_hold", "verifying", "verifying"]
    assert "2 Verifying, 1 On hold" in spaced(staff.get(f"/card-batches/{batch}").text)


def test_who_ordered_does_not_process(priya, sign_in, inside, paid):
    _, (batch, _) = paid
    assert "Take in hand" not in priya.get(f"/card-batches/{batch}").text
    assert priya.get(f"/applications/batches/{batch}/ask/take").status_code == 404
    rival = sign_in("rival@demo.example")
    assert rival.get(f"/card-batches/{batch}").status_code == 404
    data = {"csrf_token": rival.csrf_token("/card-batches/"), "chosen": f"{batch}:0"}
    for move in ("take", "finalise"):
        answer = rival.post(f"/applications/batches/ask/{move}?list_of=CardBatchesView", data=data)
        assert answer.status_code == 404
    assert states(inside, batch) == ["being_produced"] * 3
