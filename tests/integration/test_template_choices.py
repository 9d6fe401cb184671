"""Every text that a drop-down of a template offers is read as the choice that it stands for."""

import io
from itertools import pairwise

import pytest
from openpyxl import load_workbook

from app.clock import today
from app.domain.imports.checking import Checked, Checker
from app.domain.imports.columns import Layout
from app.domain.imports.targets import TARGETS, Target
from app.domain.kernel.viewer import Viewer
from app.sheets.template import example_of
from tests.support.viewers import viewer_of

NOT_YET = "The answer is No: the assessment must be completed before the card is made."
EXPECTED = {
    "applications": {"title", "gender", "occupation", "health_and_safety", "request_type"},
    "standards": {"standard", "title", "gender", "funding_type"},
    "awards": {"outcome"},
}
"""The columns with a list of their own; the packages depend on the standard."""


class Offered:
    """The lists of a template, as the workbook that is handed out has them."""

    def __init__(self, book_bytes: bytes, target: Target) -> None:
        book = load_workbook(io.BytesIO(book_bytes))
        rows = book["Rows"]
        self.subject = target.subject()
        heads = [cell.value for cell in rows[1]]
        by_column = {one.column: one.name for one in self.subject.fields}
        self.fields = [by_column[str(head)] for head in heads]
        self.lists = {
            name: [cell.value for (cell,) in book[sheet.strip("'")][place]]
            for name, found in book.defined_names.items()
            for sheet, place in [found.attr_text.split("!")]
            if place.count("$") == 4
        }
        self.own = {
            self.fields[next(iter(each.sqref.ranges)).min_col - 1]: self.lists[each.formula1]
            for each in rows.data_validations.dataValidation
            if each.type == "list" and not each.formula1.startswith("INDIRECT")
        }
        self.checker = Checker(self.subject, Layout(tuple(self.fields)), today())

    def check(self, **cells: str) -> Checked:
        """Return what a row says in which nothing else stands."""
        return self.checker.check([cells.get(name) for name in self.fields])


@pytest.fixture
def offered(portal, inside, sign_in):
    """Return a way to the template of a target, downloaded by a person of the demo world."""

    def _offered(target: str, email: str) -> tuple[Viewer, Offered]:
        viewer = viewer_of(portal, email)
        given = sign_in(email).get(f"/uploads/template.xlsx?target={target}")
        with inside(viewer):
            return viewer, Offered(given.data, TARGETS[target])

    return _offered


@pytest.mark.function("C36", "C37", "C39")
@pytest.mark.parametrize(
    ("target", "email"),
    [
        ("applications", "provider@demo.example"),
        ("standards", "provider@demo.example"),
        ("standards", "centre@demo.example"),
        ("awards", "staff@demo.example"),
    ],
)
def test_every_choice_of_every_list_is_read_as_itself(offered, inside, target, email):
    viewer, template = offered(target, email)
    assert set(template.own) == EXPECTED[target]
    with inside(viewer):
        for name, texts in template.own.items():
            assert example_of(template.subject.field(name)) in (*texts, ""), name
            values = []
            for text in texts:
                found = template.check(**{name: text})
                if (name, text) == ("health_and_safety", "No"):
                    assert found.errors[name] == NOT_YET
                    continue
                assert name not in found.errors | found.asks, (text, found.errors.get(name))
                assert name not in found.marks, (text, found.marks)
                values.append(found.values[name])
            codes = [code for code, _ in template.subject.field(name).options()]
            assert values == (codes or [True]), name


@pytest.mark.function("C22", "C37")
@pytest.mark.parametrize("email", ["provider@demo.example", "centre@demo.example"])
def test_every_package_of_every_standard_is_read_as_that_standards_own(offered, inside, email):
    viewer, template = offered("standards", email)
    read = []
    with inside(viewer):
        for standard in template.own["standard"]:
            for package in template.lists[standard]:
                found = template.check(standard=standard, package=package)
                assert not {"standard", "package"} & found.errors.keys(), (standard, package)
                read.append(found.values["package"])
        assert sorted(read) == sorted(
            code for code, _ in template.subject.field("package").options()
        )
        for one, other in pairwise(template.own["standard"]):
            found = template.check(standard=one, package=template.lists[other][0])
            assert "package" in found.errors, (one, template.lists[other][0])
