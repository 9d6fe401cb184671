"""The life of an order and of a card payment, and the arithmetic of a quote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from app.domain.kernel.money import QuoteLine, VatCategory
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_
from app.domain.kernel.workflow import Move, State, Workflow
from app.errors import ConflictError

ASSEMBLING = State("assembling", N_("Being put together"), "work", "loader")
OPEN = State("open", N_("Open - Awaiting Payment"), "todo", "credit-card")
CLOSED = State("closed", N_("Closed - Awaiting Payment"), "work", "lock")
BEING_FULFILLED = State("being_fulfilled", N_("Being fulfilled"), "ok", "package")
CANCELLED = State("cancelled", N_("Cancelled"), "off", "ban")

AWAITING = (OPEN, CLOSED)
"""Orders that can still be paid."""
ATTENTION = (ASSEMBLING, *AWAITING)
"""Orders requiring attention (A137): outstanding."""

ORDER = Workflow(
    N_("an order"),
    (ASSEMBLING, OPEN, CLOSED, BEING_FULFILLED, CANCELLED),
    (
        Move("add_lines", N_("Add to"), "shopping-cart-plus", (ASSEMBLING,), ASSEMBLING, None,
             N_("Lines added")),
        Move("assembled", N_("Complete"), "check", (ASSEMBLING,), OPEN, None,
             N_("Put together, and open for payment")),
        Move("give_up", N_("Give up"), "ban", (ASSEMBLING,), CANCELLED, None,
             N_("Given up before anything was on it")),
        Move("change_lines", N_("Change"), "pencil", (OPEN,), OPEN,
             Permission.ADD_TO_PURCHASES, N_("Lines changed")),
        Move("choose_card", N_("Pay by card"), "credit-card", (OPEN,), CLOSED,
             Permission.COMPLETE_PURCHASES, N_("Sent to the payment gateway")),
        Move("register_bacs", N_("Register for electronic transfer"), "building-bank", (OPEN,),
             CLOSED, Permission.COMPLETE_PURCHASES, N_("Registered for collection via BACS")),
        Move("reopen", N_("Open again"), "lock-open", (CLOSED,), OPEN, None,
             N_("Opened again: the card was declined or the payment abandoned")),
        Move("pay", N_("Pay"), "circle-check", AWAITING, BEING_FULFILLED, None, N_("Paid")),
        Move("cancel", N_("Cancel"), "ban", (OPEN,), CANCELLED,
             Permission.CREATE_PURCHASES, N_("Cancelled")),
    ),
)  # fmt: skip
"""The guide's states (A49, A50, A137, A138), and one for an order that an import is still adding
to. Card money that arrives after an order was opened again still pays it: hence the sources of
pay."""


class Method(StrEnum):
    """How an order is paid (A59)."""

    CARD = "card"
    BACS = "bacs"


CREATED = State("created", N_("Being sent to the gateway"), "work", "loader")
SENT = State("sent", N_("At the gateway"), "work", "external-link")
UNKNOWN = State("unknown", N_("Outcome unknown"), "hold", "help-circle")
SUCCEEDED = State("succeeded", N_("Paid"), "ok", "circle-check")
DECLINED = State("declined", N_("Declined"), "stop", "circle-x")
ABANDONED = State("abandoned", N_("Abandoned"), "off", "circle-minus")

OUTSTANDING = (CREATED, SENT, UNKNOWN)

PAYMENT = Workflow(
    N_("a payment"),
    (CREATED, SENT, UNKNOWN, SUCCEEDED, DECLINED, ABANDONED),
    (
        Move("send", N_("Send"), "external-link", (CREATED, UNKNOWN), SENT, None,
             N_("Sent to the gateway")),
        Move("lose_sight", N_("Mark as unknown"), "help-circle", OUTSTANDING, UNKNOWN, None,
             N_("The gateway did not answer; the portal asks it again")),
        Move("succeed", N_("Accept"), "circle-check", (*OUTSTANDING, DECLINED, ABANDONED),
             SUCCEEDED, None, N_("The card was charged")),
        Move("decline", N_("Decline"), "circle-x", OUTSTANDING, DECLINED, None,
             N_("The card was declined")),
        Move("abandon", N_("Abandon"), "circle-minus", OUTSTANDING, ABANDONED, None,
             N_("The payment was abandoned")),
    ),
)  # fmt: skip
"""One attempt to pay by card. Money that arrives late still counts: hence succeed's sources."""


class PricedProduct(Protocol):
    """What a quote needs to know of a product."""

    code: str
    name: str
    vat_category: str
    eligible_vat_category: str
    vat_reason: str


@dataclass(frozen=True)
class Dated:
    """A value that holds from a day on."""

    valid_from: date
    value: int


def valid_on(values: Sequence[Dated], on: date) -> int | None:
    """Return the value in force on a day, or None before the first."""
    known = [each for each in values if each.valid_from <= on]
    return max(known, key=lambda each: each.valid_from).value if known else None


def line_for(
    product: PricedProduct,
    *,
    quantity: int,
    prices: Sequence[Dated],
    vat_rates: Mapping[str, Sequence[Dated]],
    buyer_is_eligible: bool,
    on: date,
) -> QuoteLine:
    """Price ``quantity`` of a product for a buyer on a day.

    Raise ConflictError when the product has no price on that day, or its category no rate.
    """
    net_each = valid_on(prices, on)
    if net_each is None:
        raise ConflictError(f"{product.name} has no price on {on:%d/%m/%Y}.")
    category = product.eligible_vat_category if buyer_is_eligible else product.vat_category
    rate = valid_on(vat_rates.get(category, ()), on)
    if rate is None:
        raise ConflictError(f"There is no VAT rate of category {category} on {on:%d/%m/%Y}.")
    vat_category = VatCategory(category)
    reason = "" if vat_category is VatCategory.STANDARD else product.vat_reason
    return QuoteLine.priced(
        product_code=product.code,
        description=product.name,
        quantity=quantity,
        unit_net=net_each,
        vat_category=vat_category,
        vat_rate=rate,
        vat_reason=reason or ("" if rate else vat_category.rate_source),
    )
