"""Reads of the catalogue."""

from sqlalchemy import bindparam, select

from app.domain.catalogue.models import AdministeringBody, Occupation, Product, Scheme
from app.domain.organisations.models import OrganisationDetail
from app.extensions import db

_OWN_BODY = (
    select(OrganisationDetail.administering_body_id)
    .where(OrganisationDetail.organisation_id == bindparam("organisation_id"))
    .scalar_subquery()
)
_CONTACT_BLOCK = (
    select(
        AdministeringBody.name,
        AdministeringBody.short_name,
        AdministeringBody.jurisdiction,
        AdministeringBody.phone,
        AdministeringBody.email,
        AdministeringBody.website,
    )
    .order_by((AdministeringBody.id == _OWN_BODY).is_not(True), AdministeringBody.id)
    .limit(1)
)
"""Built once: the foot of every page asks it."""


def contact_block(organisation_id: int | None = None) -> dict[str, str] | None:
    """Return the contact block of who administers schemes where the organisation is (A2).

    Without an organisation, or where it does not say, the first body's; None before there is one.
    """
    asked = {"organisation_id": organisation_id}
    found = db.session.connection().execute(_CONTACT_BLOCK, asked).one_or_none()
    names = ("name", "short", "jurisdiction", "tel", "email", "web")
    return None if found is None else dict(zip(names, found, strict=True))


def products() -> list[Product]:
    """Return everything that can be bought, by name."""
    return list(db.session.scalars(select(Product).order_by(Product.name, Product.id)))


def schemes(kind: str | None = None) -> list[Scheme]:
    """Return the schemes, or those of one kind, by name."""
    statement = select(Scheme).order_by(Scheme.name, Scheme.id)
    if kind is not None:
        statement = statement.where(Scheme.kind == kind)
    return list(db.session.scalars(statement))


def occupations() -> list[Occupation]:
    """Return what people work as, by name."""
    return list(db.session.scalars(select(Occupation).order_by(Occupation.name, Occupation.id)))


def products_by_application_kind() -> dict[str, Product]:
    """Return what card applications order, by their request type."""
    statement = select(Product).where(Product.application_kind.is_not(None))
    return {each.application_kind or "": each for each in db.session.scalars(statement)}


def body_of(organisation_id: int) -> AdministeringBody:
    """Return who administers schemes where an organisation is: its own body, else the first."""
    own = (
        select(OrganisationDetail.administering_body_id)
        .where(OrganisationDetail.organisation_id == organisation_id)
        .scalar_subquery()
    )
    order = ((AdministeringBody.id == own).is_not(True), AdministeringBody.id)
    return db.session.scalars(select(AdministeringBody).order_by(*order).limit(1)).one()
