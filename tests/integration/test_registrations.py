"""Registrations: saved and changed, with their letters, on both databases."""

from datetime import date

import pytest
from sqlalchemy import func, select

from app.domain.kernel.tables import Job
from app.domain.organisations.models import Kind as OrganisationKind
from app.domain.organisations.models import OrganisationAncestry
from app.domain.people.models import Employment
from app.domain.people.service import add_person
from app.domain.registrations import queries, service
from app.errors import ConflictError, FieldErrors, StaleError
from app.extensions import db
from app.letters.catalogue import check_context
from app.letters.rendering import render
from app.transaction import transaction
from tests.support.registrations import (
    AT,
    BRAND,
    letters,
    pathway,
    person_values,
    photo,
    saved,
    scheme,
)
from tests.support.viewers import viewer_of


@pytest.fixture
def provider(portal):
    return viewer_of(portal, "provider@demo.example")


@pytest.fixture
def rival(portal):
    return viewer_of(portal, "rival@demo.example")


@pytest.mark.both_databases
@pytest.mark.function("A25")
def test_saving_a_complete_registration_writes_both_letters(backend, inside, provider):
    with inside(provider), transaction():
        registration = saved()
        assert registration.state == "awaiting_finalisation"
        assert registration.provider_id == provider.organisation_id
        assert registration.applicant_key == "obrien lukasz roisin"
        assert "obrien" in registration.search_text
        to_person, to_employer = letters()
        assert (to_person.code, to_person.to_email) == (
            "registration_saved_person", "roisin@example.com",
        )  # fmt: skip
        assert (to_employer.code, to_employer.to_email) == (
            "registration_saved_employer", "ann@works.example",
        )  # fmt: skip
        for letter in (to_person, to_employer):
            check_context(letter.code, letter.context)
            assert "O’Brien-Łukasz" in render(letter.code, letter.context, BRAND).text
        assert db.session.scalar(select(func.count(Job.id))) == 1


def test_it_is_saved_with_what_is_missing_said(inside, provider):
    with inside(provider), transaction():
        person = add_person({k: v for k, v in person_values().items() if k != "email"})
        registration = service.register(
            "apprentice", scheme(), person, {"health_and_safety": False}, AT
        )
        assert registration.state == "started"
        assert queries.missing(registration) == [
            "Pathway: none has been chosen",
            "Start date: none has been entered",
            "Email: none has been entered",
            "Employer: none has been entered",
            "H&S: the answer is not Yes; the assessment must be completed first",
            "Photo: none has been uploaded",
        ]
        assert letters() == []
        assert registration.start_key == date(9999, 12, 31)


def test_a_letter_can_be_written_with_dates_missing(inside, provider):
    with inside(provider), transaction():
        service.register(
            "trainee", scheme("trainee"), add_person(person_values()),
            {"health_and_safety": False}, AT,
        )  # fmt: skip
        (letter,) = letters()
        assert "Not entered yet" in render(letter.code, letter.context, BRAND).html


def test_a_later_change_writes_letters_only_when_what_they_show_changed(inside, provider):
    with inside(provider), transaction():
        registration = saved()
        service.change(registration, {"office_contact": "Toby Light"}, registration.version, AT)
        assert len(letters()) == 2
        start = {"start_date": date(2026, 9, 7)}
        service.change(registration, start, registration.version, AT)
        assert len(letters()) == 4
        new_address = {"employer_contact_email": "bob@works.example"}
        service.change(registration, new_address, registration.version, AT)
        assert [letter.to_email for letter in letters()[4:]] == ["bob@works.example"]


def test_state_follows_completeness(inside, provider):
    with inside(provider), transaction():
        registration = saved()
        service.change(registration, {"pathway": None}, registration.version, AT)
        assert registration.state == "started"
        of = {"pathway": pathway(registration.scheme).id}
        service.change(registration, of, registration.version, AT)
        assert registration.state == "awaiting_finalisation"
        service.change(
            registration, {}, registration.version, AT,
            person_values={"email": None}, person_version=registration.person.version,
        )  # fmt: skip
        assert registration.state == "started"
        moves = [event.what for event in queries.events_of(registration)]
        assert moves[0] == "reopen_details"
        assert "complete_details" in moves


def test_a_changed_name_is_found_by_the_new_one(inside, provider):
    with inside(provider), transaction():
        registration = saved()
        service.change(
            registration, {}, registration.version, AT,
            person_values={"surname": "Żółw"}, person_version=registration.person.version,
        )  # fmt: skip
        assert registration.applicant_key == "zolw roisin"
        assert "zolw" in registration.search_text


def test_somebody_elses_change_is_shown_beside_yours(inside, provider):
    with inside(provider), transaction():
        registration = saved()
        seen = registration.version
        service.change(registration, {"office_contact": "Toby Light"}, seen, AT)
        mine = {"office_contact": "Una Dale", "start_date": date(2026, 9, 2)}
        with pytest.raises(StaleError) as refused:
            service.change(registration, mine, seen, AT)
    assert refused.value.theirs["Office Contact"] == "Toby Light"
    assert refused.value.yours["Office Contact"] == "Una Dale"
    assert refused.value.yours["Apprenticeship Start Date"] == "02/09/2026"
    assert "Employer" not in refused.value.theirs


def test_choices_that_do_not_fit_are_refused(inside, provider):
    with inside(provider), transaction():
        other = scheme("trainee")
        with pytest.raises(FieldErrors) as refused:
            saved(pathway=pathway(other).id)
        assert "pathway" in refused.value.errors
    with inside(provider), transaction():
        with pytest.raises(FieldErrors) as refused:
            saved(employer=provider.organisation_id)
        assert "employer" in refused.value.errors


def test_one_person_is_registered_on_a_scheme_once(inside, provider):
    with inside(provider), transaction():
        registration = saved()
        with pytest.raises(ConflictError, match=str(registration.number)):
            saved(registration.person)


def test_a_new_employer_joins_the_directory_and_one_of_that_name_is_taken(inside, provider):
    with inside(provider), transaction():
        made = saved(employer=None, employer_name="Brand-New Sparks & Söhne")
        assert made.employer.kind == OrganisationKind.EMPLOYER
        other = add_person(person_values(surname="Other", photo_id=photo()))
        again = saved(other, employer=None, employer_name="Brand New Sparks & Sohne")
        assert again.employer_id == made.employer_id
        up = select(OrganisationAncestry).where(
            OrganisationAncestry.descendant_id == made.employer_id
        )
        assert len(list(db.session.scalars(up))) == 1
        employment = db.session.scalars(select(Employment).order_by(Employment.id)).first()
        assert employment.employer_id == made.employer_id


def test_a_change_of_employer_ends_the_employment(inside, provider):
    with inside(provider), transaction():
        registration = saved()
        new = {"employer": None, "employer_name": "Second Works"}
        service.change(registration, new, registration.version, AT)
        old, current = db.session.scalars(select(Employment).order_by(Employment.id))
        assert old.ended_on == AT.date()
        assert current.ended_on is None


def test_a_rival_can_neither_see_nor_move(inside, provider, rival):
    with inside(provider), transaction():
        registration_id = saved().id
    with inside(rival):
        assert queries.find(registration_id) is None
        assert queries.counts()["apprentice"]["attention"] == 0
    with inside(provider):
        assert queries.counts()["apprentice"]["attention"] == 1
