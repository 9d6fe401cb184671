"""Help: which senders to trust, how to report an error, and whom to ask."""

from flask import current_app, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext

from app.domain.catalogue import queries as catalogue
from app.domain.kernel.permissions import Permission
from app.letters.senders import every_sender
from app.security import current
from app.security.current import may
from app.security.guard import for_signed_in
from app.views.base import PortalView


class HelpView(PortalView):
    """The page behind the question mark of the toolbar (C9, C11, C12)."""

    route_base = "/help"
    resource = "Applications"

    @expose("/")
    @for_signed_in
    def help(self) -> ResponseReturnValue:
        """Say which senders to trust, how to report an error, and whom to ask."""
        page = {
            "title": gettext("Help"),
            "text": gettext("If you are having difficulties, write to the address below."),
            "crumbs": [(gettext("Dashboard"), url_for("DashboardView.home")),
                       (gettext("Help"), None)],
            "senders": every_sender(current_app.config),
            "standards_url": url_for("StandardsView.list", tab="all")
            if may(Permission.VIEW_APPLICATIONS)
            else None,
            "body": catalogue.contact_block(current.viewer().organisation_id),
        }  # fmt: skip
        return self.render_template("portal/help.html", page=page)
