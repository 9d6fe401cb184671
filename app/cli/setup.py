"""Commands that prepare a database: schema, permissions, roles, the demo world."""

import time

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade
from sqlalchemy import select

from app.clock import now
from app.demo import world
from app.documents.certificates import STARTING_TEMPLATES
from app.domain.awards.service import foundation as documents
from app.domain.awards.service.exporting import EXPORTING
from app.domain.awards.service.issuing import MAKING
from app.domain.awards.service.listing import SIGNING
from app.domain.imports.service import drafts as uploads
from app.domain.kernel.tables import Job
from app.domain.kernel.viewer import SYSTEM, seen_by
from app.domain.organisations.models import Organisation
from app.extensions import db
from app.gateways.base import GatewayConfigurationError
from app.gateways.registry import open_gateway
from app.jobs import exports, handlers
from app.security import foundation
from app.transaction import transaction


@click.command("setup")
@with_appcontext
def setup() -> None:
    """Migrate the database and register permissions, roles, counters and document templates.

    It may run again at any time; web workers never do any of it.
    """
    upgrade()
    with seen_by(SYSTEM), transaction():
        foundation.lay(current_app.appbuilder)  # type: ignore[attr-defined]  # set by FAB
        documents.lay(STARTING_TEMPLATES, now())
    click.echo("The database is ready.")


@click.command("demo")
@click.option("--if-empty", is_flag=True, help="Do nothing when there are organisations already.")
@click.option("--force", is_flag=True, help="Even in production.")
@with_appcontext
def demo(if_empty: bool, force: bool) -> None:
    """Fill an empty database with the demo world; everybody in it is invented."""
    if current_app.config["PORTAL_ENV"] == "production" and not force:
        raise click.ClickException(
            "This is production: demo accounts have a password that everybody knows. "
            "Nothing was changed."
        )
    with seen_by(SYSTEM):
        filled = db.session.scalar(select(Organisation.id).limit(1)) is not None
    if filled:
        if if_empty:
            return
        raise click.ClickException(
            "There are organisations in this database; the demo world needs an empty one."
        )
    start = time.monotonic()
    told = world.build(_gateway_name())
    _work_off()
    world.end_documents()
    _work_off()
    world.notify_learners()
    world.handle_documents()
    _work_off()
    world.end_exports()
    exports.clear_expired()
    click.echo(f"The demo world is ready: {told} ({time.monotonic() - start:.1f} s).")


def _work_off() -> None:
    """Do what workers would, so that the demo world shows at once what they make."""
    kinds = (*uploads.JOBS, MAKING, SIGNING, EXPORTING)
    waiting = select(Job.id).where(Job.kind.in_(kinds), Job.state == "queued").limit(1)
    while True:
        with seen_by(SYSTEM):
            job_id = db.session.scalar(waiting)
        if job_id is None or not handlers.run(job_id):
            return


def _gateway_name() -> str:
    try:
        return open_gateway(current_app.config).name
    except GatewayConfigurationError:
        return "none"


COMMANDS = (setup, demo)
