"""The record page of a card application: facts, what is missing, who must act, what belongs."""

from typing import Any

from flask import get_template_attribute, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext
from markupsafe import Markup

from app.domain.kernel import audit, workflow
from app.domain.kernel.permissions import Permission
from app.domain.orders import lookups
from app.domain.orders.models import Order
from app.domain.registrations import rules
from app.domain.registrations.models import CardApplication
from app.domain.registrations.rules import APPLICATION, MUST_ACT, REQUESTS, Kind, Request
from app.security.current import may
from app.security.guard import requires
from app.views import cells, photos
from app.views.application_moves import ApplicationMoves
from app.views.assessed import book_one, bookings_of
from app.views.declared import address_of
from app.views.history import timeline
from app.views.registration_record import personal

Drawn = list[dict[str, Any]]
NEXT = {
    rules.BEING_PRODUCED.code: "take",
    rules.VERIFYING.code: "prepare",
    rules.PREPARED.code: "dispatch",
}
"""What the processing team does next."""


def is_answerable(row: CardApplication) -> bool:
    """Tell whether an application is on hold until whoever applied supplies something."""
    return row.state == rules.ON_HOLD.code and row.waits_for == "provider"


def missing_labels(row: CardApplication) -> str:
    """Name in short what an application of its own still lacks."""
    return ", ".join(gettext(each.label) for each in rules.FOR_A_CARD if not each.met(row))


class ApplicationRecord(ApplicationMoves):
    """What the record page shows; mixed into the list of applications."""

    def record(self, row: CardApplication) -> dict[str, Any]:
        """Return what the record page shows of an application."""
        order = lookups.orders_holding([row.id]).get(row.id)
        groups = [
            {"title": gettext("Details"), "pairs": _details(row)},
            {"title": gettext("Person"), "pairs": personal(row.person)},
        ]
        if row.registration_id is None and row.state in _codes(rules.UNFINISHED):
            groups.append({"title": gettext("Required before finalising"), "pairs": _required(row)})
        next_step = self._next_step(row, order)
        taken = {each["href"] for each in next_step["actions"]} if next_step else set()
        actions = [*self.edits(row), *self.offered(row), *self._booking(row)]
        return {
            "title": row.person.full_name,
            "text": gettext("Card application %(number)s", number=row.number),
            "badge": cells.badge(row.state_shown),
            "actions": [each for each in actions if each["href"] not in taken],
            "next_step": next_step,
            "photo": self._portrait(row),
            "groups": groups,
            "timeline": timeline(audit.history("card_applications", row.id), APPLICATION),
            "related": [_belonging(row, order), bookings_of(row.person)],
        }

    def _portrait(self, row: CardApplication) -> dict[str, str] | None:
        if row.person.photo_id is None:
            return None
        alt = gettext("Photo of %(name)s", name=row.person.full_name)
        return {"url": self.row_address(row, "photo"), "alt": alt}

    @expose("/<int:row>/photo")
    @requires(Permission.VIEW_APPLICATIONS)
    def photo(self, row: int) -> ResponseReturnValue:
        """Send the photo that the card will carry."""
        application: CardApplication = self.load(row)
        return photos.send(application.person.photo)

    def edits(self, row: CardApplication) -> Drawn:
        """Offer to change what is not ordered yet, or what is on hold until it is changed."""
        open_to_change = row.state in _codes(rules.UNFINISHED) or is_answerable(row)
        if not open_to_change or not may(Permission.FILL_IN_APPLICATIONS):
            return []
        label = gettext("EDIT")
        if row.registration is not None:
            endpoint = _view_of(row.registration.kind)
            href = address_of(f"{endpoint}.edit", row.registration.id)
            label = gettext("Edit the registration")
        else:
            href = self.row_address(row, "edit")
        return [{"label": label, "href": href, "icon": "pencil"}]

    def _booking(self, row: CardApplication) -> Drawn:
        """Offer an assessment to somebody whose application still lacks it."""
        waits = row.state == rules.APPLICATION_STARTED.code and not row.health_and_safety
        return book_one(row.person) if waits else []

    def _next_step(self, row: CardApplication, order: Order | None) -> dict[str, Any] | None:
        yours = gettext("You") if may(Permission.FILL_IN_APPLICATIONS) else row.provider.name
        if may(Permission.PROCESS_APPLICATIONS):
            yours = row.provider.name
        said = self._waiting(row, order)
        if said is None:
            said = self._in_hand(row)
            if said is None:
                return None
            team = gettext("The processing team")
            yours = gettext("You") if may(Permission.PROCESS_APPLICATIONS) else team
        title, text, actions = said
        first = [each | {"primary": number == 0} for number, each in enumerate(actions)]
        state = row.state_shown
        return {"tone": state.tone, "icon": state.icon, "title": title, "who": yours,
                "text": text, "actions": first}  # fmt: skip

    def _waiting(self, row: CardApplication, order: Order | None) -> tuple[str, str, Drawn] | None:
        """Return what whoever applied does next: title, text and actions."""
        if row.state == rules.APPLICATION_STARTED.code:
            lacking = workflow.missing(row, rules.FOR_A_CARD)
            words = ". ".join(gettext(each) for each in lacking)
            return gettext("Put in what is missing"), words, self.edits(row)
        if row.state == rules.APPLICATION_VALID.code:
            return gettext("Finalise the application"), "", self._only(row, "finalise")
        if row.state == rules.APPLICATION_READY.code:
            href = url_for(f"{self.endpoint}.list", tab="ready")
            label = gettext("Applications ready for ordering")
            link = [{"label": label, "href": href, "icon": "shopping-cart-plus"}]
            return gettext("Add it to a purchase"), "", link
        if row.state == rules.AWAITING_PAYMENT.code:
            return gettext("Pay the order"), "", _order_link(order)
        if is_answerable(row):
            return row.hold_reason, gettext(
                "It is on hold. Change what has to be changed, then say what you supplied: the "
                "processing team goes on with it."
            ), [*self._only(row, "answer"), *self.edits(row)]  # fmt: skip
        return None

    def _in_hand(self, row: CardApplication) -> tuple[str, str, Drawn] | None:
        """Return what the processing team does next."""
        if row.state == rules.ON_HOLD.code:
            text = gettext("It is on hold, and waits for the processing team.")
            return row.hold_reason, text, self._only(row, "resume")
        titles = {
            rules.BEING_PRODUCED.code: gettext("Take the application in hand"),
            rules.VERIFYING.code: gettext("Verify the application and make the card"),
            rules.PREPARED.code: gettext("Dispatch the card"),
        }
        if row.state not in titles:
            return None
        return titles[row.state], "", self._only(row, NEXT[row.state])

    def _only(self, row: CardApplication, code: str) -> Drawn:
        href = self.row_address(row, "ask_one", move=code)
        return [each for each in self.offered(row) if each["href"] == href]


def _codes(states: tuple[Any, ...]) -> set[str]:
    return {state.code for state in states}


def _view_of(kind: str) -> str:
    return "ApprenticesView" if kind == Kind.APPRENTICE else "TraineesView"


def _details(row: CardApplication) -> list[tuple[str, Any]]:
    answer = {True: gettext("Yes"), False: gettext("No"), None: gettext("Not answered")}
    details: list[tuple[str, Any]] = [
        (gettext("App. Type"), gettext(REQUESTS[Request(row.kind)])),
        (gettext("Occupation"), row.occupation.name if row.occupation else None),
        (gettext("Initials"), row.initials),
        (gettext("Health and safety assessment completed"), answer[row.health_and_safety]),
        (gettext("Card Batch"), _batch_link(row)),
        (gettext("Applied for by"), row.provider.name),
        (gettext("Completed"), cells.day(row.completed_at).text),
    ]
    if row.hold_reason:
        details.append((gettext("What is missing"), row.hold_reason))
        details.append((gettext("Who must act"), gettext(MUST_ACT[row.waits_for])))
    return details


def _required(row: CardApplication) -> list[tuple[str, Any]]:
    mark = get_template_attribute("macros/ui.html", "mark")
    return [
        (gettext(each.label), mark(each.met(row), gettext("Yes"), gettext(each.missing)))
        for each in rules.FOR_A_CARD
    ]


def _batch_link(row: CardApplication) -> Markup | None:
    if row.batch is None:
        return None
    href = address_of("CardBatchesView.show", row.batch.id)
    return Markup('<a href="{}">{}</a>').format(href, row.batch.number)


def _order_link(order: Order | None) -> Drawn:
    if order is None or not may(Permission.VIEW_PURCHASES):
        return []
    label = gettext("Order %(reference)s", reference=order.reference)
    return [{"label": label, "icon": "receipt", "href": address_of("OrdersView.show", order.id)}]


def _belonging(row: CardApplication, order: Order | None) -> dict[str, Any]:
    """Return the registration and the order that an application belongs to."""
    rows: Drawn = []
    if row.registration is not None:
        number = row.registration.number
        rows.append(
            {
                "href": address_of(f"{_view_of(row.registration.kind)}.show", row.registration.id),
                "icon": "certificate",
                "label": gettext("Registration %(number)s", number=number),
                "note": row.registration.scheme.name,
                "state": cells.badge(row.registration.state_shown),
            }
        )
    if order is not None:
        rows += [each | {"state": cells.badge(order.state_shown)} for each in _order_link(order)]
    return {"title": gettext("Belongs to"), "rows": rows,
            "empty": gettext("It is on no order yet.")}  # fmt: skip
