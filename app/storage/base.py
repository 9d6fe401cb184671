"""What every storage can do, and the ways in which it can fail."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO, Protocol

CHUNK = 1024 * 1024

_KEY = re.compile(r"[0-9a-f]{64}")


class StorageUnavailableError(Exception):
    """The storage could not be reached or could not write; trying later may help."""


class StoredFileMissingError(Exception):
    """No file is kept under this key."""


class StoredFileDamagedError(Exception):
    """The bytes kept under this key are no longer those that were put there."""


class Storage(Protocol):
    """Files by the SHA-256 of their content, so that putting one twice keeps it once."""

    def put(self, data: bytes | IO[bytes]) -> str:
        """Keep ``data`` and return its key."""

    def get(self, key: str) -> bytes:
        """Return the whole file, checked against its key."""

    def open(self, key: str) -> BinaryIO:
        """Return the file to read from its beginning, checked against its key; close it."""

    def exists(self, key: str) -> bool:
        """Say whether a file is kept under ``key``."""

    def delete(self, key: str) -> None:
        """Forget the file; one that is not there is no error."""

    def url(self, key: str, seconds: int, name: str = "") -> str | None:
        """Return an address that gives the file for some seconds, or None: send it yourself.

        With ``name`` it is given as a file to be saved under that name.
        """

    def local_path(self, key: str) -> Path | None:
        """Return where the file lies on this machine, not checked, or None: it lies elsewhere."""


def place_of(key: str) -> str:
    """Return the sharded name of a key; what is not a key names nothing."""
    if not _KEY.fullmatch(key):
        raise StoredFileMissingError(f"This is not the key of a file: {key[:80]!r}")
    return f"{key[:2]}/{key[2:4]}/{key}"


def copy_hashed(pieces: Iterator[bytes], target: IO[bytes] | None = None) -> str:
    """Copy ``pieces`` to ``target`` and return their SHA-256."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
        if target is not None:
            target.write(piece)
    return digest.hexdigest()


def pieces_of(data: bytes | IO[bytes]) -> Iterator[bytes]:
    """Yield bytes, or what a stream holds, in pieces of bounded size."""
    if isinstance(data, bytes):
        yield data
        return
    while piece := data.read(CHUNK):
        yield piece


def check_digest(key: str, found: str) -> None:
    """Refuse a file whose content does not have the hash that names it."""
    if found != key:
        raise StoredFileDamagedError(f"The file {key} is damaged: its content hashes to {found}.")
