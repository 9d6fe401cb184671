"""Health and safety assessments: venues, dates with places, bookings, and results of people."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
BOOKINGS, FTS = "assessment_bookings", "assessment_bookings_fts"
LIVE = sa.text("state = 'booked'")


def upgrade() -> None:
    op.add_column("people", sa.Column("assessed_on", sa.Date(), nullable=True))
    op.add_column(
        "people",
        sa.Column("assessed_at_venue", sa.String(length=120), nullable=False, server_default=""),
    )
    op.add_column("people", sa.Column("assessed_until", sa.Date(), nullable=True))
    _make_slots()
    _make_bookings()
    _make_search()


def _make_slots() -> None:
    op.create_table(
        "assessment_venues",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=400), nullable=False),
        sa.Column("postcode", sa.String(length=8), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "assessment_slots",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("closes_at", MOMENT, nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("cancel_reason", sa.String(length=400), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("taken >= 0 and taken <= places", name="ck_assessment_slots_places"),
        sa.ForeignKeyConstraint(["venue_id"], ["assessment_venues.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_assessment_slots_starts", "assessment_slots", ["starts_at", "id"])
    op.create_index("ix_assessment_slots_venue", "assessment_slots", ["venue_id", "starts_at"])


def _make_bookings() -> None:
    sort_text = sa.String(length=200)
    if op.get_bind().dialect.name == "postgresql":
        sort_text = sa.String(length=200, collation="C")
    op.create_table(
        BOOKINGS,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("applicant_key", sort_text, nullable=False),
        sa.Column("search_text", sa.String(length=600), nullable=False),
        sa.Column("cancel_reason", sa.String(length=400), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["slot_id"], ["assessment_slots.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["provider_id"], ["organisations.id"]),
        sa.ForeignKeyConstraint(["created_by_id"], ["ab_user.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index(
        "uq_assessment_bookings_live", BOOKINGS, ["provider_id", "person_id"], unique=True,
        sqlite_where=LIVE, postgresql_where=LIVE,
    )  # fmt: skip
    for name, columns in (
        ("slot", ["slot_id", "state"]),
        ("person", ["person_id"]),
        ("owner", ["provider_id", "state", "starts_at"]),
        ("starts", ["starts_at", "id"]),
        ("name", ["applicant_key", "id"]),
    ):
        op.create_index(f"ix_{BOOKINGS}_{name}", BOOKINGS, columns)


def _make_search() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE INDEX ix_{BOOKINGS}_trgm ON {BOOKINGS} USING gin (search_text gin_trgm_ops)"
        )
        return
    op.execute(
        f"CREATE VIRTUAL TABLE {FTS} USING fts5(search_text, content='{BOOKINGS}', "
        "content_rowid='id', tokenize='trigram', detail='none', columnsize=0)"
    )
    add = f"INSERT INTO {FTS}(rowid, search_text) VALUES (new.id, new.search_text);"
    drop = (
        f"INSERT INTO {FTS}({FTS}, rowid, search_text) VALUES ('delete', old.id, old.search_text);"
    )
    op.execute(f"CREATE TRIGGER {FTS}_add AFTER INSERT ON {BOOKINGS} BEGIN {add} END")
    op.execute(f"CREATE TRIGGER {FTS}_drop AFTER DELETE ON {BOOKINGS} BEGIN {drop} END")
    op.execute(
        f"CREATE TRIGGER {FTS}_set AFTER UPDATE OF search_text ON {BOOKINGS} "
        f"WHEN old.search_text IS NOT new.search_text BEGIN {drop} {add} END"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP INDEX ix_{BOOKINGS}_trgm")
    else:
        for end in ("_add", "_drop", "_set"):
            op.execute(f"DROP TRIGGER {FTS}{end}")
        op.execute(f"DROP TABLE {FTS}")
    for table in (BOOKINGS, "assessment_slots", "assessment_venues"):
        op.drop_table(table)
    for column in ("assessed_until", "assessed_at_venue", "assessed_on"):
        op.drop_column("people", column)
