"""Letters are written in the transaction that causes them; a worker delivers them later."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.clock import now
from app.domain.kernel import bulk, jobs
from app.domain.kernel.identifiers import name_key
from app.domain.kernel.scope import KERNEL_WRITES
from app.domain.kernel.tables import Letter

DELIVERY = "deliver_letters"
LEASE = timedelta(minutes=5)
WAITS = (30, 120, 600, 1800, 3600, 3600 * 4, 3600 * 12)
"""Seconds before each further try; after the last one, every twelve hours."""
GIVE_UP = 20


@dataclass(frozen=True)
class Draft:
    """A letter to be posted: which one, to whom, about what, and what it says."""

    code: str
    to_email: str
    to_name: str
    about: tuple[str, int]
    owner: int | None
    context: dict[str, Any] = field(default_factory=dict)
    resend_of: int | None = None


def post(session: Session, drafts: Iterable[Draft], *, at: datetime) -> int:
    """Put letters into the outbox with the present transaction; return how many."""
    rows = [
        {
            "code": draft.code,
            "organisation_id": draft.owner,
            "subject_table": draft.about[0],
            "subject_id": draft.about[1],
            "to_email": draft.to_email,
            "to_name": draft.to_name,
            "context": draft.context,
            "message_id": f"{uuid4().hex}@letters",
            "created_at": at,
            "try_at": at,
            "resend_of_id": draft.resend_of,
            "search_text": _searchable(draft),
        }
        for draft in drafts
        if draft.to_email
    ]
    if rows:
        bulk.insert_rows(session.connection(), Letter.__table__, rows)
        jobs.enqueue(session, DELIVERY, key="outbox", at=at)
    return len(rows)


SEARCHED = ("person_name", "reference", "order_reference", "customer_reference")
"""What of a context the search box of the letters looks in, besides the recipient."""


def _searchable(draft: Draft) -> str:
    said = (str(draft.context[name]) for name in SEARCHED if draft.context.get(name))
    return name_key(draft.to_name, draft.to_email, *said)[:600]


def claim(
    session: Session, *, at: datetime, limit: int = 20, lease: timedelta = LEASE
) -> list[Letter]:
    """Take due letters for delivery: nobody else takes them while the lease lasts."""
    due = (
        select(Letter.id)
        .where(Letter.state == "queued", Letter.try_at <= at)
        .order_by(Letter.try_at, Letter.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(session.scalars(due))
    taken = (
        update(Letter)
        .where(Letter.id.in_(ids), Letter.state == "queued", Letter.try_at <= at)
        .values(try_at=at + lease, tries=Letter.tries + 1)
        .execution_options(**{KERNEL_WRITES: True}, synchronize_session=False)
    )
    session.execute(taken)
    return list(session.scalars(select(Letter).where(Letter.id.in_(ids)).order_by(Letter.id)))


def delivered(letter: Letter, *, at: datetime, outcome: str) -> None:
    """Record that the mail server took the letter."""
    letter.state, letter.sent_at, letter.outcome = "sent", at, outcome


def put_off(letter: Letter, *, at: datetime, outcome: str) -> None:
    """Record that delivery did not work for now; try again later, each time after longer."""
    wait = WAITS[min(letter.tries - 1, len(WAITS) - 1)]
    letter.outcome, letter.try_at = outcome, at + timedelta(seconds=wait)
    if letter.tries >= GIVE_UP:
        letter.state = "failed"


def refused(letter: Letter, *, outcome: str) -> None:
    """Record that the recipient's server refused the letter for good."""
    letter.state, letter.outcome = "failed", outcome


def send_again(session: Session, letter: Letter, *, at: datetime) -> None:
    """Post the same letter once more, as a letter of its own that names the first."""
    draft = Draft(
        letter.code,
        letter.to_email,
        letter.to_name,
        (letter.subject_table, letter.subject_id),
        letter.organisation_id,
        dict(letter.context),
        letter.resend_of_id or letter.id,
    )
    post(session, [draft], at=at)


def next_due(session: Session) -> datetime | None:
    """Return when the next queued letter may be tried, or None when none is queued."""
    statement = select(Letter.try_at).where(Letter.state == "queued").order_by(Letter.try_at)
    return session.scalar(statement.limit(1))


def due_now(session: Session) -> bool:
    """Tell whether a letter waits that may be tried now."""
    due = next_due(session)
    return due is not None and due <= now()
