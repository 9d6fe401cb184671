"""Many rows at once: as they were given, in order, with defaults, on both databases."""

from datetime import date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import StatementError

from app.clock import now
from app.domain.kernel import bulk, creating
from app.domain.kernel.tables import Event, Letter
from app.domain.kernel.viewer import PRINTER, SYSTEM
from app.domain.orders.models import Order, OrderLine
from app.domain.organisations.models import Organisation
from app.domain.people.models import Person
from app.domain.registrations.models import CardBatch
from app.errors import ForbiddenError, NotFoundError
from app.extensions import db
from app.transaction import transaction
from tests.support.orders import AT, an_order
from tests.support.viewers import viewer_of

pytestmark = pytest.mark.both_databases
FEW, MANY = 2, bulk.MANY + 10
AWKWARD = (
    "O’Brien", "D'Arcy", 'said "so"', "back\\slash", "line\nbreak", "tab\t", "محمد", "Łódź €", "%s",
    ":name", "{}", "$1", "null", "",
)  # fmt: skip


@pytest.fixture
def provider(portal):
    return viewer_of(portal, "provider@demo.example")


def event(subject_id, **more):
    return {
        "at": AT, "actor_id": None, "actor": "System", "organisation_id": None,
        "subject_table": "nothing", "subject_id": subject_id, "what": "tried", "before": None,
        "after": None, "reason": None, "request_id": None, "version": None,
    } | more  # fmt: skip


@pytest.mark.parametrize("count", [FEW, MANY])
def test_rows_come_back_as_they_were_given(inside, count):
    with inside(SYSTEM), transaction():
        said = [AWKWARD[n % len(AWKWARD)] for n in range(count)]
        rows = [
            event(n, reason=word, after={"word": word, "on": "2026-01-02", "n": n, "no": None})
            for n, word in enumerate(said)
        ]
        bulk.insert_rows(db.session.connection(), Event.__table__, rows)
        found = list(
            db.session.scalars(
                select(Event).where(Event.what == "tried").order_by(Event.subject_id)
            )
        )
        assert [each.reason for each in found] == said
        assert [each.after["word"] for each in found] == said
        assert found[1].after == {"word": said[1], "on": "2026-01-02", "n": 1, "no": None}
        assert {(each.at, each.before, each.version) for each in found} == {(AT, None, None)}


@pytest.mark.parametrize("count", [FEW, MANY])
def test_the_defaults_of_the_table_apply(inside, count):
    with inside(SYSTEM), transaction():
        rows = [
            {
                "code": "x", "organisation_id": None, "subject_table": "x", "subject_id": n,
                "to_email": "a@example.com", "to_name": "A", "context": {"n": n},
                "message_id": f"{n}@letters", "try_at": AT,
            }
            for n in range(count)
        ]  # fmt: skip
        begun = now()
        bulk.insert_rows(db.session.connection(), Letter.__table__, rows)
        found = list(db.session.scalars(select(Letter).order_by(Letter.id)))
        assert {(each.state, each.tries, each.sent_at) for each in found} == {("queued", 0, None)}
        assert all(begun <= each.created_at <= now() for each in found)
        assert [each.context for each in found] == [{"n": n} for n in range(count)]


@pytest.mark.parametrize("count", [1, FEW, MANY, bulk.AT_ONCE + 1])
def test_ids_come_in_the_order_of_the_rows_and_others_follow_them(inside, provider, count):
    with inside(provider), transaction():
        owner = provider.organisation_id
        rows = [{"number": 900_000 - n, "provider_id": owner} for n in range(count)]
        ids = creating.create(db.session(), CardBatch, rows, at=AT)
        numbers = dict(db.session.execute(select(CardBatch.id, CardBatch.number)).all())
        assert [numbers[each] for each in ids] == [row["number"] for row in rows]
        later = CardBatch(number=1, provider_id=owner)
        db.session.add(later)
        db.session.flush()
        assert later.id > max(ids)
        events = select(Event.subject_id).where(Event.subject_table == "card_batches")
        noted = db.session.scalars(events.where(Event.what == "created")).all()
        assert sorted(noted) == sorted([*ids, later.id])


def test_a_moment_without_a_time_zone_is_refused(inside):
    naive = datetime.fromisoformat("2026-01-01T00:00:00")
    rows = [event(n, at=naive) for n in range(MANY)]
    refused = pytest.raises((ValueError, StatementError), match="naive datetime")
    with inside(SYSTEM), transaction(), refused, db.session.begin_nested():
        bulk.insert_rows(db.session.connection(), Event.__table__, rows)


def test_rows_of_somebody_else_are_not_made(inside, provider):
    rival = provider.organisation_id + 1
    person = {"first_names": "A", "surname": "B", "name_key": "b a", "birth_date": date(2005, 1, 1)}
    with inside(provider), transaction():
        session = db.session()
        with pytest.raises(NotFoundError):
            creating.create(session, CardBatch, [{"number": 1, "provider_id": rival}], at=AT)
        with pytest.raises(NotFoundError):
            creating.create_linked(session, Person, [person], rival, at=AT)
        with pytest.raises(ForbiddenError):
            creating.create(session, OrderLine, [{"order_id": 1}], at=AT)
    with inside(PRINTER), transaction(), pytest.raises(ForbiddenError):
        creating.create_linked(db.session(), Person, [person], provider.organisation_id, at=AT)


def test_parts_of_somebody_elses_whole_are_not_made(inside, portal):
    rival = viewer_of(portal, "rival@demo.example")
    with inside(rival), transaction():
        order_id = an_order(1).id
    with inside(viewer_of(portal, "staff@demo.example")):
        foreign = db.session.get_one(Order, order_id)
        db.session.expunge(foreign)
    provider = viewer_of(portal, "provider@demo.example")
    with inside(provider), transaction(), pytest.raises(NotFoundError):
        creating.create_parts(db.session(), OrderLine, foreign, [], at=AT)


def test_the_directory_takes_what_a_tenant_may_add_and_nothing_is_made_of_nothing(inside, provider):
    with inside(provider), transaction():
        row = {"kind": "employer", "name": "Works", "name_key": "works", "number": "77"}
        (made,) = creating.create(db.session(), Organisation, [row], at=AT)
        assert db.session.get_one(Organisation, made).ern is None
        assert creating.create(db.session(), Organisation, [], at=AT) == []
