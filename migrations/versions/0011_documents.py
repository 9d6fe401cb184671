"""Awards, the documents that prove them, their paper, exports, notices and facts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)
SORT_TEXT = sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql")
SEARCHED = ("awards", "documents", "print_jobs")
"""Tables whose search box looks in their search_text."""


def upgrade() -> None:
    op.create_table(
        "status_lists",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("credential", DOCUMENT, nullable=False),
        sa.Column("signed_at", MOMENT, nullable=False),
        sa.Column("is_stale", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "verification_facts",
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("code_digest", sa.String(length=64), nullable=False),
        sa.Column("pdf_digest", sa.String(length=64), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("record_type", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("initials", sa.String(length=12), nullable=False),
        sa.Column("holder", sa.String(length=202), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("grade", sa.String(length=60), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("replaced_by", sa.String(length=24), nullable=True),
        sa.PrimaryKeyConstraint("reference"),
        sa.UniqueConstraint("document_id"),
    )
    op.create_index("ix_verification_facts_digest", "verification_facts", ["pdf_digest"])
    op.create_table(
        "document_settings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("accent", sa.String(length=7), nullable=False),
        sa.Column("logo_id", sa.Integer(), nullable=True),
        sa.Column("signatories", DOCUMENT, nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("verifiable_from", sa.Date(), nullable=False),
        sa.Column("old_pattern", sa.String(length=80), nullable=False),
        sa.Column("export_days", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["logo_id"], ["files.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "export_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("document_ids", DOCUMENT, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("failure", sa.String(length=400), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("fetched_at", MOMENT, nullable=True),
        sa.Column("fetched_whole", sa.Boolean(), nullable=True),
        sa.Column("is_removed", sa.Boolean(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind in ('documents', 'print')", name="ck_export_files_kind"),
        sa.ForeignKeyConstraint(["created_by_id"], ["ab_user.id"]),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_export_files_expiry", "export_files", ["state", "expires_at"])
    op.create_index("ix_export_files_newest", "export_files", ["created_at", "id"])
    op.create_index(
        "ix_export_files_owner", "export_files", ["organisation_id", "created_at", "id"]
    )
    op.create_table(
        "print_jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("requested", sa.Integer(), nullable=False),
        sa.Column("search_text", sa.String(length=600), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.String(length=130), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["created_by_id"], ["ab_user.id"]),
        sa.ForeignKeyConstraint(["provider_id"], ["organisations.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index("ix_print_jobs_made", "print_jobs", ["created_at", "id"])
    op.create_index("ix_print_jobs_owner", "print_jobs", ["provider_id", "number"])
    op.create_table(
        "template_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("record_type", sa.String(length=12), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["made_by_id"], ["ab_user.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("record_type", "number", name="uq_template_versions"),
    )
    op.create_table(
        "awards",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("title_number", sa.String(length=20), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("grade", sa.String(length=40), nullable=False),
        sa.Column("credits", sa.Integer(), nullable=True),
        sa.Column("awarded_on", sa.Date(), nullable=False),
        sa.Column("components", DOCUMENT, nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("holder_key", SORT_TEXT, nullable=False),
        sa.Column("search_text", sa.String(length=600), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("source in ('staff', 'upload', 'claim')", name="ck_awards_source"),
        sa.ForeignKeyConstraint(["created_by_id"], ["ab_user.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["provider_id"], ["organisations.id"]),
        sa.ForeignKeyConstraint(["registration_id"], ["registrations.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index("ix_awards_name", "awards", ["holder_key", "id"])
    op.create_index("ix_awards_owner", "awards", ["provider_id", "state", "number"])
    op.create_index("ix_awards_person", "awards", ["person_id"])
    op.create_index("ix_awards_registration", "awards", ["registration_id"])
    op.create_index("ix_awards_state", "awards", ["state", "number"])
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("outcome", sa.String(length=400), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["created_by_id"], ["ab_user.id"]),
        sa.ForeignKeyConstraint(["job_id"], ["print_jobs.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["provider_id"], ["organisations.id"]),
        sa.ForeignKeyConstraint(["registration_id"], ["registrations.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token"),
    )
    op.create_index("ix_notices_documents", "notices", ["registration_id", "job_id", "id"])
    op.create_index("ix_notices_job", "notices", ["job_id", "state"])
    op.create_index("ix_notices_newest", "notices", ["created_at", "id"])
    op.create_index("ix_notices_owner", "notices", ["provider_id", "created_at", "id"])
    op.create_table(
        "documents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("award_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("record_type", sa.String(length=12), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("content", DOCUMENT, nullable=False),
        sa.Column("template_version_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=260), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("credential_id", sa.Integer(), nullable=True),
        sa.Column("status_list_id", sa.Integer(), nullable=True),
        sa.Column("status_index", sa.Integer(), nullable=True),
        sa.Column("failure", sa.String(length=400), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("holder", sa.String(length=202), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("holder_key", SORT_TEXT, nullable=False),
        sa.Column("issued_key", MOMENT, nullable=False),
        sa.Column("search_text", sa.String(length=600), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "record_type in ('certificate', 'transcript', 'letter')", name="ck_documents_type"
        ),
        sa.ForeignKeyConstraint(["award_id"], ["awards.id"]),
        sa.ForeignKeyConstraint(["credential_id"], ["files.id"]),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"]),
        sa.ForeignKeyConstraint(["job_id"], ["print_jobs.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["provider_id"], ["organisations.id"]),
        sa.ForeignKeyConstraint(["registration_id"], ["registrations.id"]),
        sa.ForeignKeyConstraint(["replaces_id"], ["documents.id"]),
        sa.ForeignKeyConstraint(["status_list_id"], ["status_lists.id"]),
        sa.ForeignKeyConstraint(["template_version_id"], ["template_versions.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference"),
        sa.UniqueConstraint("status_list_id", "status_index", name="uq_documents_status"),
    )
    op.create_index("ix_documents_award", "documents", ["award_id"])
    op.create_index("ix_documents_replaces", "documents", ["replaces_id"])
    op.create_index("ix_documents_expiry", "documents", ["state", "expires_on"])
    op.create_index("ix_documents_issued", "documents", ["issued_key", "id"])
    op.create_index("ix_documents_job", "documents", ["job_id", "state"])
    op.create_index("ix_documents_name", "documents", ["holder_key", "id"])
    op.create_index("ix_documents_owner", "documents", ["provider_id", "issued_key", "id"])
    op.create_index("ix_documents_owner_name", "documents", ["provider_id", "holder_key", "id"])
    op.create_index("ix_documents_registration", "documents", ["registration_id"])
    op.create_index("ix_documents_state", "documents", ["state", "id"])
    op.create_table(
        "document_reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
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
    op.create_table(
        "paper_copies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind in ('original', 'reprint')", name="ck_paper_copies_kind"),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"]),
        sa.ForeignKeyConstraint(["provider_id"], ["organisations.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_paper_copies_document", "paper_copies", ["document_id"])
    op.create_index("ix_paper_copies_owner", "paper_copies", ["provider_id", "state", "id"])
    op.create_index("ix_paper_copies_state", "paper_copies", ["state", "id"])
    for table in SEARCHED:
        _make_search(table)


def _make_search(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"CREATE INDEX ix_{table}_trgm ON {table} USING gin (search_text gin_trgm_ops)")
        return
    fts = f"{table}_fts"
    op.execute(
        f"CREATE VIRTUAL TABLE {fts} USING fts5(search_text, content='{table}', "
        "content_rowid='id', tokenize='trigram', detail='none', columnsize=0)"
    )
    add = f"INSERT INTO {fts}(rowid, search_text) VALUES (new.id, new.search_text);"
    drop = (
        f"INSERT INTO {fts}({fts}, rowid, search_text) VALUES ('delete', old.id, old.search_text);"
    )
    op.execute(f"CREATE TRIGGER {fts}_add AFTER INSERT ON {table} BEGIN {add} END")
    op.execute(f"CREATE TRIGGER {fts}_drop AFTER DELETE ON {table} BEGIN {drop} END")
    op.execute(
        f"CREATE TRIGGER {fts}_set AFTER UPDATE OF search_text ON {table} "
        f"WHEN old.search_text IS NOT new.search_text BEGIN {drop} {add} END"
    )


def downgrade() -> None:
    for table in SEARCHED:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP INDEX ix_{table}_trgm")
        else:
            for end in ("_add", "_drop", "_set"):
                op.execute(f"DROP TRIGGER {table}_fts{end}")
            op.execute(f"DROP TABLE {table}_fts")
    op.drop_index("ix_paper_copies_state", "paper_copies")
    op.drop_index("ix_paper_copies_owner", "paper_copies")
    op.drop_index("ix_paper_copies_document", "paper_copies")
    op.drop_table("paper_copies")
    op.drop_index("ix_document_reports_state", "document_reports")
    op.drop_index("ix_document_reports_owner", "document_reports")
    op.drop_index("ix_document_reports_document", "document_reports")
    op.drop_table("document_reports")
    op.drop_index("ix_documents_state", "documents")
    op.drop_index("ix_documents_registration", "documents")
    op.drop_index("ix_documents_owner_name", "documents")
    op.drop_index("ix_documents_owner", "documents")
    op.drop_index("ix_documents_name", "documents")
    op.drop_index("ix_documents_job", "documents")
    op.drop_index("ix_documents_issued", "documents")
    op.drop_index("ix_documents_expiry", "documents")
    op.drop_index("ix_documents_replaces", "documents")
    op.drop_index("ix_documents_award", "documents")
    op.drop_table("documents")
    op.drop_index("ix_notices_owner", "notices")
    op.drop_index("ix_notices_newest", "notices")
    op.drop_index("ix_notices_job", "notices")
    op.drop_index("ix_notices_documents", "notices")
    op.drop_table("notices")
    op.drop_index("ix_awards_state", "awards")
    op.drop_index("ix_awards_registration", "awards")
    op.drop_index("ix_awards_person", "awards")
    op.drop_index("ix_awards_owner", "awards")
    op.drop_index("ix_awards_name", "awards")
    op.drop_table("awards")
    op.drop_table("template_versions")
    op.drop_index("ix_print_jobs_owner", "print_jobs")
    op.drop_index("ix_print_jobs_made", "print_jobs")
    op.drop_table("print_jobs")
    op.drop_index("ix_export_files_owner", "export_files")
    op.drop_index("ix_export_files_newest", "export_files")
    op.drop_index("ix_export_files_expiry", "export_files")
    op.drop_table("export_files")
    op.drop_table("document_settings")
    op.drop_index("ix_verification_facts_digest", "verification_facts")
    op.drop_table("verification_facts")
    op.drop_table("status_lists")
