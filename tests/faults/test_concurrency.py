"""Many people at once: no edit is lost, no request dies of a locked database."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from app.domain.kernel.tables import Event
from app.domain.organisations.models import Organisation, OrganisationDetail
from app.extensions import db

THREADS, EDITS_EACH = 8, 10

pytestmark = pytest.mark.both_databases


@pytest.fixture
def detail_id(inside):
    with inside():
        statement = (
            select(OrganisationDetail.id)
            .join(Organisation, Organisation.id == OrganisationDetail.organisation_id)
            .where(Organisation.name == "Calder Vale Training Ltd")
        )
        return db.session.scalars(statement).one()


def hidden(page, name):
    return re.search(rf'name="{name}"\s+value="([^"]*)"', page)[1]


def edit_once(client, address, text):
    """Open the form and send it until nobody else was quicker; return how often it took."""
    for attempt in range(1, 500):
        page = client.get(address).text
        answer = client.post(
            address,
            data={
                "csrf_token": hidden(page, "csrf_token"),
                "version": hidden(page, "version"),
                "address": text,
                "postcode": "HD1 1AA",
                "email": "accounts@caldervale.example",
            },
        )
        if answer.status_code == 302:
            return attempt
        assert answer.status_code == 409, answer.text[-2000:]
    raise AssertionError("somebody else was always quicker")


def test_eighty_edits_of_one_row_at_once_lose_none(inside, detail_id, sign_in):
    clients = [sign_in("provider@demo.example") for _ in range(THREADS)]
    address = f"/organisations/{detail_id}/edit"

    def work(number):
        client = clients[number]
        return [edit_once(client, address, f"{number} {n} Mill") for n in range(EDITS_EACH)]

    with ThreadPoolExecutor(THREADS) as pool:
        done = list(pool.map(work, range(THREADS)))

    assert sum(len(each) for each in done) == THREADS * EDITS_EACH
    with inside():
        row = db.session.get(OrganisationDetail, detail_id)
        assert row.version == 1 + THREADS * EDITS_EACH
        changes = select(func.count(Event.id)).where(
            Event.subject_table == "organisation_details",
            Event.subject_id == detail_id,
            Event.what == "changed",
        )
        assert db.session.scalar(changes) == THREADS * EDITS_EACH


def test_edits_of_different_rows_at_once_all_succeed_at_the_first_try(inside, sign_in):
    with inside():
        ids = list(
            db.session.scalars(select(OrganisationDetail.id).order_by(OrganisationDetail.id))
        )[:THREADS]
    clients = [sign_in("staff@demo.example") for _ in ids]

    def work(number):
        address = f"/organisations/{ids[number]}/edit"
        return [edit_once(clients[number], address, f"{n} Wharf") for n in range(EDITS_EACH)]

    with ThreadPoolExecutor(THREADS) as pool:
        tries = [attempt for each in pool.map(work, range(len(ids))) for attempt in each]
    assert tries == [1] * (len(ids) * EDITS_EACH)
