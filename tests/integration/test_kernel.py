"""The kernels on real databases: transactions, moves, numbers, tokens, the audit chain."""

import threading

import pytest
from sqlalchemy import func, select, text, update

from app.clock import now
from app.domain.catalogue.models import Product
from app.domain.kernel import audit, idempotency, workflow
from app.domain.kernel.numbering import take_numbers
from app.domain.kernel.tables import Event, EventSeal
from app.domain.kernel.viewer import SEALER, SYSTEM, Viewer, seen_by
from app.domain.orders.models import Order
from app.domain.registrations.models import Registration
from app.errors import ConflictError, IllegalMoveError
from app.extensions import db
from app.transaction import after_commit, transaction
from tests.tenancy.rows import plant

pytestmark = pytest.mark.both_databases
OWN = "Calder Vale Training Ltd"


def add_product(code):
    db.session.add(Product(code=code, name=code))
    db.session.flush()


def codes():
    return set(db.session.scalars(select(Product.code)))


def test_a_commit_inside_a_transaction_saves_nothing_by_itself(inside):
    with inside():
        with pytest.raises(ZeroDivisionError), transaction():
            add_product("HALF")
            db.session.commit()
            raise ZeroDivisionError
        assert "HALF" not in codes()


def test_a_rollback_inside_dooms_the_rest_of_the_transaction(inside):
    done = []
    with inside():
        with transaction():
            add_product("FIRST")
            db.session.rollback()
            add_product("SECOND")
            after_commit(db.session(), lambda: done.append("told"))
        assert codes().isdisjoint({"FIRST", "SECOND"})
    assert not done


def test_what_follows_a_commit_happens_only_after_it(inside):
    seen = []
    with inside(), transaction():
        add_product("THIRD")
        after_commit(db.session(), lambda: seen.append(True))
        assert not seen
    assert seen == [True]


def test_numbers_have_no_gap_when_transactions_roll_back_among_threads(portal, inside):
    def work(number):
        for turn in range(10):
            with portal.app_context(), seen_by(SYSTEM):
                try:
                    with transaction():
                        taken.append(take_numbers(db.session(), "invoice")[0])
                        if (turn + number) % 3 == 0:
                            taken.pop()
                            raise ZeroDivisionError
                except ZeroDivisionError:
                    pass

    taken = []
    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, len(taken) + 1))


def test_an_unknown_counter_is_refused(inside):
    with inside(), pytest.raises(LookupError), transaction():
        take_numbers(db.session(), "nothing")


def test_a_move_raises_the_version_writes_an_event_and_moves_the_row_in_memory(inside):
    with inside(), transaction():
        row = plant(OWN, "Mover").rows["Registration"]
        before = row.version
        workflow.make_moves(db.session(), [row], "start", at=now(), reason="because")
        assert (row.state, row.version) == ("in_progress", before + 1)
        event = audit.history("registrations", row.id)[0]
        assert (event.what, event.before, event.reason) == (
            "start", {"state": "on_order"}, "because",
        )  # fmt: skip
        row.office_contact = "Tasha"
        db.session.flush()
        assert row.version == before + 2


def test_a_move_that_is_not_allowed_names_move_and_state(inside):
    with inside(), transaction():
        row = plant(OWN, "Stuck").rows["Registration"]
        with pytest.raises(IllegalMoveError, match="cannot finalise a registration that is on ord"):
            workflow.make_moves(db.session(), [row], "finalise", at=now())


def test_rows_moved_by_somebody_else_meanwhile_move_nothing(inside):
    with inside(), transaction():
        rows = [plant(OWN, name).rows["Registration"] for name in ("One", "Two")]
        table = Registration.__table__
        db.session.connection().execute(
            update(table).where(table.c.id == rows[1].id).values(state="in_progress")
        )
        with pytest.raises(IllegalMoveError, match="none of them was moved"):
            workflow.make_moves(db.session(), rows, "start", at=now())


def test_a_version_seen_earlier_is_refused_row_by_row(inside):
    with inside(), transaction():
        row = plant(OWN, "Old").rows["Registration"]
        outcome = workflow.sort_out([row], "start", versions={row.id: row.version - 1})
        assert not outcome.moved
        assert "Somebody else changed it" in outcome.refused[0][1][0]


def somebody(user_id=1):
    return Viewer("user", user_id=user_id, organisation_id=1, reach=frozenset({1}))


def test_a_token_does_its_work_once(inside):
    token, calls = idempotency.new_token(), []

    def work():
        calls.append(True)
        return "/orders/1"

    for turn in range(3):
        with inside(somebody()), transaction():
            found = idempotency.once(db.session(), token, "purchase", work)
            assert found == ("/orders/1", turn == 0)
    assert len(calls) == 1


@pytest.mark.parametrize("token", ["", "x" * 65])
def test_a_token_that_none_gave_out_is_refused(inside, token):
    with inside(somebody()), transaction(), pytest.raises(ConflictError):
        idempotency.once(db.session(), token, "purchase", lambda: "x")


def test_a_token_serves_one_purpose_and_one_person(inside):
    token = idempotency.new_token()
    with inside(somebody()), transaction():
        idempotency.once(db.session(), token, "purchase", lambda: "a")
    with inside(somebody()), transaction(), pytest.raises(ConflictError):
        idempotency.once(db.session(), token, "payment", lambda: "b")
    with inside(somebody(2)), transaction():
        assert idempotency.once(db.session(), token, "purchase", lambda: "c") == ("c", True)


def seal_all(inside):
    with inside(SEALER), transaction():
        while audit.seal(db.session(), limit=50):
            pass


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE events SET actor = 'Mallory' WHERE id = :id", "was edited"),
        ("DELETE FROM events WHERE id = :id", "was removed"),
        ("DELETE FROM event_seals WHERE event_id = :id", "cut"),
    ],
)
def test_the_chain_tells_what_was_done_to_the_audit_trail(inside, damage, said):
    with inside(), transaction():
        plant(OWN, "Audited")
    seal_all(inside)
    with inside():
        assert audit.broken_links(db.session()) == []
        assert audit.count_unsealed(db.session()) == 0
        middle = db.session.scalar(select(func.max(Event.id))) - 1
    with inside(), transaction():
        db.session.connection().execute(text(damage), {"id": middle})
    with inside():
        assert any(said in each for each in audit.broken_links(db.session()))


def test_changes_are_written_down_with_before_after_and_who(inside):
    with inside(), transaction():
        order_id = plant(OWN, "Watched").rows["Order"].id
    with inside(), transaction():
        db.session.get(Order, order_id).customer_reference = "PO-7"
    with inside():
        newest = audit.history("orders", order_id)[0]
        assert newest.before == {"customer_reference": "PO Watched"}
        assert newest.after == {"customer_reference": "PO-7"}
        assert newest.actor == "System"
        assert db.session.scalar(select(func.count(EventSeal.id))) == 0
