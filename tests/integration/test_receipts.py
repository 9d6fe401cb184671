"""Electronic transfer: registered with its invoice, found in the narrative, allocated by hand."""

from datetime import date

import pytest
from sqlalchemy import delete, func, select

from app.documents.invoice import check_invoice, read_content
from app.domain.kernel.tables import Job, Letter
from app.domain.orders import queries
from app.domain.orders.models import Allocation, Invoice, Order, Transfer
from app.domain.orders.service import invoice, receipts
from app.domain.registrations.models import Registration
from app.errors import ConflictError
from app.extensions import db
from app.letters.catalogue import check_context
from app.transaction import transaction
from tests.support.orders import AT, an_order
from tests.support.viewers import viewer_of


@pytest.fixture
def registered(portal, inside):
    """Return the id and reference of an order registered for electronic transfer."""
    with inside(viewer_of(portal, "provider@demo.example")), transaction():
        order = receipts.register_bacs(an_order(), at=AT)
        return order.id, order.reference


@pytest.fixture
def finance(portal):
    return viewer_of(portal, "finance@demo.example")


def a_receipt(amount=28080, narrative="", payer="CALDER VALE TRAINING"):
    return receipts.enter_receipt(
        received_on=date(2026, 11, 20), amount=amount, payer=payer, narrative=narrative, at=AT
    )


@pytest.mark.both_databases
@pytest.mark.function("A50", "A64", "A65")
def test_registering_closes_the_order_and_issues_its_invoice(registered, inside, backend):
    order_id, reference = registered
    with inside():
        order = db.session.get_one(Order, order_id)
        assert (order.state, order.method) == ("closed", "bacs")
        assert set(db.session.scalars(select(Registration.state))) == {"on_order"}
        issued = db.session.scalars(select(Invoice)).one()
        assert (issued.number, issued.shown_number) == (1, "INV-000001")
        assert (issued.net, issued.vat, issued.total) == (23400, 4680, 28080)
        data = read_content(issued.content)
        check_invoice(data)
        assert data.settlement.reference == reference
        assert data.customer.name == "Calder Vale Training Ltd"
        assert data.customer.address[-1] == "HD1 1AA"
        assert "Bash, Rudy A" in data.lines[0].detail
        letter = db.session.scalars(select(Letter).where(Letter.code == "bacs_registered")).one()
        check_context(letter.code, letter.context)
        assert letter.context["order_reference"] == reference
        assert letter.context["bank"]
        job = db.session.scalars(select(Job).where(Job.kind == invoice.RENDERING)).one()
        assert job.payload == {"invoice_id": issued.id}


@pytest.mark.function("A67")
@pytest.mark.parametrize(
    ("shape", "amount", "why"),
    [
        ("FP {0} 20NOV", 28080, (True, True)),
        ("payment {1} thanks", 28080, (True, True)),
        ("{0}", 10000, (True, False)),
        ("no reference at all", 28080, (False, True)),
    ],
)
def test_the_order_is_found_by_reference_and_by_amount(
    registered, inside, finance, shape, amount, why
):
    order_id, reference = registered
    broken = f"{reference[:3]} {reference[3:7].lower()}-{reference[7:]}"
    with inside(finance), transaction():
        receipt = a_receipt(amount, shape.format(reference, broken))
        (found,) = queries.suggest(receipt)
        assert found.order.id == order_id
        assert (found.by_reference, found.by_amount) == why
        assert found.balance == 28080


def test_nothing_is_suggested_for_money_of_nobody(registered, inside, finance):
    with inside(finance), transaction():
        assert queries.suggest(a_receipt(1, "rent")) == []


@pytest.mark.both_databases
@pytest.mark.function("A64", "A67", "A68")
def test_allocating_in_parts_starts_the_order_when_it_is_paid_in_full(
    registered, inside, finance, backend
):
    order_id, _reference = registered
    with inside(finance), transaction():
        order = db.session.get_one(Order, order_id)
        first, second = a_receipt(10000), a_receipt(20000)
        receipts.allocate(first, order, 10000, at=AT)
        assert order.state == "closed"
        assert queries.figures_of(order).balance == 18080
        with pytest.raises(ConflictError, match=r"Only £180\.80 is due"):
            receipts.allocate(second, order, 18081, at=AT)
        with pytest.raises(ConflictError, match=r"Only £0\.00 of this receipt"):
            receipts.allocate(first, order, 1, at=AT)
        receipts.allocate(second, order, 18080, at=AT)

        assert order.state == "being_fulfilled"
        assert queries.rests([first.id, second.id]) == {first.id: 0, second.id: 1920}
        assert set(db.session.scalars(select(Registration.state))) == {"in_progress"}
        assert db.session.scalar(select(func.count(Invoice.id))) == 1
        letter = db.session.scalars(select(Letter).where(Letter.code == "bacs_allocated")).one()
        check_context(letter.code, letter.context)
        with pytest.raises(ConflictError, match="can no longer be taken back"):
            receipts.undo_allocation(queries.allocations_of(first)[0], at=AT)


def test_an_allocation_is_undone_while_something_is_due(registered, inside, finance):
    with inside(finance), transaction():
        order = db.session.get_one(Order, registered[0])
        receipt = a_receipt(10000)
        allocation = receipts.allocate(receipt, order, 10000, at=AT)
        receipts.undo_allocation(allocation, at=AT)

        assert queries.rest_of(receipt) == 10000
        assert queries.figures_of(order).balance == 28080
        assert db.session.scalar(select(func.count(Allocation.id))) == 0
        receipts.allocate(receipt, order, 10000, at=AT)
        assert balance("unallocated") == 0


def test_an_allocation_that_somebody_undid_meanwhile_is_not_undone_twice(
    registered, inside, finance
):
    with inside(finance), transaction():
        order = db.session.get_one(Order, registered[0])
        allocation = receipts.allocate(a_receipt(10000), order, 10000, at=AT)
        db.session.flush()
        moved = len(db.session.scalars(select(Transfer)).all())
        db.session.connection().execute(delete(Allocation.__table__))

        with pytest.raises(ConflictError, match="already"):
            receipts.undo_allocation(allocation, at=AT)

        assert len(db.session.scalars(select(Transfer)).all()) == moved


def balance(account):
    moved = db.session.scalars(select(Transfer)).all()
    debits = sum(each.amount for each in moved if each.debit == account)
    return debits - sum(each.amount for each in moved if each.credit == account)


def test_the_ledger_closes_with_the_order(registered, inside, finance):
    with inside(finance), transaction():
        order = db.session.get_one(Order, registered[0])
        customer = f"customer {order.organisation_id}"
        assert balance(customer) == 28080
        receipts.allocate(a_receipt(30000), order, 28080, at=AT)
        assert balance(customer) == 0
        assert balance("unallocated") == -1920
        assert balance("bank") == 30000
        assert (balance("sales"), balance("VAT")) == (-23400, -4680)


def test_money_is_not_allocated_to_an_order_that_nobody_registered(portal, inside, finance):
    with inside(viewer_of(portal, "provider@demo.example")), transaction():
        order_id = an_order().id
    with inside(finance), transaction():
        order = db.session.get_one(Order, order_id)
        with pytest.raises(ConflictError, match="not yet registered it"):
            receipts.allocate(a_receipt(), order, 28080, at=AT)


def test_a_provider_sees_what_was_allocated_but_no_receipts(portal, registered, inside, finance):
    with inside(finance), transaction():
        order = db.session.get_one(Order, registered[0])
        receipt_id = a_receipt(10000).id
        receipts.allocate(db.session.get_one(receipts.Receipt, receipt_id), order, 10000, at=AT)
    with inside(viewer_of(portal, "provider@demo.example")):
        assert db.session.get(receipts.Receipt, receipt_id) is None
        order = db.session.get_one(Order, registered[0])
        assert [each.amount for each in queries.allocations_to(order)] == [10000]
        assert queries.figures_of(order).balance == 18080
    with inside(viewer_of(portal, "rival@demo.example")):
        assert db.session.scalars(select(Allocation)).all() == []
