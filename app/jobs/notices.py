"""Tells many learners of their documents, and reads which letters came back."""

from collections.abc import Iterator
from itertools import islice

from flask import current_app

from app.clock import now
from app.domain.awards.service import notifying
from app.domain.kernel.viewer import BOUNCES, Viewer
from app.jobs.imports import organisation_alone, viewer_of
from app.jobs.runner import Work
from app.letters.bounce_box import Item, open_box
from app.letters.bounces import read_report

READING = "read_bounces"
AT_ONCE = 20
"""Reports of one transaction."""


def notify_learners(work: Work) -> None:
    """Write to the learners that the job names: each chunk is made once, or not at all.

    Whoever was notified meanwhile is left out.
    """
    viewer = _viewer_of(work)
    ids = work.payload["registrations"]
    work.total = len(ids)
    while work.done < work.total:
        part = ids[work.done : work.done + notifying.AT_ONCE]
        with work.chunk(viewer):
            notifying.notify_some(work.payload["job"], part, at=now())
            work.done += len(part)


def _viewer_of(work: Work) -> Viewer:
    """Return the user who asked for it; once they have left, the centre whose learners they are."""
    try:
        return viewer_of(work)
    except LookupError:
        return organisation_alone("Notices", work.payload["user"], work.payload["centre"])


def read_bounces(work: Work) -> None:
    """Record what the mailbox of letters that came back says.

    Messages are marked as read once it is recorded: one that is read twice changes nothing.
    """
    with open_box(current_app.config["BOUNCE_MAIL_URL"]) as box:
        unread = box.unread()
        while batch := list(islice(unread, AT_ONCE)):
            reports = list(_reports(batch))
            with work.chunk(BOUNCES):
                notifying.came_back(reports, at=now())
                work.done += len(batch)
            box.mark_read([name for name, _ in batch])


def _reports(batch: list[Item]) -> Iterator[tuple[str, str]]:
    for _, raw in batch:
        bounce = read_report(raw)
        if bounce is not None:
            yield bounce.token, bounce.outcome
