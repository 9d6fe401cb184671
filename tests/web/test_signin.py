"""The door: who comes in, who does not, and what a session is worth."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app import clock
from app.domain.organisations.models import PortalUser
from app.extensions import db
from app.transaction import transaction

PASSWORD = "hallmark-demo"


def try_to_sign_in(client, email, password, address="/login/"):
    token = client.csrf_token("/login/")
    return client.post(address, data={"username": email, "password": password, "csrf_token": token})


@pytest.mark.function("A12")
def test_signing_in_leads_to_the_dashboard(sign_in_by_form):
    client = sign_in_by_form("provider@demo.example")
    page = client.get("/dashboard/")
    assert page.status_code == 200
    assert "Hi, Priya" in page.text


@pytest.mark.parametrize("email", ["PROVIDER@demo.example", " provider@demo.example "])
def test_the_address_may_be_typed_in_any_case(client, email):
    assert try_to_sign_in(client, email, PASSWORD).status_code == 302


@pytest.mark.parametrize("email", ["provider@demo.example", "nobody@demo.example"])
def test_a_wrong_password_says_the_same_for_known_and_unknown(client, email):
    answer = try_to_sign_in(client, email, "wrong")
    assert answer.status_code == 422
    assert "do not fit together" in answer.text
    assert client.get("/dashboard/").status_code == 302


def test_five_wrong_passwords_lock_the_account_for_a_quarter_of_an_hour(
    client, inside, monkeypatch
):
    for _ in range(5):
        try_to_sign_in(client, "provider@demo.example", "wrong")
    assert try_to_sign_in(client, "provider@demo.example", PASSWORD).status_code == 422
    later = clock.now() + timedelta(minutes=16)
    monkeypatch.setattr("app.security.manager.now", lambda: later)
    assert try_to_sign_in(client, "provider@demo.example", PASSWORD).status_code == 302


def test_an_inactive_account_cannot_come_in(client, inside):
    with inside(), transaction():
        statement = select(PortalUser).where(PortalUser.email == "provider@demo.example")
        db.session.scalars(statement).one().active = False
    assert try_to_sign_in(client, "provider@demo.example", PASSWORD).status_code == 422


def test_many_attempts_from_one_address_are_slowed_down(client):
    answers = {try_to_sign_in(client, f"a{n}@demo.example", "wrong").status_code for n in range(31)}
    assert answers == {422, 429}


@pytest.mark.parametrize(
    "target", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(client, target):
    answer = try_to_sign_in(client, "provider@demo.example", PASSWORD, f"/login/?next={target}")
    assert answer.location == "/dashboard/"


def test_signing_in_leads_back_to_where_one_wanted_to_go(client):
    wanted = client.get("/employees/?q=jones")
    assert wanted.status_code == 302
    answer = try_to_sign_in(client, "provider@demo.example", PASSWORD, wanted.location)
    assert answer.location.endswith("/employees/?q=jones")


def test_what_was_planted_before_signing_in_does_not_survive(client):
    with client.session_transaction() as session:
        session["organisation_id"] = 1
    try_to_sign_in(client, "provider@demo.example", PASSWORD)
    with client.session_transaction() as session:
        assert "organisation_id" not in session


def test_a_new_password_ends_every_session(portal, inside, sign_in):
    client = sign_in("provider@demo.example")
    assert client.get("/dashboard/").status_code == 200
    with inside(), transaction():
        statement = select(PortalUser).where(PortalUser.email == "provider@demo.example")
        portal.appbuilder.sm.set_password(db.session.scalars(statement).one(), "another one")
    assert client.get("/dashboard/").status_code == 302


def test_signing_out_is_no_link(sign_in):
    client = sign_in("provider@demo.example")
    assert client.get("/logout/").status_code == 405
    token = client.csrf_token("/dashboard/")
    assert client.post("/logout/", data={"csrf_token": token}).status_code == 302
    assert client.get("/dashboard/").status_code == 302


def test_a_cookie_copied_before_signing_out_is_worth_nothing_afterwards(sign_in, new_client):
    client, thief = sign_in("provider@demo.example"), new_client()
    with client.session_transaction() as ours, thief.session_transaction() as theirs:
        theirs.update(ours)
    assert thief.get("/dashboard/").status_code == 200
    client.post("/logout/", data={"csrf_token": client.csrf_token("/dashboard/")})
    assert thief.get("/dashboard/").status_code == 302


def organisations_of(page):
    return dict(re.findall(r'name="organisation"\s+value="(\d+)".*?<span>([^<]+)<', page, re.S))


@pytest.mark.function("A15")
def test_the_toggle_changes_the_organisation_one_works_for(sign_in):
    client = sign_in("centre@demo.example")
    page = client.get("/dashboard/").text
    choices = organisations_of(page)
    assert len(choices) == 2
    for identity, name in choices.items():
        token = client.csrf_token("/dashboard/")
        data = {"organisation": identity, "csrf_token": token}
        assert client.post("/organisation/", data=data).status_code == 302
        shown = client.get("/dashboard/").text
        assert re.search(rf'hm-tool__text"><span>{re.escape(name)}</span>', shown)


def test_a_foreign_organisation_cannot_be_chosen(sign_in):
    client = sign_in("centre@demo.example")
    token = client.csrf_token("/dashboard/")
    answer = client.post("/organisation/", data={"organisation": "2", "csrf_token": token})
    assert answer.status_code == 403


def test_a_form_without_its_token_is_refused_in_words(sign_in):
    answer = sign_in("provider@demo.example").post("/logout/")
    assert answer.status_code == 400
    assert "open too long" in answer.text


def test_pages_say_no_store_and_a_strict_policy(sign_in):
    page = sign_in("provider@demo.example").get("/dashboard/")
    assert page.headers["Cache-Control"] == "no-store"
    policy = page.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_a_demo_account_never_opens_in_production(portal, client, monkeypatch):
    monkeypatch.setitem(portal.config, "PORTAL_ENV", "production")
    assert try_to_sign_in(client, "provider@demo.example", PASSWORD).status_code == 422
