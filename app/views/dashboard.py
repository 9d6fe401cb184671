"""The dashboard: what needs you, the year so far, recent letters, and where everything is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext

from app.clock import local, now, today
from app.domain.awards.queries import records
from app.domain.kernel import mailroom
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_
from app.domain.orders import overview
from app.domain.registrations import queries as registrations
from app.domain.registrations.rules import Kind
from app.security import current
from app.security.current import may
from app.security.guard import for_signed_in
from app.views import cells
from app.views.base import PortalView
from app.views.letters import about, title_of

Counts = dict[str, dict[str, int]]
DOCUMENTS = "documents"
"""Under this name the figures of documents stand among the counts."""
P = Permission


@dataclass(frozen=True)
class Tile:
    """A figure that leads to the list behind it, for those who may open the list."""

    permission: Permission
    count: Callable[[Counts], int]
    label: str
    note: str
    done: str
    icon: str
    endpoint: str
    tab: str
    besides: Permission | None = None
    """What one must hold besides, to do something with what is counted."""
    asks: bool = True
    """Whether what is counted asks for something; otherwise the figure only informs."""


TILES = (
    Tile(P.VIEW_APPLICATIONS, lambda c: c[Kind.APPRENTICE]["attention"],
         N_("Apprentice registrations"), N_("require attention"), N_("none requires attention"),
         "flag", "ApprenticesView.list", "attention"),
    Tile(P.VIEW_APPLICATIONS, lambda c: c[Kind.TRAINEE]["attention"],
         N_("Trainee registrations"), N_("require action"), N_("none requires action"),
         "flag", "TraineesView.list", "attention"),
    Tile(P.VIEW_APPLICATIONS, lambda c: c[Kind.APPRENTICE]["ready"],
         N_("Apprentice registrations"), N_("are ready for ordering"),
         N_("none waits to be ordered"), "shopping-cart-plus", "ApprenticesView.list", "ready"),
    Tile(P.VIEW_APPLICATIONS, lambda c: c[Kind.TRAINEE]["ready"],
         N_("Trainee registrations"), N_("are ready for ordering"),
         N_("none waits to be ordered"), "shopping-cart-plus", "TraineesView.list", "ready"),
    Tile(P.VIEW_APPLICATIONS, lambda c: c[registrations.CARDS]["attention"],
         N_("Card applications"), N_("require attention"), N_("none requires attention"),
         "id", "ApplicationsView.list", "attention"),
    Tile(P.VIEW_APPLICATIONS, lambda c: c[registrations.CARDS]["hold"],
         N_("Card applications on hold"), N_("wait for the organisation that applied"),
         N_("none waits for the organisation that applied"),
         "player-pause", "ApplicationsView.list", "hold"),
    Tile(P.VIEW_APPLICATIONS, lambda c: c[registrations.CARDS]["hold_staff"],
         N_("Card applications on hold"), N_("wait for the processing team"),
         N_("none waits for the processing team"),
         "player-pause", "ApplicationsView.list", "hold", P.PROCESS_APPLICATIONS),
    Tile(P.VIEW_APPLICATIONS, lambda c: c[registrations.CARDS]["to_take"],
         N_("Card applications"), N_("are to be taken in hand"), N_("all are in hand"),
         "printer", "ApplicationsView.list", "produced", P.PROCESS_APPLICATIONS),
    Tile(P.VIEW_DOCUMENTS, lambda c: c[DOCUMENTS]["waiting"],
         N_("Pending records"), N_("await issue, or are being made"), N_("nothing is pending"),
         "clock", "PendingRecordsView.list", "all", asks=False),
    Tile(P.VIEW_DOCUMENTS, lambda c: c[DOCUMENTS]["jobs"],
         N_("Jobs Issued"), N_("with all documents you were issued"), N_("nothing was issued yet"),
         "stack-2", "JobsIssuedView.list", "all", asks=False),
    Tile(P.VIEW_DOCUMENTS, lambda c: c[DOCUMENTS]["records"],
         N_("Records"), N_("can be viewed"), N_("nothing was issued yet"),
         "certificate", "RecordsView.list", "all", asks=False),
    Tile(P.EXPORT_DOCUMENTS, lambda c: c[DOCUMENTS]["downloads"],
         N_("Downloads"), N_("are ready to be fetched"), N_("nothing waits to be fetched"),
         "download", "DownloadsView.list", "all", asks=False),
    Tile(P.VIEW_DOCUMENTS, lambda c: c[DOCUMENTS]["reports"],
         N_("Reported issues"), N_("await an answer"), N_("none awaits an answer"),
         "message-report", "ReportsView.list", "open"),
    Tile(P.ISSUE_DOCUMENTS, lambda c: c[DOCUMENTS]["failed"],
         N_("Documents"), N_("could not be made"), N_("none has failed"),
         "alert-triangle", "JobDocumentsView.list", "failed"),
    Tile(P.VIEW_PURCHASES, lambda _: overview.orders_awaiting(),
         N_("Orders"), N_("await payment"), N_("none awaits payment"),
         "credit-card", "OrdersView.list", "attention"),
    Tile(P.ALLOCATE_RECEIPTS, lambda _: overview.receipts_to_allocate(),
         N_("Bank receipts"), N_("are to be allocated"), N_("all are allocated"),
         "building-bank", "ReceiptsView.list", "left"),
    Tile(P.READ_LETTERS, lambda _: overview.letters_not_delivered(),
         N_("Letters"), N_("were not delivered"), N_("all were delivered"),
         "mail-x", "LettersView.list", "failed"),
)  # fmt: skip


class DashboardView(PortalView):
    """The first page after signing in (A12, A13)."""

    resource = "Applications"
    route_base = "/dashboard"
    default_view = "home"

    @expose("/")
    @for_signed_in
    def home(self) -> ResponseReturnValue:
        """Show what needs whoever is signed in."""
        standing = current.standing()
        assert standing is not None
        place = standing.active
        page = {
            "greeting": _greeting(standing.user.first_name),
            "text": f"{_long_day()} · {place.name}" if place else _long_day(),
            "has_place": place is not None,
            "place": place.name if place else "",
            "tiles": _tiles() if place else [],
            "months": _months() if place and may(P.VIEW_APPLICATIONS) else [],
            "letters": _letters() if place else [],
            "letters_href": url_for("LettersView.list") if may(P.READ_LETTERS) else None,
            "actions": _actions(),
        }
        return self.render_template("dashboard/home.html", page=page)


def _greeting(name: str) -> str:
    hour = local(now()).hour
    if hour < 12:
        return gettext("Good morning, %(name)s", name=name)
    if hour < 18:
        return gettext("Good afternoon, %(name)s", name=name)
    return gettext("Good evening, %(name)s", name=name)


def _long_day() -> str:
    day = today()
    return f"{day:%A} {day.day} {day:%B} {day.year}"


def _tiles() -> list[dict[str, Any]]:
    shown = [
        tile
        for tile in TILES
        if may(tile.permission)
        and (tile.besides is None or may(tile.besides))
        and tile.endpoint in current_app.view_functions
    ]
    counts: Counts = (
        registrations.counts() if any(t.permission is P.VIEW_APPLICATIONS for t in shown) else {}
    )
    if any(t.permission is P.VIEW_DOCUMENTS for t in shown):
        counts = {**counts, DOCUMENTS: records.counts()}
    return [_tile(tile, tile.count(counts)) for tile in shown]


def _tile(tile: Tile, count: int) -> dict[str, Any]:
    return {
        "figure": f"{overview.MOST}+" if count > overview.MOST else str(count),
        "label": gettext(tile.label),
        "note": gettext(tile.note if count else tile.done),
        "icon": tile.icon if count or not tile.asks else "circle-check",
        "tone": ("todo" if count else "ok") if tile.asks else "work",
        "href": url_for(tile.endpoint, tab=tile.tab),
    }


def _months() -> list[dict[str, Any]]:
    months = overview.registered_by_month(today())
    return [
        {"name": f"{each.first:%b %Y}", "apprentices": each.apprentices, "trainees": each.trainees}
        for each in months
    ]


def _letters() -> list[dict[str, Any]]:
    drawn = []
    for letter in mailroom.recent():
        state = mailroom.STATES[letter.state]
        drawn.append(
            {
                "title": title_of(letter),
                "about": about(letter),
                "to": letter.to_name or letter.to_email,
                "when": cells.moment(letter.created_at).text,
                "iso": letter.created_at.isoformat(),
                "href": url_for("LettersView.show", row=letter.id) if may(P.READ_LETTERS) else None,
                "state": {"tone": state.tone, "icon": state.icon, "label": gettext(state.label)},
            }
        )
    return drawn


def _actions() -> list[dict[str, Any]]:
    wanted = (
        (N_("New Trainee registration"), "TraineesView.add", False),
        (N_("New Apprentice registration"), "ApprenticesView.add", True),
    )
    return [
        {
            "label": gettext(label),
            "icon": "user-plus",
            "href": url_for(endpoint),
            "primary": primary,
        }
        for label, endpoint, primary in wanted
        if may(P.FILL_IN_APPLICATIONS) and endpoint in current_app.view_functions
    ]
