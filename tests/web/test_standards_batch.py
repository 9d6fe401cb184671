"""The page of a batch: what it shows, and how candidates come into it (C14 to C32)."""

import pytest

from app.domain.people.service import add_person
from app.domain.registrations.standard_fields import DEFAULTS as DEFAULTED
from app.transaction import transaction
from tests.support.batches import (
    AUTOCARE,
    CANDIDATE,
    CENTRE,
    DEFAULTS,
    START,
    BatchPage,
    candidates,
    dated,
    drafts,
    words,
)
from tests.support.reading import spaced
from tests.support.standards import candidate as somebody
from tests.support.viewers import viewer_of

LIGHT = "Automotive Retail Motor Vehicle Service and Maintenance Technician Light Vehicle ST0033"
INFO = "Please click here for more information on what is included within each package"


@pytest.fixture
def chen(portal):
    return viewer_of(portal, CENTRE)


@pytest.fixture
def page(sign_in):
    return BatchPage(sign_in(CENTRE))


def known(inside, viewer, **more):
    """Make somebody known to the viewer's organisation; return their id."""
    with inside(viewer), transaction():
        return add_person(somebody(**more)).id


@pytest.mark.function("C14", "C15", "C16", "C32")
def test_the_page_says_where_one_is_and_what_it_is_for(page):
    (trail,) = [each for each in page.find("nav") if each.get("aria-label") == "Breadcrumb"]
    assert words(trail) == "Home >> Apprenticeship >> Registration >> Batch"
    assert [words(each) for each in page.find("h1")] == ["Apprenticeship Standard Registrations"]
    assert (
        "Use this screen to add apprenticeship package qualifications to a batch of candidates."
        in spaced(page.text)
    )
    saves = [each for each in page.find("button", value="save") if words(each) == "Save"]
    assert len(saves) == 2
    inside_form = [*page.form.iter()]
    grid = inside_form.index(page.find("table")[0])
    assert inside_form.index(saves[0]) < grid < inside_form.index(saves[1])
    note = (
        "Note: It is the Centre's responsibility to ensure candidate(s) are registered on the "
        "correct package."
    )
    assert note in [words(each) for each in page.find("p")]


@pytest.mark.function("C13")
def test_the_tab_apprenticeship_leads_to_the_batch_and_the_lists(sign_in):
    home = spaced(sign_in(CENTRE).get("/dashboard/").text)
    for entry in ("Apprenticeship", "Registration: Batch", "Standards in progress"):
        assert entry in home


@pytest.mark.function("C17", "C25")
def test_only_standards_linked_to_the_centre_are_shown(page):
    shown = [words(each) for each in page.find("label") if each.get("for", "")[:9] == "standard-"]
    assert AUTOCARE in shown
    assert {f"{LIGHT} AP02", f"{LIGHT} AP03"} <= set(shown)
    assert not [each for each in shown if each.startswith("Bus and Coach")]
    assert len(shown) == 6


def test_a_centre_without_approvals_is_told_whom_to_ask(inside, portal, sign_in):
    rival = spaced(sign_in("rival@demo.example").get(START).text)
    assert "No standards are linked to your centre" in rival


@pytest.mark.function("C18", "C19")
def test_one_standard_is_selected_by_a_button_at_the_left(page):
    table = page.find("table")[0]
    assert [words(each) for each in table.find("thead").iter("th")] == [
        "Select", "Standard", "Info",
    ]  # fmt: skip
    for row in table.find("tbody"):
        radio = next(row[0].iter("input"))
        assert (radio.get("type"), radio.get("name")) == ("radio", "standard")
        assert words(row[2]).startswith(INFO)
    page.choose()
    page.choose(f"{LIGHT} AP03", package=None)
    checked = [each for each in page.find("input", name="standard") if "checked" in each.attrib]
    assert len(checked) == 1


@pytest.mark.function("C20")
def test_the_info_says_what_each_package_includes_and_costs(page):
    row = next(r for r in page.find("table")[0].find("tbody") if AUTOCARE in words(r))
    info = page.client.get(next(row.iter("a")).get("href"))
    said = spaced(info.text)
    for each in ("ACAP01D", "Autocare EPA ONLY", "End-point assessment", "£795.00", "£1,325.00"):
        assert each in said


@pytest.mark.function("C21", "C22", "C24")
def test_packages_appear_once_a_standard_is_selected(page):
    assert not page.find("input", name="package")
    page.choose(package=None)
    table = page.find("table")[1]
    assert [words(each) for each in table.find("thead").iter("th")] == [
        "Select", "Package Code", "Description",
    ]  # fmt: skip
    shown = {words(row[1]): words(row[2]) for row in table.find("tbody")}
    assert shown == {
        "ACAP01A": "Year 1 Gateway Package", "ACAP01B": "Year 2 Gateway Package",
        "ACAP01C": "Year 1 and 2 Gateway Package", "ACAP01D": "Autocare EPA ONLY",
    }  # fmt: skip


@pytest.mark.function("C21")
def test_the_script_fetches_packages_and_price_without_saving(page, inside):
    standard = page.value_of("standard", AUTOCARE)
    found = page.client.get(f"{START}packages?standard={standard}").text
    assert "ACAP01C" in found
    package = found.partition('id="package-')[2].partition('"')[0]
    price = page.client.get(f"{START}price?standard={standard}&package={package}").text
    assert "£" in price
    assert "For one candidate" in price
    assert "Choose a package" in page.client.get(f"{START}price?package={package}").text
    with inside():
        assert drafts() == []


@pytest.mark.function("C26", "C28", "C29")
def test_an_empty_batch_says_how_to_fill_it(page):
    for label in ("Existing Candidate Number", "Add Existing / Search", "New Candidate"):
        assert label in spaced(page.text)
    (row,) = page.candidates()
    assert row == {"Remove": "Add existing candidate or new candidate"}
    (table,) = [each for each in page.find("table") if each.get("aria-label") == "Candidates"]
    assert [words(each) for each in table.find("thead").iter("th")] == [
        "Remove", "Number", "First Name", "Surname", "Date of Birth", "Apprenticeship Start Date",
        "Apprenticeship Expected End Date", "EPA Expected Start Date", "Funding Type",
    ]  # fmt: skip


@pytest.mark.function("C26")
def test_a_new_candidate_is_typed_in_on_the_page(page, inside):
    page.choose()
    assert page.add_new().status_code == 303, page.summary()
    (row,) = page.candidates()
    assert (row["Number"], row["Surname"]) == ("New", "D’Arcy-Żak")
    assert row["First Name"].startswith("Zofia")
    assert row["Date of Birth"] == "27/03/2005"
    with inside():
        (kept,) = candidates()
        assert kept.answers["employer_name"] == CANDIDATE["employer_name"]


@pytest.mark.function("C26")
def test_somebody_known_is_added_by_number_or_found_by_name(page, inside, chen):
    person = known(inside, chen, surname="Abara")
    known(inside, chen, surname="Abbott", uln="9999000028", email="b@example.com")
    assert page.press("search", number="9276308686").status_code == 303
    assert [row["Surname"] for row in page.candidates()] == ["Abara"]
    again = page.press("search", number="927 630 8686")
    assert again.status_code == 409
    assert page.summary() == ["Zofia Abara is in this batch already."]
    found = page.press("search", number="Abbott")
    assert found.status_code == 200
    assert "Zofia Abbott" in spaced(page.text)
    assert page.press(page.button("add:")).status_code == 303
    assert [row["Surname"] for row in page.candidates()] == ["Abara", "Abbott"]
    with inside():
        assert {each.person_id for each in candidates()} > {person}


def test_enter_in_the_number_adds_the_candidate_and_saves_nothing(page, inside, chen):
    known(inside, chen)
    page.press("enter", number="9276308686")
    assert len(page.candidates()) == 1


def test_a_blank_search_says_what_to_type(page):
    page.press("search")
    assert page.summary() == ["Type a candidate number to add, or a name to search for."]


@pytest.mark.function("C27")
def test_what_the_batch_says_fills_who_has_nothing_of_their_own(page):
    page.choose()
    page.add_new()
    own = dated(start_date=("1", "10", "2026"))
    more = {"surname": "Own", "uln": "9999000028", "email": "own@example.com"} | own
    assert page.add_new(**more).status_code == 303
    page.press("keep", **DEFAULTS)
    first, second = page.candidates()
    assert first["Apprenticeship Start Date"] == "07/09/2026 as the batch"
    assert second["Apprenticeship Start Date"] == "01/10/2026"
    assert first["Funding Type"] == "Apprenticeship levy as the batch"
    page.press("keep", **(DEFAULTS | {"default_funding_type": "OTHER"}))
    assert all(row["Funding Type"].startswith("Other") for row in page.candidates())


@pytest.mark.function("C27")
def test_a_candidates_own_dates_can_be_changed_in_the_batch(page):
    page.choose()
    page.add_new()
    page.press("keep", **DEFAULTS)
    page.press(page.button("edit:"))
    changed = dated(expected_end_date=("7", "3", "2029")) | {"funding_type": "OTHER"}
    assert page.press("take", **changed).status_code == 303, page.summary()
    (row,) = page.candidates()
    assert row["Apprenticeship Expected End Date"] == "07/03/2029"
    assert row["Funding Type"] == "Other"
    assert row["EPA Expected Start Date"] == "01/06/2028 as the batch"


@pytest.mark.function("C30")
def test_a_candidate_is_removed_and_put_back(page):
    page.choose()
    page.add_new()
    page.press(page.button("remove:"))
    assert page.candidates()[0]["Remove"] == "Add existing candidate or new candidate"
    assert "Zofia D’Arcy-Żak was taken out of the batch." in spaced(page.text)
    (undo,) = [each for each in page.find("form") if each.get("action", "").endswith("/undo")]
    sent = {each.get("name"): each.get("value") for each in undo.iter("input")}
    answer = page.client.post(undo.get("action"), data=sent)
    page.open(answer.location)
    assert [row["Surname"] for row in page.candidates()] == ["D’Arcy-Żak"]


def test_a_date_that_cannot_be_stands_beside_its_field_and_nothing_is_lost(page):
    page.choose()
    wrong = DEFAULTS | {"default_start_date-month": "13", "purchase_order_number": "PO’1"}
    assert page.press("keep", **wrong).status_code == 422
    assert 'href="#default_start_date"' in page.text
    assert page.fields()["purchase_order_number"] == "PO’1"
    assert page.fields()["default_start_date-month"] == "13"


def test_an_end_before_the_start_is_refused_for_the_batch(page):
    page.choose()
    wrong = DEFAULTS | dated("default_", expected_end_date=("1", "9", "2026"))
    page.press("keep", **wrong)
    assert page.summary() == ["The end must come after the start. Check both dates."]


def test_everything_wrong_about_a_new_candidate_is_said_at_once(page):
    page.choose()
    answer = page.add_new(uln="9276308687", employer_postcode="1", surname="")
    assert answer.status_code == 422
    for name in ("uln", "employer_postcode", "surname"):
        assert f'href="#{name}"' in page.text
    assert page.fields()["first_names"] == "Zofia"


def test_the_same_new_candidate_is_not_added_twice(page):
    page.choose()
    page.add_new()
    page.add_new(email="other@example.com")
    assert page.summary() == ["Zofia D’Arcy-Żak is in this batch already."]


def test_somebody_who_looks_like_a_person_on_record_is_offered_instead(page, inside, chen):
    known(inside, chen)
    page.choose()
    assert page.add_new().status_code == 422
    assert "Is it one of these people?" in spaced(page.text)
    assert page.press(page.button("use:")).status_code == 303
    (row,) = page.candidates()
    assert row["Number"] != "New"


def test_somebody_who_only_looks_like_them_is_added_as_new(page, inside, chen):
    known(inside, chen)
    page.choose()
    page.add_new(uln="9999000028", email="twin@example.com")
    assert page.press("new_person").status_code == 303, page.summary()
    assert page.candidates()[0]["Number"] == "New"


def test_every_field_that_a_batch_says_for_all_is_offered(page):
    for name in DEFAULTED:
        assert f'name="default_{name}' in page.text
