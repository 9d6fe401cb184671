"""Saving a batch: the registrations are made, and one order is raised for them."""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce

from sqlalchemy import select

from app.domain.catalogue import queries as catalogue
from app.domain.imports.batches import queries, service
from app.domain.imports.batches.models import BatchCandidate, BatchDraft
from app.domain.imports.batches.queries import Entry
from app.domain.kernel.words import N_, say
from app.domain.orders.service import purchase
from app.domain.orders.service.purchase import Details
from app.domain.registrations import service as registered
from app.domain.registrations.models import Registration
from app.domain.registrations.service import StandardDraft, notices
from app.domain.registrations.standard_fields import DEFAULTS, EMPLOYER, PERSONAL
from app.errors import FieldErrors
from app.extensions import db


def save(draft: BatchDraft, version: int, details: Details | None, at: datetime) -> int:
    """Register everybody in the batch and, with ``details``, raise one order: all or none.

    Each candidate gets a confirmation (C10). Return how many were registered. Raise FieldErrors
    that name each candidate who lacks something ("candidate-17"), StaleError when somebody else
    changed the batch since ``version`` was shown, ConflictError for somebody registered on the
    standard already.
    """
    service.hold(draft)
    service.refuse_changed(draft, version)
    found = queries.entries(draft)
    errors = wrong(draft, found)
    if errors:
        raise FieldErrors(errors)
    made = _register(draft, found, at)
    notices.post_registered(made, at)
    if details is not None:
        draft.order_id = purchase.submit_purchase(_rows(made), None, details, at=at).id
    draft.saved_at = at
    db.session.flush()
    _forget(draft)
    return len(made)


def wrong(draft: BatchDraft, found: Sequence[Entry]) -> dict[str, str]:
    """Return what is wrong or missing before a batch can be saved, by what it concerns."""
    linked = {each.id for each in catalogue.standards_for(draft.provider_id)}
    errors: dict[str, str] = {}
    if draft.standard_version_id not in linked:
        errors["standard"] = N_("Select an apprenticeship standard.")
    elif draft.package is None or not draft.package.is_open:
        errors["package"] = N_("Select an apprenticeship package.")
    if not found:
        errors["candidates"] = N_("Add existing candidate or new candidate")
    for entry in found:
        if entry.errors:
            errors[f"candidate-{entry.candidate.id}"] = _named(entry)
    return errors


def _named(entry: Entry) -> str:
    """Name a candidate and all that is wrong or missing, in one sentence after the other."""
    words = reduce(
        lambda first, rest: say("%(first)s %(rest)s", first=first, rest=rest),
        entry.errors.values(),
    )
    return say("%(name)s: %(words)s", name=entry.name or "–", words=words)


def _register(draft: BatchDraft, found: Sequence[Entry], at: datetime) -> list[int]:
    assert draft.standard_version is not None
    assert draft.package is not None
    batch = registered.begin_batch(
        draft.standard_version, draft.package,
        purchase_order_number=draft.purchase_order_number, at=at,
    )  # fmt: skip
    draft.batch_id = batch.id
    made = []
    for entry in found:
        said = {name: entry.values[name] for name in PERSONAL if name not in entry.known}
        person_id = entry.candidate.person_id
        made.append(
            StandardDraft(
                person=said if person_id is None else person_id,
                changes={} if person_id is None else said,
                standard_version_id=draft.standard_version.id,
                package_id=draft.package.id,
                batch_id=batch.id,
                **{name: entry.values[name] for name in (*DEFAULTS, *EMPLOYER)},
            )
        )
    return registered.register_many(made, at)


def _rows(ids: Sequence[int]) -> list[Registration]:
    statement = select(Registration).where(Registration.id.in_(ids)).order_by(Registration.id)
    return list(db.session.scalars(statement))


def _forget(draft: BatchDraft) -> None:
    """Forget what was typed about people: their registrations say it now."""
    statement = select(BatchCandidate).where(BatchCandidate.draft_id == draft.id)
    for candidate in db.session.scalars(statement):
        db.session.delete(candidate)
    db.session.flush()
