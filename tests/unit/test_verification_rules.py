"""What a typed or scanned text means, and how a document stands on a day."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.awards.verification import rules
from app.domain.awards.verification.rules import Fact, Finding, Policy
from app.domain.kernel.document_numbers import compact, new_code, new_reference

POLICY = Policy(date(2020, 3, 23), "[A-Z]{2}[0-9]{6}")
REFERENCE, CODE = new_reference(), new_code()
number = pytest.mark.function


def fact(**values):
    said = {
        "reference": REFERENCE, "state": "valid", "initials": "Z. O.", "replaced_by": None,
        "issued_on": date(2026, 9, 1), "expires_on": None,
    }  # fmt: skip
    return Fact(**said | values)


@number("D54", "D55")
def test_a_reference_is_understood():
    for text in (REFERENCE, f" {REFERENCE.lower()}\n", compact(REFERENCE)):
        asked = rules.understand(text, POLICY)
        assert (asked.reference, asked.code, asked.finding) == (REFERENCE, None, None)


@number("D57")
@pytest.mark.parametrize(
    "form",
    ["HTTPS://HOST/V/{}.{}.9ABC", "https://host/v/{}.{}.9abc", "{}.{}.PROOF", "{}.{}", "/V/{}.{}."],
)
def test_a_full_code_is_understood(form):
    asked = rules.understand(form.format(compact(REFERENCE), compact(CODE)), POLICY)
    assert (asked.reference, asked.code) == (REFERENCE, CODE)


@number("D56")
def test_an_older_number_is_not_called_mistyped():
    for text in ("AB123456", "ab 123-456", "ＡＢ123456"):
        assert rules.understand(text, POLICY).finding is Finding.OLDER
    assert rules.understand("AB12345", POLICY).finding is Finding.MISTYPED


@given(st.text(max_size=700))
def test_whatever_is_typed_means_something(text):
    asked = rules.understand(text, POLICY)
    assert (asked.reference is None) == (asked.finding is not None)
    assert asked.text.isprintable()
    assert rules.slip_in(asked.text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("7KQ2-M9XA-V4TB-0", "check character"),
        ("7KQ2-M9XA-V4TU-4", "letter U"),
        ("7KQ2-M9XA-V4T", "too short"),
        ("7KQ2-M9XA-V4TB-44", "too long"),
        ("hello", "13 letters and digits, such as"),
    ],
)
def test_what_is_wrong_with_a_number_is_said(text, words):
    assert words in rules.slip_in(text)


@number("D59")
@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({}, Finding.VALID),
        ({"state": "expired"}, Finding.EXPIRED),
        ({"state": "cancelled"}, Finding.CANCELLED),
        ({"state": "replaced"}, Finding.REPLACED),
        ({"state": "pending"}, Finding.UNKNOWN),
        ({"expires_on": date(2026, 10, 1)}, Finding.EXPIRED),
        ({"expires_on": date(2026, 10, 2)}, Finding.VALID),
        ({"state": "cancelled", "expires_on": date(2026, 1, 1)}, Finding.CANCELLED),
        ({"issued_on": date(2020, 3, 22)}, Finding.OLDER),
        ({"issued_on": date(2020, 3, 23)}, Finding.VALID),
    ],
)
def test_how_a_document_stands_on_a_day(values, found):
    assert rules.judge(fact(**values), POLICY, date(2026, 10, 2)) is found


def test_without_facts_a_document_is_not_ours():
    assert rules.judge(None, POLICY, date(2026, 10, 2)) is Finding.UNKNOWN


def test_only_the_code_itself_is_the_code():
    import hashlib

    held = fact(code_digest=hashlib.sha256(CODE.encode()).hexdigest())
    assert rules.is_code_of(CODE, held)
    assert not rules.is_code_of(new_code(), held)
    assert not rules.is_code_of(None, held)


def test_numbers_are_found_in_words():
    text = f"Certificate {REFERENCE} of Zoë, and 1234 others"
    assert REFERENCE in rules.numbers_in(text)
    assert rules.numbers_in("") == []
    assert len(rules.numbers_in(f"{REFERENCE} " * 50)) == 10


def test_every_finding_has_words_and_a_picture():
    assert set(rules.LOOKS) == set(Finding)
    assert len({look.label for look in rules.LOOKS.values()}) == len(Finding)
    assert len({look.icon for look in rules.LOOKS.values()}) == len(Finding)


def test_text_of_strangers_is_shown_on_one_line_and_turned_round_by_nothing():
    assert rules.shown("a\u202eb\n\x00c\ue000", 99) == "a b c"
