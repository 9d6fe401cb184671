"""Guide D, section 7 (our 6), walked as written: learners are notified of their documents.

The web server, worker and mail server are real ones.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from app.domain.kernel.viewer import SYSTEM, seen_by
from app.transaction import transaction
from tests.conftest import Shelf
from tests.support.bounces import report
from tests.support.browser import assert_accessible, assert_accessible_in_dark, assert_no_sideways
from tests.support.databases import bind, unbind
from tests.support.issued import Issued, issue_here, many
from tests.support.processes import RunningPortal, running
from tests.support.visitor import NARROW, NARROWEST, WIDE
from tests.support.walks import PROVIDER, choose, log_in, plain, row_of, tick, titled

ANN = ("Siân", "O’Brien-Zieliński")
NAME = " ".join(ANN)


def look(page: Page) -> None:
    """See the page in both themes, and narrow."""
    assert_accessible(page)
    assert_accessible_in_dark(page)
    for size in (NARROW, NARROWEST):
        page.set_viewport_size(size)  # type: ignore[arg-type]  # a plain dictionary
        assert_no_sideways(page)
        assert_accessible(page)
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]  # likewise


@pytest.fixture
def issued(shelf: Shelf, tmp_path: Path) -> Iterator[tuple[RunningPortal, Issued]]:
    """Return a running portal with a job of documents of three learners, and the job."""
    portal, databases = shelf.get("sqlite")
    made: list[Issued] = []

    def seed(running_portal: RunningPortal) -> None:
        bind(portal, running_portal.database_url)
        with portal.app_context(), seen_by(SYSTEM), transaction():
            made.append(issue_here({ANN: "", ("Donald", "Duck"): "donald@example.com"} | many(1)))
        unbind(portal)

    with (
        databases.fresh(shelf.next_name()) as url,
        running(url, tmp_path / "home", prepare=seed) as found,
    ):
        yield found, made[0]


def come_back(portal: RunningPortal, email: str) -> None:
    """Let the letter to somebody come back, as a mail service reports it."""
    place = next(n for n, found in enumerate(portal.mailbox.messages) if email in str(found["To"]))
    request = Request(  # noqa: S310  # our own portal
        f"{portal.url}/mail/bounces",
        data=report(portal.mailbox.senders[place], email, said="552 5.2.2 Mailbox full"),
        headers={"Authorization": "Bearer for-tests-only", "Content-Type": "message/rfc822"},
        method="POST",
    )
    with urlopen(request, timeout=20) as answer:  # noqa: S310  # our own portal
        assert answer.status == 204


def save_and_notify(page: Page, email: str) -> None:
    """Fill in the notify box and press its button."""
    box = page.get_by_role("dialog")
    box.get_by_label("Learner’s email address").fill(email)
    with page.expect_navigation():
        box.get_by_role("button", name="Save & Notify").click()


@pytest.mark.function("D25", "D46", "D47", "D48", "D49", "D50", "D51", "D53")
def test_a_learner_is_notified_as_the_guide_says(
    page: Page, issued: tuple[RunningPortal, Issued]
) -> None:
    portal, _ = issued
    log_in(page, portal.url, PROVIDER)
    choose(page, "Documents", "Jobs Issued")
    row = page.locator("main tbody tr").first
    expect(row).to_contain_text("0/9")
    with page.expect_navigation():
        row.get_by_role("link", name="Details").click()
    assert "Not notified" in plain(row_of(page, NAME))
    row_of(page, NAME).get_by_role("link", name="Notify").click()
    box = page.get_by_role("dialog")
    expect(box).to_contain_text(f"Notify {NAME}")
    look(page)
    save_and_notify(page, "sian@example.com")
    message = portal.mailbox.wait_for("sian@example.com")
    text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]  # two parts
    assert "Your Enrolment Number is: AMS" in text
    expect(page.locator("main")).to_contain_text("is being notified by email.")
    for _ in range(50):
        page.reload()
        if page.get_by_text("Email ✓").count() == 3:
            break
        page.wait_for_timeout(200)
    expect(page.get_by_text("Email ✓")).to_have_count(3)
    expect(page.locator("main")).to_contain_text("Notified 3 of 9 completed")
    with page.expect_navigation():
        page.get_by_role("link", name="Notify all").click()
    expect(page.locator("main")).to_contain_text("To be notified: 2")
    look(page)
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("button", name="Notify all").click()
    portal.mailbox.wait_for("donald@example.com")
    portal.mailbox.wait_for("noa0@example.com")
    assert len(portal.mailbox.messages) == 3


@pytest.mark.function("D53")
def test_notifications_are_managed_in_a_list_of_their_own(
    page: Page, issued: tuple[RunningPortal, Issued]
) -> None:
    portal, job = issued
    log_in(page, portal.url, PROVIDER)
    page.goto(f"{portal.url}/notify/jobs/{job.job}")
    titled(page, "Notify all learners of a job")
    look(page)
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("button", name="Notify all").click()
    portal.mailbox.wait_for("donald@example.com")
    portal.mailbox.wait_for("noa0@example.com")
    choose(page, "Documents", "Learner notifications")
    titled(page, "Learner notifications")
    for _ in range(50):
        page.reload()
        if page.locator("tbody").get_by_text("Email ✓").count() == 2:
            break
        page.wait_for_timeout(200)
    look(page)
    come_back(portal, "donald@example.com")
    with page.expect_navigation():
        page.get_by_role("link", name="Not delivered").click()
    assert "552 5.2.2 Mailbox full" in plain(row_of(page, "Donald Duck"))

    icon = row_of(page, "Donald Duck").get_by_role("link", name="Notify again")
    icon.click()
    box = page.get_by_role("dialog")
    expect(box).to_contain_text("Notified before")
    look(page)
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(icon).to_be_focused()
    icon.click()
    box = page.get_by_role("dialog")
    box.get_by_label("Learner’s email address").fill("donald at example")
    box.get_by_role("button", name="Save & Notify").click()
    expect(page.locator("dialog[open] .hm-error")).to_be_visible()
    box = page.get_by_role("dialog")
    box.get_by_label("Learner’s email address").fill("donald.duck@example.com")
    box.get_by_role("button", name="Save & Notify").click()
    expect(page.get_by_role("dialog")).to_contain_text("This is not the address on record")
    look(page)
    page.get_by_role("dialog").get_by_role("button", name="Save & Notify").click()
    expect(page.get_by_role("dialog")).to_contain_text("This learner was notified a moment ago")
    look(page)
    with page.expect_navigation():
        page.get_by_role("dialog").get_by_role("button", name="Notify again").click()
    portal.mailbox.wait_for("donald.duck@example.com")

    page.goto(f"{portal.url}/notices/")
    with page.expect_navigation():
        row_of(page, "Donald Duck").get_by_role("link", name="Donald Duck", exact=True).click()
    titled(page, "Notice to Donald Duck")
    look(page)
    page.goto(f"{portal.url}/notices/")
    tick(page, "Noa Learnera")
    with page.expect_navigation():
        page.locator("[data-hm-bulk]").get_by_role("button", name="Notify again").click()
    titled(page, "Notify again")
    expect(page.locator("main")).to_contain_text("They were notified a moment ago.")
    look(page)


@pytest.mark.function("D48")
def test_without_script_the_box_is_a_page(
    browser: Browser, issued: tuple[RunningPortal, Issued]
) -> None:
    portal, job = issued
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    log_in(page, portal.url, PROVIDER)
    page.goto(f"{portal.url}/notify/documents/{job.documents[NAME][0]}")
    titled(page, f"Notify {NAME}")
    page.get_by_label("Learner’s email address").fill("sian@example.com")
    page.get_by_role("button", name="Save & Notify").click()
    titled(page, "Learner notifications")
    expect(page.locator("main")).to_contain_text(f"{NAME} is being notified by email.")
    portal.mailbox.wait_for("sian@example.com")
    context.close()


@pytest.mark.function("D51", "D52")
def test_the_link_of_the_letter_opens_for_anybody(page: Page, shown_portal: RunningPortal) -> None:
    page.goto(f"{shown_portal.url}/learner/start")
    titled(page, "Learner Portal: your documents")
    look(page)
    with page.expect_download() as download:
        page.evaluate(
            "() => { const a = document.querySelector('a[href$=\".pdf\"]'); "
            "a.setAttribute('download', ''); a.click(); }"
        )
    assert download.value.suggested_filename.endswith(".pdf")
