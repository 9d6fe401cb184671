"""Where the benches keep their data, and the databases of one kind that they measure on."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / "bench" / "peers"
CACHE = Path(os.environ.get("PEERS_HOME") or Path.home() / ".cache" / "portal-peers")
SERVER = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
SHAPING = ("migrations/versions/*.py", "bench/load.py", "bench/peers/data/people.py")
"""What decides how the loaded data looks: a change in any of these loads it anew."""


def key_of_data() -> str:
    """Return a name for the data as the present code would load it."""
    digest = hashlib.sha256()
    for pattern in SHAPING:
        for file in sorted(ROOT.glob(pattern)):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


@dataclass(frozen=True)
class Backend:
    """One kind of database: where the peers' rows are, and how ours are made, copied, removed."""

    name: str
    peers_url: str

    def url(self, name: str) -> str:
        """Return the address of the database called ``name``."""
        raise NotImplementedError

    def exists(self, name: str) -> bool:
        """Tell whether there is a database called ``name``."""
        raise NotImplementedError

    def create(self, name: str) -> None:
        """Make an empty database; one of that name goes."""
        raise NotImplementedError

    def rename(self, old: str, new: str) -> None:
        """Give a database another name."""
        raise NotImplementedError

    def copy(self, name: str, copied: str) -> None:
        """Copy a database that nobody uses."""
        raise NotImplementedError

    def drop(self, name: str) -> None:
        """Remove a database, if there is one."""
        raise NotImplementedError

    def names(self) -> list[str]:
        """Return the names of the databases that the benches made."""
        raise NotImplementedError

    def prepare_peers(self) -> None:
        """Make the place that the peers fill."""

    @contextmanager
    def copied(self, name: str) -> Iterator[str]:
        """Lend the address of a copy for the length of the block."""
        copied = f"{name}_copy"
        self.copy(name, copied)
        try:
            yield self.url(copied)
        finally:
            self.drop(copied)


@dataclass(frozen=True)
class Sqlite(Backend):
    """Files in the cache."""

    def _file(self, name: str) -> Path:
        return CACHE / f"{name}.sqlite"

    def url(self, name: str) -> str:
        return f"sqlite:///{self._file(name)}"

    def exists(self, name: str) -> bool:
        return self._file(name).exists()

    def create(self, name: str) -> None:
        self.drop(name)
        CACHE.mkdir(parents=True, exist_ok=True)

    def rename(self, old: str, new: str) -> None:
        self._file(old).rename(self._file(new))

    def copy(self, name: str, copied: str) -> None:
        self.drop(copied)
        with self._file(name).open("rb") as source, self._file(copied).open("wb") as target:
            size = self._file(name).stat().st_size
            while target.tell() < size:
                sent = os.copy_file_range(source.fileno(), target.fileno(), size)
                target.seek(0, os.SEEK_END)
                if not sent:
                    break

    def drop(self, name: str) -> None:
        for end in ("", "-wal", "-shm", "-journal"):
            Path(f"{self._file(name)}{end}").unlink(missing_ok=True)

    def names(self) -> list[str]:
        return [file.stem for file in CACHE.glob("hallmark_bench_*.sqlite")]


@dataclass(frozen=True)
class Postgresql(Backend):
    """Databases on a server where the benches may make some."""

    def _tell(self, statement: str, **names: str) -> None:
        quoted = {key: sql.Identifier(name) for key, name in names.items()}
        with psycopg.connect(plain(server()), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(**quoted))

    def url(self, name: str) -> str:
        return make_url(server()).set(database=name).render_as_string(hide_password=False)

    def exists(self, name: str) -> bool:
        return name in self._all()

    def _all(self) -> list[str]:
        with psycopg.connect(plain(server())) as connection:
            return [name for (name,) in connection.execute("SELECT datname FROM pg_database")]

    def create(self, name: str) -> None:
        self.drop(name)
        self._tell("CREATE DATABASE {name}", name=name)

    def rename(self, old: str, new: str) -> None:
        self._tell("ALTER DATABASE {old} RENAME TO {new}", old=old, new=new)

    def copy(self, name: str, copied: str) -> None:
        self.drop(copied)
        self._tell("CREATE DATABASE {copied} TEMPLATE {name}", copied=copied, name=name)

    def drop(self, name: str) -> None:
        self._tell("DROP DATABASE IF EXISTS {name} WITH (FORCE)", name=name)

    def names(self) -> list[str]:
        return [name for name in self._all() if name.startswith("hallmark_bench_")]

    def prepare_peers(self) -> None:
        name = str(make_url(self.peers_url).database)
        if not self.exists(name):
            self._tell("CREATE DATABASE {name}", name=name)


def server() -> str:
    """Return the address of the PostgreSQL server, as bin/services tells it."""
    return os.environ.get("TEST_DATABASE_URL") or SERVER


def plain(url: str) -> str:
    """Return an address as psycopg itself reads it."""
    return url.replace("+psycopg", "")


def backends(rows: int) -> dict[str, Backend]:
    """Return both kinds of database, for so many registrations."""
    peers = make_url(server()).set(drivername="postgresql", database=f"portal_peers_{rows}")
    return {
        "sqlite": Sqlite("sqlite", f"sqlite:///{CACHE / f'registrations-{rows}.sqlite'}"),
        "postgresql": Postgresql("postgresql", peers.render_as_string(hide_password=False)),
    }
