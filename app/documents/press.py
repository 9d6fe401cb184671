"""Sets templates that people edit: in a child process with limits, kept alive between pages."""

import hashlib
import json
import pickle
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from app.documents import fonts

CHILD = Path(__file__).with_name("press_child.py")
WAIT = 20
"""Seconds that one document may take; a template without end is stopped then."""

NOWHERE = "http://127.0.0.1:9"
"""No proxy answers there: a package that a template asks for is never fetched."""


class TemplateError(Exception):
    """A template does not compile, or never ends; the text is Typst's own, with the line."""


class Press:
    """One child process with a compiler for each template; it may be used from many threads.

    The child is executed, not forked: Typst's threads would not survive that. It has limits of
    its own for memory, time and files, and dies with whoever holds it.
    """

    def __init__(self, wait: float = WAIT) -> None:
        self._wait = wait
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._known: set[str] = set()
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> "Press":
        """Start nothing yet: the first document does."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:  # fmt: skip
        """End the child."""
        self.close()

    def render(
        self,
        source: str,
        page: Mapping[str, Any],
        *,
        dated: date,
        assets: Mapping[str, bytes] | None = None,
        form: str = "pdf",
    ) -> list[bytes]:
        """Return the PDF of ``source`` with ``page`` as its data, or its pages as PNG.

        The template reads ``sys.inputs.page`` and the files in ``assets``, and nothing else.
        Equal input gives equal bytes. Raise TemplateError when it does not compile in time.
        """
        request = {
            "page": json.dumps(page, ensure_ascii=False),
            "dated": dated.isoformat(),
            "assets": dict(assets or {}),
            "form": form,
            "key": hashlib.sha256(source.encode()).hexdigest(),
        }
        with self._lock:
            return self._answer(request, source)

    def close(self) -> None:
        """End the child, whatever it is doing."""
        child, self._child = self._child, None
        self._known.clear()
        if child is not None:
            child.kill()
            for pipe in (child.stdin, child.stdout):
                if pipe:
                    with suppress(BrokenPipeError):
                        pipe.close()
            child.wait()
        folder, self._folder = self._folder, None
        if folder is not None:
            folder.cleanup()

    def _answer(self, request: dict[str, Any], source: str) -> list[bytes]:
        key = request["key"]
        if self._child is None or self._child.poll() is not None:
            self.close()
            self._folder = tempfile.TemporaryDirectory()
            self._child = _started(self._folder.name)
        if key not in self._known:
            request["source"] = source
        timer = threading.Timer(self._wait, self._child.kill)
        timer.start()
        try:
            assert self._child.stdin is not None
            assert self._child.stdout is not None
            pickle.dump(request, self._child.stdin, protocol=5)
            self._child.stdin.flush()
            kind, said = _read(self._child.stdout)
        except (EOFError, BrokenPipeError, OSError) as error:
            self.close()
            raise TemplateError(
                "The template takes too long or too much memory. Look for a loop without end."
            ) from error
        finally:
            timer.cancel()
        if kind != "pages":
            raise TemplateError(said.decode())
        self._known.add(key)
        return _split(said)


def _started(folder: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603  # our own script, and no shell
        [sys.executable, "-I", str(CHILD), str(fonts.FOLDER), folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # No proxy answers there: a package that a template asks for is never fetched.
        env={
            "MALLOC_ARENA_MAX": "2",
            "https_proxy": "http://127.0.0.1:9",
            "RAYON_NUM_THREADS": "1",
        },
        close_fds=True,
    )


def _read(pipe: IO[bytes]) -> tuple[str, bytes]:
    """Read one answer: a word, a length, and so many bytes; never a pickle of the child's."""
    head = pipe.readline(64)
    if not head.endswith(b"\n"):
        raise EOFError
    kind, size = head.split()
    said = pipe.read(int(size))
    if len(said) != int(size):
        raise EOFError
    return kind.decode(), said


def _split(said: bytes) -> list[bytes]:
    """Return the parts of an answer, each after its length in four bytes."""
    found, at = [], 0
    while at < len(said):
        size = int.from_bytes(said[at : at + 4], "big")
        found.append(said[at + 4 : at + 4 + size])
        at += 4 + size
    return found
