"""Measures the list of registrations beside the peers', by the peers' own harness."""

import json
import os
import subprocess
import sys
from typing import Any

from bench import serving
from bench.places import PEERS, Backend

DEEP_PAGE = 1000
"""As in peers/lists.py."""
PATH = "/apprenticeships/"
ROW = rf'{PATH}(\d+)"'
TAB = "tab=all"


def measure(backend: Backend, name: str, rows: int, rounds: int) -> dict[str, Any]:
    """Serve our list and return the harness's report: for each case, what each program took."""
    url = backend.url(name)
    deep = _deep_address(url)
    backend.prepare_peers()
    described, told = serving.HOME / "portal.toml", serving.HOME / f"lists-{backend.name}.json"
    with serving.serving(url) as address:
        described.write_text(_description(address, deep), encoding="utf-8")
        command = [
            sys.executable, str(PEERS / "lists.py"), "--rows", str(rows), "--rounds", str(rounds),
            "--extra", str(described), "--json", str(told), "--url", backend.peers_url,
        ]  # fmt: skip
        subprocess.run(command, check=True, env=os.environ)
    report: dict[str, Any] = json.loads(told.read_text(encoding="utf-8"))["cases"]
    return report


def _description(address: str, deep: str) -> str:
    return f"""
[hallmark]
address = "{address}"
login = "/login/"
username = "{serving.STAFF}"
password = "{serving.PASSWORD}"
row = '{ROW}'
first = "{PATH}?{TAB}"
deep = "{deep}"
last = "{PATH}?{TAB}&before=end"
search = "{PATH}?{TAB}&q={{surname}}"
filter = "{PATH}?{TAB}&f_state=awaiting_finalisation"
words = {{ filter = "awaiting finalisation" }}
"""


def _deep_address(database_url: str) -> str:
    """Return the address of a page as deep as the peers', found by going there."""
    command = [sys.executable, "-m", "bench.deep", f"{PATH}?{TAB}", str(DEEP_PAGE)]
    environment = serving.environment(database_url)
    done = subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE, text=True)
    return done.stdout.splitlines()[-1]
