"""Runs migrations with the portal's own engine; every table is known through app.models."""

from alembic import context
from flask import current_app
from flask_appbuilder import Model
from sqlalchemy import JSON

import app.models
from app.domain.kernel.columns import UtcDateTime

assert app.models.__all__
BY_HAND = ("_trgm", "_fts")
"""Ends of names that migrations make by hand, for one database only."""


def include_object(_thing, name, kind, _reflected, _other):
    """Leave search indexes and their shadow tables out of the comparison."""
    return not (kind in ("index", "table") and any(end in (name or "") for end in BY_HAND))


def render_item(kind, thing, _context):
    """Write our own types as plain ones: a migration must not change when the code does."""
    if kind == "type" and isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(thing, JSON):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def run() -> None:
    """Apply what is asked for in one transaction.

    SQLite changes a column by making its table anew. Foreign keys are not enforced meanwhile,
    since dropping the old table would take the rows that refer to it; they are checked at the end.
    """
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        _enforce(connection, "OFF")
        try:
            with connection.begin():
                _migrate(connection)
                _check(connection)
        finally:
            _enforce(connection, "ON")


def _enforce(connection, switch):
    if connection.dialect.name == "sqlite":
        # Below SQLAlchemy, which would begin a transaction, in which this does nothing.
        connection.connection.driver_connection.execute(f"PRAGMA foreign_keys={switch}")


def _check(connection):
    if connection.dialect.name == "sqlite":
        lost = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        assert not lost, f"rows refer to rows that are not there: {lost[:5]}"


def _migrate(connection):
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        include_object=include_object,
        render_item=render_item,
        compare_type=True,
        transactional_ddl=True,
        render_as_batch=False,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
