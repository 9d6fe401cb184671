"""The letters page: who may read what was written, and send it again."""

import re

import pytest
from sqlalchemy import select

from app.domain.kernel.tables import Letter
from app.domain.kernel.viewer import SYSTEM
from app.extensions import db
from app.jobs import worker
from app.transaction import transaction
from tests.support.orders import an_order
from tests.support.reading import spaced
from tests.support.viewers import viewer_of
from tests.support.watch import count_statements

STAFF, FINANCE, PROVIDER = "staff@demo.example", "finance@demo.example", "provider@demo.example"


@pytest.fixture
def letters(portal, inside):
    """Return the ids of the letters of one order, delivered to the mailbox, by their code."""
    with inside(viewer_of(portal, PROVIDER)), transaction():
        an_order(1)
    with inside(SYSTEM):
        worker.drain()
    with inside(SYSTEM):
        return {each.code: each.id for each in db.session.scalars(select(Letter))}


@pytest.mark.function("A25")
def test_staff_read_what_went_out_when_a_registration_was_saved(sign_in, letters):
    text = spaced(sign_in(STAFF).get("/letters/").text)
    assert "Registration saved, to the apprentice or trainee" in text
    assert "Registration saved, to the employer" in text
    assert "Rudy A Bash bash0@example.com" in text
    assert "ann@works.example" in text
    assert text.count("Sent") >= 3


def test_letters_have_tabs_by_state_and_a_search(portal, inside, sign_in, letters):
    with inside(SYSTEM), transaction():
        db.session.get(Letter, letters["order_submitted"]).state = "failed"
    client = sign_in(STAFF)
    failed = spaced(client.get("/letters/?tab=failed").text)
    assert "Letters not delivered" in failed
    assert "Order submitted" in failed
    assert "Rudy A Bash" not in failed
    assert "ann@works.example" in spaced(client.get("/letters/?q=ann+works").text)
    assert "Nothing matches" in client.get("/letters/?q=nobody").text
    for code, shown in (("order_submitted", True), ("bacs_registered", False)):
        page = client.get(f"/letters/?f_code={code}").text
        assert ("accounts@caldervale.example" in page) is shown


def test_a_letter_is_shown_as_its_recipient_reads_it(sign_in, letters):
    client = sign_in(STAFF)
    page = client.get(f"/letters/{letters['registration_saved_person']}")
    text = spaced(page.text)
    assert "To Rudy A Bash, bash0@example.com" in text
    assert "kept in the mailbox" in text
    assert "Dear Rudy A Bash" in text or "Hello Rudy A Bash" in text
    assert 'sandbox=""' in page.text


def test_a_letter_in_its_frame_may_do_nothing(sign_in, letters):
    address = f"/letters/{letters['registration_saved_person']}/content"
    page = sign_in(STAFF).get(address)
    assert page.status_code == 200
    assert "Rudy A Bash" in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'self'" in policy
    assert page.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert page.headers["Cache-Control"] == "no-store"


def test_a_letter_is_sent_again_once_however_often_the_button_is_pressed(
    portal, inside, sign_in, letters
):
    letter = letters["order_submitted"]
    client = sign_in(STAFF)
    page = client.get(f"/letters/{letter}").text
    form = {
        "csrf_token": re.search(r'name="csrf_token"\s+value="([^"]+)"', page)[1],
        "once": re.search(r'name="once"\s+value="([^"]+)"', page)[1],
    }
    for _ in range(2):
        answer = client.post(f"/letters/{letter}/send-again", data=form)
        assert answer.status_code == 303
    with inside(SYSTEM):
        copies = select(Letter).where(Letter.resend_of_id == letter)
        (copy,) = db.session.scalars(copies)
        assert copy.state == "queued"
        assert copy.to_email == "accounts@caldervale.example"
    after = spaced(client.get(f"/letters/{letter}").text)
    assert "The letter goes to accounts@caldervale.example again." in after
    assert "The same letter" in after


def test_who_may_only_read_letters_is_offered_nothing_else(sign_in, letters):
    client = sign_in(FINANCE)
    page = client.get(f"/letters/{letters['order_submitted']}")
    assert page.status_code == 200
    assert "SEND AGAIN" not in page.text
    form = {"csrf_token": client.csrf_token("/dashboard/"), "once": "a"}
    answer = client.post(f"/letters/{letters['order_submitted']}/send-again", data=form)
    assert answer.status_code == 403


@pytest.mark.parametrize("email", [PROVIDER, "employer@demo.example", "learner@demo.example"])
def test_others_have_no_letters_page(sign_in, letters, email):
    client = sign_in(email)
    letter = letters["order_submitted"]
    for path in ("/letters/", f"/letters/{letter}", f"/letters/{letter}/content"):
        assert client.get(path).status_code == 403


def test_the_list_of_letters_asks_the_database_little(sign_in, letters):
    client = sign_in(STAFF)
    client.get("/letters/")
    with count_statements() as seen:
        client.get("/letters/")
    assert len(seen) <= 8, seen
