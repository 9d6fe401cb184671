"""The world that every test begins with: the base of the demo world, and a rival."""

from flask import Flask
from werkzeug.security import generate_password_hash

from app.clock import now
from app.demo.base import PASSWORD, lay_base
from app.domain.kernel.viewer import SYSTEM, seen_by
from app.domain.organisations import service
from app.transaction import transaction

QUICK = "pbkdf2:sha256:1"
"""A hash that costs nothing: tests sign in often, and protect nobody."""


def build(portal: Flask) -> None:
    """Fill the empty database of ``portal``."""
    password_hash = generate_password_hash(PASSWORD, QUICK)
    with portal.app_context(), seen_by(SYSTEM), transaction():
        base = lay_base(password_hash)
        rival = service.add_user(
            email="rival@demo.example", first_name="Rita", last_name="Valente",
            password_hash=password_hash, is_demo=True, confirmed_at=now(),
        )  # fmt: skip
        service.add_membership(rival, base.providers[1], ["Training provider"])
