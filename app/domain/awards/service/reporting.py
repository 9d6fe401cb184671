"""Reports: a centre says what is wrong with a document, the awarding body answers (D35, C12)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.domain.awards import rules
from app.domain.awards.models import DocumentReport, ExportFile, IssuedDocument
from app.domain.awards.rules import RECORD_TYPES, RecordType
from app.domain.catalogue.queries import contact_block
from app.domain.kernel import audit, idempotency, outbox, workflow
from app.domain.kernel import viewer as viewers
from app.domain.kernel.numbering import take_numbers
from app.domain.kernel.outbox import Draft
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_, say
from app.domain.organisations.models import Organisation, OrganisationDetail
from app.errors import ConflictError, ForbiddenError, NotFoundError
from app.extensions import db

COUNTER = "document_report"
REPORTED, ANSWERED = "document_reported", "document_report_answered"


@dataclass(frozen=True)
class About:
    """What a report is about, as letters name it."""

    table: str
    row_id: int
    owner: int
    reference: str
    record_type: str
    person_name: str
    title: str


def about(row: IssuedDocument | ExportFile) -> About:
    """Return how letters name a document, or an export of several."""
    if isinstance(row, ExportFile):
        return About(
            ExportFile.__tablename__, row.id, row.organisation_id, row.name,
            N_("Export of documents"), "", "",
        )  # fmt: skip
    return About(
        IssuedDocument.__tablename__, row.id, row.provider_id, row.reference,
        RECORD_TYPES[RecordType(row.record_type)], row.holder, row.title,
    )  # fmt: skip


def report(
    row: IssuedDocument | ExportFile, text: str, wanted: str, *, at: datetime
) -> DocumentReport:
    """Report that something is wrong with a document or an export, by letter to the awarding body.

    ``wanted`` is what would be right, or empty. Raise ConflictError when nothing is said, or when
    a report about it still waits for its answer.
    """
    session, viewer = db.session(), viewers.of(db.session())
    if not text.strip():
        raise ConflictError(say("Say what is wrong."))
    _refuse_second(row)
    said = about(row)
    is_document = isinstance(row, IssuedDocument)
    made = DocumentReport(
        number=take_numbers(session, COUNTER)[0],
        document_id=row.id if is_document else None,
        export_id=None if is_document else row.id,
        provider_id=said.owner, text=text.strip(), wanted=wanted.strip(),
        created_by_id=viewer.user_id, created_by=viewer.actor, created_at=at,
        state=rules.REPORT_OPEN.code,
    )  # fmt: skip
    session.add(made)
    session.flush()
    _note(row, said, made, "error_reported", made.text, at)
    _post(made, said, REPORTED, _body(said.owner), at)
    return made


def _refuse_second(row: IssuedDocument | ExportFile) -> None:
    column = (
        DocumentReport.document_id if isinstance(row, IssuedDocument) else DocumentReport.export_id
    )
    statement = select(DocumentReport.number).where(
        column == row.id, DocumentReport.state == rules.REPORT_OPEN.code
    )
    number = db.session.scalar(statement.limit(1))
    if number is not None:
        raise ConflictError(
            say("Report %(number)s about it still waits for its answer.", number=number)
        )


def answer(made: DocumentReport, text: str, *, at: datetime) -> None:
    """Answer a report: the centre gets a letter, the record keeps the answer.

    Raise ForbiddenError without the permission, ConflictError for an empty answer,
    IllegalMoveError when it was answered already.
    """
    session, viewer = db.session(), viewers.of(db.session())
    if Permission.ISSUE_DOCUMENTS.code not in viewer.permissions:
        raise ForbiddenError("Reports are answered by the awarding body.")
    if not text.strip():
        raise ConflictError(say("Say what was found, or what was done."))
    values = {"answer": text.strip(), "answered_at": at, "answered_by": viewer.actor}
    workflow.make_moves(session, [made], "answer", at=at, values=values)
    row = made.document or made.export
    assert row is not None
    said = about(row)
    _note(row, said, made, "report_answered", text.strip(), at)
    _post(made, said, ANSWERED, _centre(made.provider_id), at)


def do_once(token: str, work: Callable[[], str]) -> tuple[str, bool]:
    """Do ``work`` for the first form with this token; return what it returned, and if now."""
    return idempotency.once(db.session(), token, "report a document", work)


def _note(
    row: IssuedDocument | ExportFile, said: About, made: DocumentReport, what: str, text: str,
    at: datetime,
) -> None:  # fmt: skip
    subject = audit.Subject(said.table, row.id, said.owner, row.version)
    reason = f"{made.number}: {text}"
    audit.write(
        db.session(), audit.rows_of_events(db.session(), [subject], what, reason=reason, at=at)
    )


def _body(organisation_id: int) -> tuple[str, str]:
    """Return address and name of the body that answers for an organisation's documents."""
    block = contact_block(organisation_id) or {}
    if not block.get("email"):
        raise NotFoundError("The awarding body has no email address. Telephone it instead.")
    return block["email"], block["name"]


def _centre(organisation_id: int) -> tuple[str, str]:
    statement = (
        select(OrganisationDetail.email, Organisation.name)
        .join(Organisation, Organisation.id == OrganisationDetail.organisation_id)
        .where(Organisation.id == organisation_id)
    )
    found = db.session.execute(statement).one_or_none()
    return ("", "") if found is None else (found[0], found[1])


def _post(made: DocumentReport, said: About, code: str, to: tuple[str, str], at: datetime) -> None:
    email, name = to
    context = {
        "recipient_name": name,
        "person_name": said.person_name,
        "reference": said.reference,
        "record_type": said.record_type,
        "title": said.title,
        "number": str(made.number),
        "provider_name": made.provider.name,
        "reported_by": made.created_by,
        "wrong": made.text,
        "right": made.wanted,
        "link": f"/document-reports/{made.id}",
    }
    if code == ANSWERED:
        context["answer"] = made.answer
    subject = (DocumentReport.__tablename__, made.id)
    outbox.post(db.session(), [Draft(code, email, name, subject, made.provider_id, context)], at=at)
