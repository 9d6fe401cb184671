"""The payment page in a real browser: paid, declined and left by hand, narrow and dark."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.gateways.base import CheckoutStatus
from tests.gateways.peers import HostedPeer, a_request
from tests.gateways.servers import Receiver, bound_server, serving
from tests.support.browser import assert_accessible, assert_no_sideways


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    receiver = Receiver()
    receiver.app.add_url_rule("/paid", endpoint="paid", view_func=lambda: "Thank you")
    receiver.app.add_url_rule("/order", endpoint="order", view_func=lambda: "Your order")
    with serving(bound_server(receiver.app)) as url:
        yield url


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    size = {"width": 320, "height": 700}
    with browser.new_context(viewport=size, color_scheme=request.param) as context:
        page = context.new_page()
        troubles: list[str] = []
        page.on("console", lambda message: troubles.append(message.text))
        yield page
        assert [text for text in troubles if "422" not in text] == []


def assert_good(page: Page) -> None:
    assert_accessible(page)
    assert_no_sideways(page)


def test_customer_errs_is_declined_and_pays(page: Page, hosted_peer: HostedPeer, shop: str) -> None:
    checkout = hosted_peer.gateway.create(
        a_request(hosted_peer, success_url=f"{shop}/paid", cancel_url=f"{shop}/order")
    )
    page.goto(checkout.url)
    assert_good(page)

    page.get_by_label("Test card number").fill("1234")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("This has 4 characters")
    assert_good(page)

    page.get_by_label("Test card number").fill("4000 0000 0000 0002")
    page.get_by_role("button", name="Pay £140.40").click()
    expect(page.get_by_role("heading", name="Your card was declined")).to_be_visible()
    assert_good(page)

    page.get_by_label("Test card number").fill("4242 4242 4242 4242")
    page.get_by_role("button", name="Try again £140.40").click()
    expect(page.get_by_text("Thank you")).to_be_visible()

    page.goto(checkout.url)
    expect(page.get_by_role("status")).to_contain_text("is paid")
    assert_good(page)
    page.get_by_role("link", name="Continue to the shop").click()
    expect(page.get_by_text("Thank you")).to_be_visible()


def test_customer_leaves_for_the_shop(page: Page, hosted_peer: HostedPeer, shop: str) -> None:
    checkout = hosted_peer.gateway.create(
        a_request(hosted_peer, success_url=f"{shop}/paid", cancel_url=f"{shop}/order")
    )
    page.goto(checkout.url)

    page.get_by_role("button", name="Abandon").click()

    expect(page.get_by_text("Your order")).to_be_visible()
    assert hosted_peer.gateway.read(checkout.session_id).status is CheckoutStatus.ABANDONED
    page.goto(checkout.url)
    expect(page.get_by_role("heading", name="This payment was not made")).to_be_visible()
    assert_good(page)
