"""The generated list: paging by key, sorting, search, counts, export and JSON."""

import csv
import io
import re
from datetime import date

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from app.domain.kernel.identifiers import name_key
from app.domain.organisations.models import Organisation
from app.domain.people.models import Person, PersonOrganisation
from app.extensions import db
from app.transaction import transaction

pytestmark = pytest.mark.both_databases
ROWS = 60


def add_people(organisation, names):
    owner = db.session.scalars(select(Organisation).where(Organisation.name == organisation)).one()
    for first, last in names:
        person = Person(
            first_names=first, surname=last, name_key=name_key(last, first),
            birth_date=date(2005, 3, 27), ni_number="AB123456C",
        )  # fmt: skip
        db.session.add(person)
        db.session.flush()
        db.session.add(PersonOrganisation(person=person, organisation_id=owner.id))


@pytest.fixture
def client(inside, sign_in):
    with inside(), transaction():
        own = [("Ann", f"Smith{n:03}") for n in range(ROWS - 3)]
        own += [("Siân", "O'Brien-Šmíd"), ("=cmd|' /C calc'!A0", "Formula"), ("محمد", "حداد")]
        add_people("Calder Vale Training Ltd", own)
        add_people("Northmoor Skills Ltd", [("Rival", "Person")])
    return sign_in("provider@demo.example")


def names(page):
    rows = page.split("<tbody", 1)[-1].split("</tbody>")[0]
    return [
        re.sub(r"<[^>]+>", "", found).strip()
        for found in re.findall(r'class="hm-lead">(.*?)</a>', rows, re.S)
    ]


def step(page, label):
    """Return where a step of the pager leads, or None when it is switched off."""
    pager = page.split('aria-label="Pages"')[-1].split("</nav>")[0]
    for href, inside in re.findall(r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', pager, re.S):
        if re.sub(r"<[^>]+>", "", inside).strip() == label:
            return href.replace("&amp;", "&")
    return None


def test_pages_follow_each_other_without_gap_or_repeat(client):
    address, seen, places = "/employees/", [], []
    while address:
        page = client.get(address).text
        seen += names(page)
        places.append(re.search(r'class="hm-num">([^<]+)</span>', page)[1])
        address = step(page, "Next")
    assert len(seen) == len(set(seen)) == ROWS
    assert places == ["1 – 25 of 60", "26 – 50 of 60", "51 – 60 of 60"]


def test_the_way_back_gives_the_same_pages(client):
    second = step(client.get("/employees/").text, "Next")
    third = step(client.get(second).text, "Next")
    back = client.get(step(client.get(third).text, "Previous")).text
    assert names(back) == names(client.get(second).text)
    assert names(client.get(step(back, "First")).text) == names(client.get("/employees/").text)


def test_the_last_page_is_one_step_away(client):
    last = client.get(step(client.get("/employees/").text, "Last")).text
    assert len(names(last)) == 25
    assert step(last, "Next") is None
    assert "36 – 60 of 60" in last


def test_a_heading_sorts_both_ways(client):
    up = names(client.get("/employees/?sort=name_key").text)
    down = names(client.get("/employees/?sort=-name_key").text)
    assert up[0] == "=cmd|&#39; /C calc&#39;!A0 Formula"
    assert "aria-sort" in client.get("/employees/?sort=-name_key").text
    assert down[0] == "محمد حداد"


def test_a_column_that_is_not_declared_does_not_sort(client):
    assert names(client.get("/employees/?sort=birth_date").text) == names(
        client.get("/employees/").text
    )


@pytest.mark.parametrize(
    ("typed", "found"),
    [("obrien", 1), ("O'Brien", 1), ("smid sian", 1), ("SMITH01", 10), ("حداد", 1), ("nobody", 0),
     ("%", 0), ("_", 0), ("rival", 0), ('sm"ith', 0), ("sm", 57)],
)  # fmt: skip
def test_search_finds_parts_of_names_whatever_their_accents(client, typed, found):
    page = client.get("/employees/", query_string={"q": typed}).text
    if found == 57:
        assert "1 – 25 of 57" in page
    else:
        assert len(names(page)) == found
    assert ("Nothing matches" in page) == (found == 0)


@pytest.mark.parametrize("cursor", ["junk", "e30", "WyJ4IiwxLDFd%00", "W251bGwsMSwxXQ"])
def test_a_cursor_that_means_nothing_is_refused_in_words(client, cursor):
    answer = client.get(f"/employees/?after={cursor}")
    assert answer.status_code in (200, 400, 409)
    if answer.status_code == 409:
        assert "Open the list anew" in answer.text


def test_the_csv_holds_all_rows_and_no_formula(client):
    answer = client.get("/employees/export.csv")
    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert rows[0][0] == "Name"
    assert len(rows) == ROWS + 1
    assert "'=cmd|' /C calc'!A0 Formula" in {row[0] for row in rows}
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_the_workbook_opens_and_holds_what_the_filter_left(client):
    answer = client.get("/employees/export.xlsx?q=smith01")
    sheet = load_workbook(io.BytesIO(answer.get_data())).active
    assert sheet.max_row == 11
    assert sheet["A1"].font.bold


def test_an_unknown_kind_of_export_does_not_exist(client):
    assert client.get("/employees/export.exe").status_code == 404


def test_personal_numbers_are_masked_for_those_who_may_not_change_them(client, sign_in):
    full = client.get("/employees/").text
    assert "AB 12 34 56 C" in full
    assert "27/03/2005" in full
    masked = sign_in("staff@demo.example")
    assert masked.get("/employees/").status_code == 200


def test_the_json_interface_gives_the_same_rows(client):
    found, address = [], "/api/v1/employees/?size=40"
    while address:
        answer = client.get(address).get_json()
        found += [row["name"] for row in answer["rows"]]
        address = answer["next"]
    assert len(found) == len(set(found)) == ROWS
    assert answer["count"] == ROWS


def test_the_json_interface_refuses_strangers_in_json(new_client):
    answer = new_client().get("/api/v1/employees/")
    assert answer.status_code == 403
    assert answer.get_json()["error"]["status"] == 403


def test_a_foreign_row_does_not_exist_on_any_road(client, inside):
    with inside():
        rival = db.session.scalars(select(Person.id).where(Person.surname == "Person")).one()
    for address in (f"/employees/{rival}", f"/api/v1/employees/{rival}"):
        assert client.get(address).status_code == 404
    assert "Rival" not in client.get("/employees/export.csv").get_data(as_text=True)
