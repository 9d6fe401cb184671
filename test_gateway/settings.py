"""The settings of the test gateway, which it shares with the portal beside it."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import config

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Settings:
    """Where the gateway listens, what it signs with, and whom it may call."""

    url: str
    secret: str
    database: Path
    webhook_hosts: frozenset[str] = LOOPBACK
    allow_switches: bool = False
    first_retry: float = 0.5
    attempts: int = 8
    webhook_timeout: float = 10.0


def refuse_production() -> None:
    """Stop at once where real customers would meet a page that takes no money."""
    if os.environ.get("PORTAL_ENV") == "production":
        raise SystemExit("The test gateway does not run in production: set STRIPE_SECRET_KEY.")


def read_settings(*, allow_switches: bool) -> Settings:
    """Read the settings from the environment, with the portal's own defaults."""
    values = config.settings()
    public_host = urlsplit(values["PUBLIC_URL"]).hostname
    return Settings(
        url=values["GATEWAY_URL"].rstrip("/"),
        secret=values["GATEWAY_SECRET"],
        database=Path(values["PORTAL_HOME"]) / "test_gateway.sqlite",
        webhook_hosts=LOOPBACK | ({public_host} if public_host else set()),
        allow_switches=allow_switches or os.environ.get("GATEWAY_SWITCHES") == "1",
    )


def read_port(url: str) -> int:
    """Return the port to listen on: GATEWAY_PORT, else the one in the address."""
    return int(os.environ.get("GATEWAY_PORT") or urlsplit(url).port or 8081)
