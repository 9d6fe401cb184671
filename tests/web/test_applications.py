"""The lists of card applications, and their moves by those who applied and by the awarding body."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.kernel.viewer import SYSTEM
from app.domain.registrations import service
from app.domain.registrations.models import CardApplication, CardBatch
from app.extensions import db
from app.transaction import transaction
from tests.integration.test_applications import drafts
from tests.support.orders import AT
from tests.support.reading import spaced
from tests.support.registering import hidden, picture

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


def on_hold(inside, row, waits_for):
    with inside(), transaction():
        found = db.session.get(CardApplication, row)
        service.hold([found], None, AT, "The photo is O’Neill’s", waits_for)


@pytest.mark.function("A9")
def test_what_is_on_hold_says_on_its_page_who_must_act(sign_in, inside, rows):
    row = rows["produced"]
    priya, staff = sign_in("provider@demo.example"), sign_in("staff@demo.example")
    for waits_for, acts in (("provider", priya), ("staff", staff)):
        with inside(), transaction():
            found = db.session.get(CardApplication, row)
            if found.state == "on_hold":
                service.resume_applications([found], None, AT)
        on_hold(inside, row, waits_for)
        for client in (priya, staff):
            page = spaced(client.get(f"/applications/{row}").text)
            assert "The photo is O’Neill’s" in page
            assert ("Who must act next: You" in page) == (client is acts), waits_for
    assert f"/applications/{row}/ask/answer" not in priya.get("/applications/?tab=hold").text


@pytest.mark.function("A9")
def test_what_is_on_hold_is_changed_and_then_answered(sign_in, inside, rows):
    """The photo that was asked for, and the initials; what was paid for stays."""
    row = rows["produced"]
    on_hold(inside, row, "provider")
    priya = sign_in("provider@demo.example")
    page = priya.get(f"/applications/{row}/edit").text
    assert "request_type" not in page
    with inside():
        found = db.session.get(CardApplication, row)
        kind, occupation, before = found.kind, found.occupation_id, found.person.photo_id
    data = {name: hidden(page, name) for name in ("csrf_token", "once", "version",
                                                  "person_version", "person")}  # fmt: skip
    data |= {
        "first_names": "Zofia C", "surname": "Nowak", "birth_date-day": "1",
        "birth_date-month": "1", "birth_date-year": "2000", "email": "z@example.com",
        "occupation": occupation,
        "initials": "Q", "health_and_safety": "yes", "scheme_number": "7000002",
        "request_type": "initial", "photo": (picture(), "face.jpg"),
    }  # fmt: skip
    lacking = priya.post(f"/applications/{row}/edit",
                         data=data | {"occupation": "", "photo": (picture(), "face.jpg")},
                         content_type="multipart/form-data")  # fmt: skip
    assert lacking.status_code == 422
    saved = priya.post(f"/applications/{row}/edit", data=data, content_type="multipart/form-data")
    assert saved.location == f"/applications/{row}/ask/answer"
    with inside():
        found = db.session.get(CardApplication, row)
        assert (found.state, found.kind, found.initials) == ("on_hold", kind, "Q")
        assert found.person.photo_id != before
    assert make(priya, inside, row, "answer", supplied="A new photo").status_code == 302
    assert state_of(inside, row) == "being_produced"


def test_what_is_in_hand_or_waits_for_the_team_is_not_changed(sign_in, inside, rows):
    row = rows["produced"]
    priya = sign_in("provider@demo.example")
    for prepare in (lambda: None, lambda: on_hold(inside, row, "staff")):
        prepare()
        page = priya.get(f"/applications/{row}/edit").text
        with inside():
            found = db.session.get(CardApplication, row)
            version = found.version
            data = {"occupation": found.occupation_id, "health_and_safety": "yes",
                    "request_type": "renewal", "scheme_number": "7000002", "initials": "Q",
                    "version": version, "person": found.person_id}  # fmt: skip
        data |= {"csrf_token": hidden(page, "csrf_token"), "first_names": "Zofia C",
                 "surname": "Nowak", "birth_date-day": "1", "birth_date-month": "1",
                 "birth_date-year": "2000", "person_version": "1"}  # fmt: skip
        assert priya.post(f"/applications/{row}/edit", data=data).status_code == 409
        with inside():
            assert db.session.get(CardApplication, row).initials == ""


@pytest.mark.function("A128")
def test_what_is_missing_is_named_in_the_list_and_on_the_page(priya, inside, provider):
    with inside(provider), transaction():
        (row,) = service.apply_many(drafts(1, occupation_id=None, health_and_safety=False), AT)
        row_id = row.id
    listed = spaced(priya.get("/applications/?tab=attention").text)
    assert "Occupation, H&amp;S Module" in listed
    page = spaced(priya.get(f"/applications/{row_id}").text)
    assert "Put in what is missing" in page
    assert "Occupation: none has been chosen" in page


@pytest.mark.function("A7")
def test_each_state_says_who_must_act_next(sign_in, inside, rows):
    priya, staff = sign_in("provider@demo.example"), sign_in("staff@demo.example")
    for place, step, owner_acts in (
        ("attention", "Finalise the application", True),
        ("ready", "Add it to a purchase", True),
        ("produced", "Take the application in hand", False),
    ):
        for client in (priya, staff):
            page = spaced(client.get(f"/applications/{rows[place]}").text)
            assert step in page, place
            assert ("Who must act next: You" in page) == ((client is priya) == owner_acts), place


@pytest.mark.function("A129")
def test_the_team_begins_with_what_came_first(sign_in, inside, provider, rows):
    with inside(provider), transaction():
        made = service.apply_many(drafts(1, scheme_number="7100000"), AT)
        service.finalise_applications(made, None, AT)
        batch = CardBatch(number=72, provider_id=provider.organisation_id)
        db.session.add(batch)
        db.session.flush()
        service.put_applications_on_order(made, batch, AT)
        service.produce_applications(made, AT)
        later = made[0].id
    page = sign_in("staff@demo.example").get("/applications/?tab=produced").text
    first, second = (page.index(f'href="/applications/{each}"') for each in
                     (rows["produced"], later))  # fmt: skip
    assert first < second


@pytest.mark.function("A131")
def test_after_three_months_it_is_archived_and_still_found(sign_in, inside, rows):
    row = rows["produced"]
    with inside(), transaction():
        found = db.session.get(CardApplication, row)
        for step in (service.take_in_hand, service.prepare, service.dispatch):
            step([found], None, AT)
        number = found.number
    with inside(SYSTEM), transaction():
        service.archive_old(AT + timedelta(days=93))
    priya = sign_in("provider@demo.example")
    address = f'href="/applications/{row}"'
    assert address not in priya.get("/applications/?tab=completed").text
    assert address in priya.get("/applications/?tab=archived").text
    assert address in priya.get(f"/applications/?tab=all&q={number}").text


@pytest.mark.function("A143")
def test_the_dashboard_counts_what_waits_for_whom(sign_in, inside, rows):
    on_hold(inside, rows["produced"], "provider")
    told = spaced(sign_in("provider@demo.example").get("/dashboard/").text)
    assert "1 Card applications on hold wait for the organisation that applied" in told
    assert "1 Card applications require attention" in told
    team = spaced(sign_in("staff@demo.example").get("/dashboard/").text)
    assert "none waits for the processing team" in team
    assert "all are in hand" in team


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
