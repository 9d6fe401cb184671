"""Inserting many rows: by one statement with all of them in it, where the database can."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import chain
from typing import Any

import orjson
from sqlalchemy import Connection, Table, func, insert, select, text

MANY = 50
"""From so many rows on the one statement is worth it."""
AT_ONCE = 2000
"""Rows of one JSON value."""
ROWS_OF_SQLITE, VALUES_OF_SQLITE = 500, 32_000
"""Rows of one statement, and values, of which SQLite takes 32,766."""

Rows = Sequence[Mapping[str, Any]]
"""Values by column; all rows of a call name the same columns."""


def insert_rows(
    connection: Connection, table: Table, rows: Rows, shared: Mapping[str, Any] | None = None
) -> None:
    """Insert ``rows``, each with the ``shared`` values too; the defaults of the table apply.

    On PostgreSQL many rows travel as one JSON value: the driver would take longer to write
    thousands of parameters down than the server takes for the rows. On SQLite they travel as
    plain values.
    """
    shared = shared or {}
    if len(rows) < MANY:
        if rows:
            connection.execute(insert(table), [{**row, **shared} for row in rows])
        return
    shared = {**_defaults(table, {**rows[0], **shared}), **shared}
    if connection.dialect.name == "postgresql":
        _insert_as_json(connection, table, rows, shared)
    else:
        _insert_plainly(connection, table, rows, shared)


def _insert_as_json(
    connection: Connection, table: Table, rows: Rows, shared: Mapping[str, Any]
) -> None:
    quote = connection.dialect.identifier_preparer.quote
    columns = ", ".join(map(quote, [*rows[0], *shared]))
    statement = text(
        f"INSERT INTO {quote(table.name)} ({columns}) SELECT {columns} "  # noqa: S608  # our own
        f"FROM json_populate_recordset(NULL::{quote(table.name)}, CAST(:rows AS json))"
    )
    for start in range(0, len(rows), AT_ONCE):
        chunk = [{**shared, **row} for row in rows[start : start + AT_ONCE]]
        connection.execute(statement, {"rows": _as_json(chunk)})


def _as_json(rows: list[dict[str, Any]]) -> str:
    try:
        return orjson.dumps(rows, _plain, orjson.OPT_PASSTHROUGH_DATETIME).decode()
    except orjson.JSONEncodeError:  # a number or a sign for which it has no room
        return json.dumps(rows, default=_plain, ensure_ascii=False)


def _insert_plainly(
    connection: Connection, table: Table, rows: Rows, shared: Mapping[str, Any]
) -> None:
    """Hand the driver values that are made column by column, half as dear as row by row.

    Many rows are one statement: SQLite leaves Python alone meanwhile, and is quicker itself.
    """
    dialect = connection.dialect

    def written(name: str, values: list[Any]) -> list[Any]:
        bound = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        if bound is None:
            return values
        if not any(values) and len(set(map(type, values))) == 1:  # all empty alike, as most are
            return [bound(values[0])] * len(values)
        return list(map(bound, values))

    columns = [written(name, [row[name] for row in rows]) for name in rows[0]]
    columns += [written(name, [value]) * len(rows) for name, value in shared.items()]
    quote = dialect.identifier_preparer.quote
    names = ", ".join(map(quote, [*rows[0], *shared]))
    into = f"INSERT INTO {quote(table.name)} ({names}) VALUES "  # noqa: S608  # our own
    marks = f"({', '.join('?' * len(columns))})"
    values = list(zip(*columns, strict=True))
    size = min(ROWS_OF_SQLITE, VALUES_OF_SQLITE // len(columns))
    whole = len(values) - len(values) % size
    for start in range(0, whole, size):
        some = tuple(chain.from_iterable(values[start : start + size]))
        connection.exec_driver_sql(into + ", ".join([marks] * size), some)
    if values[whole:]:
        connection.exec_driver_sql(into + marks, values[whole:])


def insert_for_ids(connection: Connection, table: Table, rows: Rows) -> list[int]:
    """Insert ``rows`` and return their ids, in order."""
    if not rows:
        return []
    if connection.dialect.name == "postgresql" and len(rows) < MANY:
        statement = insert(table).returning(table.c.id, sort_by_parameter_order=True)
        return list(connection.execute(statement, [*rows]).scalars())
    ids = _next_ids(connection, table, len(rows))
    numbered = [{**row, "id": row_id} for row, row_id in zip(rows, ids, strict=True)]
    insert_rows(connection, table, numbered)
    return ids


def _next_ids(connection: Connection, table: Table, count: int) -> list[int]:
    if connection.dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(table.name, "id")
        numbers = func.generate_series(1, count).table_valued("n")
        return list(connection.scalars(select(func.nextval(sequence)).select_from(numbers)))
    # In order, SQLite would give ids back only row by row. Whoever writes holds the whole
    # database, so the next ids are known.
    highest = connection.scalar(select(func.max(table.c.id))) or 0
    return list(range(highest + 1, highest + 1 + count))


def _defaults(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the defaults of the columns that ``row`` does not name."""
    found: dict[str, Any] = {}
    for column in table.columns:
        default: Any = column.default
        if column.name in row or default is None or default.is_sequence:
            continue
        found[column.name] = default.arg(None) if default.is_callable else default.arg
    return found


def _plain(value: Any) -> str:
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError("a naive datetime says no moment; use app.clock")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be inserted among many")
