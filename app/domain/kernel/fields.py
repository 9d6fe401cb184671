"""Fields declared once: read from any surface, shown, masked, and refused in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from app.domain.kernel.fieldkinds import KINDS, Choice, Kind
from app.domain.kernel.typed import TypedError
from app.domain.kernel.words import noun, say, say_many

Personal = Literal["contact", "identity", "special"]


class FieldError(TypedError):
    """Raised when one field cannot be read; `parts` names the boxes of a date that are wrong."""

    def __init__(self, words: str, parts: tuple[str, ...] = ()) -> None:
        """Keep the parts, so that a form can mark them."""
        super().__init__(words)
        self.parts = parts


class UnreadValueError(KeyError):
    """Raised when a check asks for the value of a field that could not be read."""


class Values(Mapping[str, Any]):
    """What could be read, for checks that look at several fields and at `today`.

    A blank field is None. Asking for a field that failed ends the check that asks: the error is
    shown already, and the check runs once it is put right.
    """

    def __init__(self, read: Mapping[str, Any], failed: Iterable[str], today: date) -> None:
        """Remember which fields failed."""
        self._read, self._failed, self.today = read, frozenset(failed), today

    def __getitem__(self, name: str) -> Any:
        """Give a value, or end the check."""
        if name in self._failed:
            raise UnreadValueError(name)
        return self._read[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Give a value that may not be among the fields, or end the check."""
        return self[name] if name in self._failed or name in self._read else default

    def __iter__(self) -> Iterator[str]:
        """Name the fields that were read."""
        return iter(self._read)

    def __len__(self) -> int:
        """Count the fields that were read."""
        return len(self._read)


CrossCheck = Callable[[Values], Mapping[str, str]]


@dataclass(frozen=True)
class Field:
    """One fact that is asked for, wherever it is asked.

    `group` is the legend of its part of the form, `column` its heading in a spreadsheet, `source`
    the name of the list in which a look-up looks, `check` gives words when a value that was read
    is still wrong.
    """

    name: str
    label: str
    kind: str = "text"
    _: KW_ONLY
    required: bool | Callable[[Values], bool] = False
    group: str = ""
    column: str = ""
    hint: str = ""
    example: str = ""
    help: str = ""
    missing: str = ""
    personal: Personal | None = None
    width: int | None = None
    max_length: int | None = None
    minimum: int | Decimal | None = None
    maximum: int | Decimal | None = None
    places: int = 0
    multiline: bool = False
    choices: Sequence[Choice] | Callable[[], Sequence[Choice]] = ()
    source: str = ""
    autocomplete: str = ""
    parse: Callable[[Any], Any] | None = None
    display: Callable[[Any], str] | None = None
    check: Callable[[Any, date], str | None] | None = None
    _kind: Kind = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse a kind that does not exist, and head the column with the label."""
        if self.kind not in KINDS:
            raise ValueError(f"There is no kind of field called {self.kind!r}.")
        object.__setattr__(self, "_kind", KINDS[self.kind])
        if not self.column:
            object.__setattr__(self, "column", self.label)

    def options(self) -> tuple[Choice, ...]:
        """List what can be chosen, as code and label."""
        return tuple(self.choices() if callable(self.choices) else self.choices)

    def is_blank(self, raw: Any) -> bool:
        """Say whether nothing was given."""
        if type(raw) is str and raw.isascii():
            return not raw or raw.isspace()
        return self._kind.is_blank(raw)

    def is_required(self, values: Values) -> bool:
        """Say whether the field must be filled in, given the other values."""
        if not callable(self.required):
            return self.required
        try:
            return self.required(values)
        except UnreadValueError:
            return False

    def read(self, raw: Any, *, today: date) -> Any:
        """Give the value that is stored, None for a blank one, or raise `FieldError`."""
        try:
            if self.is_blank(raw):
                if self.required is True:
                    raise FieldError(self.missing_words())
                return None
            value = self.parse(raw) if self.parse else self._kind.read(self, raw)
        except TypedError as error:
            raise FieldError(error.words, getattr(error, "parts", ())) from error
        wrong = self._too_long(value) or (self.check(value, today) if self.check else None)
        if wrong:
            raise FieldError(wrong)
        return value

    def read_many(self, texts: set[str], *, today: date) -> dict[str, Any]:
        """Give by text the values that are quickly read, of texts that may be many.

        Those left out are for `read`, which takes several times as long for each.
        """
        found = {} if self.parse else self._kind.usual(texts)
        if self.max_length is not None:
            found = {text: value for text, value in found.items() if not self._too_long(value)}
        if self.check:
            found = {text: value for text, value in found.items() if not self.check(value, today)}
        return found

    def warn(self, value: Any) -> str | None:
        """Doubt a value that is accepted all the same."""
        return self._kind.warn(value) if value is not None and self._kind.warn else None

    def show(self, value: Any) -> str:
        """Give the text that people read."""
        if value is None or value == "":
            return ""
        return self.display(value) if self.display else self._kind.show(self, value)

    def mask(self, value: Any) -> str:
        """Give the text for those who may not see the value."""
        return "" if value is None or value == "" else self._kind.mask(value)

    def show_to(self, value: Any, *, sees_personal: bool) -> str:
        """Show a value, or its mask where it is personal and the viewer may not see it."""
        return self.show(value) if sees_personal or self.personal is None else self.mask(value)

    def missing_words(self) -> str:
        """Say what to do about a field that was left blank."""
        return self.missing or say(self._kind.missing, label=say(self.label), noun=noun(self.label))

    def _too_long(self, value: Any) -> str | None:
        if self.max_length is None or not isinstance(value, str) or len(value) <= self.max_length:
            return None
        return say_many(
            "This has %(n)s character; at most %(most)s fit.",
            "This has %(n)s characters; at most %(most)s fit.",
            n=len(value),
            most=self.max_length,
        )


@dataclass(frozen=True)
class Reading:
    """All that was read of one subject, with every error and every doubt, by field.

    `values` lacks the fields that have no readable value; `parts` names the wrong boxes of dates.
    """

    values: dict[str, Any]
    errors: dict[str, str]
    warnings: dict[str, str] = field(default_factory=dict)
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Say whether nothing has to be put right."""
        return not self.errors


@dataclass(frozen=True)
class Subject:
    """A list of fields that belong together, with the checks across them."""

    name: str
    fields: tuple[Field, ...]
    checks: tuple[CrossCheck, ...] = ()

    def __post_init__(self) -> None:
        """Refuse two fields of one name, of which one would hide the other."""
        if len(set(self.names)) != len(self.fields):
            raise ValueError(f"Two fields of {self.name!r} have the same name.")

    @property
    def names(self) -> tuple[str, ...]:
        """Name the fields in their order."""
        return tuple(one.name for one in self.fields)

    def field(self, name: str) -> Field:
        """Give the field of this name."""
        for one in self.fields:
            if one.name == name:
                return one
        raise KeyError(name)

    def read(self, raw: Mapping[str, Any], today: date) -> Reading:
        """Read and check everything, and collect every error."""
        return read_all(self.fields, raw, today, checks=self.checks)


def read_all(
    fields: Iterable[Field],
    raw: Mapping[str, Any],
    today: date,
    *,
    checks: Iterable[CrossCheck] = (),
) -> Reading:
    """Read every field, then ask which are required, then run the checks across fields."""
    fields = tuple(fields)
    reading = Reading({}, {})
    for one in fields:
        _read_one(one, raw.get(one.name), today, reading)
    values = Values(reading.values, reading.errors, today)
    lacking = [
        one
        for one in fields
        if one.name in values and values[one.name] is None and one.is_required(values)
    ]
    for one in lacking:
        reading.errors[one.name] = one.missing_words()
        del reading.values[one.name]
    found = _cross_errors(checks, Values(reading.values, reading.errors, today))
    for name, words in found.items():
        reading.errors.setdefault(name, words)
    return _in_order_of(fields, reading)


def _read_one(one: Field, raw: Any, today: date, reading: Reading) -> None:
    try:
        value = one.read(raw, today=today)
    except FieldError as error:
        reading.errors[one.name] = error.words
        if error.parts:
            reading.parts[one.name] = error.parts
        return
    reading.values[one.name] = value
    doubt = one.warn(value)
    if doubt:
        reading.warnings[one.name] = doubt


def _cross_errors(checks: Iterable[CrossCheck], values: Values) -> dict[str, str]:
    found: dict[str, str] = {}
    for check in checks:
        try:
            errors = check(values)
        except UnreadValueError:
            continue
        for name, words in errors.items():
            found.setdefault(name, words)
    return found


def _in_order_of(fields: Sequence[Field], reading: Reading) -> Reading:
    """Put errors into the order of the form; those that belong to no field come last."""
    names = [one.name for one in fields]
    ordered = [name for name in names if name in reading.errors]
    ordered += [name for name in reading.errors if name not in names]
    return Reading(
        reading.values,
        {name: reading.errors[name] for name in ordered},
        reading.warnings,
        reading.parts,
    )
