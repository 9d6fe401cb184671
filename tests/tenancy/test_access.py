"""Who may do what: every guard holds for whoever lacks just that, and nobody gives access away."""

import re

import pytest

from app import create_app
from app.domain.kernel import tickets
from app.domain.kernel.permissions import Permission
from app.domain.kernel.viewer import SYSTEM
from app.errors import ConflictError
from app.extensions import csrf, db
from app.security import current
from app.transaction import transaction
from tests.architecture.test_guards import guard_of, is_open
from tests.support.viewers import viewer_of
from tests.tenancy.attacker import Attacker, almighty, attacker, written_tables
from tests.tenancy.routes import NO_ROW
from tests.tenancy.rows import FOREIGN, OWN, plant, provider

FRAGMENT = {"HX-Request": "true"}
ACCESS_TABLES = {
    "memberships", "membership_roles", "membership_permissions", "ab_permission",
    "ab_permission_view", "ab_permission_view_role", "ab_view_menu", "ab_role", "ab_user_role",
    "organisation_ancestry", "access_stamp",
}  # fmt: skip
"""What decides who may do what; so far nothing on the web changes it."""
ACCOUNTS = ("employer", "learner", "office", "permissions", "centre", "provider", "finance")


def routes(portal):
    """Return endpoint, method and address of every route, all arguments filled in."""
    for rule in sorted(portal.url_map.iter_rules(), key=str):
        values = {name: NO_ROW.get(name, 1) for name in rule.arguments}
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, rule.build(values)[1]


def test_each_guard_refuses_whoever_holds_everything_else(portal, inside):
    with inside(SYSTEM), transaction():
        plant(OWN, "Ownrow")
    without, let_in, asked = {}, [], 0
    for endpoint, method, path in routes(portal):
        permission = None if is_open(portal, endpoint) else guard_of(portal, endpoint)
        if permission is None:
            continue
        if permission not in without:
            without[permission] = almighty(portal, besides=permission)
        with written_tables() as tables:
            answer = without[permission].send(path, method, headers=FRAGMENT)
        asked += 1
        if answer.status_code != 403 or tables or permission.label not in answer.text:
            let_in.append(f"{method} {endpoint}: {answer.status} {tables}")
    assert not let_in
    assert asked > 100


@pytest.mark.parametrize("name", ACCOUNTS)
def test_an_account_opens_what_it_holds_and_nothing_else(portal, name):
    email = f"{name}@demo.example"
    client, held = attacker(portal, email), viewer_of(portal, email).permissions
    wrong = []
    for endpoint, method, path in routes(portal):
        permission = None if is_open(portal, endpoint) else guard_of(portal, endpoint)
        if permission is None or (permission.code in held and "1" in path):
            continue
        answer = client.send(path, method, headers=FRAGMENT)
        if (answer.status_code == 403) != (permission.code not in held):
            wrong.append(f"{method} {endpoint}: {answer.status}")
    assert not wrong


def test_without_a_token_nothing_unsafe_is_done(portal):
    """Every route, for somebody who may do everything; gateways prove themselves otherwise."""
    assert csrf._exempt_views == {"app.views.payments.take", "app.views.bounces.take"}
    assert {each.name for each in csrf._exempt_blueprints} <= {"verify"}
    client, done = almighty(portal), []
    machines = ("WebhooksView.take", "BouncesView.take")
    for endpoint, method, path in routes(portal):
        if method == "GET" or endpoint in machines or endpoint.startswith("verify."):
            continue
        for body in ({}, {"csrf_token": "forged"}, {"csrf_token": attacker(portal, None).token()}):
            with written_tables() as tables:
                answer = client.open(path, method=method, data=body, headers=FRAGMENT)
            if answer.status_code != 400 or tables:
                done.append(f"{method} {endpoint} {[*body]}: {answer.status} {tables}")
    assert not done


def test_a_forged_event_of_the_gateway_changes_nothing(portal):
    client = attacker(portal, None)
    for road in ("test", "stripe", "other"):
        with written_tables() as tables:
            answer = client.post(f"/webhooks/{road}", json={"id": "1", "type": "paid"})
        assert answer.status_code in (400, 404), road
        assert not tables


def test_nothing_on_the_web_changes_who_may_do_what(portal, inside):
    """Every unsafe route, as those who hold the most, with the fields that would do it."""
    with inside(SYSTEM), transaction():
        plant(OWN, "Ownrow")
        rival = provider(FOREIGN).id
    wish = dict.fromkeys(
        ("role", "roles", "role_id", "permission", "permissions", "user", "user_id", "member",
         "membership", "organisation", "organisation_id", "provider_id", "active", "everything"),
        str(rival),
    )  # fmt: skip
    accounts = ("staff", "finance", "permissions")
    strong = [attacker(portal, f"{name}@demo.example") for name in accounts]
    for client in (almighty(portal), *strong):
        with written_tables() as tables:
            for endpoint, method, path in routes(portal):
                if method != "GET" and endpoint != "SignInView.logout":
                    client.send(path, method, wish, headers=FRAGMENT)
        assert not tables & ACCESS_TABLES


def test_working_for_an_organisation_needs_a_membership(portal, inside):
    with inside(SYSTEM):
        rival = provider(FOREIGN).id
    client = attacker(portal, "provider@demo.example")
    before = client.get("/employees/").text
    for wanted in (rival, 2_000_000_000, "", "x"):
        answer = client.send("/organisation/", "POST", {"organisation": wanted})
        assert answer.status_code == 403
    with client.session_transaction() as kept:  # as if the signature could be forged
        kept[current.ACTIVE] = rival
    after = client.get("/employees/").text
    assert FOREIGN not in after
    assert before.count("Calder Vale") == after.count("Calder Vale")


# Sessions -----------------------------------------------------------------------------------------


def test_what_was_planted_in_a_session_before_signing_in_is_gone(portal):
    client = Attacker(portal, portal.response_class)
    with client.session_transaction() as kept:
        kept.update({"organisation_id": 1, "_user_id": "", "planted": "yes"})
    fixed = client.get_cookie("hallmark").value
    body = {"username": "provider@demo.example", "password": "hallmark-demo"}
    assert client.send("/login/", "POST", body).status_code == 302
    assert client.get_cookie("hallmark").value != fixed
    with client.session_transaction() as kept:
        assert "planted" not in kept
        assert "organisation_id" not in kept


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(portal):
    client = Attacker(portal, portal.response_class)
    cookie = client.get("/login/").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_session_ends_everywhere_when_the_stamp_changes(portal, inside):
    client = attacker(portal, "provider@demo.example")
    assert client.get("/dashboard/").status_code == 200
    with inside(SYSTEM), transaction():
        security = portal.appbuilder.sm
        security.set_password(security.find_user(email="provider@demo.example"), "another one")
    assert client.get("/dashboard/").status_code == 302


# Addresses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example",
     "/%09/evil.example", "%2f%2fevil.example", "javascript:alert(1)", " //evil.example",
     "/\n/evil.example", "http:evil.example", "///evil.example", "/./\\evil.example",
     "evil.example", "/\t/evil.example", "/.//evil.example"],
)  # fmt: skip
def test_signing_in_leads_nowhere_else(portal, wanted):
    client = attacker(portal, "provider@demo.example")
    answer = client.get("/login/", query_string={"next": wanted})
    assert answer.status_code == 302
    seen_by_a_browser = re.sub(r"[\t\r\n]", "", answer.location).replace("\\", "/")
    assert re.match(r"/(?!/)", seen_by_a_browser), answer.location


def test_the_host_header_reaches_no_page_and_no_address(portal):
    client = attacker(portal, "provider@demo.example")
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil"}
    for path in ("/", "/dashboard/", "/orders/", "/api/v1/orders/", "/nowhere", "/login/"):
        answer = client.get(path, headers=evil)
        assert "evil" not in answer.get_data(as_text=True), path
        assert "evil" not in answer.headers.get("Location", ""), path


def test_a_portal_that_knows_its_names_answers_to_no_other(portal):
    named = {key: portal.config[key] for key in ("TESTING", "PORTAL_ENV", "PORTAL_HOME",
             "DATABASE_URL", "SECRET_KEY", "GATEWAY_SECRET", "PUBLIC_URL")}  # fmt: skip
    strict = create_app(named | {"TRUSTED_HOSTS": ["portal.example"]})
    client = strict.test_client()
    assert client.get("/login/", base_url="http://portal.example").status_code == 200
    assert client.get("/login/", base_url="http://evil.example").status_code == 400
    with strict.app_context():
        db.engine.dispose()


# Tokens -------------------------------------------------------------------------------------------


def test_a_ticket_is_good_for_one_person_in_one_organisation_for_one_purpose(portal, monkeypatch):
    mine = viewer_of(portal, "provider@demo.example")
    rival = viewer_of(portal, "rival@demo.example")
    colleague = viewer_of(portal, "permissions@demo.example")
    ticket = tickets.issue("key", "photo", mine, 7)
    assert tickets.redeem("key", "photo", mine, ticket, seconds=60) == 7
    others = [
        ("key", "photo", rival, ticket), ("key", "photo", colleague, ticket),
        ("key", "person", mine, ticket), ("another", "photo", mine, ticket),
        ("key", "photo", mine, ticket[:-1]), ("key", "photo", mine, "x" + ticket[1:]),
        ("key", "photo", mine, ""), ("key", "photo", mine, ticket * 100),
    ]  # fmt: skip
    for key, purpose, viewer, text in others:
        with pytest.raises(ConflictError):
            tickets.redeem(key, purpose, viewer, text, seconds=60)
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: 4_000_000_000)
    with pytest.raises(ConflictError, match="expired"):
        tickets.redeem("key", "photo", mine, ticket, seconds=60)


def test_every_permission_guards_a_page_or_is_said_not_to(portal):
    """A permission that guards nothing is one that nobody notices is missing."""
    guarding = {guard_of(portal, endpoint) for endpoint in portal.view_functions}
    assert guarding - {None} <= set(Permission)
    assert {Permission.ALLOCATE_RECEIPTS, Permission.READ_LETTERS, Permission.SEND_LETTERS,
            Permission.EDIT_CATALOGUE, Permission.CHANGE_PERMISSIONS} <= guarding  # fmt: skip
