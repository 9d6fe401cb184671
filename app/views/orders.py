"""Orders: the three lists of the Orders tab, an order opened in place, its record and invoice."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any, ClassVar

from flask import current_app, g, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext
from sqlalchemy.orm import joinedload

from app.clock import local, start_of
from app.domain.kernel import audit
from app.domain.kernel.columns import row_id
from app.domain.kernel.money import pounds
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_
from app.domain.orders import queries
from app.domain.orders.models import Invoice, Order
from app.domain.orders.queries import Figures
from app.domain.orders.rules import (
    ASSEMBLING,
    ATTENTION,
    BEING_FULFILLED,
    CLOSED,
    OPEN,
    ORDER,
    Method,
)
from app.errors import NotFoundError
from app.security.current import may
from app.security.guard import requires
from app.storage import storage_of
from app.views import cells, order_shown
from app.views.base import Column, Filter, ListTab, PortalModelView, fragment
from app.views.declared import address_of
from app.views.history import timeline
from app.views.listing import Asked, Page

_NONE = Figures()


def _totals(order: Order) -> Figures:
    found: Figures = g.get("order_figures", {}).get(order.id, _NONE)
    return found


def _invoice_of(order: Order) -> str:
    invoice: Invoice | None = g.get("order_invoices", {}).get(order.id)
    return "" if invoice is None else invoice.shown_number


def _batches(order: Order) -> cells.Cell:
    """Name the card batches; one leads to its page, several to the list of them."""
    totals, href = _totals(order), None
    if totals.batch_ids and may(Permission.VIEW_APPLICATIONS):
        href = address_of("CardBatchesView.show", totals.batch_ids[0])
        if len(totals.batch_ids) > 1:
            href = url_for("CardBatchesView.list", tab="all", f_order=order.reference)
    return cells.text(", ".join(map(str, totals.batches)), href=href)


_DATE = Column(N_("Date"), lambda o: cells.day(o.raised_at), Order.raised_at)
_CUSTOMER = Column(
    N_("Cust. Ref"), lambda o: cells.text(o.customer_reference), Order.customer_reference
)
_OURS = Column(N_("Our Ref"), lambda o: cells.lead(o.reference), Order.reference)
_LEVEL = Column(N_("Raised At Lvl"), lambda o: cells.text(o.organisation.level))
_STATUS = Column(N_("Status"), lambda o: cells.badge(o.state_shown))
_BATCHES = Column(N_("Card Batch(es)"), _batches)
_NET = Column(N_("Ex VAT"), lambda o: cells.money(_totals(o).net), right=True)
_VAT = Column(N_("VAT"), lambda o: cells.money(_totals(o).vat), right=True)
_TOTAL = Column(N_("Total"), lambda o: cells.money(_totals(o).total), right=True)
_DUE = Column(N_("Balance Due"), lambda o: cells.money(_totals(o).balance), right=True)
_HOW = Column(N_("Paid by"), lambda o: cells.text(gettext(order_shown.METHODS[o.method])))
_INVOICE = Column(N_("Invoice"), lambda o: cells.text(_invoice_of(o)))
_PAID = Column(N_("Paid on"), lambda o: cells.day(o.paid_at))


class OrdersView(PortalModelView):
    """The Orders tab (A41 to A43, A46 to A52, A137 to A139)."""

    datamodel = SQLAInterface(Order)
    route_base = "/orders"
    resource = "Purchases"
    permission = Permission.VIEW_PURCHASES
    title = N_("Orders")
    crumb = N_("Orders")
    list_template = "orders/list.html"
    record_template = "orders/record.html"
    default_sort = "-raised_at"
    eager = (joinedload(Order.organisation),)
    columns = (_DATE, _CUSTOMER, _OURS, _LEVEL, _STATUS, _BATCHES, _NET, _VAT, _DUE)
    tabs: ClassVar[tuple[ListTab, ...]] = (
        ListTab(
            "attention", N_("Requiring attention"),
            Order.state.in_([state.code for state in ATTENTION]),
            title=N_("Orders requiring attention"),
            text=N_("Outstanding orders. Nothing is produced until an order is paid."),
        ),
        ListTab(
            "fulfilled", N_("Being fulfilled"), Order.state == BEING_FULFILLED.code,
            title=N_("Orders being fulfilled"),
            text=N_("Orders that have been completed and paid for."),
        ),
        ListTab(
            "history", N_("Financial History"), None, title=N_("Financial History"),
            text=N_("All purchases made on the account."),
            columns=(_DATE, _CUSTOMER, _OURS, _LEVEL, _STATUS, _HOW, _PAID, _INVOICE, _NET, _VAT,
                     _TOTAL, _DUE),
        ),
    )  # fmt: skip
    filters = (
        Filter("ours", N_("Our Ref begins with"), "text",
               lambda text: Order.reference.startswith(text.upper().replace(" ", ""),
                                                       autoescape=True)),
        Filter("customer", N_("Cust. Ref begins with"), "text",
               lambda text: Order.customer_reference.startswith(text, autoescape=True)),
        Filter("from", N_("Raised from"), "date", lambda day: Order.raised_at >= start_of(day)),
        Filter("before", N_("Raised before"), "date",
               lambda day: Order.raised_at < start_of(day)),
        Filter("method", N_("Paid by"), "select", lambda method: Order.method == method,
               lambda: [(m.value, gettext(order_shown.METHODS[m])) for m in Method]),
    )  # fmt: skip

    def prepare(self, rows: Sequence[Order]) -> None:
        """Add up a page of orders in one statement."""
        ids = [order.id for order in rows]
        g.order_figures = queries.figures(ids)
        if request.args.get("tab") == "history":
            g.order_invoices = queries.invoices_of(ids)

    def drawn(self, asked: Asked, page: Page) -> dict[str, Any]:
        """Add the guide's heading, and the order that has just been raised, opened."""
        found = super().drawn(asked, page)
        found["heading"] = gettext("Orders awaiting payment") if asked.tab is self.tabs[0] else None
        raised = request.args.get("open", type=row_id)
        order = queries.find_order(raised) if raised else None
        found["opened"] = order_shown.opened(order) if order is not None else None
        return found

    def expand(self, row: Order, tab: ListTab) -> str | None:
        """Open an order in place by the plus sign (A47)."""
        return url_for("OrdersView.opened", order=row)

    def row_name(self, row: Order) -> str:
        """Call an order by our reference."""
        return gettext("order %(reference)s", reference=row.reference)

    def row_actions(self, row: Order, tab: ListTab) -> list[dict[str, Any]]:
        """Offer to pay or cancel an open order."""
        if row.state != OPEN.code:
            return []
        found: list[dict[str, Any]] = []
        if _totals(row).lines and may(Permission.COMPLETE_PURCHASES):
            found.append(
                {"icon": "credit-card", "label": gettext("PAY NOW"), "method": "get",
                 "stop": False, "dialog": None, "href": url_for("PaymentsView.choose", order=row)}
            )  # fmt: skip
        if may(Permission.CREATE_PURCHASES):
            found.append(order_shown.cancel_action(row, _totals(row)))
        return found

    def empty(self, tab: ListTab) -> dict[str, Any]:
        """Say where orders come from."""
        return {
            "icon": "receipt",
            "title": gettext("No orders here"),
            "text": gettext(
                "An order begins with registrations that are ready for ordering: tick them there "
                "and submit a purchase."
            ),
            "actions": [],
        }

    @expose("/<row(Order):order>/opened")
    @requires(Permission.VIEW_PURCHASES)
    def opened(self, order: Order) -> ResponseReturnValue:
        """Show an order in place (A51, A52)."""
        return fragment("orders/opened.html", order=order_shown.opened(order))

    def record(self, row: Order) -> dict[str, Any]:
        """Return one order: what is due, its lines, payments and timeline."""
        shown = order_shown.opened(row)
        return {
            "title": shown["title"],
            "badge": order_shown.badge(row.state_shown),
            "next_step": _next_step(row),
            "groups": [],
            "order": shown,
            "timeline": timeline(audit.history("orders", row.id), ORDER),
            "related": [_payments(row)],
        }

    @expose("/<row(Order):order>/invoice")
    @requires(Permission.VIEW_PURCHASES)
    def invoice(self, order: Order) -> ResponseReturnValue:
        """Give the invoice as PDF; say so while it is still being written."""
        invoice = queries.invoices_of([order.id]).get(order.id)
        if invoice is None:
            raise NotFoundError(gettext("This order has no invoice yet."))
        if invoice.file is None:
            page = {"title": invoice.shown_number, "order": order}
            return self.render_template("orders/preparing.html", page=page), 202
        content = storage_of(current_app.config).get(invoice.file.key)
        response = send_file(
            BytesIO(content), mimetype="application/pdf", download_name=invoice.file.name
        )
        response.headers["Cache-Control"] = "no-store"
        return response


def _next_step(order: Order) -> dict[str, Any] | None:
    totals = queries.figures_of(order)
    due = pounds(totals.balance)
    if order.state == ASSEMBLING.code:
        return {
            "tone": "work", "icon": "loader", "who": gettext("the portal"),
            "title": gettext("This order is being put together"),
            "text": gettext("An upload is adding to it. It can be paid as soon as all of it is "
                            "here."),
        }  # fmt: skip
    if order.state == OPEN.code:
        return {
            "tone": "todo", "icon": "credit-card", "who": order.organisation.name,
            "title": gettext("%(amount)s is due", amount=due),
            "text": gettext("Click on PAY NOW to proceed, or select other options if you need to "
                            "make any changes.")
            if may(Permission.COMPLETE_PURCHASES)
            else gettext("Somebody with the permission to complete purchases has to pay it."),
        }  # fmt: skip
    if order.state == CLOSED.code and order.method == Method.BACS:
        return {
            "tone": "work", "icon": "building-bank", "who": order.organisation.name,
            "title": gettext("%(amount)s is due by electronic transfer", amount=due),
            "text": gettext("Please annotate your electronic payment with our reference "
                            "%(reference)s.", reference=order.reference),
        }  # fmt: skip
    if order.state == CLOSED.code:
        return {
            "tone": "hold", "icon": "credit-card", "who": gettext("the payment gateway"),
            "title": gettext("The card payment is under way"), "text": None,
        }  # fmt: skip
    return None


def _payments(order: Order) -> dict[str, Any]:
    rows = [
        {
            "href": url_for("PaymentsView.result", payment=payment),
            "icon": "credit-card",
            "label": gettext("Card, attempt %(n)s: %(amount)s", n=payment.attempt,
                             amount=pounds(payment.amount)),
            "note": f"{local(payment.created_at):%d/%m/%Y %H:%M}",
            "state": order_shown.badge(payment.state_shown),
        }
        for payment in queries.payments_of(order)
    ]  # fmt: skip
    rows += [
        {
            "href": url_for("OrdersView.show", row=order.id),
            "icon": "building-bank",
            "label": gettext("Electronic transfer: %(amount)s", amount=pounds(each.amount)),
            "note": f"{local(each.allocated_at):%d/%m/%Y}",
        }
        for each in queries.allocations_to(order)
    ]
    return {"title": gettext("Payments"), "rows": rows, "empty": gettext("None yet.")}
