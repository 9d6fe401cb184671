"""What staff enter of an award and of how documents are issued."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.domain.awards.rules import OUTCOMES, RECORD_TYPES, RecordType
from app.domain.kernel.fieldkinds import Choice
from app.domain.kernel.fields import Field, Subject, Values
from app.domain.kernel.references import is_order_reference
from app.domain.kernel.typed import TypedError, compact, quoted
from app.domain.kernel.words import N_, say
from app.domain.registrations.rules import ENROLMENT_PREFIX, enrolment_number

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

EXAMPLE_NUMBER = enrolment_number(51_001)


def read_registration(raw: Any) -> str:
    """Read the enrolment number of a registration, or its own number, as digits alone.

    Raise TypedError for anything else, and for an enrolment number whose check digits are wrong.
    """
    text = compact(raw)
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return str(int(text))
    if text.startswith(ENROLMENT_PREFIX) and is_order_reference(text):
        return text
    raise TypedError(
        say("“%(typed)s” is not an enrolment number. It is written as %(example)s; its last two "
            "digits check the others.", typed=quoted(text), example=EXAMPLE_NUMBER)
    )  # fmt: skip


def _has_component(values: Values) -> bool:
    """Tell whether a row says anything of a component besides its code."""
    return any(values.get(f"component_{name}") is not None for name in _PARTS_OF_COMPONENT)


_PARTS_OF_COMPONENT = ("title", "level", "credit", "result")
_GIVEN_ONCE = N_("In one row of each award; empty in its others")

AWARD_ROW = Subject(
    "award row",
    (
        Field("registration", N_("Enrolment number"), required=True, max_length=12, width=20,
              example=EXAMPLE_NUMBER, parse=read_registration,
              hint=N_("The number of the registration will do, too")),
        Field("surname", N_("Last name"), "name", column=N_("Surname"), required=True,
              max_length=100, width=30,
              hint=N_("Shows that the number is the right learner's")),
        replace(AWARD.field("outcome"), required=False, hint=_GIVEN_ONCE),
        replace(AWARD.field("grade"), width=20),
        replace(AWARD.field("awarded_on"), required=False, hint=_GIVEN_ONCE),
        Field("qualification", N_("Title"), max_length=200, width=40,
              hint=N_("That of the standard or scheme if left empty")),
        AWARD.field("title_number"),
        AWARD.field("level"),
        AWARD.field("credits"),
        Field("component_code", N_("Component code"), required=_has_component, max_length=20,
              width=20, example="AC01"),
        Field("component_title", N_("Component title"), max_length=160, width=40,
              required=lambda values: values.get("component_code") is not None),
        Field("component_level", N_("Component level"), max_length=20, width=10),
        Field("component_credit", N_("Component credit"), "number", minimum=0, maximum=999,
              width=4),
        Field("component_result", N_("Component result"), max_length=40, width=20),
    ),
)  # fmt: skip
"""A row of an upload: an award, or one of its components with what is said of the award."""


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
        Field("notice", N_("Notice to learners"), multiline=True, width=60, max_length=1000,
              hint=N_("A paragraph of the letter that tells learners of their documents")),
        Field("verifiable_from", N_("Documents can be checked here if issued from"), "date",
              required=True),
        Field("old_pattern", N_("Numbers before that look like"), max_length=80, width=40,
              hint=N_("A regular expression, such as [A-Z]{2}[0-9]{6}")),
        Field("export_days", N_("Exports can be downloaded for so many days"), "number",
              required=True, minimum=1, maximum=90, width=4),
    ),
)  # fmt: skip
"""How the awarding body issues documents."""
