"""Apprenticeship standards: the catalogue, who may register on what, and registrations on them."""

from datetime import date

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.domain.catalogue import queries as catalogue
from app.domain.catalogue import standards
from app.domain.catalogue.models import (
    CentreApproval,
    Package,
    Product,
    Scheme,
    StandardVersion,
)
from app.domain.kernel.search import Search
from app.domain.kernel.viewer import SYSTEM
from app.domain.orders import queries as orders
from app.domain.organisations.models import Organisation
from app.domain.registrations import queries
from app.domain.registrations.models import Registration
from app.domain.registrations.rules import Kind
from app.domain.registrations.standard_fields import standard_registration
from app.errors import ConflictError, NotFoundError
from app.extensions import db
from app.transaction import transaction
from tests.support.registrations import saved
from tests.support.viewers import viewer_of

pytestmark = pytest.mark.both_databases
GUIDE = {
    "Autocare Technician ST0499 AP01",
    "Automotive Retail Motor Vehicle Service and Maintenance Technician Light Vehicle ST0033 AP02",
    "Automotive Retail Motor Vehicle Service and Maintenance Technician Light Vehicle ST0033 AP03",
    "Bus and Coach Engineering Technician Coach Builder ST0067 AP01",
    "Bus and Coach Engineering Technician Electrical ST0067 AP01",
    "Bus and Coach Engineering Technician Mechanical ST0067 AP01",
    "Bus and Coach Engineering Technician Mech/Elec ST0067 AP01",
    "Customer Service Practitioner L2 ST0072 AP02",
    "Customer Service Specialist L3 ST0071 AP01",
    "Heavy Vehicle Service and Maintenance Technician ST0068 AP01",
}


@pytest.fixture
def centre(portal):
    return viewer_of(portal, "centre@demo.example")


@pytest.fixture
def provider(portal):
    return viewer_of(portal, "provider@demo.example")


@pytest.fixture
def office(portal):
    return viewer_of(portal, "office@demo.example")


def organisation(name):
    return db.session.scalars(select(Organisation).where(Organisation.name == name)).one()


def version(name):
    scheme = db.session.scalars(select(Scheme).where(Scheme.name == name)).one()
    return db.session.scalars(
        select(StandardVersion).where(StandardVersion.scheme_id == scheme.id)
    ).one()


@pytest.mark.function("C23", "C25")
def test_the_guides_ten_standards_are_there_under_the_names_it_prints(inside):
    with inside(SYSTEM):
        versions = list(db.session.scalars(select(StandardVersion)))
        assert {each.name for each in versions} == GUIDE
        assert {each.scheme.name for each in versions} == GUIDE
        assert {each.scheme.kind for each in versions} == {"standard"}


@pytest.mark.function("C22", "C24")
def test_autocare_has_the_guides_packages_and_every_other_standard_two_to_four(inside):
    with inside(SYSTEM):
        autocare = version("Autocare Technician ST0499 AP01")
        assert {(each.code, each.description) for each in autocare.packages} == {
            ("ACAP01D", "Autocare EPA ONLY"),
            ("ACAP01C", "Year 1 and 2 Gateway Package"),
            ("ACAP01A", "Year 1 Gateway Package"),
            ("ACAP01B", "Year 2 Gateway Package"),
        }
        for each in db.session.scalars(select(StandardVersion)):
            assert 2 <= len(each.packages) <= 4
            assert all(package.contents for package in each.packages)


@pytest.mark.function("C17")
@pytest.mark.parametrize(
    ("name", "count"),
    [("Aire Valley Centre", 6), ("Clyde Assessment Centre", 3), ("Wharfe Technical Centre", 10),
     ("Calder Vale Training Ltd", 2), ("Halifax Office", 2), ("Northmoor Skills Ltd", 0)],
)  # fmt: skip
def test_an_organisation_is_offered_the_standards_linked_to_it(inside, name, count):
    with inside(SYSTEM):
        found = catalogue.standards_for(organisation(name).id)
        assert len(found) == count
        assert [each.name for each in found] == sorted(each.name for each in found)


def test_an_office_is_offered_its_companys_standards_though_it_sees_no_approval(inside, office):
    with inside(office):
        assert len(catalogue.standards_for(office.organisation_id)) == 2
        assert list(db.session.scalars(select(CentreApproval))) == []


def test_a_closed_version_and_an_approval_that_ended_are_not_offered(inside):
    with inside(SYSTEM), transaction():
        calder = organisation("Calder Vale Training Ltd")
        first, second = catalogue.standards_for(calder.id)
        first.is_open = False
        approval = db.session.scalars(
            select(CentreApproval).where(
                CentreApproval.organisation_id == calder.id,
                CentreApproval.standard_version_id == second.id,
            )
        ).one()
        approval.approved_until = date(2026, 6, 30)
        db.session.flush()
        assert catalogue.standards_for(calder.id, date(2026, 6, 30)) == [second]
        assert catalogue.standards_for(calder.id, date(2026, 7, 1)) == []


def test_packages_are_those_of_the_standard_and_open(inside, centre):
    with inside(SYSTEM), transaction():
        autocare = version("Autocare Technician ST0499 AP01")
        shut = next(each for each in autocare.packages if each.code == "ACAP01B")
        shut.is_open = False
        wanted = autocare.id
    with inside(centre):
        found = catalogue.packages_of([wanted])
        assert [each.code for each in found] == ["ACAP01A", "ACAP01C", "ACAP01D"]
        assert catalogue.packages_of([]) == []


@pytest.mark.function("C21")
def test_the_row_of_a_centre_offers_its_own_standards_with_their_packages(inside, centre):
    with inside(centre):
        offered, packages = queries.standard_choices(centre.organisation_id)
        row = standard_registration(offered, packages)
        label = "Autocare Technician ST0499 AP01"
        chosen = row.field("standard").read("ST0499 AP01", today=date(2026, 11, 25))
        assert dict(row.field("standard").options())[chosen] == label
        assert len(row.field("standard").options()) == 6
        mine = {each.code for each in packages if each.standard_id == chosen}
        assert mine == {"ACAP01A", "ACAP01B", "ACAP01C", "ACAP01D"}


def test_assessment_is_exempt_for_an_eligible_body_and_standard_rated_for_others(inside):
    with inside(SYSTEM):
        package = db.session.scalars(select(Package).where(Package.code == "ACAP01D")).one()
        on = date(2026, 11, 25)
        aire = orders.quote([(package.product, 1)], organisation("Aire Valley Centre").id, on)
        calder = orders.quote(
            [(package.product, 1)], organisation("Calder Vale Training Ltd").id, on
        )
        assert (aire.net, aire.vat, aire.lines[0].vat_category.value) == (79500, 0, "E")
        assert "VATA 1994" in aire.lines[0].vat_reason
        assert (calder.net, calder.vat) == (79500, 15900)


def test_a_centre_reads_its_approvals_and_may_not_write_one(inside, centre):
    with inside(centre):
        found = list(db.session.scalars(select(CentreApproval)))
        assert {each.organisation_id for each in found} == {centre.organisation_id}
        with pytest.raises(NotFoundError), transaction():
            found[0].approved_until = date(2030, 1, 1)
            db.session.flush()
    with inside(centre), pytest.raises(NotFoundError), transaction():
        standards.approve(
            db.session.get(Organisation, centre.organisation_id),
            version("Bus and Coach Engineering Technician Electrical ST0067 AP01"),
            since=date(2026, 1, 1),
        )


def test_a_centre_is_approved_once_for_a_version(inside):
    with inside(SYSTEM), pytest.raises(ConflictError, match="already"), transaction():
        standards.approve(
            organisation("Wharfe Technical Centre"),
            version("Autocare Technician ST0499 AP01"), since=date(2026, 1, 1),
        )  # fmt: skip


def test_standards_are_not_among_the_schemes_of_apprentices_and_trainees(inside):
    with inside(SYSTEM):
        assert {each.kind for each in catalogue.schemes()} == {"apprentice", "trainee"}
        assert {each.kind for each in queries.open_schemes(Kind.APPRENTICE)} == {"apprentice"}
        assert len(catalogue.schemes("standard")) == 10
        facts = queries.scheme_facts()
        autocare = version("Autocare Technician ST0499 AP01")
        required = {each.code for each in facts[autocare.scheme_id].requirements}
        assert required == {"package", "start_date", "email", "employer"}
        assert facts[autocare.scheme_id].last_stage == 3


def test_the_database_wants_a_product_of_every_scheme_that_is_no_standard(inside):
    with inside(SYSTEM):
        scheme = catalogue.schemes("apprentice")[0]
        with pytest.raises(IntegrityError), transaction():
            scheme.product_id = None
            db.session.flush()


def test_the_database_wants_a_package_of_every_registration_on_a_standard(inside, provider):
    with inside(provider), transaction():
        registration = saved()
        with pytest.raises(IntegrityError), db.session.begin_nested():
            registration.kind = "standard"
            db.session.flush()


def test_the_counts_know_standards_as_a_kind_of_their_own(inside, provider):
    with inside(provider):
        assert {"apprentice", "trainee", "standard"} <= set(queries.counts())


def test_search_finds_and_follows_registrations_after_their_table_was_made_anew(
    portal, inside, provider, backend
):
    with inside(provider), transaction():
        saved(office_contact="Ottoline Quirke")
    with portal.app_context():
        db.session.remove()
        downgrade(revision="0004")
        upgrade()
    with inside(provider):
        by_text = Search(Registration, "search_text")
        found = select(Registration).where(*by_text.criteria("toline quir", backend))
        with transaction():
            registration = db.session.scalars(found).one()
            assert registration.kind == "apprentice"
            registration.search_text = "somebody else altogether"
        assert list(db.session.scalars(found)) == []
    with inside(SYSTEM):
        assert db.session.scalar(select(Product).where(Product.code == "ACAP01D")) is not None
