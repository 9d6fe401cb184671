"""The workbench under attack: one bad row, people who leave, people who work elsewhere."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update

from app.clock import now
from app.domain.catalogue.models import Price
from app.domain.imports import photos, queries, service
from app.domain.imports.models import Import
from app.domain.imports.rules import Choice
from app.domain.imports.targets.standards import Standards
from app.domain.kernel.permissions import Permission
from app.domain.kernel.scope import SECURITY_READS
from app.domain.kernel.tables import Job
from app.domain.orders import queries as order_queries
from app.domain.orders.models import Order
from app.domain.organisations.models import Membership, PortalUser
from app.domain.people.models import Person, PersonOrganisation
from app.domain.people.service import add_person
from app.errors import ConflictError
from app.extensions import db
from app.jobs.worker import drain
from app.transaction import transaction
from tests.support import bulk
from tests.support.people import lose, somebody
from tests.support.photos import with_a_photo_each
from tests.support.uploads import bring as bring_rows
from tests.support.uploads import letters, row_of, uln, workbook
from tests.support.viewers import viewer_of
from tests.support.workbench import BORN, card, details, rows_of, submit

PLACE = "Calder Vale Training Ltd"

pytestmark = pytest.mark.both_databases


@pytest.fixture
def as_priya(portal, inside):
    viewer = viewer_of(portal, "provider@demo.example")
    return lambda: inside(viewer)


@pytest.fixture
def work(portal):
    def _work():
        with portal.app_context():
            drain()

    return _work


@pytest.fixture
def brought(portal, as_priya, work):
    """Bring rows into a new draft, have them read, and return the draft's id."""

    def _brought(data, target="standards", **more):
        with as_priya():
            draft = bring_rows(portal.config, data, target, **more)
        work()
        return draft

    return _brought


def jobs_failed():
    return db.session.scalars(select(Job.error).where(Job.error.is_not(None))).all()


def pictured(portal, as_priya, draft, count):
    with as_priya(), transaction():
        with_a_photo_each(
            queries.find_import(draft), portal.config, [f"p{n}.jpg" for n in range(count)]
        )


# One bad row --------------------------------------------------------------------------------------


def test_a_second_registration_in_the_same_file_does_not_hold_up_the_others(
    brought, as_priya, work
):
    with as_priya(), transaction():
        known = add_person(
            {"first_names": "Ann", "surname": "Twice", "birth_date": BORN, "uln": uln(900),
             "title": "Ms", "gender": "F", "email": "ann@example.com"}
        ).id  # fmt: skip
    twice = {"First Name(s)": "Ann", "Surname": "Twice", "Date of Birth": BORN}
    rows = [row_of(n) for n in range(7)]
    rows[2] = row_of(2, **twice, ULN=uln(900))
    rows[5] = row_of(5, **twice, ULN=uln(901), Title="Mrs")
    draft = brought(workbook(rows))
    with as_priya(), transaction():
        third, sixth = rows_of(draft)[2], rows_of(draft)[5]
        assert third.person_id == known
        service.choose_person([sixth], Choice.SAME, now(), person_id=known)
        service.allow_repeats([rows_of(draft)[5]], now())
    with as_priya():
        assert queries.counts(queries.find_import(draft)).valid == 7
    order = submit(as_priya, draft)
    work()
    with as_priya():
        import_ = queries.find_import(draft)
        assert queries.counts(import_) == queries.Counts(error=1, done=6)
        assert import_.state == "open"
        found = queries.grid(import_, queries.GridAsked(state="error")).rows[0]
        assert "registered on this standard already" in " ".join(found.errors.values())
        assert db.session.get_one(Order, order).state == "open"
        assert jobs_failed() == []


def test_a_number_that_somebody_elsewhere_has_does_not_hold_up_the_others(
    portal, inside, brought, as_priya, work
):
    with inside(viewer_of(portal, "rival@demo.example")), transaction():
        bulk.know(1, numbers_from=70)
    with as_priya(), transaction():
        add_person({"first_names": "Zofia", "surname": f"Name{letters(2)}", "birth_date": BORN})
    rows = [card(n) for n in range(5)]
    rows[2] = card(2, ECSNumber=bulk.number_of(70), RequestType="Renewal")
    draft = brought(bulk.xlsx(*rows), "applications")
    pictured(portal, as_priya, draft, 5)
    with as_priya(), transaction():
        service.choose_person([rows_of(draft)[2]], Choice.SAME, now())
    with as_priya():
        assert queries.counts(queries.find_import(draft)).valid == 5
    order = submit(as_priya, draft)
    work()
    with as_priya():
        import_ = queries.find_import(draft)
        assert queries.counts(import_) == queries.Counts(error=1, done=4)
        assert import_.state == "open"
        found = queries.grid(import_, queries.GridAsked(state="error")).rows[0]
        assert "on record for somebody else" in " ".join(found.errors.values())
        assert order_queries.figures_of(db.session.get_one(Order, order)).lines == 4
        assert jobs_failed() == []


def test_a_second_application_of_a_kind_in_one_file_is_refused(portal, brought, as_priya, work):
    name = {"Lastname": f"Name{letters(1)}"}
    with as_priya(), transaction():
        add_person({"first_names": "Zofia", "surname": name["Lastname"], "birth_date": BORN})
    draft = brought(bulk.xlsx(card(1), card(2, **name, Title="Mrs"), card(3)), "applications")
    with as_priya(), transaction():
        with_a_photo_each(queries.find_import(draft), portal.config, ["p1.jpg", "p2.jpg", "p3.jpg"])
        service.choose_person(rows_of(draft)[:2], Choice.SAME, now())
        service.allow_repeats(rows_of(draft)[1:2], now())
        assert queries.counts(queries.find_import(draft)).valid == 3
    submit(as_priya, draft)
    work()
    with as_priya():
        import_ = queries.find_import(draft)
        assert queries.counts(import_) == queries.Counts(error=1, done=2)
        (found,) = queries.grid(import_, queries.GridAsked(state="error")).rows
        assert found.errors["request_type"] == "Row 2 asks for the same for this person."


def test_a_person_who_is_not_known_any_more_is_no_new_person(brought, as_priya, work):
    with as_priya(), transaction():
        known = add_person(
            {"first_names": "Ann", "surname": "Gone", "birth_date": BORN, "uln": uln(910),
             "title": "Ms", "gender": "F", "email": "ann@example.com"}
        )  # fmt: skip
        known_id = known.id
    gone = {"First Name(s)": "Ann", "Surname": "Gone", "Date of Birth": BORN, "ULN": uln(910)}
    draft = brought(workbook([row_of(1), row_of(2, **gone)]))
    submit(as_priya, draft)
    with as_priya(), transaction():
        assert rows_of(draft)[1].person_id == known_id
        links = PersonOrganisation.__table__
        db.session.connection().execute(delete(links).where(links.c.person_id == known_id))
    work()
    with as_priya():
        import_ = queries.find_import(draft)
        assert queries.counts(import_) == queries.Counts(error=1, done=1)
        count = select(func.count()).select_from(Person.__table__)
        assert db.session.scalar(count.where(Person.__table__.c.surname == "Gone")) == 1
        assert jobs_failed() == []


def test_lines_cost_what_was_shown_when_they_were_submitted(
    portal, inside, brought, as_priya, work, monkeypatch
):
    draft = brought(workbook([row_of(n) for n in range(2)]))
    with as_priya():
        shown = service.quote(queries.find_import(draft)).total
    order = submit(as_priya, draft)
    tomorrow = now() + timedelta(days=1)
    with inside(), transaction():
        for price in list(db.session.scalars(select(Price))):
            db.session.add(
                Price(
                    product_id=price.product_id, net_pence=price.net_pence + 500,
                    valid_from=tomorrow.date(),
                )
            )  # fmt: skip
    monkeypatch.setattr("app.jobs.imports.now", lambda: tomorrow)
    work()
    with as_priya():
        assert order_queries.figures_of(db.session.get_one(Order, order)).total == shown


# Ways back ----------------------------------------------------------------------------------------


def leave(portal, inside, email):
    with inside(), transaction():
        user = db.session.scalars(
            select(PortalUser)
            .where(PortalUser.email == email)
            .execution_options(**{SECURITY_READS: True})
        ).one()
        memberships = Membership.__table__
        for name in ("membership_roles", "membership_permissions"):
            table = db.metadata.tables.get(name)
            if table is not None:
                own = select(memberships.c.id).where(memberships.c.user_id == user.id)
                db.session.connection().execute(delete(table).where(table.c.membership_id.in_(own)))
        db.session.connection().execute(delete(memberships).where(memberships.c.user_id == user.id))


def tried_again(inside, work, times=10):
    """Let the worker try failed jobs again and again, without the waits between."""
    jobs = Job.__table__
    for _try in range(times):
        work()
        with inside(), transaction():
            db.session.connection().execute(
                update(jobs).where(jobs.c.state == "queued").values(run_at=now())
            )


def test_a_finaliser_who_left_does_not_leave_the_upload_being_finalised(
    portal, inside, brought, as_priya, work
):
    draft = brought(workbook([row_of(n) for n in range(3)]))
    order = submit(as_priya, draft)
    leave(portal, inside, "provider@demo.example")
    work()
    with as_priya():
        import_ = queries.find_import(draft)
        assert (import_.state, import_.finaliser) == ("open", "")
        assert queries.counts(import_).valid == 3
        assert queries.working(import_) is None
        assert db.session.get_one(Order, order).state == "cancelled"


@pytest.mark.parametrize("lost", [Permission.CREATE_PURCHASES, Permission.ADD_EMPLOYEES])
def test_whoever_lost_a_permission_since_submitting_orders_nothing(portal, inside, work, lost):
    held = [
        Permission.VIEW_APPLICATIONS, Permission.FILL_IN_APPLICATIONS, Permission.VIEW_PURCHASES,
        Permission.CREATE_PURCHASES, Permission.ADD_EMPLOYEES,
    ]  # fmt: skip
    email = somebody(portal, "buyer@demo.example", held, PLACE)

    def as_buyer():
        return inside(viewer_of(portal, email))

    with as_buyer():
        draft = bring_rows(portal.config, workbook([row_of(n) for n in range(3)]))
    work()
    order = submit(as_buyer, draft)
    lose(inside, email, lost)
    work()
    with as_buyer():
        import_ = queries.find_import(draft)
        assert (import_.state, import_.finaliser) == ("open", "")
        assert queries.counts(import_) == queries.Counts(valid=3)
        assert db.session.get_one(Order, order).state == "cancelled"


def test_files_of_somebody_who_left_are_read_all_the_same(portal, inside, as_priya, work):
    with as_priya():
        draft = bring_rows(portal.config, workbook([row_of(n) for n in range(3)]))
    leave(portal, inside, "provider@demo.example")
    work()
    with as_priya():
        import_ = queries.find_import(draft)
        assert queries.counts(import_).valid == 3
        assert queries.working(import_) is None


def test_finalising_that_fails_again_and_again_gives_the_upload_back(
    portal, brought, as_priya, work, monkeypatch, inside
):
    draft = brought(workbook([row_of(n) for n in range(3)]))
    order = submit(as_priya, draft)

    def broken(*_args):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(Standards, "make", broken)
    tried_again(inside, work)
    with as_priya():
        import_ = queries.find_import(draft)
        assert (import_.state, queries.working(import_)) == ("open", None)
        assert queries.counts(import_).valid == 3
        assert db.session.get_one(Order, order).state == "cancelled"


def test_a_draft_that_is_restored_is_read_and_compared_to_the_end(portal, as_priya, work):
    with as_priya():
        draft = bring_rows(portal.config, workbook([row_of(1), row_of(2, ULN=uln(1))]))
    with as_priya(), transaction():
        import_ = queries.find_import(draft)
        service.discard(import_, import_.version, now())
    work()
    with as_priya(), transaction():
        import_ = queries.find_import(draft)
        service.restore(import_, import_.version, now())
    work()
    with as_priya():
        import_ = queries.find_import(draft)
        assert [each.state for each in import_.files] == ["read"]
        assert queries.counts(import_) == queries.Counts(valid=1, error=1)


def test_verifying_has_what_failed_before_tried_at_once(
    portal, brought, as_priya, work, monkeypatch
):
    def broken(*_args):
        raise RuntimeError("the network is down")

    with as_priya():
        draft = bring_rows(portal.config, workbook([row_of(1)]))
    with monkeypatch.context() as patch:
        patch.setattr("app.jobs.imports.settling.settle", broken)
        work()
    with as_priya():
        assert queries.working(queries.find_import(draft)) is not None
    with as_priya(), transaction():
        service.verify(queries.find_import(draft), now())
    work()
    with as_priya():
        assert queries.working(queries.find_import(draft)) is None


# Whose upload it is -------------------------------------------------------------------------------


@pytest.mark.parametrize("email", ["staff@demo.example", "provider@demo.example"])
def test_whoever_works_elsewhere_sees_an_upload_but_changes_nothing(portal, inside, work, email):
    with inside(viewer_of(portal, "centre@demo.example")):
        draft = bring_rows(portal.config, bulk.xlsx(card(1)), "applications")
    work()
    viewer = viewer_of(portal, email)
    with inside(), transaction():
        reach = viewer.reach | {db.session.get_one(Import, draft).organisation_id}
    with inside(replace(viewer, reach=reach)), transaction():
        import_ = queries.find_import(draft)
        row = rows_of(draft)[0]
        place = import_.organisation_id
        for change in (
            lambda: service.verify(import_, now()),
            lambda: service.edit_row(row, {"title": "Mrs"}, row.version, now()),
            lambda: service.finalise(import_, details(place), import_.version, now()),
            lambda: service.discard(import_, import_.version, now()),
            lambda: service.restore(import_, import_.version, now()),
            lambda: service.rename(import_, "Mine", import_.version, now()),
            lambda: photos.refuse_unless_open(import_),
        ):
            with pytest.raises(ConflictError, match="belongs to"):
                change()


def test_files_that_cannot_be_read_again_and_again_are_refused(
    portal, as_priya, inside, work, monkeypatch
):
    def broken(*_args, **_more):
        raise RuntimeError("a bug")

    monkeypatch.setattr("app.jobs.imports.open_sheet", broken)
    with as_priya():
        draft = bring_rows(portal.config, workbook([row_of(1)]))
    tried_again(inside, work)
    with as_priya():
        import_ = queries.find_import(draft)
        assert [each.state for each in import_.files] == ["refused"]
        assert "could not be read" in import_.files[0].words
        assert queries.working(import_) is None
