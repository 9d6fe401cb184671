"""Registrations made by the services, for tests of what follows."""

from datetime import date, datetime

from sqlalchemy import select

from app.domain.catalogue.models import Pathway, Scheme
from app.domain.kernel.numbering import take_numbers
from app.domain.kernel.tables import Letter, StoredFile
from app.domain.organisations.models import Kind as OrganisationKind
from app.domain.organisations.models import Organisation
from app.domain.people.models import Person, PersonOrganisation
from app.domain.people.service import add_person
from app.domain.registrations import service
from app.domain.registrations.models import (
    CardBatch,
    Registration,
)
from app.domain.registrations.rules import enrolment_number
from app.extensions import db

AT = datetime.fromisoformat("2026-11-20T10:00:00+00:00")
BRAND = {"name": "Wrenfield", "email": "a@b.example", "telephone": "1", "public_url": "http://x"}


def person_values(**more):
    """Return the values of a person."""
    return {
        "first_names": "Róisín",
        "surname": "O’Brien-Łukasz",
        "birth_date": date(2006, 3, 27),
        "email": "roisin@example.com",
    } | more


def scheme(kind="apprentice"):
    """Return the first scheme of a kind."""
    return db.session.scalars(select(Scheme).where(Scheme.kind == kind).order_by(Scheme.id)).first()


def pathway(of):
    """Return a pathway of a scheme."""
    return db.session.scalars(select(Pathway).where(Pathway.scheme_id == of.id)).first()


def photo():
    """Return the id of a stored photo."""
    owner = db.session.info["viewer"].organisation_id
    stored = StoredFile(
        organisation_id=owner, key="0" * 64, name="p.jpg", media_type="image/jpeg", size=1, facts={}
    )
    db.session.add(stored)
    db.session.flush()
    return stored.id


def employer():
    """Return a known employer."""
    return db.session.scalars(
        select(Organisation).where(Organisation.kind == OrganisationKind.EMPLOYER)
    ).first()


def complete_values(of, **more):
    """Return the values of a complete registration."""
    return {
        "pathway": pathway(of).id,
        "start_date": date(2026, 9, 1),
        "health_and_safety": True,
        "employer": employer().id,
        "employer_contact_name": "Ann Smith",
        "employer_contact_email": "Ann@Works.example",
        "office_contact": "Tasha Adams",
    } | more


def saved(person=None, **more):
    """Return a complete registration."""
    of = scheme()
    person = person or add_person(person_values(photo_id=photo()))
    return service.register("apprentice", of, person, complete_values(of, **more), AT)


def letters():
    """Return every letter, oldest first."""
    return list(db.session.scalars(select(Letter).order_by(Letter.id)))


def batch():
    """Return a new card batch."""
    found = CardBatch(
        number=take_numbers(db.session(), "card_batch")[0],
        provider_id=db.session.info["viewer"].organisation_id,
    )
    db.session.add(found)
    db.session.flush()
    return found


def started(*registrations, at=AT):
    """Bring registrations in progress."""
    service.finalise(list(registrations), None, at)
    service.put_on_order(list(registrations), batch(), at)
    service.start(list(registrations), at)


def many(count):
    """Return the ids of ``count`` complete registrations, made as quickly as tables allow."""
    organisation_id = db.session.info["viewer"].organisation_id
    of, way, file_id, works = scheme(), pathway(scheme()), photo(), employer()
    people = [
        Person(
            first_names="Ann", surname=f"Many{n}", name_key=f"many{n} ann",
            birth_date=date(2005, 1, 1), email=f"many{n}@example.com",
            email_key=f"many{n}@example.com", photo_id=file_id,
            links=[PersonOrganisation(organisation_id=organisation_id)],
        )
        for n in range(count)
    ]  # fmt: skip
    db.session.add_all(people)
    db.session.flush()
    rows = [
        Registration(
            number=900_000 + n, enrolment_number=enrolment_number(900_000 + n),
            kind="apprentice", scheme_id=of.id, pathway_id=way.id,
            person_id=person.id, provider_id=organisation_id, employer_id=works.id,
            start_date=date(2026, 9, 1), start_key=date(2026, 9, 1), health_and_safety=True,
            applicant_key=person.name_key, state="awaiting_finalisation",
        )
        for n, person in enumerate(people)
    ]  # fmt: skip
    db.session.add_all(rows)
    db.session.flush()
    return [row.id for row in rows]
