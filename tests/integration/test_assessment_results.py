"""Who came to an assessment and who passed, and what a pass answers."""

from datetime import date, timedelta

import pytest

from app.domain.kernel.audit import history
from app.domain.people.models import Person, PersonOrganisation
from app.domain.people.service import change_person
from app.domain.registrations import service as registered
from app.domain.registrations.assessments import queries, service
from app.domain.registrations.models import CardApplication, Registration
from app.domain.registrations.service import ApplicationDraft
from app.errors import ConflictError, IllegalMoveError
from app.extensions import db
from app.transaction import transaction
from tests.support.assessments import (
    AT,
    DAY,
    HELD,
    booked,
    dates,
    letters,
    rows,
    slot_of,
    some_people,
)
from tests.support.registrations import complete_values, photo, scheme
from tests.support.viewers import viewer_of
from tests.support.watch import count_statements

pytestmark = pytest.mark.both_databases


@pytest.fixture
def provider(portal):
    return viewer_of(portal, "provider@demo.example")


@pytest.fixture
def staff(portal):
    return viewer_of(portal, "staff@demo.example")


@pytest.fixture
def slots(inside, staff):
    """Return the ids of two dates, a week apart, of three places each."""
    with inside(staff), transaction():
        return dates(weeks=2)


def test_attendance_is_recorded_once_the_date_has_begun(inside, staff, provider, slots):
    ids = booked(inside, provider, slots[0])
    with inside(staff), transaction():
        early = service.attend(rows(ids), None, AT)
        assert early.moved == []
        assert early.refused[0][1] == ["Its date has not begun yet"]
        service.attend(rows(ids[:1]), None, HELD)
        service.miss(rows(ids[1:]), None, HELD)
        assert [each.state for each in rows(ids)] == ["attended", "not_attended"]
        service.reopen(rows(ids), None, HELD)
        assert [each.state for each in rows(ids)] == ["booked", "booked"]
        assert service.pass_(rows(ids), None, HELD).moved == []


def waiting(inside, viewer, count=1, surname="Needy"):
    """Register people who lack the answer, and apply for cards; return ids of all three."""
    with inside(viewer), transaction():
        of = scheme()
        people = some_people(count, surname)
        kept = photo()
        made = []
        for person in people:
            person.photo_id = kept
            made.append(
                registered.register(
                    "apprentice", of, person, complete_values(of, health_and_safety=False), AT
                )
            )
        drafts = [
            ApplicationDraft(request="initial", person=person, occupation_id=1,
                             health_and_safety=False)
            for person in people
        ]  # fmt: skip
        cards = registered.apply_many(drafts, AT)
        assert {each.state for each in (*made, *cards)} == {"started"}
        return ([each.id for each in people], [each.id for each in made],
                [each.id for each in cards])  # fmt: skip


def found(model, ids):
    return [db.session.get_one(model, each) for each in ids]


@pytest.mark.function("A5", "A22")
def test_a_pass_is_the_persons_and_answers_what_waits_for_it(inside, staff, provider, slots):
    people, registrations, cards = waiting(inside, provider)
    with inside(provider), transaction():
        ids = [each.id for each in service.book(slot_of(slots[0]), people, AT)]
    with inside(staff), transaction():
        service.attend(rows(ids), None, HELD)
        service.pass_(rows(ids), None, HELD)
    with inside(provider):
        (person,) = found(Person, people)
        assert (person.assessed_on, person.assessed_until) == (DAY, date(2028, 12, 1))
        assert person.assessed_at_venue == "Leeds Assessment Centre"
        (registration,) = found(Registration, registrations)
        assert (registration.state, registration.health_and_safety) == (
            "awaiting_finalisation", True,
        )  # fmt: skip
        (card,) = found(CardApplication, cards)
        assert (card.state, card.health_and_safety) == ("valid", True)
        told = dict(letters("assessment_result"))
        assert set(told) == {"needy0@example.com", "provider@demo.example"}
        assert told["needy0@example.com"]["valid_until"] == "2028-12-01"
        happened = [each.what for each in history("people", person.id)]
        assert happened[0] == "assessed"
        assert registered.finalise([registration], None, HELD).moved == [registration]


def test_a_failure_answers_nothing_and_can_be_taken_back(inside, staff, provider, slots):
    people, registrations, _ = waiting(inside, provider)
    with inside(provider), transaction():
        ids = [each.id for each in service.book(slot_of(slots[0]), people, AT)]
    with inside(staff), transaction():
        service.attend(rows(ids), None, HELD)
        service.fail(rows(ids), None, HELD)
        assert letters("assessment_result")[0][1]["passed"] is False
    with inside(provider):
        assert found(Person, people)[0].assessed_on is None
        assert found(Registration, registrations)[0].health_and_safety is False
    with inside(staff), transaction():
        service.retract(rows(ids), None, HELD)
        service.pass_(rows(ids), None, HELD)
        with pytest.raises(IllegalMoveError):
            rows(ids)[0].__workflow__.after("passed", "retract")
    with inside(provider):
        assert found(Registration, registrations)[0].state == "awaiting_finalisation"


def test_the_registrations_of_another_organisation_stay_unanswered(
    inside, portal, staff, provider, slots
):
    """Somebody whom two organisations know: only the one that booked is answered."""
    people, _, _ = waiting(inside, provider)
    rival = viewer_of(portal, "rival@demo.example")
    with inside(staff), transaction():
        db.session.add(
            PersonOrganisation(person_id=people[0], organisation_id=rival.organisation_id)
        )
    with inside(rival), transaction():
        of = scheme("trainee")
        theirs = registered.register(
            "trainee", of, db.session.get_one(Person, people[0]),
            complete_values(of, health_and_safety=False), AT,
        ).id  # fmt: skip
    with inside(provider), transaction():
        ids = [each.id for each in service.book(slot_of(slots[0]), people, AT)]
    with inside(staff), transaction():
        service.attend(rows(ids), None, HELD)
        service.pass_(rows(ids), None, HELD)
    with inside(rival):
        assert db.session.get_one(Registration, theirs).health_and_safety is False
        assert db.session.get_one(Person, people[0]).assessed_on == DAY, (
            "the result is the person's"
        )


def test_what_an_office_has_registered_is_answered_by_its_companys_booking(
    inside, portal, staff, provider, slots
):
    office = viewer_of(portal, "office@demo.example")
    people, registrations, _ = waiting(inside, office)
    with inside(provider), transaction():
        ids = [each.id for each in service.book(slot_of(slots[0]), people, AT)]
    with inside(staff), transaction():
        service.attend(rows(ids), None, HELD)
        service.pass_(rows(ids), None, HELD)
    with inside(office):
        assert found(Registration, registrations)[0].state == "awaiting_finalisation"


def test_a_whole_sheet_passes_in_a_few_statements(inside, staff, provider):
    with inside(staff), transaction():
        (slot_id,) = dates(places=100)
    people, registrations, _ = waiting(inside, provider, 60)
    with inside(provider), transaction(), count_statements() as sent:
        ids = [each.id for each in service.book(slot_of(slot_id), people, AT)]
    assert len(sent) < 20, sent
    with inside(staff), transaction():
        service.attend(rows(ids), None, HELD)
    with inside(staff), transaction(), count_statements() as sent:
        assert len(service.pass_(rows(ids), None, HELD).moved) == 60
    assert len(sent) < 40, sent
    with inside(provider):
        states = {each.state for each in found(Registration, registrations)}
        assert states == {"awaiting_finalisation"}


def test_an_older_pass_does_not_replace_a_newer_one(inside, staff, provider, slots):
    first, second = slots
    ids = booked(inside, provider, first, 1)
    with inside(staff), transaction():
        service.attend(rows(ids), None, HELD)
    with inside(provider), transaction():
        person = rows(ids)[0].person_id
        later = [each.id for each in service.book(slot_of(second), [person], AT)]
    with inside(staff), transaction():
        service.attend(rows(later), None, HELD + timedelta(days=7))
        service.pass_(rows(later), None, HELD + timedelta(days=7))
        service.pass_(rows(ids), None, HELD + timedelta(days=8))
        assert db.session.get_one(Person, person).assessed_on == DAY + timedelta(days=7)


def test_who_needs_an_assessment_is_offered(inside, provider, slots):
    people, _, _ = waiting(inside, provider, 2)
    with inside(provider), transaction():
        assert [each.id for each in queries.people_in_need()] == people
        service.book(slot_of(slots[0]), people[:1], AT)
        assert [each.id for each in queries.people_in_need()] == people[1:]


def test_attendance_is_not_undone_for_somebody_booked_again(inside, staff, provider, slots):
    ids = booked(inside, provider, slots[0], 1)
    with inside(staff), transaction():
        service.miss(rows(ids), None, HELD)
    with inside(provider), transaction():
        again = service.book(slot_of(slots[1]), [rows(ids)[0].person_id], AT)[0].id
    with inside(staff), transaction():
        outcome = service.reopen(rows(ids), None, HELD)
        assert outcome.refused[0][1] == ["This person is booked on another date already"]
    later = HELD + timedelta(days=7)
    with inside(staff), transaction():
        service.miss(rows([again]), None, later)
    with inside(staff), pytest.raises(ConflictError, match="two dates"), transaction():
        service.reopen(rows([*ids, again]), None, later)
    with inside(staff):
        assert {each.state for each in rows([*ids, again])} == {"not_attended"}


def test_a_booking_follows_the_name_of_its_person(inside, provider, slots):
    ids = booked(inside, provider, slots[0], 1)
    with inside(provider), transaction():
        person = db.session.get_one(Person, rows(ids)[0].person_id)
        change_person(person, {"surname": "Zoë"}, person.version)
        registered.follow_person(person, AT)
    with inside(provider):
        assert rows(ids)[0].applicant_key == "zoe ann a"
        assert "zoe" in rows(ids)[0].search_text
