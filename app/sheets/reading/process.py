"""Run the child that reads one workbook, and take its rows as they come."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any

from app.sheets.reading.refusals import (
    DamagedFileError,
    FileRefusedError,
    PasswordProtectedError,
    TooLargeError,
    TooSlowError,
)
from app.sheets.reading.results import Row

CHILD = Path(__file__).with_name("child.py")
WAIT = 90
"""Seconds that the child may take for one answer; it also limits its own CPU time."""

_REFUSED: dict[str, type[FileRefusedError]] = {
    "password": PasswordProtectedError,
    "damaged": DamagedFileError,
}
_KNOWN = {kind.__name__: kind for kind in (date, datetime, time, timedelta)}


class _OnlyPlainValues(pickle.Unpickler):
    """What a child may send: dates and times besides Python's simplest types."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "datetime" and name in _KNOWN:
            return _KNOWN[name]
        raise pickle.UnpicklingError("The child sent something else than values.")


class Child:
    """One running child; it begins to read at once."""

    def __init__(self, file: IO[bytes], sheet: str) -> None:
        """Execute it, with the open file as its standard input."""
        self._process = subprocess.Popen(  # noqa: S603  # our own script, and no shell
            [sys.executable, "-I", str(CHILD), sheet],
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"MALLOC_ARENA_MAX": "2"},
            close_fds=True,
        )
        self._timed_out = False

    def answer(self) -> dict[str, Any]:
        """Return what the child says before it sends rows, or raise why it refuses."""
        said: dict[str, Any] = self._next()
        if "refused" in said:
            raise _REFUSED[said["refused"]]
        return said

    def blocks(self) -> Iterator[list[Row]]:
        """Yield the rows as they come, many at a time."""
        while (block := self._next()) is not None:
            yield block

    def end(self) -> None:
        """Stop it, whatever it is doing."""
        self._process.kill()
        if self._process.stdout:
            self._process.stdout.close()
        self._process.wait()

    def _next(self) -> Any:
        pipe = self._process.stdout
        assert pipe is not None
        timer = threading.Timer(WAIT, self._stop)
        timer.start()
        try:
            return _OnlyPlainValues(pipe).load()
        except (EOFError, pickle.UnpicklingError) as error:
            raise self._why() from error
        finally:
            timer.cancel()

    def _stop(self) -> None:
        self._timed_out = True
        self._process.kill()

    def _why(self) -> FileRefusedError:
        """Tell from how the child ended why it did: an abort means that memory ran out."""
        ended = self._process.wait()
        if self._timed_out or ended == -signal.SIGXCPU:
            return TooSlowError()
        return TooLargeError() if ended else DamagedFileError()


@contextmanager
def running(file: IO[bytes], sheet: str) -> Iterator[Child]:
    """Run a child while the rows are wanted, and end it afterwards in any case."""
    child = Child(file, sheet)
    try:
        yield child
    finally:
        child.end()
