"""Five thousand rows with four hundred errors of many kinds, finished by a colleague.

One upload of one file: the worker is killed while it reads, a colleague puts the errors right and
answers what is asked, and every row is registered on one order.
"""

import signal
from datetime import date

import pytest
from sqlalchemy import func, select

from app.clock import now
from app.domain.imports import queries, service
from app.domain.imports.models import ImportFile
from app.domain.imports.rules import Choice
from app.domain.kernel.viewer import SYSTEM
from app.domain.orders.models import Order, OrderLine
from app.domain.organisations import service as organisations
from app.domain.organisations.models import Organisation
from app.domain.people.service import add_person
from app.domain.registrations.models import Registration
from app.extensions import db
from app.jobs.worker import drain
from app.transaction import transaction
from tests.faults.test_imports_killed import details, done_of, until
from tests.support.uploads import bring, import_of, row_of, uln, workbook
from tests.support.viewers import viewer_of

COUNT, WRONG = 5_000, 400
KINDS = (
    ("Package", "ACAP01Z"),
    ("Funding Type", "Levi"),
    ("Employer Postcode", "LS1 4A"),
    ("Employer ERN", "100000208"),
    ("Gender", "Femal"),
    ("ULN", "1234567890"),
    ("Email ID", "nobody at example"),
    ("Apprenticeship Start Date", "31/02/2026"),
)
"""Fifty of each: the first five are equal, so that one fix puts fifty right."""
RIGHT = {
    "package": "ACAP01D", "funding_type": "Apprenticeship levy", "employer_postcode": "LS1 4AP",
    "employer_ern": "100000207", "gender": "F", "start_date": "07/09/2026",
}  # fmt: skip


def rows():
    for number in range(COUNT):
        head, value = KINDS[number // 50 % 8] if number < WRONG else ("Title", "Ms")
        yield row_of(number, **{head: value})


@pytest.fixture
def colleague(portal, inside):
    """Return the viewer of somebody else of the same provider."""
    with inside(SYSTEM), transaction():
        calder = db.session.scalars(
            select(Organisation).where(Organisation.name == "Calder Vale Training Ltd")
        ).one()
        user = organisations.add_user(
            email="colleague@demo.example", first_name="Cara", last_name="Lloyd",
            password_hash=None, confirmed_at=now(),
        )  # fmt: skip
        organisations.add_membership(user, calder, ["Training provider"])
    return viewer_of(portal, "colleague@demo.example")


def test_it_is_completed_without_a_second_upload(portal, inside, worker, colleague):
    priya = viewer_of(portal, "provider@demo.example")

    def as_priya():
        return inside(priya)

    with as_priya(), transaction():
        known = {"first_names": "Zofia", "surname": "Dąbrowska-A", "birth_date": date(1990, 1, 1)}
        add_person(known | {"uln": uln(COUNT - 1)})
    with as_priya():
        draft = bring(portal.config, workbook(rows()))
    with worker() as first:
        until(as_priya, lambda: done_of("read_import_file")[1] >= 500, "reading has begun")
        first.send_signal(signal.SIGKILL)
        first.wait()
    with worker():
        until(as_priya, lambda: done_of("settle_import")[0] == "done", "the rows are settled")
    with inside(colleague):
        counts = queries.counts(import_of(draft))
        assert (counts.total, counts.error, counts.asks) == (COUNT, WRONG, 1)
    with inside(colleague), transaction():
        fix_equal_ones(draft)
    with inside(colleague), transaction():
        fix_the_rest(draft)
        answer(draft)
        assert queries.counts(import_of(draft)).valid == COUNT
    with inside(colleague), transaction():
        import_ = import_of(draft)
        order = service.finalise(
            import_, details(import_.organisation_id), import_.version, now()
        ).id
    with portal.app_context():
        drain()
    with inside(colleague):
        assert queries.counts(import_of(draft)).done == COUNT
        lines = select(func.count()).select_from(OrderLine).where(OrderLine.order_id == order)
        assert db.session.scalar(lines) == COUNT
        made = select(func.count(func.distinct(Registration.person_id)))
        assert db.session.scalar(made.where(Registration.kind == "standard")) == COUNT
        assert db.session.get_one(Order, order).state == "open"
        files = select(func.count()).select_from(ImportFile)
        assert db.session.scalar(files.where(ImportFile.import_id == draft)) == 1


def fix_equal_ones(draft):
    """Put equal errors right together, the one of the ambiguous words by a choice."""
    import_ = import_of(draft)
    for fix in queries.fixes(import_):
        if fix.field in RIGHT:
            service.fix_all(import_, fix.field, fix.raw, RIGHT[fix.field], now())


def fix_the_rest(draft):
    """Put each other row right by itself: numbers and addresses that only people can know."""
    import_ = import_of(draft)
    asked = queries.GridAsked(state="error", size=WRONG)
    for found in queries.grid(import_, asked).rows:
        number = found.row.number - 2
        right = {"uln": uln(number), "email": f"learner{number}@example.com"}
        typed = {name: right[name] for name in found.errors}
        service.edit_row(found.row, typed, found.row.version, now())


def answer(draft):
    """Say of the one whom a number makes known that it is somebody else's mistake."""
    (waiting,) = queries.known_people(import_of(draft))
    assert waiting.row.matches[0]["reasons"] == ["Same ULN"]
    service.choose_person([waiting.row], Choice.SAME, now())
