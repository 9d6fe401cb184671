"""What lists of documents show of notices: a badge for each, and the ways to notify learners."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext

from app.domain.awards import rules
from app.domain.awards.models import IssuedDocument, PrintJob
from app.domain.awards.queries import notices
from app.domain.kernel import identifiers
from app.domain.kernel.permissions import Permission
from app.security.current import may
from app.views import cells
from app.views.cells import Cell

Drawn = list[dict[str, Any]]


def notified_badges(documents: Sequence[IssuedDocument]) -> dict[int, Cell]:
    """Return for each document, by id, whether its learner was notified: two statements at most."""
    found = notices.notified(documents)
    return {document_id: cells.badge(state) for document_id, state in found.items()}


def notify_actions(document: IssuedDocument) -> Drawn:
    """Return the Notify icon of a document, in the shape of a list's row actions (D47)."""
    if document.state != rules.VALID.code or not may(Permission.NOTIFY_LEARNERS):
        return []
    return [
        {
            "label": gettext("Notify"),
            "icon": Permission.NOTIFY_LEARNERS.icon,
            "href": url_for("NotifyView.document", document=document.id),
            "method": "get",
            "stop": False,
            "box": True,
        }
    ]


def notify_all_actions(job: PrintJob) -> Drawn:
    """Return the button of a job that notifies all of its learners, for the head of its page."""
    if not may(Permission.NOTIFY_LEARNERS):
        return []
    return [
        {
            "label": gettext("Notify all"),
            "icon": Permission.NOTIFY_LEARNERS.icon,
            "href": url_for("NotifyView.everybody", job=job.id),
        }
    ]


def shown_address(email: str) -> str:
    """Return an address in full to those who may change employees, else masked."""
    if not email:
        return cells.DASH
    whole = may(Permission.CHANGE_EMPLOYEES)
    return identifiers.show_email(email) if whole else identifiers.mask_email(email)
