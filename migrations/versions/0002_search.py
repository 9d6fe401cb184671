"""Search by part of a name: trigrams, by FTS5 on SQLite and pg_trgm on PostgreSQL."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SEARCHED = {
    "registrations": "search_text",
    "people": "name_key",
    "organisations": "name_key",
    "letters": "search_text",
}
"""Each table with the column that its search box looks in."""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        for table, column in SEARCHED.items():
            op.execute(
                f"CREATE INDEX ix_{table}_trgm ON {table} USING gin ({column} gin_trgm_ops)"
            )
        return
    for table, column in SEARCHED.items():
        _make_fts(table, column)


def _make_fts(table: str, column: str) -> None:
    """Make an external-content index and the triggers that keep it true."""
    fts = f"{table}_fts"
    op.execute(
        f"CREATE VIRTUAL TABLE {fts} USING fts5({column}, content='{table}', "
        f"content_rowid='id', tokenize='trigram', detail='none', columnsize=0)"
    )
    add = f"INSERT INTO {fts}(rowid, {column}) VALUES (new.id, new.{column});"
    drop = f"INSERT INTO {fts}({fts}, rowid, {column}) VALUES ('delete', old.id, old.{column});"
    op.execute(f"CREATE TRIGGER {fts}_add AFTER INSERT ON {table} BEGIN {add} END")
    op.execute(f"CREATE TRIGGER {fts}_drop AFTER DELETE ON {table} BEGIN {drop} END")
    op.execute(
        f"CREATE TRIGGER {fts}_set AFTER UPDATE OF {column} ON {table} "
        f"WHEN old.{column} IS NOT new.{column} BEGIN {drop} {add} END"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in SEARCHED:
            op.execute(f"DROP INDEX ix_{table}_trgm")
        return
    for table in SEARCHED:
        for end in ("_add", "_drop", "_set"):
            op.execute(f"DROP TRIGGER {table}_fts{end}")
        op.execute(f"DROP TABLE {table}_fts")
