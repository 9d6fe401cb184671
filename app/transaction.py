"""One piece of work, one transaction: all of it is saved, or none."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Token

from sqlalchemy.orm import Session

from app.extensions import PortalSession, db, writing


@contextmanager
def transaction() -> Iterator[None]:
    """Commit what the block did when it ends well, otherwise nothing of it.

    Nested blocks belong to the outermost. What ``after_commit`` collected runs once the commit
    has succeeded, and never otherwise.
    """
    session = _session()
    if session.info.get("depth"):
        yield
        return
    token = _start(session)
    try:
        yield
        _close(session)
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop("depth", None)
        session.info.pop("closing", None)
        if token is not None:
            writing.reset(token)
    for work in session.info.pop("after_commit", []):
        work()


def give_up() -> None:
    """Undo whatever this request has done so far, and refuse that the rest be saved."""
    db.session.rollback()


def after_commit(session: Session, work: Callable[[], None]) -> None:
    """Run ``work`` once the present transaction has been committed."""
    session.info.setdefault("after_commit", []).append(work)


def _session() -> PortalSession:
    session = db.session()
    assert isinstance(session, PortalSession)
    return session


def _start(session: PortalSession) -> Token[bool] | None:
    session.info.update(depth=1, after_commit=[])
    session.info.pop("doomed", None)
    if writing.get():
        return None
    if session.in_transaction():
        session.release()
    return writing.set(True)


def _close(session: PortalSession) -> None:
    if session.info.pop("doomed", False):
        session.info["after_commit"] = []
        session.rollback()
        return
    session.info["closing"] = True
    session.commit()
