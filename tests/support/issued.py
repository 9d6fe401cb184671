"""Documents that were issued, made below the services, for tests of what becomes of them."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app import models
from app.domain.kernel.document_numbers import new_code, new_reference
from app.domain.kernel.identifiers import email_key, name_key
from app.domain.kernel.numbering import take_numbers
from app.domain.kernel.viewer import SYSTEM
from app.domain.registrations.rules import enrolment_number
from app.extensions import db
from app.transaction import transaction

PROVIDER, RIVAL = "Calder Vale Training Ltd", "Northmoor Skills Ltd"
TYPES = ("certificate", "transcript", "letter")
TITLE = "Level 3 Diploma in Electrical Installation"
ISSUED_ON = date(2026, 9, 1)


@dataclass(frozen=True)
class Issued:
    """A job: its id, the ids of its documents by learner, and of its registrations."""

    job: int
    documents: dict[str, list[int]]
    registrations: dict[str, int]
    people: dict[str, int]


def issue(inside, learners, *, centre=PROVIDER, types=TYPES, state="valid") -> Issued:
    """Issue documents of each type for ``learners``, {(first names, surname): address}."""
    with inside(SYSTEM), transaction():
        return issue_here(learners, centre=centre, types=types, state=state)


def issue_here(learners, *, centre=PROVIDER, types=TYPES, state="valid") -> Issued:
    """Do the same in the present transaction, whose viewer must see everything."""
    session = db.session
    owner = session.scalars(
        select(models.Organisation).where(models.Organisation.name == centre)
    ).one()
    _settle()
    job = models.PrintJob(
        number=take_numbers(session(), "print_job")[0], provider_id=owner.id,
        requested=len(learners) * len(types), search_text=name_key(centre),
    )  # fmt: skip
    session.add(job)
    session.flush()
    found = Issued(job.id, {}, {}, {})
    for (first, last), email in learners.items():
        award = _award(owner, first, last, email)
        made = [_document(award, job, each, state) for each in types]
        session.add_all(made)
        session.flush()
        name = f"{first} {last}"
        found.documents[name] = [each.id for each in made]
        found.registrations[name] = award.registration_id
        found.people[name] = award.person_id
    return found


def many(count, *, start=0):
    """Return so many learners, each with an address."""
    return {
        ("Noa", f"Learner{_letters(number)}"): f"noa{number}@example.com"
        for number in range(start, start + count)
    }


def _letters(number):
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def _settle():
    if db.session.scalar(select(models.DocumentSettings.id).limit(1)) is None:
        db.session.add(models.DocumentSettings())
    if db.session.scalar(select(models.TemplateVersion.id).limit(1)) is None:
        db.session.add(models.TemplateVersion(record_type="certificate", number=1, source="Hi"))
    db.session.flush()


def _award(owner, first, last, email):
    person = models.Person(
        first_names=first, surname=last, name_key=name_key(last, first),
        birth_date=date(2005, 3, 27), email=email, email_key=email_key(email),
    )  # fmt: skip
    link = models.PersonOrganisation(person=person, organisation_id=owner.id)
    scheme = db.session.scalars(
        select(models.Scheme).where(models.Scheme.kind == "apprentice").order_by(models.Scheme.id)
    ).first()
    number = take_numbers(db.session(), "registration")[0]
    registration = models.Registration(
        number=number, enrolment_number=enrolment_number(number), kind="apprentice",
        scheme=scheme, person=person, provider_id=owner.id, state="completed",
        applicant_key=person.name_key, search_text=person.name_key,
    )  # fmt: skip
    award = models.Award(
        number=take_numbers(db.session(), "award")[0], registration=registration, person=person,
        provider_id=owner.id, title=TITLE, outcome="pass", awarded_on=ISSUED_ON, components=[],
        holder_key=person.name_key, search_text=person.name_key, state="certificated",
    )  # fmt: skip
    db.session.add_all([person, link, registration, award])
    db.session.flush()
    return award


def _document(award, job, record_type, state):
    file = models.StoredFile(
        organisation_id=award.provider_id, key="0" * 64, name="document.pdf",
        media_type="application/pdf", size=1, facts={},
    )  # fmt: skip
    return models.IssuedDocument(
        file=None if state in ("pending", "failed") else file,
        job=job, award=award, registration=award.registration, person=award.person,
        provider_id=award.provider_id, record_type=record_type, reference=new_reference(),
        code=new_code(), content={}, issued_on=ISSUED_ON, holder=award.person.full_name,
        template_version_id=db.session.scalar(select(models.TemplateVersion.id).limit(1)),
        title=award.title, holder_key=award.holder_key, search_text=award.holder_key, state=state,
    )  # fmt: skip
