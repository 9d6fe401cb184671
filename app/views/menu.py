"""The blue toolbar, declared: an entry shows to those who may open its page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import url_for
from flask_babel import gettext

from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_


@dataclass(frozen=True)
class Entry:
    """A page of the menu; ``count`` names a figure of ``views.counts``."""

    label: str
    endpoint: str
    icon: str
    permission: Permission | None
    values: tuple[tuple[str, str], ...] = ()
    count: str | None = None


@dataclass(frozen=True)
class Tab:
    """A tab of the toolbar: one page, or a menu of several; ``also`` names views without entry."""

    label: str
    entries: tuple[Entry, ...]
    alone: bool = False
    also: tuple[str, ...] = ()


P = Permission

TABS = (
    Tab(N_("Dashboard"), (Entry(N_("Dashboard"), "DashboardView.home", "home", None),), True),
    Tab(
        N_("Applications"),
        (
            Entry(N_("Add application"), "ApplicationsView.add", "plus",
                  P.FILL_IN_APPLICATIONS),
            Entry(N_("Applications Requiring Attention"), "ApplicationsView.list", "flag",
                  P.VIEW_APPLICATIONS, (("tab", "attention"),)),
            Entry(N_("Applications on hold"), "ApplicationsView.list", "player-pause",
                  P.VIEW_APPLICATIONS, (("tab", "hold"),)),
            Entry(N_("Applications Being Produced"), "ApplicationsView.list", "printer",
                  P.VIEW_APPLICATIONS, (("tab", "produced"),)),
            Entry(N_("Completed Applications"), "ApplicationsView.list", "circle-check",
                  P.VIEW_APPLICATIONS, (("tab", "completed"),)),
            Entry(N_("Bulk Upload"), "ImportsView.home", "upload", P.VIEW_APPLICATIONS),
            Entry(N_("Card batches"), "CardBatchesView.list", "stack-2", P.VIEW_APPLICATIONS),
            Entry(N_("Health and safety assessments"), "SlotsView.list", "calendar-check",
                  P.VIEW_APPLICATIONS),
            Entry(N_("Assessment bookings"), "BookingsView.list", "clipboard-check",
                  P.VIEW_APPLICATIONS),
        ),
        also=("BookingFormView", "VenuesView", "ImportGridView", "ImportRowsView",
              "ImportFilesView", "ImportFinaliseView", "ImportPhotosView"),
    ),
    Tab(
        N_("Apprenticeships"),
        (
            Entry(N_("New Apprentice registration"), "ApprenticesView.add", "user-plus",
                  P.FILL_IN_APPLICATIONS),
            Entry(N_("Apprentice registrations requiring attention"), "ApprenticesView.list",
                  "flag", P.VIEW_APPLICATIONS, (("tab", "attention"),), "apprentices"),
            Entry(N_("Registrations ready for ordering"), "ApprenticesView.list",
                  "shopping-cart-plus", P.VIEW_APPLICATIONS, (("tab", "ready"),)),
            Entry(N_("Apprenticeships in progress"), "ApprenticesView.list", "progress",
                  P.VIEW_APPLICATIONS, (("tab", "progress"),)),
        ),
    ),
    Tab(
        N_("Trainees"),
        (
            Entry(N_("New Trainee registration"), "TraineesView.add", "user-plus",
                  P.FILL_IN_APPLICATIONS),
            Entry(N_("Trainee registrations requiring action"), "TraineesView.list",
                  "flag", P.VIEW_APPLICATIONS, (("tab", "attention"),), "trainees"),
            Entry(N_("Registrations ready for ordering"), "TraineesView.list",
                  "shopping-cart-plus", P.VIEW_APPLICATIONS, (("tab", "ready"),)),
            Entry(N_("Trainees in progress"), "TraineesView.list", "progress",
                  P.VIEW_APPLICATIONS, (("tab", "progress"),)),
        ),
    ),
    Tab(
        N_("Apprenticeship"),
        (
            Entry(N_("Registration: Batch"), "BatchesView.start", "users-plus",
                  P.FILL_IN_APPLICATIONS),
            Entry(N_("Registration: Spreadsheet"), "ImportsView.standards", "table-import",
                  P.VIEW_APPLICATIONS),
            Entry(N_("Standard registrations requiring attention"), "StandardsView.list", "flag",
                  P.VIEW_APPLICATIONS, (("tab", "attention"),)),
            Entry(N_("Standard registrations ready for ordering"), "StandardsView.list",
                  "shopping-cart-plus", P.VIEW_APPLICATIONS, (("tab", "ready"),)),
            Entry(N_("Standard registrations on order"), "StandardsView.list", "receipt",
                  P.VIEW_APPLICATIONS, (("tab", "ordered"),)),
            Entry(N_("Standards in progress"), "StandardsView.list", "progress",
                  P.VIEW_APPLICATIONS, (("tab", "progress"),)),
            Entry(N_("Completed standards"), "StandardsView.list", "circle-check",
                  P.VIEW_APPLICATIONS, (("tab", "completed"),)),
        ),
    ),
    Tab(
        N_("Documents"),
        (
            Entry(N_("Jobs Issued"), "JobsIssuedView.list", "stack-2", P.VIEW_DOCUMENTS),
            Entry(N_("Records"), "RecordsView.list", "certificate", P.VIEW_DOCUMENTS),
            Entry(N_("Pending records"), "PendingRecordsView.list", "clock", P.VIEW_DOCUMENTS),
            Entry(N_("Downloads"), "DownloadsView.list", "download", P.EXPORT_DOCUMENTS),
            Entry(N_("Learner notifications"), "NoticesView.list", "mail-share",
                  P.NOTIFY_LEARNERS),
            Entry(N_("Reported issues"), "ReportsView.list", "message-report",
                  P.VIEW_DOCUMENTS),
            Entry(N_("Awards awaiting issue"), "AwardsView.list", "award", P.MAKE_AWARDS),
            Entry(N_("Upload awards"), "ImportsView.awards", "table-import", P.MAKE_AWARDS),
            Entry(N_("All documents"), "DocumentsView.list", "files", P.ISSUE_DOCUMENTS,
                  (("tab", "all"),)),
            Entry(N_("Paper documents"), "PaperView.list", "printer", P.ISSUE_DOCUMENTS),
            Entry(N_("Document templates"), "DesignView.home", "template", P.EDIT_TEMPLATES),
            Entry(N_("Check documents"), "VerificationsView.list", "list-check",
                  P.VIEW_DOCUMENTS),
        ),
        also=("JobDocumentsView", "DocumentViewerView", "ExportsView", "PrintJobsView",
              "NotifyView"),
    ),
    Tab(
        N_("Orders"),
        (
            Entry(N_("Orders requiring attention"), "OrdersView.list", "credit-card",
                  P.VIEW_PURCHASES, (("tab", "attention"),), "orders"),
            Entry(N_("Orders being fulfilled"), "OrdersView.list", "package",
                  P.VIEW_PURCHASES, (("tab", "fulfilled"),)),
            Entry(N_("Financial History"), "OrdersView.list", "history",
                  P.VIEW_PURCHASES, (("tab", "history"),)),
            Entry(N_("Bank receipts"), "ReceiptsView.list", "building-bank",
                  P.ALLOCATE_RECEIPTS),
        ),
        also=("PaymentsView", "PurchasesView", "ChangeOrderView"),
    ),
    Tab(
        N_("Administration"),
        (
            Entry(N_("Employees"), "PeopleView.list", "users", P.VIEW_EMPLOYEES),
            Entry(N_("Organisation details"), "OrganisationsView.list", "building-cog",
                  P.EDIT_EMPLOYER),
            Entry(N_("Who may do what"), "PermissionsView.grid", "shield-cog",
                  P.CHANGE_PERMISSIONS),
            Entry(N_("Portal Icons Explained"), "PermissionsView.legend", "icons", None),
            Entry(N_("Letters"), "LettersView.list", "mail", P.READ_LETTERS),
            Entry(N_("Products"), "ProductsView.list", "package", P.EDIT_CATALOGUE),
            Entry(N_("Prices"), "PricesView.list", "currency-pound", P.EDIT_CATALOGUE),
            Entry(N_("Schemes"), "SchemesView.list", "certificate", P.EDIT_CATALOGUE),
            Entry(N_("Pathways"), "PathwaysView.list", "route", P.EDIT_CATALOGUE),
            Entry(N_("Apprenticeship standards"), "StandardsCatalogueView.list", "certificate-2",
                  P.EDIT_CATALOGUE),
            Entry(N_("Standard versions"), "StandardVersionsView.list", "versions",
                  P.EDIT_CATALOGUE),
            Entry(N_("Packages"), "PackagesView.list", "packages", P.EDIT_CATALOGUE),
            Entry(N_("Centre approvals"), "CentreApprovalsView.list", "building-community",
                  P.EDIT_CATALOGUE),
        ),
    ),
)  # fmt: skip


def tabs_for(
    may: Callable[[Permission], bool], here: str | None, counts: Callable[[], Mapping[str, int]]
) -> list[dict[str, object]]:
    """Return the tabs that whoever ``may`` open, reduced to what they may open.

    ``here`` is the endpoint of the present page; ``counts`` is asked only when an entry shows a
    figure.
    """
    shown: list[dict[str, object]] = []
    for tab in TABS:
        entries = [e for e in tab.entries if e.permission is None or may(e.permission)]
        if entries:
            shown.append(_drawn(tab, entries, here, counts))
    return shown


def _drawn(
    tab: Tab, entries: list[Entry], here: str | None, counts: Callable[[], Mapping[str, int]]
) -> dict[str, object]:
    return {
        "label": gettext(tab.label),
        "href": _address(entries[0]) if tab.alone else None,
        "current": _leads_to(tab, here or ""),
        "entries": [] if tab.alone else [_entry(e, counts) for e in entries],
    }


def _leads_to(tab: Tab, here: str) -> bool:
    """Tell whether a page is reached from a tab: by an entry of its own, or by its view."""
    if any(here == each.endpoint for other in TABS for each in other.entries):
        return any(here == each.endpoint for each in tab.entries)
    view = here.partition(".")[0]
    return view in tab.also or any(e.endpoint.partition(".")[0] == view for e in tab.entries)


@lru_cache(maxsize=64)
def _address(entry: Entry) -> str:
    """Return where an entry leads, which never changes while the portal runs."""
    values: dict[str, Any] = dict(entry.values)
    return url_for(entry.endpoint, **values)


def _entry(entry: Entry, counts: Callable[[], Mapping[str, int]]) -> dict[str, object]:
    count = counts().get(entry.count, 0) if entry.count else 0
    return {
        "label": gettext(entry.label),
        "href": _address(entry),
        "icon": entry.icon,
        "count": None if not count else "99+" if count > 99 else str(count),
    }
