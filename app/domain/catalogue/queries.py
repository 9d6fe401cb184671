"""Reads of the catalogue."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from app.clock import today
from app.domain.catalogue.models import (
    AdministeringBody,
    CentreApproval,
    Occupation,
    Package,
    Product,
    Scheme,
    Standard,
    StandardVersion,
)
from app.domain.organisations.models import OrganisationAncestry, OrganisationDetail
from app.extensions import db

STANDARD = "standard"
"""The kind of those schemes that are versions of an apprenticeship standard."""

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
    """Return the schemes that are not standards, or those of one kind, by name."""
    statement = select(Scheme).order_by(Scheme.name, Scheme.id)
    statement = statement.where(Scheme.kind == kind if kind else Scheme.kind != STANDARD)
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


def standards_for(organisation_id: int, on: date | None = None) -> list[StandardVersion]:
    """Return the standard versions that a centre may register people on, by name (C17).

    They are open, and the centre or an organisation above it is approved for them ``on`` the
    day, else today. Approvals are read below the scope: an office does not see its centre's.
    """
    approved = list(db.session.connection().execute(approvals(organisation_id, on)).scalars())
    statement = (
        select(StandardVersion)
        .join(StandardVersion.standard)
        .options(contains_eager(StandardVersion.standard))
        .where(StandardVersion.id.in_(approved), StandardVersion.is_open)
        .order_by(
            Standard.title, StandardVersion.option, Standard.reference,
            StandardVersion.assessment_plan, StandardVersion.id,
        )
    )  # fmt: skip
    return list(db.session.scalars(statement))


def approvals(organisation_id: int, on: date | None = None) -> Select[int]:
    """Return the statement of the ids of standard versions for which a centre is approved."""
    day = on or today()
    above = OrganisationAncestry.ancestor_id == CentreApproval.organisation_id
    return (
        select(CentreApproval.standard_version_id)
        .join(OrganisationAncestry, above)
        .where(
            OrganisationAncestry.descendant_id == organisation_id,
            CentreApproval.approved_from <= day,
            or_(CentreApproval.approved_until.is_(None), CentreApproval.approved_until >= day),
        )
        .distinct()
    )


def packages_of(version_ids: Iterable[int]) -> list[Package]:
    """Return the open packages of standard versions, by version and code (C21, C22)."""
    statement = (
        select(Package)
        .where(Package.standard_version_id.in_(list(version_ids)), Package.is_open)
        .options(joinedload(Package.product))
        .order_by(Package.standard_version_id, Package.code)
    )
    return list(db.session.scalars(statement))


def all_standards() -> list[Standard]:
    """Return every standard, by reference."""
    return list(db.session.scalars(select(Standard).order_by(Standard.reference)))


def all_versions() -> list[StandardVersion]:
    """Return every standard version, as centres have them in their order."""
    statement = (
        select(StandardVersion)
        .join(StandardVersion.standard)
        .options(contains_eager(StandardVersion.standard))
        .order_by(Standard.title, StandardVersion.option, StandardVersion.id)
    )
    return list(db.session.scalars(statement))
