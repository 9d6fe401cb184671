"""Awards from a spreadsheet: rows of one registration make one award, each with a component."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from app.domain.awards import queries as awards
from app.domain.awards.fields import AWARD_ROW, MOST_COMPONENTS, Component
from app.domain.awards.models import Award
from app.domain.awards.rules import AWAITING_ISSUE
from app.domain.awards.service import making
from app.domain.awards.service.making import AwardDraft
from app.domain.imports.models import ImportRow
from app.domain.imports.rules import RowState
from app.domain.imports.targets.base import LateError, Made, RowFacts, Target
from app.domain.kernel.fields import Subject
from app.domain.kernel.identifiers import name_key
from app.domain.kernel.permissions import Permission
from app.domain.kernel.reading import among
from app.domain.kernel.words import N_, say
from app.domain.registrations.models import Registration
from app.extensions import db

SOURCE = "upload"
FACTS = {
    "outcome": "outcome", "grade": "grade", "awarded_on": "awarded_on", "qualification": "title",
    "title_number": "title_number", "level": "level", "credits": "credits",
}  # fmt: skip
"""What is said once of an award, by the field of a row: the column of the award."""
NEEDED = {
    "outcome": N_("No row of this award says the outcome. Choose it in one of them."),
    "awarded_on": N_("No row of this award says when it was awarded. Give the date in one of "
                     "them."),
}  # fmt: skip
WITHDRAWN = N_(
    "The award that was made of other rows was withdrawn. Bring all of its rows in a new upload."
)

_table = ImportRow.__table__
_named = ImportRow.values["registration"].as_string()


class Awards(Target):
    """What learners achieved on completed registrations, recorded by the awarding body."""

    code = "awards"
    label = N_("Awards")
    rows_title = N_("Awards to be made")
    is_about_people = False
    settling = N_("Looking for the registrations")
    is_for_staff = True
    instead = dict.fromkeys(
        (Permission.VIEW_APPLICATIONS, Permission.FILL_IN_APPLICATIONS,
         Permission.CREATE_PURCHASES),
        Permission.MAKE_AWARDS,
    )  # fmt: skip
    grid = AWARD_ROW.names
    instructions = (
        N_("Fill in one line for each component of an award, or one line for an award without "
           "components. Lines with the same enrolment number make one award."),
        N_("Outcome, grade, date, title, number, level and credits are needed in one line of each "
           "award. Where further lines repeat them, they say the same."),
        N_("The registration must be completed. The surname shows that the number is right."),
        N_("Upload the file. What is wrong is shown in its cell and can be put right there."),
    )  # fmt: skip

    def subject(self) -> Subject:
        """Return the columns: what names the registration, the award, and one component."""
        return AWARD_ROW

    def late_errors(self, rows: Sequence[RowFacts]) -> list[LateError]:
        """Return what stands against awards, and rows that do not agree with others of theirs."""
        asked = {row.id for row in rows}
        return [each for group in _groups(asked) for each in _errors(group) if each.row_id in asked]

    def beside(self, row_ids: Sequence[int]) -> set[int]:
        """Return the live rows about the same registrations."""
        return {row.id for group in _groups(row_ids) for row in group.live}

    def make(self, rows: Sequence[RowFacts], reference: str, at: datetime) -> Made:
        """Make an award of the rows of each registration, or add to the one that rows made."""
        asked, made = {row.id for row in rows}, dict[int, int]()
        refused: list[LateError] = []
        fresh: list[tuple[AwardDraft, list[_Row]]] = []
        for group in _groups(asked):
            late = [each for each in _errors(group) if each.row_id in asked]
            wrong = {each.row_id for each in late}
            refused += late
            good = [row for row in group.live if row.id in asked - wrong]
            if good and group.present is not None:
                making.add_components(group.present, _components(good))
                made |= {row.id: group.present.id for row in good}
            elif good:
                fresh.append((_draft(group, good), good))
        ids = making.make_awards([draft for draft, _ in fresh], at=at, source=SOURCE)
        for award_id, (_, good) in zip(ids, fresh, strict=True):
            made |= {row.id: award_id for row in good}
        return Made({}, {}, refused, made)


@dataclass(frozen=True)
class _Row:
    """A row of the import as it is held; ``values`` as JSON has them."""

    id: int
    number: int
    state: str
    values: Mapping[str, Any]
    award_id: int | None


@dataclass
class _Group:
    """The rows about one registration; None for a number that none has."""

    registration: Registration | None
    present: Award | None
    """Its award that stands, whoever made it."""
    rows: list[_Row] = field(default_factory=list)

    @property
    def live(self) -> list[_Row]:
        """The rows that no award was made of yet."""
        return [row for row in self.rows if row.state != RowState.DONE]

    @property
    def made(self) -> set[int]:
        """The awards that other rows became."""
        return {row.award_id for row in self.rows if row.award_id is not None}


def _groups(row_ids: set[int] | Sequence[int]) -> list[_Group]:
    """Return the registrations that rows are about, each with all rows of the import about it."""
    connection = db.session.connection()
    statement = select(_table.c.import_id, _named).where(among(_table.c.id, list(row_ids)))
    found = [row for row in connection.execute(statement) if row[1]]
    if not found:
        return []
    names = {row[1] for row in found}
    ids = awards.registrations_named(names)
    registrations = awards.registrations_for_awards(ids.values())
    for each in registrations.values():
        ids |= dict.fromkeys((str(each.number), each.enrolment_number), each.id)
    present = awards.awarded(registrations)
    groups: dict[int | str, _Group] = {}
    for row in _rows(found[0][0], names | set(ids)):
        name = row.values["registration"]
        key = ids.get(name)
        group = groups.setdefault(
            name if key is None else key,
            _Group(registrations.get(key or 0), present.get(key or 0)),
        )
        group.rows.append(row)
    return list(groups.values())


def _rows(import_id: int, names: set[str]) -> Iterator[_Row]:
    """Yield the rows of an import that name one of these registrations, in their order."""
    columns = [_table.c[name] for name in ("id", "number", "state", "values", "award_id")]
    statement = (
        select(*columns)
        .where(
            _table.c.import_id == import_id,
            _table.c.state != RowState.REMOVED.value,
            among(_named, sorted(names)),
        )
        .order_by(_table.c.id)
    )
    return (_Row(*row) for row in db.session.connection().execute(statement))


# What stands against them ---------------------------------------------------------------------


def _errors(group: _Group) -> Iterator[LateError]:
    """Yield what stands against the live rows of one award."""
    reason = _refusal(group)
    if reason:
        yield from (LateError(row.id, "registration", reason) for row in group.live)
        return
    assert group.registration is not None
    person = group.registration.person
    for row in group.live:
        surname = row.values.get("surname")
        if surname and name_key(surname) != name_key(person.surname):
            words = say("The learner of this registration is %(name)s. Check the number.",
                        name=person.full_name)  # fmt: skip
            yield LateError(row.id, "surname", words)
    yield from _disagreements(group)
    yield from _repeated_components(group)


def _refusal(group: _Group) -> str:
    """Say why no award can be made of these rows; nothing for one that other rows have made."""
    if not group.made:
        return making.refusal(group.registration, group.present) or ""
    if group.present is None or group.present.id not in group.made:
        return WITHDRAWN
    if group.present.state != AWAITING_ISSUE.code:
        return say(
            "Documents were issued for award %(number)s, which other rows have made: nothing can "
            "be added to it. Remove this row.", number=group.present.number,
        )  # fmt: skip
    return ""


def _disagreements(group: _Group) -> Iterator[LateError]:
    """Yield cells that say something else of the award than it does, or than an earlier row."""
    for name, column in FACTS.items():
        stated = [row for row in group.live if row.values.get(name) is not None]
        if group.present is not None:
            stands = _plain(getattr(group.present, column))
            words = say(
                "Award %(number)s, which other rows have made, says “%(said)s”. Say the same, or "
                "leave it empty.", number=group.present.number, said=_shown(name, stands),
            )  # fmt: skip
        elif stated:
            stands = stated[0].values[name]
            words = say(
                "Row %(number)s says “%(said)s”. The rows of one award say the same, or leave it "
                "empty.", number=stated[0].number, said=_shown(name, stands),
            )  # fmt: skip
        else:
            if name in NEEDED:
                yield from (LateError(row.id, name, NEEDED[name]) for row in group.live)
            continue
        yield from (LateError(row.id, name, words) for row in stated if row.values[name] != stands)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _shown(name: str, value: Any) -> str:
    real = date.fromisoformat(value) if name == "awarded_on" and value else value
    return AWARD_ROW.field(name).show(real)


def _repeated_components(group: _Group) -> Iterator[LateError]:
    """Yield rows that bring a component once more, or none although another row says so."""
    seen: dict[str, _Row] = {}
    present = group.present.components if group.present is not None else []
    count, known = len(present), {each["code"].casefold() for each in present}
    made = [row for row in group.rows if row.state == RowState.DONE]
    for row in [*made, *group.live]:
        code = str(row.values.get("component_code") or "").casefold()
        first = seen.setdefault(code, row)
        if first is not row and row.state != RowState.DONE:
            yield LateError(row.id, "component_code", _repeats(first, code))
        elif first is row and row.state != RowState.DONE and code:
            count += 1
            if code in known:
                yield LateError(row.id, "component_code", N_("The award has this component."))
            elif count > MOST_COMPONENTS:
                words = say("At most %(most)s components fit.", most=MOST_COMPONENTS)
                yield LateError(row.id, "component_code", words)


def _repeats(first: _Row, code: str) -> str:
    if code:
        return say(
            "Row %(number)s of this award has the same code. Correct one of the two, or remove it.",
            number=first.number,
        )  # fmt: skip
    return say(
        "Row %(number)s is about the same award and has no component, either. Give the component, "
        "or remove this row.", number=first.number,
    )  # fmt: skip


# What they become -----------------------------------------------------------------------------


def _components(rows: Sequence[_Row]) -> tuple[Component, ...]:
    return tuple(
        Component(
            code=row.values["component_code"],
            title=row.values["component_title"],
            level=row.values.get("component_level") or "",
            credit=row.values.get("component_credit"),
            result=row.values.get("component_result") or "",
        )
        for row in rows
        if row.values.get("component_code")
    )


def _draft(group: _Group, good: Sequence[_Row]) -> AwardDraft:
    """Return the award of a registration: what any of its rows says, with these components."""
    assert group.registration is not None
    said: dict[str, Any] = {}
    for name, column in FACTS.items():
        stated = [row.values[name] for row in group.live if row.values.get(name) is not None]
        if stated:
            said[column] = stated[0]
    said["awarded_on"] = date.fromisoformat(said["awarded_on"])
    return AwardDraft(registration_id=group.registration.id, components=_components(good), **said)
