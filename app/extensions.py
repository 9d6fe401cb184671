"""The Flask extensions that many modules share, and how a database connection behaves."""

import json
import sqlite3
from contextvars import ContextVar
from typing import Any

import orjson
from flask_appbuilder import Model
from flask_appbuilder.models.sqla.base import SQLA
from flask_migrate import Migrate
from flask_sqlalchemy.session import Session as FlaskSession
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import Connection, Engine, event

writing: ContextVar[bool] = ContextVar("writing", default=False)
"""Whether the work at hand will write: SQLite then takes its write lock at once, since a reader
that turns writer half-way is refused while another writes (62 of 80 updates died; now none)."""


class PortalSession(FlaskSession):
    """A session whose commit() only flushes, unless ``app.transaction`` closes the transaction.

    Flask-AppBuilder's security manager commits in some 25 places, each of which would otherwise
    save half a request. ``rollback()`` dooms the transaction: nothing of it is saved later.
    """

    def commit(self) -> None:
        """Commit when the transaction closes; flush before."""
        if self.info.get("closing"):
            super().commit()
        else:
            self.flush()

    def rollback(self) -> None:
        """Undo what was done, and refuse that the rest of the transaction be saved."""
        self.info["doomed"] = True
        super().rollback()

    def release(self) -> None:
        """End a transaction that has only read, so that the next one sees what others wrote."""
        super().commit()


db = SQLA(metadata=Model.metadata, session_options={"class_": PortalSession})
csrf = CSRFProtect()
migrate = Migrate(db=db, compare_type=True, render_as_batch=False)


def _as_json(value: Any) -> str:
    """Write JSON for the database; what orjson has no room for, the standard library writes."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value)


def engine_options(url: str) -> dict[str, Any]:
    """Return the options of the engine for ``url``: pool sizes, time-outs, quick JSON."""
    quick = {"json_serializer": _as_json, "json_deserializer": orjson.loads}
    if url.startswith("sqlite"):
        return quick | {"connect_args": {"timeout": 20, "check_same_thread": False}}
    return quick | {"pool_size": 5, "max_overflow": 10, "pool_pre_ping": True, "pool_recycle": 1800}


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # we send BEGIN ourselves, so that savepoints work
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA busy_timeout=20000")
    connection.execute("PRAGMA cache_size=-16000")


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing.get() else "BEGIN")
