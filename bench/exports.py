"""Measures exports: python -m bench.exports, with the settings of the environment.

Ten thousand documents of some 50 kB are packed by the job that packs them in a worker; what
counts is the memory that this adds to the process, which has packed a small export before.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path

from sqlalchemy import select

from app import create_app
from app.clock import now
from app.domain.awards.models import ExportFile
from app.domain.awards.service import exporting
from app.domain.kernel.viewer import SYSTEM, seen_by
from app.domain.organisations.models import Membership, PortalUser
from app.extensions import db
from app.jobs.worker import drain
from app.security.access import viewer_for
from app.storage import storage_of
from app.transaction import transaction
from bench import places, serving
from bench.places import Backend
from tests.support.records import many

DOCUMENTS, SMALL = 10_000, 50
FILES, SIZE = 100, 50_000
EVERY = 0.01
"""Seconds between two looks at the memory."""
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def measure(backend: Backend, name: str) -> dict[str, float]:
    """Return seconds, files and megabytes added, measured in a process of its own on a copy."""
    with backend.copied(name) as url, tempfile.TemporaryDirectory() as home:
        environment = serving.environment(url) | {"PORTAL_HOME": home}
        command = [sys.executable, "-m", "bench.exports"]
        done = subprocess.run(
            command, cwd=places.ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def resident() -> float:
    """Return the memory of this process in megabytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * PAGE_BYTES / 1e6


class Watch(threading.Thread):
    """Looks at the memory until told to stop."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = resident()
        self.over = threading.Event()

    def run(self) -> None:
        """Keep the highest figure."""
        while not self.over.wait(EVERY):
            self.peak = max(self.peak, resident())


def pack(ids: list[int]) -> float:
    """Ask for an export as a provider would, and let the worker's job make it; return seconds."""
    with seen_by(SYSTEM):
        email = PortalUser.email == "provider@demo.example"
        membership = db.session.scalars(
            select(Membership).join(PortalUser, PortalUser.id == Membership.user_id).where(email)
        ).first()
        assert membership is not None, "the bench's database has no provider"
        viewer = viewer_for(membership.user, membership.organisation_id)
    with seen_by(viewer), transaction():
        exporting.export(ids, "Bench", "", acknowledged=True, at=now())
    begun = time.perf_counter()
    drain()
    return time.perf_counter() - begun


def main() -> None:
    """Make the documents, pack some, then pack them all and print what it took."""
    portal = create_app()
    with portal.app_context():
        with seen_by(SYSTEM), transaction():
            ids = many(DOCUMENTS, [os.urandom(SIZE) for _ in range(FILES)])
        pack(ids[:SMALL])
        idle, watch = resident(), Watch()
        watch.start()
        seconds = pack(ids)
        watch.over.set()
        watch.join()
        with seen_by(SYSTEM):
            newest = select(ExportFile).order_by(ExportFile.id.desc()).limit(1)
            made = db.session.scalars(newest).one()
            assert made.file is not None, made.failure or made.state
            key = made.file.key
        with storage_of(portal.config).open(key) as file, zipfile.ZipFile(file) as archive:
            files = len(archive.infolist()) - 1
    told = {"seconds": seconds, "added_mb": max(watch.peak - idle, 0), "files": files}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
