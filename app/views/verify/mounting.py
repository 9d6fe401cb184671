"""Puts the public pages into the portal: the door before it, the other pages within."""

from flask import Flask

from app.domain.kernel.quick import Quick
from app.views.verify import lists
from app.views.verify.desk import Desk
from app.views.verify.door import Door
from app.views.verify.gate import Gate


def stand_before(portal: Flask) -> None:
    """Let the door answer first; whatever knows of proxies must stand before it."""
    quick = Quick(portal.app_context, lambda: portal.config["SQLALCHEMY_DATABASE_URI"])
    desk, gate = Desk(portal, quick), Gate(quick)
    portal.extensions["verify_desk"] = desk
    portal.extensions["verify_gate"] = gate
    portal.wsgi_app = Door(portal.wsgi_app, portal, desk, gate)  # type: ignore[method-assign]  # Flask's way


def mount(portal: Flask) -> None:
    """Give the portal the pages that the door leaves to Flask."""
    portal.register_blueprint(lists.pages_with_lists)
