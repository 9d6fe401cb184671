"""Acts as the users of the demo world would, on days that lie behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from app.clock import now
from app.domain.kernel.tables import Event, Letter
from app.domain.kernel.viewer import SYSTEM, Viewer, seen_by
from app.extensions import db
from app.transaction import transaction

LATELY = timedelta(hours=6)
"""Letters younger than this still wait for the worker."""


@contextmanager
def on(at: datetime, viewer: Viewer) -> Iterator[None]:
    """Let ``viewer`` do something in one transaction, as if at ``at``.

    The audit trail notes changes at the moment of the flush; here, and only here, what it noted
    is dated back before anything is sealed.
    """
    with seen_by(viewer), transaction():
        table, connection = Event.__table__, db.session.connection()
        last = connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
        yield
        db.session.flush()
        connection.execute(update(table).where(table.c.id > last).values(at=at))


def deliver_old_letters() -> None:
    """Let the letters of earlier days have been delivered on their day; one address was wrong."""
    table = Letter.__table__
    with seen_by(SYSTEM), transaction():
        connection = db.session.connection()
        old = select(table.c.id, table.c.created_at).where(table.c.created_at < now() - LATELY)
        for number, (letter_id, created_at) in enumerate(connection.execute(old).all()):
            sent = {
                "state": "sent",
                "sent_at": created_at + timedelta(seconds=9),
                "outcome": "kept in the mailbox",
                "tries": 1,
            }
            failed = {
                "state": "failed",
                "tries": 1,
                "outcome": "550 5.1.1 There is no such mailbox here",
            }
            values = failed if number % 150 == 70 else sent
            connection.execute(update(table).where(table.c.id == letter_id).values(**values))
