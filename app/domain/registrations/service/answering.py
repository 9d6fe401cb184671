"""A passed assessment answers the health and safety requirement of what waits for it (A5, A33)."""

from collections.abc import Collection
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select

from app.domain.kernel import workflow
from app.domain.kernel.workflow import State
from app.domain.organisations.models import OrganisationAncestry
from app.domain.registrations import queries, rules
from app.domain.registrations.models import CardApplication, Registration
from app.domain.registrations.service.applying import verify_applications
from app.domain.registrations.service.saving import follow_completeness
from app.extensions import db

Passed = Collection[tuple[int, int]]
"""Who passed, and for which organisation: ids of person and organisation."""
Row = TypeVar("Row", Registration, CardApplication)


def answer_health_and_safety(passed: Passed, at: datetime) -> None:
    """Answer the requirement of people's registrations and applications, and follow what results.

    Of each organisation named and of those below it; only what lacks the answer and is not
    finalised. A dozen statements for five hundred people.
    """
    if not passed:
        return
    registrations = _answered(Registration, rules.STARTED, passed, at)
    people = queries.people_of(registrations)  # held, so that the rows find them without asking
    follow_completeness(registrations, at)
    del people
    verify_applications(_answered(CardApplication, rules.APPLICATION_STARTED, passed, at), at)


def _answered(model: type[Row], started: State, passed: Passed, at: datetime) -> list[Row]:
    """Set the answer on the rows that lack it, and return them."""
    session = db.session()
    above = OrganisationAncestry
    statement = (
        select(model, above.ancestor_id)
        .join(above, above.descendant_id == model.provider_id)
        .where(
            model.person_id.in_({person for person, _ in passed}),
            above.ancestor_id.in_({owner for _, owner in passed}),
            model.state == started.code,
        )
        .order_by(model.id)
    )
    rows = session.execute(statement)
    found = list(dict.fromkeys(row for row, owner in rows if (row.person_id, owner) in passed))
    workflow.lock(session, found)
    waiting = [row for row in found if row.state == started.code and not row.health_and_safety]
    values = {"health_and_safety": True}
    workflow.make_moves(session, waiting, "answer_assessment", at=at, values=values)
    return waiting
