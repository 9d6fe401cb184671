"""Changing an order while it is open: details, lines, cancelling (A58)."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext

from app.clock import now
from app.domain.kernel.permissions import Permission
from app.domain.orders import fields, queries
from app.domain.orders.models import Order, OrderLine
from app.domain.orders.rules import OPEN
from app.domain.orders.service import purchase
from app.errors import ConflictError, FieldErrors, NotSavedError, StaleError
from app.forms import subjects
from app.security.guard import requires
from app.transaction import transaction
from app.views import order_shown
from app.views.base import PortalView
from app.views.purchase import choices, read_details, stored
from app.views.saving import saving


def _version() -> int | None:
    return request.values.get("version", type=int)


class ChangeOrderView(PortalView):
    """An order may be changed until its buyer chooses how to pay."""

    route_base = "/orders"
    resource = "Purchases"

    @expose("/<row(Order):order>/change", methods=["GET", "POST"])
    @requires(Permission.ADD_TO_PURCHASES)
    def change(self, order: Order) -> ResponseReturnValue:
        """Change what the buyer said about an order."""
        if order.state != OPEN.code:
            raise ConflictError(gettext("This order is no longer open: it cannot be changed."))
        if request.method == "GET":
            return self._form(order, stored(order), {})
        try:
            details = read_details(queries.places_below(order.organisation_id))
            with saving():
                purchase.change_details(order, _version() or 0, details, at=now())
        except FieldErrors as error:
            return self._form(order, request.form, error.errors), 422
        except StaleError as error:
            return self._form(order, request.form, {}, error), error.status
        except NotSavedError as error:
            return self._form(order, request.form, {"": error.text}), error.status
        flash(gettext("Order %(reference)s was saved.", reference=order.reference), "success")
        return redirect(url_for("OrdersView.show", row=order.id), 303)

    @expose("/lines/<row(OrderLine):line>/remove", methods=["POST"])
    @requires(Permission.ADD_TO_PURCHASES)
    def remove(self, line: OrderLine) -> ResponseReturnValue:
        """Take one application off an order."""
        name = line.subject.person.full_name
        with transaction():
            order_id = purchase.remove_line(line, _version(), at=now()).id
        flash(gettext("%(name)s was taken off the order.", name=name), "success")
        return redirect(url_for("ChangeOrderView.change", order=order_id), 303)

    @expose("/<row(Order):order>/cancel", methods=["POST"])
    @requires(Permission.CREATE_PURCHASES)
    def cancel(self, order: Order) -> ResponseReturnValue:
        """Cancel an order: everything on it is ready for ordering again."""
        reference = order.reference
        with transaction():
            purchase.cancel_order(order, _version(), at=now())
        flash(gettext("Order %(reference)s was cancelled.", reference=reference), "success")
        return redirect(url_for("OrdersView.list", tab="attention"), 303)

    def _form(
        self,
        order: Order,
        raw: Mapping[str, Any],
        errors: Mapping[str, str],
        stale: StaleError | None = None,
    ) -> str:
        places = queries.places_below(order.organisation_id)
        shown = order_shown.opened(order)
        for line in shown["lines"]:
            line["remove"] = url_for(
                "ChangeOrderView.remove", line=line["id"], version=order.version
            )
        title = gettext("Change order %(reference)s", reference=order.reference)
        page = {
            "title": title,
            "text": gettext("You may change this order until you choose how to pay."),
            "crumbs": [
                (gettext("Orders"), url_for("OrdersView.list", tab="attention")),
                (order.reference, url_for("OrdersView.show", row=order.id)),
                (gettext("Change"), None),
            ],
            "errors": subjects.summary(errors),
            "stale": subjects.both_versions(
                stale, gettext("Press SAVE again to put yours in place of theirs.")
            ),
            "groups": subjects.groups(fields.details(choices(places)), raw, errors),
            "hidden": [("version", order.version)],
            "submit": gettext("SAVE"),
            "cancel": url_for("OrdersView.show", row=order.id),
            "order": shown,
        }  # fmt: skip
        return str(self.render_template("orders/change.html", page=page))
