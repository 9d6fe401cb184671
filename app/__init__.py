"""The awarding body's portal."""

import gc
from typing import Any

from flask import Flask


def create_app(overrides: dict[str, Any] | None = None) -> Flask:
    """Build a portal from the environment's settings, then ``overrides``."""
    collects = gc.isenabled()
    gc.disable()  # while modules load there is no garbage; looking for it takes 0.3 s
    try:
        import config
        from app import wiring

        portal = Flask(__name__)
        portal.config.update(config.settings(overrides))
        wiring.connect(portal)
    finally:
        if collects:
            gc.enable()
    return portal


def __getattr__(name: str) -> Any:
    """Build ``app.app`` when a server first asks for it; importing the package stays free."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()["app"] = portal = create_app()
    return portal
