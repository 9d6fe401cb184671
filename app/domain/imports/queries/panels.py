"""What waits for an answer or could be put right at once, gathered over all rows of an import."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from sqlalchemy import func, select

from app.clock import today
from app.domain.imports.cells import given, text_of
from app.domain.imports.checking import real_value
from app.domain.imports.headers import FULL_NAME
from app.domain.imports.models import CellError, Import, ImportFile, ImportRow
from app.domain.imports.notation import divided, read_cell
from app.domain.imports.rules import Guess, Notation, RowState
from app.domain.imports.targets import target_of
from app.domain.kernel.fields import Field, Subject
from app.domain.kernel.words import N_
from app.extensions import db

LIVE = (RowState.ERROR.value, RowState.ASKS.value, RowState.VALID.value)
LOOKED_AT = 100_000
EXAMPLES = 3


@dataclass(frozen=True)
class Fix:
    """Equal errors in one field, to be put right together."""

    field: str
    label: str
    raw: str
    words: str
    count: int
    suggestion: str = ""


@dataclass(frozen=True)
class Decision:
    """A column whose cells could mean two things; ``examples`` show what each answer makes."""

    file: ImportFile
    field: str
    label: str
    guess: Guess
    count: int
    examples: list[tuple[str, dict[str, str]]]


@dataclass(frozen=True)
class Answered:
    """What was answered about a column."""

    file: ImportFile
    field: str
    label: str
    guess: Guess
    answer: str


@dataclass(frozen=True)
class NotationCount:
    """How often a way of writing was met in a column, with examples; it can be undone."""

    file: ImportFile
    field: str
    label: str
    notation: Notation
    count: int
    examples: list[tuple[str, str]]
    is_undone: bool = False


def fixes(import_: Import, limit: int = 100) -> list[Fix]:
    """Return the errors of an import, equal ones together, the most frequent first."""
    statement = (
        select(CellError.field, CellError.raw, CellError.words, func.count())
        .where(CellError.import_id == import_.id)
        .group_by(CellError.field, CellError.raw, CellError.words)
        .order_by(func.count().desc(), CellError.field, CellError.raw)
        .limit(limit)
    )
    subject = target_of(import_).subject()
    return [
        Fix(name, label_of(subject, name), raw, words, count, _suggestion(subject, name, raw))
        for name, raw, words, count in db.session.execute(statement)
    ]


def label_of(subject: Subject, name: str) -> str:
    """Return the heading of a field, also of one that only a file can have."""
    if name == FULL_NAME:
        return N_("Name")
    return next((one.column for one in subject.fields if one.name == name), "")


def _suggestion(subject: Subject, name: str, raw: str) -> str:
    """Return the choice that is nearest to what was written."""
    one = next((each for each in subject.fields if each.name == name), None)
    if one is None or not raw or one.kind != "choice":
        return ""
    names = {str(text).casefold(): str(label) for code, label in one.options()
             for text in (code, label)}  # fmt: skip
    near = get_close_matches(raw.casefold(), names, n=1, cutoff=0.6)
    return names[near[0]] if near else ""


def decisions(import_: Import) -> list[Decision]:
    """Return the columns that wait for a choice, file by file."""
    subject = target_of(import_).subject()
    files = {file.id: file for file in import_.files}
    counted: dict[tuple[int, str, Guess], int] = {}
    samples: dict[tuple[int, str, Guess], list[Any]] = {}
    columns = (ImportRow.file_id, ImportRow.asks, ImportRow.cells)
    statement = select(*columns).where(
        ImportRow.import_id == import_.id,
        ImportRow.state.in_((RowState.ASKS.value, RowState.ERROR.value)),
        ImportRow.file_id.is_not(None),
    )
    for file_id, asks, cells in db.session.execute(statement.limit(LOOKED_AT)):
        for name, guess in asks.items():
            if name:
                key = (file_id, name, Guess(guess))
                counted[key] = counted.get(key, 0) + 1
                some = samples.setdefault(key, [])
                if len(some) < EXAMPLES:
                    some.append(_cell_of(files[file_id], name, cells))
    return [
        Decision(
            files[file_id], name, label_of(subject, name), guess, count,
            [(text_of(raw), _readings(subject, name, guess, raw))
             for raw in samples[file_id, name, guess]],
        )
        for (file_id, name, guess), count in sorted(counted.items())
    ]  # fmt: skip


def _cell_of(file: ImportFile, name: str, cells: list[Any]) -> Any:
    at = file.mapping.index(name) if name in file.mapping else -1
    return cells[at] if 0 <= at < len(cells) else None


def _readings(subject: Subject, name: str, guess: Guess, raw: Any) -> dict[str, str]:
    """Return what a cell would be read as, by each answer."""
    if name == FULL_NAME:
        parts = {answer: divided(text_of(raw), answer) for answer in guess.answers}
        return {
            answer: f"{found[0]} | {found[1]}" if found and answer != "no" else ""
            for answer, found in parts.items()
        }
    one: Field = subject.field(name)
    found = {}
    for answer in guess.answers:
        said = read_cell(one, given(raw), today(), {guess: answer})
        found[answer] = one.show(said.value) if said.value is not None else ""
    return found


def answered(import_: Import) -> list[Answered]:
    """Return what was answered about columns."""
    subject = target_of(import_).subject()
    return [
        Answered(file, name, label_of(subject, name), Guess(guess), answer)
        for file in import_.files
        for name, answers in file.choices.items()
        if name
        for guess, answer in answers.items()
    ]


def notations(import_: Import) -> list[NotationCount]:
    """Return the ways of writing that were applied, by file, column and kind, with examples."""
    subject = target_of(import_).subject()
    files = {file.id: file for file in import_.files}
    counted: dict[tuple[int, str, Notation], int] = {}
    examples: dict[tuple[int, str, Notation], list[tuple[str, str]]] = {}
    columns = (ImportRow.file_id, ImportRow.marks, ImportRow.cells, ImportRow.values)
    statement = select(*columns).where(
        ImportRow.import_id == import_.id,
        ImportRow.state.in_(LIVE),
        ImportRow.file_id.is_not(None),
    )
    for file_id, marks, cells, values in db.session.execute(statement.limit(LOOKED_AT)):
        for name, mark in marks.items():
            notation = Notation.of_mark(mark)
            if notation is None:
                continue
            key = (file_id, name, notation)
            counted[key] = counted.get(key, 0) + 1
            some = examples.setdefault(key, [])
            if len(some) < EXAMPLES and name in values:
                shown = _shown(subject, name, values)
                one = (text_of(_cell_of(files[file_id], name, cells)), shown)
                some += [one] if one not in some else []
    found = [
        NotationCount(files[file_id], name, label_of(subject, name), mark, count,
                      examples[file_id, name, mark])
        for (file_id, name, mark), count in sorted(counted.items())
    ]  # fmt: skip
    return found + _undone(import_, subject)


def _shown(subject: Subject, name: str, values: Mapping[str, Any]) -> str:
    one = subject.field(name)
    return one.show(real_value(one, values[name]))


def _undone(import_: Import, subject: Subject) -> list[NotationCount]:
    return [
        NotationCount(file, name, label_of(subject, name), Notation(mark), 0, [], is_undone=True)
        for file in import_.files
        for name, marks in file.plain.items()
        for mark in marks
        if mark in set(Notation)
    ]
