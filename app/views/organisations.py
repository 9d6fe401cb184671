"""Organisation details: the active organisation and all below it (A125)."""

from collections.abc import Mapping
from typing import Any

from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext
from sqlalchemy.orm import joinedload

from app.domain.kernel import identifiers
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_
from app.domain.organisations import fields, service
from app.domain.organisations.models import Kind, OrganisationDetail
from app.views import cells
from app.views.base import Column
from app.views.editing import EditableModelView


def _one_line(detail: OrganisationDetail) -> str:
    return ", ".join([*detail.address.split("\n"), detail.postcode]).strip(", ")


class OrganisationsView(EditableModelView):
    """Addresses, contacts and VAT numbers, as invoices and letters use them."""

    datamodel = SQLAInterface(OrganisationDetail)
    route_base = "/organisations"
    resource = "Companies"
    permission = Permission.EDIT_EMPLOYER
    edit_permission = Permission.EDIT_EMPLOYER
    title = N_("Organisation details")
    text = N_("Invoices and letters use what stands here.")
    crumb = N_("Administration")
    subject = fields.DETAIL
    edit_label = N_("Edit organisation details")
    has_record = False
    default_sort = "organisation_id"
    eager = (joinedload(OrganisationDetail.organisation),)
    columns = (
        Column(
            N_("Organisation"),
            lambda d: cells.lead(d.organisation.name, sub=gettext(Kind(d.organisation.kind).level)),
            OrganisationDetail.organisation_id,
        ),
        Column(N_("Number"), lambda d: cells.number(d.organisation.number)),
        Column(N_("Address"), lambda d: cells.text(_one_line(d))),
        Column(N_("Email for accounts"), lambda d: cells.text(d.email)),
        Column(
            N_("Telephone"),
            lambda d: cells.text(identifiers.show_phone(d.phone) if d.phone else ""),
        ),
    )

    def row_name(self, row: OrganisationDetail) -> str:
        """Name the organisation."""
        return row.organisation.name

    def save(self, row: Any, values: Mapping[str, Any]) -> Any:
        """Save the details."""
        return service.change_detail(row, dict(values))
