"""Card batches: what an order's cards are produced in, and how far each batch is (A57)."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from flask import g, url_for
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext, ngettext
from markupsafe import Markup
from sqlalchemy import exists
from sqlalchemy.orm import joinedload

from app.clock import start_of
from app.domain.kernel import audit
from app.domain.kernel.columns import row_id
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_
from app.domain.kernel.workflow import State
from app.domain.orders import lookups
from app.domain.orders.models import Order
from app.domain.registrations import queries, rules
from app.domain.registrations.models import CardApplication, CardBatch
from app.domain.registrations.rules import APPLICATION, REQUESTS, Request
from app.security.current import may
from app.views import cells
from app.views.base import Column, Filter, ListTab, PortalModelView
from app.views.declared import address_of
from app.views.history import timeline

Drawn = list[dict[str, Any]]
SHOWN = 100
"""Cards that the page of a batch lists; the others are behind a link."""
MOVES = ("take", "prepare", "dispatch", "hold")
"""What the processing team does with whole batches."""


def _holds(*states: State) -> Any:
    return exists().where(
        CardApplication.batch_id == CardBatch.id,
        CardApplication.state.in_([state.code for state in states]),
    )


def _states(batch: CardBatch) -> Mapping[str, int]:
    found: Mapping[str, int] = g.get("batch_states", {}).get(batch.id, {})
    return found


def _order(batch: CardBatch) -> Order | None:
    found: Order | None = g.get("batch_orders", {}).get(batch.id)
    return found


def _ordered(batch: CardBatch) -> cells.Cell:
    order = _order(batch)
    if order is None:
        return cells.text(None)
    href = address_of("OrdersView.show", order.id) if may(Permission.VIEW_PURCHASES) else None
    return cells.text(order.reference, sub=order.customer_reference or None, href=href)


def _counted(batch: CardBatch) -> str:
    """Return "2 Being produced, 1 On hold", in the order in which cards pass through states."""
    states = _states(batch)
    said = [
        f"{states[state.code]} {gettext(state.label)}"
        for state in APPLICATION.states
        if state.code in states
    ]
    return ", ".join(said) or gettext("No cards")


def _badge(batch: CardBatch) -> cells.Cell | None:
    """Return the state that all cards of a batch have in common."""
    states = list(_states(batch))
    return cells.badge(APPLICATION.state(states[0])) if len(states) == 1 else None


class CardBatchesView(PortalModelView):
    """The card batches of one's own orders; for the processing team all of them."""

    datamodel = SQLAInterface(CardBatch)
    route_base = "/card-batches"
    resource = "Applications"
    permission = Permission.VIEW_APPLICATIONS
    title = N_("Card batches")
    crumb = N_("Card batches")
    default_sort = "-number"
    eager = (joinedload(CardBatch.provider),)
    columns = (
        Column(
            N_("Card Batch"),
            lambda b: cells.lead(str(b.number), sub=b.provider.name),
            CardBatch.number,
        ),
        Column(N_("Order"), _ordered),
        Column(N_("Cards"), lambda b: cells.number(sum(_states(b).values()))),
        Column(N_("Status"), lambda b: cells.text(_counted(b))),
        Column(N_("Made on"), lambda b: cells.day(b.created_at)),
    )
    tabs: ClassVar[tuple[ListTab, ...]] = (
        ListTab("produced", N_("Being produced"), _holds(*rules.IN_HAND, rules.ON_HOLD),
                title=N_("Card batches being produced"),
                text=N_("The processing team has their cards in hand.")),
        ListTab("waiting", N_("Awaiting Payment"), _holds(rules.AWAITING_PAYMENT),
                title=N_("Card batches awaiting payment"),
                text=N_("Nothing is produced until their order is paid.")),
        ListTab("completed", N_("Completed"),
                _holds(rules.APPLICATION_COMPLETED, rules.APPLICATION_ARCHIVED)
                & ~_holds(*rules.IN_HAND, rules.ON_HOLD, rules.AWAITING_PAYMENT),
                title=N_("Completed card batches"), text=N_("All their cards are on their way.")),
        ListTab("all", N_("All"), title=N_("All card batches")),
    )  # fmt: skip
    filters = (
        Filter("number", N_("Card Batch"), "text", lambda v: CardBatch.number == row_id(v)),
        Filter("order", N_("Our Ref begins with"), "text", lookups.batch_ordered_by),
        Filter("from", N_("Made from"), "date", lambda day: CardBatch.created_at >= start_of(day)),
        Filter("before", N_("Made before"), "date",
               lambda day: CardBatch.created_at < start_of(day)),
    )  # fmt: skip

    def prepare(self, rows: Sequence[CardBatch]) -> None:
        """Count the cards of a page of batches, and find their orders."""
        ids = [batch.id for batch in rows]
        g.batch_states = queries.batch_states(ids)
        g.batch_orders = lookups.orders_of_batches(ids)

    def row_name(self, row: CardBatch) -> str:
        """Call a batch by its number."""
        return gettext("card batch %(number)s", number=row.number)

    def empty(self, tab: ListTab) -> dict[str, Any]:
        """Say where batches come from."""
        return {
            "icon": "stack-2",
            "title": gettext("No card batches here"),
            "text": gettext("Every purchase makes one, and so does every addition to an order."),
            "actions": [],
        }

    def bulk(self, tab: ListTab) -> Drawn:
        """Let the processing team move all cards of ticked batches."""
        if tab.code not in ("produced", "all") or not may(Permission.PROCESS_APPLICATIONS):
            return []
        return [
            {
                "label": gettext(APPLICATION.move(code).label),
                "icon": APPLICATION.move(code).icon,
                "href": url_for(
                    "ApplicationsView.ask_batches", move=code, list_of="CardBatchesView"
                ),
            }
            for code in MOVES
        ]

    def _moves(self, row: CardBatch) -> Drawn:
        if not may(Permission.PROCESS_APPLICATIONS):
            return []
        states = set(_states(row))
        return [
            {
                "label": gettext(declared.label),
                "icon": declared.icon,
                "href": address_of("ApplicationsView.ask_batch", row.id, argument="batch",
                                   move=declared.code),
            }
            for declared in map(APPLICATION.move, MOVES)
            if states & {state.code for state in declared.sources}
        ]  # fmt: skip

    def record(self, row: CardBatch) -> dict[str, Any]:
        """Return a batch with its cards, and what the processing team may do with all of them."""
        self.prepare([row])
        cards = queries.applications_in([row.id], SHOWN)
        badge = _badge(row)
        return {
            "title": gettext("Card Batch %(number)s", number=row.number),
            "text": _counted(row),
            "badge": badge,
            "actions": self._moves(row),
            "groups": [
                {
                    "title": gettext("Details"),
                    "pairs": [
                        (gettext("Order"), _order_link(row)),
                        (gettext("Raised by"), row.provider.name),
                        (gettext("Made on"), cells.day(row.created_at).text),
                        (gettext("Cards"), str(sum(_states(row).values()))),
                        (gettext("Status"), _counted(row)),
                    ],
                }
            ],
            "timeline": timeline(audit.history("card_batches", row.id)),
            "related": [self._cards(row, cards)],
        }

    def _cards(self, row: CardBatch, cards: Sequence[CardApplication]) -> dict[str, Any]:
        count = sum(_states(row).values())
        return {
            "title": gettext("Card applications"),
            "rows": [
                {
                    "href": address_of("ApplicationsView.show", each.id),
                    "icon": "id",
                    "label": each.person.full_name,
                    "note": f"{each.number}, {gettext(REQUESTS[Request(each.kind)])}",
                    "state": cells.badge(each.state_shown),
                }
                for each in cards
            ],
            "count": count,
            "href": url_for("ApplicationsView.list", tab="all", f_batch=row.number),
            "more": ngettext("Show %(num)d card in a list", "Show %(num)d cards in a list", count),
            "empty": gettext("Its cards were taken off the order."),
        }


def _order_link(row: CardBatch) -> Markup | str | None:
    cell = _ordered(row)
    if cell.href is None:
        return None if cell.text == cells.DASH else cell.text
    return Markup('<a href="{}">{}</a>').format(cell.href, cell.text)
