"""Keeps files under the hash of their content: in a local folder, or in an S3 bucket."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from app.storage.base import (
    Storage,
    StorageUnavailableError,
    StoredFileDamagedError,
    StoredFileMissingError,
)
from app.storage.local import LocalStorage

__all__ = [
    "Storage",
    "StorageUnavailableError",
    "StoredFileDamagedError",
    "StoredFileMissingError",
    "open_storage",
    "storage_of",
]

_S3_OPTIONS = {"endpoint_url", "region"}


def storage_of(config: Mapping[str, Any]) -> Storage:
    """Return the storage of a portal with these settings."""
    return _opened(config["STORAGE_URL"], config["PORTAL_HOME"] / "files")


@lru_cache(maxsize=8)
def _opened(url: str, root: Path) -> Storage:
    """Open a storage once for each process: connections to S3 are dear."""
    return open_storage(url, root)


def open_storage(url: str, root: Path) -> Storage:
    """Return the storage that ``url`` names; empty or ``file:`` means the folder ``root``.

    ``file:///srv/hallmark`` names another folder, ``s3://bucket/prefix?endpoint_url=…&region=…``
    a bucket, with credentials as the AWS libraries find them (AWS_ACCESS_KEY_ID and so on).
    """
    parts = urlsplit(url.strip())
    if parts.scheme in {"", "file"}:
        return LocalStorage(Path(unquote(parts.path)) if parts.path else root)
    if parts.scheme == "s3":
        return _s3(url, parts.netloc, parts.path, parse_qs(parts.query))
    raise ValueError(
        f"STORAGE_URL begins with “{parts.scheme}:”; it may be empty, file:///folder "
        "or s3://bucket/prefix."
    )


def _s3(url: str, bucket: str, path: str, query: dict[str, list[str]]) -> Storage:
    if not bucket:
        raise ValueError(f"STORAGE_URL names no bucket: {url}")
    unknown = set(query) - _S3_OPTIONS
    if unknown:
        raise ValueError(f"STORAGE_URL has unknown options: {', '.join(sorted(unknown))}")
    # Imported only here: s3fs takes half a second that installations on a local folder never need.
    from app.storage.s3 import S3Storage  # noqa: PLC0415  # see above

    return S3Storage(
        bucket,
        path.strip("/"),
        endpoint_url=query.get("endpoint_url", [None])[0],
        region=query.get("region", [None])[0],
    )
