"""Measures issuing: python -m bench.documents make|work … on a database of its own.

Certificates are asked for by the service, and made by worker processes as in production: each
with its credential, its files and its facts. What counts is the time between the first worker
beginning and the last one ending.
"""

import json
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select

from app import create_app
from app.clock import now
from app.demo.base import lay_base
from app.documents.keystore import open_keystore
from app.domain.awards.models import Award, IssuedDocument
from app.domain.awards.rules import VALID, RecordType
from app.domain.awards.service import issuing, making
from app.domain.kernel import creating
from app.domain.kernel.identifiers import name_key
from app.domain.kernel.numbering import take_numbers
from app.domain.kernel.tables import Job
from app.domain.kernel.viewer import SYSTEM, Viewer, seen_by
from app.domain.people.models import Person
from app.domain.registrations.models import Registration
from app.domain.registrations.rules import COMPLETED, enrolment_number
from app.extensions import db
from app.jobs import handlers
from app.security import foundation
from app.transaction import transaction
from bench import serving

COUNT = 1_000
AT_ONCE = 250
ROUNDS, PARTS = 5, 2


def measure(count: int = COUNT) -> dict[int, float]:
    """Return the seconds that ``count`` certificates take one worker, and two.

    A part of them is made by turns with one and with two, since a machine's speed may change
    from one minute to the next.
    """
    took: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(ROUNDS):
        for workers, seconds in took.items():
            seconds.append(_measured(count // PARTS, workers))
    return {workers: PARTS * median(seconds) for workers, seconds in took.items()}


def _measured(count: int, workers: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        environment = serving.environment(f"sqlite:///{home / 'bench.db'}") | {
            "PORTAL_HOME": folder, "PORTAL_ENV": "development", "SEAL_KEYS": "",
            "CREDENTIAL_KEYS": "",
        }  # fmt: skip
        _run(environment, "make", str(count))
        started = [_started(environment, "work") for _ in range(workers)]
        told = [json.loads(each.communicate()[0].splitlines()[-1]) for each in started]
        made = json.loads(_run(environment, "count"))
    if made != count:
        raise SystemExit(f"{made} of {count} certificates were made")
    begun, ended = ([float(each[name]) for each in told] for name in ("begun", "ended"))
    return max(ended) - min(begun)


def _started(environment: dict[str, str], *words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "bench.documents", *words]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def _run(environment: dict[str, str], *words: str) -> str:
    ran = _started(environment, *words)
    told, _ = ran.communicate()
    if ran.returncode:
        raise SystemExit(f"bench.documents {words[0]} failed")
    return told.splitlines()[-1] if told else ""


def make(portal: Flask, count: int) -> None:
    """Fill an empty database with completed registrations, and issue certificates for them."""
    upgrade()
    with seen_by(SYSTEM), transaction():
        foundation.lay(portal.appbuilder)  # type: ignore[attr-defined]  # set by FAB
        base = lay_base("none")
        provider, scheme = base.providers[0].id, base.schemes[0].id
    viewer = Viewer("bench", user_id=1, organisation_id=provider, reach=frozenset({provider}))
    ids: list[int] = []
    for first in range(0, count, AT_ONCE):
        numbers = range(first, min(count, first + AT_ONCE))
        with seen_by(viewer), transaction():
            ids += _registrations(numbers, provider, scheme)
    with seen_by(SYSTEM), transaction():
        drafts = [
            making.AwardDraft(registration_id=each, outcome="pass", awarded_on=date(2026, 11, 1))
            for each in ids
        ]
        made = making.make_awards(drafts, at=now())
    with seen_by(SYSTEM), transaction():
        awards = list(db.session.scalars(select(Award).where(Award.id.in_(made))))
        order = issuing.Order(types=frozenset({RecordType.CERTIFICATE}), on_paper=False)
        issuing.issue(awards, order, at=now())
    keys = open_keystore(portal.config, body="Bench")
    keys.seal_key()  # made once, before anything is measured
    keys.credential_key()


def _registrations(numbers: range, provider: int, scheme: int) -> list[int]:
    session, at = db.session(), now()
    people: list[dict[str, Any]] = [
        {
            "first_names": "Siobhán", "surname": f"O’Neill-{number}",
            "name_key": name_key(f"O’Neill-{number}", "Siobhán"),
            "birth_date": date(2005, 1, 1), "created_at": at,
        }
        for number in numbers
    ]  # fmt: skip
    ids = creating.create_linked(session, Person, people, provider, at=at)
    taken = take_numbers(session, "registration", len(ids))
    rows: list[dict[str, Any]] = [
        {
            "number": number, "enrolment_number": enrolment_number(number), "kind": "apprentice",
            "scheme_id": scheme, "person_id": person_id, "provider_id": provider,
            "state": COMPLETED.code, "applicant_key": person["name_key"], "created_at": at,
        }
        for number, person_id, person in zip(taken, ids, people, strict=True)
    ]  # fmt: skip
    return creating.create(session, Registration, rows, at=at)


def work() -> dict[str, float]:
    """Do jobs until none is left, as a worker does; say when it began and ended."""
    waiting = select(Job.id).where(Job.kind == issuing.MAKING, Job.state == "queued")
    begun = time.time()
    while True:
        with seen_by(SYSTEM):
            ids = list(db.session.scalars(waiting.order_by(Job.id)))
        if not sum(handlers.run(each) for each in ids):
            return {"begun": begun, "ended": time.time()}


def made() -> int:
    """Return how many certificates exist."""
    with seen_by(SYSTEM):
        statement = select(func.count(IssuedDocument.id))
        return db.session.scalar(statement.where(IssuedDocument.state == VALID.code)) or 0


if __name__ == "__main__":
    app = create_app()
    with app.app_context():
        if sys.argv[1] == "make":
            make(app, int(sys.argv[2]))
        elif sys.argv[1] == "work":
            print(json.dumps(work()))
        else:
            print(made())
