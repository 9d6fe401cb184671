"""Purchases: the panel below ready registrations, its live quote, and SUBMIT PURCHASE."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext, ngettext
from markupsafe import Markup

from app.clock import now, today
from app.domain.kernel import idempotency
from app.domain.kernel.columns import row_id
from app.domain.kernel.money import Quote, pounds
from app.domain.kernel.permissions import Permission
from app.domain.orders import fields, queries
from app.domain.orders.models import Order
from app.domain.orders.queries import PlaceChoice
from app.domain.orders.rules import OPEN
from app.domain.orders.service import purchase
from app.domain.orders.service.purchase import Details
from app.errors import (
    ConflictError,
    DomainError,
    FieldErrors,
    NotSavedError,
    StaleError,
)
from app.forms import subjects
from app.security import current
from app.security.current import may
from app.security.guard import requires
from app.views.base import PortalModelView, PortalView, Selection, fragment, ticked_in
from app.views.registrations import RegistrationsView
from app.views.saving import saving

LISTS = ("ApprenticesView", "TraineesView", "StandardsView", "ApplicationsView")
"""The lists that purchases are made from."""
KEPT = (FieldErrors, ConflictError, StaleError, NotSavedError)
"""Refusals after which the form is shown again, with everything that was typed and ticked."""
_OWN = frozenset({"csrf_token", "once", "order"})


def choices(places: list[PlaceChoice]) -> list[tuple[int, str]]:
    """Return places as a field chooses from them."""
    return [(place.id, f"{place.number}, {place.name}") for place in places]


def stored(order: Order) -> dict[str, Any]:
    """Return what the form shows of an order."""
    return {
        "customer_reference": order.customer_reference,
        "accounts_contact_name": order.accounts_contact_name,
        "accounts_contact_email": order.accounts_contact_email,
        "delivery_attention": order.delivery_attention,
        "invoice_to": order.invoice_to_id,
        "deliver_to": order.deliver_to_id,
    }


def read_details(places: list[PlaceChoice]) -> Details:
    """Return what was posted about an order; raise FieldErrors in words."""
    subject = fields.details(choices(places))
    reading = subject.read(subjects.posted(subject, request.form), today())
    if reading.errors:
        raise FieldErrors(reading.errors)
    return Details(**reading.values)


def panel(view: PortalModelView) -> Markup | None:
    """Return the purchase panel that stands in the selection form of a list (A36 to A40)."""
    if not (may(Permission.CREATE_PURCHASES) or may(Permission.ADD_TO_PURCHASES)):
        return None
    drawn = _drawn(first_values(), {})
    drawn["list_of"] = type(view).__name__
    return Markup(render_template("orders/_panel.html", panel=drawn))  # noqa: S704  # our template


def _drawn(raw: Mapping[str, Any], errors: Mapping[str, str]) -> dict[str, Any]:
    places, open_orders = queries.purchase_choices()
    raw = {"invoice_to": places[0].id, "deliver_to": places[0].id, **raw} if places else raw
    wanted = request.values.get("order", type=row_id)
    return {
        "fields": [
            each
            for group in subjects.groups(fields.details(choices(places)), raw, errors)
            for each in group["fields"]
        ],
        "may_create": may(Permission.CREATE_PURCHASES),
        "may_add": may(Permission.ADD_TO_PURCHASES) and bool(open_orders),
        "orders": {
            "id": "order", "name": "order", "label": gettext("Open order"), "kind": "select",
            "required": False, "value": wanted, "width": "30",
            "options": [
                (o.id, f"{o.reference} · {o.customer_reference}" if o.customer_reference
                 else o.reference)
                for o in open_orders
            ],
        },
        "wanted": any(o.id == wanted for o in open_orders),
        "once": idempotency.new_token(),
        "create_url": url_for("PurchasesView.submit"),
        "add_url": url_for("PurchasesView.add"),
        "quote_url": url_for("PurchasesView.quote"),
    }  # fmt: skip


def first_values() -> dict[str, Any]:
    """Return what the form of an order says at first: whoever raises it."""
    standing = current.standing()
    assert standing is not None
    user = standing.user
    return {
        "accounts_contact_name": user.full_name,
        "accounts_contact_email": user.email,
        "delivery_attention": user.full_name,
    }


def quote_lines(quote: Quote) -> dict[str, Any]:
    """Return a quote as the price macro draws it: products together, VAT by its rate."""
    counted: dict[tuple[str, int], list[int]] = {}
    for line in quote.lines:
        so_far = counted.setdefault((line.description, line.unit_net), [0, 0])
        so_far[0] += line.quantity
        so_far[1] += line.net
    lines = [
        (gettext("%(n)s × %(what)s at %(price)s", n=n, what=what, price=pounds(each)), pounds(net))
        for (what, each), (n, net) in counted.items()
    ]
    return {"lines": [*lines, (gettext("VAT"), pounds(quote.vat))], "total": pounds(quote.total)}


class PurchasesView(PortalView):
    """What turns ticked registrations into an order."""

    route_base = "/purchases"
    resource = "Purchases"

    @expose("/", methods=["POST"])
    @requires(Permission.CREATE_PURCHASES)
    def submit(self) -> ResponseReturnValue:
        """Raise a new order (A40)."""
        try:
            selection = _selected()
            details = read_details(queries.purchase_choices()[0])
            with saving():
                order_id = purchase.once(
                    request.form.get("once", ""), "purchase",
                    lambda: purchase.submit_purchase(
                        selection.rows, selection.versions, details, at=now()
                    ).id,
                )  # fmt: skip
        except KEPT as error:
            return self._again(error)
        return self._done(order_id, gettext("The purchase was submitted."))

    @expose("/add", methods=["POST"])
    @requires(Permission.ADD_TO_PURCHASES)
    def add(self) -> ResponseReturnValue:
        """Add to an order that is still open (A117)."""
        try:
            selection = _selected()
            order = _chosen_order()
            with saving():
                order_id = purchase.once(
                    request.form.get("once", ""), "add to purchase",
                    lambda: purchase.add_to_order(
                        order, selection.rows, selection.versions, at=now()
                    ).id,
                )  # fmt: skip
        except KEPT as error:
            return self._again(error)
        return self._done(order_id, gettext("The applications were added to the order."))

    @expose("/quote", methods=["POST"])
    @requires(Permission.VIEW_PURCHASES)
    def quote(self) -> ResponseReturnValue:
        """Say what the ticked registrations cost; nothing is saved."""
        try:
            quoted = queries.quote_subjects(_selected().rows)
        except ConflictError as error:
            return fragment("orders/_quote.html", quote=None, words=error.text)
        count = ngettext("%(num)d application", "%(num)d applications", len(quoted.lines))
        return fragment("orders/_quote.html", quote=quote_lines(quoted), words=count)

    @expose("/choose/<row(Order):order>")
    @requires(Permission.ADD_TO_PURCHASES)
    def choose(self, order: Order) -> ResponseReturnValue:
        """Lead to the registrations that can be added to an order (A58)."""
        if order.state != OPEN.code:
            raise ConflictError(gettext("This order is no longer open: nothing can be added."))
        return redirect(url_for(f"{LISTS[0]}.list", tab="ready", order=order.id))

    def _done(self, order_id: int, words: str) -> ResponseReturnValue:
        flash(words, "success")
        return redirect(url_for("OrdersView.list", tab="attention", open=order_id), 303)

    def _again(self, error: DomainError) -> ResponseReturnValue:
        """Show the form again with everything that was typed and ticked."""
        wrong = error.errors if isinstance(error, FieldErrors) else {}
        stale = error if isinstance(error, StaleError) else None
        named = subjects.summary(wrong) or ([] if stale else [{"id": "", "text": error.text}])
        list_of = request.form.get("list_of", "")
        back = url_for(f"{list_of}.list", tab="ready") if list_of in LISTS else url_for(
            "OrdersView.list"
        )  # fmt: skip
        own = {each.name for each in fields.details([]).fields} | _OWN
        page = {
            "title": gettext("Create a purchase"),
            "crumbs": [
                (gettext("Registrations ready for ordering"), back),
                (gettext("Create a purchase"), None),
            ],
            "errors": named,
            "stale": subjects.both_versions(
                stale, gettext("Send it again if you want to go on all the same.")
            ),
            "hidden": _carried(own, anew=stale is not None),
            "panel": _drawn(request.form, wrong),
            "cancel": back,
        }
        return self.render_template("orders/purchase.html", page=page), error.status


def _carried(own: set[str], *, anew: bool) -> list[tuple[str, str]]:
    """Return what the form carries on; ``anew`` takes each row as it stands now."""
    own = own | {"chosen"} if anew else own
    carried = [(n, v) for n, v in request.form.items(multi=True) if n not in own]
    chosen = [("chosen", f"{row.id}:{row.version}") for row in _selected().rows] if anew else []
    return [*carried, *chosen]


def _selected() -> Selection:
    """Return what was ticked in the list of registrations that the form came from."""
    return ticked_in(LISTS)


def _chosen_order() -> Order:
    order = queries.find_order(request.form.get("order", type=row_id) or 0)
    if order is None:
        raise FieldErrors({"order": gettext("Choose the open order to add them to.")})
    return order


RegistrationsView.panels["ready"] = panel
