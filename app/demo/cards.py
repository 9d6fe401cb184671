"""Card applications of the demo world: renewals and replacements in every state."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from app.demo import buying
from app.demo.acting import on
from app.demo.buying import Buyer
from app.domain.catalogue.models import Occupation
from app.domain.kernel.viewer import SYSTEM, Viewer
from app.domain.people.models import Person
from app.domain.registrations import service
from app.domain.registrations.models import CardApplication, CardBatch
from app.domain.registrations.service import ApplicationDraft
from app.extensions import db

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MISSING = (
    "The photo does not show the whole face. Upload another one.",
    "The name on the assessment is not the name on the application.",
)


def apply_and_process(buyer: Buyer, finance: Viewer, staff: Viewer, today: datetime) -> None:
    """Apply for cards, and bring them through production, some all the way to the archive."""
    _produce_earlier(staff, today)
    old = _ready(buyer, 0, 6, today - 120 * DAY)
    _pay(buyer, finance, old, today - 118 * DAY, "PO-C101")
    _process(staff, old, today - 110 * DAY)
    with on(today - 2 * DAY, SYSTEM):
        service.archive_old(today)
    lately = _ready(buyer, 6, 16, today - 14 * DAY)
    _pay(buyer, finance, lately, today - 13 * DAY, "PO-C102")
    _process(staff, lately[:3], today - 6 * DAY)
    with on(today - 4 * DAY, staff):
        service.take_in_hand(rows(lately[3:8]), None, today - 4 * DAY)
        service.prepare(rows(lately[6:8]), None, today - 4 * DAY + HOUR)
        for row_id, reason, waits in zip(lately[3:5], MISSING, ("provider", "staff"), strict=True):
            service.hold(rows([row_id]), None, today - 3 * DAY, reason, waits)
    waiting = _ready(buyer, 22, 5, today - 2 * DAY)
    buying.buy_cards(buyer, waiting[:2], today - DAY, "PO-C103")
    made = _apply(buyer, 27, 5, today - DAY)
    with on(today - 20 * HOUR, buyer.viewer):
        service.cancel_applications(rows(made[:1]), None, today - 20 * HOUR)


def _produce_earlier(staff: Viewer, today: datetime) -> None:
    """Let the cards of registrations have been made and sent, a fortnight after their order."""
    with on(today, staff):
        statement = select(CardBatch.id, CardBatch.created_at).order_by(CardBatch.id)
        batches = [(batch_id, made) for batch_id, made in db.session.execute(statement)]
    for batch_id, made in batches:
        at = made + 14 * DAY
        if at > today - 15 * DAY:
            continue
        with on(at, staff):
            cards = list(
                db.session.scalars(
                    select(CardApplication).where(CardApplication.batch_id == batch_id)
                )
            )
            for work in (service.take_in_hand, service.prepare, service.dispatch):
                work(cards, None, at)


def rows(ids: Sequence[int]) -> list[CardApplication]:
    """Return applications in order."""
    statement = select(CardApplication).where(CardApplication.id.in_(ids))
    return list(db.session.scalars(statement.order_by(CardApplication.id)))


def _apply(buyer: Buyer, start: int, count: int, at: datetime) -> list[int]:
    with on(at, buyer.viewer):
        occupations = list(db.session.scalars(select(Occupation.id).order_by(Occupation.id)))
        people = db.session.scalars(
            select(Person)
            .where(Person.scheme_number.is_not(None))
            .order_by(Person.id)
            .offset(start)
            .limit(count)
        )
        drafts = [
            ApplicationDraft(
                request="replacement" if number % 3 == 2 else "renewal",
                person=person,
                occupation_id=None if number == 29 else occupations[number % len(occupations)],
                health_and_safety=True,
            )
            for number, person in enumerate(people, start)
        ]
        return [each.id for each in service.apply_many(drafts, at)]


def _ready(buyer: Buyer, start: int, count: int, at: datetime) -> list[int]:
    made = _apply(buyer, start, count, at)
    with on(at + HOUR, buyer.viewer):
        outcome = service.finalise_applications(rows(made), None, at + HOUR)
        return [each.id for each in outcome.moved]


def _pay(buyer: Buyer, finance: Viewer, ids: Sequence[int], at: datetime, reference: str) -> None:
    order = buying.buy_cards(buyer, ids, at, reference)
    buying.register_bacs(buyer, order, at + HOUR)
    buying.transfer(finance, order, at + 4 * DAY)


def _process(staff: Viewer, ids: Sequence[int], at: datetime) -> None:
    with on(at, staff):
        service.take_in_hand(rows(ids), None, at)
        service.prepare(rows(ids), None, at + HOUR)
        service.dispatch(rows(ids), None, at + DAY)
