"""The two gateways as the contract test sees them: an adapter and its real peer on loopback."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol

import requests

from app import clock
from app.gateways.base import CheckoutGateway, CheckoutRequest
from app.gateways.hosted import HostedGateway
from app.gateways.stripe_checkout import StripeGateway
from tests.gateways.fake_stripe import FakeStripe

SECRET = "whsec_first"
OTHER_SECRET = "whsec_second"
SHORT = (1.0, 0.4)


class Peer(Protocol):
    @property
    def gateway(self) -> CheckoutGateway: ...
    @property
    def webhook_url(self) -> str: ...
    def pay(self, session_id: str) -> None: ...
    def decline(self, session_id: str) -> None: ...
    def abandon(self, session_id: str) -> None: ...
    def break_create(self, how: str) -> None: ...


def a_request(peer: Peer, **changes: Any) -> CheckoutRequest:
    request = CheckoutRequest(
        order_reference="HM-000123-45",
        attempt_key="order-123-attempt-1",
        amount_pence=14_040,
        description="Registration of 1 apprentice",
        customer_email="accounts@provider.example",
        success_url="http://127.0.0.1:9/orders/1/paid?session={CHECKOUT_SESSION_ID}",
        cancel_url="http://127.0.0.1:9/orders/1",
        webhook_url=peer.webhook_url,
        expires_at=clock.now() + timedelta(hours=1),
    )
    return replace(request, **changes)


class StripePeer:
    def __init__(self, fake: FakeStripe, url: str, webhook_url: str) -> None:
        self.fake = fake
        self.url = url
        self.webhook_url = webhook_url
        self.gateway = self.adapter()

    def adapter(self, **changes: Any) -> StripeGateway:
        options: dict[str, Any] = {
            "webhook_secrets": [SECRET],
            "api_base": self.url,
            "timeouts": SHORT,
            "retries": 0,
        }
        return StripeGateway(self.fake.key, **(options | changes))

    def pay(self, session_id: str) -> None:
        self.fake.send(self.fake.pay(session_id), self.webhook_url)

    def decline(self, session_id: str) -> None:
        self.fake.send(self.fake.fail_late(session_id), self.webhook_url)

    def abandon(self, session_id: str) -> None:
        self.fake.send(self.fake.run_out(session_id), self.webhook_url)

    def break_create(self, how: str) -> None:
        self.fake.set_fault(how)


class HostedPeer:
    def __init__(self, url: str, webhook_url: str) -> None:
        self.url = url
        self.webhook_url = webhook_url
        self.gateway = HostedGateway(url, secret=SECRET, timeouts=SHORT)

    def pay(self, session_id: str) -> None:
        self.submit(session_id, "4242 4242 4242 4242")

    def decline(self, session_id: str) -> None:
        self.submit(session_id, "4000 0000 0000 0002")

    def abandon(self, session_id: str) -> None:
        self.post(f"/pay/{session_id}/leave")

    def break_create(self, how: str) -> None:
        self.switch(create=how)

    def switch(self, **faults: object) -> requests.Response:
        return self.call("POST", "/api/switches", json=faults)

    def submit(self, session_id: str, card: str) -> requests.Response:
        return self.post(f"/pay/{session_id}", card=card)

    def post(self, path: str, **form: str) -> requests.Response:
        return self.call("POST", path, data=form)

    def page(self, session_id: str) -> str:
        return re.sub(r"\s+", " ", self.call("GET", f"/pay/{session_id}").text)

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False
            session.headers["Authorization"] = f"Bearer {SECRET}"
            return session.request(
                method, self.url + path, timeout=5, allow_redirects=False, **options
            )
