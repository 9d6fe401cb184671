"""Signing in to a test client."""

from flask import Flask, session
from flask_login import login_user
from sqlalchemy import select

from app.domain.kernel.viewer import SYSTEM, seen_by
from app.extensions import db
from tests.support.pages import CheckedClient

PASSWORD = "hallmark-demo"


def quick_sign_in(portal: Flask, client: CheckedClient, email: str) -> CheckedClient:
    """Give ``client`` the session that the sign-in page gives, without hashing a password."""
    with client.session_transaction() as kept:
        with portal.test_request_context(), seen_by(SYSTEM):
            model = portal.appbuilder.sm.user_model  # type: ignore[attr-defined]  # set by FAB
            user = db.session.execute(select(model).where(model.email == email)).scalar_one()
            login_user(user)
            given = dict(session)
        kept.update(given)
    return client


def real_sign_in(client: CheckedClient, email: str, password: str = PASSWORD) -> CheckedClient:
    """Sign in through the page, as a person does."""
    answer = client.post(
        "/login/",
        data={"username": email, "password": password, "csrf_token": client.csrf_token("/login/")},
    )
    assert answer.status_code == 302, answer.text
    return client
