"""Bank receipts: entered by finance, matched to orders, allocated by hand (A67)."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext
from sqlalchemy.orm import joinedload

from app.clock import local, now, today
from app.domain.kernel import audit, idempotency
from app.domain.kernel.fields import FieldError
from app.domain.kernel.money import pounds
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_
from app.domain.orders import queries
from app.domain.orders.fields import AMOUNT, RECEIPT
from app.domain.orders.models import Allocation, Order, Receipt
from app.domain.orders.queries import Suggestion
from app.domain.orders.rules import CLOSED
from app.domain.orders.service import receipts
from app.domain.orders.service.purchase import once
from app.errors import ConflictError, FieldErrors, NotFoundError, NotSavedError
from app.forms import subjects
from app.security.guard import requires
from app.transaction import transaction
from app.views import cells, order_shown
from app.views.base import Column, Filter, ListTab, PortalModelView
from app.views.history import timeline
from app.views.saving import saving


def _rest(receipt: Receipt) -> int:
    found: int = g.get("receipt_rests", {}).get(receipt.id, 0)
    return found


def _entered_by(receipt: Receipt) -> str:
    if receipt.payment_id is not None:
        return gettext("the portal (card payment)")
    return receipt.entered_by.full_name if receipt.entered_by else cells.DASH


class ReceiptsView(PortalModelView):
    """Money that came in, and what is left of each receipt."""

    datamodel = SQLAInterface(Receipt)
    route_base = "/receipts"
    resource = "Receipts"
    permission = Permission.ALLOCATE_RECEIPTS
    title = N_("Bank receipts")
    crumb = N_("Bank receipts")
    record_template = "orders/receipt.html"
    default_sort = "-received_on"
    eager = (joinedload(Receipt.entered_by),)
    columns = (
        Column(N_("Received on"), lambda r: cells.day(r.received_on), Receipt.received_on),
        Column(N_("Payer"), lambda r: cells.lead(r.payer)),
        Column(N_("Reference on the statement"), lambda r: cells.text(r.narrative)),
        Column(N_("Entered by"), lambda r: cells.text(_entered_by(r))),
        Column(N_("Amount"), lambda r: cells.money(r.amount), right=True),
        Column(N_("Left to allocate"), lambda r: cells.money(_rest(r)), right=True),
    )
    tabs: ClassVar[tuple[ListTab, ...]] = (
        ListTab(
            "left", N_("To allocate"), queries.HAS_REST, title=N_("Receipts to allocate"),
            text=N_("Money received that no order has been given yet."),
        ),
        ListTab("all", N_("All"), None, title=N_("Bank receipts")),
    )  # fmt: skip
    filters = (
        Filter("from", N_("Received from"), "date", lambda day: Receipt.received_on >= day),
        Filter("payer", N_("Payer begins with"), "text",
               lambda text: Receipt.payer.istartswith(text, autoescape=True)),
    )  # fmt: skip

    def prepare(self, rows: Sequence[Receipt]) -> None:
        """Work out what is left of a page of receipts in one statement."""
        g.receipt_rests = queries.rests([each.id for each in rows])

    def head_actions(self, tab: ListTab) -> list[dict[str, Any]]:
        """Offer to enter a receipt."""
        href = url_for("ReceiptsView.add")
        label = gettext("Enter a receipt")
        return [{"label": label, "href": href, "icon": "plus", "primary": True}]

    def row_name(self, row: Receipt) -> str:
        """Call a receipt by payer and amount."""
        return gettext("%(amount)s from %(payer)s", amount=pounds(row.amount), payer=row.payer)

    def empty(self, tab: ListTab) -> dict[str, Any]:
        """Say what to do first."""
        href = url_for("ReceiptsView.add")
        action = {"label": gettext("Enter a receipt"), "icon": "plus", "href": href}
        return {
            "icon": "building-bank",
            "title": gettext("Nothing is left to allocate")
            if tab.code == "left"
            else gettext("No receipts yet"),
            "text": gettext("Enter each transfer from the bank’s statement; the portal suggests "
                            "the order that it pays."),
            "actions": [action],
        }  # fmt: skip

    @expose("/add", methods=["GET", "POST"])
    @requires(Permission.ALLOCATE_RECEIPTS)
    def add(self) -> ResponseReturnValue:
        """Enter a transfer from the bank's statement."""
        if request.method == "GET":
            day = today()
            raw = {"received_on": (str(day.day), str(day.month), str(day.year))}
            return self._form(raw, {}, idempotency.new_token())
        raw = subjects.posted(RECEIPT, request.form)
        reading = RECEIPT.read(raw, today())
        if reading.errors:
            return self._form(raw, reading.errors, request.form.get("once", "")), 422
        values = {**reading.values, "narrative": reading.values.get("narrative") or ""}
        try:
            with saving():
                receipt_id = once(
                    request.form.get("once", ""), "receipt",
                    lambda: receipts.enter_receipt(**values, at=now()).id,
                )  # fmt: skip
        except NotSavedError as error:
            return self._form(raw, {"": error.text}, request.form.get("once", "")), error.status
        flash(gettext("The receipt was entered."), "success")
        return redirect(url_for("ReceiptsView.show", row=receipt_id), 303)

    def _form(self, raw: Mapping[str, Any], errors: Mapping[str, str], token: str) -> str:
        title = gettext("Enter a receipt")
        page = {
            "title": title,
            "crumbs": self.crumbs(title),
            "errors": subjects.summary(errors),
            "groups": subjects.groups(RECEIPT, raw, errors),
            "hidden": [("once", token)],
            "submit": gettext("SAVE"),
            "cancel": url_for("ReceiptsView.list"),
        }
        return str(self.render_template("portal/form.html", page=page))

    def record(self, row: Receipt) -> dict[str, Any]:
        """Return one receipt: what is left, where it may belong, where it went."""
        return self._record(row, {}, {})

    def _record(
        self, row: Receipt, raw: Mapping[str, Any], errors: Mapping[str, str]
    ) -> dict[str, Any]:
        rest = queries.rest_of(row)
        title = gettext("%(amount)s from %(payer)s", amount=pounds(row.amount), payer=row.payer)
        pairs = [
            (gettext("Received on"), f"{row.received_on:%d/%m/%Y}"),
            (gettext("Amount"), pounds(row.amount)),
            (gettext("Left to allocate"), pounds(rest)),
            (gettext("Payer"), row.payer),
            (gettext("Reference on the statement"), row.narrative),
            (gettext("Entered by"), _entered_by(row)),
        ]
        return {
            "title": title,
            "crumbs": self.crumbs(title),
            "groups": [{"title": gettext("Receipt"), "pairs": pairs}],
            "rest": rest,
            "errors": subjects.summary(errors),
            "suggestions": [_suggested(row, each, rest) for each in queries.suggest(row)]
            if rest
            else [],
            "allocations": [_allocated(each) for each in queries.allocations_of(row)],
            "fields": _allocation_fields({"amount": f"{rest / 100:.2f}", **raw}, errors),
            "allocate_url": url_for("ReceiptsView.allocate", receipt=row),
            "once": idempotency.new_token(),
            "timeline": timeline(audit.history("receipts", row.id)),
        }

    @expose("/<row(Receipt):receipt>/allocate", methods=["POST"])
    @requires(Permission.ALLOCATE_RECEIPTS)
    def allocate(self, receipt: Receipt) -> ResponseReturnValue:
        """Give a part of a receipt to an order."""
        try:
            order, amount = _asked()
            with saving():
                once(
                    request.form.get("once", ""), "allocate",
                    lambda: receipts.allocate(receipt, order, amount, at=now()).id,
                )  # fmt: skip
        except FieldErrors as error:
            return self._refused(receipt, error.errors, error.status)
        except (ConflictError, NotSavedError) as error:
            return self._refused(receipt, {"amount": error.text}, error.status)
        flash(
            gettext("%(amount)s was allocated to order %(reference)s.", amount=pounds(amount),
                    reference=order.reference), "success",
        )  # fmt: skip
        return redirect(url_for("ReceiptsView.show", row=receipt.id), 303)

    def _refused(
        self, receipt: Receipt, errors: Mapping[str, str], status: int
    ) -> ResponseReturnValue:
        page = self._record_page(receipt) | self._record(receipt, request.form, errors)
        return self.render_template(self.record_template, page=page, row=receipt), status

    @expose("/allocations/<row(Allocation):allocation>/undo", methods=["POST"])
    @requires(Permission.ALLOCATE_RECEIPTS)
    def undo(self, allocation: Allocation) -> ResponseReturnValue:
        """Take an allocation back, while its order is not yet paid in full."""
        receipt_id = allocation.receipt_id
        with transaction():
            receipts.undo_allocation(allocation, at=now())
        flash(gettext("The allocation was taken back."), "success")
        return redirect(url_for("ReceiptsView.show", row=receipt_id), 303)


def _asked() -> tuple[Order, int]:
    """Return the order and amount that were posted; raise FieldErrors in words."""
    errors: dict[str, str] = {}
    amount = 0
    typed = request.form.get("reference", "").upper().replace(" ", "")
    order = queries.order_by_reference(typed)
    if order is None:
        errors["reference"] = N_("No order has this reference. Check it against the statement.")
    try:
        amount = AMOUNT.read(request.form.get("amount", ""), today=today())
    except FieldError as error:
        errors["amount"] = error.words
    if errors:
        raise FieldErrors(errors)
    if order is None:
        raise NotFoundError
    return order, amount


def _suggested(receipt: Receipt, each: Suggestion, rest: int) -> dict[str, Any]:
    order = each.order
    can_take = order.state == CLOSED.code and order.method == "bacs" and each.balance > 0
    return {
        "reference": order.reference,
        "href": url_for("OrdersView.show", row=order.id),
        "customer": order.organisation.name,
        "balance": pounds(each.balance),
        "state": order_shown.badge(order.state_shown),
        "by_reference": each.by_reference,
        "by_amount": each.by_amount,
        "amount": f"{min(rest, each.balance) / 100:.2f}" if can_take else None,
        "shown_amount": pounds(min(rest, each.balance)),
        "once": idempotency.new_token(),
    }


def _allocated(each: Allocation) -> dict[str, Any]:
    undo = url_for("ReceiptsView.undo", allocation=each)
    return {
        "reference": each.order.reference,
        "href": url_for("OrdersView.show", row=each.order_id),
        "amount": pounds(each.amount),
        "when": f"{local(each.allocated_at):%d/%m/%Y %H:%M}",
        "who": each.allocated_by.full_name,
        "undo": undo if each.order.state == CLOSED.code else None,
    }


def _allocation_fields(raw: Mapping[str, Any], errors: Mapping[str, str]) -> list[dict[str, Any]]:
    reference = {
        "id": "reference",
        "name": "reference",
        "label": gettext("Our Ref"),
        "kind": "text",
        "required": True,
        "width": "20",
        "value": raw.get("reference", ""),
        "error": subjects.say(errors["reference"]) if "reference" in errors else None,
    }
    return [reference, subjects.drawn_field(AMOUNT, raw, errors)]
