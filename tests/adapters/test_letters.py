"""Every letter is complete in both forms, says only what it should, and cannot be bent."""

import re
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError

from app.letters import rendering
from app.letters.catalogue import (
    LETTERS,
    ContextError,
    check_context,
    known_keys,
    required_keys,
)
from app.letters.contexts import Brand
from app.letters.rendering import render
from tests.support.letter_reader import Reader

BRAND: Brand = {
    "name": "Example Awards",
    "email": "help@awards.example",
    "telephone": "020 7946 0018",
    "public_url": "https://portal.awards.example",
}
REGISTRATION = {
    "recipient_name": "Siân O'Brien-Zieliński",
    "person_name": "Siân O'Brien-Zieliński",
    "kind": "apprentice",
    "reference": "R100042",
    "scheme": "Example Apprentice Scheme",
    "pathway": "Installation & Maintenance",
    "start_date": "2024-01-05",
    "employer_name": "Bright & Sons Ltd",
    "provider_name": "Gŵyl Training",
    "hse_completed": True,
    "link": "https://portal.awards.example/registrations/42",
}
ORDER = {
    "recipient_name": "Łukasz Nowak",
    "order_reference": "HM099728618",
    "organisation_name": "Gŵyl Training",
    "total": 28_080,
    "invoice_number": "INV-000123",
    "link": "https://portal.awards.example/orders/7",
}
APPLICATION = {
    "recipient_name": "Łukasz Nowak",
    "person_name": "Jeff O’Neill",
    "reference": "30412",
    "request": "Renewal",
    "link": "https://portal.awards.example/applications/7",
}
ASSESSMENT = {
    "recipient_name": "Łukasz Nowak",
    "person_name": "Jeff O’Neill",
    "reference": "71001",
    "provider_name": "Gŵyl Training",
    "held_on": "2027-01-12",
    "held_time": "09:30",
    "venue": "Leeds Assessment Centre",
    "address": "1 Station Road, Leeds, LS1 4AP",
    "link": "https://portal.awards.example/assessments/bookings/7",
}
REPORT = {
    "recipient_name": "Wrenfield Awards",
    "person_name": "Siân O'Brien-Zieliński",
    "reference": "7KQ2-M9XA-V4TB-4",
    "record_type": "Certificate",
    "title": "Autocare Technician",
    "number": "17",
    "provider_name": "Aire Valley Centre",
    "reported_by": "Chen Oakley",
    "wrong": "Surname: Zielinsky",
    "right": "Surname: Zieliński",
    "link": "https://portal.awards.example/document-reports/17",
}
CONTEXTS: dict[str, dict[str, Any]] = {
    "standard_registered": {
        "recipient_name": "Siân O'Brien-Zieliński",
        "person_name": "Siân O'Brien-Zieliński",
        "kind": "standard",
        "reference": "34007",
        "candidate_number": "20000801",
        "scheme": "Autocare Technician ST0499 AP01",
        "package": "ACAP01D Autocare EPA ONLY",
        "start_date": "2024-01-05",
        "expected_end_date": "2025-09-07",
        "assessment_start_date": "2025-06-01",
        "employer_name": "Bright & Sons Ltd",
        "provider_name": "Aire Valley Centre",
        "link": "https://portal.awards.example/standards/42",
    },
    "registration_error_reported": {
        "recipient_name": "Wrenfield Awards",
        "person_name": "Siân O'Brien-Zieliński",
        "kind": "standard",
        "reference": "34007",
        "scheme": "Autocare Technician ST0499 AP01",
        "provider_name": "Aire Valley Centre",
        "reported_by": "Chen Oakley",
        "wrong": "Surname: Zielinski",
        "right": "Surname: O'Brien-Zieliński",
        "link": "https://portal.awards.example/standards/42",
    },
    "registration_saved_person": REGISTRATION,
    "registration_saved_employer": REGISTRATION | {"recipient_name": "Aled Bright"},
    "order_submitted": {
        **{key: value for key, value in ORDER.items() if key != "invoice_number"},
        "customer_reference": "PO 4711",
        "raised_by": "provider@demo.example",
        "raised_on": "2024-01-05",
        "lines": [{"description": "Registration card, initial", "quantity": 2, "total": 28_080}],
        "net": 23_400,
        "vat": 4_680,
    },
    "bacs_registered": ORDER
    | {
        "bank": [
            {"label": "Sort code", "value": "20-00-00"},
            {"label": "Account number", "value": "55779911"},
        ]
    },
    "payment_received": ORDER | {"paid_on": "2024-01-06"},
    "bacs_allocated": ORDER | {"received_on": "2024-01-20"},
    "application_on_hold": APPLICATION | {"reason": "The photo is blurred", "waits_for_you": True},
    "application_dispatched": APPLICATION,
    "document_ended": {
        "recipient_name": "Aire Valley Centre",
        "person_name": "Siân O'Brien-Zieliński",
        "reference": "7KQ2-M9XA-V4TB-4",
        "record_type": "Certificate",
        "title": "Autocare Technician",
        "ended": "replace",
        "reason": "The name was misspelt",
        "replaced_by": "9XQ2-M9XA-V4TB-7",
        "link": "https://portal.awards.example/records/42",
    },
    "document_reported": REPORT,
    "document_report_answered": REPORT | {"answer": "We issue it anew."},
    "record_issued": {
        "recipient_name": "Siân O'Brien-Zieliński",
        "person_name": "Siân O'Brien-Zieliński",
        "title": "Autocare Technician & Fitter",
        "enrolment_number": "AMS003400127",
        "provider_name": "Aire Valley Centre",
        "notice": "Paper certificates can be ordered later this year.",
        "link": "https://portal.awards.example/learner/start",
    },
    "verification_link": {
        "recipient_name": "hr@employer.example",
        "link": "https://portal.awards.example/verify/list/WyJocg.aQ.x-Yz_4",
    },
    "assessment_booked": ASSESSMENT,
    "assessment_moved": ASSESSMENT
    | {"was_held_on": "2027-01-05", "was_held_time": "14:00", "was_venue": "York"},
    "assessment_cancelled": ASSESSMENT | {"reason": "The assessor is ill"},
    "assessment_result": ASSESSMENT | {"passed": True, "valid_until": "2029-01-12"},
}
CODES = sorted(LETTERS)


def test_every_letter_of_the_catalogue_is_tried_here() -> None:
    assert set(CONTEXTS) == set(LETTERS)
    assert set(LETTERS) == {
        "registration_saved_person",
        "registration_saved_employer",
        "order_submitted",
        "bacs_registered",
        "payment_received",
        "bacs_allocated",
        "application_on_hold",
        "application_dispatched",
        "assessment_booked",
        "assessment_moved",
        "assessment_cancelled",
        "assessment_result",
        "standard_registered",
        "registration_error_reported",
        "document_ended",
        "document_reported",
        "document_report_answered",
        "record_issued",
        "verification_link",
    }


@pytest.mark.parametrize("code", CODES)
def test_both_forms_say_everything(code: str) -> None:
    context = CONTEXTS[code]
    check_context(code, context)

    letter = render(code, context, BRAND)

    page = Reader(letter.html)
    flat = " ".join(letter.text.split())
    shown = {"start_date": "5 January 2024", "raised_on": "5 January 2024"}
    shown |= {"expected_end_date": "7 September 2025", "assessment_start_date": "1 June 2025"}
    shown |= {"paid_on": "6 January 2024", "received_on": "20 January 2024"}
    shown |= {"held_on": "12 January 2027", "was_held_on": "5 January 2027"}
    shown |= {"valid_until": "12 January 2029"}
    shown |= {"total": "£280.80", "net": "£234.00", "vat": "£46.80", "kind": "Apprentice"}
    for key, value in context.items():
        if key in {"link", "lines", "bank", "hse_completed", "waits_for_you", "passed"}:
            continue
        wanted = shown.get(key, value)
        assert wanted in flat, key
        assert wanted in page.text, key
    assert context["link"] in letter.text
    assert f'href="{context["link"]}"' in letter.html
    for wanted in (BRAND["name"], BRAND["email"], BRAND["telephone"], BRAND["public_url"]):
        assert wanted in letter.text
        assert wanted in page.text


@pytest.mark.parametrize("code", CODES)
def test_a_letter_is_one_valid_page_without_script_or_remote_picture(code: str) -> None:
    page = Reader(render(code, CONTEXTS[code], BRAND).html)

    assert page.tags.count("h1") == 1
    assert page.tags.count("title") == 1
    assert not {"script", "img", "link", "iframe", "form"} & set(page.tags)


@pytest.mark.parametrize("code", CODES)
def test_the_text_is_tidy(code: str) -> None:
    text = render(code, CONTEXTS[code], BRAND).text

    assert text.startswith("Dear ")
    assert text.endswith("\n")
    assert "\n\n\n" not in text
    assert not re.search(r"[{}%<>]|&amp;|&#", text.replace(CONTEXTS[code]["link"], ""))
    assert all(line == line.strip() for line in text.splitlines())


def test_the_subject_names_what_the_letter_is_about() -> None:
    assert render("order_submitted", CONTEXTS["order_submitted"], BRAND).subject == (
        "Order HM099728618 is waiting for payment"
    )
    assert render("registration_saved_person", REGISTRATION, BRAND).subject == (
        "Your registration R100042 with Example Awards"
    )


def test_the_bacs_letter_carries_the_sentence_of_the_guide() -> None:
    wanted = (
        "the applications will not be started until the payment has been allocated by the finance "
        "department on its receipt. This may take up to 2 weeks. Please annotate your electronic "
        "payment with our reference HM099728618. Failure to use the exact reference number will "
        "delay processing your payment."
    )

    letter = render("bacs_registered", CONTEXTS["bacs_registered"], BRAND)

    assert wanted in letter.text
    assert wanted in Reader(letter.html).text
    assert "Sort code: 20-00-00" in letter.text


@pytest.mark.parametrize("completed", [True, False])
def test_the_health_and_safety_answer_is_told(completed: bool) -> None:
    letter = render("registration_saved_person", REGISTRATION | {"hse_completed": completed}, BRAND)

    assert ("not yet completed" in letter.text) is not completed
    assert ("can be finalised once" in Reader(letter.html).text) is not completed


@pytest.mark.function("D50")
def test_the_letter_about_documents_carries_the_sentences_of_the_guide() -> None:
    letter = render("record_issued", CONTEXTS["record_issued"], BRAND)
    flat = " ".join(letter.text.split())

    assert (
        "Your record: Siân O'Brien-Zieliński your Autocare Technician & Fitter has been issued on "
        "the Example Awards Secure Portal."
    ) in flat
    assert (
        "You will need your Example Awards Enrolment Number to register to use the portal. "
        "Your Enrolment Number is: AMS003400127."
    ) in flat
    assert "Thank you, The Digital Certificate Team" in flat
    assert "Kind regards" not in flat
    assert "Please note" not in render(
        "record_issued", CONTEXTS["record_issued"] | {"notice": ""}, BRAND
    ).text  # fmt: skip


def test_who_failed_an_assessment_is_told_what_to_do() -> None:
    context = ASSESSMENT | {"passed": False}

    letter = render("assessment_result", context, BRAND)

    assert "did not pass the health and safety assessment" in letter.text
    assert "It can be taken again" in Reader(letter.html).text


@pytest.mark.parametrize("code", CODES)
def test_no_letter_can_carry_what_is_private(code: str) -> None:
    private = {"ni", "nino", "ni_number", "birth_date", "date_of_birth", "photo", "uln"}

    assert not private & known_keys(code)


def test_markup_in_a_name_stays_words() -> None:
    name = "<script>alert(1)</script> {{ 7*7 }} {% raw %} %(brand_name)s & 100%"

    letter = render("registration_saved_person", REGISTRATION | {"person_name": name}, BRAND)

    assert name in letter.text
    assert name in Reader(letter.html).text
    assert "<script>" not in letter.html


def test_line_breaks_in_a_value_forge_neither_subject_nor_paragraph() -> None:
    forged = "R1\r\nBcc: everybody@example.com\n\nDear customer, pay here\u2028now\x00"
    context = REGISTRATION | {"reference": forged, "recipient_name": forged}

    letter = render("registration_saved_person", context, BRAND | {"name": "A\nB"})  # type: ignore[arg-type]

    assert not re.search(r"[\x00-\x1f\u2028]", letter.subject)
    assert "\nBcc:" not in letter.text
    assert "\nDear customer" not in letter.text
    assert (
        len(
            render(
                "order_submitted",
                CONTEXTS["order_submitted"] | {"order_reference": "x" * 900},
                BRAND,
            ).subject
        )
        == 200
    )


@pytest.mark.parametrize("code", CODES)
def test_each_required_key_is_required(code: str) -> None:
    for key in required_keys(code):
        context = {name: value for name, value in CONTEXTS[code].items() if name != key}
        with pytest.raises(ContextError, match=key):
            render(code, context, BRAND)
        with pytest.raises(ContextError, match=key):
            check_context(code, context)


@pytest.mark.parametrize("code", CODES)
def test_without_a_link_the_letter_stands_alone(code: str) -> None:
    context = {name: value for name, value in CONTEXTS[code].items() if name != "link"}

    letter = render(code, context, BRAND)

    assert "See" not in letter.text
    assert 'class="button"' not in letter.html


def test_an_unknown_key_or_letter_is_noticed() -> None:
    with pytest.raises(ContextError, match="nino"):
        check_context("payment_received", CONTEXTS["payment_received"] | {"nino": "x"})
    with pytest.raises(ContextError, match="no letter"):
        render("payment_recieved", {}, BRAND)


def test_a_typo_in_a_template_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        rendering._environment(html=True).from_string("{{ recipent_name }}").render()


def test_every_template_belongs_to_a_letter() -> None:
    folder = Path(rendering.__file__).parent / "templates"
    shared = {"layout", "_registration", "_paid", "_assessment"}
    named = {kind.template for kind in LETTERS.values()} | shared

    assert {path.name for path in folder.iterdir()} == {
        f"{name}.{form}" for name in named for form in ("txt", "html")
    }
