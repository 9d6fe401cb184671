"""Saving a registration: made or changed, with what follows from its details."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.clock import local
from app.domain.catalogue.models import Pathway, Scheme
from app.domain.kernel import idempotency, versions, workflow
from app.domain.kernel import viewer as viewers
from app.domain.kernel.identifiers import name_key
from app.domain.kernel.numbering import take_numbers
from app.domain.organisations import queries as organisations
from app.domain.organisations.models import Kind as OrganisationKind
from app.domain.organisations.models import Organisation
from app.domain.organisations.service import add_organisation
from app.domain.people import service as people
from app.domain.people.models import Person
from app.domain.registrations import fields, queries, rules
from app.domain.registrations.models import UNSET_DATE, Registration
from app.domain.registrations.rules import Kind
from app.domain.registrations.service import applying, notices
from app.errors import ConflictError, FieldErrors
from app.extensions import db

_PLAIN = (
    "employer_contact_name", "employer_contact_email", "employer_contact_phone", "office_contact",
)  # fmt: skip
_OVER = (rules.COMPLETED.code, rules.WITHDRAWN.code, rules.CANCELLED.code)
_UNFINISHED = tuple(state.code for state in rules.ATTENTION)


def register(
    kind: Kind | str, scheme: Scheme, person: Person, values: Mapping[str, Any], at: datetime
) -> Registration:
    """Register ``person`` on ``scheme``; both letters go out, and it is saved incomplete too.

    ``values`` are read by ``fields.subject(kind)``; ``employer`` and ``pathway`` are ids. Raise
    FieldErrors for a choice that does not fit, ConflictError for a second registration of one
    person on one scheme.
    """
    session = db.session()
    viewer = viewers.of(session)
    if viewer.organisation_id is None:
        raise ConflictError("Choose the organisation that you work for first.")
    _refuse_second(person, scheme)
    number = take_numbers(session, "registration")[0]
    registration = Registration(
        number=number,
        enrolment_number=rules.enrolment_number(number),
        kind=Kind(kind),
        scheme=scheme,
        person=person,
        provider_id=viewer.organisation_id,
        state=rules.STARTED.code,
        created_by_id=viewer.user_id,
        created_at=at,
        applicant_key="",
    )
    _set(registration, values, at)
    if not queries.missing(registration):
        registration.state = rules.AWAITING_FINALISATION.code
    session.add(registration)
    session.flush()
    people.employ(person, registration.employer_id, registration.start_date, local(at).date())
    notices.post_what_changed({}, registration, at)
    return registration


def do_once(token: str, purpose: str, work: Callable[[], str]) -> tuple[str, bool]:
    """Do ``work`` for the first form with this token; return what it returned, and if now."""
    return idempotency.once(db.session(), token, purpose, work)


def change(
    registration: Registration,
    values: Mapping[str, Any],
    version: int,
    at: datetime,
    *,
    person_values: Mapping[str, Any] | None = None,
    person_version: int | None = None,
) -> None:
    """Change a registration, and with ``person_values`` its person; letters go out when due.

    Raise StaleError, with both versions in words, when somebody else changed either meanwhile,
    and FieldErrors when a finalised registration would lose what finalising required.
    """
    if registration.state in _OVER:
        label = registration.state_shown.label.lower()
        raise ConflictError(f"This registration is {label}; it is not changed any more.")
    _refuse_stale(registration, version, values)
    before = notices.letters_of(registration)
    if person_values:
        known = registration.person.version if person_version is None else person_version
        people.change_person(registration.person, person_values, known)
    _set(registration, values, at)
    _keep_finalised(registration)
    db.session.flush()
    if "employer" in values or "employer_name" in values:
        today = local(at).date()
        person, employer_id = registration.person, registration.employer_id
        people.employ(person, employer_id, registration.start_date, today)
    follow_person(registration.person, at)
    notices.post_what_changed(before, registration, at)


def follow_person(person: Person, at: datetime) -> None:
    """Let the viewer's registrations of ``person`` follow their name, numbers and completeness."""
    follow_people([person], at)


def follow_people(persons: Sequence[Person], at: datetime) -> None:
    """Let the viewer's registrations and applications follow what became of many people."""
    session = db.session()
    session.flush()
    statement = (
        select(Registration)
        .where(Registration.person_id.in_([person.id for person in persons]))
        .options(joinedload(Registration.employer), joinedload(Registration.scheme))
    )
    found = list(session.scalars(statement))
    for registration in found:
        set_keys(registration)
    session.flush()
    follow_completeness(found, at)
    applying.follow_people(persons, at)


def follow_completeness(registrations: Sequence[Registration], at: datetime) -> None:
    """Move between started and awaiting finalisation, as something is missing or not."""
    session = db.session()
    waiting = [each for each in registrations if each.state in _UNFINISHED]
    facts = queries.scheme_facts(each.scheme_id for each in waiting) if waiting else {}
    for code, state, lacks in (
        ("complete_details", rules.STARTED, False),
        ("reopen_details", rules.AWAITING_FINALISATION, True),
    ):
        moved = [
            each
            for each in waiting
            if each.state == state.code
            and bool(workflow.missing(each, facts[each.scheme_id].requirements)) is lacks
        ]
        workflow.make_moves(session, moved, code, at=at)


def set_keys(registration: Registration) -> None:
    """Set what lists sort by and search in from what it follows from."""
    person = registration.person
    registration.applicant_key = person.name_key
    registration.start_key = registration.start_date or UNSET_DATE
    said = (
        str(registration.number), registration.enrolment_number, person.name_key,
        person.scheme_number, person.uln, person.email,
        registration.employer.name if registration.employer else "", registration.office_contact,
    )  # fmt: skip
    registration.search_text = name_key(*(each for each in said if each))[:600]


def _set(registration: Registration, values: Mapping[str, Any], at: datetime) -> None:
    if "pathway" in values:
        registration.pathway = _pathway(values["pathway"], registration.scheme)
        registration.pathway_id = registration.pathway.id if registration.pathway else None
    for name in ("start_date", "health_and_safety"):
        if name in values:
            setattr(registration, name, values[name])
    for name in _PLAIN:
        if name in values:
            setattr(registration, name, values[name] or "")
    registration.employer_contact_email = (registration.employer_contact_email or "").casefold()
    if values.get("employer_name") or "employer" in values:
        registration.employer = _employer(values)
        registration.employer_id = registration.employer.id if registration.employer else None
    set_keys(registration)


def _pathway(pathway_id: int | None, scheme: Scheme) -> Pathway | None:
    if pathway_id is None:
        return None
    found = db.session.get(Pathway, pathway_id)
    if found is None or found.scheme_id != scheme.id:
        raise FieldErrors({"pathway": f"Choose one of the pathways of {scheme.name}."})
    return found


def _employer(values: Mapping[str, Any]) -> Organisation | None:
    if values.get("employer_name"):
        name = values["employer_name"]
        known = organisations.employer_named(name)
        return known or add_organisation(kind=OrganisationKind.EMPLOYER, name=name)
    if values.get("employer") is None:
        return None
    found = organisations.employer(values["employer"])
    if found is None:
        raise FieldErrors({"employer": "This employer was not found. Search for it again."})
    return found


def _refuse_second(person: Person, scheme: Scheme) -> None:
    ended = (rules.WITHDRAWN.code, rules.CANCELLED.code)
    statement = select(Registration.number).where(
        Registration.person_id == person.id,
        Registration.scheme_id == scheme.id,
        Registration.state.not_in(ended),
    )
    number = db.session.scalar(statement.limit(1)) if person.id else None
    if number is not None:
        raise ConflictError(
            f"{person.full_name} is registered on {scheme.name} already: registration {number}."
        )


def _refuse_stale(registration: Registration, version: int, values: Mapping[str, Any]) -> None:
    kind = Kind(registration.kind)
    schemes = [(registration.scheme_id, registration.scheme.name)]
    pathways = queries.open_pathways([registration.scheme], registration.pathway)
    shown = fields.subject(kind, schemes, [(each.id, each.name) for each in pathways])
    versions.refuse_stale(
        registration, version, shown.fields, _named(values), shown=_Shown(registration)
    )


def _named(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``values`` with the employer by name, as the page that shows both versions has it."""
    named = dict(values)
    if named.get("employer"):
        found = organisations.employer(named["employer"])
        named["employer"] = found.name if found else None
    elif named.get("employer_name"):
        named["employer"] = named["employer_name"]
    named.pop("employer_name", None)
    named.pop("scheme", None)
    return named


class _Shown:
    """A registration by the names of its fields."""

    def __init__(self, registration: Registration) -> None:
        self._registration = registration

    def __getattr__(self, name: str) -> Any:
        if name == "pathway":
            return self._registration.pathway_id
        if name == "employer":
            employer = self._registration.employer
            return employer.name if employer else None
        return getattr(self._registration, name)


def _keep_finalised(registration: Registration) -> None:
    """Refuse to take from a finalised registration what finalising required.

    Requirements bear the names of the fields that meet them.
    """
    if registration.state in _UNFINISHED:
        return
    lacking = [each for each in queries.requirements_of(registration) if not each.met(registration)]
    if lacking:
        words = "It is finalised, so this must stay. Return it to attention first to take it away."
        raise FieldErrors({each.code: words for each in lacking})
