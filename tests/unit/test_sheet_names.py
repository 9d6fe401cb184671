"""Names of lists against Excel's rules, stated once more and otherwise than the code does."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.sheets.names import list_name, list_names

LAST_COLUMN, LAST_ROW = 16_384, 1_048_576


def column_number(letters):
    number = 0
    for letter in letters.upper():
        number = number * 26 + string.ascii_uppercase.index(letter) + 1
    return number


def names_a_cell(name):
    """A1: letters up to XFD, then a row number."""
    letters = name.rstrip(string.digits)
    digits = name[len(letters) :]
    return (
        bool(digits)
        and 0 < len(letters) <= 3
        and all(letter in string.ascii_letters for letter in letters)
        and column_number(letters) <= LAST_COLUMN
        and 0 < int(digits) <= LAST_ROW
    )


def counts_rows_and_columns(name):
    """R1C1: an R with or without a number, then a C with or without one; either may be missing."""
    rest = name.upper()
    for letter in "RC":
        if rest.startswith(letter):
            rest = rest[1:].lstrip(string.digits)
    return bool(name) and not rest and name[0] in "RCrc"


def is_legal(name):
    """Microsoft: "Names in formulas", the section on syntax rules for names."""
    return (
        0 < len(name.encode("utf-16-le")) // 2 <= 255
        and (name[0].isalpha() or name[0] in "_\\")
        and all(sign.isalpha() or sign in string.digits or sign in "_." for sign in name)
        and not names_a_cell(name)
        and not counts_rows_and_columns(name)
        and name.upper() not in {"TRUE", "FALSE"}
        and not name.lower().startswith("_xl")
    )


LABELS = st.one_of(
    st.text(max_size=400),
    st.text("RCrc0123456789", max_size=6),
    st.text("ABSTXFDxl_ 019.", max_size=8),
    st.from_regex(r"[A-Za-z]{1,3}[0-9]{1,7}", fullmatch=True),
    st.sampled_from(["true", "False", "_xlnm.Print_Area", "Print_Area", "ß", "İ", "ﬀ", "𝐀1", "½"]),
)


@given(LABELS, st.lists(LABELS, max_size=5))
@example("ST0499", [])
@example("AP01", [])
@example("xl", [])
@example("7 Habits", [])
@example("", ["", "_"])
def test_a_name_is_legal_and_free(label, others):
    taken = [*list_names(others).values()]
    name = list_name(label, taken)
    assert is_legal(name)
    for fold in (str.lower, str.upper, str.casefold):
        assert fold(name) not in {fold(each) for each in taken}


@given(st.lists(LABELS, unique=True, max_size=12))
def test_every_label_has_a_name_of_its_own(labels):
    names = list_names(labels)
    assert [*names] == labels
    assert len({name.upper() for name in names.values()}) == len(labels)
    assert len({name.casefold() for name in names.values()}) == len(labels)
    assert list_names(labels) == names


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Autocare Technician ST0499 AP01", "Autocare_Technician_ST0499_AP01"),
        ("Customer Service Practitioner L3 ST0072/AP02",
         "Customer_Service_Practitioner_L3_ST0072_AP02"),
        ("Mech/Elec – ST0067 (AP01)", "Mech_Elec_ST0067_AP01"),
        ("Café “Work”", "Café_Work"),
        ("ST0499", "_ST0499"), ("r1c1", "_r1c1"), ("R", "_R"), ("Z1S1", "_Z1S1"),
        ("3rd year", "_3rd_year"), ("TRUE", "_TRUE"), ("Print Area", "_Print_Area"), ("?", "List"),
    ],
)  # fmt: skip
def test_a_name_reads_as_in_the_guide(label, name):
    assert list_name(label, ()) == name


def test_two_that_differ_in_case_or_signs_alone_are_told_apart():
    labels = ["Heavy Vehicle", "HEAVY VEHICLE", "Heavy/Vehicle"]
    assert [*list_names(labels).values()] == ["Heavy_Vehicle", "HEAVY_VEHICLE_2", "Heavy_Vehicle_3"]


def test_a_long_label_is_cut_and_still_told_apart():
    first, second = list_names(["x" * 300, "x" * 299]).values()
    assert (len(first), len(second)) == (255, 255)
    assert second.endswith("_2")
