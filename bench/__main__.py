"""Measures the portal and its peers in the same run: python -m bench [lists|finalise|start …]."""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from app.clock import now
from bench import (
    certificates,
    documents,
    exports,
    finalising,
    lists,
    places,
    report,
    serving,
    starting,
    uploads,
    verify,
)
from bench.places import Backend
from bench.report import Figure

WORDS = {
    "first": "first page",
    "deep": f"page {lists.DEEP_PAGE:,}",
    "last": "last page",
    "search": "surname contains",
    "filter": "status equals",
}


def loaded(backend: Backend, rows: int) -> str:
    """Return the name of the database that holds the registrations, made on first use."""
    name = f"hallmark_bench_{rows}_{places.key_of_data()}"
    if backend.exists(name):
        return name
    for old in backend.names():
        backend.drop(old)
    print(f"Loading {rows:,} registrations into {backend.name} …", file=sys.stderr, flush=True)
    part = f"{name}_part"
    backend.create(part)
    command = [sys.executable, "-m", "bench.load", str(rows)]
    environment = serving.environment(backend.url(part)) | {"PORTAL_ENV": "development"}
    subprocess.run(command, cwd=places.ROOT, env=environment, check=True)
    backend.rename(part, name)
    return name


def measure_lists(backend: Backend, name: str, chosen: argparse.Namespace) -> list[Figure]:
    """Return our list against the fastest peer in each case, and its last page by its first."""
    told = lists.measure(backend, name, chosen.rows, chosen.rounds)
    figures = [_list_figure(backend, case, told[case]) for case in WORDS]
    first, last = (told[case]["hallmark"].get("median_ms") for case in ("first", "last"))
    if first and last:
        label = f"{backend.name}: last page by first page"
        figures.append(report.at_most(label, "×", round(last / first, 2), 1.5))
    return figures


def _list_figure(backend: Backend, case: str, told: dict[str, dict[str, Any]]) -> Figure:
    label = f"{backend.name}: {WORDS[case]}"
    peers = {name: each["median_ms"] for name, each in told.items() if "median_ms" in each}
    ours = peers.pop("hallmark", None)
    if ours is None:
        raise SystemExit(f"{label}: our page {told['hallmark']['problem']}")
    return report.against_peers(label, "ms", ours, peers)


def measure_finalising(backend: Backend, name: str, chosen: argparse.Namespace) -> list[Figure]:
    """Return what finalising a thousand selected registrations takes, on a copy."""
    with backend.copied(name) as url:
        told = finalising.measure(url)
    label = f"{backend.name}: finalise {finalising.COUNT:,} selected"
    return [
        report.at_most(f"{label}, time", "s", round(told["seconds"], 3), 2),
        report.at_most(f"{label}, statements", "SQL", told["statements"], 20),
    ]


def measure_start(backend: Backend, name: str, chosen: argparse.Namespace) -> list[Figure]:
    """Return what a start takes, on the embedded database as people begin with it."""
    if backend.name != "sqlite":
        return []
    told = starting.measure(backend.url(name))
    return [
        report.at_most("preloaded worker forks and answers", "s", round(told["forked"], 3), 0.3),
        report.at_most("cold start to first answer", "s", round(told["cold"], 3), 2.5),
        report.at_most("database files changed by starting", "files", told["changed"], 0),
    ]


def measure_uploads(backend: Backend, name: str, chosen: argparse.Namespace) -> list[Figure]:
    """Return what an upload takes from file to settled rows, beside the peers' dry run of it."""
    told = uploads.measure(backend, name, chosen.rows)
    ours, label = told["hallmark"], f"{backend.name}: upload of {uploads.ROWS:,} rows"
    took = round(ours["seconds"], 3)
    peers = {kind: told[f"django-import-export, {kind}"]["seconds"] for kind in ("stock", "tuned")}
    longer = round(told["ten times"]["seconds"] / ours["seconds"], 2)
    finalised, edit = told["finalise"]["seconds"], told["finalise"]["edit_ms"]
    return [
        report.times_faster(label, "s", took, ("import-export, stock", peers["stock"]), 10),
        report.times_faster(label, "s", took, ("import-export, tuned", peers["tuned"]), 3),
        report.at_most(f"{label}, memory added", "MB", round(ours["peak_mb"]), 250),
        report.at_most(f"{label}, ten times as many by these", "×", longer, 10),
        report.at_most(f"{label}, finalised", "s", round(finalised, 2), 10),
        report.at_most(f"{label}, a cell edited", "ms", round(edit, 1), 100),
    ]


def measure_exports(backend: Backend, name: str, chosen: argparse.Namespace) -> list[Figure]:
    """Return what packing ten thousand documents adds to a worker's memory."""
    told = exports.measure(backend, name)
    label = f"{backend.name}: export of {exports.DOCUMENTS:,} documents"
    assert told["files"] == exports.DOCUMENTS, told
    return [
        report.at_most(f"{label}, memory added", "MB", round(told["added_mb"]), 100),
        report.at_most(f"{label}, time", "s", round(told["seconds"], 1), 60),
    ]


def measure_verify(backend: Backend, name: str, chosen: argparse.Namespace) -> list[Figure]:
    """Return how many numbers of documents are answered in a second, beside a bare route."""
    told = verify.measure(backend, name)
    label = f"{backend.name}: a number checked, {verify.DOCUMENTS:,} documents"
    ours, bare = round(told["ours"]), ("bare Flask route", round(told["bare"]))
    return [report.at_least_share(label, "a second", ours, bare, 0.5)]


def measure_certificates(backend: Backend, name: str, chosen: argparse.Namespace) -> list[Figure]:
    """Return what a thousand sealed certificates take one core; no database has a part in it."""
    if backend.name != "sqlite":
        return []
    told = certificates.measure()
    ours, theirs = round(told["hallmark"], 2), round(told[certificates.PEER], 2)
    label = f"{certificates.COUNT:,} certificates rendered and sealed on one core"
    jobs = {workers: round(took, 2) for workers, took in documents.measure().items()}
    peer, issued = (certificates.PEER, theirs), f"{documents.COUNT:,} certificates issued"
    return [
        report.times_faster(label, "s", ours, peer, 3),
        report.times_faster(f"{issued}, one worker", "s", jobs[1], peer, 2),
        report.times_faster(f"{issued}, two workers", "s", jobs[2], ("one worker", jobs[1]), 1.7),
    ]


Bench = Callable[[Backend, str, argparse.Namespace], list[Figure]]
BENCHES: dict[str, Bench] = {
    "lists": measure_lists,
    "finalise": measure_finalising,
    "start": measure_start,
    "uploads": measure_uploads,
    "exports": measure_exports,
    "verify": measure_verify,
    "certificates": measure_certificates,
}


def main() -> None:
    """Read the command line, measure, print and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHES, []], help="all without any")
    parser.add_argument("--rows", type=int, default=1_000_000, help="registrations")
    parser.add_argument("--rounds", type=int, default=15, help="requests timed for each case")
    parser.add_argument("--only", choices=["sqlite", "postgresql"], help="one kind of database")
    chosen = parser.parse_args()
    os.chdir(places.ROOT)
    figures: list[Figure] = []
    for kind, backend in places.backends(chosen.rows).items():
        if chosen.only in (None, kind):
            name = loaded(backend, chosen.rows)
            for bench in chosen.names or BENCHES:
                figures += BENCHES[bench](backend, name, chosen)
    print(report.table(figures))
    missed = [each.name for each in figures if not each.met]
    print(f"\nNot met: {'; '.join(missed)}." if missed else "\nEvery target is met.")
    if not chosen.names and not chosen.only:
        report.write(figures, now(), chosen.rows, busy=os.getloadavg()[2])


if __name__ == "__main__":
    main()
