"""Apprentice and trainee registrations: the lists by state."""

from collections.abc import Callable
from typing import Any, ClassVar

from flask import url_for
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext
from markupsafe import Markup

from app.clock import today
from app.domain.kernel.permissions import Permission
from app.domain.kernel.search import Search
from app.domain.kernel.words import N_
from app.domain.kernel.workflow import Requirement
from app.domain.registrations import queries, rules
from app.domain.registrations.fields import WORDS, stage_text
from app.domain.registrations.models import Registration
from app.domain.registrations.queries import SHOWN_STATES
from app.domain.registrations.rules import Kind
from app.security.current import may
from app.views import cells
from app.views.assessed import book_ticked
from app.views.base import Column, Filter, ListTab, PortalModelView
from app.views.registration_form import RegistrationForms
from app.views.registration_moves import MOVES, RegistrationMoves
from app.views.registration_record import RegistrationRecord, facts_of

Drawn = list[dict[str, Any]]


def _required(row: Registration, requirement: Requirement, ok: str, no: str) -> cells.Cell:
    if requirement.code not in facts_of(row).codes:
        return cells.text(gettext("Not required"))
    return cells.mark(requirement.met(row), ok, no)


def _health_and_safety(row: Registration) -> cells.Cell:
    unanswered = row.health_and_safety is None
    no = gettext("Not answered") if unanswered else gettext("Not completed")
    return _required(row, rules.HEALTH_AND_SAFETY, gettext("H&S Module"), no)


def _photo(row: Registration) -> cells.Cell:
    return _required(row, rules.PHOTO, gettext("On record"), gettext("No photo"))


def _stage(row: Registration) -> cells.Cell:
    return cells.number(stage_text(row.stage_number, row.stage_reached_on))


def _new_stage(row: Registration) -> cells.Cell:
    endpoint = "ApprenticesView" if row.kind == Kind.APPRENTICE else "TraineesView"
    later = [number for number in facts_of(row).stages if number > row.stage_number]
    if not later or not may(Permission.FILL_IN_APPLICATIONS):
        return cells.text(gettext("Last stage") if not later else None)
    day = f"{today():%d/%m/%Y}"
    return cells.stages(
        "",
        [
            {
                "number": number,
                "action_url": url_for(f"{endpoint}.stage_today", row=row.id, number=number),
                "label": gettext("Stage %(number)s from %(day)s", number=number, day=day),
            }
            for number in later
        ],
    )


REG = Column(N_("Reg#"), lambda r: cells.number(r.number), Registration.number)
REF = Column(N_("Ref."), lambda r: cells.number(r.number), Registration.number)
APPLICANT = Column(
    N_("Applicant"),
    lambda r: cells.lead(r.person.full_name, sub=r.scheme.name),
    Registration.applicant_key,
)
NAME = Column(
    N_("Apprentice Name"), lambda r: cells.lead(r.person.full_name), Registration.applicant_key
)
TRAINEE_NAME = Column(
    N_("Trainee Name"), lambda r: cells.lead(r.person.full_name), Registration.applicant_key
)
HEALTH_AND_SAFETY = Column(N_("H&S"), _health_and_safety)
PHOTO = Column(N_("Photo"), _photo)
START = Column(N_("Start Date"), lambda r: cells.day(r.start_date), Registration.start_key)
STAGE = Column(N_("Stage"), _stage)
CONTACT = Column(N_("Office Contact"), lambda r: cells.text(r.office_contact))
SCHEME = Column(N_("Scheme"), lambda r: cells.text(r.scheme.name))
PATHWAY = Column(N_("Pathway"), lambda r: cells.text(r.pathway.name if r.pathway else None))
NEW_STAGE = Column(N_("New Stage"), _new_stage)
STATE = Column(N_("State"), lambda r: cells.badge(r.state_shown))

WAITING = (REG, APPLICANT, HEALTH_AND_SAFETY, PHOTO, START, STAGE, CONTACT)
READY = (REF, APPLICANT, HEALTH_AND_SAFETY, PHOTO, START, STAGE, CONTACT)
ELSEWHERE = (REG, APPLICANT, PATHWAY, START, STAGE, CONTACT, STATE)


def _in(tab: str) -> Any:
    return Registration.state.in_(SHOWN_STATES[tab])


def tabs_of(kind: Kind) -> tuple[ListTab, ...]:
    """Return the tabs of the lists, in the order in which a registration passes through them."""
    words = WORDS[kind]
    name = NAME if kind is Kind.APPRENTICE else TRAINEE_NAME
    attention = N_("Requiring attention") if kind is Kind.APPRENTICE else N_("Requiring action")
    return (
        ListTab("attention", attention, _in("attention"), title=words.attention,
                text=N_("Tick registrations to finalise several at once, or use the flag of one."),
                columns=WAITING),
        ListTab("ready", N_("Ready for ordering"), _in("ready"),
                title=N_("Registrations ready for ordering"),
                text=N_("Tick the registrations to add to a purchase."), columns=READY),
        ListTab("ordered", N_("On order"), _in("ordered"), title=N_("Registrations on order"),
                text=N_("They begin as soon as their order is paid."), columns=ELSEWHERE),
        ListTab("progress", N_("In progress"), _in("progress"), title=words.in_progress,
                columns=(name, SCHEME, START, STAGE, PATHWAY, NEW_STAGE),
                default_sort="applicant_key"),
        ListTab("completed", N_("Completed"), _in("completed"),
                title=N_("Completed registrations"), columns=ELSEWHERE),
        ListTab("ended", N_("Withdrawn or cancelled"), _in("ended"),
                title=N_("Withdrawn or cancelled registrations"), columns=ELSEWHERE),
        ListTab("all", N_("All"), title=N_("All registrations"),
                text=N_("Search here when you do not know how far somebody is."),
                columns=ELSEWHERE),
    )  # fmt: skip


def _states() -> list[tuple[str, str]]:
    return [(state.code, gettext(state.label)) for state in rules.REGISTRATION.states]


class RegistrationsView(RegistrationForms, RegistrationMoves, RegistrationRecord):
    """What the lists of apprentices and of trainees share."""

    datamodel = SQLAInterface(Registration)
    resource = "Applications"
    permission = Permission.VIEW_APPLICATIONS
    search = Search(Registration, "search_text")
    search_hint = N_("Search by name, number, employer or office contact")
    default_sort = "-number"
    columns = WAITING
    eager = queries.LISTED
    filters = (
        Filter("start_from", N_("Start date from"), "date", lambda v: Registration.start_key >= v),
        Filter("start_to", N_("Start date to"), "date", lambda v: Registration.start_key <= v),
        Filter("hs", N_("H&S completed"), "yesno", lambda v: Registration.health_and_safety.is_(v)),
        Filter("state", N_("State"), "select", lambda v: Registration.state == v, _states),
    )
    panels: ClassVar[dict[str, Callable[[PortalModelView], Markup | None]]] = {}
    """What other areas draw below a tab's table, inside its selection form, by tab."""

    def row_name(self, row: Registration) -> str:
        """Return the person's name, by which the row is called aloud."""
        return row.person.full_name

    def head_actions(self, tab: ListTab) -> Drawn:
        """Offer a new registration to those who may fill one in."""
        if not may(Permission.FILL_IN_APPLICATIONS):
            return []
        href = url_for(f"{self.endpoint}.add")
        label = gettext(WORDS[self.kind].new)
        return [{"label": label, "href": href, "icon": "user-plus", "primary": True}]

    def row_actions(self, row: Registration, tab: ListTab) -> Drawn:
        """Return the moves of one row: the flag finalises it (A32)."""
        if not may(Permission.FILL_IN_APPLICATIONS):
            return []
        moves = {"attention": ("finalise",), "ready": ("return_to_attention",)}.get(tab.code, ())
        drawn = [
            {
                "icon": MOVES[code].icon,
                "label": gettext(MOVES[code].label),
                "href": self.row_address(row, "ask_one", move=code),
                "method": "get",
                "stop": False,
                "dialog": None,
            }
            for code in moves
        ]
        if row.state not in SHOWN_STATES["completed"] + SHOWN_STATES["ended"]:
            href = self.row_address(row, "edit")
            drawn.append(
                {"icon": "pencil", "label": gettext("Edit"), "href": href, "method": "get",
                 "stop": False, "dialog": None}
            )  # fmt: skip
        return drawn

    def bulk(self, tab: ListTab) -> Drawn:
        """Return what may be done with ticked rows of ``tab``."""
        if not may(Permission.FILL_IN_APPLICATIONS):
            return self._purchases() if tab.code == "ready" else []
        if tab.code == "progress":
            href = url_for(f"{self.endpoint}.ask_stage")
            label = gettext("Move to stage…")
            first = [{"label": label, "icon": "stairs-up", "href": href, "primary": True}]
            return first + [self._bulk(code) for code in ("complete", "withdraw")]
        codes = {
            "attention": ("finalise", "cancel"),
            "ready": ("return_to_attention",),
            "completed": ("resume",),
        }
        drawn = [self._bulk(code) for code in codes.get(tab.code, ())]
        return [*drawn, *book_ticked(type(self).__name__)] if tab.code == "attention" else drawn

    @staticmethod
    def _purchases() -> Drawn:
        """Let those tick rows who may only buy: the panel below has the fields."""
        label, icon = gettext("SUBMIT PURCHASE"), "shopping-cart-plus"
        if may(Permission.CREATE_PURCHASES):
            return [{"label": label, "icon": icon, "href": url_for("PurchasesView.submit")}]
        if may(Permission.ADD_TO_PURCHASES):
            return [{"label": label, "icon": icon, "href": url_for("PurchasesView.add")}]
        return []

    def _bulk(self, code: str) -> dict[str, Any]:
        finalise = code == "finalise"
        label = WORDS[self.kind].finalise if finalise else MOVES[code].label
        return {
            "label": gettext(label),
            "icon": MOVES[code].icon,
            "href": url_for(f"{self.endpoint}.ask", move=code),
            "primary": finalise,
        }

    def below(self, tab: ListTab) -> Markup | None:
        """Return what another area shows below this tab, such as the purchase panel."""
        panel = self.panels.get(tab.code)
        return panel(self) if panel else None

    def enter(self, tab: ListTab) -> str | None:
        """Let Enter in the purchase panel submit the purchase, not the first bulk move."""
        if tab.code in self.panels and may(Permission.CREATE_PURCHASES):
            return url_for("PurchasesView.submit")
        return None

    def empty(self, tab: ListTab) -> dict[str, Any]:
        """Say what to do first, where a tab is empty."""
        texts = {
            "attention": gettext("Nothing waits to be finalised. New registrations appear here."),
            "ready": gettext("Finalise registrations; they appear here, ready for a purchase."),
            "ordered": gettext("Registrations appear here when you add them to a purchase."),
            "progress": gettext("Registrations appear here as soon as their order is paid."),
        }
        return {
            "icon": "id",
            "title": gettext("No registrations here"),
            "text": texts.get(tab.code, gettext("Registrations appear here when they end.")),
            "actions": self.head_actions(tab) if tab.code == "attention" else [],
        }


class ApprenticesView(RegistrationsView):
    """Apprentice registrations (A26 to A35, A69 to A74, A133, A134)."""

    kind = Kind.APPRENTICE
    route_base = "/apprenticeships"
    title = WORDS[Kind.APPRENTICE].tab
    crumb = WORDS[Kind.APPRENTICE].tab
    base_where = (Registration.kind == Kind.APPRENTICE,)
    tabs = tabs_of(Kind.APPRENTICE)


class TraineesView(RegistrationsView):
    """Trainee registrations (A73, A136)."""

    kind = Kind.TRAINEE
    route_base = "/trainees"
    title = WORDS[Kind.TRAINEE].tab
    crumb = WORDS[Kind.TRAINEE].tab
    base_where = (Registration.kind == Kind.TRAINEE,)
    tabs = tabs_of(Kind.TRAINEE)
