"""Photos of an import: made once for each file, changed by one person at a time, removable."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLE = "import_photos"


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as table:
        table.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        table.add_column(sa.Column("digest", sa.String(length=64), nullable=True))
        table.add_column(sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
    photos = sa.table(TABLE, sa.column("id", sa.Integer), sa.column("digest", sa.String))
    op.execute(photos.update().values(digest=sa.cast(photos.c.id, sa.String)))
    with op.batch_alter_table(TABLE) as table:
        table.alter_column("version", server_default=None)
        table.alter_column("digest", existing_type=sa.String(length=64), nullable=False)
        table.create_unique_constraint("uq_import_photos_digest", ["import_id", "digest"])


def downgrade() -> None:
    with op.batch_alter_table(TABLE) as table:
        table.drop_constraint("uq_import_photos_digest", type_="unique")
        table.drop_column("removed_at")
        table.drop_column("digest")
        table.drop_column("version")
