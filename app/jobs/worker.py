"""The worker: huey's consumer in this process, with a sweep every few seconds."""

import gc
import signal
import time
from typing import Any

from flask import Flask
from huey.consumer import Consumer, Scheduler

from app.jobs import exports, handlers, sweeping
from app.jobs.queue import Queue

SWEEP_EVERY = 15.0
"""Seconds between two sweeps."""
GRACE = 4.0
"""Seconds that work in hand gets to end when the worker is told to stop."""
COLLECTED_AFTER = 20_000
"""New objects after which garbage is looked for; rows in hand are many, and none of them is."""


def sweep(queue: Queue) -> None:
    """Ring for every job that waits; then settle what gateway and storage may be slow at."""
    for job_id in sweeping.due():
        queue.ring(job_id)
    sweeping.settle_payments()
    exports.clear_expired()


class SweepingScheduler(Scheduler):
    """huey's scheduler, which also asks for a sweep at once and then every few seconds."""

    queue: Queue
    every = SWEEP_EVERY

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._next_sweep = 0.0

    def loop(self, now: Any = None) -> None:
        """Ring the sweep when its time has come, then do what huey's scheduler does."""
        if time.monotonic() >= self._next_sweep:
            self._next_sweep = time.monotonic() + self.every
            self.queue.ring_sweep()
        super().loop(now)


class PortalConsumer(Consumer):
    """huey's consumer, which ends its work in hand on SIGTERM and on Ctrl+C alike."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for wish in (signal.SIGTERM, signal.SIGINT):
            self._signal_actions[wish] = (False, True)


def keep_what_is_loaded() -> None:
    """Look for garbage seldom, and never in what was loaded by now, which stays.

    Otherwise the rows of an upload make Python walk through all modules again and again, which
    takes up to a third of the time.
    """
    gc.freeze()
    gc.set_threshold(COLLECTED_AFTER, 20, 20)


def work(portal: Flask, *, every: float = SWEEP_EVERY) -> None:
    """Do background work until told to stop."""
    keep_what_is_loaded()
    queue: Queue = portal.extensions["queue"]
    scheduler = type("PortalScheduler", (SweepingScheduler,), {"queue": queue, "every": every})
    consumer_class = type("Worker", (PortalConsumer,), {"scheduler_class": scheduler})
    consumer = consumer_class(
        queue.huey,
        workers=2,
        periodic=False,
        initial_delay=0.1,
        max_delay=1.0,
        shutdown_timeout=GRACE,
        graceful_signal="TERM",
    )
    consumer.run()


def drain(limit: int = 10_000) -> int:
    """Settle payments and run every job that is due, here and now; return how many were run."""
    sweeping.settle_payments()
    exports.clear_expired()
    done = 0
    while done < limit and (waiting := sweeping.due()):
        ran = sum(handlers.run(job_id) for job_id in waiting)
        done += ran
        if not ran:
            break
    return done
