"""Registers every page and every permission with Flask-AppBuilder."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import AppBuilder, BaseView, IndexView, expose

from app.domain.kernel.permissions import resources
from app.security import current
from app.security.guard import open_to_all
from app.views.api import api_of
from app.views.applications import ApplicationsView
from app.views.assessment_bookings import BookingsView
from app.views.assessment_form import BookingFormView
from app.views.assessment_slots import SlotsView, VenuesView
from app.views.awards import AwardsView
from app.views.base import PortalModelView
from app.views.batches import BatchesView
from app.views.bounces import BouncesView
from app.views.card_batches import CardBatchesView
from app.views.catalogue import PathwaysView, PricesView, ProductsView, SchemesView
from app.views.changing import ChangeOrderView
from app.views.dashboard import DashboardView
from app.views.designing import DesignView
from app.views.document_reports import ReportsView
from app.views.document_viewer import DocumentViewerView
from app.views.documents import DocumentsView
from app.views.downloads import DownloadsView
from app.views.exports import ExportsView
from app.views.help import HelpView
from app.views.import_photos import ImportPhotosView
from app.views.imports import ImportsView
from app.views.imports_answers import ImportAnswersView
from app.views.imports_files import ImportFilesView
from app.views.imports_finalise import ImportFinaliseView
from app.views.imports_grid import ImportGridView
from app.views.imports_rows import ImportRowsView
from app.views.imports_sheets import ImportSheetsView
from app.views.jobs_issued import JobDocumentsView, JobsIssuedView, PrintJobsView
from app.views.learner import LearnerView
from app.views.letters import LettersView
from app.views.notices import NoticesView
from app.views.notify import NotifyView
from app.views.orders import OrdersView
from app.views.organisations import OrganisationsView
from app.views.paper import PaperView
from app.views.payments import PaymentsView, WebhooksView
from app.views.pending_records import PendingRecordsView
from app.views.people import PeopleView
from app.views.permissions import PermissionsView
from app.views.published import PublishedView
from app.views.purchase import PurchasesView
from app.views.receipts import ReceiptsView
from app.views.records import RecordsView
from app.views.registrations import ApprenticesView, TraineesView
from app.views.saved_filters import SavedFiltersView
from app.views.signin import SignInView
from app.views.standards import StandardsView
from app.views.standards_catalogue import (
    CentreApprovalsView,
    PackagesView,
    StandardsCatalogueView,
    StandardVersionsView,
)
from app.views.verifications import VerificationsView


class HomeView(IndexView):
    """The root address: on to the dashboard, or to the door."""

    @expose("/")
    @open_to_all("sends people to their dashboard, or to sign in")
    def index(self) -> ResponseReturnValue:
        """Send the visitor where they belong."""
        if current.signed_in_user() is None:
            return redirect(url_for("SignInView.login"))
        return redirect(url_for("DashboardView.home"))


PAGES: tuple[type[BaseView], ...] = (
    SignInView,
    DashboardView,
    ApplicationsView,
    ImportsView,
    ImportGridView,
    ImportRowsView,
    ImportAnswersView,
    ImportFilesView,
    ImportFinaliseView,
    ImportSheetsView,
    ImportPhotosView,
    CardBatchesView,
    SlotsView,
    BookingsView,
    BookingFormView,
    VenuesView,
    ApprenticesView,
    TraineesView,
    StandardsView,
    BatchesView,
    HelpView,
    PeopleView,
    PermissionsView,
    OrganisationsView,
    ProductsView,
    PricesView,
    SchemesView,
    PathwaysView,
    StandardsCatalogueView,
    StandardVersionsView,
    PackagesView,
    CentreApprovalsView,
    AwardsView,
    DocumentsView,
    PaperView,
    DesignView,
    PublishedView,
    OrdersView,
    ChangeOrderView,
    PurchasesView,
    PaymentsView,
    WebhooksView,
    ReceiptsView,
    NoticesView,
    NotifyView,
    LearnerView,
    BouncesView,
    LettersView,
    JobsIssuedView,
    JobDocumentsView,
    PrintJobsView,
    PendingRecordsView,
    RecordsView,
    DocumentViewerView,
    ExportsView,
    DownloadsView,
    ReportsView,
    SavedFiltersView,
    VerificationsView,
)


def resource_views() -> list[type[BaseView]]:
    """Return a view without routes for each resource, so that FAB keeps its permissions.

    A permission that only stands in the database is deleted by ``fab security-cleanup``; every
    screen of a resource lists all of its permissions, since FAB deletes what one leaves out.
    """
    return [
        type(
            f"{resource}Resource",
            (BaseView,),
            {
                "class_permission_name": resource,
                "base_permissions": [p.fab_name for p in permissions],
                "route_base": f"/_{resource.lower()}",
                "__doc__": f"The permissions of {resource}.",
            },
        )
        for resource, permissions in resources().items()
    ]


def add_pages(pages: AppBuilder) -> None:
    """Give the portal its pages."""
    for view in (*resource_views(), *PAGES):
        added = pages.add_view_no_menu(view)
        if isinstance(added, PortalModelView):
            pages.add_view_no_menu(api_of(added))
