"""A payment gateway for trying the portal: a hosted page that takes test cards, and no money."""

from test_gateway.server import create_app

__all__ = ["create_app"]
