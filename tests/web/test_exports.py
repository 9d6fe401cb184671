"""Every list's export, opened by LibreOffice: what the portal wrote is what people see."""

import csv
import io
from datetime import timedelta

import pytest

from app.clock import now, today
from app.domain.kernel.viewer import SYSTEM
from app.domain.orders.models import Order
from app.domain.orders.queries import figures_of
from app.domain.orders.service import receipts
from app.domain.people.service import add_person
from app.domain.registrations.assessments.service import book
from app.domain.registrations.service import register_many
from app.extensions import db
from app.transaction import transaction
from tests.support import calc
from tests.support.assessments import dates, slot_of, some_people
from tests.support.orders import an_order, ready
from tests.support.registering import saved
from tests.support.standards import candidate, draft
from tests.support.viewers import viewer_of
from tests.tenancy.rows import plant

NAMES = (("Siân", "O'Brien-Šmíd"), ("=1+1", "@SUM(A1:A9)"), ("محمد", "حداد"), ("Wu\tLi", "-Ng"))
EVERYTHING = {"tab": "all"}
READERS = ("provider@demo.example", "staff@demo.example", "finance@demo.example")


@pytest.fixture
def filled(portal, inside):
    """Something on every list: people, registrations, orders, receipts, letters."""
    provider = viewer_of(portal, READERS[0])
    with inside(provider), transaction():
        for first, last in NAMES:
            born = {"birth_date": today().replace(year=2001)}
            add_person({"first_names": first, "surname": last, "email": "a@b.example"} | born)
        order_id = an_order(2, at=now()).id
        ready(3, at=now(), surname="+44 Smith")
        register_many([draft(person=candidate(surname="@Żak")), draft(person=candidate(1))], now())
    saved(inside, provider, "trainee")
    with inside(viewer_of(portal, READERS[1])), transaction():
        (slot_id,) = dates(day=today() + timedelta(days=30), at=now())
    with inside(provider), transaction():
        book(slot_of(slot_id), [person.id for person in some_people(2)], now())
    with inside(SYSTEM), transaction():
        plant("Calder Vale Training Ltd", "Ownrow")
    with inside(viewer_of(portal, "finance@demo.example")), transaction():
        order = db.session.get_one(Order, order_id)
        receipts.enter_receipt(
            received_on=today(), amount=figures_of(order).balance, payer="=HYPERLINK(A1)",
            narrative=f"FP {order.reference}", at=now(),
        )  # fmt: skip


def exporting(portal):
    """Return the list page of every view that exports, from the route table."""
    ends = "/export.<string:form>"
    rules = (str(rule) for rule in portal.url_map.iter_rules())
    return sorted({rule.removesuffix(ends) for rule in rules if rule.endswith(ends)})


def cells_of(rows):
    return {cell for row in rows for cell in row}


@pytest.mark.needs_calc
def test_calc_shows_every_export_as_the_portal_wrote_it(portal, filled, sign_in, tmp_path):
    written, files = {}, []
    clients = [sign_in(email) for email in READERS]
    for path in exporting(portal):
        found = (client.get(f"{path}/export.csv", query_string=EVERYTHING) for client in clients)
        answer, client = next(
            (each, client) for each, client in zip(found, clients, strict=True)
            if each.status_code == 200
        )  # fmt: skip
        text = answer.get_data().decode("utf-8-sig")
        name = path.strip("/").replace("/", "-")
        written[name] = [*csv.reader(io.StringIO(text, newline=""))]
        files.append(tmp_path / f"{name}.xlsx")
        files[-1].write_bytes(client.get(f"{path}/export.xlsx", query_string=EVERYTHING).get_data())

    shown = calc.shown(files, tmp_path)

    assert {"employees", "apprenticeships", "orders", "letters", "receipts"} <= written.keys()
    for name, rows in written.items():
        assert len(rows) > 1, f"{name} is empty"
        assert shown[f"{name}.xlsx"] == rows, name
    cells = cells_of(row for rows in shown.values() for row in rows)
    assert any("O'Brien-Šmíd" in cell for cell in cells)
    assert any("'=1+1" in cell for cell in cells)
    assert not {"2", "#NAME?", "Err:509"} & {
        cell for row in shown["employees.xlsx"] for cell in row
    }
