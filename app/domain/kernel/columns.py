"""Column types that both databases store alike."""

from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import JSON, DateTime, Dialect, Integer, String, types
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import mapped_column


class UtcDateTime(types.TypeDecorator[datetime]):
    """A moment: aware in Python, stored in UTC; a naive value is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware moment into what the database keeps."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime says no moment; use app.clock")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the moment back, aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON().with_variant(JSONB(), "postgresql")
"""A JSON value: JSONB on PostgreSQL, text on SQLite."""

SortText = String(200).with_variant(String(200, collation="C"), "postgresql")
"""Text that lists are sorted by: the same byte order on both databases."""

HIGHEST_ID = 2**31 - 1
"""What an id can be at most: a higher one would make the database refuse the whole statement."""

Key = Annotated[int, mapped_column(Integer, primary_key=True)]
Document = Annotated[dict[str, Any], mapped_column(Json)]


def row_id(text: str) -> int:
    """Return the id that ``text`` names; 0, which no row has, where it can name none.

    Raise ValueError for blank text, so that ``form.get(name, type=row_id)`` gives None for it.
    """
    if not text.strip():
        raise ValueError("no id was given")
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(HIGHEST_ID))):
        return 0
    return int(text) if int(text) <= HIGHEST_ID else 0
