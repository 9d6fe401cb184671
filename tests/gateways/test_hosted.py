"""What only the built-in gateway does: its page, its messages, and the faults tests switch on."""

import concurrent.futures
import json
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from app import clock
from app.gateways.base import (
    CheckoutStatus,
    EventKind,
    ForgedEventError,
    GatewayRefusedError,
    GatewayUnavailableError,
)
from app.gateways.hosted import HostedGateway
from test_gateway.messenger import sign
from test_gateway.server import create_app, stop
from test_gateway.settings import Settings
from tests.gateways.peers import SECRET, HostedPeer, a_request
from tests.gateways.servers import Receiver, bound_server, eventually, serving


def opened(peer: HostedPeer, **changes: object) -> str:
    return peer.gateway.create(a_request(peer, **changes)).session_id


def kinds(peer: HostedPeer, receiver: Receiver) -> list[EventKind]:
    return [peer.gateway.read_event(*message).kind for message in receiver.messages]


def test_page_shows_amount_purpose_and_that_no_money_moves(hosted_peer: HostedPeer) -> None:
    page = hosted_peer.page(opened(hosted_peer, description="<b>Cards</b>"))

    assert "Test gateway: no money moves" in page
    assert "Pay £140.40" in page
    assert "&lt;b&gt;Cards&lt;/b&gt;" in page
    assert "<script" not in page
    assert "style=" not in page


def test_page_lets_the_browser_go_back_to_the_shop_and_nowhere_else(
    hosted_peer: HostedPeer,
) -> None:
    answer = hosted_peer.call("GET", f"/pay/{opened(hosted_peer)}")

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("form-action 'self' http://127.0.0.1:9")


def test_paying_leads_back_to_the_shop(hosted_peer: HostedPeer) -> None:
    id = opened(hosted_peer)

    answer = hosted_peer.submit(id, "4242-4242-4242-4242")

    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://127.0.0.1:9/orders/1/paid?session={id}"


def test_many_clicks_pay_once(hosted_peer: HostedPeer, receiver: Receiver) -> None:
    id = opened(hosted_peer)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: hosted_peer.submit(id, "4242424242424242"), range(8)))

    assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {
        (303, f"http://127.0.0.1:9/orders/1/paid?session={id}")
    }
    eventually(lambda: receiver.messages)
    hosted_peer.decline(id)
    hosted_peer.abandon(id)
    assert hosted_peer.gateway.read(id).status is CheckoutStatus.PAID
    assert kinds(hosted_peer, receiver) == [EventKind.PAID]


def test_declined_card_can_be_tried_again(hosted_peer: HostedPeer) -> None:
    id = opened(hosted_peer)

    hosted_peer.decline(id)

    page = hosted_peer.page(id)
    assert "Your card was declined" in page
    assert "Try again" in page
    assert "Back to the shop" in page
    hosted_peer.pay(id)
    assert hosted_peer.gateway.read(id).status is CheckoutStatus.PAID


def test_expired_checkout_cannot_be_paid_even_after_a_decline(hosted_peer: HostedPeer) -> None:
    id = opened(hosted_peer)
    hosted_peer.decline(id)
    hosted_peer.gateway.expire(id)

    hosted_peer.pay(id)

    assert hosted_peer.gateway.read(id).status is CheckoutStatus.ABANDONED
    assert "This payment was not made" in hosted_peer.page(id)


def test_number_that_is_no_test_card_is_refused_and_not_repeated(hosted_peer: HostedPeer) -> None:
    answer = hosted_peer.submit(opened(hosted_peer), "5555 1234 5678 9012")

    assert answer.status_code == 422
    assert "This has 16 characters and is not a test card." in answer.text
    assert "5555" not in answer.text


def test_abandoning_leads_back_to_the_order(hosted_peer: HostedPeer) -> None:
    answer = hosted_peer.post(f"/pay/{opened(hosted_peer)}/leave")

    assert (answer.status_code, answer.headers["Location"]) == (303, "http://127.0.0.1:9/orders/1")


def test_checkout_runs_out_by_itself(hosted_peer: HostedPeer, receiver: Receiver) -> None:
    id = opened(hosted_peer, expires_at=clock.now() - timedelta(seconds=1))

    eventually(lambda: receiver.messages)

    assert kinds(hosted_peer, receiver) == [EventKind.ABANDONED]
    assert hosted_peer.gateway.read(id).status is CheckoutStatus.ABANDONED


def test_message_is_sent_until_it_is_taken(hosted_peer: HostedPeer, receiver: Receiver) -> None:
    receiver.refuse_next = 3

    hosted_peer.pay(opened(hosted_peer))

    eventually(lambda: receiver.messages)
    assert receiver.refused == 3


def test_duplicated_message_has_one_event_id(hosted_peer: HostedPeer, receiver: Receiver) -> None:
    hosted_peer.switch(duplicate=True)

    hosted_peer.pay(opened(hosted_peer))

    eventually(lambda: len(receiver.messages) == 2)
    events = [hosted_peer.gateway.read_event(*message) for message in receiver.messages]
    assert events[0] == events[1]


def test_reordered_messages_arrive_last_first(hosted_peer: HostedPeer, receiver: Receiver) -> None:
    hosted_peer.switch(reorder=True)
    id = opened(hosted_peer)

    hosted_peer.decline(id)
    hosted_peer.pay(id)

    eventually(lambda: len(receiver.messages) == 2)
    assert kinds(hosted_peer, receiver) == [EventKind.PAID, EventKind.DECLINED]


def test_late_message_comes_late(hosted_peer: HostedPeer, receiver: Receiver) -> None:
    hosted_peer.switch(delay=0.3)
    began = time.monotonic()

    hosted_peer.pay(opened(hosted_peer))

    eventually(lambda: receiver.messages)
    assert time.monotonic() - began > 0.3


def test_lost_message_never_comes_and_the_state_can_be_read(
    hosted_peer: HostedPeer, receiver: Receiver
) -> None:
    hosted_peer.switch(drop=True)
    id = opened(hosted_peer)
    hosted_peer.pay(id)
    hosted_peer.switch()
    hosted_peer.pay(opened(hosted_peer, attempt_key="second"))

    eventually(lambda: receiver.messages)

    assert len(receiver.messages) == 1
    assert hosted_peer.gateway.read(id).status is CheckoutStatus.PAID


@pytest.mark.parametrize("fault", ["hang", "fail"])
def test_gateway_that_cannot_be_read_is_unavailable(hosted_peer: HostedPeer, fault: str) -> None:
    id = opened(hosted_peer)
    hosted_peer.switch(read=fault)

    with pytest.raises(GatewayUnavailableError):
        hosted_peer.gateway.read(id)
    with pytest.raises(GatewayUnavailableError):
        hosted_peer.gateway.find("order-123-attempt-1")


@pytest.mark.parametrize("faults", [{"create": "burn"}, {"delay": "1"}, {"smoke": True}])
def test_unknown_fault_is_refused(hosted_peer: HostedPeer, faults: dict[str, object]) -> None:
    assert hosted_peer.switch(**faults).status_code == 400


def test_switches_need_the_gateway_to_be_started_with_them(
    receiver: Receiver, gateway_settings: Settings
) -> None:
    app = create_app(replace(gateway_settings, allow_switches=False))
    with serving(bound_server(app)) as url:
        assert HostedPeer(url, receiver.url).switch(drop=True).status_code == 404
    stop(app)


def test_restart_keeps_checkouts_and_messages(
    receiver: Receiver, gateway_settings: Settings
) -> None:
    first = create_app(gateway_settings)
    with serving(bound_server(first)) as url:
        peer = HostedPeer(url, receiver.url)
        peer.switch(delay=0.5)
        id = opened(peer)
        peer.pay(id)
    stop(first)

    second = create_app(gateway_settings)
    with serving(bound_server(second)) as url:
        assert HostedPeer(url, receiver.url).gateway.read(id).status is CheckoutStatus.PAID
        eventually(lambda: receiver.messages)
    stop(second)


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook_url": "http://elsewhere.example/webhook"},
        {"success_url": "javascript:alert(1)"},
        {"currency": "USD"},
        {"expires_at": clock.now() + timedelta(days=3)},
    ],
)
def test_impossible_request_is_refused(hosted_peer: HostedPeer, changes: dict[str, object]) -> None:
    with pytest.raises(GatewayRefusedError):
        opened(hosted_peer, **changes)


def test_wrong_secret_is_refused(hosted_peer: HostedPeer) -> None:
    gateway = HostedGateway(hosted_peer.url, secret="guess")

    with pytest.raises(GatewayRefusedError, match="secret"):
        gateway.create(a_request(hosted_peer))


def test_answer_that_is_not_the_gateways_is_unavailable(receiver: Receiver) -> None:
    gateway = HostedGateway(receiver.url, secret=SECRET)

    with pytest.raises(GatewayUnavailableError):
        gateway.read("ts_1")


@pytest.mark.parametrize("age", [400, -400])
def test_event_of_another_time_is_refused(hosted_peer: HostedPeer, age: int) -> None:
    payload = json.dumps({"id": "te_1", "type": "checkout.paid"}).encode()
    header = sign(payload, SECRET, at=time.time() - age)

    with pytest.raises(ForgedEventError, match="just now"):
        hosted_peer.gateway.read_event(payload, {"Hallmark-Signature": header})


def test_signed_nonsense_is_refused(hosted_peer: HostedPeer) -> None:
    header = sign(b"[]", SECRET, at=time.time())

    with pytest.raises(ForgedEventError):
        hosted_peer.gateway.read_event(b"[]", {"Hallmark-Signature": header})
