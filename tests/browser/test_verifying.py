"""Anyone checks a document in a browser: number, code, file dropped, camera; wide, narrow, dark."""

import base64
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import segno
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy import select

from app.domain.awards.models import IssuedDocument
from app.domain.awards.rules import RecordType
from app.domain.kernel.viewer import SYSTEM, seen_by
from app.extensions import db
from app.storage.local import LocalStorage
from tests.support.browser import FLAGS, assert_no_sideways, chromium
from tests.support.databases import bind, unbind
from tests.support.documents import asked_for, awarded
from tests.support.ports import wait_until
from tests.support.processes import RunningPortal, running
from tests.support.verifying import Paper
from tests.support.viewers import viewer_of
from tests.support.visitor import NARROW, WIDE, Visitor

number = pytest.mark.function


@dataclass(frozen=True)
class Place:
    """A running portal with a document that its worker made."""

    portal: RunningPortal
    paper: Paper


@pytest.fixture(scope="module")
def place(shelf, tmp_path_factory) -> Iterator[Place]:
    portal, databases = shelf.get("sqlite")
    home = tmp_path_factory.mktemp("verifying")

    @contextmanager
    def inside(viewer):
        with portal.app_context(), seen_by(viewer):
            yield

    def ask(running_portal):
        bind(portal, running_portal.database_url)
        provider = viewer_of(portal, "provider@demo.example")
        staff = viewer_of(portal, "staff@demo.example")
        asked_for(
            inside, staff, awarded(inside, provider, staff), frozenset({RecordType.CERTIFICATE})
        )

    def made():
        with inside(SYSTEM):
            found = db.session.scalars(select(IssuedDocument)).one()
            assert found.state != "failed", found.failure
            if found.file is None:
                return None
            pdf = LocalStorage(home / "files").get(found.file.key)
            return Paper(found.id, found.reference, found.address, found.holder, found.title, pdf)

    with databases.fresh("verifying") as url, running(url, home, ask) as started:
        wait_until(lambda: made() is not None, seconds=90, what="the worker makes the document")
        paper = made()
        unbind(portal)
        yield Place(started, paper)


@pytest.fixture
def visitor(browser, place):
    with browser.new_context(viewport=WIDE, locale="en-GB", reduced_motion="reduce") as context:
        visitor = Visitor(context, place.portal)
        yield visitor
        assert visitor.faults == []


def drop(page, pdf, name="document.pdf"):
    """Drop a file on the area for files, as a hand would."""
    data = page.evaluate_handle(
        """([bytes, name]) => {
          const held = new DataTransfer();
          const raw = Uint8Array.from(atob(bytes), each => each.charCodeAt(0));
          held.items.add(new File([raw], name, {type: "application/pdf"}));
          return held;
        }""",
        [base64.b64encode(pdf).decode(), name],
    )
    page.locator(".hv-drop").dispatch_event("drop", {"dataTransfer": data})


@number("D55")
def test_a_number_is_checked_by_keyboard(visitor, place):
    page = visitor.page
    page.goto(f"{place.portal.url}/verify/")
    visitor.look(thoroughly=True)
    page.get_by_label("Number of the document").fill(place.paper.reference.lower())
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Valid")
    expect(page.get_by_role("main")).to_contain_text("R. O.")
    visitor.look(thoroughly=True)


@number("D55", "D56")
def test_the_other_answers_look_as_well(visitor, place):
    page = visitor.page
    wrong = place.paper.reference[:-1] + ("0" if place.paper.reference[-1] != "0" else "1")
    for typed, said in (
        (wrong, "Mistyped"), ("AB123456", "Cannot be checked here"),
        ("0000-0000-0000-0", "Not one of ours"),
    ):  # fmt: skip
        page.goto(f"{place.portal.url}/verify/?number={typed}")
        expect(page.get_by_role("heading", level=1)).to_have_text(said)
        visitor.look(thoroughly=True)


@number("D57", "D58", "D59")
def test_a_code_opens_the_document(visitor, place):
    page = visitor.page
    page.goto(f"{place.portal.url}{place.paper.road}")

    expect(page.get_by_role("heading", level=1)).to_have_text("Valid")
    expect(page.get_by_text(place.paper.holder).first).to_be_visible()
    picture = page.get_by_role("img", name=re.compile("Page 1 of the document"))
    expect(picture).to_be_visible()
    assert picture.evaluate("each => each.naturalWidth") > 500
    visitor.look(thoroughly=True)
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.locator(".hm-brand")).to_be_visible()  # on paper it says who answers
    expect(page.get_by_label("Number of the document")).to_be_hidden()
    ink = "getComputedStyle(document.querySelector('.hv-key dd')).color"
    assert page.evaluate(ink) == "rgb(14, 26, 46)", "dark on white paper"


@number("D55")
@pytest.mark.parametrize("way", ["chosen", "dropped"])
def test_a_file_is_checked_as_soon_as_it_is_there(visitor, place, way):
    page = visitor.page
    page.goto(f"{place.portal.url}/verify/")
    if way == "dropped":
        drop(page, place.paper.pdf)
    else:
        page.get_by_label("Drop a PDF or picture here").set_input_files(
            {"name": "a.pdf", "mimeType": "application/pdf", "buffer": place.paper.pdf}
        )

    expect(page.get_by_role("heading", level=1)).to_have_text("Valid", timeout=60_000)
    expect(page.get_by_role("main")).to_contain_text("byte for byte")


def test_an_altered_file_is_shown_as_such_on_a_phone(visitor, place):
    page = visitor.page
    page.set_viewport_size(NARROW)
    page.goto(f"{place.portal.url}/verify/")
    drop(page, place.paper.pdf + b"\n% more\n")

    expect(page.get_by_role("heading", level=1)).to_have_text("Altered", timeout=60_000)
    assert_no_sideways(page)
    visitor.look(thoroughly=True)


def test_without_script_all_works_by_forms(browser, place):
    with browser.new_context(java_script_enabled=False, viewport=NARROW) as context:
        page = context.new_page()
        page.goto(f"{place.portal.url}/verify/")
        expect(page.get_by_role("button", name="Use this camera")).to_be_hidden()
        page.get_by_label("Or take a photo of the code").set_input_files(
            {"name": "a.png", "mimeType": "image/png", "buffer": _code(place.paper)}
        )
        page.get_by_role("button", name="Read the photo").click(timeout=60_000)
        expect(page.get_by_role("heading", level=1)).to_have_text("Valid", timeout=60_000)
        assert page.url.endswith(place.paper.road)


def test_a_list_is_asked_for(visitor, place):
    page = visitor.page
    page.goto(f"{place.portal.url}/verify/list")
    visitor.look(thoroughly=True)
    page.get_by_label("Your email address").fill("hr@employer.example")
    page.get_by_role("button", name="Send me the link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The link is on its way")
    letter = place.portal.mailbox.wait_for("hr@employer.example", seconds=40)
    plain = letter.get_body(("plain",))
    assert plain is not None
    text = plain.get_content()
    page.goto(re.search(r"http://\S+/verify/list/\S+", text)[0])
    visitor.look(thoroughly=True)
    page.get_by_label(re.compile("^Numbers")).fill(f"{place.paper.reference}\nAB123456")
    page.get_by_role("button", name="Check the list").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The report is ready", timeout=60_000)
    visitor.look(thoroughly=True)
    with page.expect_download() as fetched:
        page.get_by_role("link", name="Fetch the sealed report").click()
    assert fetched.value.suggested_filename.endswith(".pdf")


def _code(paper) -> bytes:
    out = io.BytesIO()
    segno.make(paper.address, error="m").save(out, kind="png", scale=8, border=6)
    return out.getvalue()


@number("D57")
def test_a_camera_finds_the_code(browser, place, tmp_path):
    """Chromium's made-up camera films the code, from a file of pictures."""
    film = tmp_path / "code.mjpeg"
    with Image.open(io.BytesIO(_code(place.paper))) as code:
        frame = Image.new("RGB", (1280, 720), "white")
        small = code.convert("RGB").resize((600, 600))
    frame.paste(small, (340, 60))
    one = io.BytesIO()
    frame.save(one, "JPEG", quality=90)
    film.write_bytes(one.getvalue() * 30)
    flags = [
        *FLAGS, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]  # fmt: skip
    filming = browser.browser_type.launch(executable_path=chromium(), args=flags)
    page = filming.new_page(permissions=["camera"])
    page.goto(f"{place.portal.url}/verify/")
    page.get_by_role("button", name="Use this camera").click()
    page.wait_for_url(f"**{place.paper.road}", timeout=60_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Valid")
    filming.close()
