"""Delivers the letters of the outbox, each recorded in a transaction of its own."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app

from app.clock import now
from app.domain.awards.models import Notice
from app.domain.awards.queries import notices
from app.domain.awards.service import notifying
from app.domain.catalogue.queries import contact_block
from app.domain.kernel import outbox
from app.domain.kernel.tables import Letter
from app.domain.kernel.viewer import LETTERS, seen_by
from app.extensions import db
from app.jobs.runner import Work, lease
from app.letters.bounces import TOKEN_HEADER
from app.letters.contexts import Brand
from app.letters.mail import (
    Mailer,
    MailRefusedError,
    MailUnavailableError,
    OutgoingMail,
    open_mailer,
)
from app.letters.rendering import render
from app.letters.senders import return_path_of, sender_of
from app.transaction import transaction

logger = logging.getLogger(__name__)

BATCH = 20
PATIENCE = 3
"""How many letters in a row the server may fail to take before the others wait too."""


@dataclass(frozen=True)
class Due:
    """A letter that this worker has claimed."""

    id: int
    code: str
    to_name: str
    to_email: str
    message_id: str
    context: dict[str, Any]
    token: str = ""
    """What its return path names it by, where somebody wants to know whether it came back."""


Follower = Callable[[Letter, datetime], None]

FOLLOWERS: Mapping[str, Follower] = {Notice.__tablename__: notifying.follow}
"""Who is told how letters about rows of a table ended: sent, or failed for good."""


def deliver_letters(work: Work) -> None:
    """Send every letter that is due, over one connection.

    A letter is sent at least once: a worker killed between the mail server's answer and the
    record of it leaves the letter claimed, and after the lease it goes out again with the same
    Message-ID. When the server takes nothing, what is left waits for the next sweep.
    """
    brand = brand_of()
    with open_mailer(current_app.config["MAIL_URL"]) as mailer:
        while True:
            until = now() + letter_lease()
            batch = _claim(work)
            if not batch or not _deliver_all(batch, mailer, brand, until):
                return


def letter_lease() -> timedelta:
    """Return for how long a claimed letter is this worker's: a batch may wait for a slow server."""
    return lease() * 2.5


def brand_of() -> Brand:
    """Return in whose name letters are written."""
    with seen_by(LETTERS):
        block = contact_block() or {}
    return Brand(
        name=block.get("name") or current_app.config["APP_NAME"],
        email=block.get("email", ""),
        telephone=block.get("tel", ""),
        public_url=current_app.config["PUBLIC_URL"],
    )


def _claim(work: Work) -> list[Due]:
    with work.chunk(LETTERS):
        claimed = outbox.claim(db.session(), at=now(), limit=BATCH, lease=letter_lease())
        work.done += len(claimed)
        about = {row.subject_id for row in claimed if row.subject_table == Notice.__tablename__}
        tokens = notices.tokens(about)
        return [_due(row, tokens) for row in claimed]


def _due(row: Letter, tokens: Mapping[int, str]) -> Due:
    token = tokens.get(row.subject_id, "") if row.subject_table == Notice.__tablename__ else ""
    return Due(row.id, row.code, row.to_name, row.to_email, row.message_id, row.context, token)


def _deliver_all(batch: list[Due], mailer: Mailer, brand: Brand, until: datetime) -> bool:
    """Deliver ``batch``; return False when the server took nothing for a while.

    What has not gone out ``until`` the claim runs out is another worker's by now.
    """
    failures = 0
    for letter in batch:
        if now() >= until:
            break
        if failures >= PATIENCE:
            _record(letter, unavailable="The mail server does not answer.")
        else:
            failures = 0 if _deliver(letter, mailer, brand) else failures + 1
    return failures < PATIENCE


def _deliver(letter: Due, mailer: Mailer, brand: Brand) -> bool:
    """Send one letter and record the outcome; return False when the server is at fault."""
    try:
        sent = mailer.send(_written(letter, brand))
    except MailUnavailableError as error:
        _record(letter, unavailable=str(error))
        return False
    except MailRefusedError as error:
        _record(letter, refused=str(error))
    except Exception as error:
        # One letter that cannot be written must not keep the others from going out.
        logger.exception("Letter %s (%s) could not be written", letter.id, letter.code)
        _record(letter, unavailable=f"It could not be written: {error}")
    else:
        _record(letter, sent=sent)
    return True


def _written(letter: Due, brand: Brand) -> OutgoingMail:
    rendered = render(letter.code, letter.context, brand)
    return OutgoingMail(
        to_name=letter.to_name,
        to_email=letter.to_email,
        sender_name=brand["name"],
        sender_email=sender_of(letter.code, current_app.config),
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        message_id=letter.message_id,
        return_path=return_path_of(letter.token, current_app.config),
        headers={TOKEN_HEADER: letter.token} if letter.token else {},
    )


def _record(letter: Due, *, sent: str = "", refused: str = "", unavailable: str = "") -> None:
    with seen_by(LETTERS), transaction():
        row = db.session.get(Letter, letter.id)
        if row is None or row.state != "queued":
            return
        if sent:
            outbox.delivered(row, at=now(), outcome=sent)
        elif refused:
            outbox.refused(row, outcome=refused)
        else:
            outbox.put_off(row, at=now(), outcome=unavailable)
        follower = FOLLOWERS.get(row.subject_table)
        if follower is not None and row.state != "queued":
            follower(row, now())
