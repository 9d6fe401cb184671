"""Tables: people, which organisations know them, and where they work."""

from datetime import date, datetime

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.domain.kernel.audit import Audited
from app.domain.kernel.columns import Key, SortText, UtcDateTime
from app.domain.kernel.scope import LinkedTo, Owned, Scoped, System
from app.domain.kernel.tables import StoredFile
from app.domain.organisations.models import Organisation


class Person(Scoped, Audited, Model):
    """One human being: numbers, names, birth date, contact, photo."""

    __tablename__ = "people"
    __scope__ = LinkedTo("links")
    __table_args__ = (
        Index("ix_people_name_key", "name_key", "id"),
        Index("ix_people_born_name", "birth_date", "name_key"),
        Index("ix_people_email_key", "email_key"),
    )

    id: Mapped[Key]
    title: Mapped[str] = mapped_column(String(12), default="")
    first_names: Mapped[str] = mapped_column(String(100))
    surname: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(SortText)
    """Surname and first names, folded for sorting and search."""
    birth_date: Mapped[date]
    gender: Mapped[str] = mapped_column(String(1), default="")
    ni_number: Mapped[str | None] = mapped_column(String(9), index=True)
    uln: Mapped[str | None] = mapped_column(String(10), index=True)
    scheme_number: Mapped[str | None] = mapped_column(String(20), unique=True)
    email: Mapped[str] = mapped_column(String(320), default="")
    email_key: Mapped[str] = mapped_column(String(320), default="")
    phone: Mapped[str] = mapped_column(String(20), default="")
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("files.id"))
    assessed_on: Mapped[date | None]
    """When the last health and safety assessment was passed."""
    assessed_at_venue: Mapped[str] = mapped_column(String(120), default="")
    assessed_until: Mapped[date | None]
    """The last day on which it counts."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    version: Mapped[int] = mapped_column(default=1)

    photo: Mapped[StoredFile | None] = relationship()
    links: Mapped[list["PersonOrganisation"]] = relationship(back_populates="person")
    employments: Mapped[list["Employment"]] = relationship(back_populates="person")
    __mapper_args__ = {"version_id_col": version}  # SQLAlchemy's own name

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        """First names and surname."""
        return f"{self.first_names} {self.surname}"

    @property
    def listed_name(self) -> str:
        """Surname first, as order lines have it."""
        return f"{self.surname}, {self.first_names}"

    @property
    def audit_owner(self) -> int | None:
        """The organisation that made the person known."""
        return self.links[0].organisation_id if self.links else None


class PersonOrganisation(Scoped, Model):
    """An organisation knows a person: the link that lets it see them."""

    __tablename__ = "person_organisations"
    __scope__ = Owned("organisation_id")
    __table_args__ = (
        UniqueConstraint("organisation_id", "person_id", name="uq_person_organisations"),
        Index("ix_person_organisations_person", "person_id", "organisation_id"),
    )

    id: Mapped[Key]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    since: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    person: Mapped[Person] = relationship(back_populates="links")


class Employment(Scoped, Audited, Model):
    """A person works for an employer, as one organisation has recorded it."""

    __tablename__ = "employments"
    __scope__ = Owned("recorded_by_id")
    __table_args__ = (Index("ix_employments_person", "person_id", "recorded_by_id"),)

    id: Mapped[Key]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    employer_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    started_on: Mapped[date | None]
    ended_on: Mapped[date | None]

    person: Mapped[Person] = relationship(back_populates="employments")
    employer: Mapped[Organisation] = relationship(foreign_keys=[employer_id])


class PersonMatch(Scoped, Model):
    """A look-up of people across organisations: counted against a daily budget, and kept."""

    __tablename__ = "person_matches"
    __scope__ = System()
    __table_args__ = (Index("ix_person_matches_budget", "organisation_id", "at"),)

    id: Mapped[Key]
    organisation_id: Mapped[int]
    user_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    asked: Mapped[str] = mapped_column(String(60))
    """Which facts were given, never the values: "ni_number and surname"."""
    found_id: Mapped[int | None]
