"""Moves of the rows of a generated list, for one or many: asked first, with what speaks against."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext, ngettext

from app.clock import now
from app.domain.kernel import versions
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import translated
from app.domain.kernel.workflow import Move, Outcome, Workflow
from app.domain.registrations import service
from app.errors import ConflictError, NotFoundError
from app.security.current import may
from app.security.guard import guarded_by
from app.transaction import transaction
from app.views import registration_asked as asked
from app.views.base import PortalModelView
from app.views.registration_asked import ASKED, Drawn

Rows = Sequence[Any]
NAMED = 5
LONGEST = 400


def in_words(text: str) -> str | None:
    """Say what is wrong with a reason that was typed."""
    if not text:
        return gettext("Say it in a few words: the other side reads them.")
    if len(text) > LONGEST or "\0" in text:
        return gettext("At most %(most)s characters fit.", most=LONGEST)
    return None


@dataclass(frozen=True)
class Ask:
    """Something a move asks for: words, or one of ``options``; ``read`` gives what is used."""

    name: str
    label: str
    wrong: Callable[[str], str | None] = in_words
    options: Callable[[], list[tuple[Any, str]]] | None = None
    read: Callable[[str], Any] = str
    hint: str = ""


@dataclass(frozen=True)
class AskedMove:
    """A move as people make it: what it says before, what it asks, and where it leads."""

    code: str
    happens: str
    work: Callable[..., Outcome[Any]]
    after: str
    asks: tuple[Ask, ...] = ()
    stop: bool = False
    marked: bool = False
    """Whether each row says that nothing is missing: where something could have been."""


class AskedMoves(PortalModelView, ABC):
    """Handlers of the moves; mixed into a list, which says what its rows are called."""

    workflow: ClassVar[Workflow]
    moves: ClassVar[Mapping[str, AskedMove]]
    purpose: ClassVar[str]
    """What the one-time tokens of these forms are for."""
    moves_permission: ClassVar[Permission] = Permission.VIEW_APPLICATIONS
    """Who may ask for moves at all; each needs its own permission besides."""

    # What a list says --------------------------------------------------------------------------

    @abstractmethod
    def sort_out(self, code: str, rows: Rows, seen: Mapping[int, int] | None) -> Outcome[Any]:
        """Tell which rows can make a move; change nothing."""

    @abstractmethod
    def counted(self, count: int) -> str:
        """Return "3 applications"."""

    @abstractmethod
    def asked_title(self, declared: Move) -> str:
        """Return the title of the page that asks."""

    @abstractmethod
    def sub(self, row: Any) -> str:
        """Return what stands below the name of a row."""

    # Handlers ----------------------------------------------------------------------------------

    @expose("/<int:row>/ask/<string:move>")
    @guarded_by("moves_permission")
    def ask_one(self, row: int, move: str) -> ResponseReturnValue:
        """Show what a move of one row will do."""
        return self.asked_page(self.declared(move), [self.load(row)], None, {})

    @expose("/ask/<string:move>", methods=["POST"])
    @guarded_by("moves_permission")
    def ask(self, move: str) -> ResponseReturnValue:
        """Show what a move of the ticked rows will do."""
        selection = self.selected()
        return self.asked_page(self.declared(move), selection.rows, selection.versions, {})

    @expose("/move/<string:move>", methods=["POST"])
    @guarded_by("moves_permission")
    def move(self, move: str) -> ResponseReturnValue:
        """Make a move that was confirmed, once however often it is sent."""
        made = self.declared(move)
        selection = self.selected()
        typed = [request.form.get(each.name, "").strip() for each in made.asks]
        wrong = {
            each.name: words
            for each, text in zip(made.asks, typed, strict=True)
            if (words := each.wrong(text))
        }
        if wrong:
            return self.asked_page(made, selection.rows, selection.versions, wrong), 422
        answers = [each.read(text) for each, text in zip(made.asks, typed, strict=True)]
        try:
            return self._made_once(made, selection.rows, selection.versions, answers)
        except ConflictError as error:
            rows = self.selected().rows  # what was read before was undone with the rest
            errors = {"": translated(error.text, gettext, ngettext)}
            return self.asked_page(made, rows, selection.versions, errors), error.status

    def _made_once(
        self, made: AskedMove, rows: Rows, seen: Mapping[int, int], answers: Sequence[Any]
    ) -> ResponseReturnValue:
        told: list[tuple[str, str]] = []
        asked_again: list[Drawn] = []

        def work() -> str:
            outcome = made.work(rows, seen, now(), *answers)
            told.extend(self._told(made.code, outcome))  # after the commit every row is read anew
            if outcome.stale:
                asked_again.append(self._asked_again(made, outcome))
            return self.after(made)

        with transaction():
            token, purpose = request.form.get("once", ""), f"{self.purpose} {made.code}"
            address, _ = service.do_once(token, purpose, work)
        if asked_again:
            for words, tone in told:
                if tone == "success":
                    flash(words, tone)
            return self.render_template(ASKED, **asked_again[0]), 409
        already = gettext("This was done already. Nothing was done twice.")
        for words, tone in told or [(already, "info")]:
            flash(words, tone)
        return redirect(address)

    def declared(self, move: str) -> AskedMove:
        """Return a move; one that belongs to the other side does not exist for the reader."""
        permission = self.workflow.move(move).permission if move in self.moves else None
        if permission is None or not may(permission):
            raise NotFoundError
        return self.moves[move]

    # Where one comes from and goes ---------------------------------------------------------------

    def context(self) -> dict[str, str]:
        """Return which list the rows were ticked in: its tab, search word and filters."""
        return {
            name: text[:100]
            for name, text in request.values.items()
            if text and (name in ("tab", "q", "sort") or name.startswith("f_"))
        }

    def after(self, made: AskedMove) -> str:
        """Return where a move leads: back to the list if it was filtered, else to its tab."""
        context = self.context()
        if not any(name.startswith("f_") for name in context):
            context = {"tab": made.after}
        return url_for(f"{self.endpoint}.list", **context)  # type: ignore[arg-type]  # words only

    def back(self) -> str:
        """Return where CANCEL leads."""
        return url_for(f"{self.endpoint}.list", **self.context())  # type: ignore[arg-type]  # likewise

    # The page that asks --------------------------------------------------------------------------

    def offers(self, row: Any, code: str) -> bool:
        """Tell whether a move of one row is offered to whoever looks."""
        declared = self.workflow.move(code)
        allowed = row.state in {state.code for state in declared.sources}
        return allowed and declared.permission is not None and may(declared.permission)

    def offered(self, row: Any) -> list[Drawn]:
        """Return the moves that a row may make now, as links to the page that asks."""
        return [
            {
                "label": gettext(self.workflow.move(code).label),
                "href": self.row_address(row, "ask_one", move=code),
                "icon": self.workflow.move(code).icon,
            }
            for code in self.moves
            if self.offers(row, code)
        ]

    def bulk_of(self, codes: Sequence[str]) -> list[Drawn]:
        """Return moves of ticked rows, as far as whoever looks may make them."""
        drawn: list[Drawn] = []
        for code in codes:
            declared = self.workflow.move(code)
            if declared.permission and may(declared.permission):
                href = url_for(f"{self.endpoint}.ask", move=code)
                drawn.append(
                    {"label": gettext(declared.label), "icon": declared.icon, "href": href}
                )
        return drawn

    def asked_page(
        self,
        made: AskedMove,
        rows: Rows,
        seen: Mapping[int, int] | None,
        errors: Mapping[str, str],
    ) -> str:
        """Draw the page that asks before a move."""
        outcome = self.sort_out(made.code, rows, seen)
        return str(self.render_template(ASKED, **self._page(made, outcome, outcome.moved, errors)))

    def _asked_again(self, made: AskedMove, outcome: Outcome[Any]) -> Drawn:
        """Draw both versions of what somebody else changed meanwhile, to be moved knowingly."""
        stale = [row for row, _ in outcome.refused if row.id in outcome.stale]
        left = Outcome(refused=outcome.refused, stale=outcome.stale)
        sure = self.sort_out(made.code, stale, None).moved
        drawn = self._page(made, left, sure, {})
        return drawn | {"page": drawn["page"] | {"text": asked.again_text()}}

    def _page(
        self, made: AskedMove, outcome: Outcome[Any], sure: Rows, errors: Mapping[str, str]
    ) -> Drawn:
        """Draw what was sorted out; ``sure`` are the rows that the button moves."""
        declared = self.workflow.move(made.code)
        title = self.asked_title(declared)
        page = {
            "title": title,
            "text": None,
            "crumbs": self.crumbs(title),
            "happens": [gettext(made.happens)] if sure else [],
            "groups": self._groups(outcome, marked=made.marked),
            "hidden": [*asked.hidden(sure), *self.context().items()],
            "action": url_for(f"{self.endpoint}.move", move=made.code),
            "submit": gettext(declared.label) if sure else None,
            "submit_icon": declared.icon,
            "stop": made.stop,
            "cancel": {"label": gettext("CANCEL"), "href": self.back()},
        }
        fields = [_field(each, errors) for each in made.asks]
        return {"page": page, "fields": fields, "errors": asked.summary(errors)}

    def _groups(self, outcome: Outcome[Any], *, marked: bool) -> list[Drawn]:
        groups: list[Drawn] = []
        if outcome.moved:
            rows = [self._one(row, (), marked=marked) for row in outcome.moved]
            title = self.counted(len(outcome.moved))
            groups.append({"tone": "ok", "title": title, "rows": rows})
        if outcome.refused:
            changed = versions.since([row for row, _ in outcome.refused], outcome.stale)
            rows = [
                self._one(row, reasons) | {"since": asked.both(changed.get(row.id))}
                for row, reasons in outcome.refused
            ]
            title = gettext("Not possible: %(words)s", words=self.counted(len(outcome.refused)))
            groups.append({"tone": "todo", "title": title, "rows": rows})
        return groups

    def _one(self, row: Any, reasons: Sequence[str], *, marked: bool = False) -> Drawn:
        good = {"ok": True, "yes": gettext("Nothing is missing"), "no": ""}
        return {
            "name": self.row_name(row),
            "sub": self.sub(row),
            "href": self.row_href(row),
            "missing": [translated(each, gettext, ngettext) for each in reasons],
            "marks": [good] if marked else [],
        }

    def _told(self, code: str, outcome: Outcome[Any]) -> list[tuple[str, str]]:
        told = []
        if outcome.moved:
            names = ", ".join(self.row_name(row) for row in outcome.moved[:NAMED])
            more = len(outcome.moved) - NAMED
            if more > 0:
                names = f"{names} {gettext('and %(n)s more', n=more)}"
            told.append((f"{gettext(self.workflow.move(code).done)}: {names}.", "success"))
        for row, reasons in outcome.refused[:NAMED]:
            words = ". ".join(translated(each, gettext, ngettext) for each in reasons)
            told.append((f"{self.row_name(row)}: {words.rstrip('.')}.", "warning"))
        if len(outcome.refused) > NAMED:
            stay = gettext("%(n)s more stay as they were.", n=len(outcome.refused) - NAMED)
            told.append((stay, "warning"))
        return told


def _field(each: Ask, errors: Mapping[str, str]) -> Drawn:
    drawn: Drawn = {
        "id": each.name, "name": each.name, "label": gettext(each.label), "required": True,
        "kind": "textarea", "error": errors.get(each.name), "options": [],
        "value": request.form.get(each.name, ""), "hint": gettext(each.hint) if each.hint else None,
    }  # fmt: skip
    if each.options is not None:
        drawn |= {"kind": "select", "options": each.options(), "width": "40"}
    return drawn
