"""Orders of registrations on standards, and orders put together bit by bit."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.documents.invoice import check_invoice, read_content
from app.domain.catalogue import queries as catalogue
from app.domain.catalogue.models import StageDefinition, StandardVersion
from app.domain.kernel.tables import Event, Letter
from app.domain.kernel.viewer import GATEWAY, PRINTER, SYSTEM
from app.domain.orders import lookups, queries
from app.domain.orders.counts import menu_counts
from app.domain.orders.models import Invoice, Order, OrderLine
from app.domain.orders.overview import orders_awaiting
from app.domain.orders.rules import ASSEMBLING, CANCELLED, OPEN, Method
from app.domain.orders.service import assembling, invoice, payment, purchase, receipts
from app.domain.orders.service.fulfilment import fulfil
from app.domain.registrations import service
from app.domain.registrations.models import CardApplication, CardBatch, Registration
from app.domain.registrations.service import notices
from app.errors import ConflictError, IllegalMoveError, NotFoundError
from app.extensions import db
from app.letters.catalogue import check_context
from app.letters.senders import sender_of
from app.transaction import transaction
from tests.integration.test_applications import drafts as card_drafts
from tests.support.orders import AT, details, ready
from tests.support.standards import candidate, draft, drafts, package
from tests.support.viewers import viewer_of
from tests.support.watch import count_statements

pytestmark = pytest.mark.both_databases


@pytest.fixture
def centre(portal):
    return viewer_of(portal, "centre@demo.example")


@pytest.fixture
def provider(portal):
    return viewer_of(portal, "provider@demo.example")


@pytest.fixture
def rival(portal):
    return viewer_of(portal, "rival@demo.example")


def registered(count=2, of=None):
    ids = service.register_many(drafts(count, of), AT)
    return [db.session.get_one(Registration, each) for each in ids]


def an_order(count=2):
    return purchase.submit_purchase(registered(count), None, details(), at=AT)


def cards(count):
    made = service.apply_many(card_drafts(count, "initial"), AT)
    service.finalise_applications(made, None, AT)
    return [each.id for each in made]


def assembled(*, at_first=0):
    order = assembling.begin(details(), catalogue.body_of(details().invoice_to), AT)
    if at_first:
        ids = service.register_many(drafts(at_first), AT)
        assembling.add_chunk(order, registrations=ids, at=AT)
    return order


def letters(code):
    return list(db.session.scalars(select(Letter).where(Letter.code == code)))


def test_registrations_on_standards_are_ordered_as_they_are(inside, centre):
    with inside(centre), transaction():
        rows = registered(2)
        seen = {each.id: each.version for each in rows}
        order = purchase.submit_purchase(rows, seen, details(), at=AT)

        assert order.state == OPEN.code
        assert {each.state for each in rows} == {"on_order"}
        lines = queries.lines_of(order)
        assert [line.registration_id for line in lines] == [each.id for each in rows]
        assert [line.application_id for line in lines] == [None, None]
        assert [line.subject.person.surname for line in lines] == ["D’Arcy-Żak1", "D’Arcy-Żak2"]
        totals = queries.figures_of(order)
        # An eligible body buys examination services: exempt.
        assert (totals.lines, totals.net, totals.vat, totals.batches) == (2, 159000, 0, ())
        assert db.session.scalar(select(func.count(CardBatch.id))) == 0
        assert lookups.orders_holding_registrations([rows[0].id]) == {rows[0].id: order}
        (letter,) = letters("order_submitted")
        assert letter.context["lines"] == [
            {"description": "ACAP01D Autocare EPA ONLY", "quantity": 2, "total": 159000}
        ]


def test_a_purchase_of_standards_is_priced_beforehand_as_it_will_be_ordered(inside, provider):
    with inside(provider), transaction():
        rows = registered(1) + registered(1, package("LVAP03C"))
        quoted = queries.quote_subjects(rows)
        order = purchase.submit_purchase(rows, None, details(), at=AT)
        totals = queries.figures_of(order)
        assert (quoted.net, quoted.vat) == (totals.net, totals.vat) == (223000, 44600)


def test_a_line_is_for_a_card_application_or_a_registration_never_both_nor_none(inside, centre):
    with inside(centre), transaction():
        order = an_order(1)
        line = queries.lines_of(order)[0]
        values = {
            "order_id": order.id, "product_id": line.product_id, "quantity": 1, "unit_net": 1,
            "vat_category": "E", "vat_rate": 0, "vat_reason": "x", "net": 1, "vat": 0,
        }  # fmt: skip
        table = OrderLine.__table__
        for more in ({}, {"application_id": 1, "registration_id": line.registration_id}):
            with pytest.raises(IntegrityError), db.session.begin_nested():
                db.session.connection().execute(table.insert(), values | more)


def test_a_registration_is_on_one_order_at_a_time(inside, centre):
    with inside(centre), transaction():
        rows = registered(1)
        purchase.submit_purchase(rows, None, details(), at=AT)
        with pytest.raises(ConflictError, match="Nothing was ordered"):
            purchase.submit_purchase(rows, None, details(), at=AT)


def test_a_line_taken_off_makes_its_registration_ready_again(inside, centre):
    with inside(centre), transaction():
        order = an_order(2)
        line = queries.lines_of(order)[0]
        row = line.subject
        purchase.remove_line(line, order.version, at=AT)
        assert row.state == "ready_for_ordering"
        assert queries.figures_of(order).lines == 1
        purchase.add_to_order(order, [row], None, at=AT)
        assert queries.figures_of(order).lines == 2


def test_a_cancelled_order_names_the_registrations_that_came_off_it(inside, centre):
    with inside(centre), transaction():
        order = an_order(2)
        rows = [line.subject for line in queries.lines_of(order)]
        purchase.cancel_order(order, order.version, at=AT)
        assert {each.state for each in rows} == {"ready_for_ordering"}
        event = db.session.scalars(select(Event).where(Event.what == "cancel")).one()
        assert event.reason == f"Registrations taken off: {rows[0].number}, {rows[1].number}"


def test_paying_starts_registrations_at_the_first_stage_where_there_are_stages(inside, centre):
    with inside(SYSTEM), transaction():
        staged, bare = package("ACAP01D"), package("HVAP01D")
        version = db.session.get_one(StandardVersion, bare.standard_version_id)
        for stage in version.scheme.stages:
            db.session.delete(stage)
        assert db.session.scalar(
            select(func.count(StageDefinition.id)).where(
                StageDefinition.scheme_id == staged.standard_version.scheme_id
            )
        ) == 3  # fmt: skip
    with inside(centre), transaction():
        rows = registered(1) + registered(1, package("HVAP01D"))
        order = purchase.submit_purchase(rows, None, details(), at=AT)
        ids, order_id = [each.id for each in rows], order.id
    with inside(GATEWAY), transaction():
        said = {"paid_on": "2026-11-20"}
        order = db.session.get_one(Order, order_id)
        fulfil(order, method=Method.CARD, letter="payment_received", said=said, at=AT)
    with inside(centre):
        first, second = (db.session.get_one(Registration, each) for each in ids)
        assert (first.state, second.state) == ("in_progress", "in_progress")
        assert [each.number for each in first.stages] == [1]
        assert (first.stage_reached_on is None, second.stage_reached_on) == (False, None)
        assert second.stages == []
        assert first.in_progress_at == second.in_progress_at == AT


def test_an_order_of_standards_is_paid_by_transfer_and_its_invoice_names_the_people(inside, centre):
    with inside(centre), transaction():
        order = an_order(2)
        receipts.register_bacs(order, at=AT)
        numbers = [line.subject.number for line in queries.lines_of(order)]
        order_id = order.id
    with inside(PRINTER):
        row = db.session.scalars(select(Invoice).where(Invoice.order_id == order_id)).one()
        check_invoice(read_content(row.content))
        assert [each["detail"] for each in row.content["lines"]] == [
            f"D’Arcy-Żak1, Zofia, registration {numbers[0]}",
            f"D’Arcy-Żak2, Zofia, registration {numbers[1]}",
        ]
        lines = queries.lines_of(db.session.get_one(Order, order_id))
        assert [line.subject.scheme.administering_body.name for line in lines] == [
            "Wrenfield Awards"
        ] * 2


def test_an_invoice_of_very_many_lines_prints_them_by_product_and_price(
    inside, provider, monkeypatch
):
    monkeypatch.setattr(invoice, "LISTED", 3)
    with inside(provider), transaction():
        rows = registered(3) + registered(2, package("ACAP01A"))
        order = purchase.submit_purchase(rows, None, details(), at=AT)
        content = invoice.freeze(order, number="INV-1", on=AT.date(), paid_how="Card payment")
        check_invoice(read_content(content))
        assert [(each["quantity"], each["net"]) for each in content["lines"]] == [
            (3, 238500), (2, 53000),
        ]  # fmt: skip
        assert content["lines"][0]["detail"] == "3 of them, which the order lists by name"
        assert content["totals"]["total"] == queries.figures_of(order).total


def test_an_order_put_together_bit_by_bit_is_open_once_it_is_whole(inside, centre):
    with inside(centre), transaction():
        order = assembled()
        assert (order.state, order.reference[:3]) == (ASSEMBLING.code, "ECS")
        for n in range(3):
            wanted = [draft(person=candidate(10 * n + each + 1)) for each in range(4)]
            ids = service.register_many(wanted, AT)
            assert assembling.add_chunk(order, registrations=ids, at=AT) == 4
        assert letters("order_submitted") == []
        assembling.complete(order, AT)
        assert order.state == OPEN.code
        (letter,) = letters("order_submitted")
        check_context(letter.code, letter.context)
        assert letter.to_email == details().accounts_contact_email
        assert letter.context["lines"][0]["quantity"] == 12
        assert queries.figures_of(order).lines == 12
        states = db.session.scalars(select(Registration.state).distinct())
        assert list(states) == ["on_order"]


@pytest.mark.function("A57")
def test_cards_of_an_order_put_together_bit_by_bit_are_one_batch(inside, provider):
    with inside(provider), transaction():
        order = assembled()
        for _ in range(2):
            assembling.add_chunk(order, applications=cards(3), at=AT)
        mixed = service.register_many(drafts(2), AT)
        assembling.add_chunk(order, registrations=mixed, applications=cards(1), at=AT)
        totals = queries.figures_of(order)
        assert (totals.lines, len(totals.batches)) == (9, 1)
        assert db.session.scalar(select(func.count(CardBatch.id))) == 1
        assert set(db.session.scalars(select(CardApplication.state))) == {"awaiting_payment"}


def test_five_hundred_are_put_on_an_order_in_about_a_dozen_statements(inside, provider):
    with inside(provider), transaction():
        order = assembled(at_first=1)
        ids = service.register_many([draft(person=candidate(n)) for n in range(2, 502)], AT)
        db.session.expunge_all()
        order = db.session.get_one(Order, order.id)
        with count_statements() as seen:
            assembling.add_chunk(order, registrations=ids, at=AT)
        assert len(seen) <= 14, seen
        assert queries.figures_of(order).lines == 501


def test_an_order_being_put_together_can_be_neither_paid_nor_changed_nor_cancelled(inside, centre):
    with inside(centre), transaction():
        order = assembled(at_first=2)
        line = queries.lines_of(order)[0]
        more = registered(1, package("LVAP02D"))
        for attempt in (
            lambda: receipts.register_bacs(order, at=AT),
            lambda: payment.begin(order, "test gateway", at=AT),
            lambda: purchase.remove_line(line, None, at=AT),
            lambda: purchase.add_to_order(order, more, None, at=AT),
            lambda: purchase.change_details(order, None, details(), at=AT),
            lambda: purchase.cancel_order(order, None, at=AT),
        ):
            with pytest.raises((IllegalMoveError, ConflictError), match="being put together"):
                attempt()
        assert order.state == ASSEMBLING.code
        assert queries.figures_of(order).lines == 2


@pytest.mark.function("A137")
def test_an_order_being_put_together_requires_attention(inside, centre):
    with inside(centre), transaction():
        assembled(at_first=1)
        assert orders_awaiting() == 1
        assert menu_counts()["orders"] == 1
        assert queries.purchase_choices()[1] == []


def test_an_order_is_given_up_only_before_anything_is_on_it(inside, centre):
    with inside(centre), transaction():
        empty = assembled()
        assembling.abandon(empty, AT)
        assert empty.state == CANCELLED.code
        begun = assembled(at_first=1)
        with pytest.raises(ConflictError, match="has lines already"):
            assembling.abandon(begun, AT)
        assembling.complete(begun, AT)
        for attempt in (assembling.complete, assembling.abandon):
            with pytest.raises(IllegalMoveError):
                attempt(begun, AT)
        with pytest.raises(IllegalMoveError):
            assembling.add_chunk(begun, registrations=[1], at=AT)


def test_a_chunk_is_put_on_whole_or_not_at_all(inside, centre):
    with inside(centre), transaction():
        order = assembled()
        rows = registered(3)
        service.cancel(rows[:1], None, AT)
        ids = [each.id for each in rows]
        with pytest.raises(ConflictError, match=str(rows[0].number)):
            assembling.add_chunk(order, registrations=ids, at=AT)
        with pytest.raises(ConflictError, match="comes twice"):
            assembling.add_chunk(order, registrations=[ids[1], ids[1]], at=AT)
        assert queries.figures_of(order).lines == 0
        assert assembling.add_chunk(order, at=AT) == 0


def test_a_chunk_takes_neither_foreign_rows_nor_what_needs_a_card(inside, centre, provider, rival):
    with inside(provider), transaction():
        foreign = service.register_many(drafts(1), AT)
        apprentice = [each.id for each in ready(1)]
        through = list(db.session.scalars(select(CardApplication.id)))
        order = assembled()
        for wanted in ({"registrations": apprentice}, {"applications": through}):
            with pytest.raises(ConflictError, match="not there"):
                assembling.add_chunk(order, **wanted, at=AT)
        order_id = order.id
    with inside(centre), transaction():
        mine = assembled()
        with pytest.raises(ConflictError, match="not there"):
            assembling.add_chunk(mine, registrations=foreign, at=AT)
    with inside(rival):
        assert queries.find_order(order_id) is None


def test_an_order_is_put_together_for_the_active_organisations_own_places(inside, centre, provider):
    with inside(centre), transaction(), pytest.raises(NotFoundError):
        wanted = details(invoice_to=provider.organisation_id)
        assembling.begin(wanted, catalogue.body_of(centre.organisation_id), AT)


def test_a_chunk_of_another_administering_body_is_refused(inside, centre):
    with inside(centre), transaction():
        scottish = db.session.get_one(type(catalogue.body_of(centre.organisation_id)), 2)
        order = assembling.begin(details(), scottish, AT)
        ids = service.register_many(drafts(1), AT)
        with pytest.raises(ConflictError, match="with another body"):
            assembling.add_chunk(order, registrations=ids, at=AT)


@pytest.mark.function("C10", "C11", "C12")
def test_each_candidate_gets_one_confirmation_from_the_address_for_registrations(inside, centre):
    with inside(centre), transaction():
        ids = service.register_many(drafts(3), AT)
        with count_statements() as seen:
            assert notices.post_registered(ids, AT) == 3
        assert len(seen) <= 4, seen
        found = letters("standard_registered")
        assert [each.to_email for each in found] == [f"zofia{n}@example.com" for n in (1, 2, 3)]
        check_context(found[0].code, found[0].context)
        assert found[0].organisation_id == centre.organisation_id
        assert found[0].context["scheme"] == "Autocare Technician ST0499 AP01"
        assert found[0].context["candidate_number"]
    settings = {"MAIL_FROM": "no-reply@wrenfield.example"}
    assert sender_of("standard_registered", settings) == "registrations@wrenfield.example"
    assert sender_of("order_submitted", settings) == "no-reply@wrenfield.example"
    other = settings | {"MAIL_DOMAIN": "awards.example"}
    assert sender_of("standard_registered", other) == "registrations@awards.example"


def test_a_changed_registration_on_a_standard_is_confirmed_anew(inside, centre):
    with inside(centre), transaction():
        (row,) = registered(1)
        values = {"start_date": row.start_date.replace(day=8)}
        service.change(row, values, row.version, AT)
        (letter,) = letters("standard_registered")
        assert letter.context["start_date"] == "2026-09-08"
        assert letters("registration_saved_person") == []
