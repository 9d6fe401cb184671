"""Tables: batches that are being put together on screen, and the candidates in them."""

from datetime import date, datetime

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.domain.catalogue.models import Package, StandardVersion
from app.domain.kernel.columns import Document, Json, Key, UtcDateTime
from app.domain.kernel.scope import Owned, PartOf, Scoped
from app.domain.orders.models import Order
from app.domain.organisations.models import Organisation, PortalUser
from app.domain.people.models import Person
from app.domain.registrations.models import RegistrationBatch


class BatchDraft(Scoped, Model):
    """A batch of candidates that is being put together; saving it makes the registrations."""

    __tablename__ = "batch_drafts"
    __scope__ = Owned("provider_id")
    __table_args__ = (Index("ix_batch_drafts_provider", "provider_id", "saved_at", "id"),)

    id: Mapped[Key]
    provider_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    standard_version_id: Mapped[int | None] = mapped_column(ForeignKey("standard_versions.id"))
    package_id: Mapped[int | None] = mapped_column(ForeignKey("packages.id"))
    default_start_date: Mapped[date | None]
    default_expected_end_date: Mapped[date | None]
    default_assessment_start_date: Mapped[date | None]
    default_funding_type: Mapped[str | None] = mapped_column(String(20))
    """They fill every candidate who has none of their own (C27)."""
    purchase_order_number: Mapped[str] = mapped_column(String(40), default="")
    created_by_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    saved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("registration_batches.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    """What it became, once it is saved."""
    version: Mapped[int] = mapped_column(default=1)

    provider: Mapped[Organisation] = relationship()
    standard_version: Mapped[StandardVersion | None] = relationship()
    package: Mapped[Package | None] = relationship()
    created_by: Mapped[PortalUser] = relationship(foreign_keys=[created_by_id])
    changed_by: Mapped[PortalUser] = relationship(foreign_keys=[changed_by_id])
    batch: Mapped[RegistrationBatch | None] = relationship()
    order: Mapped[Order | None] = relationship()
    candidates: Mapped[list["BatchCandidate"]] = relationship(
        back_populates="draft", order_by="BatchCandidate.id", cascade="all, delete-orphan"
    )
    __mapper_args__ = {"version_id_col": version}  # SQLAlchemy's own name

    def __str__(self) -> str:
        return str(self.id)


class BatchCandidate(Scoped, Model):
    """Somebody in a batch: a person already known, or a new one; and what was typed about them."""

    __tablename__ = "batch_candidates"
    __scope__ = PartOf("draft")
    __table_args__ = (UniqueConstraint("draft_id", "person_id", name="uq_batch_candidates_person"),)

    id: Mapped[Key]
    draft_id: Mapped[int] = mapped_column(ForeignKey("batch_drafts.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    answers: Mapped[Document] = mapped_column(Json, default=dict)
    """What was typed, by the names of the fields, as people type it; what is blank is left out."""
    is_new: Mapped[bool] = mapped_column(default=False)
    """Somebody said that this is not one of the people who look alike."""
    is_removed: Mapped[bool] = mapped_column(default=False)
    """Taken out, and kept until the batch is saved so that it can be undone (C30)."""
    version: Mapped[int] = mapped_column(default=1)

    draft: Mapped[BatchDraft] = relationship(back_populates="candidates")
    person: Mapped[Person | None] = relationship()
    __mapper_args__ = {"version_id_col": version}  # SQLAlchemy's own name
