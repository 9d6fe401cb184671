"""Moves of card applications, for one or many: asked first, with what is missing in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext, ngettext

from app.clock import now
from app.domain.kernel import versions
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_, translated
from app.domain.kernel.workflow import Outcome
from app.domain.registrations import service
from app.domain.registrations.models import CardApplication
from app.domain.registrations.rules import APPLICATION, MUST_ACT, REQUESTS, Request
from app.errors import NotFoundError
from app.security.current import may
from app.security.guard import requires
from app.transaction import transaction
from app.views import registration_asked as asked
from app.views.base import PortalModelView
from app.views.registration_asked import ASKED, Drawn

Rows = Sequence[CardApplication]
NAMED = 5
LONGEST = 400


@dataclass(frozen=True)
class CardMove:
    """A move as people make it: what it says before, and where it leads."""

    code: str
    happens: str
    work: Callable[..., Outcome[CardApplication]]
    after: str
    asks: tuple[str, ...] = ()
    stop: bool = False


MOVES: Mapping[str, CardMove] = {
    each.code: each
    for each in (
        CardMove("finalise", N_("They are ready for ordering."), service.finalise_applications,
                 "ready"),
        CardMove("return_to_attention", N_("They can be changed again."),
                 service.return_applications, "attention"),
        CardMove("cancel", N_("They end. This cannot be undone."), service.cancel_applications,
                 "all", stop=True),
        CardMove("take", N_("They are being verified, which those who applied can see."),
                 service.take_in_hand, "produced"),
        CardMove("prepare", N_("Their cards are made and wait to be dispatched."),
                 service.prepare, "produced"),
        CardMove("hold", N_("Those who applied get an email that says what is missing."),
                 service.hold, "hold", ("reason", "waits_for")),
        CardMove("resume", N_("They are being produced again."), service.resume_applications,
                 "produced"),
        CardMove("answer", N_("The processing team goes on with them."), service.answer,
                 "produced", ("supplied",)),
        CardMove("dispatch", N_("They are completed; each person gets an email."),
                 service.dispatch, "completed"),
    )
}  # fmt: skip


class ApplicationMoves(PortalModelView):
    """Handlers of the moves; mixed into the list of applications."""

    @expose("/<int:row>/ask/<string:move>")
    @requires(Permission.VIEW_APPLICATIONS)
    def ask_one(self, row: int, move: str) -> ResponseReturnValue:
        """Show what a move of one application will do."""
        return self._ask(_declared(move), [self.load(row)], None, {})

    @expose("/ask/<string:move>", methods=["POST"])
    @requires(Permission.VIEW_APPLICATIONS)
    def ask(self, move: str) -> ResponseReturnValue:
        """Show what a move of the ticked applications will do."""
        selection = self.selected()
        return self._ask(_declared(move), selection.rows, selection.versions, {})

    @expose("/move/<string:move>", methods=["POST"])
    @requires(Permission.VIEW_APPLICATIONS)
    def move(self, move: str) -> ResponseReturnValue:
        """Make a move that was confirmed, once however often it is sent."""
        made = _declared(move)
        selection = self.selected()
        answers, errors = _answers(made)
        if errors:
            return self._ask(made, selection.rows, selection.versions, errors), 422
        told: list[tuple[str, str]] = []
        asked_again: list[Drawn] = []

        def work() -> str:
            outcome = made.work(selection.rows, selection.versions, now(), *answers)
            told.extend(_words_of(made.code, outcome))
            if outcome.stale:
                asked_again.append(self._asked_again(made, outcome))
            return url_for(f"{self.endpoint}.list", tab=made.after)

        with transaction():
            address, _ = service.do_once(request.form.get("once", ""), f"card {made.code}", work)
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
        made: CardMove,
        rows: Rows,
        seen: Mapping[int, int] | None,
        errors: Mapping[str, str],
    ) -> str:
        outcome = service.sort_out_applications(made.code, rows, seen)
        return str(self.render_template(ASKED, **self._page(made, outcome, outcome.moved, errors)))

    def _asked_again(self, made: CardMove, outcome: Outcome[CardApplication]) -> Drawn:
        """Draw both versions of what somebody else changed meanwhile, to be moved knowingly."""
        stale = [row for row, _ in outcome.refused if row.id in outcome.stale]
        left = Outcome(refused=outcome.refused, stale=outcome.stale)
        sure = service.sort_out_applications(made.code, stale, None).moved
        drawn = self._page(made, left, sure, {})
        return drawn | {"page": drawn["page"] | {"text": asked.again_text()}}

    def _page(
        self,
        made: CardMove,
        outcome: Outcome[CardApplication],
        sure: Rows,
        errors: Mapping[str, str],
    ) -> Drawn:
        """Draw what was sorted out; ``sure`` are the rows that the button moves."""
        declared = APPLICATION.move(made.code)
        title = gettext("%(move)s: card applications", move=gettext(declared.label))
        page = {
            "title": title,
            "text": None,
            "crumbs": self.crumbs(title),
            "happens": [gettext(made.happens)] if sure else [],
            "groups": self._groups(outcome),
            "hidden": asked.hidden(sure),
            "action": url_for(f"{self.endpoint}.move", move=made.code),
            "submit": gettext(declared.label) if sure else None,
            "submit_icon": declared.icon,
            "stop": made.stop,
            "cancel": {"label": gettext("CANCEL"), "href": url_for(f"{self.endpoint}.list")},
        }
        fields = [_field(name, errors) for name in made.asks]
        return {"page": page, "fields": fields, "errors": asked.summary(errors)}

    def _groups(self, outcome: Outcome[CardApplication]) -> list[Drawn]:
        groups: list[Drawn] = []
        if outcome.moved:
            words = ngettext("%(num)d application", "%(num)d applications", len(outcome.moved))
            rows = [self._one(row, ()) for row in outcome.moved]
            groups.append({"tone": "ok", "title": words, "rows": rows})
        if outcome.refused:
            words = ngettext("%(num)d application", "%(num)d applications", len(outcome.refused))
            changed = versions.since([row for row, _ in outcome.refused], outcome.stale)
            rows = [
                self._one(row, reasons) | {"since": asked.both(changed.get(row.id))}
                for row, reasons in outcome.refused
            ]
            title = gettext("Not possible: %(words)s", words=words)
            groups.append({"tone": "todo", "title": title, "rows": rows})
        return groups

    def _one(self, row: CardApplication, reasons: Sequence[str]) -> Drawn:
        kind = gettext(REQUESTS[Request(row.kind)])
        return {
            "name": row.person.full_name,
            "sub": f"{row.number}, {kind}",
            "href": url_for(f"{self.endpoint}.show", row=row.id),
            "missing": [translated(each, gettext, ngettext) for each in reasons],
            "marks": []
            if reasons
            else [{"ok": True, "yes": gettext("Nothing is missing"), "no": ""}],
        }


def _declared(move: str) -> CardMove:
    """Return a move; one that belongs to the other side does not exist for the reader."""
    permission = APPLICATION.move(move).permission if move in MOVES else None
    if permission is None or not may(permission):
        raise NotFoundError
    return MOVES[move]


def _answers(made: CardMove) -> tuple[list[str], dict[str, str]]:
    """Return what was typed for a move, in the order of its service, and what is wrong."""
    typed = [request.form.get(name, "").strip() for name in made.asks]
    errors: dict[str, str] = {}
    for name, text in zip(made.asks, typed, strict=True):
        if name == "waits_for":
            if text not in MUST_ACT:
                errors[name] = gettext("Choose who must act.")
        elif not text:
            errors[name] = gettext("Say it in a few words: the other side reads them.")
        elif len(text) > LONGEST or "\0" in text:
            errors[name] = gettext("At most %(most)s characters fit.", most=LONGEST)
    return typed, errors


def _field(name: str, errors: Mapping[str, str]) -> dict[str, Any]:
    labels = {
        "reason": gettext("What is missing"),
        "waits_for": gettext("Who must act"),
        "supplied": gettext("What was supplied"),
    }
    drawn = {
        "id": name, "name": name, "label": labels[name], "required": True, "kind": "textarea",
        "error": errors.get(name), "value": request.form.get(name, ""), "hint": None,
        "options": [],
    }  # fmt: skip
    if name == "waits_for":
        options = [(code, gettext(label)) for code, label in MUST_ACT.items()]
        drawn |= {"kind": "select", "options": options, "width": "30"}
    return drawn


def _words_of(code: str, outcome: Outcome[CardApplication]) -> list[tuple[str, str]]:
    told = []
    if outcome.moved:
        names = ", ".join(row.person.full_name for row in outcome.moved[:NAMED])
        more = len(outcome.moved) - NAMED
        if more > 0:
            names = f"{names} {gettext('and %(n)s more', n=more)}"
        told.append((f"{gettext(APPLICATION.move(code).done)}: {names}.", "success"))
    for row, reasons in outcome.refused[:NAMED]:
        words = ". ".join(translated(each, gettext, ngettext) for each in reasons)
        told.append((f"{row.person.full_name}: {words.rstrip('.')}.", "warning"))
    if len(outcome.refused) > NAMED:
        stay = gettext("%(n)s more stay as they were.", n=len(outcome.refused) - NAMED)
        told.append((stay, "warning"))
    return told
