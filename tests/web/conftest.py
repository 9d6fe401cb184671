"""What tests of pages may ask for besides: accounts, and ids of the catalogue."""

import pytest

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
