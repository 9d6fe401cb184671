"""What these pages know between requests: who we are, which numbers can be checked, drawn pages."""

import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from flask import Flask
from markupsafe import escape

from app.clock import local, now
from app.domain.awards.verification import queries
from app.domain.awards.verification.rules import LOOKS, Finding, Policy
from app.domain.kernel.identifiers import show_phone
from app.domain.kernel.quick import Quick
from app.views import frame

log = logging.getLogger(__name__)

REMEMBERED = 60.0
"""Seconds after which a change of the settings is seen by every process."""
_OPEN, _CLOSE = "\ue000", "\ue001"
_PLACE = re.compile(f"{_OPEN}([a-z_]+){_CLOSE}")


@dataclass(frozen=True)
class Body:
    """The awarding body as these pages name it."""

    name: str
    email: str
    telephone: str


class Drawn:
    """A page drawn once, with places that each answer fills; what fills them is escaped."""

    def __init__(self, html: str) -> None:
        parts = _PLACE.split(html)
        self._fixed, self._names = parts[::2], parts[1::2]

    def fill(self, values: Mapping[str, str]) -> bytes:
        """Return the page with these values in its places."""
        said = [self._fixed[0]]
        for name, fixed in zip(self._names, self._fixed[1:], strict=True):
            said += (escape(values[name]), fixed)
        return "".join(said).encode()


def place(name: str) -> str:
    """Return what a template prints where a value is to stand later."""
    return f"{_OPEN}{name}{_CLOSE}"


class Desk:
    """One for each process."""

    def __init__(self, portal: Flask, quick: Quick) -> None:
        self._portal = portal
        self.quick = quick
        self._known: dict[str, tuple[float, Any]] = {}
        self.drawn = lru_cache(maxsize=64)(self._draw)
        self.refused = lru_cache(maxsize=8)(self._draw_refusal)

    @property
    def policy(self) -> Policy:
        """Which documents can be checked."""
        found: Policy = self._remember("policy", lambda: queries.policy(self.quick))
        return found

    @property
    def body(self) -> Body:
        """Who we are; nameless while the database cannot say: refusals need a page, too."""
        try:
            found: Body = self._remember("body", self._ask_body)
        except Exception:
            log.exception("the awarding body could not be named")
            return Body("", "", "")
        return found

    def _ask_body(self) -> Body:
        said = queries.body(self.quick)
        telephone = show_phone(said["telephone"]) if said["telephone"] else ""
        return Body(said["name"], said["email"], telephone)

    def _remember(self, name: str, ask: Callable[[], Any]) -> Any:
        at, found = self._known.get(name, (0.0, None))
        if found is None or time.monotonic() - at > REMEMBERED:
            found = ask()
            self._known[name] = time.monotonic(), found
        return found

    def forget(self) -> None:
        """Ask for everything anew."""
        self._known.clear()

    def page(self, finding: Finding, values: Mapping[str, str]) -> bytes:
        """Return the page that answers for a number, with these values in it."""
        return self.drawn(finding, self.body).fill(values)

    def refusal(self, code: int, words: str) -> bytes:
        """Return the page that refuses, with the reason in words."""
        return self.refused(code, self.body).fill({"words": words})

    def _draw_refusal(self, code: int, body: Body) -> Drawn:
        with self._portal.test_request_context("/verify/"):
            template = self._portal.jinja_env.get_template("verify/refused.html")
            words = place("words")
            return Drawn(template.render(code=code, words=words, body=body, asset=frame.asset))

    def _draw(self, finding: Finding, body: Body) -> Drawn:
        with self._portal.test_request_context("/verify/"):
            template = self._portal.jinja_env.get_template("verify/status.html")
            return Drawn(
                template.render(
                    finding=finding, look=LOOKS[finding], body=body, asset=frame.asset,
                    reference=place("reference"), initials=place("initials"),
                    checked=place("checked"), replaced_by=place("replaced_by"),
                    typed=place("typed"), slip=place("slip"), since=place("since"),
                )
            )  # fmt: skip


def moment() -> str:
    """Return the time of an answer, as people read it."""
    at = local(now())
    return f"{at.day} {at:%B %Y at %H:%M:%S %Z}"


def long_day(day: date) -> str:
    """Return a day in words: 5 January 2024."""
    return f"{day.day} {day:%B %Y}"


def desk_of(portal: Flask) -> Desk:
    """Return the desk of this process."""
    found: Desk = portal.extensions["verify_desk"]
    return found
