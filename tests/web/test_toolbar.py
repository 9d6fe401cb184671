"""The blue toolbar: tabs with their menus, as the guide names them, and nothing empty."""

import re

import html5lib
import pytest

TABS = {
    "Applications": [
        "Add application",
        "Applications Requiring Attention",
        "Applications on hold",
        "Applications Being Produced",
        "Completed Applications",
        "Bulk Upload",
        "Card batches",
        "Health and safety assessments",
        "Assessment bookings",
    ],
    "Apprenticeships": [
        "New Apprentice registration",
        "Apprentice registrations requiring attention",
        "Registrations ready for ordering",
        "Apprenticeships in progress",
    ],
    "Trainees": [
        "New Trainee registration",
        "Trainee registrations requiring action",
        "Registrations ready for ordering",
        "Trainees in progress",
    ],
    "Apprenticeship": [
        "Registration: Batch",
        "Registration: Spreadsheet",
        "Standard registrations requiring attention",
        "Standard registrations ready for ordering",
        "Standard registrations on order",
        "Standards in progress",
        "Completed standards",
    ],
    "Documents": [
        "Jobs Issued",
        "Records",
        "Pending records",
        "Downloads",
        "Learner notifications",
        "Reported issues",
        "Check documents",
    ],
    "Orders": ["Orders requiring attention", "Orders being fulfilled", "Financial History"],
}


def toolbar(page):
    """Return the labels of each tab's entries, with their addresses."""
    document = html5lib.parse(page, namespaceHTMLElements=False)
    found = {}
    bars = [n for n in document.iter("nav") if n.get("aria-label") == "Main"]
    for item in (item for bar in bars for item in bar.iter("li")):
        tab = next(e for e in item.iter() if "hm-tab" in (e.get("class") or "").split())
        entries = [a for a in item.iter("a") if "dropdown-item" in (a.get("class") or "")]
        found["".join(tab.itertext()).strip()] = {
            (a.find("i").tail or "").strip(): a.get("href") for a in entries
        }
    return found


@pytest.mark.function("A14", "A73", "A74")
def test_the_tabs_and_their_entries_are_the_guides(sign_in):
    found = toolbar(sign_in("provider@demo.example").get("/dashboard/").text)
    assert list(found) == ["Dashboard", *TABS, "Administration"]
    for tab, entries in TABS.items():
        assert list(found[tab]) == entries


@pytest.mark.function("A14")
@pytest.mark.parametrize(
    "email",
    [f"{who}@demo.example" for who in ("provider", "staff", "finance", "office", "learner")],
)
def test_every_entry_that_shows_opens(sign_in, email):
    client = sign_in(email)
    for tab, entries in toolbar(client.get("/dashboard/").text).items():
        for label, address in entries.items():
            assert client.get(address).status_code == 200, (tab, label)


@pytest.mark.function("A72")
def test_schemes_and_pathways_of_the_body_are_offered(sign_in):
    page = sign_in("provider@demo.example").get("/apprenticeships/new").text
    for scheme in ("Apprentices Training Scheme 2021", "2017 Apprentices Scheme"):
        assert f">{scheme}</option>" in page
    staff = sign_in("staff@demo.example").get("/catalogue/pathways/").text
    for pathway in ("Installation Electrician", "Maintenance Electrician", "Building Controls"):
        assert pathway in staff


def footer(page):
    """Return the words of the footer."""
    document = html5lib.parse(page, namespaceHTMLElements=False)
    return " ".join(" ".join(next(document.iter("footer")).itertext()).split())


@pytest.mark.function("A2")
def test_the_footer_names_who_administers_schemes_where_one_works(sign_in):
    client = sign_in("centre@demo.example")
    page = client.get("/dashboard/").text
    assert "England, Wales and Northern Ireland" in footer(page)
    scottish = re.search(r'value="(\d+)"[^>]*>(?:(?!</button>).)*Clyde', page, re.S)[1]
    data = {"organisation": scottish, "csrf_token": client.csrf_token("/dashboard/")}
    client.post("/organisation/", data=data)
    shown = footer(client.get("/dashboard/").text)
    assert "Wrenfield Awards Scotland · Scotland" in shown
    assert "Tel 0131 496 0100" in shown
    assert "scotland@wrenfield.example" in shown


@pytest.mark.function("A1")
@pytest.mark.parametrize("email", ["provider@demo.example", "office@demo.example"])
def test_training_providers_and_their_offices_register_people(sign_in, email):
    client = sign_in(email)
    assert client.get("/apprenticeships/new").status_code == 200
    assert client.get("/trainees/new").status_code == 200


@pytest.mark.parametrize(
    ("target", "home", "tab"),
    [
        ("applications", "/uploads/", "Applications"),
        ("standards", "/uploads/standards", "Apprenticeship"),
    ],
)
def test_one_tab_is_marked_and_leads_to_where_one_is(sign_in, target, home, tab):
    client = sign_in("provider@demo.example")
    opened = client.post(
        "/uploads/open", data={"csrf_token": client.csrf_token(home), "target": target}
    )
    for address in (home, opened.location):
        page = html5lib.parse(client.get(address).text, namespaceHTMLElements=False)
        marked = [
            "".join(each.itertext()).strip()
            for each in page.iter("button")
            if "hm-tab--on" in (each.get("class") or "").split()
        ]
        assert marked == [tab], address
