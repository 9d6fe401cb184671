"""A photo finds its row by the name of its file: folded, in order of strength, never guessed."""

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.imports.photo_names import (
    NO_ROW,
    PhotoName,
    RowNames,
    bare,
    letters_key,
    pair,
    whole_key,
)

ZOFIA = RowNames(14, "14", "", ("123456", "AB123456C"), "Dąbrowska", "Zofia")
SIAN = RowNames(27, "27", "passport.JPG", ("1000000019",), "O’Hara-Łęcka", "Siân Mary")


def row_of(name, *rows, chosen=None):
    return pair([PhotoName(1, name, chosen)], rows or [ZOFIA, SIAN])[1]


@pytest.mark.parametrize(
    "name",
    [
        "dabrowska_zofia.jpg", "Dąbrowska, Zofia.JPEG", "Zofia Dabrowska.png",
        "ZOFIADABROWSKA.webp", "zofia.dabrowska.jpg", "dabrowska--zofia.jpg",
        "photos/dabrowska+zofia.jpg",
        unicodedata.normalize("NFD", "dąbrowska_zofia.jpg"), "123456.jpg", "123 456.png",
        "ab 12 34 56 c.jpg", "AB-123456-C.jpeg", "zofia_dabrowska.xlsx",
    ],
)  # fmt: skip
def test_a_row_is_found_by_name_or_number_however_it_is_written(name):
    assert row_of(name).row == 14


@pytest.mark.parametrize(
    "name",
    [
        "passport.jpg", "PASSPORT.jpeg", "C:\\photos\\passport.jpg", "1000000019.png",
        "ohara-lecka sian mary.jpg", "Siân Mary O'Hara-Łęcka.jpg", "sianmaryoharalecka.webp",
    ],
)  # fmt: skip
def test_the_file_that_a_row_names_is_its_photo(name):
    assert row_of(name).row == 27


@pytest.mark.parametrize(
    "name",
    ["zofia.jpg", "dabrowska.jpg", "12345.jpg", "zofia_dabrowska2.jpg", ".jpg", "IMG_0001.jpg",
     "zofia dabrowska (1).jpg", "'; drop table--.jpg", "🙂.png"],
)  # fmt: skip
def test_what_is_only_like_a_name_is_not_taken_for_it(name):
    found = row_of(name)
    assert found.row is None
    assert found.words == NO_ROW


def test_one_of_several_first_names_is_said_and_left_to_choose():
    found = row_of("ohara_lecka_sian.jpg")
    assert found.row is None
    assert "Row 27 may be meant: Siân Mary O’Hara-Łęcka" in found.words


def test_two_rows_of_one_name_are_said_not_guessed():
    twins = [RowNames(1, "14", surname="Smith", first_names="John"),
             RowNames(2, "27", surname="Smith", first_names="John")]  # fmt: skip
    assert row_of("smith_john.jpg", *twins).words.startswith("Two rows could be meant: 14 and 27.")
    many = [RowNames(n, str(n), surname="Smith", first_names="John") for n in range(5)]
    assert row_of("john smith.jpg", *many).words.startswith(
        "5 rows could be meant, among them 0, 1, 2."
    )
    assert row_of("smith_john.jpg", *twins, chosen=2).row == 2


def test_a_name_that_reads_both_ways_is_said():
    """Thomas James and James Thomas are two people with one file name."""
    rows = [RowNames(1, "3", surname="Thomas", first_names="James"),
            RowNames(2, "4", surname="James", first_names="Thomas")]  # fmt: skip
    assert row_of("thomas_james.jpg", *rows).words.startswith("Two rows could be meant: 3 and 4.")


def test_the_stronger_sign_wins():
    """What the row says of the file stands before a number, that before a name."""
    rows = [RowNames(1, "1", image="123456.jpg", surname="Ahmed", first_names="Ali"),
            RowNames(2, "2", numbers=("123456",), surname="Byrne", first_names="Ann"),
            RowNames(3, "3", numbers=("654321",), surname="Cole", first_names="Bea")]  # fmt: skip
    assert row_of("123456.jpg", *rows).row == 1
    assert row_of("123456.png", *rows).row == 1
    assert row_of("654321.jpg", *rows).row == 3
    both = pair([PhotoName(1, "654321.jpg"), PhotoName(2, "cole_bea.jpg")], rows)
    assert both[1].row == 3
    assert both[2].words.startswith("Row 3 has another photo, “654321.jpg”.")


def test_of_two_alike_the_one_brought_last_is_taken():
    found = pair(
        [PhotoName(1, "dabrowska zofia.jpg"), PhotoName(2, "zofia_dabrowska.jpg")], [ZOFIA]
    )
    assert (found[1].row, found[2].row) == (None, 14)


def test_what_was_chosen_by_hand_stands_before_all():
    found = pair([PhotoName(1, "holiday.jpg", chosen=14), PhotoName(2, "123456.jpg")], [ZOFIA])
    assert found[1].row == 14
    assert found[2].row is None


def test_rows_without_anything_to_be_known_by_take_no_photo():
    empty = [RowNames(1, "1"), RowNames(2, "2", surname="Only"), RowNames(3, "3", image=".jpg")]
    for name in ("", ".jpg", "only.jpg", "_.png"):
        assert row_of(name, *empty).row in (None, 3)
        assert row_of("_", *empty).row is None


@pytest.mark.parametrize(
    ("name", "stem"),
    [("a.b.JPG", "a.b"), ("dabrowska.zofia", "dabrowska.zofia"), ("a/b\\c.png", "c"),
     (".jpg", ".jpg"), ("x.tar.gz", "x.tar.gz")],
)  # fmt: skip
def test_only_the_ending_of_a_known_kind_is_left_out(name, stem):
    assert bare(name) == stem


LETTERS = "".join(sign for sign in map(chr, range(0x41, 0x250)) if sign.isalpha())
names = st.text(LETTERS, min_size=1, max_size=12)
separators = st.sampled_from(["_", "-", " ", ".", ", ", "+", " - ", "__", ""])


@given(names, names, separators, st.booleans(), st.sampled_from(["NFC", "NFD", "NFKD"]))
def test_any_order_separator_case_and_encoding_is_the_same_name(
    surname, first, separator, turned, form
):
    assume(letters_key(surname) and letters_key(first))
    parts = (first, surname) if turned else (surname, first)
    written = unicodedata.normalize(form, separator.join(parts))
    row = RowNames(1, "1", surname=surname, first_names=first)
    for name in (written, written.lower(), written.casefold()):
        assert row_of(f"{name}.jpg", row).row == 1, name


@given(st.text(max_size=30))
def test_keys_are_stable_whatever_a_file_is_called(name):
    assert letters_key(letters_key(name)) == letters_key(name)
    assert whole_key(whole_key(name)) == whole_key(name)
    pair([PhotoName(1, name)], [RowNames(1, "1", name, (name,), name, name)] if name else [])
