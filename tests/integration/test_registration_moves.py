"""Registrations: finalised, ordered, started and moved through their stages."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.kernel.tables import Event
from app.domain.people.service import add_person
from app.domain.registrations import queries, service
from app.domain.registrations.models import (
    CardApplication,
    Registration,
    RegistrationStage,
)
from app.errors import ConflictError, FieldErrors
from app.extensions import db
from app.transaction import transaction
from tests.support.registrations import (
    AT,
    batch,
    complete_values,
    letters,
    many,
    person_values,
    saved,
    scheme,
    started,
)
from tests.support.viewers import viewer_of
from tests.support.watch import count_statements


@pytest.fixture
def provider(portal):
    return viewer_of(portal, "provider@demo.example")


@pytest.fixture
def rival(portal):
    return viewer_of(portal, "rival@demo.example")


@pytest.mark.both_databases
@pytest.mark.function("A33")
def test_finalising_moves_what_is_complete_and_names_what_is_not(backend, inside, provider):
    with inside(provider), transaction():
        done = saved()
        lacking = service.register(
            "apprentice", scheme(), add_person(person_values(surname="Zed")),
            complete_values(scheme(), health_and_safety=False), AT,
        )  # fmt: skip
        versions = {done.id: done.version, lacking.id: lacking.version}
        outcome = service.finalise([done, lacking], versions, AT)
        assert outcome.moved == [done]
        assert outcome.refused[0][0] is lacking
        assert len(outcome.refused[0][1]) == 2
        assert done.state == "ready_for_ordering"
        assert done.finalised_at == AT
        (application,) = db.session.scalars(select(CardApplication))
        assert (application.registration_id, application.state, application.kind) == (
            done.id, "ready", "initial",
        )  # fmt: skip
        assert application.product_id == done.scheme.product_id
        assert len(letters()) == 4  # none of them by finalising


def test_a_stale_row_is_not_finalised(inside, provider):
    with inside(provider), transaction():
        registration = saved()
        outcome = service.finalise([registration], {registration.id: 99}, AT)
        assert not outcome.moved
        assert "Somebody else changed it" in outcome.refused[0][1][0]


def test_a_finalised_registration_keeps_what_finalising_required(inside, provider):
    with inside(provider), transaction():
        registration = saved()
        service.finalise([registration], None, AT)
        with pytest.raises(FieldErrors) as refused:
            service.change(registration, {"pathway": None}, registration.version, AT)
        assert "pathway" in refused.value.errors


def test_finalising_can_be_undone_and_done_again(inside, provider):
    with inside(provider), transaction():
        registration = saved()
        service.finalise([registration], None, AT)
        service.return_to_attention([registration], None, AT)
        assert registration.state == "awaiting_finalisation"
        service.finalise([registration], None, AT)
        states = db.session.scalars(
            select(CardApplication.state).order_by(CardApplication.id)
        ).all()
        assert states == ["cancelled", "ready"]


@pytest.mark.both_databases
@pytest.mark.function("A68", "A71")
def test_a_paid_order_starts_registrations_at_stage_1(backend, inside, provider):
    with inside(provider), transaction():
        registration = saved()
        service.finalise([registration], None, AT)
        made = batch()
        service.put_on_order([registration], made, AT)
        (application,) = db.session.scalars(select(CardApplication))
        assert (registration.state, application.state) == ("on_order", "awaiting_payment")
        assert application.batch_id == made.id
        service.take_off_order([registration], AT)
        assert (registration.state, application.state) == ("ready_for_ordering", "ready")
        assert application.batch_id is None
        service.put_on_order([registration], made, AT)
        service.start([registration], AT)
        assert (registration.state, application.state) == ("in_progress", "being_produced")
        assert (registration.stage_number, registration.stage_reached_on) == (1, AT.date())
        (stage,) = db.session.scalars(select(RegistrationStage))
        assert (stage.number, stage.reached_on) == (1, AT.date())


def test_a_registration_goes_on_one_order_only(inside, provider):
    with inside(provider), transaction():
        registration = saved()
        service.finalise([registration], None, AT)
        service.put_on_order([registration], batch(), AT)
        with pytest.raises(ConflictError):
            service.put_on_order([registration], batch(), AT)


@pytest.mark.function("A71")
def test_stages_are_reached_in_order_of_their_days_and_undone(inside, provider):
    with inside(provider), transaction():
        registration = saved()
        started(registration, at=AT - timedelta(days=30))
        first = (AT - timedelta(days=30)).date()
        reach = service.reach_stage
        with pytest.raises(FieldErrors):
            reach([registration], 2, AT.date() + timedelta(days=1), AT)
        for number, on, said in (
            (1, first, "It has reached stage 1 already"),
            (9, first, "Its scheme has no stage 9"),
            (2, first - timedelta(days=1), "It reached stage 1 on"),
        ):
            outcome = reach([registration], number, on, AT)
            assert said in outcome.refused[0][1][0]
        assert reach([registration], 3, AT.date(), AT).moved == [registration]
        assert (registration.stage_number, registration.stage_reached_on) == (3, AT.date())
        assert service.undo_stage([registration], AT).moved == [registration]
        assert (registration.stage_number, registration.stage_reached_on) == (1, first)
        assert service.undo_stage([registration], AT).refused


def test_only_the_last_stage_completes(inside, provider):
    with inside(provider), transaction():
        registration = saved()
        started(registration)
        assert service.complete([registration], None, AT).refused
        service.reach_stage([registration], 4, AT.date(), AT)
        assert service.complete([registration], None, AT).moved
        assert registration.state == "completed"
        with pytest.raises(ConflictError):
            service.change(registration, {"office_contact": "X"}, registration.version, AT)
        service.resume([registration], None, AT)
        assert registration.state == "in_progress"


def test_cancelling_takes_the_card_application_along(inside, provider):
    with inside(provider), transaction():
        registration = saved()
        service.finalise([registration], None, AT)
        service.cancel([registration], None, AT, "Left the company")
        (application,) = db.session.scalars(select(CardApplication))
        assert (registration.state, application.state) == ("cancelled", "cancelled")
        assert queries.events_of(registration)[0].reason == "Left the company"


def test_every_change_is_in_the_audit_trail(inside, provider):
    with inside(provider), transaction():
        registration = saved()
        started(registration)
        said = [event.what for event in reversed(queries.events_of(registration))]
        assert said == ["created", "finalise", "put_on_order", "start"]
        made = select(Event).where(Event.subject_table == "card_applications")
        assert [event.what for event in db.session.scalars(made.order_by(Event.id))] == [
            "created", "put_on_order", "produce",
        ]  # fmt: skip


@pytest.mark.both_databases
@pytest.mark.function("A30", "A31")
def test_a_thousand_are_finalised_within_20_statements(backend, inside, provider):
    with inside(provider), transaction():
        ids = many(1000)
    with inside(provider), transaction():
        rows = list(db.session.scalars(select(Registration).where(Registration.id.in_(ids))))
        versions = {row.id: row.version for row in rows}
        with count_statements() as seen:
            outcome = service.finalise(rows, versions, AT)
        assert len(outcome.moved) == 1000
        assert len(seen) <= 20, seen
