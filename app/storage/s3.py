"""Keeps files in a bucket of S3 or of a server that speaks its language."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, BinaryIO, cast
from urllib.parse import quote

from botocore.exceptions import BotoCoreError, ClientError
from s3fs.core import S3FileSystem

from app.storage.base import (
    CHUNK,
    StorageUnavailableError,
    StoredFileMissingError,
    check_digest,
    copy_hashed,
    pieces_of,
    place_of,
)

_IN_MEMORY = 8 * CHUNK
# Attempts are left to s3fs, which makes five over two seconds: both together would be twenty.
_CALLS = {"connect_timeout": 5, "read_timeout": 30, "retries": {"total_max_attempts": 1}}


class S3Storage:
    """A prefix in a bucket; S3 itself shows an object whole or not at all."""

    def __init__(
        self, bucket: str, prefix: str, *, endpoint_url: str | None, region: str | None
    ) -> None:
        self.base = "/".join(part for part in (bucket, prefix) if part)
        self._client = {
            name: value
            for name, value in (("endpoint_url", endpoint_url), ("region_name", region))
            if value
        }
        self._opened: tuple[int, Any] | None = None

    @property
    def _files(self) -> Any:
        # One file system per process: its connections do not survive a fork.
        if self._opened is None or self._opened[0] != os.getpid():
            opened = S3FileSystem(
                client_kwargs=self._client,
                config_kwargs=_CALLS,
                use_listings_cache=False,
                skip_instance_cache=True,
            )
            self._opened = (os.getpid(), opened)
        return self._opened[1]

    def _place(self, key: str) -> str:
        return f"{self.base}/{place_of(key)}"

    def put(self, data: bytes | IO[bytes]) -> str:
        """Keep ``data`` and return its key."""
        # Hashed before it is sent, since the hash is the name it is sent to.
        with _translated("written"), tempfile.NamedTemporaryFile() as file:
            key = copy_hashed(pieces_of(data), file)
            file.flush()
            self._files.put_file(file.name, self._place(key))
        return key

    def get(self, key: str) -> bytes:
        """Return the whole file, checked against its key."""
        with _translated("read", key):
            data = cast(bytes, self._files.cat_file(self._place(key)))
        check_digest(key, copy_hashed(pieces_of(data)))
        return data

    def open(self, key: str) -> BinaryIO:
        """Return the file to read from its beginning, checked against its key; close it."""
        copy = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  # the caller closes
        try:
            with _translated("read", key), self._files.open(self._place(key), "rb") as file:
                found = copy_hashed(pieces_of(file), cast(IO[bytes], copy))
            check_digest(key, found)
        except BaseException:
            copy.close()
            raise
        copy.seek(0)
        return cast(BinaryIO, copy)

    def exists(self, key: str) -> bool:
        """Say whether a file is kept under ``key``."""
        with _translated("looked for", key):
            return bool(self._files.exists(self._place(key)))

    def delete(self, key: str) -> None:
        """Forget the file; one that is not there is no error."""
        with _translated("deleted", key):
            self._files.rm_file(self._place(key))

    def local_path(self, key: str) -> None:
        """Return None: the file lies in the bucket."""
        place_of(key)

    def url(self, key: str, seconds: int, name: str = "") -> str | None:
        """Return an address that gives the file for some seconds to whoever holds it."""
        said = {"ResponseContentDisposition": _attachment(name)} if name else {}
        with _translated("addressed", key):
            return str(self._files.sign(self._place(key), expiration=seconds, **said))


def _attachment(name: str) -> str:
    """Return the header that has a browser save a file under ``name``, in any alphabet."""
    plain = name.encode("ascii", "replace").decode().replace('"', "'").replace("\\", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


@contextmanager
def _translated(verb: str, key: str = "") -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        if key:
            raise StoredFileMissingError(f"No file is kept under {key}.") from error
        raise StorageUnavailableError(f"The file could not be {verb}: {error}") from error
    except (OSError, BotoCoreError, ClientError) as error:
        raise StorageUnavailableError(f"The file could not be {verb}: {error}") from error
