"""Changes to people: made known, changed, linked to another organisation, employed."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm.attributes import set_committed_value

from app.domain.kernel import audit, scope, tickets, versions
from app.domain.kernel import viewer as viewers
from app.domain.kernel.identifiers import email_key, name_key
from app.domain.kernel.limits import TooManyError
from app.domain.kernel.numbering import take_numbers
from app.domain.kernel.tables import StoredFile
from app.domain.people import queries
from app.domain.people.fields import PERSON
from app.domain.people.models import Employment, Person, PersonMatch, PersonOrganisation
from app.domain.people.queries import KnownElsewhere
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
    person.links = [PersonOrganisation(organisation_id=_organisation())]
    session.add(person)
    session.flush()
    return person


def add_people(many: Sequence[Mapping[str, Any]]) -> list[Person]:
    """Make many people known to the viewer's organisation in one flush.

    Raise NotFoundError when a photo is not the organisation's.
    """
    session, owner, found = db.session(), _organisation(), []
    photos = {values["photo_id"] for values in many if values.get("photo_id")}
    if photos:
        statement = select(StoredFile.id).where(StoredFile.id.in_(photos))
        if set(session.scalars(statement)) != photos:
            raise NotFoundError
    for values in many:
        person = Person(first_names="", surname="", name_key="", birth_date=values["birth_date"])
        _set(person, {**values, "photo_id": None})
        person.photo_id = values.get("photo_id")
        person.links = [PersonOrganisation(organisation_id=owner)]
        found.append(person)
    session.add_all(found)
    session.flush()
    return found


def set_numbers(given: Sequence[tuple[Person, str]]) -> None:
    """Record the numbers on people's present cards; the people in memory follow.

    Raise ConflictError when a number is on record for somebody else, or a person has another.
    """
    for person, number in given:
        if person.scheme_number not in (None, number):
            raise ConflictError(
                f"{person.full_name} has another number on record. Check the number on the card."
            )
    wanted = [(person, number) for person, number in given if person.scheme_number is None]
    if not wanted:
        return
    taken = taken_numbers([number for _, number in wanted])
    named = {number for _, number in wanted}
    if taken or len(named) != len(wanted):
        twice = sorted(taken) or sorted(n for n in named if [w[1] for w in wanted].count(n) > 1)
        raise ConflictError(
            f"The number {twice[0]} is on record for somebody else. Search for the person by this "
            "number, with the last name or date of birth."
        )
    _write_numbers(wanted)


def taken_numbers(numbers: Sequence[str]) -> set[str]:
    """Return those of ``numbers`` that somebody has: of all people, since each has one owner."""
    column = Person.__table__.c.scheme_number
    statement = select(column).where(column.in_(numbers))
    return set(db.session.connection().execute(statement).scalars())


def change_person(person: Person, values: Mapping[str, Any], version: int) -> None:
    """Change what ``values`` name; raise StaleError when somebody else did since ``version``."""
    versions.refuse_stale(person, version, PERSON.fields, values)
    _set(person, values)
    db.session.flush()


def _set(person: Person, values: Mapping[str, Any]) -> None:
    for field in PERSON.fields:
        if field.name in values:
            value = values[field.name]
            nullable = field.name in ("ni_number", "uln")
            setattr(person, field.name, value if value is not None or nullable else "")
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


def give_numbers(people: Sequence[Person]) -> None:
    """Give the scheme's number to those who have none: what their card will carry.

    One statement takes the numbers, one writes them all; the people in memory follow.
    """
    without = [person for person in people if person.scheme_number is None]
    if not without:
        return
    numbers: list[str] = []
    while len(numbers) < len(without):  # a card of earlier days may carry the next number
        taken = map(str, take_numbers(db.session(), "person", len(without) - len(numbers)))
        fresh = list(taken)
        used = taken_numbers(fresh)
        numbers += [number for number in fresh if number not in used]
    _write_numbers(list(zip(without, numbers, strict=True)))


def _write_numbers(given: Sequence[tuple[Person, str]]) -> None:
    db.session.flush()
    table = Person.__table__
    statement = (
        update(table)
        .where(table.c.id == bindparam("person"), table.c.scheme_number.is_(None))
        .values(scheme_number=bindparam("number"))
    )
    rows = [{"person": person.id, "number": number} for person, number in given]
    db.session.connection().execute(statement, rows)
    for person, number in given:
        set_committed_value(person, "scheme_number", number)


def keep_photo(key: str, *, name: str, size: int, width: int, height: int) -> StoredFile:
    """Record a prepared photo that the storage holds under ``key``, as the organisation's."""
    stored = StoredFile(
        organisation_id=_organisation(),
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
    session = db.session()
    viewer = viewers.of(session)
    organisation_id = _organisation()
    if queries.spent_today(organisation_id, at) >= budget:
        raise TooManyError(
            f"Your organisation has looked for people of other organisations {budget} times today, "
            f"which is the most. Enter the details by hand, or search again tomorrow."
        )
    found = queries.known_elsewhere(values)
    session.add(
        PersonMatch(
            organisation_id=organisation_id,
            user_id=viewer.user_id or 0,
            at=at,
            asked=queries.facts_asked(values)[:60],
            found_id=found.person_id if found else None,
        )
    )
    session.flush()
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
    organisation_id = _organisation()
    session.add(PersonOrganisation(person_id=person_id, organisation_id=organisation_id, since=at))
    session.flush()
    subject = audit.Subject(Person.__tablename__, person_id, organisation_id)
    audit.write(session, audit.rows_of_events(session, [subject], "linked", at=at))
    person = session.get(Person, person_id)
    if person is None:
        raise ConflictError("This person is no longer there. Search again.")
    return person


def link_many(person_ids: Sequence[int], *, at: datetime) -> None:
    """Make people whom only others know known to the viewer's organisation too.

    The caller has looked for each of them, which was counted, and somebody has chosen them.
    """
    session, organisation_id = db.session(), _organisation()
    links = PersonOrganisation.__table__
    wanted = set(person_ids)
    there = select(links.c.person_id).where(
        links.c.person_id.in_(wanted), links.c.organisation_id == organisation_id
    )
    new = sorted(wanted - set(session.connection().execute(there).scalars()))
    rows = [{"person_id": each, "organisation_id": organisation_id, "since": at} for each in new]
    scope.create_many(session, PersonOrganisation, rows)
    subjects = [audit.Subject(Person.__tablename__, each, organisation_id) for each in new]
    audit.write(session, audit.rows_of_events(session, subjects, "linked", at=at))


def employ(person: Person, employer_id: int | None, since: date | None, today: date) -> None:
    """Record that ``person`` works for an employer; what the organisation said before ends."""
    session = db.session()
    organisation_id = _organisation()
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


def _organisation() -> int:
    found = viewers.of(db.session()).organisation_id
    if found is None:
        raise ConflictError("Choose the organisation that you work for first.")
    return found
