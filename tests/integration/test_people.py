"""People: made, changed, recognised among one's own, and found elsewhere only by exact facts."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.domain.kernel import viewer as viewers
from app.domain.kernel.limits import TooManyError
from app.domain.kernel.tables import Event, StoredFile
from app.domain.organisations import queries as organisations
from app.domain.organisations.models import Kind, Organisation
from app.domain.people import queries, service
from app.domain.people.models import Person, PersonMatch, PersonOrganisation
from app.errors import ConflictError, NotFoundError, StaleError
from app.extensions import db
from app.transaction import transaction
from tests.support.orders import ready
from tests.support.viewers import viewer_of
from tests.support.watch import count_statements

AT = datetime.fromisoformat("2026-11-20T10:00:00+00:00")
CALLUM = {
    "title": "Mr",
    "first_names": "Callum",
    "surname": "Braithwaite",
    "birth_date": date(2006, 3, 27),
    "ni_number": "AB123456C",
    "uln": "9276308686",
    "email": "Callum@Example.com",
    "phone": "+447700900123",
}


@pytest.fixture
def provider(portal):
    return viewer_of(portal, "provider@demo.example")


@pytest.fixture
def rival(portal):
    return viewer_of(portal, "rival@demo.example")


def reasons(values):
    return [match.reasons for match in queries.matches(values)]


@pytest.mark.both_databases
@pytest.mark.function("A3")
def test_a_person_is_known_to_the_organisation_that_adds_them(backend, inside, provider, rival):
    with inside(provider), transaction():
        person = service.add_person(CALLUM)
        assert person.name_key == "braithwaite callum"
        assert person.email_key == "callum@example.com"
        person_id = person.id
    with inside(provider):
        assert queries.find(person_id).full_name == "Callum Braithwaite"
    with inside(rival):
        assert queries.find(person_id) is None
        assert queries.matches(CALLUM) == []
        assert queries.search("Braithwaite") == []


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ni_number": None, "uln": None, "email": None, "birth_date": date(1990, 1, 1)},
         "Same surname and first name"),
        ({"ni_number": None, "uln": None, "email": None, "birth_date": date(2006, 3, 28)},
         "Date of birth differs by one digit"),
        ({"ni_number": None, "uln": None, "email": None, "first_names": "Calum"},
         "Very similar name"),
        ({"ni_number": "AB123456D", "uln": None, "email": None},
         "National Insurance number differs by one character"),
        ({"surname": "Smith", "first_names": "Jo", "uln": None, "email": None,
          "birth_date": date(1980, 5, 5)}, "Same National Insurance number"),
        ({"surname": "Smith", "first_names": "Jo", "ni_number": None, "uln": None,
          "birth_date": date(1980, 5, 5)}, "Same email address"),
        ({"first_names": "Braithwaite", "surname": "Callum", "ni_number": None, "uln": None,
          "email": None}, "First name and surname the other way round"),
        ({"ni_number": None, "uln": None, "email": None, "birth_date": date(2006, 3, 27),
          "first_names": "Callum James"}, "Same surname and first name, other middle names"),
    ],
)  # fmt: skip
def test_a_likely_duplicate_is_named_with_the_reason(backend, inside, provider, changes, said):
    with inside(provider), transaction():
        service.add_person(CALLUM)
        (found,) = reasons(CALLUM | changes)
        assert said in found


def test_swapped_day_and_month_are_noticed(inside, provider):
    with inside(provider), transaction():
        service.add_person(CALLUM | {"birth_date": date(2006, 3, 7), "ni_number": None})
        asked = {**CALLUM, "birth_date": date(2006, 7, 3), "uln": None, "ni_number": None}
        (found,) = reasons(asked)
        assert "Day and month of birth the other way round" in found


def test_somebody_else_is_no_duplicate(inside, provider):
    with inside(provider), transaction():
        service.add_person(CALLUM)
        other = {"first_names": "Chloe", "surname": "Braithwaite", "birth_date": date(2007, 1, 1)}
        assert reasons(other) == []
        assert reasons({"surname": "Braithwaite"}) == []
        assert reasons({}) == []


def test_the_person_being_changed_is_not_their_own_duplicate(inside, provider):
    with inside(provider), transaction():
        person = service.add_person(CALLUM)
        assert queries.matches(CALLUM, besides=person.id) == []


def test_own_people_are_found_by_name_in_either_order_and_by_number(inside, provider):
    with inside(provider), transaction():
        person = service.add_person(CALLUM)
        for text in ("braithwaite", "Braithwaite, Cal", "callum braith", "AB 12 34 56 C",
                     "9276308686", "callum@example.com"):  # fmt: skip
            assert queries.search(text) == [person], text
        assert queries.search("   ") == []
        assert queries.search("Nobody") == []


@pytest.mark.both_databases
@pytest.mark.function("A18")
def test_people_of_others_are_found_masked_by_exact_facts_only(backend, inside, provider, rival):
    with inside(rival), transaction():
        service.add_person(CALLUM)
    with inside(provider), transaction():
        for facts in ({"ni_number"}, {"surname", "birth_date"}, {"uln"}, {"email", "surname"}):
            asked = {name: CALLUM[name] for name in facts}
            assert service.look_elsewhere(asked, at=AT) is None
        assert not db.session.scalar(select(func.count(PersonMatch.id)))
        wrong = {"ni_number": "AB123456D", "surname": "Braithwaite"}
        assert service.look_elsewhere(wrong, at=AT) is None
        wrong = {"ni_number": "AB123456C", "surname": "Smith"}
        assert service.look_elsewhere(wrong, at=AT) is None
        found = service.look_elsewhere({"ni_number": "AB123456C", "surname": "BRAITHWAITE"}, at=AT)
        assert found.name == "C••••• B•••••"
        assert found.reasons == ("Same National Insurance number", "Same surname")
        kept = list(db.session.scalars(select(PersonMatch).order_by(PersonMatch.id)))
        assert [match.found_id for match in kept] == [None, None, found.person_id]
        assert kept[-1].asked == "ni_number and surname"


def test_looking_elsewhere_has_a_daily_budget(inside, provider):
    asked = {"ni_number": "AB123456C", "surname": "Smith"}
    with inside(provider), transaction():
        for _ in range(3):
            service.look_elsewhere(asked, at=AT, budget=3)
        with pytest.raises(TooManyError, match="3 times today"):
            service.look_elsewhere(asked, at=AT, budget=3)
        assert service.look_elsewhere(asked, at=AT + timedelta(days=1), budget=3) is None


def test_choosing_somebody_known_elsewhere_needs_the_token_shown_to_oneself(
    inside, provider, rival
):
    with inside(rival), transaction():
        person_id = service.add_person(CALLUM).id
    with inside(provider), transaction():
        assert queries.find(person_id) is None
        found = service.look_elsewhere(CALLUM, at=AT)
        token = service.offer(found, "key")
        for bad in ("", "x", token[:-1], token + "x", str(person_id)):
            with pytest.raises(ConflictError):
                service.link_known(bad, "key", at=AT)
        with pytest.raises(ConflictError):
            service.link_known(token, "another key", at=AT)
    with inside(rival), pytest.raises(ConflictError):
        service.link_known(token, "key", at=AT)
    with inside(provider), transaction():
        person = service.link_known(token, "key", at=AT)
        assert person.id == person_id
        assert service.link_known(token, "key", at=AT) is person  # a second click
        links = select(func.count(PersonOrganisation.id))
        assert db.session.scalar(links) == 1  # of those that this viewer sees
        event = db.session.scalars(select(Event).order_by(Event.id.desc())).first()
        assert (event.what, event.organisation_id) == ("linked", provider.organisation_id)
        assert service.look_elsewhere(CALLUM, at=AT) is None  # now one's own


def test_a_changed_person_is_refused_to_whoever_saw_the_old_version(inside, provider):
    with inside(provider), transaction():
        person = service.add_person(CALLUM)
        seen = person.version
        service.change_person(person, {"email": "new@example.com"}, seen)
        with pytest.raises(StaleError) as refused:
            service.change_person(person, {"email": "mine@example.com", "title": "Mr"}, seen)
        assert refused.value.theirs == {"Email": "new@example.com"}
        assert refused.value.yours == {"Email": "mine@example.com"}


def test_a_foreign_photo_cannot_be_taken(inside, provider, rival):
    with inside(rival), transaction():
        stored = StoredFile(
            organisation_id=rival.organisation_id, key="0" * 64, name="p.jpg",
            media_type="image/jpeg", size=1, facts={},
        )  # fmt: skip
        db.session.add(stored)
        db.session.flush()
        file_id = stored.id
    with inside(provider), transaction(), pytest.raises(NotFoundError):
        service.add_person(CALLUM | {"photo_id": file_id})


def test_the_look_up_of_duplicates_reads_little(inside, provider):
    with inside(provider), transaction():
        for n in range(30):
            service.add_person(
                {"first_names": f"Cal{n}", "surname": "Braithwaite", "birth_date": date(2000, 1, 1)}
            )
        with count_statements() as seen:
            queries.matches(CALLUM)
        assert len(seen) == 1, seen


@pytest.mark.both_databases
def test_known_employers_are_found_by_part_of_their_name(backend, inside, provider):
    with inside(provider):
        some = db.session.scalars(
            select(Organisation).where(Organisation.kind == Kind.EMPLOYER)
        ).first()
        part = some.name[1:5]
        assert some in organisations.find_employers(part)
        assert some in organisations.find_employers(some.number)
        assert organisations.find_employers("") == []
        assert organisations.find_employers("'; drop table x --") == []
        assert viewers.of(db.session()) == provider
        kinds = {found.kind for found in organisations.find_employers("a", 50)}
        assert kinds <= {Kind.EMPLOYER, Kind.COMPANY}


def test_people_are_listed_only_within_reach(inside, provider, portal):
    office = viewer_of(portal, "office@demo.example")
    with inside(office), transaction():
        service.add_person(CALLUM)
    with inside(provider):
        assert db.session.scalar(select(func.count(Person.id))) == 1  # a company covers offices


@pytest.mark.both_databases
def test_finalising_gives_each_person_one_number_for_their_card(portal, backend, inside):
    with inside(viewer_of(portal, "provider@demo.example")), transaction():
        people = [each.person for each in ready(3)]
        numbers = [int(person.scheme_number) for person in people]
        assert numbers == list(range(numbers[0], numbers[0] + 3))
        service.give_numbers(people)
        assert [int(person.scheme_number) for person in people] == numbers
