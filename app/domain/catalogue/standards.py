"""Changes to apprenticeship standards: their versions, packages, and the centres approved."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select

from app.domain.catalogue.models import (
    AdministeringBody,
    CentreApproval,
    Package,
    Product,
    Standard,
    StandardVersion,
)
from app.domain.catalogue.queries import STANDARD
from app.domain.catalogue.saving import keep
from app.domain.catalogue.service import add_scheme
from app.domain.organisations.models import Organisation
from app.errors import ConflictError
from app.extensions import db


def add_standard(*, reference: str, title: str, level: int) -> Standard:
    """Add an apprenticeship standard; people are registered on its versions."""
    return keep(Standard(reference=reference, title=title, level=level))


def add_version(
    standard: Standard,
    *,
    assessment_plan: str,
    administering_body: AdministeringBody,
    option: str = "",
    version: str = "",
    starts_from: date | None = None,
    starts_until: date | None = None,
    minimum_months: int = 8,
    stages: Iterable[str] = (),
    requirements: Iterable[str] = (),
) -> StandardVersion:
    """Add an option of a standard under an assessment plan, with the scheme that it is (C25)."""
    added = StandardVersion(
        standard=standard,
        option=option,
        assessment_plan=assessment_plan,
        version=version,
        starts_from=starts_from,
        starts_until=starts_until,
        minimum_months=minimum_months,
    )
    with db.session.no_autoflush:  # a version is saved with its scheme
        added.scheme = add_scheme(
            name=added.name,
            kind=STANDARD,
            grade=f"Level {standard.level}",
            number_label="Candidate Number",
            administering_body=administering_body,
            product=None,
            pathways=(),
            stages=stages,
            requirements=requirements,
        )
    return keep(added)


def add_package(
    version: StandardVersion, *, code: str, description: str, product: Product, contents: str = ""
) -> Package:
    """Add a package to a standard version; ``product`` is what it orders (C20 to C24)."""
    return keep(
        Package(
            standard_version=version,
            code=code,
            description=description,
            contents=contents,
            product=product,
        )
    )


def approve(
    organisation: Organisation, version: StandardVersion, *, since: date, until: date | None = None
) -> CentreApproval:
    """Let a centre register people on a standard version; raise ConflictError when it may."""
    known = select(CentreApproval.id).where(
        CentreApproval.organisation_id == organisation.id,
        CentreApproval.standard_version_id == version.id,
    )
    if db.session.scalar(known) is not None:
        raise ConflictError(f"{organisation} is approved for {version} already.")
    return keep(
        CentreApproval(
            organisation_id=organisation.id,
            standard_version=version,
            approved_from=since,
            approved_until=until,
        )
    )
