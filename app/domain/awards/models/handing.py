"""What becomes of documents: exported, notified, reported."""

from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.domain.awards.models.documents import IssuedDocument, PrintJob
from app.domain.awards.rules import (
    EXPORT,
    EXPORT_PENDING,
    NOTICE,
    REPORT,
)
from app.domain.kernel.audit import Audited
from app.domain.kernel.columns import Json, Key, UtcDateTime
from app.domain.kernel.scope import Owned
from app.domain.kernel.tables import StoredFile
from app.domain.kernel.workflow import Stateful
from app.domain.organisations.models import Organisation
from app.domain.people.models import Person
from app.domain.registrations.models import Registration


class ExportFile(Stateful, Audited, Model):
    """A zip of documents that a worker writes and that can be fetched until it expires (D39)."""

    unsaid = frozenset({"document_ids", "parts"})
    __tablename__ = "export_files"
    __workflow__ = EXPORT
    __scope__ = Owned("organisation_id")
    __table_args__ = (
        CheckConstraint("kind in ('documents', 'print')", name="ck_export_files_kind"),
        Index("ix_export_files_owner", "organisation_id", "created_at", "id"),
        Index("ix_export_files_newest", "created_at", "id"),
        Index("ix_export_files_expiry", "state", "expires_at"),
    )

    id: Mapped[Key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    name: Mapped[str] = mapped_column(String(80))
    description: Mapped[str] = mapped_column(String(200), default="")
    kind: Mapped[str] = mapped_column(String(12), default="documents")
    document_ids: Mapped[list[int]] = mapped_column(Json)
    count: Mapped[int]
    parts: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    """What is packed so far, while it is being made: [{"key": of the storage, "count": files}]."""
    file_id: Mapped[int | None] = mapped_column(ForeignKey("files.id"))
    failure: Mapped[str] = mapped_column(String(400), default="")
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    fetched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was last downloaded (D43)."""
    fetched_whole: Mapped[bool | None]
    """Whether that download reached its end."""
    is_removed: Mapped[bool] = mapped_column(default=False)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    file: Mapped[StoredFile | None] = relationship()
    organisation: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return self.name

    @property
    def packed(self) -> int:
        """How many of its documents are packed."""
        if self.state != EXPORT_PENDING.code:
            return self.count
        return sum(part["count"] for part in self.parts)


class Notice(Stateful, Audited, Model):
    """A learner is told of their documents of one job, all record types at once (D47)."""

    unsaid = frozenset({"token"})
    __tablename__ = "notices"
    __workflow__ = NOTICE
    __scope__ = Owned("provider_id")
    __table_args__ = (
        Index("ix_notices_documents", "registration_id", "job_id", "id"),
        Index("ix_notices_job", "job_id", "state"),
        Index("ix_notices_state", "state", "created_at", "id"),
        Index("ix_notices_owner", "provider_id", "created_at", "id"),
        Index("ix_notices_newest", "created_at", "id"),
    )

    id: Mapped[Key]
    job_id: Mapped[int] = mapped_column(ForeignKey("print_jobs.id"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    provider_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    email: Mapped[str] = mapped_column(String(320))
    token: Mapped[str] = mapped_column(String(40), unique=True)
    """Names the letter in its return path, so that one which comes back is known again."""
    outcome: Mapped[str] = mapped_column(String(400), default="")
    """What the mail server said."""
    title: Mapped[str] = mapped_column(String(200), default="")
    """The qualification, as the letter names it."""
    search_text: Mapped[str] = mapped_column(String(600), default="")
    """Folded name, enrolment number and title: what the search box looks in (trigram index)."""
    created_by: Mapped[str] = mapped_column(String(130), default="")
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    job: Mapped[PrintJob] = relationship()
    registration: Mapped[Registration] = relationship()
    person: Mapped[Person] = relationship()

    def __str__(self) -> str:
        return self.person.full_name


class DocumentReport(Stateful, Audited, Model):
    """A centre reports that something is wrong with a document, or with an export of several.

    The awarding body answers.
    """

    __tablename__ = "document_reports"
    __workflow__ = REPORT
    __scope__ = Owned("provider_id")
    __table_args__ = (
        CheckConstraint(
            "(document_id is null) <> (export_id is null)", name="ck_document_reports_about"
        ),
        Index("ix_document_reports_document", "document_id"),
        Index("ix_document_reports_export", "export_id"),
        Index("ix_document_reports_owner", "provider_id", "state", "number"),
        Index("ix_document_reports_state", "state", "number"),
    )

    id: Mapped[Key]
    number: Mapped[int] = mapped_column(unique=True)
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))
    export_id: Mapped[int | None] = mapped_column(ForeignKey("export_files.id"))
    provider_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    text: Mapped[str] = mapped_column(Text)
    """What is wrong."""
    wanted: Mapped[str] = mapped_column(Text, default="")
    """What would be right, if it was said."""
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[str] = mapped_column(String(130), default="")
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    created_by: Mapped[str] = mapped_column(String(130), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    document: Mapped[IssuedDocument | None] = relationship()
    export: Mapped[ExportFile | None] = relationship()
    provider: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return str(self.number)
