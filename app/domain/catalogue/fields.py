"""What the awarding body's staff are asked when they change the catalogue."""

from datetime import date

from app.domain.kernel.fields import Field, Subject
from app.domain.kernel.money import VatCategory, parse_pounds, pounds
from app.domain.kernel.words import N_, say

VAT_CATEGORIES = tuple((each.value, each.label) for each in VatCategory)

APPLICATION_KINDS = (
    ("initial", N_("Initial")), ("renewal", N_("Renewal")), ("replacement", N_("Replacement")),
)  # fmt: skip


def _from_today_on(day: date, today: date) -> str | None:
    if day < today:
        return say("A price counts from today on or later: orders of past days keep theirs.")
    return None


def _not_negative(pence: int, _today: date) -> str | None:
    return say("A price cannot be less than nothing.") if pence < 0 else None


PRODUCT = Subject(
    "product",
    (
        Field("code", N_("Code"), required=True, max_length=20, width=10),
        Field("name", N_("Name"), required=True, max_length=120, width=30),
        Field("card_type", N_("Card Type"), required=True, max_length=40, width=20),
        Field("vat_category", N_("VAT category"), "choice", required=True,
              choices=VAT_CATEGORIES),
        Field("eligible_vat_category", N_("VAT category for eligible bodies"), "choice",
              required=True, choices=VAT_CATEGORIES,
              hint=N_("Examination services to an eligible body are exempt")),
        Field("vat_reason", N_("Reason printed when no VAT is charged"), max_length=200,
              width=30),
        Field("application_kind", N_("Ordered by card applications of type"), "choice",
              choices=APPLICATION_KINDS, width=20,
              hint=N_("One product for each type; registrations order that of their scheme")),
    ),
)  # fmt: skip

PRICE = Subject(
    "price",
    (
        Field("product_id", N_("Product"), "lookup", required=True),
        Field("valid_from", N_("First day"), "date", required=True, check=_from_today_on),
        Field("net_pence", N_("Price before VAT"), required=True, parse=parse_pounds,
              display=pounds, check=_not_negative, hint=N_("For example, 117.00"), width=10),
    ),
)  # fmt: skip

PATHWAY = Subject(
    "pathway",
    (
        Field("scheme_id", N_("Scheme"), "lookup", required=True),
        Field("name", N_("Name"), required=True, max_length=120, width=30),
        Field("is_open", N_("Open for new registrations"), "yesno", required=True),
    ),
)

SCHEME = Subject(
    "scheme",
    (
        Field("name", N_("Name"), required=True, max_length=120, width=30),
        Field("grade", N_("Grade on the card"), required=True, max_length=60, width=20),
        Field("number_label", N_("What a person's number is called"), required=True,
              max_length=40, width=20),
        Field("product_id", N_("Product of a new registration"), "lookup", required=True),
        Field("is_open", N_("Open for new registrations"), "yesno", required=True),
    ),
)  # fmt: skip
