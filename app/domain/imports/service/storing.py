"""Rows written and read anew: many at once, each as its cells and answers have it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from app.clock import today
from app.domain.imports import checking
from app.domain.imports.cells import Kept
from app.domain.imports.checking import LONGEST_RAW, LONGEST_WORDS, Checked, Checker
from app.domain.imports.columns import Layout
from app.domain.imports.models import CellError, Import, ImportFile, ImportRow
from app.domain.imports.rules import RowState
from app.domain.imports.targets import target_of
from app.domain.kernel import scope
from app.domain.kernel.fields import Subject
from app.domain.kernel.reading import among
from app.extensions import db

_table = ImportRow.__table__
_errors = CellError.__table__


@dataclass(frozen=True)
class Kind:
    """What all rows of one import share while they are read."""

    import_: Import
    subject: Subject
    day: date

    def checker(self, file: ImportFile | None) -> Checker:
        """Return the reader of the rows of one file, or of rows typed on the screen."""
        return Checker(self.subject, layout_of(file), self.day)


def kind_of(import_: Import) -> Kind:
    """Return what reading rows of an import needs."""
    return Kind(import_, target_of(import_).subject(), today())


def layout_of(file: ImportFile | None) -> Layout:
    """Return how the rows of a file are read; typed rows have no cells."""
    if file is None:
        return Layout()
    return Layout(tuple(file.mapping), file.choices, file.plain, file.seen)


def insert_rows(
    import_: Import,
    file: ImportFile | None,
    numbered: Sequence[tuple[int, Sequence[Kept], Mapping[str, str], Checked]],
) -> None:
    """Insert rows with what each says; their number in the file makes each come once."""
    if not numbered:
        return
    shared: dict[str, Any] = {
        "import_id": import_.id, "organisation_id": import_.organisation_id,
        "file_id": file.id if file else None, "version": 1, "plain": [], "repeat_of": "",
        "is_repeat_allowed": False, "matches": [], "asked_key": "", "choice": "",
        "person_id": None, "choice_reason": "", "photo_id": None, "application_id": None,
        "registration_id": None,
    }  # fmt: skip
    rows = [
        {"number": number, "cells": cells, "typed": typed, **_said(checked)}
        for number, cells, typed, checked in numbered
    ]
    scope.create_many(db.session(), ImportRow, rows, shared)
    wrong = {number: checked for number, _, _, checked in numbered if checked.errors}
    if wrong:
        ids = _ids_in_error(import_, file, min(wrong), max(wrong))
        _insert_errors(import_, [(ids[number], each) for number, each in wrong.items()])


def _ids_in_error(
    import_: Import, file: ImportFile | None, first: int, last: int
) -> dict[int, int]:
    of_file = _table.c.file_id == file.id if file else _table.c.file_id.is_(None)
    statement = select(_table.c.number, _table.c.id).where(
        of_file,
        _table.c.import_id == import_.id,
        _table.c.number.between(first, last),
        _table.c.state == RowState.ERROR.value,
    )
    return {each[0]: each[1] for each in db.session.connection().execute(statement)}


def _said(checked: Checked) -> dict[str, Any]:
    return {
        "state": checked.state,
        "values": checked.kept,
        "marks": checked.marks,
        "asks": checked.asks,
        "digest": checked.digest,
        **checking.keys_of(checked.values),
    }


def _insert_errors(import_: Import, found: Iterable[tuple[int, Checked]]) -> None:
    add_errors(
        import_,
        [
            (row_id, name, checked.shown.get(name, ""), words, False)
            for row_id, checked in found
            for name, words in checked.errors.items()
        ],
    )


def add_errors(import_: Import, found: Sequence[tuple[int, str, str, str, bool]]) -> None:
    """Insert cell errors: row, field, what stands there, words, and whether it was found late."""
    rows = [
        {
            "import_id": import_.id,
            "organisation_id": import_.organisation_id,
            "row_id": row_id,
            "field": name,
            "raw": raw[:LONGEST_RAW],
            "words": str(words)[:LONGEST_WORDS],
            "is_late": late,
        }
        for row_id, name, raw, words, late in found
    ]
    scope.create_many(db.session(), CellError, rows)


@dataclass(frozen=True)
class Stored:
    """What a row is read from."""

    id: int
    file_id: int | None
    cells: list[Kept]
    typed: dict[str, str]
    plain: list[str]


def stored(import_: Import, row_ids: Sequence[int]) -> list[Stored]:
    """Return what rows of an import are read from, in the order of their ids."""
    columns = (_table.c.id, _table.c.file_id, _table.c.cells, _table.c.typed, _table.c.plain)
    statement = (
        select(*columns)
        .where(_table.c.import_id == import_.id, _table.c.id.in_(row_ids))
        .order_by(_table.c.id)
    )
    return [Stored(*row) for row in db.session.connection().execute(statement)]


def reread(kind: Kind, row_ids: Sequence[int]) -> dict[str, set[str]]:
    """Read rows anew from their cells and what was typed; return the evidence of their dates.

    Rows that are finalised or removed are not given here.
    """
    import_ = kind.import_
    files = {each.id: each for each in import_.files}
    checkers: dict[int | None, Checker] = {}
    found: list[tuple[int, Checked]] = []
    evidence: dict[str, set[str]] = {}
    for row in stored(import_, row_ids):
        if row.file_id not in checkers:
            checkers[row.file_id] = kind.checker(files.get(row.file_id or 0))
        checked = checkers[row.file_id].check(row.cells, row.typed, row.plain)
        found.append((row.id, checked))
        for name, seen in checked.evidence.items():
            evidence.setdefault(name, set()).add(seen)
    _rewrite(import_, found)
    return evidence


def _rewrite(import_: Import, found: Sequence[tuple[int, Checked]]) -> None:
    if not found:
        return
    connection = db.session.connection()
    sample = _said(found[0][1])
    statement = (
        update(_table)
        .where(_table.c.id == bindparam("row"))
        .values(
            version=_table.c.version + 1,
            **{name: bindparam(f"new_{name}", type_=_table.c[name].type) for name in sample},
        )
    )
    rows = [
        {"row": row_id, **{f"new_{name}": value for name, value in _said(each).items()}}
        for row_id, each in found
    ]
    connection.execute(statement, rows)
    connection.execute(
        delete(_errors).where(
            _errors.c.row_id.in_([row_id for row_id, _ in found]), _errors.c.is_late.is_(False)
        )
    )
    _insert_errors(import_, [(row_id, each) for row_id, each in found if each.errors])
    expire_rows(import_)


def expire_rows(import_: Import) -> None:
    """Let rows in memory be read anew: statements below the ORM have changed them."""
    for row in list(db.session.identity_map.values()):
        if isinstance(row, ImportRow) and row.import_id == import_.id:
            db.session.expire(row)


def type_over(row_ids: Sequence[int], typed: Mapping[int, Mapping[str, str]]) -> None:
    """Set what somebody typed in place of cells, row by row."""
    if not row_ids:
        return
    statement = (
        update(_table)
        .where(_table.c.id == bindparam("row"))
        .values(typed=bindparam("new", type_=_table.c.typed.type))
    )
    rows = [{"row": row_id, "new": dict(typed[row_id])} for row_id in row_ids]
    db.session.connection().execute(statement, rows)


def set_facts(wanted: Mapping[int, Mapping[str, Any]]) -> None:
    """Set what was decided about rows: the same columns of each."""
    if not wanted:
        return
    names = list(next(iter(wanted.values())))
    statement = (
        update(_table)
        .where(_table.c.id == bindparam("row"))
        .values(
            {name: bindparam(f"new_{name}", type_=_table.c[name].type) for name in names}
            | {"version": _table.c.version + 1}
        )
    )
    rows = [
        {"row": row_id} | {f"new_{name}": new[name] for name in names}
        for row_id, new in wanted.items()
    ]
    db.session.connection().execute(statement, rows)


def set_states(import_: Import, row_ids: Sequence[int], state: RowState) -> None:
    """Give rows a state that no reading gives: removed or finalised."""
    statement = (
        update(_table)
        .where(among(_table.c.id, row_ids), _table.c.import_id == import_.id)
        .values(state=state.value, version=_table.c.version + 1)
    )
    db.session.connection().execute(statement)
    expire_rows(import_)
