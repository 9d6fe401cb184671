"""People already known: searched, chosen, masked, and never doubled unseen."""

import re
from datetime import date

import pytest
from sqlalchemy import func, select

from app.domain.people.models import Person, PersonMatch
from app.domain.people.service import add_person
from app.domain.registrations.models import Registration
from app.extensions import db
from app.transaction import transaction
from tests.support.registering import (
    NEW,
    fill,
    hidden,
    saved,
    typed,
)
from tests.support.viewers import viewer_of


@pytest.mark.function("A18")
def test_somebody_known_is_searched_selected_and_completed(priya, inside, provider, ids):
    first = saved(inside, provider, "trainee")
    page = priya.get(NEW["apprentice"]).text
    data = {"csrf_token": hidden(page, "csrf_token"), "find": "jonesa"}
    found = priya.post("/apprenticeships/new/search", data=data)
    assert "Jeff Jonesa" in found.text
    assert "Registered by you" in found.text
    fragment = priya.post("/apprenticeships/new/search", data=data, headers={"HX-Request": "true"})
    assert "<html" not in fragment.text
    address = re.search(r'href="(/apprenticeships/new\?person=\d+)"', fragment.text)[1]
    form = priya.get(address).text
    assert "Already known: Jeff Jonesa" in form
    assert 'value="Jonesa"' in form
    assert "A photo is on record" in form
    data = typed(ids, first_names="Jeff", surname="Jonesa", **{
        "birth_date-day": "5", "birth_date-month": "5", "birth_date-year": "2005"})  # fmt: skip
    answer = fill(priya, address, data, photo=False)
    assert answer.status_code == 302, answer.text
    with inside(provider):
        assert db.session.scalar(select(func.count(Person.id))) == 1
        person = db.session.get(Registration, first).person
        assert person.ni_number == "AB123456C"  # a further detail


@pytest.mark.function("A18")
def test_details_of_somebody_known_are_masked_without_the_permission(sign_in, portal, inside, ids):
    office = viewer_of(portal, "office@demo.example")
    first = saved(inside, office, "trainee")
    with inside(office), transaction():
        person = db.session.get(Registration, first).person
        person.ni_number = "AB123456C"
        person_id = person.id
    owen = sign_in("office@demo.example")
    address = f"/apprenticeships/new?person={person_id}"
    form = owen.get(address).text
    assert "••/••/••••" in form
    assert "AB123456C" not in form
    assert "AB 12 34 56 C" not in form
    assert "2005" not in form
    assert 'name="uln"' in form  # blank so far, so it may be filled in
    assert 'name="birth_date-day"' not in form
    data = typed(ids, surname="Hacked", ni_number="AB123456D", uln="9276308686")
    answer = fill(owen, address, data, photo=False)
    assert answer.status_code == 302, answer.text
    with inside(office):
        person = db.session.get(Person, person_id)
        assert (person.surname, person.ni_number) == ("Jonesa", "AB123456C")
        assert person.uln == "9276308686"


def test_a_new_person_needs_the_permission_to_add_employees(sign_in, inside, ids):
    owen = sign_in("office@demo.example")
    answer = fill(owen, NEW["apprentice"], typed(ids))
    assert answer.status_code == 403
    assert "Can Add Employees" in answer.text
    assert "O’Dąbrowska" in answer.text
    with inside():
        assert not db.session.scalar(select(func.count(Person.id)))


@pytest.mark.function("A18")
def test_somebody_known_elsewhere_is_masked_until_linked(priya, inside, portal, ids):
    rival = viewer_of(portal, "rival@demo.example")
    with inside(rival), transaction():
        known = add_person(
            {"first_names": "Callum", "surname": "Braithwaite", "birth_date": date(2006, 3, 27),
             "ni_number": "AB123456C"}
        )  # fmt: skip
        person_id = known.id
    assert priya.get(f"/apprenticeships/new?person={person_id}").status_code == 404
    page = priya.get(NEW["apprentice"]).text
    data = {"csrf_token": hidden(page, "csrf_token"), "find": "AB123456C"}
    assert "give the last name" in priya.post("/apprenticeships/new/search", data=data).text
    data["second"] = "27/03/2006"
    found = priya.post("/apprenticeships/new/search", data=data).text
    assert "C••••• B•••••" in found
    assert "Known elsewhere" in found
    assert "Braithwaite" not in found
    token = hidden(found, "token")
    forged = {"csrf_token": data["csrf_token"], "token": f"{person_id}"}
    assert priya.post("/apprenticeships/new/link", data=forged).status_code == 409
    linked = priya.post("/apprenticeships/new/link", data=forged | {"token": token})
    assert linked.status_code == 302
    assert "Callum Braithwaite" in priya.get(linked.location).text


def test_a_duplicate_is_shown_while_typing_with_the_reason(priya, inside, provider):
    saved(inside, provider)
    page = priya.get(NEW["apprentice"]).text
    data = {
        "csrf_token": hidden(page, "csrf_token"), "first_names": "Jeff", "surname": "Jonesa",
        "birth_date-day": "6", "birth_date-month": "5", "birth_date-year": "2005",
    }  # fmt: skip
    shown = priya.post("/apprenticeships/new/matches", data=data, headers={"HX-Request": "true"})
    assert "Same surname and first name" in shown.text
    assert "Date of birth differs by one digit" in shown.text
    assert "Use this person" in shown.text
    assert "None of these" in shown.text
    nobody = data | {"first_names": "Somebody", "surname": "Else"}
    shown = priya.post("/apprenticeships/new/matches", data=nobody)
    assert "Is it one of these people" not in shown.text


def test_the_same_question_elsewhere_is_counted_once(priya, inside, portal):
    rival = viewer_of(portal, "rival@demo.example")
    with inside(rival), transaction():
        add_person(
            {"first_names": "Callum", "surname": "Braithwaite", "birth_date": date(2006, 3, 27),
             "ni_number": "AB123456C"}
        )  # fmt: skip
    page = priya.get(NEW["apprentice"]).text
    data = {
        "csrf_token": hidden(page, "csrf_token"), "surname": "Braithwaite",
        "ni_number": "AB 12 34 56 C",
    }  # fmt: skip
    for _ in range(3):
        shown = priya.post("/apprenticeships/new/matches", data=data).text
        assert "Known elsewhere" in shown
        data["asked_before"] = hidden(shown, "asked_before")
        data["email"] = "x@example.com"
    with inside():
        assert db.session.scalar(select(func.count(PersonMatch.id))) == 1


def test_a_second_person_is_made_only_when_that_is_said(priya, inside, provider, ids):
    saved(inside, provider)
    same = typed(ids, first_names="Jeff", surname="Jonesa", ni_number="")
    answer = fill(priya, NEW["apprentice"], same)
    assert answer.status_code == 422
    assert "is known already" in answer.text
    assert 'href="#matches"' in answer.text
    page = answer.text
    carried = {n: hidden(page, n) for n in ("csrf_token", "once", "photo_ticket")}
    with inside(provider):
        assert db.session.scalar(select(func.count(Person.id))) == 1
        person_id = db.session.scalar(select(Person.id))
    chosen = priya.post(NEW["apprentice"], data=same | carried | {"use_person": person_id})
    assert chosen.status_code == 200
    assert "Already known: Jeff Jonesa" in chosen.text
    assert "Tasha Adams" in chosen.text
    dropped = priya.post(NEW["apprentice"], data=same | carried | {"forget_person": "1"})
    assert "Already known" not in dropped.text
    done = priya.post(NEW["apprentice"], data=same | carried | {"new_person": "yes"})
    assert done.status_code == 302
    with inside(provider):
        assert db.session.scalar(select(func.count(Person.id))) == 2


def test_nothing_ticked_and_unknown_moves_are_refused(priya):
    token = hidden(priya.get("/apprenticeships/new").text, "csrf_token")
    answer = priya.post("/apprenticeships/ask/finalise", data={"csrf_token": token})
    assert answer.status_code == 409
    assert priya.post("/apprenticeships/ask/nothing", data={
        "csrf_token": token, "chosen": "1:1"}).status_code == 404  # fmt: skip


def test_a_photo_on_record_is_replaced_only_by_those_who_may_change_people(
    sign_in, portal, inside, ids
):
    office = viewer_of(portal, "office@demo.example")
    saved(inside, office, "trainee")
    with inside(office):
        person = db.session.scalars(select(Person)).one()
        person_id, photo_id = person.id, person.photo_id
    address = f"/apprenticeships/new?person={person_id}"
    owen = sign_in("office@demo.example")
    form = owen.get(address).text
    assert "A photo is on record" in form
    assert 'type="file"' not in form
    assert fill(owen, address, typed(ids)).status_code == 302
    with inside(office):
        assert db.session.get(Person, person_id).photo_id == photo_id
