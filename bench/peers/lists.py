"""Measure how long the list pages of the admin peers take, over the same registrations."""

import argparse
import json
import re
import time
import tomllib
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from http.client import HTTPException
from http.cookiejar import CookieJar
from math import inf
from pathlib import Path
from statistics import median
from typing import Any, Self
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import harness

PEERS = ("django_admin", "flask_admin", "fab_stock")
CASES = ("first", "deep", "last", "search", "filter")
PAGE_ROWS = 25
DEEP_PAGE = 1000
PAGES = ("deep", "last")  # These must not show the rows of the first page.
WORDS = {"search": "thornt", "filter": "submitted"}  # Each row of these must bear its word.
DEADLINE = 60


@dataclass(frozen=True)
class Peer:
    """A program with a list to measure: where it is, how to log in, which address is which case."""

    name: str
    login: str
    paths: dict[str, str]
    folder: str = ""
    address: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    username: str = "admin"
    password: str = "portal-peers"
    username_field: str = "username"
    row: str = r"REG-\d{7}"
    words: dict[str, str] = field(default_factory=dict)  # What a case's word is called here.

    @classmethod
    def read_all(cls, path: Path, folder: str = "") -> list[Self]:
        """Return the peers that a .toml file describes, one for each of its tables."""
        return [
            cls(
                name=name,
                folder=folder,
                paths={case: told.pop(case) for case in CASES if case in told},
                **told,
            )
            for name, told in tomllib.loads(path.read_text()).items()
        ]


@dataclass
class Visit:
    """One case of one logged-in peer, with the times taken so far.

    Each row shown must match `row` and bear `word`, and must not be among the `foreign` ones.
    """

    opener: OpenerDirector
    url: str
    row: re.Pattern[str]
    word: str = ""
    foreign: frozenset[str] = frozenset()
    shown: frozenset[str] = frozenset()
    milliseconds: list[float] = field(default_factory=list)
    page_bytes: int = 0
    problem: str = ""

    def ask(self, *, keep: bool) -> None:
        """Fetch the page whole, check that it shows its rows, and keep the time it took."""
        if self.problem:
            return
        begun = time.perf_counter()
        try:
            with self.opener.open(self.url, timeout=DEADLINE) as answer:
                page = answer.read().decode()
        except (OSError, HTTPException) as error:
            seconds = time.perf_counter() - begun
            self.problem = f"{_short(error)} after {seconds:.0f} s"
            return
        took = 1000 * (time.perf_counter() - begun)
        self.shown = frozenset(self.row.findall(page))
        if len(self.shown) != PAGE_ROWS:
            self.problem = f"shows {len(self.shown)} rows"
        elif page.lower().count(self.word) < PAGE_ROWS or self.shown & self.foreign:
            self.problem = "shows wrong rows"
        elif keep:
            self.milliseconds.append(took)
            self.page_bytes = len(page)

    def report(self) -> dict[str, Any]:
        """Return median and best time in milliseconds, or what went wrong."""
        if self.problem:
            return {"problem": self.problem}
        return {
            "median_ms": round(median(self.milliseconds), 2),
            "best_ms": round(min(self.milliseconds), 2),
            "requests": len(self.milliseconds),
            "page_bytes": self.page_bytes,
        }


class _Form(HTMLParser):
    """The hidden fields of a login page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "input" and told.get("type") == "hidden":
            self.hidden[told.get("name") or ""] = told.get("value") or ""


def log_in(peer: Peer, address: str) -> OpenerDirector:
    """Send the login form as a browser does; return what holds the session."""
    opener = build_opener(HTTPCookieProcessor(CookieJar()))
    url = urljoin(address, peer.login)
    hidden = _Form(opener.open(url).read().decode()).hidden
    sent = {**hidden, peer.username_field: peer.username, "password": peer.password}
    opener.open(url, urlencode(sent).encode()).read()
    return opener


def measure(peers: list[Peer], rows: int, url: str, rounds: int) -> dict[str, Any]:
    """Serve all peers at once, and ask each in turn, so that a busy moment meets them all."""
    numbers = _page_numbers(rows)
    with ExitStack() as running:
        sessions = {}
        for peer in peers:
            address = peer.address or running.enter_context(_serving(peer, url))
            sessions[peer.name] = (peer, address, log_in(peer, address))
        report: dict[str, Any] = {}
        opening: dict[str, frozenset[str]] = {}
        for case in CASES:
            visits = {
                name: Visit(
                    opener,
                    urljoin(address, peer.paths[case].format(**numbers)),
                    re.compile(peer.row),
                    word=peer.words.get(case, WORDS.get(case, "")),
                    foreign=opening.get(name, frozenset()) if case in PAGES else frozenset(),
                )
                for name, (peer, address, opener) in sessions.items()
                if case in peer.paths
            }
            for done in range(-2, rounds):
                for visit in visits.values():
                    visit.ask(keep=done >= 0)
            opening = opening or {name: visit.shown for name, visit in visits.items()}
            report[case] = {name: visit.report() for name, visit in visits.items()}
            print(f"{case}: done", flush=True)
    return report


def print_report(peers: list[Peer], report: dict[str, Any]) -> None:
    """Print a line for each peer: medians in ms, and how many times the fastest of the case."""
    fastest = {
        case: min((told.get("median_ms", inf) for told in report[case].values()), default=inf)
        for case in CASES
    }
    lines = []
    for peer in peers:
        line = [peer.name]
        for case in CASES:
            told = report[case].get(peer.name, {"problem": "-"})
            took = told.get("median_ms")
            ratio = f"{took:.0f} (x{took / fastest[case]:.1f})" if took else told["problem"]
            line.append(ratio)
        lines.append(line)
    harness.print_table(["median ms (x fastest)", *CASES], lines)


def main() -> None:
    """Read the command line, measure, print the table and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="a multiple of 25")
    parser.add_argument("--url", help="postgresql://USER@HOST:PORT/DATABASE; SQLite without")
    parser.add_argument("--rounds", type=int, default=15, help="requests timed for each case")
    parser.add_argument("--only", nargs="*", help="the names of the peers to measure")
    parser.add_argument("--extra", type=Path, help="a .toml file with more peers, served already")
    parser.add_argument("--json", type=Path, help="write the report here too")
    chosen = parser.parse_args()
    url = chosen.url or harness.sqlite_url(chosen.rows)
    harness.make_database(chosen.rows, url)
    files = [(harness.HERE / folder / "peer.toml", folder) for folder in PEERS]
    if chosen.extra:
        files.append((chosen.extra, ""))
    peers = [peer for path, folder in files for peer in Peer.read_all(path, folder)]
    peers = [peer for peer in peers if not chosen.only or peer.name in chosen.only]
    report = measure(peers, chosen.rows, url, chosen.rounds)
    print_report(peers, report)
    if chosen.json:
        told = {
            "measured": datetime.now(UTC).isoformat(timespec="minutes"),
            "database": url.partition(":")[0],
            "rows": chosen.rows,
            "cases": report,
        }
        chosen.json.write_text(json.dumps(told, indent=2) + "\n")


def _serving(peer: Peer, url: str) -> AbstractContextManager[str]:
    environment = {**peer.environment, "DATABASE_URL": url}
    harness.run(peer.folder, "app.py", env=environment)
    return harness.serving(peer.folder, env=environment)


def _page_numbers(rows: int) -> dict[str, Any]:
    last = rows // PAGE_ROWS
    deep = min(DEEP_PAGE, last)
    return {
        "deep": deep,
        "deep_index": deep - 1,
        "last": last,
        "last_index": last - 1,
        "surname": WORDS["search"],
        "status": WORDS["filter"],
    }


def _short(error: Exception) -> str:
    return str(error.code) if isinstance(error, HTTPError) else type(error).__name__


if __name__ == "__main__":
    main()
