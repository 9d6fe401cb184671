"""Every page that somebody can reach by clicking, for each role: axe, width, requests, console.

A walker follows the links of each page, and comes to each kind of page once. Every page is seen
in both themes, and at 320 px; what the provider is shown, and what only others are, at 375 px too.
What others are shown of the provider's pages differs little from it.
"""

import re
import time
from unittest.mock import Mock

import pytest
from playwright.sync_api import Route, expect

from app.domain.kernel.limits import TooManyError
from app.errors import ConflictError, FieldErrors, ForbiddenError, NotFoundError, StaleError
from app.storage import StorageUnavailableError
from tests.support.visitor import WIDE, Visitor
from tests.support.walks import FINANCE, PROVIDER, titled

STAFF = "staff@demo.example"
OTHERS = ("office", "permissions", "centre", "employer", "learner")
EVERYTHING, NOTHING = re.compile(""), re.compile("(?!)")
PROVIDERS = {
    "/apprenticeships/new", "/orders/#/pay", "/trainees/?progress", "/apprenticeship/standards/#",
    "/apprenticeship/registration/batch/#", "/apprenticeship/standards/#/report",
    "/assessments/book/", "/assessments/bookings/#", "/card-batches/#",
}  # fmt: skip
STAFFS = {
    "/letters/#", "/catalogue/centre-approvals/add", "/orders/#", "/assessments/dates/add",
    "/assessments/venues/add",
}  # fmt: skip
BACK_OFFICE = re.compile("/(letters|catalogue|receipts|assessments)/")


@pytest.mark.timeout(900)  # some two hundred pages, each looked at several times
@pytest.mark.parametrize(
    ("email", "thoroughly", "among"),
    [
        (PROVIDER, EVERYTHING, PROVIDERS),
        (STAFF, BACK_OFFICE, STAFFS),
        (FINANCE, BACK_OFFICE, {"/receipts/#", "/receipts/add", "/orders/#"}),
    ],
)
def test_every_page_of_those_who_see_most(arrive, email, thoroughly, among):
    seen = arrive(email).walk(thoroughly=thoroughly)

    assert among <= seen, sorted(seen)


@pytest.mark.parametrize("name", OTHERS)
def test_every_page_of_the_others(arrive, name):
    seen = arrive(f"{name}@demo.example").walk(thoroughly=NOTHING)

    assert "/dashboard/" in seen


def test_pages_before_signing_in(browser, seeded):
    with browser.new_context(viewport=WIDE, reduced_motion="reduce") as context:
        visitor = Visitor(context, seeded)
        visitor.page.goto(f"{seeded.url}/login/")
        visitor.look(thoroughly=True)
        visitor.page.get_by_role("button", name="Log in").click()
        visitor.look(thoroughly=True)
        visitor.page.goto(f"{seeded.url}/no-such-page")
        visitor.look(thoroughly=True)
        assert visitor.faults == []


REFUSALS = (
    ForbiddenError("Ask somebody who holds the permission."),
    NotFoundError(),
    ConflictError("This contradicts what stands."),
    StaleError("Somebody else was faster.", theirs={"Email": "a@b.example"}, yours={"Email": ""}),
    FieldErrors({"email": "Enter an email address."}),
    TooManyError("Too many tries. Wait a quarter of an hour."),
    StorageUnavailableError("It does not answer."),
    RuntimeError("a fault of our own"),
)


@pytest.mark.parametrize("error", REFUSALS, ids=lambda error: type(error).__name__)
def test_pages_of_refusals_and_failures(arrive, sign_in, portal, monkeypatch, error):
    """Each is drawn by the portal of this process and shown where its styles are."""
    client = sign_in(PROVIDER)
    monkeypatch.setitem(portal.view_functions, "DashboardView.home", Mock(side_effect=error))
    monkeypatch.setitem(portal.config, "PROPAGATE_EXCEPTIONS", False)
    drawn = client.get("/dashboard/")
    assert drawn.status_code >= 400
    visitor = arrive(PROVIDER)
    shown = {"body": drawn.text, "content_type": "text/html; charset=utf-8"}
    visitor.page.route("**/refused", lambda route: route.fulfill(**shown))
    visitor.page.goto(f"{visitor.portal.url}/refused")

    visitor.look(thoroughly=True)


def test_pages_that_buttons_lead_to(arrive):
    visitor = arrive(PROVIDER)
    page, url = visitor.page, visitor.portal.url
    page.goto(f"{url}/apprenticeships/new")
    page.get_by_role("button", name="SAVE").click()
    expect(page.get_by_role("alert")).to_be_focused()
    visitor.look(thoroughly=True)

    page.goto(f"{url}/apprenticeships/?tab=attention")
    page.get_by_label("Select all on this page").check()
    visitor.look(thoroughly=True)
    page.get_by_role("button", name="FINALISE APPRENTICE REGISTRATIONS").click()
    titled(page, "Finalise registrations")
    visitor.look(thoroughly=True)

    page.goto(f"{url}/apprenticeships/?tab=progress")
    page.get_by_label("Select all on this page").check()
    page.get_by_role("button", name="Move to stage…").click()
    titled(page, "Move to stage")
    visitor.look(thoroughly=True)

    page.goto(f"{url}/apprenticeships/?tab=ready")
    page.get_by_label("Select all on this page").check()
    page.get_by_label("Accounts contact’s email").fill("nobody")
    expect(page.locator("#purchase-quote")).to_contain_text("£")
    page.get_by_role("button", name="SUBMIT PURCHASE").click()
    expect(page.get_by_role("alert")).to_be_focused()
    visitor.look(thoroughly=True)

    page.goto(f"{url}/orders/?tab=attention")
    page.get_by_role("button", name=re.compile("^Open order")).first.click()
    expect(page.locator(".hm-opened .hm-order").first).to_be_visible()
    visitor.look(thoroughly=True)


def test_both_versions_are_shown_of_what_somebody_changed_meanwhile(arrive):
    visitor = arrive(PROVIDER)
    page, url = visitor.page, visitor.portal.url
    page.goto(f"{url}/apprenticeships/?tab=attention")
    page.locator("[data-hm-one]").first.check()
    record = page.locator("tr:has([data-hm-one]) th a, tr:has([data-hm-one]) td a").first
    address = record.get_attribute("href")
    colleague = page.context.new_page()
    for contact, both in (("Mo Kerr", page), ("Al Reid", colleague)):
        colleague.goto(f"{url}{address}/edit")
        colleague.get_by_label("Office Contact").fill("Mine")
        meanwhile = page.context.new_page()
        meanwhile.goto(f"{url}{address}/edit")
        meanwhile.get_by_label("Office Contact").fill(contact)
        meanwhile.get_by_role("button", name="SAVE").click()
        expect(meanwhile.get_by_role("status").first).to_contain_text("was saved")
        meanwhile.close()
        if both is page:
            page.get_by_role("button", name="FINALISE APPRENTICE REGISTRATIONS").click()
            expect(page.locator("main")).to_contain_text("now Mo Kerr")
            visitor.look(thoroughly=True)
    colleague.get_by_role("button", name="SAVE").click()
    expect(colleague.get_by_role("table", name="Both versions")).to_contain_text("Al Reid")
    visitor.page = colleague
    visitor.look(thoroughly=True)


def _slowly(route: Route) -> None:
    time.sleep(0.7)
    route.continue_()


def test_a_look_up_works_though_its_script_comes_late(arrive):
    visitor = arrive(PROVIDER)
    page = visitor.page
    page.route("**/tom-select.min.js*", _slowly)
    page.goto(f"{visitor.portal.url}/apprenticeships/new")

    expect(page.get_by_role("combobox", name="Employer")).to_have_id("employer-ts-control")
