"""Reads of notices: which learners of a job can be told, who was, and whether it arrived."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import joinedload

from app.domain.awards import rules
from app.domain.awards.models import IssuedDocument, Notice, PrintJob
from app.domain.kernel import reading
from app.domain.kernel.identifiers import email_key
from app.domain.kernel.tables import Job, Letter
from app.domain.kernel.workflow import State
from app.domain.people.models import Person
from app.domain.registrations.models import Registration
from app.extensions import db

_STANDING = (rules.NOTICE_QUEUED.code, rules.NOTICE_SENT.code)

Learner = tuple[int, int]
"""Whom a notice is for: the ids of a job and of a registration."""


@dataclass(frozen=True)
class Told:
    """A learner with valid documents in a job, and the newest notice of them."""

    job_id: int
    provider_id: int
    registration: Registration
    holder: str
    title: str
    """The qualifications of the documents, as their letter names them."""
    document_id: int
    """One of the documents: where the learner can be notified."""
    notice: Notice | None

    @property
    def person(self) -> Person:
        """Whose documents they are."""
        return self.registration.person

    @property
    def is_standing(self) -> bool:
        """Whether the newest notice is on its way, or the mail server took it."""
        return self.notice is not None and self.notice.state in _STANDING

    @property
    def is_undeliverable(self) -> bool:
        """Whether the newest notice did not arrive, and the address is still the same."""
        if self.notice is None or self.is_standing:
            return False
        return email_key(self.notice.email) == self.person.email_key

    def was_lately(self, at: datetime) -> bool:
        """Tell whether the newest notice is so young that another would be a slip."""
        return self.notice is not None and self.notice.created_at > at - rules.LATELY


def learners(job_id: int, registration_ids: Collection[int] | None = None) -> list[Told]:
    """Return the learners with valid documents in a job, by name: all, or some of them."""
    statement = (
        select(IssuedDocument)
        .where(IssuedDocument.job_id == job_id, IssuedDocument.state == rules.VALID.code)
        .options(joinedload(IssuedDocument.registration).joinedload(Registration.person))
        .order_by(IssuedDocument.holder_key, IssuedDocument.registration_id, IssuedDocument.id)
    )
    if registration_ids is not None:
        of_some = reading.among(IssuedDocument.registration_id, list(registration_ids))
        statement = statement.where(of_some)
    by_learner: dict[int, list[IssuedDocument]] = {}
    for document in db.session.scalars(statement).unique():
        by_learner.setdefault(document.registration_id, []).append(document)
    newest = newest_of((job_id, registration_id) for registration_id in by_learner)
    return [
        _told(documents, newest.get((job_id, registration_id)))
        for registration_id, documents in by_learner.items()
    ]


def _told(documents: Sequence[IssuedDocument], notice: Notice | None) -> Told:
    first = documents[0]
    titles = dict.fromkeys(each.title for each in documents)
    return Told(
        first.job_id, first.provider_id, first.registration, first.holder,
        ", ".join(titles)[:200], first.id, notice,
    )  # fmt: skip


def _newest(job_ids: Collection[int]) -> Select[int]:
    """Return the ids of the newest notices, one for each learner of these jobs."""
    return (
        select(func.max(Notice.id))
        .where(Notice.job_id.in_(job_ids))
        .group_by(Notice.job_id, Notice.registration_id)
    )


def newest_of(wanted: Iterable[Learner]) -> dict[Learner, Notice]:
    """Return the newest notice of each learner who has one."""
    keys = set(wanted)
    if not keys:
        return {}
    registrations = list({registration for _, registration in keys})
    newest = _newest({job for job, _ in keys}).where(
        reading.among(Notice.registration_id, registrations)
    )
    found = db.session.scalars(select(Notice).where(Notice.id.in_(newest)))
    by_learner = {(each.job_id, each.registration_id): each for each in found}
    return {key: by_learner[key] for key in keys & by_learner.keys()}


def notified(documents: Sequence[IssuedDocument]) -> dict[int, State]:
    """Return for each document how the newest notice to its learner stands (D25, D49)."""
    newest = newest_of((each.job_id, each.registration_id) for each in documents)
    found = {}
    for each in documents:
        notice = newest.get((each.job_id, each.registration_id))
        found[each.id] = notice.state_shown if notice else rules.NOT_NOTIFIED
    return found


def notified_counts(job_ids: Sequence[int]) -> dict[int, int]:
    """Return of each job how many completed documents have a learner whose notice was sent."""
    statement = (
        select(IssuedDocument.job_id, func.count())
        .join(
            Notice,
            and_(
                Notice.job_id == IssuedDocument.job_id,
                Notice.registration_id == IssuedDocument.registration_id,
            ),
        )
        .where(
            Notice.id.in_(_newest(job_ids)),
            Notice.state == rules.NOTICE_SENT.code,
            IssuedDocument.file_id.is_not(None),  # one dropped before its issue never existed
        )
        .group_by(IssuedDocument.job_id)
    )
    counted = {row[0]: row[1] for row in db.session.execute(statement)}
    return {job_id: counted.get(job_id, 0) for job_id in job_ids}


def notices_of(job_id: int, registration_id: int) -> list[Notice]:
    """Return every notice to a learner about a job, the newest first."""
    statement = (
        select(Notice)
        .where(Notice.job_id == job_id, Notice.registration_id == registration_id)
        .order_by(Notice.id.desc())
    )
    return list(db.session.scalars(statement))


def letter_of(notice: Notice) -> Letter | None:
    """Return the newest letter of a notice, if the viewer may see it."""
    statement = (
        select(Letter)
        .where(Letter.subject_table == Notice.__tablename__, Letter.subject_id == notice.id)
        .order_by(Letter.id.desc())
        .limit(1)
    )
    return db.session.scalar(statement)


def tokens(ids: Collection[int]) -> Mapping[int, str]:
    """Return the tokens of notices, by which letters that come back are known again."""
    if not ids:
        return {}
    statement = select(Notice.id, Notice.token).where(reading.among(Notice.id, list(ids)))
    return {row[0]: row[1] for row in db.session.execute(statement)}


def by_tokens(wanted: Collection[str]) -> dict[str, Notice]:
    """Return the notices that these tokens name."""
    statement = select(Notice).where(reading.among(Notice.token, list(wanted)))
    return {each.token: each for each in db.session.scalars(statement)}


def underway(kind: str, key: str) -> Job | None:
    """Return the background job of a kind that is not done yet, or None."""
    statement = (
        select(Job)
        .where(Job.kind == kind, Job.key == key, Job.state.in_(("queued", "running")))
        .order_by(Job.id.desc())
        .limit(1)
    )
    return db.session.scalar(statement)


def jobs_with_notices(limit: int = 50) -> list[PrintJob]:
    """Return the jobs about which somebody was notified, the newest first."""
    told = select(Notice.id).where(Notice.job_id == PrintJob.id)
    statement = select(PrintJob).where(told.exists()).order_by(PrintJob.number.desc()).limit(limit)
    return list(db.session.scalars(statement))
