"""The ledger: each transfer goes from one account to another, so that all sum to zero."""

from datetime import datetime

from sqlalchemy import func, select

from app.domain.orders.models import Transfer
from app.extensions import db

BANK = "bank"
CARD = "card gateway"
SALES = "sales"
VAT = "VAT"
UNALLOCATED = "unallocated"
"""Money received that no order has been given yet."""


def customer(organisation_id: int) -> str:
    """Name the account of a customer."""
    return f"customer {organisation_id}"


def transfer(
    amount: int, *, debit: str, credit: str, cause: str, order_id: int | None, at: datetime
) -> None:
    """Record that ``amount`` went from one account to another, once for each cause."""
    if amount == 0:
        return
    db.session.add(
        Transfer(amount=amount, debit=debit, credit=credit, cause=cause, order_id=order_id, at=at)
    )
    db.session.flush()


def next_step(order_id: int) -> int:
    """Number the transfers of an order, which its lock keeps in line: ids may come again."""
    counted = select(func.count(Transfer.id)).where(Transfer.order_id == order_id)
    return (db.session.scalar(counted) or 0) + 1
