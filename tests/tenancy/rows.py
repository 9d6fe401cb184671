"""Rows of every tenant-owned table, made below the services, for two organisations."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from app import models
from app.clock import now
from app.domain.kernel.identifiers import name_key
from app.domain.kernel.numbering import take_numbers
from app.domain.registrations.rules import enrolment_number
from app.extensions import db
from tests.tenancy.document_rows import documents

OWN, FOREIGN = "Calder Vale Training Ltd", "Northmoor Skills Ltd"
NO_FILE = "0" * 64


@dataclass
class Tenant:
    """One provider's rows, by the name of their model."""

    organisation: models.Organisation
    rows: dict[str, Any]
    all: list[Any]

    def ids_of(self, model: type[Any]) -> list[int]:
        """Return the ids of this tenant's rows of ``model``."""
        return [int(row.id) for row in self.all if isinstance(row, model)]


def provider(name: str) -> models.Organisation:
    """Return the training provider called ``name``."""
    return db.session.execute(
        select(models.Organisation).where(models.Organisation.name == name)
    ).scalar_one()


def plant(name: str, surname: str, photo: str = NO_FILE) -> Tenant:
    """Make rows of every table for the provider called ``name``; flush, do not commit.

    ``photo`` is the key of a picture in the storage. A new table gets its row here.
    """
    owner = provider(name)
    user = _somebody_of(owner)
    made: list[Any] = [_detail(owner)]
    made += _person(owner, surname, photo)
    person = next(row for row in made if isinstance(row, models.Person))
    made += _registrations(owner, person)
    made += _standards(owner, person)
    batch = next(row for row in made if isinstance(row, models.RegistrationBatch))
    made += _on_a_standard(owner, person, batch)
    application = next(row for row in made if isinstance(row, models.CardApplication))
    made += _order(owner, user, application, surname)
    order = next(row for row in made if isinstance(row, models.Order))
    made += _line_of_a_standard(order, made)
    made += _money(order, user, owner)
    made += _letter(order, owner, surname)
    made += _add(
        models.SavedFilter(
            organisation_id=owner.id, user_id=user.id, list_name="OrdersView", name=surname,
            asked={"tab": "history"},
        )
    )  # fmt: skip
    made += _import(owner, user, made[1], person)
    made += _assessment(owner, person)
    made += documents(owner, person, next(r for r in made if isinstance(r, models.Registration)))
    db.session.flush()
    by_name: dict[str, Any] = {}
    for row in made:
        by_name.setdefault(type(row).__name__, row)
    return Tenant(owner, by_name, made)


def _add(*rows: Any) -> list[Any]:
    db.session.add_all(rows)
    db.session.flush()
    return [*rows]


def _somebody_of(owner: models.Organisation) -> models.PortalUser:
    statement = (
        select(models.PortalUser)
        .join(models.Membership, models.Membership.user_id == models.PortalUser.id)
        .where(models.Membership.organisation_id == owner.id)
    )
    return db.session.scalars(statement.order_by(models.PortalUser.id)).first()


def numbered() -> dict[str, Any]:
    """Return what a registration made below the services is called by."""
    number = take_numbers(db.session(), "registration")[0]
    return {"number": number, "enrolment_number": enrolment_number(number)}


def _detail(owner: models.Organisation) -> models.OrganisationDetail:
    return db.session.scalars(
        select(models.OrganisationDetail).where(
            models.OrganisationDetail.organisation_id == owner.id
        )
    ).one()


def _person(owner: models.Organisation, surname: str, photo: str) -> list[Any]:
    (file,) = _add(
        models.StoredFile(
            organisation_id=owner.id,
            key=photo,
            name="photo.jpg",
            media_type="image/jpeg",
            size=1,
            facts={"width": 700, "height": 900},
        )
    )
    person = models.Person(
        first_names="Jeff", surname=surname, name_key=name_key(surname, "Jeff"),
        birth_date=date(2005, 3, 27), email=f"{surname.casefold()}@example.com",
        email_key=f"{surname.casefold()}@example.com", photo_id=file.id,
    )  # fmt: skip
    _add(person)
    (link,) = _add(models.PersonOrganisation(person=person, organisation_id=owner.id))
    employer = db.session.scalars(
        select(models.Organisation).where(models.Organisation.kind == "employer")
    ).first()
    employment = models.Employment(person=person, employer_id=employer.id, recorded_by_id=owner.id)
    return [file, person, link, *_add(employment)]


def _registrations(owner: models.Organisation, person: models.Person) -> list[Any]:
    made: list[Any] = []
    for kind in ("apprentice", "trainee"):
        scheme = db.session.scalars(
            select(models.Scheme).where(models.Scheme.kind == kind).order_by(models.Scheme.id)
        ).first()
        state = "on_order" if kind == "apprentice" else "in_progress"
        registration = models.Registration(
            **numbered(), kind=kind, scheme=scheme,
            pathway=scheme.pathways[0], person=person, provider_id=owner.id, state=state,
            start_date=date(2026, 9, 1), start_key=date(2026, 9, 1), health_and_safety=True,
            stage_reached_on=date(2026, 9, 1), applicant_key=person.name_key,
            search_text=person.name_key,
        )  # fmt: skip
        stage = models.RegistrationStage(
            registration=registration, number=1, reached_on=date(2026, 9, 1)
        )
        batch = models.CardBatch(
            number=take_numbers(db.session(), "card_batch")[0], provider_id=owner.id
        )
        made += _add(registration, stage, batch)
        made += _add(
            models.CardApplication(
                number=take_numbers(db.session(), "card_application")[0],
                registration=registration, provider_id=owner.id, product=scheme.product,
                batch=batch, state="awaiting_payment", person=person, applicant_key=person.name_key,
                administering_body_id=scheme.administering_body_id, search_text=person.name_key,
            )
        )  # fmt: skip
    return made


def _standards(owner: models.Organisation, person: models.Person) -> list[Any]:
    package = db.session.scalars(select(models.Package).order_by(models.Package.id.desc())).first()
    version_id = package.standard_version_id
    approval = db.session.scalars(
        select(models.CentreApproval).where(
            models.CentreApproval.organisation_id == owner.id,
            models.CentreApproval.standard_version_id == version_id,
        )
    ).one_or_none() or models.CentreApproval(
        organisation_id=owner.id, standard_version_id=version_id, approved_from=date(2026, 1, 1)
    )
    batch = models.RegistrationBatch(
        number=take_numbers(db.session(), "registration_batch")[0], provider_id=owner.id,
        standard_version_id=version_id, package_id=package.id,
    )  # fmt: skip
    user = _somebody_of(owner)
    draft = models.BatchDraft(
        provider_id=owner.id, created_by_id=user.id, changed_by_id=user.id,
        purchase_order_number=owner.name,
    )  # fmt: skip
    candidates = [
        models.BatchCandidate(draft=draft, person=person),
        models.BatchCandidate(draft=draft, answers={"surname": person.surname}),
    ]
    return _add(approval, batch, draft, *candidates)


def _on_a_standard(owner: models.Organisation, person: models.Person, batch: Any) -> list[Any]:
    return _add(
        models.Registration(
            **numbered(), kind="standard",
            scheme_id=batch.standard_version.scheme_id, package_id=batch.package_id, batch=batch,
            person=person, provider_id=owner.id, state="on_order", start_date=date(2026, 9, 1),
            start_key=date(2026, 9, 1), applicant_key=person.name_key, search_text=person.name_key,
        )
    )  # fmt: skip


def _line_of_a_standard(order: models.Order, made: list[Any]) -> list[Any]:
    registration = next(
        row for row in made if isinstance(row, models.Registration) and row.kind == "standard"
    )
    return _add(
        models.OrderLine(
            order=order, product=registration.package.product, registration=registration,
            unit_net=79500, vat_category="S", vat_rate=2000, net=79500, vat=15900,
        )
    )  # fmt: skip


def _order(
    owner: models.Organisation, user: models.PortalUser, application: Any, surname: str
) -> list[Any]:
    scheme = application.registration.scheme
    order = models.Order(
        reference=f"TEN{surname.upper()[:14]}", organisation_id=owner.id, invoice_to_id=owner.id,
        deliver_to_id=owner.id, administering_body_id=scheme.administering_body_id,
        raised_by_id=user.id, state="open", customer_reference=f"PO {surname}",
    )  # fmt: skip
    _add(order)
    line = models.OrderLine(
        order=order, product=scheme.product, application=application, unit_net=11700,
        vat_category="S", vat_rate=2000, net=11700, vat=2340,
    )  # fmt: skip
    return [order, *_add(line)]


def _money(order: models.Order, user: models.PortalUser, owner: models.Organisation) -> list[Any]:
    (number,) = take_numbers(db.session(), "invoice")
    payment = models.Payment(
        order=order, attempt=1, gateway="test gateway", key=f"{order.reference}-1", amount=14040,
        state="declined", session_id=f"session-{order.reference}", expires_at=now() + timedelta(1),
    )  # fmt: skip
    receipt = models.Receipt(
        received_on=date(2026, 9, 2), amount=1000, payer=owner.name, entered_by_id=user.id
    )
    invoice = models.Invoice(number=number, order=order, net=1, vat=0, total=1, content={})
    made = _add(payment, receipt, invoice)
    allocation = models.Allocation(
        receipt=receipt, order=order, amount=600, allocated_by_id=user.id
    )
    return made + _add(allocation)


def _import(
    owner: models.Organisation,
    user: models.PortalUser,
    file: models.StoredFile,
    person: models.Person,
) -> list[Any]:
    (upload,) = _add(
        models.Import(
            organisation_id=owner.id, target="applications", name=f"Upload of {person.surname}",
            created_by_id=user.id, state="open",
        )
    )  # fmt: skip
    (sheet,) = _add(
        models.ImportFile(
            import_=upload, stored=file, name="staff.xlsx", brought_by_id=user.id, state="asking",
            sheets=["First", "Second"], heads=["Lastname", "DateOfBirth", "NINumber"],
            mapping=["surname", "birth_date", "ni_number"],
        )
    )  # fmt: skip
    of = {"import_id": upload.id, "organisation_id": owner.id}
    (row,) = _add(_row(sheet, person, of))
    (photo,) = _add(
        models.ImportPhoto(
            import_=upload, organisation_id=owner.id, name="photo.jpg", digest=person.surname,
            source=file, photo=file, crop={},
        )
    )  # fmt: skip
    other = _add(
        models.CellError(row_id=row.id, field="gender", raw="Q", words="Choose one.", **of),
        models.ImportAction(what="fix", said="1 row", done_by=user.full_name, **of),
        models.HeadMapping(
            organisation_id=owner.id, target="applications", signature=person.surname, mapping=[]
        ),
    )
    return [upload, sheet, row, photo, *other]


def _row(
    sheet: models.ImportFile, person: models.Person, of: Mapping[str, int]
) -> models.ImportRow:
    """Return a row that is wrong, whose person may be known, and that holds personal data."""
    values = {"surname": person.surname, "birth_date": "2005-03-27", "ni_number": "NN987654D"}
    match = {"person": person.id, "name": person.full_name, "reasons": ["The same name"],
             "weight": 1, "elsewhere": False}  # fmt: skip
    return models.ImportRow(
        file_id=sheet.id, number=2, state="error", values=values, matches=[match],
        cells=[person.surname, {"d": "2005-03-27"}, "NN987654D"], asks={"": "person"}, **of,
    )  # fmt: skip


def _letter(order: models.Order, owner: models.Organisation, surname: str) -> list[Any]:
    return _add(
        models.Letter(
            code="order_submitted", organisation_id=owner.id, subject_table="orders",
            subject_id=order.id, to_email="a@example.com", to_name=surname, context=_said(order),
            search_text=surname.casefold(),
            message_id=f"{surname}@letters", created_at=now(),
        )
    )  # fmt: skip


def _assessment(owner: models.Organisation, person: models.Person) -> list[Any]:
    venue = db.session.scalars(select(models.AssessmentVenue)).first() or models.AssessmentVenue(
        name="A hall", address="1 Station Road", postcode="LS1 4AP"
    )
    begins = now() + timedelta(14)
    slot = models.AssessmentSlot(
        venue=venue, starts_at=begins, closes_at=begins, places=9, taken=1, state="open"
    )
    _add(venue, slot)
    booking = models.AssessmentBooking(
        number=take_numbers(db.session(), "assessment_booking")[0], slot=slot, person=person,
        provider_id=owner.id, starts_at=begins, applicant_key=person.name_key, state="booked",
        search_text=person.name_key,
    )  # fmt: skip
    return _add(booking)


def _said(order: models.Order) -> dict[str, Any]:
    return {
        "recipient_name": "A", "order_reference": order.reference, "raised_by": "B",
        "customer_reference": order.customer_reference, "raised_on": "2026-09-01", "lines": [],
        "organisation_name": "C", "net": 1, "vat": 0, "total": 1, "link": f"/orders/{order.id}",
    }  # fmt: skip
