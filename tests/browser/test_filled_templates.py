"""The templates of guides A and C downloaded, filled in by LibreOffice, uploaded and ordered.

Browser, spreadsheet program, web server, worker, payment page and mail server are real ones.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from playwright.sync_api import Locator, Page, expect

from tests.support import calc
from tests.support.batches import CENTRE
from tests.support.browser import assert_accessible, assert_no_sideways, settle
from tests.support.photos import a_picture
from tests.support.processes import RunningPortal
from tests.support.uploads import uln
from tests.support.visitor import NARROWEST, WIDE
from tests.support.walks import PROVIDER, choose, log_in, row_of, titled

ACCOUNTS = "accounts@caldervale.example"
DECLARED = "I understand that by completing this form and clicking Submit Purchase my "
APPLICATIONS = (
    DECLARED + "applications will be finalised using the data and images shown on this page."
)
REGISTRATIONS = DECLARED + "registrations will be finalised using the data shown on this page."
SHARON = {
    "Title": "Miss", "Firstname": "Sharon", "Lastname": "Campbell", "DateOfBirth": "07/08/1989",
    "Gender": "Female", "NINumber": "AB123456C", "ECSNumber": "7100001",
    "Occupation": "Maintenance Electrician", "HSAssessment": "Yes", "RequestType": "Replacement",
    "Image": "sharon.jpg",
}  # fmt: skip
RUTH = SHARON | {
    "Firstname": "Ruth", "Lastname": "Millions", "DateOfBirth": "19/12/1990", "NINumber": "",
    "ECSNumber": "7100002", "Image": "",
}  # fmt: skip
PAUL = SHARON | {
    "Title": "Mr", "Firstname": "Paul", "Lastname": "O’Davis", "DateOfBirth": "31/02/1968",
    "Gender": "Male", "NINumber": "", "ECSNumber": "7100003", "RequestType": "Renewal",
    "Image": "",
}  # fmt: skip
PHOTOS = {"sharon.jpg": 1, "7100002.jpg": 2, "Paul O'Davis.jpg": 3}
"""One named in its cell, one by the number, one by the person; a picture for each."""
FEES = {"Campbell, Sharon": "£50.40", "Millions, Ruth": "£50.40", "O’Davis, Paul": "£50.40"}
ZOFIA = {
    "Standard": "Autocare_Technician_ST0499_AP01", "Package": "ACAP01D Autocare EPA ONLY",
    "Title": "Ms", "First Name(s)": "Zofia", "Surname": "Dąbrowska", "Date of Birth": "27/03/2005",
    "Gender": "Female", "ULN": "9276308686", "Email ID": "zofia@home.example",
    "Candidate Phone Number": "0113 496 0123", "Apprenticeship Start Date": "07/09/2026",
    "Apprenticeship Expected End Date": "07/09/2028", "EPA Expected Start Date": "01/06/2028",
    "Funding Type": "Apprenticeship levy", "Employer ERN": "999000411",
    "Employer Company Name": "Hartley & Sons’ Motors", "Employee Position": "Apprentice technician",
    "Employer Postcode": "LS1 4AP", "Employer Telephone": "0113 496 0456",
}  # fmt: skip
IVO = ZOFIA | {
    "Standard": "Heavy_Vehicle_Service_and_Maintenance_Technician_ST0068_AP01",
    "Title": "Mr", "First Name(s)": "Ivo", "Surname": "Ng", "Gender": "Male", "ULN": "9276308687",
    "Email ID": "ivo@home.example",
}  # fmt: skip


class Book:
    """A template as it was downloaded: its headings and the lists of its drop-downs."""

    def __init__(self, path: Path) -> None:
        self.path = path
        book = openpyxl.load_workbook(path)
        self.heads = [str(cell.value) for cell in book["Rows"][1]]
        lists = book["Lists"]
        self.lists = {
            str(column[0].value): [str(cell.value) for cell in column[1:] if cell.value]
            for column in lists.iter_cols()
        }

    def typed(self, rows: Sequence[Mapping[str, str]]) -> dict[str, str]:
        """Return what is typed into which cell; every column that is named must be there."""
        return {
            f"{get_column_letter(self.heads.index(head) + 1)}{number}": text
            for number, row in enumerate(rows, 2)
            for head, text in row.items()
            if text
        }

    def filled(self, rows: Sequence[Mapping[str, str]], kind: str) -> Path:
        """Let LibreOffice fill the rows in and save the book as a file of this kind."""
        return calc.filled(self.path, self.typed(rows), self.path.parent).files[kind]


def download(page: Page, folder: Path) -> Book:
    """Download the template by its link."""
    with page.expect_download() as started:
        page.get_by_role("link", name="Download the template").click()
    path = folder / started.value.suggested_filename
    started.value.save_as(path)
    return Book(path)


def upload(page: Page, files: Sequence[Path]) -> None:
    """Choose files on the page and send them together."""
    page.get_by_label("Drop files here, or choose them").set_input_files([*files])
    page.get_by_role("button", name="UPLOAD", exact=True).click()


def photographed(folder: Path) -> list[Path]:
    """Return the photos as files."""
    files = []
    for name, number in PHOTOS.items():
        (folder / name).write_bytes(a_picture(number))
        files.append(folder / name)
    return files


def grid_row(page: Page, name: str) -> Locator:
    """Return the row of the grid that is about somebody."""
    return page.locator("tr.hm-gridrow").filter(has_text=name)


def has_states(page: Page, *states: str) -> None:
    """Wait until so many rows are in each state."""
    states_of = page.get_by_role("navigation", name=re.compile("by state"))
    for words in states:
        expect(states_of.get_by_role("link", name=re.compile(f"^{words}$"))).to_be_visible(
            timeout=30_000
        )


def open_panel(page: Page, name: str) -> None:
    """Open one of the panels above the grid."""
    page.get_by_role("navigation", name="Work on this upload").get_by_role(
        "link", name=name
    ).click()


def put_right(page: Page, name: str, cell: str, text: str) -> None:
    """EDIT a row in its place and type over one cell."""
    grid_row(page, name).get_by_role("link", name=re.compile("^EDIT")).click()
    box = page.get_by_role("textbox", name=cell, exact=True)
    expect(box).to_be_focused()
    box.fill(text)
    page.get_by_role("button", name="SAVE", exact=True).click()
    expect(grid_row(page, name)).to_contain_text("Valid")


def look(page: Page) -> None:
    """See the page as it stands, and at its narrowest."""
    assert_accessible(page)
    page.set_viewport_size(NARROWEST)  # type: ignore[arg-type]  # a plain dictionary
    settle(page)
    assert_no_sideways(page)
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]  # likewise


def submit_purchase(page: Page, reference: str, declaration: str) -> None:
    """Complete the details of the order, declare, and SUBMIT PURCHASE."""
    group = page.get_by_role("group", name="Create new order with:")
    group.get_by_label("Your Reference / P.O. Number").fill(reference)
    group.get_by_label("Accounts contact", exact=True).fill("Tasha Adams")
    group.get_by_label("Accounts contact’s email").fill(ACCOUNTS)
    group.get_by_label("Delivery to the attention of").fill("Jeff Jones")
    page.get_by_label(declaration).check()
    page.get_by_role("button", name="SUBMIT PURCHASE").click()
    page.wait_for_url("**/orders/*", timeout=45_000)
    expect(page.locator("main")).to_contain_text("The purchase was submitted.")
    expect(page.locator("main")).to_contain_text("Open - Awaiting Payment")
    expect(page.get_by_role("link", name=re.compile("^PAY NOW")).first).to_be_visible()


@pytest.mark.needs_calc
@pytest.mark.function(
    "A11", "A75", "A76", "A80", "A81", "A82", "A83", "A84", "A87", "A88", "A89", "A90"
)
def test_guide_a_by_a_template_filled_in_calc(
    page: Page, running_portal: RunningPortal, tmp_path: Path
) -> None:
    log_in(page, running_portal.url, PROVIDER)
    choose(page, "Applications", "Bulk Upload")
    titled(page, "Bulk Upload")
    look(page)
    book = download(page, tmp_path)
    for head in ("Occupation", "RequestType", "Title", "Gender"):
        (offered,) = [texts for texts in book.lists.values() if SHARON[head] in texts]
        assert PAUL[head] in offered

    upload(page, [book.filled([SHARON, RUTH, PAUL], "xlsx"), *photographed(tmp_path)])
    titled(page, "Requested Applications")
    has_states(page, "All 3", "Valid 2", "To be put right 1")
    expect(grid_row(page, "O’Davis")).to_contain_text("February 1968 ends on 29")
    for name in ("Campbell", "Millions", "O’Davis"):
        expect(grid_row(page, name).get_by_alt_text(re.compile("^Photo"))).to_be_visible()
    look(page)

    open_panel(page, "Files")
    expect(page.locator("#work")).to_contain_text("3 rows")
    expect(page.locator("#work")).not_to_contain_text("were not read")
    open_panel(page, "Photos")
    expect(page.locator("#work")).to_contain_text("3 matched")
    put_right(page, "O’Davis", "DateOfBirth", "04/07/1968")
    has_states(page, "All 3", "Valid 3")
    expect(grid_row(page, "Campbell")).to_contain_text("42.00")
    page.get_by_role("button", name="VERIFY APPLICATIONS").click()
    expect(page.locator("#progress")).to_have_count(0, timeout=30_000)
    has_states(page, "Valid 3")
    look(page)

    page.get_by_role("link", name="FINALISE VALID APPLICATIONS").last.click()
    titled(page, "FINALISE VALID APPLICATIONS")
    expect(page.locator("#purchase-quote")).to_contain_text("£151.20")
    look(page)
    submit_purchase(page, "12345", APPLICATIONS)
    look(page)

    choose(page, "Orders", "Orders requiring attention")
    row_of(page, "12345").get_by_role("button", name="Open order").click()
    order = page.get_by_role("region", name="Order - 12345", exact=True)
    for name, price in FEES.items():
        expect(order.get_by_role("row").filter(has_text=name)).to_contain_text(price)
    order.get_by_role("link", name=re.compile("^PAY NOW")).click()
    titled(page, "Confirm Pay For Order 12345?")
    page.get_by_role("button", name="PAY £151.20 NOW").click()
    page.get_by_label("Test card number").fill("4242 4242 4242 4242")
    page.get_by_role("button", name="Pay £151.20").click()
    page.wait_for_url(f"{running_portal.url}/**")
    expect(page.get_by_role("heading", name="£151.20 was paid")).to_be_visible()
    running_portal.mailbox.wait_for(ACCOUNTS, subject="Payment received")
    choose(page, "Applications", "Applications Being Produced")
    expect(page.locator("main")).to_contain_text("Campbell")
    look(page)
    choose(page, "Applications", "Bulk Upload")
    expect(page.locator("main")).to_contain_text("3 finalised")
    look(page)
    page.get_by_role("region", name="Uploads").get_by_role(
        "link", name=re.compile("^Order")
    ).click()
    titled(page, "Order - 12345")


@pytest.mark.needs_calc
@pytest.mark.function("C35", "C36", "C37", "C38", "C39")
def test_guide_c_by_a_template_filled_in_calc(
    page: Page, running_portal: RunningPortal, tmp_path: Path
) -> None:
    log_in(page, running_portal.url, CENTRE)
    choose(page, "Apprenticeship", "Registration: Spreadsheet")
    titled(page, "Spreadsheet Registrations")
    expect(page.get_by_role("heading", name="Template Download")).to_be_visible()
    look(page)
    book = download(page, tmp_path)
    for row in (ZOFIA, IVO):
        assert row["Standard"] in book.lists["List_standard"]
    assert ZOFIA["Package"] in book.lists[ZOFIA["Standard"]]
    ivo = IVO | {"Package": book.lists[IVO["Standard"]][0]}

    upload(page, [book.filled([ZOFIA, ivo], "ods")])
    titled(page, "Apprenticeship Standard Registrations")
    has_states(page, "All 2", "Valid 1", "To be put right 1")
    expect(grid_row(page, "Dąbrowska")).to_contain_text("Autocare Technician ST0499 AP01")
    look(page)
    put_right(page, "Ng", "ULN", uln(1))
    has_states(page, "All 2", "Valid 2")
    page.get_by_role("button", name="VERIFY REGISTRATIONS").click()
    expect(page.locator("#progress")).to_have_count(0, timeout=30_000)
    has_states(page, "Valid 2")
    look(page)

    page.get_by_role("link", name="FINALISE VALID REGISTRATIONS").last.click()
    titled(page, "FINALISE VALID REGISTRATIONS")
    expect(page.locator("#purchase-quote")).to_contain_text("2 registrations")
    look(page)
    submit_purchase(page, "PO’7", REGISTRATIONS)
    for text in ("ST0499 AP01", "£1,090.00", "Dąbrowska, Zofia", "Ng, Ivo"):
        expect(page.locator("main")).to_contain_text(text)
    look(page)
    letter = running_portal.mailbox.wait_for("zofia@home.example", subject="registration")
    assert letter["From"].endswith("<registrations@hallmark.example>")
