"""Awards and documents made by the services and by the workers' own jobs."""

from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Any, Protocol

from flask import Flask
from sqlalchemy import select

from app.domain.awards.fields import Component
from app.domain.awards.models import Award, IssuedDocument
from app.domain.awards.rules import RecordType
from app.domain.awards.service import issuing, making
from app.domain.awards.service.making import AwardDraft
from app.domain.kernel.tables import Job
from app.domain.kernel.viewer import SYSTEM, Viewer, seen_by
from app.domain.people.service import add_person
from app.domain.registrations import queries
from app.domain.registrations import service as registrations
from app.domain.registrations.models import Registration
from app.extensions import db
from app.jobs import handlers
from app.transaction import transaction
from tests.support.registrations import person_values, photo, saved, started

AT = datetime.fromisoformat("2026-11-20T10:00:00+00:00")
UNITS = (
    Component(code="AC01", title="Health and safety", level="3", credit=4, result="Pass"),
    Component(code="AC02", title="Routine maintenance", level="3", credit=8, result="Merit"),
)
ALL_TYPES = frozenset(RecordType)


class Inside(Protocol):
    """The fixture ``inside`` of the tests."""

    def __call__(self, viewer: Viewer) -> AbstractContextManager[None]: ...


def completed(*surnames: str) -> list[int]:
    """Make completed registrations of people with these surnames, as a provider; return ids."""
    found = []
    for number, surname in enumerate(surnames):
        values = person_values(
            surname=surname, email=f"learner{number}@example.com", photo_id=photo(),
            birth_date=date(2005, 1, 1 + number),
        )  # fmt: skip
        found.append(saved(add_person(values)))
    started(*found)
    last = queries.scheme_facts([found[0].scheme_id])[found[0].scheme_id].last_stage
    for stage in range(2, last + 1):
        registrations.reach_stage(found, stage, AT.date(), AT)
    registrations.complete(found, None, AT)
    return [each.id for each in found]


def draft(registration_id: int, **more: Any) -> AwardDraft:
    """Return an award with two components."""
    said: dict[str, Any] = {
        "registration_id": registration_id, "outcome": "merit", "awarded_on": date(2026, 11, 1),
        "level": "3", "credits": 12, "components": UNITS,
    }  # fmt: skip
    return AwardDraft(**said | more)


def awarded(
    inside: Inside, provider: Viewer, staff: Viewer, *surnames: str, **more: Any
) -> list[int]:
    """Make awards to completed people of ``provider``; return their ids."""
    with inside(provider), transaction():
        ids = completed(*(surnames or ("O’Brien-Łukasz",)))
    with inside(staff), transaction():
        return making.make_awards([draft(each, **more) for each in ids], at=AT)


def asked_for(
    inside: Inside,
    staff: Viewer,
    award_ids: list[int],
    types: frozenset[RecordType] = ALL_TYPES,
    **more: Any,
) -> list[int]:
    """Issue documents for awards, without making them; return the ids of the print jobs."""
    with inside(staff), transaction():
        awards = list(db.session.scalars(select(Award).where(Award.id.in_(award_ids))))
        return issuing.issue(awards, issuing.Order(types=types, **more), at=AT)


def issued(
    portal: Flask,
    inside: Inside,
    provider: Viewer,
    staff: Viewer,
    *surnames: str,
    types: frozenset[RecordType] = ALL_TYPES,
) -> list[int]:
    """Issue documents to completed people of ``provider`` and make them; return their ids."""
    jobs = asked_for(inside, staff, awarded(inside, provider, staff, *surnames), types)
    work_off(portal)
    with portal.app_context(), seen_by(SYSTEM):
        statement = select(IssuedDocument.id).where(IssuedDocument.job_id.in_(jobs))
        return list(db.session.scalars(statement.order_by(IssuedDocument.id)))


def work_off(portal: Flask, *kinds: str) -> int:
    """Run the waiting jobs of these kinds, as a worker would; return how many were run."""
    wanted = kinds or (issuing.MAKING,)
    waiting = select(Job.id).where(Job.kind.in_(wanted), Job.state == "queued").order_by(Job.id)
    with portal.app_context():
        with seen_by(SYSTEM):
            ids = list(db.session.scalars(waiting))
        return sum(handlers.run(each) for each in ids)


def document(document_id: int) -> IssuedDocument:
    """Return a document."""
    return db.session.get_one(IssuedDocument, document_id)


def registration_of(document_id: int) -> Registration:
    """Return the registration that a document is about."""
    return document(document_id).registration
