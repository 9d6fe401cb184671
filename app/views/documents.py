"""Every document, as the awarding body's staff see it: retried, cancelled, replaced, printed."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from flask import url_for
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext, ngettext
from sqlalchemy.orm import joinedload

from app.clock import start_of
from app.domain.awards import queries, rules
from app.domain.awards.models import IssuedDocument
from app.domain.awards.rules import COPIES, DOCUMENT, RECORD_TYPES, Copy, RecordType
from app.domain.awards.service import ending, issuing
from app.domain.kernel import audit
from app.domain.kernel.columns import row_id
from app.domain.kernel.permissions import Permission
from app.domain.kernel.search import Search
from app.domain.kernel.words import N_
from app.domain.kernel.workflow import Move, Outcome
from app.views import cells
from app.views.asked_moves import Ask, AskedMove, AskedMoves
from app.views.base import Column, Filter, ListTab
from app.views.declared import address_of
from app.views.history import timeline

Drawn = list[dict[str, Any]]
REASON = Ask("reason", N_("Reason"), hint=N_("It stands in the letter to the centre"))
OWN_REASON = Ask("reason", N_("Reason"), hint=N_("It stands in the record of the document"))

MOVES: Mapping[str, AskedMove] = {
    each.code: each
    for each in (
        AskedMove("retry", N_("Workers make them again, from the same frozen data."),
                  lambda rows, seen, at: issuing.retry(rows, seen, at=at), "failed"),
        AskedMove("abandon", N_("They are dropped. Nobody has ever seen their numbers."),
                  lambda rows, seen, at, reason: issuing.abandon(rows, seen, at=at, reason=reason),
                  "failed", (OWN_REASON,), stop=True),
        AskedMove("replace", N_("A successor is made from today's data. Once it exists, whoever "
                                "checks the old document is told by which it was replaced."),
                  lambda rows, seen, at, reason: ending.replace_all(
                      rows, seen, at=at, reason=reason),
                  "issued", (REASON,)),
        AskedMove("expire", N_("Whoever checks them is told that they have expired."),
                  lambda rows, seen, at, reason: ending.expire(rows, seen, at=at, reason=reason),
                  "issued", (REASON,), stop=True),
        AskedMove("cancel", N_("Whoever checks them is told that they were cancelled. Their "
                               "centres get an email. This cannot be undone."),
                  lambda rows, seen, at, reason: ending.cancel(rows, seen, at=at, reason=reason),
                  "issued", (REASON,), stop=True),
    )
}  # fmt: skip


def _type(document: IssuedDocument) -> str:
    return gettext(RECORD_TYPES[RecordType(document.record_type)])


class DocumentsView(AskedMoves):
    """Documents in every state, with what staff may do to them."""

    datamodel = SQLAInterface(IssuedDocument)
    route_base = "/documents"
    resource = "Awards"
    permission = Permission.ISSUE_DOCUMENTS
    moves_permission = Permission.ISSUE_DOCUMENTS
    title = N_("All documents")
    crumb = N_("Documents")
    search = Search(IssuedDocument, "search_text")
    search_hint = N_("Search by name, reference, enrolment number or title")
    default_sort = "-issued_key"
    eager = (joinedload(IssuedDocument.provider),)
    workflow = DOCUMENT
    moves = MOVES
    purpose = "document"
    columns = (
        Column(
            N_("Learner"),
            lambda d: cells.lead(d.holder, sub=d.provider.name),
            IssuedDocument.holder_key,
        ),
        Column(N_("Qualification"), lambda d: cells.text(d.title)),
        Column(N_("Record type"), lambda d: cells.referenced(_type(d), d.reference)),
        Column(N_("Issued"), lambda d: cells.moment(d.issued_key), IssuedDocument.issued_key),
        Column(N_("Status"), lambda d: cells.badge(d.state_shown, sub=d.failure or None)),
    )
    tabs: ClassVar[tuple[ListTab, ...]] = (
        ListTab("failed", N_("Failed"), IssuedDocument.state == rules.DOCUMENT_FAILED.code,
                title=N_("Documents that could not be made"),
                text=N_("Each says why. They are tried again with the newest template; what they "
                        "say stays. Where that is wrong, drop them and withdraw the award.")),
        ListTab("pending", N_("Pending"), IssuedDocument.state == rules.PENDING.code,
                title=N_("Documents being made")),
        ListTab("issued", N_("Issued"),
                IssuedDocument.state.in_([each.code for each in rules.ISSUED]),
                title=N_("Issued documents")),
        ListTab("all", N_("All"), title=N_("All documents")),
    )  # fmt: skip
    filters = (
        Filter("type", N_("Record type"), "select", lambda v: IssuedDocument.record_type == v,
               lambda: [(each.value, gettext(label)) for each, label in RECORD_TYPES.items()]),
        Filter("state", N_("Status"), "select", lambda v: IssuedDocument.state == v,
               lambda: [(each.code, gettext(each.label)) for each in DOCUMENT.states]),
        Filter("job", N_("Job"), "text", lambda v: IssuedDocument.job_id == row_id(v)),
        Filter("from", N_("Issued from"), "date",
               lambda day: IssuedDocument.issued_key >= start_of(day)),
        Filter("before", N_("Issued before"), "date",
               lambda day: IssuedDocument.issued_key < start_of(day)),
    )  # fmt: skip

    def row_name(self, row: IssuedDocument) -> str:
        """Call a document by its type and reference."""
        return f"{_type(row)} {row.reference}"

    def sub(self, row: IssuedDocument) -> str:
        """Return whose it is, and why it failed."""
        return f"{row.holder}: {row.failure}" if row.failure else row.holder

    def counted(self, count: int) -> str:
        """Return "3 documents"."""
        return ngettext("%(num)d document", "%(num)d documents", count)

    def asked_title(self, declared: Move) -> str:
        """Return the title of the page that asks."""
        return {
            "retry": gettext("Try documents again"),
            "abandon": gettext("Drop documents"),
            "replace": gettext("Replace documents"),
            "expire": gettext("Expire documents"),
            "cancel": gettext("Cancel documents"),
        }[declared.code]

    def sort_out(
        self, code: str, rows: Sequence[IssuedDocument], seen: Mapping[int, int] | None
    ) -> Outcome[IssuedDocument]:
        """Tell which documents can make a move."""
        return ending.sort_out(rows, code, seen)

    def empty(self, tab: ListTab) -> dict[str, Any]:
        """Say where documents come from."""
        return {
            "icon": "certificate",
            "title": gettext("No documents here"),
            "text": gettext("Documents are issued for awards."),
            "actions": [
                {"label": gettext("Awards awaiting issue"), "icon": "award",
                 "href": url_for("AwardsView.list"), "primary": False}
            ],
        }  # fmt: skip

    def bulk(self, tab: ListTab) -> Drawn:
        """Move ticked documents."""
        return self.bulk_of(
            {"failed": ("retry", "abandon"), "issued": ("replace", "expire", "cancel")}.get(
                tab.code, ()
            )
        )

    def row_actions(self, row: IssuedDocument, tab: ListTab) -> Drawn:
        """Return the moves that a document may make."""
        return [
            {"icon": each["icon"], "label": each["label"], "href": each["href"], "method": "get",
             "stop": False, "dialog": None}
            for each in self.offered(row)
        ]  # fmt: skip

    def record(self, row: IssuedDocument) -> dict[str, Any]:
        """Return a document: what it is, how it was made, and what became of it."""
        facts = [
            (gettext("Reference"), row.reference),
            (gettext("Record type"), _type(row)),
            (gettext("Learner"), row.holder),
            (gettext("Qualification"), row.title),
            (gettext("Centre"), row.provider.name),
            (gettext("Job"), row.job.reference),
            (gettext("Issued"), cells.moment(row.issued_key).text),
            (gettext("Valid until"), cells.day(row.expires_on).text if row.expires_on else None),
            (gettext("Template"), gettext("version %(n)s", n=row.template_version.number)),
            (gettext("SHA-256"), row.file.key if row.file else None),
            (gettext("Why it failed"), row.failure or None),
            (gettext("Reason"), row.reason or None),
        ]
        return {
            "title": row.holder,
            "text": f"{_type(row)}, {row.title}",
            "badge": cells.badge(row.state_shown),
            "actions": self._actions(row),
            "groups": [
                {"title": gettext("Document"),
                 "pairs": [(name, value) for name, value in facts if value is not None]}
            ],
            "timeline": timeline(audit.history("documents", row.id), DOCUMENT),
            "related": [self._others(row), _papers(row)],
        }  # fmt: skip

    def _actions(self, row: IssuedDocument) -> Drawn:
        drawn = self.offered(row)
        if row.state == rules.VALID.code:
            reprint = {"label": gettext("Print again"), "icon": "printer",
                       "href": url_for("PaperView.reprint", document=row.id)}  # fmt: skip
            drawn.insert(0, reprint)
        return drawn

    def _others(self, row: IssuedDocument) -> dict[str, Any]:
        others = [each for each in queries.documents_of_awards([row.award_id]) if each is not row]
        return {
            "title": gettext("Documents of the same award"),
            "rows": [
                {
                    "href": address_of("DocumentsView.show", each.id),
                    "icon": "certificate",
                    "label": _type(each),
                    "note": each.reference,
                    "state": cells.badge(each.state_shown),
                }
                for each in others
            ],
            "empty": gettext("There is no other."),
        }


def _papers(row: IssuedDocument) -> dict[str, Any]:
    return {
        "title": gettext("On paper"),
        "rows": [
            {
                "href": address_of("PaperView.show", each.id),
                "icon": "printer",
                "label": gettext(COPIES[Copy(each.kind)]),
                "note": each.reason,
                "state": cells.badge(each.state_shown),
            }
            for each in queries.copies_of(row.id)
        ],
        "empty": gettext("It was not printed."),
    }
