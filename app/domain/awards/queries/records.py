"""Reads of what became of jobs and documents: figures, notices, exports, reports."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, literal, or_, select

from app.domain.awards import rules
from app.domain.awards.models import (
    Award,
    DocumentReport,
    ExportFile,
    IssuedDocument,
    Notice,
    PrintJob,
    TemplateVersion,
)
from app.domain.awards.queries import notices
from app.domain.kernel import reading
from app.domain.kernel.scope import SECURITY_READS
from app.domain.kernel.tables import StoredFile
from app.domain.kernel.words import N_
from app.domain.kernel.workflow import State
from app.domain.registrations.models import Registration
from app.extensions import db

ISSUED_CODES = tuple(each.code for each in rules.ISSUED)
MOST = 999
"""Rows that a tile counts; beyond it says "999+"."""


# What holds for documents ----------------------------------------------------------------------


def is_notified(document: Any = IssuedDocument) -> ColumnElement[bool]:
    """Return what holds for documents whose learner was told: the newest notice was taken."""
    newest = (
        select(Notice.state)
        .where(Notice.registration_id == document.registration_id, Notice.job_id == document.job_id)
        .order_by(Notice.id.desc())
        .limit(1)
        .correlate(document)
        .scalar_subquery()
    )
    return func.coalesce(newest, "") == rules.NOTICE_SENT.code


def enrolled_as(number: str) -> ColumnElement[bool]:
    """Return what holds for documents of a registration with this enrolment number."""
    return IssuedDocument.registration_id.in_(_enrolled(number))


def award_enrolled_as(number: str) -> ColumnElement[bool]:
    """Return what holds for awards of a registration with this enrolment number."""
    return Award.registration_id.in_(_enrolled(number))


def _enrolled(number: str) -> Select[Any]:
    return select(Registration.id).where(
        Registration.enrolment_number == number.replace(" ", "").upper()
    )


def has_unmade() -> ColumnElement[bool]:
    """Return what holds for awards with a document that was asked for and is not made."""
    return exists().where(
        IssuedDocument.award_id == Award.id,
        IssuedDocument.state.in_((rules.PENDING.code, rules.DOCUMENT_FAILED.code)),
    )


def lacks_documents() -> ColumnElement[bool]:
    """Return what holds for pending records: awards without all of their documents (D10)."""
    return or_(Award.state == rules.AWAITING_ISSUE.code, has_unmade())


BEING_MADE = State("making", N_("Documents being made"), "work", "loader")


def pending_state(award: Award) -> State:
    """Return how a pending record stands."""
    return award.state_shown if award.state == rules.AWAITING_ISSUE.code else BEING_MADE


def has_documents(*states: State) -> ColumnElement[bool]:
    """Return what holds for jobs with a document in one of ``states``."""
    return exists().where(
        IssuedDocument.job_id == PrintJob.id,
        IssuedDocument.state.in_([state.code for state in states]),
    )


# Jobs --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class JobFigures:
    """How far a job is, in documents (D22)."""

    requested: int
    pending: int = 0
    failed: int = 0
    completed: int = 0
    notified: int = 0
    """Those of the completed whose learner was told of them."""

    @property
    def state(self) -> State:
        """How the job stands as a whole (D26)."""
        if self.pending:
            return rules.PENDING
        return rules.DOCUMENT_FAILED if self.failed else rules.COMPLETED

    def share(self, count: int) -> str:
        """Return ``count`` as a percentage of all: "33.33%"."""
        return f"{100 * count / self.requested:.2f}%" if self.requested else "0.00%"


def figures_of_jobs(jobs: Sequence[PrintJob]) -> dict[int, JobFigures]:
    """Return how far jobs are, in two statements.

    A document that was dropped before it was issued counts as requested and as nothing else.
    """
    issued = IssuedDocument.state.in_(ISSUED_CODES) & IssuedDocument.file_id.is_not(None)

    def counted(where: ColumnElement[bool]) -> Any:
        return func.sum(case((where, 1), else_=0))

    statement = (
        select(
            IssuedDocument.job_id,
            counted(IssuedDocument.state == rules.PENDING.code),
            counted(IssuedDocument.state == rules.DOCUMENT_FAILED.code),
            counted(issued),
        )
        .where(IssuedDocument.job_id.in_([job.id for job in jobs]))
        .group_by(IssuedDocument.job_id)
    )
    found = {row[0]: tuple(row[1:]) for row in db.session.execute(statement)}
    told = notices.notified_counts([job.id for job in jobs])
    return {job.id: _figures(job, found.get(job.id, (0, 0, 0)), told[job.id]) for job in jobs}


def _figures(job: PrintJob, counted: tuple[int, ...], notified: int) -> JobFigures:
    pending, failed, completed = counted
    return JobFigures(job.requested, pending, failed, completed, notified)


# Records and exports -----------------------------------------------------------------------------


def template_of(document: IssuedDocument) -> str:
    """Return the source of the template that made a document which the viewer may see.

    Templates are the awarding body's own: whoever has a document sees what one made of it.
    """
    statement = select(TemplateVersion.source).where(
        TemplateVersion.id == document.template_version_id
    )
    found = db.session.scalars(statement.execution_options(**{SECURITY_READS: True}))
    return found.one()


def issued_siblings(document: IssuedDocument) -> list[IssuedDocument]:
    """Return the documents of the same award that can be shown, certificate first (D34)."""
    statement = select(IssuedDocument).where(
        IssuedDocument.award_id == document.award_id,
        IssuedDocument.state.in_(ISSUED_CODES),
        IssuedDocument.file_id.is_not(None),
    )
    order = {each.value: place for place, each in enumerate(rules.RecordType)}
    found = list(db.session.scalars(statement))
    return sorted(found, key=lambda each: (order[each.record_type], each.id))


def exportable(ids: Iterable[int]) -> list[int]:
    """Return those of these documents that exist for the viewer and were issued, in order."""
    wanted = list(dict.fromkeys(ids))
    statement = select(IssuedDocument.id).where(
        reading.among(IssuedDocument.id, wanted),
        IssuedDocument.state.in_(ISSUED_CODES),
        IssuedDocument.file_id.is_not(None),
    )
    found = set(db.session.scalars(statement))
    return [each for each in wanted if each in found]


def documents_of_job(job_id: int, most: int) -> list[int]:
    """Return the ids of the issued documents of a job, in the order in which they were asked."""
    statement = (
        select(IssuedDocument.id)
        .where(
            IssuedDocument.job_id == job_id,
            IssuedDocument.state.in_(ISSUED_CODES),
            IssuedDocument.file_id.is_not(None),
        )
        .order_by(IssuedDocument.id)
        .limit(most)
    )
    return list(db.session.scalars(statement))


@dataclass(frozen=True)
class Packed:
    """What an export says of one of its documents; the key is the SHA-256 of its PDF."""

    id: int
    reference: str
    holder: str
    record_type: str
    title: str
    state: str
    key: str | None


def to_pack(ids: Sequence[int]) -> list[Packed]:
    """Return what an export needs of documents, in the order of ``ids``."""
    statement = (
        select(
            IssuedDocument.id, IssuedDocument.reference, IssuedDocument.holder,
            IssuedDocument.record_type, IssuedDocument.title, IssuedDocument.state,
            StoredFile.key,
        )
        .outerjoin(StoredFile, StoredFile.id == IssuedDocument.file_id)
        .where(reading.among(IssuedDocument.id, ids))
    )  # fmt: skip
    found = {row[0]: Packed(*row) for row in db.session.execute(statement)}
    return [found[each] for each in ids if each in found]


def unfinished_exports(organisation_id: int | None) -> list[ExportFile]:
    """Return the exports of an organisation that are being made, the newest first."""
    statement = (
        select(ExportFile)
        .where(
            ExportFile.organisation_id == organisation_id,
            ExportFile.state == rules.EXPORT_PENDING.code,
            ExportFile.is_removed.is_(False),
        )
        .order_by(ExportFile.created_at.desc(), ExportFile.id.desc())
        .limit(20)
    )
    return list(db.session.scalars(statement))


def reports_of(document_id: int) -> list[DocumentReport]:
    """Return what was reported about a document, the newest first."""
    statement = (
        select(DocumentReport)
        .where(DocumentReport.document_id == document_id)
        .order_by(DocumentReport.id.desc())
    )
    return list(db.session.scalars(statement))


# The dashboard -----------------------------------------------------------------------------------


def counts() -> dict[str, int]:
    """Return the figures of the dashboard's tiles in one statement, each at most MOST + 1."""
    parts = dict(_counted())
    found = reading.row(select(*parts.values()))
    return dict(zip(parts, found, strict=True))


def _counted() -> Iterator[tuple[str, Any]]:
    wanted: tuple[tuple[str, Any, tuple[Any, ...]], ...] = (
        ("waiting", Award, (lacks_documents(),)),
        ("failed", IssuedDocument, (IssuedDocument.state == rules.DOCUMENT_FAILED.code,)),
        ("records", IssuedDocument, (IssuedDocument.state.in_(ISSUED_CODES),)),
        ("jobs", PrintJob, ()),
        ("downloads", ExportFile, (
            ExportFile.state == rules.EXPORT_COMPLETED.code, ExportFile.is_removed.is_(False),
        )),
        ("reports", DocumentReport, (DocumentReport.state == rules.REPORT_OPEN.code,)),
    )  # fmt: skip
    for name, model, where in wanted:
        some = (
            select(literal(1))
            .select_from(model)
            .where(*where, *reading.scope(model))
            .limit(MOST + 1)
        )
        yield name, select(func.count()).select_from(some.subquery()).scalar_subquery()
