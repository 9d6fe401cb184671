"""Money in whole pence: VAT by the line, amounts as people read and type them, quotes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum

from app.domain.kernel.typed import TypedError, quoted, typed
from app.domain.kernel.words import N_, Sentence, say

_BASIS_POINTS = Decimal(10_000)
_TYPED_POUNDS = re.compile(
    r"(?P<sign>-?)£?(?P<pounds>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.(?P<pence>[0-9]{1,2}))?"
)
# More would not fit the database, and no order comes near it.
_MOST_PENCE = 2**31 - 1


class MoneyError(TypedError):
    """Raised when a typed amount cannot be read."""


class VatCategory(Enum):
    """How a supply stands to VAT; the codes are those of EN 16931 invoices."""

    STANDARD = "S"
    EXEMPT = "E"
    ZERO = "Z"
    OUTSIDE = "O"

    @property
    def label(self) -> str:
        """Name the category as an invoice does."""
        return _LABELS[self]

    @property
    def rate_source(self) -> str:
        """Say where the rate comes from."""
        return _RATE_SOURCES[self]


_LABELS = {
    VatCategory.STANDARD: N_("Standard rate"),
    VatCategory.EXEMPT: N_("Exempt"),
    VatCategory.ZERO: N_("Zero rate"),
    VatCategory.OUTSIDE: N_("Outside the scope of VAT"),
}
_RATE_SOURCES = {
    VatCategory.STANDARD: N_("The standard rate in force on the day of supply"),
    VatCategory.EXEMPT: N_("No VAT: VAT Act 1994, Schedule 9"),
    VatCategory.ZERO: N_("0%: VAT Act 1994, Schedule 8"),
    VatCategory.OUTSIDE: N_("No VAT: not a supply made in the United Kingdom"),
}


@dataclass(frozen=True, kw_only=True)
class QuoteLine:
    """One priced line, whose net, VAT and total cannot contradict the rest of it."""

    product_code: str
    description: str
    quantity: int
    unit_net: int
    vat_category: VatCategory
    vat_rate: int
    vat_reason: str = ""
    net: int
    vat: int
    total: int

    def __post_init__(self) -> None:
        """Refuse a line that no invoice could carry."""
        if self.quantity < 1:
            raise ValueError("A line has a quantity of at least 1.")
        if self.vat_rate < 0 or (self.vat_rate and self.vat_category is not VatCategory.STANDARD):
            raise ValueError("Only the standard category has a rate of VAT above 0.")
        if self.net != self.quantity * self.unit_net:
            raise ValueError("The net of a line is its quantity times its unit price.")
        if self.vat != vat_of(self.net, self.vat_rate) or self.total != self.net + self.vat:
            raise ValueError("The VAT of a line follows from its rate, its total from both.")

    @classmethod
    def priced(
        cls,
        *,
        product_code: str,
        description: str,
        quantity: int,
        unit_net: int,
        vat_category: VatCategory,
        vat_rate: int,
        vat_reason: str = "",
    ) -> QuoteLine:
        """Work out net, VAT and total of a line."""
        net = quantity * unit_net
        vat = vat_of(net, vat_rate)
        return cls(
            product_code=product_code,
            description=description,
            quantity=quantity,
            unit_net=unit_net,
            vat_category=vat_category,
            vat_rate=vat_rate,
            vat_reason=vat_reason,
            net=net,
            vat=vat,
            total=net + vat,
        )


@dataclass(frozen=True)
class VatSubtotal:
    """What the lines of one category and rate come to."""

    category: VatCategory
    rate: int
    net: int
    vat: int


@dataclass(frozen=True)
class Quote:
    """What is to be bought and what it costs; every sum is a sum of its lines."""

    lines: tuple[QuoteLine, ...] = ()

    @property
    def net(self) -> int:
        """Sum the lines without VAT."""
        return sum(line.net for line in self.lines)

    @property
    def vat(self) -> int:
        """Sum the VAT as it was rounded on each line."""
        return sum(line.vat for line in self.lines)

    @property
    def total(self) -> int:
        """Sum what is to be paid."""
        return sum(line.total for line in self.lines)

    @property
    def vat_by_category(self) -> tuple[VatSubtotal, ...]:
        """Sum the lines by category and rate, in the order in which they first appear."""
        sums: dict[tuple[VatCategory, int], tuple[int, int]] = {}
        for line in self.lines:
            key = (line.vat_category, line.vat_rate)
            net, vat = sums.get(key, (0, 0))
            sums[key] = (net + line.net, vat + line.vat)
        return tuple(
            VatSubtotal(category, rate, net, vat) for (category, rate), (net, vat) in sums.items()
        )


def vat_of(net_pence: int, rate_basis_points: int) -> int:
    """Work out the VAT on one line, half a penny upwards; a credit reverses it exactly."""
    exact = Decimal(net_pence) * Decimal(rate_basis_points) / _BASIS_POINTS
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def pounds(pence: int) -> str:
    """Show an amount as `£1,234.50`, or `−£1,234.50` with a true minus sign."""
    whole, rest = divmod(abs(pence), 100)
    return f"{'−' if pence < 0 else ''}£{whole:,}.{rest:02}"


def percent(rate_basis_points: int) -> str:
    """Show a rate as `20%` or `17.5%`."""
    return f"{(Decimal(rate_basis_points) / 100).normalize():f}%"


def parse_pounds(raw: object) -> int:
    """Read an amount of pounds, typed or from a spreadsheet, as whole pence."""
    shown = typed(raw)
    text = re.sub(r"\s", "", shown).replace("−", "-").replace("£-", "-£")
    found = _TYPED_POUNDS.fullmatch(text)
    if found is None or isinstance(raw, bool):
        raise MoneyError(_why_not_pounds(shown, text))
    whole = found["pounds"].replace(",", "")
    digits = whole.lstrip("0") + (found["pence"] or "").ljust(2, "0")
    if len(digits) > len(str(_MOST_PENCE)) or int(digits) > _MOST_PENCE:
        raise MoneyError(say("%(typed)s is more than can be charged.", typed=quoted(shown)))
    pence = int(digits)
    return -pence if found["sign"] else pence


def _why_not_pounds(shown: str, text: str) -> Sentence:
    if not text:
        return say("Enter an amount, for example 1,234.50.")
    if re.fullmatch(r"-?£?[0-9,]+\.[0-9]{3,}", text):
        return say(
            "“%(typed)s” has parts of a penny. Give two digits after the point, as in 1,234.50.",
            typed=quoted(shown),
        )
    if re.fullmatch(r"-?£?[0-9.,]+", text):
        return say(
            "“%(typed)s” cannot be read for certain. Use commas only between thousands and a "
            "point before the pence, as in 1,234.50.",
            typed=quoted(shown),
        )
    return say(
        "“%(typed)s” is not an amount in pounds. Give it as in 1,234.50.", typed=quoted(shown)
    )
