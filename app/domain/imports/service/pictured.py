"""Rows follow their photos: a row that has got one, or lost it, is settled anew."""

from collections.abc import Sequence
from datetime import datetime

from app.domain.imports.models import Import
from app.domain.imports.photo_matching import match
from app.domain.imports.service import drafts, settling, storing

AT_ONCE = 200
"""Rows that are settled while somebody waits; more are left to a worker."""


def match_photos(import_: Import, at: datetime) -> None:
    """Find the row of every photo anew; rows whose photo is another one are settled."""
    follow_photos(import_, match(import_, at), at)


def follow_photos(import_: Import, row_ids: Sequence[int], at: datetime) -> None:
    """Settle rows whose photo is another one than before."""
    if len(row_ids) > AT_ONCE:
        drafts.enqueue(drafts.SETTLE, import_, at)
    elif row_ids:
        settling.settle_each(storing.kind_of(import_), row_ids, at)
        storing.expire_rows(import_)
