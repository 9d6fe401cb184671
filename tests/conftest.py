"""What every test may ask for: a portal on a fresh database, clients, a mail server, a browser."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from app import create_app
from app.domain.kernel.viewer import SYSTEM, Viewer, seen_by
from tests.support.browser import open_browser
from tests.support.databases import (
    Databases,
    PostgresDatabases,
    SqliteDatabases,
    bind,
    postgres_server,
    unbind,
)
from tests.support.mail import Mailbox, mail_server
from tests.support.pages import CheckedClient
from tests.support.processes import RunningPortal, running
from tests.support.sessions import quick_sign_in, real_sign_in
from tests.support.watch import Watch

SignIn = Callable[[str], CheckedClient]
Inside = Callable[..., AbstractContextManager[None]]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests marked both_databases on SQLite and on PostgreSQL."""
    if metafunc.definition.get_closest_marker("both_databases"):
        assert "backend" in metafunc.fixturenames, f"{metafunc.definition.nodeid} uses no database"
        metafunc.parametrize("backend", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> str:
    """Return the kind of database that this test runs on."""
    return getattr(request, "param", "sqlite")


@pytest.fixture(scope="session")
def run_name(worker_id: str) -> str:
    """Return a name that no other process of any test run has."""
    return f"hallmark_test_{os.getpid()}_{worker_id}"


class Shelf:
    """The portal objects of this process, one for each backend, with their template databases."""

    def __init__(self, folder: Path, run_name: str) -> None:
        self.folder = folder
        self.run_name = run_name
        self.made: dict[str, tuple[Flask, Databases]] = {}
        self.count = 0

    def get(self, backend: str) -> tuple[Flask, Databases]:
        """Return the portal and the databases of ``backend``, made on first use."""
        if backend not in self.made:
            self.made[backend] = self._make(backend)
        return self.made[backend]

    def next_name(self) -> str:
        """Return a name for the next test's database."""
        self.count += 1
        return f"t{self.count}"

    def _make(self, backend: str) -> tuple[Flask, Databases]:
        databases: Databases = SqliteDatabases(self.folder)
        if backend == "postgresql":
            databases = PostgresDatabases(postgres_server(), self.run_name)
        databases.template = databases.create("template")
        from tests.support import world  # the whole domain, which tests of rules do without

        portal = create_app(
            {
                "TESTING": True,
                "PORTAL_ENV": "testing",
                "PORTAL_HOME": self.folder / f"home-{backend}",
                "DATABASE_URL": databases.template,
                "SECRET_KEY": "for-tests-only",
                "GATEWAY_SECRET": "for-tests-only",
                "PUBLIC_URL": "http://localhost",
            }
        )
        portal.extensions["watch"] = Watch(portal)
        portal.test_client_class = CheckedClient
        done = portal.test_cli_runner().invoke(args=["portal", "setup"], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        world.build(portal)
        unbind(portal)
        portal.extensions["watch"].take()
        return portal, databases

    def close(self) -> None:
        """Remove the templates."""
        for portal, databases in self.made.values():
            unbind(portal)
            databases.drop(databases.template)


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory, run_name: str) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path_factory.mktemp("databases"), run_name)
    yield shelf
    shelf.close()


@pytest.fixture
def portal(shelf: Shelf, backend: str) -> Iterator[Flask]:
    """Return the portal, on a database of this test's own that holds the test world."""
    portal, databases = shelf.get(backend)
    with databases.fresh(shelf.next_name()) as url:
        bind(portal, url)
        yield portal
        unbind(portal)


@pytest.fixture
def inside(portal: Flask) -> Inside:
    """Return a block in which services and queries run for a viewer, at first the system."""

    @contextmanager
    def _inside(viewer: Viewer = SYSTEM) -> Iterator[None]:
        with portal.app_context(), seen_by(viewer):
            yield

    return _inside


@pytest.fixture
def new_client(portal: Flask) -> Callable[[], CheckedClient]:
    """Return a maker of clients that check each page they are given."""

    def _new_client() -> CheckedClient:
        client = portal.test_client()
        assert isinstance(client, CheckedClient)
        client.watch = portal.extensions["watch"]
        return client

    return _new_client


@pytest.fixture
def client(new_client: Callable[[], CheckedClient]) -> CheckedClient:
    """Return a client that nobody signed in to."""
    return new_client()


@pytest.fixture
def sign_in(portal: Flask, new_client: Callable[[], CheckedClient]) -> SignIn:
    """Return a quick way to a client that a person of the test world is signed in to."""

    def _sign_in(email: str) -> CheckedClient:
        return quick_sign_in(portal, new_client(), email)

    return _sign_in


@pytest.fixture
def sign_in_by_form(new_client: Callable[[], CheckedClient]) -> SignIn:
    """Return the slow way, through the sign-in page."""

    def _sign_in(email: str) -> CheckedClient:
        return real_sign_in(new_client(), email)

    return _sign_in


@pytest.fixture
def smtp() -> Iterator[Mailbox]:
    """Return a mail server that keeps what it is sent."""
    with mail_server() as mailbox:
        yield mailbox


@pytest.fixture
def running_portal(shelf: Shelf, backend: str, tmp_path: Path) -> Iterator[RunningPortal]:
    """Return the portal as real processes, on a database of this test's own."""
    _, databases = shelf.get(backend)
    with databases.fresh(shelf.next_name()) as url, running(url, tmp_path / "home") as portal:
        yield portal


@pytest.fixture(scope="session")
def shown_portal(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortal]:
    """Return a running portal that many tests look at, and none changes."""
    _, databases = shelf.get("sqlite")
    home = tmp_path_factory.mktemp("shown")
    with databases.fresh("shown") as url, running(url, home) as portal:
        yield portal


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return a page of its own, that fails the test on any error in the browser's console."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(15_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: _note_console(said, errors))
    yield page
    context.close()
    assert not errors, "In the browser's console:\n" + "\n".join(errors)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Leave the page before its portal is stopped, which it may still be asking for something."""
    page = getattr(item, "funcargs", {}).get("page")
    if isinstance(page, Page) and not page.is_closed():
        page.goto("about:blank")


def _note_console(said: Any, errors: list[str]) -> None:
    # A refused form answers 4xx on purpose, which Chromium reports as a failed resource.
    if said.type == "error" and "the server responded with a status of 4" not in said.text:
        errors.append(said.text)
