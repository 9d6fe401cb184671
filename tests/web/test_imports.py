"""The grid of an upload: its rows with the error in the cell, put right where they stand."""

import re

import pytest

from tests.support.bulk import (
    BUDGET,
    HTMX,
    bring,
    edit,
    ids_of,
    row,
    states,
    token,
    work,
    xlsx,
)
from tests.support.reading import spaced
from tests.support.registering import hidden
from tests.support.watch import count_statements

# The grid (A80, A81, A86, A87) -----------------------------------------------------------------


@pytest.mark.function("A80", "A81")
def test_the_grid_has_the_guides_columns_and_the_files_row_numbers(priya, upload):
    page = priya.get(f"/uploads/{upload}").text
    assert "<h1>Requested Applications</h1>" in page
    heads = re.findall(r'<th scope="col"\s+role="columnheader"[^>]*>(?:<[^>]+>)?([^<]+)', page)
    assert heads == ["Row", "Title", "Firstname", "Initials", "Lastname", "DateOfBirth", "Gender",
                     "NINumber", "ECSNumber", "Occupation", "HSAssessment", "RequestType", "Fee",
                     "Image", "Valid", "EDIT"]  # fmt: skip
    assert re.findall(r'<span class="hm-num"\s+title="cards.xlsx">(\d+)</span>', page) == [
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
    last = re.search(r'href="([^"]+before=2147483647)"', first.text)[1].replace("&amp;", "&")
    at_the_end = priya.get(last).text
    assert len(ids_of(at_the_end)) == 50
    assert "after=" not in at_the_end


@pytest.mark.parametrize("panel", ["fixes", "questions", "notations", "files", ""])
def test_each_panel_costs_a_few_statements(priya, upload, panel):
    with count_statements() as sent:
        work(priya, upload, panel)
    assert len(sent) <= BUDGET, sent


# Put right in place (A82) ----------------------------------------------------------------------


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
    assert "“Renwal” was replaced by “Renewal” in 2 rows. Priya Anand, " in after
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


# By hand (A77 to A79) --------------------------------------------------------------------------


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
