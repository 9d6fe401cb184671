"""The User Guide for Learner Portal: what learners are given with their enrolment number (D52)."""

from datetime import UTC, datetime
from functools import lru_cache

from app.documents.typesetting import typeset
from app.documents.wording import printable

GUIDE = datetime(2026, 11, 25, tzinfo=UTC)
"""When the words of the guide last changed."""


@lru_cache(maxsize=4)
def render_guide(body: str, email: str, portal: str) -> bytes:
    """Return the guide as a tagged PDF, in the name of ``body``; ``portal`` is an address."""
    page = {
        "body": printable(body, 120),
        "email": printable(email, 200),
        "start": printable(f"{portal}/learner/start", 200),
        "verify": printable(f"{portal}/verify", 200),
    }
    return typeset("learner_guide.typ", page, dated=GUIDE.date())
