"""Apprenticeship standards: versions, packages, approved centres; registrations on them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

REGISTRATIONS, FTS = "registrations", "registrations_fts"
BEFORE, NOW = "kind in ('apprentice', 'trainee')", "kind in ('apprentice', 'trainee', 'standard')"


def upgrade() -> None:
    _make_catalogue()
    _make_batches()
    with op.batch_alter_table("schemes") as schemes:
        schemes.alter_column("product_id", existing_type=sa.Integer(), nullable=True)
        schemes.drop_constraint("ck_schemes_kind", type_="check")
        schemes.create_check_constraint("ck_schemes_kind", NOW)
        schemes.create_check_constraint(
            "ck_schemes_product", "kind = 'standard' or product_id is not null"
        )
    op.add_column("organisations", sa.Column("ern", sa.String(length=9), nullable=True))
    op.create_index("ix_organisations_ern", "organisations", ["ern"], unique=True)
    _extend_registrations()
    with op.batch_alter_table("order_lines") as lines:
        lines.alter_column("application_id", existing_type=sa.Integer(), nullable=True)
        lines.add_column(sa.Column("registration_id", sa.Integer(), nullable=True))
        lines.create_foreign_key(
            "fk_order_lines_registration_id", REGISTRATIONS, ["registration_id"], ["id"]
        )
        lines.create_unique_constraint("uq_order_lines_registration", ["registration_id"])
        lines.create_check_constraint(
            "ck_order_lines_subject", "(application_id is null) <> (registration_id is null)"
        )


def _make_catalogue() -> None:
    op.create_table(
        "standards",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=8), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference"),
    )
    op.create_table(
        "standard_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("standard_id", sa.Integer(), nullable=False),
        sa.Column("option", sa.String(length=60), nullable=False),
        sa.Column("assessment_plan", sa.String(length=4), nullable=False),
        sa.Column("version", sa.String(length=8), nullable=False),
        sa.Column("scheme_id", sa.Integer(), nullable=False),
        sa.Column("starts_from", sa.Date(), nullable=True),
        sa.Column("starts_until", sa.Date(), nullable=True),
        sa.Column("minimum_months", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.CheckConstraint("minimum_months > 0", name="ck_standard_versions_months"),
        sa.ForeignKeyConstraint(["scheme_id"], ["schemes.id"]),
        sa.ForeignKeyConstraint(["standard_id"], ["standards.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("scheme_id"),
        sa.UniqueConstraint(
            "standard_id", "option", "assessment_plan", "version", name="uq_standard_versions"
        ),
    )
    op.create_table(
        "packages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("standard_version_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("description", sa.String(length=120), nullable=False),
        sa.Column("contents", sa.String(length=1000), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"]),
        sa.ForeignKeyConstraint(["standard_version_id"], ["standard_versions.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_index(
        "ix_packages_standard_version", "packages", ["standard_version_id", "code"]
    )
    op.create_table(
        "centre_approvals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("standard_version_id", sa.Integer(), nullable=False),
        sa.Column("approved_from", sa.Date(), nullable=False),
        sa.Column("approved_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        sa.ForeignKeyConstraint(["standard_version_id"], ["standard_versions.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint(
            "organisation_id", "standard_version_id", name="uq_centre_approvals_organisation"
        ),
    )


def _make_batches() -> None:
    op.create_table(
        "registration_batches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("standard_version_id", sa.Integer(), nullable=False),
        sa.Column("package_id", sa.Integer(), nullable=False),
        sa.Column("purchase_order_number", sa.String(length=40), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["created_by_id"], ["ab_user.id"]),
        sa.ForeignKeyConstraint(["package_id"], ["packages.id"]),
        sa.ForeignKeyConstraint(["provider_id"], ["organisations.id"]),
        sa.ForeignKeyConstraint(["standard_version_id"], ["standard_versions.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index(
        "ix_registration_batches_provider", "registration_batches", ["provider_id", "number"]
    )


FACTS = (
    ("package_id", sa.Integer()), ("batch_id", sa.Integer()), ("expected_end_date", sa.Date()),
    ("assessment_start_date", sa.Date()), ("funding_type", sa.String(length=20)),
    ("employer_ern", sa.String(length=9)), ("employer_name", sa.String(length=160)),
    ("employer_postcode", sa.String(length=8)), ("employer_phone", sa.String(length=20)),
    ("employee_position", sa.String(length=100)),
)  # fmt: skip


def _extend_registrations() -> None:
    _drop_triggers()
    with op.batch_alter_table(REGISTRATIONS) as table:
        for name, kind in FACTS:
            table.add_column(sa.Column(name, kind, nullable=True))
        table.create_foreign_key("fk_registrations_package_id", "packages", ["package_id"], ["id"])
        table.create_foreign_key(
            "fk_registrations_batch_id", "registration_batches", ["batch_id"], ["id"]
        )
        table.drop_constraint("ck_registrations_kind", type_="check")
        table.create_check_constraint("ck_registrations_kind", NOW)
        table.create_check_constraint(
            "ck_registrations_package", "kind <> 'standard' or package_id is not null"
        )
    op.create_index("ix_registrations_batch", REGISTRATIONS, ["batch_id"])
    _make_triggers()


def _drop_triggers() -> None:
    """Let go of the search index: SQLite makes the table anew, and would drop these with it."""
    if op.get_bind().dialect.name == "sqlite":
        for end in ("_add", "_drop", "_set"):
            op.execute(f"DROP TRIGGER {FTS}{end}")


def _make_triggers() -> None:
    """Let the search index follow the new table, whose rows have kept their ids."""
    if op.get_bind().dialect.name != "sqlite":
        return
    add = f"INSERT INTO {FTS}(rowid, search_text) VALUES (new.id, new.search_text);"
    drop = (
        f"INSERT INTO {FTS}({FTS}, rowid, search_text) VALUES ('delete', old.id, old.search_text);"
    )
    op.execute(f"CREATE TRIGGER {FTS}_add AFTER INSERT ON {REGISTRATIONS} BEGIN {add} END")
    op.execute(f"CREATE TRIGGER {FTS}_drop AFTER DELETE ON {REGISTRATIONS} BEGIN {drop} END")
    op.execute(
        f"CREATE TRIGGER {FTS}_set AFTER UPDATE OF search_text ON {REGISTRATIONS} "
        f"WHEN old.search_text IS NOT new.search_text BEGIN {drop} {add} END"
    )
    op.execute(f"INSERT INTO {FTS}({FTS}) VALUES ('rebuild')")


def downgrade() -> None:
    _forget_standards()
    with op.batch_alter_table("order_lines") as lines:
        lines.drop_constraint("ck_order_lines_subject", type_="check")
        lines.drop_constraint("uq_order_lines_registration", type_="unique")
        lines.drop_constraint("fk_order_lines_registration_id", type_="foreignkey")
        lines.drop_column("registration_id")
        lines.alter_column("application_id", existing_type=sa.Integer(), nullable=False)
    op.drop_index("ix_registrations_batch", REGISTRATIONS)
    _drop_triggers()
    with op.batch_alter_table(REGISTRATIONS) as table:
        table.drop_constraint("ck_registrations_package", type_="check")
        table.drop_constraint("ck_registrations_kind", type_="check")
        table.create_check_constraint("ck_registrations_kind", BEFORE)
        for name in ("package_id", "batch_id"):
            table.drop_constraint(f"fk_registrations_{name}", type_="foreignkey")
        for name, _kind in FACTS:
            table.drop_column(name)
    _make_triggers()
    op.drop_index("ix_organisations_ern", "organisations")
    op.drop_column("organisations", "ern")
    for table in (
        "registration_batches", "centre_approvals", "packages", "standard_versions", "standards",
    ):  # fmt: skip
        op.drop_table(table)
    for table in ("stage_definitions", "scheme_requirements", "pathways"):
        op.execute(
            f"DELETE FROM {table} WHERE scheme_id IN "
            "(SELECT id FROM schemes WHERE kind = 'standard')"
        )
    op.execute("DELETE FROM schemes WHERE kind = 'standard'")
    with op.batch_alter_table("schemes") as schemes:
        schemes.drop_constraint("ck_schemes_product", type_="check")
        schemes.drop_constraint("ck_schemes_kind", type_="check")
        schemes.create_check_constraint("ck_schemes_kind", BEFORE)
        schemes.alter_column("product_id", existing_type=sa.Integer(), nullable=False)


def _forget_standards() -> None:
    """Remove registrations on standards, which did not exist before, with their order lines."""
    op.execute("DELETE FROM order_lines WHERE application_id IS NULL")
    op.execute(
        "DELETE FROM registration_stages WHERE registration_id IN "
        "(SELECT id FROM registrations WHERE kind = 'standard')"
    )
    op.execute("DELETE FROM registrations WHERE kind = 'standard'")
