"""Accounts made for one test."""

from collections.abc import Iterable

from sqlalchemy import select

from app.clock import now
from app.domain.kernel.permissions import Permission
from app.domain.kernel.scope import SECURITY_READS
from app.domain.kernel.viewer import SYSTEM, seen_by
from app.domain.organisations import service
from app.domain.organisations.models import Membership, Organisation, PortalUser
from app.extensions import db
from app.transaction import transaction


def somebody(portal, email: str, permissions: Iterable[Permission], organisation: str) -> str:
    """Make an account that holds exactly ``permissions`` in an organisation; return its address."""
    with portal.app_context(), seen_by(SYSTEM), transaction():
        user = service.add_user(
            email=email, first_name="Test", last_name="Person", password_hash=None,
            confirmed_at=now(),
        )  # fmt: skip
        place = db.session.scalars(
            select(Organisation).where(Organisation.name == organisation)
        ).one()
        service.add_membership(user, place, [], permissions)
    return email


def lose(inside, email: str, permission: Permission) -> None:
    """Take one permission from somebody."""
    with inside(), transaction():
        statement = select(Membership).join(PortalUser).where(PortalUser.email == email)
        member = db.session.scalars(statement.execution_options(**{SECURITY_READS: True})).one()
        lost = (permission.fab_name, permission.resource)
        member.permissions = [
            each
            for each in member.permissions
            if (each.permission.name, each.view_menu.name) != lost
        ]
