"""What only Stripe's adapter does: two secrets, late payments, many sessions, its own errors."""

import json
import time

import pytest
import stripe

from app import clock
from app.gateways.base import (
    CheckoutStatus,
    EventKind,
    ForgedEventError,
    GatewayRefusedError,
    GatewayUnavailableError,
)
from tests.gateways.peers import OTHER_SECRET, SECRET, StripePeer, a_request
from tests.gateways.servers import Receiver


def signed(event: object, secret: str = SECRET, *, age: int = 0) -> tuple[bytes, dict[str, str]]:
    payload = json.dumps(event)
    header = stripe.WebhookSignature.generate_signature_header(
        payload, secret, timestamp=int(time.time()) - age
    )
    return payload.encode(), {"Stripe-Signature": header}


@pytest.mark.parametrize("age", [400, -400])
def test_event_of_another_time_is_refused(stripe_peer: StripePeer, age: int) -> None:
    event = stripe_peer.fake.event("charge.refunded", {"id": "ch_1"})

    with pytest.raises(ForgedEventError):
        stripe_peer.gateway.read_event(*signed(event, age=age))


def test_both_secrets_are_good_while_they_rotate(stripe_peer: StripePeer) -> None:
    gateway = stripe_peer.adapter(webhook_secrets=[SECRET, OTHER_SECRET])
    event = stripe_peer.fake.event("charge.refunded", {"id": "ch_1"})

    for secret in (SECRET, OTHER_SECRET):
        assert gateway.read_event(*signed(event, secret)).kind is EventKind.OTHER
    with pytest.raises(ForgedEventError):
        stripe_peer.gateway.read_event(*signed(event, OTHER_SECRET))


@pytest.mark.parametrize("event", [[], {}, {"object": "event", "type": "x"}, "text"])
def test_signed_nonsense_is_refused(stripe_peer: StripePeer, event: object) -> None:
    with pytest.raises(ForgedEventError):
        stripe_peer.gateway.read_event(*signed(event))


def test_payment_in_processing_is_neither_paid_nor_declined(stripe_peer: StripePeer) -> None:
    checkout = stripe_peer.gateway.create(a_request(stripe_peer))
    event = stripe_peer.fake.begin_late(checkout.session_id)

    assert stripe_peer.gateway.read_event(*signed(event)).kind is EventKind.OTHER
    assert stripe_peer.gateway.read(checkout.session_id).status is CheckoutStatus.OPEN
    with pytest.raises(GatewayRefusedError):
        stripe_peer.gateway.expire(checkout.session_id)


def test_find_reads_as_many_pages_as_there_are(stripe_peer: StripePeer) -> None:
    made = [
        stripe_peer.gateway.create(a_request(stripe_peer, attempt_key=f"key-{n}")).session_id
        for n in range(8)
    ]

    found = stripe_peer.gateway.find("key-0", since=clock.now())

    assert found is not None
    assert found.session_id == made[0]


def test_create_is_repeated_with_the_same_key_when_stripe_stumbles(
    stripe_peer: StripePeer,
) -> None:
    stripe_peer.break_create("fail")

    with pytest.raises(GatewayUnavailableError):
        stripe_peer.adapter(retries=1).create(a_request(stripe_peer))

    assert stripe_peer.fake.requests == ["order-123-attempt-1"] * 2


def test_wrong_key_is_refused_for_good(stripe_peer: StripePeer) -> None:
    stripe_peer.fake.key = "sk_test_changed"
    gateway = stripe_peer.adapter()
    stripe_peer.fake.key = "sk_test_hallmark"

    with pytest.raises(GatewayRefusedError, match="Invalid API Key"):
        gateway.create(a_request(stripe_peer))


def test_closed_attempt_cannot_be_opened_again(stripe_peer: StripePeer) -> None:
    request = a_request(stripe_peer)
    stripe_peer.gateway.expire(stripe_peer.gateway.create(request).session_id)

    with pytest.raises(GatewayRefusedError):
        stripe_peer.gateway.create(request)


def test_nobody_at_the_address_is_an_unknown_outcome(
    stripe_peer: StripePeer, receiver: Receiver
) -> None:
    gateway = stripe_peer.adapter(api_base="http://127.0.0.1:1")

    with pytest.raises(GatewayUnavailableError):
        gateway.create(a_request(stripe_peer))
