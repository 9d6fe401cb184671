"""The pages of uploads under attack: other places, other roles, work that is not done yet."""

import io
import re

import pytest

from app.clock import now
from app.domain.imports import queries, service
from app.domain.kernel.permissions import Permission
from app.jobs.worker import drain
from app.transaction import transaction
from tests.support import bulk
from tests.support.bulk import bring, finalise_form, row, states, token, work, xlsx
from tests.support.people import lose, somebody

pytestmark = pytest.mark.both_databases
PLACE = "Calder Vale Training Ltd"


def test_a_file_may_be_called_anything(portal, priya):
    for name in ("a\x00b.xlsx", "‮xslx.exe", "../../etc/passwd", "'; drop table.xlsx", " "):
        sent = {"csrf_token": token(priya), "target": "applications",
                "into": "", "once": bulk.hidden(priya.get("/uploads/").text, "once"),
                "files": (io.BytesIO(xlsx(row(0))), name)}  # fmt: skip
        assert priya.post("/uploads/bring", data=sent).status_code in (303, 400, 409), name
    with portal.app_context():
        drain()


def test_nothing_is_submitted_that_is_still_being_checked(portal, priya, inside, provider, upload):
    with inside(provider), transaction():
        service.verify(queries.find_import(upload), now())
    answer = priya.get(f"/uploads/{upload}/finalise")
    assert (answer.status_code, answer.location) == (303, f"/uploads/{upload}")
    assert "still being checked" in priya.get(f"/uploads/{upload}").text
    with portal.app_context():
        drain()
    assert priya.get(f"/uploads/{upload}/finalise").status_code == 200


def test_what_was_submitted_once_is_not_ordered_twice_in_another_tab(
    portal, priya, inside, provider, upload
):
    _, first = finalise_form(priya, upload)
    _, second = finalise_form(priya, upload)
    declared = {"declared": "yes"}
    assert priya.post(f"/uploads/{upload}/finalise", data=first | declared).status_code == 303
    with portal.app_context():
        drain()
    assert states(inside, provider, upload).done == 3
    again = priya.post(f"/uploads/{upload}/finalise", data=second | declared)
    assert again.status_code in (303, 409)
    with portal.app_context():
        drain()
    assert states(inside, provider, upload).done == 3


def test_staff_see_an_upload_but_are_offered_no_change_of_it(sign_in, upload):
    staff = sign_in("staff@demo.example")
    page = staff.get(f"/uploads/{upload}")
    assert page.status_code == 200
    actions = set(re.findall(r'action="(/uploads/[^"]*)"', page.text + work(staff, upload)))
    assert actions == set()
    answer = staff.post(f"/uploads/{upload}/verify", data={"csrf_token": token(staff)})
    assert answer.status_code == 409
    assert "belongs to Calder Vale" in answer.text


def test_whoever_may_not_add_people_finalises_no_new_ones(portal, sign_in, inside, provider, known):
    allowed = [
        Permission.VIEW_APPLICATIONS, Permission.FILL_IN_APPLICATIONS, Permission.VIEW_PURCHASES,
        Permission.CREATE_PURCHASES,
    ]  # fmt: skip
    office = sign_in(somebody(portal, "colleague@demo.example", allowed, PLACE))
    upload = bring(office, xlsx(row(0), row(1, Title="Mrs")))
    _, sent = finalise_form(office, upload)
    with inside(provider), transaction():
        first = queries.grid(queries.find_import(upload), queries.GridAsked()).rows[0].row
        service.edit_row(
            first, {"scheme_number": "7999999", "surname": "Nobody"}, first.version, now()
        )
    answer = office.post(f"/uploads/{upload}/finalise", data=sent | {"declared": "yes"})
    assert answer.status_code in (403, 409)
    assert states(inside, provider, upload).done == 0


def test_a_fix_by_the_page_changes_only_rows_with_the_error_shown(priya, inside, provider, known):
    upload = bring(
        priya, xlsx(row(0), row(0, Title="Mrs"), row(1, ECSNumber=None, RequestType="Renewal"))
    )
    page = work(priya, upload, "fixes")
    forms = re.findall(r"<form[^>]*hm-fix__form.*?</form>", page, re.DOTALL)
    (wanted,) = [each for each in forms if 'value="scheme_number"' in each and "Row" not in each]
    sent = {name: bulk.hidden(wanted, name) for name in ("csrf_token", "field", "raw", "words")}
    answer = priya.post(f"/uploads/{upload}/fix", data=sent | {"new": bulk.number_of(1)})
    assert answer.status_code == 303
    with inside(provider):
        rows = queries.grid(queries.find_import(upload), queries.GridAsked()).rows
        assert [each.row.typed for each in rows] == [
            {}, {}, {"scheme_number": bulk.number_of(1)},
        ]  # fmt: skip


def test_whoever_lost_the_permission_to_buy_is_told_so(portal, sign_in, inside, provider, known):
    allowed = [
        Permission.VIEW_APPLICATIONS, Permission.FILL_IN_APPLICATIONS, Permission.VIEW_PURCHASES,
        Permission.CREATE_PURCHASES,
    ]  # fmt: skip
    buyer = sign_in(somebody(portal, "buyer@demo.example", allowed, PLACE))
    upload = bring(buyer, xlsx(row(0), row(1)))
    _, sent = finalise_form(buyer, upload)
    answer = buyer.post(f"/uploads/{upload}/finalise", data=sent | {"declared": "yes"})
    lose(inside, "buyer@demo.example", Permission.CREATE_PURCHASES)
    with portal.app_context():
        drain()
    grid = buyer.get(buyer.get(answer.location).location).text
    assert "Nothing was ordered. This needs the permission “Can Create New Purchases”" in grid
    assert states(inside, provider, upload).valid == 2
