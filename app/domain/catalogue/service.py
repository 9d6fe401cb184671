"""Changes to the catalogue: who administers, schemes, products, prices, VAT rates."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import select

from app.domain.catalogue.models import (
    AdministeringBody,
    Occupation,
    Pathway,
    Price,
    Product,
    Scheme,
    SchemeRequirement,
    StageDefinition,
    VatRate,
)
from app.domain.catalogue.queries import STANDARD
from app.domain.catalogue.saving import chosen, keep, refuse_twin
from app.domain.kernel.words import N_
from app.errors import ConflictError
from app.extensions import db

NO_PRODUCT = N_("Choose a product from the list.")


def add_administering_body(
    *,
    name: str,
    short_name: str,
    jurisdiction: str,
    phone: str,
    email: str,
    website: str,
    reference_prefix: str,
    bank_account_name: str = "",
    bank_sort_code: str = "",
    bank_account_number: str = "",
) -> AdministeringBody:
    """Add who administers schemes in a jurisdiction, with its contact block (A2)."""
    return keep(
        AdministeringBody(
            name=name,
            short_name=short_name,
            jurisdiction=jurisdiction,
            phone=phone,
            email=email,
            website=website,
            reference_prefix=reference_prefix,
            bank_account_name=bank_account_name,
            bank_sort_code=bank_sort_code,
            bank_account_number=bank_account_number,
        )
    )


def add_scheme(
    *,
    name: str,
    kind: str,
    grade: str,
    number_label: str,
    administering_body: AdministeringBody,
    product: Product | None,
    pathways: Iterable[str],
    stages: Iterable[str],
    requirements: Iterable[str] = (),
) -> Scheme:
    """Add a scheme with its pathways, its stages in order, and what it asks for.

    Only a standard, whose packages say what is ordered, has no product of its own.
    """
    scheme = Scheme(
        name=name,
        kind=kind,
        grade=grade,
        number_label=number_label,
        administering_body=administering_body,
        product=product,
    )
    scheme.pathways = [Pathway(name=each) for each in pathways]
    scheme.stages = [StageDefinition(number=n, name=each) for n, each in enumerate(stages, 1)]
    scheme.requirements = [SchemeRequirement(code=each) for each in requirements]
    return keep(scheme)


def add_product(
    *,
    code: str,
    name: str,
    card_type: str = "Card",
    vat_category: str = "S",
    eligible_vat_category: str = "S",
    vat_reason: str = "",
    application_kind: str | None = None,
) -> Product:
    """Add something that can be bought; it has no price yet."""
    return keep(
        Product(
            code=code,
            name=name,
            card_type=card_type,
            vat_category=vat_category,
            eligible_vat_category=eligible_vat_category,
            vat_reason=vat_reason,
            application_kind=application_kind,
        )
    )


def add_occupation(*, code: str, name: str) -> Occupation:
    """Add what somebody can work as."""
    return keep(Occupation(code=code, name=name))


def set_price(product: Product, valid_from: date, pence: int) -> Price:
    """Let ``product`` cost ``pence`` before VAT from a day on."""
    statement = select(Price).where(Price.product_id == product.id, Price.valid_from == valid_from)
    price = db.session.scalar(statement)
    if price is None:
        price = Price(product=product, valid_from=valid_from)
        db.session.add(price)
    price.net_pence = pence
    db.session.flush()
    return price


def set_vat_rate(category: str, valid_from: date, basis_points: int) -> VatRate:
    """Let a VAT category have a rate from a day on; 2000 basis points are 20 %."""
    statement = select(VatRate).where(
        VatRate.category == category, VatRate.valid_from == valid_from
    )
    rate = db.session.scalar(statement)
    if rate is None:
        rate = VatRate(category=category, valid_from=valid_from)
        db.session.add(rate)
    rate.basis_points = basis_points
    db.session.flush()
    return rate


def save_product(product: Product | None, values: dict[str, Any]) -> Product:
    """Add or change a product; raise FieldErrors when its code is taken."""
    named = {"code": values["code"]}
    refuse_twin(Product, product, named, "code", N_("Another product has this code."))
    if values.get("application_kind"):
        named = {"application_kind": values["application_kind"]}
        words = N_("Another product is ordered by applications of this type.")
        refuse_twin(Product, product, named, "application_kind", words)
    return keep(product or Product(), values | {"vat_reason": values["vat_reason"] or ""})


def save_price(price: Price | None, values: dict[str, Any]) -> Price:
    """Add a price from a day on, or replace one that has not begun; raise FieldErrors."""
    chosen(Product, values["product_id"], "product_id", NO_PRODUCT)
    named = {name: values[name] for name in ("product_id", "valid_from")}
    words = N_("This product has a price from that day on already. Change that one.")
    refuse_twin(Price, price, named, "valid_from", words)
    return keep(price or Price(), values)


def save_pathway(pathway: Pathway | None, values: dict[str, Any]) -> Pathway:
    """Add or change a pathway; raise FieldErrors when the scheme has one of that name."""
    chosen(Scheme, values["scheme_id"], "scheme_id", N_("Choose a scheme from the list."))
    named = {name: values[name] for name in ("scheme_id", "name")}
    words = N_("The scheme has a pathway of this name.")
    refuse_twin(Pathway, pathway, named, "name", words)
    return keep(pathway or Pathway(), values)


def save_scheme(scheme: Scheme, values: dict[str, Any]) -> Scheme:
    """Change a scheme; raise FieldErrors when another one has its name."""
    if scheme.kind == STANDARD:
        raise ConflictError("A standard is not changed among the schemes.")
    chosen(Product, values["product_id"], "product_id", NO_PRODUCT)
    named = {"name": values["name"]}
    refuse_twin(Scheme, scheme, named, "name", N_("Another scheme has this name."))
    return keep(scheme, values)
