"""What is asked of an order's buyer, and of finance who enter a receipt."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from app.domain.kernel.fields import Field, Subject
from app.domain.kernel.money import parse_pounds, pounds
from app.domain.kernel.words import N_

Choice = tuple[Any, str]

_OLDEST = timedelta(days=3 * 365)


def details(places: Sequence[Choice]) -> Subject:
    """Return the fields of an order; ``places`` are where it may be invoiced and delivered to."""
    return Subject(
        "order",
        (
            Field(
                "customer_reference", N_("Your Reference / P.O. Number"),
                hint=N_("Printed on the invoice, so that you can match it to your own records."),
                max_length=40, width=20,
            ),
            Field(
                "accounts_contact_name", N_("Accounts contact"), "name", required=True,
                hint=N_("Who receives the invoice and letters about payment."),
                max_length=160, width=30,
            ),
            Field(
                "accounts_contact_email", N_("Accounts contact’s email"), "email", required=True,
                width=30,
            ),
            Field(
                "delivery_attention", N_("Delivery to the attention of"), required=True,
                hint=N_("The key contact for your company."), max_length=160, width=30,
            ),
            Field("invoice_to", N_("Invoice to"), "choice", required=True, choices=places,
                  width=30),
            Field("deliver_to", N_("Deliver to"), "choice", required=True, choices=places,
                  width=30),
        ),
    )  # fmt: skip


def _positive(pence: int, _today: date) -> str | None:
    return None if pence > 0 else N_("Enter an amount above zero.")


def _not_later(day: date, today: date) -> str | None:
    if day > today:
        return N_("This day is still to come. Enter the day on the bank’s statement.")
    if day < today - _OLDEST:
        return N_("This is more than three years ago. Enter the day on the bank’s statement.")
    return None


AMOUNT = Field(
    "amount", N_("Amount"), required=True, parse=parse_pounds, display=pounds, check=_positive,
    example="280.80", width=10,
)  # fmt: skip
"""An amount of money, in pounds as people type it, in pence as it is kept."""

RECEIPT = Subject(
    "receipt",
    (
        Field("received_on", N_("Received on"), "date", required=True, check=_not_later),
        AMOUNT,
        Field(
            "payer", N_("Payer"), required=True, max_length=160, width=30,
            hint=N_("As the bank’s statement names them."),
        ),
        Field(
            "narrative", N_("Reference on the statement"), max_length=200, width=30,
            hint=N_("Everything that the payer or the bank wrote; our reference is found in it."),
        ),
    ),
)  # fmt: skip
"""A bank transfer, as finance enter it from the statement (A67)."""
