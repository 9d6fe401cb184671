"""Document templates and settings, on plain pages for the awarding body's staff."""

import base64
from collections.abc import Mapping
from typing import Any

from flask import current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext

from app.clock import now, today
from app.documents import workshop
from app.documents.workshop import DocumentRefusedError
from app.domain.awards import queries
from app.domain.awards.fields import SETTINGS
from app.domain.awards.models import TemplateVersion
from app.domain.awards.rules import RECORD_TYPES, RecordType
from app.domain.awards.service import designing
from app.domain.kernel import versions
from app.domain.kernel.permissions import Permission
from app.errors import ConflictError, FieldErrors, NotFoundError, StaleError
from app.forms import subjects
from app.security.guard import requires
from app.transaction import transaction
from app.views import cells
from app.views.declared import PortalView
from app.views.saving import saving

EDIT = Permission.EDIT_TEMPLATES
LONGEST_NOTE = 200
Drawn = dict[str, Any]


class DesignView(PortalView):
    """What certificates, transcripts and letters look like: each version is kept."""

    resource = "Awards"
    route_base = "/document-templates"
    default_view = "home"

    @expose("/")
    @requires(EDIT)
    def home(self) -> ResponseReturnValue:
        """List the templates with their newest versions."""
        title = gettext("Document templates")
        newest = queries.newest_templates()
        rows = [
            {
                "href": url_for("DesignView.edit", form=each.value),
                "icon": "template",
                "label": gettext(RECORD_TYPES[each]),
                "note": _said(newest[each]),
            }
            for each in RecordType
            if each in newest
        ]
        page = {
            "title": title,
            "text": gettext("Documents that were issued never change with a template."),
            "crumbs": self._crumbs(title),
            "rows": rows,
            "settings": url_for("DesignView.settings"),
        }
        return str(self.render_template("awards/templates.html", page=page))

    @expose("/<string:form>")
    @requires(EDIT)
    def edit(self, form: str) -> ResponseReturnValue:
        """Show a template: the newest version, or an earlier one to go back to."""
        record_type = _type(form)
        kept = queries.versions_of(record_type)
        wanted = request.args.get("version", type=int)
        shown = next((each for each in kept if each.number == wanted), kept[0])
        return self._page(record_type, shown.source, "", None, {})

    @expose("/<string:form>", methods=["POST"])
    @requires(EDIT)
    def save(self, form: str) -> ResponseReturnValue:
        """Preview a template as it was typed, or save it as a new version."""
        record_type = _type(form)
        source = request.form.get("source", "").replace("\r\n", "\n")
        note = request.form.get("note", "").strip()[:LONGEST_NOTE]
        if not source.strip() or len(source) > designing.LONGEST:
            words = gettext("A template has 1 to %(most)s characters.", most=designing.LONGEST)
            return self._page(record_type, source, note, None, {"source": words}), 422
        try:
            pages = workshop.workshop_of(current_app.config).sample(record_type, source)
        except DocumentRefusedError as error:
            return self._page(record_type, source, note, None, {"source": str(error)}), 422
        if request.form.get("do") != "save":
            return self._page(record_type, source, note, pages, {})
        try:
            with transaction():
                seen = request.form.get("seen", 0, type=int)
                made = designing.save_template(record_type, source, note, seen=seen, at=now())
                number = made.number
        except ConflictError as error:
            errors = {"source": gettext(error.text)}
            return self._page(record_type, source, note, pages, errors), error.status
        flash(gettext("Version %(n)s was saved. Documents issued from now on are made by it.",
                      n=number), "success")  # fmt: skip
        return redirect(url_for("DesignView.edit", form=form))

    def _page(
        self,
        record_type: RecordType,
        source: str,
        note: str,
        pages: list[bytes] | None,
        errors: Mapping[str, str],
    ) -> str:
        kept = queries.versions_of(record_type)
        label = gettext(RECORD_TYPES[record_type])
        page = {
            "title": gettext("Template: %(type)s", type=label),
            "text": _said(kept[0]),
            "crumbs": [*self._crumbs(gettext("Document templates"), leads=True), (label, None)],
            "errors": subjects.summary(errors),
            "source": source,
            "note": note,
            "seen": request.form.get("seen", kept[0].number),
            "fields": [_source_field(source, errors), _note_field(note)],
            "pages": [
                "data:image/png;base64," + base64.b64encode(each).decode() for each in pages or ()
            ],
            "versions": [
                {
                    "href": url_for("DesignView.edit", form=record_type, version=each.number),
                    "icon": "history",
                    "label": gettext("Version %(n)s", n=each.number),
                    "note": f"{cells.moment(each.made_at).text}. {each.note}",
                }
                for each in kept
            ],
        }
        return str(self.render_template("awards/template.html", page=page))

    @expose("/settings", methods=["GET", "POST"])
    @requires(EDIT)
    def settings(self) -> ResponseReturnValue:
        """Change how documents are issued."""
        settings = queries.settings()
        if request.method == "GET":
            return self._settings_page(subjects.stored(SETTINGS, settings), {})
        raw = subjects.posted(SETTINGS, request.form)
        reading = SETTINGS.read(raw, today())
        try:
            seen = request.form.get("version", 0, type=int)
            versions.refuse_stale(settings, seen, SETTINGS.fields, reading.values)
            if reading.errors:
                raise FieldErrors(reading.errors)
            with saving():
                designing.change_settings(settings, reading.values)
        except FieldErrors as error:
            return self._settings_page(raw, error.errors), error.status
        except StaleError as error:
            return self._settings_page(raw, {}, error), error.status
        flash(gettext("The settings were saved."), "success")
        return redirect(url_for("DesignView.home"))

    def _settings_page(
        self, raw: Mapping[str, Any], errors: Mapping[str, str], stale: StaleError | None = None
    ) -> str:
        title = gettext("How documents are issued")
        present = queries.settings().version
        version = present if stale is not None else request.form.get("version", present)
        page = {
            "title": title,
            "text": gettext("What was issued before stays as it is."),
            "crumbs": [*self._crumbs(gettext("Document templates"), leads=True), (title, None)],
            "errors": subjects.summary(errors),
            "stale": subjects.both_versions(
                stale, gettext("Press SAVE again to put yours in place of theirs.")
            ),
            "groups": subjects.groups(SETTINGS, raw, errors),
            "submit": gettext("SAVE"),
            "cancel": url_for("DesignView.home"),
            "hidden": [("version", version)],
        }
        return str(self.render_template("portal/form.html", page=page))

    def _crumbs(self, title: str, *, leads: bool = False) -> list[tuple[str, str | None]]:
        return [
            (gettext("Dashboard"), url_for("DashboardView.home")),
            (gettext("Documents"), None),
            (title, url_for("DesignView.home") if leads else None),
        ]


def _type(form: str) -> RecordType:
    if form not in set(RecordType):
        raise NotFoundError
    return RecordType(form)


def _said(version: TemplateVersion) -> str:
    when = cells.moment(version.made_at).text
    return gettext("Version %(n)s, %(when)s", n=version.number, when=when)


def _source_field(source: str, errors: Mapping[str, str]) -> Drawn:
    return {
        "id": "source", "name": "source", "label": gettext("Template, in Typst"),
        "hint": gettext("It reads the frozen data and nothing else: no files, no packages."),
        "error": errors.get("source"), "value": source, "kind": "textarea", "required": True,
        "options": [], "rows": 28, "is_code": True,
    }  # fmt: skip


def _note_field(note: str) -> Drawn:
    return {
        "id": "note", "name": "note", "label": gettext("What was changed"), "hint": None,
        "error": None, "value": note, "kind": "text", "required": False, "options": [],
        "width": "40",
    }  # fmt: skip
