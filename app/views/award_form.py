"""Making one award by hand: the completed registration first, then what was achieved on it."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext

from app.clock import now, today
from app.domain.awards import queries
from app.domain.awards.fields import AWARD
from app.domain.awards.models import Award
from app.domain.awards.service import making
from app.domain.awards.service.making import AwardDraft
from app.domain.kernel import versions
from app.domain.kernel.idempotency import new_token
from app.domain.kernel.permissions import Permission
from app.domain.registrations import service as registrations
from app.domain.registrations.models import Registration
from app.errors import ConflictError, FieldErrors, NotFoundError, NotSavedError, StaleError
from app.forms import subjects
from app.security.guard import requires
from app.views.asked_moves import AskedMoves
from app.views.saving import saving

MAKE = Permission.MAKE_AWARDS
OFFERED = 50
"""Completed registrations that the page offers at once; the search finds the others."""


class AwardForms(AskedMoves):
    """Handlers of the form; mixed into the list of awards."""

    @expose("/new")
    @requires(MAKE)
    def choose(self) -> ResponseReturnValue:
        """Offer completed registrations that have no award yet."""
        words = request.args.get("q", "")[:100]
        title = gettext("Make an award")
        page = {
            "title": title,
            "text": gettext("Choose the completed registration on which it was achieved."),
            "crumbs": self.crumbs(title),
            "words": words,
            "rows": [
                {
                    "href": url_for("AwardsView.add", registration=each.id),
                    "icon": "user",
                    "label": each.person.full_name,
                    "note": f"{each.number}, {each.enrolment_number}, {each.scheme.name}",
                }
                for each in queries.completed_without_award(words, OFFERED)
            ],
            "most": OFFERED,
        }
        return str(self.render_template("awards/choose.html", page=page))

    @expose("/new/<row(Registration):registration>", methods=["GET", "POST"])
    @requires(MAKE)
    def add(self, registration: Registration) -> ResponseReturnValue:
        """Record what was achieved on a registration."""
        present = queries.awarded([registration.id]).get(registration.id)
        reason = making.refusal(registration, present)
        if reason is not None:
            flash(subjects.say(reason), "warning")
            return redirect(url_for("AwardsView.choose"))
        return self._award_form(registration, None)

    @expose("/<int:row>/edit", methods=["GET", "POST"])
    @requires(MAKE)
    def edit(self, row: int) -> ResponseReturnValue:
        """Change an award whose documents were not issued yet."""
        award = self.load(row)
        return self._award_form(award.registration, award)

    def _award_form(self, registration: Registration, award: Award | None) -> ResponseReturnValue:
        if request.method == "GET":
            return self._drawn_award(registration, award, _first(registration, award), {})
        raw = subjects.posted(AWARD, request.form)
        try:
            with saving():
                row_id = self._saved_award(registration, award, raw)
        except FieldErrors as error:
            return self._drawn_award(registration, award, raw, error.errors), error.status
        except StaleError as error:
            return self._drawn_award(registration, award, raw, {}, error), error.status
        except (ConflictError, NotSavedError) as error:
            return self._drawn_award(registration, award, raw, {"": error.text}), error.status
        flash(gettext("The award was saved."), "success")
        return redirect(url_for("AwardsView.show", row=row_id))

    def _saved_award(
        self, registration: Registration, award: Award | None, raw: Mapping[str, Any]
    ) -> int:
        reading = AWARD.read(raw, today())
        if award is not None:
            seen = request.form.get("version", 0, type=int)
            versions.refuse_stale(award, seen, AWARD.fields, reading.values)
        if reading.errors:
            raise FieldErrors(reading.errors)
        values = {name: value for name, value in reading.values.items() if value is not None}
        values.setdefault("components", ())
        if award is not None:
            plain = [each.plain() for each in values["components"]]
            texts = dict.fromkeys(("grade", "title_number", "level"), "")
            making.change_award(award, {**texts, "credits": None, **values, "components": plain})
            return int(award.id)
        draft = AwardDraft(registration_id=registration.id, **values)
        made, _ = registrations.do_once(
            request.form.get("once", ""), "make an award",
            lambda: str(making.make_awards([draft], at=now())[0]),
        )  # fmt: skip
        return int(made)

    def _drawn_award(
        self,
        registration: Registration,
        award: Award | None,
        raw: Mapping[str, Any],
        errors: Mapping[str, str],
        stale: StaleError | None = None,
    ) -> str:
        title = gettext("Make an award") if award is None else gettext("Change an award")
        name = registration.person.full_name
        hidden: tuple[str, Any] = ("once", request.form.get("once") or new_token())
        if award is not None:
            hidden = ("version", request.form.get("version", award.version))
            if stale is not None:
                hidden = ("version", award.version)
        page = {
            "title": f"{title}: {name}",
            "text": gettext(
                "Registration %(number)s, enrolment number %(enrolment)s",
                number=registration.number, enrolment=registration.enrolment_number,
            ),
            "crumbs": self.crumbs(title),
            "errors": subjects.summary(errors),
            "stale": subjects.both_versions(
                stale, gettext("Press SAVE again to put yours in place of theirs.")
            ),
            "groups": subjects.groups(AWARD, raw, errors),
            "submit": gettext("SAVE"),
            "cancel": url_for("AwardsView.list")
            if award is None
            else url_for("AwardsView.show", row=award.id),
            "hidden": [hidden],
        }  # fmt: skip
        return str(self.render_template("portal/form.html", page=page))


def _first(registration: Registration, award: Award | None) -> dict[str, Any]:
    """Return what the form shows at first: what documents would call it, or what stands there."""
    if award is not None:
        return subjects.stored(AWARD, award) | {"outcome": award.outcome}
    found = queries.registrations_for_awards([registration.id]).get(registration.id)
    if found is None:
        raise NotFoundError
    day = today()
    return {
        **making.title_of(found),
        "outcome": "pass",
        "awarded_on": (str(day.day), str(day.month), str(day.year)),
    }
