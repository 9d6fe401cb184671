"""Turns a subject of the field kernel into a web form, and a posted form into raw values."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext, ngettext
from werkzeug.datastructures import MultiDict

from app.domain.kernel.fields import Field, Subject
from app.domain.kernel.words import translated
from app.errors import StaleError

DATE_PARTS = ("day", "month", "year")
_DRAWN_AS = {
    "email": "email", "phone": "tel", "date": "date", "choice": "select", "lookup": "lookup",
    "yesno": "yesno", "number": "number", "photo": "upload",
}  # fmt: skip
_INPUT_MODES = {"uln": "numeric", "ern": "numeric", "number": "decimal"}


def posted(subject: Subject, form: MultiDict[str, str]) -> dict[str, Any]:
    """Return what was typed for each field of ``subject``; a date as (day, month, year)."""
    found: dict[str, Any] = {}
    for field in subject.fields:
        if field.kind == "date":
            parts = tuple(form.get(f"{field.name}-{part}", "").strip() for part in DATE_PARTS)
            found[field.name] = parts if any(parts) else form.get(field.name, "")
        elif field.kind != "photo":
            found[field.name] = form.get(field.name, "")
    return found


def stored(subject: Subject, row: Any) -> dict[str, Any]:
    """Return what stands in ``row`` for each field, as the form shows it."""
    found: dict[str, Any] = {}
    for field in subject.fields:
        value = getattr(row, field.name, None)
        if isinstance(value, date):
            found[field.name] = (str(value.day), str(value.month), str(value.year))
        elif isinstance(value, bool):
            found[field.name] = "yes" if value else "no"
        elif value is None or field.kind in ("choice", "lookup"):
            found[field.name] = value
        else:
            found[field.name] = field.show(value)
    return found


def say(text: str) -> str:
    """Return a domain text in the reader's language."""
    return translated(text, gettext, ngettext)


def both_versions(error: StaleError | None, again: str) -> dict[str, Any] | None:
    """Return what macros/form.html shows of a stale form; ``again`` says what pressing on does."""
    if error is None:
        return None
    rows = [(_heading(k), say(v), say(error.yours.get(k, ""))) for k, v in error.theirs.items()]
    return {"text": say(error.text), "told": say(error.told), "again": again, "rows": rows}


def _heading(label: str) -> str:
    named, colon, last = label.rpartition(": ")
    return f"{named}{colon}{gettext(last)}"


def drawn_field(
    field: Field, raw: Mapping[str, Any], errors: Mapping[str, str], **more: Any
) -> dict[str, Any]:
    """Return one field in the shape of macros/form.html; ``more`` overrides or adds."""
    kind = _DRAWN_AS.get(field.kind, "textarea" if field.multiline else "text")
    return {
        "id": field.name,
        "name": field.name,
        "label": gettext(field.label),
        "hint": gettext(field.hint) if field.hint else None,
        "error": say(errors[field.name]) if field.name in errors else None,
        "value": raw.get(field.name),
        "kind": kind,
        "width": field.width and str(field.width),
        "required": field.required is True,
        "autocomplete": field.autocomplete or None,
        "inputmode": _INPUT_MODES.get(field.kind),
        "options": [(code, gettext(label)) for code, label in field.options()],
    } | more


def groups(
    subject: Subject,
    raw: Mapping[str, Any],
    errors: Mapping[str, str],
    more: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[dict[str, Any]]:
    """Return the fields under the legends of their groups, in the order declared."""
    found: dict[str, list[dict[str, Any]]] = {}
    for field in subject.fields:
        extra = (more or {}).get(field.name, {})
        found.setdefault(field.group, []).append(drawn_field(field, raw, errors, **extra))
    return [
        {"legend": gettext(legend) if legend else "", "fields": fields}
        for legend, fields in found.items()
    ]


def summary(errors: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the error summary: each error with the id of its field."""
    return [{"id": name, "text": say(text)} for name, text in errors.items()]
