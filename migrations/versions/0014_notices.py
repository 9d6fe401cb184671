"""What notices say of themselves, the search in them, and a paragraph for their letters."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ADDED = {"title": 200, "search_text": 600, "created_by": 130}
"""Texts that notices get, with the most characters of each."""
FTS = "notices_fts"


def upgrade() -> None:
    op.add_column(
        "document_settings", sa.Column("notice", sa.Text(), nullable=False, server_default="")
    )
    for name, length in ADDED.items():
        column = sa.Column(name, sa.String(length=length), nullable=False, server_default="")
        op.add_column("notices", column)
    op.create_index("ix_notices_state", "notices", ["state", "created_at", "id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE INDEX ix_notices_trgm ON notices USING gin (search_text gin_trgm_ops)")
        return
    op.execute(
        f"CREATE VIRTUAL TABLE {FTS} USING fts5(search_text, content='notices', "
        "content_rowid='id', tokenize='trigram', detail='none', columnsize=0)"
    )
    op.execute(f"INSERT INTO {FTS}({FTS}) VALUES ('rebuild')")
    add = f"INSERT INTO {FTS}(rowid, search_text) VALUES (new.id, new.search_text);"
    drop = (
        f"INSERT INTO {FTS}({FTS}, rowid, search_text) VALUES ('delete', old.id, old.search_text);"
    )
    op.execute(f"CREATE TRIGGER {FTS}_add AFTER INSERT ON notices BEGIN {add} END")
    op.execute(f"CREATE TRIGGER {FTS}_drop AFTER DELETE ON notices BEGIN {drop} END")
    op.execute(
        f"CREATE TRIGGER {FTS}_set AFTER UPDATE OF search_text ON notices "
        f"WHEN old.search_text IS NOT new.search_text BEGIN {drop} {add} END"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX ix_notices_trgm")
    else:
        for end in ("_add", "_drop", "_set"):
            op.execute(f"DROP TRIGGER {FTS}{end}")
        op.execute(f"DROP TABLE {FTS}")
    op.drop_index("ix_notices_state", "notices")
    for name in reversed(ADDED):
        op.drop_column("notices", name)
    op.drop_column("document_settings", "notice")
