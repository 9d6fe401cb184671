"""Chooses the card payment gateway that the settings name."""

from collections.abc import Mapping
from typing import Any, Protocol

from app.gateways.base import CheckoutGateway, GatewayConfigurationError
from app.gateways.hosted import HostedGateway
from app.gateways.stripe_checkout import StripeGateway


class Portal(Protocol):
    """What is needed of the application object."""

    @property
    def config(self) -> Mapping[str, Any]:
        """The settings."""

    @property
    def extensions(self) -> dict[str, Any]:
        """Where what was opened once is kept."""


def gateway_of(portal: Portal) -> CheckoutGateway:
    """Return the gateway of ``portal``, opened at the first payment."""
    if "gateway" not in portal.extensions:
        portal.extensions["gateway"] = open_gateway(portal.config)
    found: CheckoutGateway = portal.extensions["gateway"]
    return found


def open_gateway(config: Mapping[str, Any]) -> CheckoutGateway:
    """Return Stripe when its key is set, else the built-in test gateway (not in production)."""
    production = config.get("PORTAL_ENV") == "production"
    if config.get("STRIPE_SECRET_KEY"):
        return _open_stripe(config, production=production)
    if production:
        raise GatewayConfigurationError(
            "STRIPE_SECRET_KEY is not set, and the test gateway is refused in production."
        )
    if not config.get("GATEWAY_URL") or not config.get("GATEWAY_SECRET"):
        raise GatewayConfigurationError("The test gateway needs GATEWAY_URL and GATEWAY_SECRET.")
    return HostedGateway(config["GATEWAY_URL"], secret=config["GATEWAY_SECRET"])


def _open_stripe(config: Mapping[str, Any], *, production: bool) -> StripeGateway:
    secrets = [part.strip() for part in (config.get("STRIPE_WEBHOOK_SECRET") or "").split(",")]
    secrets = [secret for secret in secrets if secret]
    if not secrets:
        raise GatewayConfigurationError(
            "STRIPE_SECRET_KEY is set without STRIPE_WEBHOOK_SECRET: payments would go unnoticed."
        )
    api_base = config.get("STRIPE_API_BASE") or None
    if production and api_base:
        raise GatewayConfigurationError("STRIPE_API_BASE is for tests; unset it in production.")
    return StripeGateway(config["STRIPE_SECRET_KEY"], webhook_secrets=secrets, api_base=api_base)
