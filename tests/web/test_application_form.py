"""ADD APPLICATION and EDIT: a card application filled in by hand."""

import io

import pytest
from sqlalchemy import func, select

from app.clock import now
from app.domain.catalogue.models import Occupation
from app.domain.people.models import Person
from app.domain.people.service import add_person
from app.domain.registrations import service
from app.domain.registrations.models import CardApplication
from app.extensions import db
from app.transaction import transaction
from tests.support.reading import spaced
from tests.support.registering import hidden
from tests.support.walks import a_photo

NEW = "/applications/new"


@pytest.fixture
def occupation(inside):
    with inside():
        return db.session.scalars(select(Occupation.id).where(Occupation.code == "317")).one()


def typed(page, **values):
    born = {"birth_date-day": "27", "birth_date-month": "3", "birth_date-year": "1990"}
    carried = {name: hidden(page.text, name) for name in ("csrf_token", "once")}
    named = {"first_names": "Siân", "surname": "O’Hara", "request_type": "replacement"}
    return carried | born | named | values


def applications(inside):
    with inside():
        return list(db.session.scalars(select(CardApplication)))


@pytest.mark.function("A77", "A78", "A79")
def test_an_application_is_added_and_saved_from_the_summary(priya, inside, occupation):
    summary = priya.get("/applications/?tab=attention").text
    assert "ADD APPLICATION" in summary
    page = priya.get(NEW)
    for words in ("Fill in the application details required", "SAVE CHANGES", "BACK TO SUMMARY"):
        assert words in page.text
    data = typed(page, occupation=occupation, scheme_number="123456", health_and_safety="yes")
    answer = priya.post(
        NEW,
        data=data | {"photo": (io.BytesIO(a_photo()), "face.jpg")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 302, answer.text
    record = spaced(priya.get(answer.location).text)
    assert "Siân O’Hara" in record
    assert "Replacement" in record
    (made,) = applications(inside)
    assert made.state == "valid"


def test_it_is_saved_with_things_missing_and_finalising_says_which(priya, inside):
    answer = priya.post(NEW, data=typed(priya.get(NEW)))
    assert answer.status_code == 302
    (made,) = applications(inside)
    assert made.state == "started"
    asked = spaced(priya.get(f"/applications/{made.id}/ask/finalise").text)
    for words in ("Occupation: none has been chosen", "Photo: none has been uploaded", "ECSNumber"):
        assert words in asked


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(priya, inside):
    wrong = {"ni_number": "NN000015", "scheme_number": "12", "surname": "", "initials": "7"}
    answer = priya.post(NEW, data=typed(priya.get(NEW), **wrong))
    assert answer.status_code == 422
    for name in ("ni_number", "scheme_number", "surname", "initials"):
        assert f'href="#{name}"' in answer.text
    assert 'value="Siân"' in answer.text
    assert applications(inside) == []


@pytest.mark.function("A86")
def test_the_fee_follows_the_request_type(priya):
    for request, fee in (("initial", "£"), ("renewal", "£"), ("replacement", "£")):
        shown = spaced(priya.get(f"{NEW}/price", query_string={"request_type": request}).text)
        assert f"Total {fee}" in shown
    renewal = priya.get(f"{NEW}/price", query_string={"request_type": "renewal"}).text
    assert "£42.00" in renewal
    assert priya.get(f"{NEW}/price", query_string={"request_type": "'"}).status_code == 200


def test_a_double_click_makes_one(priya, inside):
    data = typed(priya.get(NEW))
    first, second = priya.post(NEW, data=data), priya.post(NEW, data=data | {"new_person": "yes"})
    assert first.location == second.location
    assert len(applications(inside)) == 1


def test_somebody_known_is_found_and_not_made_twice(priya, inside, provider):
    with inside(provider), transaction():
        person = add_person({"first_names": "Siân", "surname": "O’Hara",
                             "birth_date": now().date().replace(1990, 3, 27)}).id  # fmt: skip
    found = priya.get(NEW, query_string={"find": "hara"}).text
    assert f"{NEW}?person={person}" in found
    likely = priya.post(NEW, data=typed(priya.get(NEW)))
    assert likely.status_code == 422
    assert f'name="use_person" value="{person}"' in spaced_attributes(likely.text)
    page = priya.get(NEW, query_string={"person": person})
    data = typed(page) | {n: hidden(page.text, n) for n in ("person", "person_version")}
    assert priya.post(NEW, data=data).status_code == 302
    again = typed(priya.get(NEW, query_string={"person": person}))
    version = hidden(priya.get(NEW, query_string={"person": person}).text, "person_version")
    twice = priya.post(NEW, data=again | {"person": person, "person_version": version})
    assert twice.status_code == 409
    assert "under way already" in twice.text
    with inside():
        assert db.session.scalar(select(func.count(Person.id))) == 1


def spaced_attributes(html):
    return " ".join(html.split())


def test_an_application_is_edited_and_both_versions_shown(priya, inside, provider, occupation):
    location = priya.post(NEW, data=typed(priya.get(NEW))).location
    page = priya.get(f"{location}/edit")
    names = ("csrf_token", "once", "version", "person_version")
    carried = {name: hidden(page.text, name) for name in names}
    mine = typed(page, initials="J", occupation=occupation) | carried
    with inside(provider), transaction():
        (row,) = db.session.scalars(select(CardApplication))
        values = {"request_type": "renewal", "occupation": None, "initials": "Q",
                  "health_and_safety": None, "scheme_number": None}  # fmt: skip
        service.change_application(row, values, {}, row.version, row.person.version, now())
    stale = priya.post(f"{location}/edit", data=mine)
    assert stale.status_code == 409
    assert "Initials Q J" in spaced(stale.text)
    newer = {name: hidden(stale.text, name) for name in names}
    assert priya.post(f"{location}/edit", data=mine | newer).status_code == 302
    (row,) = applications(inside)
    assert (row.initials, row.kind, row.occupation_id) == ("J", "replacement", occupation)


def test_a_rival_neither_sees_nor_uses_the_person(sign_in, priya, inside):
    location = priya.post(NEW, data=typed(priya.get(NEW))).location
    (row,) = applications(inside)
    rival = sign_in("rival@demo.example")
    assert rival.get(f"{location}/edit").status_code == 404
    assert rival.get(NEW, query_string={"person": row.person_id}).status_code == 404
    data = typed(rival.get(NEW)) | {"person": row.person_id}
    assert rival.post(NEW, data=data).status_code == 404
    data = typed(rival.get(NEW)) | {"use_person": row.person_id}
    assert rival.post(NEW, data=data).status_code == 404
    assert rival.post(NEW, data=typed(rival.get(NEW), occupation="987654321")).status_code == 422
    assert len(applications(inside)) == 1


def test_a_photo_is_kept_through_errors_and_is_nobody_elses(sign_in, priya, inside):
    data = typed(priya.get(NEW), surname="") | {"photo": (io.BytesIO(a_photo()), "face.jpg")}
    refused = priya.post(NEW, data=data, content_type="multipart/form-data")
    ticket = hidden(refused.text, "photo_ticket")
    assert ticket
    rival = sign_in("rival@demo.example")
    assert rival.post(NEW, data=typed(rival.get(NEW), photo_ticket=ticket)).status_code == 302
    assert priya.post(NEW, data=typed(priya.get(NEW), photo_ticket=ticket)).status_code == 302
    with inside():
        people = db.session.scalars(select(Person).order_by(Person.id))
        assert [person.photo_id is not None for person in people] == [False, True]
