"""Uploads as drafts: begun, resumed, discarded, and their valid rows finalised."""

import io
import re

import pytest

from app.jobs.worker import drain
from tests.support.bulk import (
    HTMX,
    bring,
    finalise_form,
    ids_of,
    row,
    states,
    token,
    work,
    xlsx,
)
from tests.support.reading import spaced
from tests.support.registering import hidden

# Entry (A75, A76) ------------------------------------------------------------------------------


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


# Drafts ----------------------------------------------------------------------------------------


def test_a_draft_is_renamed_discarded_and_restored(priya, inside, provider, upload):
    page = priya.get("/uploads/").text
    version = re.search(rf'/uploads/{upload}/rename.*?name="version"\s+value="(\d+)"', page, re.S)[
        1
    ]
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


# Who may do what -------------------------------------------------------------------------------


def test_a_rival_finds_nothing(sign_in, upload):
    rival = sign_in("rival@demo.example")
    for path in ("", "/work", "/progress", "/add", "/finalise", "/errors.csv"):
        assert rival.get(f"/uploads/{upload}{path}").status_code == 404
    assert "cards.xlsx" not in rival.get("/uploads/").text


def test_an_impossible_page_of_the_grid_is_no_failure(priya, upload):
    for asked in ("after=99999999999999", "before=x", "after=-1"):
        assert priya.get(f"/uploads/{upload}?{asked}").status_code in (200, 404)


# FINALISE VALID (A84, A88 to A90) --------------------------------------------------------------


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
    assert done.headers["HX-Redirect"].startswith("/orders/")
    order = priya.get(done.headers["HX-Redirect"]).text
    assert "The purchase was submitted." in order
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
