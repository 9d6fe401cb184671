"""What strangers may learn of documents, and the lists of those that no longer hold."""

from datetime import date, datetime

from flask_appbuilder import Model
from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.domain.kernel.columns import Document as JsonObject
from app.domain.kernel.columns import Key, UtcDateTime
from app.domain.kernel.scope import Scoped, System


class VerificationFact(Scoped, Model):
    """All that the verify page reads of a document: kept in the transaction that changes it."""

    __tablename__ = "verification_facts"
    __scope__ = System()
    __table_args__ = (Index("ix_verification_facts_digest", "pdf_digest"),)

    reference: Mapped[str] = mapped_column(String(24), primary_key=True)
    code_digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the full code: who holds the table does not hold the codes."""
    pdf_digest: Mapped[str] = mapped_column(String(64))
    document_id: Mapped[int] = mapped_column(unique=True)
    record_type: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12))
    initials: Mapped[str] = mapped_column(String(12))
    holder: Mapped[str] = mapped_column(String(202))
    title: Mapped[str] = mapped_column(String(200))
    level: Mapped[str] = mapped_column(String(20))
    grade: Mapped[str] = mapped_column(String(60))
    issued_on: Mapped[date]
    expires_on: Mapped[date | None]
    replaced_by: Mapped[str | None] = mapped_column(String(24))


class StatusList(Scoped, Model):
    """A published list of bits, one for each credential: set once it no longer holds."""

    __tablename__ = "status_lists"
    __scope__ = System()

    id: Mapped[Key]
    size: Mapped[int]
    credential: Mapped[JsonObject]
    """The signed list as it is served."""
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    is_stale: Mapped[bool] = mapped_column(default=True)
    """Whether a document changed since it was signed."""
