"""Tables: registrations, their batches and stages, card applications and card batches."""

from datetime import date, datetime

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.domain.catalogue.models import (
    AdministeringBody,
    Occupation,
    Package,
    Pathway,
    Product,
    Scheme,
    StandardVersion,
)
from app.domain.kernel.audit import Audited
from app.domain.kernel.columns import Key, SortText, UtcDateTime
from app.domain.kernel.scope import Owned, PartOf, Scoped
from app.domain.kernel.workflow import Stateful
from app.domain.organisations.models import Organisation
from app.domain.people.models import Person
from app.domain.registrations.rules import APPLICATION, REGISTRATION

UNSET_DATE = date(9999, 12, 31)
"""Stands for "no date yet" in sort keys, which are never NULL."""


class RegistrationBatch(Scoped, Audited, Model):
    """Registrations on one standard and package that were entered together (C19, C31)."""

    __tablename__ = "registration_batches"
    __scope__ = Owned("provider_id")
    __table_args__ = (Index("ix_registration_batches_provider", "provider_id", "number"),)

    id: Mapped[Key]
    number: Mapped[int] = mapped_column(unique=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    standard_version_id: Mapped[int] = mapped_column(ForeignKey("standard_versions.id"))
    package_id: Mapped[int] = mapped_column(ForeignKey("packages.id"))
    purchase_order_number: Mapped[str] = mapped_column(String(40), default="")
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    standard_version: Mapped[StandardVersion] = relationship()
    package: Mapped[Package] = relationship()

    def __str__(self) -> str:
        return str(self.number)


class Registration(Stateful, Audited, Model):
    """A person is registered on a scheme by a training provider, which owns the row."""

    __tablename__ = "registrations"
    __workflow__ = REGISTRATION
    __scope__ = Owned("provider_id", contact_email="employer_contact_email")
    __table_args__ = (
        CheckConstraint(
            "kind in ('apprentice', 'trainee', 'standard')", name="ck_registrations_kind"
        ),
        CheckConstraint(
            "kind <> 'standard' or package_id is not null", name="ck_registrations_package"
        ),
        Index("ix_registrations_kind_number", "kind", "number"),
        Index("ix_registrations_kind_name", "kind", "applicant_key", "id"),
        Index("ix_registrations_kind_start", "kind", "start_key", "id"),
        Index("ix_registrations_state", "kind", "state", "number"),
        Index("ix_registrations_owner", "provider_id", "kind", "state", "number"),
        Index("ix_registrations_made", "provider_id", "created_at", "kind"),
        Index("ix_registrations_contact", "employer_contact_email"),
        Index("ix_registrations_person", "person_id"),
        Index("ix_registrations_batch", "batch_id"),
        Index("ix_registrations_enrolment", "enrolment_number", unique=True),
    )

    id: Mapped[Key]
    number: Mapped[int] = mapped_column(unique=True)
    """The guide's Reg#."""
    enrolment_number: Mapped[str] = mapped_column(String(12))
    """What a learner quotes (D51): it follows from the number, and alone opens nothing."""
    kind: Mapped[str] = mapped_column(String(12))
    scheme_id: Mapped[int] = mapped_column(ForeignKey("schemes.id"))
    pathway_id: Mapped[int | None] = mapped_column(ForeignKey("pathways.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    provider_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    employer_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    employer_contact_name: Mapped[str] = mapped_column(String(160), default="")
    employer_contact_email: Mapped[str] = mapped_column(String(320), default="")
    employer_contact_phone: Mapped[str] = mapped_column(String(20), default="")
    office_contact: Mapped[str] = mapped_column(String(160), default="")
    """Who at the provider looks after the person (A28)."""
    start_date: Mapped[date | None]
    health_and_safety: Mapped[bool | None]
    stage_number: Mapped[int] = mapped_column(default=1)
    stage_reached_on: Mapped[date | None]
    applicant_key: Mapped[str] = mapped_column(SortText)
    start_key: Mapped[date] = mapped_column(default=UNSET_DATE)
    search_text: Mapped[str] = mapped_column(String(600), default="")
    """Folded names, numbers and employer: what the search box looks in (trigram index)."""
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    finalised_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    in_progress_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    package_id: Mapped[int | None] = mapped_column(ForeignKey("packages.id"))
    """What a registration on a standard orders; the facts below belong to such ones too."""
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("registration_batches.id"))
    expected_end_date: Mapped[date | None]
    assessment_start_date: Mapped[date | None]
    """When end-point assessment is expected to start."""
    funding_type: Mapped[str | None] = mapped_column(String(20))
    employer_ern: Mapped[str | None] = mapped_column(String(9))
    employer_name: Mapped[str | None] = mapped_column(String(160))
    employer_postcode: Mapped[str | None] = mapped_column(String(8))
    employer_phone: Mapped[str | None] = mapped_column(String(20))
    employee_position: Mapped[str | None] = mapped_column(String(100))
    """The employer as the centre stated it; ``employer`` is the row of the directory."""

    package: Mapped[Package | None] = relationship()
    batch: Mapped[RegistrationBatch | None] = relationship()
    scheme: Mapped[Scheme] = relationship()
    pathway: Mapped[Pathway | None] = relationship()
    person: Mapped[Person] = relationship()
    provider: Mapped[Organisation] = relationship(foreign_keys=[provider_id])
    employer: Mapped[Organisation | None] = relationship(foreign_keys=[employer_id])
    stages: Mapped[list["RegistrationStage"]] = relationship(
        back_populates="registration", order_by="RegistrationStage.number"
    )
    applications: Mapped[list["CardApplication"]] = relationship(
        back_populates="registration", order_by="CardApplication.id"
    )

    def __str__(self) -> str:
        return f"{self.number} {self.person.full_name}"


class RegistrationStage(Scoped, Audited, Model):
    """A stage that a registration reached, and when (A71)."""

    __tablename__ = "registration_stages"
    __scope__ = PartOf("registration")
    __table_args__ = (UniqueConstraint("registration_id", "number", name="uq_stages_reached"),)

    id: Mapped[Key]
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"))
    number: Mapped[int]
    reached_on: Mapped[date]

    registration: Mapped[Registration] = relationship(back_populates="stages")


class CardBatch(Scoped, Audited, Model):
    """Cards that are produced together; an order has one or more (A48, A51)."""

    __tablename__ = "card_batches"
    __scope__ = Owned("provider_id")

    id: Mapped[Key]
    number: Mapped[int] = mapped_column(unique=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    provider: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return str(self.number)


class CardApplication(Stateful, Audited, Model):
    """An application for a card: made by finalising a registration, or standing on its own."""

    __tablename__ = "card_applications"
    __workflow__ = APPLICATION
    __scope__ = Owned("provider_id")
    __table_args__ = (
        CheckConstraint(
            "kind in ('initial', 'renewal', 'replacement')", name="ck_card_applications_kind"
        ),
        Index("ix_card_applications_registration", "registration_id"),
        Index("ix_card_applications_batch", "batch_id"),
        Index("ix_card_applications_owner", "provider_id", "state", "number"),
        Index("ix_card_applications_state", "state", "number"),
        Index("ix_card_applications_name", "applicant_key", "id"),
        Index("ix_card_applications_person", "person_id"),
        Index("ix_card_applications_completed", "state", "completed_at"),
    )

    id: Mapped[Key]
    number: Mapped[int] = mapped_column(unique=True)
    """The guide's App. Ref."""
    kind: Mapped[str] = mapped_column(String(12), default="initial")
    """What is asked for: the guide's RequestType."""
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    provider_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    administering_body_id: Mapped[int] = mapped_column(ForeignKey("administering_bodies.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("card_batches.id"))
    occupation_id: Mapped[int | None] = mapped_column(ForeignKey("occupations.id"))
    initials: Mapped[str] = mapped_column(String(10), default="")
    """The initials that the card shows between first name and last name."""
    health_and_safety: Mapped[bool | None]
    hold_reason: Mapped[str] = mapped_column(String(400), default="")
    """What is missing, while it is on hold."""
    waits_for: Mapped[str] = mapped_column(String(12), default="")
    """Who must act while it is on hold: a code of ``rules.MUST_ACT``."""
    applicant_key: Mapped[str] = mapped_column(SortText)
    search_text: Mapped[str] = mapped_column(String(600), default="")
    """Folded name and numbers: what the search box looks in (trigram index)."""
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    registration: Mapped[Registration | None] = relationship(back_populates="applications")
    person: Mapped[Person] = relationship()
    provider: Mapped[Organisation] = relationship()
    administering_body: Mapped[AdministeringBody] = relationship()
    product: Mapped[Product] = relationship()
    batch: Mapped[CardBatch | None] = relationship()
    occupation: Mapped[Occupation | None] = relationship()

    def __str__(self) -> str:
        return f"{self.number} {self.person.full_name}"
