"""What saving any row of the catalogue by a form has in common."""

from collections.abc import Mapping
from typing import Any, TypeVar

from flask_appbuilder import Model
from sqlalchemy import select

from app.domain.kernel.words import N_
from app.errors import FieldErrors
from app.extensions import db

Row = TypeVar("Row", bound=Model)
CHOOSE = N_("Choose one from the list.")


def chosen(model: type[Row], row_id: int, field: str, words: str = CHOOSE) -> Row:
    """Return the row that a field names; raise FieldErrors where there is none."""
    found = db.session.get(model, row_id)
    if found is None:
        raise FieldErrors({field: words})
    return found


def refuse_twin(
    model: type[Row], mine: Row | None, named: Mapping[str, Any], field: str, words: str
) -> None:
    """Raise FieldErrors for ``field`` where another row than ``mine`` has the values ``named``."""
    found = db.session.scalar(select(model).filter_by(**named))
    if found is not None and found is not mine:
        raise FieldErrors({field: words})


def keep(row: Row, values: Mapping[str, Any] | None = None) -> Row:
    """Save a row, new or changed, with these values set on it."""
    for name, value in (values or {}).items():
        setattr(row, name, value)
    db.session.add(row)
    db.session.flush()
    return row
