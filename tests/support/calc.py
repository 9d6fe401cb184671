"""LibreOffice Calc, as the programs of centre administrators open and show our files."""

import csv
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

AS_SHOWN = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,true,false,false,1"
"""Commas, quotes, UTF-8, from the first line, each cell as it is shown on the screen, sheet 1."""


def soffice() -> str:
    """Return the path of LibreOffice; without it skip, but fail in CI."""
    path = shutil.which("soffice")
    if not path:
        assert os.environ.get("CI") != "true", "No LibreOffice here."
        pytest.skip("No LibreOffice; bin/services installs it.")
    return path


def shown(files: Sequence[Path], folder: Path) -> dict[str, list[list[str]]]:
    """Open ``files`` in LibreOffice; return the cells of each first sheet as they are shown."""
    out = folder / "shown"
    subprocess.run(
        [soffice(), f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless",
         "--convert-to", AS_SHOWN, "--outdir", str(out), *map(str, files)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    found = {}
    for file in files:
        with next(out.glob(f"{file.stem}*.csv")).open(encoding="utf-8-sig", newline="") as text:
            found[file.name] = [*csv.reader(text)]
    return found
