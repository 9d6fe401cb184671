"""What finalising asks about people of others: counted, and not without end."""

import pytest

from app.clock import now
from app.domain.imports import queries
from app.domain.people import queries as people
from app.domain.people.service import asking
from app.jobs.worker import drain
from app.transaction import transaction
from tests.support import bulk
from tests.support.photos import with_a_photo_each
from tests.support.uploads import bring as bring_rows
from tests.support.viewers import viewer_of
from tests.support.workbench import card, submit

PROVIDER = "provider@demo.example"

pytestmark = pytest.mark.both_databases


@pytest.fixture
def as_priya(portal, inside):
    viewer = viewer_of(portal, PROVIDER)
    return lambda: inside(viewer)


@pytest.fixture
def finalised(portal, as_priya):
    """Bring renewals for new people with these numbers, finalise them, and return the draft."""

    def _finalised(first, numbers):
        rows = [card(first + n, ECSNumber=each, RequestType="Renewal")
                for n, each in enumerate(numbers)]  # fmt: skip
        with as_priya():
            draft = bring_rows(portal.config, bulk.xlsx(*rows), "applications")
        with portal.app_context():
            drain()
        names = [f"p{first + n}.jpg" for n in range(len(numbers))]
        with as_priya(), transaction():
            with_a_photo_each(queries.find_import(draft), portal.config, names)
        submit(as_priya, draft)
        with portal.app_context():
            drain()
        return draft

    return _finalised


def words_of(draft):
    """Return what is said about the number of each row."""
    rows = queries.grid(queries.find_import(draft), queries.GridAsked()).rows
    return [row.errors.get("scheme_number", "") for row in rows]


def test_numbers_found_with_others_are_counted_and_end_for_the_day(
    portal, inside, as_priya, finalised, monkeypatch
):
    monkeypatch.setattr(asking, "TAKEN_AT_MOST", 2)
    with inside(viewer_of(portal, "rival@demo.example")), transaction():
        bulk.know(8, numbers_from=70)
    taken = [bulk.number_of(70 + n) for n in range(5)]
    owner = viewer_of(portal, PROVIDER).organisation_id

    draft = finalised(0, [taken[0], "7999001", taken[1], "7999002", taken[2]])
    with as_priya():
        said = [each.partition(" ")[0] for each in words_of(draft)]
        assert said == ["This", "", "This", "Too", "Too"]
        assert people.spent_today(owner, now(), asking.NUMBER_ALONE) == 2

    later = finalised(5, ["7999003", taken[3]])
    with as_priya():
        (words,) = set(words_of(later))
        assert "no more of them are looked up" in words
        assert people.spent_today(owner, now(), asking.NUMBER_ALONE) == 2
