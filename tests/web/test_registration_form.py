"""The registration form: saved, refused with nothing lost, changed, sent twice."""

import io

import pytest
from PIL import Image
from sqlalchemy import func, select

from app.clock import now
from app.domain.kernel.tables import Letter, StoredFile
from app.domain.organisations.models import Kind as OrganisationKind
from app.domain.organisations.models import Organisation
from app.domain.people.models import Person
from app.domain.registrations import service
from app.domain.registrations.models import Registration
from app.extensions import db
from app.transaction import transaction
from tests.support.reading import spaced
from tests.support.registering import (
    NEW,
    fill,
    hidden,
    saved,
    typed,
)


@pytest.mark.function("A10", "A16", "A17", "A19", "A20", "A21", "A22", "A23", "A24", "A25", "A3")
@pytest.mark.function("A132", "A136")
@pytest.mark.parametrize(
    ("kind", "title", "labels"),
    [
        ("apprentice", "New Apprentice Registration",
         ["Apprenticeship Details", "Apprenticeship Pathway", "Apprenticeship Start Date",
          "Apprentice Employer Details"]),
        ("trainee", "New Trainee Registration",
         ["Trainee Details", "Trainee Pathway", "Trainee Start Date",
          "Trainee Employer Details"]),
    ],
)  # fmt: skip
def test_a_new_person_is_registered(priya, inside, provider, ids, kind, title, labels):
    page = priya.get(NEW[kind]).text
    assert title in page
    assert "Health, Safety and Environmental Assessment" in page
    assert ">SAVE<" in page
    for label in labels:
        assert label in page
    answer = fill(priya, NEW[kind], typed(ids, kind))
    assert answer.status_code == 302, answer.text
    record = priya.get(answer.location)
    assert "Zofia O’Dąbrowska" in record.text
    assert "was saved" in record.text
    with inside(provider):
        row = db.session.scalars(select(Registration)).one()
        assert (row.kind, row.state) == (kind, "awaiting_finalisation")
        assert row.person.ni_number == "AB123456C"
        assert row.person.phone == "+447700900123"
        assert row.person.photo.media_type == "image/jpeg"
        letters = db.session.scalars(select(Letter).order_by(Letter.id)).all()
        assert [letter.to_email for letter in letters] == [
            "zofia@example.com", "ann@works.example",
        ]  # fmt: skip


def test_it_is_saved_with_things_missing_and_says_which(priya, ids):
    bare = {
        "first_names": "لیلا", "surname": "نوری", "birth_date-day": "1", "birth_date-month": "2",
        "birth_date-year": "2005", "scheme": ids["apprentice"]["scheme"],
        "health_and_safety": "no",
    }  # fmt: skip
    answer = fill(priya, NEW["apprentice"], bare, photo=False)
    assert answer.status_code == 302, answer.text
    record = priya.get(answer.location).text
    assert "لیلا نوری" in record
    assert "Photo: none has been uploaded" in record
    assert "Something missing" in record
    listed = priya.get("/apprenticeships/?tab=attention").text
    assert "لیلا نوری" in listed


@pytest.mark.function("A22")
def test_errors_stand_beside_the_fields_and_nothing_is_lost(priya, inside, ids):
    wrong = typed(ids, **{
        "birth_date-day": "31", "birth_date-month": "2", "ni_number": "XX123", "email": "nobody",
        "health_and_safety": "", "employer_contact_name": "D’Arcy & Sons",
    })  # fmt: skip
    answer = fill(priya, NEW["apprentice"], wrong)
    assert answer.status_code == 422
    page = answer.text
    assert "5 things to put right" not in page
    assert "4 things to put right" in page
    for name in ("birth_date", "ni_number", "email", "health_and_safety"):
        assert f'href="#{name}"' in page
        assert f'id="{name}-error"' in page
    assert "Zofia" in page
    assert "O’Dąbrowska" in page
    assert 'value="31"' in page
    assert 'value="nobody"' in page
    assert "D’Arcy &amp; Sons" in page
    assert "/apprenticeships/new/photo?ticket=" in page
    with inside():
        assert not db.session.scalar(select(func.count(Registration.id)))
        assert not db.session.scalar(select(func.count(Person.id)))

    ticket = hidden(page, "photo_ticket")
    preview = priya.get("/apprenticeships/new/photo", query_string={"ticket": ticket})
    assert preview.mimetype == "image/jpeg"
    right = typed(ids, once=hidden(page, "once"), csrf_token=hidden(page, "csrf_token"),
                  photo_ticket=ticket)  # fmt: skip
    assert priya.post(NEW["apprentice"], data=right).status_code == 302
    with inside():
        assert db.session.scalars(select(Person)).one().photo_id is not None


def test_another_person_cannot_use_the_ticket_of_a_photo(priya, sign_in, ids):
    page = fill(priya, NEW["apprentice"], {"surname": ""}).text
    ticket = hidden(page, "photo_ticket")
    rival = sign_in("rival@demo.example")
    for bad in (ticket, "", "x.y.z"):
        address = "/apprenticeships/new/photo"
        assert rival.get(address, query_string={"ticket": bad}).status_code == 404


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"not a picture at all", "not a photo that can be read"),
        (b"", "empty"),
        (b"%PDF-1.7 and more", "not a photo that can be read"),
        (b"x" * (11 * 1024 * 1024), "MB"),
        (b"x" * (40 * 1024 * 1024), "MB"),
    ],
)
def test_what_is_no_photo_is_refused_and_the_rest_kept(priya, inside, ids, content, said):
    page = priya.get(NEW["apprentice"]).text
    data = typed(ids, once=hidden(page, "once"), csrf_token=hidden(page, "csrf_token"))
    data["photo"] = (io.BytesIO(content), "photo.jpg")
    answer = priya.post(NEW["apprentice"], data=data, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert said in answer.text
    assert 'id="photo-error"' in answer.text
    assert "O’Dąbrowska" in answer.text
    with inside():
        assert not db.session.scalar(select(func.count(StoredFile.id)))


def test_a_storage_that_does_not_answer_is_no_fault_of_ours(priya, portal, inside, ids):
    portal.config["STORAGE_URL"] = "file:///proc/no-such-folder"
    try:
        answer = fill(priya, NEW["apprentice"], typed(ids))
    finally:
        portal.config["STORAGE_URL"] = ""
    assert answer.status_code == 503
    with inside():
        assert db.session.scalars(select(Person)).all() == []


def test_the_location_in_a_photo_is_stripped(priya, portal, inside, ids):
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (53.0, 48.0, 0.0)}
    out = io.BytesIO()
    Image.new("RGB", (600, 800), "red").save(out, "JPEG", exif=exif)
    out.seek(0)
    data = typed(ids, photo=(out, "gps.jpg"))
    answer = fill(priya, NEW["apprentice"], data, photo=False)
    assert answer.status_code == 302
    row = answer.location.rsplit("/", 1)[1]
    sent = priya.get(f"/apprenticeships/{row}/photo")
    assert sent.mimetype == "image/jpeg"
    assert not Image.open(io.BytesIO(sent.data)).getexif()
    tag = sent.headers["ETag"]
    assert "private" in sent.headers["Cache-Control"]
    again = priya.get(f"/apprenticeships/{row}/photo", headers={"If-None-Match": tag})
    assert again.status_code == 304


def test_a_form_sent_twice_registers_once(priya, inside, ids):
    page = priya.get(NEW["apprentice"]).text
    data = typed(ids, once=hidden(page, "once"), csrf_token=hidden(page, "csrf_token"))
    first = priya.post(NEW["apprentice"], data=data)
    second = priya.post(NEW["apprentice"], data=data | {"new_person": "yes"})
    assert first.location == second.location
    with inside():
        assert db.session.scalar(select(func.count(Registration.id))) == 1
        assert db.session.scalar(select(func.count(Person.id))) == 1
        assert db.session.scalar(select(func.count(Letter.id))) == 2


def test_a_form_without_its_token_is_refused_with_everything_kept(priya, inside, ids):
    answer = fill(priya, NEW["apprentice"], typed(ids, once=""))
    assert answer.status_code == 409
    assert "expired" in answer.text
    assert "O’Dąbrowska" in answer.text
    with inside():
        assert not db.session.scalar(select(func.count(Person.id)))


def test_a_database_that_fails_loses_nothing_typed(priya, inside, ids, monkeypatch):
    from sqlalchemy.exc import OperationalError

    def fail(*_args, **_values):
        raise OperationalError("INSERT", {}, Exception("the disk is full"))

    monkeypatch.setattr(service, "register", fail)
    answer = fill(priya, NEW["apprentice"], typed(ids))
    assert answer.status_code == 503
    assert "Nothing you typed is lost" in answer.text
    assert "O’Dąbrowska" in answer.text
    with inside():
        assert not db.session.scalar(select(func.count(Person.id)))


def test_a_registration_is_changed_and_the_photo_kept(priya, inside, provider, ids):
    row = saved(inside, provider)
    page = priya.get(f"/apprenticeships/{row}/edit").text
    assert f"/apprenticeships/{row}/photo" in page
    data = typed(ids, first_names="Jeff", surname="Jónes-O’Hara", office_contact="Toby Light")
    answer = fill(priya, f"/apprenticeships/{row}/edit", data, photo=False)
    assert answer.status_code == 302, answer.text
    with inside(provider):
        found = db.session.get(Registration, row)
        assert found.office_contact == "Toby Light"
        assert found.applicant_key == "jones ohara jeff"
        assert found.person.photo_id is not None


def test_a_stale_change_shows_both_versions_and_keeps_yours(priya, inside, provider, ids):
    row = saved(inside, provider)
    path = f"/apprenticeships/{row}/edit"
    page = priya.get(path).text
    carried = {n: hidden(page, n) for n in ("csrf_token", "once", "version", "person_version")}
    with inside(provider), transaction():
        found = db.session.get(Registration, row)
        service.change(found, {"office_contact": "Somebody Else"}, found.version, now())
    mine = typed(ids, first_names="Jeff", surname="Jonesa", office_contact="Me Myself", **{
        "birth_date-day": "5", "birth_date-month": "5", "birth_date-year": "2005"})  # fmt: skip
    answer = priya.post(path, data=mine | carried)
    assert answer.status_code == 409
    assert "Somebody Else" in answer.text
    assert 'value="Me Myself"' in answer.text
    assert "changed it on" in answer.text
    newer = {n: hidden(answer.text, n) for n in ("csrf_token", "version", "person_version")}
    assert priya.post(path, data=mine | newer).status_code == 302
    with inside(provider):
        assert db.session.get(Registration, row).office_contact == "Me Myself"


def test_a_form_made_stale_by_a_bulk_move_shows_the_states(priya, inside, provider, ids):
    row = saved(inside, provider)
    path = f"/apprenticeships/{row}/edit"
    page = priya.get(path).text
    carried = {n: hidden(page, n) for n in ("csrf_token", "once", "version", "person_version")}
    with inside(provider), transaction():
        service.finalise([db.session.get(Registration, row)], None, now())
    mine = typed(ids, first_names="Jeff", surname="Jonesa", office_contact="Me Myself", **{
        "birth_date-day": "5", "birth_date-month": "5", "birth_date-year": "2005"})  # fmt: skip
    answer = priya.post(path, data=mine | carried)
    assert answer.status_code == 409
    shown = spaced(answer.text)
    assert "Ready for ordering" in shown
    assert "Awaiting finalisation (when you opened it)" in shown
    assert 'value="Me Myself"' in answer.text


def test_the_price_follows_the_scheme(priya, ids):
    shown = priya.get("/apprenticeships/new/price", query_string=ids["apprentice"]).text
    assert "£140.40" in shown
    assert "Choose a scheme" in priya.get("/apprenticeships/new/price").text
    options = priya.get("/apprenticeships/new/pathway", query_string=ids["apprentice"]).text
    assert options.count("<option") == 4


def test_known_employers_are_looked_up_as_json(priya, sign_in, inside):
    with inside():
        name = db.session.scalars(
            select(Organisation.name).where(Organisation.kind == OrganisationKind.EMPLOYER)
        ).first()
    found = priya.get("/apprenticeships/employers", query_string={"q": name[:6]}).json["results"]
    assert name in [each["text"] for each in found]
    refused = sign_in("permissions@demo.example").get("/apprenticeships/employers?q=a")
    assert refused.status_code == 403


@pytest.mark.parametrize("number", ["99999999999", "9" * 18, "9" * 40, "-1", "x"])
def test_an_impossible_employer_is_refused_beside_the_field(priya, ids, number):
    answer = fill(priya, NEW["apprentice"], typed(ids, employer=number), photo=False)
    assert answer.status_code == 422
    assert 'id="employer-error"' in answer.text
