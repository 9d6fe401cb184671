"""Money: half pennies go up, lines sum to the total, amounts are read for certain or not at all."""

from dataclasses import FrozenInstanceError, asdict
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.kernel.money import (
    MoneyError,
    Quote,
    QuoteLine,
    VatCategory,
    parse_pounds,
    percent,
    pounds,
    vat_of,
)

amounts = st.integers(-(10**12), 10**12)


def line(**given_parts) -> QuoteLine:
    parts = {
        "product_code": "REG",
        "description": "Registration",
        "quantity": 2,
        "unit_net": 11_700,
        "vat_category": VatCategory.STANDARD,
        "vat_rate": 2000,
    }
    return QuoteLine.priced(**(parts | given_parts))


@st.composite
def lines(draw):
    category = draw(st.sampled_from(VatCategory))
    rates = [2000, 1750, 500] if category is VatCategory.STANDARD else [0]
    return line(
        quantity=draw(st.integers(1, 5000)),
        unit_net=draw(st.integers(0, 10**7)),
        vat_category=category,
        vat_rate=draw(st.sampled_from(rates)),
    )


def test_the_order_of_the_guide_comes_to_its_total():
    quote = Quote((line(),))

    assert (pounds(quote.net), pounds(quote.vat), pounds(quote.total)) == (
        "£234.00",
        "£46.80",
        "£280.80",
    )


@pytest.mark.parametrize(
    ("net", "rate", "vat"),
    [(0, 2000, 0), (2, 2000, 0), (3, 2000, 1), (5, 1000, 1), (4, 1000, 0), (-5, 1000, -1)],
)
def test_half_a_penny_of_vat_goes_up(net, rate, vat):
    assert vat_of(net, rate) == vat


@given(amounts, st.integers(0, 10_000))
def test_a_credit_reverses_the_vat_exactly(net, rate):
    assert vat_of(-net, rate) == -vat_of(net, rate)


@given(st.lists(lines(), max_size=30).map(tuple))
def test_the_total_is_always_the_sum_of_the_lines(given_lines):
    quote = Quote(given_lines)

    assert quote.total == sum(one.total for one in given_lines)
    assert quote.total == quote.net + quote.vat
    assert sum(part.net for part in quote.vat_by_category) == quote.net
    assert sum(part.vat for part in quote.vat_by_category) == quote.vat


@given(lines())
def test_vat_is_rounded_on_each_line(one):
    exact = Decimal(one.quantity * one.unit_net * one.vat_rate) / 10_000

    assert one.total == one.net + one.vat
    assert one.vat == exact.quantize(Decimal(1), ROUND_HALF_UP)


def test_vat_of_lines_is_not_that_of_their_sum():
    quote = Quote((line(quantity=1, unit_net=3), line(quantity=1, unit_net=3)))

    assert quote.vat == 2
    assert vat_of(quote.net, 2000) == 1


def test_each_category_and_rate_has_its_own_subtotal():
    quote = Quote((line(), line(vat_category=VatCategory.EXEMPT, vat_rate=0), line()))

    assert [(part.category.value, part.net, part.vat) for part in quote.vat_by_category] == [
        ("S", 46_800, 9360),
        ("E", 23_400, 0),
    ]


@pytest.mark.parametrize(
    "contradiction", [{"net": 1}, {"vat": 1}, {"total": 1}, {"quantity": 3}, {"vat_rate": 0}]
)
def test_a_line_cannot_contradict_itself(contradiction):
    parts = asdict(line())

    assert QuoteLine(**parts) == line()
    with pytest.raises(ValueError, match="of a line"):
        QuoteLine(**(parts | contradiction))


def test_a_line_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        line().vat = 1


def test_a_line_that_no_invoice_could_carry_is_refused():
    with pytest.raises(ValueError, match="quantity"):
        line(quantity=0)
    with pytest.raises(ValueError, match="Only the standard category"):
        line(vat_category=VatCategory.EXEMPT)


@pytest.mark.parametrize("category", list(VatCategory))
def test_every_category_says_what_it_is_and_where_its_rate_comes_from(category):
    assert category.label
    assert category.rate_source


@pytest.mark.parametrize(
    ("pence", "shown"),
    [(123_450, "£1,234.50"), (0, "£0.00"), (5, "£0.05"), (-123_450, "−£1,234.50")],
)
def test_amounts_are_shown_in_pounds_and_pence(pence, shown):
    assert pounds(pence) == shown


def test_rates_are_shown_without_needless_digits():
    assert [percent(rate) for rate in (2000, 1750, 0, 500)] == ["20%", "17.5%", "0%", "5%"]


@given(st.integers(1 - 2**31, 2**31 - 1))
def test_every_amount_shown_is_read_back(pence):
    assert parse_pounds(pounds(pence)) == pence


@pytest.mark.parametrize(
    ("raw", "pence"),
    [
        ("1,234.50", 123_450),
        (" £ 1234.5 ", 123_450),
        ("12", 1200),
        ("-£5", -500),
        ("£-5", -500),
        (12.0, 1200),
        (12.34, 1234),
        (12, 1200),
        (Decimal("0.10"), 10),
        ("21,474,836.47", 2**31 - 1),
        ("0" * 20 + "7", 700),
    ],
)
def test_amounts_are_read_as_people_and_spreadsheets_write_them(raw, pence):
    assert parse_pounds(raw) == pence


@pytest.mark.parametrize(
    ("raw", "part_of_words"),
    [
        ("", "Enter an amount"),
        (None, "Enter an amount"),
        ("ten", "not an amount in pounds"),
        ("1,23", "cannot be read for certain"),
        ("1.234,50", "cannot be read for certain"),
        ("12.345", "parts of a penny"),
        ("€5", "not an amount in pounds"),
        ("21,474,836.48", "more than can be charged"),
        ("9" * 5000, "more than can be charged"),
        (True, "not an amount"),
        (float("nan"), "not an amount"),
        ("١٢", "not an amount"),
    ],
)
def test_an_amount_that_is_not_certain_is_refused_in_words(raw, part_of_words):
    with pytest.raises(MoneyError, match=part_of_words):
        parse_pounds(raw)
