"""Measures uploads: python -m bench.uploads read FILE, with the settings of the environment.

The file is the peers'; its twenty columns are a target of its own, checked at least as they check
them. What counts is the whole way: stored, looked over, read in its child, checked, put into rows,
compared with everybody the organisation knows.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import delete, func, insert, literal, select

from app import create_app
from app.clock import now
from app.domain.catalogue import queries as catalogue
from app.domain.catalogue.models import AdministeringBody, Product
from app.domain.imports import queries, service
from app.domain.imports.models import CellError, Import, ImportFile, ImportRow
from app.domain.imports.rules import Choice
from app.domain.imports.targets import TARGETS, LateError, Made, RowFacts, Target
from app.domain.kernel.fields import Field, Subject, Values
from app.domain.kernel.tables import Job
from app.domain.kernel.viewer import SYSTEM, Viewer, seen_by
from app.domain.orders.models import Order, OrderLine
from app.domain.orders.service.purchase import Details
from app.domain.organisations.models import Membership, PortalUser
from app.domain.people import queries as people
from app.domain.people.fields import GENDERS, PERSON, TITLES
from app.domain.people.models import Person, PersonOrganisation
from app.extensions import db
from app.jobs import handlers
from app.jobs.worker import drain, keep_what_is_loaded
from app.security.access import viewer_for
from app.storage import storage_of
from app.transaction import transaction
from bench import serving
from bench.finalising import hidden, send
from bench.places import CACHE, PEERS, Backend
from tests.support.uploads import candidates, workbook

sys.path.insert(0, str(PEERS))
import harness  # the peers' own, which makes their environments and their upload

ROWS = 10_000
ROUNDS = 3
EDITS = 15


def _ends_after_start(values: Values) -> Mapping[str, str]:
    start, end = values["start_date"], values["expected_end_date"]
    return {"expected_end_date": "The end is before the start."} if end and end < start else {}


class PeersUpload(Target):
    """The peers' upload: what they check of it, and what our fields check besides."""

    code = "peers"
    label = rows_title = "Peers' upload"
    priced_by = "package"
    grid = ()

    def subject(self) -> Subject:
        """Return its twenty columns."""
        return Subject("upload", (
            Field("title", "Title", "choice", choices=TITLES),
            Field("first_names", "First name", "name", required=True, max_length=100),
            Field("surname", "Surname", "name", required=True, max_length=100),
            Field("birth_date", "Date of birth", "date", required=True,
                  check=PERSON.field("birth_date").check),
            Field("gender", "Gender", "choice", choices=(*GENDERS, ("N", "Not said"))),
            Field("uln", "ULN", "uln", required=True),
            Field("email", "Email", "email", required=True),
            Field("phone", "Phone", "phone"),
            Field("employer_ern", "ERN", max_length=20),
            Field("employer_name", "Employer", max_length=160),
            Field("employee_position", "Position", max_length=100),
            Field("employer_postcode", "Postcode", "postcode", required=True),
            Field("employer_phone", "Telephone", "phone"),
            Field("start_date", "Start date", "date", required=True),
            Field("expected_end_date", "Expected end date", "date", required=True),
            Field("assessment_start_date", "EPA expected date", "date"),
            Field("funding_type", "Funding type", max_length=60),
            Field("standard", "Standard", required=True, max_length=100),
            Field("package", "Package", max_length=60),
            Field("po_number", "PO number", max_length=40),
        ), (_ends_after_start,))  # fmt: skip

    def late_errors(self, rows: Sequence[RowFacts]) -> list[LateError]:
        """Return nothing: nothing is made of these rows."""
        return []

    def products(self, counted: Mapping[str, int]) -> list[tuple[Product, int]]:
        """Return nothing."""
        return []

    def body(self, organisation_id: int) -> AdministeringBody:
        """Return who administers where the organisation is."""
        return catalogue.body_of(organisation_id)

    def make(self, rows: Sequence[RowFacts], reference: str, at: datetime) -> Made:
        """Make nothing."""
        return Made({}, {})


TARGETS[PeersUpload.code] = PeersUpload()  # type: ignore[index]  # a dictionary, in this process


def provider() -> Viewer:
    """Return the training provider's user, as a request has them."""
    with seen_by(SYSTEM):
        user = db.session.scalars(
            select(PortalUser).where(PortalUser.email == serving.PROVIDER)
        ).one()
        return viewer_for(user, _organisation_of(user))


def _organisation_of(user: PortalUser) -> int:
    found: int = db.session.scalars(
        select(Membership.organisation_id).where(Membership.user_id == user.id)
    ).one()
    return found


def know_everybody(viewer: Viewer) -> int:
    """Let the organisation know all people there are; return how many."""
    people, links = Person.__table__.c, PersonOrganisation.__table__
    known = select(links.c.person_id).where(links.c.organisation_id == viewer.organisation_id)
    wanted = select(people.id, literal(viewer.organisation_id), literal(now(), links.c.since.type))
    with db.engine.begin() as connection:
        connection.execute(
            insert(links).from_select(
                ["person_id", "organisation_id", "since"], wanted.where(people.id.not_in(known))
            )
        )
        count: int = connection.execute(select(func.count(people.id))).scalar_one()
    return count


def bring(path: Path, target: str, viewer: Viewer, config: Mapping[str, Any]) -> int:
    """Bring a file into a new import, as the page does; return the import."""
    with seen_by(viewer), transaction():
        draft = service.new_draft(target, "bench", now())
        with path.open("rb") as file:
            key = storage_of(config).put(file)
        size = path.stat().st_size
        service.bring_file(draft, name=path.name, key=key, size=size, at=now())
        return draft.id


def read(path: Path) -> dict[str, float]:
    """Read one upload; return counts, seconds and the memory added, the child's included."""
    portal = create_app()
    with portal.app_context():
        viewer = provider()
        know_everybody(viewer)
        keep_what_is_loaded()  # as the worker does before it works
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begun = time.perf_counter()
        import_id = bring(path, PeersUpload.code, viewer, portal.config)
        drain()
        took = time.perf_counter() - begun
        with seen_by(viewer):
            import_ = queries.find_import(import_id)
            assert import_ is not None
            counts = queries.counts(import_)
            told = {
                "rows": counts.total, "new": counts.valid, "known": _known(import_),
                "bad": counts.error,
            }  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        forget(import_id)
    return told | {"seconds": took, "peak_mb": (after - before + child) / 1024}


def _known(import_: Import) -> int:
    statement = select(ImportRow.matches).where(ImportRow.import_id == import_.id)
    matches = db.session.scalars(statement)
    return sum(any(each["weight"] >= people.SURE for each in found) for found in matches)


def forget(import_id: int) -> None:
    """Remove an import, so that the next round finds no repeats."""
    with db.engine.begin() as connection:
        for model in (CellError, ImportRow, ImportFile):
            table = model.__table__
            connection.execute(delete(table).where(table.c.import_id == import_id))
        connection.execute(delete(Import.__table__).where(Import.__table__.c.id == import_id))


# Finalising and editing ---------------------------------------------------------------------------


def finalise(_path: Path) -> dict[str, float]:
    """Bring ROWS candidates in whom nothing is wrong, edit cells, and finalise them all.

    The edits go through the page, as somebody's browser sends them; finalising is what the worker
    does from SUBMIT PURCHASE to the order that can be paid.
    """
    portal = create_app()
    with portal.app_context():
        viewer = provider()
        path = CACHE / f"candidates-{ROWS}.xlsx"
        path.write_bytes(workbook(candidates(ROWS)))
        import_id = bring(path, "standards", viewer, portal.config)
        drain()
    edits = _edit_some(portal, import_id)  # outside: a request has a context of its own
    with portal.app_context():
        order = _submit(viewer, import_id)
        begun = time.perf_counter()
        _finalise_only()
        took = time.perf_counter() - begun
        with seen_by(viewer):
            lines = select(func.count()).select_from(OrderLine).where(OrderLine.order_id == order)
            assert db.session.scalar(lines) == ROWS
            assert db.session.get_one(Order, order).state == "open"
    return {"seconds": took, "edit_ms": statistics.median(edits) * 1000}


def _submit(viewer: Viewer, import_id: int) -> int:
    """Press SUBMIT PURCHASE; return the order."""
    with seen_by(viewer), transaction():
        import_ = queries.find_import(import_id)
        assert import_ is not None
        answer_the_rest(import_)
        assert queries.counts(import_).valid == ROWS, queries.fixes(import_)[:3]
        return service.finalise(import_, _details(viewer), import_.version, now()).id


def answer_the_rest(import_: Import) -> None:
    """Say of the few whose made-up number somebody has among a million that they are others."""
    waiting = [found.row for found in queries.known_people(import_, size=ROWS)]
    if waiting:
        service.choose_person(waiting, Choice.SEPARATE, now(), reason="Made up for a bench")


def _finalise_only() -> None:
    """Run the job that finalises, and no letters: they go out afterwards, by another."""
    with seen_by(SYSTEM):
        jobs = Job.__table__.c
        statement = select(jobs.id).where(jobs.kind == "finalise_import", jobs.state == "queued")
        (job_id,) = db.session.connection().execute(statement).scalars().all()
    handlers.run(job_id)


def _details(viewer: Viewer) -> Details:
    place = viewer.organisation_id or 0
    return Details(
        customer_reference="PO 10000", accounts_contact_name="Alma Reyes",
        accounts_contact_email="alma@example.com", delivery_attention="Alma Reyes",
        invoice_to=place, deliver_to=place,
    )  # fmt: skip


def _edit_some(portal: Flask, import_id: int) -> list[float]:
    """Change a cell of EDITS rows by the page's own form; return the seconds of each answer."""
    client = portal.test_client()
    door = client.get("/login/").text
    send(client, "/login/", door, username=serving.PROVIDER, password=serving.PASSWORD)
    table = ImportRow.__table__
    with portal.app_context(), db.engine.connect() as connection:
        rows = connection.execute(
            select(table.c.id, table.c.version)
            .where(table.c.import_id == import_id)
            .order_by(table.c.id.desc())
            .limit(EDITS)
        ).all()
    took = []
    token = hidden(client.get(f"/uploads/{import_id}").text, "csrf_token")
    for row_id, version in rows:
        typed = {"version": version, "employee_position": "Senior apprentice technician"}
        begun = time.perf_counter()
        answer = client.post(
            f"/uploads/rows/{row_id}/edit",
            data=typed | {"csrf_token": token},
            headers={"HX-Request": "true"},
        )
        took.append(time.perf_counter() - begun)
        assert answer.status_code == 200, answer.text[-2000:]
        assert "Senior apprentice technician" in answer.text
    return took


# Beside the peers ---------------------------------------------------------------------------------


def measure(backend: Backend, name: str, people: int) -> dict[str, Any]:
    """Return the reports of ours and of the peers, by program, and ours for ten times the rows."""
    uploads = {count: _upload(count, people) for count in (ROWS, 10 * ROWS)}
    backend.prepare_peers()
    harness.make_database(people, backend.peers_url)
    with backend.copied(name) as url:
        ours = [sys.executable, "-m", "bench.uploads", "read"]
        environment = serving.environment(url)
        commands: dict[str, tuple[list[str], dict[str, str]]] = {
            f"django-import-export, {kind}": (
                [*_peer(), kind, str(uploads[ROWS])],
                os.environ | {"DATABASE_URL": backend.peers_url},
            )
            for kind in ("stock", "tuned")
        }
        commands["hallmark"] = ([*ours, str(uploads[ROWS])], environment)
        told: dict[str, list[Any]] = {each: [] for each in commands}
        for _ in range(ROUNDS):
            for each, (command, settings) in commands.items():
                told[each].append(_run(command, settings))
        told["ten times"] = [_run([*ours, str(uploads[10 * ROWS])], environment)]
        told["finalise"] = [_run([*ours[:-1], "finalise", "-"], environment)]
    return {
        each: {key: statistics.median(report[key] for report in reports) for key in reports[0]}
        for each, reports in told.items()
    }


def _peer() -> list[str]:
    program = PEERS / "import_export" / "dry_run.py"
    return [str(harness.python_of("import_export")), str(program)]


def _upload(rows: int, people: int) -> Path:
    path = CACHE / f"upload-{rows}-of-{people}.xlsx"
    if not path.exists():
        harness.make_upload(rows, people, path)
    return path


def _run(command: Sequence[str], environment: Mapping[str, str]) -> dict[str, float]:
    done = subprocess.run(
        list(command), check=True, env=dict(environment), stdout=subprocess.PIPE, text=True
    )
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


if __name__ == "__main__":
    print(json.dumps({"read": read, "finalise": finalise}[sys.argv[1]](Path(sys.argv[2]))))
