"""Documents: what they are made from, the jobs that made them, themselves, their paper."""

from datetime import date, datetime

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import local, now
from app.domain.awards.models.awards import Award
from app.domain.awards.rules import (
    DOCUMENT,
    ISSUED,
    PAPER,
    REPLACED,
)
from app.domain.kernel.audit import Audited
from app.domain.kernel.columns import Document as JsonObject
from app.domain.kernel.columns import Json, Key, SortText, UtcDateTime
from app.domain.kernel.scope import Owned, Scoped, Shared, StaffOnly
from app.domain.kernel.tables import StoredFile
from app.domain.kernel.workflow import Stateful
from app.domain.organisations.models import Organisation
from app.domain.people.models import Person
from app.domain.registrations.models import Registration


class TemplateVersion(Scoped, Audited, Model):
    """What documents of one type look like: the newest version counts, and none ever changes.

    Each document says by which version it was made.
    """

    __tablename__ = "template_versions"
    __scope__ = StaffOnly()
    __table_args__ = (UniqueConstraint("record_type", "number", name="uq_template_versions"),)

    id: Mapped[Key]
    record_type: Mapped[str] = mapped_column(String(12))
    number: Mapped[int]
    source: Mapped[str] = mapped_column(Text)
    """A Typst document, which reads the frozen data and nothing else."""
    note: Mapped[str] = mapped_column(String(200), default="")
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    def __str__(self) -> str:
        return f"{self.record_type} {self.number}"


class DocumentSettings(Scoped, Audited, Model):
    """How the awarding body issues documents: one row, which centres read when they notify."""

    __tablename__ = "document_settings"
    __scope__ = Shared()

    id: Mapped[Key]
    accent: Mapped[str] = mapped_column(String(7), default="#12397f")
    logo_id: Mapped[int | None] = mapped_column(ForeignKey("files.id"))
    signatories: Mapped[list[dict[str, str]]] = mapped_column(Json, default=list)
    """Who signs: [{"name": …, "role": …}]."""
    letter: Mapped[str] = mapped_column(Text, default="")
    """The paragraphs of the individual letter, separated by blank lines."""
    notice: Mapped[str] = mapped_column(Text, default="")
    """What letters to learners say besides, such as that paper follows later (D50)."""
    verifiable_from: Mapped[date] = mapped_column(default=date(2020, 3, 23))
    """Documents issued before this day cannot be checked here (D56)."""
    old_pattern: Mapped[str] = mapped_column(String(80), default="[A-Z]{2}[0-9]{6}")
    """The regular expression of the numbers that documents had before."""
    export_days: Mapped[int] = mapped_column(default=7)
    """For so many days an export can be downloaded (D41)."""
    version: Mapped[int] = mapped_column(default=1)

    logo: Mapped[StoredFile | None] = relationship()
    __mapper_args__ = {"version_id_col": version}  # SQLAlchemy's own name

    def __str__(self) -> str:
        return "Documents"


class PrintJob(Scoped, Audited, Model):
    """Documents that were issued together for one centre: the guide's Jobs Issued (D16)."""

    __tablename__ = "print_jobs"
    __scope__ = Owned("provider_id", staff_write=True)
    __table_args__ = (
        Index("ix_print_jobs_owner", "provider_id", "number"),
        Index("ix_print_jobs_made", "created_at", "id"),
    )

    id: Mapped[Key]
    number: Mapped[int] = mapped_column(unique=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    requested: Mapped[int]
    """How many documents it is of."""
    search_text: Mapped[str] = mapped_column(String(600), default="")
    """Folded reference, maker and centre: what the search box looks in (trigram index)."""
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    created_by: Mapped[str] = mapped_column(String(130), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    provider: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """When it was issued and of how many documents, as D19 has it."""
        noun = "record" if self.requested == 1 else "records"
        return f"{local(self.created_at):%d/%m/%Y %H:%M:%S} - {self.requested} {noun}"


class IssuedDocument(Stateful, Audited, Model):
    """A certificate, transcript or letter: frozen data, then sealed bytes that never change."""

    unsaid = frozenset(
        {"content", "code", "address", "file_id", "credential_id", "status_list_id", "status_index"}
    )
    __tablename__ = "documents"
    __workflow__ = DOCUMENT
    __scope__ = Owned("provider_id", staff_write=True)
    __table_args__ = (
        CheckConstraint(
            "record_type in ('certificate', 'transcript', 'letter')", name="ck_documents_type"
        ),
        Index("ix_documents_job", "job_id", "state"),
        Index("ix_documents_owner", "provider_id", "issued_key", "id"),
        Index("ix_documents_owner_name", "provider_id", "holder_key", "id"),
        Index("ix_documents_issued", "issued_key", "id"),
        Index("ix_documents_name", "holder_key", "id"),
        Index("ix_documents_state", "state", "id"),
        Index("ix_documents_registration", "registration_id"),
        Index("ix_documents_award", "award_id"),
        Index("ix_documents_replaces", "replaces_id"),
        Index("ix_documents_expiry", "state", "expires_on"),
        UniqueConstraint("status_list_id", "status_index", name="uq_documents_status"),
    )

    id: Mapped[Key]
    job_id: Mapped[int] = mapped_column(ForeignKey("print_jobs.id"))
    award_id: Mapped[int] = mapped_column(ForeignKey("awards.id"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    provider_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    record_type: Mapped[str] = mapped_column(String(12))
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    """The number that is printed on it (D54)."""
    code: Mapped[str] = mapped_column(String(40))
    """The secret of the code on it: whoever has it holds the document."""
    content: Mapped[JsonObject]
    """Everything it says, frozen at issue; names as in ``service.freezing``."""
    template_version_id: Mapped[int] = mapped_column(ForeignKey("template_versions.id"))
    address: Mapped[str] = mapped_column(String(260), default="")
    """What its code leads to, with the proof of its core facts; set with the bytes."""
    file_id: Mapped[int | None] = mapped_column(ForeignKey("files.id"))
    """The sealed PDF; the key of the file is its SHA-256."""
    credential_id: Mapped[int | None] = mapped_column(ForeignKey("files.id"))
    """The verifiable credential of a certificate, as JSON."""
    status_list_id: Mapped[int | None] = mapped_column(ForeignKey("status_lists.id"))
    status_index: Mapped[int | None]
    failure: Mapped[str] = mapped_column(String(400), default="")
    """Why it could not be made."""
    reason: Mapped[str] = mapped_column(String(400), default="")
    """Why it was cancelled, expired or replaced."""
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))
    """The document that this one is to succeed: it holds until this one exists."""
    issued_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    holder: Mapped[str] = mapped_column(String(202))
    title: Mapped[str] = mapped_column(String(200))
    """Name and qualification as they were frozen, which lists show."""
    holder_key: Mapped[str] = mapped_column(SortText)
    issued_key: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    """When it was issued; until then, when it was asked for."""
    search_text: Mapped[str] = mapped_column(String(600), default="")
    """Folded name, title and numbers: what the search box looks in (trigram index)."""

    job: Mapped[PrintJob] = relationship()
    award: Mapped[Award] = relationship()
    registration: Mapped[Registration] = relationship()
    person: Mapped[Person] = relationship()
    provider: Mapped[Organisation] = relationship()
    template_version: Mapped[TemplateVersion] = relationship()
    file: Mapped[StoredFile | None] = relationship(foreign_keys=[file_id])
    credential: Mapped[StoredFile | None] = relationship(foreign_keys=[credential_id])
    replaces: Mapped["IssuedDocument | None"] = relationship(
        remote_side="IssuedDocument.id", back_populates="successors"
    )
    successors: Mapped[list["IssuedDocument"]] = relationship(
        back_populates="replaces", order_by="IssuedDocument.id"
    )

    def __str__(self) -> str:
        return self.reference

    @property
    def replaced_by(self) -> "IssuedDocument | None":
        """The document that took the place of this one."""
        if self.state != REPLACED.code:
            return None
        issued = {each.code for each in ISSUED}
        return next((each for each in self.successors if each.state in issued), None)


class PaperCopy(Stateful, Audited, Model):
    """A document on paper: printed from its paper view, dispatched, delivered or come back."""

    __tablename__ = "paper_copies"
    __workflow__ = PAPER
    __scope__ = Owned("provider_id", staff_write=True)
    __table_args__ = (
        CheckConstraint("kind in ('original', 'reprint')", name="ck_paper_copies_kind"),
        Index("ix_paper_copies_document", "document_id"),
        Index("ix_paper_copies_owner", "provider_id", "state", "id"),
        Index("ix_paper_copies_state", "state", "id"),
    )

    id: Mapped[Key]
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    provider_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    kind: Mapped[str] = mapped_column(String(10), default="original")
    reason: Mapped[str] = mapped_column(String(400), default="")
    """Why a reprint was made, or why it came back."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    document: Mapped[IssuedDocument] = relationship()
    provider: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return self.document.reference
