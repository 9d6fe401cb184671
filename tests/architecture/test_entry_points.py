import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_importing_the_package_builds_nothing():
    done = run("import app, sys; sys.exit('app' in vars(app) or 'flask_appbuilder' in sys.modules)")
    assert done.returncode == 0, done.stderr


def test_the_server_finds_the_portal_in_the_package(tmp_path):
    code = "import app; assert app.__file__.endswith('__init__.py'); print(app.app.name)"
    done = run(code, PORTAL_HOME=str(tmp_path), PORTAL_ENV="development")
    assert done.stdout.strip() == "app", done.stderr


def test_building_the_portal_writes_nothing_to_the_database(tmp_path):
    done = run("import app; app.app", PORTAL_HOME=str(tmp_path), PORTAL_ENV="development")
    assert done.returncode == 0, done.stderr
    databases = [file for file in tmp_path.rglob("*.db") if file.stat().st_size]
    assert not databases


@pytest.mark.parametrize("name", ["SECRET_KEY", "SEAL_KEYS", "CREDENTIAL_KEYS"])
def test_production_refuses_to_start_without_its_keys(name, tmp_path):
    names = ("SECRET_KEY", "SEAL_KEYS", "CREDENTIAL_KEYS", "GATEWAY_SECRET")
    keys = dict.fromkeys(names, "k" * 32)
    keys[name] = ""
    done = run("import app; app.app", PORTAL_HOME=str(tmp_path), PORTAL_ENV="production", **keys)
    assert done.returncode != 0
    assert name in done.stderr
