"""Spreadsheets of card applications as tests bring them, and people whom they are about."""

import io
import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from openpyxl import Workbook
from werkzeug.test import TestResponse

from app.domain.imports import queries
from app.domain.kernel import viewer as viewers
from app.domain.kernel.tables import StoredFile
from app.domain.kernel.viewer import Viewer
from app.domain.people.service import add_person
from app.extensions import db
from app.jobs.worker import drain
from tests.support.pages import CheckedClient
from tests.support.registering import hidden

HEADS = ("Title", "Firstname", "Initials", "Lastname", "DateOfBirth", "Gender", "NINumber",
         "ECSNumber", "Occupation", "HSAssessment", "RequestType", "Image")  # fmt: skip
HTMX = {"HX-Request": "true"}
BUDGET = 12
"""Four more than a generated list: the files, what can be chosen, fees and photos of rows."""
BORN = date(1995, 3, 27)
NAMES = ("Campbell", "Millions", "Davis", "O’Neill", "Dąbrowska", "Owusu", "Marsh", "Hale")


def number_of(place: int) -> str:
    """Return the number on the card of the person at ``place``."""
    return str(7_100_000 + place)


def row(place: int, **instead: Any) -> tuple[Any, ...]:
    """Return a row that asks for the renewal of a known person's card; columns by their heading."""
    values = {
        "Title": "Ms", "Firstname": "Sharon", "Initials": None, "Lastname": NAMES[place],
        "DateOfBirth": BORN, "Gender": "F", "NINumber": None, "ECSNumber": number_of(place),
        "Occupation": 317, "HSAssessment": "yes", "RequestType": "Renewal", "Image": None,
    } | instead  # fmt: skip
    return tuple(values[head] for head in HEADS)


def xlsx(*rows: Sequence[Any], heads: Sequence[str] = HEADS, **sheets: Sequence[Any]) -> bytes:
    """Return a workbook; further sheets by their name."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for each in (heads, *rows):
        sheet.append([*each])
    for name, lines in sheets.items():
        more = book.create_sheet(name)
        for each in lines:
            more.append([*each])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def know(places: int = len(NAMES), numbers_from: int = 0) -> list[int]:
    """Let the viewer's organisation know the people of NAMES, with photos; return their ids."""
    photo = StoredFile(
        organisation_id=_organisation(), key="0" * 64, name="photo.jpg",
        media_type="image/jpeg", size=1,
    )  # fmt: skip
    db.session.add(photo)
    db.session.flush()
    found = []
    for place in range(places):
        person = add_person(
            {
                "title": "Ms", "first_names": "Sharon", "surname": NAMES[place], "gender": "F",
                "birth_date": BORN, "email": f"p{place}@home.example", "photo_id": photo.id,
            }
        )  # fmt: skip
        person.scheme_number = number_of(place + numbers_from)
        found.append(person)
    db.session.flush()
    return [person.id for person in found]


def _organisation() -> int:
    found = viewers.of(db.session()).organisation_id
    assert found is not None
    return found


def bring(
    client: CheckedClient, data: bytes, name: str = "cards.xlsx", *, into: int | None = None,
    target: str = "applications",
) -> int:  # fmt: skip
    """Bring a file through the page and have it read; return the id of its upload."""
    home = "/uploads/" if target == "applications" else f"/uploads/{target}"
    page = client.get(home).text
    sent = {
        "csrf_token": hidden(page, "csrf_token"), "once": hidden(page, "once"), "target": target,
        "into": str(into or ""), "files": (io.BytesIO(data), name),
    }  # fmt: skip
    answer = client.post("/uploads/bring", data=sent)
    assert answer.status_code == 303, answer.text
    with client.application.app_context():
        drain()
    found = re.search(r"/uploads/(\d+)", answer.location)
    assert found
    return int(found[1])


def token(client: CheckedClient) -> str:
    """Return a CSRF token that this client may send."""
    return client.csrf_token("/uploads/")


def work(client: CheckedClient, upload: int, panel: str = "") -> str:
    """Return the part of the page that htmx asks for: progress, undo and one panel."""
    address = f"/uploads/{upload}/work" + (f"?panel={panel}" if panel else "")
    return client.get(address, headers={"HX-Request": "true"}).text


def states(inside: Any, viewer: Viewer, upload: int) -> queries.Counts:
    """Return how many rows of an upload are in each state."""
    with inside(viewer):
        found = queries.find_import(upload)
        assert found is not None
        return queries.counts(found)


def ids_of(page: str) -> list[int]:
    """Return the ids of the rows that a grid shows."""
    return [int(found) for found in re.findall(r'id="row-(\d+)"', page)]


def edit(
    client: CheckedClient, row_id: int, version: str | None = None, **typed: str
) -> TestResponse:
    """Type over cells of a row in the grid; return the answer."""
    address = f"/uploads/rows/{row_id}/edit"
    drawn = client.get(address, headers=HTMX).text
    data = {
        "csrf_token": hidden(drawn, "csrf_token"), "version": version or hidden(drawn, "version"),
    }  # fmt: skip
    return client.post(address, data=data | typed, headers=HTMX)


def finalise_form(client: CheckedClient, upload: int) -> tuple[str, dict[str, str]]:
    """Return the page that finalises an upload, and its form filled in, not declared yet."""
    page = client.get(f"/uploads/{upload}/finalise").text
    names = ("csrf_token", "once", "version")
    sent = {name: hidden(page, name) for name in names}
    places = re.findall(r'<option value="(\d+)"', page)
    return page, sent | {
        "customer_reference": "12345", "accounts_contact_name": "Tasha Adams",
        "accounts_contact_email": "accounts@caldervale.example",
        "delivery_attention": "Jeff Jones", "invoice_to": places[0], "deliver_to": places[0],
    }  # fmt: skip
