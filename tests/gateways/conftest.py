"""Fixtures of the payment gateways: both peers, and the shop that hears their events."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from test_gateway.server import create_app, stop
from test_gateway.settings import Settings, read_port
from tests.gateways.fake_stripe import FakeStripe
from tests.gateways.peers import SECRET, HostedPeer, Peer, StripePeer
from tests.gateways.servers import Receiver, bound_server, serving
from tests.support.ports import free_port


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    with serving(bound_server(receiver.app)) as url:
        receiver.url = f"{url}/webhook"
        yield receiver


@pytest.fixture
def stripe_peer(receiver: Receiver) -> Iterator[StripePeer]:
    fake = FakeStripe(key="sk_test_hallmark", webhook_secret=SECRET)
    with serving(bound_server(fake.app)) as url:
        yield StripePeer(fake, url, receiver.url)
        fake.set_fault("ok")


@pytest.fixture
def gateway_settings(tmp_path: Path) -> Settings:
    return Settings(
        url=f"http://127.0.0.1:{free_port()}",
        secret=SECRET,
        database=tmp_path / "gateway.sqlite",
        allow_switches=True,
        first_retry=0.02,
    )


@pytest.fixture
def hosted_peer(receiver: Receiver, gateway_settings: Settings) -> Iterator[HostedPeer]:
    app = create_app(gateway_settings)
    try:
        with serving(bound_server(app, read_port(gateway_settings.url))) as url:
            yield HostedPeer(url, receiver.url)
            app.extensions["gateway"]["switches"].set({})
    finally:
        stop(app)


@pytest.fixture(params=["stripe", "hosted"])
def peer(request: pytest.FixtureRequest) -> Peer:
    found: Peer = request.getfixturevalue(f"{request.param}_peer")
    return found
