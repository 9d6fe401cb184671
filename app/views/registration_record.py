"""The record page of a registration: facts, requirements, stages, what happened, what belongs."""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from flask import g, get_template_attribute, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext

from app.clock import local
from app.domain.kernel import identifiers
from app.domain.kernel.fieldkinds import COVERED
from app.domain.kernel.permissions import Permission
from app.domain.orders import lookups
from app.domain.people.models import Person
from app.domain.registrations import queries, rules
from app.domain.registrations.fields import WORDS, stage_text
from app.domain.registrations.models import Registration
from app.domain.registrations.queries import SHOWN_STATES, SchemeFacts
from app.domain.registrations.rules import Kind
from app.security.current import may
from app.security.guard import requires
from app.views import cells, photos
from app.views.assessed import book_one, bookings_of, result_of
from app.views.base import PortalModelView
from app.views.history import timeline
from app.views.registration_moves import MOVES

Drawn = list[dict[str, Any]]


def facts_of(row: Registration) -> SchemeFacts:
    """Return what the scheme of ``row`` asks for, read once for a request."""
    if "scheme_facts" not in g:
        g.scheme_facts = queries.scheme_facts()
    known: dict[int, SchemeFacts] = g.scheme_facts
    return known[row.scheme_id]


class RegistrationRecord(PortalModelView):
    """What the record pages of apprentices and of trainees show."""

    kind: ClassVar[Kind]

    @expose("/<int:row>/photo")
    @requires(Permission.VIEW_APPLICATIONS)
    def photo(self, row: int) -> ResponseReturnValue:
        """Send the photo of a registered person."""
        registration: Registration = self.load(row)
        return photos.send(registration.person.photo)

    def record(self, row: Registration) -> dict[str, Any]:
        """Return what the record page shows of a registration."""
        label, sub = row.person.full_name, gettext(WORDS[self.kind].one)
        return {
            "title": label,
            "text": gettext(
                "%(kind)s registration %(number)s, %(scheme)s",
                kind=sub, number=row.number, scheme=row.scheme.name,
            ),
            "badge": cells.badge(row.state_shown),
            "actions": self._record_actions(row),
            "next_step": self._next_step(row),
            "photo": self._record_photo(row),
            "groups": [
                {"title": title, "pairs": pairs}
                for title, pairs in (
                    (gettext("Details"), _details(row)),
                    (gettext("Person"), personal(row.person)),
                    (gettext("Employer"), _employer(row)),
                    (gettext("Required before finalising"), self._required(row)),
                    (gettext("Letters sent"), letters(row)),
                )
                if pairs
            ],
            "fact_note": None
            if may(Permission.CHANGE_EMPLOYEES)
            else gettext("Dates of birth and numbers show in full to those who may change "
                         "employee details."),
            "stages": _stages(row),
            "timeline": _history(row),
            "related": [_applications(row), bookings_of(row.person)],
        }  # fmt: skip

    def _record_photo(self, row: Registration) -> dict[str, str] | None:
        if row.person.photo_id is None:
            return None
        url = url_for(f"{self.endpoint}.photo", row=row.id)
        return {"url": url, "alt": gettext("Photo of %(name)s", name=row.person.full_name)}

    def _record_actions(self, row: Registration) -> Drawn:
        if not may(Permission.FILL_IN_APPLICATIONS):
            return []
        drawn: Drawn = []
        for code, move in MOVES.items():
            if code == "finalise" or row.state not in move.sources:
                continue
            href = url_for(f"{self.endpoint}.ask_one", row=row.id, move=code)
            drawn.append({"label": gettext(move.label), "href": href, "icon": move.icon})
        if row.state in SHOWN_STATES["attention"] and not row.health_and_safety:
            drawn += book_one(row.person)
        if row.state in SHOWN_STATES["progress"]:
            drawn += self._stage_actions(row)
        if row.state not in SHOWN_STATES["completed"] + SHOWN_STATES["ended"]:
            href = url_for(f"{self.endpoint}.edit", row=row.id)
            drawn.append({"label": gettext("Edit"), "href": href, "icon": "pencil"})
        return drawn

    def _stage_actions(self, row: Registration) -> Drawn:
        drawn: Drawn = []
        if len(row.stages) > 1:
            drawn.append(
                {"label": gettext("Undo the last stage"), "icon": "arrow-back-up",
                 "href": url_for(f"{self.endpoint}.undo_stage", row=row.id), "method": "post",
                 "hidden": [("chosen", f"{row.id}:{row.version}")]}
            )  # fmt: skip
        if row.stage_number < facts_of(row).last_stage:
            href = url_for(f"{self.endpoint}.ask_stage_of", row=row.id)
            drawn.append({"label": gettext("Move to stage…"), "href": href, "icon": "stairs-up"})
        return drawn

    def _next_step(self, row: Registration) -> dict[str, Any] | None:
        state = row.state_shown
        yours = gettext("You") if may(Permission.FILL_IN_APPLICATIONS) else row.provider.name
        said = {
            rules.STARTED.code: (gettext("Put in what is missing"), yours),
            rules.AWAITING_FINALISATION.code: (gettext("Finalise the registration"), yours),
            rules.READY_FOR_ORDERING.code: (gettext("Add it to a purchase"), yours),
            rules.ON_ORDER.code: (gettext("Pay the order"), row.provider.name),
            rules.IN_PROGRESS.code: (gettext("Record the next stage"), yours),
        }.get(state.code)
        if said is None:
            return None
        lacking = [gettext(each) for each in queries.missing(row)] if _waits(row) else []
        return {
            "tone": state.tone,
            "icon": state.icon,
            "title": said[0],
            "who": said[1],
            "text": ". ".join(lacking),
            "actions": self._next_actions(row),
        }

    def _next_actions(self, row: Registration) -> Drawn:
        if not may(Permission.FILL_IN_APPLICATIONS):
            return []
        if row.state == rules.STARTED.code:
            href = url_for(f"{self.endpoint}.edit", row=row.id)
            return [{"label": gettext("Edit"), "href": href, "icon": "pencil", "primary": True}]
        if row.state == rules.AWAITING_FINALISATION.code:
            href = url_for(f"{self.endpoint}.ask_one", row=row.id, move="finalise")
            label = gettext("Finalise")
            return [{"label": label, "href": href, "icon": "flag", "primary": True}]
        if row.state == rules.READY_FOR_ORDERING.code:
            href = url_for(f"{self.endpoint}.list", tab="ready")
            label = gettext("Registrations ready for ordering")
            return [{"label": label, "href": href, "icon": "shopping-cart-plus"}]
        return []

    @staticmethod
    def _required(row: Registration) -> Sequence[tuple[str, Any]]:
        mark = get_template_attribute("macros/ui.html", "mark")
        return [
            (gettext(each.label), mark(each.met(row), gettext("Yes"), gettext(each.missing)))
            for each in queries.requirements_of(row)
        ]


def _waits(row: Registration) -> bool:
    return row.state in SHOWN_STATES["attention"]


def _details(row: Registration) -> list[tuple[str, Any]]:
    words = WORDS[Kind(row.kind)]
    answer = {True: gettext("Yes"), False: gettext("No"), None: gettext("Not answered")}
    return [
        (gettext("Scheme"), row.scheme.name),
        (gettext(words.pathway), row.pathway.name if row.pathway else None),
        (gettext(words.start_date), cells.day(row.start_date).text),
        (gettext("Health, Safety and Environmental Assessment completed"),
         answer[row.health_and_safety]),
        (gettext("Stage"), stage_text(row.stage_number, row.stage_reached_on)),
        (gettext("Office Contact"), row.office_contact),
        (gettext("Registered by"), row.provider.name),
        (gettext("Registered on"), cells.day(row.created_at).text),
    ]  # fmt: skip


def personal(person: Person) -> list[tuple[str, Any]]:
    """Return the facts of a person, masked for those who may not change employees."""
    whole = may(Permission.CHANGE_EMPLOYEES)
    born = f"{person.birth_date:%d/%m/%Y}" if whole else f"••/••/{person.birth_date:%Y}"
    numbers = [
        (gettext("National Insurance number"), person.ni_number, identifiers.show_nino,
         identifiers.mask_nino),
        (gettext("ULN"), person.uln, identifiers.show_uln, identifiers.mask_uln),
        (gettext("Email"), person.email, identifiers.show_email, identifiers.mask_email),
        (gettext("Telephone"), person.phone, identifiers.show_phone, identifiers.mask_phone),
    ]  # fmt: skip
    return [
        (gettext("Name"), f"{person.title} {person.full_name}".strip()),
        (gettext("Date of birth"), born),
        *((label, (show(v) if whole else mask(v)) if v else None)
          for label, v, show, mask in numbers),
        (gettext("Health and safety assessment"), result_of(person)),
    ]  # fmt: skip


def _employer(row: Registration) -> list[tuple[str, Any]]:
    phone = row.employer_contact_phone
    return [
        (gettext("Employer"), row.employer.name if row.employer else None),
        (gettext("Contact name"), row.employer_contact_name),
        (gettext("Contact email"), row.employer_contact_email),
        (gettext("Contact telephone"), identifiers.show_phone(phone) if phone else None),
    ]


def letters(row: Registration) -> list[tuple[str, Any]]:
    """Return the letters about a registration, each with what became of it."""
    states = {
        "queued": gettext("waiting to be sent"),
        "sent": gettext("sent"),
        "failed": gettext("could not be delivered"),
    }
    whole = may(Permission.CHANGE_EMPLOYEES)
    show = identifiers.show_email if whole else identifiers.mask_email
    return [
        (f"{local(letter.created_at):%d/%m/%Y %H:%M}",
         f"{show(letter.to_email)}: {states[letter.state]}")
        for letter in queries.letters_about(row)
    ]  # fmt: skip


def _history(row: Registration) -> Drawn:
    """Return what happened, with the stage that each move led to."""
    events = queries.events_of(row)
    drawn = timeline(events, rules.REGISTRATION)
    for event, shown in zip(events, drawn, strict=True):
        after = event.after or {}
        if event.what in ("reach_stage", "undo_stage", "start") and "stage_number" in after:
            on = date.fromisoformat(after["stage_reached_on"])
            stage = stage_text(after["stage_number"], on)
            shown["detail"] = gettext("Stage %(stage)s", stage=stage)
    return drawn


def _stages(row: Registration) -> Drawn:
    if row.state not in SHOWN_STATES["progress"] + SHOWN_STATES["completed"]:
        return []
    reached = {stage.number: stage.reached_on for stage in row.stages}
    drawn: Drawn = []
    for number, name in facts_of(row).stages.items():
        state = "later"
        if number <= row.stage_number:
            done = number < row.stage_number or row.state in SHOWN_STATES["completed"]
            state = "done" if done else "now"
        when = f"{reached[number]:%d/%m/%Y}" if number in reached else ""
        drawn.append({"state": state, "number": number, "name": name, "when": when})
    return drawn


def _applications(row: Registration) -> dict[str, Any]:
    if row.kind == Kind.STANDARD:
        return _order(row)
    holding = lookups.orders_holding([each.id for each in row.applications])
    rows = []
    for each in row.applications:
        order = holding.get(each.id)
        note = gettext("Order %(reference)s", reference=order.reference) if order else None
        rows.append(
            {
                "href": url_for("OrdersView.show", row=order.id) if order else "#main",
                "icon": "id",
                "label": gettext("Application %(number)s", number=each.number),
                "note": note,
                "state": cells.badge(each.state_shown),
            }
        )
    return {
        "title": gettext("Card applications"),
        "rows": rows,
        "empty": gettext("Finalising makes the application for the first card."),
    }


def candidate_number(person: Person) -> str | None:
    """Return the number of a candidate; all but its end is masked as birth dates are."""
    number = person.scheme_number
    if number is None or may(Permission.CHANGE_EMPLOYEES):
        return number
    return f"{COVERED}{number[-3:]}"


def _order(row: Registration) -> dict[str, Any]:
    """Return the order that a registration on a standard is on, by itself."""
    order = lookups.orders_holding_registrations([row.id]).get(row.id)
    rows = [
        {
            "href": url_for("OrdersView.show", row=order.id),
            "icon": "receipt",
            "label": gettext("Order %(reference)s", reference=order.reference),
            "state": cells.badge(order.state_shown),
        }
    ] if order else []  # fmt: skip
    return {"title": gettext("Order"), "rows": rows, "empty": gettext("It is on no order.")}
