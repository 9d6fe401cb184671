"""Changing a registration on a standard while no order holds it, and reporting errors in one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.clock import local
from app.domain.catalogue.models import Package
from app.domain.kernel import audit, outbox, versions
from app.domain.kernel import viewer as viewers
from app.domain.kernel.fields import Subject
from app.domain.kernel.outbox import Draft
from app.domain.kernel.words import say
from app.domain.organisations.employers import known_as
from app.domain.people import service as people
from app.domain.registrations import rules
from app.domain.registrations.models import UNSET_DATE, Registration
from app.domain.registrations.service.saving import follow_person
from app.domain.registrations.standard_fields import DEFAULTS, EMPLOYER
from app.errors import ConflictError, FieldErrors, NotFoundError
from app.extensions import db

CHANGEABLE = tuple(state.code for state in (*rules.ATTENTION, rules.READY_FOR_ORDERING))
"""The states in which no order holds a registration."""
REPORTED = "registration_error_reported"
"""The letter to the awarding body, and what the timeline calls it."""
PLAIN = (*DEFAULTS, *EMPLOYER)


def change_standard(
    registration: Registration,
    subject: Subject,
    values: Mapping[str, Any],
    version: int,
    at: datetime,
    *,
    person_values: Mapping[str, Any] | None = None,
    person_version: int = 0,
) -> None:
    """Change a registration on a standard, and with ``person_values`` its candidate.

    ``subject`` has the fields of ``values``. Raise ConflictError once an order holds it,
    StaleError when somebody else changed either meanwhile, FieldErrors for another standard's
    package.
    """
    if registration.state not in CHANGEABLE:
        label = registration.state_shown.label.lower()
        raise ConflictError(
            say("This registration is %(state)s. Take it off its order first, or report an error.",
                state=label)
        )  # fmt: skip
    shown = {name: getattr(registration, name) for name in PLAIN if name in subject.names}
    shown["package"] = registration.package_id
    versions.refuse_stale(registration, version, subject.fields, values, shown=_Shown(shown))
    if person_values:
        people.change_person(registration.person, person_values, person_version)
    _set_package(registration, values["package"])
    for name in PLAIN:
        setattr(registration, name, values[name])
    registration.start_key = registration.start_date or UNSET_DATE
    (registration.employer_id,) = known_as([(values["employer_ern"], values["employer_name"])], at)
    db.session.flush()
    people.employ(
        registration.person, registration.employer_id, registration.start_date, local(at).date()
    )
    follow_person(registration.person, at)


class _Shown:
    """What stands, by the names of the fields."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.__dict__.update(values)


def _set_package(registration: Registration, package_id: int) -> None:
    package = db.session.get(Package, package_id)
    version = package.standard_version if package else None
    if package is None or version is None or version.scheme_id != registration.scheme_id:
        raise FieldErrors({"package": say("Choose a package of this standard.")})
    registration.package_id = package.id
    registration.package = package


def report_error(registration: Registration, wrong: str, right: str, at: datetime) -> None:
    """Write to the awarding body what is wrong in a registration and what would be right (C12).

    It is kept in the history of the registration. Raise NotFoundError for a body without address.
    """
    session = db.session()
    body = registration.scheme.administering_body
    if not body.email:
        raise NotFoundError(f"{body.name} has no email address. Telephone it instead.")
    about = (Registration.__tablename__, registration.id)
    context = {
        "recipient_name": body.name,
        "person_name": registration.person.full_name,
        "kind": str(registration.kind),
        "reference": str(registration.number),
        "scheme": registration.scheme.name,
        "provider_name": registration.provider.name,
        "reported_by": viewers.of(session).actor,
        "wrong": wrong,
        "right": right,
        "link": f"/apprenticeship/standards/{registration.id}",
    }
    draft = Draft(REPORTED, body.email, body.name, about, registration.provider_id, context)
    outbox.post(session, [draft], at=at)
    subject = audit.Subject(*about, registration.provider_id, registration.version)
    reason = f"{wrong} → {right}"
    audit.write(
        session, audit.rows_of_events(session, [subject], "error_reported", reason=reason, at=at)
    )
