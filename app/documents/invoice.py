"""The VAT invoice: what it must say, the checks that its sums agree, and its page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.documents.typesetting import typeset
from app.documents.wording import breakable, long_date, percent, pounds, printable

MAX_LINES = 2_000

_CATEGORIES = {"S": "Standard rate", "E": "Exempt", "Z": "Zero rate", "O": "Outside the scope"}


@dataclass(frozen=True, kw_only=True)
class Supplier:
    """Who issues the invoice; ``vat_number`` is printed as given."""

    name: str
    address: tuple[str, ...]
    vat_number: str
    email: str = ""
    telephone: str = ""


@dataclass(frozen=True, kw_only=True)
class Customer:
    """Whom the invoice is addressed to; ``number`` is the customer's number with the supplier."""

    name: str
    address: tuple[str, ...]
    number: str = ""


@dataclass(frozen=True, kw_only=True)
class InvoiceLine:
    """One supply. Amounts in pence; ``vat_rate_bp`` in hundredths of a per cent (2000 is 20 %).

    ``vat_category`` is S (standard), E (exempt), Z (zero) or O (outside the scope); every
    category but S needs its ``vat_reason``.
    """

    description: str
    quantity: int
    unit_net: int
    vat_rate_bp: int
    net: int
    vat: int
    total: int
    detail: str = ""
    vat_category: str = "S"
    vat_reason: str = ""


@dataclass(frozen=True, kw_only=True)
class InvoiceTotals:
    """The sums as they were stored when the invoice was issued, in pence."""

    net: int
    vat: int
    total: int


@dataclass(frozen=True, kw_only=True)
class Paid:
    """The invoice is settled: how ("Card payment", "Bank transfer") and when."""

    how: str
    on: date


@dataclass(frozen=True, kw_only=True)
class PaymentTerms:
    """The invoice is to be paid: the exact reference, where to, and the sentence about when."""

    reference: str
    bank: tuple[tuple[str, str], ...]
    due: str


@dataclass(frozen=True, kw_only=True)
class InvoiceData:
    """Everything an invoice shows, frozen when it is issued. ``accent`` is #rrggbb."""

    number: str
    issued_on: date
    tax_point: date
    order_reference: str
    customer_reference: str
    supplier: Supplier
    customer: Customer
    lines: tuple[InvoiceLine, ...]
    totals: InvoiceTotals
    settlement: Paid | PaymentTerms
    accent: str = "#12397f"


def read_content(content: Mapping[str, Any]) -> InvoiceData:
    """Return an invoice from its frozen content: JSON with the same names, days as 2024-01-05."""
    settlement = content["settlement"]
    paid = "how" in settlement
    bank = tuple((label, value) for label, value in settlement.get("bank", ()))
    return InvoiceData(
        number=content["number"],
        issued_on=date.fromisoformat(content["issued_on"]),
        tax_point=date.fromisoformat(content["tax_point"]),
        order_reference=content["order_reference"],
        customer_reference=content["customer_reference"],
        supplier=Supplier(**_with_address(content["supplier"])),
        customer=Customer(**_with_address(content["customer"])),
        lines=tuple(InvoiceLine(**line) for line in content["lines"]),
        totals=InvoiceTotals(**content["totals"]),
        settlement=Paid(how=settlement["how"], on=date.fromisoformat(settlement["on"]))
        if paid
        else PaymentTerms(reference=settlement["reference"], bank=bank, due=settlement["due"]),
    )


def _with_address(party: Mapping[str, Any]) -> dict[str, Any]:
    return {**party, "address": tuple(party["address"])}


@dataclass(frozen=True, kw_only=True)
class VatSummary:
    """The lines of one VAT category and rate, added up."""

    category: str
    rate_bp: int
    net: int
    vat: int
    reasons: tuple[str, ...]


def vat_summary(lines: Iterable[InvoiceLine]) -> list[VatSummary]:
    """Return one entry per VAT category and rate, the highest rate first."""
    groups: dict[tuple[str, int], list[InvoiceLine]] = {}
    for line in lines:
        groups.setdefault((line.vat_category, line.vat_rate_bp), []).append(line)
    return [
        VatSummary(
            category=category,
            rate_bp=rate,
            net=sum(line.net for line in group),
            vat=sum(line.vat for line in group),
            reasons=tuple(dict.fromkeys(line.vat_reason for line in group if line.vat_reason)),
        )
        for (category, rate), group in sorted(groups.items(), key=lambda item: -item[0][1])
    ]


def check_invoice(invoice: InvoiceData) -> None:
    """Raise ValueError when the invoice is incomplete or its sums do not agree."""
    if not 1 <= len(invoice.lines) <= MAX_LINES:
        raise ValueError(f"An invoice has 1 to {MAX_LINES} lines, this one {len(invoice.lines)}.")
    for name, value in (
        ("a number", invoice.number),
        ("a supplier", invoice.supplier.name),
        ("the supplier's VAT number", invoice.supplier.vat_number),
        ("the supplier's address", "".join(invoice.supplier.address)),
        ("a customer", invoice.customer.name),
        ("the customer's address", "".join(invoice.customer.address)),
    ):
        if not value.strip():
            raise ValueError(f"An invoice needs {name}.")
    for position, line in enumerate(invoice.lines, start=1):
        _check_line(position, line)
    for column in ("net", "vat", "total"):
        lines = sum(getattr(line, column) for line in invoice.lines)
        if lines != getattr(invoice.totals, column):
            raise ValueError(
                f"The {column} of the lines of invoice {invoice.number} is {pounds(lines)}, "
                f"its total says {pounds(getattr(invoice.totals, column))}."
            )


def _check_line(position: int, line: InvoiceLine) -> None:
    if not line.description.strip():
        raise ValueError(f"Line {position} has no description.")
    if line.quantity < 1 or line.quantity * line.unit_net != line.net:
        raise ValueError(f"Line {position}: quantity times price is not the amount before VAT.")
    if line.net + line.vat != line.total:
        raise ValueError(f"Line {position}: amount and VAT do not make its total.")
    if line.vat_category not in _CATEGORIES:
        raise ValueError(f"Line {position} has no VAT category: {line.vat_category!r}.")
    if line.vat_category != "S" and (line.vat_rate_bp or line.vat or not line.vat_reason.strip()):
        raise ValueError(
            f"Line {position} is not at the standard rate: it carries a reason and no VAT."
        )


def render_invoice(invoice: InvoiceData) -> bytes:
    """Return the invoice as a tagged PDF/A-3a that is also PDF/UA-1; the same data, the same bytes.

    Raises ValueError when something the law wants is missing or the sums do not agree.
    """
    check_invoice(invoice)
    return typeset("invoice.typ", _page(invoice), dated=invoice.issued_on)


def _page(invoice: InvoiceData) -> dict[str, object]:
    return {
        "accent": invoice.accent,
        "number": printable(invoice.number, 60),
        "facts": _facts(invoice),
        "supplier": _supplier(invoice.supplier),
        "customer": _customer(invoice.customer),
        "lines": [_line(line) for line in invoice.lines],
        "totals": {
            "net": pounds(invoice.totals.net),
            "vat": pounds(invoice.totals.vat),
            "total": pounds(invoice.totals.total),
        },
        "vat": [_vat(entry) for entry in vat_summary(invoice.lines)],
        "settlement": _settlement(invoice.settlement, invoice.totals.total),
    }


def _facts(invoice: InvoiceData) -> list[tuple[str, str]]:
    facts = [
        ("Invoice number", printable(invoice.number, 60)),
        ("Date of issue", long_date(invoice.issued_on)),
        ("Tax point", long_date(invoice.tax_point)),
        ("Our reference", printable(invoice.order_reference, 60)),
        ("Your reference", printable(invoice.customer_reference, 60)),
        ("Customer number", printable(invoice.customer.number, 60)),
    ]
    return [(label, value) for label, value in facts if value]


def _supplier(supplier: Supplier) -> dict[str, object]:
    return {
        "name": breakable(supplier.name, 160),
        "address": _lines_of(supplier.address),
        "vat": printable(supplier.vat_number, 40),
        "contact": [
            text
            for text in (printable(supplier.email, 120), printable(supplier.telephone, 60))
            if text
        ],
    }


def _customer(customer: Customer) -> dict[str, object]:
    return {"name": breakable(customer.name, 160), "address": _lines_of(customer.address)}


def _lines_of(address: tuple[str, ...]) -> list[str]:
    lines = [breakable(line, 120) for line in address[:10]]
    return [line for line in lines if line]


def _line(line: InvoiceLine) -> dict[str, object]:
    return {
        "description": breakable(line.description, 120),
        "detail": breakable(line.detail, 120),
        "quantity": f"{line.quantity:,}",
        "unit": pounds(line.unit_net),
        "rate": percent(line.vat_rate_bp) if line.vat_category in "SZ" else _short(line),
        "net": pounds(line.net),
        "vat": pounds(line.vat),
        "total": pounds(line.total),
    }


def _short(line: InvoiceLine) -> str:
    return {"E": "Exempt", "O": "None"}[line.vat_category]


def _vat(entry: VatSummary) -> dict[str, object]:
    label = _CATEGORIES[entry.category]
    return {
        "label": f"{label}, {percent(entry.rate_bp)}" if entry.category in "SZ" else label,
        "reasons": [breakable(reason) for reason in entry.reasons[:20]],
        "net": pounds(entry.net),
        "vat": pounds(entry.vat),
    }


def _settlement(settlement: Paid | PaymentTerms, total: int) -> dict[str, object]:
    if isinstance(settlement, Paid):
        return {
            "paid": True,
            "text": f"{printable(settlement.how, 80)}, {long_date(settlement.on)}",
            "amount": pounds(total),
        }
    return {
        "paid": False,
        "reference": printable(settlement.reference, 40),
        "bank": [
            (printable(label, 60), printable(value, 80)) for label, value in settlement.bank[:8]
        ],
        "text": printable(settlement.due),
        "amount": pounds(total),
    }
