"""Awards by upload are made once each: in chunks, after changes, by workers that are killed."""

import pytest
from sqlalchemy import select

from app.clock import now
from app.domain.awards.models import Award
from app.domain.awards.service import issuing, making
from app.domain.imports import queries, service
from app.domain.imports.models import Import
from app.domain.imports.service import finalising
from app.domain.imports.service.finalising import BEFORE
from app.domain.kernel.tables import Job
from app.domain.registrations.models import Registration
from app.errors import ConflictError, NotFoundError, StaleError
from app.extensions import db
from app.jobs import handlers, imports
from app.jobs.worker import drain
from app.transaction import transaction
from tests.support.award_rows import (
    counts,
    ids_of,
    learners,
    made,
    of_one_award,
    row,
)
from tests.support.documents import ALL_TYPES, AT, completed, draft
from tests.support.viewers import viewer_of

pytestmark = pytest.mark.both_databases


@pytest.fixture
def provider(portal):
    return viewer_of(portal, "provider@demo.example")


@pytest.fixture
def staff(portal):
    return viewer_of(portal, "staff@demo.example")


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


@pytest.mark.function("D10")
def test_an_award_waits_for_the_rest_of_its_rows(inside, provider, staff, upload, submit):
    asher, birch = learners(inside, provider, "Asher", "Birch")
    rows = of_one_award(asher, "Asher")
    rows[1][12] = "many"
    found = upload(*rows, row(birch, "Birch"))
    submit(found)
    with inside(staff):
        whole, part = waiting(found)
        assert (whole, part) == ({"Birch"}, {"Asher": 1})
    with inside(staff), transaction():
        third = ids_of(found)[1]
        service.remove_rows(db.session.get_one(Import, found), [third], now())
    with inside(staff):
        assert waiting(found) == ({"Asher", "Birch"}, {})


def test_rows_about_an_award_made_elsewhere_hold_nothing_back(
    inside, provider, staff, upload, submit
):
    (number,) = learners(inside, provider, "Asher")
    found = upload(*of_one_award(number, "Asher", 2))
    with inside(staff), transaction():
        statement = select(Registration.id).where(Registration.enrolment_number == number)
        making.make_awards([draft(db.session.scalars(statement).one())], at=AT)
    with inside(staff):
        assert waiting(found) == ({"Asher"}, {})


def test_a_discarded_upload_holds_nothing_back(inside, provider, staff, upload, submit):
    (number,) = learners(inside, provider, "Asher")
    rows = of_one_award(number, "Asher")
    rows[1][12] = "many"
    found = upload(*rows)
    submit(found)
    with inside(staff):
        assert waiting(found) == (set(), {"Asher": 1})
    with inside(staff), transaction():
        import_ = db.session.get_one(Import, found)
        service.discard(import_, import_.version, now())
    with inside(staff):
        assert waiting(found) == ({"Asher"}, {})


def waiting(found):
    """Return whose awards are whole, and of how many rows each other one still waits."""
    awards = list(db.session.scalars(select(Award)))
    held = queries.unfinished(awards)
    assert {each.import_id for each in held.values()} <= {found}
    names = {each.id: each.person.surname for each in awards}
    return (
        {name for key, name in names.items() if key not in held},
        {names[key]: each.rows for key, each in held.items()},
    )
