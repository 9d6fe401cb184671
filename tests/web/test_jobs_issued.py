"""Jobs Issued and pending records: what a centre sees of the batches issued for it."""

import re

import pytest

from app import models
from app.clock import local, now
from app.domain.kernel.document_numbers import new_code
from app.domain.kernel.numbering import take_numbers
from app.domain.kernel.viewer import SYSTEM
from app.extensions import db
from app.transaction import transaction
from tests.support.issued import RIVAL, TITLE, issue
from tests.support.reading import spaced
from tests.support.records import ADA, BEN, LEARNERS, first, give_file, issued


@pytest.fixture
def made(inside):
    return issued(inside)


def change(inside, document_id, state, **values):
    """Let a document stand otherwise; without ``file_id`` it was never made."""
    with inside(SYSTEM), transaction():
        document = db.session.get_one(models.IssuedDocument, document_id)
        document.state = state
        for name, value in values.items():
            setattr(document, name, value)


def told(inside, made, learner=ADA):
    with inside(SYSTEM), transaction():
        name = " ".join(learner)
        db.session.add(
            models.Notice(
                job_id=made.job, registration_id=made.registrations[name],
                person_id=made.people[name], email="ada@example.com", token=new_code(),
                provider_id=db.session.get_one(models.PrintJob, made.job).provider_id,
                state="sent",
            )
        )  # fmt: skip


@pytest.mark.function("D16", "D19", "D20")
def test_the_list_has_the_columns_of_the_guide(priya, inside, made):
    told(inside, made)
    page = priya.get("/jobs-issued/").text
    heads = re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>)?([^<]+)', page)
    assert [head.strip() for head in heads if head.strip()] == [
        "Reference", "Created by", "Records", "Notified", "Status", "Created on",
    ]  # fmt: skip
    words = spaced(page)
    assert re.search(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d - 9 records", words)
    one = issued(inside, {("Dan", "Elsewhere"): "dan@example.com"}, types=("letter",))
    assert " - 1 record " in spaced(priya.get(f"/jobs-issued/{one.job}").text)
    assert "3/9" in words
    assert "Completed" in words
    assert f"{local(now()):%d/%m/%Y}" in words
    assert f'href="/jobs-issued/{made.job}" aria-label="Details' in page


@pytest.mark.function("D17", "D18")
def test_jobs_are_found_by_words_and_by_the_advanced_filter(priya, made):
    page = priya.get("/jobs-issued/").text
    assert 'placeholder="Search for any term..."' in page
    assert ">Filter!</button>" in page
    assert "ti-settings" in page
    assert f'href="/jobs-issued/{made.job}"' in priya.get("/jobs-issued/?q=calder").text
    assert "Nothing matches" in priya.get("/jobs-issued/?q=nowhere").text
    assert "Nothing matches" in priya.get("/jobs-issued/?f_from=01/01/2099").text


@pytest.mark.function("D8")
def test_print_jobs_is_another_name_of_the_list(priya, made):
    assert priya.get("/print-jobs/").location == "/jobs-issued/"
    assert priya.get("/print-jobs/?q=x").location == "/jobs-issued/?q=x"
    assert priya.get(f"/print-jobs/{made.job}").location == f"/jobs-issued/{made.job}"


@pytest.mark.function("D8")
def test_the_menu_has_the_pages_of_documents_for_those_who_may(sign_in):
    page = sign_in("centre@demo.example").get("/dashboard/").text
    for address in ("/jobs-issued/", "/records/", "/pending-records/", "/downloads/",
                    "/document-reports/"):  # fmt: skip
        assert f'href="{address}"' in page
    page = sign_in("office@demo.example").get("/dashboard/").text
    assert 'href="/records/"' in page
    assert 'href="/downloads/"' not in page
    assert 'href="/records/"' not in sign_in("permissions@demo.example").get("/dashboard/").text


@pytest.mark.function("D21", "D22", "D23", "D24", "D25", "D26")
def test_a_job_counts_its_documents_and_lists_them(priya, inside, made):
    change(inside, first(made, BEN, 0), "pending", file_id=None)
    change(inside, first(made, BEN, 1), "failed", file_id=None, failure="The font is missing")
    told(inside, made)
    page = priya.get(f"/jobs-issued/{made.job}").text
    words = spaced(page)
    assert " Back " in words
    assert "Export All" in words
    assert "Documents Requested Notified 3 of 7 completed" in words
    assert "1 Pending 11.11%" in words
    assert "1 Failed 11.11%" in words
    assert "7 Completed 77.78%" in words
    heads = re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>)?([^<]+)', page)
    assert [head.strip() for head in heads if head.strip()] == [
        "Qualification", "Record type", "Student", "Notified", "Status",
    ]  # fmt: skip
    for record_type in ("Certificate", "Transcript", "Individual Letter"):
        assert record_type in words
    assert words.count("Email ✓") == 3
    assert words.count("Not notified") == 4
    assert "Failed The font is missing" in words
    assert TITLE in words


@pytest.mark.function("D26")
def test_the_counters_ask_for_themselves_until_all_is_made(priya, inside, made):
    change(inside, first(made), "pending", file_id=None)
    address = f"/jobs-issued/{made.job}/progress"
    page = priya.get(f"/jobs-issued/{made.job}").text
    assert f'hx-get="{address}"' in page
    assert "8 of 9" in spaced(page)
    part = priya.get(address, headers={"HX-Request": "true"}).text
    assert 'hx-trigger="every 2s"' in part
    with inside(SYSTEM), transaction():
        document = db.session.get_one(models.IssuedDocument, first(made))
        give_file(document)
        document.state = "valid"
    part = priya.get(address, headers={"HX-Request": "true"}).text
    assert "every 2s" not in part
    assert 'hx-target="#hm-list"' in part
    assert "hx-get" not in priya.get(f"/jobs-issued/{made.job}").text.partition("hm-list")[0]


@pytest.mark.function("D23")
def test_documents_of_a_job_are_filtered_within_it(priya, inside, made):
    other = issued(inside, {("Dan", "Elsewhere"): "dan@example.com"})
    base = f"/jobs-issued/{made.job}"
    everything = spaced(priya.get(base).text)
    assert "Ada Lovelace" in everything
    assert "Elsewhere" not in everything
    found = priya.get(f"{base}?f_type=transcript").text
    assert found.count('data-label="Record type"') == 3
    assert "f_job" not in found.partition("hm-chips")[2].partition("</div>")[0]
    assert priya.get(f"{base}?q=lovelace").text.count('data-label="Record type"') == 3
    change(inside, first(made), "failed", file_id=None)
    failed = priya.get(f"{base}?tab=failed").text
    assert failed.count('data-label="Record type"') == 1
    tabs = failed.partition('class="hm-states"')[2].partition("</ul>")[0]
    assert re.findall(r'hm-pill">(\d+)', tabs) == ["9", "0", "1", "8"], "of this job alone"
    assert f'href="{base}?tab=pending"' in failed
    assert priya.get(f"/jobs-issued/{other.job}?tab=failed").text.count("data-label") == 0


def test_a_document_that_was_dropped_is_no_record_and_says_so(priya, inside, made):
    change(inside, first(made), "cancelled", file_id=None)
    words = spaced(priya.get(f"/jobs-issued/{made.job}").text)
    assert "Dropped before it was issued" in words
    assert "8 Completed 88.89%" in words
    assert priya.get(f"/records/{first(made)}").status_code == 404


@pytest.mark.function("D27", "D28")
def test_each_document_has_its_data_and_its_preview(priya, made):
    page = priya.get(f"/jobs-issued/{made.job}").text
    assert f'href="/records/{first(made)}"' in page
    assert f'href="/document-viewer/{first(made)}/paper"' in page


def test_only_staff_try_failed_documents_again(priya, sign_in, inside, made):
    change(inside, first(made), "failed", file_id=None)
    assert "Retry all failed" not in priya.get(f"/jobs-issued/{made.job}").text
    staff = sign_in("staff@demo.example")
    page = staff.get(f"/jobs-issued/{made.job}").text
    if "/documents/ask/retry" not in page:
        pytest.skip("the screens of the awarding body are not reachable yet")
    data = {"csrf_token": staff.csrf_token(f"/jobs-issued/{made.job}"), "every_match": "1",
            "tab": "failed", "f_job": made.job}  # fmt: skip
    asked = staff.post("/documents/ask/retry", data=data)
    assert "1 document" in asked.text


def test_a_rival_sees_nothing_of_it(sign_in, inside, made):
    rival = sign_in("rival@demo.example")
    assert "No jobs here" in rival.get("/jobs-issued/").text
    for address in (f"/jobs-issued/{made.job}", f"/jobs-issued/{made.job}/progress",
                    f"/print-jobs/{made.job}"):  # fmt: skip
        assert rival.get(address).status_code == 404
    theirs = issued(inside, {("Rae", "Rivalson"): "rae@example.com"}, centre=RIVAL)
    assert "Rivalson" in rival.get(f"/jobs-issued/{theirs.job}").text


@pytest.mark.function("D10")
def test_pending_records_are_awards_without_all_of_their_documents(priya, inside):
    waiting = issue(inside, {BEN: "ben@example.com"}, state="pending")
    with inside(SYSTEM), transaction():
        document = db.session.get_one(models.IssuedDocument, first(waiting, BEN))
        other = issue_award_without_documents(document.award)
        number = other.number
    page = spaced(priya.get("/pending-records/").text)
    export = priya.get("/pending-records/export.xlsx").headers["Content-Disposition"]
    assert 'filename="Pending records awaiting issue.xlsx"' in export, "no colon in a file's name"
    assert str(number) in page
    assert "Ben Ito" in page
    assert "Awaiting issue" in page
    making = spaced(priya.get("/pending-records/?tab=making").text)
    assert "Documents being made" in making
    assert making.count("AMS") == 1


def issue_award_without_documents(award):
    """Return another award of the same learner, which waits to be issued."""
    made = models.Award(
        number=take_numbers(db.session(), "award")[0], registration=award.registration,
        person=award.person, provider_id=award.provider_id, title="Another diploma",
        outcome="pass", awarded_on=award.awarded_on, components=[], holder_key=award.holder_key,
        search_text=award.search_text, state="awaiting_issue",
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    return made


def test_a_job_with_all_documents_dropped_counts_none(priya, inside):
    made = issue(inside, LEARNERS, types=("letter",), state="failed")
    with inside(SYSTEM), transaction():
        for ids in made.documents.values():
            db.session.get_one(models.IssuedDocument, ids[0]).state = "cancelled"
    said = spaced(priya.get(f"/jobs-issued/{made.job}").text)
    assert "0 Completed 0.00%" in said
