"""Stages of registrations in progress: reached on a day, one by one or many at once (A71)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select

from app.clock import local
from app.domain.kernel import workflow
from app.domain.kernel.words import say
from app.domain.kernel.workflow import Outcome
from app.domain.registrations import queries
from app.domain.registrations.models import Registration, RegistrationStage
from app.domain.registrations.queries import SchemeFacts
from app.errors import FieldErrors
from app.extensions import db


def reach_stage(
    registrations: Sequence[Registration],
    number: int,
    on: date,
    at: datetime,
    versions: Mapping[int, int] | None = None,
) -> Outcome[Registration]:
    """Record that registrations reached stage ``number`` on a day.

    A later stage may be reached without those between. Each row is refused in words when the
    stage is not ahead of it, when its scheme has no such stage, or when it reached the stage
    before on a later day. Raise FieldErrors for a day in the future.
    """
    if on > local(at).date():
        raise FieldErrors({"on": say("This day is in the future. Give the day it was reached.")})
    session = db.session()
    workflow.lock(session, registrations)
    outcome = workflow.sort_out(registrations, "reach_stage", versions=versions)
    facts = queries.scheme_facts(each.scheme_id for each in registrations)
    candidates, outcome.moved = outcome.moved, []
    for registration in candidates:
        problem = _problem(registration, number, on, facts[registration.scheme_id])
        if problem:
            outcome.refused.append((registration, [problem]))
        else:
            outcome.moved.append(registration)
    values = {"stage_number": number, "stage_reached_on": on}
    workflow.make_moves(session, outcome.moved, "reach_stage", at=at, values=values)
    session.add_all(
        RegistrationStage(registration=registration, number=number, reached_on=on)
        for registration in outcome.moved
    )
    session.flush()
    return outcome


def _problem(registration: Registration, number: int, on: date, facts: SchemeFacts) -> str | None:
    if number not in facts.stages:
        return say("Its scheme has no stage %(number)s", number=number)
    if number <= registration.stage_number:
        return say("It has reached stage %(number)s already", number=registration.stage_number)
    before = registration.stage_reached_on
    if before is not None and on < before:
        return say(
            "It reached stage %(number)s on %(day)s, after the day given",
            number=registration.stage_number, day=f"{before:%d/%m/%Y}",
        )  # fmt: skip
    return None


def undo_stage(
    registrations: Sequence[Registration],
    at: datetime,
    versions: Mapping[int, int] | None = None,
) -> Outcome[Registration]:
    """Take back the last stage that registrations reached; the first one stays."""
    session = db.session()
    workflow.lock(session, registrations)
    outcome = workflow.sort_out(registrations, "undo_stage", versions=versions)
    stages = _stages_of(outcome.moved)
    candidates, outcome.moved = outcome.moved, []
    back_to: dict[tuple[int, date], list[Registration]] = {}
    for registration in candidates:
        reached = stages.get(registration.id, [])
        if len(reached) < 2:
            words = "It is at its first stage, which began when it was paid"
            outcome.refused.append((registration, [words]))
            continue
        outcome.moved.append(registration)
        session.delete(reached[-1])
        back_to.setdefault((reached[-2].number, reached[-2].reached_on), []).append(registration)
    session.flush()
    for (number, on), rows in back_to.items():
        values = {"stage_number": number, "stage_reached_on": on}
        workflow.make_moves(session, rows, "undo_stage", at=at, values=values)
    return outcome


def _stages_of(registrations: Sequence[Registration]) -> dict[int, list[RegistrationStage]]:
    statement = (
        select(RegistrationStage)
        .where(RegistrationStage.registration_id.in_([each.id for each in registrations]))
        .order_by(RegistrationStage.registration_id, RegistrationStage.number)
    )
    found: dict[int, list[RegistrationStage]] = {}
    for stage in db.session.scalars(statement):
        found.setdefault(stage.registration_id, []).append(stage)
    return found


def resume(
    registrations: Sequence[Registration], versions: Mapping[int, int] | None, at: datetime
) -> Outcome[Registration]:
    """Undo completing: the registrations are in progress again."""
    session = db.session()
    workflow.lock(session, registrations)
    outcome = workflow.sort_out(registrations, "resume", versions=versions)
    workflow.make_moves(session, outcome.moved, "resume", at=at)
    return outcome
