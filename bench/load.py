"""Loads the portal's own tables with the registrations that the peers are measured on.

    python -m bench.load ROWS     into DATABASE_URL, with PORTAL_HOME for the portal's files

Rows are written below the scope, with everything that the services derive from them.
"""

import gc
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from types import SimpleNamespace
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import Column, Connection, func, select, text

from app import create_app
from app.demo.base import Base, lay_base
from app.domain.catalogue.models import Pathway
from app.domain.kernel.identifiers import email_key, name_key
from app.domain.kernel.tables import Counter, StoredFile
from app.domain.kernel.viewer import SYSTEM, seen_by
from app.domain.organisations.models import Organisation, OrganisationAncestry
from app.domain.people.models import Employment, Person, PersonOrganisation
from app.domain.registrations import rules
from app.domain.registrations.models import Registration
from app.domain.registrations.service.saving import set_keys
from app.extensions import db
from app.security import foundation
from app.transaction import transaction
from bench.places import PEERS

sys.path.insert(0, str(PEERS / "data"))
import people  # the peers' own data, made by their own program

STATES = {
    "draft": rules.STARTED.code,
    "submitted": rules.AWAITING_FINALISATION.code,
    "active": rules.IN_PROGRESS.code,
    "on_hold": rules.ON_ORDER.code,
    "completed": rules.COMPLETED.code,
    "withdrawn": rules.WITHDRAWN.code,
}
"""Each of the peers' statuses, and what a registration is called here that is as far."""
FIRST_NUMBER = 1_000_000
FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
CHUNK = 10_000

Row = dict[str, Any]


class Source:
    """The peers' rows as rows of ours, table by table."""

    def __init__(self, base: Base, pathways: list[int], first: int, count: int) -> None:
        self.count = count
        self.scheme_id = base.schemes[0].id
        self.pathways = pathways
        self.providers = first
        self.employers = first + people.ORGANISATIONS
        # By first names: a search for a surname must find the rows that it finds at the peers'.
        self.employer_names = [f"{name} and Sons Ltd" for name in people.FIRST_NAMES]

    def organisations(self) -> Iterator[Row]:
        """Yield a training provider for each of the peers' organisations, then the employers."""
        named = [(name, "training_provider") for _, name in people.organisations()]
        named += [(name, "employer") for name in self.employer_names]
        for place, (name, kind) in enumerate(named):
            yield {
                "id": self.providers + place, "kind": kind, "name": name,
                "name_key": name_key(name), "number": str(200_000 + place),
            }  # fmt: skip

    def ancestry(self) -> Iterator[Row]:
        """Yield the organisations' place in the tree: each by itself."""
        for row in self.organisations():
            yield {"ancestor_id": row["id"], "descendant_id": row["id"], "depth": 0}

    def photos(self) -> Iterator[Row]:
        """Yield a photo for each provider, which all its people share."""
        for place in range(people.ORGANISATIONS):
            yield {
                "id": 1 + place, "organisation_id": self.providers + place, "key": f"{place:064x}",
                "name": "photo.jpg", "media_type": "image/jpeg", "size": 20_000, "facts": {},
            }  # fmt: skip

    def each(self) -> Iterator[SimpleNamespace]:
        """Yield the peers' registrations, with what stands behind their numbers."""
        for made in people.registrations(self.count):
            number, _, first, last, born, uln, email, start, stage, status, pathway, place = made
            employer = number % len(self.employer_names)
            yield SimpleNamespace(
                id=number, first=first, last=last, key=name_key(last, first), born=born, uln=uln,
                email=email, start=start, stage=stage, state=STATES[status], photo=place,
                pathway=self.pathways[pathway - 1], provider=self.providers + place - 1,
                employer=self.employers + employer, employer_name=self.employer_names[employer],
                at=FIRST_DAY + timedelta(seconds=number), scheme=self.scheme_id,
            )  # fmt: skip


def _person(one: SimpleNamespace) -> Row:
    return {
        "id": one.id, "first_names": one.first, "surname": one.last, "name_key": one.key,
        "birth_date": one.born, "uln": one.uln, "email": one.email,
        "email_key": email_key(one.email), "photo_id": one.photo, "created_at": one.at,
    }  # fmt: skip


def _link(one: SimpleNamespace) -> Row:
    return {"person_id": one.id, "organisation_id": one.provider, "since": one.at}


def _employment(one: SimpleNamespace) -> Row:
    return {
        "person_id": one.id, "employer_id": one.employer, "recorded_by_id": one.provider,
        "started_on": one.start,
    }  # fmt: skip


def _registration(one: SimpleNamespace) -> Row:
    finished = one.state not in (rules.STARTED.code, rules.AWAITING_FINALISATION.code)
    return {
        "id": one.id, "number": FIRST_NUMBER + one.id, "kind": rules.Kind.APPRENTICE.value,
        "enrolment_number": rules.enrolment_number(FIRST_NUMBER + one.id),
        "scheme_id": one.scheme, "pathway_id": one.pathway, "person_id": one.id,
        "provider_id": one.provider, "employer_id": one.employer, "start_date": one.start,
        "health_and_safety": one.state != rules.STARTED.code, "state": one.state,
        "stage_number": one.stage, "stage_reached_on": one.start if finished else None,
        "created_at": one.at, "finalised_at": one.at if finished else None,
        "in_progress_at": one.at if finished else None, **_keys(one),
    }  # fmt: skip


def _keys(one: SimpleNamespace) -> Row:
    """Return what the service derives, by letting the service derive it."""
    row = SimpleNamespace(
        number=FIRST_NUMBER + one.id,
        enrolment_number=rules.enrolment_number(FIRST_NUMBER + one.id),
        start_date=one.start,
        office_contact="",
        employer=SimpleNamespace(name=one.employer_name),
        person=SimpleNamespace(
            name_key=one.key, scheme_number=None, uln=one.uln, email=one.email
        ),
    )  # fmt: skip
    set_keys(row)  # type: ignore[arg-type]  # it looks like a registration
    return {name: getattr(row, name) for name in ("applicant_key", "start_key", "search_text")}


MADE = {Person: _person, PersonOrganisation: _link, Employment: _employment,
        Registration: _registration}  # fmt: skip
"""The rows of each registration, in an order that its references allow."""
TABLES = (Organisation, OrganisationAncestry, StoredFile, *MADE)


def load(count: int) -> None:
    """Fill the empty database of the settings with ``count`` registrations."""
    portal = create_app()
    with portal.app_context():
        upgrade()
        with seen_by(SYSTEM), transaction():
            foundation.lay(portal.appbuilder)  # type: ignore[attr-defined]  # set by FAB
            base = lay_base()
            for user in base.users.values():
                user.is_demo = False  # a portal in production lets no demo account in
            source = _source(base, count)
        with db.engine.connect() as connection:
            _fill(connection, source)


def _source(base: Base, count: int) -> Source:
    scheme = base.schemes[0]
    pathways = [Pathway(name=title, scheme=scheme) for _, title in people.pathways()]
    db.session.add_all(pathways)
    db.session.flush()
    first = (db.session.scalar(select(func.max(Organisation.id))) or 0) + 1
    return Source(base, [pathway.id for pathway in pathways], first, count)


def _fill(connection: Connection, source: Source) -> None:
    _loosen(connection)
    taken = _take_indexes(connection)
    _say("indexes taken away")
    _insert(connection, Organisation, list(source.organisations()))
    _insert(connection, OrganisationAncestry, list(source.ancestry()))
    _insert(connection, StoredFile, list(source.photos()))
    each = source.each()
    while chunk := list(islice(each, CHUNK)):
        for model, make in MADE.items():
            _insert(connection, model, [make(one) for one in chunk])
    _say("rows written")
    _set_counters(connection, source.count)
    for statement in taken:
        connection.exec_driver_sql(statement)
    connection.commit()
    _say("indexes made")
    _settle(connection)
    _say("statistics made")


def _insert(connection: Connection, model: type[Any], rows: list[Row]) -> None:
    """Write rows in the quickest way that the database has, with the defaults of the table."""
    table = model.__table__
    written = [c for c in table.c if c.name in rows[0] or c.default is not None]
    columns = [_values(connection, column, rows) for column in written]
    names = ", ".join(column.name for column in written)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" for _ in written)
        statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608  # our own names
        connection.exec_driver_sql(statement, list(zip(*columns, strict=True)))
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor().copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in zip(*columns, strict=True):
            copy.write_row(row)


def _values(connection: Connection, column: Column[Any], rows: list[Row]) -> list[Any]:
    """Return what a column holds, row by row, as the driver wants it."""
    if column.name in rows[0]:
        values = [row[column.name] for row in rows]
    else:
        default = column.default.arg
        values = [default(None) if callable(default) else default] * len(rows)
    turn = column.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    return values if turn is None else [turn(value) for value in values]


def _loosen(connection: Connection) -> None:
    """Let the load be quick: what fails is thrown away and made anew."""
    if connection.dialect.name == "sqlite":
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "foreign_keys = OFF",
                       "cache_size = -800000", "temp_store = MEMORY"):  # fmt: skip
            connection.connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]
    else:
        connection.execute(text("SET maintenance_work_mem = '512MB'"))
        connection.execute(text("SET synchronous_commit = off"))
        may = text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if connection.execute(may).scalar():
            connection.execute(text("SET session_replication_role = replica"))  # checks no keys


def _take_indexes(connection: Connection) -> list[str]:
    """Drop the indexes and triggers of the tables; return the statements that make them again."""
    names = [model.__tablename__ for model in TABLES]
    marks = ", ".join(f"'{name}'" for name in names)
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql(
            f"SELECT type, name, sql FROM sqlite_master WHERE tbl_name IN ({marks}) "  # noqa: S608  # our own names
            "AND type IN ('index', 'trigger') AND sql IS NOT NULL"
        ).all()
        searched = [name for name in names if f"{name}_fts_add" in {each[1] for each in found}]
        filled = [f"INSERT INTO {each}_fts({each}_fts) VALUES ('rebuild')" for each in searched]  # noqa: S608  # likewise
    else:
        found = connection.exec_driver_sql(
            f"SELECT 'index', indexname, indexdef FROM pg_indexes WHERE tablename IN ({marks}) "  # noqa: S608  # likewise
            "AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        ).all()
        filled = []
    for kind, name, _ in found:
        connection.exec_driver_sql(f"DROP {kind} {name}")
    return [*(each[2] for each in found), *filled]


def _set_counters(connection: Connection, count: int) -> None:
    table = Counter.__table__
    wanted = {"registration": FIRST_NUMBER + count, "organisation": 300_000}
    for name, value in wanted.items():
        connection.execute(table.update().where(table.c.name == name).values(value=value))
    if connection.dialect.name == "sqlite":
        return
    for model in TABLES:
        if "id" in model.__table__.c:
            name = model.__tablename__
            connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), "  # noqa: S608  # our own names
                f"(SELECT max(id) FROM {name}))"
            )


def _settle(connection: Connection) -> None:
    """Gather statistics, as a database that has been in use has them."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
        connection.connection.execute("PRAGMA journal_mode = WAL")  # type: ignore[attr-defined]
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as alone:
        alone.exec_driver_sql("VACUUM ANALYZE")


_begun = time.monotonic()


def _say(what: str) -> None:
    print(f"  {time.monotonic() - _begun:5.0f} s  {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    gc.disable()
    load(int(sys.argv[1]))
