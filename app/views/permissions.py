"""Portal Icons Explained, and who holds what in the active organisation."""

from typing import Any

from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext

from app.domain.kernel.permissions import STAFF, TENANT_GROUPS, Group, Permission
from app.security import access, current
from app.security.guard import for_signed_in, requires
from app.views.base import PortalView
from app.views.menu import TABS


def drawn(group: Group) -> dict[str, Any]:
    """Return a group in the shape of macros/permissions.html."""
    return {
        "label": gettext(group.label),
        "short": gettext(group.label).removeprefix("Full ").removesuffix(" Access"),
        "icon": group.icon,
        "sentence": gettext(group.sentence),
        "composite": group.composite,
        "parts": [
            {
                "code": part.code,
                "label": gettext(part.label),
                "icon": part.icon,
                "sentence": _sentence(part),
            }
            for part in group.parts
        ],
    }


def _sentence(part: Permission) -> str:
    pages = [gettext(e.label) for tab in TABS for e in tab.entries if e.permission is part]
    said = gettext(part.sentence)
    if not pages:
        return said
    return f"{said} {gettext('It opens: %(pages)s.', pages=', '.join(dict.fromkeys(pages)))}"


def _groups() -> list[dict[str, Any]]:
    staff = [STAFF] if current.viewer().everything else []
    return [drawn(group) for group in (*TENANT_GROUPS, *staff)]


class PermissionsView(PortalView):
    """The legend is for everybody; who holds what, for those who may change it."""

    resource = "Users"
    route_base = "/permissions"
    default_view = "legend"

    @expose("/")
    @for_signed_in
    def legend(self) -> ResponseReturnValue:
        """Explain every permission with its icon (A97 to A126)."""
        return self.render_template("permissions/legend.html", groups=_groups())

    @expose("/who/")
    @requires(Permission.CHANGE_PERMISSIONS)
    def grid(self) -> ResponseReturnValue:
        """Show who holds what in the active organisation."""
        people = [
            {
                "name": user.full_name,
                "initials": user.initials,
                "state": None,
                "held": access.codes(held),
            }
            for user, held in current.holders()
        ]
        return self.render_template("permissions/grid.html", groups=_groups(), people=people)
