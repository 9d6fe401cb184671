"""The workbench: imports with their files, rows, cell errors, photos and headings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
SORT_TEXT = sa.String(length=200).with_variant(
    sa.String(length=200, collation="C"), "postgresql"
)


def upgrade() -> None:
    op.create_table('import_headings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('target', sa.String(length=20), nullable=False),
    sa.Column('signature', sa.String(length=64), nullable=False),
    sa.Column('mapping', JSON, nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('organisation_id', 'target', 'signature', name='uq_import_headings')
    )
    op.create_table('imports',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('target', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finaliser', sa.String(length=200), nullable=False),
    sa.Column('details', JSON, nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=True),
    sa.Column('invalid_share', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=30), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], ),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], ),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_imports_changed', 'imports', ['changed_at', 'id'], unique=False)
    op.create_index('ix_imports_owner', 'imports', ['organisation_id', 'target', 'state', 'changed_at', 'id'], unique=False)
    op.create_table('import_actions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('import_id', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('what', sa.String(length=20), nullable=False),
    sa.Column('said', sa.String(length=300), nullable=False),
    sa.Column('before', JSON, nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('done_by', sa.String(length=200), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_undone', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['import_id'], ['imports.id'], ),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_import_actions_import', 'import_actions', ['import_id', 'id'], unique=False)
    op.create_table('import_files',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('import_id', sa.Integer(), nullable=False),
    sa.Column('stored_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('sheet', sa.String(length=120), nullable=False),
    sa.Column('sheets', JSON, nullable=False),
    sa.Column('heads', JSON, nullable=False),
    sa.Column('head_row', sa.Integer(), nullable=False),
    sa.Column('mapping', JSON, nullable=False),
    sa.Column('confirmed', sa.Boolean(), nullable=False),
    sa.Column('choices', JSON, nullable=False),
    sa.Column('plain', JSON, nullable=False),
    sa.Column('seen', JSON, nullable=False),
    sa.Column('told', JSON, nullable=False),
    sa.Column('words', sa.String(length=600), nullable=False),
    sa.Column('row_count', sa.Integer(), nullable=False),
    sa.Column('template', sa.String(length=120), nullable=False),
    sa.Column('brought_by_id', sa.Integer(), nullable=False),
    sa.Column('brought_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(length=30), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['brought_by_id'], ['ab_user.id'], ),
    sa.ForeignKeyConstraint(['import_id'], ['imports.id'], ),
    sa.ForeignKeyConstraint(['stored_id'], ['files.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_import_files_import', 'import_files', ['import_id', 'id'], unique=False)
    op.create_table('import_rows',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('import_id', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=True),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('cells', JSON, nullable=False),
    sa.Column('typed', JSON, nullable=False),
    sa.Column('plain', JSON, nullable=False),
    sa.Column('values', JSON, nullable=False),
    sa.Column('marks', JSON, nullable=False),
    sa.Column('asks', JSON, nullable=False),
    sa.Column('digest', sa.String(length=32), nullable=False),
    sa.Column('repeat_of', sa.String(length=160), nullable=False),
    sa.Column('is_repeat_allowed', sa.Boolean(), nullable=False),
    sa.Column('uln', sa.String(length=10), nullable=True),
    sa.Column('ni_number', sa.String(length=9), nullable=True),
    sa.Column('scheme_number', sa.String(length=20), nullable=True),
    sa.Column('name_key', SORT_TEXT, nullable=True),
    sa.Column('surname_key', SORT_TEXT, nullable=True),
    sa.Column('birth_date', sa.Date(), nullable=True),
    sa.Column('matches', JSON, nullable=False),
    sa.Column('asked_key', sa.String(length=32), nullable=False),
    sa.Column('choice', sa.String(length=10), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('choice_reason', sa.String(length=200), nullable=False),
    sa.Column('photo_id', sa.Integer(), nullable=True),
    sa.Column('application_id', sa.Integer(), nullable=True),
    sa.Column('registration_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("state in ('error', 'asks', 'valid', 'done', 'removed')", name='ck_import_rows_state'),
    sa.ForeignKeyConstraint(['application_id'], ['card_applications.id'], ),
    sa.ForeignKeyConstraint(['file_id'], ['import_files.id'], ),
    sa.ForeignKeyConstraint(['import_id'], ['imports.id'], ),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], ),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], ),
    sa.ForeignKeyConstraint(['photo_id'], ['files.id'], ),
    sa.ForeignKeyConstraint(['registration_id'], ['registrations.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('file_id', 'number', name='uq_import_rows_number')
    )
    op.create_index('ix_import_rows_digest', 'import_rows', ['organisation_id', 'digest'], unique=False)
    op.create_index('ix_import_rows_name', 'import_rows', ['import_id', 'name_key', 'birth_date'], unique=False)
    op.create_index('ix_import_rows_ni', 'import_rows', ['import_id', 'ni_number'], unique=False)
    op.create_index('ix_import_rows_scheme', 'import_rows', ['import_id', 'scheme_number'], unique=False)
    op.create_index('ix_import_rows_state', 'import_rows', ['import_id', 'state', 'id'], unique=False)
    op.create_index('ix_import_rows_uln', 'import_rows', ['import_id', 'uln'], unique=False)
    op.create_table('import_errors',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('import_id', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('row_id', sa.Integer(), nullable=False),
    sa.Column('field', sa.String(length=40), nullable=False),
    sa.Column('raw', sa.String(length=200), nullable=False),
    sa.Column('words', sa.String(length=400), nullable=False),
    sa.Column('is_late', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['import_id'], ['imports.id'], ),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], ),
    sa.ForeignKeyConstraint(['row_id'], ['import_rows.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_import_errors_alike', 'import_errors', ['import_id', 'field', 'raw'], unique=False)
    op.create_index('ix_import_errors_row', 'import_errors', ['row_id'], unique=False)
    op.create_table('import_photos',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('import_id', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('source_id', sa.Integer(), nullable=True),
    sa.Column('photo_id', sa.Integer(), nullable=True),
    sa.Column('crop', JSON, nullable=False),
    sa.Column('row_id', sa.Integer(), nullable=True),
    sa.Column('is_chosen', sa.Boolean(), nullable=False),
    sa.Column('words', sa.String(length=400), nullable=False),
    sa.Column('brought_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['import_id'], ['imports.id'], ),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], ),
    sa.ForeignKeyConstraint(['photo_id'], ['files.id'], ),
    sa.ForeignKeyConstraint(['row_id'], ['import_rows.id'], ),
    sa.ForeignKeyConstraint(['source_id'], ['files.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_import_photos_import', 'import_photos', ['import_id', 'row_id', 'id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_import_photos_import', table_name='import_photos')
    op.drop_table('import_photos')
    op.drop_index('ix_import_errors_row', table_name='import_errors')
    op.drop_index('ix_import_errors_alike', table_name='import_errors')
    op.drop_table('import_errors')
    op.drop_index('ix_import_rows_uln', table_name='import_rows')
    op.drop_index('ix_import_rows_state', table_name='import_rows')
    op.drop_index('ix_import_rows_scheme', table_name='import_rows')
    op.drop_index('ix_import_rows_ni', table_name='import_rows')
    op.drop_index('ix_import_rows_name', table_name='import_rows')
    op.drop_index('ix_import_rows_digest', table_name='import_rows')
    op.drop_table('import_rows')
    op.drop_index('ix_import_files_import', table_name='import_files')
    op.drop_table('import_files')
    op.drop_index('ix_import_actions_import', table_name='import_actions')
    op.drop_table('import_actions')
    op.drop_index('ix_imports_owner', table_name='imports')
    op.drop_index('ix_imports_changed', table_name='imports')
    op.drop_table('imports')
    op.drop_table('import_headings')

