"""Pictures of a document's pages for whoever holds its code, kept for a while in this process."""

import logging
from functools import lru_cache

from flask import current_app

from app.documents.examining import ExaminationRefusedError, Preview, pages_as_pictures
from app.domain.awards.verification.rules import Fact
from app.errors import NotFoundError
from app.storage import (
    StorageUnavailableError,
    StoredFileDamagedError,
    StoredFileMissingError,
    storage_of,
)

log = logging.getLogger(__name__)
DPI = 110
KEPT = 32
"""Documents whose pictures one process keeps, some 100 kB each."""
_LOST = (
    ExaminationRefusedError, StorageUnavailableError, StoredFileDamagedError,
    StoredFileMissingError,
)  # fmt: skip


def of(code: str, fact: Fact) -> tuple[str, ...]:
    """Return the addresses of the pictures; none when the file cannot be shown just now."""
    try:
        count = len(_drawn(fact.pdf_digest).pictures)
    except _LOST:
        log.exception("the pages of %s cannot be shown", fact.reference)
        return ()
    return tuple(f"/V/{code}/page/{number}.webp" for number in range(1, count + 1))


def page(fact: Fact, number: int) -> bytes:
    """Return the picture of one page; raise NotFoundError where there is none."""
    try:
        pictures = _drawn(fact.pdf_digest).pictures
    except _LOST as error:
        raise NotFoundError from error
    if not 1 <= number <= len(pictures):
        raise NotFoundError
    return pictures[number - 1]


@lru_cache(maxsize=KEPT)
def _drawn(key: str) -> Preview:
    return pages_as_pictures(storage_of(current_app.config).get(key), dpi=DPI)
