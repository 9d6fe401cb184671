"""The person making this request: user, active organisation, permissions and reach."""

from dataclasses import dataclass

from flask import current_app, g, session
from flask_login import current_user

from app.domain.kernel.permissions import Permission
from app.domain.kernel.viewer import NOBODY, Viewer
from app.domain.organisations.models import Kind, PortalUser
from app.errors import ForbiddenError
from app.extensions import db
from app.security.access import (
    Held,
    Place,
    Remembered,
    RoleContents,
    codes,
    members_of,
    places_of,
)

ACTIVE = "organisation_id"
"""Key of the cookie session: a wish, honoured while the membership exists."""


@dataclass(frozen=True)
class Standing:
    """Where a user stands in this request."""

    user: PortalUser
    places: list[Place]
    active: Place | None
    held: Held
    viewer: Viewer
    remembered: Remembered

    def may(self, permission: Permission) -> bool:
        """Tell whether the user holds ``permission`` in the active organisation."""
        return (permission.fab_name, permission.resource) in self.held


def _remembered(stamp: int) -> Remembered:
    """Return what this process remembers of roles and organisations at ``stamp``."""
    contents: RoleContents = current_app.extensions["role_contents"]
    return contents.at(stamp)


def signed_in_user() -> PortalUser | None:
    """Return the person signed in, or None."""
    user = current_user._get_current_object()
    return user if isinstance(user, PortalUser) else None


def standing() -> Standing | None:
    """Return where the signed-in user stands, worked out once per request; None signed out."""
    if "standing" not in g:
        user = signed_in_user()
        g.standing = None if user is None else _standing_of(user)
    found: Standing | None = g.standing
    return found


def _standing_of(user: PortalUser) -> Standing:
    places, stamp = places_of(db.session(), user.id)
    wanted = session.get(ACTIVE)
    active = next((p for p in places if p.organisation_id == wanted), None)
    active = active or (places[0] if places else None)
    held: Held = frozenset()
    reach: frozenset[int] = frozenset()
    remembered = _remembered(stamp)
    if active is not None:
        held = remembered.of_roles(db.session(), active.role_ids) | active.single
        reach = remembered.reach(db.session(), active.organisation_id)
    return Standing(user, places, active, held, _viewer(user, active, held, reach), remembered)


def _viewer(user: PortalUser, active: Place | None, held: Held, reach: frozenset[int]) -> Viewer:
    return Viewer(
        "user",
        user_id=user.id,
        user_name=user.full_name,
        organisation_id=active.organisation_id if active else None,
        reach=reach,
        everything=active is not None and active.kind is Kind.AWARDING_BODY,
        email=user.email.casefold() if _is_contact(user, active) else None,
        permissions=codes(held),
    )


def _is_contact(user: PortalUser, active: Place | None) -> bool:
    """Tell whether rows that name the user's address are theirs to see (B2, B6).

    They are while the user works for an employer. To any other organisation's lists of its own
    rows, whoever types that address would add theirs.
    """
    at_employer = active is not None and active.kind is Kind.EMPLOYER
    return at_employer and user.email_confirmed_at is not None


def viewer() -> Viewer:
    """Return the viewer of this request; nobody when signed out."""
    found = standing()
    return found.viewer if found else NOBODY


def active_organisation_id() -> int:
    """Return the id of the active organisation; raise ForbiddenError without one."""
    found = viewer().organisation_id
    if found is None:
        raise ForbiddenError(
            "Your account does not belong to an organisation yet. Ask your administrator."
        )
    return found


def may(permission: Permission) -> bool:
    """Tell whether whoever makes this request holds ``permission``."""
    found = standing()
    return found is not None and found.may(permission)


def holders() -> list[tuple[PortalUser, Held]]:
    """Return the users of the active organisation, by name, with what each holds there."""
    members = members_of(db.session(), active_organisation_id())
    found = standing()
    assert found is not None
    return [
        (user, found.remembered.of_roles(db.session(), place.role_ids) | place.single)
        for user, place in members
    ]
