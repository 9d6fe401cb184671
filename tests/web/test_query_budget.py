"""A page of a generated list sends few statements, whatever it lists and however many rows."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.views import registry
from app.views.base import PortalModelView
from tests.support.pages import CheckedClient
from tests.support.sessions import quick_sign_in
from tests.support.watch import Watch, count_statements

BUDGET = 8
LISTS = [view for view in registry.PAGES if issubclass(view, PortalModelView)]
PEOPLE = ("staff@demo.example", "finance@demo.example", "provider@demo.example")


@pytest.fixture(scope="module")
def full_portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Return a portal whose database holds the demo world, which has rows of every kind."""
    home: Path = tmp_path_factory.mktemp("budget")
    portal = create_app(
        {
            "TESTING": True,
            "PORTAL_ENV": "testing",
            "PORTAL_HOME": home,
            "DATABASE_URL": f"sqlite:///{home / 'budget.db'}",
            "SECRET_KEY": "for-tests-only",
            "GATEWAY_SECRET": "for-tests-only",
        }
    )
    portal.extensions["watch"] = Watch(portal)
    portal.test_client_class = CheckedClient
    for command in ("setup", "demo"):
        done = portal.test_cli_runner().invoke(args=["portal", command], catch_exceptions=False)
        assert done.exit_code == 0, done.output
    portal.extensions["watch"].take()
    yield portal
    with portal.app_context():
        portal.extensions["sqlalchemy"].engine.dispose()


@pytest.fixture(scope="module")
def clients(full_portal: Flask) -> dict[str, CheckedClient]:
    """Return a client for each of PEOPLE, whose permissions the process knows already."""
    found: dict[str, CheckedClient] = {}
    for email in PEOPLE:
        client = full_portal.test_client()
        assert isinstance(client, CheckedClient)
        client.watch = full_portal.extensions["watch"]
        found[email] = quick_sign_in(full_portal, client, email)
        found[email].get("/permissions/")
    return found


@pytest.mark.parametrize("view", LISTS, ids=lambda view: view.__name__)
def test_a_list_stays_within_its_budget(
    view: type[PortalModelView], clients: dict[str, CheckedClient]
) -> None:
    most_rows = 0
    for email, client in clients.items():
        for tab in view.tabs:
            address = f"{view.route_base}/?tab={tab.code}"
            with count_statements() as sent:
                answer = client.get(address)
            if answer.status_code == 200:
                most_rows = max(most_rows, answer.text.count('<tr role="row">') - 1)
                assert len(sent) <= BUDGET, f"{email} at {address}: {sent}"
    assert most_rows > 0, "the demo world has no row for this list"
