"""A worker killed while it makes documents: no half one, no second number, none lost."""

import signal
from functools import partial

import pytest
from sqlalchemy import func, select

from app.domain.awards.models import IssuedDocument, StatusList, VerificationFact
from app.domain.awards.rules import VALID
from app.domain.kernel.tables import StoredFile
from app.extensions import db
from app.storage import storage_of
from tests.support.documents import asked_for, awarded
from tests.support.ports import wait_until
from tests.support.viewers import viewer_of

pytestmark = pytest.mark.both_databases
PEOPLE = 20
COUNT = 3 * PEOPLE


def made():
    statement = select(func.count(IssuedDocument.id)).where(IssuedDocument.state == VALID.code)
    return db.session.scalar(statement)


def test_documents_are_made_once_though_workers_die(portal, inside, worker):
    provider, staff = (viewer_of(portal, f"{each}@demo.example") for each in ("provider", "staff"))
    asked_for(inside, staff, awarded(inside, provider, staff, *(f"N{n}" for n in range(PEOPLE))))
    with inside(staff):
        references = set(db.session.scalars(select(IssuedDocument.reference)))
        assert len(references) == COUNT

    def reached(wanted):
        with inside(staff):
            return made() >= wanted

    for wanted in (10, 30):
        with worker() as killed:
            wait_until(partial(reached, wanted), seconds=120, what="some documents are made")
            killed.send_signal(signal.SIGKILL)
            killed.wait()
        with inside(staff):
            assert made() < COUNT, "it was too quick to be killed"
            assert db.session.scalar(select(func.count(VerificationFact.reference))) == made()
    with worker():
        wait_until(lambda: reached(COUNT), seconds=180, what="the others are made")
    with inside(staff):
        documents = list(db.session.scalars(select(IssuedDocument)))
        assert {each.reference for each in documents} == references
        facts = {
            fact.reference: fact.pdf_digest for fact in db.session.scalars(select(VerificationFact))
        }
        assert facts == {each.reference: each.file.key for each in documents}
        bits = [each.status_index for each in documents if each.record_type == "certificate"]
        assert len(set(bits)) == PEOPLE
        assert db.session.scalar(select(func.count(StatusList.id))) == 1
        pdfs = select(func.count(StoredFile.id)).where(StoredFile.media_type == "application/pdf")
        assert db.session.scalar(pdfs) == COUNT
        storage = storage_of(portal.config)
        assert all(storage.get(each.file.key).startswith(b"%PDF") for each in documents)
