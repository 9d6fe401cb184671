"""Builds the demo world: the base, and then what a year of work leave behind."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select
from werkzeug.security import generate_password_hash

from app.clock import now
from app.demo import (
    acting,
    assessing,
    batches,
    buying,
    candidates,
    cards,
    documents,
    documents_handled,
    notifying,
    registering,
    uploading,
    verifying,
)
from app.demo.base import PASSWORD, Base, lay_base
from app.demo.buying import Buyer
from app.demo.registering import Place
from app.domain.kernel.scope import SECURITY_READS
from app.domain.kernel.viewer import SYSTEM, Viewer, seen_by
from app.domain.orders.service.payment import Ending
from app.domain.organisations import service as organisations
from app.domain.organisations.models import Organisation, PortalUser
from app.extensions import db
from app.security.access import places_of, viewer_for
from app.transaction import transaction

PEOPLE = 400
STAFF = "staff@demo.example"
CENTRES = ("provider@demo.example", "northmoor@demo.example", "centre@demo.example")
"""Who has learners with documents."""
WEEKS = 56
RECENT = 10
"""Weeks whose registrations and orders are not yet all through."""
BATCHED = 8
"""People whom a centre registers by batch."""
UNTOUCHED = 2
"""Weeks whose registrations nobody has finalised."""
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass
class Provider:
    """A training provider: who registers, who buys, and the registrations still to be ordered."""

    places: list[Place]
    buyer: Buyer
    waiting: list[int] = field(default_factory=list)
    cohort: list[int] = field(default_factory=list)
    """Those paid for since the last look at stages."""


@dataclass
class World:
    """What the chapters of the story share."""

    providers: list[Provider]
    centre_buyer: Buyer
    finance: Viewer
    staff: Viewer
    centre: Viewer
    gateway: str
    chance: Random
    today: datetime
    numbers: Iterator[int]


def build(gateway: str = "demo") -> str:
    """Fill an empty database; return in words what stands in it.

    ``gateway`` is the name of the gateway that is asked about the payments still open.
    """
    today = now()
    with seen_by(SYSTEM), transaction():
        base = lay_base(at=today - timedelta(weeks=WEEKS + 2))
        world = _world(base, _northmoor(base), gateway, today)
    registering.store_portraits()
    batched = _take(world, BATCHED)
    for week in range(WEEKS, 0, -1):
        _week(world, week)
    batches.put_together(world.centre, batched, gateway, today, world.chance)
    _lately(world)
    candidates.register_candidates(world.centre_buyer, world.finance, world.chance, today)
    cards.apply_and_process(world.providers[0].buyer, world.finance, world.staff, today)
    assessing.assess([each.buyer.viewer for each in world.providers], world.staff, today)
    viewers = [*(each.buyer.viewer for each in world.providers), world.centre]
    documents.award(viewers, world.staff, world.chance, today)
    uploading.bring_renewals(world.providers[0].buyer.viewer, today - HOUR)
    verifying.ask_for_link(today - 3 * HOUR)
    acting.deliver_old_letters()
    return f"{PEOPLE} people, {len(base.employers)} employers, {len(base.users) + 1} accounts"


def _northmoor(base: Base) -> PortalUser:
    user = organisations.add_user(
        email="northmoor@demo.example", first_name="Rita", last_name="Valente",
        password_hash=generate_password_hash(PASSWORD), is_demo=True, confirmed_at=now(),
    )  # fmt: skip
    organisations.add_membership(user, base.providers[1], ["Training provider"])
    return user


def _world(base: Base, rita: PortalUser, gateway: str, today: datetime) -> World:
    calder, northmoor = base.providers
    schemes = tuple((each.id, tuple(way.id for way in each.pathways)) for each in base.schemes)
    employers = [each.id for each in base.employers]

    def place(user: PortalUser, organisation: Organisation) -> Place:
        return Place(viewer_for(user, organisation.id), schemes, employers)

    priya, owen = base.users["provider"], base.users["office"]
    halifax = base.offices[0]
    places = [[place(priya, calder), place(owen, halifax)], [place(rita, northmoor)]]
    calder_buyer = Buyer(places[0][0].viewer, "Alma Reyes", "accounts@caldervale.example",
                         halifax.id)  # fmt: skip
    northmoor_buyer = Buyer(places[1][0].viewer, "Ben Ito", "accounts@northmoor.example",
                            northmoor.id)  # fmt: skip
    aire = base.centres[0]
    centre_buyer = Buyer(viewer_for(base.users["centre"], aire.id), "Chen Oakley",
                         "accounts@airevalley.example", aire.id)  # fmt: skip
    return World(
        [Provider(places[0], calder_buyer), Provider(places[1], northmoor_buyer)],
        centre_buyer,
        viewer_for(base.users["finance"], base.body.id),
        viewer_for(base.users["staff"], base.body.id),
        viewer_for(base.users["centre"], base.centres[0].id),
        gateway,
        Random(2021),  # noqa: S311  # a seed, so that every demo world is alike; not a secret
        today,
        iter(range(PEOPLE - candidates.CANDIDATES)),
    )


def end_documents() -> None:
    """Let staff cancel, expire and replace documents, once workers have made them."""
    documents.end_some(_of(STAFF), now())


def notify_learners() -> None:
    """Let centres tell some of their learners of the documents that were made."""
    today = now()
    notifying.write_paragraph(_of(STAFF), today - 20 * DAY)
    for email in CENTRES:
        notifying.notify(_of(email), today)


def handle_documents() -> None:
    """Let a centre export documents that were made, and report what is wrong with some."""
    provider, today = _of(CENTRES[0]), now()
    documents_handled.report(provider, _of(STAFF), today)
    documents_handled.export(provider, today)


def end_exports() -> None:
    """Let the time of an old export have come, once workers have packed it."""
    documents_handled.expire(now())


def _of(email: str) -> Viewer:
    """Return who somebody is when they work for the first of their organisations."""
    with seen_by(SYSTEM):
        statement = select(PortalUser).where(PortalUser.email == email)
        user = db.session.scalars(statement.execution_options(**{SECURITY_READS: True})).one()
        places, _stamp = places_of(db.session(), user.id)
        return viewer_for(user, places[0].organisation_id)


def _take(world: World, count: int) -> list[int]:
    return [number for _, number in zip(range(count), world.numbers, strict=False)]


def _week(world: World, week: int) -> None:
    """Register, finalise, order and pay for one week, counted back from today."""
    morning = world.today - timedelta(weeks=week) + world.chance.randrange(180) * HOUR / 60
    calder, northmoor = world.providers
    for provider, place, count in (
        (calder, calder.places[0], 4 if week <= RECENT else 3),
        (calder, calder.places[1], week % 2),
        (northmoor, northmoor.places[0], 2 if week % 3 else 3),
    ):
        numbers = _take(world, count)
        if numbers:
            made = registering.register_some(place, numbers, morning, world.chance)
            provider.waiting += made if week > UNTOUCHED else []
    if week > RECENT and week % 2 == 0:
        for provider in world.providers:
            _order_all(world, provider, morning + 2 * DAY, by_card=week % 4 == 0)
    if week % 6 == 0:
        for provider in world.providers:
            _advance(world, provider, morning + 3 * DAY)


def _order_all(world: World, provider: Provider, at: datetime, *, by_card: bool) -> None:
    buyer, ready = provider.buyer, _finalise(provider, at)
    if not ready:
        return
    order = buying.buy(buyer, ready, at + HOUR, f"PO-{at:%y%m%d}")
    if by_card:
        buying.pay_by_card(buyer, order, world.gateway, at + HOUR * 2)
    else:
        buying.register_bacs(buyer, order, at + HOUR * 2)
        buying.transfer(world.finance, order, at + DAY * 5)
    provider.cohort += ready


def _finalise(provider: Provider, at: datetime) -> list[int]:
    ready = registering.finalise(provider.buyer.viewer, provider.waiting, at)
    provider.waiting.clear()  # what lacks something stays in the list of what needs attention
    return ready


def _advance(world: World, provider: Provider, at: datetime) -> None:
    if provider.cohort:
        viewer, ids = provider.buyer.viewer, list(provider.cohort)
        leaving = ids[3:4]
        registering.reach_stages(viewer, ids[4:] + ids[:3], at + 8 * DAY, world.today - DAY)
        registering.withdraw(viewer, leaving, at + 9 * DAY)
        provider.cohort.clear()


def _lately(world: World) -> None:
    """Tell the last weeks: orders in every state, and registrations that still wait."""
    calder, northmoor = world.providers
    ready = _finalise(calder, world.today - 9 * DAY)
    _order_by_transfer(world, calder.buyer, ready[:15])
    _order_by_card(world, calder.buyer, ready[15:24])
    _leave_open(world, calder.buyer, ready[24:32])
    registering.cancel(calder.buyer.viewer, ready[-1:], world.today - 3 * DAY)
    theirs = _finalise(northmoor, world.today - 8 * DAY)
    order = buying.buy(northmoor.buyer, theirs[:4], world.today - 7 * DAY)
    buying.register_bacs(northmoor.buyer, order, world.today - 6 * DAY)
    buying.buy(northmoor.buyer, theirs[4:6], world.today - 2 * DAY)
    for provider in world.providers:
        at = world.today - 5 * HOUR
        made = registering.register_some(provider.places[0], _take(world, PEOPLE), at, world.chance)
        registering.cancel(provider.buyer.viewer, made[:1], at + HOUR)


def _order_by_transfer(world: World, buyer: Buyer, ids: Sequence[int]) -> None:
    """Leave orders that wait for a transfer: none came, a part came, one cannot be told whose."""
    at, orders = world.today - 8 * DAY, []
    for start, reference in ((0, "PO-7001"), (5, "PO-7002"), (10, "PO-7003")):
        orders.append(buying.buy(buyer, ids[start : start + 5], at, reference))
        buying.register_bacs(buyer, orders[-1], at + HOUR)
    buying.transfer(world.finance, orders[0], world.today - 4 * DAY, share=50)
    with seen_by(world.finance):
        (second, due), (third, _) = map(buying.reference_of, orders[1:])
    mistyped = second[:-1] + ("0" if second[-1] != "0" else "1")
    at = world.today - 3 * DAY
    buying.receive(world.finance, due, "CALDER VALE TRAINING", f"FP {mistyped}", at)
    buying.receive(world.finance, 11700, "CALDERVALE", f"BGC {third.lower()} PART", at)
    buying.receive(world.finance, 25000, "N SKILLS", "CARDS NOVEMBER", at)


def _order_by_card(world: World, buyer: Buyer, ids: Sequence[int]) -> None:
    """Leave orders whose card payment was declined, abandoned, or is not known yet."""
    at = world.today - 2 * DAY
    for start, ending in ((0, Ending.DECLINED), (2, Ending.ABANDONED), (4, Ending.PAID)):
        order = buying.buy(buyer, ids[start : start + 2], at)
        attempt = buying.go_to_gateway(buyer, order, world.gateway, at + HOUR)
        buying.settle(attempt, ending, at + HOUR + buying.MINUTE)
    order = buying.buy(buyer, ids[6:], world.today - HOUR)
    attempt = buying.go_to_gateway(buyer, order, world.gateway, world.today - HOUR / 2)
    buying.lose_sight(attempt, world.today - HOUR / 3)


def _leave_open(world: World, buyer: Buyer, ids: Sequence[int]) -> None:
    """Leave an open order, and a cancelled one; the rest is ready for ordering."""
    buying.buy(buyer, ids[:3], world.today - DAY, "PO-7010")
    order = buying.buy(buyer, ids[3:5], world.today - DAY)
    buying.cancel(buyer, order, world.today - 20 * HOUR)
