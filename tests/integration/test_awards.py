"""Awards: made on completed registrations, changed until they are issued, withdrawn."""

from datetime import date

import pytest
from sqlalchemy import func, select

from app.domain.awards import queries
from app.domain.awards.models import Award, IssuedDocument, PaperCopy, PrintJob
from app.domain.awards.rules import RecordType
from app.domain.awards.service import issuing, making
from app.domain.kernel.document_numbers import read_code, read_reference
from app.domain.kernel.references import is_order_reference
from app.domain.kernel.tables import Job
from app.domain.registrations.models import Registration
from app.errors import ConflictError, ForbiddenError, IllegalMoveError, NotFoundError
from app.extensions import db
from app.transaction import transaction
from tests.support.documents import AT, UNITS, asked_for, awarded, completed, draft
from tests.support.registrations import saved
from tests.support.viewers import viewer_of

pytestmark = pytest.mark.both_databases


@pytest.fixture
def provider(portal):
    return viewer_of(portal, "provider@demo.example")


@pytest.fixture
def staff(portal):
    return viewer_of(portal, "staff@demo.example")


def award(award_id):
    return db.session.get_one(Award, award_id)


def test_an_award_says_what_was_achieved_on_a_completed_registration(inside, provider, staff):
    (award_id,) = awarded(inside, provider, staff)
    with inside(provider):
        made = award(award_id)
        assert (made.number, made.state, made.source) == (51001, "awaiting_issue", "staff")
        assert made.title == made.registration.scheme.name
        assert made.person.full_name == "Róisín O’Brien-Łukasz"
        assert made.components == [each.plain() for each in UNITS]
        assert made.provider_id == provider.organisation_id


def test_no_award_is_made_before_a_registration_is_completed(inside, provider, staff):
    with inside(provider), transaction():
        registration_id = saved().id
    with inside(staff), pytest.raises(ConflictError, match="once it is completed"), transaction():
        making.make_awards([draft(registration_id)], at=AT)


def test_a_registration_has_one_award(inside, provider, staff):
    (award_id,) = awarded(inside, provider, staff)
    with inside(staff):
        registration_id = award(award_id).registration_id
    with inside(staff), pytest.raises(ConflictError, match="number 51001"), transaction():
        making.make_awards([draft(registration_id)], at=AT)
    with inside(staff), transaction():
        making.withdraw_awards([award(award_id)], None, at=AT, reason="Made by mistake")
    with inside(staff), transaction():
        making.make_awards([draft(registration_id)], at=AT)
    with inside(staff):
        assert db.session.scalar(select(func.count(Award.id))) == 2


def test_one_registration_named_twice_is_refused_whole(inside, provider, staff):
    with inside(provider), transaction():
        (registration_id,) = completed("Asher")
    with inside(staff), pytest.raises(ConflictError, match="twice"), transaction():
        making.make_awards([draft(registration_id), draft(registration_id)], at=AT)
    with inside(staff):
        assert db.session.scalar(select(func.count(Award.id))) == 0


def test_a_provider_makes_and_changes_no_award(inside, provider, staff):
    (award_id,) = awarded(inside, provider, staff)
    with inside(provider), transaction():
        (registration_id,) = completed("Second")
    with inside(provider), pytest.raises(ForbiddenError), transaction():
        making.make_awards([draft(registration_id)], at=AT)
    with inside(provider), pytest.raises(NotFoundError), transaction():
        making.change_award(award(award_id), {"grade": "Distinction"})
    with inside(staff):
        assert award(award_id).grade == ""


def test_every_registration_has_an_enrolment_number(inside, provider, staff):
    awarded(inside, provider, staff, "Asher", "Birch")
    with inside(staff):
        numbers = list(db.session.scalars(select(Registration.enrolment_number)))
        assert len(numbers) == len(set(numbers)) == 2
        assert all(number.startswith("AMS") and is_order_reference(number) for number in numbers)


def test_issuing_makes_a_job_of_documents_with_frozen_data(inside, provider, staff):
    (award_id,) = awarded(inside, provider, staff)
    (job_id,) = asked_for(inside, staff, [award_id])
    with inside(provider):
        job = db.session.get_one(PrintJob, job_id)
        documents = queries.documents_of_awards([award_id])
        assert job.reference == "20/11/2026 10:00:00 - 3 records"
        assert award(award_id).state == "certificated"
        assert [each.record_type for each in documents] == [*RecordType]
        assert {each.state for each in documents} == {"pending"}
        for each in documents:
            assert read_reference(each.reference) == each.reference
            assert read_code(each.code) == each.code
            assert each.content["person"]["full_name"] == "Róisín O’Brien-Łukasz"
            assert each.content["award"]["outcome"] == "Merit"
            assert each.content["components"] == [unit.plain() for unit in UNITS]
            assert each.content["enrolment_number"] == each.registration.enrolment_number
        copies = db.session.scalars(select(PaperCopy)).all()
        assert {copy.document.record_type for copy in copies} == {"certificate", "transcript"}


def test_what_an_award_does_not_bring_is_not_issued(inside, provider, staff):
    (award_id,) = awarded(inside, provider, staff, outcome="not_achieved", components=())
    asked_for(inside, staff, [award_id])
    with inside(staff):
        documents = queries.documents_of_awards([award_id])
        assert [each.record_type for each in documents] == ["letter"]


def test_an_award_that_brings_nothing_of_what_was_asked_stays(inside, provider, staff):
    (award_id,) = awarded(inside, provider, staff, components=())
    with pytest.raises(ConflictError, match="needs components"):
        asked_for(inside, staff, [award_id], frozenset({RecordType.TRANSCRIPT}))
    with inside(staff):
        assert award(award_id).state == "awaiting_issue"
        assert db.session.scalar(select(func.count(IssuedDocument.id))) == 0


def test_an_award_is_issued_once(inside, provider, staff):
    (award_id,) = awarded(inside, provider, staff)
    asked_for(inside, staff, [award_id])
    with pytest.raises(IllegalMoveError):
        asked_for(inside, staff, [award_id])
    with inside(staff), pytest.raises(ConflictError, match="never change"), transaction():
        making.change_award(award(award_id), {"awarded_on": date(2026, 1, 1)})


def test_each_centre_gets_a_job_of_its_own_and_workers_share_a_large_one(
    inside, provider, staff, portal
):
    rival = viewer_of(portal, "rival@demo.example")
    ids = awarded(inside, provider, staff, *(f"Asher{n}" for n in range(15)))
    ids += awarded(inside, rival, staff, "Birch")
    jobs = asked_for(inside, staff, ids)
    with inside(staff):
        assert len(jobs) == 2
        parts = db.session.scalars(select(Job).where(Job.kind == issuing.MAKING)).all()
        assert sorted(len(part.payload["ids"]) for part in parts) == [3, 5, 40]
    with inside(provider):
        assert db.session.scalar(select(func.count(PrintJob.id))) == 1
        assert db.session.scalar(select(func.count(IssuedDocument.id))) == 45
