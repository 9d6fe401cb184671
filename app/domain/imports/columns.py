"""How the cells of one column read: what is written alike is read once."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from app.domain.imports.cells import Kept, given, text_of
from app.domain.imports.notation import (
    BLANK,
    Said,
    leaves_doubt,
    must_ask,
    read_cell,
    usual_values,
)
from app.domain.imports.rules import Guess
from app.domain.kernel.fields import Field
from app.domain.kernel.typed import quoted
from app.domain.kernel.words import say

REMEMBERED = 5_000
"""Cells of one column whose reading is remembered; then it is begun anew."""
_TEXTS = {str, type(None)}
"""Types of cells that are their own key: none of them equals one of another type."""


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


class ReadColumn(NamedTuple):
    """What the cells of a column say: values, and nothing where a cell does not stand."""

    values: Sequence[Any]
    told: Mapping[int, Said] = {}
    """By place the cells that have an error, a question or a mark."""
    evidence: Set[str] = frozenset()


class Column:
    """One field as a layout has it, and how its cells have read so far.

    What is read either stands (a value, or nothing), or is an error in words, or a guess. Most
    texts are their own value, and nothing else has to be remembered of them.
    """

    def __init__(self, one: Field, at: int | None, layout: Layout, today: date) -> None:
        self.field, self.name, self.at = one, one.name, at
        self._today = today
        self._answers = layout.choices.get(one.name, {})
        self._undone = layout.plain.get(one.name, ())
        self._seen = layout.seen.get(one.name, ())
        self._is_doubtful = leaves_doubt(self._seen)
        self._missing = one.missing_words() if one.required is True else ""
        self._remembered: dict[Any, Said] = {}
        self._plain: set[str] = set()
        """Texts that are their own value."""

    def cell(self, cells: Sequence[Kept]) -> Kept:
        """Return the cell of a row; None where the row, or the file, has none."""
        return cells[self.at] if self.at is not None and self.at < len(cells) else None

    def cells(self, columns: Sequence[Sequence[Kept]], count: int) -> Sequence[Kept]:
        """Return the cells of ``count`` rows that were turned into columns."""
        if self.at is None or self.at >= len(columns):
            return [None] * count
        return columns[self.at]

    def read(self, raw: Kept) -> Said:
        """Return what one cell says."""
        key = _key_of(raw)
        said = self._remembered.get(key)
        if said is None:
            said = self._remembered[key] = self._read_anew(raw)
        return said

    def read_all(self, cells: Sequence[Kept]) -> ReadColumn:
        """Return what many cells say."""
        # A text is known by itself; all else by its object, which many cells may share, such as
        # the dates of one day.
        is_text = _TEXTS.issuperset(map(type, cells))
        places: Sequence[Any] = cells if is_text else list(map(id, cells))
        objects = dict(zip(places, cells, strict=True))
        keys = objects if is_text else {at: _key_of(cell) for at, cell in objects.items()}
        self._learn({keys[at]: cell for at, cell in objects.items()})
        odd = {
            at: self._remembered[key]
            for at, key in keys.items()
            if key not in self._plain and (key is not None or self._missing)
        }
        if not odd:
            return ReadColumn(cells)
        value_of = {at: said.value for at, said in odd.items()}
        told = {at for at, said in odd.items() if said.mark or not said.stands}
        return ReadColumn(
            list(map(value_of.get, places, cells)),
            {row: odd[at] for row, at in enumerate(places) if at in told} if told else {},
            {said.evidence for said in odd.values() if not said.words} - {""},
        )

    def _learn(self, cells: Mapping[Any, Kept]) -> None:
        """Read those of many cells, by key, that were not read before."""
        if len(self._remembered) + len(self._plain) > REMEMBERED:
            self._remembered.clear()
            self._plain.clear()
        fresh = cells.keys() - self._remembered.keys() - self._plain
        texts = {key for key in fresh if type(key) is str}
        usual = usual_values(self.field, texts, self._today) if texts else {}
        own = {text for text, value in usual.items() if value == text}
        self._plain |= own
        self._remembered |= {text: Said(usual[text]) for text in usual.keys() - own}
        for key in fresh - usual.keys():
            self._remembered[key] = self._read_anew(cells[key])

    def read_typed(self, raw: str) -> Said:
        """Return what somebody typed, who is not asked what it means: they can say it."""
        said = read_cell(self.field, raw, self._today, {})
        words = said.words or _typed_words(said, raw)
        if said.value is None and not words:
            words = self._missing
        return Said(said.value, words)

    def _read_anew(self, raw: Kept) -> Said:
        value = given(raw) if type(raw) is dict else raw
        # What is no dictionary is one of the plain types, which mypy cannot tell from ``type()``.
        said = read_cell(self.field, value, self._today, self._answers)  # type: ignore[arg-type]  # above
        if said.words:
            return said
        if said.mark is not None and said.mark in self._undone:
            return as_it_came(raw)
        if said.guess is not None:
            return said
        if said.evidence and self._is_doubtful and must_ask(said.evidence, self._seen):
            return Said(guess=Guess.DAY_MONTH, evidence=said.evidence)
        if said.value is None:
            return Said(words=self._missing) if self._missing else BLANK
        return said


def as_it_came(raw: Kept) -> Said:
    """Return the error of a cell whose notation somebody has undone."""
    return Said(
        words=say("Taken as it came: “%(text)s”. Type what it should say.",
                  text=quoted(text_of(raw)))
    )  # fmt: skip


def _typed_words(said: Said, raw: str) -> str:
    """Refuse what could mean two things."""
    if said.guess is None:
        return ""
    if said.guess is Guess.LOST_ZEROS:
        return say("“%(typed)s” is one digit short. Type it with the nought it begins with.",
                   typed=quoted(raw))  # fmt: skip
    return say("“%(typed)s” is not clear. Give day, month and a year of four digits, as in "
               "27/03/2024.", typed=quoted(raw))  # fmt: skip


def _key_of(raw: Kept) -> Any:
    """Return what only cells that are alike have in common: 1, 1.0 and True are not."""
    if type(raw) is dict:
        return dict, raw["d"] if "d" in raw else str(raw)
    return raw if raw is None or type(raw) is str else (type(raw), raw)
