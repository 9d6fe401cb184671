"""Learner notifications: who was told of their documents, whether it arrived, and once more."""

from collections.abc import Sequence
from typing import Any, ClassVar

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext, ngettext
from sqlalchemy.orm import joinedload

from app.clock import now, start_of
from app.domain.awards import rules
from app.domain.awards.models import Notice
from app.domain.awards.queries import notices
from app.domain.awards.rules import NOTICE
from app.domain.awards.service import notifying
from app.domain.kernel import audit
from app.domain.kernel.columns import row_id
from app.domain.kernel.idempotency import new_token
from app.domain.kernel.permissions import Permission
from app.domain.kernel.search import Search
from app.domain.kernel.words import N_
from app.security.current import may
from app.security.guard import requires
from app.transaction import transaction
from app.views import cells
from app.views.base import Column, Filter, ListTab, PortalModelView
from app.views.history import timeline
from app.views.notified import shown_address

Drawn = list[dict[str, Any]]
Rows = Sequence[Notice]


def _in(*states: Any) -> Any:
    return Notice.state.in_([state.code for state in states])


def _jobs() -> list[tuple[str, str]]:
    return [(str(job.id), job.reference) for job in notices.jobs_with_notices()]


class NoticesView(PortalModelView):
    """Every notice to a learner (D53)."""

    datamodel = SQLAInterface(Notice)
    route_base = "/notices"
    resource = "Documents"
    permission = Permission.NOTIFY_LEARNERS
    title = N_("Learner notifications")
    text = N_("Who was told that their documents were issued, and whether the letter arrived.")
    crumb = N_("Learner notifications")
    search = Search(Notice, "search_text")
    search_hint = N_("Search by name, enrolment number or qualification")
    default_sort = "-created_at"
    eager = (
        joinedload(Notice.person), joinedload(Notice.registration), joinedload(Notice.job),
    )  # fmt: skip
    columns = (
        Column(
            N_("Learner"),
            lambda n: cells.lead(n.person.full_name, sub=n.registration.enrolment_number),
        ),
        Column(N_("Email address"), lambda n: cells.text(shown_address(n.email))),
        Column(N_("Qualification"), lambda n: cells.text(n.title, sub=n.job.reference)),
        Column(N_("Notified"), lambda n: cells.badge(n.state_shown)),
        Column(N_("Outcome"), lambda n: cells.text(n.outcome)),
        Column(
            N_("When"), lambda n: cells.moment(n.created_at), Notice.created_at
        ),
        Column(N_("By"), lambda n: cells.text(n.created_by)),
    )  # fmt: skip
    tabs: ClassVar[tuple[ListTab, ...]] = (
        ListTab("all", N_("All")),
        ListTab("undelivered", N_("Not delivered"), _in(*rules.NOT_DELIVERED),
                title=N_("Notifications not delivered"),
                text=N_("Correct the address, then notify again.")),
        ListTab("queued", N_("Being sent"), _in(rules.NOTICE_QUEUED),
                title=N_("Notifications being sent")),
    )  # fmt: skip
    filters = (
        Filter("job", N_("Job"), "select", lambda v: Notice.job_id == row_id(v), _jobs),
        Filter("state", N_("Notified"), "select", lambda v: Notice.state == v,
               lambda: [(each.code, gettext(each.label)) for each in NOTICE.states]),
        Filter("from", N_("From"), "date", lambda day: Notice.created_at >= start_of(day)),
        Filter("before", N_("Before"), "date", lambda day: Notice.created_at < start_of(day)),
    )  # fmt: skip

    def row_name(self, row: Notice) -> str:
        """Call a notice by the learner's name."""
        return row.person.full_name

    def head_actions(self, tab: ListTab) -> Drawn:
        """Offer the guide that learners are to be given (D52)."""
        return [{"label": gettext("User Guide for Learner Portal"), "icon": "file-type-pdf",
                 "href": url_for("LearnerView.guide")}]  # fmt: skip

    def row_actions(self, row: Notice, tab: ListTab) -> Drawn:
        """Let a learner be notified again."""
        return [_again(row)]

    def bulk(self, tab: ListTab) -> Drawn:
        """Let ticked learners be notified again."""
        return [{"label": gettext("Notify again"), "icon": "mail-forward",
                 "href": url_for("NoticesView.ask_again")}]  # fmt: skip

    def empty(self, tab: ListTab) -> dict[str, Any]:
        """Say when a notice comes to stand here."""
        text = {
            "undelivered": gettext("Every letter has arrived where it was sent to."),
            "queued": gettext("Every letter has been sent."),
        }.get(tab.code, gettext("Open a job under Jobs Issued and press Notify beside a document."))
        return super().empty(tab) | {"icon": "mail-share", "text": text}

    def record(self, row: Notice) -> dict[str, Any]:
        """Return a notice with what became of it, and the others to the same learner."""
        state = row.state_shown
        told = notices.notices_of(row.job_id, row.registration_id)
        pairs = [
            (gettext("Learner"), row.person.full_name),
            (gettext("Enrolment number"), row.registration.enrolment_number),
            (gettext("Email address"), shown_address(row.email)),
            (gettext("Qualification"), row.title or cells.DASH),
            (gettext("Job"), row.job.reference),
            (gettext("By"), row.created_by or cells.DASH),
            (gettext("When"), cells.moment(row.created_at).text),
            (gettext("Outcome"), row.outcome or cells.DASH),
            (gettext("Answered"), cells.moment(row.answered_at).text),
            (gettext("Notices of these documents"), str(len(told))),
        ]
        return {
            "title": gettext("Notice to %(name)s", name=row.person.full_name),
            "badge": {"tone": state.tone, "icon": state.icon, "label": gettext(state.label)},
            "actions": [_again(row)],
            "groups": [{"title": gettext("Notice"), "pairs": pairs}],
            "timeline": timeline(audit.history(Notice.__tablename__, row.id), NOTICE),
            "related": [*_letter(row), *_others(row, told)],
            "fact_note": None if may(Permission.CHANGE_EMPLOYEES)
            else gettext("Addresses show in full to those who may change employee details."),
        }  # fmt: skip

    # Again -------------------------------------------------------------------------------------

    @expose("/ask-again", methods=["POST"])
    @requires(Permission.NOTIFY_LEARNERS)
    def ask_again(self) -> ResponseReturnValue:
        """Show who would be notified again, and what speaks against others."""
        rows = self.selected().rows
        sorted_out = notifying.sort_again(rows, now())
        groups: dict[bool, Drawn] = {True: [], False: []}
        sure: list[Notice] = []
        for row in _one_each(rows):
            told, against = sorted_out[row.job_id, row.registration_id]
            groups[not against].append(
                {
                    "name": row.person.full_name,
                    "sub": row.title,
                    "marks": [{"ok": True, "yes": shown_address(told.person.email), "no": ""}]
                    if told is not None and not against
                    else [],
                    "missing": [gettext(against)] if against else [],
                }
            )
            sure += [] if against else [row]
        return self.render_template("portal/confirm.html", page=_asked(groups, sure, self))

    @expose("/again", methods=["POST"])
    @requires(Permission.NOTIFY_LEARNERS)
    def again(self) -> ResponseReturnValue:
        """Notify ticked learners again, once however often the form is sent."""
        rows = _one_each(self.selected().rows)
        with transaction():
            token = request.form.get("once", "")
            count = notifying.notify_again(rows, token, at=now())
        words = ngettext("%(num)d learner is being notified by email.",
                         "%(num)d learners are being notified by email.", count)  # fmt: skip
        flash(words, "success" if count else "info")
        if count < len(rows):
            left = ngettext("%(num)d was left out: somebody notified them meanwhile, or they can "
                            "no longer be notified.",
                            "%(num)d were left out: somebody notified them meanwhile, or they can "
                            "no longer be notified.", len(rows) - count)  # fmt: skip
            flash(left, "warning")
        return redirect(url_for("NoticesView.list"), 303)


def _again(row: Notice) -> dict[str, Any]:
    href = url_for("NotifyView.notice", notice=row.id)
    return {"label": gettext("Notify again"), "icon": "mail-forward", "href": href,
            "method": "get", "stop": False, "box": True}  # fmt: skip


def _one_each(rows: Rows) -> list[Notice]:
    """Return one notice of each learner and job, the newest."""
    newest = {(row.job_id, row.registration_id): row for row in sorted(rows, key=lambda r: r.id)}
    return list(newest.values())


def _asked(groups: dict[bool, Drawn], sure: Rows, view: PortalModelView) -> dict[str, Any]:
    title = gettext("Notify again")
    able, not_able = groups[True], groups[False]
    happens = ngettext("%(num)d learner gets another email.", "%(num)d learners get another email.",
                       len(able))  # fmt: skip
    drawn = []
    if able:
        drawn.append({"tone": "ok", "title": gettext("To be notified again"), "rows": able})
    if not_able:
        drawn.append({"tone": "todo", "title": gettext("Not possible"), "rows": not_able})
    chosen = [("chosen", f"{row.id}:{row.version}") for row in sure]
    return {
        "title": title,
        "text": None,
        "crumbs": view.crumbs(title),
        "happens": [happens] if able else [],
        "groups": drawn,
        "hidden": [("once", new_token()), *chosen],
        "action": url_for("NoticesView.again"),
        "submit": title if able else None,
        "submit_icon": "mail-forward",
        "cancel": {"label": gettext("CANCEL"), "href": url_for("NoticesView.list")},
    }


def _letter(row: Notice) -> Drawn:
    letter = notices.letter_of(row) if may(Permission.READ_LETTERS) else None
    if letter is None:
        return []
    link = {"href": url_for("LettersView.show", row=letter.id), "icon": "mail",
            "label": gettext("The letter"), "note": letter.outcome or ""}  # fmt: skip
    return [{"title": gettext("Letter"), "rows": [link]}]


def _others(row: Notice, told: Rows) -> Drawn:
    rows = []
    for each in told:
        if each.id != row.id:
            state = each.state_shown
            badge = {"tone": state.tone, "icon": state.icon, "label": gettext(state.label)}
            rows.append({
                "href": url_for("NoticesView.show", row=each.id), "icon": "mail",
                "label": shown_address(each.email), "state": badge,
                "note": cells.moment(each.created_at).text,
            })  # fmt: skip
    return [{"title": gettext("Other notices of these documents"), "rows": rows}] if rows else []
