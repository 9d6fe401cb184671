"""Changing a registration on a standard while no order holds it."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext

from app.clock import now, today
from app.domain.kernel.fields import Subject
from app.domain.kernel.permissions import Permission
from app.domain.registrations import queries
from app.domain.registrations.models import Registration
from app.domain.registrations.service import standard_changes
from app.domain.registrations.standard_fields import (
    DEFAULTS,
    EMPLOYER,
    PERSONAL,
    standard_registration,
)
from app.errors import ConflictError, FieldErrors, NotSavedError, StaleError
from app.forms import subjects
from app.security.current import may
from app.security.guard import requires
from app.views.base import PortalModelView
from app.views.saving import saving

KEPT = (ConflictError, NotSavedError)


class _Form:
    """The form of one registration between being opened and being saved."""

    def __init__(self, row: Registration) -> None:
        self.row = row
        standards, packages = queries.standard_choices(row.provider_id)
        mine = [each for each in standards if each.label == row.scheme.name]
        ids = {each.id for each in mine}
        self.whole = standard_registration(mine, [p for p in packages if p.standard_id in ids])
        self.standard = str(mine[0].id) if mine else ""
        self.errors: dict[str, str] = {}
        self.stale: StaleError | None = None
        self.raw: dict[str, Any] = {}
        self.versions = (row.version, row.person.version)

    @property
    def asks_person(self) -> bool:
        """Whether the candidate's own details are asked: by who may change them."""
        return may(Permission.CHANGE_EMPLOYEES)

    @property
    def subject(self) -> Subject:
        """The fields of the form."""
        names = (*(PERSONAL if self.asks_person else ()), "package", *DEFAULTS, *EMPLOYER)
        return Subject("standard registration", tuple(self.whole.field(name) for name in names))

    def begin(self) -> None:
        """Show what stands."""
        self.raw = subjects.stored(self.subject, self.row)
        self.raw |= {"package": self.row.package_id, "funding_type": self.row.funding_type}
        if self.asks_person:
            person = Subject("person", tuple(self.whole.field(name) for name in PERSONAL))
            self.raw |= subjects.stored(person, self.row.person)

    def take(self) -> None:
        """Take what was posted."""
        self.raw = subjects.posted(self.subject, request.form)
        self.versions = (
            request.form.get("version", 0, type=int),
            request.form.get("person_version", 0, type=int),
        )

    def read(self) -> Mapping[str, Any]:
        """Return what was typed; raise FieldErrors with every error."""
        known: dict[str, Any] = {"standard": self.standard}
        if not self.asks_person:
            person = Subject("person", tuple(self.whole.field(name) for name in PERSONAL))
            known |= subjects.stored(person, self.row.person)
        reading = self.whole.read({**known, **self.raw}, today())
        errors = {k: words for k, words in reading.errors.items() if k in self.subject.names}
        if errors:
            raise FieldErrors(errors)
        return reading.values


class StandardForms(PortalModelView):
    """The handler of the form; mixed into the list of registrations."""

    @expose("/<int:row>/edit", methods=["GET", "POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def edit(self, row: int) -> ResponseReturnValue:
        """Change a registration that is not ordered yet."""
        form = _Form(self.load(row))
        if request.method == "GET":
            form.begin()
            return self._edit_form(form)
        form.take()
        try:
            values = form.read()
            with saving():
                _save(form, values)
        except StaleError as error:
            form.stale = error
            form.versions = (form.row.version, form.row.person.version)
            return self._edit_form(form), error.status
        except FieldErrors as error:
            form.errors = error.errors
            return self._edit_form(form), error.status
        except KEPT as error:
            form.errors = {"": error.text}
            return self._edit_form(form), error.status
        flash(gettext("Registration %(number)s was saved.", number=form.row.number), "success")
        return redirect(url_for(f"{self.endpoint}.show", row=form.row.id))

    def _edit_form(self, form: _Form) -> str:
        title = gettext("Edit registration %(number)s", number=form.row.number)
        parts = (
            (gettext("Candidate"), PERSONAL),
            (gettext("Apprenticeship"), ("package", *DEFAULTS)),
            (gettext("Employer"), EMPLOYER),
        )
        groups = [
            {
                "legend": legend,
                "fields": [
                    subjects.drawn_field(form.subject.field(name), form.raw, form.errors,
                                         autocomplete="off")
                    for name in names
                    if name in form.subject.names
                ],
            }
            for legend, names in parts
        ]  # fmt: skip
        page = {
            "title": title,
            "text": f"{form.row.person.full_name}, {form.row.scheme.name}",
            "crumbs": self.crumbs(title),
            "errors": subjects.summary(form.errors),
            "stale": subjects.both_versions(
                form.stale, gettext("Press SAVE again to put yours in place of theirs.")
            ),
            "groups": [each for each in groups if each["fields"]],
            "hidden": [("version", form.versions[0]), ("person_version", form.versions[1])],
            "submit": gettext("SAVE"),
            "cancel": url_for(f"{self.endpoint}.show", row=form.row.id),
        }
        return str(self.render_template("portal/form.html", page=page))


def _save(form: _Form, values: Mapping[str, Any]) -> None:
    said = {name: values[name] for name in PERSONAL} if form.asks_person else None
    standard_changes.change_standard(
        form.row, form.subject, {name: values[name] for name in ("package", *DEFAULTS, *EMPLOYER)},
        form.versions[0], now(), person_values=said, person_version=form.versions[1],
    )  # fmt: skip
