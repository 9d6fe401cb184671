"""Keeps checkouts and messages in one SQLite file, so that a restart loses nothing."""

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from test_gateway.switches import Faults

_TABLES = """
CREATE TABLE IF NOT EXISTS checkout (
    id TEXT PRIMARY KEY,
    attempt_key TEXT NOT NULL UNIQUE,
    request TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'open',
    reason TEXT NOT NULL DEFAULT '',
    payment_id TEXT,
    created_at REAL NOT NULL,
    expires_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL,
    url TEXT NOT NULL,
    payload TEXT NOT NULL,
    due_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'waiting'
);
CREATE INDEX IF NOT EXISTS message_due ON message (state, due_at);
"""


class KeyReusedError(Exception):
    """The same key came with another request."""


class Store:
    """All state of the gateway; one connection, one thread at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.executescript(_TABLES)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Let one thread change things, all or nothing."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def open_checkout(self, key: str, request: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """Return the checkout of a key and whether it is new."""
        text = json.dumps(request, sort_keys=True)
        with self.transaction() as db:
            row = db.execute("SELECT * FROM checkout WHERE attempt_key = ?", (key,)).fetchone()
            if row and row["request"] != text:
                raise KeyReusedError
            if row:
                return _checkout(row), False
            db.execute(
                "INSERT INTO checkout (id, attempt_key, request, created_at, expires_at)"
                " VALUES (?, ?, ?, ?, ?)",
                (f"ts_{secrets.token_hex(16)}", key, text, time.time(), request["expires_at"]),
            )
            row = db.execute("SELECT * FROM checkout WHERE attempt_key = ?", (key,)).fetchone()
            return _checkout(row), True

    def find_checkout(self, *, id: str = "", key: str = "") -> dict[str, Any] | None:
        """Find a checkout by its id or its key."""
        with self._lock:
            row = self._db.execute(
                "SELECT * FROM checkout WHERE id = ? OR attempt_key = ?", (id, key)
            ).fetchone()
        return _checkout(row) if row else None

    def settle(self, id: str, status: str, *, reason: str = "") -> dict[str, Any] | None:
        """Move a checkout that may still be paid and queue its event; None if it may not."""
        payment_id = f"tp_{secrets.token_hex(12)}" if status == "paid" else None
        with self.transaction() as db:
            moved = db.execute(
                "UPDATE checkout SET status = ?, reason = ?, payment_id = ? WHERE id = ?"
                " AND status IN ('open', 'declined') AND (expires_at > ? OR ? = 'abandoned')"
                " RETURNING *",
                (status, reason, payment_id, id, time.time(), status),
            ).fetchone()
            if not moved:
                return None
            checkout = _checkout(moved)
            _queue_event(db, checkout)
            return checkout

    def run_out(self) -> None:
        """Abandon the checkouts whose time is over."""
        with self._lock:
            rows = self._db.execute(
                "SELECT id FROM checkout WHERE status IN ('open', 'declined') AND expires_at <= ?",
                (time.time(),),
            ).fetchall()
        for row in rows:
            self.settle(row["id"], "abandoned", reason="expired")

    def admit_messages(self, faults: Faults, *, overtaking: float) -> None:
        """Give new messages their time, as the faults have it."""
        with self.transaction() as db:
            new = db.execute("SELECT id FROM message WHERE state = 'new' ORDER BY id").fetchall()
            for row in new:
                due = time.time() + faults.delay
                if faults.reorder:
                    overtaken = db.execute(
                        "UPDATE message SET due_at = ? WHERE state = 'waiting'", (due + 0.001,)
                    ).rowcount
                    due = due if overtaken else due + overtaking
                db.execute(
                    "UPDATE message SET state = ?, due_at = ? WHERE id = ?",
                    ("lost" if faults.drop else "waiting", due, row["id"]),
                )
                if faults.duplicate:
                    db.execute(
                        "INSERT INTO message (event_id, url, payload, due_at, state)"
                        " SELECT event_id, url, payload, due_at, state FROM message WHERE id = ?",
                        (row["id"],),
                    )

    def due_message(self, now: float) -> sqlite3.Row | None:
        """Return the message that is to be sent next, if its time has come."""
        with self._lock:
            row: sqlite3.Row | None = self._db.execute(
                "SELECT * FROM message WHERE state = 'waiting' AND due_at <= ?"
                " ORDER BY due_at, id LIMIT 1",
                (now,),
            ).fetchone()
        return row

    def next_due(self) -> float | None:
        """Return when the next message is due."""
        with self._lock:
            row = self._db.execute(
                "SELECT min(due_at) FROM message WHERE state = 'waiting'"
            ).fetchone()
        return row[0] if row else None

    def note_attempt(self, id: int, *, state: str, due_at: float) -> None:
        """Record how sending a message went."""
        with self.transaction() as db:
            db.execute(
                "UPDATE message SET attempts = attempts + 1, state = ?, due_at = ? WHERE id = ?",
                (state, due_at, id),
            )


def _checkout(row: sqlite3.Row) -> dict[str, Any]:
    kept = {name: row[name] for name in row.keys() if name != "request"}  # noqa: SIM118
    request: dict[str, Any] = json.loads(row["request"])
    return request | kept


def _queue_event(db: sqlite3.Connection, checkout: dict[str, Any]) -> None:
    event_id = f"te_{secrets.token_hex(12)}"
    event = {
        "id": event_id,
        "type": f"checkout.{checkout['status']}",
        "created": int(time.time()),
        "data": {
            "checkout_id": checkout["id"],
            "order_reference": checkout["order_reference"],
        },
    }
    db.execute(
        "INSERT INTO message (event_id, url, payload, due_at, state) VALUES (?, ?, ?, ?, 'new')",
        (event_id, checkout["webhook_url"], json.dumps(event), time.time()),
    )
