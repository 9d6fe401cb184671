"""The generated list, record and export; ticked rows of a posted list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, make_response, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext

from app.documents.packing import file_name
from app.domain.kernel.columns import row_id
from app.errors import ConflictError, NotFoundError
from app.security.guard import guarded_by_class
from app.sheets import export
from app.views import cells
from app.views.declared import DeclaredList, PortalView
from app.views.listing import SELECTABLE, Asked, Column, Filter, ListTab

Rows = list[Any]
"""Named here, since ``list`` is a handler inside the class."""

EXPORTED = 50_000
"""Rows that one export may hold."""


@dataclass(frozen=True)
class Selection:
    """Rows that somebody ticked, and the version of each that they saw."""

    rows: list[Any]
    versions: Mapping[int, int]


class PortalModelView(DeclaredList):
    """A table's list, record and export, generated from what the class declares."""

    # Handlers ----------------------------------------------------------------------------------

    @expose("/")
    @guarded_by_class
    def list(self) -> ResponseReturnValue:
        """Show a page of the list."""
        asked = self.asked(request.args)
        page = self.listing.page(asked)
        self.prepare(page.rows)
        return self.render_template(self.list_template, page=self.drawn(asked, page))

    @expose("/<int:row>")
    @guarded_by_class
    def show(self, row: int) -> ResponseReturnValue:
        """Show one record; a list without record pages has none to show."""
        if not self.has_record:
            raise NotFoundError
        found = self.load(row)
        return self.render_template(self.record_template, page=self._record_page(found), row=found)

    @expose("/export.<string:form>")
    @guarded_by_class
    def export(self, form: str) -> ResponseReturnValue:
        """Give the matching rows as a spreadsheet: at most EXPORTED of them."""
        if form not in export.FORMS:
            raise NotFoundError
        asked = self.asked(request.args)
        heads = [gettext(column.label) for column in asked.columns]
        rows = self._exported(asked)
        file = export.written(export.FORMS[form].write(heads, rows))
        name = file_name(gettext(asked.tab.title or self.title), end=f".{form}")
        response = send_file(
            file, export.FORMS[form].media_type, as_attachment=True, download_name=name
        )
        response.headers["Cache-Control"] = "no-store"
        return response

    def _exported(self, asked: Asked) -> Any:
        chunk: Rows = []
        for row in self.listing.everything(asked, EXPORTED):
            chunk.append(row)
            if len(chunk) == 1000:
                yield from self._plain(asked, chunk)
                chunk = []
        yield from self._plain(asked, chunk)

    def _plain(self, asked: Asked, rows: Rows) -> Any:
        self.prepare(rows)
        for row in rows:
            yield [cells.plain(column.cell(row)) for column in asked.columns]

    def load(self, row_id: int) -> Any:
        """Return one row of this list's kind, within the scope; raise NotFoundError."""
        found = self.listing.chosen({row_id: 0}, self.base_where)
        if not found:
            raise NotFoundError
        return found[0]

    def _record_page(self, row: Any) -> dict[str, Any]:
        page: dict[str, Any] = {
            "title": str(row),
            "text": None,
            "badge": None,
            "crumbs": self.crumbs(str(row)),
            "actions": [],
            "next_step": None,
            "groups": [],
            "stages": [],
            "timeline": [],
            "related": [],
        }
        return page | self.record(row)

    # Selections --------------------------------------------------------------------------------

    def selected(self) -> Selection:
        """Return the rows that a posted list ticked: some of them, or all that match.

        Raise ConflictError when none is ticked, or more than SELECTABLE; NotFoundError when one
        of them does not exist for the viewer.
        """
        versions = chosen_versions(request.form.getlist("chosen"))
        if request.form.get("every_match") == "1":
            asked = self.asked(request.form)
            rows = [*self.listing.everything(asked, SELECTABLE + 1)]
            if len(rows) > SELECTABLE:
                raise ConflictError(
                    gettext("That is more than %(most)s rows at once. Filter the list and go on "
                            "in parts.", most=f"{SELECTABLE:,}")
                )  # fmt: skip
            return Selection(rows, versions)
        if not versions:
            raise ConflictError(gettext("Tick at least one row first."))
        rows = self.listing.chosen(versions, self.base_where)
        if len(rows) != len(versions):
            raise NotFoundError
        return Selection(rows, versions)


def chosen_versions(chosen: Sequence[str]) -> dict[int, int]:
    """Return {id: version} of ticked boxes ("17:3"); raise NotFoundError for anything else."""
    found: dict[int, int] = {}
    for each in chosen:
        found_id, _, version = each.partition(":")
        if not (version.isdecimal() and len(each) < 24 and found_id.strip() and row_id(found_id)):
            raise NotFoundError
        found[row_id(found_id)] = int(version)
    if len(found) > SELECTABLE:
        raise ConflictError(gettext("Tick at most %(most)s rows.", most=f"{SELECTABLE:,}"))
    return found


def ticked_in(lists: Sequence[str]) -> Selection:
    """Return what was ticked in the list that a form came from: ``list_of`` names its view.

    Raise NotFoundError when it is none of ``lists``.
    """
    wanted = request.values.get("list_of", "")
    if wanted not in lists:
        raise NotFoundError
    return list_called(wanted).selected()


def list_called(name: str) -> PortalModelView:
    """Return the generated list whose class has this name; raise NotFoundError for none."""
    for view in current_app.appbuilder.baseviews:  # type: ignore[attr-defined]  # set by FAB
        if type(view).__name__ == name and isinstance(view, PortalModelView):
            return view
    raise NotFoundError


def fragment(template: str, **values: Any) -> Response:
    """Return a piece of a page for htmx, which no cache may keep."""
    response = make_response(render_template(template, **values))
    response.headers["Cache-Control"] = "no-store"
    return response


__all__ = [
    "Column",
    "Filter",
    "ListTab",
    "PortalModelView",
    "PortalView",
    "Selection",
    "chosen_versions",
    "fragment",
    "list_called",
    "ticked_in",
]
