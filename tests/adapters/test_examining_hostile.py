"""Each hostile file is refused in its own words, or examined harmlessly, within bounds."""

import io
import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.documents.examining import ExaminationRefusedError, SealFinding, examine, limits, refusals
from tests.support import papers
from tests.support.hostile_papers import HOSTILE

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", [name for name, (_, expected) in HOSTILE.items() if expected])
def test_each_is_refused_in_its_own_words(name, monkeypatch):
    make, expected = HOSTILE[name]
    if expected is refusals.TooSlowError:
        monkeypatch.setattr(limits, "CPU_SECONDS", 2)  # it is soon known to be slow
    with pytest.raises(ExaminationRefusedError) as refused:
        examine(io.BytesIO(make()), pinned={})
    assert type(refused.value) is expected
    assert len(refused.value.text) > 40


@pytest.mark.parametrize("name", [name for name, (_, expected) in HOSTILE.items() if not expected])
def test_what_cannot_hurt_is_examined(name):
    seen = examine(io.BytesIO(HOSTILE[name][0]()), pinned={})
    assert seen.pages == 1
    assert not seen.words
    assert seen.seal.finding in (SealFinding.NONE, SealFinding.UNREADABLE)


PEAKS = """
import io, json, resource
from app.documents.examining import ExaminationRefusedError, examine, limits
from tests.support.hostile_papers import HOSTILE

limits.CPU_SECONDS = 2
HUNGRY = ("bomb", "drawing", "arrays", "comment", "enlarged")
made = {
    name: make()
    for name, (make, _) in HOSTILE.items()
    if any(word in name for word in HUNGRY)
}
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for content in made.values():
    try:
        examine(io.BytesIO(content), pinned={})
    except ExaminationRefusedError:
        continue
added = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps([added, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]))
"""
"""Examines the hungry files in a process of its own, whose peaks nobody else has raised; kB."""


def test_the_hungry_are_met_in_bounded_memory():
    command = [sys.executable, "-c", PEAKS]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=ROOT, timeout=200
    )
    added, child = json.loads(done.stdout)
    assert added < 50_000
    assert child < 800_000


class Endless(io.RawIOBase):
    """An upload that never ends."""

    def __init__(self) -> None:
        self.given = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        self.given += size
        return b"%PDF-1.7\n".ljust(size)


def test_an_upload_without_end_is_stopped_at_the_limit(monkeypatch):
    monkeypatch.setattr(limits, "FILE_BYTES", 5 * 2**20)
    upload = Endless()
    with pytest.raises(refusals.FileTooBigError, match="6 MB; at most 5 MB"):
        examine(upload, pinned={})
    assert upload.given == 6 * 2**20


def test_whoever_finds_no_place_is_told(monkeypatch):
    from app.documents.examining import examiner

    monkeypatch.setattr(examiner, "_gate", threading.BoundedSemaphore(1))
    monkeypatch.setattr(limits, "PATIENCE", 0.05)
    with examiner._gate, pytest.raises(refusals.BusyError):
        examine(io.BytesIO(papers.drawn()), pinned={})
    assert examine(io.BytesIO(papers.drawn()), pinned={}).pages == 1


def test_no_two_refusals_say_the_same():
    said = [kind.words for kind in refusals.ExaminationRefusedError.__subclasses__()]
    own = [words for words in said if words != refusals.ExaminationRefusedError.words]
    assert len(set(own)) == len(own) > 10


def test_a_child_can_write_no_file_and_learns_nothing_of_the_portal(tmp_path):
    """What a file that takes a child over finds: no variables of the portal, no right to write."""
    from app.documents.examining import process

    program = tmp_path / "spy.py"
    program.write_text(
        "import os, json\n"
        "said = sorted(set(os.environ) - {'LC_CTYPE'})\n"
        f"where = {str(tmp_path / 'left')!r}\n"
        "try:\n"
        "    with open(where, 'wb') as left: left.write(b'x')\n"
        "except OSError as error: said.append(type(error).__name__)\n"
        "print(json.dumps({'said': said}))\n"
    )
    with (
        Path("/dev/null").open("rb") as nothing,
        process.Child(str(program)[:-3], nothing) as child,
    ):
        assert child.answer() == {"said": ["MALLOC_ARENA_MAX", "OSError"]}
