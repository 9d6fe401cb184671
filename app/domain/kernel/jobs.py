"""Background work as rows: claimed by a guarded update, resumed when a lease runs out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.kernel.tables import Job
from app.transaction import after_commit

LEASE = timedelta(minutes=2)
GIVE_UP = 40
"""Tries; with the longest wait between them some nine days, an outage over a holiday."""
LONGEST_WAIT = 6 * 3600

_wake: list[Callable[[int], None]] = []


def wake_with(ring: Callable[[int], None]) -> None:
    """Say how a worker learns of a new job at once; without it the sweep finds the row."""
    _wake[:] = [ring]


def enqueue(
    session: Session,
    kind: str,
    payload: dict[str, Any] | None = None,
    *,
    key: str | None = None,
    at: datetime,
) -> None:
    """Add a job with the present transaction; with ``key``, unless the same one waits already.

    One that waits because it failed is done now, from its beginning.
    """
    if key is not None:
        waiting = select(Job.id).where(Job.kind == kind, Job.key == key, Job.state == "queued")
        found = session.scalar(waiting.limit(1))
        if found is not None:
            _bring_forward(session, found, at)
            return
    inserted = session.connection().execute(
        Job.__table__.insert().values(kind=kind, key=key, payload=payload or {}, run_at=at)
    )
    key_of_row = inserted.inserted_primary_key
    assert key_of_row is not None
    for ring in _wake:
        after_commit(session, partial(ring, key_of_row[0]))


def _bring_forward(session: Session, job_id: int, at: datetime) -> None:
    table = Job.__table__
    late = (table.c.id == job_id, table.c.state == "queued", table.c.run_at > at)
    session.connection().execute(update(table).where(*late).values(run_at=at, done=0))


@dataclass(frozen=True)
class Claim:
    """A job that one worker holds: what to do, how far it had come, and the number of the try."""

    id: int
    kind: str
    payload: dict[str, Any]
    done: int
    tries: int


class LeaseLostError(RuntimeError):
    """The lease ran out and another worker may hold the job: what was done must not be saved."""


def claim(session: Session, job_id: int, *, at: datetime, lease: timedelta = LEASE) -> Claim | None:
    """Take the job for this worker, or None when somebody else has it or it is done."""
    table = Job.__table__
    taken = session.connection().execute(
        update(table)
        .where(
            table.c.id == job_id,
            ((table.c.state == "queued") & (table.c.run_at <= at))
            | ((table.c.state == "running") & (table.c.lease_until < at)),
        )
        .values(state="running", lease_until=at + lease, tries=table.c.tries + 1)
        .returning(table.c.id, table.c.kind, table.c.payload, table.c.done, table.c.tries)
    )
    row = taken.one_or_none()
    return None if row is None else Claim(*row)


def note_progress(
    session: Session,
    held: Claim,
    *,
    done: int,
    total: int,
    at: datetime,
    lease: timedelta = LEASE,
) -> None:
    """Record how far the job is, with the chunk that did it, and hold it for longer."""
    _change(session, held, done=done, total=total, lease_until=at + lease)


def finish(session: Session, held: Claim, *, at: datetime) -> None:
    """Record that the job is done."""
    _change(session, held, state="done", finished_at=at, error=None, lease_until=None)


def put_off(session: Session, held: Claim, *, at: datetime, error: str) -> None:
    """Record a failure: try again later, each time after longer, and at last give up."""
    _change(
        session,
        held,
        error=error[:2000],
        lease_until=None,
        state="failed" if held.tries >= GIVE_UP else "queued",
        run_at=at + timedelta(seconds=min(15 * 4 ** min(held.tries - 1, 8), LONGEST_WAIT)),
    )


def _change(session: Session, held: Claim, **values: Any) -> None:
    """Change the row of ``held``; raise LeaseLostError when another worker took it over."""
    table = Job.__table__
    mine = (table.c.id == held.id, table.c.state == "running", table.c.tries == held.tries)
    changed = session.connection().execute(update(table).where(*mine).values(**values))
    if changed.rowcount != 1:
        raise LeaseLostError(f"job {held.id} ({held.kind}) is no longer held")


def due(session: Session, *, at: datetime, limit: int = 50) -> list[int]:
    """Return the ids of jobs that wait, or whose worker died."""
    statement = (
        select(Job.id)
        .where(
            ((Job.state == "queued") & (Job.run_at <= at))
            | ((Job.state == "running") & (Job.lease_until < at))
        )
        .order_by(Job.run_at, Job.id)
        .limit(limit)
    )
    return list(session.scalars(statement))
