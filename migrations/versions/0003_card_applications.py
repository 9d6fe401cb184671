"""Card applications of their own: renewals and replacements, on hold, produced, dispatched."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLE, FTS = "card_applications", "card_applications_fts"
FACTS = ("person_id", "administering_body_id", "applicant_key")
"""Columns that rows made before take from their registration; then none may be empty."""


def upgrade() -> None:
    op.create_table(
        "occupations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.add_column("products", sa.Column("application_kind", sa.String(length=12), nullable=True))
    op.create_index(
        "ix_products_application_kind", "products", ["application_kind"], unique=True
    )
    _add_columns()
    _fill()
    _tighten()
    _make_search()


def _add_columns() -> None:
    sort_text = sa.String(length=200)
    if op.get_bind().dialect.name == "postgresql":
        sort_text = sa.String(length=200, collation="C")
    for column in (
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("administering_body_id", sa.Integer(), nullable=True),
        sa.Column("occupation_id", sa.Integer(), nullable=True),
        sa.Column("initials", sa.String(length=10), nullable=False, server_default=""),
        sa.Column("health_and_safety", sa.Boolean(), nullable=True),
        sa.Column("hold_reason", sa.String(length=400), nullable=False, server_default=""),
        sa.Column("waits_for", sa.String(length=12), nullable=False, server_default=""),
        sa.Column("applicant_key", sort_text, nullable=True),
        sa.Column("search_text", sa.String(length=600), nullable=False, server_default=""),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column(TABLE, column)


def _fill() -> None:
    for column, source in (
        ("person_id", "r.person_id"),
        ("administering_body_id", "s.administering_body_id"),
        ("applicant_key", "r.applicant_key"),
        ("health_and_safety", "r.health_and_safety"),
        ("search_text", "CAST(card_applications.number AS VARCHAR(12)) || ' ' || r.applicant_key"),
    ):
        op.execute(
            f"UPDATE card_applications SET {column} = (SELECT {source} FROM registrations r "
            "JOIN schemes s ON s.id = r.scheme_id WHERE r.id = card_applications.registration_id)"
        )


def _tighten() -> None:
    with op.batch_alter_table(TABLE) as table:
        for column in FACTS:
            table.alter_column(column, nullable=False)
        table.alter_column("registration_id", nullable=True)
        for column, other in (
            ("person_id", "people"),
            ("administering_body_id", "administering_bodies"),
            ("occupation_id", "occupations"),
            ("created_by_id", "ab_user"),
        ):
            table.create_foreign_key(f"fk_{TABLE}_{column}", other, [column], ["id"])
    op.drop_index("ix_card_applications_provider_id", TABLE)
    op.create_index("ix_card_applications_owner", TABLE, ["provider_id", "state", "number"])
    op.create_index("ix_card_applications_state", TABLE, ["state", "number"])
    op.create_index("ix_card_applications_name", TABLE, ["applicant_key", "id"])
    op.create_index("ix_card_applications_person", TABLE, ["person_id"])
    op.create_index("ix_card_applications_completed", TABLE, ["state", "completed_at"])


def _make_search() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE INDEX ix_card_applications_trgm ON card_applications "
            "USING gin (search_text gin_trgm_ops)"
        )
        return
    op.execute(
        f"CREATE VIRTUAL TABLE {FTS} USING fts5(search_text, content='{TABLE}', "
        "content_rowid='id', tokenize='trigram', detail='none', columnsize=0)"
    )
    add = f"INSERT INTO {FTS}(rowid, search_text) VALUES (new.id, new.search_text);"
    drop = (
        f"INSERT INTO {FTS}({FTS}, rowid, search_text) VALUES ('delete', old.id, old.search_text);"
    )
    op.execute(f"CREATE TRIGGER {FTS}_add AFTER INSERT ON {TABLE} BEGIN {add} END")
    op.execute(f"CREATE TRIGGER {FTS}_drop AFTER DELETE ON {TABLE} BEGIN {drop} END")
    op.execute(
        f"CREATE TRIGGER {FTS}_set AFTER UPDATE OF search_text ON {TABLE} "
        f"WHEN old.search_text IS NOT new.search_text BEGIN {drop} {add} END"
    )
    op.execute(f"INSERT INTO {FTS}({FTS}) VALUES ('rebuild')")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX ix_card_applications_trgm")
    else:
        for end in ("_add", "_drop", "_set"):
            op.execute(f"DROP TRIGGER {FTS}{end}")
        op.execute(f"DROP TABLE {FTS}")
    for name in ("owner", "state", "name", "person", "completed"):
        op.drop_index(f"ix_card_applications_{name}", TABLE)
    op.create_index("ix_card_applications_provider_id", TABLE, ["provider_id"])
    # What has no registration did not exist before.
    op.execute(
        "DELETE FROM order_lines WHERE application_id IN "
        "(SELECT id FROM card_applications WHERE registration_id IS NULL)"
    )
    op.execute("DELETE FROM card_applications WHERE registration_id IS NULL")
    with op.batch_alter_table(TABLE) as table:
        for column in ("person_id", "administering_body_id", "occupation_id", "created_by_id"):
            table.drop_constraint(f"fk_{TABLE}_{column}", type_="foreignkey")
        table.alter_column("registration_id", nullable=False)
        for column in (
            "person_id", "administering_body_id", "occupation_id", "initials", "health_and_safety",
            "hold_reason", "waits_for", "applicant_key", "search_text", "created_by_id",
            "completed_at",
        ):  # fmt: skip
            table.drop_column(column)
    op.drop_index("ix_products_application_kind", "products")
    with op.batch_alter_table("products") as products:
        products.drop_column("application_kind")
    op.drop_table("occupations")
