"""Rows read and checked: the same pure work for ten thousand of a file and for one edited cell."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import zip_longest
from typing import Any

import orjson

from app.domain.imports.cells import Kept, text_of
from app.domain.imports.columns import Column, Layout, ReadColumn, as_it_came
from app.domain.imports.headers import FULL_NAME
from app.domain.imports.notation import Said, divided
from app.domain.imports.rules import Guess, RowState
from app.domain.kernel.fields import Field, Subject, UnreadValueError, Values
from app.domain.kernel.identifiers import name_key
from app.domain.kernel.typed import quoted
from app.domain.kernel.words import say

_ERROR, _ASKS, _VALID = (each.value for each in (RowState.ERROR, RowState.ASKS, RowState.VALID))
_NAMES = ("first_names", "surname")
LONGEST_RAW, LONGEST_WORDS = 200, 400


@dataclass(slots=True)
class Checked:
    """What a row says; `errors` are words by field, `evidence` what its dates have shown."""

    values: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    """The values that are not blank; a date becomes text where JSON is written."""
    errors: dict[str, str] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    asks: dict[str, str] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    """The text of each cell in error."""
    evidence: dict[str, str] = field(default_factory=dict)
    digest: str = ""

    @property
    def state(self) -> str:
        """What stands in the way, as far as the row itself tells: a code of RowState."""
        if self.errors:
            return _ERROR
        return _ASKS if self.asks else _VALID


class Checker:
    """Reads rows of one layout for one subject; remembers how a column's cells read."""

    def __init__(self, subject: Subject, layout: Layout, today: date) -> None:
        self.subject, self.layout, self.today = subject, layout, today
        self.evidence: dict[str, set[str]] = {}
        """What the dates of the rows of ``check_many`` have shown so far, by field."""
        self._whole_at = layout.columns.get(FULL_NAME)
        self._columns = [
            Column(one, layout.columns.get(one.name), layout, today) for one in subject.fields
        ]
        self._conditional = [each for each in subject.fields if callable(each.required)]

    def check(
        self,
        cells: Sequence[Kept],
        typed: Mapping[str, str] | None = None,
        plain: Sequence[str] = (),
    ) -> Checked:
        """Return what a row says, with every error in it."""
        typed, found, content = typed or {}, Checked(), []
        whole = self._whole_name(cells, typed, found)
        for column in self._columns:
            name, raw = column.name, column.cell(cells)
            content.append(typed.get(name, raw))
            if name in typed:
                raw = typed[name]
                said = column.read_typed(typed[name])
            elif whole is not None and name in _NAMES:
                if name not in whole:
                    continue
                raw = whole[name]
                said = column.read(raw)
            else:
                said = column.read(raw)
                if said.mark is not None and name in plain:
                    said = as_it_came(raw)
            _take(name, raw, said, found)
        self._check_whole(found)
        found.digest = _digest(content)
        return found

    def check_many(self, rows: Sequence[Sequence[Kept]]) -> list[Checked]:
        """Return what rows say in which nothing was typed: column by column, which is quicker."""
        if self._whole_at is not None:
            return [self._noted(self.check(cells)) for cells in rows]
        turned = list(zip_longest(*rows))
        content = [column.cells(turned, len(rows)) for column in self._columns]
        read = [
            column.read_all(cells) for column, cells in zip(self._columns, content, strict=True)
        ]
        found = _standing(self.subject.names, [each.values for each in read])
        for column, cells, each in zip(self._columns, content, read, strict=True):
            self._note(column, cells, each, found)
        for one, values in zip(found, zip(*content, strict=True), strict=True):
            self._check_whole(one)
            one.digest = _digest(values)
        return found

    def _noted(self, checked: Checked) -> Checked:
        for name, seen in checked.evidence.items():
            self.evidence.setdefault(name, set()).add(seen)
        return checked

    def _note(
        self,
        column: Column,
        cells: Sequence[Kept],
        read: ReadColumn,
        found: Sequence[Checked],
    ) -> None:
        """Add to rows what a column says besides values that stand."""
        name = column.name
        if column.field.kind == "date":
            self.evidence[name] = self.evidence.get(name, set()) | read.evidence
        for at, each in read.told.items():
            if each.words or each.guess is not None:
                row = found[at]
                row.values.pop(name)
                row.kept.pop(name, None)
                _take(name, cells[at], each, row)
            elif each.mark is not None:
                found[at].marks[name] = each.mark

    def _whole_name(
        self, cells: Sequence[Kept], typed: Mapping[str, str], found: Checked
    ) -> dict[str, str] | None:
        """Divide a column of whole names as was answered about it."""
        at = self._whole_at
        if at is None or at >= len(cells) or {"first_names", "surname"} <= set(typed):
            return None
        text = text_of(cells[at])
        if not text.strip():
            return None
        answer = self.layout.choices.get(FULL_NAME, {}).get(Guess.JOINED_NAMES)
        if answer is None:
            found.asks[FULL_NAME] = Guess.JOINED_NAMES
            return {}
        parts = divided(text, answer)
        if answer == "no" or parts is None:
            words = say("“%(name)s”: type first names and last name.", name=quoted(text))
            for name in ("first_names", "surname"):
                if name not in typed:
                    found.errors[name], found.shown[name] = words, text[:LONGEST_RAW]
            return {}
        first, last = parts
        return {"first_names": first, "surname": last}

    def _check_whole(self, found: Checked) -> None:
        """Ask which fields are required of this row, then run the checks across fields."""
        if self._conditional:
            self._require(found)
        if self.subject.checks:
            values = Values(found.values, found.errors.keys() | found.asks.keys(), self.today)
            for check in self.subject.checks:
                self._cross(check, values, found)

    def _require(self, found: Checked) -> None:
        unread = found.errors.keys() | found.asks.keys()
        values = Values(found.values, unread, self.today)
        missing = [
            one
            for one in self._conditional
            if found.values.get(one.name) is None
            and one.name not in unread
            and one.is_required(values)
        ]
        for one in missing:  # only now: each was asked of the row as it came
            found.errors[one.name] = one.missing_words()
            found.shown[one.name] = ""
            found.values.pop(one.name, None)
            found.kept.pop(one.name, None)

    def _cross(
        self, check: Callable[[Values], Mapping[str, str]], values: Values, found: Checked
    ) -> None:
        try:
            errors = check(values)
        except UnreadValueError:
            return
        for name, words in errors.items():
            if name not in found.errors:
                value = found.values.get(name)
                found.errors[name] = words
                found.shown[name] = self._shown(name, value)

    def _shown(self, name: str, value: Any) -> str:
        return self.subject.field(name).show(value)[:LONGEST_RAW] if value is not None else ""


def _standing(names: Sequence[str], columns: Sequence[Sequence[Any]]) -> list[Checked]:
    """Turn columns of values into rows."""
    partly = [name for name, column in zip(names, columns, strict=True) if None in column]
    found = []
    for row in zip(*columns, strict=True):
        values = dict(zip(names, row, strict=True))
        kept = values.copy()
        if None in row:
            for name in partly:
                if kept[name] is None:
                    del kept[name]
        found.append(Checked(values, kept))
    return found


def _take(name: str, raw: Kept, said: Said, found: Checked) -> None:
    """Add to a row what one of its cells says."""
    if said.words:
        found.errors[name] = said.words
        found.shown[name] = text_of(raw)[:LONGEST_RAW]
        return
    if said.evidence:
        found.evidence[name] = said.evidence
    if said.guess is not None:
        found.asks[name] = said.guess
        return
    found.values[name] = said.value
    if said.value is not None:
        found.kept[name] = said.value
        if said.mark is not None:
            found.marks[name] = said.mark


def _digest(content: Sequence[Any]) -> str:
    """Return the hash of a row's content, by field, whatever the order of its columns."""
    try:
        dumped = orjson.dumps(content)
    except TypeError:  # a number or a sign for which it has no room
        dumped = repr(list(content)).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(dumped, digest_size=16).hexdigest()


def real_values(subject: Subject, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return every field's value as the subject gives it; what is blank is None."""
    return {one.name: real_value(one, stored.get(one.name)) for one in subject.fields}


def real_value(one: Field, value: Any) -> Any:
    """Return a value as its field gives it, from what JSON holds."""
    if value is not None and one.kind == "date":
        return date.fromisoformat(value)
    return value


def shown(subject: Subject, stored: Mapping[str, Any], name: str) -> str:
    """Return what stands in a cell of a row as people see it; empty for no field's name."""
    one = next((each for each in subject.fields if each.name == name), None)
    return "" if one is None else one.show(real_value(one, stored.get(name)))


def keys_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns by which rows are compared with people and with each other."""
    surname, first = values.get("surname"), values.get("first_names")
    surname_key = name_key(surname)[:200] if surname else None
    return {
        "uln": values.get("uln"),
        "ni_number": values.get("ni_number"),
        "scheme_number": values.get("scheme_number") or values.get("candidate_number"),
        "surname_key": surname_key,
        "name_key": name_key(surname, first)[:200] if surname and first else surname_key,
        "birth_date": values.get("birth_date"),
    }
