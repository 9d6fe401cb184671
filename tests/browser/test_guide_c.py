"""Guide C walked as written: batch registrations on apprenticeship standards, by a centre.

The web server, worker and mail server are real ones.
"""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.batches import AUTOCARE, CANDIDATE, CENTRE, DATES, START
from tests.support.browser import assert_accessible, assert_accessible_in_dark, assert_no_sideways
from tests.support.processes import RunningPortal
from tests.support.visitor import NARROW, NARROWEST, WIDE
from tests.support.walks import choose, fill_date, log_in, plain, titled

TITLE = "Apprenticeship Standard Registrations"
LIGHT = "Automotive Retail Motor Vehicle Service and Maintenance Technician Light Vehicle ST0033"


def look(page: Page) -> None:
    """See the page in both themes, and narrow."""
    assert_accessible(page)
    assert_accessible_in_dark(page)
    for size in (NARROW, NARROWEST):
        page.set_viewport_size(size)  # type: ignore[arg-type]  # a plain dictionary
        assert_no_sideways(page)
        assert_accessible(page)
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]  # likewise


def arrive(page: Page, portal: RunningPortal) -> None:
    """Log on, and select Batch from the Apprenticeship registration menu."""
    log_in(page, portal.url, CENTRE)
    choose(page, "Apprenticeship", "Registration: Batch")
    titled(page, TITLE)


def press(page: Page, name: str, *, last: bool = False) -> None:
    """Press a button that leads on."""
    found = page.get_by_role("main").get_by_role("button", name=name, exact=True)
    with page.expect_navigation():
        (found.last if last else found.first).click()


def package_radio(page: Page, code: str) -> Locator:
    """Return the button that selects a package."""
    return page.get_by_role("radio", name=re.compile(rf"^{code} "))


def choose_package(page: Page, standard: str = AUTOCARE, package: str = "ACAP01D") -> None:
    """Select the standard, and the package that then appears."""
    page.get_by_role("radio", name=standard, exact=True).check()
    package_radio(page, package).check()


def fill_defaults(page: Page) -> None:
    """Fill in the four facts that hold for the whole batch."""
    for name, day in DATES.items():
        fill_date(page, f"default_{name}", day)
    page.locator("#default_funding_type").select_option("LEVY")


def fill_candidate(page: Page, **more: str) -> None:
    """Fill in the form of a candidate."""
    for name, text in (CANDIDATE | more).items():
        box = page.locator(f"[name='{name}']")
        if name in ("title", "gender"):
            box.select_option(text)
        else:
            box.fill(text)


def rows(page: Page) -> list[str]:
    """Return the rows of the candidates."""
    table = page.get_by_role("table", name="Candidates")
    return [plain(each) for each in table.locator("tbody tr").all()]


@pytest.mark.function(
    "C10", "C11", "C13", "C14", "C15", "C16", "C17", "C18", "C20", "C21", "C22", "C24", "C26",
    "C27", "C28", "C29", "C31", "C32", "C33",
)  # fmt: skip
def test_a_batch_is_registered_as_the_guide_says(page: Page, running_portal: RunningPortal) -> None:
    arrive(page, running_portal)
    toolbar = page.get_by_role("navigation", name="Main")
    toolbar.get_by_role("button", name="Apprenticeship", exact=True).click()
    entry = toolbar.get_by_role("link", name="Standard registrations requiring attention")
    assert entry.bounding_box()["height"] < 45  # on one line
    page.keyboard.press("Escape")
    trail = page.get_by_role("navigation", name="Breadcrumb")
    assert plain(trail) == "Home >> Apprenticeship >> Registration >> Batch"
    expect(page.locator("#packages")).not_to_contain_text("ACAP01D")
    expect(page.get_by_role("radio", name=f"{LIGHT} AP03")).to_be_visible()
    assert rows(page) == ["Add existing candidate or new candidate"]
    look(page)

    choose_package(page)
    expect(page.locator("#price")).to_contain_text("£795.00")
    choose_package(page, package="ACAP01C")
    expect(page.locator("#price")).to_contain_text("£1,325.00")
    fill_defaults(page)
    press(page, "New Candidate")
    expect(page.locator("#panel")).to_be_in_viewport()
    look(page)
    press(page, "Add to the batch")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Enter the")
    fill_candidate(page)
    press(page, "Add to the batch")
    (row,) = rows(page)
    for words in ("New", "Zofia", "D’Arcy-Żak", "27/03/2005", "07/09/2026", "Apprenticeship levy"):
        assert words in row
    look(page)

    page.get_by_label("Purchase Order Number").fill("PO’7")
    press(page, "Save", last=True)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Order - ")
    main = page.get_by_role("main")
    for words in ("Open - Awaiting Payment", "PO’7", "£1,325.00"):
        expect(main).to_contain_text(words)
    expect(main.get_by_role("link", name="PAY NOW").first).to_be_visible()
    letter = running_portal.mailbox.wait_for(CANDIDATE["email"], subject="registration")
    assert letter["From"].endswith("<registrations@hallmark.example>")


@pytest.mark.function("C20")
def test_the_info_link_leads_to_contents_and_prices(
    page: Page, running_portal: RunningPortal
) -> None:
    arrive(page, running_portal)
    words = "Please click here for more information on what is included within each package"
    with page.expect_navigation():
        page.get_by_role("link", name=re.compile(f"^{words}.*Autocare")).click()
    titled(page, AUTOCARE)
    expect(page.get_by_role("row", name=re.compile("ACAP01C"))).to_contain_text("£1,325.00")
    look(page)


@pytest.mark.function("C30", "C34")
def test_somebody_on_record_is_completed_removed_and_put_back(
    page: Page, running_portal: RunningPortal
) -> None:
    arrive(page, running_portal)
    choose_package(page)
    fill_defaults(page)
    press(page, "New Candidate")
    fill_candidate(page)
    press(page, "Add to the batch")
    press(page, "Save")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Order - ")

    page.goto(f"{running_portal.url}{START}")
    choose_package(page, f"{LIGHT} AP03", "LVAP03D")
    page.get_by_label("Existing Candidate Number").fill("Zofia")
    press(page, "Add Existing / Search")
    look(page)
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile("^Add ?: Zofia")).click()
    assert "D’Arcy-Żak" in rows(page)[0]
    with page.expect_navigation():
        page.get_by_role("button", name="Remove Zofia D’Arcy-Żak").click()
    assert rows(page) == ["Add existing candidate or new candidate"]
    press(page, "Undo")
    assert "D’Arcy-Żak" in rows(page)[0]
    press(page, "Save")
    expect(page.get_by_role("alert")).to_contain_text("Zofia D’Arcy-Żak: ")
    expect(page.locator("#panel")).to_be_visible()
    look(page)
    fill_defaults(page)
    press(page, "Save")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Order - ")


def test_a_batch_is_put_together_by_the_keyboard(page: Page, running_portal: RunningPortal) -> None:
    arrive(page, running_portal)
    page.get_by_role("radio", name=AUTOCARE, exact=True).focus()
    page.keyboard.press("Space")
    expect(package_radio(page, "ACAP01A")).to_be_visible()
    package_radio(page, "ACAP01A").focus()
    page.keyboard.press("ArrowDown")
    expect(package_radio(page, "ACAP01B")).to_be_checked()
    page.get_by_label("Existing Candidate Number").focus()
    page.keyboard.type("Nobody")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("#found")).to_contain_text("You know nobody by this name or number")
    page.get_by_label("Existing Candidate Number").fill("")
    page.get_by_role("button", name="New Candidate").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    fill_candidate(page)
    page.locator("#employer_phone").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "D’Arcy-Żak" in rows(page)[0]
    expect(package_radio(page, "ACAP01B")).to_be_checked()
