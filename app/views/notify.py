"""Notifying learners: the box of one learner, and the page that notifies all of a job."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext, ngettext

from app.clock import now, today
from app.domain.awards.models import IssuedDocument, Notice, PrintJob
from app.domain.awards.queries import notices
from app.domain.awards.queries.notices import Told
from app.domain.awards.service import notifying
from app.domain.awards.service.notifying import (
    AddressDiffersError,
    NotifiedLatelyError,
    Wish,
)
from app.domain.kernel.fields import Field, FieldError
from app.domain.kernel.idempotency import new_token
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_
from app.domain.people.fields import PERSON
from app.errors import ConflictError, StaleError
from app.forms import subjects
from app.forms.subjects import say
from app.security.guard import requires
from app.transaction import transaction
from app.views import cells
from app.views.base import PortalView, fragment
from app.views.notified import shown_address

Drawn = dict[str, Any]
EMAIL: Field = replace(
    next(each for each in PERSON.fields if each.name == "email"), required=True,
    missing=N_("Enter the address to which the learner is written."),
)  # fmt: skip
LISTED = 200
"""Learners of each kind whom the page about everybody names."""


class NotifyView(PortalView):
    """Tells learners that their documents were issued (D46 to D50)."""

    route_base = "/notify"
    resource = "Documents"

    # One learner -------------------------------------------------------------------------------

    @expose("/documents/<row(IssuedDocument):document>", methods=["GET", "POST"])
    @requires(Permission.NOTIFY_LEARNERS)
    def document(self, document: IssuedDocument) -> ResponseReturnValue:
        """Notify the learner of a document of all their documents in its job."""
        return self._one(document.job_id, document.registration_id)

    @expose("/notices/<row(Notice):notice>", methods=["GET", "POST"])
    @requires(Permission.NOTIFY_LEARNERS)
    def notice(self, notice: Notice) -> ResponseReturnValue:
        """Notify a learner again (D53)."""
        return self._one(notice.job_id, notice.registration_id)

    def _one(self, job_id: int, registration_id: int) -> ResponseReturnValue:
        told = notifying.learner(job_id, registration_id)
        if request.method == "GET":
            return self._box(told, {})
        try:
            wish = _wish(told)
        except FieldError as error:
            return self._box(told, {"email": error.words}, entered=_typed()), 422
        name = told.person.full_name
        try:
            with transaction():
                token = request.form.get("once", "")
                is_new = notifying.notify(job_id, registration_id, wish, token, at=now())
        except (AddressDiffersError, NotifiedLatelyError) as error:
            again = notifying.learner(job_id, registration_id)
            return self._box(again, {}, entered=_typed(), asks=error), 409
        except StaleError as error:
            again = notifying.learner(job_id, registration_id)
            return self._box(again, {}, entered=_typed(), stale=error), 409
        except ConflictError as error:
            again = notifying.learner(job_id, registration_id)
            return self._box(again, {"email": error.text}, entered=_typed()), 409
        if is_new:
            flash(gettext("%(name)s is being notified by email.", name=name), "success")
        else:
            flash(gettext("This was done already. Nothing was done twice."), "info")
        return _done()

    def _box(
        self,
        told: Told,
        errors: Mapping[str, str],
        *,
        entered: str | None = None,
        asks: AddressDiffersError | NotifiedLatelyError | None = None,
        stale: StaleError | None = None,
    ) -> Response | str:
        box = _drawn(told, errors, entered, asks, stale)
        if _is_fragment():
            return fragment("notices/_box.html", box=box)
        return str(self.render_template("notices/notify.html", box=box))

    # Everybody of a job ------------------------------------------------------------------------

    @expose("/jobs/<row(PrintJob):job>", methods=["GET", "POST"])
    @requires(Permission.NOTIFY_LEARNERS)
    def everybody(self, job: PrintJob) -> ResponseReturnValue:
        """Notify every learner of a job who was not notified yet."""
        if request.method == "GET":
            if notices.underway(notifying.NOTIFYING, notifying.key_of(job.id)) is not None:
                return redirect(url_for("NotifyView.progress", job=job.id), 303)
            return self._all_page(job)
        job_id = job.id
        with transaction():
            token = request.form.get("once", "")
            count, later = notifying.notify_all(job, token, at=now())
        if later:
            return redirect(url_for("NotifyView.progress", job=job_id), 303)
        words = ngettext("%(num)d learner is being notified by email.",
                         "%(num)d learners are being notified by email.", count)  # fmt: skip
        flash(words, "success" if count else "info")
        return redirect(url_for("NoticesView.list", f_job=job_id), 303)

    @expose("/jobs/<row(PrintJob):job>/progress")
    @requires(Permission.NOTIFY_LEARNERS)
    def progress(self, job: PrintJob) -> ResponseReturnValue:
        """Say how far the worker is; once it is done, lead on to the notices of the job."""
        work = notices.underway(notifying.NOTIFYING, notifying.key_of(job.id))
        if work is None:
            return _lead_on(url_for("NoticesView.list", f_job=job.id))
        progress = {
            "url": url_for("NotifyView.progress", job=job.id),
            "words": gettext("Learners are being notified"),
            "done": work.done,
            "total": work.total or len(work.payload["registrations"]),
        }
        if _is_fragment():
            return fragment("uploads/_progress_bar.html", progress=progress)
        page = {
            "title": gettext("Notify all"),
            "text": gettext("You may leave this page: it goes on by itself."),
            "crumbs": _crumbs(gettext("Notify all")),
        }
        return self.render_template("notices/notifying.html", page=page, progress=progress)

    def _all_page(self, job: PrintJob) -> str:
        found = notifying.everybody(job.id)
        page = {
            "title": gettext("Notify all learners of a job"),
            "text": job.reference,
            "crumbs": _crumbs(gettext("Notify all")),
            "happens": _happens(len(found.ready)),
            "groups": [
                *_group("ok", gettext("To be notified"), found.ready, with_address=True),
                *_group("todo", gettext("Without an address"), found.without,
                        gettext("No address on record: enter it first."),
                        gettext("Enter the address")),
                *_group("stop", gettext("Whose last letter did not arrive"), found.returned,
                        gettext("Their address is still the same: correct it first."),
                        gettext("Correct the address")),
                *_group("off", gettext("Notified already"), found.told, with_address=True),
            ],
            "hidden": [("once", new_token())],
            "submit": gettext("Notify all") if found.ready else None,
            "submit_icon": Permission.NOTIFY_LEARNERS.icon,
            "cancel": {"label": gettext("CANCEL"), "href": url_for("NoticesView.list")},
        }  # fmt: skip
        return str(self.render_template("portal/confirm.html", page=page))


# What was typed ------------------------------------------------------------------------------


def _typed() -> str | None:
    return request.form["email"].strip() if "email" in request.form else None


def _wish(told: Told) -> Wish:
    """Return what the box asks for; raise FieldError for what is no address."""
    entered = None
    if notifying.may_set_address(told):
        entered = EMAIL.read(request.form.get("email", ""), today=today())
    return Wish(
        email=entered,
        version=request.form.get("version", type=int),
        confirmed=request.form.get("confirmed", ""),
        again=request.form.get("again") == "1",
    )


def _is_fragment() -> bool:
    return request.headers.get("HX-Request") == "true"


def _here() -> str:
    """Return the page of the portal that somebody comes from, as an address within it."""
    asked = request.form.get("back") or request.referrer or ""
    parts = urlsplit(asked)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    inside = path.startswith("/") and path[1:2] not in {"/", "\\"} and path.isprintable()
    return path if inside and not path.startswith("/notify/") else url_for("NoticesView.list")


def _done() -> ResponseReturnValue:
    """Lead back: from the box to the page below it, drawn anew."""
    if _is_fragment():
        return Response(headers={"HX-Refresh": "true", "Cache-Control": "no-store"})
    return redirect(_here(), 303)


def _lead_on(address: str) -> ResponseReturnValue:
    if _is_fragment():
        return Response(headers={"HX-Redirect": address, "Cache-Control": "no-store"})
    return redirect(address, 303)


# How it is drawn -----------------------------------------------------------------------------


def _drawn(
    told: Told,
    errors: Mapping[str, str],
    entered: str | None,
    asks: AddressDiffersError | NotifiedLatelyError | None,
    stale: StaleError | None,
) -> Drawn:
    person, may_enter = told.person, notifying.may_set_address(told)
    lately = asks if isinstance(asks, NotifiedLatelyError) else None
    differs = asks if isinstance(asks, AddressDiffersError) else None
    value = person.email if entered is None else entered
    confirmed = differs.entered if differs else request.form.get("confirmed", "")
    field = subjects.drawn_field(
        EMAIL, {"email": value}, errors,
        label=gettext("Learner’s email address"), hint=gettext("It is saved on their record."),
    )  # fmt: skip
    return {
        "title": gettext("Notify %(name)s", name=person.full_name),
        "text": gettext("One letter tells the learner of all their documents in this job: "
                        "certificate, transcript and letter."),
        "crumbs": _crumbs(person.full_name),
        "facts": [
            (gettext("Qualification"), told.title),
            (gettext("Enrolment number"), told.registration.enrolment_number),
        ],
        "errors": subjects.summary(errors if may_enter else {}),
        "refused": None if may_enter or not errors else say(next(iter(errors.values()))),
        "stale": subjects.both_versions(
            stale, gettext("Press Save & Notify again to put yours in place of theirs.")
        ),
        "field": field if may_enter else None,
        "address": None if may_enter else shown_address(person.email),
        "differs": differs,
        "lately": _lately(lately),
        "hidden": [("once", new_token()), ("version", person.version), ("back", _here()),
                   *([("confirmed", confirmed)] if confirmed else []),
                   *([("again", "1")] if lately or request.form.get("again") == "1" else [])],
        "submit": gettext("Notify again") if lately else gettext("Save & Notify")
        if may_enter else gettext("Notify"),
        "notices": [_before(each) for each in notices.notices_of(told.job_id,
                                                                 told.registration.id)[:5]],
        "action": request.path,
        "cancel": _here(),
        "guide_url": url_for("LearnerView.guide"),
    }  # fmt: skip


def _lately(error: NotifiedLatelyError | None) -> str | None:
    if error is None:
        return None
    return gettext(
        "%(email)s was written to at %(when)s. Press Notify again if another letter is wanted.",
        email=shown_address(error.email), when=cells.moment(error.at).text,
    )  # fmt: skip


def _before(notice: Notice) -> Drawn:
    state = notice.state_shown
    return {
        "when": cells.moment(notice.created_at).text,
        "email": shown_address(notice.email),
        "outcome": notice.outcome,
        "state": {"tone": state.tone, "icon": state.icon, "label": gettext(state.label)},
    }


def _crumbs(last: str) -> list[tuple[str, str | None]]:
    return [
        (gettext("Dashboard"), url_for("DashboardView.home")),
        (gettext("Learner notifications"), url_for("NoticesView.list")),
        (last, None),
    ]


def _happens(count: int) -> list[str]:
    if not count:
        return []
    return [
        ngettext("%(num)d learner gets an email with their enrolment number.",
                 "%(num)d learners get an email each, with their enrolment number.", count),
        gettext("Nobody gets two: whoever was notified already is left out."),
    ]  # fmt: skip


def _group(
    tone: str, title: str, learners: list[Told], missing: str = "", fix: str = "", *,
    with_address: bool = False,
) -> list[Drawn]:  # fmt: skip
    if not learners:
        return []
    rows = []
    for told in learners[:LISTED]:
        url = url_for("NotifyView.document", document=told.document_id)
        rows.append({
            "name": told.person.full_name,
            "sub": told.title,
            "marks": [{"ok": True, "yes": shown_address(told.person.email), "no": ""}]
            if with_address else [],
            "missing": [missing] if missing else [],
            **({"fix": {"label": fix, "icon": "mail-plus", "href": url}} if fix else {}),
        })  # fmt: skip
    more = len(learners) - LISTED
    if more > 0:
        rows.append({"name": gettext("and %(n)s more", n=more), "missing": []})
    return [{"tone": tone, "title": f"{title}: {len(learners)}", "rows": rows}]
