"""What the portal may rely on, whichever gateway it pays through."""

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
from tests.gateways.peers import Peer, a_request
from tests.gateways.servers import Receiver, eventually


def test_new_checkout_is_open_and_shows_what_was_asked(peer: Peer) -> None:
    checkout = peer.gateway.create(a_request(peer))

    state = peer.gateway.read(checkout.session_id)

    assert checkout.url.startswith("http")
    assert state.status is CheckoutStatus.OPEN
    assert (state.amount_pence, state.currency) == (14_040, "GBP")
    assert state.order_reference == "HM-000123-45"
    assert state.attempt_key == "order-123-attempt-1"
    assert state.payment_id is None


def test_same_attempt_is_the_same_checkout(peer: Peer) -> None:
    request = a_request(peer)

    assert peer.gateway.create(request) == peer.gateway.create(request)


def test_key_of_another_amount_is_refused(peer: Peer) -> None:
    request = a_request(peer)
    peer.gateway.create(request)

    with pytest.raises(GatewayRefusedError):
        peer.gateway.create(replace(request, amount_pence=1))


def test_next_attempt_is_another_checkout(peer: Peer) -> None:
    first = peer.gateway.create(a_request(peer))
    second = peer.gateway.create(a_request(peer, attempt_key="order-123-attempt-2"))

    assert first.session_id != second.session_id


@pytest.mark.parametrize(
    ("deed", "status", "kind"),
    [
        ("pay", CheckoutStatus.PAID, EventKind.PAID),
        ("decline", CheckoutStatus.DECLINED, EventKind.DECLINED),
        ("abandon", CheckoutStatus.ABANDONED, EventKind.ABANDONED),
    ],
)
def test_outcome_is_reported_and_read(
    peer: Peer, receiver: Receiver, deed: str, status: CheckoutStatus, kind: EventKind
) -> None:
    checkout = peer.gateway.create(a_request(peer))

    getattr(peer, deed)(checkout.session_id)

    [(payload, headers)] = eventually(lambda: receiver.messages)
    event = peer.gateway.read_event(payload, headers)
    assert (event.kind, event.session_id) == (kind, checkout.session_id)
    assert abs(event.created_at - clock.now()) < timedelta(seconds=10)
    assert peer.gateway.read(checkout.session_id).status is status


def test_paid_checkout_names_its_payment(peer: Peer) -> None:
    checkout = peer.gateway.create(a_request(peer))

    peer.pay(checkout.session_id)

    assert peer.gateway.read(checkout.session_id).payment_id


def test_expired_checkout_takes_no_money(peer: Peer) -> None:
    checkout = peer.gateway.create(a_request(peer))

    assert peer.gateway.expire(checkout.session_id).status is CheckoutStatus.ABANDONED
    assert peer.gateway.expire(checkout.session_id).status is CheckoutStatus.ABANDONED


def test_expiring_a_paid_checkout_says_that_it_is_paid(peer: Peer) -> None:
    checkout = peer.gateway.create(a_request(peer))
    peer.pay(checkout.session_id)

    assert peer.gateway.expire(checkout.session_id).status is CheckoutStatus.PAID


def test_unknown_checkout_is_refused(peer: Peer) -> None:
    with pytest.raises(GatewayRefusedError):
        peer.gateway.read("never-made")


def test_attempt_that_never_arrived_is_not_found(peer: Peer) -> None:
    peer.break_create("hang")

    with pytest.raises(GatewayUnavailableError):
        peer.gateway.create(a_request(peer))

    peer.break_create("ok")
    assert peer.gateway.find("order-123-attempt-1", since=clock.now()) is None


def test_attempt_whose_answer_was_lost_is_found(peer: Peer) -> None:
    request = a_request(peer)
    peer.break_create("hang_after")

    with pytest.raises(GatewayUnavailableError):
        peer.gateway.create(request)

    peer.break_create("ok")
    found = peer.gateway.find(request.attempt_key)
    assert found is not None
    assert found.session_id == peer.gateway.create(request).session_id


def test_broken_gateway_is_an_unknown_outcome(peer: Peer) -> None:
    peer.break_create("fail")

    with pytest.raises(GatewayUnavailableError):
        peer.gateway.create(a_request(peer))


@pytest.mark.parametrize("change", ["payload", "signature", "time", "no header", "not ascii"])
def test_tampered_event_is_refused(peer: Peer, receiver: Receiver, change: str) -> None:
    peer.pay(peer.gateway.create(a_request(peer)).session_id)
    [(payload, headers)] = eventually(lambda: receiver.messages)
    name = next(name for name in headers if name.endswith("-Signature"))
    changed = {
        "payload": (payload.replace(b"paid", b"maid"), headers[name]),
        "signature": (payload, headers[name].replace("v1=", "v1=0")),
        "time": (payload, headers[name].replace("t=", "t=1")),
        "no header": (payload, ""),
        "not ascii": (payload + b"\xff", "t=1,v1=\xe9"),
    }[change]

    with pytest.raises(ForgedEventError):
        peer.gateway.read_event(changed[0], {name: changed[1]})
