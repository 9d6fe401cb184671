"""Cells and icons that the lists of jobs and documents share."""

from collections.abc import Sequence
from typing import Any

from flask import current_app, g, url_for
from flask_babel import gettext

from app.domain.awards import rules
from app.domain.awards.models import IssuedDocument
from app.domain.awards.queries import notices
from app.domain.awards.rules import RECORD_TYPES, RecordType
from app.domain.kernel.permissions import Permission
from app.domain.kernel.workflow import State
from app.security.current import may
from app.views import cells
from app.views.notified import notify_actions

Drawn = list[dict[str, Any]]
DROPPED = State("dropped", rules.DOCUMENT.move("abandon").done, "off", "trash")


def type_of(document: IssuedDocument) -> str:
    """Return what a document is (D24)."""
    return gettext(RECORD_TYPES[RecordType(document.record_type)])


def type_options() -> list[tuple[str, str]]:
    """Return the record types that a filter offers."""
    return [(each.value, gettext(label)) for each, label in RECORD_TYPES.items()]


def is_there(document: IssuedDocument) -> bool:
    """Tell whether a document exists: made, stored, and so to be seen."""
    return document.file_id is not None


def in_its_job(document: IssuedDocument) -> State:
    """Return how a document stands in its job (D26); one dropped before its issue says so."""
    if document.state == rules.DOCUMENT_CANCELLED.code and not is_there(document):
        return DROPPED
    return rules.in_its_job(document.state)


# Notified ----------------------------------------------------------------------------------------


def prepare_notified(rows: Sequence[IssuedDocument]) -> None:
    """Find how the notices of a page of documents stand, in one statement."""
    g.documents_notified = notices.notified(rows)


def notified(document: IssuedDocument) -> cells.Cell:
    """Return how the notice to a document's learner stands (D25)."""
    if not is_there(document):
        return cells.text(None)
    state: State = g.documents_notified.get(document.id, rules.NOT_NOTIFIED)
    return cells.badge(state)


# What can be done --------------------------------------------------------------------------------


def icon(
    name: str, label: str, href: str, *, sheet: bool = False, post: bool = False, stop: bool = False
) -> dict[str, Any]:
    """Return an icon of a row; a ``sheet`` opens over the page where scripts run."""
    return {
        "icon": name, "label": label, "href": href, "method": "post" if post else "get",
        "stop": stop, "dialog": None, "sheet": sheet,
    }  # fmt: skip


def notify_icon(document: IssuedDocument) -> Drawn:
    """Offer to notify the learner of a document (D47), to those who may."""
    plain = {"method": "get", "stop": False, "dialog": None}
    return [plain | each for each in notify_actions(document)]


def may_move() -> bool:
    """Tell whether whoever looks may try failed documents again, or drop them."""
    return may(Permission.ISSUE_DOCUMENTS) and "DocumentsView.ask" in current_app.view_functions


def preview_href(document: IssuedDocument, side: str) -> str:
    """Return where the Document Viewer shows a document: its ``digital`` or ``paper`` side."""
    return url_for("DocumentViewerView.viewer", document=document.id, side=side)


def export_actions(hidden: Sequence[tuple[str, Any]], label: str, *, sheet: bool = True) -> Drawn:
    """Offer to export documents (D21, D37), to those who may; ``hidden`` says which."""
    if not may(Permission.EXPORT_DOCUMENTS):
        return []
    return [
        {
            "label": label, "icon": "file-zip", "method": "post", "sheet": sheet,
            "href": url_for("ExportsView.ask"), "hidden": list(hidden),
        }
    ]  # fmt: skip
