"""Status lists: which bit of which published list stands for a credential."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.domain.awards.models import IssuedDocument, StatusList
from app.domain.awards.rules import DOCUMENT_CANCELLED, REPLACED
from app.domain.kernel import jobs
from app.extensions import db

SIZE = 131_072
"""Bits of a list: the least that Bitstring Status List v1.0 allows, so that bits hide in many."""
FULL = SIZE // 2
"""Bits that are given out before a new list begins: a free one is then found at once."""
SIGNING = "sign_status_list"
"""The background job that signs a list anew; its payload is {"list": id}."""


def reserve(documents: Sequence[IssuedDocument], *, at: datetime) -> None:
    """Give each document that has none a random bit of a list: order tells nobody anything."""
    fresh = [each for each in documents if each.status_index is None]
    if not fresh:
        return
    status_list = _open_list(len(fresh), at)
    for document, index in zip(fresh, _free(status_list, len(fresh)), strict=True):
        document.status_list_id, document.status_index = status_list.id, index
    db.session.flush()


def _open_list(count: int, at: datetime) -> StatusList:
    session = db.session()
    statement = select(StatusList).order_by(StatusList.id.desc()).limit(1)
    newest: StatusList | None = session.scalar(statement)
    if newest is not None and _given(newest) + count <= FULL:
        return newest
    made = StatusList(size=SIZE, credential={}, signed_at=at, is_stale=True)
    session.add(made)
    session.flush()
    ask_to_sign([made], at=at)
    return made


def _given(status_list: StatusList) -> int:
    statement = select(func.count()).where(IssuedDocument.status_list_id == status_list.id)
    return db.session.scalar(statement) or 0


def _free(status_list: StatusList, count: int) -> list[int]:
    """Return random indices that nobody has; at most half are taken, so few draws are lost."""
    found: dict[int, None] = {}
    while len(found) < count:
        drawn = {secrets.randbelow(status_list.size) for _ in range(2 * count)} - found.keys()
        taken = select(IssuedDocument.status_index).where(
            IssuedDocument.status_list_id == status_list.id,
            IssuedDocument.status_index.in_(drawn),
        )
        found |= dict.fromkeys(drawn - set(db.session.scalars(taken)))
    return list(found)[:count]


def set_bits(list_id: int) -> list[int]:
    """Return the bits of a list whose credentials no longer hold."""
    statement = select(IssuedDocument.status_index).where(
        IssuedDocument.status_list_id == list_id,
        IssuedDocument.state.in_([DOCUMENT_CANCELLED.code, REPLACED.code]),
    )
    return [index for index in db.session.scalars(statement) if index is not None]


def ask_to_sign(lists: Sequence[StatusList], *, at: datetime) -> None:
    """Have lists signed by a worker, once for all changes that wait."""
    for each in lists:
        each.is_stale = True
        jobs.enqueue(db.session(), SIGNING, {"list": each.id}, key=f"list {each.id}", at=at)
    db.session.flush()


def publish(status_list: StatusList, credential: dict[str, Any], *, at: datetime) -> None:
    """Keep a list as it was signed."""
    status_list.credential, status_list.signed_at, status_list.is_stale = credential, at, False
    db.session.flush()


def due(before: datetime) -> list[StatusList]:
    """Return lists that changed, or were signed so long ago that they are about to run out."""
    statement = select(StatusList).where(StatusList.is_stale | (StatusList.signed_at < before))
    return list(db.session.scalars(statement))
