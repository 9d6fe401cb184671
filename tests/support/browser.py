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
OF_COLOUR = ["color-contrast", "link-in-text-block"]
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


def axe_faults(page: Page, only: dict[str, object]) -> list[str]:
    """Return what axe finds on the page, one line for each element."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe_source())
    found = page.evaluate("only => axe.run({runOnly: only, resultTypes: ['violations']})", only)
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))} ({rule['help']})"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def assert_accessible(page: Page) -> None:
    """Fail when axe finds anything on the page, as it is shown now."""
    _fail_for(page, axe_faults(page, {"type": "tag", "values": STANDARD}))


def assert_accessible_in_dark(page: Page) -> None:
    """Fail when axe finds anything in the dark theme of a page that passed in the light one.

    Both themes are one document: only the rules about colour can answer differently.
    """
    page.emulate_media(color_scheme="dark")
    settle(page)
    _fail_for(page, axe_faults(page, {"type": "rule", "values": OF_COLOUR}))
    page.emulate_media(color_scheme="light")
    settle(page)


def settle(page: Page) -> None:
    """Wait until colours have faded from one theme to the other, and widths are laid out."""
    page.evaluate(
        """async () => {
          await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
          await Promise.all(document.getAnimations().map(each => each.finished));
        }"""
    )


def _fail_for(page: Page, faults: list[str]) -> None:
    assert not faults, f"{page.url}:\n" + "\n".join(faults)


def assert_no_sideways(page: Page) -> None:
    """Fail when the body of the page scrolls sideways at its present width."""
    wide, seen = page.evaluate(
        "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= seen, f"{page.url} is {wide} px wide in a window of {seen} px"
