"""Standards for the awarding body's staff: versions, packages, and the centres approved."""

from typing import ClassVar

from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy.orm import joinedload

from app.clock import today
from app.domain.catalogue import queries, standard_fields, standard_saving
from app.domain.catalogue.models import CentreApproval, Package, Standard, StandardVersion
from app.domain.kernel.words import N_
from app.domain.kernel.workflow import State
from app.domain.organisations import queries as organisations
from app.views import cells
from app.views.base import Column
from app.views.catalogue import OPEN, SHUT, CatalogueView, Options, product_options

APPROVED = State("approved", N_("Approved"), "ok", "circle-check")
TO_COME = State("to_come", N_("Not yet"), "hold", "clock")
LAPSED = State("lapsed", N_("Lapsed"), "off", "circle-minus")


def _standards() -> Options:
    return [(each.id, str(each)) for each in queries.all_standards()]


def _versions() -> Options:
    return [(each.id, each.name) for each in queries.all_versions()]


def _centres() -> Options:
    return [(each.id, f"{each.name}, {each.number}") for each in organisations.centres()]


class StandardsCatalogueView(CatalogueView):
    """Apprenticeship standards; people are registered on their versions."""

    datamodel = SQLAInterface(Standard)
    route_base = "/catalogue/standards"
    title = N_("Apprenticeship standards")
    text = N_("People are registered on their versions.")
    subject = standard_fields.STANDARD
    saves = staticmethod(standard_saving.save_standard)
    add_label = N_("Add a standard")
    edit_label = N_("Change a standard")
    default_sort = "reference"
    columns = (
        Column(N_("Reference"), lambda s: cells.lead(s.reference), Standard.reference),
        Column(N_("Title"), lambda s: cells.text(s.title)),
        Column(N_("Level"), lambda s: cells.number(s.level)),
    )


class StandardVersionsView(CatalogueView):
    """What people are registered on: an option of a standard under one assessment plan (C25)."""

    datamodel = SQLAInterface(StandardVersion)
    route_base = "/catalogue/standard-versions"
    title = N_("Standard versions")
    text = N_("An option of a standard under one assessment plan; several may be open at once.")
    subject = standard_fields.VERSION
    saves = staticmethod(standard_saving.save_version)
    offers: ClassVar = {"standard_id": (_standards, "40")}
    add_label = N_("Add a version")
    edit_label = N_("Change a version")
    default_sort = "id"
    columns = (
        Column(N_("Standard"), lambda v: cells.lead(v.name), StandardVersion.id),
        Column(N_("Version"), lambda v: cells.text(v.version)),
        Column(N_("First day of starts"), lambda v: cells.day(v.starts_from)),
        Column(N_("Last day of starts"), lambda v: cells.day(v.starts_until)),
        Column(N_("Months at least"), lambda v: cells.number(v.minimum_months)),
        Column(N_("State"), lambda v: cells.badge(OPEN if v.is_open else SHUT)),
    )


class PackagesView(CatalogueView):
    """What a registration on a standard version orders (C20 to C24)."""

    datamodel = SQLAInterface(Package)
    route_base = "/catalogue/packages"
    title = N_("Packages")
    text = N_("What a registration on a standard orders, and what is included.")
    subject = standard_fields.PACKAGE
    saves = staticmethod(standard_saving.save_package)
    offers: ClassVar = {
        "standard_version_id": (_versions, "40"), "product_id": (product_options, "40"),
    }  # fmt: skip
    add_label = N_("Add a package")
    edit_label = N_("Change a package")
    default_sort = "code"
    eager = (joinedload(Package.standard_version), joinedload(Package.product))
    columns = (
        Column(N_("Package Code"), lambda p: cells.lead(p.code), Package.code),
        Column(N_("Description"), lambda p: cells.text(p.description)),
        Column(N_("Standard"), lambda p: cells.text(p.standard_version.name)),
        Column(N_("Product"), lambda p: cells.text(p.product.name)),
        Column(N_("State"), lambda p: cells.badge(OPEN if p.is_open else SHUT)),
    )


def _stands(approval: CentreApproval) -> State:
    if approval.approved_from > today():
        return TO_COME
    until = approval.approved_until
    return LAPSED if until is not None and until < today() else APPROVED


class CentreApprovalsView(CatalogueView):
    """Which centre may register people on which standard version (C17)."""

    datamodel = SQLAInterface(CentreApproval)
    route_base = "/catalogue/centre-approvals"
    title = N_("Centre approvals")
    text = N_("A centre registers people only on what it is approved for.")
    subject = standard_fields.APPROVAL
    saves = staticmethod(standard_saving.save_approval)
    offers: ClassVar = {
        "organisation_id": (_centres, "40"), "standard_version_id": (_versions, "40"),
    }  # fmt: skip
    add_label = N_("Approve a centre")
    edit_label = N_("Change an approval")
    default_sort = "-id"
    eager = (joinedload(CentreApproval.standard_version), joinedload(CentreApproval.organisation))
    columns = (
        Column(
            N_("Centre"),
            lambda a: cells.lead(a.organisation.name, sub=a.organisation.number),
            CentreApproval.id,
        ),
        Column(N_("Standard"), lambda a: cells.text(a.standard_version.name)),
        Column(N_("Approved from"), lambda a: cells.day(a.approved_from)),
        Column(N_("Approved until"), lambda a: cells.day(a.approved_until)),
        Column(N_("State"), lambda a: cells.badge(_stands(a))),
    )

    def row_name(self, row: CentreApproval) -> str:
        """Name the centre and the standard."""
        return str(row)
