"""Report an error in a registration: a letter to the awarding body, kept in the history (C12)."""

from collections.abc import Mapping

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext

from app.clock import now, today
from app.domain.kernel.fields import Field, Subject
from app.domain.kernel.idempotency import new_token
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_
from app.domain.registrations import service
from app.domain.registrations.models import Registration
from app.domain.registrations.service import standard_changes
from app.errors import ConflictError, FieldErrors, NotSavedError
from app.forms import subjects
from app.security.guard import requires
from app.views.base import PortalModelView
from app.views.saving import saving

REPORT = Subject(
    "report of an error",
    (
        Field("wrong", N_("What is wrong"), required=True, max_length=400, multiline=True,
              missing=N_("Say what is wrong, such as “Surname: Nowack”."),
              hint=N_("A name, its spelling, the date of birth, or anything else")),
        Field("right", N_("What would be right"), required=True, max_length=400, multiline=True,
              missing=N_("Say what would be right, such as “Surname: Nowak”.")),
    ),
)  # fmt: skip


class StandardReports(PortalModelView):
    """The handler of the form; mixed into the list of registrations."""

    @expose("/<int:row>/report", methods=["GET", "POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def report(self, row: int) -> ResponseReturnValue:
        """Say what is wrong and what would be right."""
        registration: Registration = self.load(row)
        if request.method == "GET":
            return self._report_form(registration, {}, {})
        raw = subjects.posted(REPORT, request.form)
        reading = REPORT.read(raw, today())
        if reading.errors:
            return self._report_form(registration, raw, reading.errors), FieldErrors.status

        def work() -> str:
            values = reading.values
            standard_changes.report_error(registration, values["wrong"], values["right"], now())
            return url_for(f"{self.endpoint}.show", row=registration.id)

        try:
            with saving():
                address, _ = service.do_once(request.form.get("once", ""), "report error", work)
        except (ConflictError, NotSavedError) as error:
            return self._report_form(registration, raw, {"": error.text}), error.status
        flash(gettext("The error was reported to the awarding body. It is kept in the timeline."),
              "success")  # fmt: skip
        return redirect(address)

    def _report_form(
        self, row: Registration, raw: Mapping[str, str], errors: Mapping[str, str]
    ) -> str:
        title = gettext("Report an error")
        page = {
            "title": f"{title}: {row.person.full_name}",
            "text": gettext(
                "Please report any errors (names, spelling, DOB etc) as candidates' details, as "
                "registered, will appear on certificates and ID cards."
            ),
            "crumbs": self.crumbs(title),
            "errors": subjects.summary(errors),
            "groups": subjects.groups(REPORT, raw, errors),
            "hidden": [("once", new_token())],
            "submit": gettext("Send to the awarding body"),
            "submit_icon": "send",
            "cancel": url_for(f"{self.endpoint}.show", row=row.id),
        }
        return str(self.render_template("portal/form.html", page=page))
