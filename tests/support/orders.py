"""Registrations that are ready for ordering, and orders of them, made as people make them."""

from datetime import date, datetime

from sqlalchemy import select

from app.domain.catalogue.models import Pathway, Scheme
from app.domain.kernel.tables import StoredFile
from app.domain.kernel.viewer import of
from app.domain.orders.models import Order
from app.domain.orders.service.purchase import Details, submit_purchase
from app.domain.organisations.models import Kind, Organisation
from app.domain.people.service import add_person
from app.domain.registrations import service as registered
from app.domain.registrations.models import Registration
from app.extensions import db

AT = datetime.fromisoformat("2026-11-20T10:00:00+00:00")


def ready(count: int = 2, *, at: datetime = AT, surname: str = "Bash") -> list[Registration]:
    """Register and finalise ``count`` apprentices for the session's viewer."""
    scheme = db.session.scalars(select(Scheme).where(Scheme.kind == "apprentice")).first()
    assert scheme is not None
    pathway = db.session.scalars(select(Pathway).where(Pathway.scheme_id == scheme.id)).first()
    employer = db.session.scalars(
        select(Organisation).where(Organisation.kind == Kind.EMPLOYER)
    ).first()
    assert pathway is not None
    assert employer is not None
    photo = _photo()
    found = []
    for number in range(count):
        person = add_person(
            {
                "first_names": f"Rudy {chr(65 + number % 26)}",
                "surname": f"{surname}{'x' * (number // 26)}",
                "birth_date": date(2006, 3, 27),
                "email": f"{surname.lower()}{number}@example.com",
                "photo_id": photo,
            }
        )
        values = {
            "pathway": pathway.id,
            "start_date": date(2026, 9, 1),
            "health_and_safety": True,
            "employer": employer.id,
            "employer_contact_name": "Ann Smith",
            "employer_contact_email": "ann@works.example",
            "office_contact": "Tasha Adams",
        }
        found.append(registered.register("apprentice", scheme, person, values, at))
    registered.finalise(found, None, at)
    return found


def _photo() -> int:
    owner = of(db.session()).organisation_id
    assert owner is not None
    stored = StoredFile(
        organisation_id=owner, key="0" * 64, name="p.jpg", media_type="image/jpeg", size=1, facts={}
    )
    db.session.add(stored)
    db.session.flush()
    return stored.id


def details(**more: object) -> Details:
    """Return what a buyer says, for the session's viewer."""
    own = of(db.session()).organisation_id
    values = {
        "customer_reference": "12345",
        "accounts_contact_name": "Tasha Adeyemi",
        "accounts_contact_email": "accounts@caldervale.example",
        "delivery_attention": "Jeff Jones",
        "invoice_to": own,
        "deliver_to": own,
    } | more
    return Details(**values)  # type: ignore[arg-type]  # made of many kinds


def an_order(count: int = 2, *, at: datetime = AT, surname: str = "Bash") -> Order:
    """Return an open order of ``count`` apprentices."""
    return submit_purchase(ready(count, at=at, surname=surname), None, details(), at=at)
