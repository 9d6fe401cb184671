"""Ids in what is posted: a foreign or invented one is as if it did not exist, and saves nothing."""

import itertools
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from app import models
from app.domain.kernel import tickets
from app.domain.kernel.permissions import Permission
from app.domain.kernel.scope import Scoped
from app.domain.kernel.viewer import SYSTEM
from app.domain.people import service as people
from app.domain.people.queries import KnownElsewhere
from app.domain.registrations import service as registered
from app.extensions import db
from app.transaction import transaction
from app.views.photos import TICKET
from tests.support.orders import AT, an_order, ready
from tests.support.viewers import viewer_of
from tests.tenancy.attacker import NEVER_USED, attacker
from tests.tenancy.posted import IDS_POSTED, PLACES
from tests.tenancy.rows import FOREIGN, OWN, plant


def test_every_handler_that_takes_a_post_is_listed_with_its_ids(portal):
    handlers = {rule.endpoint for rule in portal.url_map.iter_rules() if "POST" in rule.methods}
    handlers = {endpoint.replace("TraineesView", "ApprenticesView") for endpoint in handlers}
    assert handlers == set(IDS_POSTED), "say in IDS_POSTED which ids it takes, and test them below"


@dataclass
class Tenant:
    """What one provider has: ids of rows in the states in which something can be done."""

    place: int
    office: int
    waiting: int
    ready: int
    progress: int
    order: int
    person: int
    photo: int


def made_by(inside, portal, email, name, surname):
    with inside(SYSTEM), transaction():
        planted = plant(name, surname)
        progress = next(
            row.id for row in planted.all
            if isinstance(row, models.Registration) and row.kind == "trainee"
        )  # fmt: skip
        person, photo = planted.rows["Person"].id, planted.rows["StoredFile"].id
        place = planted.organisation.id
        below = select(models.OrganisationAncestry.descendant_id).where(
            models.OrganisationAncestry.ancestor_id == place,
            models.OrganisationAncestry.depth == 1,
        )
        office = db.session.scalars(below).first() or place
    with inside(viewer_of(portal, email)), transaction():
        (waiting,) = ready(1, surname=f"{surname}waiting")
        registered.return_to_attention([waiting], None, AT)
        (done,) = ready(1, surname=f"{surname}ready")
        order = an_order(1, surname=f"{surname}ordered")
        return Tenant(place, office, waiting.id, done.id, progress, order.id, person, photo)


@pytest.fixture
def own(inside, portal):
    return made_by(inside, portal, "provider@demo.example", OWN, "Ownrow")


@pytest.fixture
def foreign(inside, portal):
    return made_by(inside, portal, "rival@demo.example", FOREIGN, "Foreignrow")


@pytest.fixture
def client(portal):
    return attacker(portal, "provider@demo.example")


def state_of_all(inside):
    """Return every row of every table of ours, but for what a refusal may leave behind."""
    found = {}
    with inside(SYSTEM):
        for mapper in models.Order.registry.mappers:
            model = mapper.class_
            if issubclass(model, Scoped) and model not in (models.RateCount, models.PersonMatch):
                table = model.__table__
                key = [*table.primary_key.columns]
                rows = db.session.connection().execute(select(table).order_by(*key)).all()
                found[model.__name__] = [str(row) for row in rows]
    return found


counted = itertools.count()


def once():
    return f"a token {next(counted)}"


def ticking(tenant):
    """Return for each handler that takes ticks: its address, what else it needs, the row."""
    day = {"on-day": "20", "on-month": "11", "on-year": "2026", "number": "2"}
    a, t, p = "/apprenticeships", "/trainees", "/purchases"
    bought = {"list_of": "ApprenticesView", **details(tenant)}
    return {
        f"{a}/ask/finalise": ({}, tenant.waiting),
        f"{a}/move/finalise": ({}, tenant.waiting),
        f"{a}/move/cancel": ({"reason": "by mistake"}, tenant.waiting),
        f"{a}/ask-stage": ({}, tenant.waiting),
        f"{t}/ask/withdraw": ({}, tenant.progress),
        f"{t}/ask-stage": ({}, tenant.progress),
        f"{t}/stage": (day, tenant.progress),
        f"{t}/{tenant.progress}/undo-stage": ({}, tenant.progress),
        f"{t}/move/withdraw": ({"reason": "left"}, tenant.progress),
        f"{p}/quote": (bought, tenant.ready),
        f"{p}/add": (bought | {"order": tenant.order}, tenant.ready),
        f"{p}/": (bought, tenant.ready),
    }


def details(tenant):
    return {
        "customer_reference": "PO 1", "accounts_contact_name": "Tasha Adeyemi",
        "accounts_contact_email": "accounts@example.com", "delivery_attention": "Jeff Jones",
        "invoice_to": tenant.place, "deliver_to": tenant.place,
    }  # fmt: skip


def test_a_tick_of_a_foreign_row_is_a_tick_of_none(inside, client, own, foreign):
    """Alone, or among one's own: then none of one's own is touched either."""
    before, wrong = state_of_all(inside), []
    for (path, (body, mine)), (_, theirs) in zip(
        ticking(own).items(), ticking(foreign).values(), strict=True
    ):
        kind_of_other = own.progress if mine != own.progress else own.waiting
        for chosen in ([theirs], [mine, theirs], [NEVER_USED], [mine, NEVER_USED], [kind_of_other]):
            ticks = {"chosen": [f"{row_id}:1" for row_id in chosen], "once": once()}
            answer = client.send(path, "POST", body | ticks)
            if answer.status_code != 404:
                wrong.append(f"{path} {chosen}: {answer.status}")
    assert not wrong
    assert state_of_all(inside) == before


def test_a_tick_of_an_own_row_counts(inside, client, own):
    """So that the test above is refused for the row alone."""
    for path, (body, mine) in ticking(own).items():
        before = state_of_all(inside)
        with inside(SYSTEM):
            version = db.session.get(models.Registration, mine).version
        ticks = {"chosen": f"{mine}:{version}", "once": once()}
        answer = client.send(path, "POST", body | ticks)
        expected = (200, 302, 303, 409) if path == "/purchases/" else (200, 302, 303)
        assert answer.status_code in expected, f"{path}: {answer.text[-3000:]}"
        if path.endswith(("/move/finalise", "/stage", "/move/withdraw", "/add")):
            assert state_of_all(inside) != before, path


def test_every_match_means_ones_own(inside, client, own, foreign):
    for tab, path in (("attention", "/apprenticeships/move/finalise"),
                      ("progress", "/trainees/move/withdraw")):  # fmt: skip
        all_of_it = {"every_match": "1", "tab": tab, "once": once(), "reason": "left"}
        answer = client.send(path, "POST", all_of_it)
        assert answer.status_code == 302, answer.text
    with inside(SYSTEM):
        states = {
            row_id: db.session.get(models.Registration, row_id).state
            for row_id in (own.waiting, own.progress, foreign.waiting, foreign.progress)
        }
    assert states == {
        own.waiting: "ready_for_ordering", own.progress: "withdrawn",
        foreign.waiting: "awaiting_finalisation", foreign.progress: "in_progress",
    }  # fmt: skip


def test_an_order_to_add_to_is_ones_own(inside, client, own, foreign):
    before = state_of_all(inside)
    body = {"list_of": "ApprenticesView", "chosen": f"{own.ready}:2", "once": once()}
    answers = {
        client.send("/purchases/add", "POST", body | {"order": order}).status_code
        for order in (foreign.order, NEVER_USED, "0", "x")
    }
    assert answers == {422}
    assert state_of_all(inside) == before


@pytest.mark.parametrize("field", PLACES)
def test_an_order_goes_to_ones_own_places(inside, client, own, foreign, field):
    before = state_of_all(inside)
    with inside(SYSTEM):
        version = db.session.get(models.Registration, own.ready).version
    ticks = {"list_of": "ApprenticesView", "chosen": f"{own.ready}:{version}"}
    for path, more in (("/purchases/", ticks), (f"/orders/{own.order}/change", {"version": "1"})):
        for place in (foreign.place, NEVER_USED, "0", "x"):
            body = details(own) | more | {field: place, "once": once()}
            assert client.send(path, "POST", body).status_code == 422, (path, place)
    assert state_of_all(inside) == before
    body = details(own) | ticks | {field: own.office, "once": once()}
    assert client.send("/purchases/", "POST", body).status_code == 303


def registering(inside, **more):
    """Return what the form of a new apprentice posts."""
    with inside(SYSTEM):
        scheme = db.session.scalars(
            select(models.Scheme).where(models.Scheme.kind == "apprentice")
        ).first()
        body: dict[str, Any] = {"scheme": scheme.id, "pathway": scheme.pathways[0].id}
        employer = select(models.Organisation.id).where(models.Organisation.kind == "employer")
        body["employer"] = db.session.scalars(employer).first()
    return body | {
        "first_names": "Nia", "surname": "Newly", "birth_date-day": "27", "once": once(),
        "birth_date-month": "3", "birth_date-year": "2006", "email": "nia@example.com",
        "health_and_safety": "yes", "new_person": "yes", "employer_contact_name": "Ann Smith",
        "employer_contact_email": "ann@works.example",
    } | more  # fmt: skip


def test_a_registration_is_of_ones_own_people_on_its_own_kind_of_scheme(
    inside, client, own, foreign
):
    with inside(SYSTEM):
        other = db.session.scalars(
            select(models.Scheme).where(models.Scheme.kind == "trainee")
        ).first()
        other_ids = {"scheme": other.id, "pathway": other.pathways[0].id}
    before, wrong = state_of_all(inside), []
    forged = [
        *(({field: value}, {404}) for field in ("person", "use_person")
          for value in (foreign.person, NEVER_USED, "0", "9" * 30)),
        *(({field: value}, {422}) for field, value in other_ids.items()),
        *(({field: NEVER_USED}, {422}) for field in (*other_ids, "employer")),
        *(({"employer": place}, {422}) for place in (foreign.place, own.place, own.office)),
    ]  # fmt: skip
    for fields, expected in forged:
        answer = client.send("/apprenticeships/new", "POST", registering(inside, **fields))
        if answer.status_code not in expected:
            wrong.append(f"{fields}: {answer.status}")
    assert not wrong
    assert state_of_all(inside) == before
    assert client.send("/apprenticeships/new", "POST", registering(inside)).status_code == 302


def test_a_photo_is_the_one_this_person_uploaded_here(inside, portal, client, own, foreign):
    """A ticket for a file of somebody else counts as none: saved is what else was typed."""
    rival, colleague = (viewer_of(portal, f"{name}@demo.example") for name in ("rival", "office"))
    mine = viewer_of(portal, "provider@demo.example")
    key = portal.config["SECRET_KEY"]
    forged = [
        tickets.issue(key, TICKET, rival, foreign.photo),
        tickets.issue(key, TICKET, colleague, own.photo),
        tickets.issue(key, "another purpose", mine, own.photo),
        str(foreign.photo), str(own.photo), "",
    ]  # fmt: skip
    for number, ticket in enumerate(forged):
        seen = client.get("/apprenticeships/new/photo", query_string={"ticket": ticket})
        assert seen.status_code == 404
        surname = f"Forged{'abcdef'[number]}"
        body = registering(inside, photo_ticket=ticket, surname=surname)
        assert client.send("/apprenticeships/new", "POST", body).status_code == 302
        with inside(SYSTEM):
            statement = select(models.Person.photo_id).where(models.Person.surname == surname)
            assert db.session.scalars(statement).one() is None
    honest = tickets.issue(key, TICKET, mine, foreign.photo)  # as if it had been offered
    body = registering(inside, photo_ticket=honest, surname="Honest")
    assert client.send("/apprenticeships/new", "POST", body).status_code == 404


def test_somebody_known_elsewhere_is_linked_only_by_ones_own_offer(inside, portal, client, own,
                                                                  foreign):  # fmt: skip
    key = portal.config["SECRET_KEY"]
    shown = KnownElsewhere(foreign.person, "F••••• R•••••", ())
    with inside(viewer_of(portal, "office@demo.example")):
        of_a_colleague = people.offer(shown, key)
    mine = viewer_of(portal, "provider@demo.example")
    before = state_of_all(inside)
    for token in (of_a_colleague, tickets.issue(key, TICKET, mine, foreign.person),
                  str(foreign.person), of_a_colleague[:-2], "", "x" * 5000):  # fmt: skip
        assert client.send("/apprenticeships/new/link", "POST", {"token": token}).status_code == 409
        body = registering(inside, link_person=token)
        client.send("/apprenticeships/new", "POST", body)
    assert state_of_all(inside) == before
    with inside(mine):
        offered = people.offer(shown, key)
    assert client.send("/apprenticeships/new/link", "POST", {"token": offered}).status_code == 302
    with inside(mine):
        assert db.session.get(models.Person, foreign.person) is not None


def test_fields_that_no_form_has_are_not_taken(inside, client, own, foreign):
    """Mass assignment: state, owner, number, version and keys come from the portal alone."""
    wish = {
        "state": "in_progress", "provider_id": foreign.place, "organisation_id": foreign.place,
        "id": NEVER_USED, "number": 1, "reference": "FREE", "photo_id": foreign.photo,
        "raised_by_id": 1, "paid_at": "2026-01-01", "method": "card", "kind": "trainee",
        "scheme_number": "1", "person_id": foreign.person, "administering_body_id": 2,
    }  # fmt: skip
    with inside(SYSTEM):
        order = db.session.get(models.Order, own.order)
        kept = (order.state, order.organisation_id, order.reference, order.raised_by_id)
        version = order.version
    body = wish | details(own) | {"version": version, "customer_reference": "Changed"}
    assert client.send(f"/orders/{own.order}/change", "POST", body).status_code == 303
    answer = client.send("/apprenticeships/new", "POST", wish | registering(inside))
    assert answer.status_code == 302
    with inside(SYSTEM):
        order = db.session.get(models.Order, own.order)
        assert order.customer_reference == "Changed"
        assert kept == (order.state, order.organisation_id, order.reference, order.raised_by_id)
        made = db.session.get(models.Registration, int(answer.location.rsplit("/", 1)[1]))
        assert (made.provider_id, made.kind) == (own.place, "apprentice")
        assert made.state in ("started", "awaiting_finalisation")
        assert made.number > 1000
        assert made.person.photo_id is None
        assert made.person_id != foreign.person


def test_a_token_of_a_form_means_nothing_to_somebody_else(inside, portal, client, own, foreign):
    """The same word in two hands: each gets their own result."""
    token = once()
    body = registering(inside, once=token)
    mine = client.send("/apprenticeships/new", "POST", body).location
    again = client.send("/apprenticeships/new", "POST", body).location
    rival = attacker(portal, "rival@demo.example")
    theirs = rival.send("/apprenticeships/new", "POST", body).location
    assert mine == again != theirs
    assert rival.get(mine).status_code == 404
    other = client.send("/apprenticeships/move/finalise", "POST",
                        {"once": token, "chosen": f"{own.waiting}:1"})  # fmt: skip
    assert other.status_code == 409, "a token is good for one purpose"


def test_a_person_without_the_permission_makes_nobody_known(inside, portal, own):
    """Filling in an application is not adding employees."""
    from tests.support.people import somebody

    email = somebody(portal, "filler@demo.example", [Permission.FILL_IN_APPLICATIONS], OWN)
    before = state_of_all(inside)
    answer = attacker(portal, email).send("/apprenticeships/new", "POST", registering(inside))
    assert answer.status_code == 403
    assert state_of_all(inside) == before
