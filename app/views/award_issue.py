"""Issuing: what ticked awards bring, asked first, then a job for each centre."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext, ngettext

from app.clock import now, today
from app.domain.awards import fields, queries
from app.domain.awards.models import Award
from app.domain.awards.rules import RECORD_TYPES, RecordType
from app.domain.awards.service import issuing
from app.domain.imports import queries as imports
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import say_many
from app.domain.kernel.workflow import Outcome
from app.domain.registrations import service as registrations
from app.errors import ConflictError, FieldErrors
from app.forms import subjects
from app.security.guard import requires
from app.transaction import transaction
from app.views import registration_asked as asked
from app.views.asked_moves import AskedMoves
from app.views.registration_asked import ASKED

ISSUE = Permission.ISSUE_DOCUMENTS
FIRST = {"certificate": "yes", "transcript": "yes", "letter": "yes", "on_paper": "yes"}


class AwardIssue(AskedMoves):
    """Handlers of issuing; mixed into the list of awards."""

    @expose("/<int:row>/issue")
    @requires(ISSUE)
    def issue_one(self, row: int) -> ResponseReturnValue:
        """Show what issuing the documents of one award will do."""
        return self._issue_page([self.load(row)], None, FIRST, {})

    @expose("/ask-issue", methods=["POST"])
    @requires(ISSUE)
    def ask_issue(self) -> ResponseReturnValue:
        """Show what issuing the documents of ticked awards will do."""
        selection = self.selected()
        return self._issue_page(selection.rows, selection.versions, FIRST, {})

    @expose("/issue", methods=["POST"])
    @requires(ISSUE)
    def issue(self) -> ResponseReturnValue:
        """Issue the documents that were asked for, once however often the form is sent."""
        selection = self.selected()
        subject = fields.issue()
        raw = subjects.posted(subject, request.form)
        reading = subject.read(raw, today())
        try:
            if reading.errors:
                raise FieldErrors(reading.errors)
            return self._issued(selection.rows, selection.versions, reading.values)
        except (FieldErrors, ConflictError) as error:
            errors = error.errors if isinstance(error, FieldErrors) else {"": error.text}
            rows = self.selected().rows
            return self._issue_page(rows, selection.versions, raw, errors), error.status

    def _issued(
        self, rows: Sequence[Award], seen: Mapping[int, int], values: Mapping[str, Any]
    ) -> ResponseReturnValue:
        wanted = issuing.wanted_types(each for each in RecordType if values[each.value])
        expires_on = values["expires_on"]
        if expires_on is not None and expires_on <= today():
            raise FieldErrors({"expires_on": gettext("Give a day that is still to come.")})
        order = issuing.Order(types=wanted, expires_on=expires_on, on_paper=values["on_paper"])
        refused: list[Award] = []

        def work() -> str:
            outcome = _sorted_out(rows, seen)
            refused.extend(row for row, _ in outcome.refused)
            if not outcome.moved:
                raise ConflictError(gettext("None of these awards can be issued any more."))
            return " ".join(map(str, issuing.issue(outcome.moved, order, at=now())))

        with transaction():
            token = request.form.get("once", "")
            made, is_new = registrations.do_once(token, "issue documents", work)
        ids = [int(each) for each in made.split()]
        told = ngettext(
            "%(num)d job was issued. Its documents are being made now.",
            "%(num)d jobs were issued, one for each centre. Their documents are being made now.",
            len(ids),
        )
        flash(told if is_new else gettext("This was done already. Nothing was done twice."),
              "success" if is_new else "info")  # fmt: skip
        if refused:
            flash(ngettext("%(num)d award was left as it was.",
                           "%(num)d awards were left as they were.", len(refused)),
                  "warning")  # fmt: skip
        if len(ids) == 1:
            return redirect(url_for("JobsIssuedView.show", row=ids[0]))
        return redirect(url_for("JobsIssuedView.list"))

    def _issue_page(
        self,
        rows: Sequence[Award],
        seen: Mapping[int, int] | None,
        raw: Mapping[str, Any],
        errors: Mapping[str, str],
    ) -> str:
        outcome = _sorted_out(rows, seen)
        title = gettext("Issue documents")
        page = {
            "title": title,
            "text": None,
            "crumbs": self.crumbs(title),
            "happens": [*_brings(outcome), gettext(
                "What they say is frozen now: later changes to a person or a template change no "
                "document. Numbers are given once and never again.")],
            "groups": self._groups(outcome, marked=False),
            "hidden": [*asked.hidden(outcome.moved), *self.context().items()],
            "action": url_for("AwardsView.issue"),
            "submit": gettext("ISSUE") if outcome.moved else None,
            "submit_icon": "rubber-stamp",
            "stop": False,
            "cancel": {"label": gettext("CANCEL"), "href": self.back()},
        }  # fmt: skip
        subject = fields.issue()
        drawn = [subjects.drawn_field(each, raw, errors) for each in subject.fields]
        return str(
            self.render_template(ASKED, page=page, fields=drawn, errors=asked.summary(errors))
        )


def _sorted_out(rows: Sequence[Award], seen: Mapping[int, int] | None) -> Outcome[Award]:
    """Tell which awards can be issued: one whose upload still holds rows of it waits for them."""
    waiting = imports.unfinished(rows)
    return issuing.sort_out(rows, seen, {key: not_whole(each) for key, each in waiting.items()})


def not_whole(found: imports.Unfinished) -> str:
    """Say which rows of an award its upload still holds."""
    return say_many(
        "%(n)s row of it in the upload “%(upload)s” is not finalised yet. Finalise or remove it "
        "there first: what documents say never changes.",
        "%(n)s rows of it in the upload “%(upload)s” are not finalised yet. Finalise or remove "
        "them there first: what documents say never changes.",
        n=found.rows, upload=found.upload,
    )  # fmt: skip


def _brings(outcome: Outcome[Award]) -> list[str]:
    """Say how many documents of each type the awards bring."""
    counts = dict.fromkeys(RecordType, 0)
    for award in outcome.moved:
        for each in queries.types_for(award, RecordType):
            counts[each] += 1
    return [
        gettext("%(type)s: %(n)s of %(all)s awards bring one.", type=gettext(RECORD_TYPES[each]),
                n=count, all=len(outcome.moved))
        for each, count in counts.items()
        if outcome.moved
    ]  # fmt: skip
