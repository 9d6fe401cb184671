"""Electronic transfer: registering an order for it, and allocating what the bank received."""

from datetime import date, datetime

from sqlalchemy import select

from app.clock import local
from app.domain.kernel import reading, workflow
from app.domain.kernel import viewer as viewers
from app.domain.kernel.money import pounds
from app.domain.orders import queries
from app.domain.orders.models import Allocation, Order, Receipt
from app.domain.orders.rules import CANCELLED, CLOSED, OPEN, Method
from app.domain.orders.service import fulfilment, invoice, ledger, letters
from app.errors import ConflictError, ForbiddenError, NotFoundError
from app.extensions import db


def register_bacs(order: Order, *, at: datetime) -> Order:
    """Close ``order`` for payment by electronic transfer, and issue its invoice (A63 to A66)."""
    workflow.lock(db.session(), [order])
    order.__workflow__.after(order.state, "register_bacs")
    totals = fulfilment.check_payable(order)
    values = {"method": Method.BACS.value, "closed_at": at}
    workflow.make_moves(db.session(), [order], "register_bacs", at=at, values=values)
    issued = invoice.issue(order, at=at, paid_how=None)
    said = {"invoice_number": issued.shown_number, "bank": invoice.bank_details(order)}
    letters.post("bacs_registered", order, totals, said, at=at)
    if totals.balance == 0:
        _pay(order, at, local(at).date())
    return order


def enter_receipt(
    *, received_on: date, amount: int, payer: str, narrative: str, at: datetime
) -> Receipt:
    """Enter a transfer from the bank's statement."""
    receipt = Receipt(
        received_on=received_on,
        amount=amount,
        payer=payer,
        narrative=narrative or "",
        entered_by_id=_user_id(),
        entered_at=at,
    )
    db.session.add(receipt)
    db.session.flush()
    ledger.transfer(
        amount,
        debit=ledger.BANK,
        credit=ledger.UNALLOCATED,
        cause=f"receipt {receipt.id}",
        order_id=None,
        at=at,
    )
    return receipt


def allocate(receipt: Receipt, order: Order, amount: int, *, at: datetime) -> Allocation:
    """Give a part of ``receipt`` to ``order``; what pays it in full starts it (A64, A67).

    Raise ConflictError when it is more than is left of the receipt or due on the order.
    """
    workflow.lock(db.session(), [order])
    _lock_receipt(receipt)
    _check(receipt, order, amount)
    allocation = Allocation(
        receipt=receipt,
        order=order,
        amount=amount,
        allocated_by_id=_user_id(),
        allocated_at=at,
    )
    db.session.add(allocation)
    db.session.flush()
    ledger.transfer(
        amount,
        debit=ledger.UNALLOCATED,
        credit=ledger.customer(order.organisation_id),
        cause=f"allocation {receipt.id} to {order.reference}, {ledger.next_step(order.id)}",
        order_id=order.id,
        at=at,
    )
    if queries.figures_of(order).balance == 0:
        _pay(order, at, receipt.received_on)
    return allocation


def undo_allocation(allocation: Allocation, *, at: datetime) -> None:
    """Take an allocation back, while its order is not yet paid in full."""
    order, receipt = allocation.order, db.session.get(Receipt, allocation.receipt_id)
    if receipt is None:
        raise NotFoundError  # its order exists for a customer, the receipt for staff alone
    workflow.lock(db.session(), [order])
    _lock_receipt(receipt)
    stands = select(Allocation.id).where(Allocation.id == allocation.id)
    if db.session.scalar(stands) is None:  # asked under the lock: somebody may have been quicker
        raise ConflictError("This allocation was taken back already.")
    if order.state != CLOSED.code:
        raise ConflictError(
            f"Order {order.reference} is paid, and what it ordered has started: its allocations "
            "can no longer be taken back."
        )
    ledger.transfer(
        allocation.amount,
        debit=ledger.customer(order.organisation_id),
        credit=ledger.UNALLOCATED,
        cause=f"allocation {receipt.id} undone, {order.reference}, {ledger.next_step(order.id)}",
        order_id=order.id,
        at=at,
    )
    db.session.delete(allocation)
    db.session.flush()


def _check(receipt: Receipt, order: Order, amount: int) -> None:
    if order.state == OPEN.code:
        raise ConflictError(
            f"Order {order.reference} is still open: its buyer has not yet registered it for "
            "electronic transfer. Ask them to; then allocate."
        )
    if order.state == CANCELLED.code:
        raise ConflictError(f"Order {order.reference} is cancelled: nothing is due on it.")
    if order.state == CLOSED.code and order.method == Method.CARD:
        raise ConflictError(
            f"Order {order.reference} is being paid by card. Wait for the outcome first."
        )
    rest, due = queries.rest_of(receipt), queries.figures_of(order).balance
    if amount <= 0:
        raise ConflictError("Enter an amount above zero.")
    if amount > rest:
        raise ConflictError(f"Only {pounds(rest)} of this receipt is left to allocate.")
    if amount > due:
        raise ConflictError(f"Only {pounds(due)} is due on order {order.reference}.")


def _pay(order: Order, at: datetime, received_on: date) -> None:
    said = {"received_on": received_on.isoformat()}
    fulfilment.fulfil(order, method=Method.BACS, letter="bacs_allocated", said=said, at=at)


def _lock_receipt(receipt: Receipt) -> None:
    """Lock a receipt until the transaction ends; on SQLite the writer holds the lock already."""
    statement = select(Receipt.id).where(Receipt.id == receipt.id)
    if reading.dialect() == "postgresql":
        statement = statement.with_for_update()
    db.session.execute(statement)


def _user_id() -> int:
    user_id = viewers.of(db.session()).user_id
    if user_id is None:
        raise ForbiddenError("Receipts are entered by somebody who is signed in.")
    return user_id
