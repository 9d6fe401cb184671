"""Every route that names a row: one's own answers, a foreign one is as if it did not exist."""

import io

import pytest
from flask_appbuilder import expose
from PIL import Image
from sqlalchemy import func, select

from app import create_app, models
from app.domain.kernel.permissions import Permission
from app.domain.kernel.scope import Scoped
from app.domain.kernel.viewer import SYSTEM
from app.extensions import db
from app.security.guard import requires
from app.storage import storage_of
from app.transaction import transaction
from app.views.base import PortalView
from tests.support.watch import Watch
from tests.tenancy.attacker import NEVER_USED, almighty, attacker, lasting, written_tables
from tests.tenancy.routes import row_routes
from tests.tenancy.rows import FOREIGN, OWN, plant

FORMS = (
    {},
    {"HX-Request": "true"},
)
"""A page, and a fragment that htmx asks for."""
READERS = ("provider@demo.example", "staff@demo.example", "finance@demo.example")
HARMLESS = {"idempotency_tokens", "rate_counts", "events"}


@pytest.fixture
def photo(portal):
    picture = io.BytesIO()
    Image.new("RGB", (35, 45)).save(picture, "JPEG")
    with portal.app_context():
        return storage_of(portal.config).put(picture.getvalue())


@pytest.fixture
def planted(inside, photo, portal):
    """Return for each route the ids of an own and of a foreign row."""
    with inside(SYSTEM), transaction():
        own, foreign = plant(OWN, "Ownrow", photo), plant(FOREIGN, "Foreignrow", photo)
        return {
            str(route): (
                None if route.is_shared else route.row_of(own),
                None if route.is_shared else route.row_of(foreign),
            )
            for route in row_routes(portal)
        }


def leaks(portal, routes, planted, client):
    """Return the routes on which a foreign row does not answer as a row that never was."""
    found = []
    for route in routes:
        own, foreign = planted[str(route)]
        for row_id in {foreign, own} if route.is_of_staff else {foreign}:
            for headers in FORMS:
                answers = [
                    lasting(client.send(route.path(portal, each), route.method,
                                        body_of(route, each), headers=headers))
                    for each in (row_id, NEVER_USED)
                ]  # fmt: skip
                if answers[0] != answers[1] or answers[0][0] != 404:
                    found.append(f"{route} {headers}: {difference(*answers)}")
    return found


def difference(answer, other):
    """Return the first words in which two answers differ."""
    if answer[0] != other[0]:
        return f"{answer[0]}, not {other[0]}"
    pairs = zip(answer[2].split("\n"), other[2].split("\n"), strict=False)
    return answer[0], next((pair for pair in pairs if pair[0] != pair[1]), answer[2][:200])


def test_a_foreign_row_answers_as_one_that_never_was(portal, planted):
    """For somebody who lacks no permission: what holds the row back is the scope alone."""
    client = almighty(portal)
    routes = [route for route in row_routes(portal) if not route.is_shared]
    assert len(routes) > 40
    with written_tables() as tables:
        assert leaks(portal, routes, planted, client) == []
    assert tables <= HARMLESS


def test_an_own_row_answers(portal, inside, photo):
    """A refusal must speak of the row's state, never say that there is none."""
    readers = {email: attacker(portal, email) for email in READERS}
    held = {email: permissions_of(portal, email) for email in READERS}
    unanswered = []
    for number, route in enumerate(row_routes(portal)):
        with inside(SYSTEM), transaction():
            row_id = (
                db.session.scalars(select(route.model.id).where(*route.where)).first()
                if route.is_shared
                else route.row_of(plant(OWN, f"Row{letters(number)}", photo))
            )
        who = next(email for email in READERS if route.permission in held[email])
        for headers in FORMS if route.method == "GET" else FORMS[:1]:
            path = route.path(portal, row_id)
            answer = readers[who].send(path, route.method, body_of(route, row_id), headers=headers)
            if answer.status_code in (400, 401, 403, 404) or answer.status_code >= 500:
                unanswered.append(f"{route} {path} {headers} as {who}: {answer.status}")
    assert not unanswered


def letters(number):
    """Return a number as letters, since a name has no digits."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def body_of(route, row_id):
    """Return what a page would post besides the address."""
    return {"chosen": f"{row_id}:1"} if route.endpoint.endswith(".undo_stage") else {}


def permissions_of(portal, email):
    from tests.support.viewers import viewer_of

    codes = viewer_of(portal, email).permissions
    return {permission for permission in Permission if permission.code in codes}


def test_what_all_may_read_only_staff_change(portal, inside):
    """The catalogue, for somebody of a provider who holds even the permission to edit it."""
    client = almighty(portal)
    routes = [r for r in row_routes(portal) if r.is_shared and r.method == "POST"]
    assert routes
    with inside(SYSTEM), transaction():
        plant(OWN, "Ownrow")
        ids = {str(r): db.session.scalars(select(r.model.id)).first() for r in routes}
    for route in routes:
        with written_tables() as tables:
            answer = client.send(route.path(portal, ids[str(route)]), "POST", CATALOGUE)
        assert answer.status_code in (404, 403, 422), f"{route}: {answer.status}"
        assert not tables, f"{route} wrote {tables}"


CATALOGUE = {
    "name": "Mine now", "code": "MINE", "card_type": "Mine", "vat_category": "Z",
    "eligible_vat_category": "Z", "is_open": "yes", "product_id": "1", "scheme_id": "1",
    "valid_from-day": "1", "valid_from-month": "1", "valid_from-year": "2030", "net_pence": "0.01",
    "version": "1", "address": "Mine", "postcode": "LS1 4AP",
}  # fmt: skip


def test_every_table_with_an_owner_is_planted(inside):
    """So that a route to a new table has a row to ask for."""
    with inside(SYSTEM):
        own = plant(OWN, "Ownrow")
        tables = {type(row) for row in own.all}
    scoped = {
        mapper.class_
        for mapper in models.Order.registry.mappers
        if issubclass(mapper.class_, Scoped) and hasattr(mapper.class_.__scope__, "parties")
    }
    assert scoped - tables <= {models.Event}, "add a row of it to tests/tenancy/rows.py"


class LeakingView(PortalView):
    """A page as somebody might write it: it reads below the scope."""

    resource = "Purchases"
    route_base = "/leak"

    @expose("/<int:row>")
    @requires(Permission.VIEW_PURCHASES)
    def show(self, row):
        """Give the reference of any order."""
        table = models.Order.__table__
        found = (
            db.session.connection().execute(select(table).where(table.c.id == row)).one_or_none()
        )
        return (found.reference, 200) if found else ("", 404)


def test_a_planted_leak_is_found(shelf, planted, portal, inside):
    """The checker on a portal of its own that has one page too many."""
    leaky = create_app({key: portal.config[key] for key in COPIED})
    leaky.extensions["watch"] = Watch(leaky)
    LeakingView.datamodel = list_datamodel(portal)
    LeakingView.base_where = ()
    with leaky.app_context():
        leaky.appbuilder.add_view_no_menu(LeakingView)
    routes = [route for route in row_routes(leaky) if route.endpoint.startswith("LeakingView")]
    assert [str(route) for route in routes] == ["GET LeakingView.show"]
    with inside(SYSTEM):
        ids = [
            db.session.scalars(
                select(models.Order.id)
                .join(models.Organisation, models.Organisation.id == models.Order.organisation_id)
                .where(models.Organisation.name == name)
            ).first()
            for name in (OWN, FOREIGN)
        ]
    client = almighty(leaky)
    found = leaks(leaky, routes, {str(routes[0]): tuple(ids)}, client)
    assert len(found) == len(FORMS)
    assert found[0].startswith("GET LeakingView.show {}: 200, not 404")


COPIED = (
    "TESTING", "PORTAL_ENV", "PORTAL_HOME", "DATABASE_URL", "SECRET_KEY",
    "GATEWAY_SECRET", "PUBLIC_URL",
)  # fmt: skip


def list_datamodel(portal):
    views = portal.appbuilder.baseviews
    return next(view for view in views if type(view).__name__ == "OrdersView").datamodel


def test_the_counts_of_rows_stay_as_they_are_when_foreign_rows_are_posted_to(portal, inside,
                                                                              planted):  # fmt: skip
    client = almighty(portal)
    with inside(SYSTEM):
        before = fingerprint()
    for route in row_routes(portal):
        _, foreign = planted[str(route)]
        if foreign is not None and route.method == "POST":
            client.send(route.path(portal, foreign), "POST", body_of(route, foreign))
    with inside(SYSTEM):
        assert fingerprint() == before


def fingerprint():
    """Return how many rows each table with an owner has, and the sum of their versions."""
    found = {}
    for mapper in models.Order.registry.mappers:
        model = mapper.class_
        if model.__name__ in ("IdempotencyToken", "RateCount") or not issubclass(model, Scoped):
            continue
        table = model.__table__
        columns = [func.count()]
        if "version" in table.c:
            columns.append(func.sum(table.c.version))
        found[model.__name__] = tuple(db.session.connection().execute(
            select(*columns).select_from(table)).one())  # fmt: skip
    return found
