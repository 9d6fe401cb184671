"""What every database holds before anybody signs in: permissions, roles, counters."""

from typing import Any

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from app.domain.kernel.numbering import start_counter
from app.domain.kernel.permissions import Permission
from app.domain.organisations.models import AccessStamp
from app.extensions import db
from app.security.access import move_stamp
from app.security.roles import ROLES

COUNTERS = {
    "registration": 34000,
    "registration_batch": 7400,
    "card_application": 2324000,
    "card_batch": 433300,
    "assessment_booking": 71000,
    "award": 51000,
    "print_job": 8100,
    "document_report": 300,
    "order": 41000,
    "invoice": 0,
    "organisation": 102000,
    "person": 20000800,
}
"""The last number before the first one given out."""


def lay(appbuilder: Any) -> None:
    """Register all permissions with FAB and make the built-in roles; safe to repeat."""
    security = appbuilder.sm
    appbuilder.add_permissions(update_perms=True)
    if db.session.scalar(select(AccessStamp)) is None:
        db.session.add(AccessStamp(id=1, value=1))
        db.session.flush()
    for name, held in ROLES.items():
        _set_role(security, name, held)
    for counter, last in COUNTERS.items():
        start_counter(db.session(), counter, last)
    move_stamp(db.session())


def _set_role(security: Any, name: str, held: frozenset[Permission]) -> None:
    role = security.find_role(name)
    if role is None:
        role = Role(name=name)
        db.session.add(role)
    pairs = [
        security.find_permission_view_menu(permission.fab_name, permission.resource)
        for permission in sorted(held, key=lambda p: p.code)
    ]
    assert all(pairs), f"the role {name} names a permission that is not registered"
    role.permissions = pairs
    db.session.flush()
