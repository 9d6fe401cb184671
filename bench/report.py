"""What was measured: figures with their targets, as a table and as JSON."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import psycopg

from bench.places import ROOT, plain, server


@dataclass(frozen=True)
class Figure:
    """One thing measured: ours beside the best peer's or beside a limit."""

    name: str
    unit: str
    ours: float
    peer: float | None
    ratio: float | None
    target: str
    met: bool
    peer_name: str = ""


def against_peers(name: str, unit: str, ours: float, peers: dict[str, float]) -> Figure:
    """Return a figure that must be below the best peer's."""
    best = min(peers, key=lambda peer: peers[peer])
    ratio = round(ours / peers[best], 2)
    return Figure(
        name, unit, ours, peers[best], ratio, "faster than every peer", ours < peers[best], best
    )


def times_faster(
    name: str, unit: str, ours: float, peer: tuple[str, float], times: float
) -> Figure:
    """Return a figure that a peer, given by name and figure, must need so many times."""
    called, theirs = peer
    target = f"at least {times:g} times faster"
    return Figure(
        name, unit, ours, theirs, round(ours / theirs, 3), target, ours * times <= theirs, called
    )


def at_least_share(
    name: str, unit: str, ours: float, peer: tuple[str, float], share: float
) -> Figure:
    """Return a rate that must reach a share of the peer's, given by name and rate."""
    called, theirs = peer
    target = f"at least {share:.0%} of it"
    return Figure(
        name, unit, ours, theirs, round(ours / theirs, 2), target, ours >= theirs * share, called
    )


def at_most(name: str, unit: str, ours: float, limit: float) -> Figure:
    """Return a figure that must not pass a limit."""
    ratio = round(ours / limit, 2) if limit else None
    target = f"at most {limit:g} {unit}" if limit else "none"
    return Figure(name, unit, ours, None, ratio, target, ours <= limit)


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a Markdown table."""
    lines = [
        ["", "ours", "best peer", "ours / limit", "target", "met"],
        ["---", "---:", "---:", "---:", "---", "---"],
    ]
    for each in figures:
        peer = "" if each.peer is None else f"{_shown(each.peer, each.unit)} ({each.peer_name})"
        ratio = "" if each.ratio is None else f"{each.ratio:.2f}"
        met = "yes" if each.met else "**not met**"
        lines.append([each.name, _shown(each.ours, each.unit), peer, ratio, each.target, met])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _shown(value: float, unit: str) -> str:
    digits = f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
    return f"{digits} {unit}"


def write(figures: Sequence[Figure], at: datetime, rows: int, busy: float) -> None:
    """Write results.md and results.json; ``busy`` is the load of the machine meanwhile."""
    folder = ROOT / "bench"
    _json(folder / "results.json", figures)
    missed = [each.name for each in figures if not each.met]
    verdict = f"Not met: {'; '.join(missed)}." if missed else "Every target is met."
    text = f"""# Results

`make bench`, {at:%d %B %Y %H:%M} UTC, {rows:,} registrations, {_machine()}.
One moment on one machine, whose load was {busy:.1f}: above the number of its cores, all took longer
than they take alone. Read times as ratios: medians, in the same run as the peers.

{table(figures)}

{verdict}
"""
    (folder / "results.md").write_text(text, encoding="utf-8")


def _json(file: Path, figures: Sequence[Figure]) -> None:
    told = [asdict(each) for each in figures]
    file.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _machine() -> str:
    cores = len(os.sched_getaffinity(0))
    words = [f"{cores} cores", f"Python {platform.python_version()}"]
    try:
        with psycopg.connect(plain(server()), connect_timeout=3) as connection:
            words.append(f"PostgreSQL {connection.info.server_version // 10000}")
    except psycopg.OperationalError:
        pass
    return ", ".join(words)
