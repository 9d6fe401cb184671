"""Which gateway the settings open, and that the test gateway stays out of production."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.gateways.base import CheckoutRequest, GatewayConfigurationError
from app.gateways.registry import open_gateway
from tests.gateways.peers import HostedPeer, a_request
from tests.support.ports import answers_http, free_port, wait_until

ROOT = Path(__file__).parents[2]
STRIPE = {"STRIPE_SECRET_KEY": "sk_live_x", "STRIPE_WEBHOOK_SECRET": "whsec_a, whsec_b"}
HOSTED = {"GATEWAY_URL": "http://localhost:8081/", "GATEWAY_SECRET": "s"}


def test_stripe_is_opened_when_its_key_is_set() -> None:
    gateway = open_gateway(STRIPE | HOSTED | {"PORTAL_ENV": "production"})

    assert (gateway.name, gateway.page_origin) == ("Stripe", "https://checkout.stripe.com")


def test_test_gateway_is_opened_otherwise() -> None:
    gateway = open_gateway(HOSTED | {"PORTAL_ENV": "development"})

    assert (gateway.name, gateway.page_origin) == ("test gateway", "http://localhost:8081")


@pytest.mark.parametrize(
    "config",
    [
        HOSTED | {"PORTAL_ENV": "production"},
        {"STRIPE_SECRET_KEY": "sk_test_x", "STRIPE_WEBHOOK_SECRET": " , "},
        STRIPE | {"PORTAL_ENV": "production", "STRIPE_API_BASE": "http://127.0.0.1"},
        {"GATEWAY_URL": "http://localhost:8081"},
    ],
)
def test_unsafe_settings_stop_the_start(config: dict[str, str]) -> None:
    with pytest.raises(GatewayConfigurationError):
        open_gateway(config)


def test_opening_stripe_does_not_load_its_library() -> None:
    code = (
        "import sys; from app.gateways.registry import open_gateway;"
        f" open_gateway({STRIPE!r}); assert 'stripe' not in sys.modules"
    )

    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@pytest.mark.parametrize("changes", [{"amount_pence": 0}, {"attempt_key": ""}])
def test_senseless_request_cannot_be_made(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"above zero|1 to 255"):
        a_request(HostedPeer("http://localhost", "http://localhost"), **changes)


def test_request_defaults_to_pounds() -> None:
    assert CheckoutRequest.currency == "GBP"


def test_process_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, "-m", "test_gateway"],
        cwd=ROOT,
        env=os.environ
        | {"GATEWAY_URL": url, "PORTAL_HOME": str(tmp_path), "PORTAL_ENV": "testing"},
        stderr=subprocess.PIPE,
    )
    try:
        wait_until(lambda: answers_http(port, "/health"), seconds=20, what="the gateway answers")
    finally:
        process.terminate()
        process.communicate(timeout=10)
    assert process.returncode == 0
    assert (tmp_path / "test_gateway.sqlite").exists()


def test_process_refuses_production(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "test_gateway"],
        cwd=ROOT,
        env=os.environ | {"PORTAL_ENV": "production", "PORTAL_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert done.returncode == 1
    assert "does not run in production" in done.stderr
