"""Registrations on standards: made by the batch and by the thousand, refused in words."""

from dataclasses import replace
from datetime import date, timedelta
from time import process_time

import pytest
from sqlalchemy import func, select

from app.clock import local
from app.domain.catalogue.models import CentreApproval, Package
from app.domain.kernel import audit
from app.domain.kernel.search import Search
from app.domain.kernel.tables import Event, StoredFile
from app.domain.kernel.viewer import SYSTEM
from app.domain.organisations.models import Kind as OrganisationKind
from app.domain.organisations.models import Organisation, OrganisationAncestry
from app.domain.people.models import Employment, Person, PersonOrganisation
from app.domain.people.service import add_many, add_person
from app.domain.registrations import queries, service
from app.domain.registrations.models import Registration, RegistrationBatch
from app.errors import ConflictError, NotFoundError
from app.extensions import db
from app.transaction import transaction
from tests.support.orders import AT
from tests.support.registrations import complete_values, scheme
from tests.support.standards import candidate, draft, drafts, package
from tests.support.viewers import viewer_of
from tests.support.watch import count_statements

pytestmark = pytest.mark.both_databases


@pytest.fixture
def centre(portal):
    return viewer_of(portal, "centre@demo.example")


@pytest.fixture
def provider(portal):
    return viewer_of(portal, "provider@demo.example")


@pytest.fixture
def rival(portal):
    return viewer_of(portal, "rival@demo.example")


def registration(row_id):
    return db.session.get_one(Registration, row_id)


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_a_registration_on_a_standard_is_ready_for_ordering_with_all_that_was_stated(
    inside, centre
):
    with inside(centre), transaction():
        (made,) = service.register_many([draft()], AT)
        row = registration(made)
        assert (row.kind, row.state, row.package.code) == (
            "standard", "ready_for_ordering", "ACAP01D",
        )  # fmt: skip
        assert row.scheme.name == "Autocare Technician ST0499 AP01"
        assert row.person.full_name == "Zofia D’Arcy-Żak"
        assert row.person.scheme_number is not None
        assert row.employer.ern == row.employer_ern == "999000411"
        assert (row.employer_postcode, row.employee_position) == (
            "LS1 4AP",
            "Apprentice technician",
        )
        assert row.assessment_start_date == date(2028, 6, 1)
        assert row.finalised_at == AT
        assert queries.missing(row) == []
        events = audit.history("registrations", row.id)
        assert [(each.what, each.version) for each in events] == [("created", 1)]
        assert events[0].after["employer_ern"] == "999000411"


def test_what_was_made_is_found_by_name_number_and_employer(inside, centre, backend):
    with inside(centre), transaction():
        made = service.register_many(drafts(3), AT)
        row = registration(made[1])
        for words in ("rcy-zak2", "artley moto", str(row.number), row.person.scheme_number):
            found = select(Registration.id).where(
                *Search(Registration, "search_text").criteria(words, backend)
            )
            assert row.id in set(db.session.scalars(found)), words


def test_ids_come_in_the_order_of_the_drafts(inside, centre):
    with inside(centre), transaction():
        wanted = [each.person["surname"] for each in drafts(120)]
        made = service.register_many(drafts(120), AT)
        names = [registration(each).person.surname for each in made]
        assert names == wanted
        numbers = [registration(each).number for each in made]
        assert numbers == sorted(numbers)


@pytest.mark.function("C34")
def test_what_somebody_known_lacked_is_set_on_the_way_and_what_they_had_follows(
    inside, provider, backend
):
    with inside(provider), transaction():
        person = add_person(candidate(email="", phone="", uln=None))
        of = scheme()
        earlier = service.register("apprentice", of, person, complete_values(of), AT)
        assert "Email: none has been entered" in queries.missing(earlier)
        changes = {"email": "Zofia@Example.com", "uln": "9276308686", "title": "Ms"}
        before = person.version
        (made,) = service.register_many([draft(person=person.id, changes=changes)], AT)
        db.session.expire_all()
        assert (person.email, person.uln, person.phone) == ("Zofia@Example.com", "9276308686", "")
        assert (person.email_key, person.version) == ("zofia@example.com", before + 1)
        change = next(each for each in audit.history("people", person.id) if each.what == "changed")
        assert change.before == {"email": "", "uln": None}
        assert change.after == {"email": "Zofia@Example.com", "uln": "9276308686"}
        by_uln = Search(Registration, "search_text").criteria("9276308686", backend)
        found = set(db.session.scalars(select(Registration.id).where(*by_uln)))
        assert found == {earlier.id, made}


def test_new_people_are_known_to_the_organisation_alone(inside, centre, rival):
    with inside(centre), transaction():
        (made,) = service.register_many([draft()], AT)
        person_id = registration(made).person_id
        links = list(db.session.scalars(select(PersonOrganisation)))
        assert {each.organisation_id for each in links} == {centre.organisation_id}
    with inside(rival):
        assert db.session.get(Person, person_id) is None
        assert db.session.get(Registration, made) is None


def test_an_employer_is_found_by_number_then_by_name_and_else_made_known(inside, centre):
    with inside(centre), transaction():
        before = count(Organisation)
        wanted = [
            draft(person=candidate(1), employer_ern="999000004", employer_name="Other words"),
            draft(person=candidate(2), employer_ern="999000411", employer_name="New Works Ltd"),
            draft(person=candidate(3), employer_ern="999000411", employer_name="New Works"),
            draft(person=candidate(4), employer_ern="100000029",
                  employer_name="Ellis and Daughter Ltd"),
        ]  # fmt: skip
        made = [registration(each) for each in service.register_many(wanted, AT)]
        assert made[0].employer.name == "Harrow & Pike Electrical Ltd"
        assert made[0].employer_name == "Other words"
        assert made[1].employer_id == made[2].employer_id
        assert made[1].employer.kind == OrganisationKind.EMPLOYER
        # Its name is another employer's, which has a number of its own.
        assert made[3].employer.ern == "100000029"
        assert count(Organisation) == before + 2
        own = select(OrganisationAncestry).where(
            OrganisationAncestry.descendant_id == made[1].employer_id
        )
        assert [each.depth for each in db.session.scalars(own)] == [0]
        again = service.register_many([draft(person=candidate(5))], AT)
        assert registration(again[0]).employer_id == made[1].employer_id


def test_where_somebody_works_is_recorded_and_what_was_said_before_ends(inside, provider):
    with inside(provider), transaction():
        person = add_person(candidate())
        other = package("LVAP03D")
        service.register_many([draft(person=person.id)], AT)
        later = {"employer_ern": "999000004", "employer_name": "Harrow & Pike Electrical Ltd"}
        service.register_many([draft(other, person=person.id, **later)], AT)
        rows = list(db.session.scalars(select(Employment).order_by(Employment.id)))
        assert [each.ended_on for each in rows] == [local(AT).date(), None]
        assert rows[1].employer.ern == "999000004"


def test_a_second_live_registration_on_one_standard_is_refused_by_name(inside, centre):
    with inside(centre), transaction():
        known = add_person(candidate()).id
        service.register_many([draft(person=known)], AT)
    with inside(centre):
        before = count(Registration)
        words = r"Zofia D’Arcy-Żak on Autocare .*: registration \d+\.$"
        with pytest.raises(ConflictError, match=words), transaction():
            service.register_many([draft(person=candidate(7)), draft(person=known)], AT)
        assert count(Registration) == before


def test_one_person_named_twice_is_refused_and_another_standard_is_not(inside, centre):
    with inside(centre), transaction():
        person = add_person(candidate())
        with pytest.raises(ConflictError, match="named twice"):
            service.register_many([draft(person=person.id), draft(person=person.id)], AT)
        both = [draft(person=person.id), draft(package("LVAP02D"), person=person.id)]
        assert len(service.register_many(both, AT)) == 2


def test_somebody_may_be_registered_again_once_the_first_was_cancelled(inside, centre):
    with inside(centre), transaction():
        person = add_person(candidate())
        (first,) = service.register_many([draft(person=person.id)], AT)
        service.cancel([registration(first)], None, AT)
        assert len(service.register_many([draft(person=person.id)], AT)) == 1


@pytest.mark.function("C17")
def test_a_standard_that_is_not_linked_to_the_centre_is_refused(inside, centre, rival):
    words = "not linked to your centre"
    with inside(centre), transaction(), pytest.raises(ConflictError, match=words):
        service.register_many([draft(), draft(package("BEAP01D"))], AT)
    with inside(rival), transaction(), pytest.raises(ConflictError, match=words):
        service.register_many([draft()], AT)


def test_an_approval_that_has_ended_links_no_more(inside, centre):
    with inside(SYSTEM), transaction():
        for approval in db.session.scalars(select(CentreApproval)):
            approval.approved_until = local(AT).date() - timedelta(days=1)
    with inside(centre), transaction(), pytest.raises(ConflictError, match="not linked"):
        service.register_many([draft()], AT)


def test_a_package_of_another_standard_or_a_closed_one_is_refused(inside, centre):
    with inside(SYSTEM), transaction():
        db.session.scalars(select(Package).where(Package.code == "ACAP01B")).one().is_open = False
    with inside(centre), transaction():
        for code in ("LVAP02D", "ACAP01B"):
            with pytest.raises(ConflictError, match="another standard, or is closed"):
                service.register_many([replace(draft(), package_id=package(code).id)], AT)


def test_somebody_whom_only_another_organisation_knows_is_refused_by_row(inside, centre, rival):
    with inside(rival), transaction():
        foreign = add_person(candidate()).id
    with inside(centre), transaction():
        with pytest.raises(ConflictError, match="does not know the person of row 2"):
            service.register_many([draft(), draft(person=foreign)], AT)
        with pytest.raises(ConflictError, match="row 1"):
            service.register_many([draft(person=999_999)], AT)


@pytest.mark.function("C19", "C31")
def test_a_batch_is_for_one_standard_and_one_package_with_the_purchase_order_number(
    inside, centre, rival
):
    with inside(centre), transaction():
        chosen = package()
        batch = service.begin_batch(
            chosen.standard_version, chosen, purchase_order_number="PO 7", at=AT
        )
        made = service.register_many(drafts(3, batch_id=batch.id), AT)
        assert {registration(each).batch.purchase_order_number for each in made} == {"PO 7"}
        assert batch.number == 7401
        with pytest.raises(ConflictError, match="one standard and one package"):
            service.register_many([draft(package("ACAP01C"), batch_id=batch.id)], AT)
        with pytest.raises(ConflictError, match="belongs to another standard"):
            service.begin_batch(
                chosen.standard_version, package("LVAP02D"), purchase_order_number="", at=AT
            )
    with inside(rival):
        assert list(db.session.scalars(select(RegistrationBatch))) == []


def test_a_batch_of_somebody_else_does_not_exist(inside, centre, provider):
    with inside(provider), transaction():
        chosen = package()
        batch = service.begin_batch(
            chosen.standard_version, chosen, purchase_order_number="", at=AT
        ).id
    with inside(centre), transaction(), pytest.raises(NotFoundError):
        service.register_many([draft(batch_id=batch)], AT)


def test_a_standard_returned_to_attention_is_finalised_again_without_a_card(inside, centre):
    with inside(centre), transaction():
        (made,) = service.register_many([draft()], AT)
        row = registration(made)
        service.return_to_attention([row], None, AT)
        assert row.state == "awaiting_finalisation"
        outcome = service.finalise([row], None, AT)
        assert outcome.moved == [row]
        assert row.applications == []


def test_five_hundred_are_registered_in_a_fixed_number_of_statements(inside, centre):
    with inside(centre), transaction():
        known = add_many([candidate(n) for n in range(1000, 1100)])
        changes = {"phone": "+441134960999"}
        wanted = drafts(400) + [draft(person=each, changes=changes) for each in known]
        with count_statements() as seen:
            service.register_many(wanted, AT)
        assert len(seen) <= 36, seen


def test_five_thousand_are_registered_in_well_under_three_seconds(inside, centre):
    with inside(centre), transaction():
        wanted = drafts(5000)
        begun = process_time()  # of work, whatever else the machine does
        made = service.register_many(wanted, AT)
        assert process_time() - begun < 3
        assert len(set(made)) == 5000


def test_many_people_are_made_known_in_a_handful_of_statements(inside, centre):
    with inside(centre), transaction():
        with count_statements() as seen:
            made = add_many([candidate(n) for n in range(500)])
        assert len(seen) <= 5, seen
        people = {each.id: each for each in db.session.scalars(select(Person))}
        assert [people[each].surname for each in made[:3]] == [
            "D’Arcy-Żak", "D’Arcy-Żak1", "D’Arcy-Żak2",
        ]  # fmt: skip
        last = people[made[-1]]
        assert (last.name_key, last.email_key) == ("darcy zak499 zofia", "zofia499@example.com")
        made_known = select(Event).where(
            Event.subject_table == "people", Event.subject_id == last.id
        )
        event = db.session.scalars(made_known).one()
        assert (event.what, event.organisation_id, event.after["surname"]) == (
            "created", centre.organisation_id, "D’Arcy-Żak499",
        )  # fmt: skip


@pytest.mark.parametrize("count", [1, 120])
def test_a_photo_that_is_not_the_organisations_is_refused(inside, centre, rival, count):
    with inside(rival), transaction():
        photo = StoredFile(
            organisation_id=rival.organisation_id, key="0" * 64, name="p.jpg",
            media_type="image/jpeg", size=1, facts={},
        )  # fmt: skip
        db.session.add(photo)
        db.session.flush()
        foreign = photo.id
    with inside(centre), transaction():
        rows = [candidate(n) for n in range(count)]
        with pytest.raises(NotFoundError):
            add_many([*rows, candidate(photo_id=foreign)])
        assert db.session.scalar(select(func.count(Person.id))) == 0


def test_nobody_is_made_known_for_nobody(inside, centre):
    with inside(centre), transaction():
        assert add_many([]) == []
        assert service.register_many([], AT) == []
