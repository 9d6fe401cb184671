"""The life of an order and of a payment: every state with every move; the price of a line."""

from datetime import date
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.kernel.money import Quote, vat_of
from app.domain.kernel.permissions import Permission
from app.domain.orders.fields import AMOUNT, RECEIPT, details
from app.domain.orders.rules import AWAITING, ORDER, PAYMENT, Dated, line_for, valid_on
from app.errors import ConflictError, IllegalMoveError

ORDER_MOVES = {
    "assembling": {"add_lines": "assembling", "assembled": "open", "give_up": "cancelled"},
    "open": {"change_lines": "open", "choose_card": "closed", "register_bacs": "closed",
             "pay": "being_fulfilled", "cancel": "cancelled"},
    "closed": {"reopen": "open", "pay": "being_fulfilled"},
    "being_fulfilled": {},
    "cancelled": {},
}  # fmt: skip
PAYMENT_MOVES = {
    "created": {"send": "sent", "lose_sight": "unknown", "succeed": "succeeded",
                "decline": "declined", "abandon": "abandoned"},
    "sent": {"lose_sight": "unknown", "succeed": "succeeded", "decline": "declined",
             "abandon": "abandoned"},
    "unknown": {"send": "sent", "lose_sight": "unknown", "succeed": "succeeded",
                "decline": "declined", "abandon": "abandoned"},
    "succeeded": {},
    "declined": {"succeed": "succeeded"},
    "abandoned": {"succeed": "succeeded"},
}  # fmt: skip


@pytest.mark.function("A49", "A50", "A137", "A138")
@pytest.mark.parametrize(("workflow", "table"), [(ORDER, ORDER_MOVES), (PAYMENT, PAYMENT_MOVES)])
def test_every_state_with_every_move(workflow, table):
    assert set(table) == {state.code for state in workflow.states}
    for state, allowed in table.items():
        for move in workflow.moves:
            if move.code in allowed:
                assert workflow.after(state, move.code) == allowed[move.code]
            else:
                with pytest.raises(IllegalMoveError, match=workflow.state(state).label.lower()):
                    workflow.after(state, move.code)


@pytest.mark.function("A49", "A50")
def test_states_are_called_as_in_the_guide():
    assert [state.label for state in AWAITING] == [
        "Open - Awaiting Payment", "Closed - Awaiting Payment",
    ]  # fmt: skip


def test_who_may_move_an_order():
    needed = {move.code: move.permission for move in ORDER.moves}
    assert needed == {
        "change_lines": Permission.ADD_TO_PURCHASES,
        "choose_card": Permission.COMPLETE_PURCHASES,
        "register_bacs": Permission.COMPLETE_PURCHASES,
        "cancel": Permission.CREATE_PURCHASES,
        "reopen": None,
        "add_lines": None,
        "assembled": None,
        "give_up": None,
        "pay": None,
    }


def a_product(**more):
    return SimpleNamespace(
        **{"code": "CARD", "name": "Card", "vat_category": "S", "eligible_vat_category": "E",
           "vat_reason": "Exempt: examination services"} | more
    )  # fmt: skip


RATES = {"S": [Dated(date(2008, 1, 1), 1750), Dated(date(2011, 1, 4), 2000)],
         "E": [Dated(date(2000, 1, 1), 0)]}  # fmt: skip
PRICES = [Dated(date(2020, 1, 1), 11700), Dated(date(2025, 1, 1), 12000)]


def a_line(**more):
    values = {
        "quantity": 1, "prices": PRICES, "vat_rates": RATES, "buyer_is_eligible": False,
        "on": date(2024, 1, 5),
    } | more  # fmt: skip
    return line_for(a_product(), **values)


@pytest.mark.function("A53")
def test_the_guides_line():
    line = a_line()
    assert (line.net, line.vat, line.total) == (11700, 2340, 14040)
    quote = Quote((line, line))
    assert (quote.net, quote.vat, quote.total) == (23400, 4680, 28080)


def test_price_and_rate_are_those_of_the_day():
    assert a_line(on=date(2024, 12, 31)).unit_net == 11700
    assert a_line(on=date(2025, 1, 1)).unit_net == 12000
    earlier = a_line(on=date(2011, 1, 3), prices=[Dated(date(2000, 1, 1), 100)])
    assert earlier.vat_rate == 1750
    assert valid_on(PRICES, date(2019, 12, 31)) is None


def test_an_eligible_body_pays_no_vat_and_is_told_why():
    line = a_line(buyer_is_eligible=True)
    assert (line.vat_category.value, line.vat, line.vat_reason) == (
        "E", 0, "Exempt: examination services",
    )  # fmt: skip
    unexplained = line_for(
        a_product(vat_reason=""), quantity=1, prices=PRICES, vat_rates=RATES,
        buyer_is_eligible=True, on=date(2024, 1, 5),
    )  # fmt: skip
    assert unexplained.vat_reason


def test_without_a_price_or_a_rate_nothing_is_sold():
    with pytest.raises(ConflictError, match="Card has no price on 31/12/2019"):
        a_line(on=date(2019, 12, 31))
    with pytest.raises(ConflictError, match="no VAT rate of category S"):
        a_line(vat_rates={})


@given(
    st.lists(st.tuples(st.integers(0, 10**7), st.integers(1, 99)), min_size=1, max_size=30),
    st.sampled_from([0, 500, 1750, 2000]),
)
def test_totals_always_equal_the_lines(wanted, rate):
    lines = [
        a_line(prices=[Dated(date(2020, 1, 1), price)], quantity=quantity,
               vat_rates={"S": [Dated(date(2000, 1, 1), rate)]})
        for price, quantity in wanted
    ]  # fmt: skip
    quote = Quote(tuple(lines))
    assert quote.net == sum(price * quantity for price, quantity in wanted)
    assert quote.vat == sum(vat_of(price * quantity, rate) for price, quantity in wanted)
    assert quote.total == quote.net + quote.vat == sum(line.total for line in lines)


TODAY = date(2026, 11, 22)


@pytest.mark.function("A37", "A38", "A39")
def test_what_the_buyer_says_is_read_and_refused_in_words():
    subject = details([(1, "0102000, Calder Vale")])
    raw = {
        "customer_reference": " PO 1 ", "accounts_contact_name": "Ann Lee",
        "accounts_contact_email": "Ann@Works.example", "delivery_attention": "Ann",
        "invoice_to": "1", "deliver_to": "1",
    }  # fmt: skip
    reading = subject.read(raw, TODAY)
    assert reading.is_complete
    assert reading.values["customer_reference"] == "PO 1"
    assert reading.values["accounts_contact_email"].casefold() == "ann@works.example"
    assert (reading.values["invoice_to"], reading.values["deliver_to"]) == (1, 1)
    reading = subject.read(raw | {"accounts_contact_email": "ann", "invoice_to": "2"}, TODAY)
    assert set(reading.errors) == {"accounts_contact_email", "invoice_to"}
    assert set(subject.read({}, TODAY).errors) == {
        "accounts_contact_name", "accounts_contact_email", "delivery_attention", "invoice_to",
        "deliver_to",
    }  # fmt: skip


@pytest.mark.function("A67")
@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("received_on", ("23", "11", "2026"), "still to come"),
        ("received_on", ("1", "1", "2020"), "three years"),
        ("amount", "0", "above zero"),
        ("amount", "-5", "above zero"),
        ("amount", "12.345", "parts of a penny"),
        ("payer", "", "payer"),
    ],
)
def test_what_finance_enter_is_refused_in_words(field, typed, said):
    raw = {"received_on": ("20", "11", "2026"), "amount": "280.80", "payer": "CALDER",
           "narrative": ""}  # fmt: skip
    assert RECEIPT.read(raw, TODAY).values["amount"] == 28080
    assert said in RECEIPT.read(raw | {field: typed}, TODAY).errors[field]


def test_an_amount_is_shown_in_pounds():
    assert AMOUNT.show(28080) == "£280.80"
