"""Every state and move of registrations and card applications, and what finalising requires."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from app.domain.kernel.workflow import missing
from app.domain.people.fields import PERSON, age_on
from app.domain.registrations import fields
from app.domain.registrations.rules import (
    ALWAYS,
    APPLICATION,
    BY_CODE,
    REGISTRATION,
    Kind,
    requirements_of,
)
from app.errors import IllegalMoveError

TODAY = date(2026, 11, 22)

REGISTRATION_MOVES = {
    ("started", "complete_details"): "awaiting_finalisation",
    ("awaiting_finalisation", "reopen_details"): "started",
    ("started", "answer_assessment"): "started",
    ("started", "finalise"): "ready_for_ordering",
    ("awaiting_finalisation", "finalise"): "ready_for_ordering",
    ("ready_for_ordering", "return_to_attention"): "awaiting_finalisation",
    ("ready_for_ordering", "put_on_order"): "on_order",
    ("on_order", "take_off_order"): "ready_for_ordering",
    ("on_order", "start"): "in_progress",
    ("in_progress", "reach_stage"): "in_progress",
    ("in_progress", "undo_stage"): "in_progress",
    ("in_progress", "complete"): "completed",
    ("completed", "resume"): "in_progress",
    ("in_progress", "withdraw"): "withdrawn",
    ("started", "cancel"): "cancelled",
    ("awaiting_finalisation", "cancel"): "cancelled",
    ("ready_for_ordering", "cancel"): "cancelled",
}
APPLICATION_MOVES = {
    ("started", "complete_details"): "valid",
    ("valid", "reopen_details"): "started",
    ("started", "answer_assessment"): "started",
    ("started", "finalise"): "ready",
    ("valid", "finalise"): "ready",
    ("ready", "return_to_attention"): "valid",
    ("ready", "put_on_order"): "awaiting_payment",
    ("awaiting_payment", "take_off_order"): "ready",
    ("awaiting_payment", "produce"): "being_produced",
    ("being_produced", "take"): "verifying",
    ("verifying", "prepare"): "prepared",
    ("being_produced", "hold"): "on_hold",
    ("verifying", "hold"): "on_hold",
    ("prepared", "hold"): "on_hold",
    ("on_hold", "resume"): "being_produced",
    ("on_hold", "answer"): "being_produced",
    ("prepared", "dispatch"): "completed",
    ("completed", "archive"): "archived",
    ("started", "cancel"): "cancelled",
    ("valid", "cancel"): "cancelled",
    ("ready", "cancel"): "cancelled",
}


def every_pair(workflow):
    return [(state.code, move.code) for state in workflow.states for move in workflow.moves]


@pytest.mark.parametrize(("state", "move"), every_pair(REGISTRATION))
def test_a_registration_moves_only_as_declared_here(state, move):
    check(REGISTRATION, REGISTRATION_MOVES, state, move)


@pytest.mark.parametrize(("state", "move"), every_pair(APPLICATION))
def test_an_application_moves_only_as_declared_here(state, move):
    check(APPLICATION, APPLICATION_MOVES, state, move)


def check(workflow, table, state, move):
    if (state, move) in table:
        assert workflow.after(state, move) == table[state, move]
        return
    with pytest.raises(IllegalMoveError) as refused:
        workflow.after(state, move)
    assert workflow.state(state).label.lower() in refused.value.text


def registration(**changes):
    person = SimpleNamespace(photo_id=1, email="a@b.example")
    complete = {
        "health_and_safety": True, "employer_id": 1, "pathway_id": 1,
        "start_date": date(2026, 9, 1), "person": person,
    }  # fmt: skip
    return SimpleNamespace(**complete | changes)


NOBODY = SimpleNamespace(photo_id=None, email="")


@pytest.mark.function("A29")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, 0),
        ({"health_and_safety": False}, 1),
        ({"health_and_safety": None}, 1),
        ({"employer_id": None}, 1),
        ({"pathway_id": None, "start_date": None}, 2),
        ({"person": NOBODY}, 2),
    ],
)
def test_what_is_missing_is_said(changes, said):
    every = requirements_of(frozenset(BY_CODE))
    found = missing(registration(**changes), every)
    assert len(found) == said
    assert all(found)


def test_a_scheme_that_asks_for_less_requires_less():
    assert requirements_of(frozenset()) == ALWAYS
    bare = registration(health_and_safety=False, person=SimpleNamespace(photo_id=None, email="a"))
    assert missing(bare, ALWAYS) == []


def read(kind=Kind.APPRENTICE, **raw):
    subject = fields.subject(kind, [(1, "Scheme 2021")], [(7, "Installation Electrician")])
    return subject.read({"scheme": "1", "health_and_safety": "no"} | raw, TODAY)


@pytest.mark.function("A22")
@pytest.mark.parametrize("kind", list(Kind))
def test_the_health_and_safety_answer_must_be_given(kind):
    reading = read(kind, health_and_safety="")
    assert list(reading.errors) == ["health_and_safety"]
    assert read(kind).is_complete


@pytest.mark.function("A20", "A21", "A23")
@pytest.mark.parametrize(
    ("kind", "pathway", "start"),
    [
        (Kind.APPRENTICE, "Apprenticeship Pathway", "Apprenticeship Start Date"),
        (Kind.TRAINEE, "Trainee Pathway", "Trainee Start Date"),
    ],
)
def test_the_labels_are_the_guides(kind, pathway, start):
    subject = fields.subject(kind, [], [])
    assert subject.field("pathway").label == pathway
    assert subject.field("start_date").label == start
    assert fields.WORDS[kind].employer_details == f"{fields.WORDS[kind].one} Employer Details"


@pytest.mark.parametrize(
    ("start", "wrong"),
    [("1/9/2026", False), ("1/9/2062", True), ("1/9/1962", True), ("31/9/2026", True)],
)
def test_impossible_start_dates_are_refused(start, wrong):
    assert ("start_date" in read(start_date=start).errors) is wrong


def test_an_employer_is_known_or_new_but_not_both():
    assert "employer_name" in read(employer="3", employer_name="Sparks").errors
    assert read(employer_name="Sparks").is_complete


def test_nobody_starts_before_fifteen():
    values = {"birth_date": date(2012, 1, 1), "start_date": date(2026, 9, 1)}
    assert "start_date" in fields.check_age_at_start(values)
    assert not fields.check_age_at_start(values | {"birth_date": date(2011, 9, 1)})
    assert not fields.check_age_at_start({})


@pytest.mark.function("A19")
@pytest.mark.parametrize(
    ("born", "wrong"),
    [
        (TODAY.replace(year=2011), False),
        (TODAY.replace(year=2011) + timedelta(days=1), True),
        (TODAY + timedelta(days=1), True),
        (TODAY.replace(year=1911), False),
        (date(1910, 1, 1), True),
    ],
)
def test_people_are_between_15_and_115(born, wrong):
    raw = {"first_names": "Ann", "surname": "Lee", "birth_date": born}
    assert ("birth_date" in PERSON.read(raw, TODAY).errors) is wrong


def test_a_name_and_a_birth_date_are_enough_for_a_person():
    raw = {"first_names": "لیلا", "surname": "O’Żółć", "birth_date": "27/03/2007"}
    assert PERSON.read(raw, TODAY).is_complete
    assert set(PERSON.read({}, TODAY).errors) == {"first_names", "surname", "birth_date"}


def test_age_counts_birthdays():
    assert age_on(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert age_on(date(2008, 2, 29), date(2026, 3, 1)) == 18


@pytest.mark.function("A70")
def test_a_stage_reads_as_the_guide_lists_it():
    assert fields.stage_text(1, date(2021, 9, 14)) == "1 - 14/09/2021"
    assert fields.stage_text(1, None) == "1"
