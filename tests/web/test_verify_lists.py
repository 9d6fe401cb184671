"""Many numbers at once: by a confirmed address and by somebody signed in, with a sealed report."""

import io
import re

import pytest
from pypdf import PdfReader

from app.documents.examining import SealFinding
from app.domain.awards.verification import service
from app.domain.awards.verification.models import VerificationRequest
from app.domain.kernel.document_numbers import new_reference
from app.domain.kernel.tables import Letter
from app.domain.kernel.viewer import SYSTEM
from app.errors import ConflictError
from app.extensions import db
from tests.support.documents import work_off
from tests.support.verifying import papers, told
from tests.support.viewers import viewer_of
from tests.web.test_verify import facts_in, verdict

number = pytest.mark.function


@pytest.fixture
def two(portal, inside, provider):
    staff = viewer_of(portal, "staff@demo.example")
    return papers(portal, inside, provider, staff, "Adeyemi", "Zieliński")


@pytest.fixture(autouse=True)
def _anew(portal):
    yield
    portal.extensions["verify_gate"].forget()


def link_of(client, inside, email="hr@employer.example"):
    assert client.post("/verify/list", data={"email": email}).status_code == 200
    with inside(SYSTEM):
        letter = db.session.query(Letter).filter_by(code="verification_link").one()
        assert letter.to_email == email
        return letter.context["link"]


@number("D55")
@pytest.mark.both_databases
def test_a_list_is_checked_for_whoever_confirms_an_address(portal, client, inside, two):
    told(portal, two[1], {"state": "cancelled"})
    link = link_of(client, inside)
    unknown = new_reference()
    lines = [two[0].reference.lower(), two[1].reference, unknown, "AB123456", "rubbish"]
    sent = client.post(link, data={"numbers": "\n".join([*lines, two[0].reference])})
    assert sent.status_code == 303
    assert "Your list is being checked" in client.get(sent.location).text

    assert work_off(portal, service.CHECKING) == 1

    page = client.get(sent.location)
    words = facts_in(page.text)
    assert "The report is ready" in words
    for shown in ("Valid", "Cancelled", "Not one of ours", "Cannot be checked here", "Mistyped"):
        assert shown in words, shown
    assert two[0].holder not in words
    report = client.get(f"{sent.location}/report.pdf")
    assert report.mimetype == "application/pdf"
    text = " ".join(each.extract_text() for each in PdfReader(io.BytesIO(report.data)).pages)
    for said in (two[0].reference, unknown, "hr@employer.example", "Initials of the holder: R. A."):
        assert said in re.sub(r"\s+", " ", text), said
    with portal.app_context():
        from app.views.verify import answers

        seen = answers.look_at(io.BytesIO(report.data))
    assert seen.seal.finding is SealFinding.OURS_INTACT


def test_a_list_belongs_to_its_address(client, inside, two):
    link = link_of(client, inside)
    sent = client.post(link, data={"numbers": two[0].reference})
    place = sent.location.rpartition("/")[2]
    from itsdangerous import URLSafeTimedSerializer

    signer = URLSafeTimedSerializer("for-tests-only", salt="verify list")
    other = signer.dumps("else@employer.example")
    assert client.get(f"/verify/list/{other}/{place}").status_code == 404
    assert client.get(f"/verify/list/{other}/{place}/report.pdf").status_code == 404
    forged = client.get(f"/verify/list/{link.rpartition('/')[2][:-3]}abc")
    assert forged.status_code == 409
    assert "not whole" in forged.text


def test_an_address_that_is_none_is_refused_at_the_field(client):
    answer = client.post("/verify/list", data={"email": "nobody"})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text


def test_letters_to_one_address_are_few(client, portal):
    for _ in range(3):
        assert client.post("/verify/list", data={"email": "a@b.example"}).status_code == 200
    assert client.post("/verify/list", data={"email": "A@b.example"}).status_code == 429


def test_lists_that_try_numbers_out_are_refused_the_next_time(client, inside, portal):
    link = link_of(client, inside)
    numbers = "\n".join(new_reference() for _ in range(120))
    assert client.post(link, data={"numbers": numbers}).status_code == 303
    work_off(portal, service.CHECKING)

    answer = client.post(link, data={"numbers": new_reference()})

    assert answer.status_code == 429
    assert "not ours" in answer.text


def test_a_list_has_at_most_200_numbers_each_once():
    many = [new_reference() for _ in range(201)]
    with pytest.raises(ConflictError, match="At most 200"):
        service.read_list("\n".join(many))
    with pytest.raises(ConflictError, match="no number"):
        service.read_list(" \n ;, ")
    one = many[0]
    assert service.read_list(f"{one}\n{one.lower()};{one.replace('-', ' ')}") == [one]


@number("D55")
def test_a_file_of_numbers_is_read_too(client, inside, portal, two):
    link = link_of(client, inside)
    file = io.BytesIO(f"﻿{two[0].reference}\r\n{two[1].reference}\r\n".encode())
    sent = client.post(link, data={"numbers": "", "list": (file, "numbers.csv")})
    assert sent.status_code == 303
    with inside(SYSTEM):
        (made,) = db.session.query(VerificationRequest)
        assert made.asked == [each.reference for each in two]


@number("D55")
def test_somebody_signed_in_checks_a_list_for_their_organisation(portal, sign_in, two):
    centre = sign_in("provider@demo.example")
    token = centre.csrf_token("/verifications/")
    sent = centre.post("/verifications/", data={"csrf_token": token, "numbers": two[0].reference})
    assert sent.status_code == 303
    work_off(portal, service.CHECKING)

    assert "The report is ready" in centre.get(sent.location).text
    assert centre.get(f"{sent.location}/report.pdf").data.startswith(b"%PDF")
    assert sent.location in centre.get("/verifications/").text
    refused = centre.post("/verifications/", data={"csrf_token": token, "numbers": ""})
    assert refused.status_code == 422
    assert "no number in this list" in refused.text


def test_a_worker_that_was_killed_goes_on_where_it_was(portal, client, inside, two):
    link = link_of(client, inside)
    numbers = [new_reference() for _ in range(60)]
    client.post(link, data={"numbers": "\n".join(numbers)})
    from app.clock import now
    from app.domain.kernel.viewer import VERIFIER
    from app.transaction import transaction

    with inside(VERIFIER), transaction():
        (request,) = db.session.query(VerificationRequest)
        assert service.answer_some(request, now()) == 50

    work_off(portal, service.CHECKING)

    with inside(SYSTEM):
        (request,) = db.session.query(VerificationRequest)
        assert [each["number"] for each in request.answers] == numbers
        assert request.state == "completed"


def test_the_pages_of_lists_are_verdicts_too(client):
    answer = client.post("/verify/list", data={"email": "a@b.example"})
    assert verdict(answer) == "The link is on its way"
