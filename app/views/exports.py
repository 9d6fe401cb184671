"""Asking for an export: a name, what the documents are for, and then Downloads (D36, D37, D45)."""

from collections.abc import Mapping
from typing import Any

from flask import Response, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext, ngettext

from app.clock import now
from app.domain.awards.models import PrintJob
from app.domain.awards.queries import records
from app.domain.awards.service import exporting
from app.domain.kernel import reading
from app.domain.kernel.columns import row_id
from app.domain.kernel.idempotency import new_token
from app.domain.kernel.permissions import Permission
from app.errors import ConflictError, FieldErrors, NotFoundError, NotSavedError
from app.forms import subjects
from app.security.guard import requires
from app.views import frame
from app.views.base import PortalView, list_called
from app.views.saving import saving

LISTS = ("RecordsView", "JobDocumentsView")
OWN_FIELDS = ("csrf_token", "once", "name", "description", "acknowledged")
"""Fields of the form that asks; everything else in it says which documents are meant."""
PAGE, FRAGMENT = "documents/export.html", "documents/_export.html"


class ExportsView(PortalView):
    """Packs what was ticked, all that matches, or all of a job."""

    resource = "Documents"
    route_base = "/exports"

    @expose("/ask", methods=["POST"])
    @requires(Permission.EXPORT_DOCUMENTS)
    def ask(self) -> ResponseReturnValue:
        """Ask for the name of the export; nothing is packed yet."""
        raw = {"name": request.form.get("name", "")[: exporting.LONGEST_NAME]}
        return self._form(raw, {})

    @expose("/", methods=["POST"])
    @requires(Permission.EXPORT_DOCUMENTS)
    def create(self) -> ResponseReturnValue:
        """Have the documents packed."""
        raw = {name: request.form.get(name, "") for name in ("name", "description", "acknowledged")}
        ids = _asked_for()

        def work() -> str:
            exporting.export(
                ids, raw["name"], raw["description"],
                acknowledged=raw["acknowledged"] == "yes", at=now(),
            )  # fmt: skip
            return url_for("DownloadsView.list")

        try:
            with saving():
                address, is_new = exporting.do_once(request.form.get("once", ""), work)
        except FieldErrors as error:
            return self._form(raw, error.errors), error.status
        except (ConflictError, NotSavedError) as error:
            return self._form(raw, {"": error.text}), error.status
        if is_new:
            flash(gettext("“%(name)s” is being made. It can be downloaded here as soon as its "
                          "status is Completed.", name=raw["name"].strip()), "success")  # fmt: skip
        return redirect(address, 303)

    def _form(self, raw: Mapping[str, str], errors: Mapping[str, str]) -> Response:
        frame.stands_at("RecordsView.list")
        count = len(records.exportable(_asked_for()))
        if count > exporting.MOST:
            errors = {**errors, "": gettext(
                "One export holds at most %(most)s documents. Filter the list and export in parts.",
                most=f"{exporting.MOST:,}")}  # fmt: skip
        elif not count:
            errors = {**errors, "": gettext("None of these documents has been issued yet.")}
        title = gettext("Export documents")
        page = {
            "title": title,
            "crumbs": [
                (gettext("Dashboard"), url_for("DashboardView.home")),
                (gettext("Records"), url_for("RecordsView.list")),
                (title, None),
            ],
            "text": ngettext("%(num)d document is packed into one file, as PDF.",
                             "%(num)d documents are packed into one file, each as PDF.", count),
            "can_be_made": 0 < count <= exporting.MOST,
            "errors": subjects.summary(errors),
            "hidden": [("once", new_token()), *_carried()],
            "fields": _fields(raw, errors),
            "acknowledged": {
                "id": "acknowledged", "name": "acknowledged", "kind": "checkbox", "required": True,
                "label": gettext("I use these documents for internal audit and regulatory "
                                 "purposes only"),
                "value": raw.get("acknowledged") == "yes", "error": errors.get("acknowledged"),
            },
            "cancel": url_for("RecordsView.list"),
        }  # fmt: skip
        is_sheet = request.headers.get("HX-Request") == "true"
        template = FRAGMENT if is_sheet else PAGE
        response = make_response(self.render_template(template, page=page))
        response.headers["Cache-Control"] = "no-store"
        return response


def _fields(raw: Mapping[str, str], errors: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {"id": "name", "name": "name", "label": gettext("Name"), "required": True,
         "value": raw.get("name", ""), "width": "40", "error": errors.get("name"),
         "hint": gettext("By this name you know it again under Downloads")},
        {"id": "description", "name": "description", "label": gettext("Description"),
         "value": raw.get("description", ""), "width": "40", "error": errors.get("description")},
    ]  # fmt: skip


def _carried() -> list[tuple[str, str]]:
    """Return what the first form said of the documents, for the second one to say again."""
    return [
        (name, text)
        for name, values in request.form.lists()
        if name not in OWN_FIELDS
        for text in values
    ]


def _asked_for() -> list[int]:
    """Return the ids of the documents that a form is about, at most one more than may be packed.

    Raise NotFoundError for a job or a document that does not exist for the reader.
    """
    if "job" in request.form:
        job: PrintJob | None = reading.find(PrintJob, request.form.get("job", type=row_id) or 0)
        if job is None:
            raise NotFoundError
        return records.documents_of_job(job.id, exporting.MOST + 1)
    name = request.form.get("list_of", "")
    if name not in LISTS:
        raise NotFoundError
    view = list_called(name)
    if request.form.get("every_match") == "1":
        return view.listing.ids(view.asked(request.form), exporting.MOST + 1)
    return [row.id for row in view.selected().rows]
