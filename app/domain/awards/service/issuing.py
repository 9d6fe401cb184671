"""Issuing: awards become a job of documents, each with its number and its frozen data."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from app.clock import local
from app.domain.awards import queries, rules
from app.domain.awards.models import Award, IssuedDocument, PaperCopy, PrintJob
from app.domain.awards.rules import RecordType
from app.domain.awards.service import freezing
from app.domain.kernel import creating, jobs, workflow
from app.domain.kernel import viewer as viewers
from app.domain.kernel.document_numbers import new_code, new_reference
from app.domain.kernel.identifiers import name_key
from app.domain.kernel.numbering import take_numbers
from app.domain.kernel.words import N_
from app.domain.kernel.workflow import Outcome, Requirement
from app.errors import ConflictError
from app.extensions import db

COUNTER = "print_job"
MAKING = "make_documents"
"""The background job that renders, seals and stores; its payload is {"ids": document ids}."""
WHOLE = N_("The whole award is recorded")
AT_ONCE = 40
"""Documents that one background job makes: several workers share a print job."""
ON_PAPER = (RecordType.CERTIFICATE, RecordType.TRANSCRIPT)
"""Documents of which there is paper."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to issue for each award: which documents, until when they are valid, on paper too."""

    types: frozenset[RecordType]
    expires_on: date | None = None
    on_paper: bool = True


@dataclass(frozen=True)
class Wanted:
    """One document to be made: of which award, and which one it replaces for what reason."""

    award: Award
    record_type: RecordType
    replaces: IssuedDocument | None = None
    reason: str = ""


def sort_out(
    rows: Sequence[Award],
    seen: Mapping[int, int] | None = None,
    incomplete: Mapping[int, str] = MappingProxyType({}),
) -> Outcome[Award]:
    """Tell for which awards documents can be issued.

    ``incomplete`` says by the id of an award what is still to be recorded of it: what documents
    say is frozen, so they wait for the whole of it.
    """

    def requirements(award: Award) -> tuple[Requirement, ...]:
        words = incomplete.get(award.id)
        return (Requirement("complete", WHOLE, words, lambda _: False),) if words else ()

    return workflow.sort_out(rows, "issue", requirements, versions=seen)


def issue(awards: Sequence[Award], order: Order, *, at: datetime) -> list[int]:
    """Issue documents for ``awards``, all or none; return the ids of the jobs, one per centre.

    Raise IllegalMoveError for an award whose documents were issued already, ConflictError when
    nothing that was asked for would come of the awards.
    """
    workflow.make_moves(db.session(), awards, "issue", at=at)
    wanted = [
        Wanted(award, each) for award in awards for each in queries.types_for(award, order.types)
    ]
    return ask_for(wanted, order, at=at)


def ask_for(wanted: Sequence[Wanted], order: Order, *, at: datetime) -> list[int]:
    """Make the rows of documents that workers then make; return the ids of their jobs."""
    if not wanted:
        raise ConflictError(
            "None of these awards brings such a document: a certificate needs an achievement, a "
            "transcript needs components."
        )
    by_centre: dict[int, list[Wanted]] = {}
    for each in wanted:
        by_centre.setdefault(each.award.provider_id, []).append(each)
    numbers = take_numbers(db.session(), COUNTER, len(by_centre))
    return [
        _job(number, provider_id, parts, order, at)
        for number, (provider_id, parts) in zip(numbers, by_centre.items(), strict=True)
    ]


def _job(
    number: int, provider_id: int, wanted: Sequence[Wanted], order: Order, at: datetime
) -> int:
    session = db.session()
    viewer = viewers.of(session)
    job = PrintJob(
        number=number,
        provider_id=provider_id,
        requested=len(wanted),
        created_by_id=viewer.user_id,
        created_by=viewer.actor,
        created_at=at,
    )
    centre = wanted[0].award.provider
    job.search_text = name_key(job.reference, str(number), viewer.actor, centre.name)[:600]
    session.add(job)
    session.flush()
    ids = creating.create(session, IssuedDocument, _rows(job, wanted, order, at), at=at)
    if order.on_paper:
        _add_paper(ids, wanted, at)
    enqueue_making(ids, at=at)
    return int(job.id)


def _rows(
    job: PrintJob, wanted: Sequence[Wanted], order: Order, at: datetime
) -> list[dict[str, Any]]:
    settings, templates = queries.settings(), queries.newest_templates()
    body, today = freezing.body_of(settings), local(at).date()
    rows = []
    for each in wanted:
        award, reference = each.award, new_reference()
        content = freezing.freeze(
            award,
            each.record_type,
            reference=reference,
            body=body,
            settings=settings,
            issued_on=today,
            expires_on=order.expires_on,
            replaces=each.replaces.reference if each.replaces else None,
        )
        holder, registration = content["person"]["full_name"], award.registration
        rows.append({
            "job_id": job.id,
            "award_id": award.id,
            "registration_id": award.registration_id,
            "person_id": award.person_id,
            "provider_id": award.provider_id,
            "record_type": each.record_type.value,
            "reference": reference,
            "code": new_code(),
            "content": content,
            "template_version_id": templates[each.record_type].id,
            "replaces_id": each.replaces.id if each.replaces else None,
            "reason": each.reason,
            "expires_on": order.expires_on,
            "issued_on": today,
            "holder": holder,
            "title": award.title,
            "holder_key": award.holder_key,
            "issued_key": at,
            "search_text": name_key(
                reference, reference.replace("-", ""), award.holder_key,
                registration.enrolment_number, str(registration.number), award.title,
            )[:600],
            "state": rules.PENDING.code,
        })  # fmt: skip
    return rows


def _add_paper(ids: Sequence[int], wanted: Sequence[Wanted], at: datetime) -> None:
    rows = [
        {
            "document_id": row_id,
            "provider_id": each.award.provider_id,
            "state": rules.TO_PRINT.code,
            "created_at": at,
        }
        for row_id, each in zip(ids, wanted, strict=True)
        if each.record_type in ON_PAPER
    ]
    creating.create(db.session(), PaperCopy, rows, at=at)


def enqueue_making(ids: Sequence[int], *, at: datetime) -> None:
    """Let workers make these documents, in parts that several of them share."""
    for start in range(0, len(ids), AT_ONCE):
        part = list(ids[start : start + AT_ONCE])
        jobs.enqueue(
            db.session(), MAKING, {"ids": part}, key=f"documents {part[0]}-{part[-1]}", at=at
        )


def retry(
    rows: Sequence[IssuedDocument], seen: Mapping[int, int] | None, *, at: datetime
) -> Outcome[IssuedDocument]:
    """Try failed documents again, with the data that were frozen and the newest templates."""
    outcome = workflow.sort_out(rows, "retry", versions=seen)
    by_type: dict[str, list[IssuedDocument]] = {}
    for row in outcome.moved:
        by_type.setdefault(row.record_type, []).append(row)
    templates = queries.newest_templates()
    for record_type, alike in by_type.items():
        values = {"failure": "", "template_version_id": templates[record_type].id}
        workflow.make_moves(db.session(), alike, "retry", at=at, values=values)
    enqueue_making([row.id for row in outcome.moved], at=at)
    return outcome


def abandon(
    rows: Sequence[IssuedDocument], seen: Mapping[int, int] | None, *, at: datetime, reason: str
) -> Outcome[IssuedDocument]:
    """Drop failed documents: they were never issued, and nobody finds their numbers."""
    outcome = workflow.sort_out(rows, "abandon", versions=seen)
    workflow.make_moves(
        db.session(), outcome.moved, "abandon", at=at, reason=reason, values={"reason": reason}
    )
    return outcome


def wanted_types(codes: Iterable[str]) -> frozenset[RecordType]:
    """Return record types from what a form names; raise ConflictError for none."""
    named = set(codes)
    found = frozenset(each for each in RecordType if each.value in named)
    if not found:
        raise ConflictError("Choose at least one type of document.")
    return found
