"""Bookings for assessments: a provider's own; for staff the attendance sheet of each date (A5)."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from flask import request, url_for
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext, ngettext
from sqlalchemy import select

from app.clock import now, start_of
from app.domain.kernel import audit
from app.domain.kernel.columns import row_id
from app.domain.kernel.fieldkinds import COVERED
from app.domain.kernel.permissions import Permission
from app.domain.kernel.search import Search
from app.domain.kernel.words import N_
from app.domain.kernel.workflow import Move, Outcome
from app.domain.people.models import Person
from app.domain.registrations.assessments import queries, rules, service
from app.domain.registrations.assessments.models import AssessmentBooking, AssessmentSlot
from app.domain.registrations.assessments.rules import BOOKING
from app.errors import NotFoundError
from app.security.current import may
from app.views import cells
from app.views.asked_moves import Ask, AskedMove, AskedMoves
from app.views.assessed import may_book
from app.views.assessment_slots import KEEP
from app.views.base import Column, Filter, ListTab
from app.views.declared import address_of
from app.views.history import timeline
from app.views.listing import Asked, Page
from app.views.registration_record import personal

Drawn = list[dict[str, Any]]


def slot_options() -> list[tuple[int, str]]:
    """Return the dates that take bookings, each with its free places, for a select."""
    return [(slot.id, slot_label(slot)) for slot in queries.bookable(now())]


def slot_label(slot: AssessmentSlot) -> str:
    """Return "12/01/2027 09:30, Leeds (3 free)"."""
    return gettext("%(date)s (%(free)s free)", date=str(slot), free=slot.free)


def read_slot(text: str) -> AssessmentSlot:
    """Return the date that was chosen; raise NotFoundError for none."""
    slot = queries.find_slot(row_id(text or "0"))
    if slot is None:
        raise NotFoundError
    return slot


def _wrong_slot(text: str) -> str | None:
    chosen = text in {str(key) for key, _ in slot_options()}
    return None if chosen else gettext("Choose a date that has free places.")


REASON = Ask("reason", N_("Reason"), hint=N_("It stands in the letter to the person"))
TO = Ask("slot", N_("New date"), _wrong_slot, slot_options, read_slot)

MOVES: Mapping[str, AskedMove] = {
    each.code: each
    for each in (
        AskedMove("attend", N_("The result can then be recorded."), service.attend, "attended"),
        AskedMove("miss", N_("They may be booked on another date."), service.miss, "missed"),
        AskedMove("pass", N_("The assessment stands on each person’s record for two years and "
                             "answers what waited for it. They and whoever booked them get an "
                             "email. This cannot be undone."), service.pass_, "passed"),
        AskedMove("fail", N_("They and whoever booked them get an email."), service.fail,
                  "missed"),
        AskedMove("move", N_("They keep their booking on the new date, and get an email."),
                  service.move_bookings, "booked", (TO,)),
        AskedMove("cancel", N_("Their places are free again, and they get an email."),
                  service.cancel_bookings, "cancelled", (REASON,), stop=True),
        AskedMove("reopen", N_("They count as booked again."), service.reopen, "booked"),
        AskedMove("retract", N_("They count as attended, without a result."), service.retract,
                  "attended"),
    )
}  # fmt: skip
BULK = {
    "booked": ("attend", "miss", "move", "cancel"),
    "attended": ("pass", "fail", "reopen"),
    "missed": ("reopen", "retract"),
    "all": ("attend", "miss", "pass", "fail", "move", "cancel"),
}


def _number(person: Person) -> str | None:
    whole = person.scheme_number is None or may(Permission.CHANGE_EMPLOYEES)
    return person.scheme_number if whole else COVERED


def _in(*states: Any) -> Any:
    return AssessmentBooking.state.in_([state.code for state in states])


def _slots() -> list[tuple[str, str]]:
    filtered = request.values.get("f_slot", type=row_id)
    return [(str(slot.id), str(slot)) for slot in queries.around(now(), filtered)]


def _at_venue(text: str) -> Any:
    of_venue = select(AssessmentSlot.id).where(AssessmentSlot.venue_id == row_id(text))
    return AssessmentBooking.slot_id.in_(of_venue)


class BookingsView(AskedMoves):
    """Who is booked on which date, and what became of it."""

    datamodel = SQLAInterface(AssessmentBooking)
    route_base = "/assessments/bookings"
    resource = "Applications"
    permission = Permission.VIEW_APPLICATIONS
    title = N_("Assessment bookings")
    crumb = N_("Assessment bookings")
    search = Search(AssessmentBooking, "search_text")
    search_hint = N_("Search by name, booking or card number")
    default_sort = "starts_at"
    eager = queries.LISTED
    workflow = BOOKING
    moves = MOVES
    purpose = "assessment booking"
    columns = (
        Column(
            N_("Person"),
            lambda b: cells.lead(b.person.full_name, sub=b.provider.name),
            AssessmentBooking.applicant_key,
        ),
        Column(N_("Booking"), lambda b: cells.number(b.number), AssessmentBooking.number),
        Column(N_("Card number"), lambda b: cells.text(_number(b.person))),
        Column(N_("Date"), lambda b: cells.moment(b.starts_at), AssessmentBooking.starts_at),
        Column(N_("Venue"), lambda b: cells.text(b.slot.venue.name)),
        Column(N_("Status"), lambda b: cells.badge(b.state_shown)),
    )
    tabs: ClassVar[tuple[ListTab, ...]] = (
        ListTab("booked", N_("Booked"), _in(rules.BOOKED),
                text=N_("Who is going to be assessed, the next date first.")),
        ListTab("attended", N_("Awaiting a result"), _in(rules.ATTENDED),
                title=N_("Assessments awaiting a result"), default_sort="-starts_at"),
        ListTab("passed", N_("Passed"), _in(rules.PASSED), title=N_("Passed assessments"),
                default_sort="-starts_at"),
        ListTab("missed", N_("Failed or not attended"), _in(rules.FAILED, rules.NOT_ATTENDED),
                title=N_("Assessments failed or not attended"), default_sort="-starts_at",
                text=N_("Book these people on another date.")),
        ListTab("cancelled", N_("Cancelled"), _in(rules.CANCELLED),
                title=N_("Cancelled bookings"), default_sort="-starts_at"),
        ListTab("all", N_("All"), title=N_("All assessment bookings"),
                default_sort="-starts_at"),
    )  # fmt: skip
    filters = (
        Filter("slot", N_("Date and venue"), "select",
               lambda v: AssessmentBooking.slot_id == row_id(v), _slots),
        Filter("venue", N_("Venue"), "select", _at_venue,
               lambda: [(str(venue.id), venue.name) for venue in queries.venues()]),
        Filter("from", N_("From"), "date",
               lambda day: AssessmentBooking.starts_at >= start_of(day)),
        Filter("before", N_("Before"), "date",
               lambda day: AssessmentBooking.starts_at < start_of(day)),
    )  # fmt: skip

    def row_name(self, row: AssessmentBooking) -> str:
        """Return the person's name, by which the row is called aloud."""
        return row.person.full_name

    def drawn(self, asked: Asked, page: Page) -> dict[str, Any]:
        """Head the bookings of one date as its attendance sheet, for those who keep it."""
        found = super().drawn(asked, page)
        chosen = row_id(asked.filters["slot"]) if "slot" in asked.filters and may(KEEP) else 0
        slot = queries.find_slot(chosen) if chosen else None
        if slot is not None:
            found["title"] = gettext("Attendance sheet: %(date)s", date=str(slot))
            found["text"] = gettext("%(free)s of %(places)s places are free.",
                                    free=slot.free, places=slot.places)  # fmt: skip
            found["crumbs"] = self.crumbs(found["title"])
        return found

    def head_actions(self, tab: ListTab) -> Drawn:
        """Offer another booking, and the dates."""
        dates = {"label": gettext("Dates"), "icon": "calendar", "href": url_for("SlotsView.list")}
        if not may_book():
            return [dates]
        book = {"label": gettext("Book an assessment"), "icon": "calendar-plus",
                "href": url_for("BookingFormView.book"), "primary": True}  # fmt: skip
        return [dates, book]

    def empty(self, tab: ListTab) -> dict[str, Any]:
        """Say what to do first."""
        return {
            "icon": "clipboard-check",
            "title": gettext("No bookings here"),
            "text": gettext("Choose a date with free places, and book people on it."),
            "actions": self.head_actions(tab)[::-1] if tab.code == "booked" else [],
        }

    def bulk(self, tab: ListTab) -> Drawn:
        """Return what may be done with ticked bookings of ``tab``."""
        return self.bulk_of(BULK.get(tab.code, ()))

    def offers(self, row: AssessmentBooking, code: str) -> bool:
        """Offer only what the time allows: attendance from the start on, changes before it."""
        begun = row.starts_at <= now()
        fits = {"attend": begun, "miss": begun, "move": not begun, "cancel": not begun}
        return fits.get(code, True) and super().offers(row, code)

    def row_actions(self, row: AssessmentBooking, tab: ListTab) -> Drawn:
        """Return the next moves of one booking."""
        return [
            each | {"method": "get", "stop": False, "dialog": None}
            for each in self.offered(row)[:3]
        ]

    def record(self, row: AssessmentBooking) -> dict[str, Any]:
        """Return what the record page shows of a booking."""
        details = [
            (gettext("Booking"), str(row.number)),
            (gettext("Date"), row.slot.when),
            (gettext("Venue"), row.slot.venue.name),
            (gettext("Address"), row.slot.venue.one_line),
            (gettext("Booked by"), row.provider.name),
        ]
        if row.cancel_reason:
            details.append((gettext("Reason"), row.cancel_reason))
        date = {
            "href": address_of("SlotsView.show", row.slot_id), "icon": "calendar",
            "label": str(row.slot), "state": cells.badge(row.slot.standing(now())),
        }  # fmt: skip
        return {
            "title": row.person.full_name,
            "text": gettext("Health and safety assessment, booking %(number)s", number=row.number),
            "badge": cells.badge(row.state_shown),
            "actions": self.offered(row),
            "next_step": _next_step(row),
            "groups": [
                {"title": gettext("Details"), "pairs": details},
                {"title": gettext("Person"), "pairs": personal(row.person)},
            ],
            "timeline": timeline(audit.history("assessment_bookings", row.id), BOOKING),
            "related": [{"title": gettext("Date"), "rows": [date]}],
        }

    # What the page that asks says ----------------------------------------------------------------

    def sort_out(
        self, code: str, rows: Sequence[AssessmentBooking], seen: Mapping[int, int] | None
    ) -> Outcome[AssessmentBooking]:
        """Tell which bookings can make a move."""
        return service.sort_out_bookings(code, rows, seen, now())

    def counted(self, count: int) -> str:
        """Return "3 bookings"."""
        return ngettext("%(num)d booking", "%(num)d bookings", count)

    def asked_title(self, declared: Move) -> str:
        """Return "Passed: assessment bookings"."""
        return gettext("%(move)s: assessment bookings", move=gettext(declared.label))

    def sub(self, row: AssessmentBooking) -> str:
        """Return the number and the date."""
        return f"{row.number}, {row.slot}"


def _next_step(row: AssessmentBooking) -> dict[str, Any] | None:
    state = row.state_shown
    keeper = gettext("You") if may(KEEP) else gettext("The awarding body")
    owner = row.provider.name if may(KEEP) else gettext("You")
    said = {
        rules.BOOKED.code: (gettext("Attend on %(when)s", when=row.slot.when),
                            row.person.full_name),
        rules.ATTENDED.code: (gettext("Record the result"), keeper),
        rules.NOT_ATTENDED.code: (gettext("Book another date"), owner),
        rules.FAILED.code: (gettext("Book another date"), owner),
    }.get(state.code)  # fmt: skip
    if row.state == rules.BOOKED.code and row.starts_at <= now():
        said = (gettext("Record who attended"), keeper)
    if said is None:
        return None
    again = row.state in (rules.NOT_ATTENDED.code, rules.FAILED.code) and may_book()
    book = {"label": gettext("Book an assessment"), "icon": "calendar-plus", "primary": True,
            "href": url_for("BookingFormView.book", person=row.person_id)}  # fmt: skip
    return {"tone": state.tone, "icon": state.icon, "title": said[0], "who": said[1], "text": "",
            "actions": [book] if again else []}  # fmt: skip
