"""Generic reads for generated screens: rows of a statement, within the viewer's scope."""

from typing import Any

from sqlalchemy import ColumnElement, Select

from app.domain.kernel import viewer as viewers
from app.domain.kernel.scope import criterion_of
from app.extensions import db


def dialect() -> str:
    """Return the name of the database at hand."""
    return db.engine.dialect.name


def rows(statement: Select[Any]) -> list[Any]:
    """Return the entities that ``statement`` selects, each once."""
    return list(db.session.scalars(statement).unique())


def row(statement: Select[Any]) -> tuple[Any, ...]:
    """Return the one row of values that ``statement`` gives."""
    return tuple(db.session.execute(statement).one())


def value(statement: Select[Any]) -> Any:
    """Return the one value that ``statement`` gives."""
    return db.session.execute(statement).scalar_one()


def scope(model: type[Any]) -> list[ColumnElement[bool]]:
    """Return the criterion of the viewer's rows, for a select inside another."""
    criterion = criterion_of(model, viewers.of(db.session()))
    return [] if criterion is None else [criterion]


def find(model: type[Any], row_id: int) -> Any:
    """Return the row with this id if it exists for the viewer, else None."""
    return db.session.get(model, row_id)
