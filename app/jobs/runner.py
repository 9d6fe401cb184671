"""Runs one job: claim it, let its handler work in chunks, record how it ended."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

from flask import current_app

from app.clock import now
from app.domain.kernel import jobs
from app.domain.kernel.jobs import Claim
from app.domain.kernel.viewer import SYSTEM, Viewer, seen_by
from app.extensions import db
from app.transaction import transaction

logger = logging.getLogger(__name__)


class Work:
    """What a handler is given: the job that it holds, and how to save a chunk of it."""

    def __init__(self, held: Claim, lease: timedelta) -> None:
        self.held = held
        self.payload = held.payload
        self.done = held.done
        self.total = 0
        self._lease = lease

    @contextmanager
    def chunk(self, viewer: Viewer) -> Iterator[None]:
        """Do one chunk in one transaction for ``viewer``, and save with it how far the job is.

        The chunk is rolled back when another worker took the job over meanwhile.
        """
        with seen_by(viewer), transaction():
            yield
            jobs.note_progress(
                db.session(), self.held, done=self.done, total=self.total, at=now(),
                lease=self._lease,
            )  # fmt: skip


Handler = Callable[[Work], None]


def lease() -> timedelta:
    """Return for how long a worker may be silent before its job goes to another."""
    return timedelta(seconds=current_app.config["JOB_LEASE"])


def run(job_id: int, handlers: Mapping[str, Handler]) -> bool:
    """Run the job unless it is done or somebody else holds it; tell whether it was run."""
    with seen_by(SYSTEM), transaction():
        held = jobs.claim(db.session(), job_id, at=now(), lease=lease())
    if held is None:
        return False
    try:
        handlers[held.kind](Work(held, lease()))
    except jobs.LeaseLostError as lost:
        logger.warning("%s", lost)
    except Exception as error:
        # Whatever went wrong, the row says so and the job is tried again.
        logger.exception("Job %s (%s) failed", held.id, held.kind)
        _record(held, error)
    else:
        _record(held, None)
    return True


def _record(held: Claim, error: Exception | None) -> None:
    try:
        with seen_by(SYSTEM), transaction():
            if error is None:
                jobs.finish(db.session(), held, at=now())
            else:
                text = f"{type(error).__name__}: {error}"
                jobs.put_off(db.session(), held, at=now(), error=text)
    except jobs.LeaseLostError as lost:
        logger.warning("%s", lost)
