"""What centres of the demo world do with documents: export them, and report what is wrong."""

from datetime import datetime, timedelta

from sqlalchemy import select

from app.demo.acting import on
from app.domain.awards.models import DocumentReport, ExportFile, IssuedDocument
from app.domain.awards.rules import EXPORT_PENDING, VALID
from app.domain.awards.service import exporting, reporting
from app.domain.kernel.viewer import SYSTEM, Viewer, seen_by
from app.extensions import db
from app.transaction import transaction

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
REPORTED = (
    ("Surname: Łukaszewski", "Surname: Lukaszewski, as on the passport"),
    ("The grade is missing", ""),
)
"""What is wrong, and what would be right; the first report is answered."""
ANSWER = "Thank you. The certificate is replaced today; the old number then says by which one."
EXPORTS = (
    ("Awards of the autumn", "For the audit of the funding body", 15, False),
    ("External moderation", "", 2, False),
    ("Last year", "Documents of last year, for the archive", 30, True),
)
"""Name, description, days ago, and whether it has expired since."""


def report(provider: Viewer, staff: Viewer, today: datetime) -> None:
    """Let a centre report issues with two documents, and staff answer the first."""
    for number, (wrong, right) in enumerate(REPORTED):
        at = today - (6 - number) * DAY
        with on(at, provider):
            document = db.session.get_one(IssuedDocument, _valid(2)[number])
            reporting.report(document, wrong, right, at=at)
    with on(today - 4 * DAY, staff):
        first = select(DocumentReport).order_by(DocumentReport.id).limit(1)
        reporting.answer(db.session.scalars(first).one(), ANSWER, at=today - 4 * DAY)


def export(provider: Viewer, today: datetime) -> None:
    """Let a centre ask for exports, which workers make; one is older than exports are kept."""
    for name, description, days, _ in EXPORTS:
        at = today - days * DAY
        with on(at, provider):
            exporting.export(_valid(12), name, description, acknowledged=True, at=at)
    with seen_by(SYSTEM), transaction():  # all of them can still be made today
        waiting = select(ExportFile).where(ExportFile.state == EXPORT_PENDING.code)
        for each in db.session.scalars(waiting):
            each.expires_at = today + DAY


def expire(today: datetime) -> None:
    """Let the time of the old export have come, once it was made."""
    old = [name for name, _, _, is_over in EXPORTS if is_over]
    with seen_by(SYSTEM), transaction():
        for each in db.session.scalars(select(ExportFile).where(ExportFile.name.in_(old))):
            each.expires_at = today - HOUR


def _valid(count: int) -> list[int]:
    statement = (
        select(IssuedDocument.id)
        .where(IssuedDocument.state == VALID.code, IssuedDocument.file_id.is_not(None))
        .order_by(IssuedDocument.id)
        .limit(count)
    )
    return list(db.session.scalars(statement))
