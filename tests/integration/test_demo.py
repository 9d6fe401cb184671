"""The demo world: it builds, everybody in it is invented, and every state of the guides occurs."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, current_app
from sqlalchemy import func, select

from app import create_app
from app.clock import now
from app.domain.awards.models import Notice
from app.domain.awards.rules import NOTICE
from app.domain.imports.batches.models import BatchDraft
from app.domain.kernel import audit
from app.domain.kernel.identifiers import read_name, read_phone, read_uln, warn_phone
from app.domain.kernel.tables import Event, Letter, StoredFile
from app.domain.kernel.viewer import SYSTEM, seen_by
from app.domain.orders.models import Allocation, Invoice, Order, Payment, Receipt, Transfer
from app.domain.orders.rules import ASSEMBLING, CREATED, ORDER, PAYMENT, SENT
from app.domain.people.models import Person
from app.domain.registrations.assessments.models import AssessmentBooking, AssessmentSlot
from app.domain.registrations.assessments.rules import BOOKING, SLOT
from app.domain.registrations.models import CardApplication, Registration
from app.domain.registrations.rules import APPLICATION, REGISTRATION, Kind
from app.extensions import db
from app.jobs import worker
from app.letters.catalogue import LETTERS, check_context
from app.storage import storage_of


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Return a portal whose database holds the demo world, built by its command."""
    home: Path = tmp_path_factory.mktemp("demo")
    portal = create_app(
        {
            "TESTING": True,
            "PORTAL_ENV": "testing",
            "PORTAL_HOME": home,
            "DATABASE_URL": f"sqlite:///{home / 'demo.db'}",
            "MAIL_URL": "",
            "SECRET_KEY": "for-tests-only",
            "GATEWAY_SECRET": "for-tests-only",
            "GATEWAY_URL": "http://127.0.0.1:1",
        }
    )
    runner = portal.test_cli_runner()
    for command in ("setup", "demo"):
        done = runner.invoke(args=["portal", command], catch_exceptions=False)
        assert done.exit_code == 0, done.output
    assert "400 people, 20 employers" in done.output
    with portal.app_context():
        yield portal
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(autouse=True)
def _look(demo: Flask) -> Iterator[None]:
    with seen_by(SYSTEM):
        yield


def found(column: object) -> set[str]:
    return set(db.session.scalars(select(column).distinct()))  # type: ignore[call-overload]  # any column


def test_there_are_400_people_of_all_kinds() -> None:
    assert db.session.scalar(select(func.count(Person.id))) == 400
    assert found(Registration.kind) == {kind.value for kind in Kind}


def test_every_state_of_the_workflows_occurs() -> None:
    assert found(Registration.state) == {state.code for state in REGISTRATION.states}
    assert found(CardApplication.state) == {state.code for state in APPLICATION.states}
    assert found(AssessmentBooking.state) == {state.code for state in BOOKING.states}
    assert found(AssessmentSlot.state) == {state.code for state in SLOT.states}
    moment = {ASSEMBLING.code}  # it lasts while a job runs
    assert found(Order.state) == {state.code for state in ORDER.states} - moment
    under_way = {CREATED.code, SENT.code}  # nobody stands at a hosted page just now
    assert found(Payment.state) == {state.code for state in PAYMENT.states} - under_way
    assert found(Letter.state) == {"queued", "sent", "failed"}
    assert found(Notice.state) == {state.code for state in NOTICE.states}


def test_a_batch_is_paid_and_another_is_not_saved_yet() -> None:
    standard = select(Registration.state).where(Registration.kind == Kind.STANDARD)
    assert {"in_progress", "on_order"} <= set(db.session.scalars(standard))
    (paid, unpaid, begun) = db.session.scalars(select(BatchDraft).order_by(BatchDraft.id))
    assert paid.order is not None
    assert paid.order.state == "being_fulfilled"
    assert unpaid.order is not None
    assert unpaid.order.state == "open"
    assert begun.saved_at is None
    assert len(begun.candidates) == 2


def test_orders_wait_for_a_card_and_for_a_transfer() -> None:
    closed = select(Order.method).where(Order.state == "closed")
    assert set(db.session.scalars(closed)) == {"card", "bacs"}


def test_receipts_are_allocated_in_full_in_part_and_not_at_all() -> None:
    sums = select(Allocation.receipt_id, func.sum(Allocation.amount))
    given = {row[0]: row[1] for row in db.session.execute(sums.group_by(Allocation.receipt_id))}
    receipts = list(db.session.scalars(select(Receipt)))
    assert any(given.get(each.id) == each.amount for each in receipts)
    assert sum(each.id not in given for each in receipts) == 3


def test_names_are_of_many_kinds_and_numbers_were_never_issued() -> None:
    people = list(db.session.scalars(select(Person)))
    names = [person.full_name for person in people]
    for sign in ("’", "-", "Ł", "ŷ", "م", "в"):
        assert any(sign in name for name in names), sign
    for person in people:
        assert read_name(person.first_names)
        assert read_name(person.surname)
        assert person.ni_number is None
        assert person.email.endswith((".example", "@example.com", "")), person.email
        if person.uln:
            assert read_uln(person.uln).startswith("99910")
        if person.phone:
            assert warn_phone(read_phone(person.phone)) is None


def test_photos_are_there() -> None:
    storage = storage_of(current_app.config)
    keys = found(StoredFile.key)
    assert len(keys) > 40
    assert all(storage.exists(key) for key in keys)


def test_the_work_is_spread_over_a_year() -> None:
    months = {f"{made:%Y-%m}" for made in db.session.scalars(select(Registration.created_at))}
    assert len(months) >= 12
    oldest = db.session.scalar(select(func.min(Event.at)))
    newest = db.session.scalar(select(func.max(Event.at)))
    assert oldest is not None
    assert newest is not None
    assert (now() - oldest).days > 365
    assert newest <= now()


def test_the_ledger_sums_up_and_invoices_have_no_gaps() -> None:
    numbers = sorted(db.session.scalars(select(Invoice.number)))
    assert numbers == list(range(1, len(numbers) + 1))
    billed = db.session.scalar(select(func.sum(Invoice.total)))
    booked = select(func.sum(Transfer.amount)).where(Transfer.cause.like("invoice %"))
    assert db.session.scalar(booked) == billed


def test_every_letter_can_be_written() -> None:
    letters = list(db.session.scalars(select(Letter)))
    assert {letter.code for letter in letters} == set(LETTERS)
    for letter in letters:
        check_context(letter.code, letter.context)
        assert re.fullmatch(r"[^@\s]+@([a-z.]+\.)?example(\.com)?", letter.to_email)


def test_the_worker_finishes_what_the_demo_left() -> None:
    worker.drain()
    with seen_by(SYSTEM):
        assert found(Letter.state) == {"sent", "failed"}
        assert db.session.scalar(select(Invoice.id).where(Invoice.file_id.is_(None))) is None
        assert audit.count_unsealed(db.session()) == 0
        assert audit.broken_links(db.session()) == []
