"""Awards, as the awarding body's staff make them, change them and issue their documents."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from flask import url_for
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext, ngettext
from sqlalchemy.orm import joinedload

from app.clock import start_of
from app.domain.awards import queries, rules
from app.domain.awards.models import Award
from app.domain.awards.rules import AWARD, OUTCOMES, RECORD_TYPES, RecordType
from app.domain.awards.service import making
from app.domain.imports import queries as imports
from app.domain.kernel import audit, workflow
from app.domain.kernel.permissions import Permission
from app.domain.kernel.search import Search
from app.domain.kernel.words import N_, translated
from app.domain.kernel.workflow import Move, Outcome
from app.domain.registrations.models import Registration
from app.security.current import may
from app.views import cells
from app.views.asked_moves import Ask, AskedMove
from app.views.award_form import AwardForms
from app.views.award_issue import AwardIssue, not_whole
from app.views.base import Column, Filter, ListTab
from app.views.declared import address_of
from app.views.history import timeline

Drawn = list[dict[str, Any]]
REASON = Ask("reason", N_("Reason"), hint=N_("It stands in the record of the award"))
MOVES: Mapping[str, AskedMove] = {
    "withdraw": AskedMove(
        "withdraw",
        N_("No documents are issued for them any more. Those that were issued stay as they are "
           "until you cancel them."),
        lambda rows, seen, at, reason: making.withdraw_awards(rows, seen, at=at, reason=reason),
        "withdrawn", (REASON,), stop=True,
    )
}  # fmt: skip


def _result(award: Award) -> str:
    outcome = gettext(OUTCOMES[award.outcome])
    return f"{outcome}, {award.grade}" if award.grade else outcome


class AwardsView(AwardForms, AwardIssue):
    """What learners achieved, from being recorded to being issued."""

    datamodel = SQLAInterface(Award)
    route_base = "/awards"
    resource = "Awards"
    permission = Permission.MAKE_AWARDS
    moves_permission = Permission.MAKE_AWARDS
    title = N_("Awards")
    crumb = N_("Documents")
    search = Search(Award, "search_text")
    search_hint = N_("Search by name, number, enrolment number or title")
    default_sort = "-number"
    eager = (
        joinedload(Award.person),
        joinedload(Award.provider),
        joinedload(Award.registration),
    )
    workflow = AWARD
    moves = MOVES
    purpose = "award"
    columns = (
        Column(N_("Award"), lambda a: cells.number(a.number), Award.number),
        Column(
            N_("Learner"),
            lambda a: cells.lead(a.person.full_name, sub=a.provider.name),
            Award.holder_key,
        ),
        Column(N_("Qualification"), lambda a: cells.text(a.title, sub=a.title_number or None)),
        Column(N_("Result"), lambda a: cells.text(_result(a))),
        Column(N_("Awarded on"), lambda a: cells.day(a.awarded_on)),
        Column(N_("Status"), lambda a: cells.badge(a.state_shown)),
    )
    tabs: ClassVar[tuple[ListTab, ...]] = (
        ListTab("waiting", N_("Awaiting issue"), Award.state == rules.AWAITING_ISSUE.code,
                title=N_("Awards awaiting issue"),
                text=N_("Tick awards to issue their certificates, transcripts and letters.")),
        ListTab("issued", N_("Issued"), Award.state == rules.CERTIFICATED.code,
                title=N_("Awards whose documents were issued")),
        ListTab("withdrawn", N_("Withdrawn"), Award.state == rules.AWARD_WITHDRAWN.code,
                title=N_("Withdrawn awards")),
        ListTab("all", N_("All"), title=N_("All awards")),
    )  # fmt: skip
    filters = (
        Filter("outcome", N_("Outcome"), "select", lambda v: Award.outcome == v,
               lambda: [(code, gettext(label)) for code, label in OUTCOMES.items()]),
        Filter("from", N_("Made from"), "date", lambda day: Award.created_at >= start_of(day)),
        Filter("before", N_("Made before"), "date", lambda day: Award.created_at < start_of(day)),
    )  # fmt: skip

    def row_name(self, row: Award) -> str:
        """Call an award by its number and learner."""
        return f"{row.number} {row.person.full_name}"

    def sub(self, row: Award) -> str:
        """Return the qualification."""
        return row.title

    def counted(self, count: int) -> str:
        """Return "3 awards"."""
        return ngettext("%(num)d award", "%(num)d awards", count)

    def asked_title(self, declared: Move) -> str:
        """Return the title of the page that asks."""
        return gettext("Withdraw awards")

    def sort_out(
        self, code: str, rows: Sequence[Award], seen: Mapping[int, int] | None
    ) -> Outcome[Award]:
        """Tell which awards can make a move."""
        return workflow.sort_out(rows, code, versions=seen)

    def head_actions(self, tab: ListTab) -> Drawn:
        """Offer to make an award, or many from a spreadsheet."""
        add, many = url_for("AwardsView.choose"), url_for("ImportsView.awards")
        return [
            {"label": gettext("Make an award"), "icon": "plus", "href": add, "primary": True},
            {"label": gettext("Upload awards"), "icon": "table-import", "href": many},
        ]

    def empty(self, tab: ListTab) -> dict[str, Any]:
        """Say where awards come from."""
        return {
            "icon": "award",
            "title": gettext("No awards here"),
            "text": gettext("Awards are made on completed registrations."),
            "actions": self.head_actions(tab),
        }

    def bulk(self, tab: ListTab) -> Drawn:
        """Issue or withdraw ticked awards."""
        if tab.code != "waiting":
            return []
        issue = {
            "label": gettext(AWARD.move("issue").label),
            "icon": AWARD.move("issue").icon,
            "href": url_for("AwardsView.ask_issue"),
            "primary": True,
        }
        return [*([issue] if may(Permission.ISSUE_DOCUMENTS) else []), *self.bulk_of(("withdraw",))]

    def row_actions(self, row: Award, tab: ListTab) -> Drawn:
        """Change an award, or issue its documents."""
        return [
            {"icon": each["icon"], "label": each["label"], "href": each["href"], "method": "get",
             "stop": False, "dialog": None}
            for each in self._actions(row)
        ]  # fmt: skip

    def _actions(self, row: Award) -> Drawn:
        drawn: Drawn = []
        if row.state == rules.AWAITING_ISSUE.code:
            if may(Permission.ISSUE_DOCUMENTS):
                declared = AWARD.move("issue")
                drawn.append({"label": gettext(declared.label), "icon": declared.icon,
                              "href": address_of("AwardsView.issue_one", row.id)})  # fmt: skip
            drawn.append({"label": gettext("Edit"), "icon": "pencil",
                          "href": address_of("AwardsView.edit", row.id)})  # fmt: skip
        return [*drawn, *self.offered(row)]

    def record(self, row: Award) -> dict[str, Any]:
        """Return an award with its components and its documents."""
        registration: Registration = row.registration
        documents = queries.documents_of_awards([row.id])
        actions = self._actions(row)
        if actions and row.state == rules.AWAITING_ISSUE.code:
            actions[0] |= {"primary": True}
        return {
            "title": row.person.full_name,
            "text": row.title,
            "badge": cells.badge(row.state_shown),
            "actions": actions,
            "next_step": _next_step(row),
            "groups": [
                {"title": gettext("Award"), "pairs": [
                    (gettext("Number"), str(row.number)),
                    (gettext("Outcome"), gettext(OUTCOMES[row.outcome])),
                    (gettext("Grade"), row.grade or None),
                    (gettext("Level"), row.level or None),
                    (gettext("Credits"), None if row.credits is None else str(row.credits)),
                    (gettext("Awarded on"), cells.day(row.awarded_on).text),
                    (gettext("Enrolment number"), registration.enrolment_number),
                    (gettext("Registration"), str(registration.number)),
                    (gettext("Centre"), row.provider.name),
                ]},
                {"title": gettext("Components"), "pairs": [
                    (f"{each['code']} {each['title']}", _component(each))
                    for each in row.components
                ] or [(gettext("None"), gettext("No transcript is issued without them."))]},
            ],
            "timeline": timeline(audit.history("awards", row.id), AWARD),
            "related": [{
                "title": gettext("Documents"),
                "rows": [
                    {
                        "href": address_of("DocumentsView.show", each.id),
                        "icon": "certificate",
                        "label": gettext(RECORD_TYPES[RecordType(each.record_type)]),
                        "note": each.reference,
                        "state": cells.badge(each.state_shown),
                    }
                    for each in documents
                ],
                "empty": gettext("None was issued yet."),
            }],
        }  # fmt: skip


def _next_step(award: Award) -> dict[str, Any] | None:
    """Say that an award waits for rows which its upload still holds."""
    found = imports.unfinished([award]).get(award.id)
    if found is None or award.state != rules.AWAITING_ISSUE.code:
        return None
    return {
        "tone": "todo",
        "icon": "table-import",
        "who": gettext("the awarding body"),
        "title": gettext("The award is not complete yet"),
        "text": translated(not_whole(found), gettext, ngettext),
        "actions": [{"label": gettext("Open the upload"), "icon": "arrow-right",
                     "href": address_of("ImportGridView.grid", found.import_id,
                                        argument="upload")}],
    }  # fmt: skip


def _component(each: Mapping[str, Any]) -> str:
    said = [
        gettext("level %(level)s", level=each["level"]) if each["level"] else "",
        ngettext("%(num)d credit", "%(num)d credits", each["credit"])
        if each["credit"] is not None
        else "",
        each["result"],
    ]
    return ", ".join(part for part in said if part)
