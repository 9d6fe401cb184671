"""Properties of money that hold whatever is bought, and however many do it at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.domain.catalogue.models import Product
from app.domain.catalogue.service import set_price
from app.domain.kernel.idempotency import new_token
from app.domain.kernel.money import vat_of
from app.domain.kernel.tables import Counter
from app.domain.kernel.viewer import seen_by
from app.domain.orders import queries
from app.domain.orders.models import Invoice, Order, OrderLine, Transfer
from app.domain.orders.service import purchase, receipts
from app.domain.registrations.models import Registration
from app.extensions import db
from app.transaction import transaction
from tests.support.orders import AT, an_order, details, ready
from tests.support.viewers import viewer_of

pytestmark = pytest.mark.both_databases


@pytest.fixture
def provider(portal):
    return viewer_of(portal, "provider@demo.example")


@pytest.mark.function("A53")
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(prices=st.lists(st.integers(1, 99_999), min_size=1, max_size=4))
def test_totals_of_an_order_equal_its_lines(inside, provider, backend, prices):
    with inside(replace(provider, everything=True)), transaction():
        card = db.session.scalars(select(Product)).first()
        order = None
        for price in prices:
            set_price(card, date(2026, 1, 1), price)
            one = ready(1)
            if order is None:
                order = purchase.submit_purchase(one, None, details(), at=AT)
            else:
                purchase.add_to_order(order, one, None, at=AT)
        receipts.register_bacs(order, at=AT)

        totals = queries.figures_of(order)
        lines = list(db.session.scalars(select(OrderLine).where(OrderLine.order_id == order.id)))
        assert totals.net == sum(line.net for line in lines) == sum(prices)
        assert totals.vat == sum(line.vat for line in lines) == sum(vat_of(p, 2000) for p in prices)
        assert totals.total == sum(line.total for line in lines) == totals.balance
        issued = db.session.scalars(select(Invoice).where(Invoice.order_id == order.id)).one()
        assert (issued.net, issued.vat, issued.total) == (totals.net, totals.vat, totals.total)
        moved = db.session.scalars(select(Transfer.amount).where(Transfer.order_id == order.id))
        assert sum(moved) == totals.total


class RolledBackError(Exception):
    """What a transaction fails with on purpose."""


def test_invoice_numbers_have_no_gaps_under_concurrent_rollbacks(portal, inside, provider, backend):
    with inside(provider), transaction():
        orders = [an_order(1).id for _ in range(24)]
    start = threading.Barrier(8)

    def register(order_id):
        fails = order_id % 3 == 0
        try:
            with portal.app_context(), seen_by(provider), transaction():
                receipts.register_bacs(db.session.get_one(Order, order_id), at=AT)
                if fails:
                    raise RolledBackError
        except RolledBackError:
            return 0
        return 1

    def work(share):
        start.wait(30)
        return sum(register(order_id) for order_id in share)

    with ThreadPoolExecutor(8) as pool:
        done = sum(pool.map(work, [orders[n::8] for n in range(8)]))

    with inside():
        numbers = list(db.session.scalars(select(Invoice.number).order_by(Invoice.number)))
        assert numbers == list(range(1, done + 1))
        assert 0 < done < len(orders)
        assert db.session.get_one(Counter, "invoice").value == done
        unpaid = db.session.scalar(select(func.count(Order.id)).where(Order.state == "open"))
        assert unpaid == len(orders) - done


def test_fifty_identical_submits_at_once_make_one_order(portal, inside, provider, backend):
    with inside(provider), transaction():
        ids = [each.id for each in ready(3)]
    token, start = new_token(), threading.Barrier(10)

    def submit():
        with portal.app_context(), seen_by(provider), transaction():
            rows = list(db.session.scalars(select(Registration).where(Registration.id.in_(ids))))
            return purchase.once(
                token, "purchase",
                lambda: purchase.submit_purchase(rows, None, details(), at=AT).id,
            )  # fmt: skip

    def work(_number):
        start.wait(30)
        return [submit() for _time in range(5)]

    with ThreadPoolExecutor(10) as pool:
        answers = {answer for found in pool.map(work, range(10)) for answer in found}

    with inside():
        assert answers == set(db.session.scalars(select(Order.id)))
        assert len(answers) == 1
        assert db.session.scalar(select(func.count(OrderLine.id))) == 3
