"""Sets templates that people edit: in a child process with limits, kept alive between pages."""

import json
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from app.documents import fonts

CHILD = Path(__file__).with_name("press_child.py")
TEMPLATE = "template.typ"
WAIT = 20.0
"""Seconds that one document may take; a template without end is stopped then."""
_HEAD = 1_000_000  # bytes of the longest head of an answer; a report of Typst's is in it


class PressError(Exception):
    """A page could not be set; the text says why."""


class TemplateError(PressError):
    """A template does not compile, or never ends; the text is Typst's own, with the line.

    ``message`` is the first line of it without its place; "panicked with: …" is what the template
    itself refuses.
    """

    def __init__(self, report: str, message: str = "") -> None:
        super().__init__(report)
        self.message = message


@dataclass(frozen=True)
class Attachment:
    """A file inside a PDF, named by its key: what it is, for people and for programs."""

    content: bytes
    description: str
    type: str = "application/json"


class Press:
    """One child process with a compiler; it may be used from many threads.

    The child is executed, not forked: Typst's threads would not survive that. It is started by
    the first document, again after it died, and ended with ``close`` or the ``with`` block.
    """

    def __init__(self, *, wait: float = WAIT) -> None:
        self._wait = wait
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

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
        attachments: Mapping[str, Attachment] | None = None,
    ) -> bytes:
        """Return ``source`` as a tagged PDF/A-3a that is also PDF/UA-1.

        The template reads ``sys.inputs.page`` (JSON), the files in ``assets`` and
        ``attachments``, and nothing else. Equal input gives equal bytes. Raise TemplateError when
        it does not compile in time.
        """
        request = {"form": "pdf", "dated": dated.isoformat(), "page": _json(page)}
        (pdf,) = self._pages(request, source, assets or {}, attachments or {})
        return pdf

    def pictures(
        self,
        source: str,
        page: Mapping[str, Any],
        *,
        dated: date,
        assets: Mapping[str, bytes] | None = None,
        ppi: int = 96,
    ) -> list[bytes]:
        """Return each page of ``source`` as a PNG."""
        request = {"form": "png", "dated": dated.isoformat(), "page": _json(page), "ppi": ppi}
        return self._pages(request, source, assets or {}, {})

    def close(self) -> None:
        """End the child, once the document that it is setting is done."""
        with self._lock:
            self._end()

    def _pages(
        self,
        request: dict[str, Any],
        source: str,
        assets: Mapping[str, bytes],
        attachments: Mapping[str, Attachment],
    ) -> list[bytes]:
        files = {
            **assets,
            **{name: each.content for name, each in attachments.items()},
            TEMPLATE: source.encode(),
        }
        request["attached"] = [
            {"name": name, "type": each.type, "description": each.description}
            for name, each in attachments.items()
        ]
        request["files"] = [(name, len(content)) for name, content in files.items()]
        with self._lock:
            answer, parts = self._answer(request, list(files.values()))
        if not parts:
            raise TemplateError(answer.get("report", "No page was set."), answer.get("message", ""))
        return parts

    def _answer(
        self, request: Mapping[str, Any], files: Sequence[bytes]
    ) -> tuple[dict[str, Any], list[bytes]]:
        if self._child is None or self._child.poll() is not None:
            self._end()
            self._child = _started()
        child = self._child
        assert child.stdin is not None
        assert child.stdout is not None
        timer = threading.Timer(self._wait, child.kill)
        timer.start()
        try:
            child.stdin.write(json.dumps(request).encode() + b"\n" + b"".join(files))
            child.stdin.flush()
            return _read(child.stdout)
        except (EOFError, OSError, ValueError) as error:
            self._end()
            raise TemplateError(
                "The template takes too long or too much memory. Look for a loop without end."
            ) from error
        finally:
            timer.cancel()

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        for pipe in (child.stdin, child.stdout):
            if pipe:
                with suppress(BrokenPipeError):  # what was to be written no longer matters
                    pipe.close()
        child.wait()


def _started() -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(  # noqa: S603  # our own script, and no shell
            [sys.executable, "-I", str(CHILD), str(fonts.FOLDER), _json(fonts.ALL)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            # One core for one press; and nothing answers where packages would be fetched from.
            env={"RAYON_NUM_THREADS": "1", "https_proxy": "http://127.0.0.1:9"},
        )
    except OSError as error:
        raise PressError(f"The press cannot be started: {error}") from error


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _read(pipe: IO[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    line = pipe.readline(_HEAD)
    if not line.endswith(b"\n"):
        raise EOFError
    answer = json.loads(line)
    parts = [pipe.read(size) for size in answer["parts"]]
    if [len(part) for part in parts] != answer["parts"]:
        raise EOFError
    return answer, parts
