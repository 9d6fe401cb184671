"""Packs many files into one zip, in parts that can each be stored, and memory that stays flat."""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from typing import IO

from zipstream import ZIP_STORED, ZipStream

LONGEST_NAME = 120
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
"""What no file may be called on one of the systems on which a zip is opened."""


def file_name(*words: str, end: str = "") -> str:
    """Return a name that every system takes, made of ``words``; at most LONGEST_NAME characters.

    What stands last is kept whole when the name is too long: there the reference is.
    """
    parts = [" ".join(_FORBIDDEN.sub(" ", word).split()).strip(". ") for word in words]
    *first, last = [part for part in parts if part] or ["file"]
    room = LONGEST_NAME - len(last) - len(end) - 1
    return f"{' '.join(first)[: max(room, 0)].strip()} {last}".strip() + end


def packed(files: Iterable[tuple[str, bytes]], comment: str) -> Iterator[bytes]:
    """Yield a zip of ``files``, named and whole, one after the other.

    ``comment`` makes it another file than any other zip of the same content.
    """
    stream = _stream(comment)
    for name, data in files:
        stream.add(data, name)
        yield from stream.all_files()
    yield from stream.finalize()


def joined(
    parts: Iterable[IO[bytes]], folder: str, more: Iterable[tuple[str, Iterable[bytes]]],
    comment: str,
) -> Iterator[bytes]:  # fmt: skip
    """Yield one zip of what zips hold, in ``folder``, and of ``more`` files given in pieces."""
    stream = _stream(comment)
    for part in parts:
        with zipfile.ZipFile(part) as held:
            for each in held.infolist():
                stream.add(held.read(each), f"{folder}/{each.filename}")
                yield from stream.all_files()
    for name, pieces in more:
        stream.add(pieces, f"{folder}/{name}")
        yield from stream.all_files()
    yield from stream.finalize()


def _stream(comment: str) -> ZipStream:
    # Stored, not deflated: a PDF is compressed already, and storing is thirty times faster.
    stream = ZipStream(compress_type=ZIP_STORED)
    stream.comment = comment
    return stream


class Pieces(io.RawIOBase):
    """A file to be read of what an iterator yields; ``size`` counts the bytes given so far."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._rest = b""
        self.size = 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill ``buffer`` with what comes next; return how many bytes, 0 at the end."""
        room = memoryview(buffer)  # type: ignore[arg-type]  # a writable buffer, says RawIOBase
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        given = self._rest[: len(room)]
        room[: len(given)] = given
        self._rest = self._rest[len(given) :]
        self.size += len(given)
        return len(given)
