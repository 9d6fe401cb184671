"""Adding and changing a card application by hand: ADD APPLICATION, EDIT (A77 to A79)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext

from app.clock import now, today
from app.domain.kernel.columns import row_id
from app.domain.kernel.fields import Subject
from app.domain.kernel.idempotency import new_token
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_
from app.domain.orders import queries as orders
from app.domain.people import queries as people_queries
from app.domain.people import service as people
from app.domain.people.fields import PERSON
from app.domain.people.models import Person
from app.domain.registrations import service
from app.domain.registrations.application_fields import card_application
from app.domain.registrations.models import CardApplication
from app.domain.registrations.rules import Request
from app.domain.registrations.service import ApplicationDraft
from app.errors import DomainError, FieldErrors, ForbiddenError, NotFoundError, StaleError
from app.forms import subjects
from app.security import current
from app.security.guard import refusal_text, requires
from app.storage.photos import PhotoRefusedError
from app.views import photos
from app.views.application_record import is_answerable
from app.views.assessed import is_assessed
from app.views.base import PortalModelView, fragment
from app.views.photos import Uploaded
from app.views.registration_page import drawn_people, drawn_quote
from app.views.saving import saving

OF_PERSON = ("title", "first_names", "surname", "birth_date", "gender", "ni_number", "email")
OF_CARD = ("request_type", "occupation", "scheme_number", "initials", "health_and_safety")
NEEDED = frozenset({"occupation", "health_and_safety", "photo"})
"""Fields that may be left empty when saving, but not when finalising."""
Drawn = dict[str, Any]


class CardForm:
    """One form of a card application between being opened and being saved."""

    def __init__(self, application: CardApplication | None, person: Person | None) -> None:
        self.application = application
        self.person = person
        self.raw: dict[str, Any] = {"request_type": Request.RENEWAL.value}
        self.errors: dict[str, str] = {}
        self.stale: StaleError | None = None
        self.photo: Uploaded | None = None
        self.duplicates: list[people_queries.Match[Person]] = []
        if person is not None:
            known = subjects.stored(self.subject, person)
            names = (*OF_PERSON, "scheme_number")
            self.raw |= {name: known[name] for name in names if name in known}
            if is_assessed(person):
                self.raw["health_and_safety"] = "yes"
        if application is not None:
            card = subjects.stored(self.subject, application)
            self.raw |= {name: card[name] for name in ("initials", "health_and_safety")}
            self.raw |= {"request_type": application.kind,
                         "occupation": application.occupation_id}  # fmt: skip

    @property
    def may_change_person(self) -> bool:
        """Whether the person's own details are asked: of a new one, or by who may change them."""
        return self.person is None or current.may(Permission.CHANGE_EMPLOYEES)

    @property
    def may_set_photo(self) -> bool:
        """Whether a photo may be added: to replace one on record is to change a person."""
        return self.may_change_person or self.person is None or self.person.photo_id is None

    @property
    def is_on_hold(self) -> bool:
        """Whether the application is paid and on hold until something of it is changed."""
        return self.application is not None and is_answerable(self.application)

    @property
    def subject(self) -> Subject:
        """The fields of the form: what is missing may be added later, until it is finalised."""
        whole = card_application(service.occupation_choices(), number_label=N_("ECS number"))
        known = {each.name: each for each in (*PERSON.fields, *whole.fields)}
        known["email"] = replace(known["email"], hint=N_("We write here when the card is sent"))
        of_card = OF_CARD[1:] if self.is_on_hold else OF_CARD
        names = (*OF_PERSON, *of_card) if self.may_change_person else of_card
        needed = frozenset({"photo"}) if self.is_on_hold else NEEDED
        return Subject("card application", tuple(
            replace(known[name], required=False, check=None)
            if name in needed
            else replace(known[name], required=False) if name == "scheme_number" else known[name]
            for name in names
        ))  # fmt: skip

    def take(self) -> None:
        """Take what was posted; an uploaded photo is kept at once."""
        self.raw = subjects.posted(self.subject, request.form)
        self.photo = photos.carried(request.form.get("photo_ticket", ""))
        upload = request.files.get("photo")
        if upload is not None and upload.filename:
            try:
                self.photo = photos.take_in(upload)
            except PhotoRefusedError as error:
                self.errors["photo"] = error.text

    def read(self) -> dict[str, Any]:
        """Return what was typed; raise FieldErrors with every error, a duplicate included."""
        reading = self.subject.read(self.raw, today())
        errors = {**self.errors, **reading.errors}
        if errors:
            raise FieldErrors(errors)
        if self.person is None and request.form.get("new_person") != "yes":
            self.duplicates = people_queries.matches(reading.values)
            if self.duplicates:
                words = gettext("Somebody like this is known already. Choose that person, or say "
                                "that this is a new one.")  # fmt: skip
                raise FieldErrors({"matches": words})
        return reading.values

    @property
    def photo_values(self) -> dict[str, Any]:
        """The uploaded photo, as a value of the person."""
        if self.photo is None or not self.may_set_photo:
            return {}
        return {"photo_id": photos.file_of(self.photo).id}


class ApplicationForms(PortalModelView):
    """Handlers of the form; mixed into the list of applications."""

    @expose("/new", methods=["GET", "POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def add(self) -> ResponseReturnValue:
        """Fill in the application details required (A77, A78)."""
        chosen = request.values.get("use_person") or request.values.get("person")
        form = CardForm(None, _person(chosen))
        if request.method == "GET" or "use_person" in request.form:
            return self._form(form)
        form.take()
        return self._saved(form, lambda values: self._make(form, values))

    @expose("/<int:row>/edit", methods=["GET", "POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def edit(self, row: int) -> ResponseReturnValue:
        """Change an application that is not ordered yet (A82)."""
        application = self.load(row)
        form = CardForm(application, application.person)
        if request.method == "GET":
            return self._form(form)
        form.take()
        return self._saved(form, lambda values: self._change(form, values))

    @expose("/new/price")
    @requires(Permission.FILL_IN_APPLICATIONS)
    def price(self) -> ResponseReturnValue:
        """Show the fee of the request type just chosen (A86)."""
        return fragment("registrations/price.html", price=_price(request.args))

    def _saved(self, form: CardForm, save: Any) -> ResponseReturnValue:
        try:
            values = form.read()
            with saving():
                application_id = save(values)
        except StaleError as error:
            form.stale = error
            return self._form(form), error.status
        except FieldErrors as error:
            form.errors |= error.errors
            return self._form(form), error.status
        except (ForbiddenError, NotFoundError):
            raise
        except DomainError as error:
            form.errors |= {"": error.text}
            return self._form(form), error.status
        flash(gettext("The application was saved."), "success")
        if form.is_on_hold:
            return redirect(url_for(f"{self.endpoint}.ask_one", row=application_id, move="answer"))
        return redirect(url_for(f"{self.endpoint}.show", row=application_id))

    def _make(self, form: CardForm, values: Mapping[str, Any]) -> int:
        if form.person is None and not current.may(Permission.ADD_EMPLOYEES):
            raise ForbiddenError(refusal_text(Permission.ADD_EMPLOYEES))

        def work() -> str:
            draft = ApplicationDraft(
                request=values["request_type"], person=_person_of(form, values),
                occupation_id=values["occupation"], initials=values["initials"] or "",
                health_and_safety=values["health_and_safety"],
                scheme_number=values["scheme_number"],
            )  # fmt: skip
            return str(service.apply(draft, now()).id)

        made, _ = service.do_once(request.form.get("once", ""), "apply", work)
        return int(made)

    def _change(self, form: CardForm, values: Mapping[str, Any]) -> int:
        application = form.application
        assert application is not None
        service.change_application(
            application, {name: values[name] for name in OF_CARD if name in values},
            _of_person(values) | form.photo_values,
            request.form.get("version", 0, type=int),
            request.form.get("person_version", 0, type=int), now(),
        )  # fmt: skip
        service.follow_person(application.person, now())
        return int(application.id)

    def _form(self, form: CardForm) -> str:
        title = gettext("ADD APPLICATION")
        if form.application is not None:
            title = gettext("Edit application %(number)s", number=form.application.number)
        find = request.args.get("find", "").strip()[:100]
        again = gettext("Press SAVE CHANGES again to put yours in place of theirs.")
        page = {
            "title": title,
            "text": self._text(form),
            "note": None if form.is_on_hold
            else gettext("Saved even when something is missing; finalise it later."),
            "crumbs": self.crumbs(title),
            "is_new": form.application is None,
            "person": form.person.full_name if form.person else None,
            "find": find,
            "found": drawn_people(people_queries.search(find), f"{self.endpoint}.add")
            if find else [],
            "errors": subjects.summary(form.errors),
            "stale": subjects.both_versions(form.stale, again),
            "groups": self._parts(form),
            "matches": form.duplicates,
            "price": _price(form.raw),
            "price_url": None if form.is_on_hold else url_for(f"{self.endpoint}.price"),
            "hidden": _hidden(form),
            "submit": gettext("SAVE CHANGES"),
            "cancel": url_for(f"{self.endpoint}.list", tab="hold" if form.is_on_hold
                              else "attention"),
        }  # fmt: skip
        return str(self.render_template("registrations/application.html", page=page))

    @staticmethod
    def _text(form: CardForm) -> str:
        if form.application is not None and form.is_on_hold:
            return form.application.hold_reason
        return gettext("Fill in the application details required")

    def _parts(self, form: CardForm) -> list[Drawn]:
        unless = {} if form.is_on_hold else {"unless": gettext("needed to finalise")}
        drawn = {
            each.name: subjects.drawn_field(each, form.raw, form.errors, autocomplete="off")
            | (unless if each.name in NEEDED else {})
            for each in form.subject.fields
        }
        who = [drawn[name] for name in OF_PERSON if name in drawn]
        photo = [self._photo(form) | unless] if form.may_set_photo else []
        card = [drawn[name] for name in OF_CARD if name in drawn]
        return [{"legend": gettext("Applicant"), "fields": [*who, *photo]},
                {"legend": gettext("Card"), "fields": card}]  # fmt: skip

    def _photo(self, form: CardForm) -> Drawn:
        preview = None
        if form.photo is not None:
            preview = url_for("ApprenticesView.uploaded_photo", ticket=form.photo.ticket)
        return photos.drawn_upload(form.errors.get("photo"), preview)


def _person(chosen: str | None) -> Person | None:
    if not chosen:
        return None
    found = people_queries.find(row_id(chosen))
    if found is None:
        raise NotFoundError
    return found


def _person_of(form: CardForm, values: Mapping[str, Any]) -> Person | dict[str, Any]:
    """Return somebody known, with what the form changed of them, or a new person's values."""
    said = _of_person(values) | form.photo_values
    if form.person is None:
        return said
    if said:
        people.change_person(form.person, said, request.form.get("person_version", 0, type=int))
    return form.person


def _of_person(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in OF_PERSON if name in values}


def _hidden(form: CardForm) -> list[tuple[str, Any]]:
    hidden: list[tuple[str, Any]] = [
        ("once", request.form.get("once") or new_token()),
        ("photo_ticket", form.photo.ticket if form.photo else ""),
    ]
    if form.person is not None:
        hidden += [("person", form.person.id), ("person_version", form.person.version)]
    if form.application is not None:
        hidden.append(("version", form.application.version))
    return hidden


def _price(raw: Mapping[str, Any]) -> Drawn | None:
    wanted = str(raw.get("request_type") or "")
    if wanted not in set(Request):
        return None
    return drawn_quote(lambda: orders.quote_for_request(wanted, current.active_organisation_id()))
