"""Makes documents: rendered from frozen data, sealed, stored, and recorded in one transaction."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from flask import current_app

from app.clock import now
from app.documents import workshop
from app.documents.workshop import DocumentRefusedError, Finished, Recipe, Workshop
from app.domain.awards import queries
from app.domain.awards.models import IssuedDocument, StatusList
from app.domain.awards.rules import RecordType
from app.domain.awards.service import completing, listing
from app.domain.awards.service.completing import Made
from app.domain.kernel.viewer import PRINTER
from app.extensions import db
from app.jobs.runner import Work
from app.storage import Storage, storage_of

logger = logging.getLogger(__name__)

CHUNK = 10
"""Documents that one transaction records: what a killed worker must make again."""
LIST_LIVES = timedelta(hours=12)
"""For so long readers may keep a status list."""


@dataclass(frozen=True)
class Stored:
    """A document that lies in the storage and waits to be recorded."""

    id: int
    address: str
    pdf_key: str
    pdf_size: int
    credential_key: str | None
    credential_size: int


def make_documents(work: Work) -> None:
    """Make those documents of the job that still wait; one that cannot be made says why.

    What a killed worker had rendered but not recorded is rendered again: its number and its
    data were given when it was asked for, so there is never a second one. A storage that cannot
    be reached ends the job, which is tried again later; its documents stay pending.
    """
    ids = work.payload["ids"]
    work.total = len(ids)
    storage = storage_of(current_app.config)
    for part in _parts(ids):
        recipes = _reserved(work, part)
        shop = workshop.workshop_of(current_app.config)
        finished = [_tried(shop, storage, recipe) for recipe in recipes]
        at = now()
        with work.chunk(PRINTER):
            _record(finished, at)
            work.done = min(work.total, work.done + len(part))


def _parts(ids: Sequence[int]) -> Iterator[list[int]]:
    left = iter(ids)
    while part := list(islice(left, CHUNK)):
        yield part


def _reserved(work: Work, ids: Sequence[int]) -> list[Recipe]:
    """Give certificates their bits in a status list, and return what is to be made."""
    with work.chunk(PRINTER):
        documents = queries.pending(ids)
        certificates = [
            each for each in documents if each.record_type == RecordType.CERTIFICATE.value
        ]
        listing.reserve(certificates, at=now())
        return [_recipe(each) for each in documents]


def _recipe(document: IssuedDocument) -> Recipe:
    return Recipe(
        id=document.id,
        source=document.template_version.source,
        content=document.content,
        code=document.code,
        status_list=document.status_list_id,
        status_index=document.status_index,
    )


def _tried(shop: Workshop, storage: Storage, recipe: Recipe) -> Stored | tuple[int, str]:
    """Make and store one document, or return its id with why it could not be made."""
    try:
        made = shop.make(recipe, at=now())
    except DocumentRefusedError as error:
        return recipe.id, str(error)
    return _stored(storage, recipe, made)


def _stored(storage: Storage, recipe: Recipe, made: Finished) -> Stored:
    credential = made.credential
    return Stored(
        id=recipe.id,
        address=made.address,
        pdf_key=storage.put(made.pdf),
        pdf_size=len(made.pdf),
        credential_key=storage.put(credential) if credential else None,
        credential_size=len(credential) if credential else 0,
    )


def _record(finished: Sequence[Stored | tuple[int, str]], at: datetime) -> None:
    waiting = {each.id: each for each in queries.pending(_ids(finished))}
    made = []
    for each in finished:
        if isinstance(each, Stored):
            if each.id in waiting:
                made.append(
                    Made(
                        document=waiting[each.id],
                        address=each.address,
                        pdf_key=each.pdf_key,
                        pdf_size=each.pdf_size,
                        credential_key=each.credential_key,
                        credential_size=each.credential_size,
                    )
                )
        elif each[0] in waiting:
            completing.fail(waiting[each[0]], each[1], at)
    completing.record(made, at)


def _ids(finished: Sequence[Stored | tuple[int, str]]) -> list[int]:
    return [each.id if isinstance(each, Stored) else each[0] for each in finished]


def sign_status_list(work: Work) -> None:
    """Sign a published status list anew, with the bits of all that no longer holds."""
    list_id = work.payload["list"]
    with work.chunk(PRINTER):
        status_list = db.session.get_one(StatusList, list_id)
        credential = workshop.signed_list(
            current_app.config,
            body=queries.body_name(),
            list_id=list_id,
            revoked=listing.set_bits(list_id),
            size=status_list.size,
            at=now(),
            lives=LIST_LIVES,
        )
        listing.publish(status_list, credential, at=now())
        work.done = work.total = 1
