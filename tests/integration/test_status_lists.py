"""Which bit of which status list a document is given: by chance, once, and lists that fill up."""

import pytest
from sqlalchemy import select

from app.clock import now
from app.domain.awards.models import IssuedDocument, StatusList
from app.domain.awards.service import listing
from app.domain.kernel.viewer import SYSTEM
from app.extensions import db
from app.transaction import transaction
from tests.support.issued import issue, many

pytestmark = pytest.mark.both_databases


def reserved(inside):
    """Give every document a bit; return list and bit of each, in the order of the documents."""
    with inside(SYSTEM), transaction():
        documents = db.session.scalars(select(IssuedDocument).order_by(IssuedDocument.id)).all()
        listing.reserve(documents, at=now())
        return [(each.status_list_id, each.status_index) for each in documents]


def test_bits_are_given_by_chance_and_once(portal, inside):
    issue(inside, many(20), types=("certificate",))
    first = reserved(inside)
    issue(inside, many(20, start=20), types=("certificate",))
    places = reserved(inside)

    assert places[:20] == first
    assert len(set(places)) == 40
    bits = [bit for _, bit in places]
    assert bits != sorted(bits)
    assert max(bits) - min(bits) > listing.SIZE / 8


def test_a_list_that_is_half_full_is_followed_by_another(portal, inside, monkeypatch):
    monkeypatch.setattr(listing, "SIZE", 16)
    monkeypatch.setattr(listing, "FULL", 8)
    issue(inside, many(8), types=("certificate",))
    first = {each for each, _ in reserved(inside)}
    issue(inside, many(1, start=8), types=("certificate",))
    places = reserved(inside)

    assert len(first) == 1
    assert places[8][0] not in first
    with inside(SYSTEM):
        assert {each.size for each in db.session.scalars(select(StatusList))} == {16}
