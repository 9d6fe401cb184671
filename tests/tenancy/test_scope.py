"""The scope at the session: rows of another organisation do not exist, on any road."""

from datetime import date

import pytest
from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.orm import aliased, joinedload, selectinload

from app import models
from app.domain.kernel import viewer as viewers
from app.domain.kernel.scope import LinkedTo, Owned, PartOf, Scoped, create_many, refuse_foreign
from app.domain.kernel.viewer import NAMED_VIEWERS, NOBODY, SYSTEM, Viewer
from app.errors import ForbiddenError, NotFoundError
from app.extensions import db
from app.transaction import transaction
from tests.tenancy.rows import FOREIGN, OWN, plant

TENANT_TABLES = [
    models.Person, models.PersonOrganisation, models.Employment, models.OrganisationDetail,
    models.Registration, models.RegistrationStage, models.CardBatch, models.CardApplication,
    models.Order, models.OrderLine, models.Payment, models.Invoice, models.Allocation,
    models.Letter, models.Event, models.StoredFile, models.CentreApproval,
    models.RegistrationBatch,
    models.Import, models.ImportFile, models.ImportRow, models.CellError, models.ImportAction,
    models.ImportPhoto, models.HeadMapping,
    models.AssessmentBooking,
    models.BatchDraft, models.BatchCandidate,
    models.Award, models.PrintJob, models.IssuedDocument, models.PaperCopy, models.ExportFile,
    models.Notice, models.DocumentReport, models.SavedFilter, models.VerificationRequest,
]  # fmt: skip
NOBODYS = [models.Receipt, models.Membership]
"""Tables whose rows exist for the awarding body's staff alone."""

both_databases = pytest.mark.both_databases


@pytest.fixture
def planted(inside):
    with inside(SYSTEM), transaction():
        own, foreign = plant(OWN, "Ownrow"), plant(FOREIGN, "Foreignrow")
        ids = {
            "own": {name: row.id for name, row in own.rows.items()},
            "foreign": {name: row.id for name, row in foreign.rows.items()},
        }
        ids["organisation"] = own.organisation.id
        ids["rival"] = foreign.organisation.id
    return ids


@pytest.fixture
def own(planted):
    return Viewer(
        "user", user_id=1, organisation_id=planted["organisation"],
        reach=frozenset({planted["organisation"]}),
    )  # fmt: skip


def seen(model):
    return {row.id for row in db.session.scalars(select(model)).unique()}


@both_databases
def test_a_tenant_sees_its_own_rows_and_no_others(planted, own, inside):
    with inside(own):
        for model in TENANT_TABLES:
            if model is not models.Event:
                assert planted["own"][model.__name__] in seen(model), model.__name__
                assert planted["foreign"][model.__name__] not in seen(model), model.__name__
                assert db.session.get(model, planted["foreign"][model.__name__]) is None
        assert {event.organisation_id for event in db.session.scalars(select(models.Event))} <= {
            planted["organisation"]
        }
        for model in NOBODYS:
            assert seen(model) == set(), model.__name__


@both_databases
def test_nobody_sees_nothing(planted, inside):
    with inside(NOBODY):
        for model in [*TENANT_TABLES, *NOBODYS]:
            assert seen(model) == set(), model.__name__


def test_every_table_that_a_tenant_owns_is_among_those_tested():
    of_tenants = {
        mapper.class_
        for mapper in models.Order.registry.mappers
        if isinstance(getattr(mapper.class_, "__scope__", None), Owned | PartOf | LinkedTo)
    }
    assert of_tenants == set(TENANT_TABLES), "plant the new table in rows.py and list it here"


@both_databases
def test_columns_counts_joins_subqueries_and_aliases_are_scoped_too(planted, own, inside):
    foreign = planted["foreign"]["Registration"]
    registration = models.Registration
    other = aliased(registration)
    with inside(own):
        assert foreign not in set(db.session.scalars(select(registration.id)))
        assert db.session.scalar(select(func.count(registration.id))) == 3
        inner = select(literal(1)).where(registration.id == foreign).subquery()
        assert db.session.scalar(select(func.count()).select_from(inner)) == 0
        assert foreign not in set(db.session.scalars(select(other.id)))
        joined = select(models.Organisation.id).join(
            registration, registration.provider_id == models.Organisation.id
        )
        assert planted["rival"] not in set(db.session.scalars(joined))
        within = select(models.Organisation.id).where(
            models.Organisation.id.in_(select(registration.provider_id))
        )
        assert planted["rival"] not in set(db.session.scalars(within))


@both_databases
@pytest.mark.parametrize("load", [selectinload, joinedload])
def test_collections_loaded_from_a_shared_row_are_scoped(planted, inside, own, load):
    """A person known to both shows each organisation only its own registrations."""
    with inside(SYSTEM), transaction():
        person = db.session.get(models.Person, planted["foreign"]["Person"])
        link = models.PersonOrganisation(person=person, organisation_id=planted["organisation"])
        db.session.add(link)
    with inside(own):
        person = db.session.scalars(
            select(models.Person)
            .where(models.Person.id == planted["foreign"]["Person"])
            .options(load(models.Person.links))
        ).unique().one()  # fmt: skip
        assert {link.organisation_id for link in person.links} == {planted["organisation"]}


@both_databases
def test_a_collection_loaded_lazily_is_scoped(planted, own, inside):
    with inside(SYSTEM), transaction():
        person = db.session.get(models.Person, planted["foreign"]["Person"])
        link = models.PersonOrganisation(person=person, organisation_id=planted["organisation"])
        db.session.add(link)
    with inside(own):
        person = db.session.get(models.Person, planted["foreign"]["Person"])
        assert {link.organisation_id for link in person.links} == {planted["organisation"]}


@both_databases
def test_a_row_for_somebody_else_is_refused(planted, own, inside):
    with inside(own), pytest.raises(NotFoundError), transaction():
        db.session.add(models.CardBatch(number=1, provider_id=planted["rival"]))
        db.session.flush()


@both_databases
def test_an_owner_given_by_a_relationship_is_checked_too(planted, own, inside):
    with inside(own), pytest.raises(NotFoundError), transaction():
        rival = db.session.get(models.Organisation, planted["rival"])
        mine = db.session.get(models.Registration, planted["own"]["Registration"])
        mine.provider = rival
        db.session.flush()


@both_databases
def test_a_row_cannot_be_moved_to_somebody_else(planted, own, inside):
    with inside(own), pytest.raises(NotFoundError), transaction():
        mine = db.session.get(models.Registration, planted["own"]["Registration"])
        mine.provider_id = planted["rival"]
        db.session.flush()


@both_databases
def test_a_part_cannot_be_put_into_somebody_elses_whole(planted, own, inside):
    with inside(own), pytest.raises(NotFoundError), transaction():
        line = db.session.get(models.OrderLine, planted["own"]["OrderLine"])
        line.order_id = planted["foreign"]["Order"]
        db.session.flush()


@both_databases
def test_bulk_statements_outside_the_kernel_are_refused(planted, own, inside):
    with inside(own):
        for statement in (
            update(models.Registration).values(office_contact="x"),
            insert(models.CardBatch).values(number=2, provider_id=planted["rival"]),
        ):
            with pytest.raises(ForbiddenError):
                db.session.execute(statement)


@both_databases
def test_many_rows_at_once_are_checked_for_their_owner(planted, own, inside):
    rows = [
        {"number": 3, "provider_id": planted["organisation"]},
        {"number": 4, "provider_id": planted["rival"]},
    ]
    with inside(own), pytest.raises(NotFoundError), transaction():
        create_many(db.session(), models.CardBatch, rows)


@both_databases
def test_a_row_that_only_staff_write_can_be_read_by_its_owner_and_not_changed(planted, own, inside):
    with inside(own), pytest.raises(NotFoundError), transaction():
        approval = db.session.get(models.CentreApproval, planted["own"]["CentreApproval"])
        approval.approved_until = date(2030, 1, 1)
        db.session.flush()
    row = {
        "organisation_id": planted["organisation"], "standard_version_id": 1,
        "approved_from": date(2026, 1, 1), "approved_until": None,
    }  # fmt: skip
    with inside(own), pytest.raises(ForbiddenError), transaction():
        create_many(db.session(), models.CentreApproval, [row])


@both_databases
@pytest.mark.parametrize("viewer", NAMED_VIEWERS, ids=lambda viewer: viewer.name)
def test_a_named_viewer_reads_and_writes_only_the_tables_it_declares(planted, inside, viewer):
    mapped = [
        mapper.class_
        for mapper in models.Order.registry.mappers
        if issubclass(mapper.class_, Scoped)
    ]
    unreadable = [m for m in mapped if m.__tablename__ not in viewer.reads]
    assert unreadable
    with inside(viewer):
        for model in unreadable:
            assert not db.session.execute(select(model)).first(), model.__name__
        for model in mapped:
            if model.__tablename__ not in viewer.writes:
                with pytest.raises(ForbiddenError):
                    refuse_foreign(db.session(), [model()])


@both_databases
def test_a_session_keeps_its_viewer(planted, own, inside):
    with inside(own):
        assert seen(models.Registration)
        with pytest.raises(viewers.ViewerChangedError):
            viewers.fix(db.session(), SYSTEM)


def test_every_table_of_ours_declares_a_scope():
    mapped = {mapper.class_ for mapper in models.Order.registry.mappers}
    bare = {
        model.__name__
        for model in mapped
        if model.__module__.startswith("app.") and not hasattr(model, "__scope__")
    }
    assert not bare


def test_an_owner_column_is_never_null_where_tenants_write():
    for mapper in models.Order.registry.mappers:
        scope = getattr(mapper.class_, "__scope__", None)
        if isinstance(scope, Owned) and mapper.class_ not in (models.Letter, models.Event):
            assert not mapper.columns[scope.owner].nullable, mapper.class_.__name__
