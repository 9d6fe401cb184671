"""Every page that somebody can reach by clicking, for each role: axe, width, requests, console.

A walker follows the links of each page, and comes to each kind of page once. What the provider is
shown, and what only others are, is looked at in both themes and in a narrow window; what others are
shown of the provider's pages differs little from it, and is looked at once.
"""

import re
import time
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect

from app.clock import now, today
from app.domain.kernel.viewer import GATEWAY, seen_by
from app.domain.orders.models import Order
from app.domain.orders.queries import figures_of
from app.domain.orders.service import payment as payments
from app.domain.orders.service import receipts
from app.domain.orders.service.payment import Ending, Verdict
from app.domain.registrations import service as registrations
from app.extensions import db
from app.transaction import transaction
from tests.conftest import Shelf
from tests.support.browser import assert_accessible, assert_no_sideways
from tests.support.databases import bind, unbind
from tests.support.orders import an_order, ready
from tests.support.processes import RunningPortal, running
from tests.support.viewers import viewer_of
from tests.support.walks import FINANCE, PROVIDER, log_in, titled

STAFF = "staff@demo.example"
OTHERS = ("office", "permissions", "centre", "employer", "learner")
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 375, "height": 812}
NARROWEST = {"width": 320, "height": 640}
ELSEWHERE = re.compile(r"/(logout|export\.\w+|invoice|photo|text|html)(/|$)|^/static/|^/purchases/")
"""Links that end the session or lead to a file, and one that leads to a page seen already."""
EVERYTHING, NOTHING = re.compile(""), re.compile("(?!)")
BACK_OFFICE = re.compile("/(letters|catalogue|receipts)/")
BOOTSTRAP_3 = re.compile(r"/static/appbuilder|jquery|bootstrap-theme", re.IGNORECASE)


def _orders() -> list[int]:
    """Make orders in each state, as the provider does; return those to pay by transfer."""
    ready(2, at=now(), surname="Ready")
    an_order(2, at=now(), surname="Open")
    declined = an_order(1, at=now(), surname="Declined")
    attempt = payments.begin(declined, "test gateway", at=now())
    by_transfer = [an_order(1, at=now(), surname=name) for name in ("Transfer", "Waiting")]
    for order in by_transfer:
        receipts.register_bacs(order, at=now())
    waiting = ready(2, at=now(), surname="Attention")
    registrations.return_to_attention(waiting, None, now())
    registrations.cancel(ready(1, at=now(), surname="Cancelled"), None, now())
    return [attempt.id, *(order.id for order in by_transfer)]


def _receipts(paid: int, waiting: int) -> None:
    """Enter what the bank received, as finance does, and allocate one transfer."""
    for order_id in (paid, waiting):
        order = db.session.get_one(Order, order_id)
        receipt = receipts.enter_receipt(
            received_on=today(), amount=figures_of(order).balance, payer="CALDER VALE",
            narrative=f"FP {order.reference}", at=now(),
        )  # fmt: skip
        if order_id == paid:
            receipts.allocate(receipt, order, receipt.amount, at=now())


@pytest.fixture(scope="module")
def seeded(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortal]:
    """Return a running portal with registrations and orders in each state."""
    portal, databases = shelf.get("sqlite")

    def seed(running_portal: RunningPortal) -> None:
        bind(portal, running_portal.database_url)
        with portal.app_context():
            with seen_by(viewer_of(portal, PROVIDER)), transaction():
                attempt, paid, waiting = _orders()
            with seen_by(GATEWAY), transaction():
                payment = db.session.get_one(payments.Payment, attempt)
                payments.sent(payment, "seeded", None, at=now())
                payments.settle(payment, Verdict(Ending.DECLINED, 0), at=now())
            with seen_by(viewer_of(portal, FINANCE)), transaction():
                _receipts(paid, waiting)
        unbind(portal)

    home = tmp_path_factory.mktemp("every-page")
    with databases.fresh("every_page") as url, running(url, home, prepare=seed) as found:
        yield found


class Visitor:
    """Somebody who opens pages, and what their browser asked for and said meanwhile."""

    def __init__(self, context: BrowserContext, portal: RunningPortal) -> None:
        self.portal = portal
        self.page = context.new_page()
        self.page.set_default_timeout(20_000)
        self.faults: list[str] = []
        self.page.on("request", self._asked)
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: {error}"))
        self.page.on("console", lambda said: self._said(said.type, said.text))

    def _asked(self, request: Request) -> None:
        away = not request.url.startswith((f"{self.portal.url}/", "data:", "blob:"))
        if away or BOOTSTRAP_3.search(request.url):
            self.faults.append(f"{self.page.url} asked for {request.url}")

    def _said(self, kind: str, text: str) -> None:
        # A refused form answers 4xx on purpose, which Chromium reports as a failed resource.
        if kind == "error" and "the server responded with a status of 4" not in text:
            self.faults.append(f"{self.page.url}: {text}")

    def look(self, *, thoroughly: bool) -> None:
        """Check the page on the screen."""
        page = self.page
        assert_accessible(page)
        if thoroughly:
            page.emulate_media(color_scheme="dark")
            _settle(page)
            assert_accessible(page)
            page.emulate_media(color_scheme="light")
            page.set_viewport_size(NARROW)  # type: ignore[arg-type]  # a plain dictionary
            _settle(page)
            assert_accessible(page)
        page.set_viewport_size(NARROWEST)  # type: ignore[arg-type]  # likewise
        _settle(page)
        assert_no_sideways(page)
        page.set_viewport_size(WIDE)  # type: ignore[arg-type]  # likewise

    def walk(self, *, thoroughly: re.Pattern[str]) -> set[str]:
        """Follow every link from the dashboard on; return the kinds of page that were seen."""
        waiting, seen = ["/dashboard/"], {"/dashboard/"}
        while waiting:
            address = waiting.pop(0)
            answer = self.page.goto(f"{self.portal.url}{address}")
            assert answer is not None
            assert answer.status == 200, answer.url
            self.look(thoroughly=bool(thoroughly.match(address)))
            for href in self.page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)"):
                kind = kind_of(href, self.portal.url)
                if kind and not thoroughly.match(kind):
                    kind = kind.partition("?")[0]  # one tab of a list stands for the others
                if kind and kind not in seen:
                    seen.add(kind)
                    waiting.append(href.removeprefix(self.portal.url))
        return seen


def _settle(page: Page) -> None:
    """Wait until colours have faded from one theme to the other."""
    page.evaluate(
        """async () => {
          await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
          await Promise.all(document.getAnimations().map(each => each.finished));
        }"""
    )


def kind_of(href: str, origin: str) -> str | None:
    """Return what kind of page an address leads to; None when the walker does not go there."""
    parts = urlsplit(href)
    if f"{parts.scheme}://{parts.netloc}" != origin or ELSEWHERE.search(parts.path):
        return None
    tab = parse_qs(parts.query).get("tab", [""])[0]
    return re.sub(r"\d+", "#", parts.path) + (f"?{tab}" if tab else "")


Arrive = Callable[[str], Visitor]


@pytest.fixture
def arrive(browser: Browser, seeded: RunningPortal) -> Iterator[Arrive]:
    """Return a way to log in as somebody in a browser that is watched."""
    visitors: list[Visitor] = []
    contexts: list[BrowserContext] = []

    def log_in_as(email: str) -> Visitor:
        context = browser.new_context(
            viewport=WIDE,  # type: ignore[arg-type]  # a plain dictionary
            locale="en-GB",
            reduced_motion="reduce",
        )
        contexts.append(context)
        visitors.append(Visitor(context, seeded))
        log_in(visitors[-1].page, seeded.url, email)
        return visitors[-1]

    yield log_in_as
    for context in contexts:
        context.close()
    assert [fault for visitor in visitors for fault in visitor.faults] == []


@pytest.mark.parametrize(
    ("email", "thoroughly", "among"),
    [
        (PROVIDER, EVERYTHING, {"/apprenticeships/new", "/orders/#/pay", "/trainees/?progress"}),
        (STAFF, BACK_OFFICE, {"/letters/#", "/catalogue/prices/add", "/orders/#"}),
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


def _slowly(route: Route) -> None:
    time.sleep(0.7)
    route.continue_()


def test_a_look_up_works_though_its_script_comes_late(arrive):
    visitor = arrive(PROVIDER)
    page = visitor.page
    page.route("**/tom-select.min.js*", _slowly)
    page.goto(f"{visitor.portal.url}/apprenticeships/new")

    expect(page.get_by_role("combobox", name="Employer")).to_have_id("employer-ts-control")


# By the keyboard alone ---------------------------------------------------------------------------


FOCUSED = """selector => {
  const at = document.activeElement, box = at.closest(".ts-control") || at;
  const style = getComputedStyle(box);
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  const shown = ring || style.boxShadow !== "none" || at === document.body;
  return [at.matches(selector), shown, at.id || at.outerHTML.slice(0, 100)];
}"""
"""What has the focus: whether it is the one asked for, whether that is seen, what it is."""


def tab_to(page: Page, selector: str, most: int = 150) -> None:
    """Press Tab until what ``selector`` names has the focus, which must be visible on the way."""
    passed = []
    for _ in range(most):
        page.keyboard.press("Tab")
        there, shown, name = page.evaluate(FOCUSED, selector)
        passed.append(name)
        assert shown, f"No visible focus on {name}"
        if there:
            return
    raise AssertionError(f"Tab never comes to {selector}, but to: {' | '.join(passed)}")


def type_date(page: Page, name: str, day: tuple[str, str, str]) -> None:
    """Tab to the three boxes of a date and type it."""
    for part, text in zip(("day", "month", "year"), day, strict=True):
        tab_to(page, f"[name={name}-{part}]")
        page.keyboard.type(text)


def test_a_registration_is_made_by_the_keyboard(arrive):
    visitor = arrive(PROVIDER)
    page = visitor.page
    page.goto(f"{visitor.portal.url}/apprenticeships/new")
    tab_to(page, "#first_names")
    page.keyboard.type("Keya")
    tab_to(page, "#surname")
    page.keyboard.type("Board")
    type_date(page, "birth_date", ("27", "3", "2006"))
    tab_to(page, "#scheme")
    page.keyboard.type("Apprentices")
    expect(page.locator("#pathway option")).to_have_count(4)
    tab_to(page, "[name=health_and_safety]")
    page.keyboard.press("Space")
    tab_to(page, "#employer-ts-control")
    page.keyboard.type("brightw")
    page.locator("#employer-ts-dropdown [role=option]").first.wait_for()
    page.keyboard.press("Enter")
    tab_to(page, "#registration button[type=submit]")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_contain_text("Keya Board")
    expect(page.locator("main")).to_contain_text("Brightwater Installations Ltd")


def test_what_is_wrong_is_told_and_led_to_by_the_keyboard(arrive):
    visitor = arrive(PROVIDER)
    page = visitor.page
    page.goto(f"{visitor.portal.url}/apprenticeships/new")
    tab_to(page, "#registration button[type=submit]")
    page.keyboard.press("Enter")

    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    for link in summary.get_by_role("link").all():
        link.focus()
        page.keyboard.press("Enter")
        wanted = (link.get_attribute("href") or "").removeprefix("#")
        expect(page.locator(f"[id='{wanted}']")).to_be_focused()


def test_rows_are_ticked_and_moved_by_the_keyboard(arrive):
    visitor = arrive(PROVIDER)
    page = visitor.page
    page.goto(f"{visitor.portal.url}/apprenticeships/?tab=attention")
    tab_to(page, "[data-hm-one]")
    page.keyboard.press("Space")
    expect(page.locator("[data-hm-count]")).to_contain_text("1 of")
    tab_to(page, "[formaction$='/ask/finalise']")
    page.keyboard.press("Enter")
    titled(page, "Finalise registrations")
    tab_to(page, ".hm-actions a.btn-quiet")
    page.keyboard.press("Enter")
    titled(page, "Apprentice registrations requiring attention")


def test_a_dialog_opens_and_escape_closes_it(arrive):
    visitor = arrive(PROVIDER)
    page = visitor.page
    page.goto(f"{visitor.portal.url}/apprenticeships/?tab=progress")
    tab_to(page, "[data-hm-confirm]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    visitor.look(thoroughly=True)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("[data-hm-confirm]").first).to_be_focused()


def test_an_order_is_opened_and_paid_by_the_keyboard(arrive):
    visitor = arrive(PROVIDER)
    page = visitor.page
    page.goto(f"{visitor.portal.url}/orders/?tab=attention&f_customer=12345")
    tab_to(page, "tr:has(.ti-credit-card) [data-hm-expand]")
    page.keyboard.press("Enter")
    expect(page.locator(".hm-opened .hm-order").first).to_be_visible()
    tab_to(page, "a.btn-primary[href$='/pay']")
    page.keyboard.press("Enter")
    titled(page, "Confirm Pay For Order 12345?")
    tab_to(page, "form[action$='/pay/card'] button")
    tab_to(page, "form[action$='/pay/bacs'] button")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("Registered for electronic transfer")
