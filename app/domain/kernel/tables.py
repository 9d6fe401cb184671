"""The kernels' own tables: events, letters, jobs, counters, tokens, files."""

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.domain.kernel.columns import Document, Json, Key, UtcDateTime
from app.domain.kernel.scope import Owned, Scoped, System


class Event(Scoped, Model):
    """One thing that happened to one row: who, when, what, before, after, why."""

    __tablename__ = "events"
    __scope__ = Owned("organisation_id")
    __table_args__ = (
        Index("ix_events_subject", "subject_table", "subject_id"),
        Index("ix_events_organisation_id", "organisation_id", "id"),
    )

    id: Mapped[Key]
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    actor_id: Mapped[int | None]
    actor: Mapped[str] = mapped_column(String(200))
    organisation_id: Mapped[int | None]
    subject_table: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    what: Mapped[str] = mapped_column(String(60))
    before: Mapped[Document | None]
    after: Mapped[Document | None]
    reason: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str | None] = mapped_column(String(40))
    version: Mapped[int | None]
    """The version of the row once this had happened to it, where its table counts versions."""


class EventSeal(Scoped, Model):
    """A link of the hash chain: the digest of one event and of all before it."""

    __tablename__ = "event_seals"
    __scope__ = System()

    id: Mapped[Key]
    event_id: Mapped[int] = mapped_column(unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    chain: Mapped[str] = mapped_column(String(64))


class Letter(Scoped, Model):
    """One letter of the outbox: written with what caused it, delivered by a worker."""

    __tablename__ = "letters"
    __scope__ = Owned("organisation_id")
    __table_args__ = (
        CheckConstraint("state in ('queued', 'sent', 'failed')", name="ck_letters_state"),
        Index("ix_letters_due", "state", "try_at"),
        Index("ix_letters_owner", "organisation_id", "created_at", "id"),
        Index("ix_letters_newest", "created_at", "id"),
        Index("ix_letters_state_newest", "state", "created_at", "id"),
        Index("ix_letters_subject", "subject_table", "subject_id"),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(60))
    organisation_id: Mapped[int | None]
    subject_table: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    to_email: Mapped[str] = mapped_column(String(320))
    to_name: Mapped[str] = mapped_column(String(200))
    context: Mapped[Document]
    state: Mapped[str] = mapped_column(String(10), default="queued")
    message_id: Mapped[str] = mapped_column(String(120), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    tries: Mapped[int] = mapped_column(default=0)
    try_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None] = mapped_column(Text)
    resend_of_id: Mapped[int | None] = mapped_column(ForeignKey("letters.id"))
    search_text: Mapped[str] = mapped_column(String(600), default="")
    """Folded recipient and references: what the search box looks in (trigram index)."""

    def __str__(self) -> str:
        return f"{self.code}, {self.to_name or self.to_email}"


class Job(Scoped, Model):
    """Background work: the truth is this row; the queue only says that there is one."""

    __tablename__ = "jobs"
    __scope__ = System()
    __table_args__ = (
        CheckConstraint("state in ('queued', 'running', 'done', 'failed')", name="ck_jobs_state"),
        Index("ix_jobs_due", "state", "run_at"),
        Index("ix_jobs_key", "kind", "key", "state"),
    )

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str | None] = mapped_column(String(80))
    payload: Mapped[Document]
    state: Mapped[str] = mapped_column(String(10), default="queued")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    run_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Counter(Scoped, Model):
    """The last number given out; taken in the transaction that uses it, so without gaps."""

    __tablename__ = "counters"
    __scope__ = System()

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int]


class IdempotencyToken(Scoped, Model):
    """A form that was sent once: a second click, a refresh or a replay finds the first result."""

    __tablename__ = "idempotency_tokens"
    __scope__ = System()
    __table_args__ = (UniqueConstraint("user_id", "token", name="uq_idempotency_tokens"),)

    id: Mapped[Key]
    user_id: Mapped[int]
    token: Mapped[str] = mapped_column(String(64))
    purpose: Mapped[str] = mapped_column(String(40))
    result: Mapped[str] = mapped_column(String(400))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)


class StoredFile(Scoped, Model):
    """What the storage holds under a content hash, and whose it is."""

    __tablename__ = "files"
    __scope__ = Owned("organisation_id")

    id: Mapped[Key]
    organisation_id: Mapped[int] = mapped_column(Integer, index=True)
    key: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]
    facts: Mapped[Document] = mapped_column(Json, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class SavedFilter(Scoped, Model):
    """What somebody often asks of a list, under a name of theirs, in one organisation."""

    __tablename__ = "saved_filters"
    __scope__ = Owned("organisation_id")
    __table_args__ = (
        UniqueConstraint(
            "user_id", "organisation_id", "list_name", "name", name="uq_saved_filters"
        ),
    )

    id: Mapped[Key]
    organisation_id: Mapped[int]
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))
    list_name: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(60))
    asked: Mapped[Document] = mapped_column(Json, default=dict)
    """The parameters of the list's address: tab, q, sort and f_ for each filter."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    def __str__(self) -> str:
        return self.name


class RateCount(Scoped, Model):
    """How often something protected happened in a window: holds over processes without Redis."""

    __tablename__ = "rate_counts"
    __scope__ = System()

    bucket: Mapped[str] = mapped_column(String(120), primary_key=True)
    window: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    """When the window ends, in seconds since 1970."""
    count: Mapped[int]
