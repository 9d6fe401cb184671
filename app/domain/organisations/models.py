"""Tables: organisations as a tree, users and their memberships."""

from datetime import datetime

from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import PermissionView, Role, User
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.kernel.audit import Audited
from app.domain.kernel.columns import Key, SortText, UtcDateTime
from app.domain.kernel.scope import Directory, Owned, Scoped, StaffOnly, System
from app.domain.organisations.rules import Kind as Kind


class Organisation(Scoped, Audited, Model):
    """One node of the tree: name and number, which everybody signed in may read."""

    __tablename__ = "organisations"
    __scope__ = Directory(creatable=True)
    __table_args__ = (
        Index("ix_organisations_kind_name_key", "kind", "name_key", "id"),
        Index("ix_organisations_ern", "ern", unique=True),
    )

    id: Mapped[Key]
    kind: Mapped[Kind] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(160))
    name_key: Mapped[str] = mapped_column(SortText)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    ern: Mapped[str | None] = mapped_column(String(9))
    """The employer reference number (EDRS) of a known employer."""

    parent: Mapped["Organisation | None"] = relationship(remote_side="Organisation.id")
    detail: Mapped["OrganisationDetail | None"] = relationship(
        back_populates="organisation", uselist=False
    )

    def __str__(self) -> str:
        return self.name

    @property
    def level(self) -> str:
        """ "Company - Calder Vale Training Ltd", as orders and the toggle show it."""
        return f"{Kind(self.kind).level} - {self.name}"


class OrganisationAncestry(Scoped, Model):
    """The closure of the tree: each organisation with each above it, itself included."""

    __tablename__ = "organisation_ancestry"
    __scope__ = Directory(creatable=True)

    ancestor_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    descendant_id: Mapped[int] = mapped_column(
        ForeignKey("organisations.id"), primary_key=True, index=True
    )
    depth: Mapped[int]


class OrganisationDetail(Scoped, Audited, Model):
    """What only the organisation itself and the awarding body may read: address, tax facts."""

    __tablename__ = "organisation_details"
    __scope__ = Owned("organisation_id")

    id: Mapped[Key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), unique=True)
    address: Mapped[str] = mapped_column(String(400), default="")
    """Lines of the postal address, separated by line feeds."""
    postcode: Mapped[str] = mapped_column(String(8), default="")
    email: Mapped[str] = mapped_column(String(320), default="")
    phone: Mapped[str] = mapped_column(String(20), default="")
    vat_number: Mapped[str] = mapped_column(String(14), default="")
    is_eligible_body: Mapped[bool] = mapped_column(default=False)
    """Whether examination services to it are exempt from VAT (VATA 1994 Sch 9 Grp 6)."""
    administering_body_id: Mapped[int | None] = mapped_column(
        ForeignKey("administering_bodies.id", name="fk_organisation_details_administering_body")
    )
    """Who administers schemes where the organisation is (A2); None: the first body."""
    version: Mapped[int] = mapped_column(default=1)

    organisation: Mapped[Organisation] = relationship(back_populates="detail")

    def __str__(self) -> str:
        return self.organisation.name

    __mapper_args__ = {"version_id_col": version}  # SQLAlchemy's own name


class PortalUser(User):
    """Somebody who signs in: Flask-AppBuilder's user, with what a portal needs besides."""

    __tablename__ = "ab_user"
    __scope__ = Directory()

    session_stamp: Mapped[str | None] = mapped_column(String(24))
    """Part of the session cookie: a new one ends all sessions of the user."""
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_demo: Mapped[bool | None] = mapped_column(default=False)
    email_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def get_id(self) -> str:
        """Return what the cookie holds; it stops being true when the stamp changes."""
        return f"{self.id}.{self.session_stamp or ''}"

    @property
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def initials(self) -> str:
        """The letters of the avatar."""
        return (self.first_name[:1] + self.last_name[:1]).upper()


membership_roles = Table(
    "membership_roles",
    Model.metadata,
    Column("membership_id", ForeignKey("memberships.id", ondelete="CASCADE"), primary_key=True),
    Column("role_id", ForeignKey("ab_role.id", ondelete="CASCADE"), primary_key=True),
)
membership_permissions = Table(
    "membership_permissions",
    Model.metadata,
    Column("membership_id", ForeignKey("memberships.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "permission_view_id",
        ForeignKey("ab_permission_view.id", ondelete="CASCADE"),
        primary_key=True,
    ),
)


class Membership(Scoped, Audited, Model):
    """A user works for an organisation, with roles and single permissions there."""

    __tablename__ = "memberships"
    __scope__ = StaffOnly()
    __table_args__ = (
        UniqueConstraint("user_id", "organisation_id", name="uq_memberships_user_organisation"),
        CheckConstraint("user_id is not null", name="ck_memberships_user"),
    )

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)

    user: Mapped[PortalUser] = relationship()
    organisation: Mapped[Organisation] = relationship()
    roles: Mapped[list[Role]] = relationship(secondary=membership_roles)
    permissions: Mapped[list[PermissionView]] = relationship(secondary=membership_permissions)

    @property
    def audit_owner(self) -> int | None:
        """The organisation in which the membership holds."""
        return self.organisation_id


class AccessStamp(Scoped, Model):
    """Raised whenever roles or their contents change: every process drops what it remembered."""

    __tablename__ = "access_stamp"
    __scope__ = System()

    id: Mapped[Key]
    value: Mapped[int] = mapped_column(default=0)
