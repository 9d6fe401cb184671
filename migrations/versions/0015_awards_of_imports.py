"""Rows of an import that became awards."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLE, NAME = "import_rows", "fk_import_rows_award"


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as table:
        table.add_column(sa.Column("award_id", sa.Integer(), nullable=True))
        table.create_foreign_key(NAME, "awards", ["award_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table(TABLE) as table:
        table.drop_constraint(NAME, type_="foreignkey")
        table.drop_column("award_id")
