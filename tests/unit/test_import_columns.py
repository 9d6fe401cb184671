"""Cells that are read many at once say what each of them says by itself."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.imports.checking import Checker
from app.domain.imports.columns import Layout
from app.domain.imports.notation import Said, read_cell, usual_values
from app.domain.kernel.fields import Field, Subject
from app.domain.people.fields import PERSON

TODAY = date(2026, 11, 25)
USUAL = {
    "text": "Site carpentry",
    "name": "O'Brien-Lee",
    "uln": "9276308686",
    "ern": "100000207",
    "nino": "AB123456C",
    "email": "thomas.cooper@example.org",
    "phone": "07700 900001",
    "postcode": "SW1A 1AA",
}
FIELDS = {kind: Field(kind, kind.title(), kind, max_length=40) for kind in USUAL}

texts = st.one_of(
    st.sampled_from(sorted(USUAL.values())),
    st.text(alphabet="0123456789 -+", min_size=8, max_size=14),
    st.text(alphabet="aO'1 .@\n\t\u00a0é—", max_size=50),
)


@pytest.mark.parametrize("kind", USUAL)
def test_what_is_written_as_usual_is_read_at_once(kind):
    assert set(usual_values(FIELDS[kind], {USUAL[kind]}, TODAY)) == {USUAL[kind]}


@pytest.mark.parametrize("kind", USUAL)
@given(given_texts=st.sets(texts, max_size=8))
def test_what_is_read_at_once_reads_by_itself_the_same_without_a_mark(kind, given_texts):
    field = FIELDS[kind]
    for text, value in usual_values(field, given_texts, TODAY).items():
        assert text in given_texts
        assert read_cell(field, text, TODAY, {}) == Said(value)


def test_a_value_that_its_field_refuses_is_not_read_at_once():
    short = Field("short", "Short", max_length=3)
    odd = Field("odd", "Odd", check=lambda value, _today: "Wrong." if value == "ab" else None)
    assert usual_values(short, {"abc", "abcd"}, TODAY) == {"abc": "abc"}
    assert usual_values(odd, {"abc", "ab"}, TODAY) == {"abc": "abc"}


def _same_as_text(values):
    return {"needed": "Not so."} if values["needed"] == values["text"] else {}


SUBJECT = Subject("upload", (
    *(FIELDS[kind] for kind in ("name", "uln", "phone", "text")),
    Field("needed", "Needed", required=True),
    Field("birth_date", "Date of birth", "date", check=PERSON.field("birth_date").check),
    Field("if_text", "If text", required=lambda values: values["text"] is not None),
    Field("answer", "Answer", "yesno"),
), (_same_as_text,))  # fmt: skip

cells = st.one_of(
    texts,
    st.none(),
    st.booleans(),
    st.integers(0, 10**10),
    st.floats(allow_nan=False, allow_infinity=False),
    st.dates(date(1899, 1, 1)).map(lambda day: {"d": day.isoformat()}),
    st.sampled_from(["03/04/2005", "27/03/2005", "4 Mar 05", "yes", {"e": "#N/A"}, {"f": True}]),
)
layouts = st.sampled_from([
    Layout((*SUBJECT.names,)),
    Layout((*reversed(SUBJECT.names),), seen={"birth_date": ["either", "month_first"]}),
    Layout((None, *SUBJECT.names[1:-1]), plain={"birth_date": ["real_date"]}),
    Layout(("full_name", *SUBJECT.names[1:])),
])  # fmt: skip


@given(rows=st.lists(st.lists(cells, max_size=9), min_size=1, max_size=5), layout=layouts)
def test_many_rows_say_what_each_says_by_itself(rows, layout):
    many = Checker(SUBJECT, layout, TODAY)
    found = many.check_many(rows)
    shown: dict[str, set[str]] = {}
    for cells_of_row, together in zip(rows, found, strict=True):
        alone = Checker(SUBJECT, layout, TODAY).check(cells_of_row)
        for name, seen in alone.evidence.items():
            shown.setdefault(name, set()).add(seen)
        for part in ("values", "kept", "errors", "marks", "asks", "shown", "digest", "state"):
            assert getattr(together, part) == getattr(alone, part), part
    assert {name: seen for name, seen in many.evidence.items() if seen} == shown


def test_equal_numbers_of_other_types_are_read_apart():
    layout = Layout(("text",))
    found = Checker(Subject("one", (FIELDS["text"],)), layout, TODAY).check_many(
        [[1], [True], [1.0], ["1"]]
    )
    assert [each.values.get("text") for each in found] == ["1", None, "1", "1"]
