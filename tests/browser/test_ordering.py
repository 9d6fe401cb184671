"""Guide A 1.3 and 1.4 in a real browser: purchase, order, payment, allocation; in both themes."""

import re

import pytest
from playwright.sync_api import expect

from app.clock import now
from app.domain.orders.models import Order
from app.domain.orders.service import receipts
from app.extensions import db
from app.transaction import transaction
from tests.support.browser import assert_accessible, assert_no_sideways
from tests.support.databases import bind
from tests.support.orders import an_order, ready
from tests.support.viewers import viewer_of
from tests.support.walks import FINANCE, PROVIDER, choose, log_in, tick


def looks_right(page):
    for theme in ("dark", "light"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.wait_for_timeout(300)  # colours fade from one theme to the other
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 900})
            assert_no_sideways(page)
            assert_accessible(page)
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.fixture
def made(portal, inside, running_portal):
    """Return a way to make rows in the running portal's database, as its provider would."""
    bind(portal, running_portal.database_url)

    def make(work, email=PROVIDER):
        with inside(viewer_of(portal, email)), transaction():
            return work()

    return make


@pytest.mark.function("A36", "A40", "A58", "A117")
def test_a_purchase_is_put_together_added_to_and_changed(page, running_portal, made):
    made(lambda: ready(2, at=now()) + ready(1, at=now(), surname="Jones"))
    log_in(page, running_portal.url, PROVIDER)
    choose(page, "Apprenticeships", "Registrations ready for ordering")
    tick(page, "Rudy A Bash")
    expect(page.locator("#purchase-quote")).to_contain_text("£140.40")
    tick(page, "Rudy B Bash")
    expect(page.locator("#purchase-quote")).to_contain_text("£280.80")
    looks_right(page)
    page.get_by_label("Accounts contact’s email").fill("accounts")
    page.get_by_role("button", name="SUBMIT PURCHASE").click()
    expect(page.get_by_role("alert")).to_contain_text("thing to put right")
    expect(page.locator("#purchase-quote")).to_contain_text("£280.80")
    looks_right(page)
    page.get_by_label("Accounts contact’s email").fill("accounts@caldervale.example")
    page.get_by_role("button", name="SUBMIT PURCHASE").click()

    order = page.get_by_role("region", name=re.compile("^Order - ECS"), exact=True)
    expect(order).to_contain_text("2 lines")
    order.get_by_role("link", name="Add applications").click()
    tick(page, "Rudy A Jones")
    page.get_by_role("button", name="ADD TO THIS ORDER").click()
    expect(page.locator("main")).to_contain_text("£421.20")
    page.get_by_role("region", name=re.compile("^Order - ECS"), exact=True).get_by_role(
        "link", name="Change order"
    ).click()
    looks_right(page)
    page.get_by_role("button", name="Take off the order: Jones, Rudy A").click()
    page.get_by_role("dialog").get_by_role("button", name="Take off the order").click()
    expect(page.locator("main")).to_contain_text("was taken off the order")
    expect(page.locator("main")).to_contain_text("2 lines")


@pytest.mark.function("A47", "A51", "A52")
def test_orders_are_opened_in_place_and_cancelled(page, running_portal, made):
    made(lambda: an_order(at=now()) and None)
    log_in(page, running_portal.url, PROVIDER)
    choose(page, "Orders", "Orders requiring attention")
    page.get_by_role("button", name=re.compile("^Open order")).click()
    order = page.get_by_role("region", name="Order - 12345", exact=True)
    expect(order).to_contain_text("2 lines")
    looks_right(page)
    order.get_by_role("button", name="Cancel order").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("2 lines are taken off")
    dialog.get_by_role("button", name="Cancel order").click()
    expect(page.locator("main")).to_contain_text("was cancelled")
    choose(page, "Orders", "Financial History")
    page.get_by_role("link", name=re.compile("^ECS")).click()
    expect(page.locator("main")).to_contain_text("Applications taken off")
    looks_right(page)


@pytest.mark.function("A59", "A62", "A68")
def test_a_card_is_declined_then_left_then_pays(page, running_portal, made):
    made(lambda: an_order(at=now()) and None)
    log_in(page, running_portal.url, PROVIDER)
    choose(page, "Orders", "Orders requiring attention")
    page.get_by_role("link", name=re.compile("^PAY NOW")).first.click()
    looks_right(page)

    page.get_by_role("button", name="PAY £280.80 NOW").click()
    page.get_by_label("Test card number").fill("4000 0000 0000 0002")
    page.get_by_role("button", name="Pay £280.80").click()
    page.get_by_role("button", name="Back to the shop").or_(
        page.get_by_role("link", name="Back to the shop")
    ).click()
    expect(page.get_by_role("heading", name="The card was declined")).to_be_visible()
    looks_right(page)

    page.get_by_role("link", name="PAY NOW").click()
    page.get_by_role("button", name="PAY £280.80 NOW").click()
    page.get_by_role("button", name="Abandon").click()
    expect(page.get_by_role("heading", name="The payment was abandoned")).to_be_visible()

    page.get_by_role("link", name="PAY NOW").click()
    page.get_by_role("button", name="PAY £280.80 NOW").click()
    expect(page.get_by_label("Test card number")).to_be_visible()
    hosted = page.url
    page.goto(f"{running_portal.url}/orders/1/pay")
    expect(page.get_by_role("heading", name="The payment has not been made yet")).to_be_visible()
    looks_right(page)
    page.get_by_role("link", name="Go to the payment page").click()
    assert page.url == hosted
    page.get_by_label("Test card number").fill("4242 4242 4242 4242")
    page.get_by_role("button", name="Pay £280.80").click()
    expect(page.get_by_role("heading", name="£280.80 was paid")).to_be_visible()
    looks_right(page)


@pytest.mark.function("A67")
def test_finance_enters_a_receipt_and_allocates_it_in_parts(page, running_portal, made):
    reference = made(lambda: receipts.register_bacs(an_order(at=now()), at=now()).reference)
    log_in(page, running_portal.url, FINANCE)
    choose(page, "Orders", "Bank receipts")
    looks_right(page)
    page.get_by_role("link", name="Enter a receipt").first.click()
    looks_right(page)
    page.get_by_label("Amount").fill("300")
    page.get_by_label("Payer").fill("CALDER VALE")
    page.get_by_label("Reference on the statement").fill(f"thanks {reference[:5]} {reference[5:]}")
    page.get_by_role("button", name="SAVE").click()
    expect(page.locator("#suggestions")).to_contain_text(reference)
    looks_right(page)
    page.get_by_label("Our Ref").fill(reference)
    page.get_by_label("Amount").fill("100")
    page.get_by_role("button", name="ALLOCATE", exact=True).click()
    expect(page.locator("#allocations")).to_contain_text("£100.00")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("main")).to_contain_text("was taken back")
    page.get_by_role("button", name=f"Allocate £280.80: {reference}").click()
    expect(page.locator("main")).to_contain_text("£19.20")
    looks_right(page)
    state = made(lambda: db.session.get_one(Order, 1).state)
    assert state == "being_fulfilled"
