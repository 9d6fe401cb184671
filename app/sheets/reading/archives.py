"""A zip of photos and spreadsheets, read part by part; nothing is ever unpacked to a path."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

from app.domain.kernel.words import N_, say
from app.sheets.reading.refusals import (
    ArchiveRefusedError,
    DamagedFileError,
    EmptyFileError,
    FileRefusedError,
    FileTooBigError,
    PasswordProtectedError,
    TooMuchInsideError,
)
from app.sheets.reading.zipped import Zip, open_zip

PARTS = 2_000
BYTES = 500 * 2**20
FILE_BYTES = 200 * 2**20
PART_BYTES = 20 * 2**20

_TOO_MUCH = N_(
    "This zip holds more than %(parts)s files or unpacks to more than %(most)s MB. Divide it into "
    "several and upload them one after another."
)
_PART_TOO_BIG = N_("“%(name)s” in this zip is larger than %(most)s MB. Make it smaller.")
_DAMAGED = N_("This zip is damaged or is none. Make it again and upload it.")
_LOCKED = N_("This zip is protected by a password. Make it again without one.")


def open_archive(
    file: IO[bytes], *, left_out: Callable[[str], None] | None = None
) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a zip as their bare name and bytes, one at a time.

    Folders, and what systems leave behind (``__MACOSX``, hidden files), are passed over. Names
    lose every path: ``../../etc/passwd`` is ``passwd``. ``left_out`` is told the name of each file
    that is too large; without it one such refuses the zip. Raise `FileRefusedError`.
    """
    with _in_words():
        archive = _opened(file)
        for path, name in _named(archive):
            if left_out is not None and archive.parts[path].file_size > PART_BYTES:
                left_out(name)
            else:
                yield name, _whole(archive, path, name)


def count_files(file: IO[bytes]) -> int:
    """Return how many files of a zip there are to read; raise `FileRefusedError`."""
    with _in_words():
        return sum(1 for _ in _named(_opened(file)))


def is_of_files(file: IO[bytes]) -> bool:
    """Tell whether this is a zip to be unpacked: workbooks are zips too, and are read whole."""
    file.seek(0)
    if file.read(2) != b"PK":
        return False
    try:
        parts = open_zip(file, parts=PARTS, most=BYTES).parts
    except FileRefusedError:
        return True  # refused in words when it is read
    return not {"[Content_Types].xml", "META-INF/manifest.xml"} & parts.keys()


def _opened(file: IO[bytes]) -> Zip:
    size = file.seek(0, 2)
    if not size:
        raise EmptyFileError
    if size > FILE_BYTES:
        raise FileTooBigError(size, FILE_BYTES)
    return open_zip(file, parts=PARTS, most=BYTES)


def _named(archive: Zip) -> Iterator[tuple[str, str]]:
    """Yield path and bare name of every file that somebody put there."""
    for path in archive.parts:
        name = safe_name(path)
        if name and "__MACOSX/" not in path:
            yield path, name


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except TooMuchInsideError as error:
        words = say(_TOO_MUCH, parts=f"{PARTS:,}", most=BYTES // 2**20)
        raise ArchiveRefusedError(words) from error
    except DamagedFileError as error:
        raise ArchiveRefusedError(say(_DAMAGED)) from error
    except PasswordProtectedError as error:
        raise ArchiveRefusedError(say(_LOCKED)) from error


def safe_name(path: str) -> str:
    """Return the bare name of a path in a zip, or nothing for folders and hidden files."""
    name = path.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(sign for sign in name if sign.isprintable()).strip()
    return "" if name.startswith(".") or name in ("Thumbs.db", "desktop.ini") else name[-200:]


def _whole(archive: Zip, path: str, name: str) -> bytes:
    whole = bytearray()
    for piece in archive.pieces(path):
        whole += piece
        if len(whole) > PART_BYTES:
            words = say(_PART_TOO_BIG, name=name, most=PART_BYTES // 2**20)
            raise ArchiveRefusedError(words)
    return bytes(whole)
