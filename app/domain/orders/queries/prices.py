"""The one quote behind every price that is shown."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.clock import today
from app.domain.catalogue import queries as catalogue
from app.domain.catalogue.models import Package, Price, Product, Scheme, VatRate
from app.domain.kernel import viewer as viewers
from app.domain.kernel.money import Quote
from app.domain.orders.rules import Dated, line_for
from app.domain.organisations.models import OrganisationAncestry, OrganisationDetail
from app.domain.registrations.models import CardApplication, Registration
from app.domain.registrations.rules import APPLICATION_READY, READY_FOR_ORDERING, Kind
from app.extensions import db


def quote(wanted: Sequence[tuple[Product, int]], organisation_id: int, on: date) -> Quote:
    """Price products and quantities for an organisation on a day: every price shown is this one.

    Raise ConflictError when a product has no price on that day.
    """
    prices = _dated_prices({product.id for product, _ in wanted})
    rates = _dated_rates()
    eligible = is_eligible(organisation_id)
    return Quote(
        tuple(
            line_for(
                product,
                quantity=quantity,
                prices=prices.get(product.id, ()),
                vat_rates=rates,
                buyer_is_eligible=eligible,
                on=on,
            )
            for product, quantity in wanted
        )
    )


def _dated_prices(product_ids: Iterable[int]) -> dict[int, list[Dated]]:
    found: dict[int, list[Dated]] = {}
    columns = select(Price.product_id, Price.valid_from, Price.net_pence)
    for product_id, valid_from, pence in db.session.execute(
        columns.where(Price.product_id.in_(product_ids))
    ):
        found.setdefault(product_id, []).append(Dated(valid_from, pence))
    return found


def _dated_rates() -> dict[str, list[Dated]]:
    found: dict[str, list[Dated]] = {}
    columns = select(VatRate.category, VatRate.valid_from, VatRate.basis_points)
    for category, valid_from, points in db.session.execute(columns):
        found.setdefault(category, []).append(Dated(valid_from, points))
    return found


def is_eligible(organisation_id: int) -> bool:
    """Tell whether examination services to an organisation are exempt from VAT.

    An office is what the company above it is; the fact is read below the scope, since an office
    does not see its company's details.
    """
    statement = (
        select(OrganisationDetail.is_eligible_body)
        .join(
            OrganisationAncestry,
            OrganisationAncestry.ancestor_id == OrganisationDetail.organisation_id,
        )
        .where(OrganisationAncestry.descendant_id == organisation_id)
        .order_by(OrganisationAncestry.depth)
        .limit(1)
    )
    return bool(db.session.connection().execute(statement).scalar())


def quote_for_scheme(scheme: Scheme, organisation_id: int) -> Quote:
    """Price what a new registration on ``scheme`` will order."""
    return quote([(scheme.product, 1)], organisation_id, today()) if scheme.product else Quote()


def quote_subjects(
    subjects: Sequence[Registration] | Sequence[CardApplication],
    organisation_id: int | None = None,
) -> Quote:
    """Price registrations or card applications, one line for each, as an order would."""
    buyer = organisation_id or viewers.of(db.session()).organisation_id
    if buyer is None or not subjects:
        return Quote()
    wanted = [(product_of(each), 1) for each in things_to_order(subjects)]
    return quote(wanted, buyer, today())


def product_of(thing: CardApplication | Registration) -> Product:
    """Return what a card application, or a registration on a standard, orders."""
    if isinstance(thing, CardApplication):
        return thing.product
    assert thing.package is not None  # the table sees to it
    return thing.package.product


def things_to_order(
    subjects: Sequence[Registration] | Sequence[CardApplication],
) -> list[CardApplication | Registration]:
    """Return what an order of ``subjects`` has lines for, where it waits to be ordered.

    That is a card application, the one that a registration has made, or a registration on a
    standard itself. Their products are loaded.
    """
    ids = [each.id for each in subjects if is_on_a_standard(each)]
    others = [each for each in subjects if not is_on_a_standard(each)]
    return [*_standards(ids), *(_applications(others) if others else ())]


def is_on_a_standard(subject: Registration | CardApplication) -> bool:
    """Tell whether a subject is ordered as it is, by the package of its standard."""
    return isinstance(subject, Registration) and subject.kind == Kind.STANDARD


def _standards(ids: Sequence[int]) -> list[Registration]:
    if not ids:
        return []
    statement = (
        select(Registration)
        .where(Registration.id.in_(ids), Registration.state == READY_FOR_ORDERING.code)
        .options(joinedload(Registration.package).joinedload(Package.product))
        .order_by(Registration.number)
    )
    return list(db.session.scalars(statement))


def _applications(
    subjects: Sequence[Registration | CardApplication],
) -> list[CardApplication]:
    own = [each.id for each in subjects if isinstance(each, CardApplication)]
    through = [each.id for each in subjects if isinstance(each, Registration)]
    statement = (
        select(CardApplication)
        .where(
            CardApplication.id.in_(own) if own else CardApplication.registration_id.in_(through),
            CardApplication.state == APPLICATION_READY.code,
        )
        .options(joinedload(CardApplication.product))
        .order_by(CardApplication.number)
    )
    return list(db.session.scalars(statement))


def quote_for_request(request: str, organisation_id: int) -> Quote:
    """Price a card application of its own; a request type without a product costs nothing yet."""
    product = catalogue.products_by_application_kind().get(request)
    return quote([(product, 1)], organisation_id, today()) if product else Quote()


def fees_by_request(on: date) -> dict[str, int]:
    """Return the price without VAT of a card application, by its request type, on a day."""
    statement = (
        select(Product.application_kind, Price.net_pence)
        .join(Price, Price.product_id == Product.id)
        .where(Product.application_kind.is_not(None), Price.valid_from <= on)
        .order_by(Price.valid_from)
    )
    return {kind or "": pence for kind, pence in db.session.execute(statement)}
