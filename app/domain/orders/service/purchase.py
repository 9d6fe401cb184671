"""Submitting a purchase, and changing an order while it is open."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from types import SimpleNamespace

from sqlalchemy import or_, select

from app.domain.catalogue.models import AdministeringBody, Scheme
from app.domain.kernel import idempotency, versions, workflow
from app.domain.kernel import viewer as viewers
from app.domain.kernel.numbering import take_numbers
from app.domain.kernel.references import order_reference
from app.domain.kernel.workflow import State
from app.domain.orders import fields, queries
from app.domain.orders.models import Order, OrderLine
from app.domain.orders.rules import OPEN
from app.domain.orders.service import letters
from app.domain.orders.service.lines import Subjects, add_lines, take_off
from app.domain.organisations.models import PortalUser
from app.domain.registrations.models import CardApplication, Registration
from app.errors import ConflictError, ForbiddenError, NotFoundError, StaleError
from app.extensions import db

ORDER_COUNTER = "order"
NAMED = 5
"""Registrations that a refusal names one by one."""
_PLAIN_DETAILS = (
    "customer_reference", "accounts_contact_name", "accounts_contact_email", "delivery_attention"
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Details:
    """What the buyer says about an order; the names are those of ``fields.details``."""

    customer_reference: str
    accounts_contact_name: str
    accounts_contact_email: str
    delivery_attention: str
    invoice_to: int
    deliver_to: int

    def columns(self) -> dict[str, str | int]:
        """Return the values by the columns of an order."""
        values = asdict(self)
        return {
            ("invoice_to_id" if name == "invoice_to" else
             "deliver_to_id" if name == "deliver_to" else name): value or ""
            for name, value in values.items()
        }  # fmt: skip


def once(token: str, purpose: str, work: Callable[[], int]) -> int:
    """Do ``work`` for a form once, and later return the same id that it returned."""
    result, _new = idempotency.once(db.session(), token, purpose, lambda: str(work()))
    return int(result)


def submit_purchase(
    subjects: Subjects, seen: Mapping[int, int] | None, details: Details,
    *, at: datetime,
) -> Order:  # fmt: skip
    """Raise a new order for ``subjects``, at the level of the active organisation: all or none.

    Raise ConflictError, naming the subjects, when one cannot be ordered; NotFoundError when one
    belongs to somebody else.
    """
    _lock(subjects, seen)
    order = new_order(details, _administering_body(subjects), OPEN, at)
    add_lines(order, subjects, at)
    post_letter(order, at)
    return order


def new_order(details: Details, body: AdministeringBody, state: State, at: datetime) -> Order:
    """Make an order without lines, at the level of the active organisation."""
    raised_at_level = _active_organisation()
    number = take_numbers(db.session(), ORDER_COUNTER)[0]
    order = Order(
        reference=order_reference(body.reference_prefix, number),
        organisation_id=raised_at_level,
        administering_body=body,
        raised_by_id=_user_id(),
        raised_at=at,
        state=state.code,
        **_checked(details, raised_at_level),
    )
    db.session.add(order)
    db.session.flush()
    return order


def add_to_order(
    order: Order, subjects: Subjects, seen: Mapping[int, int] | None, *, at: datetime
) -> Order:
    """Add ``subjects`` to an order that is still open, as a card batch of their own (A117)."""
    session = db.session()
    workflow.lock(session, [order])
    _lock(subjects, seen)
    body = _administering_body(subjects)
    if queries.figures_of(order).lines and body.id != order.administering_body_id:
        raise ConflictError(
            f"Order {order.reference} is with {order.administering_body.name}; these are with "
            f"{body.name}. Raise an order of their own for them."
        )
    workflow.make_moves(session, [order], "change_lines", at=at)
    add_lines(order, subjects, at)
    post_letter(order, at)
    return order


def remove_line(line: OrderLine, version: int | None, *, at: datetime) -> Order:
    """Take a line off an open order; what it is for is ready for ordering again."""
    order = line.order
    _lock_order(order, version)
    workflow.make_moves(db.session(), [order], "change_lines", at=at)
    take_off([line], at)
    return order


def cancel_order(order: Order, version: int | None, *, at: datetime) -> Order:
    """Cancel an open order: what was on it is ready for ordering again."""
    _lock_order(order, version)
    lines = queries.lines_of(order)
    reason = _taken_off(lines) or None
    workflow.make_moves(db.session(), [order], "cancel", at=at, reason=reason)
    take_off(lines, at)
    return order


def _taken_off(lines: Sequence[OrderLine]) -> str:
    found = []
    for noun, wanted in (("Applications", True), ("Registrations", False)):
        numbers = [str(each.subject.number) for each in lines if bool(each.application) is wanted]
        if numbers:
            found.append(f"{noun} taken off: {', '.join(numbers[:100])}")
    return "; ".join(found)


def change_details(order: Order, version: int | None, details: Details, *, at: datetime) -> Order:
    """Change what the buyer said about an open order."""
    _lock_order(order, version, details)
    workflow.make_moves(db.session(), [order], "change_lines", at=at)
    for name, value in _checked(details, order.organisation_id).items():
        setattr(order, name, value)
    db.session.flush()
    return order


def _active_organisation() -> int:
    viewer = viewers.of(db.session())
    if viewer.organisation_id is None:
        raise ForbiddenError("An order is raised for an organisation. Choose one to work for.")
    return viewer.organisation_id


def _user_id() -> int:
    viewer = viewers.of(db.session())
    if viewer.user_id is None:
        raise ForbiddenError("An order is raised by somebody who is signed in.")
    return viewer.user_id


def _lock(subjects: Subjects, seen: Mapping[int, int] | None) -> None:
    """Lock subjects, and refuse the lot in words when one of them cannot be ordered."""
    if not subjects:
        raise ConflictError("Tick at least one row first.")
    session = db.session()
    workflow.lock(session, subjects)
    refused = workflow.sort_out([*subjects], "put_on_order", versions=seen).refused
    if not refused:
        return
    named = "; ".join(f"{row}: {' '.join(reasons)}" for row, reasons in refused[:NAMED])
    more = f"; and {len(refused) - NAMED} more" if len(refused) > NAMED else ""
    words = f"Nothing was ordered. {named}{more}"
    changed = versions.since([row for row, _ in refused[:NAMED]], seen or {})
    if not changed:
        raise ConflictError(words)
    error = StaleError(words)
    for row, _reasons in refused[:NAMED]:
        if row.id in changed:
            versions.add_changes(error, changed[row.id].changes, prefix=f"{row}: ")
    raise error


def _lock_order(order: Order, version: int | None, wanted: Details | None = None) -> None:
    """Lock an order, and refuse when somebody changed it since the page was shown."""
    workflow.lock(db.session(), [order])
    if version is None or version == order.version:
        return
    below = queries.places_below(order.organisation_id)
    places = [(each.id, f"{each.number}, {each.name}") for each in below]
    stands = SimpleNamespace(
        **{name: getattr(order, name) for name in _PLAIN_DETAILS},
        invoice_to=order.invoice_to_id,
        deliver_to=order.deliver_to_id,
    )
    versions.refuse_stale(
        order, version, fields.details(places).fields, asdict(wanted) if wanted else {},
        shown=stands,
    )  # fmt: skip


def _administering_body(subjects: Subjects) -> AdministeringBody:
    named = select(AdministeringBody.id).where(
        AdministeringBody.id.in_(
            {each.administering_body_id for each in subjects if isinstance(each, CardApplication)}
        )
    )
    through_scheme = select(Scheme.administering_body_id).where(
        Scheme.id.in_({each.scheme_id for each in subjects if isinstance(each, Registration)})
    )
    statement = (
        select(AdministeringBody)
        .where(or_(AdministeringBody.id.in_(named), AdministeringBody.id.in_(through_scheme)))
        .order_by(AdministeringBody.id)
    )
    bodies = list(db.session.scalars(statement).unique())
    if len(bodies) > 1:
        names = " and ".join(body.name for body in bodies)
        raise ConflictError(f"These are with {names}: order them separately, one body at a time.")
    return bodies[0]


def _checked(details: Details, organisation_id: int) -> dict[str, str | int]:
    allowed = {place.id for place in queries.places_below(organisation_id)}
    if not {details.invoice_to, details.deliver_to} <= allowed:
        raise NotFoundError
    return details.columns()


def post_letter(order: Order, at: datetime) -> None:
    """Tell the accounts contact what was ordered and how to pay for it."""
    totals = queries.figures_of(order)
    raised_by = db.session.get_one(PortalUser, order.raised_by_id)
    said = {
        "customer_reference": order.customer_reference,
        "raised_by": raised_by.full_name,
        "raised_on": letters.day(order.raised_at),
        "lines": queries.summary_of(order),
        "net": totals.net,
        "vat": totals.vat,
    }
    letters.post("order_submitted", order, totals, said, at=at)
