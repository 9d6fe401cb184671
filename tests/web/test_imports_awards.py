"""Awards by upload on the staff's pages: template, file, grid, finalising; nobody else's."""

import io
import re

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from app import models
from app.domain.awards.models import Award
from app.domain.awards.queries import body_name
from app.domain.kernel.permissions import Permission
from app.domain.orders.models import Order
from app.extensions import db
from app.jobs.worker import drain
from tests.support.award_rows import HEADS, learners, of_one_award, row, sheet
from tests.support.bulk import HTMX, bring, edit, ids_of, states
from tests.support.people import somebody
from tests.support.reading import spaced
from tests.support.registering import hidden
from tests.support.viewers import viewer_of

BODY = "staff@demo.example"
DECLARATION = "The results are correct and were moderated."


@pytest.fixture
def staff_viewer(portal):
    return viewer_of(portal, BODY)


@pytest.fixture
def staff(sign_in):
    return sign_in(BODY)


@pytest.fixture
def numbers(inside, provider):
    """Return the enrolment numbers of two learners who completed their registrations."""
    return learners(inside, provider, "Asher", "Birch")


@pytest.fixture
def mixed(staff, numbers):
    """Return an upload of an award of two components, and of one whose surname differs."""
    asher, birch = numbers
    rows = [*of_one_award(asher, "Asher", 2), row(birch, "Burch")]
    return bring(staff, sheet(rows), "awards.xlsx", target="awards")


def form_of(client, upload):
    page = client.get(f"/uploads/{upload}/finalise").text
    return page, {name: hidden(page, name) for name in ("csrf_token", "once", "version")}


def count(inside, model):
    with inside():
        return db.session.scalar(select(func.count()).select_from(model))


def test_the_list_of_awards_and_the_toolbar_lead_to_the_page(staff):
    listed = staff.get("/awards/").text
    assert len(re.findall(r'href="/uploads/awards"', listed)) >= 2
    page = staff.get("/uploads/awards").text
    assert "<h1>Upload awards</h1>" in page
    assert "/uploads/template.xlsx?target=awards" in page
    assert "Lines with the same enrolment number make one award." in spaced(page)


def test_the_template_filled_in_is_read_back(staff, inside, staff_viewer, numbers):
    given = staff.get("/uploads/template.xlsx?target=awards")
    book = load_workbook(io.BytesIO(given.data))
    rows = book["Rows"]
    heads = [str(cell.value) for cell in rows[1]]
    assert tuple(heads) == HEADS
    lists = [each for each in rows.data_validations.dataValidation if each.type == "list"]
    assert len(lists) == 1
    for values in of_one_award(numbers[0], "Asher"):
        at = next(n for n in range(2, 100) if rows.cell(n, 1).value in (None, ""))
        for column, value in enumerate(values, start=1):
            rows.cell(at, column).value = value
    file = io.BytesIO()
    book.save(file)
    found = bring(staff, file.getvalue(), "awards.xlsx", target="awards")
    counted = states(inside, staff_viewer, found)
    assert (counted.valid, counted.total) == (3, 3)


def test_what_is_wrong_stands_in_its_cell_and_is_put_right(staff, inside, staff_viewer, mixed):
    page = staff.get(f"/uploads/{mixed}").text
    assert "Awards to be made" in page
    assert "The learner of this registration is" in page
    assert "panel=photos" not in page
    fixes = spaced(staff.get(f"/uploads/{mixed}/work?panel=fixes", headers=HTMX).text)
    assert "What is right in place of Burch in Surname" in fixes
    (wrong,) = ids_of(staff.get(f"/uploads/{mixed}?state=error").text)
    assert edit(staff, wrong, surname="Birch").status_code == 200
    assert states(inside, staff_viewer, mixed).valid == 3


def test_valid_rows_become_awards_without_an_order(portal, staff, inside, staff_viewer, mixed):
    page, sent = form_of(staff, mixed)
    assert "Awards are made of 2 rows" in spaced(page)
    assert DECLARATION in page
    for words in ("SUBMIT PURCHASE", "customer_reference", "purchase-quote", "invoice_to"):
        assert words not in page
    refused = staff.post(f"/uploads/{mixed}/finalise", data=sent)
    assert refused.status_code == 422
    assert "Tick the box" in refused.text
    _, sent = form_of(staff, mixed)
    answer = staff.post(f"/uploads/{mixed}/finalise", data=sent | {"declared": "yes"})
    again = staff.post(f"/uploads/{mixed}/finalise", data=sent | {"declared": "yes"})
    assert (answer.status_code, again.status_code) == (303, 303)
    assert answer.location == again.location
    assert "Finalising valid rows" in staff.get(answer.location).text
    with portal.app_context():
        drain()
    done = staff.get(answer.location, headers=HTMX)
    assert done.headers["HX-Redirect"] == "/awards/"
    listed = staff.get("/awards/").text
    assert "2 rows are recorded in the awards awaiting issue." in spaced(listed)
    assert "Asher" in listed
    assert (count(inside, Award), count(inside, Order)) == (1, 0)
    counted = states(inside, staff_viewer, mixed)
    assert (counted.done, counted.error) == (2, 1)


def test_an_award_is_issued_once_all_of_its_rows_are_made(portal, staff, inside, numbers):
    rows = of_one_award(numbers[0], "Asher", 2)
    rows[1][12] = "many"
    found = bring(staff, sheet([*rows, row(numbers[1], "Birch")]), "awards.xlsx", target="awards")
    _, sent = form_of(staff, found)
    staff.post(f"/uploads/{found}/finalise", data=sent | {"declared": "yes"})
    with portal.app_context():
        drain()
    with inside():
        ids = dict(db.session.execute(
            select(models.Person.surname, Award.id).join(Award, Award.person_id == models.Person.id)
        ).all())  # fmt: skip
    asked = spaced(staff.get(f"/awards/{ids['Asher']}/issue").text)
    assert "1 row of it in the upload" in asked
    assert ">ISSUE<" not in asked
    assert "The award is not complete yet" in spaced(staff.get(f"/awards/{ids['Asher']}").text)
    assert f'href="/uploads/{found}"' in staff.get(f"/awards/{ids['Asher']}").text
    listed = staff.get("/awards/").text
    ticked = {"csrf_token": hidden(listed, "csrf_token"),
              "chosen": [f"{each}:1" for each in ids.values()]}  # fmt: skip
    page = staff.post("/awards/ask-issue", data=ticked).text
    form = ticked | {"once": hidden(page, "once"), "certificate": "yes", "transcript": "yes",
                     "letter": "yes", "on_paper": "no"}  # fmt: skip
    assert staff.post("/awards/issue", data=form).status_code == 302
    with inside():
        states = {each.person.surname: each.state for each in db.session.scalars(select(Award))}
    assert states == {"Asher": "awaiting_issue", "Birch": "certificated"}


def test_a_finalised_upload_links_to_its_awards(portal, staff, numbers):
    found = bring(staff, sheet([row(numbers[0], "Asher")]), "awards.xlsx", target="awards")
    _, sent = form_of(staff, found)
    staff.post(f"/uploads/{found}/finalise", data=sent | {"declared": "yes"})
    with portal.app_context():
        drain()
    work = staff.get(f"/uploads/{found}/work", headers=HTMX).text
    assert "All rows are finalised" in work
    assert "Their documents can be issued now." in work
    assert 'href="/awards/"' in work


def test_a_row_is_added_by_hand(staff):
    sent = {"csrf_token": staff.csrf_token("/uploads/awards"), "target": "awards"}
    address = staff.post("/uploads/open", data=sent).location
    form = staff.get(f"{address}/add").text
    assert "Fill in an award, or one of its components" in form
    typed = {name: hidden(form, name) for name in ("csrf_token", "once")}
    saved = staff.post(f"{address}/add", data=typed | {"registration": "AMS1", "surname": "Ng"})
    assert saved.status_code == 303
    assert "is not an enrolment number" in staff.get(saved.location).text


def test_nothing_is_priced(staff, mixed):
    sent = {"csrf_token": staff.csrf_token("/uploads/awards")}
    assert staff.post(f"/uploads/{mixed}/quote", data=sent).status_code == 404


@pytest.mark.parametrize("email", ["provider@demo.example", "finance@demo.example"])
def test_it_is_nobody_elses(sign_in, mixed, email):
    client = sign_in(email)
    refused = {403, 404}
    assert "/uploads/awards" not in client.get("/dashboard/").text
    for path in ("awards", "template.xlsx?target=awards", str(mixed), f"{mixed}/work",
                 f"{mixed}/finalise", f"{mixed}/errors.csv"):  # fmt: skip
        assert client.get(f"/uploads/{path}").status_code in refused, path
    sent = {"csrf_token": client.csrf_token("/dashboard/"), "target": "awards"}
    for path in ("open", "bring", f"{mixed}/verify", f"{mixed}/files", f"{mixed}/discard"):
        data = sent | {"files": (io.BytesIO(sheet([])), "mine.xlsx")} if path == "bring" else sent
        assert client.post(f"/uploads/{path}", data=data).status_code in refused, path


def test_a_provider_with_every_permission_has_no_such_target(portal, sign_in, mixed):
    name = somebody(portal, "grasping@demo.example", [*Permission], "Calder Vale Training Ltd")
    client = sign_in(name)
    for path in ("awards", "template.xlsx?target=awards", str(mixed)):
        assert client.get(f"/uploads/{path}").status_code == 404, path
    sent = {"csrf_token": client.csrf_token("/uploads/"), "target": "awards"}
    assert client.post("/uploads/open", data=sent).status_code == 404


def test_who_makes_awards_needs_no_permission_for_applications(portal, sign_in, inside, mixed):
    held = [Permission.MAKE_AWARDS]
    with inside():
        body = body_name()
    client = sign_in(somebody(portal, "records@demo.example", held, body))
    assert client.get("/uploads/").status_code == 403
    assert client.get("/uploads/?target=awards").status_code == 403
    assert "VERIFY AWARDS" in client.get(f"/uploads/{mixed}").text
    page, sent = form_of(client, mixed)
    assert "MAKE AWARDS" in page
    answer = client.post(f"/uploads/{mixed}/finalise", data=sent | {"declared": "yes"})
    assert answer.status_code == 303
