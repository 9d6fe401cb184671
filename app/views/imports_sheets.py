"""Spreadsheets that an upload hands out: the template (C36), and its rows in error."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from flask import Response, current_app, request, send_file
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext

from app.domain.imports import queries
from app.domain.imports.models import Import
from app.domain.imports.targets import Target, target_named
from app.domain.kernel.permissions import Permission
from app.errors import NotFoundError
from app.forms.subjects import say
from app.sheets import export
from app.sheets.errors import ErrorRow, Wrong, write_errors
from app.sheets.template import Dependent, Template, write_template
from app.views import imports_drawn as drawn
from app.views.base import PortalView
from app.views.imports_guard import requires

MARK = "hallmark {target} 1"
"""Tells which version of the template comes back."""


class ImportSheetsView(PortalView):
    """What is downloaded, filled in or put right, and uploaded again."""

    route_base = "/uploads"
    resource = "Applications"

    @expose("/template.xlsx")
    @requires(Permission.VIEW_APPLICATIONS)
    def template(self) -> ResponseReturnValue:
        """Give the template with all mandatory fields and what can be chosen (C36 to C39)."""
        target = target_named(request.args.get("target", ""))
        book = write_template(_template(target), words=say)
        return _sent(BytesIO(book), f"{gettext(target.label)}.xlsx", "xlsx")

    @expose("/<row(Import):upload>/errors.<string:form>")
    @requires(Permission.FILL_IN_APPLICATIONS)
    def errors(self, upload: Import, form: str) -> ResponseReturnValue:
        """Give the rows in error, each with what is wrong and the id by which it comes back."""
        if form not in export.FORMS:
            raise NotFoundError
        key, drawer = current_app.config["SECRET_KEY"], drawn.RowDrawer(upload)
        heads, rows = queries.errors_heads_and_rows(upload, key, drawer.text)
        file = export.written(write_errors(heads, _error_rows(rows), form=form, words=say))
        return _sent(file, f"{upload.name} - {gettext('rows in error')}.{form}", form)


def _template(target: Target) -> Template:
    dependents = {
        name: Dependent(parent, choices)
        for name, (parent, choices) in target.dependents().items()
    }  # fmt: skip
    return Template(
        title=target.label,
        mark=MARK.format(target=target.code),
        subject=target.subject(),
        dependents=dependents,
        instructions=target.instructions,
    )


def _error_rows(rows: Iterator[Any]) -> Iterator[ErrorRow]:
    for token, cells, wrong in rows:
        errors = [Wrong(words, None if at < 0 else at) for at, words in sorted(wrong.items())]
        yield ErrorRow(token, cells, errors)


def _sent(file: Any, name: str, form: str) -> Response:
    response = send_file(
        file, export.FORMS[form].media_type, as_attachment=True, download_name=name
    )
    response.headers["Cache-Control"] = "no-store"
    return response
