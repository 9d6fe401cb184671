"""The JSON interface: every generated list and record, read-only, from the same declarations."""

import re
from datetime import date, datetime
from typing import Any

from flask import jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext

from app.security.guard import guarded_by_class
from app.views import cells
from app.views.base import PortalModelView, PortalView
from app.views.listing import COUNTED, PAGE, Asked, Column

MOST = 100
"""Rows that one answer may hold."""


def name_of(column: Column) -> str:
    """Return the name of a column in JSON: its heading in snake case, in English."""
    return re.sub(r"[^a-z0-9]+", "_", column.label.casefold()).strip("_") or column.key


def _value(cell: cells.Cell | str) -> Any:
    value = cells.plain(cell)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


def _row(view: PortalModelView, asked: Asked, row: Any) -> dict[str, Any]:
    values = {name_of(column): _value(column.cell(row)) for column in asked.columns}
    return {"id": row.id, "version": getattr(row, "version", None)} | values


class ListApi(PortalView):
    """One table as JSON: the guard, scope, search, filters, sorting and masks of its list."""

    source: PortalModelView

    @expose("/")
    @guarded_by_class
    def list(self) -> ResponseReturnValue:
        """Return a page: {"rows": […], "count": n, "counted_up_to": n, "next": address|null}."""
        view = self.source
        asked = view.asked(request.args)
        size = min(max(request.args.get("size", PAGE, type=int), 1), MOST)
        page = view.listing.page(asked, size)
        view.prepare(page.rows)
        following = None
        if page.after:
            values = asked.parameters(after=page.after, size=str(size))
            following = url_for(f"{self.endpoint}.list", **values)
        return jsonify(
            rows=[_row(view, asked, row) for row in page.rows],
            count=min(view.listing.count(asked), COUNTED),
            counted_up_to=COUNTED,
            next=following,
            errors={name: gettext(text) for name, text in asked.errors.items()},
        )

    @expose("/<int:row>")
    @guarded_by_class
    def show(self, row: int) -> ResponseReturnValue:
        """Return one row."""
        view = self.source
        found = view.load(row)
        view.prepare([found])
        return jsonify(_row(view, view.asked(request.args), found))


def api_of(view: PortalModelView) -> type[ListApi]:
    """Return the JSON interface of a generated list, at /api/v1/<its address>."""
    return type(
        type(view).__name__.removesuffix("View") + "Api",
        (ListApi,),
        {
            "route_base": f"/api/v1{view.route_base}",
            "resource": view.resource,
            "permission": view.permission,
            "source": view,
            "__doc__": f"The JSON interface of {view.title}.",
        },
    )
