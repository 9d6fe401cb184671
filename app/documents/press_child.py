"""Compiles templates in a process of its own, with limits; answers go to the parent.

Executed by its path with ``python -I``, a folder of fonts and an empty one to work in: it imports
nothing of the portal. It reads pickles of the parent from standard input, and writes to standard
output a line with a word and a length, then so many bytes.
"""

import os
import pickle
import re
import resource
import sys
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import typst

MEMORY = 3 * 2**30
"""Address space; Typst reserves far more than it uses."""
SECONDS = 3600
"""CPU seconds in all: the parent stops a single document long before."""
LARGEST = 16 * 2**20
"""Bytes of the largest file it may write: the assets of a page."""
KEPT = 8
PACKAGE = re.compile(r"(import|include)\s*\(?\s*\"@")


def limit() -> None:
    """Take away what setting a page does not need."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST, LARGEST))


class Compilers:
    """The compilers of the templates used last, and the folder that they may read."""

    def __init__(self, fonts: str, folder: Path) -> None:
        self._fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts]
        )
        self._folder = folder
        self._kept: dict[str, typst.Compiler] = {}
        self._assets: dict[str, bytes] = {}

    def compiler(self, key: str, source: str | None) -> typst.Compiler:
        """Return the compiler of a template, made when it is first seen."""
        if key not in self._kept:
            if source is None:
                raise KeyError(key)
            if PACKAGE.search(source):
                raise ValueError("A template cannot import packages.")
            while len(self._kept) >= KEPT:
                oldest = next(iter(self._kept))
                del self._kept[oldest]
                (self._folder / f"{oldest}.typ").unlink()
            main = self._folder / f"{key}.typ"
            main.write_text(source, encoding="utf-8")
            self._kept[key] = typst.Compiler(
                main, root=self._folder, font_paths=self._fonts,
                ignore_system_fonts=True, package_path=self._folder / "none",
                package_cache_path=self._folder / "none",
            )  # fmt: skip
        return self._kept[key]

    def lay_out(self, assets: dict[str, bytes]) -> None:
        """Put the files of a page, and no others, where its template can read them."""
        for name in self._assets.keys() - assets.keys():
            (self._folder / name).unlink()
        for name, content in assets.items():
            if self._assets.get(name) != content:
                (self._folder / os.path.basename(name)).write_bytes(content)
        self._assets = assets


def answer(compilers: Compilers, request: dict[str, Any]) -> list[bytes]:
    """Return the PDF, or the pages as PNG."""
    compiler = compilers.compiler(request["key"], request.get("source"))
    compilers.lay_out(request["assets"])
    day = datetime.combine(date.fromisoformat(request["dated"]), time(12), UTC)
    inputs = {"page": request["page"]}
    if request["form"] == "png":
        made = compiler.compile(format="png", ppi=96, sys_inputs=inputs, timestamp=day)
    else:
        made = compiler.compile(
            format="pdf", sys_inputs=inputs, timestamp=day, pdf_standards=["a-3a", "ua-1"]
        )
    return made if isinstance(made, list) else [made or b""]


def say(kind: str, content: bytes) -> None:
    """Hand one answer to the parent."""
    out = sys.stdout.buffer
    out.write(f"{kind} {len(content)}\n".encode() + content)
    out.flush()


def main() -> None:
    """Set one page after the other, until the parent closes the pipe."""
    compilers = Compilers(sys.argv[1], Path(sys.argv[2]))
    limit()
    while True:
        try:
            request = pickle.load(sys.stdin.buffer)  # noqa: S301  # from the parent alone
        except EOFError:
            return
        try:
            pages = answer(compilers, request)
        except typst.TypstError as error:
            say("refused", (error.diagnostic or error.message).encode())
        except (ValueError, OSError, KeyError) as error:
            say("refused", str(error).encode())
        else:
            parts = (len(page).to_bytes(4, "big") + page for page in pages)
            say("pages", b"".join(parts))


if __name__ == "__main__":
    main()
