"""Lists of numbers: taken, answered by a worker in parts, reported."""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.clock import local
from app.domain.awards.models import DocumentSettings, VerificationFact
from app.domain.awards.verification import rules
from app.domain.awards.verification.models import VerificationRequest
from app.domain.awards.verification.rules import Fact, Finding, Policy
from app.domain.kernel import jobs, outbox, reading
from app.domain.kernel.document_numbers import read_reference
from app.domain.kernel.outbox import Draft
from app.domain.kernel.tables import StoredFile
from app.domain.organisations.models import Organisation
from app.domain.organisations.rules import Kind
from app.errors import ConflictError
from app.extensions import db

CHECKING = "check_list"
"""The background job that answers a list; its payload is {"id": …}."""
MOST = 200
"""Numbers of one list."""
AT_ONCE = 50
LINK = "verification_link"
"""The letter with the link by which an e-mail address is confirmed."""
_BETWEEN = re.compile(r"[\r\n,;\t]+")


def read_list(text: str) -> list[str]:
    """Return the numbers of a list, each once; raise ConflictError for none or too many.

    They stand in lines, or with commas, semicolons or tabs between: hyphens and blanks belong to
    a number. Those that mean the same number are one.
    """
    found: dict[str, str] = {}
    for part in _BETWEEN.split(text):
        typed = part.strip().strip("\"'")[: rules.LONGEST]
        if typed:
            found.setdefault(read_reference(typed) or typed.upper(), typed)
    if not found:
        raise ConflictError("There is no number in this list. Write one into each line.")
    if len(found) > MOST:
        raise ConflictError(
            f"This list has {len(found)} numbers. At most {MOST} are checked at once: send the "
            "others in a second list."
        )
    return list(found.values())


def ask(
    numbers: Sequence[str],
    *,
    email: str,
    organisation_id: int | None = None,
    user_id: int | None = None,
    at: datetime,
) -> VerificationRequest:
    """Let a worker check ``numbers``, as `read_list` gives them; without organisation, publicly."""
    request = VerificationRequest(
        organisation_id=organisation_id or body_id(), is_public=organisation_id is None,
        created_by_id=user_id, email=email, asked=list(numbers), answers=[], state="queued",
        created_at=at,
    )  # fmt: skip
    session = db.session()
    session.add(request)
    session.flush()
    jobs.enqueue(session, CHECKING, {"id": request.id}, key=f"list {request.id}", at=at)
    return request


def bucket_of(what: str, organisation_id: int | None, email: str) -> str:
    """Return under which name something is counted against whoever has lists checked.

    An address is counted by its digest: it may be longer than a name of a count, and is nobody's
    business there.
    """
    digest = hashlib.sha256(email.casefold().encode()).hexdigest()[:32]
    who = f"organisation {organisation_id}" if organisation_id else f"address {digest}"
    return f"verify list {what} {who}"


def post_link(email: str, link: str, at: datetime) -> None:
    """Send somebody the link by which they confirm their address."""
    context = {"recipient_name": email, "link": link}
    about = (Organisation.__tablename__, body_id())
    draft = Draft(LINK, email, email, about, body_id(), context)
    outbox.post(db.session(), [draft], at=at)


def body_id() -> int:
    """Return the id of the awarding body, which keeps what belongs to no other organisation."""
    statement = select(Organisation.id).where(Organisation.kind == Kind.AWARDING_BODY.value)
    return db.session.scalars(statement.order_by(Organisation.id).limit(1)).one()


def answer_some(request: VerificationRequest, at: datetime) -> int:
    """Answer the next numbers of a list; return how many are answered by now."""
    done = len(request.answers)
    policy = _policy()
    asked = [rules.understand(text, policy) for text in request.asked[done : done + AT_ONCE]]
    facts = _facts([each.reference for each in asked if each.reference])
    today = local(at).date()
    answers: list[dict[str, Any]] = []
    for each in asked:
        fact = facts.get(each.reference or "")
        finding = each.finding or rules.judge(fact, policy, today)
        is_told = fact is not None and finding in rules.OF_STATES.values()
        answers.append({
            "number": each.reference or each.text[:60],
            "finding": finding.value,
            "initials": fact.initials if fact is not None and is_told else "",
            "replaced_by": _successor(fact, finding),
        })  # fmt: skip
    request.answers = [*request.answers, *answers]
    db.session.flush()
    return done + len(answers)


def _successor(fact: Fact | None, finding: Finding) -> str:
    return (fact.replaced_by or "") if fact is not None and finding is Finding.REPLACED else ""


def _policy() -> Policy:
    found = db.session.scalar(select(DocumentSettings).order_by(DocumentSettings.id).limit(1))
    if found is None:
        return rules.ANY
    return Policy(found.verifiable_from, found.old_pattern)


def _facts(references: Sequence[str]) -> dict[str, Fact]:
    statement = select(VerificationFact).where(
        reading.among(VerificationFact.reference, list(references))
    )
    return {
        each.reference: Fact(
            each.reference, each.state, each.initials, each.replaced_by, each.issued_on,
            each.expires_on,
        )
        for each in db.session.scalars(statement)
    }  # fmt: skip


def complete(request: VerificationRequest, *, key: str, size: int, at: datetime) -> None:
    """Record the sealed report on a list, by the key and size of its file."""
    request.file = StoredFile(
        organisation_id=request.organisation_id,
        key=key,
        name=f"verification-{request.id}.pdf",
        media_type="application/pdf",
        size=size,
        created_at=at,
    )
    request.state, request.completed_at = "completed", at
    db.session.flush()


def misses_of(request: VerificationRequest) -> int:
    """Return how many well-formed numbers of a list were not ours."""
    return sum(each["finding"] == Finding.UNKNOWN.value for each in request.answers)
