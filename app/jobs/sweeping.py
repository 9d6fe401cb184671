"""The sweep: finds what nobody rang for, or what a killed worker left behind."""

import logging
from collections.abc import Callable
from datetime import timedelta

from flask import Flask, current_app
from sqlalchemy import delete, func, select

from app.clock import local, now
from app.domain.awards.service import ending, listing
from app.domain.kernel import jobs, limits, outbox
from app.domain.kernel.tables import Event, EventSeal, IdempotencyToken, Job
from app.domain.kernel.viewer import SYSTEM, seen_by
from app.domain.registrations import service as registrations
from app.extensions import db
from app.gateways import cashier
from app.gateways.base import GatewayConfigurationError
from app.gateways.registry import gateway_of
from app.jobs.handlers import SEALING
from app.jobs.notices import READING
from app.transaction import transaction

logger = logging.getLogger(__name__)

TOKENS_KEPT = timedelta(days=7)
LISTS_KEPT = timedelta(hours=12)
"""After so long a status list is signed anew, well before it runs out."""
JOBS_KEPT = timedelta(days=14)
READINGS_KEPT = timedelta(hours=1)
BOUNCES_EVERY = timedelta(minutes=1)
"""How often the mailbox of letters that came back is looked into."""


def due() -> list[int]:
    """Do the small work of a sweep, and return the ids of the jobs to be run."""
    steps = (
        _post_letters, _seal_events, _look_for_bounces, _archive_cards, _keep_documents, _forget,
    )  # fmt: skip
    for step in steps:
        _do(step)
    with seen_by(SYSTEM):
        return jobs.due(db.session(), at=now())


def settle_payments() -> None:
    """Ask the gateway about payments whose outcome is open; it opens its own transactions."""
    portal: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy
    try:
        cashier.sweep_payments(gateway_of(portal), at=now())
    except GatewayConfigurationError:
        return  # no cards are taken here
    except Exception:
        logger.exception("The sweep could not settle payments")


def _do(step: Callable[[], None]) -> None:
    try:
        with seen_by(SYSTEM), transaction():
            step()
    except Exception:
        # The other steps go on; this one is tried again at the next sweep.
        logger.exception("The sweep could not do %s", step.__name__)


def _post_letters() -> None:
    """Have due letters delivered even when the job that should do it is gone."""
    session = db.session()
    if outbox.due_now(session):
        jobs.enqueue(session, outbox.DELIVERY, key="outbox", at=now())


def _seal_events() -> None:
    session = db.session()
    last = select(func.coalesce(func.max(EventSeal.event_id), 0)).scalar_subquery()
    if session.scalar(select(Event.id).where(Event.id > last).limit(1)) is not None:
        jobs.enqueue(session, SEALING, key="audit", at=now())


def _look_for_bounces() -> None:
    """Have the mailbox of letters that came back looked into, where there is one."""
    session, at = db.session(), now()
    if not current_app.config["BOUNCE_MAIL_URL"]:
        return
    last = session.scalar(select(func.max(Job.run_at)).where(Job.kind == READING))
    if last is None or last <= at - BOUNCES_EVERY:
        jobs.enqueue(session, READING, key="bounces", at=at)


def _archive_cards() -> None:
    """Take card applications out of view that were completed three months ago (A131)."""
    registrations.archive_old(now())


def _keep_documents() -> None:
    """Expire documents whose last day has passed, and keep the published status lists fresh."""
    at = now()
    ending.expire_due(local(at).date(), at=at)
    listing.ask_to_sign(listing.due(at - LISTS_KEPT), at=at)


def _forget() -> None:
    """Remove what has served: old tokens of forms, ended rate windows, finished jobs."""
    session, at = db.session(), now()
    tokens, finished = IdempotencyToken.__table__, Job.__table__
    connection = session.connection()
    connection.execute(delete(tokens).where(tokens.c.created_at < at - TOKENS_KEPT))
    connection.execute(
        delete(finished).where(finished.c.state == "done", finished.c.run_at < at - JOBS_KEPT)
    )
    read = (finished.c.kind == READING, finished.c.run_at < at - READINGS_KEPT)
    connection.execute(delete(finished).where(finished.c.state == "done", *read))
    limits.forget_old(session)
