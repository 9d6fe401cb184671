"""An upload of the demo world: a spreadsheet as people make them, half of it to be put right."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime

from flask import current_app
from sqlalchemy import select

from app.demo.acting import on
from app.domain.imports import service
from app.domain.kernel.viewer import Viewer
from app.domain.people.models import Person
from app.extensions import db
from app.storage import storage_of

NAME = "Renewals, November"
HEADS = ("Title", "Forename", "Surname", "D.O.B.", "Sex", "NI No", "ECS No", "Occupation Code",
         "H&S", "Request Type")  # fmt: skip
CODES = ("317", "317", "17", "317", "Sparky", "17")
REQUESTS = ("Renewal", "renewal ", "Renwal", "Replacement", "Renewal", "Renwal", "Renewal")
NEW = (
    ("Ms", "Aoife", "Brannigan-Lowe", "31/02/1998", "F", "AB 12 34 56 C", "", "317", "yes",
     "Initial"),
    ("Mr", "Tomasz", "Wilkołek", "14/06/1991", "M", "QQ12345", "", "17", "yes", "Initial"),
    ("Ms", "Ngozi", "Adeyemi-Shaw", "", "F", "", "", "317", "no", "Initial"),
)  # fmt: skip
"""People who are not known yet, each with something wrong."""


def bring_renewals(viewer: Viewer, at: datetime) -> None:
    """Bring one spreadsheet into a new draft; a worker reads it."""
    with on(at, viewer):
        data = _sheet()
        key = storage_of(current_app.config).put(data)
        draft = service.new_draft("applications", NAME, at)
        service.bring_file(draft, name="renewals november.csv", key=key, size=len(data), at=at)


def _sheet() -> bytes:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(HEADS)
    writer.writerows(_rows())
    writer.writerows(NEW)
    return file.getvalue().encode()


def _rows() -> Iterator[tuple[str, ...]]:
    """Yield people whose cards run out, as somebody in an office types them."""
    statement = (
        select(Person)
        .where(Person.scheme_number.is_not(None))
        .order_by(Person.id)
        .offset(60)
        .limit(30)
    )
    for at, person in enumerate(db.session.scalars(statement)):
        number = "" if at % 11 == 5 else f" {person.scheme_number}"
        surname = person.surname.upper() if at % 7 == 1 else person.surname
        yield (
            person.title or "", person.first_names, surname, f"{person.birth_date:%d/%m/%Y}",
            (person.gender or "")[:1], person.ni_number or "", number, CODES[at % len(CODES)],
            "yes", REQUESTS[at % len(REQUESTS)],
        )  # fmt: skip
