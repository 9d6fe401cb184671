"""Reads of awards, jobs and documents."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.domain.awards import rules
from app.domain.awards.models import (
    Award,
    DocumentSettings,
    IssuedDocument,
    PaperCopy,
    PrintJob,
    StatusList,
    TemplateVersion,
)
from app.domain.awards.rules import RecordType
from app.domain.catalogue.models import Package, StandardVersion
from app.domain.kernel import reading
from app.domain.kernel.search import Search
from app.domain.organisations.models import Organisation
from app.domain.organisations.rules import Kind
from app.domain.registrations import rules as registrations
from app.domain.registrations.models import Registration
from app.errors import ConflictError
from app.extensions import db


def settings() -> DocumentSettings:
    """Return how documents are issued; raise ConflictError before the set-up has said so."""
    statement = select(DocumentSettings).order_by(DocumentSettings.id).limit(1)
    found: DocumentSettings | None = db.session.scalar(statement)
    if found is None:
        raise ConflictError("Documents cannot be issued before `flask portal setup` has run.")
    return found


def newest_templates() -> dict[str, TemplateVersion]:
    """Return the version by which documents of each type are made now."""
    newest = (
        select(TemplateVersion.record_type, func.max(TemplateVersion.number).label("number"))
        .group_by(TemplateVersion.record_type)
        .subquery()
    )
    statement = select(TemplateVersion).join(
        newest,
        (newest.c.record_type == TemplateVersion.record_type)
        & (newest.c.number == TemplateVersion.number),
    )
    return {each.record_type: each for each in db.session.scalars(statement)}


def versions_of(record_type: str) -> list[TemplateVersion]:
    """Return the versions of a template, the newest first."""
    statement = (
        select(TemplateVersion)
        .where(TemplateVersion.record_type == record_type)
        .order_by(TemplateVersion.number.desc())
    )
    return list(db.session.scalars(statement))


def registrations_for_awards(ids: Iterable[int]) -> dict[int, Registration]:
    """Return registrations with what an award says of them, as far as the viewer may see them."""
    statement = (
        select(Registration)
        .where(reading.among(Registration.id, list(ids)))
        .options(
            joinedload(Registration.person),
            joinedload(Registration.scheme),
            joinedload(Registration.package).joinedload(Package.standard_version).joinedload(
                StandardVersion.standard
            ),
        )
    )  # fmt: skip
    return {each.id: each for each in db.session.scalars(statement).unique()}


def registrations_by_enrolment(numbers: Iterable[str]) -> dict[str, int]:
    """Return the ids of registrations by their enrolment numbers."""
    statement = select(Registration.enrolment_number, Registration.id).where(
        reading.among(Registration.enrolment_number, list(numbers))
    )
    return {row[0]: row[1] for row in db.session.execute(statement)}


def registrations_named(names: Collection[str]) -> dict[str, int]:
    """Return the ids of registrations by their enrolment numbers or, as digits, their numbers."""
    numbers = [int(name) for name in names if name.isdecimal()]
    found = registrations_by_enrolment([name for name in names if not name.isdecimal()])
    statement = select(Registration.number, Registration.id).where(
        reading.among(Registration.number, numbers)
    )
    return found | {str(row[0]): row[1] for row in db.session.execute(statement)}


def awarded(registration_ids: Iterable[int]) -> dict[int, Award]:
    """Return the award of each registration that has one which still stands."""
    statement = select(Award).where(
        reading.among(Award.registration_id, list(registration_ids)),
        Award.state != rules.AWARD_WITHDRAWN.code,
    )
    return {each.registration_id: each for each in db.session.scalars(statement)}


def completed_without_award(words: str, limit: int) -> list[Registration]:
    """Return completed registrations that match ``words`` and have no award, the latest first."""
    standing = select(Award.id).where(
        Award.registration_id == Registration.id, Award.state != rules.AWARD_WITHDRAWN.code
    )
    searched = Search(Registration, "search_text").criteria(words, reading.dialect())
    statement = (
        select(Registration)
        .where(Registration.state == registrations.COMPLETED.code, ~standing.exists(), *searched)
        .options(joinedload(Registration.person), joinedload(Registration.scheme))
        .order_by(Registration.id.desc())
        .limit(limit)
    )
    return list(db.session.scalars(statement).unique())


def states_of_jobs(ids: Sequence[int]) -> Mapping[int, Mapping[str, int]]:
    """Return how many documents of each job are in which state."""
    statement = (
        select(IssuedDocument.job_id, IssuedDocument.state, func.count())
        .where(IssuedDocument.job_id.in_(ids))
        .group_by(IssuedDocument.job_id, IssuedDocument.state)
    )
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for job_id, state, count in db.session.execute(statement):
        found[job_id][state] = count
    return found


def pending(ids: Iterable[int]) -> list[IssuedDocument]:
    """Return those of these documents that still wait to be made, with their templates."""
    statement = (
        select(IssuedDocument)
        .where(
            reading.among(IssuedDocument.id, list(ids)),
            IssuedDocument.state == rules.PENDING.code,
        )
        .options(joinedload(IssuedDocument.template_version))
        .order_by(IssuedDocument.id)
    )
    return list(db.session.scalars(statement))


def documents_of_awards(award_ids: Iterable[int]) -> list[IssuedDocument]:
    """Return the documents of awards, in the order in which they were asked for."""
    statement = (
        select(IssuedDocument)
        .where(reading.among(IssuedDocument.award_id, list(award_ids)))
        .order_by(IssuedDocument.id)
    )
    return list(db.session.scalars(statement))


def siblings(document: IssuedDocument) -> list[IssuedDocument]:
    """Return the issued documents of the same award: what the document selector offers (D34)."""
    statement = (
        select(IssuedDocument)
        .where(
            IssuedDocument.award_id == document.award_id,
            IssuedDocument.state.in_([each.code for each in rules.ISSUED]),
        )
        .order_by(IssuedDocument.record_type, IssuedDocument.id)
    )
    return list(db.session.scalars(statement))


def copies_of(document_id: int) -> list[PaperCopy]:
    """Return the paper copies of a document, the newest first."""
    statement = (
        select(PaperCopy).where(PaperCopy.document_id == document_id).order_by(PaperCopy.id.desc())
    )
    return list(db.session.scalars(statement))


def job(job_id: int) -> PrintJob | None:
    """Return a job if it exists for the viewer."""
    return db.session.get(PrintJob, job_id)


def types_for(award: Award, wanted: Iterable[RecordType]) -> list[RecordType]:
    """Return which of the ``wanted`` documents an award brings.

    Without an achievement there is no certificate, and without components no transcript.
    """
    brings = {
        RecordType.CERTIFICATE: award.outcome != rules.NOT_ACHIEVED,
        RecordType.TRANSCRIPT: bool(award.components),
        RecordType.LETTER: True,
    }
    return [each for each in RecordType if each in set(wanted) and brings[each]]


def published_list(list_id: int) -> dict[str, Any] | None:
    """Return a status list as it was signed, or None when there is none."""
    found = db.session.get(StatusList, list_id)
    return found.credential if found is not None and found.credential else None


def body_name() -> str:
    """Return the name of the awarding body, in which keys and lists speak."""
    statement = (
        select(Organisation.name)
        .where(Organisation.kind == Kind.AWARDING_BODY.value)
        .order_by(Organisation.id)
        .limit(1)
    )
    return db.session.scalar(statement) or "Hallmark"
