"""What the pages of an upload have in common: the words of each target, rows and cells as drawn."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext

from app.clock import local, today
from app.domain.imports import queries
from app.domain.imports.models import Import, ImportRow
from app.domain.imports.picked import picked_rows
from app.domain.imports.queries import Counts, GridCell, GridRow
from app.domain.imports.rules import DONE, FINALISING, OPEN, Choice, RowState
from app.domain.imports.targets import TARGETS, Target, ordering, target_of
from app.domain.kernel.fieldkinds import COVERED
from app.domain.kernel.fields import Field, Subject
from app.domain.kernel.money import pounds
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_
from app.domain.orders import queries as orders
from app.errors import ConflictError, NotFoundError
from app.forms.subjects import say
from app.security import current
from app.security.current import may
from app.views.frame import stands_at
from app.views.imports_words import STANDARDS, WORDS, Words
from app.views.trails import Crumb, registration_trail

Drawn = dict[str, Any]
Trail = list[Crumb]
VALID, EDIT = N_("Valid"), N_("EDIT")


Pictures = Callable[[Sequence[ImportRow]], Mapping[int, Mapping[str, str]]]
PICTURES: list[Pictures] = []
"""Who knows the photos of rows: each returns by row ``url``, ``crop_url`` and ``name``."""


@dataclass(frozen=True, slots=True)
class Head:
    """A column of the grid."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class DrawnCell:
    """A cell as the grid shows it: what stands there, what is wrong, asked or was done with it."""

    name: str
    label: str
    text: str
    error: str = ""
    ask: str = ""
    mark: str = ""
    is_typed: bool = False
    picture: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class DrawnRow:
    """A row of the grid."""

    id: int
    key: str
    number: str
    place: str
    name: str
    cells: Sequence[DrawnCell]
    state: Drawn
    words: str
    ids: str
    """The ids of its errors, by which EDIT is described."""
    wrong: Mapping[str, str]
    """The columns that are wrong, which may lie out of sight, by the id of what is said there."""
    can_edit: bool
    can_tick: bool


def words_of(import_: Import) -> Words:
    """Return what the guide of an upload calls things."""
    return WORDS[import_.target]


def may_fill(target: str) -> bool:
    """Tell whether the reader may change uploads of a target."""
    return may(TARGETS[target].needs(Permission.FILL_IN_APPLICATIONS))


def sees_personal() -> bool:
    """Tell whether the reader sees numbers and dates of birth unmasked."""
    return may(Permission.CHANGE_EMPLOYEES)


def brought_by_reader(import_: Import) -> set[int]:
    """Return the files of an upload that the reader brought: what stands in them is known to them.

    What was typed over a cell since is not: a colleague may have.
    """
    reader = current.viewer().user_id
    return {file.id for file in import_.files if file.brought_by_id == reader}


def is_open(import_: Import) -> bool:
    """Tell whether an upload may be changed; one that is finalised opens again with a change."""
    return import_.state in (OPEN.code, DONE.code) and queries.is_ours(import_)


def must_be_open(import_: Import) -> None:
    """Raise ConflictError in words where an upload cannot be changed at present."""
    if is_open(import_):
        return
    queries.refuse_unless_ours(import_)
    if import_.state == FINALISING.code:
        raise ConflictError(
            gettext("%(name)s is finalising this upload. Wait until that is done: then what is "
                    "left can be changed again.", name=import_.finaliser)
        )  # fmt: skip
    raise ConflictError(
        gettext("This upload is %(state)s: it cannot be changed.",
                state=gettext(import_.state_shown.label).lower())
    )  # fmt: skip


def crumbs(import_: Import, *further: Crumb) -> Trail:
    """Return the trail to an upload, and on to a page of it."""
    grid = None if not further else url_for("ImportGridView.grid", upload=import_)
    return trail(import_.target, (gettext(target_of(import_).rows_title), grid), *further)


def trail(target: str, *further: Crumb) -> Trail:
    """Return the trail to the page where uploads of a target begin, whose tab is marked, and on."""
    endpoint = WORDS[target].endpoint
    stands_at(endpoint)
    home = url_for(endpoint) if further else None
    if target == STANDARDS:
        return registration_trail((gettext("Spreadsheet"), home), *further)
    start = (gettext("Dashboard"), url_for("DashboardView.home"))
    return [start, (gettext(WORDS[target].home), home), *further]


def moment(at: datetime) -> str:
    """Return a moment as people read it."""
    return f"{local(at):%d/%m/%Y %H:%M}"


def badge(state: Any) -> Drawn:
    """Return a state in the shape of the badge macro."""
    return {"label": gettext(state.label), "tone": state.tone, "icon": state.icon}


FEE, IMAGE, CODED = "fee", "image", "occupation"


def heads(target: Target, subject: Subject) -> list[Head]:
    """Return the columns of the grid in the guide's order, as a spreadsheet heads them (A81)."""
    fields = {field.name: field for field in subject.fields}
    names = [name for name in target.grid if name in fields]
    found = [Head(name, gettext(fields[name].column)) for name in names]
    if target.takes_photos:
        image = Head(IMAGE, gettext(fields[IMAGE].column))
        return [*found, Head(FEE, gettext("Fee")), image]
    return found


class RowDrawer:
    """Draws the rows of one upload for whoever reads them."""

    def __init__(self, import_: Import) -> None:
        target = target_of(import_)
        subject = target.subject()
        self.fields: Mapping[str, Field] = {field.name: field for field in subject.fields}
        self.heads = heads(target, subject)
        self.places = {file.id: file.name for file in import_.files}
        self.sees = sees_personal()
        self.own_files = set() if self.sees else brought_by_reader(import_)
        self.edits = may_fill(import_.target)
        self.is_open = is_open(import_)
        ordered = ordering(import_)
        self.priced_by = ordered.priced_by if ordered else ""
        shows_fee = any(head.name == FEE for head in self.heads)
        self.fees = fees() if shows_fee else {}
        self.pictures: dict[int, Mapping[str, str]] = {}

    def rows(self, found: Sequence[GridRow]) -> list[DrawnRow]:
        """Return a page of rows as the grid draws them, with their photos."""
        for know in PICTURES if self.edits else ():  # the pictures are theirs who may change them
            self.pictures.update(know([each.row for each in found]))
        return [self.row(each) for each in found]

    def row(self, found: GridRow) -> DrawnRow:
        """Return a row as the grid draws it."""
        row = found.row
        cells = [self.cell(head, found) for head in self.heads]
        stays = row.state not in (RowState.DONE, RowState.REMOVED)
        wrong = {f"error-{row.id}-{cell.name}": cell.label for cell in cells if cell.error}
        words = self._words(found)
        return DrawnRow(
            id=row.id,
            key=f"{row.id}:{row.version}",
            number=str(row.number),
            place=self.places.get(row.file_id or 0, gettext("Typed here")),
            name=row_name(found),
            cells=cells,
            state=badge(row.shown_state.shown),
            words=words,
            ids=" ".join([*wrong, *([f"error-{row.id}"] if words else [])]),
            wrong=wrong,
            can_edit=self.edits and self.is_open and stays,
            can_tick=self.edits and self.is_open and stays,
        )

    def cell(self, head: Head, found: GridRow) -> DrawnCell:
        """Return a cell as the grid draws it."""
        cell, field = found.cells.get(head.name), self.fields.get(head.name)
        if cell is None:
            fee = self.fees.get(str(found.row.values.get(self.priced_by)), "")
            return DrawnCell(head.name, head.label, fee)
        if field is not None and not self.shows(field, cell, found.row):
            return self._covered(head, field, cell, found.row)
        return DrawnCell(
            head.name, head.label, self._text(head.name, cell, found.row),
            error=say(cell.error),
            ask=gettext(cell.ask.question) if cell.ask else "",
            mark=gettext(cell.mark.label) if cell.mark else "",
            is_typed=cell.is_typed,
            picture=self.pictures.get(found.row.id) if head.name == IMAGE else None,
        )  # fmt: skip

    def _text(self, name: str, cell: GridCell, row: ImportRow) -> str:
        """Return what stands in a cell; an occupation with its code, as the guide shows it."""
        text = gettext(cell.text) if cell.text else ""
        code = row.values.get(name) if name == CODED else None
        return f"{code} {text}" if code and str(code) != text else text

    def shows(self, field: Field, cell: GridCell, row: ImportRow) -> bool:
        """Tell whether a cell may be read: by whoever brought it, or puts right what is wrong."""
        if self.sees or field.personal is None or (bool(cell.error) and self.edits):
            return True
        return row.file_id in self.own_files and not cell.is_typed

    def text(self, name: str, found: GridRow) -> str:
        """Return a cell as the downloads give it, covered where it may not be read."""
        cell, field = found.cells[name], self.fields[name]
        shown = self.shows(field, cell, found.row)
        return cell.text if shown else self._masked(field, cell, found.row)

    def _masked(self, field: Field, cell: GridCell, row: ImportRow) -> str:
        value = row.values.get(field.name)
        return field.mask(str(value)) if value is not None else COVERED if cell.text else ""

    def _covered(self, head: Head, field: Field, cell: GridCell, row: ImportRow) -> DrawnCell:
        error = gettext("This is to be put right.") if cell.error else ""
        return DrawnCell(head.name, head.label, self._masked(field, cell, row), error=error)

    def _words(self, found: GridRow) -> str:
        """Say what stands in the way of the row as a whole."""
        row = found.row
        if found.whole:
            return say(found.whole)
        if row.state != RowState.ASKS:
            return ""
        if row.repeat_of:
            return gettext("Brought before: %(where)s", where=row.repeat_of)
        if row.matches and row.choice == Choice.NONE:
            return ngettext(
                "Somebody like this is known already",
                "%(num)d people like this are known already",
                len(row.matches),
            )
        return ""


def row_name(found: GridRow) -> str:
    """Return how a row is called aloud: by its person, else by its number."""
    parts = (found.cells.get(name) for name in ("first_names", "surname"))
    name = " ".join(part.text for part in parts if part and part.text)
    return name or gettext("row %(number)s", number=found.row.number)


STATES = (
    ("", N_("All"), "total"),
    (RowState.VALID.value, N_("Valid"), "valid"),
    (RowState.ERROR.value, N_("To be put right"), "error"),
    (RowState.ASKS.value, N_("Waits for a choice"), "asks"),
    (RowState.DONE.value, N_("Finalised"), "done"),
)
"""The chips above the grid: code, label and the name of its count."""


def state_tabs(import_: Import, counted: Counts, now: str) -> list[Drawn]:
    """Return the chips above the grid with their counts."""
    return [
        {
            "label": gettext(label),
            "count": f"{getattr(counted, name):,}",
            "href": url_for("ImportGridView.grid", upload=import_, state=code or None),
            "current": code == now,
        }
        for code, label, name in STATES
        if code in ("", now) or getattr(counted, name) or code == RowState.VALID
    ]


def shares(counted: Counts) -> list[Drawn]:
    """Return how much of an upload is in which state, as parts of a bar 1000 wide."""
    tones = (("valid", "ok"), ("error", "stop"), ("asks", "todo"), ("done", "off"))
    parts, at = [], 0.0
    for name, tone in tones:
        width = 1000 * getattr(counted, name) / counted.total if counted.total else 0
        if width:
            parts.append({"x": round(at, 1), "width": round(width, 1), "tone": tone})
        at += width
    return parts


def counted_in_words(counted: Counts) -> str:
    """Say how many rows are in which state."""
    parts = [
        ngettext("%(num)d valid", "%(num)d valid", counted.valid),
        ngettext("%(num)d to be put right", "%(num)d to be put right", counted.error),
        ngettext("%(num)d waits for a choice", "%(num)d wait for a choice", counted.asks),
        ngettext("%(num)d finalised", "%(num)d finalised", counted.done),
    ]
    figures = (counted.valid, counted.error, counted.asks, counted.done)
    said = [part for part, figure in zip(parts, figures, strict=True) if figure]
    return ", ".join(said) or gettext("No rows yet")


def fees() -> dict[str, str]:
    """Return the fee of each type of request, without VAT, as the guide's grid has it (A86)."""
    return {
        kind: pounds(pence).lstrip("£") for kind, pence in orders.fees_by_request(today()).items()
    }


def rows_of(import_: Import, chosen: Mapping[int, int]) -> list[ImportRow]:
    """Return ticked rows of one upload; raise NotFoundError when one of them is not its own."""
    found = picked_rows(import_, list(chosen))
    if len(found) != len(chosen):
        raise NotFoundError
    return found
