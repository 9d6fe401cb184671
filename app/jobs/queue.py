"""The queue: huey on SQLite or Redis, hosting two tasks; the truth of a job is its row."""

import logging
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, current_app

from app.domain.kernel import jobs

if TYPE_CHECKING:
    from huey import Huey

logger = logging.getLogger(__name__)


class QueueUnreachableError(Exception):
    """The queue does not answer; the sweep will find what it was not told."""


def open_queue(redis_url: str, home: Path, secret: str) -> "Huey":
    """Return the queue that the settings ask for; its entries are signed with ``secret``."""
    from huey import RedisHuey, SqliteHuey
    from huey.serializer import SignedSerializer
    from redis import ConnectionPool

    signed = SignedSerializer(secret=secret)
    if redis_url:
        pool = ConnectionPool.from_url(
            redis_url, socket_connect_timeout=3, socket_timeout=10, health_check_interval=30
        )
        return RedisHuey("hallmark", connection_pool=pool, results=False, serializer=signed)
    home.mkdir(parents=True, exist_ok=True)
    # A lost entry costs nothing but the wait for the next sweep: no fsync.
    return SqliteHuey(
        "hallmark",
        filename=str(home / "queue.db"),
        results=False,
        fsync=False,
        serializer=signed,
    )


class Queue:
    """The two tasks of one portal, opened when they are first asked for."""

    def __init__(
        self, portal: Flask, run: Callable[[int], None], sweep: Callable[["Queue"], None]
    ) -> None:
        self._portal = portal
        self._run = run
        self._sweep = sweep
        self._opening = threading.Lock()
        self._huey: Huey | None = None
        self._tasks: dict[str, Callable[..., Any]] = {}
        self.swept = threading.Event()
        self.swept.set()

    @property
    def huey(self) -> "Huey":
        """The queue itself, opened when it is first asked for."""
        with self._opening:
            if self._huey is None:
                self._huey = open_queue(
                    self._portal.config["REDIS_URL"],
                    self._portal.config["PORTAL_HOME"],
                    self._portal.config["SECRET_KEY"],
                )
                self._tasks = {
                    "run": self._huey.task(name="run")(self._host_run),
                    "sweep": self._huey.task(name="sweep")(self._host_sweep),
                }
            return self._huey

    def _put(self, name: str, *arguments: int) -> None:
        from redis.exceptions import RedisError

        try:
            assert self.huey is not None  # opens it
            self._tasks[name](*arguments)
        except (RedisError, sqlite3.Error, OSError) as error:
            raise QueueUnreachableError(str(error)) from error

    def _host_run(self, job_id: int) -> None:
        with self._portal.app_context():
            self._run(job_id)

    def _host_sweep(self) -> None:
        try:
            with self._portal.app_context():
                self._sweep(self)
        finally:
            self.swept.set()

    def ring(self, job_id: int) -> None:
        """Tell the worker of a job; when the queue does not answer, the sweep finds the row."""
        try:
            self._put("run", job_id)
        except QueueUnreachableError as error:
            logger.warning("The queue cannot be reached: %s", error)

    def ring_sweep(self) -> None:
        """Ask the worker to sweep, unless the last sweep has not ended."""
        if self.swept.is_set():
            self.swept.clear()
            try:
                self._put("sweep")
            except QueueUnreachableError as error:
                self.swept.set()
                logger.warning("The queue cannot be reached: %s", error)


def ring_here(job_id: int) -> None:
    """Tell the worker of the portal at hand of a job."""
    queue: Queue = current_app.extensions["queue"]
    queue.ring(job_id)


def attach(portal: Flask, run: Callable[[int], None], sweep: Callable[[Queue], None]) -> None:
    """Give ``portal`` its queue, and let new jobs ring it; nothing is opened or written."""
    portal.extensions["queue"] = Queue(portal, run, sweep)
    jobs.wake_with(ring_here)
