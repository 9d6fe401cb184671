"""Lists, searches, exports, counts and badges: nothing on any road betrays a foreign row."""

import base64
import io
import json
import re

import openpyxl
import pytest

from app import models
from app.domain.kernel.viewer import SYSTEM
from app.extensions import db
from app.transaction import transaction
from tests.tenancy.attacker import almighty, attacker
from tests.tenancy.routes import list_of
from tests.tenancy.rows import FOREIGN, OWN, plant
from tests.tenancy.test_hostile import address, lists_of

OURS, THEIRS = "Ownrow", "Foreignrow"
LEADS = ("Foreignrow", "foreignrow", "FOREIGNROW", "Northmoor", "northmoor", "TENF")
"""Words that stand in rows of the other provider alone."""

both_databases = pytest.mark.both_databases


@pytest.fixture
def numbers(inside):
    """Plant rows of both; return what numbers are printed on the foreign ones."""
    with inside(SYSTEM), transaction():
        plant(OWN, OURS)
        foreign = plant(FOREIGN, THEIRS)
        for row in foreign.all:  # a foreign registration that wants attention, for the badges
            if isinstance(row, models.Registration):
                row.state = "awaiting_finalisation"
        return [
            str(row.number) for row in foreign.all
            if isinstance(row, models.Registration | models.CardApplication | models.CardBatch)
        ]  # fmt: skip


def shared(model):
    from app.domain.kernel.scope import Directory, Shared

    return isinstance(model.__scope__, Shared | Directory)


PICTURED = ("image/webp", "image/jpeg", "application/pdf", "application/zip")
"""What holds no text to look into: a document shows its own learner's data to who may see it."""


def words_of(answer):
    """Return all text of an answer: a page, JSON, CSV or a workbook."""
    if "spreadsheet" in answer.mimetype:
        sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
        return "\n".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)
    if answer.mimetype in PICTURED:
        return ""
    return answer.get_data(as_text=True)


def every_road(portal):
    """Return the address of each list of rows with owners, in each tab and in each form."""
    for endpoint in lists_of(portal):
        view = list_of(portal, endpoint)
        if shared(view.datamodel.obj):
            continue
        for tab in view.tabs:
            if endpoint.endswith(".export"):
                with portal.test_request_context():
                    for form in ("csv", "xlsx"):
                        yield portal.url_for(endpoint, form=form, tab=tab.code)
            else:
                yield address(portal, endpoint, tab=tab.code)


@both_databases
def test_no_list_page_export_or_json_holds_a_foreign_row(portal, numbers):
    client, leaks, own_rows = almighty(portal), [], 0
    for path in every_road(portal):
        answer = client.get(path)
        assert answer.status_code == 200, path
        words = words_of(answer)
        leaks += [f"{path}: {lead}" for lead in (*LEADS, *numbers) if lead in words]
        own_rows += OURS in words
    assert not leaks
    assert own_rows > 15, "the roads show one's own rows, so that the leads mean something"


@both_databases
def test_what_is_looked_for_is_found_among_ones_own_alone(portal, numbers):
    """In the search and in each filter: every answer is the one for a word that no row holds."""
    client, different = almighty(portal), []
    for endpoint in lists_of(portal):
        view = list_of(portal, endpoint)
        if not endpoint.endswith("Api.list") or shared(view.datamodel.obj):
            continue
        names = [f"f_{each.name}" for each in view.filters if each.kind == "text"]
        for name in (*names, *(["q"] if view.search else [])):
            for tab in view.tabs:
                for lead in ("Foreignrow", "TENFOREIGNROW", "PO Foreignrow", numbers[0]):
                    path = address(portal, endpoint, tab=tab.code, **{name: lead})
                    answer = client.get(path).json
                    if answer["rows"] or answer["count"]:
                        different.append(path)
    assert not different


def test_a_cursor_set_on_a_foreign_row_shows_only_ones_own(portal, numbers, inside):
    with inside(SYSTEM):
        foreign = db.session.scalars(
            db.select(models.Person).where(models.Person.surname == THEIRS)
        ).one()
        place = [foreign.name_key, foreign.id, 1]
    cursor = base64.urlsafe_b64encode(json.dumps(place).encode()).decode()
    client = attacker(portal, "provider@demo.example")
    for way in ("after", "before"):
        for path in ("/employees/", "/api/v1/employees/"):
            answer = client.get(path, query_string={"sort": "name_key", way: cursor})
            assert answer.status_code == 200
            assert not [lead for lead in LEADS if lead in answer.text]


def test_neither_counts_nor_badges_change_with_foreign_rows(portal, inside):
    client = attacker(portal, "provider@demo.example")
    pages = ("/apprenticeships/", "/trainees/", "/orders/", "/employees/", "/dashboard/")

    def figures():
        texts = [re.sub(r'(?s)<script.*?</script>|value="[^"]*"|content="[^"]*"', "",
                        client.get(page).text) for page in pages]  # fmt: skip
        return [re.findall(r">\s*([\d,+]+)\s*<", text) for text in texts]

    with inside(SYSTEM), transaction():
        plant(OWN, OURS)
    before = figures()
    assert any(before)
    with inside(SYSTEM), transaction():
        for row in plant(FOREIGN, THEIRS).all:
            if isinstance(row, models.Registration):
                row.state = "awaiting_finalisation"
    assert figures() == before


def test_people_are_not_found_by_typing_names_of_others(portal, numbers):
    """The form's own search, and its look for duplicates while one types."""
    client = attacker(portal, "provider@demo.example")
    typed = {
        "first_names": "Jeff", "surname": THEIRS, "birth_date-day": "27", "birth_date-month": "3",
        "birth_date-year": "2005", "email": "foreignrow@example.com",
    }  # fmt: skip
    for path, body in (
        ("/apprenticeships/new/matches", typed),
        ("/apprenticeships/new/search", {"find": THEIRS, "second": "27/03/2005"}),
        ("/apprenticeships/new/search", {"find": "foreignrow@example.com"}),
        ("/apprenticeships/new/search", {"find": "%", "second": "%"}),
    ):
        answer = client.send(path, "POST", body, headers={"HX-Request": "true"})
        assert answer.status_code == 200, path
        found = re.sub(r'value="[^"]*"', "", answer.text).replace(f"“{THEIRS}”", "")
        assert "Jeff" not in found, path
        assert "known" not in found.lower() or "nobody" in found.lower(), found


def test_an_office_sees_itself_and_not_the_company_above_it(portal, numbers):
    client = attacker(portal, "office@demo.example")
    for path in ("/apprenticeships/?tab=ordered", "/api/v1/orders/?tab=history",
                 "/api/v1/trainees/?tab=progress"):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 200
        assert OURS not in answer.text
        assert THEIRS not in answer.text
