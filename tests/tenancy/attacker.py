"""Somebody who sends what no page offers, and sees whether anything gave way."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import event
from sqlalchemy.engine import Engine
from werkzeug.test import TestResponse

from app.domain.kernel.permissions import Permission
from tests.support.people import somebody
from tests.support.sessions import quick_sign_in
from tests.support.watch import WRITES

OWN, FOREIGN = "Calder Vale Training Ltd", "Northmoor Skills Ltd"
NEVER_USED = 2_000_000_000
"""The id of no row."""
_FLEETING = (
    (re.compile(r'(name="(?:csrf_token|once)"[^>]*?value=")[^"]*'), r"\1"),
    (re.compile(r'(name="csrf-token" content=")[^"]*'), r"\1"),
    (re.compile(r'nonce="[^"]*"'), ""),
    (re.compile(r"\b[0-9a-f]{12}\b"), "a request"),
)


class Attacker(FlaskClient):
    """A client that brings a valid CSRF token along, and does not look at the page it gets."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request; keep what the watch of the tests found, for whoever asks."""
        response = super().open(*args, **kwargs)
        self.application.extensions["watch"].take()
        return response

    def token(self) -> str:
        """Return a CSRF token that fits this client's session."""
        with self.session_transaction() as kept:
            kept["csrf_token"] = "known"
        signer = URLSafeTimedSerializer(self.application.secret_key, salt="wtf-csrf-token")
        return str(signer.dumps("known"))

    def send(self, path: str, method: str, data: Any = None, **kwargs: Any) -> TestResponse:
        """Send a request; one that may change something carries the token."""
        if method == "GET":
            return self.get(path, **kwargs)
        return self.open(path, method=method, data={"csrf_token": self.token(), **(data or {})},
                         **kwargs)  # fmt: skip


def attacker(portal: Flask, email: str | None) -> Attacker:
    """Return an attacker signed in as ``email``, or not signed in."""
    client = Attacker(portal, portal.response_class)
    return client if email is None else quick_sign_in(portal, client, email)  # type: ignore[return-value, arg-type]  # it fills any client's session


def almighty(portal: Flask, besides: Permission | None = None, place: str = OWN) -> Attacker:
    """Return somebody of one provider who holds every permission there is, ``besides`` one."""
    held = [permission for permission in Permission if permission is not besides]
    name = besides.code.casefold() if besides else "none"
    return attacker(portal, somebody(portal, f"without-{name}@demo.example", held, place))


def lasting(response: TestResponse) -> tuple[int, str, str]:
    """Return what an answer says, without what differs from one request to the next."""
    text = response.get_data(as_text=True)
    for pattern, instead in _FLEETING:
        text = pattern.sub(instead, text)
    return response.status_code, response.headers.get("Location", ""), text


@contextmanager
def written_tables() -> Iterator[set[str]]:
    """Collect the tables that committed work of the block wrote to."""
    found: set[str] = set()
    table = re.compile(r"(?:INSERT (?:OR \w+ )?INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.I)
    pending: dict[int, set[str]] = {}

    def saw(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        named = table.search(statement) if WRITES.match(statement) else None
        if named:
            pending.setdefault(id(connection), set()).add(named[1].lower())

    def committed(connection: Any) -> None:
        found.update(pending.pop(id(connection), ()))

    def undone(connection: Any) -> None:
        pending.pop(id(connection), None)

    listeners = {"before_cursor_execute": saw, "commit": committed, "rollback": undone}
    for name, listener in listeners.items():
        event.listen(Engine, name, listener)
    try:
        yield found
    finally:
        for name, listener in listeners.items():
            event.remove(Engine, name, listener)
