"""Notices of the demo world: learners who were told, some who were not reached, others who wait."""

from datetime import datetime, timedelta

from sqlalchemy import select

from app.demo.acting import on
from app.domain.awards.models import DocumentSettings, Notice, PrintJob
from app.domain.awards.queries import notices
from app.domain.awards.service import notifying
from app.domain.awards.service.notifying import Wish
from app.domain.kernel import outbox
from app.domain.kernel.idempotency import new_token
from app.domain.kernel.tables import Letter
from app.domain.kernel.viewer import Viewer
from app.extensions import db

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
PARAGRAPH = "Paper certificates can be ordered from the Learner Portal later this year."
TOLD = 6
"""Learners of each centre who are told one by one; the others still wait."""
REFUSED, RETURNED = 3, 1
"""Which of them has a wrong address, and whose mailbox is full."""


def write_paragraph(staff: Viewer, at: datetime) -> None:
    """Let the awarding body add a paragraph to the letters to learners."""
    with on(at, staff):
        for settings in db.session.scalars(select(DocumentSettings)):
            settings.notice = PARAGRAPH


def notify(centre: Viewer, today: datetime) -> None:
    """Let a centre notify some learners of its first job, where documents were made."""
    at = today - 2 * DAY
    with on(at, centre):
        job_id = db.session.scalar(select(PrintJob.id).order_by(PrintJob.id).limit(1))
        found = notices.learners(job_id) if job_id else []
        able = [each.registration.id for each in found if each.person.email]
    if job_id is None:
        return
    for place, registration_id in enumerate(able[:TOLD]):
        with on(at + place * MINUTE, centre):
            moment = at + place * MINUTE
            notifying.notify(job_id, registration_id, Wish(), new_token(), at=moment)
    _hear_back(centre, at + HOUR)
    for registration_id in able[TOLD : TOLD + 1]:  # whose letter the worker has not sent yet
        with on(today - MINUTE, centre):
            notifying.notify(job_id, registration_id, Wish(), new_token(), at=today - MINUTE)


def _hear_back(centre: Viewer, at: datetime) -> None:
    """Let the letters be taken, but for one that is refused; another comes back later."""
    with on(at, centre):
        of_notices = Letter.subject_table == Notice.__tablename__
        letters = db.session.scalars(select(Letter).where(of_notices).order_by(Letter.id))
        for place, letter in enumerate(letters):
            letter.tries = 1
            if place == REFUSED:
                outbox.refused(letter, outcome="550 5.1.1 There is no such mailbox here")
            else:
                outbox.delivered(letter, at=at, outcome="accepted by mail.example")
            notifying.follow(letter, at)
    with on(at + HOUR, centre):
        told = list(db.session.scalars(select(Notice).order_by(Notice.id)))
        back = [(each.token, "552 5.2.2 Mailbox full") for each in told[RETURNED : RETURNED + 1]]
        notifying.came_back(back, at + HOUR)
