"""Letters that came back, by webhook and mailbox; and the page that letters lead to."""

import hashlib
import hmac
import json
import mailbox
import re
import subprocess

import pytest
from sqlalchemy import func, select

from app.domain.awards.queries import notices
from app.domain.kernel.tables import Job
from app.extensions import db
from app.jobs import sweeping, worker
from app.jobs.notices import READING
from tests.support.bounces import away, report
from tests.support.issued import issue
from tests.support.notices import ANN, box_of, press, told
from tests.support.reading import spaced

SECRET = "for-tests-only"


@pytest.fixture
def job(inside):
    return issue(inside, {ANN: "sian@example.com"})


@pytest.fixture
def sent(portal, inside, priya, job, monkeypatch):
    """Return the notice of a letter that was sent."""
    monkeypatch.setitem(portal.config, "BOUNCE_SECRET", SECRET)
    press(priya, box_of(job), email="sian@example.com")
    with inside():
        worker.drain()
    (notice,) = told(inside)
    assert notice.state == "sent"
    return notice


def path_of(notice):
    return f"bounces+{notice.token}@hallmark.example"


def signed(body):
    return {"X-Signature": "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}


def bring(client, body, headers, kind="message/rfc822"):
    return client.post("/mail/bounces", data=body, headers=headers, content_type=kind)


@pytest.mark.parametrize("headers", [signed, lambda _body: {"Authorization": f"Bearer {SECRET}"}],
                         ids=["signed", "bearer"])  # fmt: skip
def test_a_mail_service_reports_what_came_back(inside, client, sent, headers):
    body = report(path_of(sent), "sian@example.com")
    for _ in range(2):
        answer = bring(client, body, headers(body))
        assert (answer.status_code, answer.data) == (204, b"")
    (notice,) = told(inside)
    assert (notice.state, notice.outcome) == ("bounced", "550 5.1.1 No such mailbox")
    assert notice.version == sent.version + 1, "twice the same changes nothing"


def test_a_mail_service_may_report_in_json(inside, client, sent):
    said = [
        {"return_path": path_of(sent), "action": "delayed", "status": "4.4.1"},
        {"return_path": path_of(sent).upper(), "action": "Failed", "status": "5.2.2",
         "diagnostic": "552 5.2.2 Mailbox\0 full"},
        {"return_path": 7, "action": None}, "noise", None,
    ]  # fmt: skip
    body = json.dumps(said[:1]).encode()
    assert bring(client, body, signed(body), "application/json").status_code == 204
    assert told(inside)[0].state == "sent"
    body = json.dumps(said).encode()
    assert bring(client, body, signed(body), "application/json").status_code == 204
    (notice,) = told(inside)
    assert (notice.state, notice.outcome) == ("bounced", "552 5.2.2 Mailbox full")


def test_known_and_unknown_letters_are_answered_alike(inside, client, sent):
    answers = []
    for path in (path_of(sent), f"bounces+{'0' * 32}@hallmark.example", "nobody@hallmark.example"):
        for body in (report(path, "a@b.example"), away(path, "a@b.example"), b"", b"\xff\x00"):
            answer = bring(client, body, signed(body))
            answers.append((answer.status_code, answer.data, sorted(answer.headers.keys())))
    assert len({str(each) for each in answers}) == 1
    for body in (b"{", b"[]", b"null", b"7", b'"x"', b"[[1]]"):
        assert bring(client, body, signed(body), "application/json").status_code == 204


def test_forged_reports_are_refused(portal, inside, client, sent, monkeypatch):
    body = report(path_of(sent), "sian@example.com")
    other = report(path_of(sent), "other@example.com")
    for headers in (
        {}, signed(other), {"X-Signature": "sha256="}, {"X-Signature": "ü"},
        {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {SECRET}"},
    ):  # fmt: skip
        assert bring(client, body, headers).status_code == 400, headers
    large = b"x" * 1_000_001
    assert bring(client, large, signed(large)).status_code == 413
    monkeypatch.setitem(portal.config, "BOUNCE_SECRET", "")
    assert bring(client, body, {"Authorization": "Bearer "}).status_code == 404
    assert bring(client, body, signed(body)).status_code == 404
    assert told(inside)[0].state == "sent"


def test_the_worker_reads_the_mailbox_of_what_came_back(
    portal, inside, sent, tmp_path, monkeypatch
):
    folder = mailbox.Maildir(str(tmp_path / "back"), create=True)
    monkeypatch.setitem(portal.config, "BOUNCE_MAIL_URL", f"maildir://{tmp_path / 'back'}")
    folder.add(away(path_of(sent), "sian@example.com"))
    for number in range(25):
        folder.add(report(f"bounces+{number:032x}@hallmark.example", "x@example.com"))
    folder.add(report(path_of(sent), "sian@example.com"))
    with inside():
        worker.drain()
    assert told(inside)[0].state == "bounced"
    assert len(list((tmp_path / "back" / "new").iterdir())) == 0
    assert len(list((tmp_path / "back" / "cur").iterdir())) == 27
    with inside():
        sweeping.due()
        counted = select(func.count(Job.id)).where(Job.kind == READING)
        assert db.session.scalar(counted) == 1, "it is looked into once a minute"


def test_a_mailbox_that_does_not_answer_is_tried_again(portal, inside, tmp_path, monkeypatch):
    monkeypatch.setitem(portal.config, "BOUNCE_MAIL_URL", f"maildir://{tmp_path}/none")
    with inside():
        worker.drain()
    with inside():
        (job,) = db.session.scalars(select(Job).where(Job.kind == READING))
        assert (job.state, job.tries) == ("queued", 1)
        assert "no Maildir folder" in job.error


# For learners --------------------------------------------------------------------------------


@pytest.mark.function("D51", "D52", "D55")
def test_the_link_of_the_letter_leads_to_a_page_that_says_what_is_to_come(client):
    page = client.get("/learner/start")
    text = spaced(page.text)
    assert "Learner Portal: your documents" in text
    assert "enrolment number" in text
    assert "Digital Certification" in text
    assert 'href="/learner/guide.pdf"' in page.text
    assert "<form" not in page.text, "there is nothing to try numbers with"
    assert 'href="/verify/">Validate Record</a>' in page.text
    assert client.get("/verify/").status_code == 200


def test_the_page_is_the_same_whatever_the_address_says(client, inside, job):
    with inside():
        number = next(iter(notices.learners(job.job))).registration.enrolment_number
    pages = [client.get(f"/learner/start{query}") for query in ("", f"?n={number}", "?n=AMS1")]
    plain = {re.sub(r'nonce="[^"]+"', "", each.text) for each in pages}
    assert len(plain) == 1


@pytest.mark.function("D52")
def test_the_guide_is_a_readable_pdf(client, tmp_path, priya):
    answer = client.get("/learner/guide.pdf")
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF")
    (tmp_path / "guide.pdf").write_bytes(answer.data)
    text = subprocess.run(["pdftotext", "-layout", tmp_path / "guide.pdf", "-"],
                          capture_output=True, check=True, text=True).stdout  # fmt: skip
    flat = " ".join(text.split())
    assert "User Guide for Learner Portal" in flat
    assert "Your enrolment number." in flat
    assert "http://localhost/learner/start" in flat
    assert "/learner/guide.pdf" in priya.get("/notices/").text
