"""Candidates of the demo world: a centre registers them on standards, batch by batch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count, islice
from random import Random
from typing import Any

from sqlalchemy import select

from app.clock import local
from app.demo import buying
from app.demo.acting import on
from app.demo.buying import Buyer
from app.demo.names import EMPLOYERS, ERNS
from app.demo.people import PHONES, invent, uln
from app.demo.registering import reach_stages
from app.domain.catalogue.models import Package
from app.domain.kernel.dates import add_months
from app.domain.kernel.viewer import Viewer
from app.domain.people.fields import age_on
from app.domain.registrations import service
from app.domain.registrations.models import Registration
from app.domain.registrations.service import StandardDraft, notices
from app.extensions import db

CANDIDATES = 26
FIRST = 1000
"""The first number of a candidate, apart from those of apprentices and trainees."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
POSITIONS = ("Apprentice technician", "Workshop apprentice", "Trainee adviser")
PAID, DUE, OPEN, READY = "paid", "due", "open", "ready"


@dataclass(frozen=True)
class Batch:
    """A batch of the story: its package, how many, how many days ago, and what became of it."""

    code: str
    size: int
    days: int
    became: str


BATCHES = (
    Batch("LVAP02C", 5, 290, PAID),
    Batch("ACAP01C", 6, 150, PAID),
    Batch("CSAP01D", 4, 60, PAID),
    Batch("ACAP01D", 4, 12, DUE),
    Batch("HVAP01A", 3, 4, OPEN),
    Batch("LVAP03D", 4, 1, READY),
)


def register_candidates(buyer: Buyer, finance: Viewer, chance: Random, today: datetime) -> None:
    """Register candidates on standards over a year, and order and pay for most of them."""
    people = _people(chance, local(today).date())
    for number, batch in enumerate(BATCHES, 1):
        at = today - batch.days * DAY
        made = _register(buyer, batch, list(islice(people, batch.size)), at, f"PO-S{number}")
        if batch.became == READY:
            continue
        order = buying.buy(buyer, made, at + HOUR, f"PO-S{number}")
        if batch.became in (PAID, DUE):
            buying.register_bacs(buyer, order, at + 2 * HOUR)
        if batch.became == PAID:
            buying.transfer(finance, order, at + 5 * DAY)
        if number == 1:
            reach_stages(buyer.viewer, made, at + 20 * DAY, today - DAY)
    _register_again(buyer, today - 10 * HOUR)


def _people(chance: Random, today: date) -> Iterator[dict[str, Any]]:
    """Invent candidates, all with what a standard asks for."""
    for number in count(FIRST):
        if uln(number) is not None:
            person = invent(number, chance, today)
            yield person | {"uln": uln(number), "phone": PHONES.format(61000 + number % 1000)}


def _register(
    buyer: Buyer, batch: Batch, people: Sequence[Any], at: datetime, reference: str
) -> list[int]:
    with on(at, buyer.viewer):
        package = db.session.scalars(select(Package).where(Package.code == batch.code)).one()
        begun = service.begin_batch(
            package.standard_version, package, purchase_order_number=reference, at=at
        )
        drafts = [
            _draft(person, package, begun.id, place, local(at).date())
            for place, person in enumerate(people)
        ]
        made = service.register_many(drafts, at)
        notices.post_registered(made, at)
        return made


def _draft(person: Any, package: Package, batch: int, place: int, start: date) -> StandardDraft:
    employer = (batch * 3 + place // 2) % len(EMPLOYERS)
    name, _town, postcode, contact = EMPLOYERS[employer]
    young = isinstance(person, int) or age_on(person["birth_date"], start) <= 21
    return StandardDraft(
        person=person,
        standard_version_id=package.standard_version_id,
        package_id=package.id,
        start_date=start,
        expected_end_date=add_months(start, 30),
        assessment_start_date=add_months(start, 27),
        funding_type=("LEVY", "FULL_SME_YOUNG" if young else "COINV_NONLEVY")[place % 2],
        employer_ern=ERNS[employer],
        employer_name=name,
        employer_postcode=postcode,
        employer_phone=contact.phone,
        employee_position=POSITIONS[place % len(POSITIONS)],
        batch_id=batch,
    )


def _register_again(buyer: Buyer, at: datetime) -> None:
    """Register somebody known on a second standard, and cancel it: it was the wrong one."""
    with on(at, buyer.viewer):
        known = db.session.scalars(
            select(Registration.person_id)
            .where(Registration.kind == "standard")
            .order_by(Registration.id)
        ).first()
        assert known is not None
        package = db.session.scalars(select(Package).where(Package.code == "CPAP02D")).one()
        begun = service.begin_batch(
            package.standard_version, package, purchase_order_number="", at=at
        )
        made = service.register_many([_draft(known, package, begun.id, 0, local(at).date())], at)
        notices.post_registered(made, at)
    with on(at + HOUR, buyer.viewer):
        rows = [db.session.get_one(Registration, each) for each in made]
        service.cancel(rows, None, at + HOUR, "Registered on the wrong standard")
