"""Spreadsheet registrations of guide C: the template, filled in, uploaded, put right, ordered."""

import io
import re

import pytest
from openpyxl import load_workbook

from app.jobs.worker import drain
from tests.support.bulk import HTMX, bring, edit, finalise_form, ids_of, states, work
from tests.support.reading import spaced
from tests.support.registering import hidden
from tests.support.uploads import AUTOCARE, HEADS, candidates, row_of, workbook

MANDATORY = {
    "Standard", "Package", "Title", "First Name(s)", "Surname", "Date of Birth", "Gender", "ULN",
    "Email ID", "Candidate Phone Number", "Apprenticeship Start Date",
    "Apprenticeship Expected End Date", "EPA Expected Start Date", "Funding Type", "Employer ERN",
    "Employer Company Name", "Employee Position", "Employer Postcode", "Employer Telephone",
}  # fmt: skip


@pytest.mark.function("C35", "C36")
def test_the_page_has_its_section_and_numbered_instructions(priya):
    page = priya.get("/dashboard/").text
    assert 'href="/uploads/standards"' in page
    page = priya.get("/uploads/standards").text
    assert "<h1>Spreadsheet Registrations</h1>" in page
    trail = re.search(r'<nav aria-label="Breadcrumb">.*?</nav>', page)[0]
    assert (
        spaced(trail).replace("&gt;", ">")
        == "Home >> Apprenticeship >> Registration >> Spreadsheet"
    )
    assert "Template Download" in page
    assert "Follow the instructions listed" in page
    assert page.count("<li>") >= 4
    assert "/uploads/template.xlsx?target=standards" in page


@pytest.mark.function("C36", "C37", "C38", "C39")
def test_the_template_has_the_mandatory_fields_and_lists_that_depend(priya):
    given = priya.get("/uploads/template.xlsx?target=standards")
    book = load_workbook(io.BytesIO(given.data))
    sheet = book.worksheets[0]
    heads = [cell.value for line in sheet.iter_rows(max_row=3) for cell in line if cell.value]
    assert {head.rstrip(" *") for head in heads} >= MANDATORY
    assert heads.index(next(h for h in heads if h.startswith("Standard"))) < heads.index(
        next(h for h in heads if h.startswith("Package"))
    )
    assert AUTOCARE in book.defined_names
    assert any("INDIRECT" in str(each.formula1) for each in sheet.data_validations.dataValidation)


@pytest.mark.function("C35", "C38")
def test_candidates_are_shown_with_their_errors_and_put_right(priya, inside, provider):
    rows = [*candidates(2), row_of(5, Package="ACAP01X")]
    found = bring(priya, workbook(rows), target="standards")
    page = priya.get(f"/uploads/{found}").text
    assert "Apprenticeship Standard Registrations" in page
    heads = re.findall(r'<th scope="col"\s+role="columnheader"[^>]*>([^<]+)', page)
    assert heads[1:4] == ["Standard", "Package", "Candidate Number"]
    assert "ACAP01X" in page
    counted = states(inside, provider, found)
    assert (counted.valid, counted.error) == (2, 1)
    (wrong,) = ids_of(priya.get(f"/uploads/{found}?state=error").text)
    drawn = priya.get(f"/uploads/rows/{wrong}/edit", headers=HTMX).text
    assert "<optgroup" in drawn
    assert edit(priya, wrong, package="ACAP01D Autocare EPA ONLY").status_code == 200
    assert states(inside, provider, found).valid == 3


@pytest.mark.function("C35")
def test_valid_candidates_are_registered_on_one_order(priya, portal, inside, provider):
    found = bring(priya, workbook([*candidates(2), row_of(5, ULN="123")]), target="standards")
    page, sent = finalise_form(priya, found)
    assert "2 rows go into the order" in spaced(page)
    answer = priya.post(f"/uploads/{found}/finalise", data=sent | {"declared": "yes"})
    assert answer.status_code == 303
    with portal.app_context():
        drain()
    done = priya.get(answer.location, headers=HTMX)
    assert done.headers["HX-Redirect"].startswith("/orders/")
    assert priya.get(done.headers["HX-Redirect"]).status_code == 200
    counted = states(inside, provider, found)
    assert (counted.done, counted.error) == (2, 1)


@pytest.mark.function("C35")
def test_a_candidate_is_added_by_hand(priya):
    sent = {"csrf_token": priya.csrf_token("/uploads/standards"), "target": "standards"}
    address = priya.post("/uploads/open", data=sent).location
    form = priya.get(f"{address}/add").text
    assert "ADD REGISTRATION" in form
    typed = {name: hidden(form, name) for name in ("csrf_token", "once")}
    saved = priya.post(f"{address}/add", data=typed | {"first_names": "Zofia", "surname": "Ng"})
    assert saved.status_code == 303
    assert "Enter the" in priya.get(saved.location).text


def test_photos_are_not_asked_of_candidates(priya):
    found = bring(priya, workbook(candidates(1), HEADS), target="standards")
    assert "panel=photos" not in work(priya, found)
    page = priya.get(f"/uploads/{found}").text
    assert "Fee" not in re.findall(r'columnheader"[^>]*>([^<]+)', page)
