"""Putting a batch together, taking back, and saving it: registrations, and the order for them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.clock import local
from app.domain.imports.batches import fields, queries
from app.domain.imports.batches.models import BatchCandidate, BatchDraft
from app.domain.kernel import viewer as viewers
from app.domain.kernel.fields import Field
from app.domain.kernel.words import say
from app.domain.people.models import Person
from app.errors import ConflictError, NotFoundError, StaleError
from app.extensions import db

MOST = 200
"""Candidates that one batch on screen holds; more are better brought by a spreadsheet."""


def begin(at: datetime) -> BatchDraft:
    """Begin a batch for the viewer's organisation."""
    viewer = viewers.of(db.session())
    if viewer.organisation_id is None or viewer.user_id is None:
        raise ConflictError("Choose the organisation that you work for first.")
    draft = BatchDraft(
        provider_id=viewer.organisation_id,
        created_by_id=viewer.user_id,
        created_at=at,
        changed_by_id=viewer.user_id,
        changed_at=at,
    )
    db.session.add(draft)
    db.session.flush()
    return draft


def keep(draft: BatchDraft, values: Mapping[str, Any], version: int, at: datetime) -> int:
    """Keep what was chosen and typed for the whole batch; ``values`` are read by ``of_batch``.

    Return the version that the page goes on with: the present one, unless somebody else changed
    the batch since ``version`` was shown. Raise StaleError, with both versions in words, when
    this would replace what they changed.
    """
    wanted = {fields.COLUMNS[name]: value for name, value in values.items()}
    wanted["purchase_order_number"] = wanted.get("purchase_order_number") or ""
    hold(draft)
    changed = {name: new for name, new in wanted.items() if getattr(draft, name) != new}
    is_stale = version != draft.version
    if changed and is_stale:
        raise _stale(draft, values)
    for name, value in changed.items():
        setattr(draft, name, value)
    if changed:
        _touch(draft, at)
    return version if is_stale else draft.version


def add_known(draft: BatchDraft, person_id: int, at: datetime) -> BatchCandidate:
    """Add somebody the organisation knows; somebody taken out before comes back as they were.

    Raise NotFoundError for anybody else, ConflictError for somebody in the batch already.
    """
    hold(draft)
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFoundError
    before: BatchCandidate | None = db.session.scalar(
        select(BatchCandidate).where(
            BatchCandidate.draft_id == draft.id, BatchCandidate.person_id == person.id
        )
    )
    if before is not None and not before.is_removed:
        raise ConflictError(say("%(name)s is in this batch already.", name=person.full_name))
    _refuse_too_many(draft)
    if before is not None:
        before.is_removed = False
        _touch(draft, at)
        return before
    answers = queries.employer_facts(person, queries.subject_for(draft.provider_id))
    candidate = BatchCandidate(draft=draft, person=person, answers=answers)
    db.session.add(candidate)
    _touch(draft, at)
    return candidate


def add_new(
    draft: BatchDraft, answers: Mapping[str, str], at: datetime, *, is_new: bool = False
) -> BatchCandidate:
    """Add a new person, who is made known when the batch is saved."""
    hold(draft)
    _refuse_too_many(draft)
    candidate = BatchCandidate(draft=draft, answers=_given(answers), is_new=is_new)
    db.session.add(candidate)
    _touch(draft, at)
    return candidate


def answer(
    candidate: BatchCandidate, answers: Mapping[str, str], version: int, at: datetime
) -> None:
    """Replace what was typed about a candidate; raise StaleError when somebody else was faster."""
    draft = candidate.draft
    hold(draft)
    db.session.refresh(candidate)
    wanted = _given(answers)
    if candidate.answers == wanted:
        return
    if candidate.version != version:
        raise _stale_candidate(candidate, wanted)
    candidate.answers = wanted
    _touch(draft, at)


def remove(candidate: BatchCandidate, at: datetime) -> None:
    """Take a candidate out of the batch; ``restore`` undoes it (C30)."""
    hold(candidate.draft)
    candidate.is_removed = True
    _touch(candidate.draft, at)


def restore(candidate: BatchCandidate, at: datetime) -> None:
    """Put a candidate who was taken out back into the batch."""
    hold(candidate.draft)
    if not candidate.is_removed:
        return
    _refuse_too_many(candidate.draft)
    candidate.is_removed = False
    _touch(candidate.draft, at)


def discard(draft: BatchDraft) -> None:
    """Throw away a batch that was never saved, with everything typed into it."""
    hold(draft)
    db.session.delete(draft)
    db.session.flush()


def _given(answers: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in answers.items() if name in fields.CANDIDATE and text}


def hold(draft: BatchDraft) -> None:
    """Hold the row until the transaction ends, as it stands now.

    Raise ConflictError for a batch that is saved, or of another organisation than the active one.
    """
    found = db.session.get(BatchDraft, draft.id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFoundError
    if found.saved_at is not None:
        raise ConflictError("This batch was saved already; nothing in it is changed any more.")
    if found.provider_id != viewers.of(db.session()).organisation_id:
        raise ConflictError(
            say(
                "This batch belongs to %(name)s. Choose that organisation to work for, and try "
                "again.",
                name=found.provider.name,
            )
        )


def _touch(draft: BatchDraft, at: datetime) -> None:
    """Raise the version of the batch: whoever looks at it elsewhere learns of the change."""
    draft.changed_at = at
    draft.changed_by_id = viewers.of(db.session()).user_id or draft.changed_by_id
    db.session.flush()


def _refuse_too_many(draft: BatchDraft) -> None:
    if queries.count(draft) >= MOST:
        raise ConflictError(
            say(
                "A batch on screen holds %(most)s candidates. Save this one and begin another, or "
                "use the spreadsheet.",
                most=MOST,
            )
        )


def refuse_changed(draft: BatchDraft, version: int) -> None:
    """Raise StaleError when somebody else changed the batch since ``version`` was shown."""
    if version != draft.version:
        raise StaleError(
            "Somebody else changed this batch since you opened the page. Nothing was saved yet: "
            "look through the candidates, then press Save again.",
            told=_told(draft),
        )


def _told(draft: BatchDraft) -> str:
    when = f"{local(draft.changed_at):%d/%m/%Y %H:%M}"
    return say("%(who)s changed it on %(when)s.", who=draft.changed_by.full_name, when=when)


def _stale(draft: BatchDraft, values: Mapping[str, Any]) -> StaleError:
    subject = fields.of_batch(queries.subject_for(draft.provider_id))
    error = StaleError(
        "Somebody else changed this batch since you opened the page. Nothing of yours was saved "
        "yet; both versions are shown.",
        told=_told(draft),
    )
    for name, value in values.items():
        stands = getattr(draft, fields.COLUMNS[name])
        if (stands or None) != (value or None):
            _show_both(error, subject.field(name), stands, value)
    return error


def _stale_candidate(candidate: BatchCandidate, wanted: Mapping[str, str]) -> StaleError:
    subject = queries.subject_for(candidate.draft.provider_id)
    error = StaleError(
        "Somebody else changed this candidate since you opened the page. Nothing of yours was "
        "saved yet; both versions are shown.",
        told=_told(candidate.draft),
    )
    for name in fields.CANDIDATE:
        stands, yours = candidate.answers.get(name, ""), wanted.get(name, "")
        if stands != yours:
            _show_both(error, subject.field(name), stands, yours)
    return error


def _show_both(error: StaleError, field: Field, theirs: Any, yours: Any) -> None:
    error.theirs[field.label] = field.show(theirs)
    error.yours[field.label] = field.show(yours)
