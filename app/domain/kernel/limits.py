"""Limits that protect, counted in the database so that they hold over all processes."""

from functools import cache
from typing import Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.clock import now
from app.domain.kernel.quick import Quick
from app.domain.kernel.tables import RateCount
from app.domain.kernel.viewer import SYSTEM, seen_by
from app.errors import DomainError
from app.extensions import db
from app.transaction import transaction


class TooManyError(DomainError):
    """Too often in too short a time; the text says when to try again."""

    status = 429

    def __init__(self, text: str, *, wait: int = 0) -> None:
        super().__init__(text)
        self.wait = wait
        """Seconds until it may work again; 0 where nobody asks."""


def spend(bucket: str, *, most: int, seconds: int, times: int = 1) -> None:
    """Count uses of ``bucket``; raise TooManyError past ``most`` within ``seconds``.

    It works in a transaction of its own, so that a refused attempt counts too.
    """
    window = _window(seconds)
    with seen_by(SYSTEM), transaction():
        count = _raise_count(bucket, window, times)
    if count > most:
        minutes = max(1, round(seconds / 60))
        raise TooManyError(f"That was tried too often. Wait {minutes} minutes and try again.")


def hold(bucket: str, *, seconds: int) -> None:
    """Wait until no other transaction holds ``bucket``, and hold it until the present one ends.

    What is counted by rows of its own is then read and raised by one at a time.
    """
    _raise_count(bucket, _window(seconds), 1)


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


def count_quickly(quick: Quick, bucket: str, ends: int, times: int) -> int:
    """Count uses of ``bucket`` in the window that ``ends`` then, without a session."""
    values = {"bucket": bucket, "window": ends, "times": times}
    return int(quick.rows(_raising(quick.dialect), values)[0][0])


def _raise_count(bucket: str, window: int, times: int) -> int:
    connection = db.session.connection()
    values = {"bucket": bucket, "window": window, "times": times}
    return int(connection.execute(_raising(connection.dialect.name), values).scalar_one())


@cache
def _raising(dialect_name: str) -> Any:
    table = RateCount.__table__
    dialect = postgresql if dialect_name == "postgresql" else sqlite
    times = bindparam("times", type_=table.c.count.type)
    statement = dialect.insert(table).values(
        bucket=bindparam("bucket"), window=bindparam("window"), count=times
    )
    return statement.on_conflict_do_update(
        index_elements=[table.c.bucket, table.c.window],
        set_={"count": table.c.count + statement.excluded.count},
    ).returning(table.c.count)
