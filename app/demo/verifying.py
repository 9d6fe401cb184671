"""Somebody outside asks for the link by which a list of documents is checked."""

from datetime import datetime

from app.domain.awards.verification import service
from app.domain.kernel.viewer import VERIFIER, seen_by
from app.transaction import transaction

EMPLOYER = "people@harbourlights.example"


def ask_for_link(at: datetime) -> None:
    """Post the letter; its link is of no portal, so that the demo world opens no door."""
    with seen_by(VERIFIER), transaction():
        service.post_link(EMPLOYER, "/verify/list", at)
