"""Card applications of their own: made by hand or by the thousand, and changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select

from app.domain.catalogue import queries as catalogue
from app.domain.catalogue.models import Occupation, Product
from app.domain.kernel import audit, scope, versions, workflow
from app.domain.kernel import viewer as viewers
from app.domain.kernel.identifiers import name_key
from app.domain.kernel.numbering import take_numbers
from app.domain.people import service as people
from app.domain.people.models import Person
from app.domain.registrations import rules
from app.domain.registrations.application_fields import card_application
from app.domain.registrations.assessments.models import AssessmentBooking
from app.domain.registrations.models import CardApplication
from app.domain.registrations.rules import Request
from app.errors import ConflictError, FieldErrors
from app.extensions import db


@dataclass(frozen=True, kw_only=True)
class ApplicationDraft:
    """One card application to be made; what is missing may be added later.

    ``person`` is somebody known to the organisation, or the values of a new person as
    ``people.service.add_person`` takes them (``photo_id`` among them). ``scheme_number`` is the
    number on the present card.
    """

    request: str
    person: Person | Mapping[str, Any]
    occupation_id: int | None = None
    health_and_safety: bool | None = None
    scheme_number: str | None = None
    initials: str = ""


def apply_many(drafts: Sequence[ApplicationDraft], at: datetime) -> list[CardApplication]:
    """Make card applications for the viewer's organisation, in the order of ``drafts``.

    Those that lack nothing are valid, the others started. A dozen statements for five hundred
    people who are known, and a handful more for those who are new.
    Raise ConflictError when a request type has no product, or when a number on a card is on
    record for somebody else.
    """
    if not drafts:
        return []
    session = db.session()
    viewer = viewers.of(session)
    if viewer.organisation_id is None:
        raise ConflictError("Choose the organisation that you work for first.")
    products = _products({draft.request for draft in drafts})
    body = catalogue.body_of(viewer.organisation_id)
    persons = _persons(drafts, at)
    people.set_numbers(
        [
            (person, draft.scheme_number)
            for person, draft in zip(persons, drafts, strict=True)
            if draft.scheme_number
        ]
    )
    numbers = take_numbers(session, "card_application", len(drafts))
    rows = [
        {
            "number": number,
            "kind": Request(draft.request).value,
            "person_id": person.id,
            "provider_id": viewer.organisation_id,
            "administering_body_id": body.id,
            "product_id": products[draft.request].id,
            "occupation_id": draft.occupation_id,
            "initials": draft.initials or "",
            "health_and_safety": draft.health_and_safety,
            "state": _first_state(draft, person),
            "created_by_id": viewer.user_id,
            "created_at": at,
            "applicant_key": person.name_key,
            "search_text": searchable(number, person),
        }
        for number, draft, person in zip(numbers, drafts, persons, strict=True)
    ]
    scope.create_many(session, CardApplication, rows)
    made = _numbered(numbers)
    subjects = [audit.Subject(each.__tablename__, each.id, each.provider_id) for each in made]
    audit.write(session, audit.rows_of_events(session, subjects, "created", at=at))
    return made


def apply(draft: ApplicationDraft, at: datetime) -> CardApplication:
    """Make one card application; refuse a second one of its kind that is still under way."""
    if isinstance(draft.person, Person):
        _refuse_second(draft.person, draft.request)
    return apply_many([draft], at)[0]


def change_application(
    application: CardApplication,
    values: Mapping[str, Any],
    person_values: Mapping[str, Any],
    version: int,
    person_version: int,
    at: datetime,
) -> None:
    """Change an application that is not ordered yet, and what it says of its person.

    One that is on hold until whoever applied acts can be changed too, but for what is asked for,
    which is paid; it must not lack anything then.

    Raise StaleError, with both versions in words, when somebody else changed either meanwhile.
    """
    if application.registration_id is not None:
        raise ConflictError("This application belongs to a registration. Change that one.")
    on_hold = application.state == rules.ON_HOLD.code and application.waits_for == "provider"
    if application.state not in {state.code for state in rules.UNFINISHED} and not on_hold:
        label = application.state_shown.label.lower()
        raise ConflictError(f"This application is {label}; it is not changed any more.")
    shown = SimpleNamespace(
        occupation=application.occupation_id, request_type=application.kind,
        initials=application.initials, health_and_safety=application.health_and_safety,
        scheme_number=application.person.scheme_number,
    )  # fmt: skip
    versions.refuse_stale(
        application, version, card_application(occupation_choices()).fields, values, shown=shown
    )
    if person_values:
        people.change_person(application.person, person_values, person_version)
    number = values.get("scheme_number")
    if number and number != application.person.scheme_number:
        people.set_numbers([(application.person, number)])
    if not on_hold:
        application.kind = Request(values["request_type"]).value
        application.product = _products({application.kind})[application.kind]
    application.occupation_id = values["occupation"]
    application.initials = values.get("initials") or ""
    application.health_and_safety = values["health_and_safety"]
    application.applicant_key = application.person.name_key
    application.search_text = searchable(application.number, application.person)
    db.session.flush()
    lacking = workflow.missing(application, rules.FOR_A_CARD) if on_hold else []
    if lacking:
        raise ConflictError(". ".join(lacking))
    verify_applications([application], at)


def verify_applications(applications: Sequence[CardApplication], at: datetime) -> list[list[str]]:
    """Check applications anew; return in words what each still lacks (A83)."""
    session = db.session()
    kept = people_of(applications)  # so that the rows find them without asking
    lacking = [workflow.missing(each, rules.FOR_A_CARD) for each in applications]
    for code, state, wanted in (
        ("complete_details", rules.APPLICATION_STARTED, False),
        ("reopen_details", rules.APPLICATION_VALID, True),
    ):
        moved = [
            each
            for each, words in zip(applications, lacking, strict=True)
            if each.state == state.code and bool(words) is wanted
        ]
        workflow.make_moves(session, moved, code, at=at)
    del kept
    return lacking


def follow_people(persons: Sequence[Person], at: datetime) -> None:
    """Let the viewer's applications and bookings follow what became of their people."""
    by_id = {person.id: person for person in persons}
    statement = select(CardApplication).where(CardApplication.person_id.in_(by_id))
    found = list(db.session.scalars(statement))
    for each in found:
        each.applicant_key = by_id[each.person_id].name_key
        each.search_text = searchable(each.number, by_id[each.person_id])
    bookings = select(AssessmentBooking).where(AssessmentBooking.person_id.in_(by_id))
    for booking in db.session.scalars(bookings):
        person = by_id[booking.person_id]
        booking.applicant_key = person.name_key
        booking.search_text = searchable(booking.number, person)
    db.session.flush()
    verify_applications([each for each in found if each.registration_id is None], at)


def searchable(number: int, person: Person) -> str:
    """Return what the search box looks in: number, name and the number on the card."""
    said = (str(number), person.name_key, person.scheme_number)
    return name_key(*(each for each in said if each))[:600]


def occupation_choices() -> list[tuple[int, str]]:
    """Return what can be chosen as occupation: id and "317 Name"."""
    return [(each.id, str(each)) for each in catalogue.occupations()]


def people_of(applications: Sequence[CardApplication]) -> list[Person]:
    """Load the people of many applications in one statement; keep the list while using them."""
    ids = {each.person_id for each in applications}
    return list(db.session.scalars(select(Person).where(Person.id.in_(ids))).unique())


def _products(requests: set[str]) -> dict[str, Product]:
    known = catalogue.products_by_application_kind()
    lacking = sorted(requests - set(known))
    if lacking:
        raise ConflictError(
            f"There is no product for {', '.join(lacking)} applications. Ask the awarding body to "
            "add one to its catalogue."
        )
    return known


def _persons(drafts: Sequence[ApplicationDraft], at: datetime) -> list[Person]:
    values = [draft.person for draft in drafts if not isinstance(draft.person, Person)]
    ids = people.add_many(values, at=at)
    made = db.session.scalars(select(Person).where(Person.id.in_(ids))) if ids else ()
    by_id = {person.id: person for person in made}
    new = iter(ids)
    return [
        draft.person if isinstance(draft.person, Person) else by_id[next(new)] for draft in drafts
    ]


def _first_state(draft: ApplicationDraft, person: Person) -> str:
    wanted = SimpleNamespace(
        kind=draft.request, person=person, occupation_id=draft.occupation_id,
        health_and_safety=draft.health_and_safety,
    )  # fmt: skip
    lacks = workflow.missing(wanted, rules.FOR_A_CARD)
    return (rules.APPLICATION_STARTED if lacks else rules.APPLICATION_VALID).code


def _numbered(numbers: range) -> list[CardApplication]:
    statement = (
        select(CardApplication)
        .where(CardApplication.number >= numbers.start, CardApplication.number < numbers.stop)
        .order_by(CardApplication.number)
    )
    return list(db.session.scalars(statement))


def _refuse_second(person: Person, request: str) -> None:
    statement = select(CardApplication.number).where(
        CardApplication.person_id == person.id,
        CardApplication.kind == request,
        CardApplication.state.not_in(rules.OVER),
    )
    number = db.session.scalar(statement.limit(1))
    if number is not None:
        kind = rules.REQUESTS[Request(request)].lower()
        raise ConflictError(
            f"{person.full_name} has a {kind} application under way already: {number}."
        )


def check_occupation(occupation_id: int | None) -> None:
    """Raise FieldErrors for an occupation that does not exist."""
    if occupation_id is not None and db.session.get(Occupation, occupation_id) is None:
        raise FieldErrors({"occupation": "Choose an occupation from the list."})
