"""Somebody who walks through the portal in a browser that is watched."""

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import BrowserContext, Request

from tests.support.browser import (
    assert_accessible,
    assert_accessible_in_dark,
    assert_no_sideways,
    settle,
)
from tests.support.processes import RunningPortal

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 375, "height": 812}
NARROWEST = {"width": 320, "height": 640}
ELSEWHERE = re.compile(
    r"/(logout|(?:export|template|errors|guide)\.\w+|invoice|photo|text|html|file|download|credential)(/|$)"
    r"|^/static/|^/purchases/"
)
"""Links that end the session or lead to a file, and one that leads to a page seen already."""
BOOTSTRAP_3 = re.compile(r"/static/appbuilder|jquery|bootstrap-theme", re.IGNORECASE)


class Visitor:
    """Somebody who opens pages, and what their browser asked for and said meanwhile."""

    def __init__(self, context: BrowserContext, portal: RunningPortal) -> None:
        self.portal = portal
        self.page = context.new_page()
        self.page.set_default_timeout(20_000)
        self.faults: list[str] = []
        self.page.on("request", self._asked)
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: {error}"))
        self.page.on("console", lambda said: self._said(said.type, said.text))

    def _asked(self, request: Request) -> None:
        away = not request.url.startswith((f"{self.portal.url}/", "data:", "blob:"))
        if away or BOOTSTRAP_3.search(request.url):
            self.faults.append(f"{self.page.url} asked for {request.url}")

    def _said(self, kind: str, text: str) -> None:
        # A refused form answers 4xx on purpose, which Chromium reports as a failed resource.
        if kind == "error" and "the server responded with a status of 4" not in text:
            self.faults.append(f"{self.page.url}: {text}")

    def look(self, *, thoroughly: bool) -> None:
        """Check the page on the screen."""
        page = self.page
        assert_accessible(page)
        assert_accessible_in_dark(page)
        if thoroughly:
            page.set_viewport_size(NARROW)  # type: ignore[arg-type]  # a plain dictionary
            settle(page)
            assert_accessible(page)
            assert_accessible_in_dark(page)
        page.set_viewport_size(NARROWEST)  # type: ignore[arg-type]  # likewise
        settle(page)
        assert_no_sideways(page)
        page.set_viewport_size(WIDE)  # type: ignore[arg-type]  # likewise

    def walk(self, *, thoroughly: re.Pattern[str]) -> set[str]:
        """Follow every link from the dashboard on; return the kinds of page that were seen."""
        waiting, seen = ["/dashboard/"], {"/dashboard/"}
        while waiting:
            address = waiting.pop(0)
            answer = self.page.goto(f"{self.portal.url}{address}")
            assert answer is not None
            assert answer.status == 200, answer.url
            self.look(thoroughly=bool(thoroughly.match(address)))
            for href in self.page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)"):
                kind = kind_of(href, self.portal.url)
                if kind and not thoroughly.match(kind):
                    kind = kind.partition("?")[0]  # one tab of a list stands for the others
                if kind and kind not in seen:
                    seen.add(kind)
                    waiting.append(href.removeprefix(self.portal.url))
        return seen


def kind_of(href: str, origin: str) -> str | None:
    """Return what kind of page an address leads to; None when the walker does not go there."""
    parts = urlsplit(href)
    if f"{parts.scheme}://{parts.netloc}" != origin or ELSEWHERE.search(parts.path):
        return None
    tab = parse_qs(parts.query).get("tab", [""])[0]
    return re.sub(r"\d+", "#", parts.path) + (f"?{tab}" if tab else "")
