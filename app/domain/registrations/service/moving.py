"""Moves of registrations and of the card applications that go with them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from app.clock import local
from app.domain.kernel import audit, scope, workflow
from app.domain.kernel.numbering import take_numbers
from app.domain.kernel.workflow import Outcome, Requirement
from app.domain.people.service import give_numbers
from app.domain.registrations import queries, rules
from app.domain.registrations.models import (
    CardApplication,
    CardBatch,
    Registration,
    RegistrationStage,
)
from app.domain.registrations.rules import Kind
from app.errors import ConflictError
from app.extensions import db

Versions = Mapping[int, int]
Registrations = Sequence[Registration]
Required = Callable[[Registration], Sequence[Requirement]]


def finalise(
    registrations: Registrations, versions: Versions | None, at: datetime
) -> Outcome[Registration]:
    """Finalise what lacks nothing, and make its initial card application (A33).

    ``versions`` maps ids to the versions that the person saw. The outcome says row by row what
    the others lack. A thousand rows are a dozen statements.
    """
    session = db.session()
    schemes = [each.scheme for each in registrations]  # held, so that locking reads none anew
    workflow.lock(session, registrations)
    people = queries.people_of(registrations)  # held, so that the rows find them without asking
    outcome = sort_out("finalise", registrations, versions)
    workflow.make_moves(session, outcome.moved, "finalise", at=at, values={"finalised_at": at})
    _apply_for_cards([each for each in outcome.moved if each.kind != Kind.STANDARD], at)
    give_numbers(list({each.person_id: each.person for each in outcome.moved}.values()))
    del people, schemes
    return outcome


def sort_out(
    move: str, registrations: Registrations, versions: Versions | None = None
) -> Outcome[Registration]:
    """Tell which registrations can make ``move`` and what each other lacks; change nothing."""
    required: Required = _nothing_required
    if move == "finalise":
        required = _required_for_finalising(registrations)
    elif move == "complete":
        required = _required_for_completing(registrations)
    return workflow.sort_out(registrations, move, required, versions)


def _nothing_required(_registration: Registration) -> Sequence[Requirement]:
    return ()


def _required_for_finalising(registrations: Registrations) -> Required:
    facts = queries.scheme_facts(each.scheme_id for each in registrations)
    return lambda registration: facts[registration.scheme_id].requirements


def _required_for_completing(registrations: Registrations) -> Required:
    facts = queries.scheme_facts(each.scheme_id for each in registrations)
    reached_last = Requirement(
        "last_stage", "Last stage", "It has not reached the last stage of its scheme",
        lambda row: row.stage_number >= facts[row.scheme_id].last_stage,
    )  # fmt: skip
    return lambda _registration: (reached_last,)


def _apply_for_cards(registrations: Registrations, at: datetime) -> None:
    if not registrations:
        return
    session = db.session()
    numbers = take_numbers(session, "card_application", len(registrations))
    rows = [
        {
            "number": number,
            "registration_id": registration.id,
            "person_id": registration.person_id,
            "provider_id": registration.provider_id,
            "administering_body_id": registration.scheme.administering_body_id,
            "health_and_safety": registration.health_and_safety,
            "applicant_key": registration.applicant_key,
            "search_text": f"{number} {registration.applicant_key}",
            "product_id": registration.scheme.product_id,
            "state": rules.APPLICATION_READY.code,
            "created_at": at,
        }
        for number, registration in zip(numbers, registrations, strict=True)
    ]
    scope.create_many(session, CardApplication, rows)
    made = queries.applications_numbered(numbers)
    after = {"state": rules.APPLICATION_READY.code}
    subjects = [
        audit.Subject(CardApplication.__tablename__, row_id, owner) for row_id, owner in made
    ]
    events = audit.rows_of_events(session, subjects, "created", after=after, at=at)
    audit.write(session, events)


def return_to_attention(
    registrations: Registrations, versions: Versions | None, at: datetime
) -> Outcome[Registration]:
    """Undo finalising: the registrations wait again, their card applications are cancelled."""
    return _move_with_applications(
        registrations, versions, at, "return_to_attention", "cancel",
        (rules.APPLICATION_READY.code,),
    )  # fmt: skip


def cancel(
    registrations: Registrations, versions: Versions | None, at: datetime, reason: str = ""
) -> Outcome[Registration]:
    """Cancel registrations that are not yet on an order, and their card applications."""
    return _move_with_applications(
        registrations, versions, at, "cancel", "cancel", (rules.APPLICATION_READY.code,), reason
    )


def _move_with_applications(
    registrations: Registrations,
    versions: Versions | None,
    at: datetime,
    move: str,
    application_move: str,
    application_states: Sequence[str],
    reason: str = "",
) -> Outcome[Registration]:
    session = db.session()
    workflow.lock(session, registrations)
    outcome = workflow.sort_out(registrations, move, versions=versions)
    workflow.make_moves(session, outcome.moved, move, at=at, reason=reason or None)
    applications = queries.applications_of(outcome.moved, application_states)
    workflow.make_moves(session, applications, application_move, at=at)
    return outcome


def put_on_order(registrations: Registrations, batch: CardBatch | None, at: datetime) -> None:
    """Put registrations and their card applications on an order, in a batch; all or none.

    Registrations on standards have no application, and need no batch.
    """
    session = db.session()
    applications = _one_each(registrations, rules.APPLICATION_READY.code)
    workflow.make_moves(session, registrations, "put_on_order", at=at)
    values = {"batch_id": batch.id if batch else None}
    workflow.make_moves(session, applications, "put_on_order", at=at, values=values)


def take_off_order(registrations: Registrations, at: datetime) -> None:
    """Make registrations ready for ordering again; all or none."""
    session = db.session()
    applications = _one_each(registrations, rules.AWAITING_PAYMENT.code)
    workflow.make_moves(session, registrations, "take_off_order", at=at)
    values = {"batch_id": None}
    workflow.make_moves(session, applications, "take_off_order", at=at, values=values)


def start(registrations: Registrations, at: datetime) -> None:
    """Begin what was paid: in progress at stage 1 from today, the cards being produced.

    A standard may have no stages.
    """
    session = db.session()
    applications = _one_each(registrations, rules.AWAITING_PAYMENT.code)
    today = local(at).date()
    staged = _staged(registrations)
    values = {"in_progress_at": at, "stage_number": 1, "stage_reached_on": today}
    workflow.make_moves(session, staged, "start", at=at, values=values)
    kept = {each.id for each in staged}
    others = [each for each in registrations if each.id not in kept]
    workflow.make_moves(session, others, "start", at=at, values={"in_progress_at": at})
    workflow.make_moves(session, applications, "produce", at=at)
    session.add_all(
        RegistrationStage(registration=registration, number=1, reached_on=today)
        for registration in staged
    )
    session.flush()


def _staged(registrations: Registrations) -> list[Registration]:
    """Return the registrations that have stages to go through."""
    schemes = {each.scheme_id for each in registrations if each.kind == Kind.STANDARD}
    facts = queries.scheme_facts(schemes) if schemes else {}
    without = {scheme_id for scheme_id in schemes if not facts[scheme_id].stages}
    return [each for each in registrations if each.scheme_id not in without]


def _one_each(registrations: Registrations, state: str) -> list[CardApplication]:
    """Return the one application in ``state`` of each registration that is not on a standard."""
    wanted = [each for each in registrations if each.kind != Kind.STANDARD]
    found = queries.applications_of(wanted, (state,)) if wanted else []
    if sorted(each.registration_id or 0 for each in found) != sorted(each.id for each in wanted):
        raise ConflictError(
            "Some of these registrations changed meanwhile. Open the list again; nothing was done."
        )
    return found


def complete(
    registrations: Registrations, versions: Versions | None, at: datetime
) -> Outcome[Registration]:
    """Complete registrations that have reached the last stage of their scheme."""
    return _move(registrations, versions, at, "complete", _required_for_completing(registrations))


def withdraw(
    registrations: Registrations, versions: Versions | None, at: datetime, reason: str = ""
) -> Outcome[Registration]:
    """Withdraw registrations that are in progress."""
    return _move(registrations, versions, at, "withdraw", reason=reason)


def _move(
    registrations: Registrations,
    versions: Versions | None,
    at: datetime,
    move: str,
    required: Required = _nothing_required,
    reason: str = "",
) -> Outcome[Registration]:
    session = db.session()
    workflow.lock(session, registrations)
    outcome = workflow.sort_out(registrations, move, required, versions)
    workflow.make_moves(session, outcome.moved, move, at=at, reason=reason or None)
    return outcome
