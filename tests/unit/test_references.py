"""Order references: made with check digits, and found again in bank narratives."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.kernel.references import find_references, is_order_reference, order_reference

ECS = order_reference("ECS", 41_293)
numbers = st.integers(0, 9_999_999)
prefixes = st.from_regex(r"[A-Z]{2,4}", fullmatch=True)
references = st.builds(order_reference, prefixes, numbers)


def prefix_of(reference: str) -> str:
    return re.match("[A-Z]+", reference)[0]


@given(prefixes, numbers)
def test_a_reference_fits_a_bank_transfer_and_is_recognised(prefix, number):
    reference = order_reference(prefix, number)

    assert len(reference) <= 18
    assert reference.isalnum()
    assert is_order_reference(reference)
    assert find_references(reference, [prefix]) == [reference]


@pytest.mark.parametrize("prefix", ["E", "ECSXX", "ecs", "EC1", ""])
def test_a_reference_begins_with_two_to_four_capital_letters(prefix):
    with pytest.raises(ValueError, match="2 to 4 capital letters"):
        order_reference(prefix, 1)


@pytest.mark.parametrize("number", [-1, 10_000_000])
def test_a_reference_has_room_for_seven_digits(number):
    with pytest.raises(ValueError, match="room for numbers"):
        order_reference("ECS", number)


@given(references, st.data())
def test_every_single_wrong_character_is_detected(reference, data):
    place = data.draw(st.integers(0, len(reference) - 1))
    kind = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if reference[place].isalpha() else "0123456789"
    sign = data.draw(st.sampled_from(kind))
    assume(sign != reference[place])

    assert not is_order_reference(reference[:place] + sign + reference[place + 1 :])


@given(references, st.data())
def test_every_swap_of_neighbours_is_detected(reference, data):
    place = data.draw(st.integers(0, len(reference) - 2))
    first, second = reference[place : place + 2]
    assume(first != second)

    assert not is_order_reference(reference[:place] + second + first + reference[place + 2 :])


@pytest.mark.parametrize("text", ["", "ECS", "ECS00412931", ECS.lower(), f" {ECS}", f"{ECS}0"])
def test_only_the_whole_reference_is_one(text):
    assert not is_order_reference(text)


def test_check_digits_that_leave_the_same_remainder_are_not_accepted_for_each_other():
    reference = next(
        made for n in range(1000) if (made := order_reference("ECS", n)).endswith("98")
    )

    assert not is_order_reference(reference[:-2] + "01")


def test_the_check_digits_are_those_of_iso_7064():
    assert ECS == "ECS004129330"
    # E, C and S are 14, 12 and 28; the whole leaves 1 when divided by 97.
    assert int("141228" + ECS[3:]) % 97 == 1


@pytest.mark.parametrize(
    "narrative",
    [
        "ECS 0041293 {check}",
        "fp ecs-0041293-{check} 20NOV",
        "ECS0041293{check}20NOV",
        "FPECS0041293{check} ACME LTD",
        "ecsoo4i293{check}",
        "ECSOO41293{check}.",
        "EC5 0041293/{check}",
        "E C S 0 0 4 1 2 9 3 {check}",
        "REF: ECS\n0041293{check}",
        "INV 12345678 ECS0041293{check} AND MORE",
        "ECS ECS0041293{check}",
        "ＥＣＳ0041293{check}",
    ],
)
def test_a_reference_is_found_in_what_people_and_banks_make_of_it(narrative):
    assert find_references(narrative.format(check=ECS[-2:]), ["ECS", "EC"]) == [ECS]


@pytest.mark.parametrize(
    "narrative",
    [
        "0041293{check}",
        "ECX0041293{check}",
        "ECS0041294{check}",
        "ECS0041293",
        "ECS0041293{check}77",
        "",
    ],
)
def test_a_lost_prefix_or_a_wrong_digit_finds_nothing(narrative):
    assert find_references(narrative.format(check=ECS[-2:]), ["ECS"]) == []


def test_several_references_are_found_once_each_in_their_order():
    first, second = order_reference("ECS", 7), order_reference("IMI", 8)

    assert find_references(f"{second} and {first}, {second}", ["ECS", "IMI"]) == [second, first]


@given(st.text(alphabet="ECS0123456789OIL -/", max_size=80))
def test_no_reference_is_found_whose_check_fails(narrative):
    assert all(is_order_reference(found) for found in find_references(narrative, ["ECS", "CS"]))


@given(
    references,
    st.lists(st.sampled_from(["", " ", "-", " - ", "."]), min_size=13, max_size=13),
    st.booleans(),
)
def test_blanks_and_hyphens_anywhere_do_not_hide_a_reference(reference, between, lower):
    spread = "".join(sign + gap for sign, gap in zip(reference, between, strict=False))
    narrative = f"PAYMENT {spread.lower() if lower else spread}"

    assert reference in find_references(narrative, [prefix_of(reference)])
