"""What somebody does who walks the portal with a guide in hand."""

import io
import re
import subprocess
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.support.sessions import PASSWORD

PROVIDER = "provider@demo.example"
FINANCE = "finance@demo.example"


def log_in(page: Page, url: str, email: str) -> None:
    """Log in through the page."""
    page.goto(f"{url}/login/")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/dashboard/")


def log_out(page: Page) -> None:
    """Log out by the menu of one's account."""
    page.get_by_role("button", name=re.compile("^Hi, ")).click()
    page.get_by_role("button", name="Logout").click()
    page.wait_for_url("**/login/**")


def choose(page: Page, tab: str, entry: str) -> None:
    """Click a tab of the blue toolbar, then an entry of its menu."""
    toolbar = page.get_by_role("navigation", name="Main")
    toolbar.get_by_role("button", name=tab, exact=True).click()
    with page.expect_navigation():
        toolbar.get_by_role("link", name=re.compile(rf"^{re.escape(entry)}( \d+\+?)?$")).click()


def titled(page: Page, title: str) -> None:
    """Wait for the page of this title."""
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def row_of(page: Page, name: str) -> Locator:
    """Return the row of a list that speaks of ``name``."""
    return page.locator("main tbody tr").filter(has_text=name).first


def tick(page: Page, name: str) -> None:
    """Tick the box of a row."""
    page.get_by_role("checkbox", name=f"Select {name}").check()


def fill_date(page: Page, name: str, day: tuple[str, str, str]) -> None:
    """Fill the three boxes of a date."""
    for part, typed in zip(("day", "month", "year"), day, strict=True):
        page.locator(f"[name={name}-{part}]").fill(typed)


def a_photo() -> bytes:
    """Return a picture as a camera gives it."""
    out = io.BytesIO()
    Image.new("RGB", (700, 900), "#8899aa").save(out, "JPEG")
    return out.getvalue()


def plain(found: Locator) -> str:
    """Return what is read on the screen, with single spaces."""
    return " ".join(found.inner_text().split())


def words_of_pdf(pdf: bytes, folder: Path) -> str:
    """Return the text of a PDF, with single spaces."""
    file = folder / "read.pdf"
    file.write_bytes(pdf)
    done = subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())
