"""Generated add and edit forms: nothing typed is lost, whatever is refused."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext
from sqlalchemy import inspect

from app.clock import today
from app.domain.kernel import versions
from app.domain.kernel.fields import Subject
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_
from app.errors import ConflictError, FieldErrors, NotSavedError, StaleError
from app.forms import subjects
from app.security.current import may
from app.security.guard import guarded_by
from app.views.base import PortalModelView
from app.views.listing import ListTab
from app.views.saving import saving


class EditableModelView(PortalModelView, ABC):
    """A generated list whose rows may be added and changed through the subject's form."""

    subject: ClassVar[Subject]
    edit_permission: ClassVar[Permission]
    add_label: ClassVar[str | None] = None
    """What the button says that adds a row; None where rows are not added here."""
    edit_label: ClassVar[str]

    @abstractmethod
    def save(self, row: Any, values: Mapping[str, Any]) -> Any:
        """Add (``row`` None) or change a row by its service; return the row."""

    def more(self, row: Any) -> Mapping[str, Mapping[str, Any]]:
        """Return what single fields need besides: options of a look-up, an address."""
        return {}

    def head_actions(self, tab: ListTab) -> list[dict[str, Any]]:
        """Offer to add a row to those who may."""
        if self.add_label is None or not may(self.edit_permission):
            return []
        href = url_for(f"{self.endpoint}.add")
        label = gettext(self.add_label)
        return [{"label": label, "href": href, "icon": "plus", "primary": True}]

    def row_actions(self, row: Any, tab: ListTab) -> list[dict[str, Any]]:
        """Offer to change a row to those who may."""
        if not may(self.edit_permission):
            return []
        href = url_for(f"{self.endpoint}.edit", row=row.id)
        return [
            {"icon": "pencil", "label": gettext("Edit"), "href": href, "method": "get",
             "stop": False, "dialog": None}
        ]  # fmt: skip

    @expose("/add", methods=["GET", "POST"])
    @guarded_by("edit_permission")
    def add(self) -> ResponseReturnValue:
        """Add a row."""
        if self.add_label is None:
            return redirect(url_for(f"{self.endpoint}.list"))
        return self._form(None)

    @expose("/<int:row>/edit", methods=["GET", "POST"])
    @guarded_by("edit_permission")
    def edit(self, row: int) -> ResponseReturnValue:
        """Change a row."""
        return self._form(self.load(row))

    def _form(self, row: Any) -> ResponseReturnValue:
        if request.method == "GET":
            raw = {} if row is None else subjects.stored(self.subject, row)
            return self._drawn_form(row, raw, {})
        raw = subjects.posted(self.subject, request.form)
        try:
            saved = self._save(row, raw)
        except FieldErrors as error:
            return self._drawn_form(row, raw, error.errors), 422
        except StaleError as error:
            return self._drawn_form(row, raw, {}, error), error.status
        except (ConflictError, NotSavedError) as error:
            return self._drawn_form(row, raw, {"": error.text}), error.status
        flash(gettext("%(name)s was saved.", name=str(saved)), "success")
        return redirect(self.row_href(saved) or url_for(f"{self.endpoint}.list"))

    def _save(self, row: Any, raw: Mapping[str, Any]) -> Any:
        reading = self.subject.read(raw, today())
        self._refuse_stale(row, reading.values)
        if reading.errors:
            raise FieldErrors(reading.errors)
        with saving():
            return self.save(row, reading.values)

    def _refuse_stale(self, row: Any, values: Mapping[str, Any]) -> None:
        seen = request.form.get("version", type=int)
        if _version_of(row) is not None:
            versions.refuse_stale(row, seen or 0, self.subject.fields, values)

    def _drawn_form(
        self,
        row: Any,
        raw: Mapping[str, Any],
        errors: Mapping[str, str],
        stale: StaleError | None = None,
    ) -> str:
        title = gettext(self.edit_label if row is not None else self.add_label or N_("Add"))
        version = _version_of(row)
        page = {
            "title": f"{title}: {row}" if row is not None else title,
            "text": None,
            "crumbs": [*self.crumbs(title)[:-1], (title, None)],
            "errors": subjects.summary(errors),
            "stale": subjects.both_versions(
                stale, gettext("Press SAVE again to put yours in place of theirs.")
            ),
            "groups": subjects.groups(self.subject, raw, errors, self.more(row)),
            "submit": gettext("SAVE"),
            "cancel": (self.row_href(row) if row is not None else None)
            or url_for(f"{self.endpoint}.list"),
            "hidden": [] if version is None else [("version", version)],
        }
        return str(self.render_template("portal/form.html", page=page))


def _version_of(row: Any) -> int | None:
    """Return the version that counts the changes of a row, where its table counts them."""
    counter = None if row is None else inspect(type(row)).version_id_col
    return None if counter is None else getattr(row, counter.key)
