"""A fresh database for every test, copied from one that was migrated and filled once."""

import os
import shutil
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from psycopg import sql
from sqlalchemy import create_engine, event, make_url

from app.extensions import db, engine_options

USUAL_SERVER = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"


def bind(portal: Flask, url: str) -> None:
    """Point ``portal`` at the database of ``url``, by an engine like its own."""
    with portal.app_context():
        db.session.remove()
        db.engines[None].dispose()
        db.engines[None] = engine = create_engine(url, **engine_options(url))
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _without_waiting)
    portal.config.update(DATABASE_URL=url, SQLALCHEMY_DATABASE_URI=url)
    # Two copies may bear the same stamp and yet hold different roles.
    portal.extensions["role_contents"].at(-1)


def _without_waiting(connection: sqlite3.Connection, _record: object) -> None:
    """Let no test wait for the disk: only a machine that fails would lose what it wrote."""
    connection.execute("PRAGMA synchronous=OFF")


def unbind(portal: Flask) -> None:
    """Give back every connection to the present database."""
    with portal.app_context():
        db.session.remove()
        db.engines[None].dispose()


class Databases(ABC):
    """Where the databases of one backend are made."""

    template: str

    @abstractmethod
    def create(self, name: str) -> str:
        """Make an empty database and return its address."""

    @abstractmethod
    def copy(self, name: str) -> str:
        """Make a copy of the template and return its address."""

    @abstractmethod
    def drop(self, url: str) -> None:
        """Remove the database of ``url``."""

    @contextmanager
    def fresh(self, name: str) -> Iterator[str]:
        """Lend a copy of the template for the length of the block."""
        url = self.copy(name)
        try:
            yield url
        finally:
            self.drop(url)


class SqliteDatabases(Databases):
    """Files in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def create(self, name: str) -> str:
        return f"sqlite:///{self.folder / name}.db"

    def copy(self, name: str) -> str:
        file = Path(str(make_url(self.template).database))
        with sqlite3.connect(file) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        shutil.copyfile(file, self.folder / f"{name}.db")
        return self.create(name)

    def drop(self, url: str) -> None:
        file = str(make_url(url).database)
        for end in ("", "-wal", "-shm"):
            Path(file + end).unlink(missing_ok=True)


class PostgresDatabases(Databases):
    """Databases on a throw-away server, all with a prefix of their own."""

    def __init__(self, server: str, prefix: str) -> None:
        self.server = make_url(server)
        self.prefix = prefix

    def _tell(self, statement: str, **names: str) -> None:
        address = self.server.set(drivername="postgresql").render_as_string(hide_password=False)
        quoted = {key: sql.Identifier(name) for key, name in names.items()}
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(**quoted))  # type: ignore[arg-type]  # our own words

    def _url(self, name: str) -> str:
        return self.server.set(database=name).render_as_string(hide_password=False)

    def create(self, name: str) -> str:
        name = f"{self.prefix}_{name}"
        self._tell("DROP DATABASE IF EXISTS {name} WITH (FORCE)", name=name)
        self._tell("CREATE DATABASE {name}", name=name)
        return self._url(name)

    def copy(self, name: str) -> str:
        name, template = f"{self.prefix}_{name}", str(make_url(self.template).database)
        self._tell("DROP DATABASE IF EXISTS {name} WITH (FORCE)", name=name)
        self._tell("CREATE DATABASE {name} TEMPLATE {template}", name=name, template=template)
        return self._url(name)

    def drop(self, url: str) -> None:
        self._tell("DROP DATABASE IF EXISTS {name} WITH (FORCE)", name=str(make_url(url).database))


def postgres_server() -> str:
    """Return the address of the server for tests; without one skip, but fail in CI."""
    url = os.environ.get("TEST_DATABASE_URL", USUAL_SERVER)
    try:
        psycopg.connect(url.replace("+psycopg", ""), connect_timeout=3).close()
    except psycopg.OperationalError:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip("No PostgreSQL answers; bin/services starts one.")
    return url
