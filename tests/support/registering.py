"""Registering in tests: what the form is sent, and registrations that the services made."""

import io
import re
from datetime import date

from PIL import Image
from sqlalchemy import select

from app.clock import now
from app.domain.catalogue.models import Pathway, Scheme
from app.domain.kernel.tables import StoredFile
from app.domain.organisations.models import Kind as OrganisationKind
from app.domain.organisations.models import Organisation
from app.domain.people.service import add_person
from app.domain.registrations import service
from app.domain.registrations.models import CardBatch, Registration
from app.extensions import db
from app.transaction import transaction

NEW = {"apprentice": "/apprenticeships/new", "trainee": "/trainees/new"}
BASE = {"apprentice": "/apprenticeships", "trainee": "/trainees"}


def catalogue_ids():
    """Return the ids of the catalogue that forms choose from."""
    found = {}
    for kind in NEW:
        scheme = db.session.scalars(
            select(Scheme).where(Scheme.kind == kind).order_by(Scheme.id)
        ).first()
        pathway = db.session.scalars(
            select(Pathway).where(Pathway.scheme_id == scheme.id).order_by(Pathway.id)
        ).first()
        found[kind] = {"scheme": scheme.id, "pathway": pathway.id}
    found["employer"] = db.session.scalars(
        select(Organisation.id).where(Organisation.kind == OrganisationKind.EMPLOYER)
    ).first()
    return found


def hidden(html, name):
    """Return the value of a hidden field."""
    found = re.search(rf'name="{name}"\s+value="([^"]*)"', html)
    assert found, f"no hidden field {name}"
    return found[1]


def every_hidden(html, name):
    """Return the values of all hidden fields of one name."""
    return re.findall(rf'name="{name}"\s+value="([^"]*)"', html)


def every_chosen(page):
    """Return the values of all tick boxes of a list."""
    return re.findall(r'name="chosen"\s+value="([^"]+)"', page)


def picture(kind="JPEG", size=(600, 800)):
    """Return a photo as a file."""
    out = io.BytesIO()
    Image.new("RGB", size, "grey").save(out, kind)
    out.seek(0)
    return out


def typed(ids, kind="apprentice", **more):
    """Return what is typed into a complete form."""
    return {
        "title": "Ms",
        "first_names": "Zofia",
        "surname": "O’Dąbrowska",
        "birth_date-day": "27",
        "birth_date-month": "3",
        "birth_date-year": "2006",
        "ni_number": "AB 12 34 56 C",
        "email": "zofia@example.com",
        "phone": "07700 900123",
        "scheme": ids[kind]["scheme"],
        "pathway": ids[kind]["pathway"],
        "start_date-day": "1",
        "start_date-month": "9",
        "start_date-year": "2026",
        "health_and_safety": "yes",
        "office_contact": "Tasha Adams",
        "employer": ids["employer"],
        "employer_contact_name": "Ann O’Neill",
        "employer_contact_email": "ann@works.example",
        "employer_contact_phone": "0113 496 0000",
    } | more


def fill(client, path, data, *, photo=True, **more):
    """Open the form at `path`, fill it in and send it."""
    page = client.get(path).text
    carried = {
        name: hidden(page, name)
        for name in ("csrf_token", "once", "person", "version", "person_version", "photo_ticket")
    }
    data = carried | data | more
    if photo:
        data["photo"] = (picture(), "zofia.jpg")
    return client.post(path, data=data, content_type="multipart/form-data")


def saved(inside, viewer, kind="apprentice", number=0, **values):
    """Return the id of a complete registration, made by the services."""
    with inside(viewer), transaction():
        scheme = db.session.scalars(
            select(Scheme).where(Scheme.kind == kind).order_by(Scheme.id)
        ).first()
        way = db.session.scalars(select(Pathway).where(Pathway.scheme_id == scheme.id)).first()
        works = db.session.scalars(
            select(Organisation).where(Organisation.kind == OrganisationKind.EMPLOYER)
        ).first()
        stored = StoredFile(
            organisation_id=viewer.organisation_id, key="0" * 64, name="p.jpg",
            media_type="image/jpeg", size=1, facts={},
        )  # fmt: skip
        db.session.add(stored)
        db.session.flush()
        person = add_person(
            {
                "first_names": "Jeff", "surname": f"Jones{'abcdefghij'[number]}",
                "birth_date": date(2005, 5, 5), "email": "jeff@example.com",
                "ni_number": None, "photo_id": stored.id,
            }
        )  # fmt: skip
        details = {
            "pathway": way.id, "start_date": date(2026, 9, 1), "health_and_safety": True,
            "employer": works.id, "employer_contact_email": "ann@works.example",
            "office_contact": "Tully Light",
        }  # fmt: skip
        return service.register(kind, scheme, person, details | values, now()).id


def key_of(inside, registration_id):
    """Return what a tick box sends for a registration."""
    with inside():
        row = db.session.get(Registration, registration_id)
        return f"{row.id}:{row.version}"


def in_progress(inside, viewer, *registration_ids):
    """Bring registrations in progress, as payment does."""
    with inside(viewer), transaction():
        rows = [db.session.get(Registration, each) for each in registration_ids]
        service.finalise(rows, None, now())
        batch = CardBatch(number=1, provider_id=viewer.organisation_id)
        db.session.add(batch)
        db.session.flush()
        service.put_on_order(rows, batch, now())
        service.start(rows, now())
