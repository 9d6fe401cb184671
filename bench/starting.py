"""Measures how long a start takes: of a cold web process, and of a worker that forks."""

import hashlib
import os
import signal
import subprocess
import time
from pathlib import Path
from statistics import median

from sqlalchemy import make_url

from bench import serving

ROUNDS = 5


def measure(database_url: str) -> dict[str, float]:
    """Return seconds of a cold start and of a fork, and how many database files they changed."""
    cold, forked = [], []
    before = _state(database_url)
    for _ in range(ROUNDS):
        port = serving.free_port()
        url = f"http://127.0.0.1:{port}/login/"
        begun = time.perf_counter()
        server = serving.start(database_url, port)
        try:
            serving.wait_for(url, server, serving.HOME / "web.log")
            cold.append(time.perf_counter() - begun)
            forked.append(_fork(server, url))
        finally:
            serving.stop(server)
    after = _state(database_url)
    changed = sum(before.get(name) != after.get(name) for name in before | after)
    return {"cold": median(cold), "forked": median(forked), "changed": float(changed)}


def _fork(server: "subprocess.Popen[bytes]", url: str) -> float:
    """Kill the only worker, and wait for the answer of the one that takes its place."""
    (worker,) = _children(server.pid)
    begun = time.perf_counter()
    os.kill(worker, signal.SIGKILL)
    while not serving.answers(url):
        time.sleep(0.002)
    took = time.perf_counter() - begun
    assert _children(server.pid) != [worker]
    return took


def _children(pid: int) -> list[int]:
    told = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in told.split()]


def _state(database_url: str) -> dict[str, str]:
    """Return a digest of each file of an embedded database."""
    url = make_url(database_url)
    if not url.drivername.startswith("sqlite"):
        return {}
    file = Path(str(url.database))
    found = [Path(f"{file}{end}") for end in ("", "-wal")]
    return {each.name: _digest(each) for each in found if each.exists() and each.stat().st_size}


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
