"""Files of an upload, what they ask, and the spreadsheets that are handed out."""

import io
import re

import pytest

from app.domain.imports import queries
from app.jobs.worker import drain
from tests.support.bulk import (
    HEADS,
    HTMX,
    bring,
    row,
    states,
    token,
    work,
    xlsx,
)
from tests.support.registering import hidden

# Verify, files (A83, A85) ----------------------------------------------------------------------


@pytest.mark.function("A83")
def test_verify_reads_every_row_anew_and_shows_how_far_it_is(priya, portal, upload):
    assert "VERIFY APPLICATIONS" in priya.get(f"/uploads/{upload}").text
    priya.post(f"/uploads/{upload}/verify", data={"csrf_token": token(priya)})
    waiting = work(priya, upload)
    assert "Checking the rows" in waiting
    assert 'hx-trigger="every 1s"' in waiting
    poll = f"/uploads/{upload}/progress?was=reread_import"
    assert "Checking the rows" in priya.get(poll, headers=HTMX).text
    with portal.app_context():
        drain()
    done = priya.get(poll, headers=HTMX)
    assert done.headers["HX-Redirect"] == f"/uploads/{upload}"


def test_rows_that_came_after_the_page_was_drawn_are_shown(priya, upload):
    """The reading may end between the page and what it asks for next."""
    old = f"/uploads/{upload}/work?seen=0-0-0-0"
    assert priya.get(old, headers=HTMX).headers["HX-Redirect"] == f"/uploads/{upload}"
    page = priya.get(f"/uploads/{upload}").text
    asked = re.search(r'hx-get="(/uploads/\d+/work\?seen=[^"]+)"', page)
    assert "HX-Redirect" not in priya.get(asked[1], headers=HTMX).headers


@pytest.mark.function("A85")
def test_more_files_come_into_the_same_upload(priya, portal, inside, provider, upload):
    sent = {
        "csrf_token": token(priya),
        "files": [(io.BytesIO(xlsx(row(6))), "more.xlsx"), (io.BytesIO(xlsx(row(7))), "b.xlsx")],
    }
    answer = priya.post(f"/uploads/{upload}/files", data=sent)
    assert answer.status_code == 303
    with portal.app_context():
        drain()
    assert states(inside, provider, upload).total == 8
    panel = work(priya, upload, "files")
    for name in ("cards.xlsx", "more.xlsx", "b.xlsx"):
        assert name in panel


def test_what_is_no_spreadsheet_is_refused_in_words(priya, known):
    found = bring(priya, b"%PDF-1.7 not a table", "list.pdf")
    panel = work(priya, found)
    assert "Cannot be read" in panel
    assert "list.pdf" in panel


def test_two_sheets_are_asked_about(priya, portal, inside, provider, known):
    found = bring(priya, xlsx(row(0), Second=[HEADS, row(1), row(2)]))
    panel = work(priya, found)
    assert "Sheet to read" in panel
    action = re.search(r'action="(/uploads/files/\d+/sheet)"', panel)[1]
    version = re.search(r'name="version"\s+value="(\d+)"', panel)[1]
    sent = {"csrf_token": token(priya), "version": version, "sheet": "Second"}
    assert priya.post(action, data=sent).status_code == 303
    with portal.app_context():
        drain()
    assert states(inside, provider, found).total == 2


def test_doubtful_headings_are_confirmed_once(priya, portal, inside, provider, known):
    heads = ("Title", "Forname", "Middle", "Family nam", *HEADS[4:])
    found = bring(priya, xlsx(row(0), heads=heads))
    address = re.search(r'href="(/uploads/files/\d+/headings)"', work(priya, found))[1]
    page = priya.get(address).text
    assert "Sharon" in page
    assert "Forname" in page
    sent = {"csrf_token": hidden(page, "csrf_token"), "version": hidden(page, "version")}
    columns = re.findall(r'<select[^>]+name="(column-\d+)".*?</select>', page, re.S)
    chosen = dict(zip(columns, ("title", "first_names", "initials", "surname", "birth_date",
                  "gender", "ni_number", "scheme_number", "occupation", "health_and_safety",
                  "request_type", "image"), strict=True))  # fmt: skip
    twice = priya.post(address, data=sent | chosen | {"column-0": "surname"})
    assert twice.status_code == 422
    assert "Another column is for this already." in twice.text
    lacking = priya.post(address, data=sent | chosen | {"column-3": ""})
    assert lacking.status_code == 422
    assert "No column was chosen for" in lacking.text
    assert priya.post(address, data=sent | chosen).status_code == 303
    with portal.app_context():
        drain()
    assert states(inside, provider, found).valid == 1


def test_the_same_file_again_is_asked_about_and_left_out(priya, inside, provider, known):
    data = xlsx(row(0))
    bring(priya, data)
    found = bring(priya, data)
    panel = work(priya, found)
    assert "The same file was brought before" in panel
    action = re.search(r'action="(/uploads/files/\d+/repeat)"', panel)[1]
    version = re.search(r'name="version"\s+value="(\d+)"', panel)[1]
    sent = {"csrf_token": token(priya), "version": version, "choice": "out"}
    assert priya.post(action, data=sent).status_code == 303
    assert states(inside, provider, found).total == 0
    assert "Taken out" in work(priya, found, "files")


# Questions -------------------------------------------------------------------------------------


def test_a_column_of_dates_is_asked_about_once(priya, inside, provider, known):
    rows = [row(n, DateOfBirth=text) for n, text in enumerate(("03/04/1990", "12/25/1991"))]
    found = bring(priya, xlsx(*rows))
    panel = work(priya, found, "questions")
    assert "Does the day or the month come first in these dates?" in panel
    assert "3 April 1990" in panel or "03/04/1990" in panel
    action = re.search(r'action="(/uploads/files/\d+/decide)"', panel)[1]
    sent = {"csrf_token": token(priya), "field": "birth_date", "guess": "day_month"}
    assert priya.post(action, data=sent | {"answer": "week"}).status_code == 409
    assert priya.post(action, data=sent | {"answer": "month"}).status_code == 303
    answered = work(priya, found, "questions")
    assert "The month: 03/04/2005 is 4 March" in answered
    back = re.search(r'action="(/uploads/files/\d+/undecide)"', answered)[1]
    priya.post(back, data=sent)
    assert "Does the day or the month come first" in work(priya, found, "questions")


def test_notations_are_counted_by_kind_and_undone(priya, inside, provider, known):
    found = bring(priya, xlsx(row(0, ECSNumber=" 7100000 "), row(1, ECSNumber=" 7100001 ")))
    panel = work(priya, found, "notations")
    assert "2 cells" in panel
    action = re.search(r'action="(/uploads/files/\d+/notation)"', panel)[1]
    notation = hidden(panel, "notation")
    sent = {"csrf_token": token(priya), "field": hidden(panel, "field"), "notation": notation}
    assert priya.post(action, data=sent).status_code == 303
    after = work(priya, found, "notations")
    assert "Undone" in after
    priya.post(action, data=sent | {"again": "yes"})
    assert "Undone" not in work(priya, found, "notations")


def test_somebody_known_is_asked_about_and_kept_separate_with_a_reason(
    priya, inside, provider, known
):
    found = bring(priya, xlsx(row(0, ECSNumber=None, RequestType="Initial")))
    panel = work(priya, found, "questions")
    assert "Are these people known already?" in panel
    chosen = re.search(r'name="chosen"\s+value="([^"]+)"', panel)[1]
    sent = {"csrf_token": token(priya), "chosen": chosen, "choice": "separate"}
    refused = priya.post(f"/uploads/{found}/people", data=sent)
    assert refused.status_code == 409
    assert "Say in a few words why" in refused.text
    assert priya.post(
        f"/uploads/{found}/people", data=sent | {"reason": "Mother and daughter"}
    ).status_code == 303  # fmt: skip
    undo = re.search(r'action="(/uploads/actions/\d+/undo)"', work(priya, found))[1]
    priya.post(undo, data={"csrf_token": token(priya)})
    panel = work(priya, found, "questions")
    one, same = hidden(panel, "one"), re.search(r'name="same"\s+value="([^"]+)"', panel)[1]
    priya.post(f"/uploads/{found}/people", data={"csrf_token": sent["csrf_token"], "one": one,
               "same": same})  # fmt: skip
    with inside(provider):
        (line,) = queries.grid(queries.find_import(found), queries.GridAsked()).rows
        assert line.row.person_id == known[0]


def test_somebody_who_was_not_offered_cannot_be_chosen(priya, known):
    found = bring(priya, xlsx(row(0, ECSNumber=None, RequestType="Initial")))
    one = hidden(work(priya, found, "questions"), "one")
    sent = {"csrf_token": token(priya), "one": one, "same": "same:999999"}
    assert priya.post(f"/uploads/{found}/people", data=sent).status_code == 404


def test_rows_brought_before_are_left_out_or_brought_again(priya, inside, provider, known):
    bring(priya, xlsx(row(0)))
    found = bring(priya, xlsx(row(0), row(1)))
    panel = work(priya, found, "questions")
    assert "These rows were brought before" in panel
    chosen = re.search(r'name="chosen"\s+value="([^"]+)"\s+checked', panel)[1]
    sent = {"csrf_token": token(priya), "chosen": chosen, "choice": "again"}
    assert priya.post(f"/uploads/{found}/repeats", data=sent).status_code == 303
    assert states(inside, provider, found).asks == 0


# Rows in error, and back -----------------------------------------------------------------------


def test_rows_in_error_are_put_right_in_a_spreadsheet_and_come_back(
    priya, portal, inside, provider, upload
):
    given = priya.get(f"/uploads/{upload}/errors.csv")
    assert given.mimetype == "text/csv"
    text = given.data.decode("utf-8-sig").replace("Renwal", "Renewal")
    assert text.count("Row id") == 1
    bring(priya, text.encode(), "errors.csv", into=upload)
    assert states(inside, provider, upload).valid == 5
    assert priya.get(f"/uploads/{upload}/errors.xlsx").status_code == 200
    assert priya.get(f"/uploads/{upload}/errors.pdf").status_code == 404


@pytest.mark.function("C36", "C39")
def test_the_template_holds_every_mandatory_field(priya):
    page = priya.get("/uploads/").text
    assert "Template Download" in page
    assert "Follow the instructions listed" in page
    given = priya.get("/uploads/template.xlsx?target=applications")
    assert given.status_code == 200
    assert given.data[:2] == b"PK"
    assert priya.get("/uploads/template.xlsx?target=horses").status_code == 404


def test_a_file_that_is_being_read_is_not_asked_for_again(priya):
    page = priya.get("/uploads/").text
    sent = {
        "csrf_token": hidden(page, "csrf_token"), "once": hidden(page, "once"), "into": "",
        "target": "applications", "files": (io.BytesIO(xlsx(row(0))), "one.xlsx"),
    }  # fmt: skip
    answer = priya.post("/uploads/bring", data=sent)
    page = priya.get(answer.location).text
    assert "They appear here as soon as the file has been read." in page
    assert "Bring a spreadsheet, or add one by hand." not in page
