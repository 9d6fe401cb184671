"""Changes to organisations, accounts and memberships."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import Permission as FabPermission
from flask_appbuilder.security.sqla.models import PermissionView, Role, ViewMenu
from sqlalchemy import func, select

from app.domain.kernel.identifiers import name_key
from app.domain.kernel.numbering import take_numbers
from app.domain.kernel.permissions import Permission
from app.domain.kernel.scope import SECURITY_READS
from app.domain.organisations.models import (
    Kind,
    Membership,
    Organisation,
    OrganisationAncestry,
    OrganisationDetail,
    PortalUser,
)
from app.domain.organisations.rules import may_stand
from app.errors import ConflictError, FieldErrors
from app.extensions import db


def add_organisation(
    *,
    kind: Kind | str,
    name: str,
    parent: Organisation | None = None,
    number: str | None = None,
    ern: str | None = None,
    detail: dict[str, Any] | None = None,
) -> Organisation:
    """Add an organisation to the tree, with its address and tax facts when ``detail`` has them.

    Raise ConflictError when its kind may not stand there. Without ``number`` it gets the next one.
    """
    session = db.session()
    kind = Kind(kind)
    if not may_stand(kind, Kind(parent.kind) if parent else None):
        raise ConflictError(f"{name} cannot stand there: {kind.level} under {parent or 'nothing'}.")
    if number is None:
        number = str(take_numbers(session, "organisation")[0])
    organisation = Organisation(
        kind=kind, name=name, name_key=name_key(name)[:200], number=number,
        parent_id=parent.id if parent else None, ern=ern,
    )  # fmt: skip
    session.add(organisation)
    session.flush()
    _add_ancestry(organisation)
    if detail is not None:
        session.add(OrganisationDetail(organisation=organisation, **detail))
        session.flush()
    return organisation


def _add_ancestry(organisation: Organisation) -> None:
    session = db.session()
    rows = [(organisation.id, 0)]
    if organisation.parent_id is not None:
        above = select(OrganisationAncestry.ancestor_id, OrganisationAncestry.depth).where(
            OrganisationAncestry.descendant_id == organisation.parent_id
        )
        rows += [(ancestor, depth + 1) for ancestor, depth in session.execute(above)]
    session.add_all(
        OrganisationAncestry(ancestor_id=ancestor, descendant_id=organisation.id, depth=depth)
        for ancestor, depth in rows
    )
    session.flush()


def add_user(
    *,
    email: str,
    first_name: str,
    last_name: str,
    password_hash: str | None,
    is_demo: bool = False,
    confirmed_at: datetime | None = None,
) -> PortalUser:
    """Give somebody an account; raise FieldErrors when the address has one already.

    Without ``password_hash`` nobody can sign in to it until a password is chosen.
    """
    session = db.session()
    taken = select(PortalUser.id).where(func.lower(PortalUser.email) == email.casefold())
    if session.scalar(taken.execution_options(**{SECURITY_READS: True})) is not None:
        raise FieldErrors({"email": f"{email} has an account already."})
    user = PortalUser(
        username=email,
        email=email,
        first_name=first_name,
        last_name=last_name,
        password=password_hash,
        active=True,
        session_stamp=secrets.token_hex(12),
        is_demo=is_demo,
        email_confirmed_at=confirmed_at,
    )
    session.add(user)
    session.flush()
    return user


def add_membership(
    user: PortalUser,
    organisation: Organisation,
    roles: Sequence[str],
    permissions: Iterable[Permission] = (),
) -> Membership:
    """Let ``user`` work for ``organisation`` with these roles and single permissions.

    Raise LookupError for a role or permission that the set-up did not make, and ConflictError
    when the user works there already.
    """
    session = db.session()
    known = select(Membership.id).where(
        Membership.user_id == user.id, Membership.organisation_id == organisation.id
    )
    if session.scalar(known) is not None:
        raise ConflictError(f"{user.email} works for {organisation} already.")
    membership = Membership(user=user, organisation=organisation)
    membership.roles = _roles(roles)
    membership.permissions = [_stored(permission) for permission in permissions]
    session.add(membership)
    session.flush()
    return membership


def _roles(names: Sequence[str]) -> list[Role]:
    found = list(db.session.scalars(select(Role).where(Role.name.in_(names))))
    unknown = set(names) - {role.name for role in found}
    if unknown:
        raise LookupError(f"There is no role {', '.join(sorted(unknown))}.")
    return found


def _stored(permission: Permission) -> PermissionView:
    """Return the row by which Flask-AppBuilder knows ``permission``."""
    statement = (
        select(PermissionView)
        .join(FabPermission, FabPermission.id == PermissionView.permission_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .where(FabPermission.name == permission.fab_name, ViewMenu.name == permission.resource)
    )
    found: PermissionView | None = db.session.scalar(statement)
    if found is None:
        raise LookupError(f"{permission.label} is not registered; run flask portal setup.")
    return found


def change_detail(detail: OrganisationDetail, values: dict[str, Any]) -> OrganisationDetail:
    """Change the address and tax facts of an organisation; blank ones are kept as empty text."""
    for name, value in values.items():
        setattr(detail, name, value or "")
    db.session.flush()
    return detail
