"""What only a look around can tell of rows: who they are about, repeats, missing photos."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, groupby, islice
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from app.domain.imports import checking, matching
from app.domain.imports.matching import Described, Repeat, Window
from app.domain.imports.models import CellError, Import, ImportRow
from app.domain.imports.rules import Choice, RowState
from app.domain.imports.service import storing
from app.domain.imports.service.storing import Kind
from app.domain.imports.targets import RowFacts, target_of
from app.domain.kernel import viewer as viewers
from app.domain.kernel.identifiers import name_key
from app.domain.kernel.words import N_, say
from app.domain.people import queries as people
from app.domain.people.models import Person
from app.domain.people.service import asking
from app.extensions import db

WINDOW = 4_000
"""Rows that are compared at once."""
PERSON, REPEAT = "person", "repeat"
SHOWN = 5
"""People of whom a row says that they may be meant."""
MOST_INVALID = 5
"""Per cent of invalid numbers past which nobody elsewhere is asked for: it may be fishing."""
NUMBERS = {
    "uln": N_("ULN"), "ni_number": N_("National Insurance number"), "scheme_number": N_("number"),
}  # fmt: skip

_table = ImportRow.__table__


@dataclass(slots=True)
class _Row:
    """One row while it is settled, and what it will say."""

    id: int
    number: int
    state: str
    asks: dict[str, str]
    matches: list[Any]
    choice: str
    person_id: int | None
    photo_id: int | None
    repeat_of: str
    is_repeat_allowed: bool
    asked_key: str
    uln: str | None
    ni_number: str | None
    scheme_number: str | None
    surname_key: str | None
    birth_date: Any
    values: dict[str, Any] = field(default_factory=dict)
    """Loaded where somebody is known; most rows need no look at them."""
    stood: tuple[Any, ...] = ()
    late: list[tuple[str, str]] = field(default_factory=list)

    def now(self) -> tuple[Any, ...]:
        """Return what is written of it; none of it is changed in place."""
        return (
            self.state, self.asks, self.matches, self.choice, self.person_id, self.repeat_of,
            self.asked_key,
        )  # fmt: skip


def settle(kind: Kind, window: Window, at: datetime) -> int:
    """Settle the rows of a window; return how many there were. A dozen statements, and one
    more for each thousand people found."""
    rows = _load(window)
    if not rows:
        return 0
    if target_of(kind.import_).is_about_people:
        _take_people(kind, window, rows)
        _ask_elsewhere(kind, rows, at)
        _take_repeats(kind.import_, window, rows)
        _take_doubles(window, rows)
    _take_late_errors(kind, rows)
    _conclude(window, rows)
    _write(kind, window, rows)
    return len(rows)


def settle_rows(kind: Kind, row_ids: Sequence[int], at: datetime) -> None:
    """Settle a few rows and none between them: they may lie far apart."""
    ids = sorted(set(row_ids))
    for _, run in groupby(enumerate(ids), lambda placed: placed[1] - placed[0]):
        following = [row_id for _, row_id in run]
        settle(kind, Window(kind.import_.id, following[0], following[-1]), at)


def settle_each(kind: Kind, row_ids: Sequence[int], at: datetime) -> None:
    """Settle rows that may lie far apart: window by window, each row of a window with it."""
    ids = sorted(set(row_ids))
    while ids:
        first = ids[0]
        inside = [each for each in ids if each < first + WINDOW]
        settle(kind, Window(kind.import_.id, first, inside[-1]), at)
        ids = ids[len(inside) :]


def note_invalid_share(import_: Import) -> None:
    """Work out how many per cent of the strong numbers are invalid."""
    shares = matching.shares(import_)
    asked = shares["good"] + shares["bad"]
    share = -(-100 * shares["bad"] // asked) if asked >= 20 else 0
    if share != import_.invalid_share:
        import_.invalid_share = share
        db.session.flush()


def _load(window: Window) -> dict[int, _Row]:
    columns = [
        _table.c[name]
        for name in (
            "id", "number", "state", "asks", "matches", "choice", "person_id",
            "photo_id", "repeat_of", "is_repeat_allowed", "asked_key", *matching.STRONG,
            "surname_key", "birth_date",
        )
    ]  # fmt: skip
    statement = select(*columns).where(*window.criteria).order_by(_table.c.id)
    found = {}
    for values in db.session.connection().execute(statement).all():
        row = _Row(*values)
        row.stood = row.now()
        if "" in row.asks:
            row.asks = {name: guess for name, guess in row.asks.items() if name}
        found[row.id] = row
    return found


# People -----------------------------------------------------------------------------------------


def _take_people(kind: Kind, window: Window, rows: Mapping[int, _Row]) -> None:
    """Note who may be meant; somebody is, without being asked, by number and birth date or name."""
    found = matching.own_people(window)
    chosen = [row.id for row in rows.values() if row.person_id is not None]
    _load_values(rows, [*found, *chosen])
    for row in rows.values():
        if row.id not in found and not row.choice and not row.matches and row.person_id is None:
            continue  # nobody may be meant, and nobody was
        values = described(checking.real_values(kind.subject, row.values)) if row.values else {}
        weighed = _likely(found.get(row.id, ()), values)
        if row.choice and _still_holds(row, {each.person.id for each in weighed}):
            continue
        row.choice, row.person_id = "", None
        if not weighed:
            row.matches = [
                each for each in row.matches
                if each["elsewhere"] and row.asked_key == _question(row)
            ]  # fmt: skip
            continue
        row.matches = [
            {"person": each.person.id, "name": each.person.full_name,
             "reasons": [str(reason) for reason in each.reasons], "weight": each.weight,
             "elsewhere": False}
            for each in weighed
        ]  # fmt: skip
        if _is_sure(weighed, values):
            row.person_id = weighed[0].person.id


def _still_holds(row: _Row, likely: set[int]) -> bool:
    """Tell whether a choice is still about what the row says, which may have been changed since."""
    if row.choice == Choice.SAME:
        return row.person_id in likely
    asked = any(each["elsewhere"] for each in row.matches)
    if asked and row.asked_key != _question(row):
        return False
    return row.choice == Choice.LINK or likely <= {each["person"] for each in row.matches}


def _load_values(rows: Mapping[int, _Row], row_ids: Sequence[int]) -> None:
    if row_ids:
        columns = (_table.c.id, _table.c["values"])
        statement = select(*columns).where(_table.c.id.in_(set(row_ids)))
        for row_id, values in db.session.connection().execute(statement):
            if row_id in rows:
                rows[row_id].values = values


def described(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a row under the names by which people are described."""
    number = values.get("scheme_number") or values.get("candidate_number")
    return {**values, "scheme_number": number}


def _likely(found: Sequence[Described], values: Mapping[str, Any]) -> list[people.Match[Described]]:
    weighed = (people.weighed(person, values) for person in found)
    likely = [match for match in weighed if match.weight >= people.LIKELY]
    return sorted(likely, key=lambda match: (-match.weight, match.person.id))[:SHOWN]


def _is_sure(weighed: Sequence[people.Match[Described]], values: Mapping[str, Any]) -> bool:
    best = weighed[0]
    if best.weight < people.SURE or (len(weighed) > 1 and weighed[1].weight >= people.SURE):
        return False
    surname = values.get("surname")
    return best.person.birth_date == values.get("birth_date") or bool(
        surname and name_key(best.person.surname) == name_key(surname)
    )


def _ask_elsewhere(kind: Kind, rows: Mapping[int, _Row], at: datetime) -> None:
    """Ask whether others know those whom nobody here knows; each question counts."""
    import_, session = kind.import_, db.session()
    if import_.invalid_share > MOST_INVALID or viewers.of(session).everything:
        return
    wanted = (
        row for row in rows.values()
        if not row.choice and not row.matches and _question(row) not in ("", row.asked_key)
    )  # fmt: skip
    first = next(wanted, None)
    if first is None:  # nobody has to wait for the lock of the count
        return
    left = asking.questions_left(import_.organisation_id, at)
    asked = list(islice(chain([first], wanted), left))
    if not asked:
        return
    numbers = [name for name in matching.STRONG if any(getattr(row, name) for row in asked)]
    found = matching.people_elsewhere(import_.id, [row.id for row in asked], numbers)
    questions = [(_facts_of_question(row), found.get(row.id)) for row in asked]
    asking.count_questions(import_.organisation_id, questions, at)
    names = _names(set(found.values()))
    for row in asked:
        row.asked_key = _question(row)
        person_id = found.get(row.id)
        if person_id is not None:
            row.matches = [
                {"person": person_id, "name": names[person_id], "weight": people.SURE,
                 "reasons": [N_("Known to another organisation, by an exact number")],
                 "elsewhere": True}
            ]  # fmt: skip


def _question(row: _Row) -> str:
    """Return the hash of what would be asked about a row; nothing when too little is known."""
    strong = [row.uln, row.ni_number, row.scheme_number]
    second = [row.birth_date, row.surname_key]
    if not any(strong) or not any(second):
        return ""
    return hashlib.blake2b(repr((strong, second)).encode(), digest_size=16).hexdigest()


def _facts_of_question(row: _Row) -> dict[str, Any]:
    strong = {name: getattr(row, name) for name in matching.STRONG}
    return {**strong, "birth_date": row.birth_date, "surname": row.surname_key}


def _names(ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    columns = Person.__table__.c
    statement = select(columns.id, columns.first_names, columns.surname)
    found = db.session.connection().execute(statement.where(columns.id.in_(ids)))
    return {each: people.covered_name(first, last) for each, first, last in found}


# Repeats and what the target knows ----------------------------------------------------------------


def _take_repeats(import_: Import, window: Window, rows: Mapping[int, _Row]) -> None:
    found = matching.repeats(window, import_.organisation_id)
    for row in rows.values():
        repeat = found.get(row.id)
        said = _repeat_words(import_, repeat) if repeat else ""
        if row.is_repeat_allowed:
            said = ""
        row.repeat_of = said[:160]


def _repeat_words(import_: Import, repeat: Repeat) -> str:
    if repeat.import_id != import_.id:
        return say(
            "The same row was brought before: row %(number)s of “%(name)s”.",
            number=repeat.number, name=repeat.import_name[:60],
        )  # fmt: skip
    if repeat.is_content:
        return say("Row %(number)s says the same.", number=repeat.number)
    return say("Row %(number)s has the same name and date of birth.", number=repeat.number)


def _take_doubles(window: Window, rows: Mapping[int, _Row]) -> None:
    for row_id, (number, name) in matching.doubles(window).items():
        if row_id in rows:
            words = say(
                "Row %(number)s has the same %(what)s. Correct one of the two, or remove it.",
                number=number, what=NUMBERS[name],
            )  # fmt: skip
            rows[row_id].late.append((name, words))


def _take_late_errors(kind: Kind, rows: Mapping[int, _Row]) -> None:
    """Ask the target; it gets the values of rows whose person is known, which it compares."""
    facts = [
        facts_of(kind, row)
        if row.person_id
        else RowFacts(row.id, row.number, {}, photo_id=row.photo_id)
        for row in rows.values()
    ]
    for error in target_of(kind.import_).late_errors(facts):
        rows[error.row_id].late.append((error.field, error.words))


def facts_of(kind: Kind, row: Any) -> RowFacts:
    """Return a row as its target looks at it."""
    return RowFacts(
        id=row.id,
        number=row.number,
        values=checking.real_values(kind.subject, row.values),
        person_id=row.person_id,
        is_linked=row.choice == Choice.LINK,
        photo_id=row.photo_id,
    )


def _conclude(window: Window, rows: Mapping[int, _Row]) -> None:
    early = matching.rows_with_early_errors(window)
    for row in rows.values():
        waits = []
        if row.matches and row.person_id is None and row.choice != Choice.SEPARATE:
            waits.append(PERSON)
        if row.repeat_of:
            waits.append(REPEAT)
        if waits:
            row.asks = {**row.asks, "": " ".join(waits)}
        wrong = row.id in early or row.late
        row.state = RowState.ERROR if wrong else RowState.ASKS if row.asks else RowState.VALID


def _write(kind: Kind, window: Window, rows: Mapping[int, _Row]) -> None:
    import_ = kind.import_
    connection = db.session.connection()
    changed = [row for row in rows.values() if row.now() != row.stood]
    names = ("state", "asks", "matches", "choice", "person_id", "repeat_of", "asked_key")
    if changed:
        statement = (
            update(_table)
            .where(_table.c.id == bindparam("row"))
            .values({name: bindparam(f"new_{name}", type_=_table.c[name].type) for name in names})
        )
        connection.execute(
            statement,
            [
                {"row": row.id} | {f"new_{name}": getattr(row, name) for name in names}
                for row in changed
            ],
        )
    errors = CellError.__table__
    connection.execute(
        delete(errors).where(
            errors.c.import_id == import_.id,
            errors.c.row_id.between(window.first, window.last),
            errors.c.is_late.is_(True),
        )
    )
    wrong = [row for row in rows.values() if row.late]
    _load_values(rows, [row.id for row in wrong])
    storing.add_errors(
        import_,
        [(row.id, name, checking.shown(kind.subject, row.values, name), words, True)
         for row in wrong for name, words in row.late],
    )  # fmt: skip
    if changed:
        storing.expire_rows(import_)
