"""Run a child that opens what a stranger made, and take its one answer."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from app.documents.examining import limits, refusals

CHILDREN = Path(__file__).with_name("children")

_REFUSED: dict[str, type[refusals.ExaminationRefusedError]] = {
    "animated": refusals.AnimatedPictureError,
    "damaged": refusals.DamagedFileError,
    "encrypted": refusals.EncryptedPdfError,
    "page size": refusals.PageTooLargeError,
    "pages": refusals.TooManyPagesError,
    "pixels": refusals.PictureTooLargeError,
}
_OUT_OF_MEMORY = 3
"""How a child ends that Python refuses more memory; C++ aborts or traps instead."""
_STARVED = {
    _OUT_OF_MEMORY,
    -signal.SIGABRT,
    -signal.SIGTRAP,
    -signal.SIGILL,
    -signal.SIGKILL,
}


class Child:
    """One running child, which begins at once; use it in a ``with``, which ends it."""

    def __init__(self, program: str, file: IO[bytes], arguments: Sequence[str] = ()) -> None:
        """Execute ``program`` of the children, with the open file as its standard input."""
        self._process = start(program, arguments, file, cpu=limits.CPU_SECONDS)
        self._timed_out = False
        self._timer = threading.Timer(limits.WAIT, self._stop)

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        self._process.kill()
        if self._process.stdout:
            self._process.stdout.close()
        self._process.wait()

    def answer(self) -> dict[str, Any]:
        """Return what the child says, or raise why it refuses or could not say anything."""
        pipe = self._process.stdout
        assert pipe is not None
        text = pipe.read(limits.ANSWER_BYTES)
        try:
            said = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise self._why(len(text)) from error
        if not isinstance(said, dict):
            raise refusals.DamagedFileError
        if "refused" in said:
            raise refusal(said["refused"])
        return said

    def _stop(self) -> None:
        self._timed_out = True
        self._process.kill()

    def _why(self, said: int) -> refusals.ExaminationRefusedError:
        """Tell from how the child ended, after so many bytes, why it did."""
        if said == limits.ANSWER_BYTES:
            return refusals.TooMuchInsideError()
        ended = self._process.wait()
        return refusals.TooSlowError() if self._timed_out else why(ended)


def refusal(name: str) -> refusals.ExaminationRefusedError:
    """Return what a child means by the name it gives."""
    return _REFUSED.get(name, refusals.DamagedFileError)()


def why(ended: int) -> refusals.ExaminationRefusedError:
    """Tell from how a child ended why it did not answer."""
    if ended == -signal.SIGXCPU:
        return refusals.TooSlowError()
    return refusals.TooMuchInsideError() if ended in _STARVED else refusals.DamagedFileError()


def start(
    program: str, arguments: Sequence[str], stdin: IO[bytes] | int, *, cpu: int
) -> subprocess.Popen[bytes]:
    """Execute a program of the children and take away what it does not need.

    It is executed, never forked, since the portal has threads. The limits are put on from here, so
    that they hold before the program has read anything.
    """
    process = subprocess.Popen(  # noqa: S603  # our own script, and no shell
        [sys.executable, "-I", str(CHILDREN / f"{program}.py"), *arguments],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"MALLOC_ARENA_MAX": "2"},
        close_fds=True,
    )
    for kind, most in (
        (resource.RLIMIT_AS, limits.MEMORY),
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        hard = most + 1 if kind == resource.RLIMIT_CPU else most
        resource.prlimit(process.pid, kind, (most, hard))
    return process
