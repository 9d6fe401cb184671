"""What has been typed into a registration form: read, checked, and saved by the services."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext
from werkzeug.datastructures import FileStorage, MultiDict

from app.clock import today
from app.domain.catalogue.models import Pathway, Scheme
from app.domain.kernel.columns import row_id
from app.domain.kernel.fields import Reading, Subject, Values
from app.domain.kernel.permissions import Permission
from app.domain.people import queries as people_queries
from app.domain.people import service as people
from app.domain.people.fields import PERSON
from app.domain.people.models import Person
from app.domain.registrations import fields, queries, service
from app.domain.registrations.models import Registration
from app.domain.registrations.rules import Kind
from app.errors import FieldErrors, ForbiddenError, NotFoundError, StaleError
from app.forms.subjects import posted, stored
from app.security import current
from app.security.guard import refusal_text
from app.storage.photos import PhotoRefusedError
from app.views import photos
from app.views.assessed import is_assessed
from app.views.photos import Uploaded


class Draft:
    """One registration form between being opened and being saved."""

    def __init__(self, kind: Kind, registration: Registration | None = None) -> None:
        self.kind = kind
        self.registration = registration
        self.person: Person | None = None
        self.raw: dict[str, Any] = {}
        self.errors: dict[str, str] = {}
        self.photo: Uploaded | None = None
        self.versions: tuple[int | None, int | None] = (None, None)
        self.once = ""
        self.is_new_person = False
        self.duplicates: list[people_queries.Match[Person]] = []
        self.stale_error: StaleError | None = None
        scheme = registration.scheme if registration else None
        self.schemes = [scheme] if scheme else queries.open_schemes(kind)
        self.pathways = queries.open_pathways(
            self.schemes, registration.pathway if registration else None
        )

    # Opened ------------------------------------------------------------------------------------

    def begin(self, person_id: int | None) -> None:
        """Fill the form with what is known."""
        if self.registration is not None:
            self.raw |= stored(self.subject, self.registration)
            self.raw |= {
                "scheme": self.registration.scheme_id,
                "pathway": self.registration.pathway_id,
                "employer": self.registration.employer_id,
            }
        else:
            self.raw["scheme"] = self.schemes[0].id if len(self.schemes) == 1 else ""
            self.raw["office_contact"] = current.viewer().user_name
        self.choose(person_id)

    def choose(self, person_id: int | None) -> None:
        """Go on with a person already known, whose details are then filled in; or with none."""
        self._take_person(person_id)
        self.is_new_person = False
        if self.person is not None:
            self.raw |= stored(PERSON, self.person)
            if self.registration is None and is_assessed(self.person):
                self.raw["health_and_safety"] = "yes"
        self.versions = (
            self.registration.version if self.registration else None,
            self.person.version if self.person else None,
        )

    def _take_person(self, person_id: int | None) -> None:
        self.person = None if person_id is None else people_queries.find(person_id)
        if person_id is not None and self.person is None:
            raise NotFoundError

    # Posted ------------------------------------------------------------------------------------

    def take(self, form: MultiDict[str, str], files: MultiDict[str, FileStorage]) -> None:
        """Take what was posted; an uploaded photo is kept at once."""
        if self.registration is not None:
            self._take_person(self.registration.person_id)
        else:
            self._take_person(form.get("person", type=row_id))
        self.raw = posted(self.person_subject, form) | posted(self.subject, form)
        self.versions = (form.get("version", type=int), form.get("person_version", type=int))
        self.once = form.get("once", "")
        self.is_new_person = form.get("new_person") == "yes"
        self.photo = photos.carried(form.get("photo_ticket", ""))
        upload = files.get("photo")
        if upload is not None and upload.filename:
            try:
                self.photo = photos.take_in(upload)
            except PhotoRefusedError as error:
                self.errors["photo"] = error.text

    @property
    def subject(self) -> Subject:
        """The fields of the registration, with what can be chosen."""
        named = [(each.id, each.name) for each in self.schemes]
        return fields.subject(self.kind, named, [(p.id, p.name) for p in self.pathways])

    @property
    def sees_personal(self) -> bool:
        """Whether the reader may see and change the details of people already known."""
        return current.may(Permission.CHANGE_EMPLOYEES)

    @property
    def may_set_photo(self) -> bool:
        """Whether a photo may be added: to replace one on record is to change a person."""
        return self.person is None or self.person.photo_id is None or self.sees_personal

    @property
    def person_subject(self) -> Subject:
        """The fields of the person that the reader may fill in: of a known one, the blank ones."""
        if self.person is None or self.sees_personal:
            return PERSON
        blank = tuple(each for each in PERSON.fields if not getattr(self.person, each.name))
        return Subject(PERSON.name, blank)

    @property
    def scheme(self) -> Scheme | None:
        """The chosen scheme, or that of the chosen pathway."""
        chosen = str(self.raw.get("scheme") or "")
        found = next((each for each in self.schemes if str(each.id) == chosen), None)
        if found is None and self.pathway is not None:
            return next(each for each in self.schemes if each.id == self.pathway.scheme_id)
        return found

    @property
    def pathway(self) -> Pathway | None:
        """The chosen pathway."""
        chosen = str(self.raw.get("pathway") or "")
        return next((each for each in self.pathways if str(each.id) == chosen), None)

    def readable(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Return the person's values as far as they can be read."""
        return self.person_subject.read(raw, today()).values

    # Checked and saved -------------------------------------------------------------------------

    def check(self) -> None:
        """Raise FieldErrors with every error at once, a likely duplicate included."""
        if not self.raw.get("scheme") and self.scheme is not None:
            self.raw["scheme"] = self.scheme.id
        person, registration = self._read()
        errors = {**person.errors, **self.errors, **registration.errors}
        errors = {**dict(fields.check_age_at_start(self._together(person, registration))), **errors}
        if errors:
            raise FieldErrors(errors)
        self._refuse_duplicate(person.values)

    def _read(self) -> tuple[Reading, Reading]:
        return self.person_subject.read(self.raw, today()), self.subject.read(self.raw, today())

    def _together(self, person: Reading, registration: Reading) -> Values:
        born = person.values.get("birth_date") or (self.person and self.person.birth_date)
        start = registration.values.get("start_date")
        return Values({"birth_date": born, "start_date": start}, (), today())

    def _refuse_duplicate(self, values: Mapping[str, Any]) -> None:
        if self.person is not None or self.is_new_person:
            return
        self.duplicates = people_queries.matches(values)
        if self.duplicates:
            words = gettext("Somebody like this is known already. Choose that person, or say that "
                            "this is a new one.")  # fmt: skip
            raise FieldErrors({"who": words})

    def save_new(self, at: datetime) -> Registration:
        """Save a new registration, of somebody already known or of a new person."""
        person, registration = self._read()
        scheme = self.scheme
        assert scheme is not None
        return service.register(
            self.kind, scheme, self._saved_person(person.values), registration.values, at
        )

    def _saved_person(self, values: dict[str, Any]) -> Person:
        if self.photo is not None and self.may_set_photo:
            values = values | {"photo_id": photos.file_of(self.photo).id}
        if self.person is None:
            if not current.may(Permission.ADD_EMPLOYEES):
                raise ForbiddenError(refusal_text(Permission.ADD_EMPLOYEES))
            return people.add_person(values)
        if values:
            people.change_person(self.person, values, self.versions[1] or 0)
        return self.person

    def save_change(self, at: datetime) -> None:
        """Save the changes of a registration and of its person."""
        assert self.registration is not None
        person, registration = self._read()
        values = dict(person.values)
        if self.photo is not None and self.may_set_photo:
            values["photo_id"] = photos.file_of(self.photo).id
        version, person_version = self.versions
        service.change(
            self.registration, registration.values, version or 0, at,
            person_values=values, person_version=person_version or 0,
        )  # fmt: skip

    # Refused -----------------------------------------------------------------------------------

    def refuse(self, errors: Mapping[str, str]) -> None:
        """Keep what is wrong, to be shown with everything that was typed."""
        self.errors = {**self.errors, **errors}

    def stale(self, error: StaleError) -> None:
        """Keep both versions to show; saving again then replaces theirs knowingly."""
        self.stale_error = error
        if self.registration is not None:
            self.versions = (self.registration.version, self.registration.person.version)
        elif self.person is not None:
            self.versions = (None, self.person.version)
