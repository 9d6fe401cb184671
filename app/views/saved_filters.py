"""Filters saved under a name: every generated list offers them, each person keeps their own."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext

from app.clock import now
from app.domain.kernel import reading, saved_filters
from app.domain.kernel.columns import row_id
from app.domain.kernel.fields import Field, Subject
from app.domain.kernel.tables import SavedFilter
from app.domain.kernel.words import N_
from app.errors import FieldErrors, NotFoundError
from app.forms import subjects
from app.security.current import may
from app.security.guard import for_signed_in
from app.transaction import transaction
from app.views.base import PortalModelView, PortalView, fragment, list_called

NAMED = Subject("filter", (Field("name", N_("Name"), required=True),))


class SavedFiltersView(PortalView):
    """Saves what is asked of a list, and forgets it again."""

    resource = "Applications"
    route_base = "/saved-filters"

    @expose("/menu")
    @for_signed_in
    def menu(self) -> ResponseReturnValue:
        """Give the filters saved for a list, for its menu."""
        view = _list()
        return fragment("portal/_saved.html", rows=view.saved_rows(view.asked(request.args)))

    @expose("/new")
    @for_signed_in
    def new(self) -> ResponseReturnValue:
        """Ask for the name of a filter; with scripts a dialog of the list asks."""
        return self._form(_list(), {}, {})

    @expose("/", methods=["POST"])
    @for_signed_in
    def save(self) -> ResponseReturnValue:
        """Save what the form says is asked of a list."""
        view = _list()
        asked = view.asked(request.form)
        raw = subjects.posted(NAMED, request.form)
        try:
            with transaction():
                name = saved_filters.save(
                    type(view).__name__, raw["name"], view.keep(asked), now()
                ).name
        except FieldErrors as error:
            return self._form(view, raw, error.errors), error.status
        flash(gettext("The filter “%(name)s” was saved.", name=name), "success")
        return redirect(view.list_address(**asked.kept()), 303)

    @expose("/remove", methods=["POST"])
    @for_signed_in
    def remove(self) -> ResponseReturnValue:
        """Forget a filter of one's own."""
        view = _list()
        found: SavedFilter | None = reading.find(
            SavedFilter, request.form.get("saved", type=row_id) or 0
        )
        if found is None:
            raise NotFoundError
        name = found.name
        with transaction():
            saved_filters.remove(found)
        flash(gettext("The filter “%(name)s” was removed.", name=name), "success")
        return redirect(view.list_address(**view.asked(request.form).kept()), 303)

    def _form(
        self, view: PortalModelView, raw: Mapping[str, Any], errors: Mapping[str, str]
    ) -> str:
        title, kept = gettext("Save this filter"), view.asked(request.values).kept()
        page = {
            "title": title,
            "text": gettext("What you searched, filtered and sorted by is kept under this name, "
                            "for you alone."),
            "crumbs": view.crumbs(title),
            "errors": subjects.summary(errors),
            "groups": subjects.groups(NAMED, raw, errors),
            "hidden": [("list_of", type(view).__name__), *kept.items()],
            "action": url_for("SavedFiltersView.save"),
            "submit": gettext("Save"),
            "cancel": view.list_address(**kept),
        }  # fmt: skip
        return str(self.render_template("portal/form.html", page=page))


def _list() -> PortalModelView:
    """Return the list that a form is about; one that the reader may not open does not exist."""
    view = list_called(request.values.get("list_of", ""))
    if not may(view.permission):
        raise NotFoundError
    return view
