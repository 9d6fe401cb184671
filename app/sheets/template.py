"""Spreadsheets to fill in, made of the same fields by which an upload is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.kernel.fields import Field, Subject
from app.domain.kernel.words import N_, say
from app.sheets.export import harmless
from app.sheets.names import list_name, list_names

Words = Callable[[str], str]
"""Puts a text into the reader's language."""

FORMATS: Mapping[str, str] = {
    "choice": N_("One of the list"),
    "date": N_("A date, the day before the month"),
    "email": N_("One email address"),
    "ern": N_("Nine digits"),
    "lookup": N_("One of the list"),
    "name": N_("Text"),
    "nino": N_("Two letters, six digits, one letter"),
    "number": N_("A number"),
    "phone": N_("A telephone number, with the 0 before it"),
    "photo": N_("The file name of the picture"),
    "postcode": N_("A British postcode"),
    "text": N_("Text"),
    "uln": N_("Ten digits"),
    "vat": N_("A VAT number"),
    "yesno": N_("Yes or No"),
}
"""What goes into a cell, by the kind of its field."""

_ANSWERS = ((True, N_("Yes")), (False, N_("No")))


@dataclass(frozen=True)
class Dependent:
    """A field whose choices depend on what another, its `parent`, says.

    `choices` has them by the text of the parent's choice, in the order of the parent's list.
    """

    parent: str
    choices: Mapping[str, Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Template:
    """A spreadsheet to hand out. `mark` tells its version when it comes back filled in.

    `dependents` are by the name of their field; `rows` is how many rows have drop-downs.
    """

    title: str
    mark: str
    subject: Subject
    dependents: Mapping[str, Dependent] = field(default_factory=dict)
    instructions: Sequence[str] = ()
    rows: int = 1000

    def __post_init__(self) -> None:
        """Refuse what no drop-down can show: an unknown parent, or one with two dependents."""
        parents = Counter(each.parent for each in self.dependents.values())
        unknown = {*self.dependents, *parents} - set(self.subject.names)
        if unknown:
            raise ValueError(f"{self.subject.name!r} has no field {sorted(unknown)}.")
        if parents and max(parents.values()) > 1:
            raise ValueError("A field opens the list of one other field; this opens two.")


@dataclass(frozen=True)
class Column:
    """One column as it is written: its field, the texts to choose from, and their list's name.

    `texts` are what the drop-down shows; `shows` has for each choice the text that stands for it.
    `parent` is the place of the column that decides which list opens, counted from 0.
    """

    field: Field
    shows: Mapping[str, str]
    list_name: str = ""
    parent: int | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts of the drop-down."""
        return tuple(self.shows.values())


def write_template(template: Template, *, words: Words = str) -> bytes:
    """Return an Excel workbook to fill in, with drop-downs and instructions."""
    from app.sheets.template_book import write_book

    return write_book(template, words)


def shown_names(template: Template) -> dict[str, dict[str, str]]:
    """Map each parent's choices to the text in its drop-down, by field.

    That text is also the name of the list which opens in the dependent column.
    """
    parents = {each.parent for each in template.dependents.values()}
    found: dict[str, dict[str, str]] = {}
    taken: list[str] = []
    for one in template.subject.fields:
        if one.name in parents:
            found[one.name] = list_names(_choices(template, one), taken)
            taken += found[one.name].values()
    return found


def columns_of(template: Template) -> list[Column]:
    """Return the columns in the order of the fields."""
    named = shown_names(template)
    taken = [name for names in named.values() for name in names.values()]
    columns = []
    for one in template.subject.fields:
        depends = template.dependents.get(one.name)
        if depends:
            column = Column(one, {}, parent=template.subject.names.index(depends.parent))
        else:
            shows = named.get(one.name) or {text: text for text in _choices(template, one)}
            column = Column(one, shows, list_name(f"List {one.name}", taken) if shows else "")
            taken.append(column.list_name)
        columns.append(column)
    return columns


def lists_of(template: Template) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the lists of the drop-downs: name and texts."""
    named = shown_names(template)
    for column in columns_of(template):
        if column.list_name:
            yield column.list_name, column.texts
    for name, depends in template.dependents.items():
        inner = named.get(name, {})
        for choice, list_of in named[depends.parent].items():
            texts = depends.choices.get(choice, ())
            yield list_of, [inner.get(text, text) for text in texts]


def _choices(template: Template, one: Field) -> list[str]:
    """Return the texts of a field's choices: labels, or codes where a label says too little."""
    parents = [each for each in template.dependents.values() if each.parent == one.name]
    options = _ANSWERS if one.kind == "yesno" else one.options()
    labels = Counter(str(label).casefold() for _, label in options)
    codes = {str(code) for code, _ in options}
    texts = [
        str(label)
        if labels[str(label).casefold()] == 1 and str(label) not in codes - {str(code)}
        else str(code)
        for code, label in options
    ]
    own = template.dependents.get(one.name)
    if own:
        texts = [text for each in own.choices.values() for text in each]
    texts += [text for each in parents for text in each.choices]
    return list(dict.fromkeys(texts))


def meaning_of(one: Field, words: Words) -> list[str]:
    """Say of a column whether it must be filled in, what goes into it, and show an example."""
    said = [REQUIRED_WORDS[required_of(one)]]
    if one.max_length and one.kind in ("text", "name"):
        said.append(say(N_("Format: Text of at most %(most)s characters"), most=one.max_length))
    else:
        said.append(say(N_("Format: %(form)s"), form=say(FORMATS[one.kind])))
    hint, example = hint_of(one), example_of(one)
    if hint and hint != FORMATS[one.kind]:
        said.append(hint)
    if example:
        said.append(say(N_("Example: %(example)s"), example=example))
    return [str(harmless(words(text))) for text in said]


def hint_of(one: Field) -> str:
    """Return the hint of a field; that of a date speaks of the three boxes of a form."""
    return "" if one.kind == "date" else one.hint


def example_of(one: Field) -> str:
    """Return an example as a cell holds it: where there is a list, as its drop-down has it."""
    options = _ANSWERS if one.kind == "yesno" else one.options()
    labels = [str(label) for code, label in options for text in (code, label)
              if str(text).casefold() == one.example.casefold()]  # fmt: skip
    return labels[0] if labels else one.example


def required_of(one: Field) -> bool | None:
    """Tell whether a field is required; None when that depends on the other fields."""
    return None if callable(one.required) else one.required


REQUIRED_WORDS: Mapping[bool | None, str] = {
    True: N_("Required"),
    False: N_("May stay empty"),
    None: N_("Required in some cases"),
}
