"""Personal data in full only for those who may change employees: on no page, export or JSON."""

import re
from datetime import date

from app import models
from app.clock import now
from app.domain.kernel.permissions import Permission
from app.domain.kernel.viewer import SYSTEM
from app.extensions import db
from app.transaction import transaction
from tests.tenancy.attacker import almighty, attacker
from tests.tenancy.routes import row_routes
from tests.tenancy.rows import OWN, plant
from tests.tenancy.test_hostile import address
from tests.tenancy.test_lists import every_road, words_of

SECRETS = {
    "birth date": re.compile(r"27/03/2005|2005-03-27|27 March 2005|value=\"27\""),
    "email": re.compile(r"ownrow@example\.com"),
    "telephone": re.compile(r"7700\s?900\s?123"),
    "National Insurance number": re.compile(r"NN\s?98\s?76\s?54\s?D"),
    "ULN": re.compile(r"927\s?630\s?8686"),
}


def known(portal, inside):
    """Plant somebody of whom everything is known; return their pages, and the id."""
    with inside(SYSTEM), transaction():
        own = plant(OWN, "Ownrow")
        person = own.rows["Person"]
        person.birth_date, person.phone = date(2005, 3, 27), "+447700900123"
        person.ni_number, person.uln = "NN987654D", "9276308686"
        for row in own.all:
            if isinstance(row, models.Registration):
                db.session.add(letter_about(row, person))
        db.session.flush()
        return [*pages(portal, own)], person.id


def letter_about(row, person):
    return models.Letter(
        code="registration_saved_person", organisation_id=row.provider_id, context={},
        subject_table="registrations", subject_id=row.id, to_email=person.email,
        to_name=person.full_name, message_id=f"{row.id}@registration", created_at=now(),
    )  # fmt: skip


def pages(portal, own):
    """Return the address of every page, export and JSON of the provider's own rows."""
    yield from every_road(portal)
    for route in row_routes(portal):
        if route.method == "GET" and not route.is_shared and not route.is_of_staff:
            yield route.path(portal, route.row_of(own))


def test_personal_data_is_masked_without_the_permission(portal, inside):
    paths, _ = known(portal, inside)
    client, shown = almighty(portal, besides=Permission.CHANGE_EMPLOYEES), []
    for path in paths:
        if "/letters" in path:  # for the awarding body's staff
            continue
        words = words_of(client.get(path))
        shown += [f"{path}: {name}" for name, secret in SECRETS.items() if secret.search(words)]
    assert not shown


def test_with_the_permission_it_is_shown(portal, inside):
    """So that the test above looks for what is there."""
    _, person_id = known(portal, inside)
    client = attacker(portal, "provider@demo.example")
    words = client.get(address(portal, "PeopleView.show", row=person_id)).text
    assert [name for name, secret in SECRETS.items() if not secret.search(words)] == []
