"""The timeline of a record: what the audit trail says, in words."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext

from app.clock import local
from app.domain.kernel.tables import Event
from app.domain.kernel.words import N_
from app.domain.kernel.workflow import Workflow

_PLAIN = {
    "created": (N_("Created"), "work", "plus"),
    "changed": (N_("Changed"), "off", "pencil"),
    "assessed": (N_("Passed the health and safety assessment"), "ok", "clipboard-check"),
    "deleted": (N_("Deleted"), "stop", "trash"),
    "downloaded": (N_("Downloaded"), "off", "download"),
    "report_answered": (N_("Report answered"), "ok", "message-check"),
    "error_reported": (N_("Error reported"), "todo", "message-report"),
}


def timeline(events: Iterable[Event], workflow: Workflow | None = None) -> list[dict[str, Any]]:
    """Return ``events``, newest first, in the shape of the record page's timeline."""
    moves = {move.code: move for move in workflow.moves} if workflow else {}
    drawn = []
    for event in events:
        move = moves.get(event.what)
        if move is not None:
            what, tone, icon = move.done, move.target.tone, move.icon
        else:
            what, tone, icon = _PLAIN.get(event.what, (event.what, "off", "point"))
        drawn.append(
            {
                "what": gettext(what),
                "detail": event.reason or _details(event),
                "who": event.actor,
                "when": f"{local(event.at):%d/%m/%Y %H:%M}",
                "iso": event.at.isoformat(),
                "tone": tone,
                "icon": icon,
            }
        )
    return drawn


def _details(event: Event) -> str | None:
    """Name the fields that changed, never their values: those may be personal."""
    if event.what != "changed" or not event.after:
        return None
    names = sorted(name.removesuffix("_id").replace("_", " ") for name in event.after)
    return ", ".join(names).capitalize()
