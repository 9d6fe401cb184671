"""Where uploads begin: Bulk Upload (A75, A76), Spreadsheet of standards (C35), of awards."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext

from app.clock import now
from app.domain.imports import queries, service
from app.domain.imports.models import Import
from app.domain.imports.rules import DISCARDED, OPEN
from app.domain.imports.targets import TARGETS, target_named
from app.domain.kernel.columns import row_id
from app.domain.kernel.idempotency import new_token
from app.domain.kernel.permissions import Permission
from app.errors import ConflictError, NotFoundError
from app.security import current, guard
from app.security.current import may
from app.views import imports_drawn as drawn
from app.views.base import PortalView
from app.views.imports_drawn import Drawn
from app.views.imports_files import begin, bring_into, brought
from app.views.imports_grid import back
from app.views.imports_guard import requires
from app.views.imports_words import APPLICATIONS, AWARDS, STANDARDS, WORDS
from app.views.saving import saving

LONGEST_NAME = 120


class ImportsView(PortalView):
    """The uploads of an organisation, and what one does first."""

    route_base = "/uploads"
    resource = "Applications"

    @expose("/")
    @guard.requires(Permission.VIEW_APPLICATIONS)
    def home(self) -> ResponseReturnValue:
        """Show where card applications are uploaded (A75)."""
        return self._home(APPLICATIONS)

    @expose("/standards")
    @guard.requires(Permission.VIEW_APPLICATIONS)
    def standards(self) -> ResponseReturnValue:
        """Show where registrations on standards are uploaded (C35, C36)."""
        return self._home(STANDARDS)

    @expose("/awards")
    @guard.requires(Permission.MAKE_AWARDS)
    def awards(self) -> ResponseReturnValue:
        """Show the awarding body's staff where awards are uploaded."""
        if not current.viewer().everything:
            raise NotFoundError
        return self._home(AWARDS)

    @expose("/open", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def open(self) -> ResponseReturnValue:
        """Open the newest draft, or a first one (A76)."""
        target = target_named(request.form.get("target", ""))
        with saving():
            upload_id = service.open_draft(target.code, now()).id
        return redirect(url_for("ImportGridView.grid", upload=upload_id), 303)

    @expose("/bring", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def bring(self) -> ResponseReturnValue:
        """Bring files into a new upload, or into one that was begun."""
        target = target_named(request.form.get("target", ""))
        files = brought()
        into = request.form.get("into", "")
        if into:
            upload = queries.find_import(row_id(into))
            if upload is None or upload.target != target.code:
                raise NotFoundError
        else:
            with saving():
                upload = begin(target.code, _name())
        bring_into(upload, files)
        return back(upload)

    @expose("/<row(Import):upload>/rename", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def rename(self, upload: Import) -> ResponseReturnValue:
        """Give an upload another name."""
        name = _name()
        if not name:
            raise ConflictError(gettext("Give the upload a name."))
        with saving():
            service.rename(upload, name, _version(), now())
        flash(gettext("The upload is called %(name)s now.", name=name), "success")
        return _back_home(upload)

    @expose("/<row(Import):upload>/discard", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def discard(self, upload: Import) -> ResponseReturnValue:
        """Discard a draft; it can be restored."""
        drawn.must_be_open(upload)
        with saving():
            service.discard(upload, _version(), now())
        return _back_home(upload, undo=upload.id)

    @expose("/<row(Import):upload>/restore", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def restore(self, upload: Import) -> ResponseReturnValue:
        """Bring a discarded draft back."""
        with saving():
            service.restore(upload, _version(), now())
        flash(gettext("%(name)s is back.", name=upload.name), "success")
        return _back_home(upload)

    def _home(self, target: str) -> str:
        words = WORDS[target]
        drafts = [each for each in queries.drafts(target) if each.state != DISCARDED.code]
        counted = queries.counts_of([each.id for each in drafts])
        may_fill = drawn.may_fill(target)
        page = {
            "title": gettext(words.home),
            "text": gettext(words.home_text),
            "crumbs": drawn.trail(target),
            "target": target,
            "may_fill": may_fill,
            "view": gettext(words.view),
            "newest": url_for("ImportGridView.grid", upload=drafts[0]) if drafts else None,
            "open": url_for("ImportsView.open"),
            "bring": url_for("ImportsView.bring"),
            "once": new_token(),
            "takes_photos": target == APPLICATIONS,
            "drafts": [_draft(each, counted[each.id], may_fill) for each in drafts],
            "undo": _undo(),
            "instructions": [gettext(each) for each in TARGETS[target].instructions]
            if target in TARGETS
            else [],
            "template": url_for("ImportSheetsView.template", target=target)
            if target in TARGETS
            else None,
        }
        return str(self.render_template("uploads/home.html", page=page))


def _draft(upload: Import, counted: Any, may_fill: bool) -> Drawn:
    opened = drawn.is_open(upload)
    return {
        "id": upload.id,
        "version": upload.version,
        "name": upload.name,
        "href": url_for("ImportGridView.grid", upload=upload),
        "who": upload.created_by.full_name,
        "changed": drawn.moment(upload.changed_at),
        "counted": drawn.counted_in_words(counted),
        "state": drawn.badge(upload.state_shown),
        "finaliser": upload.finaliser,
        "may_change": may_fill and opened,
        "may_resume": may_fill and upload.state == OPEN.code,
        "rename": url_for("ImportsView.rename", upload=upload),
        "discard": url_for("ImportsView.discard", upload=upload),
        "order": url_for("OrdersView.show", row=upload.order_id)
        if upload.order_id and may(Permission.VIEW_PURCHASES)
        else None,
    }


def _undo() -> Drawn | None:
    """Offer to restore the draft that was just discarded."""
    wanted = request.args.get("undo", "")
    upload = queries.find_import(row_id(wanted)) if wanted else None
    if upload is None or upload.state != DISCARDED.code or not drawn.may_fill(upload.target):
        return None
    return {
        "text": gettext("%(name)s was discarded.", name=upload.name),
        "href": url_for("ImportsView.restore", upload=upload),
        "pairs": [("version", upload.version)],
    }


def _back_home(upload: Import, **values: Any) -> ResponseReturnValue:
    endpoint = drawn.words_of(upload).endpoint
    return redirect(url_for(endpoint, **values), 303)


def _name() -> str:
    return request.form.get("name", "").strip()[:LONGEST_NAME]


def _version() -> int:
    return request.form.get("version", 0, type=int)
