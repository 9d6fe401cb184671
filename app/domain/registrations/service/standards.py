"""Registrations on apprenticeship standards, made by the batch or by the thousand (C15 to C39)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from app.clock import local
from app.domain.catalogue import queries as catalogue
from app.domain.catalogue.models import Package, StandardVersion
from app.domain.kernel import creating, reading
from app.domain.kernel import viewer as viewers
from app.domain.kernel.identifiers import name_key
from app.domain.kernel.numbering import take_numbers
from app.domain.organisations.employers import known_as
from app.domain.people import service as people
from app.domain.people.models import Person
from app.domain.registrations import rules
from app.domain.registrations.models import Registration, RegistrationBatch
from app.domain.registrations.rules import Kind
from app.domain.registrations.service.saving import follow_people
from app.errors import ConflictError, NotFoundError
from app.extensions import db

BATCH_COUNTER = "registration_batch"
NAMED = 5
"""People whom a refusal names one by one."""
ENDED = (rules.WITHDRAWN.code, rules.CANCELLED.code)


@dataclass(frozen=True, kw_only=True)
class StandardDraft:
    """A registration on a standard to be made; its facts are read by ``standard_registration``.

    ``person`` is the id of somebody known to the organisation, or the values of a new person as
    ``people.service.add_person`` takes them; ``changes`` are set on somebody known.
    """

    person: int | Mapping[str, Any]
    standard_version_id: int
    package_id: int
    start_date: date
    expected_end_date: date
    assessment_start_date: date
    funding_type: str
    employer_ern: str
    employer_name: str
    employer_postcode: str
    employer_phone: str
    employee_position: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    batch_id: int | None = None


Drafts = Sequence[StandardDraft]


def begin_batch(
    version: StandardVersion, package: Package, *, purchase_order_number: str, at: datetime
) -> RegistrationBatch:
    """Begin a batch: one standard and one package for all who are in it (C19, C31)."""
    if package.standard_version_id != version.id:
        raise ConflictError(f"{package} belongs to another standard. Choose one of {version}.")
    viewer = viewers.of(db.session())
    batch = RegistrationBatch(
        number=take_numbers(db.session(), BATCH_COUNTER)[0],
        provider_id=_organisation(),
        standard_version=version,
        package=package,
        purchase_order_number=purchase_order_number,
        created_by_id=viewer.user_id,
        created_at=at,
    )
    db.session.add(batch)
    db.session.flush()
    return batch


def register_many(drafts: Drafts, at: datetime) -> list[int]:
    """Register people on standards, ready for ordering; return the ids in the order of ``drafts``.

    People get their numbers, employers nobody knows are made known. A few dozen statements for
    five thousand. Raise ConflictError, naming whom it concerns, for a standard that is not linked
    to the centre, a package of another standard, somebody whom the organisation does not know, or
    a second registration of one person on one standard; then nothing is made.
    """
    if not drafts:
        return []
    owner, today = _organisation(), local(at).date()
    schemes = _schemes(drafts, owner, today)
    _check_batches(drafts)
    known = _known(drafts)
    _refuse_second(drafts, known, schemes)
    changed = people.change_many(_changes(drafts, known), at)
    people.give_numbers(list(known.values()))
    person_ids = _person_ids(drafts, at)
    employers = known_as([(each.employer_ern, each.employer_name) for each in drafts], at)
    made = _insert(drafts, person_ids, employers, schemes, at)
    working = {
        person_id: (person_id, employer, draft.start_date)
        for person_id, employer, draft in zip(person_ids, employers, drafts, strict=True)
    }
    people.employ_many(list(working.values()), today, at)
    if changed:
        follow_people(changed, at)
    return made


def _organisation() -> int:
    found = viewers.of(db.session()).organisation_id
    if found is None:
        raise ConflictError("Choose the organisation that you work for first.")
    return found


def _schemes(drafts: Drafts, owner: int, today: date) -> dict[int, tuple[int, str]]:
    """Return scheme and name of the standards, all linked to the centre (C17)."""
    linked = {each.id: each for each in catalogue.standards_for(owner, today)}
    if any(each.standard_version_id not in linked for each in drafts):
        raise ConflictError(
            "One of these standards is not linked to your centre, or is closed. Ask the awarding "
            "body; nothing was registered."
        )
    packages = {each.id: each.standard_version_id for each in catalogue.packages_of(linked)}
    if any(packages.get(each.package_id) != each.standard_version_id for each in drafts):
        raise ConflictError(
            "One of these packages belongs to another standard, or is closed. Choose it again; "
            "nothing was registered."
        )
    return {row_id: (each.scheme_id, each.name) for row_id, each in linked.items()}


def _check_batches(drafts: Drafts) -> None:
    wanted = {each.batch_id for each in drafts if each.batch_id is not None}
    if not wanted:
        return
    statement = select(
        RegistrationBatch.id, RegistrationBatch.standard_version_id, RegistrationBatch.package_id
    ).where(RegistrationBatch.id.in_(wanted))
    batches = {row[0]: (row[1], row[2]) for row in db.session.execute(statement)}
    if set(batches) != wanted:
        raise NotFoundError
    for each in drafts:
        chosen = (each.standard_version_id, each.package_id)
        if each.batch_id is not None and batches[each.batch_id] != chosen:
            raise ConflictError("A batch is for one standard and one package.")


def _known(drafts: Drafts) -> dict[int, Person]:
    """Lock and return the people whom drafts name by id, all known to the organisation."""
    wanted = {each.person for each in drafts if isinstance(each.person, int)}
    if not wanted:
        return {}
    statement = select(Person).where(Person.id.in_(wanted)).order_by(Person.id)
    if reading.dialect() == "postgresql":
        statement = statement.with_for_update(of=Person)
    rows = db.session.scalars(statement.execution_options(populate_existing=True))
    found = {person.id: person for person in rows}
    unknown = [
        place
        for place, each in enumerate(drafts, 1)
        if isinstance(each.person, int) and each.person not in found
    ]
    if unknown:
        raise ConflictError(
            f"Your organisation does not know the person of row {_listed([*map(str, unknown)])}. "
            "Search for them again; nothing was registered."
        )
    return found


def _refuse_second(
    drafts: Drafts, known: Mapping[int, Person], schemes: Mapping[int, tuple[int, str]]
) -> None:
    wanted: set[tuple[int, int]] = set()
    twice: list[str] = []
    live = _live(known, {schemes[each.standard_version_id][0] for each in drafts})
    for each in drafts:
        if not isinstance(each.person, int):
            continue
        scheme_id, name = schemes[each.standard_version_id]
        pair = (each.person, scheme_id)
        if pair in live:
            twice.append(f"{known[each.person].full_name} on {name}: registration {live[pair]}")
        elif pair in wanted:
            twice.append(f"{known[each.person].full_name} on {name}: named twice")
        wanted.add(pair)
    if twice:
        raise ConflictError(
            f"Nothing was registered: some are registered already. {_listed(twice)}."
        )


def _live(known: Mapping[int, Person], scheme_ids: set[int]) -> dict[tuple[int, int], int]:
    """Return the numbers of registrations that have not ended, by person and scheme."""
    if not known:
        return {}
    statement = select(Registration.person_id, Registration.scheme_id, Registration.number).where(
        Registration.person_id.in_(known),
        Registration.scheme_id.in_(scheme_ids),
        Registration.state.not_in(ENDED),
    )
    return {(row[0], row[1]): row[2] for row in db.session.execute(statement)}


def _listed(words: Sequence[str]) -> str:
    more = f"; and {len(words) - NAMED} more" if len(words) > NAMED else ""
    return "; ".join(words[:NAMED]) + more


def _changes(drafts: Drafts, known: Mapping[int, Person]) -> list[tuple[Person, Mapping[str, Any]]]:
    """Return what is to be set on people who are known, each named once."""
    found: dict[int, dict[str, Any]] = {}
    for each in drafts:
        if isinstance(each.person, int) and each.changes:
            found.setdefault(each.person, {}).update(each.changes)
    return [(known[person_id], values) for person_id, values in found.items()]


def _person_ids(drafts: Drafts, at: datetime) -> list[int]:
    new = [each.person for each in drafts if not isinstance(each.person, int)]
    made = iter(people.add_many(new, numbered=True, at=at))
    return [each.person if isinstance(each.person, int) else next(made) for each in drafts]


def _insert(
    drafts: Drafts,
    person_ids: Sequence[int],
    employers: Sequence[int],
    schemes: Mapping[int, tuple[int, str]],
    at: datetime,
) -> list[int]:
    session = db.session()
    viewer, numbers = viewers.of(session), take_numbers(session, "registration", len(drafts))
    keys = _keys(set(person_ids))
    rows = [
        {
            "number": number,
            "enrolment_number": rules.enrolment_number(number),
            "kind": Kind.STANDARD.value,
            "scheme_id": schemes[draft.standard_version_id][0],
            "package_id": draft.package_id,
            "batch_id": draft.batch_id,
            "person_id": person_id,
            "provider_id": viewer.organisation_id,
            "employer_id": employer_id,
            "start_date": draft.start_date,
            "start_key": draft.start_date,
            "state": rules.READY_FOR_ORDERING.code,
            "applicant_key": keys[person_id][0],
            "search_text": _searched(number, keys[person_id], draft),
            "created_by_id": viewer.user_id,
            "created_at": at,
            "finalised_at": at,
        }
        | {name: getattr(draft, name) for name in STATED}
        for number, draft, person_id, employer_id in zip(
            numbers, drafts, person_ids, employers, strict=True
        )
    ]
    return creating.create(session, Registration, rows, at=at)


def _searched(number: int, said: Sequence[str], draft: StandardDraft) -> str:
    enrolment = rules.enrolment_number(number)
    return name_key(str(number), enrolment, *said, draft.employer_name)[:600]


STATED = (
    "expected_end_date", "assessment_start_date", "funding_type", "employer_ern", "employer_name",
    "employer_postcode", "employer_phone", "employee_position",
)  # fmt: skip
"""Facts that are kept as the centre stated them."""


def _keys(person_ids: set[int]) -> dict[int, tuple[str, ...]]:
    """Return what the search box looks in, of people: name, numbers and email address."""
    statement = select(
        Person.id, Person.name_key, Person.scheme_number, Person.uln, Person.email
    ).where(reading.among(Person.id, person_ids))
    return {
        row_id: (key, *(each for each in said if each))
        for row_id, key, *said in db.session.execute(statement)
    }
