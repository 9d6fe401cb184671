"""Keeps files in a folder of this machine."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from app.storage.base import (
    StorageUnavailableError,
    StoredFileMissingError,
    check_digest,
    copy_hashed,
    pieces_of,
    place_of,
)


class LocalStorage:
    """A folder of sharded folders; a file appears whole and on disk, or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, data: bytes | IO[bytes]) -> str:
        """Keep ``data`` and return its key."""
        with _translated("written"):
            incoming = self.root / "incoming"
            incoming.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=incoming)
            try:
                with os.fdopen(handle, "wb") as file:
                    key = copy_hashed(pieces_of(data), file)
                    file.flush()
                    os.fsync(file.fileno())
                self._settle(Path(name), self.root / place_of(key))
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        return key

    def _settle(self, temporary: Path, place: Path) -> None:
        # Always replaced, even when it is there: that also mends a damaged copy.
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary.replace(place)
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def get(self, key: str) -> bytes:
        """Return the whole file, checked against its key."""
        with _translated("read", key):
            data = (self.root / place_of(key)).read_bytes()
        check_digest(key, copy_hashed(pieces_of(data)))
        return data

    def open(self, key: str) -> BinaryIO:
        """Return the file to read from its beginning, checked against its key; close it."""
        with _translated("read", key):
            file = (self.root / place_of(key)).open("rb")
            try:
                check_digest(key, copy_hashed(pieces_of(file)))
                file.seek(0)
            except BaseException:
                file.close()
                raise
        return file

    def exists(self, key: str) -> bool:
        """Say whether a file is kept under ``key``."""
        with _translated("looked for", key):
            return (self.root / place_of(key)).is_file()

    def delete(self, key: str) -> None:
        """Forget the file; one that is not there is no error."""
        with _translated("deleted", key):
            (self.root / place_of(key)).unlink(missing_ok=True)

    def local_path(self, key: str) -> Path:
        """Return where the file lies, not checked: a large one is sent from there in pieces."""
        path = self.root / place_of(key)
        if not path.is_file():
            raise StoredFileMissingError(f"No file is kept under {key}.")
        return path

    def url(self, key: str, seconds: int, name: str = "") -> None:
        """Return None: a folder has no addresses, the portal sends the file itself."""
        place_of(key)


@contextmanager
def _translated(verb: str, key: str = "") -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        if key:
            raise StoredFileMissingError(f"No file is kept under {key}.") from error
        raise StorageUnavailableError(f"The file could not be {verb}: {error}") from error
    except OSError as error:
        raise StorageUnavailableError(f"The file could not be {verb}: {error}") from error
