"""One row of an upload: added by hand (A77 to A79), and put right where it stands (A82)."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext

from app.clock import now
from app.domain.imports import queries, service
from app.domain.imports.models import Import, ImportRow
from app.domain.imports.queries import GridRow
from app.domain.imports.rules import RowState
from app.domain.imports.targets import target_of
from app.domain.kernel.fields import Field, Subject
from app.domain.kernel.idempotency import new_token
from app.domain.kernel.permissions import Permission
from app.domain.registrations.service import do_once
from app.errors import ConflictError, FieldErrors, NotFoundError, StaleError
from app.forms import subjects
from app.views import imports_drawn as drawn
from app.views import imports_panels as panels
from app.views.base import PortalView, fragment
from app.views.imports_drawn import Drawn, RowDrawer
from app.views.imports_guard import requires
from app.views.saving import saving

LONGEST = 1000
"""Characters that one cell may be given."""


def typed_text(field: Field) -> str:
    """Return what was typed for a field, as a spreadsheet's cell would hold it."""
    if field.kind != "date" or field.name in request.form:
        return request.form.get(field.name, "").strip()[:LONGEST]
    parts = [request.form.get(f"{field.name}-{part}", "").strip() for part in subjects.DATE_PARTS]
    filled = [part for part in parts if part]
    return "/".join(parts) if len(filled) > 1 else "".join(filled)


def _is_typed(field: Field) -> bool:
    return any(
        name in request.form for name in (field.name, *(f"{field.name}-{p}" for p in ("day",)))
    )


class ImportRowsView(PortalView):
    """Rows of an upload, one at a time."""

    route_base = "/uploads"
    resource = "Applications"

    @expose("/<row(Import):upload>/add", methods=["GET", "POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def add(self, upload: Import) -> ResponseReturnValue:
        """Fill in the application details required (A77, A78)."""
        drawn.must_be_open(upload)
        subject = target_of(upload).subject()
        if request.method == "GET":
            return self._form(upload, subject, {}, {})
        typed = {each.name: typed_text(each) for each in subject.fields}
        typed = {name: text for name, text in typed.items() if text}
        if not typed:
            errors = {subject.fields[0].name: gettext("Fill in at least one of the fields.")}
            return self._form(upload, subject, request.form, errors), 422
        try:
            with saving():
                made, _new = do_once(
                    request.form.get("once", ""), "add a row",
                    lambda: str(service.add_row(upload, typed, now()).id),
                )  # fmt: skip
        except FieldErrors as error:
            return self._form(upload, subject, _raw(subject, typed), error.errors), error.status
        return self._saved(upload, int(made))

    @expose("/rows/<row(ImportRow):line>")
    @requires(Permission.VIEW_APPLICATIONS)
    def row(self, line: ImportRow) -> ResponseReturnValue:
        """Show a row as it stands, where its editing was given up."""
        upload = _upload_of(line)
        if request.headers.get("HX-Request") == "true":
            return _row(upload, line)
        return redirect(url_for("ImportGridView.grid", upload=upload, before=line.id + 1))

    @expose("/rows/<row(ImportRow):line>/edit", methods=["GET", "POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def edit(self, line: ImportRow) -> ResponseReturnValue:
        """Put a row right, in its place in the grid or on a page of its own (A82)."""
        upload = _upload_of(line)
        _must_be_editable(upload, line)
        in_place = request.headers.get("HX-Request") == "true"
        if request.method == "GET":
            return _editing(upload, line) if in_place else self._page(upload, line, {})
        found = queries.grid_row(line)
        typed = _changed(target_of(upload).subject(), found)
        version = request.form.get("version", 0, type=int)
        try:
            if typed or version != line.version:
                with saving():
                    line = service.edit_row(line, typed, version, now())
        except StaleError as error:
            return _again(upload, line, error) if in_place else (
                self._page(upload, line, {}, error), error.status
            )  # fmt: skip
        except FieldErrors as error:
            if in_place:
                return _editing(upload, line, error.errors), error.status
            return self._page(upload, line, error.errors), error.status
        return _row(upload, line, is_saved=True) if in_place else self._saved(upload, line.id)

    @expose("/rows/<row(ImportRow):line>/plain", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def plain(self, line: ImportRow) -> ResponseReturnValue:
        """Take one cell as it came, without the notation that was applied."""
        upload = _upload_of(line)
        _must_be_editable(upload, line)
        version = request.form.get("version", 0, type=int)
        with saving():
            service.undo_notation_of(line, request.form.get("field", ""), version, now())
        if request.headers.get("HX-Request") == "true":
            return _editing(upload, line)
        return redirect(url_for("ImportRowsView.edit", line=line), 303)

    # Pages -------------------------------------------------------------------------------------

    def _saved(self, upload: Import, row_id: int) -> ResponseReturnValue:
        row = queries.find_row(row_id)
        assert row is not None
        state = gettext(row.shown_state.shown.label)
        flash(
            gettext("The changes were saved. The row is: %(state)s", state=state),
            "success" if row.state == RowState.VALID else "warning",
        )
        return redirect(url_for("ImportRowsView.edit", line=row, upload=upload.id), 303)

    def _page(
        self, upload: Import, line: ImportRow, errors: Mapping[str, str],
        stale: StaleError | None = None,
    ) -> str:  # fmt: skip
        subject = target_of(upload).subject()
        found = queries.grid_row(line)
        drawer = RowDrawer(upload)
        raw: dict[str, Any] = {name: cell.text for name, cell in found.cells.items()}
        if request.method == "POST":
            raw |= {each.name: typed_text(each) for each in subject.fields if _is_typed(each)}
        covered = [
            each for each in subject.fields
            if each.name in found.cells and not drawer.shows(each, found.cells[each.name], line)
        ]  # fmt: skip
        wrong = {name: words for name, words in found.errors.items() if words} | dict(errors)
        shown = Subject(subject.name, tuple(each for each in subject.fields if each not in covered))
        return self._form(upload, shown, raw, wrong, line, stale, len(covered))

    def _form(
        self, upload: Import, subject: Subject, raw: Mapping[str, Any], errors: Mapping[str, str],
        line: ImportRow | None = None, stale: StaleError | None = None, covered: int = 0,
    ) -> str:  # fmt: skip
        words = drawn.words_of(upload)
        title = gettext(words.add)
        if line is not None:
            title = gettext("%(name)s, row %(number)s", number=line.number,
                            name=drawn.row_name(queries.grid_row(line)))  # fmt: skip
        dependents = panels.options_by_parent(upload)
        hidden: list[tuple[str, Any]] = [("once", request.form.get("once") or new_token())]
        if line is not None:
            hidden.append(("version", line.version))
        page = {
            "title": title,
            "text": gettext(words.fill_in),
            "crumbs": drawn.crumbs(upload, (title, None)),
            "errors": subjects.summary(errors),
            "stale": subjects.both_versions(
                stale, gettext("Press SAVE CHANGES again to put yours in place of theirs.")
            ),
            "fields": [_field(each, raw, errors, dependents) for each in subject.fields],
            "hidden": hidden,
            "covered": covered,
            "add": url_for("ImportRowsView.add", upload=upload) if line is not None else None,
            "add_label": gettext(words.add),
            "back": url_for("ImportGridView.grid", upload=upload),
        }  # fmt: skip
        return str(self.render_template("uploads/row.html", page=page))


def _upload_of(line: ImportRow) -> Import:
    upload = queries.find_import(line.import_id)
    if upload is None:
        raise NotFoundError
    return upload


def _must_be_editable(upload: Import, line: ImportRow) -> None:
    drawn.must_be_open(upload)
    if line.state in (RowState.DONE, RowState.REMOVED):
        state = gettext(line.shown_state.shown.label).lower()
        raise ConflictError(gettext("This row is %(state)s: it cannot be changed.", state=state))


def _raw(subject: Subject, typed: Mapping[str, str]) -> dict[str, str]:
    return {each.name: typed.get(each.name, "") for each in subject.fields}


def _changed(subject: Subject, found: GridRow) -> dict[str, str]:
    """Return what was typed that differs from what the box showed."""
    changed = {}
    for field in subject.fields:
        cell = found.cells.get(field.name)
        if not _is_typed(field):
            continue
        text = typed_text(field)
        before = cell.text if cell is not None else ""
        if not _same(field, text, before):
            changed[field.name] = text
    return changed


def _same(field: Field, text: str, before: str) -> bool:
    if text == before:
        return True
    return any(before == str(code) and text == str(label) for code, label in field.options())


def _field(
    field: Field, raw: Mapping[str, Any], errors: Mapping[str, str], dependents: Mapping[str, Any]
) -> Drawn:
    value = raw.get(field.name, "")
    more: Drawn = {"autocomplete": "off"}
    if field.kind in ("choice", "lookup", "yesno") or field.name in dependents:
        more |= panels.input_of(field, value, dependents) | {"kind": "chosen"}
    return subjects.drawn_field(field, raw, errors, **more)


# In place --------------------------------------------------------------------------------------


def _row(upload: Import, line: ImportRow, *, is_saved: bool = False) -> ResponseReturnValue:
    drawer = RowDrawer(upload)
    (row,) = drawer.rows([queries.grid_row(line)])
    counted = queries.counts(upload) if is_saved else None
    return fragment(
        "uploads/_row_saved.html",
        row=row,
        tabs=drawn.state_tabs(upload, counted, "") if counted else None,
        shares=drawn.shares(counted) if counted else [],
        said=drawn.counted_in_words(counted) if counted else "",
        grid_title=gettext(target_of(upload).rows_title),
    )


def _editing(
    upload: Import, line: ImportRow, errors: Mapping[str, str] | None = None,
    stale: Drawn | None = None,
) -> Any:  # fmt: skip
    drawer, found = RowDrawer(upload), queries.grid_row(line)
    row = drawer.row(found)
    dependents = panels.options_by_parent(upload)
    cells: list[Drawn] = []
    for cell in row.cells:
        field, came = drawer.fields.get(cell.name), found.cells.get(cell.name)
        if field is None or came is None or not drawer.shows(field, came, line):
            cells.append({"cell": cell, "error": cell.error, "input": None, "came": ""})
            continue
        is_sent = stale is not None and _is_typed(field)
        text = typed_text(field) if is_sent else came.text
        cells.append({
            "cell": cell,
            "error": subjects.say((errors or {}).get(cell.name, "")) or cell.error,
            "input": panels.input_of(field, text, dependents),
            "came": came.raw if cell.mark else "",
        })  # fmt: skip
    return fragment(
        "uploads/_row_edit.html",
        row=row, cells=cells, first=_first(cells), stale=stale,
        save=url_for("ImportRowsView.edit", line=line),
        cancel=url_for("ImportRowsView.row", line=line),
        plain=url_for("ImportRowsView.plain", line=line), version=line.version,
    )  # fmt: skip


def _first(cells: list[Drawn]) -> str:
    """Return the cell that one begins with: the first that is wrong, else that waits."""
    open_cells = [each for each in cells if each["input"]]
    wrong = [each for each in open_cells if each["error"]]
    waits = [each for each in open_cells if each["cell"].ask]
    first = next(iter([*wrong, *waits, *open_cells]), None)
    return str(first["cell"].name) if first else ""


def _again(upload: Import, line: ImportRow, error: StaleError) -> ResponseReturnValue:
    """Show the row with what was typed, beside what somebody else saved meanwhile."""
    again = gettext("Save again to put yours in place of theirs.")
    stale = subjects.both_versions(error, again)
    return _editing(upload, line, stale=stale), error.status
