"""Compiles templates in a process of its own, with limits; answers go to the parent.

Executed by its path with ``python -I``: it imports nothing of the portal. A request is a line of
JSON with the sizes of its files, then those files; an answer is a line of JSON with the sizes of
its parts, then those parts. Nothing is read from or written to the disk.
"""

import json
import os
import re
import resource
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

import typst

MEMORY = 2**30
"""Address space in bytes: a usual page takes a fifth of it."""
SECONDS = 60
"""CPU seconds for one document; the parent stops it sooner, unless the parent is gone."""
LARGEST = 64 * 2**20
"""Bytes of the largest answer."""

TEMPLATE = "template.typ"
# The template is included, so that it cannot hide what is attached, and its lines keep their
# numbers.
MAIN = b"""#include "template.typ"
#for file in json(bytes(sys.inputs.attached)) {
  pdf.attach(
    file.name, read(file.name, encoding: none),
    relationship: "data", mime-type: file.type, description: file.description,
  )
}
"""
# Every face is used once, so that all font files are read before files can no longer be opened.
WARM_UP = """#set text(fallback: false, lang: "en")
#for family in json(bytes(sys.inputs.families)) {
  for weight in (400, 600, 700) {
    for style in ("normal", "italic") {
      text(font: family, weight: weight, style: style)[A \\u{0639}]
    }
  }
}
"""
# Typst says after its message where the template was included, which is always the same place.
INCLUDED = re.compile(r"\n\s*help: while including `template\.typ`.*", re.DOTALL)

# What is said of files and packages depends on the machine; a template can have neither.
OUTSIDE = re.compile(
    r"(failed to (load file|download package)|file not found|package not found)( \([^\n]*\))?"
)
NO_FILES = "a template can read the files of its document, and no others and no packages"


class Press:
    """A compiler with the fonts of documents: nothing else of the machine is known to it."""

    def __init__(self, folder: str, families: str) -> None:
        fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder]
        )
        first: Any = {"main.typ": WARM_UP.encode()}
        self._compiler = typst.Compiler(first, font_paths=fonts, ignore_system_fonts=True)
        self._compiler.compile(format="png", ppi=10, sys_inputs={"families": families})

    def set(self, request: dict[str, Any], files: dict[str, bytes]) -> list[bytes]:
        """Return the PDF, or the pages as PNG."""
        day = datetime.combine(date.fromisoformat(request["dated"]), time(12), UTC)
        inputs = {"page": request["page"], "attached": json.dumps(request["attached"])}
        given: Any = {**files, "main.typ": MAIN}  # its stub knows no dictionary of bytes
        if request["form"] == "png":
            made = self._compiler.compile(
                given, format="png", ppi=request["ppi"], sys_inputs=inputs, timestamp=day
            )
        else:
            made = self._compiler.compile(
                given, format="pdf", sys_inputs=inputs, timestamp=day,
                pdf_standards=["a-3a", "ua-1"],
            )  # fmt: skip
        return [page for page in (made if isinstance(made, list) else [made]) if page]


def limit() -> None:
    """Take away what setting a page does not need: memory without end, files, connections."""
    highest = max(int(name) for name in os.listdir("/proc/self/fd"))
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, min(highest, 3)),
    ):
        resource.setrlimit(what, (most, most))


def allow(seconds: int) -> None:
    """Let the process take so many CPU seconds more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def requests() -> Iterator[tuple[dict[str, Any], dict[str, bytes]]]:
    """Give each request with its files, until the parent closes the pipe."""
    pipe = sys.stdin.buffer
    while line := pipe.readline():
        request = json.loads(line)
        yield request, {name: pipe.read(size) for name, size in request["files"]}


def say(answer: dict[str, Any], parts: list[bytes]) -> None:
    """Hand one answer to the parent."""
    head = {**answer, "parts": [len(part) for part in parts]}
    out = sys.stdout.buffer
    out.write(json.dumps(head).encode() + b"\n" + b"".join(parts))
    out.flush()


def refusal(error: typst.TypstError) -> dict[str, str]:
    """Return what Typst says: its message alone, and its report with the line."""
    message = OUTSIDE.sub(NO_FILES, str(error.message))
    report = INCLUDED.sub("", str(error.diagnostic or error.message))
    return {"message": message, "report": OUTSIDE.sub(NO_FILES, report)}


def main() -> None:
    """Set one page after the other."""
    press = Press(sys.argv[1], sys.argv[2])
    limit()
    for request, files in requests():
        allow(SECONDS)
        try:
            pages = press.set(request, files)
            if sum(map(len, pages)) > LARGEST:
                raise ValueError("The document is too large.")
        except typst.TypstError as error:
            say(refusal(error), [])
        except ValueError as error:
            say({"message": "", "report": str(error)}, [])
        else:
            say({}, pages)


if __name__ == "__main__":
    main()
