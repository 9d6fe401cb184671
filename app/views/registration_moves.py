"""Moves of registrations, for one or many: asked first, with what is missing in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import ClassVar

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext, ngettext

from app.clock import now, today
from app.domain.kernel import versions
from app.domain.kernel.dates import DateError, read_date
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_, translated
from app.domain.kernel.workflow import Outcome
from app.domain.registrations import fields, queries, service
from app.domain.registrations.fields import stage_text
from app.domain.registrations.models import Registration
from app.domain.registrations.rules import REGISTRATION, Kind
from app.errors import FieldErrors, NotFoundError
from app.security.guard import requires
from app.transaction import transaction
from app.views import registration_asked as asked
from app.views.base import PortalModelView
from app.views.registration_asked import ASKED, Drawn, Rows


@dataclass(frozen=True)
class BulkMove:
    """A move as people make it: what it says before and after, and where it leads."""

    code: str
    label: str
    title: str
    happens: tuple[str, ...]
    submit: str
    refused: str
    work: Callable[..., Outcome[Registration]]
    after: str
    stop: bool = False
    """Whether it ends something: then it asks why, for the timeline and the audit trail."""

    @property
    def icon(self) -> str:
        """The icon that the workflow gives the move."""
        return REGISTRATION.move(self.code).icon

    @property
    def sources(self) -> frozenset[str]:
        """The states in which the move may be made."""
        return frozenset(state.code for state in REGISTRATION.move(self.code).sources)


MOVES: Mapping[str, BulkMove] = {
    move.code: move
    for move in (
        BulkMove(
            "finalise", N_("Finalise"), N_("Finalise registrations"),
            (N_("Their details are taken as checked."),
             N_("They appear under Registrations ready for ordering, where you add them to a "
                "purchase."),
             N_("You can return them to attention until they are on an order.")),
            N_("MARK AS FINALISED"), N_("Cannot be finalised yet"), service.finalise, "ready",
        ),
        BulkMove(
            "return_to_attention", N_("Return to attention"), N_("Return to attention"),
            (N_("They are no longer ready for ordering, and can be changed freely again."),
             N_("Their card applications are cancelled; finalising makes new ones.")),
            N_("Return to attention"), N_("Cannot be returned"), service.return_to_attention,
            "attention",
        ),
        BulkMove(
            "complete", N_("Complete"), N_("Complete registrations"),
            (N_("They move to the tab Completed. This can be undone."),),
            N_("Complete"), N_("Cannot be completed yet"), service.complete, "completed",
        ),
        BulkMove(
            "resume", N_("Resume"), N_("Resume registrations"),
            (N_("They are in progress again."),),
            N_("Resume"), N_("Cannot be resumed"), service.resume, "progress",
        ),
        BulkMove(
            "withdraw", N_("Withdraw"), N_("Withdraw registrations"),
            (N_("They leave their scheme before its end. This cannot be undone."),),
            N_("Withdraw"), N_("Cannot be withdrawn"), service.withdraw, "ended", stop=True,
        ),
        BulkMove(
            "cancel", N_("Cancel registration"), N_("Cancel registrations"),
            (N_("They and their card applications end. This cannot be undone."),),
            N_("Cancel registrations"), N_("Cannot be cancelled"), service.cancel, "ended",
            stop=True,
        ),
    )
}  # fmt: skip


def _declared(move: str) -> BulkMove:
    if move not in MOVES:
        raise NotFoundError
    return MOVES[move]


class RegistrationMoves(PortalModelView):
    """Handlers of the moves; mixed into the lists of registrations."""

    kind: ClassVar[Kind]

    @expose("/<int:row>/ask/<string:move>")
    @requires(Permission.FILL_IN_APPLICATIONS)
    def ask_one(self, row: int, move: str) -> ResponseReturnValue:
        """Show what a move of one registration will do (A32)."""
        return self._ask(move, [self.load(row)], None)

    @expose("/ask/<string:move>", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def ask(self, move: str) -> ResponseReturnValue:
        """Show what a move of the ticked registrations will do (A31, A33)."""
        selection = self.selected()
        return self._ask(move, selection.rows, selection.versions)

    @expose("/move/<string:move>", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def move(self, move: str) -> ResponseReturnValue:
        """Make a move that was confirmed."""
        made = _declared(move)

        errors = asked.errors_of_reason() if made.stop else {}
        if errors:
            selection = self.selected()
            return self._ask(move, selection.rows, selection.versions, errors), 422

        def work() -> tuple[Outcome[Registration], str]:
            selection = self.selected()
            back = self._back(selection.rows)
            why = {"reason": asked.reason()} if made.stop else {}
            outcome = made.work(selection.rows, selection.versions, now(), **why)
            after = url_for(f"{self.endpoint}.list", tab=made.after)
            return outcome, after if outcome.moved else back

        return self._once(made.code, work)

    def _once(
        self, code: str, work: Callable[[], tuple[Outcome[Registration], str]]
    ) -> ResponseReturnValue:
        """Make the move of a form once, however often it is sent; go where it leads."""
        told: list[tuple[str, str]] = []
        asked_again: list[Drawn] = []

        def noted() -> str:
            outcome, address = work()
            told.extend(asked.words_of(code, outcome))  # after the commit every row is read anew
            if outcome.stale:
                asked_again.append(self._asked_again(code, outcome))
            return address

        with transaction():
            address, _ = service.do_once(request.form.get("once", ""), code, noted)
        if asked_again:
            for words, tone in told:
                if tone == "success":
                    flash(words, tone)
            return self.render_template(ASKED, **asked_again[0]), 409
        already = gettext("This was done already. Nothing was done twice.")
        for words, tone in told or [(already, "info")]:
            flash(words, tone)
        return redirect(address)

    def _ask(
        self,
        move: str,
        rows: Rows,
        seen: Mapping[int, int] | None,
        errors: Mapping[str, str] | None = None,
    ) -> str:
        made = _declared(move)
        outcome = service.sort_out(move, rows, seen)
        drawn = self._page(made, outcome, outcome.moved, errors or {})
        return str(self.render_template(ASKED, **drawn))

    def _page(
        self,
        made: BulkMove,
        outcome: Outcome[Registration],
        sure: Rows,
        errors: Mapping[str, str],
    ) -> Drawn:
        """Draw what was sorted out; ``sure`` are the rows that the button moves."""
        title = gettext(made.title)
        names = {
            Kind.APPRENTICE: gettext("apprentice"),
            Kind.TRAINEE: gettext("trainee"),
            Kind.STANDARD: gettext("standard"),
        }
        rows = [*outcome.moved, *(row for row, _ in outcome.refused)]
        page = {
            "title": title,
            "text": gettext("Check the %(kind)s registrations before you go on.",
                            kind=names[self.kind]),
            "crumbs": self.crumbs(title),
            "happens": [gettext(each) for each in made.happens] if sure else [],
            "groups": self._groups(made, outcome),
            "hidden": asked.hidden(sure),
            "action": url_for(f"{self.endpoint}.move", move=made.code),
            "submit": gettext(made.submit) if sure else None,
            "submit_icon": made.icon,
            "stop": made.stop,
            "cancel": {"label": gettext("CANCEL"), "href": self._back(rows)},
        }  # fmt: skip
        fields = [asked.reason_field(errors)] if made.stop else []
        return {"page": page, "fields": fields, "errors": asked.summary(errors)}

    def _asked_again(self, code: str, outcome: Outcome[Registration]) -> Drawn:
        """Draw both versions of what somebody else changed meanwhile, to be moved knowingly."""
        stale = [row for row, _ in outcome.refused if row.id in outcome.stale]
        left = Outcome(refused=outcome.refused, stale=outcome.stale)
        if code == "reach_stage":
            return self._stage_page(stale, {}, left)
        drawn = self._page(MOVES[code], left, service.sort_out(code, stale).moved, {})
        return drawn | {"page": drawn["page"] | {"text": asked.again_text()}}

    def _back(self, rows: Rows) -> str:
        states = {row.state for row in rows}
        tabs = [tab for tab, codes in queries.SHOWN_STATES.items() if states & set(codes)]
        return url_for(f"{self.endpoint}.list", tab=tabs[0] if tabs else "attention")

    def _groups(self, made: BulkMove, outcome: Outcome[Registration]) -> list[Drawn]:
        moved, refused = len(outcome.moved), len(outcome.refused)
        groups: list[Drawn] = []
        if moved:
            words = ngettext("%(num)d registration", "%(num)d registrations", moved)
            rows = [self._one(row, ()) for row in outcome.moved]
            groups.append({"tone": "ok", "title": f"{gettext(made.label)}: {words}", "rows": rows})
        if refused:
            words = ngettext("%(num)d registration", "%(num)d registrations", refused)
            title = f"{gettext(made.refused)}: {words}"
            groups.append({"tone": "todo", "title": title, "rows": self._refused(outcome)})
        return groups

    def _refused(self, outcome: Outcome[Registration]) -> list[Drawn]:
        """Draw the refused rows; those that somebody changed meanwhile with both versions."""
        rows = [row for row, _ in outcome.refused]
        changed = versions.since(rows, outcome.stale, fields.subject(self.kind, (), ()).fields)
        return [
            self._one(row, reasons) | {"since": asked.both(changed.get(row.id))}
            for row, reasons in outcome.refused
        ]

    def _one(self, row: Registration, reasons: Sequence[str]) -> Drawn:
        stage = stage_text(row.stage_number, row.stage_reached_on)
        drawn: Drawn = {
            "name": row.person.full_name,
            "sub": gettext("%(number)s, %(scheme)s, stage %(stage)s",
                           number=row.number, scheme=row.scheme.name, stage=stage),
            "href": url_for(f"{self.endpoint}.show", row=row.id),
            "missing": [translated(each, gettext, ngettext) for each in reasons],
        }  # fmt: skip
        if reasons and row.state in queries.SHOWN_STATES["attention"]:
            href = url_for(f"{self.endpoint}.edit", row=row.id)
            drawn["fix"] = {"label": gettext("Put it right"), "icon": "pencil", "href": href}
        elif not reasons:
            drawn["marks"] = [{"ok": True, "yes": gettext("Nothing is missing"), "no": ""}]
        return drawn

    def _tell(self, code: str, outcome: Outcome[Registration]) -> None:
        """Say what happened, and to whom it did not."""
        for words, tone in asked.words_of(code, outcome):
            flash(words, tone)

    # Stages ------------------------------------------------------------------------------------

    @expose("/<int:row>/stage")
    @requires(Permission.FILL_IN_APPLICATIONS)
    def ask_stage_of(self, row: int) -> ResponseReturnValue:
        """Ask which stage one registration reached, and when."""
        return self._ask_stage([self.load(row)])

    @expose("/ask-stage", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def ask_stage(self) -> ResponseReturnValue:
        """Ask which stage the ticked registrations reached, and when (A71)."""
        return self._ask_stage(self.selected().rows)

    @expose("/stage", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def stage(self) -> ResponseReturnValue:
        """Record the stage that registrations reached on a day."""
        errors: dict[str, str] = {}
        typed = [request.form.get(f"on-{part}", "") for part in ("day", "month", "year")]
        number = request.form.get("number", type=int)
        if number is None:
            errors["number"] = gettext("Choose the stage.")
        try:
            on = read_date(typed)
        except DateError as error:
            errors["on"] = translated(error.words, gettext, ngettext)
        if errors or number is None:
            return self._ask_stage(self.selected().rows, errors), 422
        try:
            return self._once("reach_stage", partial(self._reach, number, on))
        except FieldErrors as error:
            words = {k: translated(v, gettext, ngettext) for k, v in error.errors.items()}
            return self._ask_stage(self.selected().rows, words), 422

    def _reach(self, number: int, on: date) -> tuple[Outcome[Registration], str]:
        selection = self.selected()
        outcome = service.reach_stage(selection.rows, number, on, now(), selection.versions)
        return outcome, url_for(f"{self.endpoint}.list", tab="progress")

    @expose("/<int:row>/stage/<int:number>", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def stage_today(self, row: int, number: int) -> ResponseReturnValue:
        """Record that one registration reached a stage today: the buttons 2 3 4 (A70)."""
        with transaction():
            outcome = service.reach_stage([self.load(row)], number, today(), now())
        self._tell("reach_stage", outcome)
        return redirect(url_for(f"{self.endpoint}.list", tab="progress"))

    @expose("/<int:row>/undo-stage", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def undo_stage(self, row: int) -> ResponseReturnValue:
        """Take back the last stage of one registration."""
        with transaction():
            selection = self.selected()
            if [each.id for each in selection.rows] != [row]:
                raise NotFoundError
            outcome = service.undo_stage(selection.rows, now(), selection.versions)
        self._tell("undo_stage", outcome)
        return redirect(url_for(f"{self.endpoint}.show", row=row))

    def _ask_stage(self, rows: Rows, errors: Mapping[str, str] | None = None) -> str:
        return str(self.render_template(ASKED, **self._stage_page(rows, errors or {})))

    def _stage_page(
        self,
        rows: Rows,
        errors: Mapping[str, str],
        changed: Outcome[Registration] | None = None,
    ) -> Drawn:
        title = gettext("Move to stage")
        outcome = service.sort_out("reach_stage", rows)
        chosen = [self._one(row, ()) | {"marks": []} for row in outcome.moved]
        groups = [{"tone": "work", "title": gettext("Chosen registrations"), "rows": chosen}]
        if changed is not None:
            words = gettext("Not moved: somebody else changed them meanwhile")
            groups.append({"tone": "todo", "title": words, "rows": self._refused(changed)})
        page = {
            "title": title,
            "text": asked.again_text() if changed is not None else
            gettext("Each registration reaches the stage on the day you give."),
            "crumbs": self.crumbs(title),
            "happens": [],
            "groups": groups,
            "hidden": asked.hidden(outcome.moved),
            "action": url_for(f"{self.endpoint}.stage"),
            "submit": gettext("Move to stage") if outcome.moved else None,
            "submit_icon": "stairs-up",
            "cancel": {"label": gettext("CANCEL"), "href": self._back(rows)},
        }  # fmt: skip
        return {
            "page": page,
            "fields": asked.stage_fields(outcome.moved, errors),
            "errors": asked.summary(errors),
        }
