"""Tables: assessment venues, dates with places, and bookings."""

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import local, now
from app.domain.kernel.audit import Audited
from app.domain.kernel.columns import Key, SortText, UtcDateTime
from app.domain.kernel.scope import Owned, Scoped, Shared
from app.domain.kernel.workflow import State, Stateful
from app.domain.organisations.models import Organisation
from app.domain.people.models import Person
from app.domain.registrations.assessments.rules import BOOKED, BOOKING, SLOT, standing


class AssessmentVenue(Scoped, Audited, Model):
    """A place where assessments are held; kept by the awarding body, read by all."""

    __tablename__ = "assessment_venues"
    __scope__ = Shared()

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(120), unique=True)
    address: Mapped[str] = mapped_column(String(400))
    postcode: Mapped[str] = mapped_column(String(8))
    is_open: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    def __str__(self) -> str:
        return self.name

    @property
    def one_line(self) -> str:
        """The address with its postcode, on one line."""
        return ", ".join([*self.address.split("\n"), self.postcode])

    __mapper_args__ = {"version_id_col": version}  # SQLAlchemy's own name


class AssessmentSlot(Stateful, Audited, Model):
    """A date at a venue with so many places, of which so many are taken."""

    __tablename__ = "assessment_slots"
    __workflow__ = SLOT
    __scope__ = Shared()
    __table_args__ = (
        CheckConstraint("taken >= 0 and taken <= places", name="ck_assessment_slots_places"),
        Index("ix_assessment_slots_starts", "starts_at", "id"),
        Index("ix_assessment_slots_venue", "venue_id", "starts_at"),
    )

    id: Mapped[Key]
    venue_id: Mapped[int] = mapped_column(ForeignKey("assessment_venues.id"))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When bookings close."""
    places: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)
    """Counted by the guarded statements that take and free places, and by nothing else."""
    cancel_reason: Mapped[str] = mapped_column(String(400), default="")

    venue: Mapped[AssessmentVenue] = relationship()

    def __str__(self) -> str:
        return f"{self.when}, {self.venue.name}"

    @property
    def when(self) -> str:
        """The day and the time of day in London."""
        return f"{local(self.starts_at):%d/%m/%Y %H:%M}"

    @property
    def free(self) -> int:
        """The places nobody has."""
        return self.places - self.taken

    def standing(self, at: datetime) -> State:
        """Return how the date stands at a moment: open, full, closed, past or cancelled."""
        return standing(self.state, self.free, self.closes_at, self.starts_at, at)


class AssessmentBooking(Stateful, Audited, Model):
    """A place on a date for one person, booked by the organisation that owns the row."""

    __tablename__ = "assessment_bookings"
    __workflow__ = BOOKING
    __scope__ = Owned("provider_id")
    __table_args__ = (
        Index("uq_assessment_bookings_live", "provider_id", "person_id", unique=True,
              sqlite_where=text(f"state = '{BOOKED.code}'"),
              postgresql_where=text(f"state = '{BOOKED.code}'")),
        Index("ix_assessment_bookings_slot", "slot_id", "state"),
        Index("ix_assessment_bookings_person", "person_id"),
        Index("ix_assessment_bookings_owner", "provider_id", "state", "starts_at"),
        Index("ix_assessment_bookings_starts", "starts_at", "id"),
        Index("ix_assessment_bookings_name", "applicant_key", "id"),
    )  # fmt: skip

    id: Mapped[Key]
    number: Mapped[int] = mapped_column(unique=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("assessment_slots.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    provider_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """The slot's own, which lists are sorted by."""
    applicant_key: Mapped[str] = mapped_column(SortText)
    search_text: Mapped[str] = mapped_column(String(600), default="")
    """Folded name and numbers: what the search box looks in (trigram index)."""
    cancel_reason: Mapped[str] = mapped_column(String(400), default="")
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    slot: Mapped[AssessmentSlot] = relationship()
    person: Mapped[Person] = relationship()
    provider: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return f"{self.number} {self.person.full_name}"
