"""Drafts of registrations on standards, for tests of what becomes of them."""

from datetime import date

from sqlalchemy import select

from app.domain.catalogue.models import Package
from app.domain.registrations.service import StandardDraft
from app.extensions import db


def package(code="ACAP01D"):
    """Return a package by its code."""
    return db.session.scalars(select(Package).where(Package.code == code)).one()


def candidate(number=0, **more):
    """Return the values of a new candidate."""
    return {
        "title": "Ms",
        "first_names": "Zofia",
        "surname": f"D’Arcy-Żak{number or ''}",
        "birth_date": date(2005, 3, 27),
        "gender": "F",
        "uln": "9276308686",
        "email": f"zofia{number or ''}@example.com",
        "phone": "+441134960123",
    } | more


def draft(of=None, **more):
    """Return a draft of a registration on the standard of a package, at first Autocare."""
    chosen = of or package()
    values = {
        "person": candidate(),
        "standard_version_id": chosen.standard_version_id,
        "package_id": chosen.id,
        "start_date": date(2026, 9, 7),
        "expected_end_date": date(2028, 9, 7),
        "assessment_start_date": date(2028, 6, 1),
        "funding_type": "LEVY",
        "employer_ern": "999000411",
        "employer_name": "Hartley Motors Ltd",
        "employer_postcode": "LS1 4AP",
        "employer_phone": "+441134960456",
        "employee_position": "Apprentice technician",
    } | more
    return StandardDraft(**values)


def drafts(count, of=None, **more):
    """Return drafts of as many new candidates."""
    chosen = of or package()
    return [draft(chosen, person=candidate(n + 1), **more) for n in range(count)]
