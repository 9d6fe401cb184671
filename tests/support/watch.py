"""Watches what a portal's requests do to the database."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, current_app, has_app_context, has_request_context, request
from sqlalchemy import Connection, Engine, event

from app.extensions import db

WRITES = re.compile(r"\s*(?:WITH\b.*?\)\s*)?(INSERT|UPDATE|DELETE|REPLACE|COPY)\b", re.I | re.S)
HOUSEKEEPING = re.compile(r"\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|PRAGMA|SET|SHOW)\b", re.I)

GET_MAY_SAVE: dict[str, str] = {
    "DocumentViewerView.download": "the history of a document says who took it",
    "DocumentViewerView.credential": "the history of a certificate says who took it",
    "DownloadsView.fetch": "Downloads says whether the last download was successful (D43)",
}
"""Endpoints whose GET writes on purpose, with the reason."""


class Watch:
    """Collects what went wrong in the requests of one portal, until somebody asks."""

    def __init__(self, portal: Flask) -> None:
        self.portal = portal
        self.faults: list[str] = []
        event.listen(Engine, "before_cursor_execute", self._saw_statement)
        event.listen(Engine, "commit", self._saw_commit)
        event.listen(Engine, "rollback", self._saw_rollback)
        # Last registered, first called: the session of the request is still there.
        portal.teardown_request(self._at_the_end)

    def take(self) -> list[str]:
        """Return the faults so far, and forget them."""
        found, self.faults = self.faults, []
        return found

    def _saw_statement(self, connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if WRITES.match(statement):
            connection.info["wrote"] = statement

    def _saw_commit(self, connection: Connection) -> None:
        if has_app_context() and current_app != self.portal:
            return  # the portal of the other backend, with a watch of its own
        wrote = connection.info.pop("wrote", None)
        if not wrote or not has_request_context() or request.method not in ("GET", "HEAD"):
            return
        if request.endpoint not in GET_MAY_SAVE:
            self.faults.append(f"GET {request.path} saved: {wrote[:200]}")

    def _saw_rollback(self, connection: Connection) -> None:
        connection.info.pop("wrote", None)

    def _at_the_end(self, _error: BaseException | None) -> None:
        if not db.session.registry.has():
            return
        session = db.session()
        pending = [*session.new, *session.deleted]
        pending += [row for row in session.dirty if session.is_modified(row)]
        wrote = session.in_transaction() and session.connection().info.get("wrote")
        if pending or wrote:
            what = wrote or ", ".join(type(row).__name__ for row in pending)
            self.faults.append(
                f"{request.method} {request.path} left changes unsaved, "
                f"outside `with transaction()`: {str(what)[:200]}"
            )


class Statements(list[str]):
    """The SQL statements of one block, in order."""

    def __str__(self) -> str:
        return f"{len(self)} statements:\n" + "\n".join(f"- {sql}" for sql in self)


@contextmanager
def count_statements() -> Iterator[Statements]:
    """Collect the SQL statements that the block sends, without transaction control."""
    seen = Statements()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not HOUSEKEEPING.match(statement):
            seen.append(" ".join(statement.split()))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)
