"""What stands above the grid of an upload: what to put right, questions, notations, files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template, url_for
from flask_babel import gettext, ngettext
from markupsafe import Markup

from app.domain.imports import queries
from app.domain.imports.models import Import, ImportFile
from app.domain.imports.queries import Counts, GridRow
from app.domain.imports.rules import ASKING, READ, REFUSED, TAKEN_OUT, Choice, RowState
from app.domain.imports.targets import target_of
from app.domain.kernel.fieldkinds import COVERED
from app.domain.kernel.fields import Field
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_
from app.forms.subjects import say
from app.security.current import may
from app.views import imports_drawn as drawn
from app.views.imports_drawn import Drawn

FIXES_SHOWN = 20
PEOPLE_SHOWN = 25
RIGHT, ASKS, NOTATIONS, FILES = "fixes", "questions", "notations", "files"
PHOTOS = "photos"
SHEET, HEADS, REPEAT = "sheet", "heads", "repeat"
"""What a file may ask."""
REPEATED = "The same file was brought before"
"""How the sentence begins that asks about bytes brought before."""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A part of the work on an upload, opened above its grid.

    ``draw`` returns it as markup, ``is_whole`` with a frame of its own; ``count`` is the figure
    beside its name, None for none; ``needed`` tells whether it belongs to an upload at all.
    """

    label: str
    icon: str
    draw: Callable[[Import], Markup | None]
    count: Callable[[Counts], int | None] = lambda _counted: None
    needed: Callable[[Import], bool] = lambda _import: True
    is_whole: bool = False


PANELS: dict[str, Panel] = {}
"""The panels in their order; another part of the workbench adds its own."""


def tabs(import_: Import, counted: Counts, now: str | None) -> list[Drawn]:
    """Return the panels as the page offers them."""
    return [
        {
            "label": gettext(panel.label),
            "icon": panel.icon,
            "count": panel.count(counted),
            "href": url_for("ImportGridView.work", upload=import_, panel=code),
            "current": code == now,
        }
        for code, panel in PANELS.items()
        if panel.needed(import_)
    ]


def offered(import_: Import, code: str) -> bool:
    """Tell whether an upload has a panel of this code."""
    return code in PANELS and PANELS[code].needed(import_)


def first_needed(import_: Import, counted: Counts) -> str | None:
    """Return the panel that comes next: what nobody has answered stops everything else."""
    if any(asked(file) or file.state == REFUSED.code for file in import_.files):
        return FILES
    if counted.asks:
        return ASKS
    if counted.error:
        return RIGHT
    return None if counted.total else FILES


# To be put right ---------------------------------------------------------------------------


def _fixes(import_: Import) -> Markup:
    """Draw equal errors together, each with what would put all of them right."""
    found = queries.fixes(import_, FIXES_SHOWN + 1)
    fields = {field.name: field for field in target_of(import_).subject().fields}
    dependents = options_by_parent(import_)
    panel = {
        "fixes": [_fix(import_, fix, fields, dependents) for fix in found[:FIXES_SHOWN]],
        "more": len(found) > FIXES_SHOWN,
        "action": url_for("ImportAnswersView.fix", upload=import_),
        "may_fill": drawn.may_fill(import_.target) and drawn.is_open(import_),
        "errors": _downloads(import_),
    }
    return Markup(render_template("uploads/_fixes.html", panel=panel))  # noqa: S704  # our template


def _fix(
    import_: Import, fix: Any, fields: Mapping[str, Field], dependents: Mapping[str, Any]
) -> Drawn:
    field = fields.get(fix.field)
    hidden = field is not None and field.personal is not None and not (
        drawn.sees_personal() or drawn.may_fill(import_.target)
    )  # fmt: skip
    href = url_for("ImportGridView.grid", upload=import_, state=RowState.ERROR.value,
                   field=fix.field, raw=fix.raw)  # fmt: skip
    return {
        "field": fix.field,
        "label": gettext(fix.label) if fix.label else gettext("The whole row"),
        "raw": fix.raw,
        "shown": COVERED if hidden and fix.raw else fix.raw,
        "words": gettext("This is to be put right.") if hidden else say(fix.words),
        "said": fix.words,
        "count": fix.count,
        "href": href,
        "input": input_of(field, fix.suggestion, dependents)
        if field is not None and fix.field != drawn.IMAGE
        else None,
        "photos": url_for("ImportGridView.work", upload=import_, panel=PHOTOS)
        if fix.field == drawn.IMAGE and offered(import_, PHOTOS)
        else None,
        "button": ngettext("Put it right", "Put right all %(num)d", fix.count),
        "rows": ngettext("%(num)d row", "%(num)d rows", fix.count),
    }


def input_of(field: Field, value: str, dependents: Mapping[str, Any]) -> Drawn:
    """Return what one types a cell's value in: a box, or a list where there is one to choose."""
    groups: list[tuple[str, list[tuple[str, str]]]] = []
    options: list[tuple[str, str]] = []
    if field.name in dependents:
        groups = [(parent, [(each, each) for each in texts])
                  for parent, texts in dependents[field.name].items()]  # fmt: skip
    elif field.kind == "yesno":
        options = [("Yes", gettext("Yes")), ("No", gettext("No"))]
    elif field.kind in ("choice", "lookup"):
        options = [(str(label), gettext(label)) for _code, label in field.options()]
        value = next((str(n) for code, n in field.options() if value == str(code)), value)
    known = {code for code, _ in options} | {each for _, some in groups for each, _ in some}
    return {
        "kind": "select" if options or groups else "text",
        "value": value,
        "options": options,
        "groups": groups,
        "unknown": value if value and value not in known else "",
        "hint": "dd/mm/yyyy" if field.kind == "date" else "",
        "numeric": field.kind in ("uln", "ern"),
    }


def options_by_parent(import_: Import) -> dict[str, Mapping[str, Any]]:
    """Return for each field whose choices depend on another the choices by that other's text."""
    return {name: by for name, (_parent, by) in target_of(import_).dependents().items()}


def _downloads(import_: Import) -> list[Drawn]:
    """Return where the rows in error are downloaded, by those who may put them right."""
    if not drawn.may_fill(import_.target):
        return []
    return [
        {"label": form, "href": url_for("ImportSheetsView.errors", upload=import_, form=form)}
        for form in ("xlsx", "csv")
    ]


# Questions ---------------------------------------------------------------------------------


def _questions(import_: Import) -> Markup:
    """Draw what waits for a choice: guesses by column, people who may be known, repeats."""
    waiting = queries.known_people(import_, size=PEOPLE_SHOWN)
    repeats = [each for each in waiting if each.row.repeat_of]
    people = [each for each in waiting if not each.row.repeat_of and each.row.matches]
    panel = {
        "decisions": [_decision(each) for each in queries.decisions(import_)],
        "answered": [_answered(each) for each in queries.answered(import_)],
        "people": [person(import_, each) for each in people],
        "repeats": [_repeat(each) for each in repeats],
        "more": len(waiting) >= PEOPLE_SHOWN,
        "choose": url_for("ImportAnswersView.choose", upload=import_),
        "repeat": url_for("ImportAnswersView.repeat", upload=import_),
        "may_fill": drawn.may_fill(import_.target) and drawn.is_open(import_),
        "may_link": may(Permission.ADD_EMPLOYEES),
    }
    return Markup(render_template("uploads/_questions.html", panel=panel))  # noqa: S704  # likewise


def _decision(decision: Any) -> Drawn:
    guess = decision.guess
    return {
        "action": url_for("ImportAnswersView.decide", file=decision.file),
        "field": decision.field,
        "guess": guess.value,
        "title": gettext("Column %(name)s of %(file)s", name=gettext(decision.label),
                         file=decision.file.name),
        "question": gettext(guess.question),
        "count": ngettext("%(num)d cell", "%(num)d cells", decision.count),
        "answers": [(code, gettext(label)) for code, label in guess.answers.items()],
        "examples": [
            (raw, [say(readings.get(code, "")) for code in guess.answers])
            for raw, readings in decision.examples
        ],
    }  # fmt: skip


def _answered(answered: Any) -> Drawn:
    guess = answered.guess
    return {
        "action": url_for("ImportAnswersView.undecide", file=answered.file),
        "field": answered.field,
        "guess": guess.value,
        "text": gettext("Column %(name)s of %(file)s: %(answer)s", name=gettext(answered.label),
                        file=answered.file.name,
                        answer=gettext(guess.answers.get(answered.answer, answered.answer))),
    }  # fmt: skip


def person(import_: Import, found: GridRow) -> Drawn:
    """Return a row whose person may be known already, with everybody who may be meant."""
    row = found.row
    return {
        "id": row.id,
        "key": f"{row.id}:{row.version}",
        "number": row.number,
        "name": drawn.row_name(found),
        "href": url_for("ImportGridView.grid", upload=import_, q=drawn.row_name(found)),
        "matches": [
            {
                "name": match["name"],
                "reasons": [say(reason) for reason in match["reasons"]],
                "elsewhere": bool(match.get("elsewhere")),
                "value": f"{(Choice.LINK if match.get('elsewhere') else Choice.SAME).value}:"
                         f"{match['person']}",
            }
            for match in row.matches
        ],
    }  # fmt: skip


def _repeat(found: GridRow) -> Drawn:
    row = found.row
    return {
        "key": f"{row.id}:{row.version}",
        "number": row.number,
        "name": drawn.row_name(found),
        "where": row.repeat_of,
    }


# Notations ---------------------------------------------------------------------------------


def _notations(import_: Import) -> Markup:
    """Draw what was read as another way of writing the same, by kind, each to be undone."""
    panel = {
        "kinds": [
            {
                "action": url_for("ImportAnswersView.notation", file=each.file),
                "field": each.field,
                "notation": each.notation.value,
                "column": gettext(
                    "%(name)s of %(file)s", name=gettext(each.label), file=each.file.name
                ),
                "label": gettext(each.notation.label),
                "count": ngettext("%(num)d cell", "%(num)d cells", each.count),
                "examples": _examples(import_, each),
                "is_undone": each.is_undone,
            }
            for each in queries.notations(import_)
        ],
        "may_fill": drawn.may_fill(import_.target) and drawn.is_open(import_),
    }
    return Markup(render_template("uploads/_notations.html", panel=panel))  # noqa: S704  # likewise


def _examples(import_: Import, each: Any) -> list[tuple[str, str]]:
    field = next((f for f in target_of(import_).subject().fields if f.name == each.field), None)
    knows = drawn.sees_personal() or each.file.id in drawn.brought_by_reader(import_)
    if field is not None and field.personal and not knows:
        return []
    return [(came, gettext(shown)) for came, shown in each.examples]


# Files -------------------------------------------------------------------------------------


def asked(file: ImportFile) -> str:
    """Return what a file asks: which sheet, what its headings mean, or to be brought again."""
    if file.state != ASKING.code:
        return ""
    if file.sheets and not file.sheet:
        return SHEET
    return REPEAT if file.words.startswith(REPEATED) else HEADS


def _files(import_: Import) -> Markup:
    """Draw the files with their states and questions, and where more are brought."""
    panel = {
        "files": [_file(file) for file in import_.files],
        "bring": url_for("ImportFilesView.bring", upload=import_),
        "may_fill": drawn.may_fill(import_.target) and drawn.is_open(import_),
        "takes_photos": target_of(import_).takes_photos,
    }
    return Markup(render_template("uploads/_files.html", panel=panel))  # noqa: S704  # likewise


def _file(file: ImportFile) -> Drawn:
    names = (SHEET, REPEAT)
    urls = {
        "sheet": url_for("ImportFilesView.sheet", file=file),
        "heads": url_for("ImportFilesView.heads", file=file),
        "repeat": url_for("ImportFilesView.repeat", file=file),
        "take_out": url_for("ImportFilesView.take_out", file=file),
    }
    question = asked(file)
    return {
        "id": file.id,
        "version": file.version,
        "name": file.name,
        "state": drawn.badge(file.state_shown),
        "is_out": file.state == TAKEN_OUT.code,
        "is_read": file.state == READ.code,
        "rows": ngettext("%(num)d row", "%(num)d rows", file.row_count),
        "brought": drawn.moment(file.brought_at),
        "words": say(file.words),
        "told": [say(each) for each in file.told],
        "asks": question,
        "asks_here": question in names,
        "sheets": file.sheets,
        "urls": urls,
    }


PANELS |= {
    RIGHT: Panel(
        label=N_("To be put right"), icon="alert-triangle", draw=_fixes,
        count=lambda counted: counted.error,
    ),
    ASKS: Panel(
        label=N_("Questions"), icon="help-circle", draw=_questions,
        count=lambda counted: counted.asks,
    ),
    NOTATIONS: Panel(label=N_("Read differently"), icon="writing", draw=_notations),
    FILES: Panel(label=N_("Files"), icon="files", draw=_files),
}  # fmt: skip
