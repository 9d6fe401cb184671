"""Reads of batches that are being put together, with what each candidate still lacks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.clock import today
from app.domain.catalogue.models import Package
from app.domain.imports.batches import fields
from app.domain.imports.batches.models import BatchCandidate, BatchDraft
from app.domain.kernel import viewer as viewers
from app.domain.kernel.fields import Subject
from app.domain.kernel.money import Quote
from app.domain.orders import queries as orders
from app.domain.people.models import Person
from app.domain.registrations import queries as registrations
from app.domain.registrations.models import Registration
from app.domain.registrations.rules import Kind
from app.domain.registrations.standard_fields import (
    DEFAULTS,
    EMPLOYER,
    PERSONAL,
    standard_registration,
)
from app.extensions import db

SHOWN = 20
"""Batches not saved yet that the page lists."""


@dataclass(frozen=True)
class Entry:
    """A candidate of a batch: what is on record, what stands, and what is wrong or missing."""

    candidate: BatchCandidate
    known: Mapping[str, str]
    raw: Mapping[str, str]
    values: Mapping[str, Any]
    errors: Mapping[str, str]

    @property
    def name(self) -> str:
        """First names and surname, as far as they are known."""
        return f"{self.raw['first_names']} {self.raw['surname']}".strip()

    def is_own(self, name: str) -> bool:
        """Tell whether the candidate has a value of their own, not the batch's."""
        return bool(self.candidate.answers.get(name))


@dataclass(frozen=True)
class Open:
    """A batch that is not saved yet, and how many candidates are in it."""

    draft: BatchDraft
    candidates: int


def subject_for(provider_id: int) -> Subject:
    """Return the fields of a registration on a standard, with what a centre may choose (C17)."""
    return standard_registration(*registrations.standard_choices(provider_id))


def chosen_of(draft: BatchDraft) -> dict[str, str]:
    """Return the standard and package of a batch as a row of a spreadsheet would say them."""
    return {
        "standard": str(draft.standard_version_id or ""),
        "package": str(draft.package_id or ""),
    }


def known_of(person: Person | None, subject: Subject) -> dict[str, str]:
    """Return what is on record of somebody, as people type it; nothing of a new person."""
    if person is None:
        return {}
    found = {name: fields.typed(subject.field(name), getattr(person, name)) for name in PERSONAL}
    return {name: text for name, text in found.items() if text}


def entries(draft: BatchDraft, subject: Subject | None = None) -> list[Entry]:
    """Return the candidates of a batch in the order in which they were added.

    ``subject`` is that of ``subject_for``, where the caller has it already.
    """
    statement = (
        select(BatchCandidate)
        .where(BatchCandidate.draft_id == draft.id, BatchCandidate.is_removed.is_(False))
        .options(joinedload(BatchCandidate.person))
        .order_by(BatchCandidate.id)
    )
    subject = subject or subject_for(draft.provider_id)
    return [_entry(draft, each, subject) for each in db.session.scalars(statement)]


def entry(candidate: BatchCandidate) -> Entry:
    """Return one candidate with what is wrong or missing."""
    return _entry(candidate.draft, candidate, subject_for(candidate.draft.provider_id))


def _entry(draft: BatchDraft, candidate: BatchCandidate, subject: Subject) -> Entry:
    known = known_of(candidate.person, subject)
    defaults = {
        name: fields.typed(subject.field(name), getattr(draft, f"default_{name}"))
        for name in DEFAULTS
    }
    raw = fields.assembled(candidate.answers, known, defaults)
    reading = fields.read_candidate(subject, raw, chosen_of(draft), today())
    return Entry(candidate, known, raw, reading.values, reading.errors)


def count(draft: BatchDraft) -> int:
    """Return how many candidates are in a batch."""
    statement = select(func.count()).where(
        BatchCandidate.draft_id == draft.id, BatchCandidate.is_removed.is_(False)
    )
    return db.session.scalar(statement) or 0


def candidate_of(draft: BatchDraft, candidate_id: int) -> BatchCandidate | None:
    """Return a candidate of this very batch, one taken out included."""
    statement = select(BatchCandidate).where(
        BatchCandidate.draft_id == draft.id, BatchCandidate.id == candidate_id
    )
    return db.session.scalar(statement)


def not_saved() -> list[Open]:
    """Return the batches of the active organisation that are not saved yet, newest first."""
    counted = (
        select(BatchCandidate.draft_id, func.count().label("candidates"))
        .where(BatchCandidate.is_removed.is_(False))
        .group_by(BatchCandidate.draft_id)
        .subquery()
    )
    statement = (
        select(BatchDraft, func.coalesce(counted.c.candidates, 0))
        .outerjoin(counted, counted.c.draft_id == BatchDraft.id)
        .where(
            BatchDraft.provider_id == viewers.of(db.session()).organisation_id,
            BatchDraft.saved_at.is_(None),
        )
        .options(joinedload(BatchDraft.standard_version), joinedload(BatchDraft.changed_by))
        .order_by(BatchDraft.id.desc())
        .limit(SHOWN)
    )
    return [Open(draft, count) for draft, count in db.session.execute(statement)]


def find(draft_id: int) -> BatchDraft | None:
    """Return a batch of the viewer's."""
    return db.session.get(BatchDraft, draft_id)


def package(package_id: int) -> Package | None:
    """Return a package."""
    return db.session.get(Package, package_id)


def quote(package: Package, count: int, organisation_id: int) -> Quote:
    """Price ``count`` registrations with ``package``, as the order will charge them."""
    return orders.quote([(package.product, 1)] * count, organisation_id, today())


def employer_facts(person: Person, subject: Subject) -> dict[str, str]:
    """Return what the newest registration of somebody says of their employer, as typed."""
    statement = (
        select(Registration)
        .where(Registration.person_id == person.id)
        .order_by((Registration.kind == Kind.STANDARD).desc(), Registration.id.desc())
        .options(joinedload(Registration.employer))
        .limit(1)
    )
    found = db.session.scalar(statement)
    if found is None:
        return {}
    employer = found.employer
    said: dict[str, Any] = {name: getattr(found, name) for name in EMPLOYER}
    said["employer_name"] = said["employer_name"] or (employer.name if employer else None)
    said["employer_ern"] = said["employer_ern"] or (employer.ern if employer else None)
    said["employer_phone"] = said["employer_phone"] or found.employer_contact_phone
    texts = {name: fields.typed(subject.field(name), value) for name, value in said.items()}
    return {name: text for name, text in texts.items() if text}
