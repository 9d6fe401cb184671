"""Commands that do the portal's background work and look after it."""

import logging

import click
from flask import current_app
from flask.cli import with_appcontext

from app.domain.kernel import audit
from app.domain.kernel.viewer import SYSTEM, seen_by
from app.extensions import db
from app.jobs import worker as background


@click.command("worker")
@click.option("--once", is_flag=True, help="Do what is due, then end.")
@click.option("--every", type=float, default=background.SWEEP_EVERY, help="Seconds between sweeps.")
@with_appcontext
def worker(once: bool, every: float) -> None:
    """Deliver letters, make documents, settle payments, seal the audit trail."""
    if once:
        click.echo(f"{background.drain()} jobs done.")
        return
    logging.getLogger("huey").setLevel(logging.WARNING)
    portal = current_app._get_current_object()  # type: ignore[attr-defined]  # of a LocalProxy
    click.echo("The worker is ready.")
    background.work(portal, every=every)


@click.command("sweep")
@with_appcontext
def sweep() -> None:
    """Find what nobody rang for and hand it to the worker, once."""
    background.sweep(current_app.extensions["queue"])


@click.command("verify-audit")
@with_appcontext
def verify_audit() -> None:
    """Recompute the hash chain of the audit trail; end with 1 when it is broken."""
    with seen_by(SYSTEM):
        broken = audit.broken_links(db.session())
        unsealed = audit.count_unsealed(db.session())
    for sentence in broken:
        click.echo(sentence, err=True)
    if broken:
        raise SystemExit(1)
    click.echo(f"The audit trail is whole; {unsealed} events wait to be sealed.")


COMMANDS = (worker, sweep, verify_audit)
