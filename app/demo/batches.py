"""Batches of the demo world: one saved and paid, one with an error reported, one not saved yet."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from app.demo import buying
from app.demo.acting import on
from app.demo.buying import Buyer
from app.demo.names import EMPLOYERS, ERNS
from app.demo.people import PHONES, invent, uln
from app.domain.catalogue.models import Package
from app.domain.imports.batches import saving, service
from app.domain.imports.batches.models import BatchDraft
from app.domain.kernel.dates import add_months
from app.domain.kernel.viewer import Viewer
from app.domain.orders.service.purchase import Details
from app.domain.registrations.models import Registration
from app.domain.registrations.service import standard_changes
from app.extensions import db

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FRESH = 600
"""From here on numbers of candidates whom nobody has registered yet."""


def put_together(
    centre: Viewer, numbers: Sequence[int], gateway: str, today: datetime, chance: Random
) -> None:
    """Let a centre register a batch and pay for it, report an error, and begin another batch."""
    at = today - 24 * DAY
    order = _saved(centre, numbers[:-2], "ACAP01C", at, chance, "PO-B201")
    buyer = Buyer(centre, centre.user_name, "exams@airevalley.example", centre.organisation_id or 0)
    buying.pay_by_card(buyer, order, gateway, at + HOUR)
    _saved(centre, numbers[-2:], "LVAP03D", today - 3 * DAY, chance, "PO-B202")
    _report(centre, today - 5 * DAY)
    _begin(centre, today - 2 * HOUR, chance)


def _package(code: str) -> Package:
    return db.session.scalars(select(Package).where(Package.code == code)).one()


def _header(package: Package, start: date, purchase_order: str) -> dict[str, Any]:
    return {
        "standard": package.standard_version_id,
        "package": package.id,
        "default_start_date": start,
        "default_expected_end_date": add_months(start, 30),
        "default_assessment_start_date": add_months(start, 26),
        "default_funding_type": "LEVY",
        "purchase_order_number": purchase_order,
    }


def _filled(draft: BatchDraft, numbers: Sequence[int], at: datetime, chance: Random) -> None:
    for number in numbers:
        service.add_new(draft, _answers(number, at.date(), chance), at)


def _answers(number: int, today: date, chance: Random) -> dict[str, str]:
    said = invent(number, chance, today)
    name, _town, postcode, _contact = EMPLOYERS[number % len(EMPLOYERS)]
    return {
        **{each: said[each] for each in ("title", "first_names", "surname", "gender", "email")},
        "birth_date": f"{said['birth_date']:%d/%m/%Y}",
        "uln": said["uln"] or uln(number) or uln(number + 5000) or "",
        "phone": PHONES.format(60000 + number % 1000),
        "employer_ern": ERNS[number % len(ERNS)],
        "employer_name": name,
        "employer_postcode": postcode,
        "employer_phone": PHONES.format(60900 + number % 100),
        "employee_position": "Apprentice technician",
    }


def _saved(
    centre: Viewer, numbers: Sequence[int], code: str, at: datetime, chance: Random, order: str
) -> int:
    """Put a batch together and save it; return the id of its order."""
    with on(at, centre):
        draft = service.begin(at)
        service.keep(draft, _header(_package(code), at.date(), order), draft.version, at)
        _filled(draft, numbers, at, chance)
        own = centre.organisation_id or 0
        details = Details(
            customer_reference=order,
            accounts_contact_name=centre.user_name,
            accounts_contact_email="exams@airevalley.example",
            delivery_attention=centre.user_name,
            invoice_to=own,
            deliver_to=own,
        )
        saving.save(draft, draft.version, details, at)
        assert draft.order_id is not None
        return draft.order_id


def _first() -> Registration:
    statement = select(Registration).where(Registration.kind == "standard")
    return db.session.scalars(statement.order_by(Registration.id).limit(1)).one()


def _report(centre: Viewer, at: datetime) -> None:
    with on(at, centre):
        found = _first()
        wrong = f"First name: {found.person.first_names}"
        standard_changes.report_error(found, wrong, f"{wrong} James", at)


def _begin(centre: Viewer, at: datetime, chance: Random) -> None:
    """Leave a batch with somebody on record and a new candidate, without a package yet."""
    with on(at, centre):
        draft = service.begin(at)
        header = _header(_package("HVAP01D"), at.date(), "") | {"package": None}
        service.keep(draft, header, draft.version, at)
        service.add_known(draft, _first().person_id, at)
        _filled(draft, [FRESH], at, chance)
