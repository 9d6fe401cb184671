"""A worker killed in the middle of notifying everybody: nobody gets two letters, nobody none."""

import signal
import threading

import pytest
from sqlalchemy import func, select

from app.clock import now
from app.domain.awards import queries
from app.domain.awards.models import Notice
from app.domain.awards.service import notifying
from app.domain.kernel.idempotency import new_token
from app.domain.kernel.tables import Job, Letter
from app.domain.kernel.viewer import SYSTEM
from app.extensions import db
from app.transaction import transaction
from tests.support.issued import issue, many
from tests.support.ports import wait_until
from tests.support.viewers import viewer_of

pytestmark = pytest.mark.both_databases
COUNT = 500


def done_of():
    jobs = Job.__table__.c
    found = db.session.connection().execute(
        select(jobs.state, jobs.done).where(jobs.kind == notifying.NOTIFYING)
    )
    return tuple(found.one())


@pytest.mark.function("D47", "D49")
def test_a_killed_worker_writes_to_everybody_once(portal, backend, inside, worker):
    priya = viewer_of(portal, "provider@demo.example")
    job = issue(inside, many(COUNT), types=("certificate",))
    with inside(priya), transaction():
        row = queries.job(job.job)
        assert notifying.notify_all(row, new_token(), at=now()) == (COUNT, True)

    def until(ready, what):
        def asked():
            with inside(SYSTEM):
                return ready()

        wait_until(asked, seconds=120, what=what)

    with worker() as first:
        until(lambda: done_of()[1] >= notifying.AT_ONCE, "notifying has begun")
        first.send_signal(signal.SIGKILL)
        first.wait()
    with inside(SYSTEM):
        state, done = done_of()
        assert (state, done < COUNT) == ("running", True), "it was too quick to be killed"
        assert db.session.scalar(select(func.count(Notice.id))) == done
    with inside(priya), transaction():
        left = len(notifying.everybody(job.job).ready)
        assert left == COUNT - done
        # Meanwhile somebody presses the button once more, and notifies one learner alone.
        assert notifying.notify_all(queries.job(job.job), new_token(), at=now())[0] == left
        one = notifying.everybody(job.job).ready[-1].registration.id
        notifying.notify(job.job, one, notifying.Wish(), new_token(), at=now())
    with worker():
        ended = select(func.count(Job.id)).where(
            Job.kind == notifying.NOTIFYING, Job.state == "done"
        )
        until(lambda: db.session.scalar(ended) == 2, "both jobs are done")
    with inside(SYSTEM):
        counted = select(Notice.registration_id).group_by(Notice.registration_id)
        assert len(list(db.session.scalars(counted))) == COUNT
        assert db.session.scalar(select(func.count(Notice.id))) == COUNT
        of_notices = select(func.count(Letter.id)).where(Letter.code == notifying.LETTER)
        assert db.session.scalar(of_notices) == COUNT


def test_two_at_the_same_moment_write_to_a_learner_once(portal, backend, inside):
    """Two clerks press Notify all at once; so does a third beside one learner."""
    priya = viewer_of(portal, "provider@demo.example")
    job = issue(inside, many(60), types=("certificate",))
    start, failures = threading.Barrier(3), []

    def press(one):
        try:
            with inside(priya):
                start.wait(20)
                with transaction():
                    if one:
                        chosen = list(job.registrations.values())[30]
                        wish = notifying.Wish()
                        notifying.notify(job.job, chosen, wish, new_token(), at=now())
                    else:
                        notifying.notify_all(queries.job(job.job), new_token(), at=now())
        except notifying.NotifiedLatelyError:
            assert one
        except Exception as error:  # told by the test itself
            failures.append(error)

    threads = [threading.Thread(target=press, args=(one,)) for one in (False, False, True)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert failures == []
    with inside(SYSTEM):
        assert db.session.scalar(select(func.count(Notice.id))) == 60
        assert db.session.scalar(select(func.count(Notice.registration_id.distinct()))) == 60
