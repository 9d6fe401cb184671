"""Standards, their versions and packages, and approved centres, as staff save them by forms."""

from typing import Any

from sqlalchemy import select

from app.domain.catalogue import standards
from app.domain.catalogue.models import (
    AdministeringBody,
    CentreApproval,
    Package,
    Product,
    Scheme,
    Standard,
    StandardVersion,
)
from app.domain.catalogue.saving import chosen, keep, refuse_twin
from app.domain.kernel.words import N_
from app.domain.organisations.models import Organisation
from app.errors import FieldErrors
from app.extensions import db

STAGES = (N_("On programme"), N_("Gateway"), N_("End-point assessment"))
"""The stages of a version that staff add; each standard has them."""
LONGEST_NAME = 120


def save_standard(standard: Standard | None, values: dict[str, Any]) -> Standard:
    """Add or change a standard; raise FieldErrors when its reference is taken."""
    named = {"reference": values["reference"]}
    words = N_("Another standard has this reference.")
    refuse_twin(Standard, standard, named, "reference", words)
    if standard is None:
        return standards.add_standard(**values)
    keep(standard, values)
    known = select(StandardVersion).where(StandardVersion.standard_id == standard.id)
    for version in db.session.scalars(known):
        _name_scheme(version, "title")
    return standard


def save_version(version: StandardVersion | None, values: dict[str, Any]) -> StandardVersion:
    """Add or change a version of a standard; raise FieldErrors when there is one like it."""
    standard = chosen(Standard, values["standard_id"], "standard_id")
    values = values | {name: values[name] or "" for name in ("option", "version")}
    if version is None:
        return _add_version(standard, values)
    _refuse_twin(standard, version, values)
    keep(version, values)
    _name_scheme(version, "assessment_plan")
    return version


def _add_version(standard: Standard, values: dict[str, Any]) -> StandardVersion:
    _refuse_twin(standard, None, values)
    body = db.session.scalars(select(AdministeringBody).order_by(AdministeringBody.id)).first()
    assert body is not None, "the set-up makes one"
    named = {each: values[each] for each in values if each not in ("standard_id", "is_open")}
    added = standards.add_version(standard, administering_body=body, stages=STAGES, **named)
    added.is_open = values["is_open"]
    db.session.flush()
    return added


def _refuse_twin(standard: Standard, mine: StandardVersion | None, values: dict[str, Any]) -> None:
    said = (standard.title, values["option"], standard.reference, values["assessment_plan"])
    name = " ".join(each for each in said if each)
    if len(name) > LONGEST_NAME:
        raise FieldErrors({"option": N_("With this option the name becomes too long to print.")})
    words = N_("This standard has a version with this option and assessment plan already.")
    refuse_twin(Scheme, mine.scheme if mine else None, {"name": name}, "assessment_plan", words)


def _name_scheme(version: StandardVersion, field: str) -> None:
    """Let the scheme that a version is bear the version's name."""
    if len(version.name) > LONGEST_NAME:
        raise FieldErrors({field: N_("With this the name of a version is too long to print.")})
    version.scheme.name = version.name
    version.scheme.is_open = version.is_open
    db.session.flush()


def save_package(package: Package | None, values: dict[str, Any]) -> Package:
    """Add or change a package; raise FieldErrors when its code is taken."""
    version = chosen(StandardVersion, values["standard_version_id"], "standard_version_id")
    product = chosen(Product, values["product_id"], "product_id")
    named = {"code": values["code"]}
    refuse_twin(Package, package, named, "code", N_("Another package has this code."))
    values = values | {"contents": values["contents"] or ""}
    if package is None:
        said = {each: values[each] for each in ("code", "description", "contents")}
        package = standards.add_package(version, product=product, **said)
    return keep(package, values)


def save_approval(approval: CentreApproval | None, values: dict[str, Any]) -> CentreApproval:
    """Approve a centre for a standard version, or change for how long; raise FieldErrors."""
    centre = chosen(Organisation, values["organisation_id"], "organisation_id")
    version = chosen(StandardVersion, values["standard_version_id"], "standard_version_id")
    named = {name: values[name] for name in ("organisation_id", "standard_version_id")}
    words = N_("This centre has an approval for it already. Change that one.")
    refuse_twin(CentreApproval, approval, named, "standard_version_id", words)
    if approval is None:
        approval = standards.approve(
            centre, version, since=values["approved_from"], until=values["approved_until"]
        )
    return keep(approval, values)
