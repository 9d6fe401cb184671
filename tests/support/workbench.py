"""Uploads as tests attack them: rows, what becomes of them, and how they are submitted."""

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import select

from app.clock import now
from app.domain.imports import queries, service
from app.domain.imports.models import ImportRow
from app.domain.orders.service.purchase import Details
from app.extensions import db
from app.transaction import transaction
from tests.support import bulk
from tests.support.uploads import letters

BORN = date(1990, 1, 2)


def details(place: int) -> Details:
    """Return what SUBMIT PURCHASE says, for a place."""
    return Details(
        customer_reference="PO 77", accounts_contact_name="Alma Reyes",
        accounts_contact_email="alma@example.com", delivery_attention="Alma Reyes",
        invoice_to=place, deliver_to=place,
    )  # fmt: skip


def submit(as_someone: Callable[[], Any], draft: int) -> int:
    """Finalise the valid rows of a draft; return the order, which a worker puts together."""
    with as_someone(), transaction():
        import_ = queries.find_import(draft)
        return service.finalise(
            import_, details(import_.organisation_id), import_.version, now()
        ).id


def rows_of(import_id: int) -> list[ImportRow]:
    """Return the rows of an import in their order."""
    statement = select(ImportRow).where(ImportRow.import_id == import_id).order_by(ImportRow.id)
    return list(db.session.scalars(statement))


def card(number: int, **instead: Any) -> tuple[Any, ...]:
    """Return a row that asks for the first card of somebody new, with the photo p1.jpg, p2.jpg …"""
    return bulk.row(0, **{
        "Firstname": "Zofia", "Lastname": f"Name{letters(number)}", "DateOfBirth": BORN,
        "ECSNumber": None, "RequestType": "Initial", "Image": f"p{number}.jpg", **instead,
    })  # fmt: skip
