"""Tables: schemes with pathways, stages and requirements; standards; products, prices, VAT."""

from datetime import date

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.kernel.audit import Audited
from app.domain.kernel.columns import Key
from app.domain.kernel.scope import Owned, Scoped, Shared
from app.domain.organisations.models import Organisation


class AdministeringBody(Scoped, Audited, Model):
    """Who administers schemes in a jurisdiction (A2): name and contact block, as data."""

    __tablename__ = "administering_bodies"
    __scope__ = Shared()

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(160), unique=True)
    short_name: Mapped[str] = mapped_column(String(20))
    jurisdiction: Mapped[str] = mapped_column(String(160))
    phone: Mapped[str] = mapped_column(String(40))
    email: Mapped[str] = mapped_column(String(320))
    website: Mapped[str] = mapped_column(String(200))
    reference_prefix: Mapped[str] = mapped_column(String(4))
    """Two to four letters that order references begin with."""
    bank_account_name: Mapped[str] = mapped_column(String(80), default="")
    bank_sort_code: Mapped[str] = mapped_column(String(8), default="")
    bank_account_number: Mapped[str] = mapped_column(String(8), default="")
    """Where electronic transfers go, as letters and invoices print it."""

    def __str__(self) -> str:
        return self.name


class Scheme(Scoped, Audited, Model):
    """What people are registered on: "Apprentices Training Scheme 2021"."""

    __tablename__ = "schemes"
    __scope__ = Shared()
    __table_args__ = (
        CheckConstraint("kind in ('apprentice', 'trainee', 'standard')", name="ck_schemes_kind"),
        CheckConstraint("kind = 'standard' or product_id is not null", name="ck_schemes_product"),
    )

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(12))
    grade: Mapped[str] = mapped_column(String(60))
    """The grade printed on the card: "Apprentice"."""
    number_label: Mapped[str] = mapped_column(String(40))
    """What the scheme calls a person's number: "ECS Number"."""
    administering_body_id: Mapped[int] = mapped_column(ForeignKey("administering_bodies.id"))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("products.id"))
    """What a new registration orders: the initial card; on a standard, its package says."""
    is_open: Mapped[bool] = mapped_column(default=True)

    administering_body: Mapped[AdministeringBody] = relationship()
    product: Mapped["Product | None"] = relationship()
    pathways: Mapped[list["Pathway"]] = relationship(back_populates="scheme")
    stages: Mapped[list["StageDefinition"]] = relationship(
        back_populates="scheme", order_by="StageDefinition.number"
    )
    requirements: Mapped[list["SchemeRequirement"]] = relationship(back_populates="scheme")

    def __str__(self) -> str:
        return self.name


class Pathway(Scoped, Audited, Model):
    """A way through a scheme: "Installation Electrician"."""

    __tablename__ = "pathways"
    __scope__ = Shared()
    __table_args__ = (
        UniqueConstraint("scheme_id", "name", name="uq_pathways_scheme_name"),
        Index("ix_pathways_name", "name", "id"),
    )

    id: Mapped[Key]
    scheme_id: Mapped[int] = mapped_column(ForeignKey("schemes.id"))
    name: Mapped[str] = mapped_column(String(120))
    is_open: Mapped[bool] = mapped_column(default=True)

    scheme: Mapped[Scheme] = relationship(back_populates="pathways")

    def __str__(self) -> str:
        return self.name


class StageDefinition(Scoped, Audited, Model):
    """A stage of a scheme (A71): its number and what reaching it means."""

    __tablename__ = "stage_definitions"
    __scope__ = Shared()
    __table_args__ = (UniqueConstraint("scheme_id", "number", name="uq_stages_scheme_number"),)

    id: Mapped[Key]
    scheme_id: Mapped[int] = mapped_column(ForeignKey("schemes.id"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))

    scheme: Mapped[Scheme] = relationship(back_populates="stages")


class SchemeRequirement(Scoped, Audited, Model):
    """What a scheme asks for before a registration is finalised; ``code`` names the check."""

    __tablename__ = "scheme_requirements"
    __scope__ = Shared()
    __table_args__ = (UniqueConstraint("scheme_id", "code", name="uq_requirements_scheme_code"),)

    id: Mapped[Key]
    scheme_id: Mapped[int] = mapped_column(ForeignKey("schemes.id"))
    code: Mapped[str] = mapped_column(String(40))

    scheme: Mapped[Scheme] = relationship(back_populates="requirements")


class Product(Scoped, Audited, Model):
    """Something that can be bought."""

    __tablename__ = "products"
    __scope__ = Shared()
    __table_args__ = (Index("ix_products_application_kind", "application_kind", unique=True),)

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    card_type: Mapped[str] = mapped_column(String(40), default="Card")
    vat_category: Mapped[str] = mapped_column(String(1), default="S")
    eligible_vat_category: Mapped[str] = mapped_column(String(1), default="S")
    """The category when the buyer is an eligible body: examination services are then exempt."""
    vat_reason: Mapped[str] = mapped_column(String(200), default="")
    """Printed on the line when no VAT is charged."""
    application_kind: Mapped[str | None] = mapped_column(String(12))
    """The request type of card applications that order it, where they have no scheme that says."""

    prices: Mapped[list["Price"]] = relationship(back_populates="product")

    def __str__(self) -> str:
        return self.name


class Price(Scoped, Audited, Model):
    """What a product costs from a day on, before VAT, in pence."""

    __tablename__ = "prices"
    __scope__ = Shared()
    __table_args__ = (
        UniqueConstraint("product_id", "valid_from", name="uq_prices_product_from"),
        CheckConstraint("net_pence >= 0", name="ck_prices_not_negative"),
        Index("ix_prices_from", "valid_from", "id"),
    )

    id: Mapped[Key]
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    valid_from: Mapped[date]
    net_pence: Mapped[int]

    product: Mapped[Product] = relationship(back_populates="prices")

    def __str__(self) -> str:
        return f"{self.product.name} {self.valid_from:%d/%m/%Y}"


class Standard(Scoped, Audited, Model):
    """An apprenticeship standard, such as ST0499."""

    __tablename__ = "standards"
    __scope__ = Shared()

    id: Mapped[Key]
    reference: Mapped[str] = mapped_column(String(8), unique=True)
    title: Mapped[str] = mapped_column(String(160))
    level: Mapped[int]

    def __str__(self) -> str:
        return f"{self.title} {self.reference}"


class StandardVersion(Scoped, Audited, Model):
    """What people are registered on: an option of a standard under one assessment plan (C25).

    Each version is a scheme of kind "standard", which has its stages and requirements.
    """

    __tablename__ = "standard_versions"
    __scope__ = Shared()
    __table_args__ = (
        UniqueConstraint(
            "standard_id", "option", "assessment_plan", "version", name="uq_standard_versions"
        ),
        CheckConstraint("minimum_months > 0", name="ck_standard_versions_months"),
    )

    id: Mapped[Key]
    standard_id: Mapped[int] = mapped_column(ForeignKey("standards.id"))
    option: Mapped[str] = mapped_column(String(60), default="")
    """One of several ways through a standard: "Coach Builder"."""
    assessment_plan: Mapped[str] = mapped_column(String(4))
    """As the guide has it: "AP01"."""
    version: Mapped[str] = mapped_column(String(8), default="")
    """As the register has it: "1.3", where it is known."""
    scheme_id: Mapped[int] = mapped_column(ForeignKey("schemes.id"), unique=True)
    starts_from: Mapped[date | None]
    starts_until: Mapped[date | None]
    """The first and the last day on which an apprenticeship under this version may start."""
    minimum_months: Mapped[int] = mapped_column(default=8)
    is_open: Mapped[bool] = mapped_column(default=True)

    standard: Mapped[Standard] = relationship(lazy="joined", innerjoin=True)
    scheme: Mapped[Scheme] = relationship()
    packages: Mapped[list["Package"]] = relationship(
        back_populates="standard_version", order_by="Package.code"
    )

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """As the guide prints it: "Autocare Technician ST0499 AP01"."""
        said = (self.standard.title, self.option, self.standard.reference, self.assessment_plan)
        return " ".join(each for each in said if each)


class Package(Scoped, Audited, Model):
    """What a registration on a standard version orders: its contents and, by product, price."""

    __tablename__ = "packages"
    __scope__ = Shared()
    __table_args__ = (Index("ix_packages_standard_version", "standard_version_id", "code"),)

    id: Mapped[Key]
    standard_version_id: Mapped[int] = mapped_column(ForeignKey("standard_versions.id"))
    code: Mapped[str] = mapped_column(String(12), unique=True)
    description: Mapped[str] = mapped_column(String(120))
    contents: Mapped[str] = mapped_column(String(1000), default="")
    """What is included, line by line (C20)."""
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    is_open: Mapped[bool] = mapped_column(default=True)

    standard_version: Mapped[StandardVersion] = relationship(back_populates="packages")
    product: Mapped[Product] = relationship()

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Code and description: "ACAP01D Autocare EPA ONLY"."""
        return f"{self.code} {self.description}"


class CentreApproval(Scoped, Audited, Model):
    """A centre may register people on a standard version (C17); only staff say so."""

    __tablename__ = "centre_approvals"
    __scope__ = Owned("organisation_id", staff_write=True)
    __table_args__ = (
        UniqueConstraint(
            "organisation_id", "standard_version_id", name="uq_centre_approvals_organisation"
        ),
    )

    id: Mapped[Key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    standard_version_id: Mapped[int] = mapped_column(ForeignKey("standard_versions.id"))
    approved_from: Mapped[date]
    approved_until: Mapped[date | None]

    standard_version: Mapped[StandardVersion] = relationship()
    organisation: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return f"{self.organisation.name}, {self.standard_version.name}"


class Occupation(Scoped, Audited, Model):
    """What somebody works as, as the card shows it; ``code`` is what spreadsheets carry (A87)."""

    __tablename__ = "occupations"
    __scope__ = Shared()

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(10), unique=True)
    name: Mapped[str] = mapped_column(String(120))

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class VatRate(Scoped, Audited, Model):
    """The rate of a VAT category from a day on, in basis points (2000 is 20 %)."""

    __tablename__ = "vat_rates"
    __scope__ = Shared()
    __table_args__ = (UniqueConstraint("category", "valid_from", name="uq_vat_rates"),)

    id: Mapped[Key]
    category: Mapped[str] = mapped_column(String(1))
    valid_from: Mapped[date]
    basis_points: Mapped[int]
