"""Lists of numbers that an organisation has checked: sent, followed, their sealed reports."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext

from app.clock import now
from app.domain.awards.verification import queries, service
from app.domain.awards.verification.models import VerificationRequest
from app.domain.awards.verification.rules import LOOKS
from app.domain.kernel.permissions import Permission
from app.domain.kernel.viewer import seen_by
from app.errors import ConflictError
from app.security import current
from app.security.guard import requires
from app.views.base import PortalView
from app.views.saving import saving
from app.views.verify.lists import allow_list, posted_list, report_of


class VerificationsView(PortalView):
    """Many documents checked at once by somebody signed in."""

    route_base = "/verifications"
    resource = "Documents"

    @expose("/")
    @requires(Permission.VIEW_DOCUMENTS)
    def list(self) -> ResponseReturnValue:
        """Show the lists of the organisation, and take another."""
        return self._form("", "")

    @expose("/", methods=["POST"])
    @requires(Permission.VIEW_DOCUMENTS)
    def send(self) -> ResponseReturnValue:
        """Have a list checked."""
        text, viewer = posted_list(), current.viewer()
        organisation_id = current.active_organisation_id()
        standing = current.standing()
        assert standing is not None
        email = standing.user.email
        try:
            numbers = service.read_list(text)
        except ConflictError as error:
            return self._form(text, error.text), 422
        allow_list(email, organisation_id, len(numbers))
        with seen_by(viewer), saving():
            asked = service.ask(
                numbers, email=email, organisation_id=organisation_id, user_id=viewer.user_id,
                at=now(),
            )  # fmt: skip
            number = asked.id
        return redirect(url_for("VerificationsView.show", asked=number), 303)

    def _form(self, typed: str, error: str) -> str:
        page = {
            "title": gettext("Check documents"),
            "text": gettext("Check up to 200 numbers at once: you get a dated report with our "
                            "seal."),
            "crumbs": [(gettext("Dashboard"), url_for("DashboardView.home")),
                       (gettext("Check documents"), None)],
            "lists": queries.lists_of(current.active_organisation_id()),
            "typed": typed,
            "error": error,
        }  # fmt: skip
        return self.render_template("verifications/list.html", page=page)

    @expose("/<row(VerificationRequest):asked>")
    @requires(Permission.VIEW_DOCUMENTS)
    def show(self, asked: VerificationRequest) -> ResponseReturnValue:
        """Show how far a list is, what was found, and its report."""
        page = {
            "title": gettext("List %(number)s", number=asked.id),
            "crumbs": [(gettext("Dashboard"), url_for("DashboardView.home")),
                       (gettext("Check documents"), url_for("VerificationsView.list")),
                       (gettext("List %(number)s", number=asked.id), None)],
            "looks": LOOKS,
        }  # fmt: skip
        return self.render_template("verifications/show.html", page=page, asked=asked)

    @expose("/<row(VerificationRequest):asked>/report.pdf")
    @requires(Permission.VIEW_DOCUMENTS)
    def report(self, asked: VerificationRequest) -> ResponseReturnValue:
        """Give the sealed report on a list."""
        return report_of(asked)
