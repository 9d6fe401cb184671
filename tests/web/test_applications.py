"""The lists of card applications, and their moves by those who applied and by the awarding body."""

import pytest
from sqlalchemy import select

from app.domain.registrations import service
from app.domain.registrations.models import CardApplication, CardBatch
from app.extensions import db
from app.transaction import transaction
from tests.integration.test_applications import drafts
from tests.support.orders import AT
from tests.support.reading import spaced
from tests.support.registering import hidden

PLACES = ("attention", "ready", "produced")


@pytest.fixture
def rows(inside, provider):
    """Return ids: one that waits, one ready for ordering, one being produced."""
    with inside(provider), transaction():
        made = service.apply_many(drafts(3), AT)
        service.finalise_applications(made[1:], None, AT)
        batch = CardBatch(number=71, provider_id=provider.organisation_id)
        db.session.add(batch)
        db.session.flush()
        service.put_applications_on_order(made[2:], batch, AT)
        service.produce_applications(made[2:], AT)
        return dict(zip(PLACES, [each.id for each in made], strict=True))


def make(client, inside, row_id, move, **typed):
    page = client.get(f"/applications/{row_id}/ask/{move}")
    assert page.status_code == 200, page.text
    with inside():
        version = db.session.get(CardApplication, row_id).version
    data = {name: hidden(page.text, name) for name in ("csrf_token", "once")}
    return client.post(
        f"/applications/move/{move}", data=data | {"chosen": f"{row_id}:{version}"} | typed
    )


def state_of(inside, row_id):
    with inside():
        return db.session.get(CardApplication, row_id).state


@pytest.mark.function("A128", "A129", "A7")
def test_each_application_stands_in_the_list_of_its_state(priya, rows):
    for tab, row_id in rows.items():
        page = priya.get(f"/applications/?tab={tab}").text
        shown = {each for each in rows.values() if f'href="/applications/{each}"' in page}
        assert shown == {row_id}
    assert "Being produced" in priya.get("/applications/?tab=produced").text


@pytest.mark.function("A9")
def test_on_hold_says_what_is_missing_and_the_owner_answers(sign_in, inside, rows):
    row = rows["produced"]
    staff = sign_in("staff@demo.example")
    assert make(staff, inside, row, "hold").status_code == 422
    typed = {"reason": "The photo is O’Neill’s", "waits_for": "provider"}
    assert make(staff, inside, row, "hold", **typed).status_code == 302
    priya = sign_in("provider@demo.example")
    page = priya.get("/applications/?tab=hold").text
    assert "The photo is O’Neill’s" in page
    assert "The organisation that applied" in page
    assert make(priya, inside, row, "answer", supplied="A new photo").status_code == 302
    assert state_of(inside, row) == "being_produced"
    assert "A new photo" in priya.get(f"/applications/{row}").text


@pytest.mark.function("A131")
def test_the_processing_team_dispatches_and_the_owner_sees_it_completed(sign_in, inside, rows):
    row, staff = rows["produced"], sign_in("staff@demo.example")
    for move in ("take", "prepare", "dispatch"):
        assert make(staff, inside, row, move).status_code == 302
    page = sign_in("provider@demo.example").get("/applications/?tab=completed").text
    assert f'href="/applications/{row}"' in page
    assert "remain visible for three months" in page


def test_what_somebody_else_changed_meanwhile_shows_both_versions(sign_in, inside, provider, rows):
    row = rows["attention"]
    priya = sign_in("provider@demo.example")
    page = priya.get(f"/applications/{row}/ask/finalise").text
    data = {name: hidden(page, name) for name in ("csrf_token", "once", "chosen")}
    with inside(provider), transaction():
        found = db.session.get(CardApplication, row)
        values = {"request_type": found.kind, "occupation": found.occupation_id, "initials": "Q",
                  "health_and_safety": True, "scheme_number": None}  # fmt: skip
        service.change_application(found, values, {}, found.version, found.person.version, AT)
    refused = priya.post("/applications/move/finalise", data=data)
    assert refused.status_code == 409
    assert "Initials: – when you opened it, now Q" in spaced(refused.text)
    assert state_of(inside, row) == "valid"
    newer = {name: hidden(refused.text, name) for name in data}
    assert priya.post("/applications/move/finalise", data=newer).status_code == 302
    assert state_of(inside, row) == "ready"


def test_who_applied_does_not_process(priya, inside, rows):
    assert priya.get(f"/applications/{rows['produced']}/ask/take").status_code == 404
    assert state_of(inside, rows["produced"]) == "being_produced"


def test_a_rival_finds_nothing(sign_in, rows):
    rival = sign_in("rival@demo.example")
    for row in rows.values():
        for path in ("", "/ask/finalise"):
            assert rival.get(f"/applications/{row}{path}").status_code == 404
        for path in ("ask", "move"):
            answer = rival.post(f"/applications/{path}/finalise", data={"chosen": f"{row}:1"})
            assert answer.status_code in (400, 404)


def test_a_second_click_finalises_once(priya, inside, rows):
    row = rows["attention"]
    page = priya.get(f"/applications/{row}/ask/finalise").text
    data = {name: hidden(page, name) for name in ("csrf_token", "once", "chosen")}
    for _ in range(2):
        assert priya.post("/applications/move/finalise", data=data).status_code == 302
    assert state_of(inside, row) == "ready"


def test_ready_applications_are_ordered_through_the_purchase_panel(priya, inside, rows):
    page = priya.get("/applications/?tab=ready").text
    assert "SUBMIT PURCHASE" in page
    with inside():
        row = db.session.get(CardApplication, rows["ready"])
        place, version = row.provider_id, row.version
    data = {
        "csrf_token": hidden(page, "csrf_token"), "once": hidden(page, "once"),
        "list_of": "ApplicationsView", "chosen": f"{rows['ready']}:{version}",
        "customer_reference": "PO 9", "accounts_contact_name": "Tasha Adeyemi",
        "accounts_contact_email": "a@example.com", "delivery_attention": "Jeff Jones",
        "invoice_to": place, "deliver_to": place,
    }  # fmt: skip
    assert priya.post("/purchases/", data=data).status_code == 303
    assert state_of(inside, rows["ready"]) == "awaiting_payment"
    with inside():
        batch = db.session.scalars(
            select(CardApplication.batch_id).where(CardApplication.id == rows["ready"])
        ).one()
        assert batch is not None


def test_one_product_is_ordered_by_applications_of_one_type(sign_in, inside):
    staff = sign_in("staff@demo.example")
    page = staff.get("/catalogue/products/add").text
    data = {
        "csrf_token": hidden(page, "csrf_token"), "code": "CARD-X", "name": "Another card",
        "card_type": "Card", "vat_category": "S", "eligible_vat_category": "S",
        "application_kind": "renewal",
    }  # fmt: skip
    answer = staff.post("/catalogue/products/add", data=data)
    assert answer.status_code == 422
    assert "Another product is ordered by applications of this type." in answer.text
