"""Guide A, sections 1.1 to 1.4, walked as written: from the login to an apprenticeship in progress.

The web server, worker, payment page and mail server are real ones.
"""

import re
import time
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.clock import today
from tests.support.processes import RunningPortal
from tests.support.walks import (
    FINANCE,
    PROVIDER,
    a_photo,
    choose,
    fill_date,
    log_in,
    log_out,
    plain,
    row_of,
    tick,
    titled,
    words_of_pdf,
)


@dataclass(frozen=True)
class Words:
    """What the guide calls things for one kind of registration."""

    kind: str
    tab: str
    new: str
    title: str
    details: str
    employer_details: str
    attention: str
    finalise: str
    in_progress: str
    scheme: str


APPRENTICE = Words(
    "Apprentice", "Apprenticeships", "New Apprentice registration", "New Apprentice Registration",
    "Apprenticeship", "Apprentice Employer Details", "Apprentice registrations requiring attention",
    "FINALISE APPRENTICE REGISTRATIONS", "Apprenticeships in progress",
    "Apprentices Training Scheme 2021",
)  # fmt: skip
TRAINEE = Words(
    "Trainee", "Trainees", "New Trainee registration", "New Trainee Registration", "Trainee",
    "Trainee Employer Details", "Trainee registrations requiring action",
    "FINALISE TRAINEE REGISTRATIONS", "Trainees in progress", "Trainees Scheme 2021",
)  # fmt: skip
ACCOUNTS = "accounts@caldervale.example"
PEOPLE = (("Jeff", "Jones", "Installation Electrician"), ("Rudy", "Bash", "Building Controls"))


class Walk:
    """One walk through the guide; each method is one of its steps."""

    def __init__(self, page: Page, portal: RunningPortal, words: Words) -> None:
        self.page = page
        self.portal = portal
        self.words = words

    def dashboard(self) -> None:
        """1.1: log in and see what can be reached from the dashboard."""
        log_in(self.page, self.portal.url, PROVIDER)
        for entry in (APPRENTICE.new, TRAINEE.new, "Orders requiring attention"):
            expect(
                self.page.get_by_role("main").get_by_role("link", name=entry).first
            ).to_be_visible()

    def register(self, first: str, last: str, pathway: str) -> None:
        """1.2: fill in the registration and SAVE."""
        page, words = self.page, self.words
        choose(page, words.tab, words.new)
        titled(page, words.title)
        expect(page.get_by_role("group", name=f"{words.details} Details")).to_be_visible()
        page.get_by_label("First name(s)").fill(first)
        page.get_by_label(re.compile("^Last name$")).fill(last)
        fill_date(page, "birth_date", ("27", "3", "2006"))
        page.locator("#email").fill(f"{first.lower()}@home.example")
        page.locator("#photo").set_input_files(
            {"name": f"{first}.jpg", "mimeType": "image/jpeg", "buffer": a_photo()}
        )
        scheme = page.get_by_label("Scheme")
        if not scheme.input_value():  # the only scheme of its kind stands there already
            scheme.select_option(label=words.scheme)
        expect(scheme.locator("option:checked")).to_have_text(words.scheme)
        expect(page.get_by_label(f"{words.details} Pathway").locator("option")).to_have_count(4)
        expect(page.locator("#price")).to_contain_text("£140.40")
        page.get_by_label(f"{words.details} Pathway").select_option(label=pathway)
        expect(page.get_by_role("group", name=f"{words.details} Start Date")).to_be_visible()
        fill_date(page, "start_date", ("1", "9", "2026"))
        page.get_by_role(
            "group", name="completed a Health, Safety and Environmental Assessment"
        ).get_by_label("Yes").check()
        self._employer()
        page.get_by_role("button", name="SAVE").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(f"{first} {last}")

    def _employer(self) -> None:
        group = self.page.get_by_role("group", name=self.words.employer_details)
        group.get_by_role("combobox", name="Employer").press_sequentially("brightw")
        group.get_by_role("option", name="Brightwater Installations Ltd").click()
        group.get_by_label("Contact name").fill("Dana Field")
        group.get_by_label("Contact email").fill("dana@brightwater.example")

    def letters_of_registration(self, first: str, last: str) -> None:
        """Both the person and the employer are sent the details that were added."""
        mailbox = self.portal.mailbox
        own = mailbox.wait_for(f"{first.lower()}@home.example", subject="Your registration")
        theirs = mailbox.wait_for("dana@brightwater.example", subject=f"{first} {last}")
        for letter in (own, theirs):
            text = plain_text(letter)
            assert "These details were added:" in text
            assert self.words.scheme in text
            assert "Brightwater Installations Ltd" in text
            assert f"{first} {last}" in text

    def finalise(self) -> None:
        """1.3: tick the registrations, FINALISE …, MARK AS FINALISED."""
        page, words = self.page, self.words
        choose(page, words.tab, words.attention)
        titled(page, words.attention)
        self.has_columns("Reg#", "Applicant", "H&S", "Photo", "Start Date", "Stage",
                         "Office Contact")  # fmt: skip
        expect(row_of(page, "Jeff Jones")).to_contain_text("H&S Module")
        expect(row_of(page, "Jeff Jones")).to_contain_text("01/09/2026")
        for first, last, _ in PEOPLE:
            tick(page, f"{first} {last}")
        page.get_by_role("button", name=words.finalise).click()
        expect(page.get_by_role("link", name="CANCEL")).to_be_visible()
        expect(page.get_by_role("main")).not_to_contain_text("Cannot be finalised yet")
        page.get_by_role("button", name="MARK AS FINALISED").click()
        titled(page, "Registrations ready for ordering")
        self.has_columns("Ref.", "Applicant", "H&S", "Photo", "Start Date", "Stage",
                         "Office Contact")  # fmt: skip

    def has_columns(self, *expected: str) -> None:
        """The list on the screen has these columns, in this order."""
        heads = self.page.locator("main table").first.locator("thead th").all()
        shown = [plain(head) for head in heads]
        assert [text for text in shown if text in expected] == list(expected), shown

    def submit_purchase(self) -> str:
        """1.3: tick, say who is the key contact, SUBMIT PURCHASE; return our reference."""
        page = self.page
        choose(page, self.words.tab, "Registrations ready for ordering")
        for first, last, _ in PEOPLE:
            tick(page, f"{first} {last}")
        expect(page.get_by_role("heading", level=2)).to_have_text(
            "Create a purchase to add selected Registrations to"
        )
        panel = page.get_by_role("group", name="Create new order with:")
        expect(page.locator("#purchase-quote")).to_contain_text("£280.80")
        panel.get_by_label("Your Reference / P.O. Number").fill("12345")
        panel.get_by_label("Accounts contact", exact=True).fill("Tasha Adams")
        panel.get_by_label("Accounts contact’s email").fill(ACCOUNTS)
        panel.get_by_label("Delivery to the attention of").fill("Jeff Jones")
        page.get_by_role("button", name="SUBMIT PURCHASE").click()
        expect(page.locator("main")).to_contain_text("The purchase was submitted.")
        letter = self.portal.mailbox.wait_for(ACCOUNTS, subject="is waiting for payment")
        found = re.search(r"ECS\d+", str(letter["Subject"]))
        assert found
        return found[0]

    def open_order(self, reference: str) -> None:
        """1.4: Orders requiring attention, and the plus sign."""
        page = self.page
        choose(page, "Orders", "Orders requiring attention")
        titled(page, "Orders requiring attention")
        expect(page.get_by_role("heading", name="Orders awaiting payment")).to_be_visible()
        self.has_columns("Date", "Cust. Ref", "Our Ref", "Raised At Lvl", "Status",
                         "Card Batch(es)", "Ex VAT", "VAT", "Balance Due")  # fmt: skip
        row = row_of(page, reference)
        for text in (f"{today():%d/%m/%Y}", "12345", "Company - Calder Vale Training Ltd",
                     "Open - Awaiting Payment", "£234.00", "£46.80", "£280.80"):  # fmt: skip
            expect(row).to_contain_text(text)
        row.get_by_role("button", name="Open order").click()
        order = page.get_by_role("region", name="Order - 12345", exact=True)
        expect(order).to_be_visible()
        text = plain(order)
        for fact in ("Status Open - Awaiting Payment", f"Raised On {today():%d/%m/%Y}",
                     f"Raised By {PROVIDER}", "Raised at Level Company - Calder Vale Training Ltd",
                     "Invoice To", f"Deliver to Jeff Jones, {ACCOUNTS}, Calder Vale Training Ltd",
                     f"Our Ref {reference}", "ECS Cards Batch: 4333"):  # fmt: skip
            assert fact in text, text
        for line in ("Jones, Jeff", "Bash, Rudy"):
            shown = plain(order.get_by_role("row").filter(has_text=line))
            for part in ("Card", "Initial", "Awaiting Payment", self.words.scheme,
                         "£117.00 £23.40 £140.40"):  # fmt: skip
                assert part in shown, shown

    def pay_now(self, reference: str) -> None:
        """1.4: PAY NOW, and the two ways to pay in the guide's words."""
        page = self.page
        order = page.get_by_role("region", name="Order - 12345", exact=True)
        order.get_by_role("link", name=re.compile("^PAY NOW")).click()
        titled(page, "Confirm Pay For Order 12345?")
        for part in (
            "I wish to pay by Credit/Debit Card",
            "Please click Pay Now to be transferred to the Payment Gateway to collect £280.80 from "
            "your Credit or Debit card.",
            "I wish to pay by Electronic Transfer (BACS)",
            "Please note that the applications will not be started until the payment has been "
            "allocated by the finance department on its receipt. This may take up to 2 weeks.",
            f"Please annotate your electronic payment with our reference {reference}",
            "Failure to use the exact reference number will delay processing your payment.",
        ):
            assert part in plain(page.locator("main"))
        expect(page.get_by_role("link", name="X CANCEL")).to_have_count(2)

    def cancels(self) -> None:
        """X CANCEL leads back to the order, which is as it was."""
        self.page.get_by_role("link", name="X CANCEL").first.click()
        titled(self.page, "Orders requiring attention")
        expect(self.page.locator("main")).to_contain_text("Open - Awaiting Payment")

    def has_invoice(self, reference: str, folder: Path) -> None:
        """The order is being fulfilled, and its invoice is a PDF with its number."""
        page = self.page
        choose(page, "Orders", "Orders being fulfilled")
        titled(page, "Orders being fulfilled")
        row_of(page, reference).get_by_role("link", name=reference).click()
        link = page.get_by_role("link", name="Invoice").get_attribute("href")
        until = time.monotonic() + 20
        while (answer := page.request.get(f"{self.portal.url}{link}")).status == 202:
            assert time.monotonic() < until, "The invoice is never ready."
            time.sleep(0.2)
        pdf = answer.body()
        assert answer.headers["content-type"] == "application/pdf"
        assert pdf.startswith(b"%PDF-")
        text = words_of_pdf(pdf, folder)
        assert reference in text
        assert "12345" in text
        assert "£280.80" in text
        choose(page, "Orders", "Financial History")
        number = re.search(r"INV\S*|\d{6,}", plain(row_of(page, reference)).replace(reference, ""))
        assert number
        assert number[0] in text

    def in_progress(self) -> None:
        """Apprenticeships or Trainees in progress, at the first stage since today."""
        page, words = self.page, self.words
        choose(page, words.tab, words.in_progress)
        titled(page, words.in_progress)
        self.has_columns(f"{words.kind} Name", "Scheme", "Start Date", "Stage", "Pathway",
                         "New Stage")  # fmt: skip
        for first, last, pathway in PEOPLE:
            row = row_of(page, f"{first} {last}")
            for text in (words.scheme, "01/09/2026", f"1 - {today():%d/%m/%Y}", pathway):
                expect(row).to_contain_text(text)

    def stages(self) -> None:
        """The buttons 2 3 4 move one; ticked, several move at once."""
        page = self.page
        second = f"2 - {today():%d/%m/%Y}"
        row_of(page, "Jeff Jones").get_by_role("button", name="Stage 2").click()
        page.get_by_role("dialog").get_by_role("button", name="Stage 2").click()
        expect(row_of(page, "Jeff Jones")).to_contain_text(second)
        tick(page, "Rudy Bash")
        page.get_by_role("button", name="Move to stage…").click()
        titled(page, "Move to stage")
        page.get_by_label("Stage", exact=True).select_option("2")
        page.get_by_role("button", name="Move to stage").click()
        titled(page, self.words.in_progress)
        expect(row_of(page, "Rudy Bash")).to_contain_text(second)

    def up_to_payment(self) -> str:
        """Walk 1.1 to the choice of payment; return our reference."""
        self.dashboard()
        for person in PEOPLE:
            self.register(*person)
        for first, last, _ in PEOPLE:
            self.letters_of_registration(first, last)
        self.finalise()
        reference = self.submit_purchase()
        self.open_order(reference)
        self.pay_now(reference)
        return reference


def plain_text(letter: EmailMessage) -> str:
    """Return the text part of a letter, with single spaces."""
    body = letter.get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())


@pytest.mark.both_databases
@pytest.mark.function(
    "A1", "A4", "A10", "A12", "A14", "A16", "A17", "A19", "A20", "A21", "A22", "A23", "A24", "A25",
    "A26", "A27", "A28", "A30", "A31", "A33", "A34", "A35", "A36", "A37", "A38", "A39", "A40",
    "A41", "A42", "A46", "A47", "A48", "A49", "A51", "A52", "A58", "A59", "A60", "A61", "A62",
    "A68", "A69", "A70", "A71",
)  # fmt: skip
def test_apprentices_from_login_to_stage_two_paid_by_card(page, running_portal, backend, tmp_path):
    walk = Walk(page, running_portal, APPRENTICE)
    reference = walk.up_to_payment()
    walk.cancels()
    walk.open_order(reference)
    walk.pay_now(reference)

    page.get_by_role("button", name="PAY £280.80 NOW").click()
    page.wait_for_url(f"{running_portal.gateway_url}/**")
    page.get_by_label("Test card number").fill("4242 4242 4242 4242")
    page.get_by_role("button", name="Pay £280.80").click()
    page.wait_for_url(f"{running_portal.url}/**")
    expect(page.get_by_role("heading", name="£280.80 was paid")).to_be_visible()

    paid = running_portal.mailbox.wait_for(ACCOUNTS, subject="Payment received")
    assert reference in str(paid["Subject"])
    walk.has_invoice(reference, tmp_path)
    walk.in_progress()
    walk.stages()


@pytest.mark.both_databases
@pytest.mark.function("A63", "A64", "A65", "A66", "A67")
def test_apprentices_paid_by_bank_transfer(page, running_portal, backend, tmp_path):
    walk = Walk(page, running_portal, APPRENTICE)
    reference = walk.up_to_payment()

    page.get_by_role("button", name="REGISTER £280.80 FOR COLLECTION VIA BACS").click()
    expect(page.locator("main")).to_contain_text("Closed - Awaiting Payment")
    letter = running_portal.mailbox.wait_for(ACCOUNTS, subject="by bank transfer")
    assert reference in plain_text(letter)
    choose(page, "Apprenticeships", "Apprenticeships in progress")
    expect(page.locator("main")).not_to_contain_text("Jeff Jones")
    log_out(page)

    _allocate(page, running_portal, reference)

    received = running_portal.mailbox.wait_for(ACCOUNTS, subject="Bank transfer received")
    assert reference in str(received["Subject"])
    log_in(page, running_portal.url, PROVIDER)
    walk.has_invoice(reference, tmp_path)
    walk.in_progress()


def _allocate(page: Page, portal: RunningPortal, reference: str) -> None:
    """Enter the transfer from the bank's statement and give it to the order, as finance does."""
    log_in(page, portal.url, FINANCE)
    choose(page, "Orders", "Bank receipts")
    page.get_by_role("link", name="Enter a receipt").first.click()
    page.get_by_label("Amount").fill("280.80")
    page.get_by_label("Payer").fill("CALDER VALE TRAINING")
    page.get_by_label("Reference on the statement").fill(f"FP {reference}")
    page.get_by_role("button", name="SAVE").click()
    titled(page, "£280.80 from CALDER VALE TRAINING")
    page.get_by_role("button", name=f"Allocate £280.80: {reference}").click()
    expect(page.locator("main")).to_contain_text(f"£280.80 was allocated to order {reference}.")
    log_out(page)


@pytest.mark.function("A73", "A136")
def test_trainees_from_login_to_stage_two(page, running_portal, tmp_path):
    walk = Walk(page, running_portal, TRAINEE)
    reference = walk.up_to_payment()

    page.get_by_role("button", name="PAY £280.80 NOW").click()
    page.get_by_label("Test card number").fill("4242 4242 4242 4242")
    page.get_by_role("button", name="Pay £280.80").click()
    expect(page.get_by_role("heading", name="£280.80 was paid")).to_be_visible()

    walk.has_invoice(reference, tmp_path)
    walk.in_progress()
    walk.stages()


@pytest.mark.function("A32")
def test_the_flag_finalises_one_and_cancel_changes_nothing(page, running_portal):
    walk = Walk(page, running_portal, APPRENTICE)
    walk.dashboard()
    walk.register(*PEOPLE[0])
    choose(page, "Apprenticeships", APPRENTICE.attention)

    page.get_by_role("link", name="Finalise: Jeff Jones").click()
    page.get_by_role("link", name="CANCEL").click()
    titled(page, APPRENTICE.attention)
    page.get_by_role("link", name="Finalise: Jeff Jones").click()
    page.get_by_role("button", name="MARK AS FINALISED").click()

    titled(page, "Registrations ready for ordering")
    expect(row_of(page, "Jeff Jones")).to_be_visible()
