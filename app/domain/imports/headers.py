"""Which column is which field: by name, by other names, by likeness; and where the headings are."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

from app.domain.kernel.fields import Field
from app.domain.kernel.identifiers import name_key

FULL_NAME = "full_name"
"""A column that holds first names and last name together; its cells wait to be divided."""
EXACT, LIKELY = 100, 84
LOOKED_AT = 20
"""Rows among which the headings are looked for."""

OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "title": ("salutation", "mr mrs ms"),
    "first_names": ("forename", "forenames", "given name", "given names", "first", "christian name",
                    "learner first name", "candidate first name"),
    "initials": ("middle initial", "middle initials", "initial"),
    "surname": ("last", "family name", "second name", "surname name", "learner surname",
                "candidate surname"),
    "birth_date": ("dob", "d o b", "birth date", "birthdate", "date birth", "born"),
    "gender": ("sex", "legal sex"),
    "ni_number": ("ni", "nino", "ni no", "nin", "national insurance", "national insurance no",
                  "ni num"),
    "uln": ("unique learner number", "learner number", "learner ref", "learner reference",
            "uln number", "unique learner no"),
    "scheme_number": ("ecs no", "ecs", "card number", "card no", "registration number"),
    "candidate_number": ("candidate no", "candidate", "learner id", "candidate id"),
    "email": ("e mail", "email address", "e mail address", "mail", "candidate email",
              "learner email"),
    "phone": ("telephone", "phone number", "mobile", "mobile number", "tel", "tel no",
              "contact number", "candidate phone", "telephone number", "phone no"),
    "occupation": ("occupation code", "job code", "trade"),
    "health_and_safety": ("h s", "hs", "h s assessment", "health and safety", "health safety",
                          "hse assessment"),
    "request_type": ("application type", "app type", "type of request", "request"),
    "image": ("photo", "picture", "photograph", "image file", "photo file", "image name"),
    "standard": ("apprenticeship standard", "standard code", "st code"),
    "package": ("package code", "registration package"),
    "start_date": ("start", "app start date", "start dt", "apprenticeship start"),
    "expected_end_date": ("end date", "expected end", "planned end date", "expected end date",
                          "planned end"),
    "assessment_start_date": ("epa start", "epa expected date", "epa date", "epa expected start",
                              "assessment start date", "epa start date"),
    "funding_type": ("funding", "fund type"),
    "employer_ern": ("ern", "edrs", "edrs number", "employer edrs", "employer id",
                     "employer number"),
    "ern": ("edrs", "edrs number", "employer edrs", "employer reference number"),
    "postcode": ("post code",),
    "employer_name": ("employer", "company", "company name", "employer company"),
    "employee_position": ("position", "job title", "job role", "role"),
    "employer_postcode": ("postcode", "post code", "company postcode", "work postcode"),
    "employer_phone": ("employer tel", "employer phone", "company telephone", "work telephone",
                       "employer telephone number"),
    "registration": ("enrolment no", "enrolment", "enrolment num", "registration number",
                     "registration no"),
    "awarded_on": ("award date", "awarded on", "date awarded", "achievement date"),
    "qualification": ("qualification title", "award title"),
    "title_number": ("qualification number", "standard number"),
    "component_code": ("unit code", "unit number", "module code"),
    "component_title": ("unit title", "unit name", "module title", "component name"),
    "component_level": ("unit level", "module level"),
    "component_credit": ("unit credit", "unit credits", "component credits", "credit value"),
    "component_result": ("unit result", "unit grade", "component grade", "module result"),
    FULL_NAME: ("name", "full name", "learner name", "candidate name", "apprentice name",
                "employee name", "applicant", "learner", "apprentice", "applicant name"),
}  # fmt: skip
"""What people call a field besides its own names, folded."""


_NOTES = re.compile(r"\((?:required|optional|mandatory)\)", re.IGNORECASE)


@dataclass(frozen=True)
class Proposed:
    """What a column is taken for, and how sure that is (0 to 100)."""

    column: int
    head: str
    field: str | None
    sure: int
    examples: tuple[str, ...] = ()


def folded(head: Any) -> str:
    """Return a heading without case, accents and signs: "D.O.B. *" is "d o b"."""
    if not isinstance(head, str):
        return "" if head is None else str(head).casefold()
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", _NOTES.sub(" ", head))
    return " ".join(re.sub(r"[^0-9a-z]+", " ", name_key(re.sub(r"\(s\)", "s", parted))).split())


class Names:
    """The names by which the fields of one subject are known."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self.known: dict[str, str] = {}
        self.labels: list[tuple[str, str]] = []
        names = {each.name for each in fields}
        for each in fields:
            for said in (each.column, each.label, each.name.replace("_", " ")):
                self._add(said, each.name)
        for name, others in OTHER_NAMES.items():
            divides = name == FULL_NAME and {"first_names", "surname"} <= names
            if name in names or divides:
                for said in others:
                    self._add(said, name)

    def _add(self, said: str, name: str) -> None:
        key = folded(said)
        for each in (key, key.replace(" ", "")):
            self.known.setdefault(each, name)
        self.labels.append((key, name))

    def exact(self, head: Any) -> str | None:
        """Return the field that a heading names."""
        key = folded(head)
        return self.known.get(key) or self.known.get(key.replace(" ", "")) if key else None

    def likely(self, head: Any) -> tuple[str, int] | None:
        """Return the field whose name is most like a heading, and how like it is."""
        key = folded(head)
        if len(key) < 3:
            return None
        best = max(self.labels, key=lambda label: fuzz.token_sort_ratio(key, label[0]))
        alike = round(fuzz.token_sort_ratio(key, best[0]))
        return (best[1], alike) if alike >= LIKELY else None


def find_heads(rows: Sequence[Sequence[Any]], fields: Sequence[Field]) -> int | None:
    """Return which of the first rows holds the headings, None when none does.

    It is the row that names the most fields: two of them at least, and half of what it holds.
    """
    names, best, found = Names(fields), 1.0, None
    for number, row in enumerate(rows[:LOOKED_AT]):
        texts = [cell for cell in row if isinstance(cell, str) and cell.strip()]
        named = {names.exact(cell) for cell in texts} - {None}
        if len(named) + len(texts) / 2 <= best:  # whatever else they are like
            continue
        likely = {hit[0] for cell in texts if (hit := names.likely(cell))} - named
        score = len(named) + len(likely) / 2
        if score > best and 2 * (len(named) + len(likely)) >= len(texts):
            best, found = score, number
    return found


def propose(heads: Sequence[str], fields: Sequence[Field]) -> list[Proposed]:
    """Say for each column what it is taken for; a field has one column at most.

    Exact names come first, then likely ones, the likelier first.
    """
    names, taken = Names(fields), set[str]()
    found: dict[int, tuple[str, int]] = {}
    for column, head in enumerate(heads):
        name = names.exact(head)
        if name and name not in taken:
            found[column] = (name, EXACT)
            taken.add(name)
    open_ones = [
        (hit[1], -column, hit[0])
        for column, head in enumerate(heads)
        if column not in found and names.exact(head) is None and (hit := names.likely(head))
    ]
    for alike, column, name in sorted(open_ones, reverse=True):
        if name not in taken:
            found[-column] = (name, alike)
            taken.add(name)
    if taken & {"first_names", "surname"} and FULL_NAME in taken:
        found = {column: hit for column, hit in found.items() if hit[0] != FULL_NAME}
    return [
        Proposed(column, head, *found.get(column, (None, 0))) for column, head in enumerate(heads)
    ]


def is_certain(proposed: Sequence[Proposed], fields: Sequence[Field]) -> bool:
    """Tell whether nobody needs to confirm: each column named exactly, none required missing."""
    named = {each.field for each in proposed}
    return all(each.sure == EXACT for each in proposed if each.head.strip()) and not lacking(
        named, fields
    )


def lacking(named: set[str | None], fields: Sequence[Field]) -> list[Field]:
    """Return the fields that every row needs and no column is for."""
    has_name = {"first_names", "surname"} if FULL_NAME in named else set()
    return [
        each for each in fields
        if each.required is True and each.name not in named and each.name not in has_name
    ]  # fmt: skip


def signature(heads: Sequence[str]) -> str:
    """Return the hash by which headings are recognised when they come again."""
    text = "\x1f".join(folded(head) or head.strip().casefold() for head in heads)
    return hashlib.sha256(text.encode()).hexdigest()


def names_of(row: Sequence[Any]) -> list[str]:
    """Return a row of headings as text; columns without one are named by their letter."""
    return ["" if cell is None else " ".join(str(cell).split())[:120] for cell in row]


def letter(column: int) -> str:
    """Return the letters by which a spreadsheet names a column: 0 is A, 26 is AA."""
    text, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text
