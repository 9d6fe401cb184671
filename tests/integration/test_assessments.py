"""Assessments: dates kept, people booked, moved and cancelled, results and what they answer."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy import func, select

from app.domain.registrations.assessments import queries, service
from app.domain.registrations.assessments.models import AssessmentBooking
from app.domain.registrations.assessments.service import SlotDraft
from app.errors import ConflictError, FieldErrors, NotFoundError, StaleError
from app.extensions import db
from app.transaction import transaction
from tests.support.assessments import (
    AT,
    DAY,
    HELD,
    a_venue,
    booked,
    dates,
    letters,
    rows,
    slot_of,
    some_people,
)
from tests.support.viewers import viewer_of

pytestmark = pytest.mark.both_databases


@pytest.fixture
def provider(portal):
    return viewer_of(portal, "provider@demo.example")


@pytest.fixture
def staff(portal):
    return viewer_of(portal, "staff@demo.example")


@pytest.fixture
def slots(inside, staff):
    """Return the ids of two dates, a week apart, of three places each."""
    with inside(staff), transaction():
        return dates(weeks=2)


@pytest.mark.function("A5")
def test_people_are_booked_and_told(inside, provider, slots):
    ids = booked(inside, provider, slots[0])
    with inside(provider):
        made = rows(ids)
        assert {each.state for each in made} == {"booked"}
        assert [each.number for each in made] == [71001, 71002]
        assert {each.provider_id for each in made} == {provider.organisation_id}
        assert (slot_of(slots[0]).taken, slot_of(slots[0]).free) == (2, 1)
        (first, said), (second, _) = letters("assessment_booked")
        assert {first, second} == {"asher0@example.com", "asher1@example.com"}
        assert (said["held_on"], said["held_time"]) == ("2026-12-01", "09:30")
        assert said["address"] == "1 Station Road, Leeds, LS1 4AP"


def test_a_date_that_is_full_takes_nobody(inside, provider, slots):
    booked(inside, provider, slots[0])
    with inside(provider), transaction():
        wanted = [person.id for person in some_people(2, "Late")]
    with inside(provider), pytest.raises(ConflictError, match="has 1 place left"), transaction():
        service.book(slot_of(slots[0]), wanted, AT)
    with inside(provider):
        assert slot_of(slots[0]).taken == 2
        assert db.session.scalar(select(func.count(AssessmentBooking.id))) == 2


def test_bookings_close_when_they_are_said_to(inside, provider, slots):
    with inside(provider), transaction():
        wanted = [person.id for person in some_people(1)]
    closes = HELD.replace(day=30, month=11, hour=9, minute=30)
    with inside(provider), pytest.raises(ConflictError, match="are closed"), transaction():
        service.book(slot_of(slots[0]), wanted, closes)
    with inside(provider), transaction():
        assert service.book(slot_of(slots[0]), wanted, closes - timedelta(minutes=1))


def test_nobody_is_booked_twice_at_a_time(inside, provider, slots):
    ids = booked(inside, provider, slots[0], 1)
    with inside(provider), pytest.raises(ConflictError, match="Ann A Asher: 01/12/2026 09:30"):
        service.book(slot_of(slots[1]), [rows(ids)[0].person_id], AT)


def test_people_of_others_are_not_known(inside, portal, provider, slots):
    with inside(provider), transaction():
        theirs = some_people(1)[0].id
    rival = viewer_of(portal, "rival@demo.example")
    with inside(rival), pytest.raises(NotFoundError), transaction():
        service.book(slot_of(slots[0]), [theirs], AT)
    with inside(rival):
        assert slot_of(slots[0]).taken == 0


def test_bookings_of_others_do_not_exist(inside, portal, provider, slots):
    booked(inside, provider, slots[0])
    with inside(viewer_of(portal, "rival@demo.example")):
        slot = slot_of(slots[0])
        assert slot.free == 1
        assert queries.bookings_of_slots([slot]) == []


def test_the_awarding_body_books_nobody_itself(inside, staff, provider, slots):
    with inside(provider), transaction():
        person = some_people(1)[0].id
    with inside(staff), pytest.raises(ConflictError, match="registered them"):
        service.book(slot_of(slots[0]), [person], AT)


def test_a_booking_moves_to_another_date(inside, provider, slots):
    first, second = slots
    ids = booked(inside, provider, first)
    with inside(provider), transaction():
        moved = service.move_bookings(rows(ids[:1]), None, AT, slot_of(second)).moved
        assert [(each.slot_id, each.starts_at) for each in moved] == [
            (second, slot_of(second).starts_at)
        ]
    with inside(provider):
        assert (slot_of(first).taken, slot_of(second).taken) == (1, 1)
        told = dict(letters("assessment_moved"))
        assert set(told) == {"asher0@example.com", "provider@demo.example"}
        said = told["asher0@example.com"]
        assert (said["was_held_on"], said["held_on"]) == ("2026-12-01", "2026-12-08")
        again = service.move_bookings(rows(ids[:1]), None, AT, slot_of(second))
        assert again.refused[0][1] == ["It is on this date already"]


def test_a_move_to_a_full_date_leaves_everything(inside, provider, slots):
    booked(inside, provider, slots[1], 2, "Early")
    ids = booked(inside, provider, slots[0])
    with inside(provider), pytest.raises(ConflictError, match="has 1 place left"), transaction():
        service.move_bookings(rows(ids), None, AT, slot_of(slots[1]))
    with inside(provider):
        assert (slot_of(slots[0]).taken, slot_of(slots[1]).taken) == (2, 2)
        assert letters("assessment_moved") == []


def test_a_cancelled_booking_gives_its_place_back(inside, provider, slots):
    ids = booked(inside, provider, slots[0])
    with inside(provider), transaction():
        outcome = service.cancel_bookings(rows(ids[:1]), None, AT, "Left the employer")
        assert [each.state for each in outcome.moved] == ["cancelled"]
    with inside(provider):
        assert slot_of(slots[0]).taken == 1
        assert letters("assessment_cancelled")[0][1]["reason"] == "Left the employer"
        person = rows(ids[:1])[0].person_id
    with inside(provider), transaction():
        assert service.book(slot_of(slots[1]), [person], AT)


def test_what_has_begun_is_neither_moved_nor_cancelled(inside, provider, slots):
    ids = booked(inside, provider, slots[0])
    with inside(provider):
        outcome = service.cancel_bookings(rows(ids), None, HELD, "Ill")
        assert outcome.moved == []
        assert service.move_bookings(rows(ids), None, HELD, slot_of(slots[1])).moved == []
        assert slot_of(slots[0]).taken == 2


def test_cancelling_a_date_tells_everybody_why(inside, staff, provider, slots):
    ids = booked(inside, provider, slots[0])
    with inside(staff), transaction():
        outcome = service.cancel_slots([slot_of(slots[0])], None, AT, "The assessor is ill")
        assert [each.state for each in outcome.moved] == ["cancelled"]
    with inside(provider):
        assert {each.state for each in rows(ids)} == {"cancelled"}
        assert {each.cancel_reason for each in rows(ids)} == {"The assessor is ill"}
        assert slot_of(slots[0]).taken == 0
        told = [email for email, _ in letters("assessment_cancelled")]
        assert sorted(told) == [
            "asher0@example.com", "asher1@example.com", *["provider@demo.example"] * 2,
        ]  # fmt: skip
        with pytest.raises(ConflictError, match="was cancelled"):
            service.book(slot_of(slots[0]), [some_people(1, "Late")[0].id], AT)


def test_a_date_that_was_held_is_not_cancelled(inside, staff, provider, slots):
    ids = booked(inside, provider, slots[0])
    with inside(staff), transaction():
        service.attend(rows(ids[:1]), None, HELD)
        outcome = service.cancel_slots([slot_of(slots[0])], None, HELD, "Too late")
        assert outcome.moved == []
        assert "attendance was recorded" in outcome.refused[0][1][0]
    with inside(provider):
        assert [each.state for each in rows(ids)] == ["attended", "booked"]


def draft(**more):
    values = {"venue": a_venue().id, "starts_on": DAY, "start_time": time(9, 30), "places": 3,
              "closes_hours": 24}  # fmt: skip
    return SlotDraft(**(values | more))


def test_another_time_is_told_to_those_booked(inside, staff, provider, slots):
    ids = booked(inside, provider, slots[0])
    with inside(staff), transaction():
        slot = slot_of(slots[0])
        service.change_slot(slot, draft(start_time=time(14, 0)), slot.version, AT)
    with inside(provider):
        starts = slot_of(slots[0]).starts_at
        assert {each.starts_at for each in rows(ids)} == {starts}
        said = letters("assessment_moved")[0][1]
        assert (said["was_held_time"], said["held_time"]) == ("09:30", "14:00")
        assert len(letters("assessment_moved")) == 4


def test_more_places_are_no_news_and_too_few_are_refused(inside, staff, provider, slots):
    booked(inside, provider, slots[0])
    with inside(staff), transaction():
        slot = slot_of(slots[0])
        service.change_slot(slot, draft(places=2), slot.version, AT)
        assert letters("assessment_moved") == []
        with pytest.raises(FieldErrors) as refused:
            service.change_slot(slot, draft(places=1), slot.version, AT)
        assert "2 places are taken" in refused.value.errors["places"]


def test_a_change_of_what_somebody_else_changed_shows_both_versions(inside, staff, slots):
    with inside(staff), transaction():
        slot = slot_of(slots[0])
        seen = slot.version
        service.change_slot(slot, draft(places=9), seen, AT)
        with pytest.raises(StaleError) as refused:
            service.change_slot(slot, draft(places=7), seen, AT)
        assert (refused.value.theirs["Places"], refused.value.yours["Places"]) == ("9", "7")


def test_dates_a_week_apart_keep_the_hour_when_the_clocks_change(inside, staff):
    with inside(staff), transaction():
        ids = dates(weeks=3, day=date(2027, 3, 16), places=5)
        assert [slot_of(each).when for each in ids] == [
            "16/03/2027 09:30", "23/03/2027 09:30", "30/03/2027 09:30",
        ]  # fmt: skip
        assert slot_of(ids[2]).starts_at.hour == 8


def test_a_venue_holds_one_date_at_a_time(inside, staff, slots):
    with inside(staff), pytest.raises(FieldErrors) as refused, transaction():
        dates(day=DAY + timedelta(days=7))
    assert "already" in refused.value.errors["starts_on"]
    with inside(staff), pytest.raises(FieldErrors), transaction():
        dates(day=date(2026, 11, 1))


def test_a_provider_keeps_no_dates(inside, provider, slots):
    with inside(provider), pytest.raises(NotFoundError), transaction():
        service.cancel_slots([slot_of(slots[0])], None, AT, "Mine")
    with inside(provider), pytest.raises(NotFoundError), transaction():
        service.save_venue(None, {"name": "M", "address": "M", "postcode": "M", "is_open": True})
    with inside(provider):
        assert slot_of(slots[0]).state == "open"


def test_only_open_venues_are_offered(inside, staff):
    with inside(staff), transaction():
        venue = a_venue()
        values = {"name": "Old hall", "address": "x", "postcode": "LS1 4AP", "is_open": False}
        old = service.save_venue(None, values)
        assert queries.open_venues() == [venue]
        assert queries.open_venues(old) == [venue, old]
        with pytest.raises(FieldErrors):
            service.save_venue(venue, values)
