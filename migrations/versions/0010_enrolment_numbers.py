"""Each registration has an enrolment number: AMS, its number and ISO 7064 check digits."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

AMS = 102228
"""The letters A, M and S as ISO 7064 counts them: 10, 22, 28."""


def upgrade() -> None:
    op.add_column(
        "registrations",
        sa.Column("enrolment_number", sa.String(length=12), nullable=False, server_default=""),
    )
    digits = "printf('%07d', number)"
    check = f"printf('%02d', 98 - (({AMS}0000000 + number) * 100) % 97)"
    if op.get_bind().dialect.name == "postgresql":
        digits = "lpad(CAST(number AS text), 7, '0')"
        check = f"lpad(CAST(98 - (({AMS}0000000 + number) * 100) % 97 AS text), 2, '0')"
    op.execute(f"UPDATE registrations SET enrolment_number = 'AMS' || {digits} || {check}")
    op.execute(
        "UPDATE registrations "
        "SET search_text = substr(search_text || ' ' || lower(enrolment_number), 1, 600)"
    )
    op.create_index(
        "ix_registrations_enrolment", "registrations", ["enrolment_number"], unique=True
    )


def downgrade() -> None:
    op.drop_index("ix_registrations_enrolment", "registrations")
    op.drop_column("registrations", "enrolment_number")
