"""The letters of an order, with what each says frozen."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.clock import local
from app.domain.kernel import outbox
from app.domain.orders.models import Order
from app.domain.orders.queries import Figures
from app.extensions import db


def post(
    code: str, order: Order, totals: Figures, said: Mapping[str, Any], *, at: datetime
) -> None:
    """Post a letter about ``order`` to its accounts contact."""
    context = {
        "recipient_name": order.accounts_contact_name,
        "order_reference": order.reference,
        "organisation_name": order.organisation.name,
        "total": totals.total,
        "link": f"/orders/{order.id}",
        **said,
    }
    draft = outbox.Draft(
        code,
        order.accounts_contact_email,
        order.accounts_contact_name,
        (Order.__tablename__, order.id),
        order.organisation_id,
        context,
    )
    outbox.post(db.session(), [draft], at=at)


def day(at: datetime) -> str:
    """Return the day of a moment in London, as letters keep it."""
    return local(at).date().isoformat()
