"""Each hostile file is refused in its own words, in bounded time and memory."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.sheets.reading import FileRefusedError, open_archive, read_sheet, refusals
from tests.support.hostile import HEADS, HOSTILE, PERSON, workbook

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", HOSTILE)
def test_each_is_refused_in_its_own_words(name):
    make, expected = HOSTILE[name]
    file = io.BytesIO(make())
    with pytest.raises(FileRefusedError) as refused:
        read_sheet(file)
    assert type(refused.value) is expected
    assert len(refused.value.text) > 40


PEAKS = """
import io, json, resource
from app.sheets.reading import FileRefusedError, read_sheet
from tests.support.hostile import HOSTILE

made = {name: make() for name, (make, _) in HOSTILE.items()}
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for content in made.values():
    try:
        read_sheet(io.BytesIO(content))
    except FileRefusedError:
        continue
    raise SystemExit("a hostile file was read")
added = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps([added, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]))
"""
"""Reads every hostile file in a process of its own, whose peaks nobody else has raised; in kB."""


def test_all_of_them_are_refused_in_bounded_memory():
    command = [sys.executable, "-c", PEAKS]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    added, child = json.loads(done.stdout)
    assert added < 150_000
    assert child < 800_000


def test_no_two_refusals_say_the_same():
    said = [kind.words for kind in refusals.FileRefusedError.__subclasses__() if kind.words]
    own = [words for words in said if words != refusals.FileRefusedError.words]
    assert len(set(own)) == len(own)


def test_the_caller_chooses_among_sheets():
    file = io.BytesIO(workbook([HEADS, PERSON], [HEADS, ["Nguyen", "Anh"]]))
    with pytest.raises(refusals.SeveralSheetsError) as refused:
        read_sheet(file)
    assert refused.value.sheets == ("Sheet1", "Sheet2")
    chosen = read_sheet(file, "Sheet2")
    assert chosen.rows[1] == ("Nguyen", "Anh")
    assert chosen.others == ("Sheet1",)
    with pytest.raises(refusals.NoSuchSheetError, match="Sheet3"):
        read_sheet(file, "Sheet3")


def test_names_in_a_zip_are_never_paths():
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        zipped.writestr("../../etc/passwd", b"1")
        zipped.writestr("C:\\photos\\AB123456C.jpg", b"2")
        zipped.writestr("__MACOSX/._AB123456C.jpg", b"3")
        zipped.writestr("folder/", b"")
        zipped.writestr("folder/.hidden", b"4")
    assert list(open_archive(out)) == [("passwd", b"1"), ("AB123456C.jpg", b"2")]


@pytest.mark.parametrize("name", ["zip bomb", "lying zip bomb", "many parts", "half a file"])
def test_a_hostile_zip_is_refused(name):
    with pytest.raises(refusals.ArchiveRefusedError):
        for _ in open_archive(io.BytesIO(HOSTILE[name][0]())):
            pass
