"""Filters saved under a name: on every list, for oneself alone, and forgotten when asked."""

import re

import pytest
from sqlalchemy import select

from app import models
from app.extensions import db


def save(client, name, **asked):
    data = {"csrf_token": client.csrf_token("/records/"), "list_of": "RecordsView", "name": name}
    return client.post("/saved-filters/", data=data | asked)


def menu(client, asked="", of="RecordsView"):
    page = client.get("/records/").text
    assert 'hx-get="/saved-filters/menu?list_of=RecordsView' in page
    return client.get(f"/saved-filters/menu?list_of={of}{asked}").text


def saved(inside):
    with inside():
        return list(db.session.scalars(select(models.SavedFilter)))


@pytest.mark.function("D18", "D31")
def test_what_is_asked_is_kept_under_a_name(priya, inside):
    page = priya.get("/records/?f_type=letter&sort=holder_key").text
    assert 'data-hm-open="hm-save-filter"' in page
    answer = save(priya, "  All   letters ", f_type="letter", sort="holder_key", tab="all")
    assert answer.location == "/records/?tab=all&sort=holder_key&f_type=letter"
    (kept,) = saved(inside)
    assert kept.name == "All letters"
    listed = menu(priya)
    link = 'href="/records/?tab=all&amp;sort=holder_key&amp;f_type=letter"'
    assert link in listed
    assert f"{link} aria-current" not in listed
    used = menu(priya, "&f_type=letter&sort=holder_key&tab=all")
    assert re.search(r'aria-current="true"[^<]*<i[^<]*</i><span>All letters', used)
    assert "All letters" not in menu(priya, of="JobsIssuedView")


def test_the_same_name_replaces_what_it_stood_for(priya, inside):
    save(priya, "Mine", f_type="letter")
    save(priya, "mine", f_type="transcript")
    (kept,) = saved(inside)
    assert kept.asked["f_type"] == "transcript"


def test_a_filter_needs_a_name(priya, inside):
    answer = save(priya, " ")
    assert answer.status_code == 422
    assert "Give the filter a name" in answer.text
    assert save(priya, "x" * 61).status_code == 422
    assert saved(inside) == []
    page = priya.get("/saved-filters/new?list_of=RecordsView&f_type=letter").text
    assert 'name="f_type" value="letter"' in page


def test_each_keeps_their_own_and_removes_only_those(priya, sign_in, inside):
    save(priya, "Mine")
    (kept,) = saved(inside)
    for email in ("office@demo.example", "staff@demo.example", "rival@demo.example"):
        other = sign_in(email)
        assert "Mine" not in menu(other)
        data = {"csrf_token": other.csrf_token("/records/"), "list_of": "RecordsView",
                "saved": kept.id}  # fmt: skip
        assert other.post("/saved-filters/remove", data=data).status_code == 404
    assert len(saved(inside)) == 1
    data = {"csrf_token": priya.csrf_token("/records/"), "list_of": "RecordsView",
            "saved": kept.id, "tab": "valid"}  # fmt: skip
    gone = priya.post("/saved-filters/remove", data=data)
    assert gone.location == "/records/?tab=valid&sort=-issued_key"
    assert saved(inside) == []


def test_a_list_that_one_may_not_open_is_not_there(sign_in):
    office = sign_in("office@demo.example")
    data = {"csrf_token": office.csrf_token("/records/"), "list_of": "DownloadsView", "name": "x"}
    assert office.post("/saved-filters/", data=data).status_code == 404
    assert office.post("/saved-filters/", data=data | {"list_of": "Nowhere"}).status_code == 404
