"""Records: every document that was issued, its data, and what became of it (D30 to D36)."""

from collections.abc import Callable
from typing import Any, ClassVar

from flask import url_for
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext, ngettext
from sqlalchemy.orm import joinedload

from app.clock import local, start_of
from app.domain.awards import queries, rules
from app.domain.awards.models import DocumentReport, IssuedDocument
from app.domain.awards.queries import records
from app.domain.awards.rules import COPIES, DOCUMENT, Copy
from app.domain.awards.service.exporting import MOST
from app.domain.kernel import audit
from app.domain.kernel.permissions import Permission
from app.domain.kernel.search import Search
from app.domain.kernel.words import N_
from app.security.current import may
from app.views import cells
from app.views import document_cells as parts
from app.views.base import Column, Filter, ListTab, PortalModelView
from app.views.declared import address_of
from app.views.history import timeline
from app.views.notified import notify_actions

Drawn = list[dict[str, Any]]

RECORD_ACTIONS: list[Callable[[IssuedDocument], Drawn]] = []
"""What other areas offer at the head of a record, as ui.action has it; each function adds some."""


def _issued_states() -> list[tuple[str, str]]:
    return [(each.code, gettext(each.label)) for each in rules.ISSUED]


class RecordsView(PortalModelView):
    """The issued documents of one's own learners; for the awarding body those of all."""

    datamodel = SQLAInterface(IssuedDocument)
    route_base = "/records"
    resource = "Documents"
    permission = Permission.VIEW_DOCUMENTS
    title = N_("Records")
    text = N_("Every certificate, transcript and letter that was issued for your learners.")
    crumb = N_("Records")
    record_template = "documents/record.html"
    list_template = "documents/list.html"
    search = Search(IssuedDocument, "search_text")
    default_sort = "-issued_key"
    most_selected = MOST
    eager = (joinedload(IssuedDocument.provider),)
    base_where = (
        IssuedDocument.state.in_(records.ISSUED_CODES),
        IssuedDocument.file_id.is_not(None),
    )
    columns = (
        Column(
            N_("Student"),
            lambda d: cells.lead(d.holder, sub=d.provider.name),
            IssuedDocument.holder_key,
        ),
        Column(N_("Qualification"), lambda d: cells.text(d.title)),
        Column(N_("Record type"), lambda d: cells.referenced(parts.type_of(d), d.reference)),
        Column(N_("Issued on"), lambda d: cells.day(d.issued_on), IssuedDocument.issued_key),
        Column(N_("Notified"), parts.notified),
        Column(N_("Status"), lambda d: cells.badge(d.state_shown)),
    )
    tabs: ClassVar[tuple[ListTab, ...]] = (
        ListTab("all", N_("All"), title=N_("Records")),
        ListTab("valid", N_("Valid"), IssuedDocument.state == rules.VALID.code,
                title=N_("Valid records")),
        ListTab("ended", N_("No longer valid"), IssuedDocument.state != rules.VALID.code,
                title=N_("Records that are no longer valid"),
                text=N_("They expired, were cancelled, or were replaced by another one.")),
    )  # fmt: skip
    filters = (
        Filter("type", N_("Record type"), "select", lambda v: IssuedDocument.record_type == v,
               parts.type_options),
        Filter("state", N_("Status"), "select", lambda v: IssuedDocument.state == v,
               _issued_states),
        Filter("title", N_("Qualification"), "text",
               lambda v: IssuedDocument.title.icontains(v, autoescape=True)),
        Filter("enrolment", N_("Enrolment number"), "text", records.enrolled_as),
        Filter("notified", N_("Notified"), "yesno",
               lambda yes: records.is_notified() if yes else ~records.is_notified()),
        Filter("from", N_("Issued from"), "date",
               lambda day: IssuedDocument.issued_key >= start_of(day)),
        Filter("before", N_("Issued before"), "date",
               lambda day: IssuedDocument.issued_key < start_of(day)),
    )  # fmt: skip

    def drawn(self, asked: Any, page: Any) -> dict[str, Any]:
        """Return the list; what is ticked in it says of which list it is."""
        found = super().drawn(asked, page)
        return found | {"hidden": [*found["hidden"], ("list_of", type(self).__name__)]}

    def prepare(self, rows: list[IssuedDocument]) -> None:
        """Find which learners were notified."""
        parts.prepare_notified(rows)

    def row_name(self, row: IssuedDocument) -> str:
        """Call a document by its type and holder."""
        return f"{parts.type_of(row)}, {row.holder}"

    def row_actions(self, row: IssuedDocument, tab: ListTab) -> Drawn:
        """Offer data, document and report of an issue (D32, D33, D35)."""
        report = address_of("ReportsView.about_document", row.id, argument="document")
        return [
            parts.icon("list-search", gettext("View"), self.row_address(row, "show")),
            parts.icon("eye", gettext("Preview"), parts.preview_href(row, "digital"), sheet=True),
            parts.icon("message-report", gettext("Report an Issue"), report),
        ]

    def bulk(self, tab: ListTab) -> Drawn:
        """Export ticked documents, or all that match (D36, D37)."""
        if not may(Permission.EXPORT_DOCUMENTS):
            return []
        return [
            {"label": gettext("Export"), "icon": "file-zip", "href": url_for("ExportsView.ask"),
             "primary": True, "dialog": True}
        ]  # fmt: skip

    def empty(self, tab: ListTab) -> dict[str, Any]:
        """Say where records come from."""
        return super().empty(tab) | {
            "icon": "certificate",
            "title": gettext("No records here"),
            "text": gettext("A record appears as soon as the awarding body has issued it."),
        }

    # The record --------------------------------------------------------------------------------

    def record(self, row: IssuedDocument) -> dict[str, Any]:
        """Return a document's frozen data, and what became of it (D32)."""
        self.prepare([row])
        return {
            "title": row.holder,
            "text": f"{parts.type_of(row)}, {row.title}",
            "badge": cells.badge(row.state_shown),
            "actions": self._actions(row),
            "next_step": _next_step(row),
            "groups": _facts(row),
            "components": row.content.get("components", []),
            "timeline": timeline(audit.history("documents", row.id), DOCUMENT),
            "related": [_siblings(row), _job(row), _paper(row), _reports(row)],
        }

    def _actions(self, row: IssuedDocument) -> Drawn:
        drawn: Drawn = [
            {"label": gettext("Preview"), "icon": "eye", "primary": True, "sheet": True,
             "href": parts.preview_href(row, "digital")},
            {"label": gettext("Download PDF"), "icon": "download",
             "href": url_for("DocumentViewerView.download", document=row.id)},
            *_credential(row),
            {"label": gettext("Report an Issue"), "icon": "message-report",
             "href": url_for("ReportsView.about_document", document=row.id)},
        ]  # fmt: skip
        drawn += notify_actions(row)
        for offers in RECORD_ACTIONS:
            drawn += offers(row)
        return drawn


def _credential(row: IssuedDocument) -> Drawn:
    """Offer the verifiable credential, which certificates have: wallets and machines read it."""
    if row.credential_id is None:
        return []
    href = url_for("DocumentViewerView.credential", document=row.id)
    return [{"label": gettext("Download credential"), "icon": "rosette-discount-check",
             "href": href}]  # fmt: skip


def _next_step(row: IssuedDocument) -> dict[str, Any] | None:
    """Say of a document that no longer holds what took its place, or why it ended."""
    successor = row.replaced_by
    if row.state == rules.VALID.code:
        return None
    title = {
        rules.EXPIRED.code: gettext("This document has expired"),
        rules.DOCUMENT_CANCELLED.code: gettext("This document was cancelled"),
        rules.REPLACED.code: gettext("This document was replaced"),
    }[row.state]
    actions = []
    if successor is not None and parts.is_there(successor):
        actions = [{"label": gettext("Show the new document"), "icon": "arrow-right",
                    "href": url_for("RecordsView.show", row=successor.id)}]  # fmt: skip
    return {
        "tone": row.state_shown.tone,
        "icon": row.state_shown.icon,
        "who": gettext("nobody"),
        "title": title,
        "text": row.reason or gettext("Whoever checks it is told so."),
        "actions": actions,
    }


def _facts(row: IssuedDocument) -> Drawn:
    """Return what the document says, as it was frozen when it was issued."""
    content = row.content
    award, centre = content.get("award", {}), content.get("centre", {})
    outcome = gettext(award["outcome"]) if award.get("outcome") else None
    about = [
        (gettext("Student"), row.holder),
        (gettext("Enrolment number"), content.get("enrolment_number")),
        (gettext("Qualification"), row.title),
        (gettext("Qualification number"), award.get("number")),
        (gettext("Level"), award.get("level")),
        (gettext("Result"), outcome),
        (gettext("Grade"), award.get("grade")),
        (gettext("Credits"), award.get("credits")),
        (gettext("Awarded on"), _day(award.get("awarded_on"))),
        (gettext("Centre"), centre.get("name") or row.provider.name),
        (gettext("Centre number"), centre.get("number")),
    ]
    issue = [
        (gettext("Reference"), row.reference),
        (gettext("Record type"), parts.type_of(row)),
        (gettext("Issued on"), cells.day(row.issued_on).text),
        (gettext("Valid until"), cells.day(row.expires_on).text if row.expires_on else None),
        (gettext("Replaces"), content.get("replaces")),
        (gettext("Status"), gettext(row.state_shown.label)),
        (gettext("Notified"), parts.notified(row).text),
        (gettext("SHA-256 of the PDF"), row.file.key if row.file else None),
    ]
    return [
        {"title": title, "pairs": [(name, value) for name, value in pairs if value]}
        for title, pairs in ((gettext("What it says"), about), (gettext("The document"), issue))
    ]


def _day(iso: str | None) -> str | None:
    """Return 2024-01-05 as 05/01/2024."""
    return "/".join(reversed(iso.split("-"))) if iso else None


def _siblings(row: IssuedDocument) -> dict[str, Any]:
    others = [each for each in records.issued_siblings(row) if each.id != row.id]
    return {
        "title": gettext("Documents of the same award"),
        "rows": [
            {
                "href": address_of("RecordsView.show", each.id),
                "icon": "certificate",
                "label": parts.type_of(each),
                "note": each.reference,
                "state": cells.badge(each.state_shown),
            }
            for each in others
        ],
        "empty": gettext("There is no other."),
    }


def _job(row: IssuedDocument) -> dict[str, Any]:
    job = row.job
    return {
        "title": gettext("Issued in"),
        "rows": [
            {
                "href": address_of("JobsIssuedView.show", job.id),
                "icon": "stack-2",
                "label": job.reference,
                "note": ngettext("%(num)d document", "%(num)d documents", job.requested),
            }
        ],
    }


def _paper(row: IssuedDocument) -> dict[str, Any]:
    return {
        "title": gettext("On paper"),
        "rows": [
            {
                "href": parts.preview_href(row, "paper"),
                "icon": "printer",
                "label": gettext(COPIES[Copy(each.kind)]),
                "note": each.reason or f"{local(each.created_at):%d/%m/%Y}",
                "state": cells.badge(each.state_shown),
            }
            for each in queries.copies_of(row.id)
        ],
        "empty": gettext("It was not printed."),
    }


def _reports(row: IssuedDocument) -> dict[str, Any]:
    found: list[DocumentReport] = records.reports_of(row.id)
    return {
        "title": gettext("Reported issues"),
        "rows": [
            {
                "href": address_of("ReportsView.show", each.id),
                "icon": "message-report",
                "label": gettext("Report %(number)s", number=each.number),
                "note": each.answer or each.text,
                "state": cells.badge(each.state_shown),
            }
            for each in found
        ],
        "empty": gettext("Nobody reported an issue with it."),
    }
