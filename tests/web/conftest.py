"""What tests of pages may ask for besides: accounts, and ids of the catalogue."""

import pytest

from app.transaction import transaction
from tests.support import bulk
from tests.support.registering import catalogue_ids
from tests.support.viewers import viewer_of


@pytest.fixture
def provider(portal):
    return viewer_of(portal, "provider@demo.example")


@pytest.fixture
def priya(sign_in):
    return sign_in("provider@demo.example")


@pytest.fixture
def ids(inside):
    with inside():
        return catalogue_ids()


@pytest.fixture
def known(inside, provider):
    """Return the ids of people whom the provider knows, with cards and photos."""
    with inside(provider), transaction():
        return bulk.know()


@pytest.fixture
def upload(priya, known):
    """Return an upload of three right rows, two with the same error, and one with another."""
    rows = [bulk.row(place) for place in range(3)]
    rows += [bulk.row(place, RequestType="Renwal") for place in (3, 4)]
    return bulk.bring(priya, bulk.xlsx(*rows, bulk.row(5, DateOfBirth="31/02/1995")))
