"""LibreOffice Calc, as the programs of centre administrators open and show our files."""

import csv
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
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


def converted(files: Sequence[Path], kind: str, folder: Path) -> list[Path]:
    """Open ``files`` in LibreOffice and save them as another kind; return the new ones."""
    out = folder / f"as-{kind}"
    subprocess.run(
        [soffice(), f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless",
         "--convert-to", kind, "--outdir", str(out), *map(str, files)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return [out / f"{file.stem}.{kind}" for file in files]


@dataclass(frozen=True)
class Filled:
    """A book that LibreOffice filled in: the files it wrote, and what it says of the sheet.

    `tried` has what formulas gave, `validations` type and formula by cell, `locked` whether a cell
    is.
    """

    files: dict[str, Path]
    tried: dict[str, str]
    validations: dict[str, tuple[str, str]]
    locked: dict[str, bool]
    protected: bool


_BRITISH = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N">
<prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>en-GB</value></prop></item></oor:items>
"""
"""Settings of an office in Britain, where 05/04 is in April."""


def _british(folder: Path) -> Path:
    profile = folder / "british"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_BRITISH)
    return profile


def _bridge() -> str:
    """Return the Python that can talk to LibreOffice; without it skip, but fail in CI."""
    for python in ("/usr/bin/python3", "/usr/lib/libreoffice/program/python"):
        if shutil.which(python):
            tried = subprocess.run([python, "-c", "import uno"], capture_output=True, check=False)
            if tried.returncode == 0:
                return python
    assert os.environ.get("CI") != "true", "No bridge to LibreOffice here."
    pytest.skip("No bridge to LibreOffice; bin/services installs it.")


def filled(
    book: Path,
    typed: Mapping[str, str],
    folder: Path,
    *,
    tried: Mapping[str, str] | None = None,
    validated: Iterable[str] = (),
    sheet: str = "Rows",
    scratch: str = "AZ2",
) -> Filled:
    """Type into cells as a person does, try formulas, and save as xlsx, ods and xls."""
    address = f"pipe,name=hallmark-{os.getpid()}-{folder.name}"
    files = {kind: folder / f"filled.{kind}" for kind in ("xlsx", "ods", "xls")}
    asked = {
        "address": address,
        "book": book.as_uri(),
        "sheet": sheet,
        "typed": dict(typed),
        "tried": dict(tried or {}),
        "scratch": scratch,
        "validated": [*validated],
        "files": {kind: file.as_uri() for kind, file in files.items()},
    }
    office = subprocess.Popen(
        [soffice(), f"-env:UserInstallation={_british(folder).as_uri()}", "--headless",
         "--norestore", "--nologo", f"--accept={address};urp;"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        done = subprocess.run(
            [_bridge(), str(Path(__file__).with_name("calc_fill.py"))],
            input=json.dumps(asked), capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.stdout, done.stderr  # what it says comes last; its bridge may crash after it
        with suppress(subprocess.TimeoutExpired):
            office.wait(timeout=30)
    finally:
        if office.poll() is None:
            os.killpg(office.pid, signal.SIGKILL)
            office.wait()
    found = json.loads(done.stdout)
    rules = {place: (kind, formula) for place, (kind, formula) in found["validations"].items()}
    return Filled(files, found["tried"], rules, found["locked"], found["protected"])
