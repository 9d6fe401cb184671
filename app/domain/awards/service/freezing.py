"""Everything a document says, frozen when it is issued: later changes change no document."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from app.domain.awards.models import Award, DocumentSettings
from app.domain.awards.rules import OUTCOMES, RecordType
from app.domain.organisations.models import Organisation, OrganisationDetail
from app.domain.organisations.rules import Kind
from app.extensions import db

Content = dict[str, Any]


def body_of(settings: DocumentSettings) -> Content:
    """Return the awarding body as documents name it."""
    statement = (
        select(Organisation, OrganisationDetail)
        .outerjoin(OrganisationDetail, OrganisationDetail.organisation_id == Organisation.id)
        .where(Organisation.kind == Kind.AWARDING_BODY.value)
        .order_by(Organisation.id)
        .limit(1)
    )
    body, detail = db.session.execute(statement).one()
    lines = [*detail.address.split("\n"), detail.postcode] if detail else []
    return {
        "name": body.name,
        "address": [line for line in lines if line],
        "website": detail.email.rpartition("@")[2] if detail else "",
        "accent": settings.accent,
        "logo": settings.logo.key if settings.logo else None,
    }


def freeze(
    award: Award,
    record_type: RecordType,
    *,
    reference: str,
    body: Content,
    settings: DocumentSettings,
    issued_on: date,
    expires_on: date | None,
    replaces: str | None = None,
) -> Content:
    """Return what a document says, days as 2024-01-05; the shape documents are rendered from."""
    registration, person = award.registration, award.person
    return {
        "record_type": record_type.value,
        "reference": reference,
        "issued_on": issued_on.isoformat(),
        "expires_on": expires_on.isoformat() if expires_on else None,
        "replaces": replaces,
        "body": body,
        "person": {"full_name": person.full_name},
        "enrolment_number": registration.enrolment_number,
        "award": {
            "title": award.title,
            "number": award.title_number,
            "level": award.level,
            "outcome": OUTCOMES[award.outcome],
            "grade": award.grade,
            "awarded_on": award.awarded_on.isoformat(),
            "credits": award.credits,
        },
        "centre": {"name": award.provider.name, "number": award.provider.number},
        "components": list(award.components),
        "signatories": list(settings.signatories),
        "letter": {"paragraphs": _paragraphs(settings.letter, award)},
    }


def _paragraphs(text: str, award: Award) -> list[str]:
    """Return the paragraphs of the individual letter, with what they say of this award put in."""
    said: Mapping[str, str] = {
        "name": award.person.full_name,
        "title": award.title,
        "outcome": OUTCOMES[award.outcome],
        "centre": award.provider.name,
    }
    for name, value in said.items():
        text = text.replace(f"{{{name}}}", value)
    return [part.strip() for part in text.split("\n\n") if part.strip()]
