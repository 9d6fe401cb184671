"""Guide A, section 1.5, walked as written: by spreadsheet and by hand, with the keyboard too."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.domain.kernel.viewer import seen_by
from app.transaction import transaction
from tests.conftest import Shelf
from tests.support.browser import (
    assert_accessible,
    assert_accessible_in_dark,
    assert_no_sideways,
    settle,
)
from tests.support.bulk import know, row, xlsx
from tests.support.databases import bind, unbind
from tests.support.processes import RunningPortal, running
from tests.support.viewers import viewer_of
from tests.support.visitor import NARROW, NARROWEST, WIDE
from tests.support.walks import PROVIDER, a_photo, choose, fill_date, log_in, plain, titled

KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = [
    "Row", "Title", "Firstname", "Initials", "Lastname", "DateOfBirth", "Gender", "NINumber",
    "ECSNumber", "Occupation", "HSAssessment", "RequestType", "Fee", "Image", "Valid", "EDIT",
]  # fmt: skip
DECLARATION = (
    "I understand that by completing this form and clicking Submit Purchase my applications will "
    "be finalised using the data and images shown on this page."
)


@pytest.fixture
def known_portal(shelf: Shelf, tmp_path: Path) -> Iterator[RunningPortal]:
    """Return a running portal whose provider knows eight people with cards and photos."""
    portal, databases = shelf.get("sqlite")

    def seed(running_portal: RunningPortal) -> None:
        bind(portal, running_portal.database_url)
        with portal.app_context(), seen_by(viewer_of(portal, PROVIDER)), transaction():
            know()
        unbind(portal)

    home = tmp_path / "home"
    with databases.fresh(shelf.next_name()) as url, running(url, home, prepare=seed) as found:
        yield found


def rows(page: Page):
    return page.locator("tr.hm-gridrow")


def grid_row(page: Page, name: str):
    return rows(page).filter(has_text=name)


def chip(page: Page, words: str):
    return page.get_by_role("navigation", name=re.compile("by state")).get_by_role(
        "link", name=re.compile(f"^{words}$")
    )


def upload(page: Page, *given: tuple[str, bytes]) -> None:
    """Choose files on the page and send them."""
    page.locator("input[type=file][name=files]").set_input_files(
        [{"name": name, "mimeType": KIND, "buffer": data} for name, data in given]
    )
    page.get_by_role("button", name="UPLOAD", exact=True).click()


def begin(page: Page, portal: RunningPortal) -> None:
    """Bring a spreadsheet in which half of the rows are wrong."""
    log_in(page, portal.url, PROVIDER)
    choose(page, "Applications", "Bulk Upload")
    titled(page, "Bulk Upload")
    lines = [row(0), row(1), row(2), row(3, RequestType="Renwal"), row(4, RequestType="Renwal"),
             row(5, DateOfBirth="31/02/1995")]  # fmt: skip
    upload(page, ("renewals.xlsx", xlsx(*lines)))
    titled(page, "Requested Applications")
    expect(rows(page)).to_have_count(6, timeout=30_000)
    expect(chip(page, "To be put right 3")).to_be_visible(timeout=30_000)


def look(page: Page) -> None:
    """Check the page in both themes and narrow, as it stands."""
    assert_accessible(page)
    assert_accessible_in_dark(page)
    page.set_viewport_size(NARROW)
    settle(page)
    assert_accessible(page)
    page.set_viewport_size(NARROWEST)
    settle(page)
    assert_no_sideways(page)
    page.set_viewport_size(WIDE)


@pytest.mark.function(
    "A11",
    "A75",
    "A76",
    "A80",
    "A81",
    "A82",
    "A83",
    "A84",
    "A85",
    "A86",
    "A88",
    "A89",
    "A90",
    "A130",
)
def finalise(page):
    """Press FINALISE VALID, again while the page answers that rows are still being checked."""
    heading = page.get_by_role("heading", level=1)
    for _ in range(20):
        page.get_by_role("link", name="FINALISE VALID APPLICATIONS").click()
        page.wait_for_load_state()
        if heading.inner_text() == "FINALISE VALID APPLICATIONS":
            return
        page.wait_for_timeout(500)
    titled(page, "FINALISE VALID APPLICATIONS")


def test_a_spreadsheet_from_bulk_upload_to_its_order(page, known_portal):
    begin(page, known_portal)
    heads = [plain(head) for head in page.locator("thead th").all()]
    assert heads == COLUMNS
    expect(grid_row(page, "Owusu")).to_contain_text("February 1995 ends on 28")

    heights = [row.bounding_box()["height"] for row in rows(page).all()]
    assert max(heights) < 100, heights

    wrong = rows(page).filter(has_text="Renwal").first
    words = wrong.get_by_text("Did you mean “Renewal”?")
    expect(words).not_to_be_in_viewport(ratio=1)
    wrong.get_by_role("link", name="RequestType").click()
    expect(words).to_be_in_viewport(ratio=1)

    page.get_by_role("button", name="Put right all 2").click()
    expect(chip(page, "Valid 5")).to_be_visible()
    expect(page.get_by_role("form", name="Undo")).to_contain_text("in 2 rows")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(chip(page, "Valid 3")).to_be_visible()
    page.get_by_role("button", name="Put right all 2").click()
    expect(chip(page, "Valid 5")).to_be_visible()

    page.get_by_role("link", name="UPLOAD MORE FILES").click()
    expect(page.get_by_label("Drop files here, or choose them")).to_be_visible()
    upload(page, ("more.xlsx", xlsx(row(6))))
    expect(chip(page, "Valid 6")).to_be_visible(timeout=30_000)

    page.get_by_role("button", name="VERIFY APPLICATIONS").click()
    expect(chip(page, "Valid 6")).to_be_visible(timeout=30_000)
    expect(page.locator("#progress")).to_have_count(0, timeout=30_000)

    finalise(page)
    expect(rows(page)).to_have_count(6)
    group = page.get_by_role("group", name="Create new order with:")
    expect(group).to_contain_text("Company Purchase - Calder Vale Training Ltd")
    group.get_by_label("Your Reference / P.O. Number").fill("12345")
    group.get_by_label("Accounts contact", exact=True).fill("Tasha Adams")
    group.get_by_label("Delivery to the attention of").fill("Jeff Jones")
    for label in ("Billing To Office", "Deliver to Office"):
        expect(group.get_by_label(label)).to_contain_text("Calder Vale Training Ltd")
    expect(page.locator("#purchase-quote")).to_contain_text("£302.40")
    look(page)
    page.get_by_role("button", name="SUBMIT PURCHASE").click()
    expect(page.get_by_role("alert")).to_contain_text("Tick the box")
    page.get_by_label(DECLARATION).check()
    page.get_by_role("button", name="SUBMIT PURCHASE").click()
    page.wait_for_url("**/orders/*", timeout=45_000)
    expect(page.locator("main")).to_contain_text("The purchase was submitted.")
    expect(page.locator("main")).to_contain_text("£302.40")
    choose(page, "Applications", "Bulk Upload")
    expect(page.locator("main")).to_contain_text("1 to be put right, 6 finalised")


@pytest.mark.function("A11", "A76", "A77", "A78", "A79")
def test_an_application_by_hand(page, known_portal):
    log_in(page, known_portal.url, PROVIDER)
    choose(page, "Applications", "Bulk Upload")
    page.get_by_role("button", name="VIEW YOUR APPLICATIONS").click()
    titled(page, "Requested Applications")
    page.get_by_role("link", name="+ ADD APPLICATION").click()
    titled(page, "ADD APPLICATION")
    look(page)
    page.locator("#title").select_option("Ms")
    page.get_by_label("First name(s)").fill("Sharon")
    page.get_by_label("Last name").fill("Campbell")
    fill_date(page, "birth_date", ("27", "3", "1995"))
    page.get_by_label("Occupation").select_option("Maintenance Electrician")
    page.get_by_label("Health and safety assessment completed").select_option("Yes")
    page.get_by_label("Request type").select_option("Renewal")
    page.get_by_role("button", name="SAVE CHANGES").click()
    expect(page.get_by_role("alert").first).to_contain_text("needs the number")
    page.get_by_label("ECSNumber").fill("7100000")
    page.get_by_role("button", name="SAVE CHANGES").click()
    expect(page.locator(".hm-flashes")).to_contain_text("The row is: Valid")
    page.get_by_role("link", name="BACK TO SUMMARY").click()
    titled(page, "Requested Applications")
    expect(grid_row(page, "Campbell")).to_contain_text("42.00")
    expect(page.get_by_role("link", name="FINALISE VALID APPLICATIONS").first).to_be_visible()


@pytest.mark.function("A82")
def test_a_row_is_put_right_by_keyboard(page, known_portal):
    begin(page, known_portal)
    look(page)
    chip(page, "To be put right 3").click()
    expect(rows(page)).to_have_count(3)
    expect(page.locator(".hm-workpanel")).to_be_visible()
    edit = grid_row(page, "Owusu").get_by_role("link", name=re.compile("^EDIT"))
    edit.focus()
    page.keyboard.press("Enter")
    cell = page.get_by_role("textbox", name="DateOfBirth", exact=True)
    expect(cell).to_be_focused()
    expect(cell).to_have_attribute("aria-invalid", "true")
    look(page)
    page.keyboard.press("Escape")
    expect(cell).to_have_count(0)
    expect(edit).to_be_focused()

    page.keyboard.press("Enter")
    expect(cell).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("27/03/1995")
    page.keyboard.press("Enter")
    expect(chip(page, "Valid 4")).to_be_visible()
    expect(grid_row(page, "Owusu")).to_contain_text("Valid")
    expect(edit).to_be_focused()


def test_rows_are_ticked_removed_and_brought_back(page, known_portal):
    begin(page, known_portal)
    for name in ("Campbell", "Millions"):
        page.get_by_role("checkbox", name=re.compile(f"Select row .* Sharon {name}")).check()
    expect(page.get_by_text("2 of 6 on this page selected")).to_be_visible()
    page.get_by_role("button", name="Remove rows").click()
    expect(chip(page, "All 4")).to_be_visible()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(chip(page, "All 6")).to_be_visible()


def test_every_panel_reads_well_at_every_width(page, known_portal):
    begin(page, known_portal)
    for name in ("Questions", "Read differently", "Files", "Photos"):
        work = page.get_by_role("navigation", name="Work on this upload")
        work.get_by_role("link", name=re.compile(f"^{name}")).click()
        expect(work.get_by_role("link", name=re.compile(f"^{name}"))).to_have_attribute(
            "aria-current", "true"
        )
        look(page)
    page.goto(f"{known_portal.url}/uploads/")
    look(page)
    page.goto(f"{known_portal.url}/uploads/standards")
    look(page)


@pytest.mark.function("A85")
def test_a_photo_brought_above_the_grid_shows_in_its_row(page, known_portal):
    log_in(page, known_portal.url, PROVIDER)
    page.goto(f"{known_portal.url}/uploads/")
    line = row(0, Lastname="Stranger", ECSNumber=None, RequestType="Initial", Image="sharon.jpg")
    upload(page, ("one.xlsx", xlsx(line)))
    expect(grid_row(page, "Stranger")).to_contain_text("no photo yet", timeout=30_000)
    page.get_by_role("link", name="Bring photos").click()
    page.locator("#photos-file").set_input_files(
        {"name": "sharon.jpg", "mimeType": "image/jpeg", "buffer": a_photo()}
    )
    page.get_by_role("button", name="ADD PHOTOS").click()
    expect(grid_row(page, "Stranger").get_by_role("img", name="Photo: sharon.jpg")).to_be_visible()
    expect(chip(page, "Valid 1")).to_be_visible()


def test_files_can_be_dropped(page, known_portal):
    log_in(page, known_portal.url, PROVIDER)
    page.goto(f"{known_portal.url}/uploads/")
    page.evaluate(
        """() => {
            const files = new DataTransfer();
            files.items.add(new File(["Title,Firstname\\n"], "dropped.csv", {type: "text/csv"}));
            document.querySelector("[data-hm-drop]").dispatchEvent(
                new DragEvent("drop", {dataTransfer: files, bubbles: true, cancelable: true}));
        }"""
    )
    expect(page.locator("[data-hm-dropped]")).to_contain_text("dropped.csv")
    page.get_by_role("button", name="UPLOAD", exact=True).click()
    titled(page, "Requested Applications")


def test_without_script_files_are_brought_and_panels_opened(browser, known_portal):
    with browser.new_context(java_script_enabled=False, viewport=WIDE) as context:
        page = context.new_page()
        page.set_default_timeout(20_000)
        log_in(page, known_portal.url, PROVIDER)
        page.goto(f"{known_portal.url}/uploads/")
        upload(page, ("renewals.xlsx", xlsx(row(0, RequestType="Renwal"))))
        titled(page, "Requested Applications")
        page.get_by_role("link", name="Files", exact=True).click()
        expect(page.locator("main")).to_contain_text("renewals.xlsx")
        page.get_by_role("link", name="BACK TO SUMMARY").click()
        titled(page, "Requested Applications")
