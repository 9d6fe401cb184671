"""Reads of what anyone may verify: by one statement on one narrow table, without a session."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select

from app.domain.awards.models import DocumentSettings, IssuedDocument, VerificationFact
from app.domain.awards.verification import rules
from app.domain.awards.verification.models import VerificationRequest
from app.domain.awards.verification.rules import Fact, Policy
from app.domain.kernel.quick import Quick
from app.domain.organisations.models import Organisation, OrganisationDetail
from app.domain.organisations.rules import Kind
from app.extensions import db

_facts = VerificationFact.__table__.c
_NARROW = (
    _facts.reference, _facts.state, _facts.initials, _facts.replaced_by, _facts.issued_on,
    _facts.expires_on,
)  # fmt: skip
_WHOLE = (
    *_NARROW, _facts.record_type, _facts.holder, _facts.title, _facts.level, _facts.grade,
    _facts.document_id, _facts.code_digest, _facts.pdf_digest,
)  # fmt: skip

STATUS = select(*_NARROW).where(_facts.reference == bindparam("asked"))
_BY_REFERENCE = select(*_WHOLE).where(_facts.reference == bindparam("asked"))
_BY_FILE = select(*_WHOLE).where(_facts.pdf_digest == bindparam("asked")).limit(1)
_settings, _documents = DocumentSettings.__table__.c, IssuedDocument.__table__.c
_POLICY = select(_settings.verifiable_from, _settings.old_pattern).limit(1)
_CONTENT = select(_documents.content).where(_documents.id == bindparam("asked"))
_organisations, _details = Organisation.__table__, OrganisationDetail.__table__
_BODY = (
    select(_organisations.c.name, _details.c.email, _details.c.phone)
    .select_from(
        _organisations.outerjoin(_details, _details.c.organisation_id == _organisations.c.id)
    )
    .where(_organisations.c.kind == Kind.AWARDING_BODY.value)
    .order_by(_organisations.c.id)
    .limit(1)
)


def status(quick: Quick, reference: str) -> Fact | None:
    """Return how a document stands, without anything that tells whose it is but initials."""
    return _fact(quick.rows(STATUS, {"asked": reference}))


def by_reference(quick: Quick, reference: str) -> Fact | None:
    """Return everything that may be told of a document to whoever holds its code."""
    return _fact(quick.rows(_BY_REFERENCE, {"asked": reference}))


def by_file(quick: Quick, sha256: str) -> Fact | None:
    """Return the document of which this is the digest of the bytes, as they were issued."""
    return _fact(quick.rows(_BY_FILE, {"asked": sha256}))


def content_of(quick: Quick, fact: Fact) -> dict[str, Any]:
    """Return what a document says, as it was frozen."""
    rows = quick.rows(_CONTENT, {"asked": fact.document_id})
    found = rows[0][0] if rows else {}
    return dict(json.loads(found) if isinstance(found, str) else found)


def policy(quick: Quick) -> Policy:
    """Return which documents can be checked; before the set-up has said so, all."""
    rows = quick.rows(_POLICY, {})
    return Policy(_day(rows[0][0]) or date.min, rows[0][1]) if rows else rules.ANY


def body(quick: Quick) -> dict[str, str]:
    """Return the awarding body: its name, and how to ask it."""
    rows: Sequence[tuple[Any, ...]] = quick.rows(_BODY, {}) or [("", "", "")]
    name, email, telephone = rows[0]
    return {"name": name or "", "email": email or "", "telephone": telephone or ""}


def _fact(rows: Sequence[tuple[Any, ...]]) -> Fact | None:
    if not rows:
        return None
    reference, state, initials, replaced_by, issued_on, expires_on, *rest = rows[0]
    issued = _day(issued_on)
    assert issued is not None
    return Fact(reference, state, initials, replaced_by, issued, _day(expires_on), *rest)


def _day(value: Any) -> date | None:
    """Return a day as the drivers give it: PostgreSQL's as a date, SQLite's as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


# Lists -----------------------------------------------------------------------------------------


def lists_of(organisation_id: int, limit: int = 50) -> list[VerificationRequest]:
    """Return the lists that an organisation had checked, the newest first."""
    statement = (
        select(VerificationRequest)
        .where(
            VerificationRequest.organisation_id == organisation_id,
            VerificationRequest.is_public.is_(False),
        )
        .order_by(VerificationRequest.created_at.desc(), VerificationRequest.id.desc())
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def public_list(number: int, email: str) -> VerificationRequest | None:
    """Return a list that the holder of an address had checked, if it is theirs."""
    statement = select(VerificationRequest).where(
        VerificationRequest.id == number,
        VerificationRequest.is_public.is_(True),
        VerificationRequest.email == email,
    )
    return db.session.scalar(statement)


def name_of_body() -> str:
    """Return what the awarding body is called."""
    statement = select(Organisation.name).where(Organisation.kind == Kind.AWARDING_BODY.value)
    return db.session.scalars(statement.order_by(Organisation.id).limit(1)).one()
