"""Orders: submitted, changed, cancelled; what they come to, on both databases."""

import pytest
from sqlalchemy import func, select

from app.domain.kernel.tables import Event, Letter
from app.domain.orders import queries
from app.domain.orders.models import Order, OrderLine
from app.domain.orders.rules import CANCELLED, OPEN
from app.domain.orders.service import purchase
from app.domain.registrations.models import CardApplication, CardBatch, Registration
from app.errors import ConflictError, IllegalMoveError, NotFoundError, StaleError
from app.extensions import db
from app.letters.catalogue import check_context
from app.transaction import transaction
from tests.support.orders import AT, an_order, details, ready
from tests.support.viewers import viewer_of
from tests.support.watch import count_statements


@pytest.fixture
def provider(portal):
    return viewer_of(portal, "provider@demo.example")


@pytest.mark.both_databases
@pytest.mark.function("A36", "A49", "A51", "A53", "A54", "A56", "A57")
def test_a_purchase_makes_an_order_whose_lines_are_the_applications(inside, provider, backend):
    with inside(provider), transaction():
        registrations = ready(2)
        versions = {each.id: each.version for each in registrations}
        order = purchase.submit_purchase(registrations, versions, details(), at=AT)

        assert order.state == OPEN.code
        assert order.reference.startswith("ECS")
        assert order.organisation_id == provider.organisation_id
        assert [line.total for line in queries.lines_of(order)] == [14040, 14040]
        totals = queries.figures_of(order)
        assert (totals.net, totals.vat, totals.total, totals.balance) == (23400, 4680, 28080, 28080)
        assert len(totals.batches) == 1
        assert {each.state for each in registrations} == {"on_order"}
        assert {a.state for a in db.session.scalars(select(CardApplication))} == {
            "awaiting_payment"
        }


@pytest.mark.function("A40")
def test_the_accounts_contact_is_written_to(inside, provider):
    with inside(provider), transaction():
        order = an_order()
        letter = db.session.scalars(select(Letter).where(Letter.code == "order_submitted")).one()
        check_context(letter.code, letter.context)
        assert letter.to_email == "accounts@caldervale.example"
        assert letter.context["total"] == 28080
        assert letter.context["link"] == f"/orders/{order.id}"


def test_ordering_many_takes_a_fixed_number_of_statements(inside, provider):
    with inside(provider), transaction():
        registrations = ready(60)
        db.session.flush()
        with count_statements() as seen:
            purchase.submit_purchase(registrations, None, details(), at=AT)
        others = [each for each in seen if "INTO order_lines" not in each]
        assert len(others) < 30, seen


@pytest.mark.function("A117")
def test_more_are_added_as_a_batch_of_their_own_while_the_order_is_open(inside, provider):
    with inside(provider), transaction():
        order = an_order()
        before = order.version
        purchase.add_to_order(order, ready(1, surname="Jones"), None, at=AT)

        totals = queries.figures_of(order)
        assert (totals.lines, totals.total) == (3, 42120)
        assert len(totals.batches) == 2
        assert order.version == before + 1


def test_a_registration_on_another_order_is_refused_in_words(inside, provider):
    with inside(provider), transaction():
        order = an_order()
        taken = db.session.scalars(select(Registration)).all()
        with pytest.raises(ConflictError, match=r"Nothing was ordered\. .*that is on order"):
            purchase.submit_purchase(taken, None, details(), at=AT)
        assert queries.figures_of(order).lines == 2


def test_a_registration_changed_meanwhile_is_refused(inside, provider):
    with inside(provider), transaction():
        registrations = ready(2)
        versions = {each.id: each.version - 1 for each in registrations}
        with pytest.raises(StaleError, match="Somebody else changed it") as refused:
            purchase.submit_purchase(registrations, versions, details(), at=AT)
        statuses = [label for label in refused.value.theirs if label.endswith(": Status")]
        assert len(statuses) == 2
        assert refused.value.theirs[statuses[0]] == "Ready for ordering"
        assert "Awaiting finalisation" in refused.value.yours[statuses[0]]


def test_registrations_of_somebody_else_do_not_exist(portal, inside, provider):
    with inside(provider), transaction():
        mine = [each.id for each in ready(1)]
    with inside(viewer_of(portal, "rival@demo.example")), transaction():
        theirs = list(db.session.scalars(select(Registration).where(Registration.id.in_(mine))))
        assert theirs == []
        assert queries.purchase_choices()[1] == []


def test_an_office_orders_for_itself_and_its_company_sees_it(portal, inside, provider):
    office = viewer_of(portal, "office@demo.example")
    with inside(office), transaction():
        order_id = an_order(1).id
    with inside(provider):
        order = queries.find_order(order_id)
        assert order is not None
        assert order.organisation.level == "Office - Halifax Office"


def test_a_company_cannot_put_its_own_people_on_the_order_of_an_office(portal, inside, provider):
    with inside(viewer_of(portal, "office@demo.example")), transaction():
        order_id = an_order(1).id
    with inside(provider), transaction():
        order = queries.find_order(order_id)
        with pytest.raises(ConflictError, match="raised at the level"):
            purchase.add_to_order(order, ready(1, surname="Jones"), None, at=AT)


def test_an_order_cannot_go_to_a_place_of_somebody_else(inside, provider):
    with inside(provider), transaction(), pytest.raises(NotFoundError):
        purchase.submit_purchase(ready(1), None, details(invoice_to=1), at=AT)


@pytest.mark.function("A58")
def test_a_line_taken_off_makes_its_registration_ready_again(inside, provider):
    with inside(provider), transaction():
        order = an_order()
        line = queries.lines_of(order)[0]
        registration = line.application.registration
        purchase.remove_line(line, order.version, at=AT)

        assert registration.state == "ready_for_ordering"
        assert queries.figures_of(order).total == 14040
        again = purchase.submit_purchase([registration], None, details(), at=AT)
        assert queries.figures_of(again).total == 14040


@pytest.mark.function("A58")
def test_cancelling_returns_everything_and_says_what(inside, provider):
    with inside(provider), transaction():
        order = an_order()
        numbers = [str(line.application.number) for line in queries.lines_of(order)]
        purchase.cancel_order(order, order.version, at=AT)

        assert order.state == CANCELLED.code
        assert queries.figures_of(order).lines == 0
        states = db.session.scalars(select(Registration.state)).all()
        assert set(states) == {"ready_for_ordering"}
        event = db.session.scalars(select(Event).where(Event.what == "cancel")).one()
        assert all(number in event.reason for number in numbers)
        with pytest.raises(IllegalMoveError, match="cancelled"):
            purchase.add_to_order(
                order, list(db.session.scalars(select(Registration))), None, at=AT
            )


def test_an_order_changed_by_somebody_else_is_refused(inside, provider):
    with inside(provider), transaction():
        order = an_order()
        seen = order.version
        purchase.change_details(order, seen, details(customer_reference="PO 7"), at=AT)
        assert order.customer_reference == "PO 7"
        with pytest.raises(StaleError, match="Somebody else changed"):
            purchase.cancel_order(order, seen, at=AT)
        with pytest.raises(StaleError) as refused:
            purchase.change_details(order, seen, details(), at=AT)
        label = "Your Reference / P.O. Number"
        assert refused.value.theirs[label] == "PO 7"
        assert refused.value.yours[label] == details().customer_reference


def test_a_page_of_orders_is_added_up_in_one_statement(inside, provider):
    with inside(provider), transaction():
        orders = [an_order(2, surname=name).id for name in ("Ash", "Beech", "Cedar")]
        with count_statements() as seen:
            found = queries.figures(orders)
        assert len(seen) == 1, seen
        assert [found[each].total for each in orders] == [28080] * 3


def test_nothing_is_left_of_a_purchase_that_fails_half_way(inside, provider, monkeypatch):
    with inside(provider), transaction():
        ids = [each.id for each in ready(2)]

    def fail(*_args, **_values):
        raise RuntimeError

    with inside(provider):
        monkeypatch.setattr(purchase, "post_letter", fail)
        registrations = list(
            db.session.scalars(select(Registration).where(Registration.id.in_(ids)))
        )
        with pytest.raises(RuntimeError), transaction():
            purchase.submit_purchase(registrations, None, details(), at=AT)
    with inside(provider):
        for model in (Order, OrderLine, CardBatch):
            assert db.session.scalar(select(func.count()).select_from(model)) == 0
        assert set(db.session.scalars(select(Registration.state))) == {"ready_for_ordering"}
