"""The letters about a saved registration: to the person and to the employer (A25)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.domain.kernel import outbox
from app.domain.kernel.outbox import Draft
from app.domain.registrations.models import Registration
from app.extensions import db

TO_PERSON = "registration_saved_person"
TO_EMPLOYER = "registration_saved_employer"


def letters_of(registration: Registration) -> dict[str, Draft]:
    """Return both letters as they would be written now; one without an address is not sent."""
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
