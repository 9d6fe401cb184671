"""Measures answers of the verify page by the second, beside a bare Flask route on the same server.

Every request asks for another of a million documents, from another address, so that limits are
counted and nothing is answered from a memory. Both programs are loaded in turn, round by round.
"""

import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Connection, create_engine, text

from app.domain.awards.models import VerificationFact
from app.domain.kernel.document_numbers import new_reference
from bench import serving
from bench.places import PEERS, ROOT, Backend

sys.path.insert(0, str(PEERS))
import harness  # the peers' own way of serving and of keeping environments

DOCUMENTS = 1_000_000
ASKED = 20_000
"""So many of the documents are asked for, in turn."""
ROUNDS, SECONDS, CONNECTIONS = 3, 4, 16
OPTIONS = ("--workers", "2", "--worker-class", "gthread", "--threads", "4")
CHUNK = 20_000
_ASKING = """
local asked = {}
for line in io.lines("%s") do asked[#asked + 1] = line end
local at, one = math.random(#asked), 0
math.randomseed(os.time())
request = function()
  at = at %% #asked + 1
  local from = string.format("10.%%d.%%d.%%d", math.random(0, 255), math.random(0, 255),
                             math.random(1, 254))
  return wrk.format("GET", "/verify/" .. asked[at], {["X-Forwarded-For"] = from})
end
"""


def measure(backend: Backend, name: str) -> dict[str, float]:
    """Return requests a second of the bare route and of our page, both medians."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing: apt-get install wrk")
    with backend.copied(name) as url:
        asked = _fill(url)
        script = serving.HOME / "verify.lua"
        script.parent.mkdir(parents=True, exist_ok=True)
        numbers = serving.HOME / "verify.txt"
        numbers.write_text("\n".join(asked), encoding="ascii")
        script.write_text(_ASKING % numbers, encoding="ascii")
        with _bare() as bare, _ours(url) as ours:
            return _loaded(
                {"bare": (f"{bare}/c/12345678", ()), "ours": (ours, ("-s", str(script)))}
            )


def _loaded(roads: dict[str, tuple[str, tuple[str, ...]]]) -> dict[str, float]:
    rates: dict[str, list[float]] = {name: [] for name in roads}
    for url, options in roads.values():
        _rate(url, options, 1)
    for _ in range(ROUNDS):
        for name, (url, options) in roads.items():
            rates[name].append(_rate(url, options, SECONDS))
    return {name: median(taken) for name, taken in rates.items()}


def _rate(url: str, options: tuple[str, ...], seconds: int) -> float:
    """Load an address; raise RuntimeError when any answer is not a good one."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", *options, url]
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    if "Non-2xx" in told or "Socket errors" in told or found is None:
        raise RuntimeError(f"{url} did not answer every request well:\n{told}")
    return float(found[1])


# The servers -----------------------------------------------------------------------------------


@contextmanager
def _bare() -> Iterator[str]:
    command = [str(harness.python_of("verify")), "-m", "gunicorn", *OPTIONS, "app:app"]
    with _served(command, PEERS / "verify", {}, "/c/1", 0) as address:
        yield address


@contextmanager
def _ours(url: str) -> Iterator[str]:
    command = [sys.executable, "-m", "gunicorn", *OPTIONS, "app:app"]
    with _served(command, ROOT, {"TRUSTED_PROXIES": "1"}, "/verify/", url) as address:
        yield address


@contextmanager
def _served(
    command: list[str], folder: Path, extra: dict[str, str], path: str, url: str | int
) -> Iterator[str]:
    port = serving.free_port()
    environment = serving.environment(str(url), port) | extra
    log = serving.HOME / "verify.log"
    with log.open("ab") as said:
        server = subprocess.Popen(
            [*command[:-1], f"--bind=127.0.0.1:{port}", command[-1]],
            cwd=folder, env=environment, stdout=said, stderr=said,
        )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        serving.wait_until(f"{address}{path}", server, log)
        yield address
    finally:
        serving.stop(server)


# The documents ---------------------------------------------------------------------------------


def _fill(url: str) -> list[str]:
    """Write the facts of a million documents; return the numbers that are asked for."""
    asked: list[str] = []
    table = VerificationFact.__table__
    engine = create_engine(url)
    with engine.connect() as connection:
        for start in range(0, DOCUMENTS, CHUNK):
            rows = [_fact(start + place) for place in range(CHUNK)]
            connection.execute(table.insert(), rows)
            connection.commit()
            asked += [row["reference"] for row in rows[:: DOCUMENTS // ASKED]]
        _settle(connection)
    engine.dispose()
    return asked


def _fact(place: int) -> dict[str, Any]:
    reference = new_reference()
    digest = hashlib.sha256(reference.encode()).hexdigest()
    return {
        "reference": reference, "code_digest": digest, "pdf_digest": digest,
        "document_id": place + 1, "record_type": "certificate", "state": "valid",
        "initials": "S. O.", "holder": "Siân O'Brien-Zieliński", "title": "Autocare Technician",
        "level": "2", "grade": "Pass", "issued_on": date(2026, 9, 1), "expires_on": None,
        "replaced_by": None,
    }  # fmt: skip


def _settle(connection: Connection) -> None:
    connection.execute(text("ANALYZE verification_facts"))
    connection.commit()
    if connection.dialect.name == "sqlite":
        # Otherwise the first count that is written waits until a million rows are moved.
        connection.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[attr-defined]
