"""References and codes of documents: unguessable, forgiving to read, every slip found out."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.kernel import document_numbers
from app.domain.kernel.document_numbers import (
    compact,
    new_code,
    new_reference,
    read_code,
    read_reference,
)

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHARACTER = "[0-9A-HJKMNP-TV-Z]"

bodies = st.text(ALPHABET, min_size=12, max_size=12)
references = bodies.map(lambda body: body + document_numbers._check_character(body))
longer = st.text(ALPHABET, min_size=16, max_size=16)
codes = longer.map(lambda body: body + document_numbers._check_character(body))
both = st.one_of(
    st.tuples(references, st.just(read_reference)), st.tuples(codes, st.just(read_code))
)


def test_a_reference_is_sixty_random_bits_and_a_check_in_groups_that_can_be_read_aloud():
    made = {new_reference() for _ in range(500)}

    assert len(made) == 500
    assert all(re.fullmatch(f"({CHARACTER}{{4}}-){{3}}{CHARACTER}", number) for number in made)
    assert {character for number in made for character in number} == {*ALPHABET, "-"}
    assert all(read_reference(number) == number for number in made)


def test_a_code_is_eighty_random_bits_and_is_no_reference():
    made = [new_code() for _ in range(200)]

    assert all(re.fullmatch(f"({CHARACTER}{{4}}-){{4}}{CHARACTER}", code) for code in made)
    assert all(read_code(code) == code for code in made)
    assert all(read_reference(code) is None for code in made)
    assert read_code(new_reference()) is None


def test_the_check_character_is_always_the_same_one():
    # Printed documents outlive every version of this code: these may never change.
    assert read_reference("0000-0000-0000-0") == "0000-0000-0000-0"
    assert document_numbers._check_character("7KQ2M9XAV4TB") == "4"
    assert document_numbers._check_character("Z1Y2X3W4V5T6S7R8") == "V"


def test_addresses_carry_numbers_without_hyphens():
    reference = new_reference()

    assert compact(reference) == reference.replace("-", "")
    assert read_reference(compact(reference)) == reference


@given(both, st.data())
def test_every_single_wrong_character_is_found_out(made, data):
    number, read = made
    place = data.draw(st.integers(0, len(number) - 1))
    sign = data.draw(st.sampled_from(ALPHABET + "U"))
    assume(sign != number[place])

    assert read(number[:place] + sign + number[place + 1 :]) is None


@given(both, st.data())
def test_every_swap_of_two_characters_is_found_out_wherever_they_stand(made, data):
    number, read = made
    first, second = sorted(
        data.draw(st.lists(st.integers(0, len(number) - 1), min_size=2, max_size=2, unique=True))
    )
    assume(number[first] != number[second])
    swapped = list(number)
    swapped[first], swapped[second] = swapped[second], swapped[first]

    assert read("".join(swapped)) is None


@given(both)
def test_a_lost_or_an_added_character_is_found_out(made):
    number, read = made

    assert read(number[:-1]) is None
    assert read(number[1:]) is None
    assert read(number + number[-1]) is None


@given(
    both,
    st.lists(st.sampled_from(["", " ", "-", " – ", ".", "_", "\u00a0", "\u00ad", "\n"]),
             min_size=18, max_size=18),
    st.booleans(),
    st.data(),
)  # fmt: skip
def test_case_blanks_hyphens_and_lookalikes_are_forgiven(made, gaps, lower, data):
    number, read = made
    signs = [
        data.draw(st.sampled_from({"0": "0Oo", "1": "1IiLl"}.get(sign, sign))) for sign in number
    ]
    written = "".join(gap + sign for gap, sign in zip(gaps, signs, strict=False)) + gaps[-1]

    assert read(written.lower() if lower else written) == read(number) is not None


def test_wide_letters_of_far_eastern_keyboards_are_read():
    assert read_reference("００００－００００－００００－０") == "0000-0000-0000-0"


@pytest.mark.parametrize(
    "text", ["", "-", "0", "0000-0000-0000-٠", "0000-0000-0000-0" * 50, "é" * 13, "0" * 12 + "U"]
)
def test_what_is_no_reference_is_none(text):
    assert read_reference(text) is None
    assert read_code(text) is None


@given(st.text(max_size=120))
def test_no_text_breaks_the_reader(text):
    assert read_reference(text) in {None, read_reference(text)}
    read_code(text)
