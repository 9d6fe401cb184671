"""Venues and dates of health and safety assessments: who keeps them, and who books (A5)."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext, ngettext
from sqlalchemy.orm import joinedload

from app.clock import now, start_of, today
from app.domain.kernel import audit
from app.domain.kernel.columns import row_id
from app.domain.kernel.fields import Subject
from app.domain.kernel.idempotency import new_token
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_
from app.domain.kernel.workflow import Move, Outcome
from app.domain.registrations import service as registrations
from app.domain.registrations.assessments import fields, queries, service
from app.domain.registrations.assessments.models import AssessmentSlot, AssessmentVenue
from app.domain.registrations.assessments.rules import OPEN, SLOT, SLOT_CANCELLED
from app.domain.registrations.assessments.service import SlotDraft
from app.errors import ConflictError, FieldErrors, NotSavedError, StaleError
from app.forms import subjects
from app.security.current import may
from app.security.guard import requires
from app.views import cells
from app.views.asked_moves import Ask, AskedMove, AskedMoves
from app.views.assessed import may_book
from app.views.base import Column, Filter, ListTab
from app.views.declared import address_of
from app.views.editing import EditableModelView
from app.views.history import timeline
from app.views.saving import saving

Drawn = list[dict[str, Any]]
KEEP = Permission.KEEP_ASSESSMENTS


class VenuesView(EditableModelView):
    """Where assessments are held, kept by the awarding body's staff."""

    datamodel = SQLAInterface(AssessmentVenue)
    route_base = "/assessments/venues"
    resource = "Assessments"
    permission = KEEP
    edit_permission = KEEP
    title = N_("Assessment venues")
    text = N_("Where health and safety assessments are held.")
    crumb = N_("Health and safety assessments")
    subject = fields.VENUE
    add_label = N_("Add a venue")
    edit_label = N_("Change a venue")
    has_record = False
    default_sort = "name"
    columns = (
        Column(N_("Name"), lambda v: cells.lead(v.name, sub=v.one_line), AssessmentVenue.name),
        Column(
            N_("New dates"),
            lambda v: cells.text(gettext("May be held here") if v.is_open else gettext("No more")),
        ),
    )

    def save(self, row: Any, values: Mapping[str, Any]) -> Any:
        """Save a venue."""
        return service.save_venue(row, values)


def _free(slot: AssessmentSlot) -> cells.Cell:
    words = gettext("%(free)s of %(places)s", free=slot.free, places=slot.places)
    return cells.Cell("number", words, value=slot.free)


def _venues() -> list[tuple[int, str]]:
    return [(venue.id, venue.name) for venue in queries.venues()]


REASON = Ask("reason", N_("Reason"), hint=N_("It stands in the letters to all who are booked"))
MOVES: Mapping[str, AskedMove] = {
    "cancel": AskedMove(
        "cancel",
        N_("Nobody can be booked any more. All who are booked get an email with the reason, and "
           "so does whoever booked them."),
        service.cancel_slots, "cancelled", (REASON,), stop=True,
    )
}  # fmt: skip


class SlotsView(AskedMoves):
    """Dates with their free places, of all venues, for everybody who may book or keep them."""

    datamodel = SQLAInterface(AssessmentSlot)
    route_base = "/assessments/dates"
    resource = "Applications"
    permission = Permission.VIEW_APPLICATIONS
    title = N_("Health and safety assessments")
    crumb = N_("Health and safety assessments")
    default_sort = "starts_at"
    eager = (joinedload(AssessmentSlot.venue),)
    workflow = SLOT
    moves = MOVES
    purpose = "assessment date"
    moves_permission = KEEP
    columns = (
        Column(N_("Date"), lambda s: cells.lead(s.when), AssessmentSlot.starts_at),
        Column(N_("Venue"), lambda s: cells.text(s.venue.name, sub=s.venue.one_line)),
        Column(N_("Free places"), _free),
        Column(N_("Bookings close"), lambda s: cells.moment(s.closes_at)),
        Column(N_("Status"), lambda s: cells.badge(s.standing(now()))),
    )
    tabs: ClassVar[tuple[ListTab, ...]] = (
        ListTab("coming", N_("From today"),
                (AssessmentSlot.state == OPEN.code) & queries.FROM_TODAY,
                text=N_("Dates on which people can be assessed, the next one first.")),
        ListTab("past", N_("Past"), (AssessmentSlot.state == OPEN.code) & queries.BEFORE_TODAY,
                title=N_("Past assessment dates"), default_sort="-starts_at"),
        ListTab("cancelled", N_("Cancelled"), AssessmentSlot.state == SLOT_CANCELLED.code,
                title=N_("Cancelled assessment dates"), default_sort="-starts_at"),
    )  # fmt: skip
    filters = (
        Filter("venue", N_("Venue"), "select", lambda v: AssessmentSlot.venue_id == row_id(v),
               lambda: [(str(key), name) for key, name in _venues()]),
        Filter("from", N_("From"), "date", lambda day: AssessmentSlot.starts_at >= start_of(day)),
        Filter("before", N_("Before"), "date",
               lambda day: AssessmentSlot.starts_at < start_of(day)),
        Filter("free", N_("Free places"), "yesno",
               lambda yes: (AssessmentSlot.taken < AssessmentSlot.places) if yes
               else AssessmentSlot.taken >= AssessmentSlot.places),
    )  # fmt: skip

    def row_name(self, row: AssessmentSlot) -> str:
        """Call a date by day, time and venue."""
        return str(row)

    def head_actions(self, tab: ListTab) -> Drawn:
        """Offer to book, or to add dates."""
        drawn: Drawn = []
        if may(KEEP):
            venues, add = url_for("VenuesView.list"), url_for("SlotsView.add")
            drawn.append({"label": gettext("Venues"), "icon": "map-pin", "href": venues})
            drawn.append({"label": gettext("Add dates"), "icon": "calendar-plus", "href": add,
                          "primary": True})  # fmt: skip
        if may_book():
            drawn.append({"label": gettext("Book an assessment"), "icon": "calendar-plus",
                          "href": url_for("BookingFormView.book"), "primary": True})  # fmt: skip
        return drawn

    def empty(self, tab: ListTab) -> dict[str, Any]:
        """Say who adds dates."""
        return {
            "icon": "calendar",
            "title": gettext("No dates here"),
            "text": gettext("The awarding body adds the dates on which people can be assessed."),
            "actions": self.head_actions(tab) if may(KEEP) else [],
        }

    def bulk(self, tab: ListTab) -> Drawn:
        """Let staff cancel several dates at once."""
        return self.bulk_of(("cancel",)) if tab.code == "coming" else []

    def row_actions(self, row: AssessmentSlot, tab: ListTab) -> Drawn:
        """Return what can be done with a date: book, or keep it."""
        return [
            {"icon": each["icon"], "label": each["label"], "href": each["href"], "method": "get",
             "stop": False, "dialog": None}
            for each in self._actions(row)
        ]  # fmt: skip

    def _actions(self, row: AssessmentSlot) -> Drawn:
        stands = row.standing(now())
        drawn: Drawn = []
        if stands is OPEN and may_book():
            drawn.append({"label": gettext("Book an assessment"), "icon": "calendar-plus",
                          "href": url_for("BookingFormView.book", slot=row.id)})  # fmt: skip
        if may(KEEP):
            sheet = url_for("BookingsView.list", tab="all", f_slot=row.id, sort="applicant_key")
            drawn.append({"label": gettext("Attendance sheet"), "icon": "clipboard-list",
                          "href": sheet})  # fmt: skip
            if row.state == OPEN.code and row.starts_at > now():
                href = address_of("SlotsView.edit", row.id)
                drawn.append({"label": gettext("Edit"), "icon": "pencil", "href": href})
        return [*drawn, *self.offered(row)]

    def record(self, row: AssessmentSlot) -> dict[str, Any]:
        """Return a date with its bookings: one's own, or for staff all of them."""
        actions = self._actions(row)
        if actions and may_book():
            actions[0] |= {"primary": row.standing(now()) is OPEN}
        facts = [
            (gettext("Date"), row.when),
            (gettext("Venue"), row.venue.name),
            (gettext("Address"), row.venue.one_line),
            (gettext("Free places"), _free(row).text),
            (gettext("Bookings close"), cells.moment(row.closes_at).text),
        ]
        if row.cancel_reason:
            facts.append((gettext("Reason"), row.cancel_reason))
        bookings = queries.bookings_of_slots([row])
        return {
            "title": str(row),
            "text": gettext("Health and safety assessment"),
            "badge": cells.badge(row.standing(now())),
            "actions": actions,
            "groups": [{"title": gettext("Details"), "pairs": facts}],
            "timeline": timeline(audit.history("assessment_slots", row.id), SLOT),
            "related": [
                {
                    "title": gettext("Bookings"),
                    "rows": [
                        {
                            "href": address_of("BookingsView.show", each.id),
                            "icon": "user",
                            "label": each.person.full_name,
                            "note": f"{each.number}, {each.provider.name}",
                            "state": cells.badge(each.state_shown),
                        }
                        for each in bookings
                    ],
                    "empty": gettext("Nobody of yours is booked on this date."),
                }
            ],
        }

    # What the page that asks says ----------------------------------------------------------------

    def sort_out(
        self, code: str, rows: Sequence[AssessmentSlot], seen: Mapping[int, int] | None
    ) -> Outcome[AssessmentSlot]:
        """Tell which dates can be cancelled."""
        return service.sort_out_slots(rows, seen)

    def counted(self, count: int) -> str:
        """Return "3 dates"."""
        return ngettext("%(num)d date", "%(num)d dates", count)

    def asked_title(self, declared: Move) -> str:
        """Return the title of the page that asks."""
        return gettext("Cancel assessment dates")

    def sub(self, row: AssessmentSlot) -> str:
        """Return how many people are booked."""
        return ngettext("%(num)d person booked", "%(num)d people booked", row.taken)

    # Added and changed by staff ------------------------------------------------------------------

    @expose("/add", methods=["GET", "POST"])
    @requires(KEEP)
    def add(self) -> ResponseReturnValue:
        """Add a date, or several a week apart."""
        return self._form(None)

    @expose("/<int:row>/edit", methods=["GET", "POST"])
    @requires(KEEP)
    def edit(self, row: int) -> ResponseReturnValue:
        """Change a date that has not begun."""
        return self._form(self.load(row))

    def _form(self, slot: AssessmentSlot | None) -> ResponseReturnValue:
        present = slot.venue if slot is not None else None
        venues = [(each.id, each.name) for each in queries.open_venues(present)]
        subject = fields.slot(venues, repeated=slot is None)
        if request.method == "GET":
            return self._drawn_form(slot, subject, _first(subject, slot), {})
        raw = subjects.posted(subject, request.form)
        try:
            words = self._saved(slot, subject, raw)
        except FieldErrors as error:
            return self._drawn_form(slot, subject, raw, error.errors), error.status
        except StaleError as error:
            return self._drawn_form(slot, subject, raw, {}, error), error.status
        except (ConflictError, NotSavedError) as error:
            return self._drawn_form(slot, subject, raw, {"": error.text}), error.status
        flash(words, "success")
        if slot is not None:
            return redirect(url_for("SlotsView.show", row=request.view_args["row"]))  # type: ignore[index]  # the address has it
        return redirect(url_for("SlotsView.list"))

    def _saved(self, slot: AssessmentSlot | None, subject: Subject, raw: Mapping[str, Any]) -> str:
        reading = subject.read(raw, today())
        if reading.errors:
            raise FieldErrors(reading.errors)
        draft = SlotDraft(**reading.values)
        with saving():
            if slot is not None:
                seen = request.form.get("version", 0, type=int)
                service.change_slot(slot, draft, seen, now())
                return gettext("The date was saved.")
            registrations.do_once(
                request.form.get("once", ""), "assessment dates",
                lambda: str(len(service.add_slots(draft, now()))),
            )  # fmt: skip
        return ngettext("%(num)d date was added.", "%(num)d dates were added.", draft.weeks)

    def _drawn_form(
        self,
        slot: AssessmentSlot | None,
        subject: Subject,
        raw: Mapping[str, Any],
        errors: Mapping[str, str],
        stale: StaleError | None = None,
    ) -> str:
        title = gettext("Add dates") if slot is None else gettext("Change %(date)s", date=slot)
        tell = gettext("Everybody who is booked gets an email when the venue or the time changes.")
        hidden = (
            ("once", request.form.get("once") or new_token())
            if slot is None
            else ("version", request.form.get("version", slot.version))
        )
        page = {
            "title": title,
            "text": None if slot is None else tell,
            "crumbs": self.crumbs(title),
            "errors": subjects.summary(errors),
            "stale": subjects.both_versions(
                stale, gettext("Press SAVE again to put yours in place of theirs.")
            ),
            "groups": subjects.groups(subject, raw, errors),
            "submit": gettext("SAVE"),
            "cancel": url_for("SlotsView.list")
            if slot is None
            else url_for("SlotsView.show", row=slot.id),
            "hidden": [hidden] if stale is None or slot is None else [("version", slot.version)],
        }
        return str(self.render_template("portal/form.html", page=page))


def _first(subject: Subject, slot: AssessmentSlot | None) -> dict[str, Any]:
    """Return what the form shows at first."""
    if slot is not None:
        return subjects.stored(subject, service.entered(slot))
    return {"closes_hours": "24", "weeks": "1", "places": "12"}
