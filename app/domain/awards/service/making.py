"""Awards: what learners achieved, recorded by staff, by upload or from a claim."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app.domain.awards import queries, rules
from app.domain.awards.fields import Component
from app.domain.awards.models import Award
from app.domain.kernel import creating, workflow
from app.domain.kernel import viewer as viewers
from app.domain.kernel.identifiers import name_key
from app.domain.kernel.numbering import take_numbers
from app.domain.kernel.words import N_
from app.domain.kernel.workflow import Outcome
from app.domain.registrations import rules as registrations
from app.domain.registrations.models import Registration
from app.errors import ConflictError, ForbiddenError
from app.extensions import db

COUNTER = "award"


@dataclass(frozen=True, kw_only=True)
class AwardDraft:
    """An award to be made; what is left empty follows from the registration."""

    registration_id: int
    outcome: str
    awarded_on: date
    grade: str = ""
    title: str = ""
    title_number: str = ""
    level: str = ""
    credits: int | None = None
    components: tuple[Component, ...] = field(default=())


def refusal(registration: Registration | None, present: Award | None) -> str | None:
    """Return in words why no award can be made on a registration, or None."""
    if registration is None:
        return N_("There is no such registration.")
    if registration.state != registrations.COMPLETED.code:
        state = registration.state_shown.label.lower()
        return f"The registration is {state}: awards are made once it is completed."
    if present is not None:
        return f"It has an award already, number {present.number}."
    return None


def make_awards(drafts: Sequence[AwardDraft], *, at: datetime, source: str = "staff") -> list[int]:
    """Make awards, all or none; return their ids in order.

    Raise ConflictError naming the first registration on which none can be made, ForbiddenError
    for whoever is not of the awarding body.
    """
    session = db.session()
    if not viewers.of(session).everything:
        raise ForbiddenError("Awards are made by the awarding body.")
    ids = [draft.registration_id for draft in drafts]
    if len(set(ids)) != len(ids):
        raise ConflictError("A registration is named twice.")
    found, present = queries.registrations_for_awards(ids), queries.awarded(ids)
    for row_id in ids:
        reason = refusal(found.get(row_id), present.get(row_id))
        if reason is not None:
            named = found[row_id].number if row_id in found else ""
            raise ConflictError(f"{named} {reason}".strip())
    numbers = take_numbers(session, COUNTER, len(drafts)) if drafts else ()
    rows = [
        _row(draft, found[draft.registration_id], number, source, at)
        for draft, number in zip(drafts, numbers, strict=True)
    ]
    return creating.create(session, Award, rows, at=at) if rows else []


def _row(
    draft: AwardDraft, registration: Registration, number: int, source: str, at: datetime
) -> dict[str, Any]:
    titled = title_of(registration)
    title = draft.title or titled["title"]
    person = registration.person
    return {
        "number": number,
        "registration_id": registration.id,
        "person_id": person.id,
        "provider_id": registration.provider_id,
        "title": title,
        "title_number": draft.title_number or titled["title_number"],
        "level": draft.level or titled["level"],
        "outcome": draft.outcome,
        "grade": draft.grade,
        "credits": draft.credits,
        "awarded_on": draft.awarded_on,
        "components": [each.plain() for each in draft.components],
        "source": source,
        "holder_key": person.name_key,
        "search_text": name_key(
            str(number), str(registration.number), registration.enrolment_number,
            person.name_key, person.uln or "", title,
        )[:600],
        "state": rules.AWAITING_ISSUE.code,
        "created_by_id": viewers.of(db.session()).user_id,
        "created_at": at,
    }  # fmt: skip


def title_of(registration: Registration) -> dict[str, str]:
    """Return what documents call the registration's scheme or standard, its number and level."""
    package = registration.package
    if package is None:
        return {"title": registration.scheme.name, "title_number": "", "level": ""}
    version = package.standard_version
    standard = version.standard
    option = f" ({version.option})" if version.option else ""
    return {
        "title": f"{standard.title}{option}"[:200],
        "title_number": f"{standard.reference}/{version.assessment_plan}",
        "level": str(standard.level),
    }


def change_award(award: Award, values: Mapping[str, Any]) -> None:
    """Change an award whose documents were not issued yet; raise ConflictError otherwise."""
    if award.state != rules.AWAITING_ISSUE.code:
        raise ConflictError(
            "Its documents were issued: cancel or replace those, they never change."
        )
    for name, value in values.items():
        setattr(award, name, value)
    db.session.flush()


def add_components(award: Award, components: Sequence[Component]) -> None:
    """Add to the components of an award that waits to be issued, in order; none twice by code."""
    known = {each["code"] for each in award.components}
    fresh = [each.plain() for each in components if each.code not in known]
    if fresh:
        change_award(award, {"components": [*award.components, *fresh]})


def withdraw_awards(
    rows: Sequence[Award], seen: Mapping[int, int] | None, *, at: datetime, reason: str
) -> Outcome[Award]:
    """Withdraw awards; documents that were issued live on until they are cancelled."""
    outcome = workflow.sort_out(rows, "withdraw", versions=seen)
    workflow.make_moves(db.session(), outcome.moved, "withdraw", at=at, reason=reason)
    return outcome
