"""Background work: rows claimed by one worker, resumed by another when the first one dies."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.clock import now
from app.domain.kernel import audit, jobs, limits
from app.domain.kernel.tables import Event, EventSeal, IdempotencyToken, Job, RateCount
from app.domain.kernel.viewer import SEALER, SYSTEM, seen_by
from app.extensions import db
from app.jobs import handlers, runner, sweeping, worker
from app.jobs.queue import Queue
from app.jobs.runner import Work
from app.transaction import transaction
from tests.conftest import Inside

LEASE = timedelta(minutes=2)


def enqueue(kind: str = "seal_audit", key: str | None = None) -> int:
    with seen_by(SYSTEM), transaction():
        jobs.enqueue(db.session(), kind, {"n": 1}, key=key, at=now())
    with seen_by(SYSTEM):
        return db.session.scalars(select(Job.id).order_by(Job.id.desc())).first() or 0


def job(job_id: int) -> Job:
    found = db.session.get(Job, job_id, populate_existing=True)
    assert found is not None
    return found


@pytest.mark.both_databases
def test_a_job_has_one_worker(portal: Flask, backend: str, inside: Inside) -> None:
    with inside():
        job_id = enqueue()
        with transaction():
            first = jobs.claim(db.session(), job_id, at=now())
            second = jobs.claim(db.session(), job_id, at=now())
        assert first is not None
        assert (first.kind, first.payload, first.tries) == ("seal_audit", {"n": 1}, 1)
        assert second is None


@pytest.mark.both_databases
def test_a_silent_worker_loses_its_job(portal: Flask, backend: str, inside: Inside) -> None:
    with inside():
        job_id, start = enqueue(), now()
        with transaction():
            first = jobs.claim(db.session(), job_id, at=start, lease=LEASE)
        assert first is not None
        assert jobs.due(db.session(), at=start + timedelta(minutes=1)) == []
        later = start + timedelta(minutes=3)
        assert jobs.due(db.session(), at=later) == [job_id]
        with transaction():
            second = jobs.claim(db.session(), job_id, at=later, lease=LEASE)
        assert second is not None
        assert second.tries == 2
        with pytest.raises(jobs.LeaseLostError), transaction():
            jobs.finish(db.session(), first, at=later)
        with transaction():
            jobs.finish(db.session(), second, at=later)
        assert job(job_id).state == "done"


def test_what_a_worker_does_after_losing_its_job_is_not_saved(inside: Inside) -> None:
    with inside():
        job_id = enqueue()
        with transaction():
            held = jobs.claim(db.session(), job_id, at=now(), lease=LEASE)
            jobs.claim(db.session(), job_id, at=now() + LEASE * 2)
        assert held is not None
        work = Work(held, LEASE)
        with pytest.raises(jobs.LeaseLostError), work.chunk(SYSTEM):
            jobs.enqueue(db.session(), "never", at=now())
    with inside():
        assert db.session.scalar(select(Job.id).where(Job.kind == "never")) is None


def test_a_chunk_keeps_its_progress(inside: Inside) -> None:
    with inside():
        job_id = enqueue()
        with transaction():
            held = jobs.claim(db.session(), job_id, at=now())
        assert held is not None
        work = Work(held, LEASE)
        with work.chunk(SEALER):
            work.done, work.total = 500, 1200
        with seen_by(SYSTEM):
            assert (job(job_id).done, job(job_id).total) == (500, 1200)


def test_a_failing_job_is_tried_later_and_at_last_given_up(inside: Inside) -> None:
    def fail(_work: Work) -> None:
        raise ValueError("the printer is on fire")

    with inside():
        job_id = enqueue("print")
        assert runner.run(job_id, {"print": fail})
        with seen_by(SYSTEM):
            row = job(job_id)
            assert (row.state, row.tries) == ("queued", 1)
            assert row.error == "ValueError: the printer is on fire"
            assert row.run_at > now() + timedelta(seconds=10)
        assert not runner.run(job_id, {"print": fail}), "it is not due yet"
        with seen_by(SYSTEM), transaction():
            job(job_id).tries, job(job_id).run_at = jobs.GIVE_UP - 1, now()
        runner.run(job_id, {"print": fail})
        with seen_by(SYSTEM):
            assert job(job_id).state == "failed"


def test_the_same_key_waits_once(inside: Inside) -> None:
    with inside():
        before = db.session.scalar(select(func.count(Job.id)).where(Job.key == "k")) or 0
        enqueue(key="k")
        enqueue(key="k")
        assert db.session.scalar(select(func.count(Job.id)).where(Job.key == "k")) == before + 1


@pytest.mark.both_databases
def test_the_sweep_seals_events_and_the_chain_shows_a_change(
    portal: Flask, backend: str, inside: Inside
) -> None:
    with inside():
        worker.drain()
        with seen_by(SYSTEM):
            assert audit.count_unsealed(db.session()) == 0
            assert db.session.scalar(select(func.count(EventSeal.id)))
            assert audit.broken_links(db.session()) == []
        with seen_by(SYSTEM), transaction():
            first = db.session.scalars(select(Event).order_by(Event.id)).first()
            assert first is not None
            first.actor = "Somebody else"
            changed = first.id
        with seen_by(SYSTEM):
            assert audit.broken_links(db.session()) == [f"Event {changed} was edited."]
    told = portal.test_cli_runner().invoke(args=["portal", "verify-audit"])
    assert told.exit_code == 1
    assert f"Event {changed} was edited." in told.output


def test_the_sweep_forgets_what_has_served(inside: Inside) -> None:
    with inside():
        limits.spend("door", most=5, seconds=60)
        old = now() - timedelta(days=8)
        with seen_by(SYSTEM), transaction():
            session = db.session()
            session.add(
                IdempotencyToken(user_id=1, token="t", purpose="p", result="", created_at=old)
            )
            session.add(RateCount(bucket="window", window=int(old.timestamp()), count=3))
        sweeping.due()
        with seen_by(SYSTEM):
            assert db.session.scalar(select(func.count(IdempotencyToken.id))) == 0
            assert list(db.session.scalars(select(RateCount.bucket))) == ["door"]
            assert limits.spent("door", seconds=60) == 1


def test_one_failing_step_does_not_stop_the_sweep(
    inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no")

    with inside():
        monkeypatch.setattr("app.jobs.sweeping.outbox.due_now", fail)
        job_id = enqueue()
        assert job_id in sweeping.due()


def test_a_portal_opens_its_queue_only_when_it_rings(portal: Flask) -> None:
    fresh = Queue(portal, handlers.run, worker.sweep)
    assert fresh._huey is None


def test_a_queue_that_does_not_answer_costs_nothing_but_time(
    inside: Inside, portal: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Queue(portal, handlers.run, worker.sweep)
    monkeypatch.setitem(portal.config, "REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setitem(portal.extensions, "queue", broken)
    with inside():
        job_id = enqueue()
        with seen_by(SYSTEM):
            assert job(job_id).state == "queued"
        assert handlers.run(job_id)


@pytest.mark.parametrize("redis_url", ["", "redis://127.0.0.1:6379/9"])
def test_a_rung_job_reaches_the_worker(
    inside: Inside, portal: Flask, monkeypatch: pytest.MonkeyPatch, redis_url: str, tmp_path
) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setitem(portal.config, "REDIS_URL", redis_url)
    monkeypatch.setitem(portal.config, "PORTAL_HOME", tmp_path)
    queue = Queue(portal, handlers.run, worker.sweep)
    monkeypatch.setitem(portal.extensions, "queue", queue)
    queue.huey.storage.flush_queue()
    with inside():
        job_id = enqueue()
        assert len(queue.huey) == 1
    queue.huey.execute(queue.huey.dequeue())
    with inside():
        assert job(job_id).state == "done"
