"""Pending records: awards whose documents are not issued, or not all made, yet (D10)."""

from typing import Any, ClassVar

from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext
from sqlalchemy.orm import joinedload

from app.clock import start_of
from app.domain.awards import rules
from app.domain.awards.models import Award
from app.domain.awards.queries import records
from app.domain.awards.rules import OUTCOMES
from app.domain.kernel.permissions import Permission
from app.domain.kernel.search import Search
from app.domain.kernel.words import N_
from app.views import cells
from app.views.base import Column, Filter, ListTab, PortalModelView


def _result(award: Award) -> str:
    outcome = gettext(OUTCOMES[award.outcome])
    return f"{outcome}, {award.grade}" if award.grade else outcome


class PendingRecordsView(PortalModelView):
    """The awards of one's own learners that do not have all of their documents yet."""

    datamodel = SQLAInterface(Award)
    route_base = "/pending-records"
    resource = "Documents"
    permission = Permission.VIEW_DOCUMENTS
    title = N_("Pending records")
    crumb = N_("Pending records")
    has_record = False
    search = Search(Award, "search_text")
    default_sort = "-number"
    eager = (
        joinedload(Award.person),
        joinedload(Award.provider),
        joinedload(Award.registration),
    )
    base_where = (records.lacks_documents(),)
    columns = (
        Column(N_("Award"), lambda a: cells.number(a.number), Award.number),
        Column(
            N_("Student"),
            lambda a: cells.lead(a.person.full_name, sub=a.provider.name),
            Award.holder_key,
        ),
        Column(N_("Enrolment number"), lambda a: cells.text(a.registration.enrolment_number)),
        Column(N_("Qualification"), lambda a: cells.text(a.title, sub=a.title_number or None)),
        Column(N_("Result"), lambda a: cells.text(_result(a))),
        Column(N_("Awarded on"), lambda a: cells.day(a.awarded_on)),
        Column(N_("Status"), lambda a: cells.badge(records.pending_state(a))),
    )
    tabs: ClassVar[tuple[ListTab, ...]] = (
        ListTab("waiting", N_("Awaiting issue"), Award.state == rules.AWAITING_ISSUE.code,
                title=N_("Pending records: awaiting issue"),
                text=N_("The awarding body has recorded these awards and issues their documents "
                        "next. You need not do anything.")),
        ListTab("making", N_("Being made"), records.has_unmade(),
                title=N_("Pending records: documents being made"),
                text=N_("The documents were asked for. Each appears under Records as soon as it "
                        "is made.")),
        ListTab("all", N_("All"), title=N_("Pending records")),
    )  # fmt: skip
    filters = (
        Filter("enrolment", N_("Enrolment number"), "text", records.award_enrolled_as),
        Filter("from", N_("Made from"), "date", lambda day: Award.created_at >= start_of(day)),
        Filter("before", N_("Made before"), "date", lambda day: Award.created_at < start_of(day)),
    )

    def row_name(self, row: Award) -> str:
        """Call an award by its number and learner."""
        return f"{row.number} {row.person.full_name}"

    def empty(self, tab: ListTab) -> dict[str, Any]:
        """Say that nothing waits."""
        return super().empty(tab) | {
            "icon": "circle-check",
            "title": gettext("Nothing is pending"),
            "text": gettext("Every award of your learners has its documents, under Records."),
        }
