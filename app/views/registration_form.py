"""New registrations and their changes: search, duplicates, photo, employer, price, SAVE."""

from typing import ClassVar

from flask import current_app, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext

from app.clock import now
from app.domain.kernel.columns import row_id
from app.domain.kernel.permissions import Permission
from app.domain.organisations import queries as organisations
from app.domain.people import service as people
from app.domain.registrations import queries, service
from app.domain.registrations.rules import Kind
from app.errors import DomainError, FieldErrors, StaleError
from app.forms.subjects import posted
from app.security import current
from app.security.guard import requires
from app.transaction import transaction
from app.views import photos
from app.views.base import PortalModelView, fragment
from app.views.registration_draft import Draft
from app.views.registration_page import (
    drawn_form,
    drawn_matches,
    drawn_pathway,
    drawn_price,
    drawn_search,
)
from app.views.saving import saving


class RegistrationForms(PortalModelView):
    """Handlers of the form; mixed into the lists of registrations."""

    kind: ClassVar[Kind]

    @expose("/new", methods=["GET", "POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def add(self) -> ResponseReturnValue:
        """New Apprentice Registration, New Trainee Registration (A16 to A24)."""
        draft = Draft(self.kind)
        if request.method == "GET":
            draft.begin(request.args.get("person", type=row_id))
            return self._shown(draft)
        draft.take(request.form, request.files)
        if "use_person" in request.form:
            draft.choose(request.form.get("use_person", type=row_id))
            return self._shown(draft)
        if "link_person" in request.form:
            self._link(draft, request.form["link_person"])
            return self._shown(draft)
        if "forget_person" in request.form:
            draft.choose(None)
            return self._shown(draft)
        return self._save(draft)

    @expose("/<int:row>/edit", methods=["GET", "POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def edit(self, row: int) -> ResponseReturnValue:
        """Change a registration, and its person."""
        registration = self.load(row)
        draft = Draft(self.kind, registration)
        if request.method == "GET":
            draft.begin(registration.person_id)
            return self._shown(draft)
        draft.take(request.form, request.files)
        return self._save(draft)

    def _save(self, draft: Draft) -> ResponseReturnValue:
        try:
            draft.check()
            with saving():
                registration_id, done_now = self._saved(draft)
        except StaleError as error:
            draft.stale(error)
            return self._shown(draft), 409
        except FieldErrors as error:
            draft.refuse(error.errors)
            return self._shown(draft), 422
        except DomainError as error:
            draft.refuse({"": error.text})
            return self._shown(draft), error.status
        self._tell_saved(registration_id, done_now)
        return redirect(url_for(f"{self.endpoint}.show", row=registration_id))

    def _saved(self, draft: Draft) -> tuple[int, bool]:
        if draft.registration is not None:
            draft.save_change(now())
            return draft.registration.id, True

        def work() -> str:
            return str(draft.save_new(now()).id)

        found, done_now = service.do_once(request.form.get("once", ""), "register", work)
        return int(found), done_now

    def _tell_saved(self, registration_id: int, done_now: bool) -> None:
        registration = queries.find(registration_id)
        if registration is None:
            return
        words = gettext("Registration %(number)s of %(name)s was saved.",
                        number=registration.number, name=registration.person.full_name)  # fmt: skip
        if not done_now:
            words = gettext("Registration %(number)s was saved already; nothing was made twice.",
                            number=registration.number)  # fmt: skip
        flash(words, "success")
        lacking = [gettext(each) for each in queries.missing(registration)]
        if lacking and registration.state in queries.SHOWN_STATES["attention"]:
            text = ". ".join(lacking)
            flash(gettext("Before it can be finalised: %(missing)s.", missing=text), "warning")

    def _shown(self, draft: Draft) -> str:
        page = drawn_form(draft, str(self.endpoint), self.crumbs)
        return str(self.render_template("registrations/form.html", page=page))

    # What the form asks while it is filled in ----------------------------------------------------

    @expose("/new/search", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def search_known(self) -> ResponseReturnValue:
        """Search among people already known, here and elsewhere (A18)."""
        found = drawn_search(
            self.kind,
            str(self.endpoint),
            request.form.get("find", ""),
            request.form.get("second", ""),
        )
        if request.headers.get("HX-Request") == "true":
            return fragment("registrations/found.html", found=found)
        draft = Draft(self.kind)
        draft.begin(None)
        page = drawn_form(draft, str(self.endpoint), self.crumbs) | {"found": found}
        return self.render_template("registrations/form.html", page=page)

    @expose("/new/link", methods=["POST"])
    @requires(Permission.ADD_EMPLOYEES)
    def link(self) -> ResponseReturnValue:
        """Make somebody known elsewhere known here, and go on with them."""
        with transaction():
            key = current_app.config["SECRET_KEY"]
            person = people.link_known(request.form.get("token", ""), key, at=now())
            person_id = person.id
        return redirect(url_for(f"{self.endpoint}.add", person=person_id))

    def _link(self, draft: Draft, token: str) -> None:
        if not current.may(Permission.ADD_EMPLOYEES):
            draft.refuse({"": gettext("Linking a person needs the permission to add employees.")})
            return
        try:
            with transaction():
                key = current_app.config["SECRET_KEY"]
                person_id = people.link_known(token, key, at=now()).id
        except DomainError as error:
            draft.refuse({"": error.text})
            return
        draft.choose(person_id)

    @expose("/new/matches", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def matches(self) -> ResponseReturnValue:
        """Show who may be the person being typed, with the reasons."""
        draft = Draft(self.kind)
        values = draft.readable(posted(draft.person_subject, request.form))
        asked_before = request.form.get("asked_before", "")
        return fragment(
            "registrations/matches.html",
            matches=drawn_matches(values, asked_before),
        )

    @expose("/new/pathway")
    @requires(Permission.FILL_IN_APPLICATIONS)
    def pathway(self) -> ResponseReturnValue:
        """Show the pathways of the chosen scheme."""
        field = drawn_pathway(self.kind, request.args)
        return fragment("registrations/pathway.html", field=field)

    @expose("/new/price")
    @requires(Permission.FILL_IN_APPLICATIONS)
    def price(self) -> ResponseReturnValue:
        """Show what the registration will cost."""
        price = drawn_price(self.kind, request.args)
        return fragment("registrations/price.html", price=price)

    @expose("/employers")
    @requires(Permission.FILL_IN_APPLICATIONS)
    def employers(self) -> ResponseReturnValue:
        """Return known employers for the look-up, as JSON."""
        found = organisations.find_employers(request.args.get("q", ""))
        results = [{"value": each.id, "text": each.name, "note": each.number} for each in found]
        return jsonify(results=results)

    @expose("/new/photo")
    @requires(Permission.FILL_IN_APPLICATIONS)
    def uploaded_photo(self) -> ResponseReturnValue:
        """Send the photo that a form carries and that belongs to nobody yet."""
        return photos.send(photos.file_of(photos.carried(request.args.get("ticket", ""))))
