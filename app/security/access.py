"""What a user may do and see: memberships and role contents, remembered per process."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_appbuilder.security.sqla.models import (
    Permission as FabPermission,
)
from flask_appbuilder.security.sqla.models import (
    PermissionView,
    Role,
    ViewMenu,
    assoc_permissionview_role,
)
from sqlalchemy import Executable, bindparam, event, null, select, union_all, update
from sqlalchemy.orm import Session, UOWTransaction, joinedload, selectinload

from app.domain.kernel.permissions import Permission
from app.domain.kernel.scope import SECURITY_READS
from app.domain.kernel.viewer import Viewer
from app.domain.organisations.models import (
    AccessStamp,
    Kind,
    Membership,
    Organisation,
    OrganisationAncestry,
    PortalUser,
    membership_permissions,
    membership_roles,
)
from app.extensions import db

Held = frozenset[tuple[str, str]]
"""Pairs of Flask-AppBuilder: permission name and view name."""


@dataclass(frozen=True)
class Place:
    """An organisation in which the user has a membership."""

    membership_id: int
    organisation_id: int
    name: str
    kind: Kind
    role_ids: tuple[int, ...]
    single: Held


class Remembered:
    """Contents of roles and the reach of organisations, as they are at one stamp."""

    def __init__(self) -> None:
        self._held: dict[int, Held] = {}
        self._reach: dict[int, frozenset[int]] = {}

    def of_roles(self, session: Session, role_ids: tuple[int, ...]) -> Held:
        """Return what the roles hold together."""
        wanted = [role_id for role_id in role_ids if role_id not in self._held]
        if wanted:
            self._held.update(_contents(session, wanted))
        return frozenset().union(*(self._held[role_id] for role_id in role_ids))

    def reach(self, session: Session, organisation_id: int) -> frozenset[int]:
        """Return the organisation and all below it."""
        if organisation_id not in self._reach:
            below = select(OrganisationAncestry.descendant_id).where(
                OrganisationAncestry.ancestor_id == organisation_id
            )
            ids = session.connection().execute(below).scalars()
            self._reach[organisation_id] = frozenset(ids) | {organisation_id}
        return self._reach[organisation_id]


class RoleContents:
    """What this process remembers, dropped when the stamp moves on.

    A request keeps what belongs to its own stamp: a thread that reads a later one takes nothing
    from under it, and learns nothing old from it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stamp = -1
        self._remembered = Remembered()

    def at(self, stamp: int) -> Remembered:
        """Return what is remembered at ``stamp``: nothing yet, when another process moved it."""
        with self._lock:
            if stamp != self._stamp:
                self._stamp, self._remembered = stamp, Remembered()
            return self._remembered


def _contents(session: Session, role_ids: list[int]) -> dict[int, Held]:
    found: dict[int, set[tuple[str, str]]] = {role_id: set() for role_id in role_ids}
    of_role = assoc_permissionview_role.c
    statement = (
        select(of_role.role_id, FabPermission.name, ViewMenu.name)
        .join(PermissionView, PermissionView.id == of_role.permission_view_id)
        .join(FabPermission, FabPermission.id == PermissionView.permission_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .where(of_role.role_id.in_(role_ids))
    )
    for role_id, permission, view in session.connection().execute(statement):
        found[role_id].add((permission, view))
    return {role_id: frozenset(pairs) for role_id, pairs in found.items()}


def _places() -> Executable:
    """Return the memberships of ``:user_id``, by role and by single permission, with the stamp."""
    mine = Membership.user_id == bindparam("user_id")
    columns = (Membership.id, Organisation.id, Organisation.name, Organisation.kind)
    of_org = Organisation.id == Membership.organisation_id
    stamp = select(AccessStamp.value).limit(1).scalar_subquery()
    by_role = (
        select(*columns, membership_roles.c.role_id, null(), null(), stamp)
        .join(Organisation, of_org)
        .outerjoin(membership_roles, membership_roles.c.membership_id == Membership.id)
        .where(mine)
    )
    by_single = (
        select(*columns, null(), FabPermission.name, ViewMenu.name, stamp)
        .join(Organisation, of_org)
        .join(membership_permissions, membership_permissions.c.membership_id == Membership.id)
        .join(PermissionView, PermissionView.id == membership_permissions.c.permission_view_id)
        .join(FabPermission, FabPermission.id == PermissionView.permission_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .where(mine)
    )
    return union_all(by_role, by_single)


_PLACES = _places()
"""Built once: every request asks it, and building it took a tenth of a list page."""


def places_of(session: Session, user_id: int) -> tuple[list[Place], int]:
    """Return the user's memberships, by name, and the present stamp: one statement.

    It runs below the scope: which rows exist for the viewer follows from its answer.
    """
    rows = session.connection().execute(_PLACES, {"user_id": user_id}).all()
    return _gathered(rows), (rows[0][7] or 0) if rows else 0


def viewer_for(user: PortalUser, organisation_id: int) -> Viewer:
    """Return the viewer that ``user`` is when working for an organisation.

    Raise LookupError when the user does not work there any more.
    """
    session, remembered = db.session(), Remembered()
    places, _stamp = places_of(session, user.id)
    place = next((each for each in places if each.organisation_id == organisation_id), None)
    if place is None or not user.active:
        raise LookupError(f"{user.email} does not work for organisation {organisation_id}")
    held = remembered.of_roles(session, place.role_ids) | place.single
    return Viewer(
        "user",
        user_id=user.id,
        user_name=user.full_name,
        organisation_id=organisation_id,
        reach=remembered.reach(session, organisation_id),
        everything=place.kind is Kind.AWARDING_BODY,
        permissions=codes(held),
    )


def members_of(session: Session, organisation_id: int) -> list[tuple[PortalUser, Place]]:
    """Return the active users with a membership in the organisation, by name."""
    statement = (
        select(Membership)
        .join(PortalUser, PortalUser.id == Membership.user_id)
        .where(Membership.organisation_id == organisation_id, PortalUser.active.is_(True))
        .options(
            joinedload(Membership.user),
            joinedload(Membership.organisation),
            selectinload(Membership.roles),
            selectinload(Membership.permissions),
        )
        .order_by(PortalUser.last_name, PortalUser.first_name, PortalUser.id)
        .execution_options(**{SECURITY_READS: True})
    )
    return [(member.user, _place(member)) for member in session.scalars(statement)]


def _place(member: Membership) -> Place:
    single = frozenset((each.permission.name, each.view_menu.name) for each in member.permissions)
    return Place(
        member.id,
        member.organisation_id,
        member.organisation.name,
        Kind(member.organisation.kind),
        tuple(sorted(role.id for role in member.roles)),
        single,
    )


def _gathered(rows: Iterable[Any]) -> list[Place]:
    heads: dict[int, tuple[int, str, str]] = {}
    roles: dict[int, list[int]] = {}
    singles: dict[int, set[tuple[str, str]]] = {}
    for member, organisation, name, kind, role, permission, view, _stamp in rows:
        heads[member] = (organisation, name, kind)
        if role is not None:
            roles.setdefault(member, []).append(role)
        if permission is not None:
            singles.setdefault(member, set()).add((permission, view))
    places = [
        Place(member, organisation, name, Kind(kind), tuple(sorted(roles.get(member, []))),
              frozenset(singles.get(member, ())))
        for member, (organisation, name, kind) in heads.items()
    ]  # fmt: skip
    return sorted(places, key=lambda place: place.name.casefold())


def codes(held: Held) -> frozenset[str]:
    """Return the portal's own permissions among what Flask-AppBuilder calls them."""
    return frozenset(p.code for p in Permission if (p.fab_name, p.resource) in held)


@event.listens_for(Session, "after_flush")
def _move_stamp(session: Session, _context: UOWTransaction) -> None:
    """Tell every process that roles, their contents or the tree of organisations changed."""
    watched = (Role, PermissionView, Organisation)
    touched = any(isinstance(row, watched) for row in [*session.new, *session.deleted])
    touched = touched or any(
        isinstance(row, watched) and session.is_modified(row) for row in session.dirty
    )
    if touched:
        move_stamp(session)


def move_stamp(session: Session) -> None:
    """Raise the stamp; the change is seen by all when the transaction commits."""
    table = AccessStamp.__table__
    session.connection().execute(update(table).values(value=table.c.value + 1))
