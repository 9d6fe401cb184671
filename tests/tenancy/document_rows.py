"""Rows of the tables about awards and documents, made below the services."""

import json
from datetime import date, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import select

from app import models
from app.clock import now
from app.domain.kernel.document_numbers import new_code, new_reference
from app.domain.kernel.numbering import take_numbers
from app.extensions import db
from app.storage import storage_of
from tests.support.records import give_file

ISSUED_ON = date(2026, 9, 1)


def documents(
    owner: models.Organisation, person: models.Person, registration: models.Registration
) -> list[Any]:
    """Make an award of ``owner`` with a document in each state, and what became of them."""
    award = models.Award(
        number=take_numbers(db.session(), "award")[0], registration=registration, person=person,
        provider_id=owner.id, title="Diploma", outcome="pass", awarded_on=ISSUED_ON,
        components=[], holder_key=person.name_key, search_text=person.name_key,
        state="awaiting_issue",
    )  # fmt: skip
    job = models.PrintJob(
        number=take_numbers(db.session(), "print_job")[0], provider_id=owner.id, requested=2,
        search_text=person.name_key,
    )  # fmt: skip
    db.session.add_all([award, job])
    db.session.flush()
    made = [_document(award, job, state) for state in ("valid", "failed", "pending")]
    db.session.add_all(made)
    db.session.flush()
    give_file(made[0])
    made[0].credential = _credential_of(made[0])
    rest = [
        models.PaperCopy(document=made[0], provider_id=owner.id, state="to_print"),
        models.ExportFile(
            organisation_id=owner.id, name="Autumn", document_ids=[made[0].id], count=1,
            expires_at=now() + timedelta(7), state="completed", file=made[0].file,
        ),
        models.Notice(
            job=job, registration=registration, person=person, provider_id=owner.id,
            email=person.email, token=new_code(), state="sent",
        ),
        models.DocumentReport(
            number=take_numbers(db.session(), "document_report")[0], document=made[0],
            provider_id=owner.id, text="The name is wrong", state="open",
        ),
        models.VerificationRequest(
            organisation_id=owner.id, email=person.email, asked=[made[0].reference],
            state="queued",
        ),
    ]  # fmt: skip
    db.session.add_all(rest)
    db.session.flush()
    return [award, job, *made, *rest]


def _document(award: models.Award, job: models.PrintJob, state: str) -> models.IssuedDocument:
    return models.IssuedDocument(
        job=job, award=award, registration=award.registration, person=award.person,
        provider_id=award.provider_id, record_type="certificate", reference=new_reference(),
        code=new_code(), content={}, template_version_id=_template(), issued_on=ISSUED_ON,
        holder=award.person.full_name, title=award.title, holder_key=award.holder_key,
        search_text=award.holder_key, state=state,
    )  # fmt: skip


def _template() -> int:
    found = db.session.scalar(select(models.TemplateVersion.id).limit(1))
    if found is None:
        made = models.TemplateVersion(record_type="certificate", number=1, source="Hello")
        db.session.add(made)
        db.session.flush()
        found = made.id
    return found


def _credential_of(document: models.IssuedDocument) -> models.StoredFile:
    data = json.dumps({"type": ["VerifiableCredential"], "name": document.holder}).encode()
    return models.StoredFile(
        organisation_id=document.provider_id, key=storage_of(current_app.config).put(data),
        name="credential.json", media_type="application/vc", size=len(data), created_at=now(),
    )  # fmt: skip
