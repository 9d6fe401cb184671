"""What people do with letters that were posted: read about them, send one again."""

from datetime import datetime

from sqlalchemy import select

from app.domain.kernel import idempotency, outbox
from app.domain.kernel.tables import Letter
from app.domain.kernel.words import N_
from app.domain.kernel.workflow import State
from app.extensions import db

QUEUED = State("queued", N_("Waiting to be sent"), "work", "clock")
SENT = State("sent", N_("Sent"), "ok", "mail-check")
FAILED = State("failed", N_("Not delivered"), "stop", "mail-x")
STATES = {state.code: state for state in (QUEUED, SENT, FAILED)}


def recent(limit: int = 6) -> list[Letter]:
    """Return the newest letters about what belongs to the viewer."""
    statement = select(Letter).order_by(Letter.created_at.desc(), Letter.id.desc())
    return list(db.session.scalars(statement.limit(limit)))


def copies_of(letter: Letter) -> list[Letter]:
    """Return the letter that this one repeats, and those that repeat it."""
    first = letter.resend_of_id or letter.id
    statement = (
        select(Letter)
        .where((Letter.id == first) | (Letter.resend_of_id == first), Letter.id != letter.id)
        .order_by(Letter.id)
    )
    return list(db.session.scalars(statement))


def send_again(letter: Letter, token: str, *, at: datetime) -> bool:
    """Post a letter once more; False when this form was sent before."""

    def work() -> str:
        outbox.send_again(db.session(), letter, at=at)
        return str(letter.id)

    _result, is_new = idempotency.once(db.session(), token, "send a letter again", work)
    return is_new
