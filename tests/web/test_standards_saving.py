"""Saving a batch: what is mandatory, the order, double and stale Saves (C31 to C34)."""

from html import unescape

import pytest
from sqlalchemy import select

from app.domain.imports.batches import service as batches
from app.domain.kernel.tables import Letter
from app.domain.orders.models import Order
from app.domain.people.models import Person
from app.domain.people.service import add_person
from app.domain.registrations.standard_fields import DEFAULTS as DEFAULTED
from app.extensions import db
from app.letters.catalogue import check_context
from app.transaction import transaction
from tests.support.batches import (
    AUTOCARE,
    CANDIDATE,
    CENTRE,
    DEFAULTS,
    START,
    BatchPage,
    candidates,
    drafts,
    registered,
)
from tests.support.reading import spaced
from tests.support.standards import candidate as somebody
from tests.support.viewers import viewer_of

OTHER_ULN = "9999000028"
MANDATORY = {
    "C33.1": "start_date", "C33.2": "expected_end_date", "C33.3": "birth_date", "C33.4": "title",
    "C33.5": "first_names", "C33.6": "surname", "C33.7": "gender", "C33.8": "uln",
    "C33.9": "email", "C33.10": "phone", "C33.11": "employer_ern", "C33.12": "employer_name",
    "C33.13": "employee_position", "C33.14": "employer_postcode", "C33.15": "employer_phone",
    "C33.16": "assessment_start_date", "C33.17": "funding_type",
}  # fmt: skip
"""The guide's 17 mandatory fields."""
BY_FORM = [
    pytest.param(name, id=code, marks=pytest.mark.function("C33"))
    for code, name in MANDATORY.items()
    if name not in DEFAULTED
]
FOR_ALL = [
    pytest.param(name, id=code, marks=pytest.mark.function("C33"))
    for code, name in MANDATORY.items()
    if name in DEFAULTED
]


@pytest.fixture
def chen(portal):
    return viewer_of(portal, CENTRE)


@pytest.fixture
def page(sign_in):
    return BatchPage(sign_in(CENTRE))


@pytest.fixture
def filled(page):
    """Return the page of a batch that can be saved."""
    page.choose()
    page.add_new()
    page.press("keep", **DEFAULTS, purchase_order_number="PO’7 & Co")
    return page


def blank(name):
    """Return what is sent where a field is left empty."""
    parts = [f"{name}-{part}" for part in ("day", "month", "year")]
    return dict.fromkeys(parts if parts[0] in CANDIDATE else [name], "")


def without(inside, name):
    """Take one fact of the only candidate away, as if it had never been typed."""
    with inside(), transaction():
        (candidate,) = candidates()
        candidate.answers = {k: v for k, v in candidate.answers.items() if k != name}


@pytest.mark.parametrize("name", BY_FORM)
def test_a_batch_is_refused_while_a_candidate_lacks_what_is_mandatory(page, inside, name):
    page.choose()
    page.press("keep", **DEFAULTS)
    assert page.add_new(**blank(name)).status_code == 422
    assert f'href="#{name}"' in page.text
    assert page.press("take", **CANDIDATE).status_code == 303, page.summary()
    without(inside, name)
    page.open(page.path)
    assert page.press("save").status_code == 422
    assert any(line.endswith(".") for line in page.summary())
    assert f'id="{name}"' in page.text  # their details show on the screen
    with inside():
        assert registered() == []


@pytest.mark.parametrize("name", FOR_ALL)
def test_a_batch_is_refused_while_neither_it_nor_the_candidate_says(filled, inside, name):
    parts = [each for each in DEFAULTS if each.startswith(f"default_{name}")]
    assert filled.press("save", **dict.fromkeys(parts, "")).status_code == 422
    assert "Zofia D’Arcy-Żak: " in filled.summary()[0]
    with inside():
        assert registered() == []


def test_a_batch_needs_a_standard_a_package_and_somebody(page, inside):
    page.press("save")
    assert page.summary() == [
        "Select an apprenticeship standard.", "Add existing candidate or new candidate",
    ]  # fmt: skip
    page.choose(package=None)
    page.press("save")
    assert "Select an apprenticeship package." in page.summary()
    with inside():
        assert registered() == []


@pytest.mark.function("C15", "C31", "C33")
def test_saving_registers_everybody_and_raises_one_order(filled, inside):
    more = {"first_names": "Ivo", "uln": OTHER_ULN, "email": "ivo@example.com"}
    assert filled.add_new(**more).status_code == 303, filled.summary()
    answer = filled.press("save")
    assert answer.status_code == 303, filled.summary()
    said = unescape(spaced(filled.text))
    for words in ("PAY NOW", "Open - Awaiting Payment", "PO’7 & Co", "£1,590.00"):
        assert words in said
    with inside():
        found = registered()
        assert [each.state for each in found] == ["on_order", "on_order"]
        assert {each.package.code for each in found} == {"ACAP01D"}
        assert {each.scheme.name for each in found} == {AUTOCARE}
        assert {each.employer_name for each in found} == {CANDIDATE["employer_name"]}
        assert all(each.person.scheme_number for each in found)
        assert {each.batch.purchase_order_number for each in found} == {"PO’7 & Co"}
        (order,) = db.session.scalars(select(Order))
        assert order.customer_reference == "PO’7 & Co"
        assert candidates() == []  # what was typed stands in the registrations now


@pytest.mark.function("C10")
def test_each_candidate_is_sent_a_confirmation(filled, inside):
    filled.press("save")
    with inside():
        letters = list(db.session.scalars(select(Letter)))
        (letter,) = [each for each in letters if each.to_email == "zofia@example.com"]
        assert letter.code == "standard_registered"
        check_context(letter.code, letter.context)


def test_a_save_that_is_sent_twice_registers_once(filled, inside):
    sent = filled.fields() | {"do": "save"}
    address = filled.form.get("action")
    first, second = (filled.client.post(address, data=sent) for _ in range(2))
    assert first.location == second.location
    with inside():
        assert len(registered()) == 1
        assert len(list(db.session.scalars(select(Order)))) == 1


def test_a_save_in_a_second_tab_leads_to_nothing_twice(filled, inside):
    other = BatchPage(filled.client, filled.path)
    filled.press("save")
    assert other.press("save").status_code == 409
    assert "This batch was saved already" in other.summary()[0]
    assert "/orders/" in filled.client.get(other.path).location
    with inside():
        assert len(registered()) == 1


def test_a_save_that_has_not_seen_a_colleagues_candidate_asks_again(filled, inside):
    colleague = BatchPage(filled.client, filled.path)
    colleague.add_new(first_names="Ivo", uln=OTHER_ULN, email="ivo@example.com")
    assert filled.press("save").status_code == 409
    assert "Somebody else changed this batch" in spaced(filled.text)
    assert "Chen Oakley changed it on" in spaced(filled.text)
    with inside():
        assert registered() == []
    assert filled.press("save").status_code == 303
    with inside():
        assert len(registered()) == 2


def test_what_two_type_at_once_is_shown_in_both_versions(filled):
    colleague = BatchPage(filled.client, filled.path)
    colleague.press("keep", purchase_order_number="THEIRS")
    assert filled.press("keep", purchase_order_number="MINE").status_code == 409
    said = spaced(filled.text)
    assert "Purchase Order Number THEIRS MINE" in said
    assert filled.press("keep").status_code == 303
    assert filled.fields()["purchase_order_number"] == "MINE"


def test_what_two_type_about_one_candidate_is_shown_in_both_versions(filled):
    filled.press(filled.button("edit:"))
    mine = BatchPage(filled.client, f"{filled.path}")
    assert filled.press("take", employee_position="Fitter").status_code == 303
    assert mine.press("take", employee_position="Valeter").status_code == 409
    assert "Employee Position Fitter Valeter" in spaced(mine.text)
    assert mine.press("take").status_code == 303


@pytest.mark.function("C34")
def test_somebody_on_record_who_lacks_something_shows_on_screen(page, inside, chen):
    with inside(chen), transaction():
        person_id = add_person(somebody(uln=None, email="", title="", surname="Abara")).id
    page.choose()
    page.press("keep", **DEFAULTS)
    page.press("search", number="Abara")
    page.press(page.button("add:"))
    said = spaced(page.text)
    assert "8 mandatory facts are missing or wrong" in said
    for name in ("title", "uln", "email", "employer_ern"):
        assert f'id="{name}-error"' in page.text
    assert 'id="surname"' not in page.text  # on record: shown, not asked
    assert page.press("save").status_code == 422
    assert "Zofia Abara: " in page.summary()[0]
    missing = {name: CANDIDATE[name] for name in CANDIDATE if f'name="{name}"' in page.text}
    assert page.press("take", **missing).status_code == 303, page.summary()
    assert page.press("save").status_code == 303, page.summary()
    with inside():
        (made,) = registered()
        assert made.person_id == person_id
        assert db.session.get(Person, person_id).uln == CANDIDATE["uln"]


@pytest.mark.function("C34")
def test_details_on_record_stay_masked_for_who_may_not_change_them(page, inside, chen):
    with inside(chen), transaction():
        add_person(somebody(title=""))
    page.press("search", number="9276308686")
    assert "27/03/2005" not in page.text
    assert "9276308686" not in page.text
    assert "zofia@example.com" not in page.text


def test_an_employer_stated_before_is_filled_in(filled, inside):
    filled.press("save")
    again = BatchPage(filled.client)
    again.press("search", number="9276308686")
    with inside():
        (candidate,) = candidates()
        assert candidate.answers["employer_name"] == CANDIDATE["employer_name"]


def test_somebody_registered_on_the_standard_already_is_named(filled, inside):
    filled.press("save")
    again = BatchPage(filled.client)
    again.choose()
    again.press("keep", **DEFAULTS)
    again.press("search", number="9276308686")
    assert again.press("save").status_code == 409
    assert "Zofia D’Arcy-Żak on Autocare" in again.summary()[0]
    assert again.candidates()[0]["Surname"] == "D’Arcy-Żak"
    with inside():
        assert len(registered()) == 1


def test_who_may_not_purchase_registers_without_an_order(sign_in, inside, portal):
    with inside(viewer_of(portal, "office@demo.example")), transaction():
        add_person(somebody())
    page = BatchPage(sign_in("office@demo.example"))
    assert "Somebody who may create purchases" in spaced(page.text)
    assert page.find("button", value="new") == []
    page.choose()
    page.press("keep", **DEFAULTS)
    page.press("search", number=CANDIDATE["uln"])
    employer = {name: text for name, text in CANDIDATE.items() if name.startswith("employ")}
    page.press("take", **employer)
    answer = page.press("save")
    assert answer.location == "/apprenticeship/standards/?tab=ready", page.summary()
    assert "Zofia D’Arcy-Żak" in spaced(page.text)
    with inside():
        assert [each.state for each in registered()] == ["ready_for_ordering"]
        assert list(db.session.scalars(select(Order))) == []


def test_a_batch_that_is_full_says_what_to_do(filled, monkeypatch):
    monkeypatch.setattr(batches, "MOST", 1)
    assert filled.add_new(first_names="Ivo", uln=OTHER_ULN).status_code == 409
    assert "Save this one and begin another, or use the spreadsheet." in filled.summary()[0]
    assert filled.fields()["first_names"] == "Ivo"


def test_colleagues_go_on_with_a_batch_and_may_throw_it_away(filled, inside):
    colleague = BatchPage(filled.client)
    assert "1 batch of yours is not saved yet" in spaced(colleague.text)
    (link,) = [a for a in colleague.find("a") if a.get("href") == filled.path.partition("?")[0]]
    colleague.open(link.get("href"))
    assert len(colleague.candidates()) == 1
    (throw,) = [b for b in colleague.form.iter("button") if "discard" in b.get("formaction", "")]
    answer = colleague.client.post(throw.get("formaction"), data=colleague.fields())
    assert answer.location == START
    with inside():
        assert drafts() == []
        assert candidates() == []


def test_a_first_button_that_is_sent_twice_begins_one_batch(page, inside):
    sent = page.fields() | {"do": "keep"}
    for _ in range(2):
        page.client.post(START, data=sent)
    with inside():
        assert len(drafts()) == 1


# Attacks ------------------------------------------------------------------------------------------


def test_another_organisations_batch_does_not_exist(filled, sign_in):
    rival = sign_in("rival@demo.example")
    assert rival.get(filled.path).status_code == 404
    token = rival.csrf_token(START)
    for end in ("", "/undo", "/discard"):
        address = filled.path.partition("?")[0] + end
        assert rival.post(address, data={"csrf_token": token, "do": "save"}).status_code == 404


def test_somebody_whom_the_organisation_does_not_know_cannot_be_added(page, inside, portal):
    with inside(viewer_of(portal, "rival@demo.example")), transaction():
        foreign = add_person(somebody()).id
    page.choose()
    assert page.press(f"add:{foreign}").status_code == 404


def test_a_candidate_of_another_batch_cannot_be_reached(filled, inside, chen):
    with inside(chen), transaction():
        other = batches.begin(drafts()[0].created_at)
        theirs = batches.add_new(other, {"surname": "Elsewhere"}, other.created_at).id
    for do in ("edit", "remove"):
        page = BatchPage(filled.client, filled.path)
        assert page.press(f"{do}:{theirs}").status_code == 404
    page = BatchPage(filled.client, filled.path)
    assert page.press("take", panel=str(theirs)).status_code == 404


@pytest.mark.function("C17")
def test_a_standard_that_is_not_linked_cannot_be_posted(page, inside):
    sent = page.press("keep", standard="7", package="17")
    assert sent.status_code == 422
    with inside():
        assert drafts() == []


@pytest.mark.function("C26")
def test_somebody_known_elsewhere_is_found_masked_and_linked(page, inside, portal):
    with inside(viewer_of(portal, "rival@demo.example")), transaction():
        add_person(somebody(surname="Elsewhere"))
    page.choose()
    page.press("search", number="9276308686")
    assert "Elsewhere" not in page.text
    page.press("elsewhere", second="Elsewhere")
    assert "Z••••• E•••••" in spaced(page.text)
    assert "zofia@example.com" not in page.text
    assert page.press(page.button("link:")).status_code == 303
    assert page.candidates()[0]["Surname"] == "Elsewhere"
