"""An order put together bit by bit by a job, and not payable until it is whole."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.domain.catalogue.models import AdministeringBody, Package
from app.domain.kernel import workflow
from app.domain.orders import queries
from app.domain.orders.models import Order, OrderLine
from app.domain.orders.rules import ASSEMBLING
from app.domain.orders.service.lines import Things, check_reach, new_batch, put_on
from app.domain.orders.service.purchase import Details, new_order, post_letter
from app.domain.registrations.models import CardApplication, CardBatch, Registration
from app.errors import ConflictError
from app.extensions import db


def begin(details: Details, administering_body: AdministeringBody, at: datetime) -> Order:
    """Begin an order that is put together bit by bit; no letter goes out yet."""
    return new_order(details, administering_body, ASSEMBLING, at)


def add_chunk(
    order: Order,
    *,
    applications: Sequence[int] = (),
    registrations: Sequence[int] = (),
    at: datetime,
) -> int:
    """Put card applications and registrations on standards on an order; return how many lines.

    They are ready for ordering, and cost what was shown when the order was submitted. Cards of one
    order are one batch. Raise ConflictError when the
    order is whole already, or one of them cannot be ordered; then nothing is put on it.
    """
    _lock(order, "add_lines")
    things: list[CardApplication | Registration] = [
        *_applications(applications), *_registrations(registrations),
    ]  # fmt: skip
    if len(things) != len(applications) + len(registrations):
        raise ConflictError("Some of what is to be ordered is not there, or comes twice.")
    if not things:
        return 0
    _check_ready(things)
    check_reach(order, things)
    _check_body(order, things)
    workflow.make_moves(db.session(), [order], "add_lines", at=at)
    batch = _batch(order, at) if applications else None
    return put_on(order, things, batch, at, priced_at=order.raised_at)


def complete(order: Order, at: datetime) -> Order:
    """Say that an order is whole: it can be paid, and its letter goes out (C10)."""
    _lock(order, "assembled")
    workflow.make_moves(db.session(), [order], "assembled", at=at)
    post_letter(order, at)
    return order


def abandon(order: Order, at: datetime) -> Order:
    """Give up an order before anything is on it; raise ConflictError when something is."""
    _lock(order, "give_up")
    if queries.figures_of(order).lines:
        raise ConflictError(f"Order {order.reference} has lines already. Complete it instead.")
    workflow.make_moves(db.session(), [order], "give_up", at=at)
    return order


def _lock(order: Order, move: str) -> None:
    workflow.lock(db.session(), [order])
    order.__workflow__.after(order.state, move)


def _applications(ids: Sequence[int]) -> list[CardApplication]:
    statement = (
        select(CardApplication)
        .where(CardApplication.id.in_(ids), CardApplication.registration_id.is_(None))
        .options(joinedload(CardApplication.product))
        .order_by(CardApplication.number)
    )
    return list(db.session.scalars(statement)) if ids else []


def _registrations(ids: Sequence[int]) -> list[Registration]:
    statement = (
        select(Registration)
        .where(Registration.id.in_(ids), Registration.package_id.is_not(None))
        .options(
            joinedload(Registration.package).joinedload(Package.product),
            joinedload(Registration.scheme),
        )
        .order_by(Registration.number)
    )
    return list(db.session.scalars(statement)) if ids else []


def _check_ready(things: Things) -> None:
    refused = workflow.sort_out([*things], "put_on_order").refused
    if refused:
        row, reasons = refused[0]
        raise ConflictError(f"Nothing was put on the order. {row.number}: {' '.join(reasons)}")


def _check_body(order: Order, things: Things) -> None:
    bodies = {
        each.scheme.administering_body_id
        if isinstance(each, Registration)
        else each.administering_body_id
        for each in things
    }
    if bodies != {order.administering_body_id}:
        raise ConflictError(
            f"Order {order.reference} is with {order.administering_body.name}; some of these are "
            "with another body. Order them separately."
        )


def _batch(order: Order, at: datetime) -> CardBatch:
    """Return the card batch of an order, begun with its first cards."""
    statement = (
        select(CardBatch)
        .join(CardApplication, CardApplication.batch_id == CardBatch.id)
        .join(OrderLine, OrderLine.application_id == CardApplication.id)
        .where(OrderLine.order_id == order.id)
        .limit(1)
    )
    return db.session.scalar(statement) or new_batch(order, at)
