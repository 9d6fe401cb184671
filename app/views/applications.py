"""Card applications: what requires attention, is on hold, being produced, completed."""

from typing import Any

from flask import url_for
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.domain.kernel.columns import row_id
from app.domain.kernel.permissions import Permission
from app.domain.kernel.search import Search
from app.domain.kernel.words import N_
from app.domain.registrations import rules
from app.domain.registrations.models import CardApplication, CardBatch
from app.domain.registrations.rules import APPLICATION, MUST_ACT, REQUESTS, Request
from app.security.current import may
from app.views import cells, purchase
from app.views.application_form import ApplicationForms
from app.views.application_record import ApplicationRecord, missing_labels
from app.views.assessed import book_ticked
from app.views.base import Column, Filter, ListTab
from app.views.declared import address_of

Drawn = list[dict[str, Any]]

REF = Column(N_("App. Ref"), lambda r: cells.number(r.number), CardApplication.number)
APPLICANT = Column(
    N_("Applicant"),
    lambda r: cells.lead(r.person.full_name, sub=r.provider.name),
    CardApplication.applicant_key,
)
KIND = Column(N_("App. Type"), lambda r: cells.text(gettext(REQUESTS[Request(r.kind)])))
OCCUPATION = Column(
    N_("Occupation"), lambda r: cells.text(r.occupation.name if r.occupation else None)
)
PHOTO = Column(
    N_("Photo"),
    lambda r: cells.mark(r.person.photo_id is not None, gettext("On record"), gettext("No photo")),
)
BATCH = Column(
    N_("Card Batch"),
    lambda r: cells.linked(
        r.batch.number if r.batch else None, address_of("CardBatchesView.show", r.batch_id or 0)
    ),
)
STATE = Column(N_("Status"), lambda r: cells.badge(r.state_shown))
REASON = Column(N_("What is missing"), lambda r: cells.text(r.hold_reason))
WHO = Column(
    N_("Who must act"),
    lambda r: cells.text(gettext(MUST_ACT[r.waits_for]) if r.waits_for else None),
)
COMPLETED = Column(N_("Completed"), lambda r: cells.day(r.completed_at))

MISSING = Column(N_("What is missing"), lambda r: cells.text(missing_labels(r)))

UNFINISHED = (REF, APPLICANT, KIND, OCCUPATION, MISSING, STATE)
WAITING = (REF, APPLICANT, KIND, OCCUPATION, PHOTO, STATE)
LATER = (REF, APPLICANT, KIND, OCCUPATION, BATCH, STATE)
OVER = (REF, APPLICANT, KIND, BATCH, COMPLETED, STATE)


def _in(*states: Any) -> Any:
    return CardApplication.state.in_([state.code for state in states])


class ApplicationsView(ApplicationForms, ApplicationRecord):
    """Card applications in the order in which one passes through them (A128 to A131, A9)."""

    datamodel = SQLAInterface(CardApplication)
    route_base = "/applications"
    resource = "Applications"
    permission = Permission.VIEW_APPLICATIONS
    title = N_("Applications")
    crumb = N_("Applications")
    search = Search(CardApplication, "search_text")
    search_hint = N_("Search by name, application or card number")
    default_sort = "-number"
    columns = WAITING
    eager = (
        joinedload(CardApplication.person),
        joinedload(CardApplication.provider),
        joinedload(CardApplication.occupation),
        joinedload(CardApplication.batch),
    )
    filters = (
        Filter("kind", N_("App. Type"), "select", lambda v: CardApplication.kind == v,
               lambda: [(each.value, gettext(REQUESTS[each])) for each in Request]),
        Filter("state", N_("Status"), "select", lambda v: CardApplication.state == v,
               lambda: [(each.code, gettext(each.label)) for each in APPLICATION.states]),
        Filter("batch", N_("Card Batch"), "text",
               lambda v: CardApplication.batch_id.in_(
                   select(CardBatch.id).where(CardBatch.number == row_id(v)))),
    )  # fmt: skip
    tabs = (
        ListTab("attention", N_("Requiring attention"), _in(*rules.UNFINISHED),
                title=N_("Applications Requiring Attention"),
                text=N_("Started, and in process of completion by your company."),
                columns=UNFINISHED),
        ListTab("ready", N_("Ready for ordering"), _in(rules.APPLICATION_READY),
                title=N_("Applications ready for ordering"),
                text=N_("Tick the applications to add to a purchase."), columns=WAITING),
        ListTab("ordered", N_("Awaiting Payment"), _in(rules.AWAITING_PAYMENT),
                title=N_("Applications awaiting payment"), columns=LATER),
        ListTab("hold", N_("On hold"), _in(rules.ON_HOLD), title=N_("Applications on hold"),
                text=N_("Each says what is missing and who must act."),
                columns=(REF, APPLICANT, KIND, REASON, WHO, STATE), default_sort="number"),
        ListTab("produced", N_("Being produced"), _in(*rules.IN_HAND),
                title=N_("Applications Being Produced"),
                text=N_("The processing team has them in hand, those that came first at the top."),
                columns=LATER, default_sort="number"),
        ListTab("completed", N_("Completed"), _in(rules.APPLICATION_COMPLETED),
                title=N_("Completed Applications"),
                text=N_("Completed applications remain visible for three months."), columns=OVER),
        ListTab("archived", N_("Archived"), _in(rules.APPLICATION_ARCHIVED),
                title=N_("Archived applications"), columns=OVER,
                text=N_("Completed more than three months ago.")),
        ListTab("all", N_("All"), title=N_("All applications"), columns=LATER),
    )  # fmt: skip

    def row_name(self, row: CardApplication) -> str:
        """Return the person's name, by which the row is called aloud."""
        return row.person.full_name

    def head_actions(self, tab: ListTab) -> Drawn:
        """Offer another application to those who may fill one in (A77)."""
        if not may(Permission.FILL_IN_APPLICATIONS):
            return []
        href, label = url_for(f"{self.endpoint}.add"), gettext("ADD APPLICATION")
        return [{"label": label, "href": href, "icon": "plus", "primary": True}]

    def empty(self, tab: ListTab) -> dict[str, Any]:
        """Say what to do first, where a tab is empty."""
        return {
            "icon": "id",
            "title": gettext("No applications here"),
            "text": gettext("Apply for a renewal or a replacement, or finalise a registration."),
            "actions": self.head_actions(tab) if tab.code == "attention" else [],
        }

    def row_actions(self, row: CardApplication, tab: ListTab) -> Drawn:
        """Return the next moves of one row."""
        own = self.edits(row) if row.registration_id is None else []
        return [
            {
                "icon": each["icon"], "label": each["label"], "href": each["href"],
                "method": "get", "stop": False, "dialog": None,
            }
            for each in [*own, *self.offered(row)][:3]
        ]  # fmt: skip

    def bulk(self, tab: ListTab) -> Drawn:
        """Return what may be done with ticked rows of ``tab``."""
        codes = {
            "attention": ("finalise", "cancel"),
            "ready": ("return_to_attention",),
            "hold": ("answer", "resume"),
            "produced": ("take", "prepare", "dispatch", "hold"),
        }.get(tab.code, ())
        drawn = self.bulk_of(codes)
        if tab.code == "attention":
            drawn += book_ticked("ApplicationsView")
        if tab.code == "ready" and not drawn and may(Permission.CREATE_PURCHASES):
            href = url_for("PurchasesView.submit")
            label, icon = gettext("SUBMIT PURCHASE"), "shopping-cart-plus"
            drawn.append({"label": label, "icon": icon, "href": href})
        return drawn

    def below(self, tab: ListTab) -> Markup | None:
        """Show the purchase panel below applications that are ready for ordering."""
        return purchase.panel(self) if tab.code == "ready" else None

    def enter(self, tab: ListTab) -> str | None:
        """Let Enter in the purchase panel submit the purchase, not the first bulk move."""
        if tab.code == "ready" and may(Permission.CREATE_PURCHASES):
            return url_for("PurchasesView.submit")
        return None
