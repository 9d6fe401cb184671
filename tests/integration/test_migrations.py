"""The schema: migrations make it, agree with the tables, and can be taken back."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_appbuilder import Model
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text

from app.domain.kernel.search import Search
from app.extensions import db
from app.models import AssessmentBooking, Letter, Notice, Organisation, Person, Registration

pytestmark = pytest.mark.both_databases
MADE_BY_HAND = ("_trgm", "_fts")


def include(_thing, name, kind, _reflected, _other):
    return not (kind in ("index", "table") and any(end in (name or "") for end in MADE_BY_HAND))


def test_the_migrated_schema_is_what_the_tables_declare(inside):
    with inside(), db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": include}
        )
        assert compare_metadata(context, Model.metadata) == []


def test_migrations_can_be_taken_back_and_made_again(portal, inside):
    with portal.app_context():
        db.session.remove()
        downgrade(revision="base")
        assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
        upgrade()
        assert "orders" in inspect(db.engine).get_table_names()


@pytest.mark.parametrize(
    ("model", "column"),
    [(Registration, "search_text"), (Person, "name_key"), (Organisation, "name_key"),
     (Letter, "search_text"), (AssessmentBooking, "search_text"), (Notice, "search_text")],
)  # fmt: skip
def test_every_searched_column_has_its_trigram_index(inside, backend, model, column):
    with inside(), db.engine.connect() as connection:
        table = model.__tablename__
        assert Search(model, column).criteria("abc", backend)
        if backend == "postgresql":
            names = {index["name"] for index in inspect(connection).get_indexes(table)}
            assert f"ix_{table}_trgm" in names
        else:
            found = connection.execute(
                text("SELECT count(*) FROM sqlite_master WHERE name = :name"),
                {"name": f"{table}_fts"},
            )
            assert found.scalar_one() == 1
