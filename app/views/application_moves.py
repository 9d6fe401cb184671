"""Moves of card applications, by those who applied and by the processing team."""

from collections.abc import Mapping, Sequence

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext, ngettext

from app.domain.kernel.columns import row_id
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_
from app.domain.kernel.workflow import Move, Outcome
from app.domain.registrations import queries, service
from app.domain.registrations.models import CardApplication, CardBatch
from app.domain.registrations.rules import APPLICATION, MUST_ACT, OVER, REQUESTS, Request
from app.errors import ConflictError
from app.security.guard import requires
from app.views.asked_moves import Ask, AskedMove, AskedMoves
from app.views.base import ticked_in
from app.views.listing import SELECTABLE


def _who(text: str) -> str | None:
    return None if text in MUST_ACT else gettext("Choose who must act.")


MISSING = Ask("reason", N_("What is missing"))
WHO = Ask("waits_for", N_("Who must act"), _who,
          lambda: [(code, gettext(label)) for code, label in MUST_ACT.items()])  # fmt: skip
SUPPLIED = Ask("supplied", N_("What was supplied"))

MOVES: Mapping[str, AskedMove] = {
    each.code: each
    for each in (
        AskedMove("finalise", N_("They are ready for ordering."), service.finalise_applications,
                  "ready", marked=True),
        AskedMove("return_to_attention", N_("They can be changed again."),
                  service.return_applications, "attention"),
        AskedMove("cancel", N_("They end. This cannot be undone."), service.cancel_applications,
                  "all", stop=True),
        AskedMove("take", N_("They are being verified, which those who applied can see."),
                  service.take_in_hand, "produced"),
        AskedMove("prepare", N_("Their cards are made and wait to be dispatched."),
                  service.prepare, "produced"),
        AskedMove("hold", N_("Those who applied get an email that says what is missing."),
                  service.hold, "hold", (MISSING, WHO)),
        AskedMove("resume", N_("They are being produced again."), service.resume_applications,
                  "produced"),
        AskedMove("answer", N_("The processing team goes on with them."), service.answer,
                  "produced", (SUPPLIED,)),
        AskedMove("dispatch", N_("They are completed; each person gets an email."),
                  service.dispatch, "completed"),
    )
}  # fmt: skip
OF_REGISTRATION = frozenset({"finalise", "return_to_attention", "cancel"})
"""What is done with the registration where an application belongs to one."""


LISTED = "list"
"""Stands for the list of batches where one comes from several."""


def _batch_address(batch: str | None) -> str | None:
    if batch == LISTED:
        return url_for("CardBatchesView.list")
    number = row_id(batch) if batch else 0
    return url_for("CardBatchesView.show", row=number) if number else None


class ApplicationMoves(AskedMoves):
    """What the moves of card applications say; mixed into their list."""

    workflow = APPLICATION
    moves = MOVES
    purpose = "card"

    @expose("/batches/<row(CardBatch):batch>/ask/<string:move>")
    @requires(Permission.VIEW_APPLICATIONS)
    def ask_batch(self, batch: CardBatch, move: str) -> ResponseReturnValue:
        """Show what a move of all cards of one batch will do."""
        return self._ask_batches([batch], move)

    @expose("/batches/ask/<string:move>", methods=["POST"])
    @requires(Permission.VIEW_APPLICATIONS)
    def ask_batches(self, move: str) -> ResponseReturnValue:
        """Show what a move of all cards of the ticked batches will do."""
        return self._ask_batches(ticked_in(("CardBatchesView",)).rows, move)

    def _ask_batches(self, batches: Sequence[CardBatch], move: str) -> ResponseReturnValue:
        made = self.declared(move)
        found = queries.applications_in([batch.id for batch in batches], SELECTABLE + 1)
        if len(found) > SELECTABLE:
            raise ConflictError(
                gettext("These batches have more than %(most)s cards. Tick fewer.",
                        most=f"{SELECTABLE:,}")
            )  # fmt: skip
        under_way = [each for each in found if each.state not in OVER]
        return self.asked_page(made, under_way, None, {})

    def context(self) -> dict[str, str]:
        """Remember the batch from which the cards were taken, to go back to it."""
        found = super().context()
        batch = (request.view_args or {}).get("batch") or request.values.get("batch")
        if request.endpoint == "ApplicationsView.ask_batches":
            batch = LISTED
        return found if batch is None else {"batch": str(getattr(batch, "row_id", batch))}

    def after(self, made: AskedMove) -> str:
        """Lead back to the batch, or the list of batches, from which the cards were taken."""
        return _batch_address(self.context().get("batch")) or super().after(made)

    def back(self) -> str:
        """Lead back likewise when nothing is done."""
        return _batch_address(self.context().get("batch")) or super().back()

    def sort_out(
        self, code: str, rows: Sequence[CardApplication], seen: Mapping[int, int] | None
    ) -> Outcome[CardApplication]:
        """Tell which applications can make a move."""
        return service.sort_out_applications(code, rows, seen)

    def counted(self, count: int) -> str:
        """Return "3 applications"."""
        return ngettext("%(num)d application", "%(num)d applications", count)

    def asked_title(self, declared: Move) -> str:
        """Return "Dispatch: card applications"."""
        return gettext("%(move)s: card applications", move=gettext(declared.label))

    def sub(self, row: CardApplication) -> str:
        """Return the number and what is asked for."""
        return f"{row.number}, {gettext(REQUESTS[Request(row.kind)])}"

    def offers(self, row: CardApplication, code: str) -> bool:
        """Leave to the registration what is its own, and offer to answer to whom it waits for."""
        if row.registration_id is not None and code in OF_REGISTRATION:
            return False
        if code == "answer" and row.waits_for != "provider":
            return False
        return super().offers(row, code)
