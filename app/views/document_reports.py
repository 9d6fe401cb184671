"""Report an Issue: what is wrong with a document, and what the awarding body answers (D35, D44)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext
from sqlalchemy.orm import joinedload

from app.clock import now, today
from app.domain.awards import rules
from app.domain.awards.models import DocumentReport, ExportFile, IssuedDocument
from app.domain.awards.rules import REPORT
from app.domain.awards.service import reporting
from app.domain.kernel import audit
from app.domain.kernel.fields import Field, Subject
from app.domain.kernel.idempotency import new_token
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_
from app.errors import ConflictError, NotFoundError, NotSavedError
from app.forms import subjects
from app.security.current import may
from app.security.guard import requires
from app.views import cells, frame
from app.views import document_cells as parts
from app.views.base import Column, Filter, ListTab, PortalModelView
from app.views.declared import address_of
from app.views.history import timeline
from app.views.saving import saving

Drawn = list[dict[str, Any]]

WRONG = Subject(
    "report of an issue",
    (
        Field("wrong", N_("What is wrong"), required=True, max_length=1000, multiline=True,
              missing=N_("Say what is wrong, such as “Surname: Nowack”."),
              hint=N_("A name, its spelling, a grade, a date, or anything else")),
        Field("right", N_("What would be right"), max_length=1000, multiline=True,
              hint=N_("If you know it, such as “Surname: Nowak”")),
    ),
)  # fmt: skip
ANSWER = Subject(
    "answer to a report",
    (
        Field("answer", N_("Answer"), required=True, max_length=2000, multiline=True,
              missing=N_("Say what was found, or what was done."),
              hint=N_("It goes to the centre by email, and stands on the page of the record")),
    ),
)  # fmt: skip


def _named(report: DocumentReport) -> str:
    """Return what a report is about: the document's reference, or the name of the export."""
    return str(report.document or report.export)


def _whose(report: DocumentReport) -> str | None:
    if report.document is None:
        return gettext("Export of documents")
    return f"{parts.type_of(report.document)}, {report.document.holder}"


class ReportsView(PortalModelView):
    """What was reported: a centre sees its own reports, the awarding body all of them."""

    datamodel = SQLAInterface(DocumentReport)
    route_base = "/document-reports"
    resource = "Documents"
    permission = Permission.VIEW_DOCUMENTS
    title = N_("Reported issues")
    crumb = N_("Reported issues")
    default_sort = "-number"
    eager = (
        joinedload(DocumentReport.document),
        joinedload(DocumentReport.export),
        joinedload(DocumentReport.provider),
    )
    columns = (
        Column(N_("Report"), lambda r: cells.lead(gettext("Report %(number)s", number=r.number)),
               DocumentReport.number),
        Column(N_("About"), lambda r: cells.text(_named(r), sub=_whose(r))),
        Column(N_("What is wrong"), lambda r: cells.text(_short(r.text))),
        Column(N_("Reported by"), lambda r: cells.text(r.created_by, sub=r.provider.name)),
        Column(N_("Reported on"), lambda r: cells.moment(r.created_at)),
        Column(N_("Status"), lambda r: cells.badge(r.state_shown)),
    )  # fmt: skip
    tabs: ClassVar[tuple[ListTab, ...]] = (
        ListTab("open", N_("Awaiting an answer"), DocumentReport.state == rules.REPORT_OPEN.code,
                title=N_("Reported issues awaiting an answer")),
        ListTab("answered", N_("Answered"), DocumentReport.state == rules.REPORT_ANSWERED.code,
                title=N_("Reported issues that were answered")),
        ListTab("all", N_("All"), title=N_("Reported issues")),
    )  # fmt: skip
    filters = (
        Filter("text", N_("Words of the report"), "text",
               lambda v: DocumentReport.text.icontains(v, autoescape=True)),
    )  # fmt: skip

    def row_name(self, row: DocumentReport) -> str:
        """Call a report by its number."""
        return gettext("report %(number)s", number=row.number)

    def row_actions(self, row: DocumentReport, tab: ListTab) -> Drawn:
        """Offer the answer to those who may give it."""
        if not _may_answer(row):
            return []
        return [parts.icon("message-check", gettext("Answer"), self.row_address(row, "answer"))]

    def empty(self, tab: ListTab) -> dict[str, Any]:
        """Say where reports come from."""
        return super().empty(tab) | {
            "icon": "message-report",
            "title": gettext("No reports here"),
            "text": gettext("Whoever finds something wrong with a document reports it from "
                            "Records, by the icon Report an Issue."),
        }  # fmt: skip

    def record(self, row: DocumentReport) -> dict[str, Any]:
        """Return a report with its answer."""
        asked = [
            (gettext("About"), _named(row)),
            (gettext("What is wrong"), row.text),
            (gettext("What would be right"), row.wanted or None),
            (gettext("Reported by"), f"{row.created_by}, {row.provider.name}"),
            (gettext("Reported on"), cells.moment(row.created_at).text),
        ]
        answered = [
            (gettext("Answer"), row.answer or None),
            (gettext("Answered by"), row.answered_by or None),
            (gettext("Answered on"), cells.moment(row.answered_at).text),
        ]
        actions = []
        if _may_answer(row):
            actions = [{"label": gettext("Answer"), "icon": "message-check", "primary": True,
                        "href": self.row_address(row, "answer")}]  # fmt: skip
        return {
            "title": gettext("Report %(number)s", number=row.number),
            "text": _whose(row),
            "badge": cells.badge(row.state_shown),
            "actions": actions,
            "next_step": None if row.answered_at else _next_step(),
            "groups": [
                {"title": gettext("Reported"), "pairs": asked},
                {"title": gettext("Answer"), "pairs": answered},
            ],
            "timeline": timeline(audit.history("document_reports", row.id), REPORT),
            "related": [_about(row)],
        }

    # Reporting ---------------------------------------------------------------------------------

    @expose("/about/document/<row(IssuedDocument):document>", methods=["GET", "POST"])
    @requires(Permission.VIEW_DOCUMENTS)
    def about_document(self, document: IssuedDocument) -> ResponseReturnValue:
        """Report that something is wrong with a document."""
        if not parts.is_there(document):
            raise NotFoundError
        frame.stands_at("RecordsView.list")
        back = address_of("RecordsView.show", document.id)
        return self._report(document, f"{parts.type_of(document)} {document.reference}", back)

    @expose("/about/export/<row(ExportFile):export>", methods=["GET", "POST"])
    @requires(Permission.EXPORT_DOCUMENTS)
    def about_export(self, export: ExportFile) -> ResponseReturnValue:
        """Report that something is wrong with an export."""
        frame.stands_at("DownloadsView.list")
        return self._report(export, export.name, url_for("DownloadsView.list"))

    def _report(
        self, row: IssuedDocument | ExportFile, name: str, back: str
    ) -> ResponseReturnValue:
        if request.method == "GET":
            return self._report_form(name, back, {}, {})
        raw = subjects.posted(WRONG, request.form)
        reading = WRONG.read(raw, today())
        if reading.errors:
            return self._report_form(name, back, raw, reading.errors), 422

        def work() -> str:
            values = reading.values
            made = reporting.report(row, values["wrong"], values["right"] or "", at=now())
            return str(made.number)

        try:
            with saving():
                number, _ = reporting.do_once(request.form.get("once", ""), work)
        except (ConflictError, NotSavedError) as error:
            return self._report_form(name, back, raw, {"": error.text}), error.status
        flash(gettext("Your report has the number %(number)s. It was sent to the awarding body; "
                      "its answer comes by email and stands here too.", number=number),
              "success")  # fmt: skip
        return redirect(back, 303)

    def _report_form(
        self, name: str, back: str, raw: Mapping[str, Any], errors: Mapping[str, str]
    ) -> str:
        title = gettext("Report an Issue")
        page = {
            "title": f"{title}: {name}",
            "text": gettext("Your report goes to the awarding body by email, and is considered "
                            "there. The document itself stays as it is until it is replaced."),
            "crumbs": self.crumbs(title),
            "errors": subjects.summary(errors),
            "groups": subjects.groups(WRONG, raw, errors),
            "hidden": [("once", new_token())],
            "submit": gettext("Send to the awarding body"),
            "submit_icon": "send",
            "cancel": back,
        }  # fmt: skip
        return str(self.render_template("portal/form.html", page=page))

    @expose("/<int:row>/answer", methods=["GET", "POST"])
    @requires(Permission.ISSUE_DOCUMENTS)
    def answer(self, row: int) -> ResponseReturnValue:
        """Answer a report."""
        report: DocumentReport = self.load(row)
        if request.method == "GET":
            return self._answer_form(report, {}, {})
        raw = subjects.posted(ANSWER, request.form)
        reading = ANSWER.read(raw, today())
        if reading.errors:
            return self._answer_form(report, raw, reading.errors), 422
        try:
            with saving():
                reporting.answer(report, reading.values["answer"], at=now())
        except (ConflictError, NotSavedError) as error:
            return self._answer_form(self.load(row), raw, {"": error.text}), error.status
        flash(gettext("The answer was sent to the centre."), "success")
        return redirect(address_of("ReportsView.show", row), 303)

    def _answer_form(
        self, report: DocumentReport, raw: Mapping[str, Any], errors: Mapping[str, str]
    ) -> str:
        title = gettext("Answer report %(number)s", number=report.number)
        page = {
            "title": title,
            "text": gettext("%(who)s reported about %(what)s: %(text)s", who=report.created_by,
                            what=_named(report), text=report.text),
            "crumbs": self.crumbs(title),
            "errors": subjects.summary(errors),
            "groups": subjects.groups(ANSWER, raw, errors),
            "hidden": [],
            "submit": gettext("Send the answer"),
            "submit_icon": "send",
            "cancel": address_of("ReportsView.show", report.id),
        }  # fmt: skip
        return str(self.render_template("portal/form.html", page=page))


def _short(text: str, most: int = 120) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _may_answer(row: DocumentReport) -> bool:
    return row.state == rules.REPORT_OPEN.code and may(Permission.ISSUE_DOCUMENTS)


def _next_step() -> dict[str, Any]:
    return {
        "tone": "todo",
        "icon": "message-question",
        "who": gettext("the awarding body"),
        "title": gettext("This report awaits an answer"),
        "text": gettext("The answer stands here as soon as it is given, and is sent by email."),
    }


def _about(row: DocumentReport) -> dict[str, Any]:
    if row.document is not None:
        link = {
            "href": address_of("RecordsView.show", row.document.id), "icon": "certificate",
            "label": row.document.holder, "note": row.document.reference,
            "state": cells.badge(row.document.state_shown),
        }  # fmt: skip
    else:
        link = {"href": url_for("DownloadsView.list"), "icon": "file-zip", "label": _named(row)}
    return {"title": gettext("About"), "rows": [link]}
