"""Filters that people save; exports in parts; reports about documents and about exports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "saved_filters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("list_name", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("asked", DOCUMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint(
            "user_id", "organisation_id", "list_name", "name", name="uq_saved_filters"
        ),
    )
    op.add_column(
        "export_files", sa.Column("parts", DOCUMENT, nullable=False, server_default="[]")
    )
    # No road led to a report before: the table is empty, and made anew rather than altered.
    _drop_reports()
    _create_reports(
        [
            sa.Column("document_id", sa.Integer(), nullable=True),
            sa.Column("export_id", sa.Integer(), nullable=True),
            sa.Column("wanted", sa.Text(), nullable=False),
            sa.Column("answered_by", sa.String(length=130), nullable=False),
            sa.Column("created_by", sa.String(length=130), nullable=False),
            sa.ForeignKeyConstraint(["export_id"], ["export_files.id"]),
            sa.CheckConstraint(
                "(document_id is null) <> (export_id is null)", name="ck_document_reports_about"
            ),
        ]
    )
    op.create_index("ix_document_reports_export", "document_reports", ["export_id"])


def _drop_reports() -> None:
    for name in ("state", "owner", "document"):
        op.drop_index(f"ix_document_reports_{name}", "document_reports")
    op.drop_table("document_reports")


def _create_reports(more: list[sa.schema.SchemaItem]) -> None:
    op.create_table(
        "document_reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *more,
        sa.ForeignKeyConstraint(["created_by_id"], ["ab_user.id"]),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"]),
        sa.ForeignKeyConstraint(["provider_id"], ["organisations.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index("ix_document_reports_document", "document_reports", ["document_id"])
    op.create_index(
        "ix_document_reports_owner", "document_reports", ["provider_id", "state", "number"]
    )
    op.create_index("ix_document_reports_state", "document_reports", ["state", "number"])


def downgrade() -> None:
    op.drop_index("ix_document_reports_export", "document_reports")
    _drop_reports()
    _create_reports([sa.Column("document_id", sa.Integer(), nullable=False)])
    op.drop_column("export_files", "parts")
    op.drop_table("saved_filters")
