"""Registers the people of the demo world, week by week, and brings them through their stages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from flask import current_app
from sqlalchemy import inspect, select, update

from app.demo.acting import on
from app.demo.names import EMPLOYERS
from app.demo.people import invent
from app.demo.portraits import VARIETY, portrait
from app.domain.catalogue.models import Scheme
from app.domain.kernel import viewer as viewers
from app.domain.kernel.tables import StoredFile
from app.domain.kernel.viewer import Viewer
from app.domain.people import service as people
from app.domain.people.models import Person, PersonOrganisation
from app.domain.registrations import queries, service
from app.domain.registrations.models import Registration
from app.extensions import db
from app.storage import storage_of

CONTACTS = ("Tasha Adams", "Tully Light", "Owen Griffiths", "Priya Anand")
LACKING = ("photo", "health_and_safety", "email", "employer", "pathway")


@dataclass(frozen=True)
class Place:
    """Where people are registered, and by whom."""

    viewer: Viewer
    schemes: tuple[tuple[int, tuple[int, ...]], ...]
    """Ids of schemes with those of their pathways; the first ones are chosen more often."""
    employers: Sequence[int]


def register_some(place: Place, numbers: Sequence[int], at: datetime, chance: Random) -> list[int]:
    """Register people at ``at``; return the ids of the registrations."""
    made: list[int] = []
    with on(at, place.viewer):
        for number in numbers:
            lacking = LACKING[number % len(LACKING)] if chance.random() < 0.06 else ""
            made.append(_register(place, number, at, chance, lacking))
        _date_back(at)
    return made


def _register(place: Place, number: int, at: datetime, chance: Random, lacking: str) -> int:
    scheme_id, pathways = chance.choices(place.schemes, (6, 2, 3)[: len(place.schemes)])[0]
    scheme = db.session.get_one(Scheme, scheme_id)
    values = invent(number, chance, at.date())
    if lacking == "email":
        values["email"] = ""
    if lacking != "photo":
        values["photo_id"] = _photo(number)
    person = people.add_person(values)
    details = _details(place, number, at.date(), chance)
    details["pathway"] = None if lacking == "pathway" else chance.choice(pathways)
    details["health_and_safety"] = lacking != "health_and_safety"
    if lacking == "employer":
        details["employer"] = None
    return service.register(scheme.kind, scheme, person, details, at).id


def _details(place: Place, number: int, today: date, chance: Random) -> dict[str, Any]:
    which = number % len(place.employers)
    contact = EMPLOYERS[which][3]
    return {
        "start_date": today + timedelta(days=chance.randrange(-20, 30)),
        "office_contact": CONTACTS[number % len(CONTACTS)],
        "employer": place.employers[which],
        "employer_contact_name": contact.name,
        "employer_contact_email": contact.email,
        "employer_contact_phone": contact.phone,
    }


def store_portraits() -> None:
    """Keep every portrait once, under the hash of its content."""
    storage = storage_of(current_app.config)
    for number in range(VARIETY):
        storage.put(portrait(number).jpeg)


def _photo(number: int) -> int:
    photo = portrait(number % VARIETY)
    file = StoredFile(
        organisation_id=viewers.of(db.session()).organisation_id or 0,
        key=photo.sha256,
        name="photo.jpg",
        media_type="image/jpeg",
        size=len(photo.jpeg),
        facts={"width": photo.width, "height": photo.height},
    )
    db.session.add(file)
    db.session.flush()
    return file.id


def _date_back(at: datetime) -> None:
    """Let those just made known have become so at ``at``."""
    connection, made = db.session.connection(), list(db.session)
    for model, column in ((Person, "created_at"), (PersonOrganisation, "since"),
                          (StoredFile, "created_at")):  # fmt: skip
        ids: list[int] = [inspect(each).identity[0] for each in made if type(each) is model]
        table = model.__table__
        connection.execute(update(table).where(table.c.id.in_(ids)).values({column: at}))


def rows(ids: Sequence[int]) -> list[Registration]:
    """Return registrations in order."""
    statement = select(Registration).where(Registration.id.in_(ids)).order_by(Registration.id)
    return list(db.session.scalars(statement.options(*queries.LISTED)))


def finalise(viewer: Viewer, ids: Sequence[int], at: datetime) -> list[int]:
    """Finalise what can be; return the ids that were."""
    with on(at, viewer):
        return [each.id for each in service.finalise(rows(ids), None, at).moved]


def reach_stages(viewer: Viewer, ids: Sequence[int], at: datetime, until: datetime) -> None:
    """Bring registrations to a further stage every hundred days, then complete some."""
    stage, left = 2, list(ids)
    while left and stage <= 4 and (at := at + timedelta(days=100)) < until:
        with on(at, viewer):
            service.reach_stage(rows(left), stage, at.date(), at)
        stage, left = stage + 1, left[: max(1, len(left) * 3 // 4)]
    if stage > 4 and (at := at + timedelta(days=30)) < until:
        with on(at, viewer):
            service.complete(rows(left), None, at)


def withdraw(viewer: Viewer, ids: Sequence[int], at: datetime) -> None:
    """Withdraw registrations that are in progress."""
    with on(at, viewer):
        service.withdraw(rows(ids), None, at, "Left the employer")


def cancel(viewer: Viewer, ids: Sequence[int], at: datetime) -> None:
    """Cancel registrations that are not yet on an order."""
    with on(at, viewer):
        service.cancel(rows(ids), None, at, "Registered twice")
