"""Uploads and who may do what: rows, people and places of somebody else do not exist."""

import io
import re

import pytest

from app.clock import now
from app.domain.imports import queries, service
from app.domain.kernel.permissions import Permission
from app.transaction import transaction
from tests.support import bulk
from tests.support.bulk import (
    HTMX,
    bring,
    finalise_form,
    ids_of,
    number_of,
    row,
    states,
    token,
    work,
    xlsx,
)
from tests.support.people import somebody
from tests.support.reading import spaced
from tests.support.viewers import viewer_of

PLACE = "Calder Vale Training Ltd"
ALL = [each for each in Permission if each is not Permission.PROCESS_APPLICATIONS]
MASKED = [each for each in ALL if each is not Permission.CHANGE_EMPLOYEES]


@pytest.fixture
def rival(sign_in):
    return sign_in("rival@demo.example")


@pytest.fixture
def theirs(portal, inside, rival):
    """Return an upload of the rival's, and one of its rows with its version."""
    with inside(viewer_of(portal, "rival@demo.example")), transaction():
        bulk.know(2, numbers_from=50)
    found = bring(rival, xlsx(row(0, ECSNumber=number_of(50)), row(1, ECSNumber=number_of(51))))
    page = rival.get(f"/uploads/{found}").text
    return found, re.search(r'value="(\d+:\d+)"', page)[1]


def without(portal, sign_in, *lacking):
    """Sign in as a colleague who holds every permission but those."""
    held = [each for each in ALL if each not in lacking]
    return sign_in(somebody(portal, "colleague@demo.example", held, PLACE))


@pytest.mark.parametrize("path", ["remove", "people", "repeats"])
def test_a_foreign_row_among_ones_own_is_no_row(priya, upload, theirs, path):
    own = re.search(r'value="(\d+:\d+)"', priya.get(f"/uploads/{upload}").text)[1]
    sent = {"csrf_token": token(priya), "chosen": [own, theirs[1]], "choice": "separate",
            "reason": "mine"}  # fmt: skip
    assert priya.post(f"/uploads/{upload}/{path}", data=sent).status_code == 404


def test_files_do_not_come_into_a_foreign_upload(priya, theirs, rival, portal, inside):
    sent = {"csrf_token": token(priya), "target": "applications", "into": str(theirs[0]),
            "files": (io.BytesIO(xlsx(row(0))), "mine.xlsx")}  # fmt: skip
    assert priya.post("/uploads/bring", data=sent).status_code == 404
    assert "mine.xlsx" not in work(rival, theirs[0], "files")


def test_an_order_does_not_go_to_a_foreign_place(priya, upload, inside, provider):
    _, sent = finalise_form(priya, upload)
    answer = priya.post(
        f"/uploads/{upload}/finalise", data=sent | {"declared": "yes", "invoice_to": "999999"}
    )
    assert answer.status_code == 422
    assert states(inside, provider, upload).done == 0


def test_somebody_elses_person_cannot_be_chosen(priya, known, theirs, rival, inside, portal):
    with inside(viewer_of(portal, "rival@demo.example")):
        found = queries.grid(queries.find_import(theirs[0]), queries.GridAsked()).rows[0]
        person = found.row.person_id
    own = bring(priya, xlsx(row(0, ECSNumber=None, RequestType="Initial")))
    one = re.search(r'name="one"\s+value="([^"]+)"', work(priya, own, "questions"))[1]
    sent = {"csrf_token": token(priya), "one": one, "same": f"same:{person}"}
    assert priya.post(f"/uploads/{own}/people", data=sent).status_code == 404


def test_who_may_only_look_sees_no_way_to_change(portal, sign_in, upload):
    viewer = without(portal, sign_in, Permission.FILL_IN_APPLICATIONS)
    page = viewer.get(f"/uploads/{upload}").text
    assert ids_of(page)
    for words in ("VERIFY APPLICATIONS", "/edit", "Remove rows", "+ ADD"):
        assert words not in page
    assert "Put right all" not in work(viewer, upload, "fixes")
    line = ids_of(page)[0]
    for path in (f"/uploads/rows/{line}/edit", f"/uploads/{upload}/add"):
        assert viewer.get(path).status_code == 403
    sent = {"csrf_token": viewer.csrf_token("/dashboard/")}
    for path in ("verify", "remove", "fix", "finalise", "files", "people"):
        assert viewer.post(f"/uploads/{upload}/{path}", data=sent).status_code == 403


def test_personal_data_is_masked_but_what_is_to_be_put_right(portal, sign_in, upload, known):
    colleague = without(portal, sign_in, Permission.CHANGE_EMPLOYEES)
    page = colleague.get(f"/uploads/{upload}").text
    assert "27/03/1995" not in page
    assert "7100000" not in page
    assert "31/02/1995" in page
    wrong = ids_of(colleague.get(f"/uploads/{upload}?state=error").text)[2]
    drawn = colleague.get(f"/uploads/rows/{wrong}/edit", headers=HTMX).text
    assert 'name="birth_date"' in drawn
    assert 'name="scheme_number"' not in drawn


def test_rows_in_error_come_back_with_what_was_covered_as_it_was(
    portal, sign_in, inside, provider, upload
):
    colleague = without(portal, sign_in, Permission.CHANGE_EMPLOYEES)
    given = colleague.get(f"/uploads/{upload}/errors.csv").data.decode("utf-8-sig")
    assert "31/02/1995" in given
    assert "27/03/1995" not in given
    assert "7100003" not in given
    bring(colleague, given.replace("Renwal", "Renewal").encode(), "errors.csv", into=upload)
    assert states(inside, provider, upload).valid == 5
    with inside(provider):
        rows = queries.grid(queries.find_import(upload), queries.GridAsked()).rows
        assert [each.row.scheme_number for each in rows] == [number_of(n) for n in range(6)]
        assert all(each.row.typed.keys() <= {"request_type"} for each in rows)


@pytest.mark.function("A81")
def test_what_one_brought_is_read_by_oneself_but_not_what_others_typed(
    portal, sign_in, inside, provider, known
):
    colleague = without(portal, sign_in, Permission.CHANGE_EMPLOYEES)
    lines = [row(0), row(1, NINumber="ab 12 34 56 c", RequestType="Renwal")]
    upload = bring(colleague, xlsx(*lines))
    page = colleague.get(f"/uploads/{upload}").text
    for words in ("27/03/1995", "7100000", "AB 12 34 56 C"):
        assert words in page
    assert "ab 12 34 56 c" in work(colleague, upload, "notations")
    assert "AB 12 34 56 C" in colleague.get(f"/uploads/{upload}/errors.csv").text
    with inside(provider), transaction():
        found = queries.grid(queries.find_import(upload), queries.GridAsked()).rows[0].row
        service.edit_row(found, {"ni_number": "CE123456D"}, found.version, now())
    page = colleague.get(f"/uploads/{upload}").text
    assert "CE 12 34 56 D" not in page
    assert "7100000" in page
    second = sign_in(somebody(portal, "second@demo.example", MASKED, PLACE))
    assert "AB 12 34 56 C" not in second.get(f"/uploads/{upload}").text


def test_who_may_not_buy_sees_the_rows_but_submits_nothing(portal, sign_in, upload, priya):
    colleague = without(portal, sign_in, Permission.CREATE_PURCHASES)
    page = colleague.get(f"/uploads/{upload}/finalise").text
    assert "Can Create New Purchases" in page
    assert "SUBMIT PURCHASE</button>" not in page
    _, sent = finalise_form(priya, upload)
    sent |= {"csrf_token": token(colleague), "declared": "yes"}
    assert colleague.post(f"/uploads/{upload}/finalise", data=sent).status_code == 403


def test_new_people_are_made_by_those_who_may_add_them(
    portal, sign_in, priya, known, inside, provider
):
    """A row of somebody unknown, whom the upload would make."""
    found = bring(priya, xlsx(row(0, ECSNumber="7999999", Lastname="Stranger",
                                  DateOfBirth="01/02/1990")))  # fmt: skip
    with inside(provider), transaction():
        (line,) = queries.grid(queries.find_import(found), queries.GridAsked()).rows
        line.row.state = "valid"
    _, sent = finalise_form(priya, found)
    colleague = without(portal, sign_in, Permission.ADD_EMPLOYEES)
    sent |= {"csrf_token": token(colleague), "declared": "yes"}
    refused = colleague.post(f"/uploads/{found}/finalise", data=sent)
    assert refused.status_code == 403
    assert "Can Add Employees" in refused.text


def test_a_colleague_goes_on_where_somebody_stopped(portal, sign_in, priya, upload):
    colleague = without(portal, sign_in)
    page = colleague.get("/uploads/").text
    assert "3 valid, 3 to be put right" in page
    assert "Resume" in page
    line = ids_of(colleague.get(f"/uploads/{upload}?state=error").text)[0]
    assert bulk.edit(colleague, line, request_type="Renewal").status_code == 200
    assert "Valid 4" in spaced(priya.get(f"/uploads/{upload}").text)
