"""Viewers of the test world's accounts, as a request would have them."""

from flask import Flask
from sqlalchemy import select

from app.domain.kernel.scope import SECURITY_READS
from app.domain.kernel.viewer import SYSTEM, Viewer, seen_by
from app.domain.organisations.models import PortalUser
from app.extensions import db
from app.security import current


def viewer_of(portal: Flask, email: str) -> Viewer:
    """Return the viewer that somebody of the test world is when they make a request."""
    with portal.test_request_context(), seen_by(SYSTEM):
        statement = select(PortalUser).where(PortalUser.email == email)
        user = db.session.scalars(statement.execution_options(**{SECURITY_READS: True})).one()
        return current._standing_of(user).viewer
