"""What the pages say that ask before registrations are moved, and what is said afterwards."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from flask_babel import gettext, ngettext

from app.clock import today
from app.domain.kernel.idempotency import new_token
from app.domain.kernel.versions import Since
from app.domain.kernel.words import translated
from app.domain.kernel.workflow import Outcome
from app.domain.registrations import queries
from app.domain.registrations.models import CardApplication, Registration
from app.domain.registrations.rules import REGISTRATION

Rows = Sequence[Registration]
Movable = Sequence[Registration] | Sequence[CardApplication]
Drawn = dict[str, Any]
ASKED = "registrations/asked.html"
"""A confirmation that may ask something, and shows both versions of what changed meanwhile."""
LONGEST_REASON = 500
NAMED = 5
"""People whom a message names; beyond them it says how many more."""


def stage_fields(rows: Rows, errors: Mapping[str, str]) -> list[Drawn]:
    """Return what asks for the stage and the day, as macros/form.html has fields."""
    facts = queries.scheme_facts({row.scheme_id for row in rows})
    ahead = sorted(
        {
            (number, name)
            for row in rows
            for number, name in facts[row.scheme_id].stages.items()
            if number > row.stage_number
        }
    )
    day = today()
    typed = tuple(request.form.get(f"on-{part}", "") for part in ("day", "month", "year"))
    shown = {n: name if str(n) in name else f"{n}: {name}" for n, name in ahead}
    return [
        {"id": "number", "name": "number", "label": gettext("Stage"), "kind": "select",
         "options": list(shown.items()), "required": True, "error": errors.get("number"),
         "value": request.form.get("number") or (ahead[0][0] if ahead else "")},
        {"id": "on", "name": "on", "label": gettext("Date reached"), "kind": "date",
         "required": True, "error": errors.get("on"),
         "value": typed if any(typed) else (str(day.day), str(day.month), str(day.year))},
    ]  # fmt: skip


def reason() -> str:
    """Return why somebody ends something, as they typed it."""
    return request.form.get("reason", "").strip()


def errors_of_reason() -> dict[str, str]:
    """Return what is wrong with the reason that was typed."""
    if not reason():
        return {"reason": gettext("Say why: it is kept in the history of each registration.")}
    if len(reason()) > LONGEST_REASON:
        return {"reason": gettext("At most %(most)s characters fit.", most=LONGEST_REASON)}
    return {}


def reason_field(errors: Mapping[str, str]) -> Drawn:
    """Return the field that asks why, as macros/form.html has it."""
    return {
        "id": "reason", "name": "reason", "label": gettext("Reason"), "kind": "textarea",
        "required": True, "width": "40", "value": request.form.get("reason", ""),
        "error": errors.get("reason"),
        "hint": gettext("For example, left the employer, or registered by mistake"),
    }  # fmt: skip


def summary(errors: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the error summary of a confirmation."""
    return [{"id": name, "text": words} for name, words in errors.items()]


def hidden(rows: Movable) -> list[tuple[str, str]]:
    """Return what a confirmation carries: its one-time token, each row with its version."""
    chosen = [("chosen", f"{row.id}:{row.version}") for row in rows]
    return [("once", new_token()), *chosen]


def again_text() -> str:
    """Say what a page is for that asks once more, after somebody else was faster."""
    return gettext(
        "Somebody else changed these meanwhile: nothing was done to them yet. Compare both "
        "versions; the button takes them as they stand now."
    )


def both(since: Since | None) -> Drawn | None:
    """Return both versions of a row as portal/confirm.html has them."""
    if since is None or not since.changes:
        return None
    rows = [(gettext(c.label), gettext(c.then), gettext(c.now)) for c in since.changes]
    return {"told": translated(since.told, gettext, ngettext), "rows": rows}


def names(rows: Rows) -> str:
    """Name the people of some registrations; beyond NAMED say how many more."""
    shown = ", ".join(row.person.full_name for row in rows[:NAMED])
    more = len(rows) - NAMED
    return f"{shown} {gettext('and %(n)s more', n=more)}" if more > 0 else shown


def words_of(code: str, outcome: Outcome[Registration]) -> list[tuple[str, str]]:
    """Return what happened and to whom it did not, each in words and with its tone."""
    told = []
    if outcome.moved:
        done = gettext(REGISTRATION.move(code).done)
        told.append((f"{done}: {names(outcome.moved)}.", "success"))
    for row, reasons in outcome.refused[:NAMED]:
        words = ". ".join(translated(each, gettext, ngettext) for each in reasons)
        told.append((f"{row.person.full_name}: {words.rstrip('.')}.", "warning"))
    if len(outcome.refused) > NAMED:
        more = len(outcome.refused) - NAMED
        told.append((gettext("%(n)s more stay as they were.", n=more), "warning"))
    return told
