"""Documents on paper: printed, dispatched, delivered or come back, and printed again."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext, ngettext
from sqlalchemy.orm import joinedload

from app.clock import now
from app.domain.awards import rules
from app.domain.awards.models import IssuedDocument, PaperCopy
from app.domain.awards.rules import COPIES, PAPER, RECORD_TYPES, Copy, RecordType
from app.domain.awards.service import ending, exporting
from app.domain.kernel import audit, workflow
from app.domain.kernel.idempotency import new_token
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_
from app.domain.kernel.workflow import Move, Outcome
from app.domain.registrations import service as registrations
from app.errors import ConflictError
from app.security.guard import requires
from app.transaction import transaction
from app.views import cells
from app.views import registration_asked as asked
from app.views.asked_moves import Ask, AskedMove, AskedMoves, in_words
from app.views.base import Column, ListTab
from app.views.declared import address_of
from app.views.history import timeline
from app.views.registration_asked import ASKED
from app.views.saving import saving

Drawn = list[dict[str, Any]]
ISSUE = Permission.ISSUE_DOCUMENTS
WHY = Ask("reason", N_("Reason"), hint=N_("Such as: not known at this address"))


def _move(code: str, happens: str, after: str, *asks: Ask) -> AskedMove:
    def work(
        rows: Sequence[PaperCopy], seen: Mapping[int, int], at: Any, reason: str = ""
    ) -> Outcome[PaperCopy]:
        return ending.move_paper(rows, code, seen, at=at, reason=reason)

    return AskedMove(code, happens, work, after, asks)


MOVES: Mapping[str, AskedMove] = {
    each.code: each
    for each in (
        _move("print", N_("They wait to be dispatched."), "printed"),
        _move("dispatch", N_("They are on their way to their centres."), "dispatched"),
        _move("deliver", N_("They have arrived."), "delivered"),
        _move("return", N_("They can be dispatched again."), "returned", WHY),
    )
}
BULK = {"to_print": ("print",), "printed": ("dispatch",), "dispatched": ("deliver", "return"),
        "delivered": ("return",), "returned": ("dispatch",)}  # fmt: skip


def _type(copy: PaperCopy) -> str:
    return gettext(RECORD_TYPES[RecordType(copy.document.record_type)])


class PaperView(AskedMoves):
    """Paper copies of documents, in the order in which they travel."""

    datamodel = SQLAInterface(PaperCopy)
    route_base = "/paper"
    resource = "Awards"
    permission = ISSUE
    moves_permission = ISSUE
    title = N_("Paper documents")
    crumb = N_("Documents")
    default_sort = "id"
    eager = (
        joinedload(PaperCopy.document),
        joinedload(PaperCopy.provider),
    )
    workflow = PAPER
    moves = MOVES
    purpose = "paper copy"
    columns = (
        Column(N_("No."), lambda c: cells.number(c.id), PaperCopy.id),
        Column(N_("Learner"), lambda c: cells.lead(c.document.holder, sub=c.provider.name)),
        Column(N_("Record type"), lambda c: cells.referenced(_type(c), c.document.reference)),
        Column(N_("Copy"), lambda c: cells.text(gettext(COPIES[Copy(c.kind)]), sub=c.reason)),
        Column(N_("Status"), lambda c: cells.badge(c.state_shown)),
    )
    tabs: ClassVar[tuple[ListTab, ...]] = tuple(
        ListTab(
            state.code,
            state.label,
            (PaperCopy.state == state.code)
            & (
                PaperCopy.document.has(IssuedDocument.state == rules.VALID.code)
                if state is rules.TO_PRINT
                else True
            ),
        )
        for state in PAPER.states
    )

    def row_name(self, row: PaperCopy) -> str:
        """Call a copy by its document."""
        return f"{_type(row)} {row.document.reference}"

    def sub(self, row: PaperCopy) -> str:
        """Return whose it is."""
        return row.document.holder

    def counted(self, count: int) -> str:
        """Return "3 paper copies"."""
        return ngettext("%(num)d paper copy", "%(num)d paper copies", count)

    def asked_title(self, declared: Move) -> str:
        """Return the title of the page that asks."""
        return gettext(declared.label)

    def sort_out(
        self, code: str, rows: Sequence[PaperCopy], seen: Mapping[int, int] | None
    ) -> Outcome[PaperCopy]:
        """Tell which copies can make a move."""
        return workflow.sort_out(rows, code, versions=seen)

    def empty(self, tab: ListTab) -> dict[str, Any]:
        """Say when copies are made."""
        return {
            "icon": "printer",
            "title": gettext("No paper copies here"),
            "text": gettext("A copy is made when a document is issued on paper, or printed again."),
            "actions": [],
        }

    def bulk(self, tab: ListTab) -> Drawn:
        """Move ticked copies on; those to be printed make a file for the printer first."""
        moves = self.bulk_of(BULK.get(tab.code, ()))
        if tab.code != rules.TO_PRINT.code:
            return moves
        file = {"label": gettext("Print file"), "icon": "file-zip", "primary": True,
                "href": url_for("PaperView.print_file")}  # fmt: skip
        return [file, *moves]

    @expose("/print-file", methods=["POST"])
    @requires(ISSUE)
    def print_file(self) -> ResponseReturnValue:
        """Have the ticked copies packed for the printer; the file lies under Downloads."""
        chosen = self.selected()
        with saving():
            name = exporting.print_file(chosen.rows, at=now()).name
        flash(gettext("“%(name)s” is being made. Mark the copies as printed once they are.",
                      name=name), "success")  # fmt: skip
        return redirect(url_for("DownloadsView.list"), 303)

    def row_actions(self, row: PaperCopy, tab: ListTab) -> Drawn:
        """Return the moves that a copy may make."""
        return [
            {"icon": each["icon"], "label": each["label"], "href": each["href"], "method": "get",
             "stop": False, "dialog": None}
            for each in self.offered(row)
        ]  # fmt: skip

    def record(self, row: PaperCopy) -> dict[str, Any]:
        """Return a copy with its document."""
        return {
            "title": self.row_name(row),
            "text": row.document.holder,
            "badge": cells.badge(row.state_shown),
            "actions": self.offered(row),
            "groups": [{"title": gettext("Paper copy"), "pairs": [
                (gettext("Copy"), gettext(COPIES[Copy(row.kind)])),
                (gettext("Reason"), row.reason or None),
                (gettext("Asked for"), cells.moment(row.created_at).text),
                (gettext("Centre"), row.provider.name),
            ]}],
            "timeline": timeline(audit.history("paper_copies", row.id), PAPER),
            "related": [{
                "title": gettext("Document"),
                "rows": [{
                    "href": address_of("DocumentsView.show", row.document_id),
                    "icon": "certificate",
                    "label": _type(row),
                    "note": row.document.reference,
                    "state": cells.badge(row.document.state_shown),
                }],
            }],
        }  # fmt: skip

    # Printed again -----------------------------------------------------------------------------

    @expose("/reprint/<row(IssuedDocument):document>", methods=["GET", "POST"])
    @requires(ISSUE)
    def reprint(self, document: IssuedDocument) -> ResponseReturnValue:
        """Ask why a document is printed again; then do it, once however often that is sent."""
        if request.method == "GET":
            return self._reprint_page(document, {})
        reason = request.form.get("reason", "").strip()
        wrong = in_words(reason)
        if wrong:
            return self._reprint_page(document, {"reason": wrong}), 422
        href = url_for("DocumentsView.show", row=document.id)
        try:
            with transaction():
                registrations.do_once(
                    request.form.get("once", ""), "print again",
                    lambda: str(ending.reprint(document, at=now(), reason=reason).id),
                )  # fmt: skip
        except ConflictError as error:
            return self._reprint_page(document, {"": error.text}), error.status
        flash(gettext("A copy waits to be printed."), "success")
        return redirect(href)

    def _reprint_page(self, document: IssuedDocument, errors: Mapping[str, str]) -> str:
        title = gettext("Print again")
        href = url_for("DocumentsView.show", row=document.id)
        page = {
            "title": title,
            "text": f"{document.reference}, {document.holder}",
            "crumbs": self.crumbs(title),
            "happens": [gettext("The same document is printed once more; its number stays.")],
            "groups": [],
            "hidden": [("once", new_token())],
            "action": url_for("PaperView.reprint", document=document.id),
            "submit": title,
            "submit_icon": "printer",
            "stop": False,
            "cancel": {"label": gettext("CANCEL"), "href": href},
        }
        field = {
            "id": "reason", "name": "reason", "label": gettext("Reason"), "required": True,
            "kind": "textarea", "error": errors.get("reason"), "options": [],
            "value": request.form.get("reason", ""), "hint": None,
        }  # fmt: skip
        return str(
            self.render_template(ASKED, page=page, fields=[field], errors=asked.summary(errors))
        )
