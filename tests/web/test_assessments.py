"""Assessments on screen: dates kept, people booked and moved, the attendance sheet."""

import csv
import io
import re
from datetime import timedelta

import pytest

from app.clock import now
from app.domain.people.models import Person
from app.domain.registrations.assessments import service
from app.domain.registrations.assessments.models import AssessmentBooking, AssessmentSlot
from app.domain.registrations.models import Registration
from app.extensions import db
from app.transaction import transaction
from tests.support.assessments import dates, rows, slot_of, some_people
from tests.support.reading import spaced
from tests.support.registering import every_chosen, hidden, saved
from tests.support.viewers import viewer_of

DATES, BOOKINGS, BOOK = "/assessments/dates", "/assessments/bookings", "/assessments/book/"


@pytest.fixture
def staff(portal):
    return viewer_of(portal, "staff@demo.example")


@pytest.fixture
def slots(inside, staff):
    """Return the ids of two coming dates, of three places each."""
    with inside(staff), transaction():
        day = now().date().replace(year=now().year + 1, month=3, day=1)
        return dates(weeks=2, day=day, at=now())


@pytest.fixture
def people(inside, provider):
    with inside(provider), transaction():
        return [person.id for person in some_people(4)]


def book(client, slot_id, people, **more):
    page = client.get(f"{BOOK}?slot={slot_id}").text
    data = {name: hidden(page, name) for name in ("csrf_token", "once")}
    return client.post(BOOK, data=data | {"slot": slot_id, "more": people} | more)


def make(client, move, ids, inside, **typed):
    """Ask for a move of ticked bookings, and confirm it."""
    with inside():
        chosen = [f"{each.id}:{each.version}" for each in rows(ids)]
    token = client.csrf_token(f"{BOOKINGS}/?tab=all")
    asked = client.post(f"{BOOKINGS}/ask/{move}", data={"csrf_token": token, "chosen": chosen})
    assert asked.status_code == 200, asked.text
    data = {"csrf_token": token, "once": hidden(asked.text, "once"), "chosen": chosen}
    return client.post(f"{BOOKINGS}/move/{move}", data=data | typed)


def ticked(page, person_id):
    return re.search(rf'name="person"[^>]*value="{person_id}" checked', page)


def ids_of(inside, model=AssessmentBooking):
    with inside():
        return list(db.session.scalars(db.select(model.id).order_by(model.id)))


def started(inside, ids):
    """Let the dates of bookings have begun an hour ago."""
    with inside(), transaction():
        for booking in rows(ids):
            slot = db.session.get_one(AssessmentSlot, booking.slot_id)
            slot.starts_at = booking.starts_at = now().replace(microsecond=0)


@pytest.mark.function("A5")
def test_a_provider_books_people_on_a_date(priya, inside, slots, people):
    page = priya.get(f"{DATES}/").text
    assert "3 of 3" in page
    assert "Book an assessment" in page
    answer = book(priya, slots[0], people[:2])
    assert answer.status_code == 303
    listed = priya.get(answer.location).text
    assert "Ann A Asher" in listed
    assert "Booked on 01/03/" in listed
    assert "1 of 3" in priya.get(f"{DATES}/").text
    assert len(ids_of(inside)) == 2


def test_a_second_click_books_once(priya, inside, slots, people):
    page = priya.get(f"{BOOK}?slot={slots[0]}").text
    data = {name: hidden(page, name) for name in ("csrf_token", "once")}
    data |= {"slot": slots[0], "person": people[:1]}
    told = [priya.post(BOOK, data=data) for _ in range(2)]
    assert {each.status_code for each in told} == {303}
    assert len(ids_of(inside)) == 1


def test_what_is_wrong_is_said_and_what_was_chosen_stays(priya, inside, slots, people):
    nobody = book(priya, slots[0], [])
    assert nobody.status_code == 422
    assert "Choose at least one person." in nobody.text
    nowhere = book(priya, "", people[:1])
    assert nowhere.status_code == 422
    assert "Choose a date that has free places." in nowhere.text
    assert ticked(nowhere.text, people[0])
    too_many = book(priya, slots[0], people)
    assert too_many.status_code == 409
    assert "has 3 places left, and you chose 4 people" in spaced(too_many.text)
    assert ids_of(inside) == []


def test_people_of_others_cannot_be_booked(sign_in, inside, slots, people):
    rival = sign_in("rival@demo.example")
    assert book(rival, slots[0], people[:1]).status_code == 404
    assert rival.get(f"{BOOK}?person={people[0]}").status_code == 404
    assert rival.get(f"{BOOK}people?q=Asher").json == {"results": []}
    assert ids_of(inside) == []


def test_the_awarding_body_is_not_offered_to_book(sign_in, inside, slots, people):
    staff = sign_in("staff@demo.example")
    assert "Book an assessment" not in staff.get(f"{DATES}/").text
    assert book(staff, slots[0], people[:1]).status_code == 409
    assert ids_of(inside) == []


def test_who_lacks_the_answer_is_booked_from_the_list(priya, inside, provider, slots):
    registration = saved(inside, provider, health_and_safety=False)
    page = priya.get("/apprenticeships/?tab=attention").text
    assert "Book an assessment" in page
    form = priya.post(
        f"{BOOK}chosen?list_of=ApprenticesView",
        data={"csrf_token": hidden(page, "csrf_token"), "chosen": every_chosen(page),
              "tab": "attention"},
    )  # fmt: skip
    assert form.status_code == 200
    with inside():
        person = db.session.get_one(Registration, registration).person_id
    assert ticked(form.text, person)
    answer = priya.get(f"/apprenticeships/{registration}").text
    assert f"{BOOK}?person={person}" in answer


def test_a_foreign_tick_books_nobody(sign_in, inside, provider, slots):
    registration = saved(inside, provider)
    rival = sign_in("rival@demo.example")
    data = {"csrf_token": rival.csrf_token(f"{DATES}/"), "chosen": f"{registration}:1"}
    for list_of in ("ApprenticesView", "OrdersView", ""):
        answer = rival.post(f"{BOOK}chosen?list_of={list_of}", data=data)
        assert answer.status_code == 404, list_of


def test_a_booking_is_moved_and_cancelled_on_screen(priya, inside, slots, people):
    book(priya, slots[0], people[:2])
    ids = ids_of(inside)
    assert make(priya, "move", ids[:1], inside, slot="").status_code == 422
    assert make(priya, "move", ids[:1], inside, slot="999").status_code == 422
    assert make(priya, "move", ids[:1], inside, slot=slots[1]).status_code == 302
    assert make(priya, "cancel", ids[1:], inside).status_code == 422
    assert make(priya, "cancel", ids[1:], inside, reason="O’Neill is ill").status_code == 302
    with inside():
        assert [each.slot_id for each in rows(ids)] == [slots[1], slots[0]]
        assert [each.state for each in rows(ids)] == ["booked", "cancelled"]
        assert [slot_of(each).taken for each in slots] == [0, 1]
    assert "O’Neill is ill" in priya.get(f"{BOOKINGS}/{ids[1]}").text


def test_a_move_that_finds_the_date_full_says_so_and_keeps_everything(priya, inside, slots, people):
    book(priya, slots[0], people[:2])
    book(priya, slots[1], people[2:])
    refused = make(priya, "move", ids_of(inside)[:2], inside, slot=slots[1])
    assert refused.status_code == 409
    assert "has 1 place left, and you chose 2 people" in spaced(refused.text)
    with inside():
        assert [slot_of(each).taken for each in slots] == [2, 2]


@pytest.mark.function("A5")
def test_staff_record_the_results_on_the_attendance_sheet(sign_in, priya, inside, slots, people):
    book(priya, slots[0], people[:3])
    ids = ids_of(inside)
    staff = sign_in("staff@demo.example")
    early = staff.get(f"{BOOKINGS}/{ids[0]}/ask/attend").text
    assert "Its date has not begun yet" in early
    started(inside, ids)
    sheet = staff.get(f"{BOOKINGS}/?tab=all&f_slot={slots[0]}&sort=applicant_key").text
    assert len(every_chosen(sheet)) == 3
    assert make(staff, "attend", ids[:2], inside).status_code == 302
    assert make(staff, "miss", ids[2:], inside).status_code == 302
    assert make(staff, "pass", ids[:1], inside).status_code == 302
    assert make(staff, "fail", ids[1:2], inside).status_code == 302
    with inside():
        assert [each.state for each in rows(ids)] == ["passed", "failed", "not_attended"]
        person = db.session.get_one(Person, rows(ids)[0].person_id)
        assert person.assessed_at_venue == "Leeds Assessment Centre"
        person_id = person.id
    assert "counts until" in priya.get(f"/employees/{person_id}").text
    exported = staff.get(f"{BOOKINGS}/export.csv?tab=all&f_slot={slots[0]}").text.lstrip("\ufeff")
    told = {row["Person"]: row["Status"] for row in csv.DictReader(io.StringIO(exported))}
    assert told == {"Ann A Asher": "Passed", "Ann B Asher": "Failed",
                    "Ann C Asher": "Did not attend"}  # fmt: skip


def test_a_provider_records_no_results(priya, inside, slots, people):
    book(priya, slots[0], people[:1])
    ids = ids_of(inside)
    started(inside, ids)
    for move in ("attend", "miss", "pass", "fail", "retract"):
        assert priya.get(f"{BOOKINGS}/{ids[0]}/ask/{move}").status_code == 404
        token = priya.csrf_token(f"{BOOKINGS}/")
        data = {"csrf_token": token, "chosen": f"{ids[0]}:1", "once": "x"}
        assert priya.post(f"{BOOKINGS}/move/{move}", data=data).status_code == 404
    with inside():
        assert rows(ids)[0].state == "booked"


def test_bookings_of_others_are_not_seen(sign_in, priya, inside, slots, people):
    book(priya, slots[0], people[:1])
    (booking,) = ids_of(inside)
    rival = sign_in("rival@demo.example")
    assert "2 of 3" in rival.get(f"{DATES}/").text
    date = rival.get(f"{DATES}/{slots[0]}").text
    assert "Asher" not in date
    assert "Nobody of yours is booked" in date
    assert rival.get(f"{BOOKINGS}/{booking}").status_code == 404


def entered(**more):
    return {
        "starts_on-day": "1", "starts_on-month": "6", "starts_on-year": str(now().year + 1),
        "start_time": "2 pm", "places": "12", "closes_hours": "24", "weeks": "3",
    } | more  # fmt: skip


@pytest.mark.function("A5")
def test_staff_add_a_venue_and_dates_a_week_apart(sign_in, inside):
    staff = sign_in("staff@demo.example")
    page = staff.get("/assessments/venues/add").text
    venue = {"csrf_token": hidden(page, "csrf_token"), "name": "O’Hara’s Hall", "is_open": "yes",
             "address": "1 High Street", "postcode": "ls1 4ap"}  # fmt: skip
    assert staff.post("/assessments/venues/add", data=venue).status_code == 302
    page = staff.get(f"{DATES}/add").text
    data = {name: hidden(page, name) for name in ("csrf_token", "once")} | {"venue": "1"}
    refused = staff.post(f"{DATES}/add", data=data | entered(start_time="half two", places="0"))
    assert refused.status_code == 422
    assert "“half two” is not a time of day" in refused.text
    assert "0 is too low" in refused.text
    for _ in range(2):  # a second click adds none twice
        assert staff.post(f"{DATES}/add", data=data | entered()).status_code == 302
    assert len(ids_of(inside, AssessmentSlot)) == 3
    listed = staff.get(f"{DATES}/").text
    assert "14:00" in listed
    assert "O’Hara’s Hall" in listed


def test_staff_change_and_cancel_a_date(sign_in, priya, inside, slots, people):
    book(priya, slots[0], people[:1])
    staff = sign_in("staff@demo.example")
    page = staff.get(f"{DATES}/{slots[0]}/edit").text
    data = {name: hidden(page, name) for name in ("csrf_token", "version")} | {"venue": "1"}
    answer = staff.post(f"{DATES}/{slots[0]}/edit", data=data | entered(start_time="14.30"))
    assert answer.status_code == 302
    stale = staff.post(f"{DATES}/{slots[0]}/edit", data=data | entered(places="5"))
    assert stale.status_code == 409
    assert "Somebody else was faster" in stale.text
    with inside():
        version = slot_of(slots[0]).version
    token = staff.csrf_token(f"{DATES}/")
    chosen = {"csrf_token": token, "chosen": f"{slots[0]}:{version}"}
    asked = staff.post(f"{DATES}/ask/cancel", data=chosen).text
    assert "1 person booked" in asked
    confirmed = chosen | {"once": hidden(asked, "once"), "reason": "The hall is flooded"}
    assert staff.post(f"{DATES}/move/cancel", data=confirmed).status_code == 302
    assert "The hall is flooded" in priya.get(f"{DATES}/{slots[0]}").text
    (booking,) = ids_of(inside)
    assert "The hall is flooded" in priya.get(f"{BOOKINGS}/{booking}").text


def test_a_provider_keeps_neither_venues_nor_dates(priya, inside, slots):
    for path in ("/assessments/venues/", "/assessments/venues/add", f"{DATES}/add",
                 f"{DATES}/{slots[0]}/edit", f"{DATES}/{slots[0]}/ask/cancel"):  # fmt: skip
        assert priya.get(path).status_code == 403, path
    token = priya.csrf_token(f"{DATES}/")
    data = {"csrf_token": token, "chosen": f"{slots[0]}:1", "reason": "mine", "once": "x"}
    assert priya.post(f"{DATES}/move/cancel", data=data).status_code == 403


def test_dates_are_filtered_by_venue_day_and_free_places(sign_in, priya, inside, staff, slots):
    with inside(staff), transaction():
        day = slot_of(slots[0]).starts_at.date()
        (york,) = dates(venue="York Hall", day=day, at=now(), places=1)
        venue = slot_of(york).venue_id
    with inside(viewer_of(priya.application, "provider@demo.example")), transaction():
        service.book(slot_of(york), [some_people(1, "Full")[0].id], now())
    assert "York Hall" in priya.get(f"{DATES}/?f_venue={venue}").text
    for query, shown in (
        (f"f_venue={venue}", {york}), ("f_free=no", {york}), ("f_free=yes", set(slots)),
        (f"f_from={day:%d/%m/%Y}", {york, *slots}), (f"f_before={day:%d/%m/%Y}", set()),
    ):  # fmt: skip
        page = priya.get(f"{DATES}/?{query}").text
        assert {s for s in (york, *slots) if f'href="{DATES}/{s}"' in page} == shown, query


def test_past_dates_leave_the_list_of_coming_ones(priya, inside, slots, people):
    book(priya, slots[0], people[:1])
    with inside(), transaction():
        slot_of(slots[0]).starts_at = now() - timedelta(days=365)
    coming, past = (priya.get(f"{DATES}/?tab={tab}").text for tab in ("coming", "past"))
    address = f'href="{DATES}/{slots[0]}"'
    assert (address in coming, address in past) == (False, True)
    assert "Past" in past
