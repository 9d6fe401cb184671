"""Awards: what learners achieved."""

from datetime import date, datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.domain.awards.rules import (
    AWARD,
)
from app.domain.kernel.audit import Audited
from app.domain.kernel.columns import Json, Key, SortText, UtcDateTime
from app.domain.kernel.scope import Owned
from app.domain.kernel.workflow import Stateful
from app.domain.organisations.models import Organisation
from app.domain.people.models import Person
from app.domain.registrations.models import Registration


class Award(Stateful, Audited, Model):
    """What a learner achieved on a completed registration; staff make it, the centre reads it."""

    __tablename__ = "awards"
    __workflow__ = AWARD
    __scope__ = Owned("provider_id", staff_write=True)
    __table_args__ = (
        CheckConstraint("source in ('staff', 'upload', 'claim')", name="ck_awards_source"),
        Index("ix_awards_owner", "provider_id", "state", "number"),
        Index("ix_awards_state", "state", "number"),
        Index("ix_awards_name", "holder_key", "id"),
        Index("ix_awards_registration", "registration_id"),
        Index("ix_awards_person", "person_id"),
    )

    id: Mapped[Key]
    number: Mapped[int] = mapped_column(unique=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    provider_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    title: Mapped[str] = mapped_column(String(200))
    """The qualification or standard, as documents print it."""
    title_number: Mapped[str] = mapped_column(String(20), default="")
    """Its number: ST0499, 601/7324/5."""
    level: Mapped[str] = mapped_column(String(20), default="")
    outcome: Mapped[str] = mapped_column(String(20))
    grade: Mapped[str] = mapped_column(String(40), default="")
    credits: Mapped[int | None]
    awarded_on: Mapped[date]
    components: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    """In the order in which transcripts print them: code, title, level, credit, result."""
    source: Mapped[str] = mapped_column(String(10), default="staff")
    holder_key: Mapped[str] = mapped_column(SortText)
    search_text: Mapped[str] = mapped_column(String(600), default="")
    """Folded name, numbers and title: what the search box looks in (trigram index)."""
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    registration: Mapped[Registration] = relationship()
    person: Mapped[Person] = relationship()
    provider: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return f"{self.number} {self.person.full_name}"
