"""A worker killed while it checks or finalises thousands of rows: each row is made once."""

import signal

import pytest
from sqlalchemy import func, select

from app.clock import now
from app.domain.imports import queries
from app.domain.imports.models import ImportRow
from app.domain.imports.service.finalising import finalise
from app.domain.kernel.tables import Job
from app.domain.orders.models import Order, OrderLine
from app.domain.orders.service.purchase import Details
from app.domain.registrations.models import Registration
from app.extensions import db
from app.transaction import transaction
from tests.support.ports import wait_until
from tests.support.uploads import bring, candidates, import_of, workbook
from tests.support.viewers import viewer_of

pytestmark = pytest.mark.both_databases
COUNT = 4_000


@pytest.fixture
def as_priya(portal, inside):
    viewer = viewer_of(portal, "provider@demo.example")
    return lambda: inside(viewer)


def done_of(kind):
    jobs = Job.__table__.c
    found = db.session.connection().execute(
        select(jobs.state, jobs.done).where(jobs.kind == kind).order_by(jobs.id.desc()).limit(1)
    )
    return found.one_or_none() or ("none", 0)


def until(as_priya, ready, what):
    def asked():
        with as_priya():
            return ready()

    wait_until(asked, seconds=120, what=what)


def killed_in_the_middle(worker, as_priya, kind):
    """Kill a worker once its job has done something but not all; then let another end the work."""
    with worker() as first:
        until(as_priya, lambda: done_of(kind)[1] >= 500, f"{kind} has begun")
        first.send_signal(signal.SIGKILL)
        first.wait()
    with as_priya():
        state, done = done_of(kind)
        assert (state, done < COUNT) == ("running", True), "it was too quick to be killed"
    with worker():
        until(as_priya, lambda: done_of(kind)[0] == "done", f"{kind} was resumed and done")
        if kind == "read_import_file":
            until(as_priya, lambda: done_of("settle_import")[0] == "done", "the rows are settled")


def details(order_for):
    return Details(
        customer_reference="PO 77", accounts_contact_name="Alma Reyes",
        accounts_contact_email="alma@example.com", delivery_attention="Alma Reyes",
        invoice_to=order_for, deliver_to=order_for,
    )  # fmt: skip


def count(model, *where):
    return db.session.scalar(select(func.count()).select_from(model).where(*where))


def test_a_worker_killed_while_checking_and_while_finalising_makes_each_row_once(
    portal, as_priya, worker
):
    with as_priya():
        draft = bring(portal.config, workbook(candidates(COUNT)))
    killed_in_the_middle(worker, as_priya, "read_import_file")
    with as_priya():
        counts = queries.counts(import_of(draft))
        assert (counts.total, counts.valid) == (COUNT, COUNT)
        numbers = select(func.count(func.distinct(ImportRow.number)))
        assert db.session.scalar(numbers.where(ImportRow.import_id == draft)) == COUNT
    with as_priya(), transaction():
        import_ = import_of(draft)
        order = finalise(import_, details(import_.organisation_id), import_.version, now()).id
    killed_in_the_middle(worker, as_priya, "finalise_import")
    with as_priya():
        assert queries.counts(import_of(draft)).done == COUNT
        assert count(Registration, Registration.kind == "standard") == COUNT
        assert count(OrderLine, OrderLine.order_id == order) == COUNT
        people = select(func.count(func.distinct(Registration.person_id)))
        assert db.session.scalar(people.where(Registration.kind == "standard")) == COUNT
        assert db.session.get_one(Order, order).state == "open"
        assert import_of(draft).state == "done"
