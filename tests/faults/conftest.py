"""Workers that can be killed."""

import os
import subprocess
import sys
from contextlib import contextmanager

import pytest

from tests.support.processes import ROOT


@pytest.fixture
def worker(portal):
    """Return a block in which a worker of its own process runs."""
    environment = os.environ | {
        "DATABASE_URL": portal.config["SQLALCHEMY_DATABASE_URI"],
        "PORTAL_HOME": str(portal.config["PORTAL_HOME"]),
        "JOB_LEASE": "3",
        **dict.fromkeys(("SECRET_KEY", "GATEWAY_SECRET"), "for-tests-only"),
    }
    command = [sys.executable, "-m", "flask", "--app", "app", "portal", "worker", "--every", "1"]

    @contextmanager
    def running():
        started = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        try:
            yield started
        finally:
            started.kill()
            started.wait()

    return running
