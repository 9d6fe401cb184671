"""Records: issued documents, their data, the Document Viewer, and reports of what is wrong."""

import io
import re

import pytest
from PIL import Image
from sqlalchemy import select

from app import models
from app.clock import now
from app.domain.kernel.tables import Letter
from app.domain.kernel.viewer import SYSTEM
from app.extensions import db
from app.storage import storage_of
from app.transaction import transaction
from tests.support.issued import TITLE
from tests.support.reading import spaced
from tests.support.records import ADA, BEN, first, issued, pdf
from tests.support.registering import hidden


@pytest.fixture
def made(inside):
    return issued(inside)


def ended(inside, document_id, state, **values):
    with inside(SYSTEM), transaction():
        document = db.session.get_one(models.IssuedDocument, document_id)
        document.state = state
        for name, value in values.items():
            setattr(document, name, value)


# The list --------------------------------------------------------------------------------------


@pytest.mark.function("D30", "D31")
def test_records_are_searched_and_filtered(priya, inside, made):
    page = priya.get("/records/").text
    assert ">Filter!</button>" in page
    assert page.count('data-label="Record type"') == 9
    assert page.count('<span class="hm-sub hm-nowrap">') == 9, "no reference is broken in two"
    assert priya.get("/records/?q=lovelace").text.count('data-label="Record type"') == 3
    assert priya.get("/records/?f_type=letter").text.count('data-label="Record type"') == 3
    assert "Nothing matches" in priya.get("/records/?f_title=plumbing").text
    assert priya.get("/records/?f_title=electrical").text.count('data-label="Record type"') == 9
    with inside():
        registration = db.session.get_one(
            models.Registration, made.registrations["Ada Lovelace"]
        ).enrolment_number
    found = priya.get(f"/records/?f_enrolment={registration.lower()}").text
    assert found.count('data-label="Record type"') == 3
    assert "Nothing matches" in priya.get("/records/?f_notified=yes").text
    assert priya.get("/records/?f_notified=no").text.count('data-label="Record type"') == 9
    ended(inside, first(made), "expired")
    assert priya.get("/records/?f_state=expired").text.count('data-label="Record type"') == 1
    assert priya.get("/records/?tab=ended").text.count('data-label="Record type"') == 1
    assert "Nothing matches" in priya.get("/records/?f_from=01/01/2099").text
    for sort in ("holder_key", "-holder_key", "issued_key", "-issued_key"):
        assert priya.get(f"/records/?sort={sort}").status_code == 200


@pytest.mark.function("D33", "D35", "D36")
def test_a_record_can_be_viewed_previewed_reported_and_ticked(priya, made):
    page = priya.get("/records/").text
    document = first(made)
    assert f'href="/records/{document}"' in page
    assert f'href="/document-viewer/{document}/digital"' in page
    assert f'href="/document-reports/about/document/{document}"' in page
    assert "data-hm-all" in page
    assert 'formaction="/exports/ask"' in page


def test_what_was_not_issued_is_no_record(priya, inside, made):
    ended(inside, first(made), "pending", file_id=None)
    assert priya.get("/records/").text.count('data-label="Record type"') == 8
    assert priya.get(f"/records/{first(made)}").status_code == 404


# The record ------------------------------------------------------------------------------------


@pytest.mark.function("D27", "D32")
def test_a_record_shows_what_was_frozen(priya, inside, made):
    with inside(SYSTEM), transaction():  # a later change of the award changes no document
        document = db.session.get_one(models.IssuedDocument, first(made, ADA, 1))
        document.award.title = "Something else"
        reference = document.reference
    page = priya.get(f"/records/{first(made, ADA, 1)}")
    words = spaced(page.text)
    for shown in ("Ada Lovelace", TITLE, reference, "Transcript", "21/08/2026", "601/7324/5",
                  "Wiring systems", "T/615", "Merit", "Valid"):  # fmt: skip
        assert shown in words, shown
    assert "Something else" not in words
    for other in (0, 2):
        assert f'href="/records/{first(made, ADA, other)}"' in page.text
    assert f'href="/jobs-issued/{made.job}"' in page.text
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.function("D32")
def test_a_record_says_what_ended_it_and_what_took_its_place(priya, inside, made):
    old, new = first(made), first(made, BEN)
    ended(inside, new, "valid", replaces_id=old)
    ended(inside, old, "replaced", reason="The name was misspelt")
    page = priya.get(f"/records/{old}").text
    assert "This document was replaced" in page
    assert "The name was misspelt" in page
    assert f'href="/records/{new}">' in page.replace("\n", "")


# The viewer ------------------------------------------------------------------------------------


@pytest.mark.function("D28", "D33", "D34")
def test_the_viewer_shows_pages_and_the_other_documents(priya, made):
    ids = [first(made, ADA, place) for place in range(3)]
    page = priya.get(f"/document-viewer/{ids[0]}/digital").text
    words = spaced(page)
    assert f"Ada Lovelace ({TITLE})" in words
    assert "Page 1 of 2" in words
    for document_id in ids:
        assert f'href="/document-viewer/{document_id}/digital?page=1&amp;zoom=100"' in page
    assert f'src="/document-viewer/{ids[0]}/digital/1.webp"' in page
    second = priya.get(f"/document-viewer/{ids[0]}/digital?page=2&zoom=150").text
    assert "Page 2 of 2" in spaced(second)
    assert "150 %" in spaced(second)
    assert f"/document-viewer/{ids[0]}/digital/2.webp?large=1" in second


@pytest.mark.function("D28", "D33")
def test_a_page_is_a_picture_that_no_cache_keeps(priya, made):
    answer = priya.get(f"/document-viewer/{first(made)}/digital/2.webp")
    assert answer.mimetype == "image/webp"
    assert answer.headers["Cache-Control"] == "no-store"
    small = Image.open(io.BytesIO(answer.data))
    large = Image.open(io.BytesIO(
        priya.get(f"/document-viewer/{first(made)}/digital/2.webp?large=1").data))  # fmt: skip
    assert large.width == pytest.approx(2 * small.width, abs=2)
    assert priya.get(f"/document-viewer/{first(made)}/digital/3.webp").status_code == 404
    assert priya.get(f"/document-viewer/{first(made)}/sideways/1.webp").status_code == 404


def test_the_viewer_comes_alone_where_it_opens_over_a_page(priya, made):
    part = priya.get(f"/document-viewer/{first(made)}/digital", headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert 'id="hm-sheet-title"' in part.text


@pytest.mark.function("D29")
def test_the_paper_view_says_what_it_leaves_out(priya, made):
    page = spaced(priya.get(f"/document-viewer/{first(made)}/paper").text)
    assert "This is the paper view It does not contain the logo" in page
    digital = spaced(priya.get(f"/document-viewer/{first(made)}/digital").text)
    assert "paper view" not in digital


@pytest.mark.function("D33")
def test_the_sealed_pdf_is_given_as_it_is_and_the_record_says_so(priya, inside, made):
    answer = priya.get(f"/document-viewer/{first(made)}/download")
    assert answer.data == pdf("certificate Ada Lovelace")
    assert answer.headers["Cache-Control"] == "no-store"
    with inside():
        reference = db.session.get_one(models.IssuedDocument, first(made)).reference
    assert answer.headers["Content-Disposition"] == f"attachment; filename={reference}.pdf"
    assert "Downloaded" in spaced(priya.get(f"/records/{first(made)}").text)


def test_the_credential_of_a_certificate_is_given_as_it_was_signed(portal, priya, inside, made):
    words = b'{"type": ["VerifiableCredential", "OpenBadgeCredential"]}'
    with inside(SYSTEM), transaction():
        document = db.session.get_one(models.IssuedDocument, first(made))
        document.credential = models.StoredFile(
            organisation_id=document.provider_id, key=storage_of(portal.config).put(words),
            name="credential.json", media_type="application/vc", size=len(words),
            created_at=now(),
        )  # fmt: skip
        reference = document.reference
    address = f"/document-viewer/{first(made)}/credential"
    assert f'href="{address}"' in priya.get(f"/records/{first(made)}").text
    answer = priya.get(address)
    assert (answer.data, answer.mimetype) == (words, "application/vc")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"] == f"attachment; filename={reference}.json"
    assert "Downloaded" in spaced(priya.get(f"/records/{first(made)}").text)


def test_what_has_no_credential_offers_none(priya, made):
    transcript = first(made, ADA, 1)
    assert "Download credential" not in priya.get(f"/records/{transcript}").text
    assert priya.get(f"/document-viewer/{transcript}/credential").status_code == 404


def test_a_file_that_is_gone_is_said_in_words(priya, inside, made):
    with inside(SYSTEM), transaction():
        db.session.get_one(models.IssuedDocument, first(made)).file.key = "0" * 64
    answer = priya.get(f"/document-viewer/{first(made)}/digital")
    assert answer.status_code == 404
    assert "report an issue with it" in answer.text


# Reports ---------------------------------------------------------------------------------------


def sent(client, address, **typed):
    page = client.get(address).text
    data = {"csrf_token": hidden(page, "csrf_token"), "once": hidden(page, "once")}
    return client.post(address, data=data | typed)


def letters(inside, code):
    with inside():
        return list(db.session.scalars(select(Letter).where(Letter.code == code)))


@pytest.mark.function("D35", "C12")
def test_an_issue_is_reported_answered_and_kept(priya, sign_in, inside, made):
    address = f"/document-reports/about/document/{first(made)}"
    assert sent(priya, address, wrong="").status_code == 422
    answer = sent(priya, address, wrong="Surname: Lovelass", right="Surname: Lovelace")
    assert answer.location == f"/records/{first(made)}"
    (letter,) = letters(inside, "document_reported")
    assert "@" in letter.to_email
    assert letter.context["wrong"] == "Surname: Lovelass"
    assert letter.context["right"] == "Surname: Lovelace"
    number = letter.context["number"]
    record = spaced(priya.get(f"/records/{first(made)}").text)
    assert f"Report {number}" in record
    assert "Awaiting an answer" in record
    assert "Error reported" in record

    assert sent(priya, address, wrong="Again").status_code == 409

    staff = sign_in("staff@demo.example")
    listed = staff.get("/document-reports/").text
    (report,) = set(re.findall(r'href="/document-reports/(\d+)"', listed))
    assert priya.get(f"/document-reports/{report}/answer").status_code == 403
    form = f"/document-reports/{report}/answer"
    page = staff.get(form).text
    token = hidden(page, "csrf_token")
    assert staff.post(form, data={"csrf_token": token, "answer": " "}).status_code == 422
    answered = staff.post(form, data={"csrf_token": token, "answer": "We issue it anew."})
    assert answered.location == f"/document-reports/{report}"
    again = staff.post(form, data={"csrf_token": token, "answer": "Once more."})
    assert again.status_code == 409
    (letter,) = letters(inside, "document_report_answered")
    assert letter.context["answer"] == "We issue it anew."
    record = spaced(priya.get(f"/records/{first(made)}").text)
    assert "We issue it anew." in record
    assert "Report answered" in record


def test_what_would_be_right_may_stay_unsaid(priya, inside, made):
    address = f"/document-reports/about/document/{first(made)}"
    assert sent(priya, address, wrong="The QR code does not scan").status_code == 303
    (letter,) = letters(inside, "document_reported")
    assert letter.context["right"] == ""


def test_a_report_sent_twice_counts_once(priya, inside, made):
    address = f"/document-reports/about/document/{first(made)}"
    page = priya.get(address).text
    data = {"csrf_token": hidden(page, "csrf_token"), "once": hidden(page, "once"), "wrong": "x"}
    for _ in range(2):
        assert priya.post(address, data=data).status_code == 303
    assert len(letters(inside, "document_reported")) == 1


def test_a_rival_has_none_of_it(sign_in, priya, inside, made):
    sent(priya, f"/document-reports/about/document/{first(made)}", wrong="x")
    rival = sign_in("rival@demo.example")
    assert "No records here" in rival.get("/records/").text
    with inside():
        report = db.session.scalars(select(models.DocumentReport.id)).one()
    for address in (f"/records/{first(made)}", f"/document-viewer/{first(made)}/digital",
                    f"/document-viewer/{first(made)}/digital/1.webp",
                    f"/document-viewer/{first(made)}/download",
                    f"/document-viewer/{first(made)}/credential",
                    f"/document-reports/about/document/{first(made)}",
                    f"/document-reports/{report}"):  # fmt: skip
        assert rival.get(address).status_code == 404, address
