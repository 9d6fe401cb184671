"""Validate Record and Smart Verify: what anyone is told by number and by code."""

import json
import re
from datetime import date, timedelta

import pytest

from app.clock import now
from app.domain.awards.models import IssuedDocument
from app.domain.awards.service import ending
from app.domain.kernel.document_numbers import new_code, new_reference
from app.domain.kernel.tables import RateCount
from app.domain.kernel.viewer import SYSTEM
from app.extensions import db
from app.transaction import transaction
from tests.support.documents import work_off
from tests.support.verifying import papers, told
from tests.support.viewers import viewer_of

number = pytest.mark.function


@pytest.fixture
def staff(portal):
    return viewer_of(portal, "staff@demo.example")


@pytest.fixture
def paper(portal, inside, provider, staff):
    return papers(portal, inside, provider, staff)[0]


def end(inside, staff, paper, how, **more):
    with inside(staff), transaction():
        row = db.session.get_one(IssuedDocument, paper.id)
        getattr(ending, how)([row], None, at=now(), reason="Issued by mistake", **more)


def verdict(answer):
    found = re.search(r"<h1>(.*?)</h1>", answer.text)
    assert found, answer.text
    return found[1]


def facts_in(page):
    """Return the words of a page without markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


# By number -------------------------------------------------------------------------------------


@number("D54", "D55")
@pytest.mark.both_databases
def test_a_number_tells_the_status_and_the_initials_and_no_more(client, paper):
    answer = client.get(f"/verify/{paper.reference}")

    assert answer.status_code == 200
    assert verdict(answer) == "Valid"
    assert paper.reference in answer.text
    assert "R. O." in answer.text
    for private in (paper.holder, paper.holder.split()[-1], paper.title):
        assert private not in answer.text


@number("D55")
@pytest.mark.parametrize("form", ["lower", "spaced", "bare", "typo"])
def test_a_number_is_understood_however_it_is_typed(client, paper, form):
    typed = {
        "lower": paper.reference.lower(),
        "spaced": f"  {paper.reference.replace('-', ' ')} ",
        "bare": paper.reference.replace("-", ""),
        "typo": paper.reference.replace("0", "O").replace("1", "l"),
    }[form]

    answer = client.get("/verify/", query_string={"number": typed})

    assert answer.status_code == 303
    assert answer.location == f"/verify/{paper.reference}"


@number("D55", "D59")
def test_each_end_of_a_document_is_told_at_once(client, paper, inside, staff, portal):
    end(inside, staff, paper, "expire")
    assert verdict(client.get(f"/verify/{paper.reference}")) == "Expired"
    end(inside, staff, paper, "cancel")
    answer = client.get(f"/verify/{paper.reference}")
    assert verdict(answer) == "Cancelled"
    assert "Issued by mistake" not in answer.text


@number("D55", "D59")
def test_a_replaced_document_names_its_successor(client, paper, inside, staff, portal):
    with inside(staff), transaction():
        ending.replace(db.session.get_one(IssuedDocument, paper.id), at=now(), reason="Misspelt")
    assert verdict(client.get(f"/verify/{paper.reference}")) == "Valid"

    work_off(portal)

    answer = client.get(f"/verify/{paper.reference}")
    assert verdict(answer) == "Replaced"
    successor = re.search(r'href="/verify/([0-9A-Z-]{16})"', answer.text)[1]
    assert successor != paper.reference
    assert verdict(client.get(f"/verify/{successor}")) == "Valid"


@number("D59")
def test_a_document_expires_on_its_day_though_no_worker_noted_it(client, paper, portal):
    told(portal, paper, {"expires_on": date(2020, 1, 1)})
    assert verdict(client.get(f"/verify/{paper.reference}")) == "Expired"
    told(portal, paper, {"expires_on": now().date() + timedelta(2)})
    assert verdict(client.get(f"/verify/{paper.reference}")) == "Valid"


@number("D55")
def test_a_number_that_is_not_ours_is_told_apart_from_a_mistyped_one(client):
    unknown = client.get(f"/verify/{new_reference()}")
    assert unknown.status_code == 404
    assert verdict(unknown) == "Not one of ours"

    wrong = new_reference()
    wrong = wrong[:-1] + ("0" if wrong[-1] != "0" else "1")
    mistyped = client.get(f"/verify/{wrong}")
    assert mistyped.status_code == 422
    assert verdict(mistyped) == "Mistyped"
    assert "check character does not fit" in mistyped.text
    assert "I, L and O stand for 1, 1 and 0" in mistyped.text
    assert "too short" in client.get(f"/verify/{wrong[:-3]}").text
    assert "too long" in client.get(f"/verify/{wrong}7").text


@number("D56")
@pytest.mark.parametrize("typed", ["AB123456", "ab123456", "AB 123456"])
def test_an_older_number_cannot_be_checked_here_and_is_not_called_invalid(client, typed):
    answer = client.get("/verify/", query_string={"number": typed})

    assert verdict(answer) == "Cannot be checked here"
    assert "issued since 23 March 2020" in answer.text
    words = facts_in(answer.text).casefold()
    assert "invalid" not in words
    assert "says nothing against it" in words


@number("D56")
def test_the_cut_off_day_is_a_setting(client, paper, inside, portal):
    with inside(SYSTEM), transaction():
        from app.domain.awards import queries

        queries.settings().verifiable_from = date(2999, 1, 1)
        queries.settings().old_pattern = "OLD[0-9]+"
    portal.extensions["verify_desk"].forget()

    assert verdict(client.get(f"/verify/{paper.reference}")) == "Cannot be checked here"
    assert verdict(client.get("/verify/OLD77")) == "Cannot be checked here"
    assert verdict(client.get("/verify/AB123456")) == "Mistyped"
    portal.extensions["verify_desk"].forget()


@number("D55")
def test_machines_are_told_what_people_are(client, paper):
    answer = client.get(f"/verify/{paper.reference}.json")

    said = json.loads(answer.text)
    assert said["status"] == "valid"
    assert said["initials"] == "R. O."
    assert said["number"] == paper.reference
    assert set(said) == {"number", "status", "meaning", "checked_at", "initials"}
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert json.loads(client.get(f"/verify/{new_reference()}.json").text)["status"] == "unknown"


def test_markup_in_a_number_stays_words(client):
    answer = client.get("/verify/", query_string={"number": '<script>alert("1")</script>'})

    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;" in answer.text
    for strange in ("%00", "\ue000typed\ue001", "%F0%9F%92%A9", "x" * 290, "%ff", "..", "名前"):
        assert client.get(f"/verify/{strange}").status_code in (404, 422), strange


# What caches and browsers may keep ---------------------------------------------------------------


@number("D55")
def test_what_names_nobody_may_be_kept_for_half_a_minute_and_says_its_time(client, paper):
    answer = client.get(f"/verify/{paper.reference}")

    assert answer.headers["Cache-Control"] == "public, max-age=30"
    assert re.search(r"\d{1,2} \w+ 20\d\d at \d\d:\d\d:\d\d", answer.text)
    assert client.get(f"/verify/{new_reference()}").headers["Cache-Control"] == "no-store"


def test_no_page_sets_or_reads_a_cookie(portal, sign_in, paper):
    signed_in = sign_in("staff@demo.example")
    for road in ("/verify/", f"/verify/{paper.reference}", paper.road, "/verify/list"):
        answer = signed_in.get(road)
        assert "Set-Cookie" not in answer.headers, road
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_what_names_somebody_is_kept_nowhere(client, paper):
    for road in (paper.road, f"{paper.road}/page/1.webp", f"{paper.road}/document.pdf"):
        answer = client.get(road)
        assert answer.status_code == 200, road
        assert answer.headers["Cache-Control"] == "no-store"


# By code ---------------------------------------------------------------------------------------


@number("D57", "D58", "D59")
@pytest.mark.both_databases
def test_a_code_shows_the_document_with_its_key_facts(client, paper):
    answer = client.get(paper.road)

    assert answer.status_code == 200
    assert verdict(answer) == "Valid"
    words = facts_in(answer.text)
    assert "The paper in your hand must read" in words
    for said in (paper.holder, paper.title, "Merit", "glued on a false paper"):
        assert said in words, said
    picture = client.get(re.search(r'<img src="([^"]+)"', answer.text)[1])
    assert picture.mimetype == "image/webp"
    assert picture.data[8:12] == b"WEBP"
    assert client.get(f"{paper.road}/document.pdf").data == paper.pdf


@number("D57")
def test_the_address_of_a_code_is_read_in_any_case_and_typed_into_the_box(client, paper):
    assert verdict(client.get(paper.road.lower())) == "Valid"
    answer = client.get("/verify/", query_string={"number": paper.address.lower()})
    assert answer.status_code == 303
    assert answer.location == paper.road


@number("D58", "D59")
def test_a_code_shows_how_the_document_stands_now(client, paper, inside, staff):
    end(inside, staff, paper, "cancel")

    answer = client.get(paper.road)

    assert verdict(answer) == "Cancelled"
    assert "hv-stamp" in answer.text
    assert client.get(f"{paper.road}/document.pdf").status_code == 404


@number("D57")
def test_a_code_that_was_made_up_shows_nothing(client, paper):
    reference, code, proof = paper.road.removeprefix("/V/").split(".")
    other = new_code().replace("-", "")
    for road in (f"/V/{reference}.{other}.{proof}", f"/V/{reference}.{other}"):
        answer = client.get(road)
        assert verdict(answer) == "Not one of ours"
        assert paper.holder not in answer.text
        assert "R. O." not in answer.text
    assert verdict(client.get(f"/V/{code}")) == "Cannot be read"
    gone = client.get(f"/V/{new_reference().replace('-', '')}.{code}.{proof}")
    assert verdict(gone) == "Not one of ours"


@number("D57")
def test_a_code_without_record_is_believed_by_no_signature_alone(client, paper, inside):
    with inside(SYSTEM), transaction():
        from app.domain.awards.models import VerificationFact

        db.session.delete(db.session.get_one(VerificationFact, paper.reference))
    answer = client.get(paper.road)
    assert verdict(answer) == "Not one of ours"
    assert "The signature in this code is ours, but we have no record" in answer.text


# Limits ----------------------------------------------------------------------------------------


@pytest.fixture
def from_address(portal, new_client):
    """Return a way to ask from an address that no other test uses."""
    gate = portal.extensions["verify_gate"]

    def ask(road, address, **more):
        return new_client().get(road, environ_base={"REMOTE_ADDR": address}, **more)

    yield ask
    gate.forget()


@number("D55")
@pytest.mark.both_databases
def test_trying_numbers_out_is_refused_after_a_few(from_address, paper, inside):
    for _ in range(20):
        assert from_address(f"/verify/{new_reference()}", "198.51.100.7").status_code == 404
    answer = from_address(f"/verify/{new_reference()}", "198.51.100.7")

    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 900
    assert "Too many numbers were tried" in answer.text
    assert from_address(f"/verify/{paper.reference}", "198.51.100.7").status_code == 429
    refused = from_address(f"/verify/{paper.reference}.json", "198.51.100.7")
    assert refused.status_code == 429
    assert refused.is_json
    assert from_address(f"/verify/{paper.reference}", "203.0.113.9").status_code == 200
    with inside():
        counts = {row.bucket: row.count for row in db.session.query(RateCount)}
    assert counts["verify misses 198.51.100.7"] == 21
    assert counts["verify misses 198.51.100.0/24"] == 21


def test_who_holds_a_code_is_answered_whoever_else_tried_numbers_out(from_address, paper):
    for _ in range(21):
        from_address(f"/verify/{new_reference()}", "198.51.100.8")
    assert from_address(paper.road, "198.51.100.8").status_code == 200
    wrong = f"/V/{paper.reference.replace('-', '')}.{new_code().replace('-', '')}"
    assert from_address(wrong, "198.51.100.8").status_code == 429


def test_an_ipv6_network_counts_as_one_address(from_address):
    for last in range(20):
        from_address(f"/verify/{new_reference()}", f"2001:db8:1:2::{last:x}")
    assert from_address(f"/verify/{new_reference()}", "2001:db8:1:2:ffff::1").status_code == 429
    assert from_address(f"/verify/{new_reference()}", "2001:db8:1:3::1").status_code == 404


def test_mistyping_is_no_attack(from_address):
    for _ in range(50):
        assert from_address("/verify/7KQ2-M9XA-V4TB-5", "198.51.100.10").status_code == 422


def test_another_process_knows_of_the_misses(portal, from_address):
    from app.views.verify.gate import Gate

    for _ in range(20):
        from_address(f"/verify/{new_reference()}", "198.51.100.11")
    other = Gate(portal.extensions["verify_desk"].quick)
    assert other.wait("misses", "198.51.100.11") == 0
    assert other.count("misses", "198.51.100.11") > 0


def test_many_different_numbers_are_asked_for_by_a_list(portal, from_address, paper):
    gate = portal.extensions["verify_gate"]
    for place in range(121):
        gate.count("numbers", "198.51.100.12", str(place))
    assert from_address(f"/verify/{paper.reference}", "198.51.100.12").status_code == 429
    for _ in range(200):
        gate.count("numbers", "198.51.100.13", paper.reference)
    assert from_address(f"/verify/{paper.reference}", "198.51.100.13").status_code == 200


# Failures --------------------------------------------------------------------------------------


def test_a_pattern_that_staff_mistyped_ends_nothing(client, inside, portal):
    with inside(SYSTEM), transaction():
        from app.domain.awards import queries

        queries.settings().old_pattern = "[A-Z"
    portal.extensions["verify_desk"].forget()
    assert verdict(client.get("/verify/AB123456")) == "Mistyped"
    portal.extensions["verify_desk"].forget()


def test_a_code_is_not_judged_while_the_database_fails(client, portal, paper, monkeypatch):
    def fail(*_):
        raise RuntimeError("gone")

    assert client.get(paper.road).status_code == 200
    monkeypatch.setattr(portal.extensions["verify_desk"].quick, "rows", fail)
    portal.extensions["verify_desk"].forget()
    answer = client.get(paper.road)
    assert answer.status_code == 503
    assert verdict(answer) == "Not checked"
    assert "says nothing about the document" in answer.text


def test_a_database_that_fails_says_nothing_about_a_document(client, portal, monkeypatch, caplog):
    def fail(*_):
        raise RuntimeError("gone")

    monkeypatch.setattr(portal.extensions["verify_desk"].quick, "rows", fail)
    answer = client.get(f"/verify/{new_reference()}")

    assert answer.status_code == 503
    assert "says nothing about the document" in answer.text
    assert "could not be checked" in caplog.text
