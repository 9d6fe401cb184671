"""Jobs Issued: each batch of documents that was published, and its documents (D16 to D26)."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext
from sqlalchemy import ColumnElement
from sqlalchemy.orm import joinedload
from werkzeug.datastructures import MultiDict

from app.clock import start_of
from app.domain.awards import rules
from app.domain.awards.models import IssuedDocument, PrintJob
from app.domain.awards.queries import records
from app.domain.awards.queries.records import JobFigures
from app.domain.kernel.columns import row_id
from app.domain.kernel.permissions import Permission
from app.domain.kernel.search import Search
from app.domain.kernel.words import N_
from app.security.current import may
from app.security.guard import guarded_by_class, requires
from app.views import cells
from app.views import document_cells as parts
from app.views.base import (
    Column,
    Filter,
    ListTab,
    PortalModelView,
    PortalView,
    fragment,
    list_called,
)
from app.views.declared import address_of
from app.views.listing import Asked, Page
from app.views.notified import notify_all_actions

Drawn = list[dict[str, Any]]


def _figures(job: PrintJob) -> JobFigures:
    found: Mapping[int, JobFigures] = g.job_figures
    return found[job.id]


def _notified(job: PrintJob) -> cells.Cell:
    figures = _figures(job)
    return cells.number(f"{figures.notified}/{figures.completed}")


class JobsIssuedView(PortalModelView):
    """The jobs of one's own centre; for the awarding body those of all."""

    datamodel = SQLAInterface(PrintJob)
    route_base = "/jobs-issued"
    resource = "Documents"
    permission = Permission.VIEW_DOCUMENTS
    title = N_("Jobs Issued")
    text = N_("Each batch of documents that was issued for you. Open one to see its documents.")
    crumb = N_("Jobs Issued")
    search = Search(PrintJob, "search_text")
    default_sort = "-created_at"
    eager = (joinedload(PrintJob.provider),)
    columns = (
        Column(N_("Reference"), lambda j: cells.lead(j.reference, sub=j.provider.name)),
        Column(N_("Created by"), lambda j: cells.text(j.created_by)),
        Column(N_("Records"), lambda j: cells.number(j.requested)),
        Column(N_("Notified"), _notified),
        Column(N_("Status"), lambda j: cells.badge(_figures(j).state)),
        Column(N_("Created on"), lambda j: cells.moment(j.created_at), PrintJob.created_at),
    )
    tabs: ClassVar[tuple[ListTab, ...]] = (
        ListTab("all", N_("All"), title=N_("Jobs Issued")),
        ListTab("pending", N_("Pending"), records.has_documents(rules.PENDING),
                title=N_("Jobs whose documents are being made")),
        ListTab("failed", N_("With failures"), records.has_documents(rules.DOCUMENT_FAILED),
                title=N_("Jobs with documents that could not be made")),
    )  # fmt: skip
    filters = (
        Filter("by", N_("Created by"), "text",
               lambda v: PrintJob.created_by.icontains(v, autoescape=True)),
        Filter("number", N_("Job number"), "text", lambda v: PrintJob.number == row_id(v)),
        Filter("from", N_("Created from"), "date",
               lambda day: PrintJob.created_at >= start_of(day)),
        Filter("before", N_("Created before"), "date",
               lambda day: PrintJob.created_at < start_of(day)),
    )  # fmt: skip

    def prepare(self, rows: list[PrintJob]) -> None:
        """Count the documents of a page of jobs."""
        g.job_figures = records.figures_of_jobs(rows)

    def row_actions(self, row: PrintJob, tab: ListTab) -> Drawn:
        """Offer the documents of a job (D20)."""
        return [parts.icon("list-details", gettext("Details"), self.row_address(row, "show"))]

    def empty(self, tab: ListTab) -> dict[str, Any]:
        """Say where jobs come from."""
        return super().empty(tab) | {
            "icon": "stack-2",
            "title": gettext("No jobs here"),
            "text": gettext("A job appears when the awarding body issues documents for you."),
        }

    @expose("/<int:row>")
    @guarded_by_class
    def show(self, row: int) -> ResponseReturnValue:
        """Show how far a job is, and its documents."""
        job = self.load(row)
        page = documents_view().within(job)
        return self.render_template("documents/job.html", page=page | self._head(job))

    @expose("/<row(PrintJob):job>/progress")
    @requires(Permission.VIEW_DOCUMENTS)
    def progress(self, job: PrintJob) -> ResponseReturnValue:
        """Give the counters anew while documents are being made."""
        return fragment("documents/_counters.html", counters=counters(job), is_polled=True)

    def _head(self, job: PrintJob) -> dict[str, Any]:
        counted = counters(job)
        return {
            "title": job.reference,
            "text": gettext("Issued for %(centre)s", centre=job.provider.name),
            "crumbs": self.crumbs(job.reference),
            "actions": self._actions(job),
            "counters": counted,
        }  # fmt: skip

    def _actions(self, job: PrintJob) -> Drawn:
        """Return Back and Export All (D21), and what staff do about failed documents."""
        back = {"label": gettext("Back"), "icon": "arrow-left", "href": self.list_address()}
        figures = _figures(job)
        drawn = [back, *notify_all_actions(job)]
        if figures.completed:
            hidden = [("job", job.id), ("name", job.reference)]
            drawn += parts.export_actions(hidden, gettext("Export All"))
        if figures.failed and parts.may_move():
            hidden = [("every_match", "1"), ("tab", "failed"), ("f_job", job.id)]
            drawn += [
                {"label": label, "icon": icon, "method": "post", "hidden": hidden,
                 "href": url_for("DocumentsView.ask", move=move), "stop": move == "abandon"}
                for move, icon, label in (
                    ("retry", "refresh", gettext("Retry all failed")),
                    ("abandon", "trash", gettext("Drop all failed")),
                )
            ]  # fmt: skip
        return drawn


def counters(job: PrintJob) -> dict[str, Any]:
    """Return the counters of a job with numbers and percentages, as _counters.html has them."""
    g.job_figures = records.figures_of_jobs([job])
    figures = _figures(job)
    tiles = (
        (figures.requested, gettext("Documents Requested"), "files", "work",
         gettext("Notified %(n)s of %(all)s completed", n=figures.notified,
                 all=figures.completed)),
        (figures.pending, gettext("Pending"), "clock", "hold" if figures.pending else "off",
         figures.share(figures.pending)),
        (figures.failed, gettext("Failed"), "alert-triangle", "stop" if figures.failed else "off",
         figures.share(figures.failed)),
        (figures.completed, gettext("Completed"), "circle-check", "ok",
         figures.share(figures.completed)),
    )  # fmt: skip
    return {
        "tiles": [
            {"figure": f"{figure:,}", "label": label, "icon": icon, "tone": tone, "note": note}
            for figure, label, icon, tone, note in tiles
        ],
        "is_running": bool(figures.pending),
        "done": figures.requested - figures.pending,
        "requested": figures.requested,
        "progress_url": url_for("JobsIssuedView.progress", job=job.id),
        "list_url": url_for("JobsIssuedView.show", row=job.id),
    }


class JobDocumentsView(PortalModelView):
    """The documents of a job; drawn on the job's page, where the job is part of what is asked."""

    datamodel = SQLAInterface(IssuedDocument)
    route_base = "/job-documents"
    resource = "Documents"
    permission = Permission.VIEW_DOCUMENTS
    title = N_("Documents of all jobs")
    crumb = N_("Jobs Issued")
    has_record = False
    search = Search(IssuedDocument, "search_text")
    default_sort = "holder_key"
    columns = (
        Column(
            N_("Qualification"),
            lambda d: cells.lead(
                d.title, sub=d.reference,
                href=address_of("RecordsView.show", d.id) if parts.is_there(d) else None,
            ),
        ),
        Column(N_("Record type"), lambda d: cells.text(parts.type_of(d))),
        Column(N_("Student"), lambda d: cells.text(d.holder), IssuedDocument.holder_key),
        Column(N_("Notified"), parts.notified),
        Column(N_("Status"),
               lambda d: cells.badge(parts.in_its_job(d), sub=d.failure or None)),
    )  # fmt: skip
    tabs: ClassVar[tuple[ListTab, ...]] = (
        ListTab("all", N_("All")),
        ListTab("pending", N_("Pending"), IssuedDocument.state == rules.PENDING.code),
        ListTab("failed", N_("Failed"), IssuedDocument.state == rules.DOCUMENT_FAILED.code),
        ListTab("completed", N_("Completed"), IssuedDocument.state.in_(records.ISSUED_CODES)),
    )
    filters = (
        Filter("type", N_("Record type"), "select", lambda v: IssuedDocument.record_type == v,
               parts.type_options),
        Filter("notified", N_("Notified"), "yesno",
               lambda yes: records.is_notified() if yes else ~records.is_notified()),
        Filter("enrolment", N_("Enrolment number"), "text", records.enrolled_as),
        Filter("job", N_("Job"), "text", lambda v: IssuedDocument.job_id == row_id(v)),
    )  # fmt: skip

    def within(self, job: PrintJob) -> dict[str, Any]:
        """Return the documents of one job, drawn as portal/list.html has a list."""
        g.job_shown = job.id
        args = MultiDict(request.args)
        args["f_job"] = str(job.id)
        asked = self.asked(args)
        page = self.listing.page(asked)
        self.prepare(page.rows)
        return self._inside(self.drawn(asked, page), job)

    def _inside(self, drawn: dict[str, Any], job: PrintJob) -> dict[str, Any]:
        """Leave out of a drawn list what a job's page says anyway."""
        return drawn | {
            "filters": [each for each in drawn["filters"] if each["name"] != "f_job"],
            "chips": drawn["chips"][:-1],  # the job is the last filter
            "hidden": [*drawn["hidden"], ("f_job", job.id)],
            "exports": [],
        }

    def drawn(self, asked: Asked, page: Page) -> dict[str, Any]:
        """Return the list; what is ticked in it says of which list it is."""
        found = super().drawn(asked, page)
        return found | {"hidden": [*found["hidden"], ("list_of", type(self).__name__)]}

    def list_address(self, **parameters: Any) -> str:
        """Return where the list stands: on the page of its job, when it is of one."""
        job = parameters.pop("f_job", None) or g.get("job_shown")
        if job is None or not str(job).isdecimal():
            return super().list_address(**parameters)
        return url_for("JobsIssuedView.show", row=int(job), **parameters)

    def part(self) -> Sequence[ColumnElement[bool]]:
        """Limit the counts of the tabs to the job on whose page they stand."""
        job = g.get("job_shown")
        return () if job is None else (IssuedDocument.job_id == job,)

    def keep(self, asked: Asked) -> dict[str, str]:
        """Keep everything but the job, so that a filter serves for every job."""
        return {name: text for name, text in asked.kept().items() if name != "f_job"}

    def prepare(self, rows: list[IssuedDocument]) -> None:
        """Find which learners were notified."""
        parts.prepare_notified(rows)

    def row_name(self, row: IssuedDocument) -> str:
        """Call a document by its type and holder."""
        return f"{parts.type_of(row)}, {row.holder}"

    def row_actions(self, row: IssuedDocument, tab: ListTab) -> Drawn:
        """Offer data, paper view and notice of a document; to staff, what ends a failure."""
        if parts.is_there(row):
            return [
                parts.icon("list-search", gettext("View"), address_of("RecordsView.show", row.id)),
                parts.icon("eye", gettext("Preview"), parts.preview_href(row, "paper"),
                           sheet=True),
                *parts.notify_icon(row),
            ]  # fmt: skip
        if row.state != rules.DOCUMENT_FAILED.code or not parts.may_move():
            return []
        return [
            parts.icon(icon, label, address_of("DocumentsView.ask_one", row.id, move=move),
                       stop=move == "abandon")
            for move, icon, label in (
                ("retry", "refresh", gettext("Try again")),
                ("abandon", "trash", gettext("Drop")),
            )
        ]  # fmt: skip

    def bulk(self, tab: ListTab) -> Drawn:
        """Export ticked documents, or try failed ones again."""
        if tab.code == "failed" and parts.may_move():
            return [
                {"label": gettext("Try again"), "icon": "refresh",
                 "href": url_for("DocumentsView.ask", move="retry")},
                {"label": gettext("Drop"), "icon": "trash",
                 "href": url_for("DocumentsView.ask", move="abandon")},
            ]  # fmt: skip
        if tab.code == "pending" or not may(Permission.EXPORT_DOCUMENTS):
            return []
        return [
            {"label": gettext("Export"), "icon": "file-zip", "href": url_for("ExportsView.ask"),
             "primary": True, "dialog": True}
        ]  # fmt: skip

    def empty(self, tab: ListTab) -> dict[str, Any]:
        """Say that a job has no such documents."""
        return super().empty(tab) | {
            "icon": "certificate",
            "title": gettext("No documents here"),
            "text": gettext("None of the documents stands so."),
        }


def documents_view() -> JobDocumentsView:
    """Return the list of documents that the page of a job draws."""
    found = list_called("JobDocumentsView")
    assert isinstance(found, JobDocumentsView)
    return found


class PrintJobsView(PortalView):
    """The other name of the list in the guide: Print Jobs (D8)."""

    resource = "Documents"
    route_base = "/print-jobs"

    @expose("/")
    @requires(Permission.VIEW_DOCUMENTS)
    def list(self) -> ResponseReturnValue:
        """Lead on to Jobs Issued."""
        asked: Any = request.args.to_dict()
        return redirect(url_for("JobsIssuedView.list", **asked), 301)

    @expose("/<row(PrintJob):job>")
    @requires(Permission.VIEW_DOCUMENTS)
    def show(self, job: PrintJob) -> ResponseReturnValue:
        """Lead on to a job."""
        return redirect(url_for("JobsIssuedView.show", row=job.id), 301)
