"""The catalogue for the awarding body's staff: schemes, pathways, products, prices."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext
from sqlalchemy.orm import joinedload

from app.clock import today
from app.domain.catalogue import fields, queries, service
from app.domain.catalogue.models import Pathway, Price, Product, Scheme
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_
from app.domain.kernel.workflow import State
from app.views import cells
from app.views.base import Column, ListTab
from app.views.editing import EditableModelView

OPEN = State("open", N_("Open"), "ok", "circle-check")
SHUT = State("shut", N_("Closed"), "off", "circle-minus")
Options = list[tuple[int, str]]
COMING = State("coming", N_("Not yet in force"), "hold", "clock")
IN_FORCE = State("in_force", N_("In force or past"), "ok", "circle-check")


def product_options() -> Options:
    """Return the products for a select."""
    return [(product.id, product.name) for product in queries.products()]


def _scheme_options() -> Options:
    return [(scheme.id, scheme.name) for scheme in queries.schemes()]


class CatalogueView(EditableModelView):
    """What all lists of the catalogue have in common."""

    resource = "Catalogue"
    permission = Permission.EDIT_CATALOGUE
    edit_permission = Permission.EDIT_CATALOGUE
    crumb = N_("Catalogue")
    has_record = False
    saves: ClassVar[Any]
    """The verb that saves a row, new or changed, with the values of its form."""
    offers: ClassVar[Mapping[str, tuple[Callable[[], Options], str]]] = {}
    """By field what can be chosen there, and how wide the list is."""

    def more(self, row: Any) -> Mapping[str, Mapping[str, Any]]:
        """Offer what can be chosen at present."""
        return {
            name: {"kind": "select", "options": options(), "width": width}
            for name, (options, width) in self.offers.items()
        }

    def save(self, row: Any, values: Mapping[str, Any]) -> Any:
        """Save a row."""
        return type(self).saves(row, dict(values))


class ProductsView(CatalogueView):
    """What can be bought."""

    datamodel = SQLAInterface(Product)
    route_base = "/catalogue/products"
    title = N_("Products")
    text = N_("What can be bought; what it costs stands under Prices.")
    subject = fields.PRODUCT
    saves = staticmethod(service.save_product)
    add_label = N_("Add a product")
    edit_label = N_("Change a product")
    default_sort = "code"
    columns = (
        Column(N_("Code"), lambda p: cells.lead(p.code), Product.code),
        Column(N_("Name"), lambda p: cells.text(p.name)),
        Column(N_("Card Type"), lambda p: cells.text(p.card_type)),
        Column(N_("VAT"), lambda p: cells.text(p.vat_category)),
        Column(N_("VAT for eligible bodies"), lambda p: cells.text(p.eligible_vat_category)),
    )


class PricesView(CatalogueView):
    """What products cost, from which day on."""

    datamodel = SQLAInterface(Price)
    route_base = "/catalogue/prices"
    title = N_("Prices")
    text = N_("A price counts from its first day until a later one begins.")
    subject = fields.PRICE
    saves = staticmethod(service.save_price)
    offers: ClassVar = {"product_id": (product_options, "30")}
    add_label = N_("Add a price")
    edit_label = N_("Change a price")
    default_sort = "-valid_from"
    eager = (joinedload(Price.product),)
    columns = (
        Column(N_("Product"), lambda p: cells.lead(p.product.name, sub=p.product.code)),
        Column(N_("First day"), lambda p: cells.day(p.valid_from), Price.valid_from),
        Column(N_("State"), lambda p: cells.badge(COMING if p.valid_from > today() else IN_FORCE)),
        Column(N_("Ex VAT"), lambda p: cells.money(p.net_pence), right=True),
    )

    def row_name(self, row: Price) -> str:
        """Name the product and the day."""
        return f"{row.product.name}, {row.valid_from:%d/%m/%Y}"

    def row_actions(self, row: Price, tab: ListTab) -> list[dict[str, Any]]:
        """Offer to change only what has not begun: orders of past days keep their price."""
        return super().row_actions(row, tab) if row.valid_from > today() else []


class SchemesView(CatalogueView):
    """Schemes; new ones come by the command line, with stages and requirements."""

    datamodel = SQLAInterface(Scheme)
    route_base = "/catalogue/schemes"
    title = N_("Schemes")
    text = N_("What people are registered on.")
    subject = fields.SCHEME
    saves = staticmethod(service.save_scheme)
    offers: ClassVar = {"product_id": (product_options, "30")}
    edit_label = N_("Change a scheme")
    default_sort = "name"
    eager = (joinedload(Scheme.administering_body), joinedload(Scheme.product))
    base_where = (Scheme.kind != queries.STANDARD,)
    columns = (
        Column(N_("Name"), lambda s: cells.lead(s.name), Scheme.name),
        Column(N_("For"), lambda s: cells.text(gettext(s.kind.capitalize()))),
        Column(N_("Administered by"), lambda s: cells.text(s.administering_body.name)),
        Column(N_("First card"), lambda s: cells.text(s.product.name if s.product else None)),
        Column(N_("State"), lambda s: cells.badge(OPEN if s.is_open else SHUT)),
    )


class PathwaysView(CatalogueView):
    """Ways through a scheme (A20)."""

    datamodel = SQLAInterface(Pathway)
    route_base = "/catalogue/pathways"
    title = N_("Pathways")
    text = N_("What can be chosen when somebody is registered on a scheme.")
    subject = fields.PATHWAY
    saves = staticmethod(service.save_pathway)
    offers: ClassVar = {"scheme_id": (_scheme_options, "30")}
    add_label = N_("Add a pathway")
    edit_label = N_("Change a pathway")
    default_sort = "name"
    eager = (joinedload(Pathway.scheme),)
    columns = (
        Column(N_("Name"), lambda p: cells.lead(p.name), Pathway.name),
        Column(N_("Scheme"), lambda p: cells.text(p.scheme.name)),
        Column(N_("State"), lambda p: cells.badge(OPEN if p.is_open else SHUT)),
    )
