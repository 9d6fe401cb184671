"""The invoice says what the law wants, adds up, and prints whatever people typed."""

import dataclasses
import re
import subprocess
import sys
import threading
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from app.documents import fonts
from app.documents.invoice import (
    Customer,
    InvoiceData,
    InvoiceLine,
    InvoiceTotals,
    Paid,
    PaymentTerms,
    Supplier,
    render_invoice,
    vat_summary,
)
from app.documents.wording import breakable, percent, pounds, printable

TERMS = PaymentTerms(
    reference="HM099728618",
    bank=(
        ("Account name", "Example Awards Ltd"),
        ("Sort code", "20-00-00"),
        ("Account number", "55779911"),
    ),
    due="Please pay by bank transfer. Allocation may take up to 2 weeks.",
)


def a_line(**given: Any) -> InvoiceLine:
    values: dict[str, Any] = {
        "description": "Registration card, initial",
        "detail": "R100042 · Siân O’Brien-Zieliński",
        "quantity": 1,
        "unit_net": 11_700,
        "vat_rate_bp": 2_000,
        "net": 11_700,
        "vat": 2_340,
        "total": 14_040,
    }
    return InvoiceLine(**(values | given))


EXEMPT = a_line(
    description="Examination entry",
    detail="",
    quantity=2,
    unit_net=4_500,
    vat_rate_bp=0,
    vat_category="E",
    vat_reason="Exempt: VAT Act 1994, Schedule 9, Group 6, item 3",
    net=9_000,
    vat=0,
    total=9_000,
)


def an_invoice(*lines: InvoiceLine, **given: Any) -> InvoiceData:
    kept = lines or (a_line(), a_line(), EXEMPT)
    values: dict[str, Any] = {
        "number": "INV-000123",
        "issued_on": date(2024, 1, 5),
        "tax_point": date(2024, 1, 4),
        "order_reference": "HM099728618",
        "customer_reference": "PO 4711",
        "supplier": Supplier(
            name="Example Awards Ltd",
            address=("1 Example Square", "London", "EC1A 1BB"),
            vat_number="GB 999 9999 73",
            email="accounts@awards.example",
            telephone="020 7946 0018",
        ),
        "customer": Customer(
            name="Gŵyl Łódź Training Ltd",
            address=("Unit 4", "Caernarfon", "LL55 1AA"),
            number="C-000042",
        ),
        "lines": kept,
        "totals": InvoiceTotals(
            net=sum(line.net for line in kept),
            vat=sum(line.vat for line in kept),
            total=sum(line.total for line in kept),
        ),
        "settlement": TERMS,
    }
    return InvoiceData(**(values | given))


def poppler(tmp_path: Path, pdf: bytes, *command: str) -> str:
    file = tmp_path / "invoice.pdf"
    file.write_bytes(pdf)
    asked = [part.replace("FILE", str(file)) for part in command]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout


def words(tmp_path: Path, invoice: InvoiceData) -> str:
    shown = poppler(tmp_path, render_invoice(invoice), "pdftotext", "-layout", "FILE", "-")
    return shown.replace("\u200b", "")


def test_a_full_vat_invoice_says_all_that_the_law_wants(tmp_path: Path) -> None:
    shown = words(tmp_path, an_invoice())

    for wanted in (
        "Invoice",
        "INV-000123",
        "5 January 2024",
        "4 January 2024",
        "Example Awards Ltd",
        "1 Example Square",
        "VAT registration number GB 999 9999 73",
        "Gŵyl Łódź Training Ltd",
        "LL55 1AA",
        "C-000042",
        "HM099728618",
        "PO 4711",
        "Registration card, initial",
        "Siân O’Brien-Zieliński",
        "Unit price ex VAT",
        "£117.00",
        "20%",
        "£23.40",
        "£140.40",
        "Exempt: VAT Act 1994",
        "Standard rate, 20%",
        "£324.00",
        "£46.80",
        "£370.80",
        "GBP",
        "55779911",
        "Page 1 of 1",
    ):
        assert wanted in shown, wanted


def test_it_is_tagged_and_says_which_standards_it_keeps(tmp_path: Path) -> None:
    pdf = render_invoice(an_invoice())

    info = poppler(tmp_path, pdf, "pdfinfo", "FILE")
    reader = PdfReader(tmp_path / "invoice.pdf")
    meta = reader.xmp_metadata
    assert re.search(r"Tagged: +yes", info)
    assert re.search(r"Title: +Invoice INV-000123", info)
    assert reader.trailer["/Root"]["/Lang"] == "en-GB"
    assert meta is not None
    raw = meta.stream.get_data()
    assert b"<pdfaid:part>3</pdfaid:part>" in raw
    assert b"<pdfuaid:part>1</pdfuaid:part>" in raw


def test_only_our_own_fonts_are_used_and_all_are_embedded(tmp_path: Path) -> None:
    listed = poppler(tmp_path, render_invoice(an_invoice()), "pdffonts", "FILE").splitlines()[2:]

    assert listed
    for row in listed:
        assert re.match(r"[A-Z]{6}\+(Inter|DejaVu)", row)
        assert re.search(r" yes yes yes ", row)


def test_the_same_invoice_has_the_same_bytes() -> None:
    assert render_invoice(an_invoice()) == render_invoice(an_invoice())


def test_a_paid_invoice_says_how_and_when_and_asks_for_nothing(tmp_path: Path) -> None:
    shown = words(tmp_path, an_invoice(settlement=Paid(how="Card payment", on=date(2024, 1, 5))))

    assert "Paid in full" in shown
    assert "Card payment, 5 January 2024" in shown
    assert "Total to pay" not in shown
    assert "How to pay" not in shown


def test_500_lines_break_over_pages_that_repeat_their_head(tmp_path: Path) -> None:
    lines = tuple(a_line(detail=f"R{number:06d}") for number in range(500))

    pages = words(tmp_path, an_invoice(*lines)).rstrip("\f").split("\f")

    assert len(pages) > 10
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page
        assert ("Unit price ex VAT" in page) == bool(re.search(r"R\d{6}\b", page))
    found = re.findall(r"\bR(\d{6})\b", "".join(pages))
    assert found == [f"{number:06d}" for number in range(500)]
    assert "£70,200.00" in pages[-1]


@pytest.mark.parametrize(
    "typed",
    [
        "*not bold* _not italic_ = no heading",
        '#panic("no") #include "/etc/passwd" #let x = 1',
        "$x^2$ `raw` <label> @reference [content]",
        "\\ \\u{41} // no comment /* nor this */",
        "quote \" and ' apostrophe, O'Brien",
        '#image("../fonts/README.md") https://example.com',
    ],
)
def test_nothing_typed_is_read_as_markup(typed: str, tmp_path: Path) -> None:
    shown = words(tmp_path, an_invoice(a_line(description=typed, detail="")))

    assert "".join(typed.split()) in "".join(cut_column(shown).split())


def cut_column(shown: str) -> str:
    return "".join(re.sub(r" {2,}(\d+ +£[\d.]+|£|20%).*$", "", row) for row in shown.splitlines())


@pytest.mark.parametrize(
    "name",
    [
        "Żółć Ąę Ćń Śź",
        "Llŷr Ŵyn ŵ ŷ Ŷ â",
        "Αθήνα Москва",
        "شركة التدريب",
        "株式会社 🚗",
        "e\u0301 \u202eabc",
    ],
)
def test_every_name_prints(name: str) -> None:
    invoice = an_invoice(
        customer=Customer(name=name, address=(name,), number="1"),
    )

    assert render_invoice(invoice).startswith(b"%PDF-")


def test_a_character_that_no_font_has_becomes_a_box() -> None:
    assert printable("株 A 🚗") == "□ A □"
    assert printable("a\nb\tc\x00d\u202ee") == "a b c de"
    assert printable("e\u0301") == "é"
    assert printable("x" * 600).endswith("…")
    assert len(printable("x" * 600)) == 500


def test_the_fonts_cover_what_names_here_need() -> None:
    needed = (
        "".join(map(chr, range(0x20, 0x7F))) + "ŵŷŴŶâêîôûáéíóúàèìòùäëïöüąćęłńóśźżĄĆĘŁŃŚŹŻ£€’“”–—×·"
    )

    assert {ord(character) for character in needed} <= fonts.covered()


def test_a_word_without_end_is_broken_and_stays_on_the_page(tmp_path: Path) -> None:
    invoice = an_invoice(a_line(description="W" * 400, detail="x" * 400))
    pdf = render_invoice(invoice)
    boxes = poppler(tmp_path, pdf, "pdftotext", "-bbox", "FILE", "-")

    rights = [float(found) for found in re.findall(r'xMax="([\d.]+)"', boxes)]
    assert max(rights) < 595.3 - 30
    assert breakable("short and long " + "y" * 31).count("\u200b") == 2


def broken(**given: Any) -> InvoiceData:
    return dataclasses.replace(an_invoice(), **given)


@pytest.mark.parametrize(
    ("invoice", "said"),
    [
        (broken(totals=InvoiceTotals(net=32_400, vat=4_681, total=37_080)), "vat of the lines"),
        (broken(totals=InvoiceTotals(net=32_400, vat=4_680, total=37_081)), "total of the lines"),
        (broken(lines=()), "1 to 2000 lines"),
        (an_invoice(a_line(net=11_699, total=14_039)), "quantity times price"),
        (an_invoice(a_line(vat=2_339)), "do not make its total"),
        (an_invoice(a_line(description=" ")), "no description"),
        (an_invoice(a_line(vat_category="X")), "no VAT category"),
        (an_invoice(a_line(vat_category="E")), "carries a reason and no VAT"),
        (an_invoice(dataclasses.replace(EXEMPT, vat_reason=" ")), "carries a reason"),
        (broken(number=""), "needs a number"),
        (broken(accent="red; }"), "accent"),
        (
            broken(supplier=Supplier(name="A", address=("B",), vat_number=" ")),
            "supplier's VAT number",
        ),
        (broken(customer=Customer(name="A", address=())), "customer's address"),
    ],
)
def test_an_invoice_that_is_incomplete_or_does_not_add_up_is_refused(
    invoice: InvoiceData, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        render_invoice(invoice)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 500), st.integers(0, 100_000), st.sampled_from([0, 500, 2000])),
        min_size=1,
        max_size=20,
    )
)
def test_vat_per_rate_adds_up_to_the_totals(rows: list[tuple[int, int, int]]) -> None:
    lines = []
    for quantity, unit, rate in rows:
        net = quantity * unit
        vat = (net * rate + 5_000) // 10_000
        lines.append(
            a_line(
                quantity=quantity,
                unit_net=unit,
                vat_rate_bp=rate,
                net=net,
                vat=vat,
                total=net + vat,
            )
        )

    summary = vat_summary(lines)

    assert sum(entry.net for entry in summary) == sum(line.net for line in lines)
    assert sum(entry.vat for entry in summary) == sum(line.vat for line in lines)
    assert len({entry.rate_bp for entry in summary}) == len(summary)


def test_amounts_and_rates_are_written_as_people_write_them() -> None:
    assert pounds(123_450) == "£1,234.50"
    assert pounds(-5) == "\u2212£0.05"
    assert (percent(2000), percent(1750), percent(0)) == ("20%", "17.5%", "0%")


def test_the_longest_invoice_is_set_in_bounded_time(tmp_path: Path) -> None:
    lines = tuple(a_line(description="W" * 9_000, detail="x " * 9_000) for _ in range(2_000))
    started = time.monotonic()

    pdf = render_invoice(an_invoice(*lines))

    assert time.monotonic() - started < 60
    assert "Page" in poppler(tmp_path, pdf, "pdftotext", "-l", "1", "FILE", "-")


def test_threads_render_side_by_side() -> None:
    expected = render_invoice(an_invoice())
    got: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: got.append(render_invoice(an_invoice()))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert got == [expected] * 4


def test_a_fork_after_a_page_is_told_so_instead_of_waiting_for_ever() -> None:
    program = (
        "import os\n"
        "from tests.adapters.test_invoice import an_invoice, render_invoice\n"
        "from app.documents.typesetting import TypesettingError\n"
        "before = os.fork()\n"
        "render_invoice(an_invoice())\n"
        "if before == 0: os._exit(0)\n"
        "assert os.waitpid(before, 0)[1] == 0\n"
        "after = os.fork()\n"
        "if after == 0:\n"
        "    try: render_invoice(an_invoice())\n"
        "    except TypesettingError: os._exit(7)\n"
        "assert os.waitstatus_to_exitcode(os.waitpid(after, 0)[1]) == 7\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60)

    assert done.returncode == 0, done.stderr.decode()
