"""Card applications of their own: made, ordered, produced, on hold, dispatched, archived."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import event, select

from app.domain.catalogue.models import Occupation
from app.domain.kernel.tables import Letter, StoredFile
from app.domain.kernel.viewer import SYSTEM, of
from app.domain.orders.rules import Method
from app.domain.orders.service.fulfilment import fulfil
from app.domain.orders.service.purchase import cancel_order, submit_purchase
from app.domain.people.service import add_person, give_numbers
from app.domain.registrations import service
from app.domain.registrations.application_fields import card_application
from app.domain.registrations.models import CardApplication, Registration
from app.domain.registrations.service import ApplicationDraft
from app.errors import ConflictError
from app.extensions import db
from app.transaction import transaction
from tests.support.orders import AT, an_order, details, ready
from tests.support.viewers import viewer_of
from tests.support.watch import count_statements

pytestmark = pytest.mark.both_databases
OCCUPATIONS = [(1, "317 Maintenance Electrician"), (2, "17 Installation Electrician")]


@pytest.fixture
def provider(portal):
    return viewer_of(portal, "provider@demo.example")


@pytest.fixture
def staff(portal):
    return viewer_of(portal, "staff@demo.example")


def photo():
    stored = StoredFile(
        organisation_id=of(db.session()).organisation_id, key="0" * 64, name="p.jpg",
        media_type="image/jpeg", size=1, facts={},
    )  # fmt: skip
    db.session.add(stored)
    db.session.flush()
    return stored.id


def drafts(count, request="renewal", **more):
    occupation = db.session.scalars(select(Occupation.id)).first()
    kept = photo()
    return [
        ApplicationDraft(
            **{
                "request": request,
                "person": {
                    "first_names": f"Zofia {chr(65 + n % 26)}",
                    "surname": f"Nowak{'x' * (n // 26)}",
                    "birth_date": date(2000, 1, 1), "photo_id": kept, "email": "z@example.com",
                },
                "occupation_id": occupation,
                "health_and_safety": True,
                "scheme_number": str(7000000 + n) if request != "initial" else None,
            }
            | more
        )
        for n in range(count)
    ]  # fmt: skip


def test_five_hundred_of_known_people_are_made_in_twenty_statements(inside, provider):
    with inside(provider), transaction():
        new, counted = drafts(500), []
        wanted = [replace(each, person=add_person(each.person)) for each in new]
        event.listen(db.engine, "before_cursor_execute", lambda *a: counted.append(a[2]))
        made = service.apply_many(wanted, AT)
        assert len(counted) <= 20, counted
        assert {each.state for each in made} == {"valid"}
        assert [each.person.scheme_number for each in made[:2]] == ["7000000", "7000001"]
        assert {each.product.application_kind for each in made} == {"renewal"}


def test_five_hundred_of_new_people_are_made_in_twenty_statements(inside, provider):
    with inside(provider), transaction():
        wanted = drafts(500)
        with count_statements() as seen:
            made = service.apply_many(wanted, AT)
        assert len(seen) <= 20, seen
        assert {each.state for each in made} == {"valid"}
        names = [draft.person["surname"] for draft in wanted]
        assert [each.person.surname for each in made] == names
        assert [each.person.scheme_number for each in made[:2]] == ["7000000", "7000001"]


@pytest.mark.function("A143")
def test_an_application_lives_from_started_to_archived(inside, provider, staff):
    with inside(provider), transaction():
        (row,) = service.apply_many(drafts(1, occupation_id=None), AT)
        assert row.state == "started"
        assert service.finalise_applications([row], None, AT).moved == []
        values = {
            "occupation": db.session.scalars(select(Occupation.id)).first(),
            "request_type": "renewal", "health_and_safety": True,
        }  # fmt: skip
        service.change_application(row, values, {}, row.version, row.person.version, AT)
        assert row.state == "valid"
        assert service.finalise_applications([row], None, AT).moved == [row]
        order = submit_purchase([row], None, details(), at=AT)
        assert row.state == "awaiting_payment"
        assert row.batch.number
        row_id, order_id = row.id, order.id
    with inside(SYSTEM), transaction():
        row = db.session.get(CardApplication, row_id)
        service.produce_applications([row], AT)
    with inside(staff), transaction():
        row = db.session.get(CardApplication, row_id)
        service.take_in_hand([row], None, AT)
        service.hold([row], None, AT, "The photo is blurred", "provider")
        assert (row.state, row.hold_reason) == ("on_hold", "The photo is blurred")
        letter = db.session.scalars(select(Letter).where(Letter.code.contains("on_hold"))).one()
        assert letter.to_email == "provider@demo.example"
    with inside(provider), transaction():
        row = db.session.get(CardApplication, row_id)
        service.answer([row], None, AT, "A new photo is on record")
        assert (row.state, row.hold_reason) == ("being_produced", "")
    with inside(staff), transaction():
        row = db.session.get(CardApplication, row_id)
        for step in (service.take_in_hand, service.prepare, service.dispatch):
            assert step([row], None, AT).moved == [row]
        assert row.completed_at == AT
    with inside(SYSTEM), transaction():
        assert service.archive_old(AT + timedelta(days=91)) == 0
        assert service.archive_old(AT + timedelta(days=93)) == 1
    with inside(provider):
        assert db.session.get(CardApplication, row_id).state == "archived"
        assert order_id


@pytest.mark.function("A68")
def test_cards_are_produced_as_soon_as_their_order_is_paid(inside, provider):
    with inside(provider), transaction():
        made = service.apply_many(drafts(2), AT)
        service.finalise_applications(made, None, AT)
        order = submit_purchase(made, None, details(), at=AT)
        order_id = order.id
    with inside(SYSTEM), transaction():
        order = db.session.get(type(order), order_id)
        fulfil(order, method=Method.CARD, letter="payment_received", said={"paid_on": "2026-11-20"},
               at=AT)  # fmt: skip
        assert set(db.session.scalars(select(CardApplication.state))) == {"being_produced"}


def test_cancelling_an_order_makes_its_applications_ready_again(inside, provider):
    with inside(provider), transaction():
        made = service.apply_many(drafts(2), AT)
        service.finalise_applications(made, None, AT)
        order = submit_purchase(made, None, details(), at=AT)
        cancel_order(order, order.version, at=AT)
        assert {each.state for each in made} == {"ready"}
        assert {each.batch_id for each in made} == {None}


def test_the_application_of_a_registration_takes_it_along(inside, provider):
    """Ordered from the list of applications, its registration is on the order too."""
    with inside(provider), transaction():
        (registration,) = ready(1)
        (application,) = db.session.scalars(select(CardApplication))
        assert service.cancel_applications([application], None, AT).moved == []
        submit_purchase([application], None, details(), at=AT)
        assert db.session.get(Registration, registration.id).state == "on_order"


def test_a_number_that_somebody_has_is_not_given_twice(inside, provider):
    with inside(provider), transaction():
        an_order(1)  # gives the first number of the counter
        taken = db.session.scalars(select(Registration)).first().person.scheme_number
        with pytest.raises(ConflictError, match="on record for somebody else"):
            service.apply_many(drafts(1, scheme_number=taken), AT)
    with inside(provider), transaction():
        following = str(int(taken) + 1)
        service.apply_many(drafts(1, scheme_number=following), AT)
        other = add_person(
            {"first_names": "Leo", "surname": "Late", "birth_date": date(2000, 1, 1)}
        )
        give_numbers([other])
        assert other.scheme_number == str(int(taken) + 2)


def read(**typed):
    row = {
        "title": "Ms", "first_names": "Zofia", "surname": "Nowak", "birth_date": "01/01/2000",
        "occupation": "1", "health_and_safety": "yes", "request_type": "Renewal",
        "scheme_number": "123456",
    }  # fmt: skip
    return card_application(OCCUPATIONS).read(row | typed, date(2026, 11, 20))


@pytest.mark.function("A86")
def test_only_a_renewal_or_replacement_needs_the_number(inside):
    assert read().errors == {}
    assert list(read(scheme_number="").errors) == ["scheme_number"]
    assert read(scheme_number="", request_type="Initial").errors == {}
    assert list(read(scheme_number="12A456").errors) == ["scheme_number"]


@pytest.mark.function("A87")
def test_an_impossible_ni_number_is_refused_in_words(inside):
    assert read(ni_number="AB 12 34 56 C").values["ni_number"] == "AB123456C"
    for wrong in ("NN000015A9", "QQ123456C", "DA123456C", "AB123456E"):
        assert list(read(ni_number=wrong).errors) == ["ni_number"], wrong


@pytest.mark.function("A81")
def test_the_columns_are_those_of_the_guide(inside):
    columns = [field.column for field in card_application(OCCUPATIONS).fields]
    assert columns == [
        "Title", "Firstname", "Initials", "Lastname", "DateOfBirth", "Gender", "NINumber",
        "ECSNumber", "Occupation", "HSAssessment", "RequestType", "Image",
    ]  # fmt: skip
