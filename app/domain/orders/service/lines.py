"""Lines of orders: what is put on and taken off, with its price and what follows for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.clock import local
from app.domain.kernel import creating
from app.domain.kernel.money import QuoteLine
from app.domain.kernel.numbering import take_numbers
from app.domain.orders import queries
from app.domain.orders.models import Order, OrderLine
from app.domain.organisations.models import OrganisationAncestry
from app.domain.registrations import service as registered
from app.domain.registrations.models import CardApplication, CardBatch, Registration
from app.errors import ConflictError
from app.extensions import db

BATCH_COUNTER = "card_batch"

Subjects = Sequence[Registration] | Sequence[CardApplication]
"""What an order is raised for: registrations, or card applications; never both at once."""
Things = Sequence[CardApplication | Registration]
"""What lines are for: card applications, and registrations that need none."""


def add_lines(order: Order, subjects: Subjects, at: datetime) -> None:
    """Put ``subjects`` on an order, cards as a batch of their own; all or none."""
    check_reach(order, subjects)
    things = queries.things_to_order(subjects)
    if len(things) != len(subjects):
        raise ConflictError(
            "Some of these registrations have no card application to order. Open the list again."
        )
    has_cards = any(isinstance(each, CardApplication) for each in things)
    put_on(order, things, new_batch(order, at) if has_cards else None, at)


def put_on(
    order: Order, things: Things, batch: CardBatch | None, at: datetime,
    *, priced_at: datetime | None = None,
) -> int:  # fmt: skip
    """Price what is ready for ordering, put it on an order, and return how many lines that made.

    It costs what it does at ``priced_at``, which is ``at`` unless the order was submitted before.
    A dozen statements for five hundred.
    """
    wanted = [(queries.product_of(each), 1) for each in things]
    quoted = queries.quote(wanted, order.organisation_id, local(priced_at or at).date())
    registrations, alone = _parted(things)
    if registrations:
        registered.put_on_order(registrations, batch, at=at)
    if alone and batch is not None:
        registered.put_applications_on_order(alone, batch, at=at)
    rows = [
        _row(thing, product.id, priced)
        for thing, (product, _), priced in zip(things, wanted, quoted.lines, strict=True)
    ]
    try:
        with db.session.begin_nested():
            creating.create_parts(db.session(), OrderLine, order, rows, at=at)
    except IntegrityError as error:
        raise ConflictError(
            "One of these applications is on another order already. Nothing was ordered; open "
            "the list again."
        ) from error
    db.session.expire(order, ["lines"])
    return len(rows)


def _row(
    thing: CardApplication | Registration, product_id: int, priced: QuoteLine
) -> dict[str, Any]:
    is_card = isinstance(thing, CardApplication)
    return {
        "product_id": product_id,
        "application_id": thing.id if is_card else None,
        "registration_id": None if is_card else thing.id,
        "quantity": priced.quantity,
        "unit_net": priced.unit_net,
        "vat_category": priced.vat_category.value,
        "vat_rate": priced.vat_rate,
        "vat_reason": priced.vat_reason,
        "net": priced.net,
        "vat": priced.vat,
    }


def _parted(things: Things) -> tuple[list[Registration], list[CardApplication]]:
    """Return registrations, those that have made card applications too, and applications alone."""
    on_standards = [each for each in things if isinstance(each, Registration)]
    applications = [each for each in things if isinstance(each, CardApplication)]
    ids = {each.registration_id for each in applications if each.registration_id is not None}
    statement = select(Registration).where(Registration.id.in_(ids)).order_by(Registration.id)
    alone = [each for each in applications if each.registration_id is None]
    return [*(db.session.scalars(statement) if ids else ()), *on_standards], alone


def check_reach(order: Order, subjects: Subjects | Things) -> None:
    """Refuse subjects that do not belong to the level of the order, or to one below it."""
    owners = {each.provider_id for each in subjects}
    below = select(OrganisationAncestry.descendant_id).where(
        OrganisationAncestry.ancestor_id == order.organisation_id,
        OrganisationAncestry.descendant_id.in_(owners),
    )
    if owners - set(db.session.scalars(below)):
        raise ConflictError(
            "An order is raised at the level of the organisation that registered the people, or "
            "of one above it. Choose that organisation to work for, and order again."
        )


def new_batch(order: Order, at: datetime) -> CardBatch:
    """Begin a card batch of an order (A57)."""
    number = take_numbers(db.session(), BATCH_COUNTER)[0]
    batch = CardBatch(number=number, provider_id=order.organisation_id, created_at=at)
    db.session.add(batch)
    db.session.flush()
    return batch


def take_off(lines: Sequence[OrderLine], at: datetime) -> None:
    """Take lines off their order; what they are for is ready for ordering again."""
    cards = [line.application_id for line in lines if line.application_id is not None]
    others = [line.registration_id for line in lines if line.registration_id is not None]
    registrations, alone = _parted(
        [
            *db.session.scalars(select(CardApplication).where(CardApplication.id.in_(cards))),
            *db.session.scalars(select(Registration).where(Registration.id.in_(others))),
        ]
    )
    for line in lines:
        db.session.delete(line)
    db.session.flush()
    if registrations:
        registered.take_off_order(registrations, at=at)
    registered.take_applications_off_order(alone, at=at)
