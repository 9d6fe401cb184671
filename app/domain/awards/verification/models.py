"""Lists of numbers that somebody had checked at once, and the reports on them."""

from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.domain.kernel.columns import Json, Key, UtcDateTime
from app.domain.kernel.scope import Owned, Scoped
from app.domain.kernel.tables import StoredFile


class VerificationRequest(Scoped, Model):
    """A list of numbers to be checked: of an organisation, or of a confirmed e-mail address."""

    __tablename__ = "verification_requests"
    __scope__ = Owned("organisation_id")
    __table_args__ = (
        CheckConstraint("state in ('queued', 'completed')", name="ck_verification_requests_state"),
        Index("ix_verification_requests_owner", "organisation_id", "created_at", "id"),
    )

    id: Mapped[Key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    """Whose list it is; that of an outsider is the awarding body's."""
    is_public: Mapped[bool] = mapped_column(default=False)
    """Whether somebody outside sent it, who only confirmed an address."""
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    email: Mapped[str] = mapped_column(String(320))
    """Who asked, and may fetch the report."""
    asked: Mapped[list[str]] = mapped_column(Json)
    """The numbers as they were given, at most 200, each once."""
    answers: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    """In the same order, as far as the worker has come: number, finding, initials, replaced_by."""
    state: Mapped[str] = mapped_column(String(10), default="queued")
    file_id: Mapped[int | None] = mapped_column(ForeignKey("files.id"))
    """The sealed report."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    file: Mapped[StoredFile | None] = relationship()

    def __str__(self) -> str:
        return str(self.id)
