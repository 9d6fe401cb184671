"""Awards by upload: rows grouped by registration, what stands against them, made once each."""

import pytest
from sqlalchemy import func, select

from app.clock import now
from app.domain.awards.models import Award
from app.domain.awards.service import making
from app.domain.imports import service
from app.domain.imports.models import Import
from app.domain.orders.models import Order
from app.domain.registrations.models import Registration
from app.extensions import db
from app.transaction import transaction
from tests.support.award_rows import (
    AWARDED,
    component,
    counts,
    ids_of,
    learners,
    made,
    of_one_award,
    row,
)
from tests.support.documents import AT, UNITS, draft
from tests.support.registrations import saved
from tests.support.viewers import viewer_of

pytestmark = pytest.mark.both_databases


@pytest.fixture
def provider(portal):
    return viewer_of(portal, "provider@demo.example")


@pytest.fixture
def staff(portal):
    return viewer_of(portal, "staff@demo.example")


def test_rows_of_a_registration_make_one_award(inside, provider, staff, upload, submit, wrong):
    asher, birch = learners(inside, provider, "Asher", "Birch")
    found = upload(*of_one_award(asher, "Asher"), row(birch, "birch", Outcome="Not achieved"))
    assert wrong(found) == {}
    submit(found)
    with inside(staff):
        first, second = db.session.scalars(select(Award).order_by(Award.id)).all()
        assert (first.number, first.source, first.state) == (51001, "upload", "awaiting_issue")
        assert (first.outcome, first.grade, first.awarded_on) == ("merit", "Merit (B)", AWARDED)
        assert first.title == first.registration.scheme.name
        assert first.components[:2] == [each.plain() for each in UNITS]
        assert first.components[2] == {
            "code": "AC03", "title": "Diagnosis", "level": "", "credit": None, "result": "",
        }  # fmt: skip
        assert (second.outcome, second.components) == ("not_achieved", [])
        assert first.created_by_id == staff.user_id
        import_ = db.session.get_one(Import, found)
        assert (import_.state, import_.order_id) == ("done", None)
        assert [each.award_id for each in ids_of(found)] == [first.id] * 3 + [second.id]
        assert db.session.scalar(select(func.count(Order.id))) == 0


def test_an_award_says_what_its_row_says_of_the_qualification(
    inside, provider, staff, upload, submit
):
    (number,) = learners(inside, provider, "Asher")
    found = upload(
        row(number, "Asher", Title="Autocare Technician", Number="ST0499/AP01", Level="2",
            Credits=12)
    )  # fmt: skip
    submit(found)
    with inside(staff):
        award = db.session.scalars(select(Award)).one()
        said = (award.title, award.title_number, award.level, award.credits)
        assert said == ("Autocare Technician", "ST0499/AP01", "2", 12)


def test_a_registration_may_be_named_by_its_own_number(inside, provider, staff, upload, submit):
    (enrolment,) = learners(inside, provider, "Asher")
    with inside(staff):
        number = db.session.scalars(select(Registration.number)).one()
    first, second, _third = of_one_award(number, "Asher")
    second[0] = enrolment
    submit(upload(first, second))
    assert made(inside, staff) == [("Asher", ["AC01", "AC02"])]


def test_an_unknown_number_and_one_with_wrong_check_digits_are_told_apart(
    inside, provider, upload, wrong
):
    (number,) = learners(inside, provider, "Asher")
    mistyped = number[:-1] + str((int(number[-1]) + 1) % 10)
    found = upload(row(mistyped, "Asher"), row(99999999, "Asher"), row("hello", "Asher"))
    said = wrong(found)
    assert "last two digits check the others" in said[2, "registration"]
    assert said[3, "registration"] == "There is no such registration."
    assert "is not an enrolment number" in said[4, "registration"]


def test_a_registration_must_be_completed(inside, provider, upload, wrong):
    with inside(provider), transaction():
        number, surname = (registration := saved()).enrolment_number, registration.person.surname
    found = upload(row(number, surname))
    assert "awards are made once it is completed" in wrong(found)[2, "registration"]
    assert "The registration is something missing" in wrong(found)[2, "registration"] or (
        "awaiting finalisation" in wrong(found)[2, "registration"]
    )


def test_a_registration_that_has_an_award_is_named_with_it(inside, provider, staff, upload, wrong):
    (number,) = learners(inside, provider, "Asher")
    with inside(staff), transaction():
        registration_id = db.session.scalars(select(Registration.id)).one()
        making.make_awards([draft(registration_id)], at=AT)
    said = wrong(upload(row(number, "Asher")))
    assert said == {(2, "registration"): "It has an award already, number 51001."}


def test_the_surname_shows_that_the_number_is_right(inside, provider, upload, wrong):
    (number,) = learners(inside, provider, "O’Brien-Łukasz")
    found = upload(row(number, "Obrien"), row(number, "O'Brien-Lukasz", **component(0)))
    said = wrong(found)
    assert "The learner of this registration is Róisín O’Brien-Łukasz" in said[2, "surname"]
    assert (3, "surname") not in said


def test_rows_of_one_award_agree_or_leave_it_empty(inside, provider, staff, upload, wrong):
    (number,) = learners(inside, provider, "Asher")
    first, second, third = of_one_award(number, "Asher")
    second[2], third[3], third[4] = "Pass", "C", AWARDED.replace(day=3)
    found = upload(first, second, third)
    said = wrong(found)
    assert said[3, "outcome"].startswith("Row 2 says “Merit”.")
    assert said[4, "grade"].startswith("Row 2 says “Merit (B)”.")
    assert "02/11/2026" in said[4, "awarded_on"] or "2 November 2026" in said[4, "awarded_on"]
    assert len(said) == 3
    assert (counts(inside, staff, found).valid, counts(inside, staff, found).error) == (1, 2)


def test_one_row_of_an_award_has_to_say_outcome_and_date(inside, provider, upload, wrong):
    (number,) = learners(inside, provider, "Asher")
    rows = of_one_award(number, "Asher", 2)
    rows[0][2] = rows[0][4] = None
    said = wrong(upload(*rows))
    assert set(said) == {(n, name) for n in (2, 3) for name in ("outcome", "awarded_on")}
    assert "No row of this award says the outcome" in said[2, "outcome"]


def test_a_component_comes_once_and_is_whole(inside, provider, upload, wrong):
    asher, birch = learners(inside, provider, "Asher", "Birch")
    twice = of_one_award(asher, "Asher", 1) * 2
    twice[1] = [*twice[1]]
    twice[1][9] = "ac01"
    found = upload(
        *twice,
        row(birch, "Birch", Component_result="Pass"),
        row(birch, "Birch", Component_code="AC01", Component_credit="many"),
        row(birch, "Birch"),
        row(birch, "Birch"),
    )
    said = wrong(found)
    assert "Row 2 of this award has the same code" in said[3, "component_code"]
    assert "component code" in said[4, "component_code"]
    assert "component title" in said[5, "component_title"]
    assert "is not a number" in said[5, "component_credit"]
    assert "about the same award and has no component" in said[7, "component_code"]
    assert not [place for place in said if place[0] == 2]


def test_putting_one_row_right_clears_the_others_of_its_award(
    inside, provider, staff, upload, wrong
):
    (number,) = learners(inside, provider, "Asher")
    rows = of_one_award(number, "Asher")
    rows[0][2] = None
    found = upload(*rows)
    assert {place[0] for place in wrong(found)} == {2, 3, 4}
    with inside(staff), transaction():
        second = ids_of(found)[1]
        service.edit_row(second, {"outcome": "Pass"}, second.version, now())
    assert wrong(found) == {}
    with inside(staff), transaction():
        service.remove_rows(db.session.get_one(Import, found), ids_of(found)[1:2], now())
    assert {place[0] for place in wrong(found)} == {2, 4}


def test_equal_errors_are_put_right_together_and_undone(inside, provider, staff, upload, wrong):
    (number,) = learners(inside, provider, "Asher")
    rows = of_one_award(number, "Asher")
    rows[0][2] = None
    found = upload(*rows)
    with inside(staff), transaction():
        import_ = db.session.get_one(Import, found)
        action = service.fix_all(import_, "outcome", "", "Distinction", now())
    assert wrong(found) == {}
    with inside(staff), transaction():
        assert service.undo(db.session.merge(action), now()) == 3
    assert {place[0] for place in wrong(found)} == {2, 3, 4}


def test_nothing_is_asked_of_people_or_of_rows_brought_before(inside, provider, staff, upload):
    asher, birch = learners(inside, provider, "Asher", "Birch")
    upload(row(asher, "Asher"), row(birch, "Birch"))
    again = upload(row(birch, "Birch"), row(asher, "Asher"))
    assert (counts(inside, staff, again).asks, counts(inside, staff, again).valid) == (0, 2)
