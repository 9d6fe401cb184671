"""What staff enter of an award and of how documents are issued."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.awards.rules import OUTCOMES, RECORD_TYPES, RecordType
from app.domain.kernel.fieldkinds import Choice
from app.domain.kernel.fields import Field, Subject
from app.domain.kernel.typed import TypedError, quoted
from app.domain.kernel.words import N_, say

MOST_COMPONENTS = 200
_PARTS = re.compile(r"\s*(?:\t|\|)\s*")


@dataclass(frozen=True, kw_only=True)
class Component:
    """A part of an award as its transcript prints it; ``credit`` in credits, None where none."""

    code: str
    title: str
    level: str = ""
    credit: int | None = None
    result: str = ""

    def plain(self) -> dict[str, Any]:
        """Return it as it is stored and frozen."""
        return {
            "code": self.code, "title": self.title, "level": self.level, "credit": self.credit,
            "result": self.result,
        }  # fmt: skip


def read_components(raw: Any) -> tuple[Component, ...]:
    """Read components, one a line: code, title, level, credit, result, between | or tabs.

    Lines copied from a spreadsheet have tabs, so they can be pasted. Raise TypedError that names
    the line.
    """
    if isinstance(raw, tuple):
        return raw
    lines = [line.strip() for line in str(raw).splitlines()]
    found = [_component(number, line) for number, line in enumerate(lines, start=1) if line]
    if len(found) > MOST_COMPONENTS:
        raise TypedError(say("At most %(most)s components fit.", most=MOST_COMPONENTS))
    codes = [each.code for each in found]
    for code in codes:
        if codes.count(code) > 1:
            raise TypedError(say("The code “%(code)s” stands there twice.", code=quoted(code)))
    return tuple(found)


def _component(number: int, line: str) -> Component:
    parts = _PARTS.split(line)
    if len(parts) < 2 or not parts[0] or not parts[1] or len(parts) > 5:
        raise TypedError(
            say("Line %(n)s: give code, title, level, credit and result with | between them, as "
                "in “LV01 | Engines | 3 | 8 | Pass”.", n=number)
        )  # fmt: skip
    code, title, level, credit, result = (*parts, "", "", "")[:5]
    if credit and not (credit.isascii() and credit.isdecimal() and len(credit) < 4):
        raise TypedError(
            say("Line %(n)s: “%(typed)s” is no number of credits.", n=number, typed=quoted(credit))
        )
    for text, most in ((code, 20), (title, 160), (level, 20), (result, 40)):
        if len(text) > most:
            raise TypedError(
                say("Line %(n)s: “%(typed)s” is longer than %(most)s characters.", n=number,
                    typed=quoted(text), most=most)
            )  # fmt: skip
    return Component(
        code=code, title=title, level=level, credit=int(credit) if credit else None, result=result
    )


def show_components(value: Any) -> str:
    """Show components as they are entered."""
    lines = []
    for each in value or ():
        part = each if isinstance(each, dict) else each.plain()
        credit = "" if part["credit"] is None else str(part["credit"])
        said = [part["code"], part["title"], part["level"], credit, part["result"]]
        while not said[-1]:
            said.pop()
        lines.append(" | ".join(said))
    return "\n".join(lines)


AWARD = Subject(
    "award",
    (
        Field("outcome", N_("Outcome"), "choice", required=True, choices=tuple(OUTCOMES.items())),
        Field("grade", N_("Grade"), max_length=40, width=20,
              hint=N_("As the certificate prints it; the outcome if left empty")),
        Field("awarded_on", N_("Date of award"), "date", required=True),
        Field("title", N_("Title"), required=True, max_length=200, width=40,
              hint=N_("The qualification or standard, as documents print it")),
        Field("title_number", N_("Number"), max_length=20, width=20, example="ST0499/AP01"),
        Field("level", N_("Level"), max_length=20, width=10),
        Field("credits", N_("Credits"), "number", minimum=0, maximum=999, width=4),
        Field("components", N_("Components"), multiline=True, width=60, parse=read_components,
              display=show_components,
              hint=N_("One a line: code | title | level | credit | result. Lines copied from a "
                      "spreadsheet can be pasted. The transcript prints exactly these.")),
    ),
)  # fmt: skip
"""What staff record of an achievement."""


def issue() -> Subject:
    """Return what is asked when documents are issued."""
    types: Sequence[Choice] = tuple((each.value, RECORD_TYPES[each]) for each in RecordType)
    return Subject(
        "issue",
        (
            *(
                Field(code, label, "yesno", required=True)
                for code, label in types
            ),
            Field("expires_on", N_("Valid until"), "date",
                  hint=N_("Leave it empty for documents that do not expire")),
            Field("on_paper", N_("Print them on paper too?"), "yesno", required=True),
        ),
    )  # fmt: skip


LETTER_HINT = N_("{name}, {title}, {outcome} and {centre} are put in")

SETTINGS = Subject(
    "document settings",
    (
        Field("accent", N_("Colour"), required=True, max_length=7, width=10, example="#12397f",
              check=lambda value, _today: None
              if re.fullmatch(r"#[0-9a-f]{6}", value)
              else N_("Give a colour as # and six digits, such as #12397f.")),
        Field("letter", N_("Individual letter"), required=True, multiline=True, width=60,
              max_length=4000, hint=LETTER_HINT),
        Field("verifiable_from", N_("Documents can be checked here if issued from"), "date",
              required=True),
        Field("old_pattern", N_("Numbers before that look like"), max_length=80, width=40,
              hint=N_("A regular expression, such as [A-Z]{2}[0-9]{6}")),
        Field("export_days", N_("Exports can be downloaded for so many days"), "number",
              required=True, minimum=1, maximum=90, width=4),
    ),
)  # fmt: skip
"""How the awarding body issues documents."""
