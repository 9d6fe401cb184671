"""Writes the PDF of an issued invoice from what was frozen with it, and stores it."""

from flask import current_app

from app.clock import now
from app.documents.invoice import read_content, render_invoice
from app.domain.kernel.tables import StoredFile
from app.domain.kernel.viewer import PRINTER, seen_by
from app.domain.orders.models import Invoice
from app.extensions import db
from app.jobs.runner import Work
from app.storage import storage_of


def render(work: Work) -> None:
    """Set the invoice that the job names, unless its PDF is there already."""
    invoice_id = work.payload["invoice_id"]
    with seen_by(PRINTER):
        invoice = db.session.get_one(Invoice, invoice_id)
        if invoice.file_id is not None:
            return
        content, name, owner = invoice.content, invoice.shown_number, invoice.order.organisation_id
    pdf = render_invoice(read_content(content))
    key = storage_of(current_app.config).put(pdf)
    with work.chunk(PRINTER):
        file = StoredFile(
            organisation_id=owner,
            key=key,
            name=f"{name}.pdf",
            media_type="application/pdf",
            size=len(pdf),
            created_at=now(),
        )
        db.session.add(file)
        db.session.get_one(Invoice, invoice_id).file = file
        work.done = work.total = 1
