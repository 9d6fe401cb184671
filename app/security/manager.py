"""Flask-AppBuilder's security manager, deciding by membership in the active organisation."""

import secrets
from datetime import timedelta
from typing import Any

from flask import current_app
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_login import LoginManager
from sqlalchemy import func, select
from werkzeug.security import check_password_hash, generate_password_hash

from app.clock import now
from app.domain.kernel.scope import SECURITY_READS
from app.domain.organisations.models import PortalUser
from app.security import current

FAILURES_ALLOWED = 5
LOCK = timedelta(minutes=15)


class PortalSecurityManager(SecurityManager):
    """Answers FAB's questions; its own screens and its password API are not registered."""

    user_model = PortalUser

    def register_views(self) -> None:
        """Add none of FAB's security screens: ours replace them."""

    def create_login_manager(self, app: Any) -> LoginManager:
        """Point Flask-Login at our sign-in page."""
        manager = super().create_login_manager(app)
        manager.login_view = "SignInView.login"
        return manager

    def create_db(self) -> None:
        """Make nothing at start-up; ``flask portal setup`` does, once."""

    def _has_view_access(self, user: Any, permission_name: str, view_name: str) -> bool:
        found = current.standing()
        if found is None or found.user.id != user.id:
            return False
        return (permission_name, view_name) in found.held

    def get_user_roles(self, user: Any) -> list[Any]:
        """Return no roles: what counts are memberships, and nobody else may ask."""
        return []

    def _get_user_permission_view_menus(
        self, user: Any, permission_name: str, view_menus_name: list[str]
    ) -> set[str]:
        return {v for v in view_menus_name if self._has_view_access(user, permission_name, v)}

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        """Say no without asking the database: nothing of FAB's is public here."""
        return False

    def get_user_by_id(self, pk: int) -> Any:
        """Return the user with this id, whoever looks: it is how anybody comes to be a viewer."""
        return self.session.get(PortalUser, pk, execution_options={SECURITY_READS: True})

    def find_user(self, username: str | None = None, email: str | None = None) -> Any:
        """Return the user of a user name or an e-mail address, whatever the letter case."""
        value = (username or email or "").strip().casefold()
        column = PortalUser.username if username else PortalUser.email
        statement = select(PortalUser).where(func.lower(column) == value)
        statement = statement.execution_options(**{SECURITY_READS: True})
        return self.session.scalars(statement).one_or_none()

    def load_user(self, pk: Any) -> Any:
        """Return the user of a cookie, unless the stamp in it has been replaced since."""
        user_id, _, stamp = str(pk).partition(".")
        if not user_id.isdigit():
            return None
        user = self.get_user_by_id(int(user_id))
        if user is None or not user.is_active or stamp != (user.session_stamp or ""):
            return None
        return user

    def authenticate(self, email: str, password: str) -> PortalUser | None:
        """Return the user whose password this is, unless the account is locked or inactive.

        A wrong password counts; after five the account is locked for a quarter of an hour. The
        same time passes whether or not the account exists. Run it inside a transaction.
        """
        user: PortalUser | None = self.find_user(email=email)
        locked = user is not None and user.locked_until is not None and user.locked_until > now()
        fake: str = current_app.config["AUTH_DB_FAKE_PASSWORD_HASH_CHECK"]
        known = user.password if user is not None and user.password else fake
        matches = check_password_hash(known, password) and user is not None and known != fake
        if user is None or locked or not user.is_active or self._is_for_show(user):
            return None
        if not matches:
            self._count_failure(user)
            return None
        user.fail_login_count, user.locked_until = 0, None
        user.login_count = (user.login_count or 0) + 1
        user.last_login = now().replace(tzinfo=None)
        return user

    @staticmethod
    def _is_for_show(user: PortalUser) -> bool:
        """Tell whether this is a demo account, whose password everybody knows, in production."""
        return bool(user.is_demo) and current_app.config["PORTAL_ENV"] == "production"

    @staticmethod
    def _count_failure(user: PortalUser) -> None:
        user.fail_login_count = (user.fail_login_count or 0) + 1
        if user.fail_login_count >= FAILURES_ALLOWED:
            user.locked_until, user.fail_login_count = now() + LOCK, 0

    def end_sessions(self, user_id: int) -> None:
        """End every session of a user, copied cookies included. Run it inside a transaction."""
        self.get_user_by_id(user_id).session_stamp = secrets.token_hex(12)

    def set_password(self, user: PortalUser, password: str) -> None:
        """Give ``user`` a new password; every session of theirs ends."""
        method = current_app.config.get("FAB_PASSWORD_HASH_METHOD", "scrypt")
        user.password = generate_password_hash(password, method=method)
        user.session_stamp = secrets.token_hex(12)
        user.locked_until, user.fail_login_count = None, 0
