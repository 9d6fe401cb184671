"""What no page sends: impossible ids, cursors, signs and sizes are refused, never a failure."""

import base64
import json
import re

import pytest
from werkzeug.exceptions import NotFound
from werkzeug.routing import RequestRedirect

from app.domain.kernel.viewer import SYSTEM
from app.transaction import transaction
from app.views.base import PortalModelView
from tests.support.people import somebody
from tests.tenancy.attacker import almighty, attacker
from tests.tenancy.routes import list_of, row_routes
from tests.tenancy.rows import OWN, plant

NO_IDS = ["-1", "1e3", "1.5", "٣", "0x1", str(2**31), str(2**63), "9" * 400, "1\0", "1;", "+1"]
TEXTS = [
    "\0", "a\0b", "'", '"" AND NOT', "%_\\", "9" * 3000, str(2**63), "-1", "1e999",
    "\u202e\ufffd", "; drop table orders",
]  # fmt: skip
POSITIONS = [
    [None, 1, 1], [[], 1, 1], [{}, 1, 1], ["a\0", 1, 1], ["\ud800", 1, 1], [2**70, 1, 1],
    [float("inf"), 1, 1], [float("nan"), 1, 1], ["x", 2**70, 1], ["x", 1, 2**70], ["x", 1, -1],
    ["x", float("inf"), 1], ["0001-01-01T00:00:00+14:00", 1, 1], ["9999-12-31T23:59:59", 1, 1],
    ["2026-01-01", 1, 1], [True, 1, 1], [1, 1], 7, {"a": 1}, [-(2**70), 1, 1], ["x", "y", "z"],
]  # fmt: skip

both_databases = pytest.mark.both_databases


def lists_of(portal):
    """Return the endpoints of every generated list, of its JSON and of its export."""
    return sorted(
        endpoint
        for endpoint in portal.view_functions
        if endpoint.endswith((".list", ".export"))
        and isinstance(list_of(portal, endpoint), PortalModelView)
    )


def address(portal, endpoint, **values):
    with portal.test_request_context():
        form = {"form": "csv"} if endpoint.endswith(".export") else {}
        return portal.url_for(endpoint, **form, **values)


@both_databases
def test_no_parameter_makes_a_list_fail(portal):
    client, failed = almighty(portal), []
    for endpoint in lists_of(portal):
        if not endpoint.endswith("View.list"):
            continue
        names = [f"f_{each.name}" for each in list_of(portal, endpoint).filters]
        for text in TEXTS:
            values = dict.fromkeys(["q", "open", "order", "size", "tab", "sort", *names], text)
            answer = client.get(address(portal, endpoint, **values))
            if answer.status_code >= 500:
                failed.append(f"{endpoint} {text[:20]!r}: {answer.status}")
    assert not failed


@both_databases
def test_no_cursor_makes_a_list_fail(portal):
    """For one list of each type that lists are sorted by."""
    client, failed = almighty(portal), []
    packed = [base64.urlsafe_b64encode(json.dumps(each).encode()).decode() for each in POSITIONS]
    packed += ["A", "====", base64.urlsafe_b64encode(b"[" * 2500).decode()]
    by_type = {
        column.sort.type.python_type: (endpoint, column.key)
        for endpoint in lists_of(portal)
        if endpoint.endswith("Api.list")
        for column in list_of(portal, endpoint).columns
        if column.sort is not None
    }
    assert len(by_type) >= 4
    for endpoint, sort in by_type.values():
        for text in packed:
            answer = client.get(address(portal, endpoint, sort=sort, after=text))
            if answer.status_code >= 500:
                failed.append(f"{endpoint} by {sort} {text[:40]}: {answer.status}")
    assert not failed


def test_an_impossible_id_in_an_address_is_no_page(portal):
    """It does not even reach the database."""
    addresses = portal.url_map.bind("localhost")
    for route in row_routes(portal):
        path = route.path(portal, 1_234_567_890)
        assert addresses.match(path, method=route.method)[0] == route.endpoint
        for text in NO_IDS:
            with pytest.raises((NotFound, RequestRedirect)):
                addresses.match(path.replace("1234567890", text), method=route.method)


FIELDS = (
    "chosen", "every_match", "order", "person", "use_person", "link_person", "photo_ticket",
    "scheme", "pathway", "employer", "employer_name", "once", "version", "person_version",
    "invoice_to", "deliver_to", "organisation", "number", "list_of", "reference", "amount",
    "customer_reference", "surname", "first_names", "find", "second", "token", "asked_before",
    "product_id", "scheme_id", "username", "q", "tab", "sort", "payer", "narrative",
    "on-day", "on-month", "on-year", "birth_date-day", "start_date-year",
)  # fmt: skip


def posts(portal):
    """Return the address of every route that takes a POST, by endpoint."""
    found = {}
    for rule in portal.url_map.iter_rules():
        if "POST" in rule.methods and rule.endpoint != "WebhooksView.take":
            values = {name: "finalise" if name == "move" else 1 for name in rule.arguments}
            found[rule.endpoint] = rule.build(values)[1]
    return found


@both_databases
def test_nothing_that_is_posted_makes_a_page_fail(portal, inside):
    """Once in all fields, once only where nothing is refused before the database is asked."""
    with inside(SYSTEM), transaction():
        plant(OWN, "Ownrow")
    client, failed = almighty(portal), []
    for endpoint, path in posts(portal).items():
        if endpoint.startswith(("TraineesView", "SignInView.logout")):  # as the apprentices'
            continue
        for text in ("\0", "9" * 30, "99999999999999999:1", " :1", "-1"):
            few = {"chosen": text, "number": "2", "on-day": "1", "on-month": "1",
                   "on-year": "2026", "list_of": "ApprenticesView", "order": text}  # fmt: skip
            for body in (dict.fromkeys(FIELDS, text), few):
                answer = client.send(path, "POST", body)
                if answer.status_code >= 500:
                    failed.append(f"{endpoint} {text[:20]!r} {len(body)}: {answer.status}")
    assert not failed


def test_ten_thousand_ticks_are_refused_in_words(portal):
    client = attacker(portal, "provider@demo.example")
    chosen = [f"{number}:1" for number in range(1, 10_001)]
    answer = client.send("/apprenticeships/ask/finalise", "POST", {"chosen": chosen})
    assert answer.status_code == 409
    assert "at most 2,000" in answer.text


def test_a_text_that_is_too_long_is_refused_in_words(portal):
    client = attacker(portal, "provider@demo.example")
    answer = client.send("/apprenticeships/new", "POST", {"surname": "a" * 20_000})
    assert answer.status_code == 422
    assert "This has 20000 characters; at most" in answer.text


def test_five_megabytes_in_a_field_are_refused(portal):
    client = attacker(portal, "provider@demo.example")
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        body = {"surname": "a" * 5_000_000, "csrf_token": client.token()}
        answer = client.post("/apprenticeships/new", content_type=kind, data=body)
        assert answer.status_code == 413, kind


def test_a_long_password_costs_no_more_than_a_short_one(portal):
    """A form takes at most half a megabyte; hashing more would be a way to keep the portal busy."""
    client = attacker(portal, None)
    body = {"username": "provider@demo.example", "password": "a" * 5_000_000}
    assert client.send("/login/", "POST", body).status_code == 413


def test_names_that_are_markup_stay_text(portal, inside):
    """In every page that shows an own row or a list of them."""
    hostile = '"><img src=x onerror=alert(1)>'
    with inside(SYSTEM), transaction():
        own = plant(OWN, "Ownrow")
        order, person, letter = (own.rows[name] for name in ("Order", "Person", "Letter"))
        person.first_names = person.surname = hostile
        order.customer_reference = order.delivery_attention = hostile
        order.accounts_contact_name = hostile
        letter.context = {
            **letter.context,
            "recipient_name": hostile,
            "customer_reference": hostile,
        }
        own.rows["Receipt"].payer = own.rows["Receipt"].narrative = hostile
        own.rows["StoredFile"].name = hostile
        own.organisation.name = hostile[:60]
        for row in own.all:
            if hasattr(row, "employer_contact_name"):
                row.employer_contact_name = row.office_contact = hostile
        own.rows["Employment"].employer.name = hostile
        ids = {str(r): r.row_of(own) for r in row_routes(portal) if not r.is_shared}
    raw, shown = re.compile(r"<img src=x"), 0
    for email in ("provider@demo.example", "staff@demo.example", "finance@demo.example"):
        client = attacker(portal, email)
        pages = [
            address(portal, endpoint) for endpoint in lists_of(portal) if "Api" not in endpoint
        ]
        pages += [r.path(portal, ids[str(r)]) for r in row_routes(portal)
                  if str(r) in ids and r.method == "GET"]  # fmt: skip
        for path in ["/dashboard/", "/permissions/who/", *pages]:
            answer = client.get(path)
            if answer.mimetype == "text/html":
                assert not raw.search(answer.text), f"{email} {path}"
                shown += answer.text.count("&lt;img src=x")
    assert shown > 50


def test_no_cell_of_an_export_is_a_formula(portal, inside):
    with inside(SYSTEM), transaction():
        own = plant(OWN, "Ownrow")
        own.rows["Order"].customer_reference = '=HYPERLINK("http://evil.example","x")'
        own.rows["Registration"].office_contact = "@SUM(1+1)"
        own.rows["Receipt"].payer = "-2+3"
        own.rows["Receipt"].narrative = "\t=1"
    found = ""
    for email in ("staff@demo.example", "finance@demo.example"):
        client = attacker(portal, email)
        for endpoint in lists_of(portal):
            if endpoint.endswith(".export"):
                for tab in list_of(portal, endpoint).tabs:
                    path = address(portal, endpoint, tab=tab.code)
                    answer = client.get(path)
                    found += answer.text if answer.status_code == 200 else ""
    assert not re.search(r'(?m)(?:^|,)"?[=@\t]|(?:^|,)"?-\d+\+', found)
    for text in ("'=HYPERLINK", "'@SUM", "'-2+3"):
        assert text in found, text


def test_a_name_with_a_line_break_makes_no_header(portal, inside):
    """Names come into headers as file names and as the name beside an e-mail address."""
    email = somebody(portal, "plain@demo.example", [], OWN)
    client = attacker(portal, email)
    answer = client.get("/login/?next=/dashboard/%0d%0aSet-Cookie:%20x=1")
    assert "Set-Cookie: x" not in str(answer.headers)
    assert answer.headers.getlist("X-Injected") == []
