"""Pictures of the pages of our own documents, for pages that show them."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import threading
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from app.documents.examining import limits, process
from app.documents.examining.refusals import ExaminationRefusedError, TooSlowError

DPI = 96
_DPI_BOUNDS = (18, 300)


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A PDF as pictures.

    ``pages`` is how many it has, ``sizes`` their width and height in points (1/72 inch), and
    ``pictures`` those that were asked for, in that order, as WebP.
    """

    pages: int
    sizes: tuple[tuple[float, float], ...]
    pictures: tuple[bytes, ...]


def pages_as_pictures(pdf: bytes, *, dpi: float = DPI, pages: Collection[int] = ()) -> Preview:
    """Return pages of a PDF of ours, counted from 1, as WebP; without ``pages``, all of them.

    At most 40 are drawn at once, and numbers that no page has are passed over. One child is kept
    for each process of the portal and draws for one thread at a time, some 40 pages a second at
    72 dpi. Raise an `ExaminationRefusedError` if the file cannot be drawn.
    """
    lowest, highest = _DPI_BOUNDS
    return _drawer.draw(pdf, min(max(dpi, lowest), highest), list(pages))


class _Drawer:
    """The kept child of this process; it is started when first needed, and again if it died."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._left: subprocess.Popen[bytes] | None = None
        self._timed_out = False

    def draw(self, pdf: bytes, dpi: float, pages: list[int]) -> Preview:
        question = json.dumps({"length": len(pdf), "dpi": dpi, "pages": pages}).encode() + b"\n"
        with self._lock:
            child = self._running()
            timer = threading.Timer(limits.DRAWING_WAIT, self._stop, [child])
            timer.start()
            try:
                return self._asked(child, question + pdf)
            except (OSError, ValueError) as error:
                raise self._why(child) from error
            finally:
                timer.cancel()

    def close(self) -> None:
        """End the child, which also ends by itself when this process does."""
        with self._lock:
            self._end()

    def begin_anew(self) -> None:
        """Leave the child to the process that this one was forked from: it is in conversation."""
        self._lock = threading.Lock()
        self._left, self._child = self._child, None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._end()
            self._timed_out = False
            self._child = process.start("draw", [], subprocess.PIPE, cpu=limits.DRAWING_CPU_SECONDS)
        return self._child

    @staticmethod
    def _asked(child: subprocess.Popen[bytes], question: bytes) -> Preview:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(question)
        child.stdin.flush()
        said: dict[str, Any] = json.loads(child.stdout.readline())
        if "refused" in said:
            raise process.refusal(said["refused"])
        pictures = tuple(child.stdout.read(length) for length in said["lengths"])
        if [len(picture) for picture in pictures] != said["lengths"]:
            raise ValueError("The child ended within a picture.")
        sizes = tuple((width, height) for width, height in said["sizes"])
        return Preview(pages=said["pages"], sizes=sizes, pictures=pictures)

    def _stop(self, child: subprocess.Popen[bytes]) -> None:
        self._timed_out = True
        child.kill()

    def _why(self, child: subprocess.Popen[bytes]) -> ExaminationRefusedError:
        child.kill()
        ended = child.wait()
        return TooSlowError() if self._timed_out else process.why(ended)

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        child.wait()


_drawer = _Drawer()
os.register_at_fork(after_in_child=_drawer.begin_anew)
atexit.register(_drawer.close)
