"""The letters about registrations: saved (A25), and made on a standard (C10)."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.domain.catalogue.models import Package, Scheme
from app.domain.kernel import outbox, reading
from app.domain.kernel.outbox import Draft
from app.domain.organisations.models import Organisation
from app.domain.people.models import Person
from app.domain.registrations.models import Registration
from app.domain.registrations.rules import Kind
from app.extensions import db

TO_PERSON = "registration_saved_person"
TO_EMPLOYER = "registration_saved_employer"
CONFIRMED = "standard_registered"


def letters_of(registration: Registration) -> dict[str, Draft]:
    """Return the letters as they would be written now; one without an address is not sent.

    There are two, to the person and to the employer; on a standard one, to the candidate.
    """
    if registration.kind == Kind.STANDARD:
        (draft,) = _confirmations([registration.id])
        return {CONFIRMED: draft}
    facts = _facts(registration)
    person = registration.person
    about = (Registration.__tablename__, registration.id)
    contact = registration.employer_contact_name or facts["employer_name"]
    to = {
        TO_PERSON: (person.email, person.full_name),
        TO_EMPLOYER: (registration.employer_contact_email, contact),
    }
    return {
        code: Draft(
            code, email, name, about, registration.provider_id, facts | {"recipient_name": name}
        )
        for code, (email, name) in to.items()
    }


def post_what_changed(
    before: Mapping[str, Draft], registration: Registration, at: datetime
) -> list[str]:
    """Post each letter that says something else, or goes to somebody else, than ``before``."""
    changed = [
        draft
        for code, draft in letters_of(registration).items()
        if draft.to_email and _said(draft) != _said(before.get(code))
    ]
    outbox.post(db.session(), changed, at=at)
    return [draft.code for draft in changed]


def post_registered(registration_ids: Collection[int], at: datetime) -> int:
    """Confirm registrations on standards to their candidates; return how many letters go out.

    A handful of statements, however many they are (C10).
    """
    return outbox.post(db.session(), _confirmations(registration_ids), at=at)


def _confirmations(registration_ids: Collection[int]) -> list[Draft]:
    statement = (
        select(
            Registration.id, Registration.number, Registration.provider_id,
            Registration.start_date, Registration.expected_end_date,
            Registration.assessment_start_date, Registration.employer_name, Person.first_names,
            Person.surname, Person.email, Person.scheme_number, Scheme.name.label("standard"),
            Package.code, Package.description, Organisation.name.label("provider"),
        )
        .join(Person, Person.id == Registration.person_id)
        .join(Scheme, Scheme.id == Registration.scheme_id)
        .join(Package, Package.id == Registration.package_id)
        .join(Organisation, Organisation.id == Registration.provider_id)
        .where(reading.among(Registration.id, registration_ids))
        .order_by(Registration.id)
    )  # fmt: skip
    return [_confirmation(row) for row in db.session.execute(statement)]


def _confirmation(row: Any) -> Draft:
    name = f"{row.first_names} {row.surname}"
    dates = ("start_date", "expected_end_date", "assessment_start_date")
    facts = {
        "recipient_name": name,
        "person_name": name,
        "kind": Kind.STANDARD.value,
        "reference": str(row.number),
        "candidate_number": row.scheme_number or "",
        "scheme": row.standard,
        "package": f"{row.code} {row.description}",
        "employer_name": row.employer_name or "",
        "provider_name": row.provider,
        **{each: getattr(row, each).isoformat() for each in dates},
    }
    about = (Registration.__tablename__, row.id)
    return Draft(CONFIRMED, row.email, name, about, row.provider_id, facts)


def _said(draft: Draft | None) -> tuple[str, dict[str, Any]] | None:
    return None if draft is None else (draft.to_email, draft.context)


def _facts(registration: Registration) -> dict[str, Any]:
    start = registration.start_date
    return {
        "person_name": registration.person.full_name,
        "kind": str(registration.kind),
        "reference": str(registration.number),
        "scheme": registration.scheme.name,
        "pathway": registration.pathway.name if registration.pathway else "",
        "start_date": start.isoformat() if start else "",
        "employer_name": registration.employer.name if registration.employer else "",
        "provider_name": registration.provider.name,
        "hse_completed": registration.health_and_safety is True,
    }
