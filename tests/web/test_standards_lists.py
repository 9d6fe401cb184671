"""Registrations on standards: lists, records, changes before they are ordered, reports."""

from html import unescape

import pytest
from sqlalchemy import select

from app.clock import now
from app.domain.kernel import outbox
from app.domain.kernel.tables import Event, Letter
from app.domain.registrations import service
from app.domain.registrations.models import Registration
from app.extensions import db
from app.letters.catalogue import check_context
from app.transaction import transaction
from tests.support.batches import AUTOCARE, CENTRE
from tests.support.reading import spaced
from tests.support.registering import every_chosen, hidden
from tests.support.standards import draft
from tests.support.viewers import viewer_of

LIST = "/apprenticeship/standards/"
CHANGED = {
    "start_date-day": "7", "start_date-month": "9", "start_date-year": "2026",
    "expected_end_date-day": "7", "expected_end_date-month": "9", "expected_end_date-year": "2029",
    "assessment_start_date-day": "1", "assessment_start_date-month": "6",
    "assessment_start_date-year": "2029", "funding_type": "OTHER", "employer_ern": "999000411",
    "employer_name": "O’Hara & Co", "employee_position": "Fitter", "employer_postcode": "LS1 4AP",
    "employer_phone": "0113 496 0456",
}  # fmt: skip


@pytest.fixture
def chen(portal):
    return viewer_of(portal, CENTRE)


@pytest.fixture
def client(sign_in):
    return sign_in(CENTRE)


@pytest.fixture
def ready(inside, chen):
    """Return the id of a registration that no order holds."""
    with inside(chen), transaction():
        return service.register_many([draft()], now())[0]


def row(inside, registration_id):
    with inside():
        return db.session.get(Registration, registration_id)


def test_the_list_shows_number_candidate_standard_package_dates_and_state(client, ready, inside):
    said = spaced(client.get(f"{LIST}?tab=ready").text)
    for words in ("Zofia D’Arcy-Żak", AUTOCARE, "ACAP01D", "07/09/2026", "07/09/2028",
                  "Ready for ordering", str(row(inside, ready).number)):  # fmt: skip
        assert words in said
    for head in ("Number", "Candidate", "Standard", "Package", "Start", "Expected end", "State"):
        assert head in said
    assert "Create a purchase to add selected Registrations to" in said


@pytest.mark.parametrize(
    "tab", ["attention", "ready", "ordered", "progress", "completed", "ended", "all"]
)
def test_every_tab_opens_and_says_what_to_do_where_it_is_empty(client, tab):
    assert client.get(f"{LIST}?tab={tab}").status_code == 200


def test_the_record_shows_employer_dates_and_funding(client, ready):
    said = spaced(client.get(f"{LIST}{ready}").text)
    for words in ("Hartley Motors Ltd", "999000411", "Apprentice technician", "LS1 4AP",
                  "01/06/2028", "Apprenticeship levy", "ACAP01D Autocare EPA ONLY"):  # fmt: skip
        assert words in said
    assert "27/03/2005" not in said  # masked for who may not change employees


def edited(client, registration_id, **typed):
    """Open the form, change what is ``typed`` and send it."""
    address = f"{LIST}{registration_id}/edit"
    page = client.get(address).text
    package = page.partition('id="package"')[2].partition('value="')[2]
    while not package.partition('"')[0].isdigit():
        package = package.partition('value="')[2]
    carried = {name: hidden(page, name) for name in ("csrf_token", "version", "person_version")}
    return client.post(
        address, data=carried | CHANGED | {"package": package.partition('"')[0]} | typed
    )


def test_it_is_changed_while_no_order_holds_it(client, ready, inside):
    answer = edited(client, ready)
    assert answer.status_code == 302, answer.text
    changed = row(inside, ready)
    assert (changed.employer_name, changed.funding_type) == ("O’Hara & Co", "OTHER")
    assert changed.expected_end_date.isoformat() == "2029-09-07"
    assert "changed" in {each.what for each in events(inside, ready)}


def test_what_is_mandatory_stays_mandatory(client, ready, inside):
    answer = edited(client, ready, employer_ern="", funding_type="")
    assert answer.status_code == 422
    for name in ("employer_ern", "funding_type"):
        assert f'href="#{name}"' in answer.text
    assert "O’Hara &amp; Co" in answer.text
    assert row(inside, ready).employer_name == "Hartley Motors Ltd"


def test_another_standards_package_is_refused(client, ready):
    assert edited(client, ready, package="17").status_code == 422


def test_a_change_that_somebody_else_overtook_shows_both(client, ready):
    page = client.get(f"{LIST}{ready}/edit").text
    stale = {name: hidden(page, name) for name in ("version", "person_version")}
    edited(client, ready)
    answer = edited(client, ready, employee_position="Valeter", **stale)
    assert answer.status_code == 409
    assert "Employee Position Fitter Valeter" in spaced(answer.text)


def test_it_is_returned_and_finalised_again_by_the_lists_moves(client, ready, inside):
    for move, tab, state in (
        ("return_to_attention", "ready", "awaiting_finalisation"),
        ("finalise", "attention", "ready_for_ordering"),
    ):
        page = client.get(f"{LIST}?tab={tab}").text
        sent = {"csrf_token": hidden(page, "csrf_token"), "chosen": every_chosen(page), "tab": tab}
        asked = client.post(f"{LIST}ask/{move}", data=sent)
        assert asked.status_code == 200
        confirmed = {name: hidden(asked.text, name) for name in ("csrf_token", "once", "chosen")}
        assert client.post(f"{LIST}move/{move}", data=confirmed).status_code == 302
        assert row(inside, ready).state == state


def test_what_no_order_holds_is_ordered_from_the_list(client, ready, inside):
    page = client.get(f"{LIST}?tab=ready").text
    sent = {name: hidden(page, name) for name in ("csrf_token", "once", "list_of")}
    sent |= {
        "chosen": every_chosen(page), "customer_reference": "PO’9", "accounts_contact_name": "Chen",
        "accounts_contact_email": "chen@example.com", "delivery_attention": "Chen",
        "invoice_to": row(inside, ready).provider_id, "deliver_to": row(inside, ready).provider_id,
    }  # fmt: skip
    answer = client.post("/purchases/", data=sent)
    assert answer.status_code == 303, answer.text
    assert row(inside, ready).state == "on_order"
    assert edited(client, ready).status_code == 409


def events(inside, registration_id):
    with inside():
        statement = select(Event).where(
            Event.subject_table == "registrations", Event.subject_id == registration_id
        )
        return list(db.session.scalars(statement))


def reported(client, registration_id, **typed):
    address = f"{LIST}{registration_id}/report"
    page = client.get(address).text
    carried = {name: hidden(page, name) for name in ("csrf_token", "once")}
    return client.post(address, data=carried | typed), carried


@pytest.mark.function("C12")
def test_an_error_is_reported_to_the_awarding_body_and_kept(client, ready, inside):
    form = unescape(spaced(client.get(f"{LIST}{ready}/report").text))
    assert (
        "Please report any errors (names, spelling, DOB etc) as candidates' details, as "
        "registered, will appear on certificates and ID cards." in form
    )
    said = {"wrong": "Surname: Żak", "right": "Surname: D’Arcy & Żak"}
    answer, carried = reported(client, ready, **said)
    assert answer.status_code == 302
    client.post(f"{LIST}{ready}/report", data=carried | said)  # a second click
    with inside():
        (letter,) = db.session.scalars(
            select(Letter).where(Letter.code == "registration_error_reported")
        )
        assert letter.to_email == "support@wrenfield.example"
        assert letter.context["right"] == said["right"]
        check_context(letter.code, letter.context)
    assert "Surname: Żak → Surname: D’Arcy & Żak" in unescape(
        spaced(client.get(f"{LIST}{ready}").text)
    )


def test_a_report_without_words_is_refused_and_keeps_the_others(client, ready, inside):
    answer, _ = reported(client, ready, wrong="Title", right="")
    assert answer.status_code == 422
    assert "Say what would be right" in answer.text
    assert "Title" in answer.text
    with inside():
        assert (
            outbox.next_due(db.session()) is None
            or not db.session.scalars(
                select(Letter).where(Letter.code == "registration_error_reported")
            ).all()
        )


@pytest.mark.parametrize("end", ["", "/edit", "/report"])
def test_another_centres_registration_does_not_exist(sign_in, ready, end):
    assert sign_in("rival@demo.example").get(f"{LIST}{ready}{end}").status_code == 404


@pytest.mark.function("C9", "C11")
def test_help_lists_the_senders_to_trust(client):
    said = spaced(client.get("/help/").text)
    assert "safe senders" in said
    assert "support@wrenfield.example" in said
    assert "Please report any errors" in said
    for mailbox in ("registrations", "certifications", "accreditations", "QAP"):
        assert f"{mailbox}@hallmark.example" in said
