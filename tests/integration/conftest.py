"""Uploads of awards: brought, read and finalised as their users and workers do."""

import pytest
from sqlalchemy import select

from app.clock import now
from app.domain.imports import service
from app.domain.imports.models import CellError, Import, ImportRow
from app.extensions import db
from app.jobs.worker import drain
from app.transaction import transaction
from tests.support.award_rows import sheet
from tests.support.uploads import bring


@pytest.fixture
def upload(portal, inside, staff):
    """Return a maker of uploads whose rows were read and settled."""

    def _upload(*rows, wait=True):
        with inside(staff):
            found = bring(portal.config, sheet(rows), "awards", "awards.xlsx")
        if wait:
            with portal.app_context():
                drain()
        return found

    return _upload


@pytest.fixture
def submit(portal, inside, staff):
    """Finalise the valid rows of an upload; a worker makes them unless told to ``wait``."""

    def _submit(found, wait=False):
        with inside(staff), transaction():
            import_ = db.session.get_one(Import, found)
            assert service.finalise(import_, None, import_.version, now()) is None
        if not wait:
            with portal.app_context():
                drain()

    return _submit


@pytest.fixture
def wrong(inside, staff):
    """Return what is wrong in an upload: words by number of row and field."""

    def _wrong(found):
        statement = (
            select(ImportRow.number, CellError.field, CellError.words)
            .join(CellError, CellError.row_id == ImportRow.id)
            .where(ImportRow.import_id == found)
            .order_by(ImportRow.id)
        )
        with inside(staff):
            return {(each[0], each[1]): each[2] for each in db.session.execute(statement)}

    return _wrong
