"""Limits that protect, counted in the database so that they hold over all processes."""

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.clock import now
from app.domain.kernel.tables import RateCount
from app.domain.kernel.viewer import SYSTEM, seen_by
from app.errors import DomainError
from app.extensions import db
from app.transaction import transaction


class TooManyError(DomainError):
    """Too often in too short a time; the text says when to try again."""

    status = 429


def spend(bucket: str, *, most: int, seconds: int) -> None:
    """Count one use of ``bucket``; raise TooManyError past ``most`` within ``seconds``.

    It works in a transaction of its own, so that a refused attempt counts too.
    """
    window = _window(seconds)
    with seen_by(SYSTEM), transaction():
        count = _raise_count(bucket, window)
    if count > most:
        minutes = max(1, round(seconds / 60))
        raise TooManyError(f"That was tried too often. Wait {minutes} minutes and try again.")


def hold(bucket: str, *, seconds: int) -> None:
    """Wait until no other transaction holds ``bucket``, and hold it until the present one ends.

    What is counted by rows of its own is then read and raised by one at a time.
    """
    _raise_count(bucket, _window(seconds))


def spent(bucket: str, *, seconds: int) -> int:
    """Return how often ``bucket`` was used in the present window."""
    window = _window(seconds)
    statement = select(RateCount.count).where(
        RateCount.bucket == bucket, RateCount.window == window
    )
    return db.session.scalar(statement) or 0


def _window(seconds: int) -> int:
    """Return when the present window ends, by which the sweep knows what it may forget."""
    return (int(now().timestamp()) // seconds + 1) * seconds


def forget_old(session: Session) -> None:
    """Remove the counts of windows that have ended."""
    table = RateCount.__table__
    session.connection().execute(delete(table).where(table.c.window < int(now().timestamp())))


def _raise_count(bucket: str, window: int) -> int:
    table = RateCount.__table__
    connection = db.session.connection()
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(bucket=bucket, window=window, count=1)
    statement = statement.on_conflict_do_update(
        index_elements=[table.c.bucket, table.c.window], set_={"count": table.c.count + 1}
    ).returning(table.c.count)
    return int(connection.execute(statement).scalar_one())
