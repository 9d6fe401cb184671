"""Awards by upload: rows grouped by registration, what stands against them, made once each."""

import pytest
from sqlalchemy import func, select

from app.clock import now
from app.domain.awards.models import Award
from app.domain.awards.service import issuing, making
from app.domain.imports import queries, service
from app.domain.imports.models import CellError, Import, ImportRow
from app.domain.imports.service import finalising
from app.domain.imports.service.finalising import BEFORE
from app.domain.kernel.tables import Job
from app.domain.orders.models import Order
from app.domain.registrations.models import Registration
from app.errors import ConflictError, NotFoundError, StaleError
from app.extensions import db
from app.jobs import handlers, imports
from app.jobs.worker import drain
from app.transaction import transaction
from tests.support.award_rows import AWARDED, component, learners, of_one_award, row, sheet
from tests.support.documents import ALL_TYPES, AT, UNITS, completed, draft
from tests.support.registrations import saved
from tests.support.uploads import bring
from tests.support.viewers import viewer_of

pytestmark = pytest.mark.both_databases


@pytest.fixture
def provider(portal):
    return viewer_of(portal, "provider@demo.example")


@pytest.fixture
def staff(portal):
    return viewer_of(portal, "staff@demo.example")


@pytest.fixture
def upload(portal, inside, staff):
    """Return a maker of uploads whose rows were read and settled."""

    def _upload(*rows, wait=True):
        with inside(staff):
            found = bring(portal.config, sheet(rows), "awards", "awards.xlsx")
        if wait:
            with portal.app_context():
                drain()
        return found

    return _upload


@pytest.fixture
def submit(portal, inside, staff):
    """Finalise the valid rows of an upload; a worker makes them unless told to ``wait``."""

    def _submit(found, wait=False):
        with inside(staff), transaction():
            import_ = db.session.get_one(Import, found)
            assert service.finalise(import_, None, import_.version, now()) is None
        if not wait:
            with portal.app_context():
                drain()

    return _submit


@pytest.fixture
def wrong(inside, staff):
    """Return what is wrong in an upload: words by number of row and field."""

    def _wrong(found):
        statement = (
            select(ImportRow.number, CellError.field, CellError.words)
            .join(CellError, CellError.row_id == ImportRow.id)
            .where(ImportRow.import_id == found)
            .order_by(ImportRow.id)
        )
        with inside(staff):
            return {(each[0], each[1]): each[2] for each in db.session.execute(statement)}

    return _wrong


def counts(inside, staff, found):
    with inside(staff):
        return queries.counts(db.session.get_one(Import, found))


def made(inside, staff):
    with inside(staff):
        found = db.session.scalars(select(Award).order_by(Award.id)).all()
        return [(each.person.surname, [part["code"] for part in each.components]) for each in found]


def ids_of(found):
    statement = select(ImportRow).where(ImportRow.import_id == found).order_by(ImportRow.id)
    return list(db.session.scalars(statement))


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


def test_small_chunks_add_to_the_award_of_earlier_ones(
    inside, provider, staff, upload, submit, monkeypatch
):
    asher, birch = learners(inside, provider, "Asher", "Birch")
    first, second = of_one_award(asher, "Asher"), of_one_award(birch, "Birch")
    found = upload(*(each for pair in zip(second, first, strict=True) for each in pair))
    monkeypatch.setattr(imports, "CHUNK", 2)
    submit(found)
    assert counts(inside, staff, found).done == 6
    codes = ["AC01", "AC02", "AC03"]
    assert sorted(made(inside, staff)) == [("Asher", codes), ("Birch", codes)]


def test_what_only_a_later_row_says_is_in_the_award_of_the_first_chunk(
    inside, provider, staff, upload, submit, monkeypatch
):
    (number,) = learners(inside, provider, "Asher")
    rows = of_one_award(number, "Asher")
    rows[2][2:5], rows[0][2:5] = rows[0][2:5], rows[2][2:5]
    found = upload(*rows)
    monkeypatch.setattr(imports, "CHUNK", 1)
    submit(found)
    with inside(staff):
        award = db.session.scalars(select(Award)).one()
        assert (award.outcome, award.grade, len(award.components)) == ("merit", "Merit (B)", 3)


def test_a_row_put_right_later_is_added_until_documents_are_issued(
    inside, provider, staff, upload, submit, wrong
):
    (number,) = learners(inside, provider, "Asher")
    rows = of_one_award(number, "Asher")
    rows[1][12] = rows[2][12] = "many"
    found = upload(*rows)
    submit(found)
    assert made(inside, staff) == [("Asher", ["AC01"])]
    with inside(staff), transaction():
        second = ids_of(found)[1]
        service.edit_row(second, {"component_credit": "8", "grade": "A"}, second.version, now())
    assert "Award 51001, which other rows have made, says" in wrong(found)[3, "grade"]
    with inside(staff), transaction():
        second = ids_of(found)[1]
        service.edit_row(second, {"grade": ""}, second.version, now())
    submit(found)
    assert made(inside, staff) == [("Asher", ["AC01", "AC02"])]
    with inside(staff), transaction():
        awards = list(db.session.scalars(select(Award)))
        issuing.issue(awards, issuing.Order(types=ALL_TYPES), at=AT)
    with inside(staff), transaction():
        third = ids_of(found)[2]
        service.edit_row(third, {"component_credit": ""}, third.version, now())
    assert "Documents were issued for award 51001" in wrong(found)[4, "registration"]


def test_what_changed_since_the_check_stays_in_the_grid_with_the_reason(
    portal, inside, provider, staff, upload, submit, wrong
):
    asher, _birch = numbers = learners(inside, provider, "Asher", "Birch")
    found = upload(*(row(n, name) for n, name in zip(numbers, ("Asher", "Birch"), strict=True)))
    with inside(staff), transaction():
        statement = select(Registration.id).where(Registration.enrolment_number == asher)
        making.make_awards([draft(db.session.scalars(statement).one())], at=AT)
    submit(found)
    assert wrong(found) == {(2, "registration"): "It has an award already, number 51001."}
    with inside(staff):
        import_ = db.session.get_one(Import, found)
        assert (import_.state, import_.details) == ("open", {BEFORE: 0})
        assert [each.award_id is not None for each in ids_of(found)] == [False, True]


def test_a_worker_killed_in_the_middle_makes_each_row_once(
    portal, inside, provider, staff, upload, submit, monkeypatch
):
    asher, birch = learners(inside, provider, "Asher", "Birch")
    found = upload(*of_one_award(asher, "Asher"), *of_one_award(birch, "Birch"))
    submit(found, wait=True)
    monkeypatch.setattr(imports, "CHUNK", 2)
    whole, calls = finalising.finalise_some, []

    class Killed(BaseException):
        pass

    def killed(*args):
        count = whole(*args)
        calls.append(count)
        if len(calls) == 2:
            raise Killed
        return count

    monkeypatch.setattr(finalising, "finalise_some", killed)
    with portal.app_context(), pytest.raises(Killed):
        drain()
    assert counts(inside, staff, found).done == 2
    assert made(inside, staff) == [("Asher", ["AC01", "AC02"])]
    monkeypatch.setattr(finalising, "finalise_some", whole)
    again(portal, inside)
    assert counts(inside, staff, found).done == 6
    codes = ["AC01", "AC02", "AC03"]
    assert made(inside, staff) == [("Asher", codes), ("Birch", codes)]
    with inside(staff):
        assert db.session.get_one(Import, found).state == "done"


def again(portal, inside):
    """Let another worker take up the job whose worker was killed: its lease has run out."""
    jobs = Job.__table__.c
    with inside(), transaction():
        running = Job.__table__.update().where(jobs.kind == "finalise_import")
        db.session.connection().execute(running.values(state="queued", run_at=now()))
    with inside():
        (job,) = db.session.scalars(select(Job.id).where(jobs.kind == "finalise_import"))
    with portal.app_context():
        handlers.run(job)


def test_an_upload_is_finalised_once_at_a_time(inside, provider, staff, upload, submit):
    (number,) = learners(inside, provider, "Asher")
    found = upload(row(number, "Asher"))
    with inside(staff):
        seen = db.session.get_one(Import, found).version
    submit(found, wait=True)
    with inside(staff), pytest.raises(ConflictError, match="is finalising"), transaction():
        service.finalise(db.session.get_one(Import, found), None, seen, now())
    with inside(staff), transaction():
        finalising.conclude(db.session.get_one(Import, found), None, now())
    with inside(staff), pytest.raises(StaleError), transaction():
        service.finalise(db.session.get_one(Import, found), None, seen, now())
    with inside(staff), pytest.raises(NotFoundError):
        service.quote(db.session.get_one(Import, found))


def test_whoever_has_left_makes_no_awards(
    portal, inside, provider, staff, upload, submit, monkeypatch
):
    (number,) = learners(inside, provider, "Asher")
    found = upload(row(number, "Asher"))
    submit(found, wait=True)

    def left(_work):
        raise LookupError

    monkeypatch.setattr(imports, "viewer_of", left)
    with portal.app_context():
        drain()
    with inside(staff):
        assert db.session.get_one(Import, found).state == "open"
    assert made(inside, staff) == []


def test_a_provider_has_no_such_upload(inside, provider, staff, upload):
    with inside(provider), transaction():
        (registration_id,) = completed("Asher")
        number = db.session.get_one(Registration, registration_id).enrolment_number
    with inside(provider), pytest.raises(NotFoundError), transaction():
        service.new_draft("awards", "", now())
    found = upload(row(number, "Asher"))
    with inside(provider):
        assert queries.find_import(found) is None
        assert queries.drafts("awards") == []
