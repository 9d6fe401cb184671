"""Lists and moves of registrations, as a training provider uses them."""

import re

import pytest
from sqlalchemy import func, select

from app.clock import now, today
from app.domain.kernel.permissions import Permission
from app.domain.organisations.models import Organisation
from app.domain.organisations.service import add_membership, add_user
from app.domain.registrations import service
from app.domain.registrations.models import CardApplication, Registration
from app.extensions import db
from app.transaction import transaction
from tests.support.reading import spaced
from tests.support.registering import (
    BASE,
    NEW,
    every_chosen,
    every_hidden,
    hidden,
    in_progress,
    key_of,
    saved,
)
from tests.support.viewers import viewer_of
from tests.support.watch import count_statements


@pytest.mark.parametrize(
    "path",
    ["", "/edit", "/photo", "/ask/finalise", "/stage"],
)
def test_a_rival_finds_nothing(sign_in, inside, provider, path):
    row = saved(inside, provider)
    rival = sign_in("rival@demo.example")
    assert rival.get(f"/apprenticeships/{row}{path}").status_code == 404
    assert f"/apprenticeships/{row}" not in rival.get("/apprenticeships/").text


def test_who_types_a_strangers_address_as_contact_adds_nothing_to_their_lists(
    priya, portal, inside
):
    rival = viewer_of(portal, "rival@demo.example")
    row = saved(inside, rival, employer_contact_email="provider@demo.example")
    for path in ("", "export.csv", "?tab=all"):
        answer = priya.get(f"/apprenticeships/{path}")
        assert answer.status_code == 200
        assert "Jones" not in answer.text
    assert priya.get(f"/apprenticeships/{row}").status_code == 404


def test_foreign_rows_in_a_selection_do_not_exist(sign_in, inside, provider):
    row = saved(inside, provider)
    rival = sign_in("rival@demo.example")
    token = hidden(rival.get("/apprenticeships/new").text, "csrf_token")
    data = {"csrf_token": token, "chosen": key_of(inside, row), "once": "x"}
    for path in ("ask/finalise", "move/finalise", "ask-stage"):
        assert rival.post(f"/apprenticeships/{path}", data=data).status_code == 404
    data |= {"number": "2", "on-day": "1", "on-month": "1", "on-year": "2026"}
    assert rival.post("/apprenticeships/stage", data=data).status_code == 404
    assert rival.post(f"/apprenticeships/{row}/stage/2", data=data).status_code == 404
    with inside():
        assert db.session.get(Registration, row).state == "awaiting_finalisation"


def test_a_trainee_is_no_apprentice(priya, inside, provider):
    row = saved(inside, provider, "trainee")
    assert priya.get(f"/trainees/{row}").status_code == 200
    assert priya.get(f"/apprenticeships/{row}").status_code == 404


@pytest.mark.parametrize("path", ["/apprenticeships/", "/apprenticeships/new", "/trainees/"])
def test_those_without_the_permission_are_refused(sign_in, path):
    assert sign_in("permissions@demo.example").get(path).status_code == 403


@pytest.mark.function("A26", "A27", "A28", "A29", "A30", "A32", "A74", "A73", "A133", "A136")
@pytest.mark.parametrize(
    ("kind", "title", "button"),
    [
        ("apprentice", "Apprentice registrations requiring attention",
         "FINALISE APPRENTICE REGISTRATIONS"),
        ("trainee", "Trainee registrations requiring action", "FINALISE TRAINEE REGISTRATIONS"),
    ],
)  # fmt: skip
def test_the_list_requiring_attention_has_the_guides_columns(
    priya, inside, provider, kind, title, button
):
    done = saved(inside, provider, kind)
    saved(inside, provider, kind, 1, health_and_safety=False)
    page = priya.get(f"{BASE[kind]}/?tab=attention").text
    assert title in page
    assert button in page
    for head in ("Reg#", "Applicant", "H&amp;S", "Photo", "Start Date", "Stage", "Office Contact"):
        assert head in page
    assert page.count('name="chosen"') == 2
    assert page.count("ti-flag") >= 2
    assert f"{BASE[kind]}/{done}/ask/finalise" in page
    assert "H&amp;S Module" in page
    assert "Not completed" in page
    assert "01/09/2026" in page
    assert "Tully Light" in page


@pytest.mark.function("A31", "A33", "A34", "A35")
@pytest.mark.parametrize("kind", list(NEW))
def test_many_are_finalised_after_a_confirmation(priya, inside, provider, kind):
    rows = [saved(inside, provider, kind, n) for n in range(2)]
    lacking = saved(inside, provider, kind, 2, health_and_safety=False)
    page = priya.get(f"{BASE[kind]}/?tab=attention").text
    token = hidden(page, "csrf_token")
    data = {"csrf_token": token, "chosen": every_chosen(page)}
    ask = priya.post(f"{BASE[kind]}/ask/finalise", data=data).text
    assert "MARK AS FINALISED" in ask
    assert ">CANCEL<" in re.sub(r"<i[^>]*></i>", "", ask)
    assert "Jeff Jonesa" in ask
    assert "the assessment must be completed first" in ask
    assert f"{BASE[kind]}/{lacking}/edit" in ask
    chosen = every_hidden(ask, "chosen")
    assert len(chosen) == 2
    data = {"csrf_token": token, "chosen": chosen, "once": hidden(ask, "once")}
    answer = priya.post(f"{BASE[kind]}/move/finalise", data=data)
    assert answer.location.endswith("tab=ready")
    again = priya.post(f"{BASE[kind]}/move/finalise", data=data)
    assert again.location == answer.location
    ready = priya.get(answer.location).text
    assert "Registrations ready for ordering" in ready
    assert "Finalised: Jeff Jonesa, Jeff Jonesb" in ready
    assert "Nothing was done twice" in ready
    assert "Ref." in ready
    with inside():
        states = [db.session.get(Registration, row).state for row in [*rows, lacking]]
        assert states == ["ready_for_ordering", "ready_for_ordering", "awaiting_finalisation"] or (
            states == ["ready_for_ordering", "ready_for_ordering", "started"]
        )
        assert db.session.scalar(select(func.count(CardApplication.id))) == 2


@pytest.mark.function("A32")
def test_the_flag_finalises_one_and_it_can_be_undone(priya, inside, provider):
    row = saved(inside, provider)
    ask = priya.get(f"/apprenticeships/{row}/ask/finalise").text
    data = {"csrf_token": hidden(ask, "csrf_token"), "chosen": every_hidden(ask, "chosen"),
            "once": hidden(ask, "once")}  # fmt: skip
    priya.post("/apprenticeships/move/finalise", data=data)
    ready = priya.get("/apprenticeships/?tab=ready").text
    assert f"/apprenticeships/{row}/ask/return_to_attention" in ready
    ask = priya.get(f"/apprenticeships/{row}/ask/return_to_attention").text
    data = {"csrf_token": hidden(ask, "csrf_token"), "chosen": every_hidden(ask, "chosen"),
            "once": hidden(ask, "once")}  # fmt: skip
    assert priya.post("/apprenticeships/move/return_to_attention", data=data).status_code == 302
    with inside():
        assert db.session.get(Registration, row).state == "awaiting_finalisation"


def test_every_match_is_finalised_when_that_is_chosen(priya, inside, provider):
    for n in range(3):
        saved(inside, provider, number=n)
    page = priya.get("/apprenticeships/?tab=attention&q=jonesb").text
    assert "1" in page
    data = {"csrf_token": hidden(page, "csrf_token"), "every_match": "1", "tab": "attention"}
    assert len(every_hidden(priya.post("/apprenticeships/ask/finalise", data=data).text,
                            "chosen")) == 3  # fmt: skip


def test_somebody_elses_change_between_is_refused_with_both_versions(priya, inside, provider):
    row = saved(inside, provider)
    other = saved(inside, provider, number=1)
    ask = priya.post(
        "/apprenticeships/ask/finalise",
        data={"csrf_token": hidden(priya.get("/apprenticeships/").text, "csrf_token"),
              "chosen": [key_of(inside, row), key_of(inside, other)]},
    ).text  # fmt: skip
    with inside(provider), transaction():
        found = db.session.get(Registration, row)
        service.change(found, {"office_contact": "Somebody Else"}, found.version, now())
    data = {"csrf_token": hidden(ask, "csrf_token"), "chosen": every_hidden(ask, "chosen"),
            "once": hidden(ask, "once")}  # fmt: skip

    answer = priya.post("/apprenticeships/move/finalise", data=data)
    assert answer.status_code == 409
    text = spaced(answer.text)
    assert "Finalised: Jeff Jonesb." in text
    assert "Office Contact: Tully Light when you opened it, now Somebody Else" in text
    assert "changed it on" in text
    with inside():
        assert db.session.get(Registration, row).state == "awaiting_finalisation"
        assert db.session.get(Registration, other).state == "ready_for_ordering"

    # Seen now, it is finalised knowingly.
    again = {"csrf_token": hidden(answer.text, "csrf_token"), "once": hidden(answer.text, "once"),
             "chosen": every_hidden(answer.text, "chosen")}  # fmt: skip
    assert [each.split(":")[0] for each in again["chosen"]] == [str(row)]
    assert priya.post("/apprenticeships/move/finalise", data=again).status_code == 302
    with inside():
        assert db.session.get(Registration, row).state == "ready_for_ordering"


def test_finalising_sends_few_statements_from_the_click_to_the_answer(priya, inside, provider):
    chosen = [key_of(inside, saved(inside, provider, number=number)) for number in range(3)]
    token = hidden(priya.get("/apprenticeships/").text, "csrf_token")
    data = {"csrf_token": token, "once": "few", "chosen": chosen}
    with count_statements() as seen:
        assert priya.post("/apprenticeships/move/finalise", data=data).status_code == 302
    assert len(seen) <= 18, seen  # a thousand are two batches, with two statements more


@pytest.mark.parametrize("wrong", ["", "   ", "x" * 501])
def test_what_ends_a_registration_says_why(priya, inside, provider, wrong):
    row = saved(inside, provider)
    ask = priya.get(f"/apprenticeships/{row}/ask/cancel").text
    assert 'name="reason"' in ask
    data = {"csrf_token": hidden(ask, "csrf_token"), "once": hidden(ask, "once"),
            "chosen": every_hidden(ask, "chosen"), "reason": wrong}  # fmt: skip
    refused = priya.post("/apprenticeships/move/cancel", data=data)
    assert refused.status_code == 422
    assert 'href="#reason"' in refused.text
    with inside():
        assert db.session.get(Registration, row).state == "awaiting_finalisation"
    data |= {"reason": "Registered by mistake, O'Hara"}
    assert priya.post("/apprenticeships/move/cancel", data=data).status_code == 302
    record = spaced(priya.get(f"/apprenticeships/{row}").text)
    assert "Registered by mistake, O&#39;Hara" in record


def test_what_a_colleague_finalised_meanwhile_is_said_so(priya, inside, provider):
    row = saved(inside, provider)
    seen = key_of(inside, row)
    with inside(provider), transaction():
        service.finalise([db.session.get(Registration, row)], None, now())
    token = hidden(priya.get("/apprenticeships/").text, "csrf_token")
    for path in ("ask/cancel", "move/finalise"):
        data = {"csrf_token": token, "chosen": seen, "once": path}
        text = spaced(priya.post(f"/apprenticeships/{path}", data=data).text)
        words = "Status: Awaiting finalisation when you opened it, now Ready for ordering"
        assert words in text


def test_a_stage_of_somebody_elses_registration_is_asked_again(priya, inside, provider):
    row = saved(inside, provider)
    in_progress(inside, provider, row)
    seen = key_of(inside, row)
    with inside(provider), transaction():
        service.reach_stage([db.session.get(Registration, row)], 2, today(), now())
    token = hidden(priya.get("/apprenticeships/?tab=progress").text, "csrf_token")
    day, month, year = f"{today():%d %m %Y}".split()
    data = {"csrf_token": token, "chosen": seen, "once": "stage", "number": "3",
            "on-day": day, "on-month": month, "on-year": year}  # fmt: skip
    answer = priya.post("/apprenticeships/stage", data=data)
    assert answer.status_code == 409
    assert "Stage number: 1 when you opened it, now 2" in spaced(answer.text)
    data |= {"once": "stage again", "chosen": every_hidden(answer.text, "chosen")}
    assert priya.post("/apprenticeships/stage", data=data).status_code == 302
    with inside():
        assert db.session.get(Registration, row).stage_number == 3


@pytest.mark.function("A69", "A70", "A71", "A134", "A136")
@pytest.mark.parametrize(
    ("kind", "title", "name"),
    [("apprentice", "Apprenticeships in progress", "Apprentice Name"),
     ("trainee", "Trainees in progress", "Trainee Name")],
)  # fmt: skip
def test_stages_are_moved_on_by_the_buttons(priya, inside, provider, kind, title, name):
    row = saved(inside, provider, kind)
    in_progress(inside, provider, row)
    page = priya.get(f"{BASE[kind]}/?tab=progress").text
    for text in (title, name, "Scheme", "Start Date", "Stage", "Pathway", "New Stage"):
        assert text in page
    assert f"1 - {today():%d/%m/%Y}" in page
    for number in (2, 3, 4):
        assert f"{BASE[kind]}/{row}/stage/{number}" in page
    data = {"csrf_token": hidden(page, "csrf_token")}
    answer = priya.post(f"{BASE[kind]}/{row}/stage/2", data=data)
    assert f"2 - {today():%d/%m/%Y}" in priya.get(answer.location).text
    record = priya.get(f"{BASE[kind]}/{row}").text
    assert "Reached a stage" in record
    assert f"Stage 2 - {today():%d/%m/%Y}" in record
    assert "Undo the last stage" in record
    data["chosen"] = key_of(inside, row)
    assert priya.post(f"{BASE[kind]}/{row}/undo-stage", data=data).status_code == 302
    with inside():
        assert db.session.get(Registration, row).stage_number == 1


@pytest.mark.function("A71")
def test_a_stage_with_its_date_for_many(priya, inside, provider):
    rows = [saved(inside, provider, number=n) for n in range(2)]
    in_progress(inside, provider, *rows)
    token = hidden(priya.get("/apprenticeships/?tab=progress").text, "csrf_token")
    data = {"csrf_token": token, "chosen": [key_of(inside, row) for row in rows]}
    ask = priya.post("/apprenticeships/ask-stage", data=data).text
    assert "Date reached" in ask
    day = today()
    data |= {"once": hidden(ask, "once"), "number": "3", "on-day": "32", "on-month": "1",
             "on-year": "2026"}  # fmt: skip
    wrong = priya.post("/apprenticeships/stage", data=data)
    assert wrong.status_code == 422
    assert 'id="on-error"' in wrong.text
    data |= {"on-day": "1", "on-month": "1", "on-year": str(day.year + 1)}
    future = priya.post("/apprenticeships/stage", data=data)
    assert future.status_code == 422
    assert "in the future" in future.text
    data |= {"on-day": str(day.day), "on-month": str(day.month), "on-year": str(day.year)}
    assert priya.post("/apprenticeships/stage", data=data).status_code == 302
    with inside():
        assert {db.session.get(Registration, row).stage_number for row in rows} == {3}


def test_the_record_shows_facts_requirements_and_what_happened(priya, inside, provider):
    row = saved(inside, provider, health_and_safety=False)
    page = priya.get(f"/apprenticeships/{row}").text
    for text in ("Jeff Jonesa", "Required before finalising", "Created", "Letters sent",
                 "jeff@example.com", "Who must act next", "05/05/2005"):  # fmt: skip
        assert text in page


@pytest.mark.parametrize("tab", ["attention", "ready", "ordered", "progress", "completed", "ended"])
def test_a_list_reads_little(priya, inside, provider, tab):
    rows = [saved(inside, provider, number=n) for n in range(3)]
    if tab == "progress":
        in_progress(inside, provider, *rows)
    priya.get("/apprenticeships/")
    with count_statements() as seen:
        assert priya.get(f"/apprenticeships/?tab={tab}").status_code == 200
    assert len(seen) <= 8, seen


def test_those_who_may_only_buy_can_tick_what_is_ready(sign_in, inside, provider):
    row = saved(inside, provider)
    with inside(provider), transaction():
        service.finalise([db.session.get(Registration, row)], None, now())
    with inside(), transaction():
        calder = db.session.get(Organisation, provider.organisation_id)
        buyer = add_user(
            email="buyer@demo.example", first_name="Bea", last_name="Uyer", password_hash="x"
        )
        bought = (Permission.VIEW_APPLICATIONS, Permission.VIEW_PURCHASES,
                  Permission.CREATE_PURCHASES)  # fmt: skip
        add_membership(buyer, calder, [], bought)
    page = sign_in("buyer@demo.example").get("/apprenticeships/?tab=ready").text
    assert 'name="chosen"' in page
    assert "SUBMIT PURCHASE" in page
    assert "Return to attention" not in page
