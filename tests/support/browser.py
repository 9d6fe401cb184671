"""Debian's Chromium by Playwright, and what every page must satisfy in it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    """Return the path of the browser; without one skip, but fail in CI."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not path:
        assert os.environ.get("CI") != "true", "No Chromium here."
        pytest.skip("No Chromium; bin/services installs it.")
    return path


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Run a headless browser for the length of the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), headless=True, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@cache
def _axe_source() -> str:
    return AXE.read_text(encoding="utf-8")


def axe_faults(page: Page) -> list[str]:
    """Return what axe finds on the page, one line for each element."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe_source())
    found = page.evaluate(
        "tags => axe.run({runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})",
        STANDARD,
    )
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))} ({rule['help']})"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def assert_accessible(page: Page) -> None:
    """Fail when axe finds anything on the page."""
    faults = axe_faults(page)
    assert not faults, f"{page.url}:\n" + "\n".join(faults)


def assert_no_sideways(page: Page) -> None:
    """Fail when the body of the page scrolls sideways at its present width."""
    wide, seen = page.evaluate(
        "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= seen, f"{page.url} is {wide} px wide in a window of {seen} px"
