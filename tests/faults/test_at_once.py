"""The same thing sent many times at the same moment happens once."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app import models
from app.clock import now
from app.domain.kernel.viewer import seen_by
from app.domain.people import queries as people
from app.domain.people.service import asking
from app.domain.registrations import service as registered
from app.domain.registrations.assessments import service as assessments
from app.domain.registrations.models import Registration
from app.extensions import db
from app.transaction import transaction
from tests.support.assessments import dates, some_people
from tests.support.orders import AT, an_order, ready
from tests.support.viewers import viewer_of
from tests.tenancy.attacker import attacker

THREADS, TIMES = 8, 50
WHO = "provider@demo.example"

pytestmark = pytest.mark.both_databases


@pytest.fixture
def at_once(portal):
    """Return a way to send forms from several browsers at once; it gives what each was told."""
    clients = [attacker(portal, WHO) for _ in range(THREADS)]
    token = {"csrf_token": clients[0].token()}
    for client in clients:
        client.token()

    def send(requests):
        def one(numbered):
            number, (path, body) = numbered
            answer = clients[number % THREADS].post(path, data=body | token)
            return answer.status_code, answer.headers.get("Location", "")

        parts = [[*enumerate(requests)][start::THREADS] for start in range(THREADS)]
        with ThreadPoolExecutor(THREADS) as pool:
            told = pool.map(lambda part: [one(each) for each in part], parts)
            return [answer for part in told for answer in part]

    return send


def count(model, *where):
    return db.session.scalar(select(func.count()).select_from(model).where(*where))


@pytest.fixture
def purchase(portal, inside):
    """Return what the purchase panel posts for two registrations."""
    viewer = viewer_of(portal, WHO)
    with inside(viewer), transaction():
        chosen = [f"{row.id}:{row.version}" for row in ready(2)]
    return {
        "list_of": "ApprenticesView", "chosen": chosen, "customer_reference": "PO 1",
        "accounts_contact_name": "Tasha Adeyemi", "accounts_contact_email": "a@example.com",
        "delivery_attention": "Jeff Jones", "invoice_to": viewer.organisation_id,
        "deliver_to": viewer.organisation_id,
    }  # fmt: skip


def test_fifty_identical_submits_make_one_order(inside, at_once, purchase):
    """A finger that trembles: all are led to the one order."""
    told = at_once([("/purchases/", purchase | {"once": "one form"})] * TIMES)
    assert len(set(told)) == 1
    assert told[0][0] == 303
    with inside():
        assert count(models.Order) == 1
        assert count(models.OrderLine) == 2
        assert count(models.Letter, models.Letter.code == "order_submitted") == 1


def test_fifty_tabs_that_order_the_same_make_one_order(inside, at_once, purchase):
    """Each with a form of its own: one orders, the others are told what has happened."""
    told = at_once([("/purchases/", purchase | {"once": f"form {n}"}) for n in range(TIMES)])
    assert sorted(status for status, _ in told) == [303, *[409] * (TIMES - 1)]
    with inside():
        assert count(models.Order) == 1
        assert count(models.OrderLine) == 2


def test_finalising_one_selection_twice_at_once_finalises_it_once(portal, inside, at_once):
    with inside(viewer_of(portal, WHO)), transaction():
        rows = ready(3)
        registered.return_to_attention(rows, None, AT)
        db.session.flush()
        chosen = [f"{row.id}:{row.version}" for row in rows]
        ids = [row.id for row in rows]
    told = at_once(
        [("/apprenticeships/move/finalise", {"chosen": chosen, "once": f"tab {n % 4}"})
         for n in range(2 * THREADS)]
    )  # fmt: skip
    assert {status for status, _ in told} <= {302, 409}
    with inside():
        states = set(db.session.scalars(select(Registration.state).where(Registration.id.in_(ids))))
        assert states == {"ready_for_ordering"}
        for row_id in ids:
            waiting = count(
                models.CardApplication,
                models.CardApplication.registration_id == row_id,
                models.CardApplication.state == "ready",
            )
            assert waiting == 1


@pytest.fixture
def order_id(portal, inside):
    with inside(viewer_of(portal, WHO)), transaction():
        return an_order(2).id


def test_tabs_that_pay_by_card_at_once_make_one_attempt(inside, at_once, order_id):
    told = at_once([(f"/orders/{order_id}/pay/card", {"once": f"tab {n}"}) for n in range(THREADS)])
    assert {status for status, _ in told} == {303}
    with inside():
        assert count(models.Payment) == 1
        assert db.session.get(models.Order, order_id).state == "closed"


def test_card_and_transfer_chosen_at_once_choose_one_of_them(inside, at_once, order_id):
    ways = ("card", "bacs")
    told = at_once(
        [(f"/orders/{order_id}/pay/{ways[n % 2]}", {"once": f"tab {n}"}) for n in range(THREADS)]
    )
    assert {status for status, _ in told} <= {303, 409}
    with inside():
        order = db.session.get(models.Order, order_id)
        attempts, invoices = count(models.Payment), count(models.Invoice)
        assert (order.method, attempts, invoices) in {("card", 1, 0), ("bacs", 0, 1)}


@pytest.fixture
def slot_and_people(portal, inside):
    """Return a date with three places, and the ids of ten people."""
    with inside(viewer_of(portal, "staff@demo.example")), transaction():
        (slot_id,) = dates(places=3, day=now().date() + timedelta(days=60), at=now())
    with inside(viewer_of(portal, WHO)), transaction():
        return slot_id, [person.id for person in some_people(10)]


def test_places_are_never_overbooked_however_many_ask_at_once(inside, at_once, slot_and_people):
    slot_id, people = slot_and_people
    told = at_once(
        [("/assessments/book/", {"slot": slot_id, "person": person, "once": f"tab {person}"})
         for person in people]
    )  # fmt: skip
    statuses = [status for status, _ in told]
    assert statuses.count(303) == 3
    assert set(statuses) <= {303, 409, 422}, "the late ones are told that it is full"
    with inside():
        slot = db.session.get(models.AssessmentSlot, slot_id)
        assert (slot.taken, slot.places) == (3, 3)
        assert count(models.AssessmentBooking) == 3
        assert count(models.Letter, models.Letter.code == "assessment_booked") == 3


def test_one_person_booked_in_many_tabs_has_one_place(inside, at_once, slot_and_people):
    slot_id, people = slot_and_people
    told = at_once(
        [("/assessments/book/", {"slot": slot_id, "person": people[0], "once": f"tab {n}"})
         for n in range(THREADS)]
    )  # fmt: skip
    assert sorted(status for status, _ in told) == [303, *[409] * (THREADS - 1)]
    with inside():
        assert db.session.get(models.AssessmentSlot, slot_id).taken == 1
        assert count(models.AssessmentBooking) == 1


def test_a_date_cancelled_while_people_are_booked_keeps_nobody(
    portal, inside, at_once, slot_and_people
):
    """Whoever is faster: nobody stays booked on a cancelled date, and every place is free."""
    slot_id, people = slot_and_people
    staff = attacker(portal, "staff@demo.example")
    token = staff.token()
    with inside():
        version = db.session.get(models.AssessmentSlot, slot_id).version
    body = {"chosen": f"{slot_id}:{version}", "reason": "Flooded", "once": "x",
            "csrf_token": token}  # fmt: skip
    with ThreadPoolExecutor(1) as pool:
        cancelled = pool.submit(staff.post, "/assessments/dates/move/cancel", data=body)
        at_once(
            [("/assessments/book/", {"slot": slot_id, "person": person, "once": f"tab {person}"})
             for person in people]
        )  # fmt: skip
        assert cancelled.result().status_code == 302
    with inside():
        slot = db.session.get(models.AssessmentSlot, slot_id)
        assert (slot.state, slot.taken) == ("cancelled", 0)
        assert count(models.AssessmentBooking, models.AssessmentBooking.state == "booked") == 0


def test_bookings_swapped_between_full_dates_wait_for_each_other_in_order(
    portal, inside, at_once, slot_and_people
):
    """Two moves in opposite directions neither deadlock nor overbook."""
    first, people = slot_and_people
    with inside(viewer_of(portal, "staff@demo.example")), transaction():
        (second,) = dates(places=3, day=now().date() + timedelta(days=67), at=now())
    with inside(viewer_of(portal, WHO)), transaction():
        ids = []
        for slot_id, some in ((first, people[:2]), (second, people[2:4])):
            slot = db.session.get(models.AssessmentSlot, slot_id)
            ids += [each.id for each in assessments.book(slot, some, now())]
    told = at_once(
        [("/assessments/bookings/move/move",
          {"chosen": f"{row}:1", "slot": other, "once": f"tab {row}"})
         for row, other in zip(ids, (second, second, first, first), strict=True)]
    )  # fmt: skip
    assert {status for status, _ in told} <= {302, 409, 422}  # a date may be full for a moment
    with inside():
        for slot_id in (first, second):
            taken = db.session.get(models.AssessmentSlot, slot_id).taken
            on_it = models.AssessmentBooking.slot_id == slot_id
            assert taken == count(models.AssessmentBooking, on_it) <= 3


def test_questions_about_people_elsewhere_never_overdraw_the_budget(portal, inside):
    viewer = viewer_of(portal, WHO)
    with inside(viewer):
        begin = people.spent_today(viewer.organisation_id, now())
    asked = [({"uln": "9999999999", "surname": "Nobody"}, None)]

    def ask(_number):
        with portal.app_context(), seen_by(viewer), transaction():
            left = asking.questions_left(viewer.organisation_id, now(), begin + 5)
            time.sleep(0.01)  # what another could do meanwhile
            if left:
                asking.count_questions(viewer.organisation_id, asked, now())

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(ask, range(2 * THREADS)))
    with inside(viewer):
        assert people.spent_today(viewer.organisation_id, now()) == begin + 5
