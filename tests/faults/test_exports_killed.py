"""A worker killed while it packs an export: another goes on, and there is one good zip."""

import os
import signal
import zipfile

import pytest
from sqlalchemy import select

from app import models
from app.clock import now
from app.domain.awards.service import exporting
from app.domain.kernel.tables import StoredFile
from app.domain.kernel.viewer import SYSTEM
from app.extensions import db
from app.storage import storage_of
from app.transaction import transaction
from tests.support.ports import wait_until
from tests.support.records import many
from tests.support.viewers import viewer_of

COUNT = 6_000


@pytest.mark.both_databases
@pytest.mark.function("D40", "D42")
def test_a_worker_killed_while_it_packs_leaves_one_good_zip(backend, portal, inside, worker):
    with inside(SYSTEM), transaction():
        ids = many(COUNT, [os.urandom(2_000) for _ in range(20)])
    with inside(viewer_of(portal, "provider@demo.example")), transaction():
        export_id = exporting.export(ids, "All of it", "", acknowledged=True, at=now()).id

    def export():
        return db.session.get_one(models.ExportFile, export_id, populate_existing=True)

    def packed():
        with inside():
            return export().state == "pending" and export().packed

    with worker() as first:
        wait_until(lambda: packed() >= 200, seconds=120, what="some parts are packed")
        first.send_signal(signal.SIGKILL)
        first.wait()
    with inside():
        killed = export()
        assert killed.state == "pending", "it was too quick to be killed"
        parts = [part["key"] for part in killed.parts]
        assert 200 <= killed.packed < COUNT

    def done():
        with inside():
            return export().state == "completed" and not export().parts

    with worker():
        wait_until(done, seconds=120, what="the export was resumed and done")
    with inside():
        key = export().file.key
        storage = storage_of(portal.config)
        assert not any(storage.exists(part) for part in parts)
        with storage.open(key) as file, zipfile.ZipFile(file) as archive:
            assert archive.testzip() is None
            assert len(set(archive.namelist())) == len(archive.namelist()) == COUNT + 1
        zips = select(StoredFile).where(StoredFile.media_type == exporting.ZIP)
        assert len(db.session.scalars(zips).all()) == 1
