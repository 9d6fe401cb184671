"""The dashboard, as each role sees it."""

import re
from datetime import date

import pytest

from app.domain.kernel.viewer import SYSTEM
from app.domain.orders import overview
from app.transaction import transaction
from tests.support.orders import an_order, ready
from tests.support.reading import spaced
from tests.support.viewers import viewer_of
from tests.support.watch import count_statements

PROVIDER = "provider@demo.example"


@pytest.mark.function("A12")
@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("staff@demo.example", "Letters"),
        ("finance@demo.example", "Bank receipts"),
        (PROVIDER, "New Apprentice registration"),
        ("office@demo.example", "Orders requiring attention"),
        ("centre@demo.example", "What needs you"),
        ("permissions@demo.example", "Who may do what"),
    ],
)
def test_everybody_has_a_dashboard_after_signing_in(sign_in_by_form, email, words):
    client = sign_in_by_form(email)

    page = client.get("/", follow_redirects=True)

    assert page.request.path == "/dashboard/"
    assert page.status_code == 200
    assert words in spaced(page.text)


@pytest.mark.function("A13")
def test_the_dashboard_leads_to_everything(sign_in):
    client = sign_in(PROVIDER)
    page = client.get("/dashboard/").text
    links = set(re.findall(r'<li><a href="(/[^"]+)"', page))

    for words in ("From here you can access all the features on the portal.",
                  "New Apprentice registration", "New Trainee registration",
                  "Apprentice registrations requiring attention", "Apprenticeships in progress",
                  "Orders requiring attention", "Employees"):  # fmt: skip
        assert words in spaced(page)
    assert len(links) >= 10
    for link in links:
        assert client.get(link.replace("&amp;", "&")).status_code == 200, link


def test_figures_count_what_waits_and_lead_to_it(portal, inside, sign_in):
    with inside(viewer_of(portal, PROVIDER)), transaction():
        an_order()
    page = sign_in(PROVIDER).get("/dashboard/").text
    tiles = dict(re.findall(r'<a href="([^"]+)" class="hm-tile[^>]*>\s*<span class="hm-tile__fig">'
                            r"<span>(\d+)</span>", page))  # fmt: skip
    assert tiles["/orders/?tab=attention"] == "1"
    assert tiles["/apprenticeships/?tab=attention"] == "0"


def test_nobody_counts_what_belongs_to_others(portal, inside, sign_in):
    with inside(viewer_of(portal, PROVIDER)), transaction():
        an_order()
    page = sign_in("rival@demo.example").get("/dashboard/").text
    assert "none awaits payment" in page
    assert "Nothing has been written yet" in page


def test_recent_letters_are_those_about_the_organisation(portal, inside, sign_in):
    with inside(viewer_of(portal, PROVIDER)), transaction():
        an_order()
    text = spaced(sign_in(PROVIDER).get("/dashboard/").text)
    assert "Order submitted" in text
    assert "Waiting to be sent" in text


def test_months_are_counted_by_kind(portal, inside):
    with inside(viewer_of(portal, PROVIDER)), transaction():
        ready(2)
    with inside(SYSTEM):
        months = overview.registered_by_month(date(2027, 3, 31))
        assert [each.first for each in months][::11] == [date(2026, 4, 1), date(2027, 3, 1)]
        assert sum(each.apprentices + each.trainees for each in months) == 2


def test_an_employer_contact_without_permissions_is_told_whom_to_ask(sign_in):
    text = spaced(sign_in("employer@demo.example").get("/dashboard/").text)
    assert "Nothing needs you" in text
    assert "You have no permissions in Harrow &amp; Pike Electrical Ltd yet" in text


def test_somebody_without_an_organisation_is_told_what_to_do(sign_in):
    text = spaced(sign_in("learner@demo.example").get("/dashboard/").text)
    assert "Your account does not belong to an organisation yet" in text
    assert "What needs you" not in text


def test_a_dashboard_asks_the_database_little(sign_in):
    client = sign_in("staff@demo.example")
    client.get("/dashboard/")
    with count_statements() as seen:
        client.get("/dashboard/")
    assert len(seen) <= 12, seen
