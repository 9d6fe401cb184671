"""Photos of an upload in a real browser: added, given a row, cut by keys, pointer and buttons."""

import io
import re
from dataclasses import dataclass

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from app.domain.imports.models import Import
from app.domain.kernel.viewer import seen_by
from app.extensions import db
from app.transaction import transaction
from tests.support.browser import assert_accessible, assert_no_sideways, settle
from tests.support.databases import bind, unbind
from tests.support.photos import HEIC, a_picture, a_row, an_import, encoded, quartered, zipped
from tests.support.processes import RunningPortal
from tests.support.viewers import viewer_of
from tests.support.walks import PROVIDER, log_in

RED, LIME, WHITE = (255, 0, 0), (0, 255, 0), (255, 255, 255)


@dataclass
class Desk:
    """A page of somebody signed in, at the photos of a draft with two rows."""

    page: Page
    url: str
    upload: int

    def add(self, **files: bytes) -> None:
        """Add files through the form of the panel."""
        self.page.goto(f"{self.url}/import-photos/of/{self.upload}")
        chosen = [{"name": name, "mimeType": "image/png", "buffer": data}
                  for name, data in files.items()]  # fmt: skip
        self.page.get_by_label("Photos, or a zip of photos").set_input_files(chosen)
        self.page.get_by_role("button", name="ADD PHOTOS").click()

    def open_cut(self, name: str) -> None:
        """Open the page that cuts a photo."""
        self.page.get_by_role("link", name=f"Cut the photo {name}").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Cut the photo")
        expect(self.frame).to_be_visible()
        self.page.wait_for_function("document.querySelector('.hm-crop__picture').complete")

    @property
    def frame(self):
        """The frame on the picture."""
        return self.page.get_by_role("application", name="Frame of the photo")

    def save(self, name: str) -> Image.Image:
        """Save the cut; return the photo that the portal then sends."""
        self.page.get_by_role("button", name="SAVE").click()
        expect(self.page.get_by_role("status").first).to_contain_text("was cut anew")
        source = self.page.get_by_role("img", name=f"Photo {name}").get_attribute("src")
        answer = self.page.request.get(f"{self.url}{source}")
        image = Image.open(io.BytesIO(answer.body()))
        image.load()
        return image

    def previewed(self, x: float, y: float) -> list[int]:
        """Return the colour of the preview at a share of its width and height."""
        return self.page.evaluate(
            """([x, y]) => {
              const canvas = document.querySelector('.hm-crop__preview');
              const at = [Math.floor(x * canvas.width), Math.floor(y * canvas.height)];
              return [...canvas.getContext('2d').getImageData(...at, 1, 1).data].slice(0, 3);
            }""",
            [x, y],
        )

    def box(self) -> list[int]:
        """Return the numbers of the frame as they would be sent."""
        fields = (
            "['x', 'y', 'width'].map(name => Number(document.getElementsByName(name)[0].value))"
        )
        return self.page.evaluate(fields)


@pytest.fixture
def desk(page, running_portal: RunningPortal, portal):
    bind(portal, running_portal.database_url)
    with portal.app_context(), seen_by(viewer_of(portal, PROVIDER)), transaction():
        upload = an_import()
        a_row(upload, 2, "Ng, Bo")
        a_row(upload, 3, "Dąbrowska, Zofia")
        upload_id = upload.id
    unbind(portal)
    page.emulate_media(reduced_motion="reduce")
    log_in(page, running_portal.url, PROVIDER)
    return Desk(page, running_portal.url, upload_id)


def near(pixel, colour):
    return all(abs(a - b) < 14 for a, b in zip(pixel, colour, strict=True))


def of_one_colour(image: Image.Image, colour) -> bool:
    across, down = image.size
    places = [(x * across // 10, y * down // 10) for x in (1, 5, 9) for y in (1, 5, 9)]
    return all(near(image.getpixel(at), colour) for at in places)


def looks_right(page: Page) -> None:
    for theme in ("dark", "light"):
        page.emulate_media(color_scheme=theme)
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 900})
            settle(page)
            assert_no_sideways(page)
            assert_accessible(page)
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.function("A85")
def test_the_frame_is_moved_by_the_keyboard_and_the_photo_changes(desk):
    desk.add(**{"bo_ng.png": encoded(quartered(1400, 1800), "PNG")})
    page = desk.page
    expect(page.locator("#photos")).to_contain_text("Row 2 · Bo Ng")
    desk.open_cut("bo_ng.png")
    looks_right(page)
    assert desk.box() == [0, 0, 1400]
    assert near(desk.previewed(0.1, 0.1), RED)
    assert near(desk.previewed(0.9, 0.9), WHITE)

    desk.frame.focus()
    for _ in range(70):
        page.keyboard.press("-")
    for _ in range(80):
        page.keyboard.press("ArrowRight")
    for _ in range(120):
        page.keyboard.press("ArrowDown")

    x, y, width = desk.box()
    assert (x + width, y + round(width * 45 / 35)) == (1400, 1800), "it stops at the edges"
    assert width == 420
    expect(page.locator("output")).to_have_text(
        "420 × 540 pixels, 980 from the left, 1260 from the top"
    )
    assert near(desk.previewed(0.1, 0.1), WHITE)
    page.keyboard.press("Shift+ArrowLeft")
    assert desk.box() == [979, 1260, 420]
    image = desk.save("bo_ng.png")
    assert image.size == (420, 540)
    assert of_one_colour(image, WHITE)


@pytest.mark.function("A85")
def test_the_frame_is_moved_and_resized_by_the_pointer(desk):
    desk.add(**{"bo_ng.png": encoded(quartered(1400, 1800), "PNG")})
    desk.open_cut("bo_ng.png")
    page = desk.page
    frame = desk.frame.bounding_box()
    right, bottom = frame["x"] + frame["width"], frame["y"] + frame["height"]

    # From the lower right corner, until a quarter is left; then that quarter to the right.
    page.mouse.move(right - 8, bottom - 8)
    page.mouse.down()
    page.mouse.move(right - 8 - 0.55 * frame["width"], bottom - 8 - 0.55 * frame["height"], steps=8)
    page.mouse.up()
    x, y, width = desk.box()
    assert (x, y) == (0, 0)
    assert 600 < width < 660
    middle = frame["x"] + 0.2 * frame["width"], frame["y"] + 0.2 * frame["height"]
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + frame["width"], middle[1], steps=8)
    page.mouse.up()

    x, y, after = desk.box()
    assert (x + after, y, after) == (1400, 0, width)
    assert near(desk.previewed(0.5, 0.5), LIME)
    assert of_one_colour(desk.save("bo_ng.png"), LIME)


def test_buttons_and_numbers_move_the_frame_without_dragging(desk):
    desk.add(**{"bo_ng.png": encoded(quartered(1400, 1800), "PNG")})
    desk.open_cut("bo_ng.png")
    page = desk.page
    for name, times in (("Smaller", 3), ("Left", 1), ("Down", 2)):
        for _ in range(times):
            page.get_by_role("button", name=name, exact=True).click()
    x, y, width = desk.box()
    assert (x, width) == (7, 1358)
    assert y in (54, 55), "27 for half of what became smaller, and 28 for two steps"
    page.get_by_role("button", name="As suggested").click()
    assert desk.box() == [0, 0, 1400]
    page.get_by_text("By numbers").click()
    page.get_by_label("Width").fill("700")
    page.get_by_label("From the top").fill("0")
    page.get_by_label("From the left").fill("700")
    page.get_by_label("From the left").press("Tab")
    assert desk.box() == [700, 0, 700]
    assert of_one_colour(desk.save("bo_ng.png"), LIME)


@pytest.mark.function("A85")
def test_a_zip_is_read_while_one_looks_on_and_a_row_is_chosen(desk):
    parts = {f"{n}.jpg": a_picture(n) for n in range(6)}
    desk.add(**{"all.zip": zipped(parts | {"zofia_dabrowska.jpg": a_picture(9), "i.heic": HEIC})})
    page = desk.page
    panel = page.locator("#photos")
    expect(panel).to_contain_text("6 without a row", timeout=30_000)
    expect(panel).to_contain_text("1 matched")
    expect(panel).to_contain_text("1 cannot be used")
    expect(panel).to_contain_text("Set Camera, Formats")
    looks_right(page)

    card = panel.get_by_role("listitem").filter(has_text="3.jpg")
    card.get_by_role("combobox").press_sequentially("bo")
    expect(card.get_by_role("option")).to_have_count(1)
    expect(card.get_by_role("option")).to_have_text("Row 2 · Bo Ng")
    card.get_by_role("option").click()
    card.get_by_role("button", name=re.compile("USE FOR THIS ROW.*3.jpg")).click()
    expect(panel).to_contain_text("2 matched")
    expect(panel.get_by_role("listitem").filter(has_text="3.jpg")).to_contain_text("Row 2 · Bo Ng")

    panel.get_by_role("button", name="Remove 3.jpg").click()
    expect(panel).to_contain_text("“3.jpg” was removed.")
    expect(panel).to_contain_text("1 matched")
    panel.get_by_role("button", name="Undo").click()
    expect(panel).to_contain_text("2 matched")
    panel.get_by_role("button", name="Clear this list").click()
    expect(panel).not_to_contain_text("cannot be used")


def test_the_photo_of_a_discarded_draft_has_no_buttons(desk, portal, running_portal):
    desk.add(**{"bo_ng.png": a_picture(1)})
    expect(desk.page.locator("#photos")).to_contain_text("1 matched")
    bind(portal, running_portal.database_url)
    with portal.app_context(), seen_by(viewer_of(portal, PROVIDER)), transaction():
        db.session.get(Import, desk.upload).state = "discarded"
    unbind(portal)
    desk.page.reload()
    expect(desk.page.get_by_role("button", name="ADD PHOTOS")).to_have_count(0)
    looks_right(desk.page)
