"""Awards of the demo world and their documents: issued, failed, cancelled, replaced."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select

from app.demo.acting import on
from app.domain.awards.fields import Component
from app.domain.awards.models import Award, IssuedDocument
from app.domain.awards.rules import VALID, RecordType
from app.domain.awards.service import ending, issuing, making
from app.domain.awards.service.making import AwardDraft
from app.domain.kernel.viewer import Viewer, seen_by
from app.domain.registrations import queries
from app.domain.registrations import service as registrations
from app.domain.registrations.models import Registration
from app.domain.registrations.rules import COMPLETED, IN_PROGRESS
from app.extensions import db
from app.transaction import transaction

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FINISHED = 14
"""People of each provider who have finished."""
UNISSUED = 3
"""Awards that wait for their documents to be issued."""
UNITS = (
    ("AC01", "Health, safety and good housekeeping", 4),
    ("AC02", "Routine vehicle maintenance", 8),
    ("AC03", "Inspection of braking and steering systems", 8),
    ("AC04", "Removal and replacement of tyres and exhausts", 6),
    ("AC05", "Customer care in the workshop", 3),
    ("AC06", "Hybrid and electric vehicles: awareness", 2),
)
OUTCOMES = ("pass", "pass", "merit", "pass", "distinction")


def award(providers: Sequence[Viewer], staff: Viewer, chance: Random, today: datetime) -> None:
    """Let some registrations be completed, make awards on them, and issue most of these."""
    for place, provider in enumerate(providers):
        finish(provider, today - 40 * DAY)
        with on(today - 30 * DAY + place * HOUR, staff):
            drafts = [_draft(each, chance, today) for each in _completed(provider)]
            made = making.make_awards(drafts, at=today - 30 * DAY + place * HOUR)
        order = issuing.Order(types=frozenset(RecordType))
        with on(today - 20 * DAY + place * HOUR, staff):
            chosen = db.session.scalars(select(Award).where(Award.id.in_(made[:-UNISSUED])))
            issuing.issue(list(chosen), order, at=today - 20 * DAY + place * HOUR)


def finish(provider: Viewer, at: datetime) -> None:
    """Bring some registrations in progress to their last stage, and complete them."""
    with seen_by(provider), transaction():
        statement = (
            select(Registration)
            .where(Registration.state == IN_PROGRESS.code)
            .order_by(Registration.id)
            .limit(FINISHED)
        )
        rows = list(db.session.scalars(statement))
        facts = queries.scheme_facts(each.scheme_id for each in rows)
        for each in rows:
            for stage in range(each.stage_number + 1, facts[each.scheme_id].last_stage + 1):
                registrations.reach_stage([each], stage, at.date(), at)
        registrations.complete(rows, None, at)


def _completed(provider: Viewer) -> list[Registration]:
    statement = (
        select(Registration)
        .where(
            Registration.provider_id == provider.organisation_id,
            Registration.state == COMPLETED.code,
        )
        .order_by(Registration.id)
    )
    return list(db.session.scalars(statement))


def _draft(registration: Registration, chance: Random, today: datetime) -> AwardDraft:
    outcome = chance.choice(OUTCOMES)
    units = UNITS[: chance.randint(3, len(UNITS))]
    return AwardDraft(
        registration_id=registration.id,
        outcome=outcome,
        awarded_on=(today - chance.randint(31, 39) * DAY).date(),
        level="3",
        credits=sum(credit for _, _, credit in units),
        components=tuple(
            Component(code=code, title=title, level="3", credit=credit, result="Pass")
            for code, title, credit in units
        ),
    )


def end_some(staff: Viewer, today: datetime) -> None:
    """Cancel a document, let one expire and replace one, once they have been made."""
    with on(today - 10 * DAY, staff):
        ending.cancel(_valid(1), None, at=today - 10 * DAY, reason="Issued to the wrong person")
    with on(today - 9 * DAY, staff):
        ending.expire(_valid(1), None, at=today - 9 * DAY, reason="Superseded by a new card")
    with on(today - 8 * DAY, staff):
        for each in _valid(1):
            ending.replace(each, at=today - 8 * DAY, reason="The name was misspelt")


def _valid(count: int) -> list[IssuedDocument]:
    statement = (
        select(IssuedDocument)
        .where(IssuedDocument.state == VALID.code, IssuedDocument.record_type == "certificate")
        .order_by(IssuedDocument.id)
        .limit(count)
    )
    return list(db.session.scalars(statement))
