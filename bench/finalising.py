"""Measures finalising a thousand selected registrations: python -m bench.finalising, on a copy."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, event, func, insert, select, update

from app import create_app
from app.clock import now
from app.domain.organisations.models import Membership, PortalUser
from app.domain.people.models import PersonOrganisation
from app.domain.registrations import rules
from app.domain.registrations.models import Registration
from app.extensions import db
from bench import serving

COUNT = 1_000
CONTROL = re.compile(r"\s*(BEGIN|SAVEPOINT|RELEASE)\b")


def measure(database_url: str) -> dict[str, float]:
    """Return seconds and statements that finalising takes in the database, which is changed."""
    command = [sys.executable, "-m", "bench.finalising"]
    environment = serving.environment(database_url)
    done = subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE, text=True)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def finalise() -> dict[str, float]:
    """Give a provider COUNT complete registrations; tick and finalise them as its user does."""
    portal = create_app()
    with portal.app_context():
        provider = _provider()
        chosen = [f"{row_id}:1" for row_id in _hand_over(provider)]
    client = portal.test_client()
    door = client.get("/login/").text
    send(client, "/login/", door, username=serving.PROVIDER, password=serving.PASSWORD)
    listed = client.get("/apprenticeships/").text
    asked = send(client, "/apprenticeships/ask/finalise", listed, chosen=chosen)
    confirmed = re.findall(r'name="chosen" value="([\d:]+)"', asked)
    assert len(confirmed) == COUNT, asked[-3000:]
    once = hidden(asked, "once")
    with _counted() as sent:
        begun = time.perf_counter()
        send(client, "/apprenticeships/move/finalise", asked, chosen=confirmed, once=once)
        took = time.perf_counter() - begun
    with portal.app_context(), db.engine.connect() as connection:
        table = Registration.__table__
        ready = table.c.state == rules.READY_FOR_ORDERING.code
        moved = select(func.count()).select_from(table).where(ready)
        assert connection.execute(moved).scalar() == COUNT
    return {"seconds": took, "statements": len(sent)}


def send(client: FlaskClient, address: str, page: str, **values: Any) -> str:
    """Post a form with the token of the page that it stands on; return the answer."""
    values["csrf_token"] = hidden(page, "csrf_token")
    answer = client.post(address, data=values)
    assert answer.status_code in (200, 302), (answer.status_code, answer.text[-3000:])
    return answer.text


def hidden(page: str, name: str) -> str:
    """Return what a hidden field of a page holds."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]+)"', page)
    assert found is not None, page[-3000:]
    return found[1]


def _provider() -> int:
    found = select(Membership.organisation_id).join(PortalUser)
    with db.engine.connect() as connection:
        asked = found.where(PortalUser.email == serving.PROVIDER)
        organisation_id: int = connection.execute(asked).scalar_one()
    return organisation_id


def _hand_over(provider_id: int) -> list[int]:
    """Let the first COUNT registrations that lack nothing belong to the provider."""
    registrations, links = Registration.__table__, PersonOrganisation.__table__
    wanted = registrations.c.state == rules.AWAITING_FINALISATION.code
    first = select(registrations.c.id, registrations.c.person_id).where(wanted).limit(COUNT)
    with db.engine.begin() as connection:
        found = connection.execute(first.order_by(registrations.c.id)).all()
        ids = [row.id for row in found]
        connection.execute(
            update(registrations).where(registrations.c.id.in_(ids)).values(provider_id=provider_id)
        )
        known = [
            {"person_id": row.person_id, "organisation_id": provider_id, "since": now()}
            for row in found
        ]
        connection.execute(insert(links), known)
    return ids


@contextmanager
def _counted() -> Iterator[list[str]]:
    """Collect the statements that the block sends, without transaction control."""
    sent: list[str] = []

    def note(_connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if not CONTROL.match(statement):
            sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


if __name__ == "__main__":
    print(json.dumps(finalise()))
