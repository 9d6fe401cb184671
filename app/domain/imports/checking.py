"""Rows read and checked: the same pure work for ten thousand of a file and for one edited cell."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson

from app.domain.imports.cells import Kept, given, text_of
from app.domain.imports.headers import FULL_NAME
from app.domain.imports.notation import (
    BLANK,
    Said,
    divided,
    leaves_doubt,
    must_ask,
    read_cell,
)
from app.domain.imports.rules import Guess, RowState
from app.domain.kernel.fields import Field, Subject, UnreadValueError, Values
from app.domain.kernel.identifiers import name_key
from app.domain.kernel.typed import quoted
from app.domain.kernel.words import say

_ERROR, _ASKS, _VALID = (each.value for each in (RowState.ERROR, RowState.ASKS, RowState.VALID))
_NAMES = ("first_names", "surname")
BEYOND = 1_000_000
"""Stands for the column of a field that a file has not got."""
REMEMBERED = 20_000
"""Cells of one column whose reading is remembered; then it is begun anew."""
LONGEST_RAW, LONGEST_WORDS = 200, 400


@dataclass(slots=True)
class Checked:
    """What a row says; `errors` are words by field, `evidence` what its dates have shown."""

    values: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    """The values as JSON holds them; what is blank is left out."""
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


@dataclass(frozen=True)
class Layout:
    """How the rows of one file are read: its columns, and what was answered about them."""

    mapping: tuple[str | None, ...] = ()
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    plain: Mapping[str, Sequence[str]] = field(default_factory=dict)
    seen: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, int]:
        """The column of each field."""
        return {name: at for at, name in enumerate(self.mapping) if name}


class Checker:
    """Reads rows of one layout for one subject; remembers how a column's cells read."""

    def __init__(self, subject: Subject, layout: Layout, today: date) -> None:
        self.subject, self.layout, self.today = subject, layout, today
        self._columns = layout.columns
        self._remembered: dict[str, dict[Any, Said]] = {each.name: {} for each in subject.fields}
        self._doubtful = {name for name, seen in layout.seen.items() if leaves_doubt(seen)}
        self._conditional = [each for each in subject.fields if callable(each.required)]
        self._missing = {
            each.name: each.missing_words() for each in subject.fields if each.required is True
        }
        self._places = [self._columns.get(each.name, BEYOND) for each in subject.fields]
        # What a row without a typed value needs of each field, looked up once.
        self._plan = [
            (each, each.name, self._columns.get(each.name), self._remembered[each.name])
            for each in subject.fields
        ]

    def check(
        self,
        cells: Sequence[Kept],
        typed: Mapping[str, str] | None = None,
        plain: Sequence[str] = (),
    ) -> Checked:
        """Return what a row says, with every error in it."""
        found = Checked()
        whole = self._whole_name(cells, typed or {}, found)
        for one, name, at, remembered in self._plan:
            if typed and name in typed:
                raw: Kept = typed[name]
                said = read_cell(one, typed[name], self.today, {})
                said = Said(said.value, said.words or _typed_words(said, typed[name]))
                said.kept = as_kept(said.value)
            elif whole is not None and name in _NAMES:
                if name not in whole:
                    continue
                raw = whole[name]
                said = self._read(one, raw, remembered)
            else:
                raw = cells[at] if at is not None and at < len(cells) else None
                said = self._read(one, raw, remembered)
                if said.mark is not None and (name in plain or said.mark in self._undone(name)):
                    said = _as_it_came(raw)
            self._take(name, raw, said, found)
        self._check_whole(found)
        found.digest = self._digest(cells, typed)
        return found

    def check_many(self, rows: Sequence[Sequence[Kept]]) -> list[Checked]:
        """Return what rows say in which nothing was typed: column by column, which is quicker."""
        if FULL_NAME in self._columns:
            return [self.check(cells) for cells in rows]
        found = [Checked() for _ in rows]
        for one, name, at, remembered in self._plan:
            column = (
                [cells[at] if at < len(cells) else None for cells in rows]
                if (at is not None)
                else [None] * len(rows)
            )
            self._check_column(one, name, column, found, remembered)
        for each, cells in zip(found, rows, strict=True):
            self._check_whole(each)
            each.digest = self._digest(cells, None)
        return found

    def _check_column(
        self,
        one: Field,
        name: str,
        column: Sequence[Kept],
        found: Sequence[Checked],
        remembered: dict[Any, Said],
    ) -> None:
        undone = self._undone(name)
        for raw, row in zip(column, found, strict=True):
            said = remembered.get(raw) if type(raw) is str else None
            if said is None:
                said = self._read(one, raw, remembered)
            if said.mark is not None and said.mark in undone:
                said = _as_it_came(raw)
            if said.value is not None and not said.evidence:
                row.values[name] = said.value
                row.kept[name] = said.kept
                if said.mark is not None:
                    row.marks[name] = said.mark
            else:
                self._take(name, raw, said, row)

    def _read(self, one: Field, raw: Kept, remembered: dict[Any, Said]) -> Said:
        if raw is None or raw == "":
            return BLANK
        key = raw if type(raw) is not dict else raw.get("d", str(raw)) + "\x00"
        if type(raw) is not str:
            key = (type(raw), key)
        said = remembered.get(key)
        if said is None:
            answers = self.layout.choices.get(one.name, {})
            said = read_cell(one, given(raw), self.today, answers)
            said.kept = as_kept(said.value)
            if len(remembered) >= REMEMBERED:
                remembered.clear()
            remembered[key] = said
        return said

    def _undone(self, name: str) -> Sequence[str]:
        return self.layout.plain.get(name, ())

    def _take(self, name: str, raw: Kept, said: Said, found: Checked) -> None:
        if said.words:
            found.errors[name] = said.words
            found.shown[name] = text_of(raw)[:LONGEST_RAW]
            return
        if said.guess is not None:
            found.asks[name] = said.guess
        elif said.evidence and name in self._doubtful and self._waits(name, said):
            found.asks[name] = Guess.DAY_MONTH
        elif said.value is None:
            if name in self._missing:
                found.errors[name] = self._missing[name]
                found.shown[name] = ""
            else:
                found.values[name] = None
        else:
            found.values[name] = said.value
            found.kept[name] = said.kept
            if said.mark is not None:
                found.marks[name] = said.mark
        if said.evidence:
            found.evidence[name] = said.evidence

    def _waits(self, name: str, said: Said) -> bool:
        return must_ask(said.evidence, self.layout.seen.get(name, ()))

    def _whole_name(
        self, cells: Sequence[Kept], typed: Mapping[str, str], found: Checked
    ) -> dict[str, str] | None:
        """Divide a column of whole names as was answered about it."""
        at = self._columns.get(FULL_NAME)
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
        unread = found.errors.keys() | found.asks.keys()
        values = Values(found.values, unread, self.today)
        for one in self._conditional:
            blank = found.values.get(one.name) is None and one.name not in unread
            if blank and one.is_required(values):
                found.errors[one.name] = one.missing_words()
                found.shown[one.name] = ""
                found.values.pop(one.name, None)
                found.kept.pop(one.name, None)
        if self.subject.checks:
            values = Values(found.values, found.errors.keys() | found.asks.keys(), self.today)
            for check in self.subject.checks:
                self._cross(check, values, found)

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

    def _digest(self, cells: Sequence[Kept], typed: Mapping[str, str] | None) -> str:
        """Return the hash of a row's content, by field, whatever the order of its columns."""
        if typed:
            said: list[Any] = [
                typed[name] if name in typed
                else cells[at] if at is not None and at < len(cells) else None
                for _one, name, at, _remembered in self._plan
            ]  # fmt: skip
        else:
            width = len(cells)
            said = [cells[at] if at < width else None for at in self._places]
        return hashlib.blake2b(_dumped(said), digest_size=16).hexdigest()


def _dumped(said: list[Any]) -> bytes:
    try:
        return orjson.dumps(said)
    except TypeError:  # a number or a sign for which it has no room
        return repr(said).encode("utf-8", "surrogatepass")


def _typed_words(said: Said, raw: str) -> str:
    """Refuse what somebody typed and that could mean two things: they can say which."""
    if said.guess is None:
        return ""
    if said.guess is Guess.LOST_ZEROS:
        return say("“%(typed)s” is one digit short. Type it with the nought it begins with.",
                   typed=quoted(raw))  # fmt: skip
    return say("“%(typed)s” is not clear. Give day, month and a year of four digits, as in "
               "27/03/2024.", typed=quoted(raw))  # fmt: skip


def _as_it_came(raw: Kept) -> Said:
    return Said(
        words=say("Taken as it came: “%(text)s”. Type what it should say.",
                  text=quoted(text_of(raw)))
    )  # fmt: skip


def as_kept(value: Any) -> Any:
    """Return a value as JSON holds it."""
    return value.isoformat() if isinstance(value, date) else value


def real_values(subject: Subject, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return every field's value as the subject gives it; what is blank is None."""
    return {one.name: real_value(one, stored.get(one.name)) for one in subject.fields}


def real_value(one: Field, value: Any) -> Any:
    """Return a value as its field gives it, from what JSON holds."""
    if value is not None and one.kind == "date":
        return date.fromisoformat(value)
    return value


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
