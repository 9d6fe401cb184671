"""An order as pages show it: its facts, lines with their total, and what may be done with it."""

from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext
from markupsafe import Markup, escape

from app.clock import local
from app.domain.kernel.fieldkinds import COVERED
from app.domain.kernel.money import pounds
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_
from app.domain.kernel.workflow import State
from app.domain.orders import queries
from app.domain.orders.models import Order, OrderLine
from app.domain.orders.queries import Figures
from app.domain.orders.rules import ASSEMBLING, BEING_FULFILLED, CLOSED, OPEN, Method
from app.domain.registrations.fields import WORDS
from app.domain.registrations.rules import REQUESTS, Kind, Request
from app.security.current import may
from app.views.declared import address_of

SHOWN_LINES = 500
"""Lines that the page of an order shows; an import may have made ten thousand."""
METHODS = {
    "": "–",
    Method.CARD: N_("Credit/Debit Card"),
    Method.BACS: N_("Electronic Transfer (BACS)"),
}


def badge(state: State) -> dict[str, str]:
    """Return a state in the shape of the badge macro."""
    return {"label": gettext(state.label), "tone": state.tone, "icon": state.icon}


def opened(order: Order) -> dict[str, Any]:
    """Return an order with its lines, as orders/_order.html draws it (A51, A52)."""
    totals, lines = queries.figures_of(order), queries.lines_of(order, SHOWN_LINES)
    return {
        "id": order.id,
        "reference": order.reference,
        "title": gettext("Order - %(reference)s", reference=order.title_reference),
        "facts": facts(order, totals),
        "lines": [_line(line) for line in lines],
        "count": _count(len(lines), totals.lines),
        "net": pounds(totals.net),
        "vat": pounds(totals.vat),
        "total": pounds(totals.total),
        "actions": actions(order, totals),
        "note": _note(order),
    }


def _count(shown: int, lines: int) -> str:
    counted = ngettext("%(num)d line", "%(num)d lines", lines)
    if shown == lines:
        return counted
    return gettext("%(lines)s; the first %(shown)d are shown", lines=counted, shown=shown)


def facts(order: Order, totals: Figures) -> list[tuple[str, Any]]:
    """Return the facts of an order in the guide's words and order (A51)."""
    deliver = (order.delivery_attention, order.accounts_contact_email, order.deliver_to.name)
    cards = gettext("%(scheme)s Cards", scheme=order.administering_body.reference_prefix)
    return [
        (gettext("Status"), gettext(order.state_shown.label)),
        (gettext("Raised On"), f"{local(order.raised_at):%d/%m/%Y}"),
        (gettext("Raised By"), order.raised_by.email),
        (gettext("Raised at Level"), order.organisation.level),
        (gettext("Invoice To"), f"{order.invoice_to.number}, {order.invoice_to.name}"),
        (gettext("Deliver to"), ", ".join(part for part in deliver if part)),
        (gettext("Our Ref"), order.reference),
        (gettext("Your Reference / P.O. Number"), order.customer_reference),
        (gettext("Accounts contact"), order.accounts_contact_name),
        (cards, _batches(totals)),
    ]


def _batches(totals: Figures) -> Markup | str:
    """Name the card batches of an order; each leads to its page, for those who may open it."""
    if not totals.batches:
        return ""
    link = Markup('<a href="{}">{}</a>')
    named = [
        link.format(address_of("CardBatchesView.show", batch_id), number)
        if may(Permission.VIEW_APPLICATIONS)
        else escape(number)
        for batch_id, number in zip(totals.batch_ids, totals.batches, strict=True)
    ]
    return escape(gettext("Batch: %(numbers)s")) % {"numbers": Markup(", ").join(named)}


def actions(order: Order, totals: Figures) -> list[dict[str, Any]]:
    """Return what the reader may do with an order now; PAY NOW comes last."""
    if order.state == OPEN.code:
        return _while_open(order, totals)
    found: list[dict[str, Any]] = []
    payment = queries.outstanding_payment(order) if order.state == CLOSED.code else None
    if payment is not None:
        href = url_for("PaymentsView.result", payment=payment)
        found.append(_link(gettext("See the payment"), "credit-card", href, primary=True))
    by_transfer = order.state == CLOSED.code and order.method == Method.BACS
    if by_transfer or order.state == BEING_FULFILLED.code:
        href = url_for("OrdersView.invoice", order=order)
        found.append(_link(gettext("Invoice"), "file-type-pdf", href))
    return found


def _while_open(order: Order, totals: Figures) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if may(Permission.ADD_TO_PURCHASES):
        change = url_for("ChangeOrderView.change", order=order)
        add = url_for("PurchasesView.choose", order=order)
        found.append(_link(gettext("Change order"), "pencil", change))
        found.append(_link(gettext("Add applications"), "plus", add))
    if may(Permission.CREATE_PURCHASES):
        found.append(cancel_action(order, totals))
    if totals.lines and may(Permission.COMPLETE_PURCHASES):
        pay = url_for("PaymentsView.choose", order=order)
        found.append(_link(gettext("PAY NOW"), "credit-card", pay, primary=True))
    return found


def _link(label: str, icon: str, href: str, *, primary: bool = False) -> dict[str, Any]:
    return {"label": label, "icon": icon, "href": href, "primary": primary, "method": "get",
            "stop": False, "dialog": None}  # fmt: skip


def cancel_action(order: Order, totals: Figures) -> dict[str, Any]:
    """Return the button that cancels an order, with what it asks first."""
    return {
        "label": gettext("Cancel order"),
        "icon": "ban",
        "method": "post",
        "stop": True,
        "primary": False,
        "href": url_for("ChangeOrderView.cancel", order=order, version=order.version),
        "dialog": ngettext(
            "%(num)d line is taken off, and what it is for is ready for ordering again. Nothing "
            "has been charged. The reference is not used again.",
            "%(num)d lines are taken off, and what they are for is ready for ordering again. "
            "Nothing has been charged. The reference is not used again.",
            totals.lines,
        ),
    }


def _note(order: Order) -> str:
    if order.state == ASSEMBLING.code:
        return gettext(
            "An upload is adding to this order. It can be paid as soon as all of it is here."
        )
    if order.state == OPEN.code:
        return gettext("You may change this order until you choose how to pay.")
    if order.state == CLOSED.code and order.method == Method.BACS:
        return gettext(
            "Registered for electronic transfer. It starts once the finance department has "
            "allocated the payment, which has to carry the reference %(reference)s.",
            reference=order.reference,
        )
    if order.state == CLOSED.code:
        return gettext("Sent to the payment gateway. The order opens again if it is not paid.")
    return ""


def _line(line: OrderLine) -> dict[str, Any]:
    person = line.subject.person
    number = person.scheme_number or gettext("no number yet")
    if person.scheme_number and not may(Permission.CHANGE_EMPLOYEES):
        number = COVERED
    what, body = _what(line)
    return {
        "id": line.id,
        "ref": line.subject.number,
        "name": person.listed_name,
        "number": f"({number} - {body})",
        "card": line.product.card_type,
        "state": badge(line.subject.state_shown),
        "net": pounds(line.net),
        "vat": pounds(line.vat),
        "total": pounds(line.total),
        **what,
    }


def _what(line: OrderLine) -> tuple[dict[str, str], str]:
    """Return type, grade and occupation of a line, and which body administers it."""
    application = line.application
    registration = application.registration if application else line.registration
    scheme = registration.scheme if registration else None
    occupation = application.occupation if application else None
    works_as = scheme.name if scheme else occupation.name if occupation else ""
    kind = REQUESTS[Request(application.kind)] if application else WORDS[Kind.STANDARD].one
    shown = {
        "type": gettext(kind),
        "grade": scheme.grade if scheme else "–",
        "occupation": works_as or "–",
    }
    if application:
        return shown, application.administering_body.name
    assert scheme is not None  # every registration has one
    return shown, scheme.administering_body.name
