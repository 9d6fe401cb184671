"""Issuing an invoice: the next number without a gap, and everything printed, frozen."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from app.clock import local
from app.domain.kernel import jobs
from app.domain.kernel.identifiers import show_postcode
from app.domain.kernel.numbering import take_numbers
from app.domain.orders import queries
from app.domain.orders.models import Invoice, Order, OrderLine
from app.domain.orders.service import ledger
from app.domain.organisations.models import (
    Organisation,
    OrganisationAncestry,
    OrganisationDetail,
)
from app.domain.organisations.rules import Kind
from app.errors import ConflictError
from app.extensions import db

COUNTER = "invoice"
LISTED = 500
"""Lines that an invoice prints one by one, with whom each is for."""
RENDERING = "render_invoice"
"""The job that writes the PDF; its payload is {"invoice_id": id}."""
DUE = "Quote the reference exactly: what was ordered starts once the payment has been allocated."

Content = dict[str, Any]


@dataclass(frozen=True)
class Address:
    """Where an organisation is, and how its tax office knows it."""

    lines: tuple[str, ...]
    vat_number: str
    email: str
    phone: str


def issue(order: Order, *, at: datetime, paid_how: str | None) -> Invoice:
    """Issue the invoice of ``order``: paid as ``paid_how`` says, or to be paid by transfer.

    The number is taken here, in the transaction that saves the invoice: a rollback gives it back.
    """
    totals = queries.figures_of(order)
    number = take_numbers(db.session(), COUNTER)[0]
    invoice = Invoice(
        number=number,
        order=order,
        issued_at=at,
        net=totals.net,
        vat=totals.vat,
        total=totals.total,
        content={},
    )
    with db.session.no_autoflush:  # an invoice is saved whole, or not at all
        invoice.content = freeze(
            order, number=invoice.shown_number, on=local(at).date(), paid_how=paid_how
        )
    db.session.add(invoice)
    db.session.flush()
    owner = ledger.customer(order.organisation_id)
    for part, account in (("net", ledger.SALES), ("vat", ledger.VAT)):
        ledger.transfer(
            getattr(invoice, part),
            debit=owner,
            credit=account,
            cause=f"invoice {number} {part}",
            order_id=order.id,
            at=at,
        )
    jobs.enqueue(
        db.session(), RENDERING, {"invoice_id": invoice.id}, key=f"invoice {invoice.id}", at=at
    )
    return invoice


def freeze(order: Order, *, number: str, on: date, paid_how: str | None) -> Content:
    """Return everything that the invoice prints, in the shape of documents' ``InvoiceData``.

    Days are written as 2024-01-05; the settlement is either how and when it was paid, or the
    terms of a bank transfer.
    """
    lines = _lines(order)
    supplier, supplier_at = _supplier()
    customer_at = address_of(order.invoice_to_id)
    return {
        "number": number,
        "issued_on": on.isoformat(),
        "tax_point": on.isoformat(),
        "order_reference": order.reference,
        "customer_reference": order.customer_reference,
        "supplier": {
            "name": supplier,
            "address": list(supplier_at.lines),
            "vat_number": supplier_at.vat_number,
            "email": supplier_at.email,
            "telephone": supplier_at.phone,
        },
        "customer": {
            "name": order.invoice_to.name,
            "address": list(customer_at.lines),
            "number": order.invoice_to.number,
        },
        "lines": lines,
        "totals": {name: sum(line[name] for line in lines) for name in ("net", "vat", "total")},
        "settlement": _settlement(order, on, paid_how),
    }


def _lines(order: Order) -> list[Content]:
    """Return what is printed of the lines: one by one, or by product and price if too many."""
    lines = queries.lines_of(order, LISTED + 1)
    if len(lines) <= LISTED:
        return [_line(line) for line in lines]
    return [
        _priced(each, f"{each.quantity:,} of them, which the order lists by name")
        for each in queries.lines_by_price(order)
    ]


def _line(line: OrderLine) -> Content:
    noun = "application" if line.application else "registration"
    priced = queries.PricedLines(
        line.product.name, line.unit_net, line.vat_category, line.vat_rate, line.vat_reason,
        line.quantity, line.net, line.vat,
    )  # fmt: skip
    return _priced(priced, f"{line.subject.person.listed_name}, {noun} {line.subject.number}")


def _priced(line: queries.PricedLines, detail: str) -> Content:
    return {
        "description": line.name,
        "detail": detail,
        "quantity": line.quantity,
        "unit_net": line.unit_net,
        "vat_category": line.vat_category,
        "vat_rate_bp": line.vat_rate,
        "vat_reason": line.vat_reason,
        "net": line.net,
        "vat": line.vat,
        "total": line.net + line.vat,
    }


def _settlement(order: Order, on: date, paid_how: str | None) -> Content:
    if paid_how is not None:
        return {"how": paid_how, "on": on.isoformat()}
    bank = [[each["label"], each["value"]] for each in bank_details(order)]
    return {"reference": order.reference, "bank": bank, "due": DUE}


def bank_details(order: Order) -> list[dict[str, str]]:
    """Return where a transfer for ``order`` goes, line by line."""
    body = order.administering_body
    shown = (
        ("Account name", body.bank_account_name),
        ("Sort code", body.bank_sort_code),
        ("Account number", body.bank_account_number),
    )
    return [{"label": label, "value": value} for label, value in shown if value]


def address_of(organisation_id: int) -> Address:
    """Return the address of an organisation, or else of the nearest one above that has one.

    It is read below the scope: an office does not see its company's details.
    """
    above = OrganisationAncestry.ancestor_id == OrganisationDetail.organisation_id
    statement = (
        select(
            OrganisationDetail.address,
            OrganisationDetail.postcode,
            OrganisationDetail.vat_number,
            OrganisationDetail.email,
            OrganisationDetail.phone,
        )
        .join(OrganisationAncestry, above)
        .where(OrganisationAncestry.descendant_id == organisation_id)
        .where(OrganisationDetail.address != "")
        .order_by(OrganisationAncestry.depth)
        .limit(1)
    )
    found = db.session.connection().execute(statement).one_or_none()
    if found is None:
        return Address((), "", "", "")
    address, postcode, vat_number, email, phone = found
    lines = [line.strip() for line in address.splitlines()]
    lines.append(show_postcode(postcode) if postcode else "")
    return Address(tuple(line for line in lines if line), vat_number, email, phone)


def check_address(order: Order) -> None:
    """Refuse an order whose invoice could not name the customer's address, as the law wants."""
    if not address_of(order.invoice_to_id).lines:
        raise ConflictError(
            f"The invoice has to carry the address of {order.invoice_to.name}, and the portal "
            "does not know it. Enter it under Administration, Organisation details; then pay."
        )


def _supplier() -> tuple[str, Address]:
    statement = (
        select(Organisation.id, Organisation.name)
        .where(Organisation.kind == Kind.AWARDING_BODY)
        .order_by(Organisation.id)
        .limit(1)
    )
    found = db.session.connection().execute(statement).one()
    return found.name, address_of(found.id)
