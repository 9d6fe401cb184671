"""The page of a batch asks the database as often for thirty candidates as for one."""

import pytest

from app.clock import now
from app.domain.imports.batches import service
from app.domain.people.service import add_many
from app.transaction import transaction
from tests.support.batches import CENTRE, DEFAULTS, START, BatchPage, drafts
from tests.support.standards import candidate
from tests.support.viewers import viewer_of
from tests.support.watch import count_statements

MOST = 16


@pytest.fixture
def chen(portal):
    return viewer_of(portal, CENTRE)


def fill(inside, viewer, start, count):
    """Add people on record and new candidates to the only batch."""
    with inside(viewer), transaction():
        (draft,) = drafts()
        people = [candidate(n, uln=None) for n in range(start, start + count)]
        for person_id in add_many(people):
            service.add_known(draft, person_id, now())
        for n in range(start, start + count):
            service.add_new(draft, {"first_names": "Ivo", "surname": f"New{'x' * n}"}, now())


def opened(client, path):
    with count_statements() as sent:
        assert client.get(path).status_code == 200
    return sent


def test_the_page_asks_as_often_for_many_as_for_few(sign_in, inside, chen):
    page = BatchPage(sign_in(CENTRE))
    page.choose()
    page.press("keep", **DEFAULTS)
    fill(inside, chen, 1, 1)
    few = opened(page.client, page.path)
    fill(inside, chen, 10, 15)
    many = opened(page.client, page.path)
    assert len(many) == len(few), many
    assert len(many) <= MOST, many


def test_the_first_page_is_frugal(sign_in):
    client = sign_in(CENTRE)
    client.get(START)
    assert len(opened(client, START)) <= MOST
