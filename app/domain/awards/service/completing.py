"""What a worker records of a document that it made: the bytes, the facts, or why not."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.domain.awards import rules
from app.domain.awards.models import IssuedDocument, StatusList, VerificationFact
from app.domain.awards.service import letters, listing
from app.domain.kernel import bulk, workflow
from app.domain.kernel.tables import StoredFile
from app.extensions import db

LONGEST_FAILURE = 400


@dataclass(frozen=True)
class Made:
    """A document as it was rendered, sealed and stored; sizes in bytes, keys are SHA-256."""

    document: IssuedDocument
    address: str
    pdf_key: str
    pdf_size: int
    credential_key: str | None = None
    credential_size: int = 0


def record(made: Sequence[Made], at: datetime) -> None:
    """Record documents that were made: their files, their states, and what anyone may verify.

    All in the present transaction: a document without its facts, or facts without their
    document, never exist.
    """
    session = db.session()
    for each in made:
        document = each.document
        document.file = _file(document, each.pdf_key, each.pdf_size, "application/pdf", "pdf", at)
        if each.credential_key:
            document.credential = _file(
                document, each.credential_key, each.credential_size, "application/ld+json",
                "json", at,
            )  # fmt: skip
        document.address = each.address
        document.failure = ""
    session.flush()
    workflow.make_moves(session, [each.document for each in made], "complete", at=at)
    bulk.insert_rows(
        session.connection(), VerificationFact.__table__, [_facts(each) for each in made]
    )
    _replace_predecessors([each.document for each in made], at)


def _replace_predecessors(successors: Sequence[IssuedDocument], at: datetime) -> None:
    for each in successors:
        old = each.replaces
        if old is None or old.state not in _REPLACEABLE:
            continue  # cancelled meanwhile: it stays what it is
        workflow.make_moves(
            db.session(), [old], "replace", at=at, reason=each.reason,
            values={"reason": each.reason},
        )  # fmt: skip
        db.session.expire(old, ["successors"])
        follow([old], at)
        letters.post_ended([old], "replace", each.reason, at)


_REPLACEABLE = (rules.VALID.code, rules.EXPIRED.code)


def _file(
    document: IssuedDocument, key: str, size: int, media_type: str, end: str, at: datetime
) -> StoredFile:
    return StoredFile(
        organisation_id=document.provider_id,
        key=key,
        name=f"{document.reference}.{end}",
        media_type=media_type,
        size=size,
        created_at=at,
    )


def _facts(made: Made) -> dict[str, object]:
    document = made.document
    award = document.content["award"]
    return {
        "reference": document.reference,
        "code_digest": digest_of(document.code),
        "pdf_digest": made.pdf_key,
        "document_id": document.id,
        "record_type": document.record_type,
        "state": document.state,
        "initials": initials_of(document.holder),
        "holder": document.holder,
        "title": document.title,
        "level": award["level"],
        "grade": award["grade"] or award["outcome"],
        "issued_on": document.issued_on,
        "expires_on": document.expires_on,
        "replaced_by": None,
    }


def digest_of(code: str) -> str:
    """Return the SHA-256 under which a full code is found."""
    return hashlib.sha256(code.encode()).hexdigest()


def initials_of(name: str) -> str:
    """Return "Z. O." of Zoë O'Brien: what a number alone tells of its holder."""
    letters = [part[0].upper() for part in name.split()]
    return " ".join(f"{letter}." for letter in (letters[:1] + letters[-1:] if letters else []))


def fail(document: IssuedDocument, reason: str, at: datetime) -> None:
    """Record why a document could not be made; the others of its job go on."""
    workflow.make_moves(
        db.session(), [document], "fail", at=at, reason=reason[:LONGEST_FAILURE],
        values={"failure": reason[:LONGEST_FAILURE]},
    )  # fmt: skip


def follow(documents: Sequence[IssuedDocument], at: datetime) -> None:
    """Let facts and status lists follow documents that were cancelled, expired or replaced."""
    session = db.session()
    named = {each.id: each for each in documents}
    facts = session.scalars(select(VerificationFact).where(VerificationFact.document_id.in_(named)))
    for fact in facts:
        document = named[fact.document_id]
        successor = document.replaced_by
        fact.state = document.state
        fact.replaced_by = successor.reference if successor else None
    lists = {each.status_list_id for each in documents if each.status_list_id}
    found = list(session.scalars(select(StatusList).where(StatusList.id.in_(lists))))
    listing.ask_to_sign(found, at=at)
