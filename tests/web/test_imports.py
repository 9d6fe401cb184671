"""The workbench: a centre's own rows with the error in the cell, put right where they stand."""

import io
import re

import pytest

from app.domain.imports import queries
from app.jobs.worker import drain
from app.transaction import transaction
from tests.support.reading import spaced
from tests.support.registering import hidden
from tests.support.bulk import HEADS, bring, know, row, token, work, xlsx
from tests.support.watch import count_statements

HTMX = {"HX-Request": "true"}
BUDGET = 13
"""What can be chosen is read anew by each part that needs it; no number of rows adds to it."""


@pytest.fixture
def known(inside, provider):
    with inside(provider), transaction():
        return know()


@pytest.fixture
def upload(priya, known):
    """Bring three right rows, two with the same error, and one with another."""
    rows = [row(0), row(1), row(2), row(3, RequestType="Renwal"), row(4, RequestType="Renwal"),
            row(5, DateOfBirth="31/02/1995")]  # fmt: skip
    return bring(priya, xlsx(*rows))


def states(inside, provider, upload):
    with inside(provider):
        return queries.counts(queries.find_import(upload))


def ids_of(page):
    return [int(found) for found in re.findall(r'id="row-(\d+)"', page)]


def edit(client, row_id, version=None, **typed):
    drawn = client.get(f"/uploads/rows/{row_id}/edit", headers=HTMX).text
    data = {
        "csrf_token": hidden(drawn, "csrf_token"), "version": version or hidden(drawn, "version")
    }  # fmt: skip
    return client.post(f"/uploads/rows/{row_id}/edit", data=data | typed, headers=HTMX)


# Entry (A75, A76) ----------------------------------------------------------------------------


@pytest.mark.function("A75", "A76", "A11")
def test_bulk_upload_leads_to_the_newest_draft(priya, upload):
    page = priya.get("/uploads/").text
    assert "<h1>Bulk Upload</h1>" in page
    assert "VIEW YOUR APPLICATIONS" in page
    sent = {"csrf_token": hidden(page, "csrf_token"), "target": "applications"}
    assert priya.post("/uploads/open", data=sent).location == f"/uploads/{upload}"


@pytest.mark.function("A76")
def test_without_a_draft_the_first_one_is_begun_once(priya):
    sent = {"csrf_token": token(priya), "target": "applications"}
    first = priya.post("/uploads/open", data=sent).location
    assert priya.post("/uploads/open", data=sent).location == first
    page = priya.get(first).text
    assert "Requested Applications" in page
    assert "+ ADD APPLICATION" in page
    assert "No rows yet" in page


def test_files_sent_twice_begin_one_upload(priya, known):
    page = priya.get("/uploads/").text
    sent = {"csrf_token": hidden(page, "csrf_token"), "once": hidden(page, "once"),
            "target": "applications"}  # fmt: skip
    places = {
        priya.post("/uploads/bring", data=sent | {"files": (io.BytesIO(xlsx(row(0))), "a.xlsx")})
        .location
        for _ in range(2)
    }  # fmt: skip
    assert len(places) == 1


def test_nothing_chosen_says_what_to_do(priya):
    answer = priya.post("/uploads/bring", data={"csrf_token": token(priya), "target":
                        "applications", "files": (io.BytesIO(b""), "")})  # fmt: skip
    assert answer.status_code == 409
    assert "Choose at least one file first." in answer.text


# The grid (A80, A81, A86, A87) ---------------------------------------------------------------


@pytest.mark.function("A80", "A81")
def test_the_grid_has_the_guides_columns_and_the_files_row_numbers(priya, upload):
    page = priya.get(f"/uploads/{upload}").text
    assert "<h1>Requested Applications</h1>" in page
    heads = re.findall(r'<th scope="col" role="columnheader">(?:<[^>]+>)?([^<]+)', page)
    assert heads == ["Row", "Title", "Firstname", "Initials", "Lastname", "DateOfBirth", "Gender",
                     "NINumber", "ECSNumber", "Occupation", "HSAssessment", "RequestType", "Fee",
                     "Image", "Valid", "EDIT"]  # fmt: skip
    assert re.findall(r'<span class="hm-num" title="cards.xlsx">(\d+)</span>', page) == [
        "2", "3", "4", "5", "6", "7"
    ]  # fmt: skip


@pytest.mark.function("A80", "A87")
def test_each_error_stands_in_its_cell_in_words(priya, upload):
    page = priya.get(f"/uploads/{upload}?state=error").text
    assert len(ids_of(page)) == 3
    words = spaced(page)
    assert "Renwal" in words
    assert "Did you mean “Renewal”?" in words
    assert "31/02/1995" in words
    described = re.findall(r'aria-describedby="(error-[^"]+)"', page)
    assert len(described) == 3
    for each in " ".join(described).split():
        assert f'id="{each}"' in page


@pytest.mark.function("A86")
def test_the_fee_follows_from_the_request_type(priya, upload):
    page = priya.get(f"/uploads/{upload}?state=valid").text
    assert page.count('<span class="hm-cell__value">42.00</span>') == 3


@pytest.mark.function("A87")
def test_impossible_numbers_and_codes_are_refused_in_words(priya, known):
    found = bring(priya, xlsx(row(0, NINumber="QQ12345", Occupation=999), row(1, NINumber=None)))
    words = spaced(priya.get(f"/uploads/{found}").text)
    assert "QQ12345" in words
    assert "999" in words
    assert "is not one of the choices" in words


def test_the_chips_filter_by_state_with_counts(priya, upload):
    page = spaced(priya.get(f"/uploads/{upload}").text)
    assert "All 6 Valid 3 To be put right 3" in page
    assert len(ids_of(priya.get(f"/uploads/{upload}?state=valid").text)) == 3
    assert len(ids_of(priya.get(f"/uploads/{upload}?q=o%27neill").text)) == 1
    assert "No such rows" in priya.get(f"/uploads/{upload}?state=done").text


def test_many_rows_are_paged_by_key(priya, known):
    found = bring(priya, xlsx(*[row(n % 8, Initials=chr(65 + n // 8)) for n in range(120)]))
    first = priya.get(f"/uploads/{found}")
    with count_statements() as sent:
        again = priya.get(f"/uploads/{found}")
    assert len(sent) <= BUDGET, sent
    assert len(ids_of(again.text)) == 50
    onward = re.search(r'href="([^"]+after=\d+)"', first.text)[1].replace("&amp;", "&")
    second = priya.get(onward).text
    assert not set(ids_of(second)) & set(ids_of(first.text))
    backward = re.search(r'href="([^"]+before=\d+)"', second)[1].replace("&amp;", "&")
    assert ids_of(priya.get(backward).text) == ids_of(first.text)


@pytest.mark.parametrize("panel", ["fixes", "questions", "notations", "files", ""])
def test_each_panel_costs_a_few_statements(priya, upload, panel):
    with count_statements() as sent:
        work(priya, upload, panel)
    assert len(sent) <= BUDGET, sent


# Put right in place (A82) --------------------------------------------------------------------


@pytest.mark.function("A82")
def test_a_row_is_put_right_where_it_stands(priya, inside, provider, upload):
    row_id = ids_of(priya.get(f"/uploads/{upload}?state=error").text)[0]
    drawn = priya.get(f"/uploads/rows/{row_id}/edit", headers=HTMX).text
    wrong = re.search(r'<select[^>]+name="request_type"[^>]+>', drawn)[0]
    assert 'aria-invalid="true"' in wrong
    assert "autofocus" in wrong
    assert f'aria-describedby="error-{row_id}-request_type"' in wrong
    answer = edit(priya, row_id, request_type="Renewal")
    assert answer.status_code == 200
    assert f'id="row-{row_id}"' in answer.text
    assert "Valid 4" in spaced(answer.text)
    assert states(inside, provider, upload).valid == 4


def test_what_is_still_wrong_says_so_again(priya, upload):
    row_id = ids_of(priya.get(f"/uploads/{upload}?state=error").text)[2]
    answer = edit(priya, row_id, birth_date="31/04/1995")
    assert "31/04/1995" in answer.text
    assert f'id="error-{row_id}-birth_date"' in answer.text


def test_a_colleague_who_was_faster_shows_both_versions(priya, upload):
    row_id = ids_of(priya.get(f"/uploads/{upload}?state=error").text)[0]
    old = hidden(priya.get(f"/uploads/rows/{row_id}/edit", headers=HTMX).text, "version")
    edit(priya, row_id, initials="Q")
    answer = edit(priya, row_id, old, initials="Z")
    assert answer.status_code == 409
    assert "theirs Q, yours Z" in spaced(answer.text)
    assert 'value="Z"' in answer.text
    again = {name: hidden(answer.text, name) for name in ("csrf_token", "version")}
    saved = priya.post(f"/uploads/rows/{row_id}/edit", data=again | {"initials": "Z"}, headers=HTMX)
    assert saved.status_code == 200


def test_giving_up_shows_the_row_as_it_was(priya, upload):
    row_id = ids_of(priya.get(f"/uploads/{upload}?state=error").text)[0]
    answer = priya.get(f"/uploads/rows/{row_id}", headers=HTMX).text
    assert "Renwal" in answer
    assert "autofocus" in answer


def test_equal_errors_are_put_right_together_and_undone(priya, inside, provider, upload):
    panel = work(priya, upload, "fixes")
    assert "Put right all 2" in panel
    assert '<option value="Renewal" selected>' in panel
    sent = {"csrf_token": hidden(panel, "csrf_token"), "field": "request_type", "raw": "Renwal",
            "new": "Renewal"}  # fmt: skip
    assert priya.post(f"/uploads/{upload}/fix", data=sent).status_code == 303
    assert states(inside, provider, upload).valid == 5
    after = work(priya, upload)
    assert "“Renwal” was replaced by “Renewal” in 2 rows." in after
    undo = re.search(r'action="(/uploads/actions/\d+/undo)"', after)[1]
    assert priya.post(undo, data={"csrf_token": sent["csrf_token"]}).status_code == 303
    assert states(inside, provider, upload).valid == 3


def test_nothing_typed_puts_nothing_right(priya, upload):
    sent = {"csrf_token": token(priya), "field": "request_type", "raw": "Renwal", "new": " "}
    answer = priya.post(f"/uploads/{upload}/fix", data=sent)
    assert answer.status_code == 409
    assert "Type the value that is right" in answer.text


def test_rows_are_removed_and_brought_back(priya, inside, provider, upload):
    page = priya.get(f"/uploads/{upload}").text
    ticked = re.findall(r'value="(\d+:\d+)"', page)[:2]
    sent = {"csrf_token": token(priya), "chosen": ticked}
    assert priya.post(f"/uploads/{upload}/remove", data=sent).status_code == 303
    assert states(inside, provider, upload).total == 4
    undo = re.search(r'action="(/uploads/actions/\d+/undo)"', work(priya, upload))[1]
    priya.post(undo, data={"csrf_token": token(priya)})
    assert states(inside, provider, upload).total == 6


# By hand (A77 to A79) ------------------------------------------------------------------------


@pytest.mark.function("A77", "A78", "A79")
def test_an_application_is_added_by_hand_with_its_errors(priya, inside, provider, known):
    sent = {"csrf_token": token(priya), "target": "applications"}
    address = priya.post("/uploads/open", data=sent).location
    form = priya.get(f"{address}/add").text
    assert "Fill in the application details required" in form
    assert "SAVE CHANGES" in form
    assert "BACK TO SUMMARY" in form
    typed = {
        "csrf_token": hidden(form, "csrf_token"), "once": hidden(form, "once"), "title": "Ms",
        "first_names": "Sharon", "surname": "Campbell", "birth_date-day": "27",
        "birth_date-month": "3", "birth_date-year": "1995", "occupation": "Electrician",
        "health_and_safety": "Yes", "request_type": "Renewal",
    }  # fmt: skip
    saved = priya.post(f"{address}/add", data=typed)
    assert saved.status_code == 303
    assert priya.post(f"{address}/add", data=typed).location == saved.location
    page = priya.get(saved.location).text
    assert "The changes were saved." in page
    assert "needs the number on the present card" in page
    assert states(inside, provider, int(address.rpartition("/")[2])).total == 1
    again = {"csrf_token": hidden(page, "csrf_token"), "version": hidden(page, "version"),
             "scheme_number": "7100000"}  # fmt: skip
    there = saved.location.partition("?")[0]
    assert priya.post(there, data=again).status_code == 303


def test_an_empty_form_adds_no_row(priya, inside, provider, upload):
    form = priya.get(f"/uploads/{upload}/add").text
    sent = {name: hidden(form, name) for name in ("csrf_token", "once")}
    assert priya.post(f"/uploads/{upload}/add", data=sent).status_code == 422
    assert states(inside, provider, upload).total == 6


# Verify, files (A83, A85) --------------------------------------------------------------------


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
    assert (done.status_code, done.location) == (303, f"/uploads/{upload}")


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
    version = re.search(r'name="version" value="(\d+)"', panel)[1]
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
    version = re.search(r'name="version" value="(\d+)"', panel)[1]
    sent = {"csrf_token": token(priya), "version": version, "choice": "out"}
    assert priya.post(action, data=sent).status_code == 303
    assert states(inside, provider, found).total == 0
    assert "Taken out" in work(priya, found, "files")


# Questions -----------------------------------------------------------------------------------


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
    chosen = re.search(r'name="chosen" value="([^"]+)"', panel)[1]
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
    chosen = re.search(r'name="chosen" value="([^"]+)" checked', panel)[1]
    sent = {"csrf_token": token(priya), "chosen": chosen, "choice": "again"}
    assert priya.post(f"/uploads/{found}/repeats", data=sent).status_code == 303
    assert states(inside, provider, found).asks == 0


# Drafts --------------------------------------------------------------------------------------


def test_a_draft_is_renamed_discarded_and_restored(priya, inside, provider, upload):
    page = priya.get("/uploads/").text
    version = re.search(rf'/uploads/{upload}/rename.*?name="version" value="(\d+)"', page, re.S)[1]
    sent = {"csrf_token": token(priya), "version": version, "name": "Autumn O’Neill & co"}
    assert priya.post(f"/uploads/{upload}/rename", data=sent).status_code == 303
    page = priya.get("/uploads/").text
    assert "Autumn O’Neill &amp; co" in page
    answer = priya.post(f"/uploads/{upload}/discard", data=sent)
    page = priya.get(answer.location).text
    assert "was discarded" in page
    assert f'href="/uploads/{upload}"' not in page
    assert priya.post(f"/uploads/{upload}/restore", data=sent).status_code == 303
    assert f'href="/uploads/{upload}"' in priya.get("/uploads/").text


def test_a_colleague_resumes_what_somebody_began(sign_in, upload):
    """Whoever holds the permission in the organisation goes on with it."""
    page = sign_in("provider@demo.example").get("/uploads/").text
    assert "3 valid, 3 to be put right" in page


# Rows in error, and back ---------------------------------------------------------------------


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


# Who may do what -----------------------------------------------------------------------------


def test_a_rival_finds_nothing(sign_in, upload):
    rival = sign_in("rival@demo.example")
    for path in ("", "/work", "/progress", "/add", "/finalise", "/errors.csv"):
        assert rival.get(f"/uploads/{upload}{path}").status_code == 404
    assert "cards.xlsx" not in rival.get("/uploads/").text


def test_an_impossible_page_of_the_grid_is_no_failure(priya, upload):
    for asked in ("after=99999999999999", "before=x", "after=-1"):
        assert priya.get(f"/uploads/{upload}?{asked}").status_code in (200, 404)


# FINALISE VALID (A84, A88 to A90) ------------------------------------------------------------


def finalise_form(client, upload):
    page = client.get(f"/uploads/{upload}/finalise").text
    names = ("csrf_token", "once", "version")
    sent = {name: hidden(page, name) for name in names}
    places = re.findall(r'<option value="(\d+)"', page)
    return page, sent | {
        "customer_reference": "12345", "accounts_contact_name": "Tasha Adams",
        "accounts_contact_email": "accounts@caldervale.example",
        "delivery_attention": "Jeff Jones", "invoice_to": places[0], "deliver_to": places[0],
    }  # fmt: skip


@pytest.mark.function("A84", "A88", "A89")
def test_only_valid_rows_go_and_the_declaration_is_the_guides(priya, upload):
    page, _ = finalise_form(priya, upload)
    assert len(ids_of(page)) == 3
    words = spaced(page)
    assert "3 rows go into the order" in words
    assert "3 rows stay in this draft" in words
    for label in ("Create new order with:", "Your Reference / P.O. Number", "Raised at level of",
                  "Company Purchase - Calder Vale Training Ltd", "Billing To Office",
                  "Deliver to Office", "Accounts contact", "Delivery to the attention of",
                  "SUBMIT PURCHASE", "£126.00", "£25.20", "£151.20"):  # fmt: skip
        assert label in words, label
    assert (
        "I understand that by completing this form and clicking Submit Purchase my applications "
        "will be finalised using the data and images shown on this page." in words
    )


@pytest.mark.function("A84", "A90")
def test_submit_purchase_orders_the_valid_rows_and_the_rest_stays(
    priya, portal, inside, provider, upload
):
    _, sent = finalise_form(priya, upload)
    undeclared = priya.post(f"/uploads/{upload}/finalise", data=sent)
    assert undeclared.status_code == 422
    assert "Tick the box" in undeclared.text
    assert 'value="12345"' in undeclared.text
    sent |= {"declared": "yes"}
    answer = priya.post(f"/uploads/{upload}/finalise", data=sent)
    assert answer.status_code == 303
    waiting = priya.get(answer.location)
    assert "Finalising valid rows" in waiting.text
    with portal.app_context():
        drain()
    done = priya.get(answer.location, headers=HTMX)
    assert done.location.startswith("/orders/")
    order = priya.get(done.location).text
    assert "12345" in order
    assert "£151.20" in order
    now = states(inside, provider, upload)
    assert (now.done, now.error, now.valid) == (3, 3, 0)
    again = priya.post(f"/uploads/{upload}/finalise", data=sent)
    assert again.status_code == 303
    assert states(inside, provider, upload).done == 3


@pytest.mark.function("A84")
def test_nothing_valid_cannot_be_finalised(priya, known):
    found = bring(priya, xlsx(row(0, RequestType="Renwal")))
    answer = priya.get(f"/uploads/{found}/finalise")
    assert answer.status_code == 303
    assert "No row is valid yet" in priya.get(answer.location).text


def test_a_second_person_finalising_is_told_who_is_at_it(priya, new_client, portal, upload):
    _, sent = finalise_form(priya, upload)
    _, late = finalise_form(priya, upload)
    priya.post(f"/uploads/{upload}/finalise", data=sent | {"declared": "yes"})
    answer = priya.post(f"/uploads/{upload}/finalise", data=late | {"declared": "yes"})
    assert answer.status_code == 303
    page = priya.get(answer.location).text
    assert "Priya Anand is finalising this upload" in page
    assert "is at it" in work(priya, upload)
    refused = priya.post(f"/uploads/{upload}/verify", data={"csrf_token": sent["csrf_token"]})
    assert refused.status_code == 409


def test_what_was_typed_about_the_order_is_refused_in_words(priya, upload):
    _, sent = finalise_form(priya, upload)
    wrong = sent | {"declared": "yes", "accounts_contact_email": "nobody"}
    answer = priya.post(f"/uploads/{upload}/finalise", data=wrong)
    assert answer.status_code == 422
    assert 'id="accounts_contact_email-error"' in answer.text


def test_the_quote_follows_what_is_valid(priya, upload):
    sent = {"csrf_token": token(priya)}
    assert "£151.20" in priya.post(f"/uploads/{upload}/quote", data=sent, headers=HTMX).text
