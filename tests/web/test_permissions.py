"""Permissions: each has its icon and meaning, a full one is the sum, guards ask for them."""

import re

import html5lib
import pytest

from app.domain.kernel.permissions import COMPOSITES, Permission
from app.views.menu import TABS
from tests.support.people import somebody

P = Permission
CALDER = "Calder Vale Training Ltd"

SINGLE = {
    "A103": P.VIEW_EMPLOYEES, "A104": P.VIEW_PURCHASES, "A105": P.VIEW_APPLICATIONS,
    "A106": P.RESET_PASSWORDS, "A107": P.USE_FUNDS, "A108": P.COMPLETE_PURCHASES,
    "A109": P.CHANGE_EMPLOYEES, "A110": P.FILL_IN_APPLICATIONS, "A111": P.ADD_USERS,
    "A112": P.ADD_EMPLOYEES, "A113": P.CREATE_PURCHASES, "A114": P.REMOVE_USERS,
    "A115": P.REMOVE_EMPLOYEES, "A116": P.CHANGE_PERMISSIONS, "A117": P.ADD_TO_PURCHASES,
    "A118": P.ENDORSE_SUPERVISOR, "A119": P.ENDORSE_GRADING, "A120": P.CONTRACT_WORKERS,
    "A121": P.ADD_SUBCONTRACTORS, "A122": P.CREATE_CONTRACTS, "A123": P.VIEW_CONTRACTS,
    "A124": P.CREATE_GROUPS, "A125": P.EDIT_EMPLOYER,
}  # fmt: skip
FULL = dict(zip(("A97", "A98", "A99", "A100", "A101", "A102"), COMPOSITES, strict=True))


def marked(numbers):
    return [
        pytest.param(what, marks=pytest.mark.function(number), id=number)
        for number, what in numbers.items()
    ]


def held_by(page, name):
    """Return the labels of what the grid says that somebody holds."""
    document = html5lib.parse(page, namespaceHTMLElements=False)
    for row in document.iter("tr"):
        head = row.find("th")
        if head is not None and name in "".join(head.itertext()):
            cells = [span for span in row.iter("span") if span.get("title")]
            return {c.get("title") for c in cells if "is-held" in c.get("class", "")}
    raise AssertionError(f"{name} is not in the grid")


@pytest.mark.parametrize("permission", marked(SINGLE))
def test_each_permission_is_explained_with_its_icon(sign_in, permission):
    page = sign_in("office@demo.example").get("/permissions/").text
    icon = "QS" if permission.icon == "QS" else f"ti-{permission.icon}"
    entry = re.search(rf"<li>((?!</li>).)*{re.escape(permission.label)}.*?</li>", page, re.S)
    assert entry
    assert icon in entry[0]
    assert permission.sentence.replace("'", "&#39;") in entry[0]


@pytest.mark.parametrize("permission", marked(SINGLE))
def test_the_grid_shows_who_holds_a_permission(portal, sign_in, permission):
    one = somebody(portal, "one@demo.example", {permission}, CALDER)
    page = sign_in("permissions@demo.example").get("/permissions/who/").text
    assert one
    assert held_by(page, "Test Person") == {permission.label}


@pytest.mark.function("A126")
@pytest.mark.parametrize("group", marked(FULL))
def test_a_full_permission_is_held_when_all_its_parts_are(portal, sign_in, group):
    somebody(portal, "all@demo.example", group.parts, CALDER)
    client = sign_in("permissions@demo.example")
    labels = {part.label for part in group.parts}
    assert held_by(client.get("/permissions/who/").text, "Test Person") == labels | {group.label}


@pytest.mark.parametrize("group", COMPOSITES, ids=lambda group: group.label)
def test_a_full_permission_is_not_held_when_one_part_is_missing(portal, sign_in, group):
    somebody(portal, "most@demo.example", group.parts[1:], CALDER)
    page = sign_in("permissions@demo.example").get("/permissions/who/").text
    assert group.label not in held_by(page, "Test Person")


def pages_of(permission):
    return sorted({
        (entry.endpoint, entry.values)
        for tab in TABS
        for entry in tab.entries
        if entry.permission is permission
    })  # fmt: skip


WITH_PAGES = [p for p in Permission if pages_of(p)]


@pytest.mark.parametrize("permission", WITH_PAGES, ids=lambda p: p.code)
def test_the_menu_shows_and_opens_exactly_what_a_permission_opens(portal, sign_in, permission):
    place = "Wrenfield Awards" if permission in STAFF_ONLY else CALDER
    client = sign_in(somebody(portal, "one@demo.example", {permission}, place))
    menu = client.get("/dashboard/").text
    with portal.test_request_context():
        from flask import url_for

        for other in WITH_PAGES:
            for endpoint, values in pages_of(other):
                address = url_for(endpoint, **dict(values))
                shown = f'href="{address.replace("&", "&amp;")}"' in menu
                status = client.get(address).status_code
                assert shown == (other is permission), (other, address)
                assert status == (200 if other is permission else 403), (other, address)


STAFF_ONLY = {
    P.ALLOCATE_RECEIPTS, P.READ_LETTERS, P.SEND_LETTERS, P.EDIT_CATALOGUE, P.MAKE_AWARDS,
}  # fmt: skip


def test_a_refusal_says_what_is_needed(sign_in):
    answer = sign_in("office@demo.example").get("/employees/")
    assert answer.status_code == 403
    assert "Can View Employees" in answer.text
    assert "Request id" in answer.text


def test_somebody_without_any_permission_sees_no_tabs_but_the_open_ones(sign_in):
    page = sign_in("learner@demo.example").get("/dashboard/").text
    assert "/orders/" not in page
    assert "/apprenticeships/" not in page


def test_a_membership_withdrawn_counts_at_the_next_request(portal, inside, sign_in):
    from sqlalchemy import delete

    from app.domain.organisations.models import Membership, membership_roles
    from app.extensions import db
    from app.transaction import transaction

    client = sign_in("provider@demo.example")
    assert client.get("/employees/").status_code == 200
    with inside(), transaction():
        db.session.connection().execute(delete(membership_roles))
        db.session.connection().execute(delete(Membership.__table__))
    assert client.get("/employees/").status_code == 403
