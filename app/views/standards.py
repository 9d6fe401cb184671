"""Registrations on apprenticeship standards: the lists by state, and the record of one."""

from typing import Any

from flask import url_for
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy.orm import joinedload

from app.domain.kernel import identifiers
from app.domain.kernel.permissions import Permission
from app.domain.kernel.search import Search
from app.domain.kernel.words import N_
from app.domain.registrations import rules
from app.domain.registrations.fields import WORDS, stage_text
from app.domain.registrations.models import Registration
from app.domain.registrations.queries import SHOWN_STATES
from app.domain.registrations.rules import Kind
from app.domain.registrations.standard_fields import FUNDING_CHOICES
from app.security.current import may
from app.views import cells, purchase
from app.views.base import Column, Filter, ListTab
from app.views.registration_moves import MOVES, RegistrationMoves
from app.views.registration_record import (
    RegistrationRecord,
    candidate_number,
    letters,
    personal,
)
from app.views.standard_form import StandardForms
from app.views.standard_reports import StandardReports

Drawn = list[dict[str, Any]]

NUMBER = Column(N_("Number"), lambda r: cells.number(r.number), Registration.number)
CANDIDATE = Column(
    N_("Candidate"),
    lambda r: cells.lead(r.person.full_name, sub=candidate_number(r.person)),
    Registration.applicant_key,
)
STANDARD = Column(N_("Standard"), lambda r: cells.text(r.scheme.name))
PACKAGE = Column(N_("Package"), lambda r: cells.text(r.package.code if r.package else None))
START = Column(N_("Start"), lambda r: cells.day(r.start_date), Registration.start_key)
END = Column(N_("Expected end"), lambda r: cells.day(r.expected_end_date))
STAGE = Column(N_("Stage"), lambda r: cells.number(stage_text(r.stage_number, r.stage_reached_on)))
STATE = Column(N_("State"), lambda r: cells.badge(r.state_shown))

COLUMNS = (NUMBER, CANDIDATE, STANDARD, PACKAGE, START, END, STATE)
ON_THE_WAY = (NUMBER, CANDIDATE, STANDARD, PACKAGE, START, END, STAGE)
WORD = WORDS[Kind.STANDARD]


def _in(tab: str) -> Any:
    return Registration.state.in_(SHOWN_STATES[tab])


class StandardsView(StandardForms, StandardReports, RegistrationMoves, RegistrationRecord):
    """Registrations on standards, in the order in which one passes through them."""

    kind = Kind.STANDARD
    datamodel = SQLAInterface(Registration)
    route_base = "/apprenticeship/standards"
    resource = "Applications"
    permission = Permission.VIEW_APPLICATIONS
    title = N_("Standard registrations")
    crumb = N_("Apprenticeship")
    search = Search(Registration, "search_text")
    search_hint = N_("Search by name, number or employer")
    default_sort = "-number"
    columns = COLUMNS
    eager = (
        joinedload(Registration.person),
        joinedload(Registration.scheme),
        joinedload(Registration.package),
    )
    base_where = (Registration.kind == Kind.STANDARD,)
    filters = (
        Filter("start_from", N_("Start date from"), "date", lambda v: Registration.start_key >= v),
        Filter("start_to", N_("Start date to"), "date", lambda v: Registration.start_key <= v),
        Filter("funding", N_("Funding Type"), "select", lambda v: Registration.funding_type == v,
               lambda: [(code, gettext(label)) for code, label in FUNDING_CHOICES]),
        Filter("state", N_("State"), "select", lambda v: Registration.state == v,
               lambda: [(each.code, gettext(each.label)) for each in rules.REGISTRATION.states]),
    )  # fmt: skip
    tabs = (
        ListTab("attention", N_("Requiring attention"), _in("attention"), title=WORD.attention,
                text=N_("Tick registrations to finalise several at once.")),
        ListTab("ready", N_("Ready for ordering"), _in("ready"),
                title=N_("Standard registrations ready for ordering"),
                text=N_("Tick the registrations to add to a purchase.")),
        ListTab("ordered", N_("On order"), _in("ordered"),
                title=N_("Standard registrations on order"),
                text=N_("They begin as soon as their order is paid.")),
        ListTab("progress", N_("In progress"), _in("progress"), title=WORD.in_progress,
                columns=ON_THE_WAY),
        ListTab("completed", N_("Completed"), _in("completed"),
                title=N_("Completed standard registrations")),
        ListTab("ended", N_("Withdrawn or cancelled"), _in("ended"),
                title=N_("Withdrawn or cancelled standard registrations")),
        ListTab("all", N_("All"), title=N_("All standard registrations"),
                text=N_("Search here when you do not know how far somebody is.")),
    )  # fmt: skip

    def row_name(self, row: Registration) -> str:
        """Return the person's name, by which the row is called aloud."""
        return row.person.full_name

    def head_actions(self, tab: ListTab) -> Drawn:
        """Offer a batch to those who may register."""
        if not may(Permission.FILL_IN_APPLICATIONS):
            return []
        href, label = url_for("BatchesView.start"), gettext("Register a batch")
        return [{"label": label, "href": href, "icon": "users-plus", "primary": True}]

    def row_actions(self, row: Registration, tab: ListTab) -> Drawn:
        """Return what may be done with one row."""
        if not may(Permission.FILL_IN_APPLICATIONS):
            return []
        moves = {"attention": ("finalise",), "ready": ("return_to_attention",)}.get(tab.code, ())
        drawn = [
            _icon(MOVES[code].icon, MOVES[code].label,
                  self.row_address(row, "ask_one", move=code))
            for code in moves
        ]  # fmt: skip
        if row.state in SHOWN_STATES["attention"] + SHOWN_STATES["ready"]:
            drawn.append(_icon("pencil", N_("Edit"), self.row_address(row, "edit")))
        drawn.append(_icon("message-report", N_("Report an error"),
                           self.row_address(row, "report")))  # fmt: skip
        return drawn

    def bulk(self, tab: ListTab) -> Drawn:
        """Return what may be done with ticked rows of ``tab``."""
        if not may(Permission.FILL_IN_APPLICATIONS):
            may_buy = tab.code == "ready" and may(Permission.CREATE_PURCHASES)
            label, href = gettext("SUBMIT PURCHASE"), url_for("PurchasesView.submit")
            return [{"label": label, "icon": "shopping-cart-plus", "href": href}] if may_buy else []
        codes = {
            "attention": ("finalise", "cancel"),
            "ready": ("return_to_attention",),
            "progress": ("complete", "withdraw"),
            "completed": ("resume",),
        }.get(tab.code, ())
        drawn: Drawn = [
            {"label": gettext(MOVES[code].label), "icon": MOVES[code].icon,
             "href": url_for(f"{self.endpoint}.ask", move=code), "primary": code == "finalise"}
            for code in codes
        ]  # fmt: skip
        if tab.code == "progress":
            href, label = url_for(f"{self.endpoint}.ask_stage"), gettext("Move to stage…")
            stage = {"label": label, "icon": "stairs-up", "href": href, "primary": True}
            drawn.insert(0, stage)
        return drawn

    def below(self, tab: ListTab) -> Markup | None:
        """Show the purchase panel below registrations that are ready for ordering."""
        return purchase.panel(self) if tab.code == "ready" else None

    def enter(self, tab: ListTab) -> str | None:
        """Let Enter in the purchase panel submit the purchase, not the first bulk move."""
        if tab.code == "ready" and may(Permission.CREATE_PURCHASES):
            return url_for("PurchasesView.submit")
        return None

    def empty(self, tab: ListTab) -> dict[str, Any]:
        """Say what to do first, where a tab is empty."""
        texts = {
            "attention": gettext("Registrations that wait for something appear here."),
            "ready": gettext("Registrations that no order holds appear here."),
            "ordered": gettext("Saving a batch raises an order; its registrations appear here."),
            "progress": gettext("Registrations appear here as soon as their order is paid."),
        }
        return {
            "icon": "certificate",
            "title": gettext("No registrations here"),
            "text": texts.get(tab.code, gettext("Registrations appear here when they end.")),
            "actions": self.head_actions(tab),
        }

    def record(self, row: Registration) -> dict[str, Any]:
        """Return what the record page shows of a registration on a standard."""
        found = super().record(row)
        found["text"] = gettext(
            "Registration %(number)s, %(standard)s", number=row.number, standard=row.scheme.name
        )
        groups = (
            (gettext(WORD.details), _details(row)),
            (gettext("Candidate"), [_number(row), *personal(row.person)]),
            (gettext(WORD.employer_details), _employer(row)),
            (gettext("Letters sent"), letters(row)),
        )
        found["groups"] = [{"title": title, "pairs": pairs} for title, pairs in groups if pairs]
        return found

    def _record_actions(self, row: Registration) -> Drawn:
        drawn = super()._record_actions(row)
        locked = row.state not in SHOWN_STATES["attention"] + SHOWN_STATES["ready"]
        edit = url_for(f"{self.endpoint}.edit", row=row.id)
        if locked:
            drawn = [each for each in drawn if each["href"] != edit]
        if may(Permission.FILL_IN_APPLICATIONS):
            href = url_for(f"{self.endpoint}.report", row=row.id)
            label = gettext("Report an error")
            drawn.append({"label": label, "href": href, "icon": "message-report"})
        return drawn


def _icon(icon: str, label: str, href: str) -> dict[str, Any]:
    return {"icon": icon, "label": gettext(label), "href": href, "method": "get", "stop": False,
            "dialog": None}  # fmt: skip


def _number(row: Registration) -> tuple[str, Any]:
    return gettext("Candidate Number"), candidate_number(row.person)


def _details(row: Registration) -> list[tuple[str, Any]]:
    funding = dict(FUNDING_CHOICES)
    return [
        (gettext("Standard"), row.scheme.name),
        (gettext("Package"), row.package.name if row.package else None),
        (gettext("Apprenticeship Start Date"), cells.day(row.start_date).text),
        (gettext("Apprenticeship Expected End Date"), cells.day(row.expected_end_date).text),
        (gettext("EPA Expected Start Date"), cells.day(row.assessment_start_date).text),
        (gettext("Funding Type"), gettext(funding[row.funding_type]) if row.funding_type else None),
        (gettext("Stage"), stage_text(row.stage_number, row.stage_reached_on)),
        (gettext("Batch"), str(row.batch.number) if row.batch else None),
        (gettext("Registered by"), row.provider.name),
        (gettext("Registered on"), cells.day(row.created_at).text),
    ]


def _employer(row: Registration) -> list[tuple[str, Any]]:
    phone = row.employer_phone
    return [
        (gettext("Employer ERN"), row.employer_ern),
        (gettext("Employer Company Name"), row.employer_name),
        (gettext("Employee Position"), row.employee_position),
        (gettext("Employer Postcode"), row.employer_postcode),
        (gettext("Employer Telephone"), identifiers.show_phone(phone) if phone else None),
    ]
