"""The workbench's engine on every damaged spreadsheet: each cell as declared, none in silence."""

import io
from datetime import date
from itertools import chain

import pytest

from app.domain.imports import headers
from app.domain.imports.cells import text_of
from app.domain.imports.checking import Checker
from app.domain.imports.columns import Layout
from app.domain.imports.headers import FULL_NAME
from app.domain.imports.notation import leaves_doubt
from app.domain.imports.service import reading
from app.jobs.imports import kept_blocks
from app.sheets.reading import open_sheet
from tests.support.corpus import CORPUS, TODAY, differences

NAMES = ("first_names", "surname")


def read(entry):
    """Return the plan by which a file was read and what each of its rows says, as a worker does."""
    with open_sheet(io.BytesIO(entry.make()), entry.sheet) as sheet:
        rows = list(chain.from_iterable(kept_blocks(sheet)))
    head_row = headers.find_heads(rows, entry.subject.fields)
    assert head_row == entry.header
    heads = headers.names_of(rows[head_row])
    mapping = tuple(each.field for each in headers.propose(heads, entry.subject.fields))
    seen = {}
    while True:  # a second time when the dates of a column have shown that they leave a doubt
        layout = Layout(mapping, seen=seen)
        checker = Checker(entry.subject, layout, TODAY)
        plan = reading.Plan(0, 0, entry.subject, layout, head_row, heads, checker)
        checked = reading.check(plan, reading.rows_of(plan, 0, rows))
        found = {name: sorted(kinds) for name, kinds in plan.evidence.items()}
        if seen or not any(leaves_doubt(kinds) for kinds in found.values()):
            return plan, checked
        seen = found


def outcomes(plan, checked):
    found = {}
    for number, _cells, _typed, said in checked:
        for name in outcome_names(plan):
            found[number - 1, name] = outcome(said, name)
    return found


def outcome_names(plan):
    named = {name for name in plan.layout.mapping if name}
    return named | set(NAMES) if FULL_NAME in named else named


def outcome(said, name):
    if name in said.errors:
        return ("error", said.errors[name])
    if name in NAMES and FULL_NAME in said.asks:
        return ("asks", said.asks[FULL_NAME])
    if name in said.asks:
        return ("asks", said.asks[name])
    return ("value", said.values[name], said.marks.get(name))


@pytest.mark.parametrize("name", CORPUS)
def test_every_cell_comes_out_as_declared(name):
    assert differences(CORPUS[name], outcomes(*read(CORPUS[name]))) == []


@pytest.mark.parametrize("name", CORPUS)
def test_no_value_differs_from_its_cell_without_a_mark(name):
    plan, checked = read(CORPUS[name])
    for _number, cells, _typed, said in checked:
        for field, value in said.values.items():
            at = plan.layout.columns.get(field)
            if value is None or field in said.marks or at is None:
                continue
            text, one = text_of(cells[at]), plan.subject.field(field)
            assert text in same(one, value), f"{field}: {text!r} became {value!r} in silence"


def same(field, value):
    """Return the texts that say a value as everybody writes it."""
    if isinstance(value, bool):
        return ("yes", "Yes") if value else ("no", "No")
    if isinstance(value, date):
        words = {f"{value:%d/%m/%Y}", f"{value:%Y-%m-%d}", f"{value:%Y-%m-%d} 00:00:00"}
        return words | {text for text, known in DATES if known == value}
    phone = {"0" + value.removeprefix("+44")} if field.kind == "phone" else set()
    return {str(value), field.show(value), *phone}


DATES = {
    (entry.raw(row, name), outcome[1])
    for entry in CORPUS.values()
    for (row, name), outcome in entry.expected.items()
    if outcome[0] == "value" and isinstance(outcome[1], date)
    and isinstance(entry.raw(row, name), str)
}  # fmt: skip
"""The texts of dates, each with the day that the corpus declares for it."""
