"""What stands in a cell of a generated list, as portal/list.html draws it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext

from app.clock import local
from app.domain.kernel.money import pounds
from app.domain.kernel.workflow import State

DASH = "–"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; attributes, since templates read them twice as fast as keys."""

    kind: str
    text: str = ""
    sub: str | None = None
    href: str | None = None
    value: object = None
    """What a spreadsheet gets where it differs from the text."""
    tone: str = ""
    icon: str = ""
    ok: bool = False
    yes: str = ""
    no: str = ""
    next: Sequence[dict[str, Any]] = ()
    is_whole: bool = False
    """Whether the second line is never broken."""

    @property
    def label(self) -> str:
        """The words of a badge."""
        return self.text

    @property
    def now(self) -> str:
        """The stage reached."""
        return self.text


def text(value: object, *, sub: str | None = None, href: str | None = None) -> Cell:
    """Words, perhaps with a second line below and an address behind."""
    return Cell("text", DASH if value in (None, "") else str(value), sub, href)


def referenced(value: object, reference: str) -> Cell:
    """Words with a reference below, which is read as one."""
    return Cell("text", str(value), reference, is_whole=True)


def lead(value: str, *, sub: str | None = None, href: str | None = None) -> Cell:
    """The cell that names its row; it links to the record."""
    return Cell("lead", value, sub, href)


def number(value: object) -> Cell:
    """A number that is read, not added up."""
    return Cell("number", DASH if value is None else str(value), value=value)


def linked(value: object, href: str | None) -> Cell:
    """A number that leads to what it names."""
    shown = DASH if value is None else str(value)
    return Cell("text", shown, href=None if value is None else href, value=value)


def money(pence: int) -> Cell:
    """An amount, to the right."""
    return Cell("money", pounds(pence), value=Decimal(pence).scaleb(-2))


def day(value: date | datetime | None) -> Cell:
    """A date as 05/01/2024; a moment is shown as the day in London."""
    if isinstance(value, datetime):
        value = local(value).date()
    return Cell("date", f"{value:%d/%m/%Y}" if value else DASH, value=value)


def moment(value: datetime | None) -> Cell:
    """A date with the time of day in London."""
    return Cell("date", f"{local(value):%d/%m/%Y %H:%M}" if value else DASH, value=value)


def badge(state: State, *, sub: str | None = None) -> Cell:
    """A state, by colour, icon and words, perhaps with more about it below."""
    return Cell("badge", gettext(state.label), sub, tone=state.tone, icon=state.icon)


def mark(ok: bool, yes: str, no: str) -> Cell:
    """A requirement: ticked, or what is missing."""
    return Cell("mark", yes if ok else no, ok=ok, yes=yes, no=no)


def stages(now: str, following: Sequence[dict[str, Any]]) -> Cell:
    """The stage reached, and a button for each further one: {number, action_url, label}."""
    return Cell("stages", now, next=following)


def plain(cell: Cell | str) -> object:
    """Return what a spreadsheet shows for a cell: a number or date where there is one."""
    if isinstance(cell, str):
        return cell
    value = cell.text if cell.value is None else cell.value
    if isinstance(value, datetime):
        return local(value).replace(tzinfo=None)
    return "" if value == DASH else value
