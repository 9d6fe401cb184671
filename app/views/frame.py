"""What every page is given: who is signed in, the menu, the footer, addresses of assets."""

import hashlib
import os
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from flask import current_app, g, request, url_for
from flask_babel import Domain, gettext

from app.domain.catalogue import queries as catalogue
from app.domain.orders import counts
from app.security import current
from app.views import menu

VERSION = "1.0.0"


class Frame:
    """The frame round every page; each part is worked out when a template first asks for it."""

    lang = "en-GB"
    version = VERSION

    @cached_property
    def _standing(self) -> current.Standing | None:
        return current.standing()

    @property
    def signed_in(self) -> bool:
        """Whether anybody is signed in."""
        return self._standing is not None

    @property
    def user(self) -> dict[str, str]:
        """The person signed in."""
        assert self._standing is not None
        user = self._standing.user
        return {
            "name": user.full_name,
            "first": user.first_name,
            "initials": user.initials,
            "email": user.email,
        }

    @property
    def active(self) -> dict[str, object] | None:
        """The organisation in which the person works at present."""
        if self._standing is None or self._standing.active is None:
            return None
        place = self._standing.active
        return {"id": place.organisation_id, "name": place.name, "level": gettext(place.kind.level)}

    @property
    def organisations(self) -> list[dict[str, object]]:
        """Where else the person may work: the Centre/Site toggle; none when there is no choice."""
        if self._standing is None or len(self._standing.places) < 2:
            return []
        return [
            {
                "id": place.organisation_id,
                "name": place.name,
                "level": gettext(place.kind.level),
                "icon": place.kind.icon,
                "current": place == self._standing.active,
            }
            for place in self._standing.places
        ]

    @cached_property
    def tabs(self) -> list[dict[str, object]]:
        """The toolbar, reduced to what the person may open."""
        if self._standing is None or self._standing.active is None:
            return []
        here = g.get("stands_at") or request.endpoint
        return menu.tabs_for(self._standing.may, here, lambda: self._counts)

    @cached_property
    def _counts(self) -> dict[str, int]:
        return counts.menu_counts()

    @cached_property
    def body(self) -> dict[str, str] | None:
        """The administering body's contact block for the footer (A2)."""
        return catalogue.contact_block(current.viewer().organisation_id)

    home_url = "/"

    @property
    def help_url(self) -> str:
        """Where help is found: which senders to trust, and whom to ask."""
        return url_for("HelpView.help")

    @property
    def switch_url(self) -> str:
        """Where the organisation toggle posts to."""
        return url_for("SignInView.switch")

    @property
    def logout_url(self) -> str:
        """Where signing out posts to."""
        return url_for("SignInView.logout")

    @property
    def request_id(self) -> str:
        """The id under which the log knows this request."""
        found: str = g.get("request_id", "")
        return found


def stands_at(endpoint: str) -> None:
    """Let the toolbar mark the tab by which ``endpoint`` is reached, for the page that follows."""
    g.stands_at = endpoint


class Words(Domain):
    """The portal's words, in the language found once for a request, not 200 times a page."""

    def get_translations(self) -> Any:
        """Return the translations for whoever makes the request."""
        if "translations" not in g:
            g.translations = super().get_translations()
        return g.translations


@lru_cache(maxsize=256)
def _address_of(path: str, file: str, changed: int) -> str:
    stamp = hashlib.sha256(Path(file).read_bytes()).hexdigest()[:10]
    return url_for("static", filename=path, v=stamp)


def asset(path: str) -> str:
    """Return the address of a static file, with its content in it so that it can be cached."""
    file = f"{current_app.static_folder}/{path}"
    try:
        return _address_of(path, file, os.stat(file).st_mtime_ns)
    except FileNotFoundError:
        return url_for("static", filename=path)


def context() -> dict[str, Any]:
    """Return what every template is given."""
    if "frame" not in g:
        g.frame = Frame()
    return {"frame": g.frame, "asset": asset}
