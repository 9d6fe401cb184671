"""The end of a document: cancelled, expired, or replaced by a successor."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select

from app.domain.awards import rules
from app.domain.awards.models import IssuedDocument, PaperCopy
from app.domain.awards.rules import Copy, RecordType
from app.domain.awards.service import completing, letters
from app.domain.awards.service.issuing import Order, Wanted, ask_for
from app.domain.kernel import workflow
from app.domain.kernel.workflow import Outcome
from app.errors import ConflictError
from app.extensions import db

Documents = Sequence[IssuedDocument]
Seen = Mapping[int, int] | None


def sort_out(rows: Documents, move: str, seen: Seen = None) -> Outcome[IssuedDocument]:
    """Tell which documents may make a move, and why the others may not."""
    return workflow.sort_out(rows, move, versions=seen)


def cancel(rows: Documents, seen: Seen, *, at: datetime, reason: str) -> Outcome[IssuedDocument]:
    """Cancel documents: whoever checks them is told, the centre gets a letter with the reason."""
    return _end(rows, seen, "cancel", at=at, reason=reason)


def expire(rows: Documents, seen: Seen, *, at: datetime, reason: str) -> Outcome[IssuedDocument]:
    """Let documents expire before their day."""
    return _end(rows, seen, "expire", at=at, reason=reason)


def _end(
    rows: Documents, seen: Seen, move: str, *, at: datetime, reason: str
) -> Outcome[IssuedDocument]:
    outcome = workflow.sort_out(rows, move, versions=seen)
    workflow.make_moves(
        db.session(), outcome.moved, move, at=at, reason=reason, values={"reason": reason}
    )
    completing.follow(outcome.moved, at)
    letters.post_ended(outcome.moved, move, reason, at)
    return outcome


def expire_due(today: date, *, at: datetime, limit: int = 500) -> int:
    """Expire documents whose last day has passed; return how many."""
    due = list(
        db.session.scalars(
            select(IssuedDocument)
            .where(IssuedDocument.state == rules.VALID.code, IssuedDocument.expires_on < today)
            .order_by(IssuedDocument.id)
            .limit(limit)
        )
    )
    workflow.make_moves(db.session(), due, "expire", at=at)
    completing.follow(due, at)
    return len(due)


def replace(document: IssuedDocument, *, at: datetime, reason: str, on_paper: bool = True) -> int:
    """Issue a successor with today's data; return the id of its job.

    The old document holds until the new one exists, and then says by which it was replaced.
    Raise IllegalMoveError for one that is neither valid nor expired, ConflictError when a
    successor is on its way already.
    """
    document.__workflow__.after(document.state, "replace")
    if any(each.state in _UNDERWAY for each in document.successors):
        raise ConflictError("A successor of it is being made already.")
    wanted = Wanted(document.award, RecordType(document.record_type), document, reason)
    order = Order(
        types=frozenset({wanted.record_type}), expires_on=document.expires_on, on_paper=on_paper
    )
    (job_id,) = ask_for([wanted], order, at=at)
    return job_id


def replace_all(
    rows: Documents, seen: Seen, *, at: datetime, reason: str
) -> Outcome[IssuedDocument]:
    """Issue successors of documents; those that have one on its way are refused."""
    outcome = workflow.sort_out(rows, "replace", versions=seen)
    replaced = []
    for document in outcome.moved:
        try:
            replace(document, at=at, reason=reason)
        except ConflictError as error:
            outcome.refused.append((document, [error.text]))
        else:
            replaced.append(document)
    outcome.moved[:] = replaced
    return outcome


_UNDERWAY = (rules.PENDING.code, rules.DOCUMENT_FAILED.code)


# Paper ---------------------------------------------------------------------------------------


def move_paper(
    rows: Sequence[PaperCopy], move: str, seen: Seen, *, at: datetime, reason: str = ""
) -> Outcome[PaperCopy]:
    """Record that copies were printed, dispatched, delivered or came back."""
    outcome = workflow.sort_out(rows, move, versions=seen)
    values = {"reason": reason} if reason else None
    workflow.make_moves(
        db.session(), outcome.moved, move, at=at, reason=reason or None, values=values
    )
    return outcome


def reprint(document: IssuedDocument, *, at: datetime, reason: str) -> PaperCopy:
    """Ask for another paper copy of a valid document: the same document, with the reason why.

    Raise ConflictError for a document that is not valid, or of which a copy waits to be printed.
    """
    if document.state != rules.VALID.code:
        raise ConflictError("Only a valid document is printed again; replace this one instead.")
    waiting = select(PaperCopy.id).where(
        PaperCopy.document_id == document.id, PaperCopy.state == rules.TO_PRINT.code
    )
    if db.session.scalar(waiting.limit(1)) is not None:
        raise ConflictError("A copy of it waits to be printed already.")
    copy = PaperCopy(
        document=document, provider_id=document.provider_id, kind=Copy.REPRINT.value,
        reason=reason, state=rules.TO_PRINT.code, created_at=at,
    )  # fmt: skip
    db.session.add(copy)
    db.session.flush()
    return copy
