"""Moves of card applications: finalised, ordered, on hold, produced, dispatched, archived."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from app.domain.kernel import workflow
from app.domain.kernel.workflow import Outcome, Requirement
from app.domain.people.service import give_numbers
from app.domain.registrations import rules
from app.domain.registrations.models import CardApplication, CardBatch
from app.domain.registrations.service import application_notices as notices
from app.domain.registrations.service.applying import people_of
from app.extensions import db

KEPT_VISIBLE = timedelta(days=92)
"""Completed applications remain visible for three months (A131)."""
AT_ONCE = 500

Applications = Sequence[CardApplication]
Versions = Mapping[int, int]


def _is_its_own(application: CardApplication) -> bool:
    return application.registration_id is None


OWN = Requirement(
    "own", "Application", "It belongs to a registration: do this with the registration",
    _is_its_own,
)  # fmt: skip


def _waits_for_provider(application: CardApplication) -> bool:
    return application.waits_for == "provider"


ANSWERABLE = Requirement(
    "waits_for", "Who must act", "It waits for the processing team, not for you",
    _waits_for_provider,
)  # fmt: skip
REQUIRED: Mapping[str, tuple[Requirement, ...]] = {
    "finalise": (OWN, *rules.FOR_A_CARD),
    "return_to_attention": (OWN,),
    "cancel": (OWN,),
    "answer": (ANSWERABLE,),
}


def sort_out_applications(
    move: str, applications: Applications, versions: Versions | None = None
) -> Outcome[CardApplication]:
    """Tell which applications can make ``move`` and what each other lacks; change nothing."""
    people = people_of(applications)  # held, so that the rows find them without asking
    outcome = workflow.sort_out(applications, move, lambda _row: REQUIRED.get(move, ()), versions)
    del people
    return outcome


def finalise_applications(
    applications: Applications, versions: Versions | None, at: datetime
) -> Outcome[CardApplication]:
    """Make valid applications ready for ordering; people without a number get one."""
    outcome = _move(applications, versions, "finalise", at)
    known = people_of(outcome.moved)
    give_numbers(known)
    return outcome


def return_applications(
    applications: Applications, versions: Versions | None, at: datetime
) -> Outcome[CardApplication]:
    """Let applications that are ready for ordering be changed again."""
    return _move(applications, versions, "return_to_attention", at)


def cancel_applications(
    applications: Applications, versions: Versions | None, at: datetime
) -> Outcome[CardApplication]:
    """Cancel applications that are not on an order."""
    return _move(applications, versions, "cancel", at)


def take_in_hand(
    applications: Applications, versions: Versions | None, at: datetime
) -> Outcome[CardApplication]:
    """Begin to verify applications (processing team)."""
    return _move(applications, versions, "take", at)


def prepare(
    applications: Applications, versions: Versions | None, at: datetime
) -> Outcome[CardApplication]:
    """Say that the cards are made (processing team)."""
    return _move(applications, versions, "prepare", at)


def hold(
    applications: Applications,
    versions: Versions | None,
    at: datetime,
    reason: str,
    waits_for: str,
) -> Outcome[CardApplication]:
    """Put applications on hold, and tell those who applied what is missing (A9)."""
    values = {"hold_reason": reason, "waits_for": waits_for}
    outcome = _move(applications, versions, "hold", at, values=values, reason=reason)
    notices.post_on_hold(outcome.moved, at)
    return outcome


def resume_applications(
    applications: Applications, versions: Versions | None, at: datetime
) -> Outcome[CardApplication]:
    """Go on with applications that were on hold (processing team)."""
    return _move(applications, versions, "resume", at, values=_NO_HOLD)


def answer(
    applications: Applications, versions: Versions | None, at: datetime, supplied: str
) -> Outcome[CardApplication]:
    """Say what was supplied: the processing team goes on."""
    return _move(applications, versions, "answer", at, values=_NO_HOLD, reason=supplied)


def dispatch(
    applications: Applications, versions: Versions | None, at: datetime
) -> Outcome[CardApplication]:
    """Complete applications whose cards are on their way, and tell the people."""
    outcome = _move(applications, versions, "dispatch", at, values={"completed_at": at})
    notices.post_dispatched(outcome.moved, at)
    return outcome


def archive_old(at: datetime) -> int:
    """Archive what was completed three months ago, at most AT_ONCE; return how many (A131)."""
    statement = (
        select(CardApplication)
        .where(
            CardApplication.state == rules.APPLICATION_COMPLETED.code,
            CardApplication.completed_at < at - KEPT_VISIBLE,
        )
        .order_by(CardApplication.completed_at)
        .limit(AT_ONCE)
    )
    found = list(db.session.scalars(statement))
    workflow.make_moves(db.session(), found, "archive", at=at)
    return len(found)


def put_applications_on_order(applications: Applications, batch: CardBatch, at: datetime) -> None:
    """Put applications of their own on an order, in a batch; all or none."""
    values = {"batch_id": batch.id}
    workflow.make_moves(db.session(), applications, "put_on_order", at=at, values=values)


def take_applications_off_order(applications: Applications, at: datetime) -> None:
    """Make applications of their own ready for ordering again; all or none."""
    values = {"batch_id": None}
    workflow.make_moves(db.session(), applications, "take_off_order", at=at, values=values)


def produce_applications(applications: Applications, at: datetime) -> None:
    """Begin with what was paid for (A68)."""
    workflow.make_moves(db.session(), applications, "produce", at=at)


_NO_HOLD = {"hold_reason": "", "waits_for": ""}


def _move(
    applications: Applications,
    versions: Versions | None,
    move: str,
    at: datetime,
    *,
    values: Mapping[str, object] | None = None,
    reason: str | None = None,
) -> Outcome[CardApplication]:
    session = db.session()
    workflow.lock(session, applications)
    outcome = sort_out_applications(move, applications, versions)
    workflow.make_moves(session, outcome.moved, move, at=at, values=values, reason=reason)
    return outcome
