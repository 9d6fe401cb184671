"""One statement on one narrow table, straight through the driver: for pages that strangers load.

A session, its scope and SQLAlchemy's own work take longer than the answer that a verify page gives.
What is read or written here is therefore named in full by the statement, and belongs to a named
viewer alone. Every statement is a transaction of its own.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import lru_cache
from threading import Lock
from typing import Any

from sqlalchemy import Dialect, Engine, event
from sqlalchemy.sql.expression import ClauseElement

from app.extensions import db

_MOST_KEPT = 16
Row = tuple[Any, ...]


class Quick:
    """Connections that one process keeps open for statements of this kind, one for each thread."""

    def __init__(
        self, context: Callable[[], AbstractContextManager[object]], url: Callable[[], str]
    ) -> None:
        """Work on the portal's database, which ``context`` leads to, as long as ``url`` stays."""
        self._context = context
        self._url_now = url
        self._url = ""
        self._engine: Engine | None = None
        self._idle: list[Any] = []
        self._lock = Lock()

    def rows(self, statement: ClauseElement, values: Mapping[str, Any]) -> list[Row]:
        """Return the rows of a statement, as the driver gives them.

        A connection that broke meanwhile is replaced once.
        """
        engine = self._present()
        text, order, fixed = _prepared(statement, engine.dialect)
        given: Any = {**fixed, **values}
        if order is not None:
            given = tuple(given[name] for name in order)
        kept = self._take()
        if kept is not None:
            try:
                return self._ask(kept, text, given)
            except engine.dialect.loaded_dbapi.OperationalError:
                _close(kept)
        return self._ask(_opened(engine), text, given)

    @property
    def dialect(self) -> str:
        """The name of the database's dialect."""
        return self._present().dialect.name

    def _ask(self, connection: Any, text: str, given: Any) -> list[Row]:
        try:
            rows: list[Row] = connection.execute(text, given).fetchall()
        except BaseException:
            _close(connection)
            raise
        with self._lock:
            if len(self._idle) < _MOST_KEPT:
                self._idle.append(connection)
                return rows
        _close(connection)
        return rows

    def _take(self) -> Any:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _present(self) -> Engine:
        """Return the engine of the portal, which its tests change."""
        url = self._url_now()
        if self._engine is None or url != self._url:
            with self._context():
                engine = db.engine
            self._url, self._engine = url, engine
            event.listen(engine, "engine_disposed", lambda _engine: self.close())
        return self._engine

    def close(self) -> None:
        """Close what is idle; the next statement opens anew."""
        with self._lock:
            idle, self._idle = self._idle, []
            self._engine = None
        for each in idle:
            _close(each)


def _opened(engine: Engine) -> Any:
    """Open a connection as the engine's own are, outside its pool; each statement commits."""
    fairy = engine.raw_connection()
    connection = fairy.driver_connection
    fairy.detach()
    if engine.dialect.name == "postgresql":
        assert connection is not None
        connection.autocommit = True
        connection.prepare_threshold = 0  # prepared at its first use, and kept
    return connection


def _close(connection: Any) -> None:
    try:
        connection.close()
    except Exception:  # noqa: S110  # it is broken, and nobody needs it any more
        pass


@lru_cache(maxsize=64)
def _prepared(
    statement: ClauseElement, dialect: Dialect
) -> tuple[str, tuple[str, ...] | None, Mapping[str, Any]]:
    """Return the text of a statement for a driver, the order of its values, and those it has."""
    compiled = statement.compile(dialect=dialect)
    order = compiled.positiontup  # type: ignore[attr-defined]  # of every compiled statement
    return str(compiled), None if order is None else tuple(order), dict(compiled.params)
