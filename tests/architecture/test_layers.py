import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LAZY = {
    "app/__init__.py": "importing the package must stay free",
    "app/cli/__init__.py": "commands bring Alembic and the demo world, and no web process runs one",
    "app/gateways/hosted.py": "requests takes 0.1 s, only for those who pay",
    "app/gateways/stripe_checkout.py": "stripe takes half a second, only for those who pay",
    "app/jobs/queue.py": "huey and redis take 0.2 s, only for those who ring or work",
    "app/sheets/errors.py": "openpyxl takes 0.1 s, only for those who fetch rows in error",
    "app/sheets/export.py": "openpyxl takes 0.1 s, only for those who export",
    "app/sheets/template.py": "likewise, only for those who fetch a template",
    "app/storage/__init__.py": "s3fs brings aiohttp and botocore, only for those who use S3",
    "app/wiring.py": "handlers and worker bring Typst and the mail, and no web process runs a job",
}


def imports_late(file: Path) -> bool:
    """Return whether a function of the module imports something."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return any(
        isinstance(inner, ast.Import | ast.ImportFrom)
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(outer)
    )


def test_imports_follow_the_layers():
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_lazy_imports_are_on_the_list():
    found = {
        str(file.relative_to(ROOT)) for file in (ROOT / "app").rglob("*.py") if imports_late(file)
    }
    assert found == set(LAZY)


def test_files_stay_short():
    """A module past 400 lines is two modules."""
    long = {
        str(file.relative_to(ROOT)): lines
        for folder in ("app", "tests")
        for file in (ROOT / folder).rglob("*.py")
        if (lines := len(file.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long
