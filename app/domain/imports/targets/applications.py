"""Card applications from a spreadsheet (guide A, 1.5)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.domain.catalogue import queries as catalogue
from app.domain.catalogue.models import AdministeringBody, Product
from app.domain.imports.targets.base import LateError, Made, OrderingTarget, RowFacts, gone
from app.domain.imports.targets.remembered import once_in_transaction
from app.domain.kernel import viewer as viewers
from app.domain.kernel.fields import Subject
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_, say
from app.domain.people import service as people
from app.domain.people.models import Person
from app.domain.registrations import service
from app.domain.registrations.application_fields import PERSONAL, card_application
from app.domain.registrations.models import CardApplication
from app.domain.registrations.rules import OVER, REQUESTS, Request
from app.domain.registrations.service import ApplicationDraft
from app.errors import ConflictError
from app.extensions import db

NO_PHOTO = N_("There is no photo yet. Bring the picture; its name is the number, or this cell.")


class Applications(OrderingTarget):
    """Initial, renewal and replacement cards for people known or new."""

    code = "applications"
    label = N_("Card applications")
    rows_title = N_("Requested Applications")
    takes_photos = True
    priced_by = "request_type"
    grid = (
        "title", "first_names", "initials", "surname", "birth_date", "gender", "ni_number",
        "scheme_number", "occupation", "health_and_safety", "request_type",
    )  # fmt: skip
    instructions = (
        N_("Fill in one line for each application. Headings may stand in any order."),
        N_("Renewals and replacements need the number on the present card."),
        N_("Bring the photos with the spreadsheet, or as a zip: name each by the number, or write "
           "its name into the column Image. A photo has at least 413 by 531 pixels."),
        N_("Upload the file. What is wrong is shown in its cell and can be put right there."),
    )  # fmt: skip

    def subject(self) -> Subject:
        """Return the columns of the guide's grid; occupations by their code."""
        return card_application(once_in_transaction("occupations", _occupations))

    def body(self, organisation_id: int) -> AdministeringBody:
        """Return who administers cards where the organisation is."""
        return catalogue.body_of(organisation_id)

    def products(self, counted: Mapping[str, int]) -> list[tuple[Product, int]]:
        """Return the products of request types; one without a product costs nothing yet."""
        known = catalogue.products_by_application_kind()
        return [(known[kind], n) for kind, n in sorted(counted.items()) if kind in known]

    def late_errors(self, rows: Sequence[RowFacts]) -> list[LateError]:
        """Return missing photos, second applications, and numbers that are somebody else's."""
        known = _people({row.person_id for row in rows if row.person_id and not row.is_linked})
        under_way = _under_way({row.person_id for row in rows if row.person_id})
        found: list[LateError] = []
        for row in rows:
            person = known.get(row.person_id or 0)
            if row.photo_id is None and (person is None or person.photo_id is None):
                found.append(LateError(row.id, "image", NO_PHOTO))
            request = str(row.values.get("request_type") or "")
            number = under_way.get((row.person_id or 0, request))
            if number is not None:
                words = say(
                    "This person has a %(kind)s application under way already: %(number)s.",
                    kind=REQUESTS[Request(request)].lower(), number=number,
                )  # fmt: skip
                found.append(LateError(row.id, "request_type", words))
            given = row.values.get("scheme_number")
            if person is not None and given and person.scheme_number not in (None, given):
                found.append(LateError(row.id, "scheme_number", _other_number(person)))
        return found

    def make(self, rows: Sequence[RowFacts], reference: str, at: datetime) -> Made:
        """Make the applications ready for ordering, in a few dozen statements."""
        rows, refused = self._sorted(rows, at)
        if not rows:
            return Made({}, {}, refused)
        occupations = {each.code: each.id for each in catalogue.occupations()}
        linked = [row.person_id for row in rows if row.is_linked and row.person_id]
        people.link_many(linked, at=at)
        known = _people({row.person_id for row in rows if row.person_id})
        _bring_up_to_date(rows, known, at)
        drafts = [
            ApplicationDraft(
                request=row.values["request_type"],
                person=known[row.person_id] if row.person_id else _new_person(row),
                occupation_id=occupations[row.values["occupation"]],
                health_and_safety=row.values["health_and_safety"],
                scheme_number=row.values["scheme_number"],
                initials=row.values["initials"] or "",
            )
            for row in rows
        ]
        made = service.apply_many(drafts, at)
        outcome = service.finalise_applications(made, None, at)
        if outcome.refused:
            row, reasons = outcome.refused[0]
            raise ConflictError(f"{row}: {' '.join(reasons)}")
        return Made({row.id: each.id for row, each in zip(rows, made, strict=True)}, {}, refused)

    def _sorted(
        self, rows: Sequence[RowFacts], at: datetime
    ) -> tuple[list[RowFacts], list[LateError]]:
        """Part rows that can be made from those that something stands against by now."""
        late = self.late_errors(rows) + _second_ones(rows)
        late += gone(rows, _people({row.person_id for row in rows if row.person_id}))
        wrong = {each.row_id for each in late}
        late += _numbers_of_others([row for row in rows if row.id not in wrong], at)
        wrong |= {each.row_id for each in late}
        return [row for row in rows if row.id not in wrong], late


def _occupations() -> list[tuple[str, str]]:
    return [(each.code, each.name) for each in catalogue.occupations()]


TAKEN = N_(
    "This number is on record for somebody else. Search for the person by this number, with the "
    "last name or date of birth, or correct it."
)


UNASKED = N_(
    "Too many numbers on cards were on record for somebody else today, so that no more of them are "
    "looked up. Finalise this row tomorrow, or take the number out."
)


def _numbers_of_others(rows: Sequence[RowFacts], at: datetime) -> list[LateError]:
    """Return rows of new people whose number somebody has, or cannot be looked up today."""
    given = {
        row.id: row.values["scheme_number"]
        for row in rows
        if row.person_id is None and row.values["scheme_number"]
    }
    taken, unasked = people.numbers_of_others([*given.values()], at) if given else (set(), set())
    words = dict.fromkeys(taken, TAKEN) | dict.fromkeys(unasked, UNASKED)
    return [
        LateError(row, "scheme_number", words[number])
        for row, number in given.items()
        if number in words
    ]


def _other_number(person: Person) -> str:
    return say(
        "%(name)s has another number on record. Check the number on the card.",
        name=person.full_name,
    )


def _people(ids: set[Any]) -> dict[int, Person]:
    statement = select(Person).where(Person.id.in_(ids))
    return {each.id: each for each in db.session.scalars(statement)} if ids else {}


def _under_way(ids: set[Any]) -> dict[tuple[int, str], int]:
    if not ids:
        return {}
    statement = select(
        CardApplication.person_id, CardApplication.kind, CardApplication.number
    ).where(CardApplication.person_id.in_(ids), CardApplication.state.not_in(OVER))
    return {(person, kind): number for person, kind, number in db.session.execute(statement)}


def _second_ones(rows: Sequence[RowFacts]) -> list[LateError]:
    """Return rows that ask for the same as an earlier one, for a person who is known."""
    seen: dict[tuple[int, str], int] = {}
    found = []
    for row in rows:
        if row.person_id is not None:
            first = seen.setdefault((row.person_id, row.values["request_type"]), row.number)
            if first != row.number:
                words = say("Row %(number)s asks for the same for this person.", number=first)
                found.append(LateError(row.id, "request_type", words))
    return found


def _new_person(row: RowFacts) -> dict[str, Any]:
    return {name: row.values[name] for name in PERSONAL} | {"photo_id": row.photo_id}


def _bring_up_to_date(rows: Sequence[RowFacts], known: Mapping[int, Person], at: datetime) -> None:
    """Let people follow what their rows say, as far as the viewer may change them."""
    wanted = []
    for row in rows:
        person = known.get(row.person_id or 0)
        if person is not None:
            said = {name: row.values[name] for name in PERSONAL} | {"photo_id": row.photo_id}
            wanted.append((person, gaps_or_all(person, said)))
    people.change_many([each for each in wanted if each[1]], at)


def gaps_or_all(person: Person, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of ``said`` is set on a person.

    It is what differs, for a viewer who may change people, else only what is not known yet.
    """
    may_change = Permission.CHANGE_EMPLOYEES.code in viewers.of(db.session()).permissions
    return {
        name: value
        for name, value in said.items()
        if value and value != getattr(person, name) and (may_change or not getattr(person, name))
    }
