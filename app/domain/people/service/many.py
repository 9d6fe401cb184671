"""Many people at once: made known, changed, linked, employed; a handful of statements."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm.attributes import set_committed_value

from app.clock import now
from app.domain.kernel import audit, creating, reading, scope
from app.domain.kernel.identifiers import email_key, name_key
from app.domain.kernel.tables import StoredFile
from app.domain.people.fields import PERSON
from app.domain.people.models import Employment, Person, PersonOrganisation
from app.domain.people.service.acting import acting
from app.domain.people.service.numbers import fresh_numbers
from app.errors import NotFoundError
from app.extensions import db

_NULLABLE = ("ni_number", "uln")


def add_many(
    rows: Sequence[Mapping[str, Any]], *, numbered: bool = False, at: datetime | None = None
) -> list[int]:
    """Make many people known to the viewer's organisation; return their ids, in order.

    ``rows`` are read by PERSON; each may name a ``photo_id``. With ``numbered`` they get the
    scheme's number at once. A handful of statements for five hundred. Raise NotFoundError when a
    photo is not the organisation's.
    """
    session, owner = db.session(), acting()
    if not rows:
        return []
    _refuse_foreign_photos(rows)
    numbers: Sequence[str | None] = fresh_numbers(len(rows)) if numbered else [None] * len(rows)
    moment = at or now()
    made = [
        _columns(values)
        | {"photo_id": values.get("photo_id"), "scheme_number": number, "created_at": moment}
        for values, number in zip(rows, numbers, strict=True)
    ]
    return creating.create_linked(session, Person, made, owner, at=moment)


def _refuse_foreign_photos(many: Sequence[Mapping[str, Any]]) -> None:
    """Raise NotFoundError when one of the photos named is not the viewer's."""
    photos = {values["photo_id"] for values in many if values.get("photo_id")}
    if photos:
        statement = select(StoredFile.id).where(reading.among(StoredFile.id, sorted(photos)))
        if set(db.session.scalars(statement)) != photos:
            raise NotFoundError


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a row of a new person holds."""
    found = {field.name: as_stored(field.name, values.get(field.name)) for field in PERSON.fields}
    return found | _keys(found)


def as_stored(name: str, value: Any) -> Any:
    """Return a value as its column holds it: a blank text is empty, a blank number none."""
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
    _refuse_foreign_photos([values for _, values in wanted])
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
    wanted = {name: as_stored(name, values[name]) for name in known if name in values}
    changed = {name: value for name, value in wanted.items() if value != known[name]}
    photo = values.get("photo_id")
    if photo is not None and photo != person.photo_id:
        changed["photo_id"] = photo
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
    session, owner, events = db.session(), acting(), list[dict[str, Any]]()
    for person, changed in changes:
        shown = [name for name in changed if name not in audit.SILENT]
        subject = audit.Subject(Person.__tablename__, person.id, owner, person.version + 1)
        events += audit.rows_of_events(
            session, [subject], "changed", at=at,
            before={name: getattr(person, name) for name in shown},
            after={name: changed[name] for name in shown},
        )  # fmt: skip
    audit.write(session, events)


def link_many(person_ids: Sequence[int], *, at: datetime) -> None:
    """Make people whom only others know known to the viewer's organisation too.

    The caller has looked for each of them, which was counted, and somebody has chosen them.
    """
    session, organisation_id = db.session(), acting()
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


def employ_many(wanted: Sequence[tuple[int, int, date | None]], today: date, at: datetime) -> None:
    """Record who works for whom: person, employer and since when; what was said before ends.

    Each person is named once. A handful of statements for five hundred.
    """
    session, owner = db.session(), acting()
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
