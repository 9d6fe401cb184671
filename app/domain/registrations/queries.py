"""Reads of registrations: for lists, forms, records and the dashboard."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select, union_all
from sqlalchemy.orm import joinedload

from app.domain.catalogue import queries as catalogue
from app.domain.catalogue.models import Pathway, Scheme, SchemeRequirement, StageDefinition
from app.domain.kernel import audit, reading, workflow
from app.domain.kernel.tables import Event, Letter
from app.domain.kernel.workflow import Requirement
from app.domain.people.models import Person
from app.domain.registrations import rules
from app.domain.registrations.models import CardApplication, Registration
from app.domain.registrations.rules import Kind
from app.domain.registrations.standard_fields import PackageChoice, StandardChoice
from app.extensions import db

COUNTED = 999

LISTED = (
    joinedload(Registration.person),
    joinedload(Registration.scheme),
    joinedload(Registration.pathway),
)
"""What a list of registrations shows besides the rows themselves, in the same statement."""

SHOWN_STATES: Mapping[str, tuple[str, ...]] = {
    "attention": tuple(state.code for state in rules.ATTENTION),
    "ready": (rules.READY_FOR_ORDERING.code,),
    "ordered": (rules.ON_ORDER.code,),
    "progress": (rules.IN_PROGRESS.code,),
    "completed": (rules.COMPLETED.code,),
    "ended": (rules.WITHDRAWN.code, rules.CANCELLED.code),
}
"""The tabs of the lists, with the states of each."""


@dataclass(frozen=True)
class SchemeFacts:
    """What the rows of one scheme need to be shown: its requirements and its stages."""

    requirements: tuple[Requirement, ...]
    codes: frozenset[str]
    stages: Mapping[int, str]

    @property
    def last_stage(self) -> int:
        """The number of the last stage."""
        return max(self.stages, default=1)


_REQUIRED, _KIND = 0, -1
"""They stand where a stage has its number: stages count from 1."""


def scheme_facts(scheme_ids: Iterable[int] | None = None) -> dict[int, SchemeFacts]:
    """Return the facts of schemes, of all without ``scheme_ids``, in one statement."""
    asked = select(SchemeRequirement.scheme_id, literal(_REQUIRED), SchemeRequirement.code)
    stages = select(StageDefinition.scheme_id, StageDefinition.number, StageDefinition.name)
    kinds = select(Scheme.id, literal(_KIND), Scheme.kind)
    known = None if scheme_ids is None else set(scheme_ids)
    if known is not None:
        asked = asked.where(SchemeRequirement.scheme_id.in_(known))
        stages = stages.where(StageDefinition.scheme_id.in_(known))
        kinds = kinds.where(Scheme.id.in_(known))
    found: dict[int, list[tuple[int, str]]] = {scheme_id: [] for scheme_id in known or ()}
    for scheme_id, number, word in db.session.execute(union_all(asked, stages, kinds)):
        found.setdefault(scheme_id, []).append((number, word))
    return {scheme_id: _facts(words) for scheme_id, words in found.items()}


def _facts(words: list[tuple[int, str]]) -> SchemeFacts:
    codes = frozenset(word for number, word in words if number == _REQUIRED)
    stages = {number: word for number, word in sorted(words) if number > _REQUIRED}
    kind = next((Kind(word) for number, word in words if number == _KIND), Kind.APPRENTICE)
    return SchemeFacts(rules.requirements_of(codes, kind), codes, stages)


def requirements_of(registration: Registration) -> tuple[Requirement, ...]:
    """Return what the registration's scheme requires before finalising."""
    codes = frozenset(each.code for each in registration.scheme.requirements)
    return rules.requirements_of(codes, Kind(registration.kind))


def missing(registration: Registration) -> list[str]:
    """Return in words what the registration lacks before it can be finalised."""
    return workflow.missing(registration, requirements_of(registration))


def open_schemes(kind: Kind, besides: Scheme | None = None) -> list[Scheme]:
    """Return the schemes on which people of ``kind`` can be registered, newest first."""
    statement = select(Scheme).where(Scheme.kind == kind, Scheme.is_open).order_by(Scheme.id.desc())
    found = list(db.session.scalars(statement))
    return found if besides is None or besides in found else [*found, besides]


def open_pathways(schemes: Sequence[Scheme], besides: Pathway | None = None) -> list[Pathway]:
    """Return the pathways that can be chosen in ``schemes``, by scheme and name."""
    statement = (
        select(Pathway)
        .where(Pathway.scheme_id.in_([scheme.id for scheme in schemes]), Pathway.is_open)
        .order_by(Pathway.scheme_id.desc(), Pathway.name)
    )
    found = list(db.session.scalars(statement))
    return found if besides is None or besides in found else [*found, besides]


def standard_choices(organisation_id: int) -> tuple[list[StandardChoice], list[PackageChoice]]:
    """Return the standards linked to a centre and their packages, as the row's fields take them."""
    versions = catalogue.standards_for(organisation_id)
    packages = catalogue.packages_of([each.id for each in versions])
    return [
        StandardChoice(
            id=each.id, label=each.name, reference=each.standard.reference,
            assessment_plan=each.assessment_plan, starts_from=each.starts_from,
            starts_until=each.starts_until, minimum_months=each.minimum_months,
        )
        for each in versions
    ], [
        PackageChoice(
            id=each.id, code=each.code, description=each.description,
            standard_id=each.standard_version_id,
        )
        for each in packages
    ]  # fmt: skip


def of_person(person_ids: Iterable[int]) -> dict[int, list[Registration]]:
    """Return the viewer's registrations of people, newest first."""
    statement = (
        select(Registration)
        .where(Registration.person_id.in_(list(person_ids)))
        .order_by(Registration.number.desc())
        .limit(50)
    )
    found: dict[int, list[Registration]] = {}
    for registration in db.session.scalars(statement):
        found.setdefault(registration.person_id, []).append(registration)
    return found


def people_of(registrations: Sequence[Registration]) -> list[Person]:
    """Load the people of many registrations in one statement; keep the list while using them."""
    ids = {registration.person_id for registration in registrations}
    return list(db.session.scalars(select(Person).where(Person.id.in_(ids))).unique())


def applications_of(
    registrations: Sequence[Registration], states: Sequence[str]
) -> list[CardApplication]:
    """Return the card applications of registrations that are in one of ``states``."""
    statement = select(CardApplication).where(
        CardApplication.registration_id.in_([each.id for each in registrations]),
        CardApplication.state.in_(states),
    )
    return list(db.session.scalars(statement.order_by(CardApplication.id)))


def applications_numbered(numbers: range) -> list[tuple[int, int]]:
    """Return id and owner of the card applications with these numbers, which follow each other."""
    statement = (
        select(CardApplication.id, CardApplication.provider_id)
        .where(CardApplication.number >= numbers.start, CardApplication.number < numbers.stop)
        .order_by(CardApplication.number)
    )
    return [(row_id, owner) for row_id, owner in db.session.execute(statement)]


def batch_states(batch_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Return how many cards of each batch are in which state, in one statement."""
    statement = (
        select(CardApplication.batch_id, CardApplication.state, func.count())
        .where(CardApplication.batch_id.in_(batch_ids))
        .group_by(CardApplication.batch_id, CardApplication.state)
    )
    found: dict[int, dict[str, int]] = {}
    for batch_id, state, count in db.session.execute(statement):
        if batch_id is not None:
            found.setdefault(batch_id, {})[state] = count
    return found


def applications_in(batch_ids: Iterable[int], most: int) -> list[CardApplication]:
    """Return the card applications of batches, at most so many."""
    statement = (
        select(CardApplication)
        .where(CardApplication.batch_id.in_(list(batch_ids)))
        .options(joinedload(CardApplication.person), joinedload(CardApplication.provider))
        .order_by(CardApplication.batch_id, CardApplication.number)
    )
    return list(db.session.scalars(statement.limit(most)))


def events_of(registration: Registration) -> list[Event]:
    """Return what happened to a registration, newest first."""
    return audit.history(Registration.__tablename__, registration.id)


def letters_about(registration: Registration) -> list[Letter]:
    """Return the letters written about a registration, newest first."""
    statement = (
        select(Letter)
        .where(
            Letter.subject_table == Registration.__tablename__,
            Letter.subject_id == registration.id,
        )
        .order_by(Letter.id.desc())
        .limit(20)
    )
    return list(db.session.scalars(statement))


def counts() -> dict[str, dict[str, int]]:
    """Return how many registrations each tab holds, by kind, and cards that wait; one statement.

    Each is counted up to COUNTED + 1: a figure beyond COUNTED means "more than that".
    """
    asked: list[tuple[str, str]] = [(kind.value, tab) for kind in Kind for tab in SHOWN_STATES]
    parts = [
        _count(Registration, Registration.kind == kind, Registration.state.in_(SHOWN_STATES[tab]))
        for kind, tab in asked
    ]
    for waiting, criteria in CARDS_WAITING.items():
        asked.append((CARDS, waiting))
        parts.append(_count(CardApplication, *criteria))
    found: dict[str, dict[str, int]] = {}
    for (what, tab), count in zip(asked, reading.row(select(*parts)), strict=True):
        found.setdefault(what, {})[tab] = count
    return found


CARDS = "cards"
_ON_HOLD = CardApplication.state == rules.ON_HOLD.code
CARDS_WAITING: Mapping[str, tuple[ColumnElement[bool], ...]] = {
    "attention": (CardApplication.state.in_([state.code for state in rules.UNFINISHED]),),
    "hold": (_ON_HOLD, CardApplication.waits_for == "provider"),
    "hold_staff": (_ON_HOLD, CardApplication.waits_for == "staff"),
    "to_take": (CardApplication.state == rules.BEING_PRODUCED.code,),
}
"""Card applications that somebody has to do something with."""


def _count(model: type[Any], *criteria: ColumnElement[bool]) -> Any:
    some = (
        select(literal(1))
        .select_from(model)
        .where(*criteria)
        .where(*reading.scope(model))
        .limit(COUNTED + 1)
    )
    return select(func.count()).select_from(some.subquery()).scalar_subquery()


def find(registration_id: int) -> Registration | None:
    """Return a registration of the viewer's."""
    return db.session.get(Registration, registration_id)
