"""The door of the public pages: answers for numbers by itself, before Flask, and knows nobody.

Whoever comes in leaves their cookies outside, so these pages can be the same for all, and no form
on them could be sent in somebody's name. The answer for one number is one statement on one narrow
table, put into a page that was drawn before: `docs/decisions/0012` says what that gains.
"""

import logging
import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import orjson
from flask import Flask

from app.clock import now, today
from app.domain.awards.verification import queries, rules
from app.domain.awards.verification.rules import Fact, Finding
from app.views.verify.desk import Desk, long_day, moment
from app.views.verify.gate import Gate

log = logging.getLogger(__name__)

Headers = list[tuple[str, str]]
RESERVED = frozenset({"file", "frame", "list"})
"""What follows /verify/ and is a page of its own."""
_STATUS = re.compile(r"/verify/([^/]{1,300}?)(\.json)?/?", re.DOTALL)
_OURS = re.compile(r"/(?:verify|[Vv])(?:/|$)")
_POLICY = "; ".join((
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "font-src 'self'",
    "img-src 'self' data: blob:", "connect-src 'self'", "form-action 'self'", "base-uri 'none'",
    "frame-ancestors 'none'",
))  # fmt: skip
SAFE: Headers = [
    ("Content-Security-Policy", _POLICY),
    ("Referrer-Policy", "no-referrer"),
    ("X-Robots-Tag", "noindex, nofollow"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Permissions-Policy", "camera=(self), microphone=(), geolocation=()"),
]
CACHED = "public, max-age=30"
"""Of answers that name nobody: they say at what time they were true."""
_HTML, _JSON, _TEXT = "text/html; charset=utf-8", "application/json", "text/plain; charset=utf-8"
_STATUSES = {Finding.UNKNOWN: 404, Finding.OLDER: 404, Finding.MISTYPED: 422}
_UNAVAILABLE = (
    b"This number cannot be checked just now, which says nothing about the document. "
    b"Please try again in a minute.\n"
)


class Door:
    """WSGI middleware in front of the portal."""

    def __init__(self, inner: WSGIApplication, portal: Flask, desk: Desk, gate: Gate) -> None:
        self._inner = inner
        self._desk = desk
        self._gate = gate
        self._safe = list(SAFE)
        if portal.config["PUBLIC_URL"].startswith("https://"):
            self._safe.append(("Strict-Transport-Security", "max-age=31556926"))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not _OURS.match(path):
            return self._inner(environ, start_response)
        environ.pop("HTTP_COOKIE", None)
        environ.pop("HTTP_AUTHORIZATION", None)
        asked = self._asked(environ, path)
        if asked is None:
            return self._inner(environ, self._kept_safe(start_response))
        try:
            status, headers, body = self._answer(environ, *asked)
        except Exception:
            log.exception("a number could not be checked")
            status, headers, body = (
                503,
                [("Content-Type", _TEXT), ("Retry-After", "60")],
                _UNAVAILABLE,
            )
        headers += [*self._safe, ("Content-Length", str(len(body)))]
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _asked(self, environ: WSGIEnvironment, path: str) -> tuple[str, bool] | None:
        """Return the number in an address and whether a machine asks; None for other pages."""
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return None
        if path in ("/verify", "/verify/"):
            typed = parse_qs(environ.get("QUERY_STRING", "")).get("number")
            return (typed[0], False) if typed else None
        found = _STATUS.fullmatch(path)
        if found is None or found[1] in RESERVED:
            return None
        return found[1].encode("latin-1").decode("utf-8", "replace"), found[2] is not None

    def _answer(
        self, environ: WSGIEnvironment, text: str, machine: bool
    ) -> tuple[int, Headers, bytes]:
        address = environ.get("REMOTE_ADDR", "")
        wait = self._gate.wait("misses", address) or self._gate.wait("numbers", address)
        if wait:
            return self._refused(wait, machine)
        asked = rules.understand(text, self._desk.policy)
        if asked.reference is None:
            return self._said(asked.finding or Finding.MISTYPED, None, asked.text, machine)
        if asked.code is not None:
            return _moved(f"/V/{quote(asked.text.upper().rpartition('/V/')[2])}")
        if "QUERY_STRING" in environ and "number=" in environ["QUERY_STRING"]:
            return _moved(f"/verify/{asked.reference}")
        fact = queries.status(self._desk.quick, asked.reference)
        finding = rules.judge(fact, self._desk.policy, today())
        if fact is None:
            wait = self._gate.count("misses", address)
        else:
            wait = self._gate.count("numbers", address, asked.reference)
        if wait:
            return self._refused(wait, machine)
        return self._said(finding, fact, asked.reference, machine)

    def _said(
        self, finding: Finding, fact: Fact | None, text: str, machine: bool
    ) -> tuple[int, Headers, bytes]:
        kept = CACHED if fact is not None and finding is not Finding.OLDER else "no-store"
        status = _STATUSES.get(finding, 200)
        if machine:
            body = orjson.dumps(_plain(finding, fact, text))
            open_to = ("Access-Control-Allow-Origin", "*")
            return status, [("Content-Type", _JSON), ("Cache-Control", kept), open_to], body
        since = self._desk.policy.verifiable_from
        body = self._desk.page(
            finding,
            {
                "reference": fact.reference if fact else text,
                "initials": (fact.initials if fact else "") or "–",
                "replaced_by": (fact.replaced_by if fact else "") or "",
                "typed": text,
                "slip": rules.slip_in(text) if finding is Finding.MISTYPED else "",
                "since": long_day(since),
                "checked": moment(),
            },
        )
        return status, [("Content-Type", _HTML), ("Cache-Control", kept)], body

    def _refused(self, wait: int, machine: bool) -> tuple[int, Headers, bytes]:
        minutes = max(1, -(-wait // 60))
        words = (
            f"Too many numbers were tried from your network. Wait {minutes} minutes and try again. "
            "To check many documents at once, send us a list."
        )
        headers = [("Retry-After", str(wait)), ("Cache-Control", "no-store")]
        if machine:
            return 429, [*headers, ("Content-Type", _JSON)], orjson.dumps({"error": words})
        page = self._desk.refusal(429, words)
        return 429, [*headers, ("Content-Type", _HTML)], page

    def _kept_safe(self, start_response: StartResponse) -> Callable[..., Any]:
        """Give every answer of these pages their headers, and no cookie."""
        ours = {name.lower() for name, _ in self._safe} | {"set-cookie", "vary"}

        def start(status: str, headers: Headers, exc_info: Any = None) -> Any:
            kept = [pair for pair in headers if pair[0].lower() not in ours]
            if not any(name.lower() == "cache-control" for name, _ in kept):
                kept.append(("Cache-Control", "no-store"))
            return start_response(status, [*kept, *self._safe], exc_info)

        return start


def _moved(address: str) -> tuple[int, Headers, bytes]:
    return 303, [("Location", address), ("Cache-Control", "no-store")], b""


def _plain(finding: Finding, fact: Fact | None, text: str) -> dict[str, Any]:
    """Return an answer for machines: what the page says, and no more."""
    said: dict[str, Any] = {
        "number": text,
        "status": finding.value,
        "meaning": rules.LOOKS[finding].sentence,
        "checked_at": now().isoformat(timespec="seconds"),
    }
    if finding is Finding.MISTYPED:
        said["meaning"] = rules.slip_in(text)
    if fact is not None and finding is not Finding.OLDER:
        said["initials"] = fact.initials
    if fact is not None and finding is Finding.REPLACED:
        said["replaced_by"] = fact.replaced_by
    return said
