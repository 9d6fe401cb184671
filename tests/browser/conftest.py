"""A portal with something in every state, and a way to walk through it."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext

from app.clock import now, today
from app.domain.imports.batches import service as batches
from app.domain.imports.batches.fields import COLUMNS
from app.domain.kernel.viewer import GATEWAY, seen_by
from app.domain.orders.models import Order
from app.domain.orders.queries import figures_of
from app.domain.orders.service import payment as payments
from app.domain.orders.service import receipts
from app.domain.orders.service.payment import Ending, Verdict
from app.domain.registrations import service as registrations
from app.domain.registrations.assessments import service as assessments
from app.domain.registrations.models import Registration
from app.domain.registrations.service import ApplicationDraft
from app.extensions import db
from app.transaction import transaction
from tests.conftest import Shelf
from tests.support.assessments import dates, slot_of, some_people
from tests.support.databases import bind, unbind
from tests.support.orders import an_order, ready
from tests.support.processes import RunningPortal, running
from tests.support.standards import candidate
from tests.support.standards import draft as standard
from tests.support.standards import package as autocare
from tests.support.viewers import viewer_of
from tests.support.visitor import WIDE, Visitor
from tests.support.walks import FINANCE, PROVIDER, log_in


def _orders() -> list[int]:
    """Make orders in each state, as the provider does; return those to pay by transfer."""
    ready(2, at=now(), surname="Ready")
    an_order(2, at=now(), surname="Open")
    declined = an_order(1, at=now(), surname="Declined")
    attempt = payments.begin(declined, "test gateway", at=now())
    by_transfer = [an_order(1, at=now(), surname=name) for name in ("Transfer", "Waiting")]
    for order in by_transfer:
        receipts.register_bacs(order, at=now())
    waiting = ready(2, at=now(), surname="Attention")
    registrations.return_to_attention(waiting, None, now())
    registrations.cancel(ready(1, at=now(), surname="Cancelled"), None, now())
    return [attempt.id, *(order.id for order in by_transfer)]


def _cards() -> None:
    """Apply for cards, of which one still lacks something."""
    made = registrations.apply_many(
        [
            ApplicationDraft(request="initial", person=person, health_and_safety=number > 0)
            for number, person in enumerate(some_people(2, "Card"))
        ],
        now(),
    )
    assert {each.state for each in made} == {"started"}


def _receipts(paid: int, waiting: int) -> None:
    """Enter what the bank received, as finance does, and allocate one transfer."""
    for order_id in (paid, waiting):
        order = db.session.get_one(Order, order_id)
        receipt = receipts.enter_receipt(
            received_on=today(), amount=figures_of(order).balance, payer="CALDER VALE",
            narrative=f"FP {order.reference}", at=now(),
        )  # fmt: skip
        if order_id == paid:
            receipts.allocate(receipt, order, receipt.amount, at=now())


def _standards() -> None:
    """Register somebody on a standard, and leave a batch that is not saved yet."""
    package = autocare()
    (first, _) = registrations.register_many(
        [standard(package), standard(package, person=candidate(1))], now()
    )
    draft = batches.begin(now())
    chosen = {"standard": package.standard_version_id, "package": package.id}
    batches.keep(draft, dict.fromkeys(COLUMNS) | chosen, draft.version, now())
    batches.add_known(draft, db.session.get_one(Registration, first).person_id, now())
    batches.add_new(draft, {"first_names": "Ivo", "surname": "New"}, now())


@pytest.fixture(scope="module")
def seeded(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortal]:
    """Return a running portal with registrations and orders in each state."""
    portal, databases = shelf.get("sqlite")

    def seed(running_portal: RunningPortal) -> None:
        bind(portal, running_portal.database_url)
        with portal.app_context():
            with seen_by(viewer_of(portal, PROVIDER)), transaction():
                attempt, paid, waiting = _orders()
                _standards()
            with seen_by(GATEWAY), transaction():
                payment = db.session.get_one(payments.Payment, attempt)
                payments.sent(payment, "seeded", None, at=now())
                payments.settle(payment, Verdict(Ending.DECLINED, 0), at=now())
            with seen_by(viewer_of(portal, FINANCE)), transaction():
                _receipts(paid, waiting)
            with seen_by(viewer_of(portal, "staff@demo.example")), transaction():
                in_a_month = today() + timedelta(days=30)
                first, _ = dates(weeks=2, day=in_a_month, at=now())
            with seen_by(viewer_of(portal, PROVIDER)), transaction():
                people = [person.id for person in some_people(2)]
                assessments.book(slot_of(first), people, now())
                _cards()
        unbind(portal)

    home = tmp_path_factory.mktemp("every-page")
    with databases.fresh("every_page") as url, running(url, home, prepare=seed) as found:
        yield found


Arrive = Callable[[str], Visitor]


@pytest.fixture
def arrive(browser: Browser, seeded: RunningPortal) -> Iterator[Arrive]:
    """Return a way to log in as somebody in a browser that is watched."""
    visitors: list[Visitor] = []
    contexts: list[BrowserContext] = []

    def log_in_as(email: str) -> Visitor:
        context = browser.new_context(
            viewport=WIDE,  # type: ignore[arg-type]  # a plain dictionary
            locale="en-GB",
            reduced_motion="reduce",
        )
        contexts.append(context)
        visitors.append(Visitor(context, seeded))
        log_in(visitors[-1].page, seeded.url, email)
        return visitors[-1]

    yield log_in_as
    for context in contexts:
        context.close()
    assert [fault for visitor in visitors for fault in visitor.faults] == []
