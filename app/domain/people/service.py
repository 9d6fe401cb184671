"""Changes to people: made known, changed, linked to another organisation, employed."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm.attributes import set_committed_value

from app.clock import now
from app.domain.kernel import audit, creating, reading, scope, tickets, versions
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

_NULLABLE = ("ni_number", "uln")
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


def add_many(
    rows: Sequence[Mapping[str, Any]], *, numbered: bool = False, at: datetime | None = None
) -> list[int]:
    """Make many people known to the viewer's organisation; return their ids, in order.

    ``rows`` are read by PERSON; each may name a ``photo_id``. With ``numbered`` they get the
    scheme's number at once. A handful of statements for five hundred. Raise NotFoundError when a
    photo is not the organisation's.
    """
    session, owner = db.session(), _organisation()
    if not rows:
        return []
    photos = {values["photo_id"] for values in rows if values.get("photo_id")}
    if photos:
        statement = select(StoredFile.id).where(StoredFile.id.in_(photos))
        if set(session.scalars(statement)) != photos:
            raise NotFoundError
    numbers: Sequence[str | None] = _fresh_numbers(len(rows)) if numbered else [None] * len(rows)
    moment = at or now()
    made = [
        _columns(values)
        | {"photo_id": values.get("photo_id"), "scheme_number": number, "created_at": moment}
        for values, number in zip(rows, numbers, strict=True)
    ]
    return creating.create_linked(session, Person, made, owner, at=moment)


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a row of a new person holds."""
    found = {field.name: _stored(field.name, values.get(field.name)) for field in PERSON.fields}
    return found | _keys(found)


def _stored(name: str, value: Any) -> Any:
    return value if value is not None or name in _NULLABLE else ""


def _keys(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what follows from the name and the email address."""
    return {
        "name_key": name_key(values["surname"], values["first_names"])[:200],
        "email_key": email_key(values["email"] or ""),
    }


def change_many(wanted: Sequence[tuple[Person, Mapping[str, Any]]], at: datetime) -> list[Person]:
    """Change what each of many people's values name; return those who changed.

    The caller has locked the people and read them within the viewer's scope. One statement for
    each set of columns, one for the events; the people in memory follow.
    """
    session = db.session()
    session.flush()
    scope.refuse_unwritable(session, Person)
    grouped: dict[tuple[str, ...], list[tuple[Person, dict[str, Any]]]] = {}
    for person, values in wanted:
        changed = _changed(person, values)
        if changed:
            grouped.setdefault(tuple(sorted(changed)), []).append((person, changed))
    changes = [pair for pairs in grouped.values() for pair in pairs]
    _note_changes(changes, at)
    for names, pairs in grouped.items():
        _update(names, pairs)
    return [person for person, _ in changes]


def _changed(person: Person, values: Mapping[str, Any]) -> dict[str, Any]:
    known = {field.name: getattr(person, field.name) for field in PERSON.fields}
    wanted = {name: _stored(name, values[name]) for name in known if name in values}
    changed = {name: value for name, value in wanted.items() if value != known[name]}
    return changed | _keys(known | changed) if changed else {}


def _update(names: Sequence[str], pairs: Sequence[tuple[Person, dict[str, Any]]]) -> None:
    table = Person.__table__
    statement = (
        update(table)
        .where(table.c.id == bindparam("person"))
        .values(version=table.c.version + 1, **{name: bindparam(f"new_{name}") for name in names})
    )
    rows = [
        {"person": person.id} | {f"new_{name}": value for name, value in changed.items()}
        for person, changed in pairs
    ]
    db.session.connection().execute(statement, rows)
    for person, changed in pairs:
        for name, value in changed.items():
            set_committed_value(person, name, value)
        set_committed_value(person, "version", person.version + 1)


def _note_changes(changes: Sequence[tuple[Person, dict[str, Any]]], at: datetime) -> None:
    session, owner, events = db.session(), _organisation(), list[dict[str, Any]]()
    for person, changed in changes:
        shown = [name for name in changed if name not in audit.SILENT]
        subject = audit.Subject(Person.__tablename__, person.id, owner, person.version + 1)
        events += audit.rows_of_events(
            session, [subject], "changed", at=at,
            before={name: getattr(person, name) for name in shown},
            after={name: changed[name] for name in shown},
        )  # fmt: skip
    audit.write(session, events)


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
    statement = select(column).where(reading.among(column, numbers))
    return set(db.session.connection().execute(statement).scalars())


def change_person(person: Person, values: Mapping[str, Any], version: int) -> None:
    """Change what ``values`` name; raise StaleError when somebody else did since ``version``."""
    versions.refuse_stale(person, version, PERSON.fields, values)
    _set(person, values)
    db.session.flush()


def _set(person: Person, values: Mapping[str, Any]) -> None:
    for field in PERSON.fields:
        if field.name in values:
            setattr(person, field.name, _stored(field.name, values[field.name]))
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
    _write_numbers(list(zip(without, _fresh_numbers(len(without)), strict=True)))


def _fresh_numbers(count: int) -> list[str]:
    """Take the next numbers that nobody has."""
    numbers: list[str] = []
    while len(numbers) < count:  # a card of earlier days may carry the next number
        fresh = [*map(str, take_numbers(db.session(), "person", count - len(numbers)))]
        used = taken_numbers(fresh)
        numbers += [number for number in fresh if number not in used]
    return numbers


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


def employ_many(wanted: Sequence[tuple[int, int, date | None]], today: date, at: datetime) -> None:
    """Record who works for whom: person, employer and since when; what was said before ends.

    Each person is named once. A handful of statements for five hundred.
    """
    session, owner = db.session(), _organisation()
    current = select(Employment.person_id, Employment.id, Employment.employer_id).where(
        reading.among(Employment.person_id, [person_id for person_id, _, _ in wanted]),
        Employment.recorded_by_id == owner,
        Employment.ended_on.is_(None),
    )
    known = {row[0]: (row[1], row[2]) for row in session.execute(current)}
    new = [each for each in wanted if known.get(each[0], (0, 0))[1] != each[1]]
    ended = [known[each[0]][0] for each in new if each[0] in known]
    if ended:
        table = Employment.__table__
        statement = update(table).where(table.c.id.in_(ended)).values(ended_on=today)
        session.connection().execute(statement)
        subjects = [audit.Subject(Employment.__tablename__, row_id, owner) for row_id in ended]
        after = {"ended_on": today}
        events = audit.rows_of_events(session, subjects, "changed", after=after, at=at)
        audit.write(session, events)
    rows = [
        {"person_id": person, "employer_id": employer, "recorded_by_id": owner, "started_on": since}
        for person, employer, since in new
    ]
    creating.create(session, Employment, rows, at=at)


def _organisation() -> int:
    found = viewers.of(db.session()).organisation_id
    if found is None:
        raise ConflictError("Choose the organisation that you work for first.")
    return found
