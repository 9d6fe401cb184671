"""Generic reads for generated screens: rows of a statement, within the viewer's scope."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, any_, bindparam
from sqlalchemy.dialects.postgresql import ARRAY

from app.domain.kernel import viewer as viewers
from app.domain.kernel.scope import criterion_of
from app.extensions import db


def dialect() -> str:
    """Return the name of the database at hand."""
    return db.engine.dialect.name


def among(column: Any, values: Collection[Any]) -> ColumnElement[bool]:
    """Return what holds where a column has one of many values.

    On PostgreSQL they travel as one array: the driver takes long to write thousands down.
    """
    if dialect() != "postgresql":
        found: ColumnElement[bool] = column.in_(list(values))
        return found
    wanted = bindparam(None, list(values), type_=ARRAY(column.type), unique=True)
    return column == any_(wanted)  # type: ignore[no-any-return]  # of any column


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
