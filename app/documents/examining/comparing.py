"""Compare what a file says with what was issued."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.documents.examining import matching
from app.documents.examining.findings import RECORD, Difference, Examination, Line, Source, clean

ALWAYS = frozenset({"person.full_name", "award.title", "reference"})
"""What every document of ours prints: that it is missing is a difference by itself."""

_WORDS = (
    *("person.full_name", "enrolment_number", "reference"),
    *("award.title", "award.number", "award.level", "award.outcome", "award.grade"),
    *("award.credits", "centre.name", "centre.number"),
)
_DATES = ("issued_on", "expires_on", "award.awarded_on")
_OF_COMPONENTS = ("code", "title", "level", "credit", "result")
_LABELS = {"level": "level", "grade": "grade", "credits": "credits?", "credit": "credits?"}
"""Short values stand on every page somewhere; beside these words they have a meaning."""
COMPONENTS = 200
SHORT = 2


@dataclass(frozen=True)
class _Field:
    path: str
    value: str
    day: date | None = None


def compare(
    issued: Mapping[str, object],
    examination: Examination,
    *,
    printed: Collection[str] | None = None,
) -> list[Difference]:
    """Return where the file does not say what was issued, first on its pages, then attached.

    ``issued`` is the frozen data of the record. ``printed`` names the fields that the document
    prints, as `printed_fields` finds them in the file as it was issued: give it whenever that file
    is at hand. Others then count only if they are covered up. Without it, a field that is simply
    not there counts only if it is one of `ALWAYS`, and another if something like it is there.

    A file whose pages have no words that can be seen, such as a scan, cannot be compared by them:
    look at ``examination.words`` before you say that nothing differs.
    """
    wanted = list(_fields(issued))
    differences: list[Difference] = []
    if examination.words:
        differences += _on_pages(wanted, _Page(examination.lines), printed)
    if examination.attached is not None and RECORD in examination.attached:
        differences += _attached(wanted, examination.attached)
    return differences


def _on_pages(
    wanted: Sequence[_Field], page: _Page, printed: Collection[str] | None
) -> Iterator[Difference]:
    must = ALWAYS if printed is None else printed
    for field in wanted:
        found: str | None = page.over(field)
        if not found and (printed is None or field.path in printed):
            found = page.instead_of(field, wanted)
        if found or (found is not None and field.path in must):
            yield Difference(field=field.path, found=found, source=Source.PAGE)


def printed_fields(issued: Mapping[str, object], original: Examination) -> frozenset[str]:
    """Return the fields of the issued data that the pages of the original print."""
    page = _Page(original.lines)
    return frozenset(field.path for field in _fields(issued) if page.says(field))


class _Page:
    """The words of all pages, those that can be seen and those that cannot."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.seen = [line for line in lines if not line.hidden]
        self.hidden = [line for line in lines if line.hidden]
        self.rows = matching.rows_of(self.seen)
        self.texts = [matching.text_of(row) for row in self.rows]
        self.words = [word for text in self.texts for word in text.split()]
        # In the order of the file, since a sentence may run over lines, and row by row, since
        # what is put beside something may come last.
        in_order = matching.plain(" ".join(line.text for line in self.seen))
        self.plain = f"{in_order} | {matching.plain(' '.join(self.texts))}"

    def says(self, field: _Field) -> bool:
        """Return whether the value can be read."""
        if field.day:
            return any(day == field.day for day, _ in matching.dates_in(self.plain))
        return matching.says(self.plain, field.value)

    def instead_of(self, field: _Field, wanted: Sequence[_Field]) -> str | None:
        """Return what stands in the place of a value, maybe nothing; None if the value is said.

        What is another of the ``wanted`` values stands in its own place, not in that of this one.
        """
        if other := self._beside_label(field):
            return other
        if self.says(field):
            return None
        if field.day:
            days = {one.day for one in wanted}
            others = (words for day, words in matching.dates_in(self.plain) if day not in days)
            return next(others, "")
        if len(field.value) <= SHORT or field.path.startswith("components"):
            return ""
        taken = {matching.plain(one.value) for one in wanted}
        texts = self.words if matching.is_code(field.value) else self.texts
        free = [text for text in texts if matching.plain(text) not in taken]
        return matching.nearest(free, field.value)

    def over(self, field: _Field) -> str:
        """Return the row that was put over the value, if it was covered up."""
        value = matching.plain(field.value)
        for hidden in self.hidden:
            words = matching.plain(hidden.text)
            part = len(words) > SHORT and words in value and not self.says(field)
            if not (part or (len(value) > SHORT and self._holds(words, field))):
                continue
            for row in self.rows:
                if any(matching.over(hidden, line) for line in row):
                    return matching.text_of(row)[: matching.LONGEST_FOUND]
        return ""

    @staticmethod
    def _holds(words: str, field: _Field) -> bool:
        if field.day:
            return any(day == field.day for day, _ in matching.dates_in(words))
        return matching.says(words, field.value)

    def _beside_label(self, field: _Field) -> str:
        """Return a short value that stands behind its label where another was issued."""
        name = field.path.rpartition(".")[2]
        if name not in _LABELS or field.path.startswith("components") or len(field.value) > 12:
            return ""
        value = matching.plain(field.value)
        behind = re.findall(rf"\b{_LABELS[name]} (\w+)", self.plain)
        same_kind = [word for word in behind if word.isdigit() == value.isdigit()]
        if not value or value.split()[0] in same_kind or not value.isdigit():
            return ""
        return same_kind[0] if same_kind else ""


def _attached(wanted: Sequence[_Field], attached: Mapping[str, object]) -> Iterator[Difference]:
    """Yield what the attached data gives differently; what it leaves out is no statement."""
    held = {field.path: field.value for field in _fields(attached)}
    for field in wanted:
        found = held.get(field.path, field.value)
        if found != field.value:
            shown = clean(found[: matching.LONGEST_FOUND])
            yield Difference(field=field.path, found=shown, source=Source.ATTACHMENT)


def _fields(data: Mapping[str, object]) -> Iterator[_Field]:
    """Yield the fields that have a value, whatever else the data holds."""
    for path in _WORDS:
        if value := _text(_at(data, path)):
            yield _Field(path, value)
    for path in _DATES:
        if value := _text(_at(data, path)):
            yield _Field(path, value, _day(value))
    components = data.get("components")
    for number, component in enumerate(components if isinstance(components, list | tuple) else ()):
        for name in _OF_COMPONENTS if number < COMPONENTS else ():
            if value := _text(_at(component, name)):
                yield _Field(f"components.{number}.{name}", value)


def _at(value: object, path: str) -> object:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _text(value: object) -> str:
    return str(value).strip() if isinstance(value, str | int | float | date) else ""


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None
