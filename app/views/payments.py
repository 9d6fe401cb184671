"""Paying an order: the choice of A59 to A66, the hosted page, and how it ended."""

import logging
from typing import Any

from flask import Response, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import BaseView, expose
from flask_babel import gettext, ngettext

from app.clock import now
from app.domain.kernel import idempotency
from app.domain.kernel.money import pounds
from app.domain.kernel.permissions import Permission
from app.domain.orders import queries
from app.domain.orders.models import Order, Payment
from app.domain.orders.rules import DECLINED, OPEN, SUCCEEDED
from app.domain.orders.service import payment as payments
from app.domain.orders.service.purchase import once
from app.domain.orders.service.receipts import register_bacs
from app.errors import ConflictError, NotFoundError
from app.gateways import cashier
from app.gateways.base import (
    CheckoutGateway,
    ForgedEventError,
    GatewayError,
)
from app.gateways.cashier import Addresses
from app.gateways.registry import gateway_of
from app.security.current import may
from app.security.guard import open_to_all, requires
from app.transaction import transaction
from app.views import order_shown
from app.views.base import PortalView, fragment

log = logging.getLogger(__name__)

ROADS = {"Stripe": "stripe", "test gateway": "test"}
"""The last part of the address to which a gateway sends its events."""


def the_gateway() -> CheckoutGateway:
    """Return the gateway of this portal; refuse in words where there is none."""
    try:
        return gateway_of(current_app._get_current_object())  # type: ignore[attr-defined]  # a proxy
    except GatewayError as error:
        log.warning("no card payment: %s", error)
        raise ConflictError(
            gettext("Cards cannot be taken at the moment. Nothing was charged; pay by electronic "
                    "transfer, or try again later.")
        ) from error  # fmt: skip


def _public(endpoint: str, **values: Any) -> str:
    """Return an address as others reach it: never made from the Host header."""
    return str(current_app.config["PUBLIC_URL"]) + url_for(endpoint, **values)


def _addresses(payment_id: int, gateway: CheckoutGateway) -> Addresses:
    return Addresses(
        success=_public("PaymentsView.result", payment=payment_id),
        cancel=_public("PaymentsView.left", payment=payment_id),
        webhook=_public("WebhooksView.take", gateway=ROADS[gateway.name]),
    )


class PaymentsView(PortalView):
    """The two ways to pay, and the pages of an attempt by card."""

    route_base = ""
    resource = "Purchases"

    @expose("/orders/<row(Order):order>/pay")
    @requires(Permission.COMPLETE_PURCHASES)
    def choose(self, order: Order) -> ResponseReturnValue:
        """Let the buyer choose how to pay (A59 to A66)."""
        under_way = queries.outstanding_payment(order)
        if under_way is not None:
            return redirect(url_for("PaymentsView.result", payment=under_way))
        totals = queries.figures_of(order)
        if order.state != OPEN.code or totals.lines == 0:
            return redirect(url_for("OrdersView.show", row=order.id))
        page = {
            "title": gettext("Confirm Pay For Order %(reference)s?",
                             reference=order.title_reference),
            "order": order,
            "badge": order_shown.badge(order.state_shown),
            "amount": pounds(totals.balance),
            "lines": [
                (ngettext("%(num)d line excluding VAT", "%(num)d lines excluding VAT",
                          totals.lines), pounds(totals.net)),
                (gettext("VAT"), pounds(totals.vat)),
            ],
            "total": pounds(totals.total),
            "once": idempotency.new_token(),
            "back": url_for("OrdersView.list", tab="attention", open=order.id),
        }  # fmt: skip
        return self.render_template("orders/pay.html", page=page)

    @expose("/orders/<row(Order):order>/pay/card", methods=["POST"])
    @requires(Permission.COMPLETE_PURCHASES)
    def card(self, order: Order) -> ResponseReturnValue:
        """Make an attempt and lead to the gateway's page; a second click leads there too."""
        gateway = the_gateway()
        with transaction():
            payment_id = once(
                request.form.get("once", ""), "pay by card",
                lambda: payments.begin(order, gateway.name, at=now()).id,
            )  # fmt: skip
        address = cashier.lead_on(gateway, payment_id, _addresses(payment_id, gateway))
        return redirect(address or url_for("PaymentsView.result", payment=payment_id), 303)

    @expose("/orders/<row(Order):order>/pay/bacs", methods=["POST"])
    @requires(Permission.COMPLETE_PURCHASES)
    def bacs(self, order: Order) -> ResponseReturnValue:
        """Register an order for electronic transfer (A66)."""
        reference = order.reference
        with transaction():
            order_id = once(
                request.form.get("once", ""), "register for transfer",
                lambda: register_bacs(order, at=now()).id,
            )  # fmt: skip
        flash(
            gettext("Registered for electronic transfer. Please use exactly the reference "
                    "%(reference)s.", reference=reference), "success",
        )  # fmt: skip
        return redirect(url_for("OrdersView.show", row=order_id), 303)

    @expose("/payments/<row(Payment):payment>/")
    @requires(Permission.VIEW_PURCHASES)
    def result(self, payment: Payment) -> ResponseReturnValue:
        """Show how an attempt ended, or ask the gateway until it has."""
        return self._page(payment, "PaymentsView.check")

    @expose("/payments/<row(Payment):payment>/left")
    @requires(Permission.VIEW_PURCHASES)
    def left(self, payment: Payment) -> ResponseReturnValue:
        """Take the customer back who left the gateway's page without paying."""
        return self._page(payment, "PaymentsView.give_up")

    @expose("/payments/<row(Payment):payment>/check", methods=["POST"])
    @requires(Permission.VIEW_PURCHASES)
    def check(self, payment: Payment) -> ResponseReturnValue:
        """Ask the gateway how an attempt stands, and settle what is decided."""
        return self._ask(payment.id, give_up=False)

    @expose("/payments/<row(Payment):payment>/give-up", methods=["POST"])
    @requires(Permission.COMPLETE_PURCHASES)
    def give_up(self, payment: Payment) -> ResponseReturnValue:
        """Close the checkout, so that the order can be paid in another way."""
        return self._ask(payment.id, give_up=True)

    def _ask(self, payment_id: int, *, give_up: bool) -> ResponseReturnValue:
        cashier.reread(the_gateway(), payment_id, give_up=give_up)
        if request.headers.get("HX-Request") != "true":
            return redirect(url_for("PaymentsView.result", payment=payment_id), 303)
        payment = queries.find_payment(payment_id)
        assert payment is not None
        return fragment("orders/_outcome.html", outcome=outcome(payment, "PaymentsView.check"))

    def _page(self, payment: Payment, asks: str) -> ResponseReturnValue:
        if not may(Permission.COMPLETE_PURCHASES):
            asks = "PaymentsView.check"
        order = payment.order
        page = {
            "title": gettext("Payment of order %(reference)s", reference=order.title_reference),
            "order": order,
        }
        shown = outcome(payment, asks)
        return self.render_template("orders/payment.html", page=page, outcome=shown)


def outcome(payment: Payment, asks: str) -> dict[str, Any]:
    """Return how an attempt stands, in words, as orders/_outcome.html draws it."""
    order, amount = payment.order, pounds(payment.amount)
    found: dict[str, Any] = {
        "actions": [],
        "order_url": url_for("OrdersView.show", row=order.id),
        "ask_url": None,
        "give_up_url": None,
        "address": None,
        "reason": payment.outcome,
    }
    if payments.is_outstanding(payment):
        return found | _outstanding(payment, asks, amount)
    if payment.state == SUCCEEDED.code:
        return found | _paid(payment, amount)
    declined = payment.state == DECLINED.code
    if order.state == OPEN.code and may(Permission.COMPLETE_PURCHASES):
        found["actions"] = [
            {"label": gettext("PAY NOW"), "icon": "credit-card", "primary": True,
             "href": url_for("PaymentsView.choose", order=order)}
        ]  # fmt: skip
    return found | {
        "tone": "stop" if declined else "off",
        "icon": "circle-x" if declined else "circle-minus",
        "title": gettext("The card was declined") if declined
        else gettext("The payment was abandoned"),
        "text": gettext("Nothing was charged. The order can be paid again, with this card, "
                        "another one or by electronic transfer."),
    }  # fmt: skip


def _outstanding(payment: Payment, asks: str, amount: str) -> dict[str, Any]:
    unknown = payment.address is None or payment.state == "unknown"
    complete = may(Permission.COMPLETE_PURCHASES)
    return {
        "tone": "hold",
        "icon": "help-circle" if unknown else "external-link",
        "title": gettext("The outcome is unknown") if unknown
        else gettext("The payment has not been made yet"),
        "text": gettext("The payment gateway did not answer. We ask it again; nothing is charged "
                        "twice. The order stays closed until it has answered.")
        if unknown
        else gettext("%(amount)s is waiting on the payment gateway’s page. This page follows by "
                     "itself when it is paid.", amount=amount),
        "ask_url": url_for(asks, payment=payment),
        "give_up_url": url_for("PaymentsView.give_up", payment=payment) if complete else None,
        "address": payment.address if complete else None,
    }  # fmt: skip


def _paid(payment: Payment, amount: str) -> dict[str, Any]:
    invoice = queries.invoices_of([payment.order_id]).get(payment.order_id)
    if payment.is_credit:
        return {
            "tone": "todo",
            "icon": "coins",
            "title": gettext("%(amount)s was received, and kept as a credit", amount=amount),
            "text": gettext("The order no longer needed it. The finance department has been "
                            "told and will allocate or return it."),
        }  # fmt: skip
    return {
        "tone": "ok",
        "icon": "circle-check",
        "title": gettext("%(amount)s was paid", amount=amount),
        "text": gettext("Thank you. Once you have made your payment your apprentice/trainee "
                        "cards will be processed."),
        "actions": [
            {"label": gettext("Invoice %(number)s", number=invoice.shown_number),
             "icon": "file-type-pdf", "primary": False,
             "href": url_for("OrdersView.invoice", order=payment.order_id)}
        ] if invoice else [],
    }  # fmt: skip


class WebhooksView(BaseView):
    """Where a gateway reports; it carries no cookie, so the signature is what counts."""

    route_base = "/webhooks"

    @expose("/<string:gateway>", methods=["POST"])
    @open_to_all("events of the payment gateway, which prove themselves by their signature")
    def take(self, gateway: str) -> ResponseReturnValue:
        """Take an event: 400 for a forged one, 503 when the gateway should send it again."""
        found = the_gateway()
        if ROADS[found.name] != gateway:
            raise NotFoundError
        try:
            cashier.take_event(found, request.get_data(), request.headers)
        except ForgedEventError as error:
            log.warning("an event was refused: %s", error)
            return Response("The signature does not fit.\n", 400, mimetype="text/plain")
        return "", 200
