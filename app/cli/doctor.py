"""The command that looks at every part the portal leans on, and says what to do."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import click
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask_appbuilder.security.sqla.models import Role
from redis.exceptions import RedisError
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app.clock import now
from app.documents import pem
from app.documents.keystore import GivenKeys, KeysUnavailableError, open_keystore
from app.domain.kernel.tables import Job
from app.domain.kernel.viewer import SYSTEM, seen_by
from app.extensions import db
from app.gateways.base import GatewayError
from app.gateways.registry import open_gateway
from app.letters.bounce_box import BoxUnavailableError, open_box
from app.letters.mail import MailUnavailableError, open_mailer
from app.storage import StorageUnavailableError, storage_of

RENEWAL = timedelta(days=60)
"""So long before its end a certificate is said to be ill."""
VENDORED = ("tabler.min.css", "tabler.min.js", "htmx.min.js", "chart.min.js")


class AilmentError(Exception):
    """Something is wrong; the text says what, and what to do."""


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Check database, files, queue, mail, payments and assets; end with 1 when one is ill."""
    portal = current_app._get_current_object()  # type: ignore[attr-defined]  # of a LocalProxy
    ill = 0
    for name, check in CHECKS.items():
        try:
            click.echo(f"ok    {name}: {check(portal)}")
        except AilmentError as ailment:
            ill += 1
            click.echo(f"ILL   {name}: {ailment}")
    if ill:
        raise SystemExit(1)


def _database(portal: Flask) -> str:
    try:
        with seen_by(SYSTEM):
            connection = db.session.connection()
            stands = MigrationContext.configure(connection).get_current_revision()
            roles = db.session.scalar(select(func.count(Role.id))) if stands else 0
            kind = connection.dialect.name
    except SQLAlchemyError as error:
        reason = str(error.__cause__ or error).splitlines()[0]
        raise AilmentError(f"it does not answer ({reason}). Check DATABASE_URL.") from error
    folder = str(Path(portal.root_path).parent / "migrations")
    newest = ScriptDirectory(folder).get_current_head()
    if stands != newest or not roles:
        raise AilmentError(f"it is at {stands or 'nothing'}, not {newest}. Run: flask portal setup")
    return f"{kind} at revision {stands}"


def _storage(portal: Flask) -> str:
    try:
        storage = storage_of(portal.config)
        key = storage.put(b"The doctor was here.\n")
        storage.delete(key)
    except (StorageUnavailableError, OSError, ValueError) as error:
        raise AilmentError(f"nothing can be written ({error}). Check STORAGE_URL.") from error
    return portal.config["STORAGE_URL"] or f"the folder {portal.config['PORTAL_HOME'] / 'files'}"


def _queue(portal: Flask) -> str:
    try:
        waiting = len(portal.extensions["queue"].huey)
    except (RedisError, sqlite3.Error, OSError) as error:
        raise AilmentError(
            f"it does not answer ({error}). Check REDIS_URL or PORTAL_HOME."
        ) from error
    return f"{'Redis' if portal.config['REDIS_URL'] else 'SQLite'}, {waiting} waiting"


def _jobs(_portal: Flask) -> str:
    try:
        with seen_by(SYSTEM):
            given_up = list(db.session.scalars(select(Job).where(Job.state == "failed").limit(5)))
            said = "; ".join(f"{job.kind} {job.id}: {job.error}" for job in given_up)
    except SQLAlchemyError as error:
        raise AilmentError("the database does not answer.") from error
    if given_up:
        raise AilmentError(f"some were given up ({said}). Mend the cause, then queue them again.")
    return "none was given up"


def _mail(portal: Flask) -> str:
    try:
        with open_mailer(portal.config["MAIL_URL"]) as mailer:
            return mailer.check()
    except (MailUnavailableError, ValueError) as error:
        raise AilmentError(f"{error} Check MAIL_URL; letters wait until then.") from error


def _bounces(portal: Flask) -> str:
    url = portal.config["BOUNCE_MAIL_URL"]
    roads = ["reported at /mail/bounces"] if portal.config["BOUNCE_SECRET"] else []
    if url:
        try:
            with open_box(url):
                roads.append("read from their mailbox")
        except (BoxUnavailableError, ValueError) as error:
            raise AilmentError(f"{error} Check BOUNCE_MAIL_URL.") from error
    return " and ".join(roads) or "nobody tells the portal of them; see BOUNCE_MAIL_URL"


def _payments(portal: Flask) -> str:
    try:
        gateway = open_gateway(portal.config)
        gateway.find("doctor-0")
    except GatewayError as error:
        raise AilmentError(
            f"the gateway does not answer ({error}). Start it (make run does), or check "
            "GATEWAY_URL or STRIPE_SECRET_KEY."
        ) from error
    return f"{gateway.name} answers"


def _keys(portal: Flask) -> str:
    try:
        store = open_keystore(portal.config, body="")
        if isinstance(store, GivenKeys):
            store.seal_key()
            store.credential_key()
        certificates, public = store.certificates(), store.public_keys()
    except KeysUnavailableError as error:
        raise AilmentError(f"{error} Check SEAL_KEYS and CREDENTIAL_KEYS.") from error
    for certificate in list(certificates.values())[:1]:  # the current one
        until = pem.expiry(certificate)
        if until < now() + RENEWAL:
            raise AilmentError(
                f"the certificate of the seals ends on {until:%d %B %Y}. Rotate the keys."
            )
    if not certificates or not public:
        return "made when the first document is issued"
    return f"{len(certificates)} for seals, {len(public)} for credentials"


def _assets(portal: Flask) -> str:
    missing = [
        name for name in VENDORED if not Path(portal.static_folder or "", "vendor", name).exists()
    ]
    if missing:
        raise AilmentError(f"{', '.join(missing)} missing. Run: bin/vendor")
    return "styles and scripts are there"


CHECKS: dict[str, Callable[[Flask], str]] = {
    "Database": _database,
    "Files": _storage,
    "Queue": _queue,
    "Jobs": _jobs,
    "Mail": _mail,
    "Letters that come back": _bounces,
    "Card payments": _payments,
    "Keys of documents": _keys,
    "Assets": _assets,
}

COMMANDS = (doctor,)
