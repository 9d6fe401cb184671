"""Documents with bytes and frozen data, as a worker leaves them, made below the services."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import typst
from flask import current_app

from app import models
from app.clock import now
from app.domain.awards import queries
from app.domain.awards.rules import RecordType
from app.domain.awards.service import freezing
from app.domain.kernel import bulk
from app.domain.kernel.document_numbers import new_code, new_reference
from app.domain.kernel.tables import StoredFile
from app.domain.kernel.viewer import SYSTEM
from app.extensions import db
from app.storage import storage_of
from app.transaction import transaction
from tests.support.issued import PROVIDER, TYPES, Issued, issue_here

COMPONENTS: list[dict[str, Any]] = [
    {"code": "T/615", "title": "Wiring systems", "level": "3", "credit": 12, "result": "Pass"},
    {"code": "T/616", "title": "Testing", "level": "3", "credit": None, "result": "Merit"},
]
Learners = Mapping[tuple[str, str], str]
ADA, BEN, CLEO = ("Ada", "Lovelace"), ("Ben", "Ito"), ("Cleo", "Márquez")
LEARNERS = {ADA: "ada@example.com", BEN: "ben@example.com", CLEO: "cleo@example.com"}


@lru_cache
def pdf(words: str, pages: int = 2) -> bytes:
    """Return a PDF of so many pages with these words."""
    source = "#pagebreak()".join(f"= {words}\nPage {number + 1}" for number in range(pages))
    return typst.compile(source.encode())


def issued(
    inside: Any,
    learners: Learners = LEARNERS,
    *,
    centre: str = PROVIDER,
    types: Sequence[str] = TYPES,
) -> Issued:
    """Issue documents for learners, each with its PDF in the storage; return them as issue does."""
    with inside(SYSTEM), transaction():
        return issued_here(learners, centre=centre, types=types)


def issued_here(
    learners: Learners, *, centre: str = PROVIDER, types: Sequence[str] = TYPES
) -> Issued:
    """Do the same in the present transaction."""
    found = issue_here(learners, centre=centre, types=types)
    for ids in found.documents.values():
        for document_id in ids:
            give_file(db.session.get_one(models.IssuedDocument, document_id))
    return found


def give_file(document: models.IssuedDocument) -> None:
    """Let a document have been made: its bytes stored, its data frozen."""
    data = pdf(f"{document.record_type} {document.holder}".replace("@", ""))
    key = storage_of(current_app.config).put(data)
    document.file = StoredFile(
        organisation_id=document.provider_id, key=key, name=f"{document.reference}.pdf",
        media_type="application/pdf", size=len(data), created_at=now(),
    )  # fmt: skip
    award, settings = document.award, queries.settings()
    award.title_number, award.level, award.awarded_on = "601/7324/5", "3", date(2026, 8, 21)
    award.components = COMPONENTS if document.record_type == RecordType.TRANSCRIPT else []
    assert document.issued_on is not None
    document.content = freezing.freeze(
        award, RecordType(document.record_type), reference=document.reference,
        body=freezing.body_of(settings), settings=settings, issued_on=document.issued_on,
        expires_on=None,
    )  # fmt: skip
    document.address = "HTTPS://PORTAL.EXAMPLE/V/1"
    db.session.flush()


def first(found: Issued, learner: tuple[str, str] = ADA, place: int = 0) -> int:
    """Return the id of one of a learner's documents: 0 certificate, 1 transcript, 2 letter."""
    return found.documents[" ".join(learner)][place]


def many(count: int, files: list[bytes]) -> list[int]:
    """Return the ids of so many documents of one award, whose files are these in turn.

    The present transaction's viewer must see everything.
    """
    session = db.session()
    one = issued_here({("Bulk", "Learner"): "bulk@example.com"}, types=("certificate",))
    document = session.get_one(models.IssuedDocument, one.documents["Bulk Learner"][0])
    storage, stored = storage_of(current_app.config), []
    for data in files:
        stored.append(
            StoredFile(
                organisation_id=document.provider_id, key=storage.put(data), name="bulk.pdf",
                media_type="application/pdf", size=len(data), created_at=now(),
            )
        )  # fmt: skip
    session.add_all(stored)
    session.flush()
    table = models.IssuedDocument.__table__
    copied = {
        column.name: getattr(document, column.name)
        for column in table.columns
        if column.name not in ("id", "reference", "code", "file_id", "issued_key", "state")
    }
    rows = [
        copied | {"reference": new_reference(), "code": new_code(), "state": "valid",
                  "file_id": stored[number % len(stored)].id, "issued_key": now()}
        for number in range(count)
    ]  # fmt: skip
    bulk.insert_rows(session.connection(), table, rows)
    made = table.select().with_only_columns(table.c.id).where(table.c.job_id == document.job_id)
    ids = session.connection().execute(made.order_by(table.c.id)).scalars().all()
    return [each for each in ids if each != document.id]
