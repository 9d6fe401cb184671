"""One person: made known, changed, looked for elsewhere, linked, employed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm.attributes import set_committed_value

from app.domain.kernel import audit, tickets, versions
from app.domain.kernel import viewer as viewers
from app.domain.kernel.identifiers import email_key, name_key
from app.domain.kernel.limits import TooManyError
from app.domain.kernel.tables import StoredFile
from app.domain.people import queries
from app.domain.people.fields import PERSON
from app.domain.people.models import Employment, Person, PersonOrganisation
from app.domain.people.queries import KnownElsewhere
from app.domain.people.service.acting import acting
from app.domain.people.service.asking import count_questions, questions_left
from app.domain.people.service.many import as_stored
from app.errors import ConflictError, NotFoundError
from app.extensions import db

CHOICE = "known person"
"""What the token of a person known elsewhere is for."""


def add_person(values: Mapping[str, Any]) -> Person:
    """Make somebody known to the viewer's organisation; ``values`` are read by PERSON.

    ``photo_id`` may name a stored file of the organisation.
    """
    session = db.session()
    person = Person(first_names="", surname="", name_key="", birth_date=values["birth_date"])
    _set(person, values)
    person.links = [PersonOrganisation(organisation_id=acting())]
    session.add(person)
    session.flush()
    return person


def change_person(person: Person, values: Mapping[str, Any], version: int) -> None:
    """Change what ``values`` name; raise StaleError when somebody else did since ``version``."""
    versions.refuse_stale(person, version, PERSON.fields, values)
    _set(person, values)
    db.session.flush()


def _set(person: Person, values: Mapping[str, Any]) -> None:
    for field in PERSON.fields:
        if field.name in values:
            setattr(person, field.name, as_stored(field.name, values[field.name]))
    if values.get("photo_id") is not None:
        _set_photo(person, values["photo_id"])
    person.name_key = name_key(person.surname, person.first_names)[:200]
    person.email_key = email_key(person.email or "")


def _set_photo(person: Person, file_id: int) -> None:
    if file_id == person.photo_id:
        return
    if db.session.get(StoredFile, file_id) is None:  # through the scope: a foreign file is none
        raise NotFoundError
    person.photo_id = file_id


@dataclass(frozen=True)
class Assessed:
    """A health and safety assessment that somebody passed, and who had booked it."""

    person_id: int
    owner: int
    on: date
    venue: str
    until: date

    @property
    def facts(self) -> dict[str, Any]:
        """What is written to the person, by column."""
        return {"assessed_on": self.on, "assessed_at_venue": self.venue,
                "assessed_until": self.until}  # fmt: skip


def record_assessments(passed: Sequence[Assessed], *, at: datetime) -> None:
    """Write passed assessments to their people, unless a later one stands there already.

    A handful of statements for any number of people; the people in memory follow.
    """
    session = db.session()
    session.flush()
    statement = (
        select(Person)
        .where(Person.id.in_([each.person_id for each in passed]))
        .order_by(Person.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    people = {person.id: person for person in session.scalars(statement)}
    newer = [each for each in passed if (people[each.person_id].assessed_on or date.min) <= each.on]
    if not newer:
        return
    table = Person.__table__
    change = (
        update(table)
        .where(table.c.id == bindparam("person"))
        .values(assessed_on=bindparam("passed_on"), assessed_at_venue=bindparam("venue"),
                assessed_until=bindparam("until"), version=table.c.version + 1)
    )  # fmt: skip
    session.connection().execute(change, [
        {"person": e.person_id, "passed_on": e.on, "venue": e.venue, "until": e.until}
        for e in newer
    ])  # fmt: skip
    audit.write(
        session,
        [event for each in newer for event in _noted(people[each.person_id], each, at)],
    )


def _noted(person: Person, passed: Assessed, at: datetime) -> list[dict[str, Any]]:
    """Let a person in memory follow, and return what the audit trail says of it."""
    session, after = db.session(), passed.facts
    before = {name: getattr(person, name) for name in after}
    for name, value in (*after.items(), ("version", person.version + 1)):
        set_committed_value(person, name, value)
    subject = audit.Subject(Person.__tablename__, person.id, passed.owner, person.version)
    return audit.rows_of_events(session, [subject], "assessed", before=before, after=after, at=at)


def keep_photo(key: str, *, name: str, size: int, width: int, height: int) -> StoredFile:
    """Record a prepared photo that the storage holds under ``key``, as the organisation's."""
    stored = StoredFile(
        organisation_id=acting(),
        key=key,
        name=name[:200],
        media_type="image/jpeg",
        size=size,
        facts={"width": width, "height": height},
    )
    db.session.add(stored)
    db.session.flush()
    return stored


def look_elsewhere(
    values: Mapping[str, Any], *, at: datetime, budget: int = queries.DAILY_BUDGET
) -> KnownElsewhere | None:
    """Ask whether another organisation knows somebody; the question is counted and kept.

    Return None when too little is given to ask, which costs nothing. Raise TooManyError when the
    organisation has asked ``budget`` times today.
    """
    if not queries.can_ask_elsewhere(values):
        return None
    organisation_id = acting()
    if not questions_left(organisation_id, at, budget):
        raise TooManyError(
            f"Your organisation has looked for people of other organisations {budget} times today, "
            f"which is the most. Enter the details by hand, or search again tomorrow."
        )
    found = queries.known_elsewhere(values)
    count_questions(organisation_id, [(values, found.person_id if found else None)], at)
    return found


def offer(found: KnownElsewhere, key: str) -> str:
    """Return the token by which the person shown may be chosen, for a quarter of an hour."""
    return tickets.issue(key, CHOICE, viewers.of(db.session()), found.person_id)


def link_known(token: str, key: str, *, at: datetime) -> Person:
    """Make somebody known elsewhere known to the viewer's organisation too.

    ``token`` is what ``offer`` gave this user; raise ConflictError for any other.
    """
    session = db.session()
    viewer = viewers.of(session)
    seconds = tickets.MINUTES_15
    person_id = int(tickets.redeem(key, CHOICE, viewer, token, seconds=seconds))
    person = session.get(Person, person_id)
    if person is not None:
        return person  # linked meanwhile, by a colleague or by a second click
    organisation_id = acting()
    session.add(PersonOrganisation(person_id=person_id, organisation_id=organisation_id, since=at))
    session.flush()
    subject = audit.Subject(Person.__tablename__, person_id, organisation_id)
    audit.write(session, audit.rows_of_events(session, [subject], "linked", at=at))
    person = session.get(Person, person_id)
    if person is None:
        raise ConflictError("This person is no longer there. Search again.")
    return person


def employ(person: Person, employer_id: int | None, since: date | None, today: date) -> None:
    """Record that ``person`` works for an employer; what the organisation said before ends."""
    session = db.session()
    organisation_id = acting()
    current = session.scalar(
        select(Employment).where(
            Employment.person_id == person.id,
            Employment.recorded_by_id == organisation_id,
            Employment.ended_on.is_(None),
        )
    )
    if current is not None:
        if current.employer_id == employer_id:
            return
        current.ended_on = today
    if employer_id is not None:
        session.add(
            Employment(
                person_id=person.id,
                employer_id=employer_id,
                recorded_by_id=organisation_id,
                started_on=since,
            )
        )
    session.flush()
