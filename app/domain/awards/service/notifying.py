"""Learners are told that their documents were issued: one letter for all of a job (D46 to D53)."""

import re
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.domain.awards import queries, rules
from app.domain.awards.models import Notice, PrintJob
from app.domain.awards.queries import notices
from app.domain.awards.queries.notices import Learner, Told
from app.domain.kernel import creating, idempotency, jobs, outbox, workflow
from app.domain.kernel import viewer as viewers
from app.domain.kernel.identifiers import email_key, name_key
from app.domain.kernel.outbox import Draft
from app.domain.kernel.permissions import Permission
from app.domain.kernel.tables import Letter
from app.domain.kernel.words import N_
from app.domain.organisations.models import Organisation
from app.domain.people import service as people
from app.errors import ConflictError, ForbiddenError
from app.extensions import db

LETTER = "record_issued"
LINK = "/learner/start"
NOTIFYING = "notify_learners"
"""The background job: its payload names the print job, the registrations, and who asked."""
AT_ONCE = 100
"""Learners whom one transaction notifies; more than these are a background job."""
LONGEST_OUTCOME = 400
_ADDRESS = re.compile(r"<?[^\s<>@:;,]+@[^\s<>@:;,]+>?")


class AddressDiffersError(ConflictError):
    """Another address than the stored one was entered and not confirmed yet."""

    def __init__(self, stored: str, entered: str) -> None:
        super().__init__("This is not the address on record. Check both, then confirm.")
        self.stored, self.entered = stored, entered


class NotifiedLatelyError(ConflictError):
    """The learner was notified a moment ago."""

    def __init__(self, notice: Notice) -> None:
        super().__init__("This learner was notified a moment ago.")
        self.email, self.at = notice.email, notice.created_at


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody asks for in the notify box.

    ``email`` None leaves the stored address as it is; ``version`` is that of the person whom they
    saw. ``confirmed`` is the differing address that they confirmed, ``again`` that they press
    for another letter although one went out a moment ago.
    """

    email: str | None = None
    version: int | None = None
    confirmed: str = ""
    again: bool = False


@dataclass(frozen=True)
class Everybody:
    """The learners of a job, by what notifying all of them would do."""

    ready: list[Told]
    without: list[Told]
    """Those without an address."""
    returned: list[Told]
    """Those whose last letter did not arrive, and whose address is still the same."""
    told: list[Told]
    """Those who were notified already."""


# One learner ---------------------------------------------------------------------------------


def learner(job_id: int, registration_id: int) -> Told:
    """Return whom a notice is for; raise ConflictError when they have nothing valid in the job."""
    found = notices.learners(job_id, [registration_id])
    if not found:
        raise ConflictError("None of this learner’s documents in this job is valid.")
    return found[0]


def may_set_address(told: Told) -> bool:
    """Tell whether the viewer may enter the address: a blank one, or with the permission."""
    viewer = viewers.of(db.session())
    return not told.person.email or Permission.CHANGE_EMPLOYEES.code in viewer.permissions


def notify(job_id: int, registration_id: int, wish: Wish, token: str, *, at: datetime) -> bool:
    """Save the address and write to one learner; False when this form was sent before.

    Raise AddressDiffersError or NotifiedLatelyError for what has to be confirmed first,
    StaleError when somebody else changed the person, ConflictError without an address.
    """
    session = db.session()

    def work() -> str:
        _lock(job_id)
        told = learner(job_id, registration_id)
        _save_address(told, wish)
        if not told.person.email:
            raise ConflictError("Enter the address to which the learner is written.")
        if told.notice is not None and told.was_lately(at) and not wish.again:
            raise NotifiedLatelyError(told.notice)
        (notice_id,) = _post([told], at)
        return str(notice_id)

    _, is_new = idempotency.once(session, token, "notify a learner", work)
    return is_new


def _lock(job_id: int) -> None:
    """Let one transaction at a time notify learners of a job: each looks at what others did."""
    db.session.execute(select(PrintJob.id).where(PrintJob.id == job_id).with_for_update())


def _save_address(told: Told, wish: Wish) -> None:
    person = told.person
    if wish.email is None or email_key(wish.email) == person.email_key:
        return
    if not may_set_address(told):
        raise ForbiddenError(
            "To change an address on record needs the permission “Can Change Employee Details”."
        )
    if person.email and email_key(wish.confirmed) != email_key(wish.email):
        raise AddressDiffersError(person.email, wish.email)
    version = person.version if wish.version is None else wish.version
    people.change_person(person, {"email": wish.email}, version)


# Many learners -------------------------------------------------------------------------------


def everybody(job_id: int, registration_ids: Collection[int] | None = None) -> Everybody:
    """Sort the learners of a job by what notifying all of them would do."""
    found = Everybody([], [], [], [])
    for told in notices.learners(job_id, registration_ids):
        if told.is_standing:
            found.told.append(told)
        elif not told.person.email:
            found.without.append(told)
        elif told.is_undeliverable:
            found.returned.append(told)
        else:
            found.ready.append(told)
    return found


def notify_some(job_id: int, registration_ids: Collection[int], *, at: datetime) -> int:
    """Write to those of these learners who were not notified yet; return how many.

    Others may have notified some of them meanwhile: whoever was, is left out.
    """
    _lock(job_id)
    return len(_post(everybody(job_id, registration_ids).ready, at))


def notify_all(job: PrintJob, token: str, *, at: datetime) -> tuple[int, bool]:
    """Write to every learner of a job who was not notified yet, or let a worker do it.

    Return how many, and whether a worker does it. Sent again, the form finds its first answer.
    """
    session, viewer = db.session(), viewers.of(db.session())

    def work() -> str:
        ids = [each.registration.id for each in everybody(job.id).ready]
        if len(ids) <= AT_ONCE:
            return f"{notify_some(job.id, ids, at=at)} now"
        payload: dict[str, Any] = {
            "job": job.id, "registrations": ids, "user": viewer.user_id,
            "organisation": viewer.organisation_id, "centre": job.provider_id,
        }  # fmt: skip
        jobs.enqueue(session, NOTIFYING, payload, key=key_of(job.id), at=at)
        return f"{len(ids)} later"

    result, _ = idempotency.once(session, token, f"notify all of job {job.id}", work)
    count, _, when = result.partition(" ")
    return int(count), when == "later"


def key_of(job_id: int) -> str:
    """Return the key of the background job that notifies everybody of a print job."""
    return f"notify {job_id}"


def sort_again(rows: Iterable[Notice], at: datetime) -> dict[Learner, tuple[Told | None, str]]:
    """Return for the learners of notices whether they can be notified again, else why not."""
    by_job: dict[int, set[int]] = {}
    for row in rows:
        by_job.setdefault(row.job_id, set()).add(row.registration_id)
    found: dict[Learner, tuple[Told | None, str]] = {}
    for job_id, registrations in by_job.items():
        told = {each.registration.id: each for each in notices.learners(job_id, registrations)}
        for registration_id in registrations:
            one = told.get(registration_id)
            found[job_id, registration_id] = (one, _against(one, at))
    return found


def _against(told: Told | None, at: datetime) -> str:
    if told is None:
        return N_("None of their documents in this job is valid.")
    if not told.person.email:
        return N_("There is no address on record.")
    if told.was_lately(at):
        return N_("They were notified a moment ago.")
    return ""


def notify_again(rows: Sequence[Notice], token: str, *, at: datetime) -> int:
    """Write once more to the learners of notices, as far as nothing speaks against it.

    Return how many; sent again, the form finds its first answer.
    """

    def work() -> str:
        for job_id in sorted({row.job_id for row in rows}):
            _lock(job_id)
        sorted_out = sort_again(rows, at).values()
        able = [told for told, against in sorted_out if told is not None and not against]
        return str(len(_post(able, at)))

    result, _ = idempotency.once(db.session(), token, "notify learners again", work)
    return int(result)


# The letter ----------------------------------------------------------------------------------


def new_token() -> str:
    """Return what names a letter in its return path: 128 random bits.

    In small letters and digits alone, since some mail servers fold the case of addresses.
    """
    return secrets.token_hex(16)


def _post(told: Sequence[Told], at: datetime) -> list[int]:
    """Make the notices and post their letters in the present transaction; return the ids."""
    if not told:
        return []
    session = db.session()
    ids = creating.create(session, Notice, [_row(each, at) for each in told], at=at)
    paragraph = queries.settings().notice
    centres = _names({each.provider_id for each in told})
    outbox.post(
        session,
        [
            _draft(notice_id, each, centres[each.provider_id], paragraph)
            for notice_id, each in zip(ids, told, strict=True)
        ],
        at=at,
    )
    return ids


def _row(told: Told, at: datetime) -> dict[str, Any]:
    viewer, registration = viewers.of(db.session()), told.registration
    return {
        "job_id": told.job_id,
        "registration_id": registration.id,
        "person_id": registration.person_id,
        "provider_id": told.provider_id,
        "email": told.person.email,
        "token": new_token(),
        "title": told.title,
        "search_text": name_key(
            told.person.name_key, told.holder, registration.enrolment_number, told.title
        )[:600],
        "state": rules.NOTICE_QUEUED.code,
        "created_by": viewer.actor,
        "created_by_id": viewer.user_id,
        "created_at": at,
    }


def _draft(notice_id: int, told: Told, centre: str, paragraph: str) -> Draft:
    person = told.person
    context = {
        "recipient_name": person.full_name,
        "person_name": told.holder,
        "title": told.title,
        "enrolment_number": told.registration.enrolment_number,
        "provider_name": centre,
        "notice": paragraph,
        "link": LINK,
    }
    about = (Notice.__tablename__, notice_id)
    return Draft(LETTER, person.email, person.full_name, about, told.provider_id, context)


def _names(ids: Collection[int]) -> Mapping[int, str]:
    statement = select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids))
    return {row[0]: row[1] for row in db.session.execute(statement)}


# What became of it ---------------------------------------------------------------------------


def follow(letter: Letter, at: datetime) -> None:
    """Let a notice follow its letter: taken by the mail server, or refused for good."""
    move = "deliver" if letter.state == "sent" else "refuse"
    notice = db.session.get(Notice, letter.subject_id)
    if notice is None:
        return
    workflow.lock(db.session(), [notice])
    if notice.state in {state.code for state in rules.NOTICE.move(move).sources}:
        _answer(notice, move, letter.outcome or "", at)


def came_back(reports: Iterable[tuple[str, str]], at: datetime) -> int:
    """Record letters that came back: (token, what the report says); return how many.

    Unknown tokens and letters that came back before change nothing.
    """
    said = dict(reports)
    found = notices.by_tokens(said)
    workflow.lock(db.session(), list(found.values()))
    sources = {state.code for state in rules.NOTICE.move("bounce").sources}
    returned = [notice for notice in found.values() if notice.state in sources]
    for notice in returned:
        _answer(notice, "bounce", said[notice.token], at)
    return len(returned)


def _answer(notice: Notice, move: str, outcome: str, at: datetime) -> None:
    # Servers repeat the address, which not everybody who reads the outcome may see.
    words = _ADDRESS.sub("the address", outcome)[:LONGEST_OUTCOME]
    workflow.make_moves(
        db.session(), [notice], move, at=at, reason=words,
        values={"outcome": words, "answered_at": at},
    )  # fmt: skip
