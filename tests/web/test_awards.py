"""Awards and documents on the staff's pages: made, issued, put right, printed, redesigned."""

import html
import io
import re
import zipfile

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select

from app.domain.awards.models import (
    Award,
    DocumentSettings,
    ExportFile,
    IssuedDocument,
    TemplateVersion,
)
from app.domain.awards.rules import RecordType
from app.domain.registrations.models import Registration
from app.extensions import db
from app.storage import storage_of
from app.transaction import transaction
from tests.support.documents import asked_for, awarded, completed, document, issued, work_off
from tests.support.reading import spaced
from tests.support.registering import hidden
from tests.support.viewers import viewer_of

STAFF = "staff@demo.example"
CERTIFICATE = frozenset({RecordType.CERTIFICATE})
TYPED = {
    "outcome": "distinction", "grade": "", "awarded_on-day": "1", "awarded_on-month": "11",
    "awarded_on-year": "2026", "title": "Autocare Technician", "title_number": "ST0499/AP01",
    "level": "2", "credits": "12", "components": "AC01 | Safety | 2 | 4 | Pass\nAC02\tTyres",
}  # fmt: skip


@pytest.fixture
def provider(portal):
    return viewer_of(portal, "provider@demo.example")


@pytest.fixture
def staff_viewer(portal):
    return viewer_of(portal, STAFF)


@pytest.fixture
def staff(sign_in):
    return sign_in(STAFF)


@pytest.fixture
def registration(inside, provider):
    """Return the id of a completed registration."""
    with inside(provider), transaction():
        return completed("O’Brien")[0]


def one(inside, statement):
    with inside():
        return db.session.scalars(statement).one()


def send(client, path, to=None, **typed):
    """Open a page and send its form filled in."""
    page = client.get(path).text
    fields = {"csrf_token": hidden(page, "csrf_token")}
    fields |= {
        name: hidden(page, name) for name in ("once", "version", "seen", "chosen")
        if f'name="{name}"' in page
    }  # fmt: skip
    return client.post(to or path, data=fields | typed)


def test_an_award_is_made_on_a_completed_registration(staff, inside, registration):
    offered = staff.get("/awards/new?q=brien")
    assert f"/awards/new/{registration}" in offered.text
    answer = send(staff, f"/awards/new/{registration}", **TYPED)
    made = one(inside, select(Award))
    assert answer.location.endswith(f"/awards/{made.id}")
    assert [part["code"] for part in made.components] == ["AC01", "AC02"]
    said = spaced(staff.get(f"/awards/{made.id}").text)
    assert "Autocare Technician" in said
    assert "AC01 Safety" in said
    assert f"/awards/new/{registration}" not in staff.get("/awards/new").text


def test_what_is_wrong_is_said_by_its_field_and_nothing_typed_is_lost(staff, inside, registration):
    typed = TYPED | {"components": "AC01", "awarded_on-day": "31"}
    answer = send(staff, f"/awards/new/{registration}", **typed)
    assert answer.status_code == 422
    assert "Line 1: give code" in answer.text
    assert "ST0499/AP01" in answer.text
    with inside():
        assert db.session.scalar(select(func.count(Award.id))) == 0


def test_a_form_sent_twice_makes_one_award(staff, inside, registration):
    path = f"/awards/new/{registration}"
    page = staff.get(path).text
    form = TYPED | {"csrf_token": hidden(page, "csrf_token"), "once": hidden(page, "once")}
    first, second = (staff.post(path, data=form) for _ in range(2))
    assert first.status_code == 302
    assert second.status_code in (302, 409)
    with inside():
        assert db.session.scalar(select(func.count(Award.id))) == 1


def test_an_award_is_changed_until_it_is_issued(staff, inside, provider, staff_viewer):
    (award_id,) = awarded(inside, provider, staff_viewer)
    send(staff, f"/awards/{award_id}/edit", **TYPED | {"grade": "A*"})
    assert one(inside, select(Award)).grade == "A*"
    asked_for(inside, staff_viewer, [award_id], CERTIFICATE)
    answer = send(staff, f"/awards/{award_id}/edit", **TYPED | {"grade": "B"})
    assert answer.status_code == 409
    assert "they never change" in answer.text


def test_two_tabs_are_told_of_each_other(staff, inside, provider, staff_viewer):
    (award_id,) = awarded(inside, provider, staff_viewer)
    path = f"/awards/{award_id}/edit"
    page = staff.get(path).text
    form = TYPED | {
        "csrf_token": hidden(page, "csrf_token"), "version": hidden(page, "version")
    }  # fmt: skip
    staff.post(path, data=form | {"grade": "First"})
    late = staff.post(path, data=form | {"grade": "Second"})
    assert late.status_code == 409
    assert "First" in late.text
    assert one(inside, select(Award)).grade == "First"


def test_ticked_awards_are_issued_once_and_say_what_they_bring(
    portal, staff, inside, provider, staff_viewer
):
    ids = awarded(inside, provider, staff_viewer, "Asher", "Birch")
    listed = staff.get("/awards/?tab=waiting").text
    ticked = {"csrf_token": hidden(listed, "csrf_token"), "chosen": [f"{i}:1" for i in ids]}
    asked = staff.post("/awards/ask-issue", data=ticked).text
    assert "Certificate: 2 of 2 awards bring one." in spaced(asked)
    form = {
        **ticked, "once": hidden(asked, "once"), "certificate": "yes", "transcript": "yes",
        "letter": "no", "on_paper": "yes",
    }  # fmt: skip
    for _ in range(2):
        assert staff.post("/awards/issue", data=form).status_code == 302
    work_off(portal)
    with inside():
        states = list(db.session.scalars(select(IssuedDocument.state)))
        assert states == ["valid"] * 4


def test_nothing_is_issued_without_a_type_or_with_a_day_that_is_past(
    staff, inside, provider, staff_viewer
):
    (award_id,) = awarded(inside, provider, staff_viewer)
    asked = staff.get(f"/awards/{award_id}/issue").text
    form = {
        "csrf_token": hidden(asked, "csrf_token"), "once": hidden(asked, "once"),
        "chosen": f"{award_id}:1", "certificate": "no", "transcript": "no", "letter": "no",
        "on_paper": "no",
    }  # fmt: skip
    refused = staff.post("/awards/issue", data=form)
    assert (refused.status_code, "at least one type" in refused.text) == (409, True)
    past = {"expires_on-day": "1", "expires_on-month": "1", "expires_on-year": "2020"}
    refused = staff.post("/awards/issue", data=form | past | {"certificate": "yes"})
    assert (refused.status_code, "still to come" in refused.text) == (422, True)
    assert one(inside, select(Award)).state == "awaiting_issue"


@pytest.mark.function("D26")
def test_the_list_of_failed_documents_says_why(portal, staff, inside, provider, staff_viewer):
    (made,) = issued(portal, inside, provider, staff_viewer, types=CERTIFICATE)
    with inside(staff_viewer), transaction():
        found = document(made)
        found.state, found.failure = "failed", "No font for documents has this character."
    assert "No font for documents has this" in spaced(staff.get("/documents/?tab=failed").text)
    assert 'href="/documents/?tab=all"' in staff.get("/dashboard/").text


@pytest.mark.parametrize("move", ["cancel", "expire", "replace"])
def test_staff_end_documents_with_a_reason(portal, staff, inside, provider, staff_viewer, move):
    (made,) = issued(portal, inside, provider, staff_viewer, types=CERTIFICATE)
    asked = staff.get(f"/documents/{made}/ask/{move}").text
    form = {
        "csrf_token": hidden(asked, "csrf_token"), "once": hidden(asked, "once"),
        "chosen": hidden(asked, "chosen"),
    }  # fmt: skip
    assert staff.post(f"/documents/move/{move}", data=form).status_code == 422
    form |= {"reason": "The name was misspelt"}
    assert staff.post(f"/documents/move/{move}", data=form).status_code == 302
    work_off(portal)
    with inside(staff_viewer):
        found = document(made)
        assert found.state == {
            "cancel": "cancelled", "expire": "expired", "replace": "replaced"
        }[move]  # fmt: skip
        assert found.reason == "The name was misspelt" or move == "replace"
    assert "The name was misspelt" in staff.get(f"/documents/{made}").text


def test_a_document_is_printed_again_with_a_reason(portal, staff, inside, provider, staff_viewer):
    (made,) = issued(portal, inside, provider, staff_viewer, types=CERTIFICATE)
    copies = staff.get("/paper/?tab=to_print").text
    ticked = {"csrf_token": hidden(copies, "csrf_token"), "chosen": "1:1"}
    asked = staff.post("/paper/ask/print", data=ticked).text
    staff.post("/paper/move/print", data=ticked | {"once": hidden(asked, "once")})
    path = f"/paper/reprint/{made}"
    assert send(staff, path, reason="").status_code == 422
    assert send(staff, path, reason="Damaged in the post").status_code == 302
    said = spaced(staff.get(f"/documents/{made}").text)
    assert "Reprint" in said
    assert "Damaged in the post" in said


def test_copies_to_be_printed_make_a_file_of_paper_views(
    portal, staff, inside, provider, staff_viewer
):
    (made,) = issued(portal, inside, provider, staff_viewer, types=CERTIFICATE)
    copies = staff.get("/paper/?tab=to_print").text
    ticked = {"csrf_token": hidden(copies, "csrf_token"), "chosen": "1:1"}
    assert staff.post("/paper/print-file", data=ticked).location.endswith("/downloads/")
    work_off(portal, "export_documents")
    with inside(staff_viewer):
        file = db.session.scalars(select(ExportFile)).one()
        assert (file.kind, file.state, file.count) == ("print", "completed", 1)
        packed = zipfile.ZipFile(io.BytesIO(storage_of(portal.config).get(file.file.key)))
        (name,) = [each for each in packed.namelist() if each.endswith(".pdf")]
        assert document(made).reference in name
        text = "".join(page.extract_text() for page in PdfReader(packed.open(name)).pages)
        assert "Paper view" in text
        assert document(made).reference in text


def test_a_template_is_previewed_refused_or_saved_as_a_version(staff, inside):
    path = "/document-templates/certificate"
    page = staff.get(path).text
    source = inside_textarea(page)
    shown = send(staff, path, source=source, do="preview")
    assert "data:image/png;base64," in shown.text
    broken = send(staff, path, source=source + "\n#panic(", do="save")
    assert broken.status_code == 422
    for hostile in (
        '#import "@preview/cetz:0.2.0": *',
        '#read("/etc/passwd")',
        '#include "../../etc/passwd"',
    ):
        assert send(staff, path, source=hostile, do="save").status_code == 422
    with inside():
        assert db.session.scalar(select(func.count(TemplateVersion.id))) == 3
    saved = send(staff, path, source=source + "\n// wider", do="save", note="A wider margin")
    assert saved.status_code == 302
    assert "A wider margin" in staff.get(path).text
    late = send(staff, path, source=source + "\n// mine", do="save", seen="1")
    assert late.status_code == 409


def inside_textarea(page):
    """Return what stands in the template's field."""
    found = re.search(r'<textarea[^>]*name="source"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    return html.unescape(found[1])


def test_settings_are_changed_and_a_bad_colour_is_refused(staff, inside):
    path = "/document-templates/settings"
    typed = {
        "accent": "blue", "letter": "Well done, {name}.", "verifiable_from-day": "23",
        "verifiable_from-month": "3", "verifiable_from-year": "2020", "old_pattern": "",
        "export_days": "14",
    }  # fmt: skip
    assert send(staff, path, **typed).status_code == 422
    assert send(staff, path, **typed | {"accent": "#005500"}).status_code == 302
    settings = one(inside, select(DocumentSettings))
    assert (settings.accent, settings.export_days) == ("#005500", 14)


def test_keys_and_status_lists_are_public_and_without_cookie(
    portal, client, inside, provider, staff_viewer
):
    issued(portal, inside, provider, staff_viewer, types=CERTIFICATE)
    assert client.get("/status/1").status_code == 404  # not signed yet
    work_off(portal, "sign_status_list")
    for path in ("/.well-known/did.json", "/status/1"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert client.get("/status/2").status_code == 404


def test_providers_reach_none_of_it(sign_in, inside, provider, staff_viewer):
    awarded(inside, provider, staff_viewer)
    client = sign_in("provider@demo.example")
    for path in ("/awards/", "/awards/1", "/documents/", "/paper/", "/document-templates/"):
        assert client.get(path).status_code in (403, 404), path
    with inside():
        assert db.session.scalar(select(func.count(Registration.id))) == 1
