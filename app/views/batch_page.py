"""How the page of a batch is drawn: its parts as templates/standards/ takes them."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext

from app.clock import local, today
from app.domain.catalogue import queries as catalogue
from app.domain.catalogue.models import Package, StandardVersion
from app.domain.imports.batches import queries
from app.domain.imports.batches.queries import Entry
from app.domain.kernel.columns import row_id
from app.domain.kernel.fields import Field
from app.domain.kernel.idempotency import new_token
from app.domain.kernel.money import pounds
from app.domain.kernel.permissions import Permission
from app.domain.orders import queries as orders
from app.domain.people.models import Person
from app.domain.registrations.standard_fields import DEFAULTS, EMPLOYER, PERSONAL, PackageChoice
from app.errors import ConflictError
from app.forms import subjects
from app.forms.subjects import drawn_field
from app.security import current
from app.security.current import may
from app.views.batch_form import BatchForm, Panel
from app.views.purchase import quote_lines
from app.views.registration_record import candidate_number
from app.views.trails import registration_trail

Drawn = dict[str, Any]
COLUMNS = ("birth_date", *DEFAULTS)
"""The columns of the batch's table after number and names, in the guide's order (C28)."""


def drawn(form: BatchForm, removed: str) -> Drawn:
    """Return the whole page, with everything typed and every error."""
    draft = form.draft
    entries = form.entries()
    here = url_for("BatchesView.batch", draft=draft) if draft else url_for("BatchesView.start")
    return {
        "crumbs": registration_trail((gettext("Batch"), None)),
        "errors": _summary(form),
        "stale": subjects.both_versions(
            form.stale, gettext("Press the button again to put yours in place of theirs.")
        ),
        "action": here,
        "hidden": [
            ("once", new_token()),
            ("version", form.version),
            ("panel", form.panel.code if form.panel else ""),
            ("candidate_version", form.panel.version if form.panel else 0),
        ],
        "standards": _standards(form),
        "packages": packages(form),
        "packages_url": url_for("BatchesView.packages"),
        "number": _number(form),
        "may_add": may(Permission.ADD_EMPLOYEES),
        "found": _found(form),
        "panel": _panel(form, entries),
        "defaults": [_default(form, name) for name in DEFAULTS],
        "columns": [gettext(form.registration.field(name).column) for name in COLUMNS],
        "candidates": [_row(form, entry) for entry in entries],
        "count": ngettext("%(num)d candidate", "%(num)d candidates", len(entries)),
        "purchase_order": drawn_field(form.subject.field("purchase_order_number"), form.raw,
                                      form.errors),
        "price": price(form.package, len(entries)),
        "price_url": url_for("BatchesView.price", draft=draft.id if draft else None),
        "undo": _undo(form, removed),
        "draft": _draft(form),
        "others": [_other(each) for each in queries.not_saved()
                   if draft is None or each.draft.id != draft.id],
        "after": gettext("Save registers everybody in the batch and raises one order for them.")
        if may(Permission.CREATE_PURCHASES)
        else gettext("Save registers everybody in the batch. Somebody who may create purchases "
                     "then orders the registrations."),
    }  # fmt: skip


def _summary(form: BatchForm) -> list[dict[str, str]]:
    errors = {**form.errors, **(form.panel.errors if form.panel else {})}
    ids = {"standard": "standards", "package": "packages", "number": "number"}
    return [each | {"id": ids.get(each["id"], each["id"])} for each in subjects.summary(errors)]


def _standards(form: BatchForm) -> Drawn:
    chosen = form.standard
    return {
        "error": _said(form.errors, "standard"),
        "rows": [
            {
                "id": each.id,
                "name": each.label,
                "checked": each is chosen,
                "info_url": url_for("BatchesView.contents", version=each.id),
            }
            for each in form.standards
        ],
    }


def packages(form: BatchForm) -> Drawn:
    """Return the packages of the chosen standard; none before one is chosen (C21, C22)."""
    standard, chosen = form.standard, form.package
    return {
        "has_standard": standard is not None,
        "error": _said(form.errors, "package"),
        "rows": [
            {
                "id": each.id,
                "code": each.code,
                "description": each.description,
                "checked": each is chosen,
            }
            for each in form.packages
            if standard is not None and each.standard_id == standard.id
        ],
    }


def price(chosen: PackageChoice | None, count: int) -> Drawn | None:
    """Return what ``count`` registrations cost, or one where nobody is in the batch yet."""
    package = queries.package(chosen.id) if chosen is not None else None
    if package is None:
        return None
    try:
        quoted = queries.quote(package, count or 1, current.active_organisation_id())
    except ConflictError as error:
        return {"refused": error.text}
    note = gettext("For one candidate.") if not count else gettext(
        "Charged by the order that Save raises. Prices of %(day)s.", day=f"{today():%d/%m/%Y}"
    )  # fmt: skip
    return quote_lines(quoted) | {"refused": None, "note": note}


def _said(errors: Mapping[str, str], name: str) -> str | None:
    return subjects.say(errors[name]) if name in errors else None


def _number(form: BatchForm) -> Drawn:
    return {
        "id": "number", "name": "number", "label": gettext("Existing Candidate Number"),
        "kind": "text", "required": True, "width": "20", "value": form.number,
        "error": _said(form.errors, "number"), "autocomplete": "off",
        "hint": gettext("A candidate’s number or ULN adds them; a name searches"),
    }  # fmt: skip


def _default(form: BatchForm, name: str) -> Drawn:
    drawn = drawn_field(form.subject.field(f"default_{name}"), form.raw, form.errors)
    return drawn | {"required": True, "hint": None, "width": "20"}  # required, here or of each


# The candidates -----------------------------------------------------------------------------------


def _row(form: BatchForm, entry: Entry) -> Drawn:
    lacking = len(entry.errors)
    person = entry.candidate.person
    return {
        "id": entry.candidate.id,
        "name": entry.name,
        "number": _shown_number(person),
        "first": entry.raw["first_names"],
        "last": entry.raw["surname"],
        "lacking": ngettext("%(num)d thing to put right", "%(num)d things to put right", lacking)
        if lacking else None,
        "cells": [_cell(form, entry, name) for name in COLUMNS],
        "error": _said(form.errors, f"candidate-{entry.candidate.id}"),
    }  # fmt: skip


def _shown_number(person: Person | None) -> str:
    if person is None or person.scheme_number is None:
        return gettext("New") if person is None else gettext("No number yet")
    return candidate_number(person) or ""


def _cell(form: BatchForm, entry: Entry, name: str) -> Drawn:
    field = form.registration.field(name)
    text = entry.raw[name]
    if name in entry.values:
        known = name in entry.known
        text = field.show_to(entry.values[name], sees_personal=_sees() or not known)
    of_batch = name in DEFAULTS and bool(text) and not entry.is_own(name)
    return {"text": text or "–", "note": gettext("as the batch") if of_batch else None}


def _sees() -> bool:
    """Whether the reader may see details of people on record in full."""
    return may(Permission.CHANGE_EMPLOYEES)


def _undo(form: BatchForm, removed: str) -> Drawn | None:
    if form.draft is None or not removed:
        return None
    candidate = queries.candidate_of(form.draft, row_id(removed))
    if candidate is None or not candidate.is_removed:
        return None
    name = queries.entry(candidate).name
    return {
        "text": gettext("%(name)s was taken out of the batch.", name=name),
        "action": url_for("BatchesView.undo", draft=form.draft),
        "hidden": [("candidate", candidate.id)],
    }


def _found(form: BatchForm) -> Drawn | None:
    found = form.found
    if found is None:
        return None
    return {
        "asked": found.asked,
        "second": found.second,
        "needs_second": found.needs_second,
        "refused": found.refused,
        "elsewhere": found.elsewhere,
        "own": [
            {"id": each.id, "name": each.full_name, "number": _shown_number(each)}
            for each in found.own
        ],
    }


# The candidate whose form is open -----------------------------------------------------------------


def _panel(form: BatchForm, entries: list[Entry]) -> Drawn | None:
    panel = form.panel
    if panel is None:
        return None
    entry = next((each for each in entries if each.candidate is panel.candidate), None)
    if entry is not None and entry.candidate.person is not None and not panel.errors:
        panel.errors = _lacking(panel, entry)
    person = entry.candidate.person if entry else None
    return {
        "title": gettext("New Candidate") if entry is None else entry.name,
        "known": _on_record(form, entry) if entry is not None and person is not None else [],
        "lacking": ngettext(
            "%(num)d mandatory fact is missing or wrong. Supply it before the batch is saved.",
            "%(num)d mandatory facts are missing or wrong. Supply them before the batch is saved.",
            len(panel.errors),
        ) if panel.errors else None,
        "columns": [column for column in _columns(form) if column],
        "matches": [
            {"id": each.person.id, "name": each.person.full_name,
             "reasons": [gettext(reason) for reason in each.reasons]}
            for each in panel.matches
        ],
        "submit": gettext("Add to the batch") if entry is None else gettext("Keep these details"),
    }  # fmt: skip


def _lacking(panel: Panel, entry: Entry) -> dict[str, str]:
    """Return what somebody on record lacks; what the batch may still say for all is left out."""
    return {
        name: words
        for name, words in entry.errors.items()
        if name in panel.subject.names and (name not in DEFAULTS or entry.raw[name])
    }


def _columns(form: BatchForm) -> list[list[Drawn]]:
    """Return the groups of fields in two columns; a group without fields is left out."""
    columns = (
        ((gettext("Candidate"), PERSONAL),),
        ((gettext("Apprenticeship"), DEFAULTS), (gettext("Employer"), EMPLOYER)),
    )
    drawn = [[_group(form, *each) for each in column] for column in columns]
    return [[each for each in column if each["fields"]] for column in drawn]


def _group(form: BatchForm, legend: str, names: tuple[str, ...]) -> Drawn:
    asked = [_asked(form, name) for name in names]
    return {"legend": legend, "fields": [each for each in asked if each is not None]}


def _asked(form: BatchForm, name: str) -> Drawn | None:
    panel = form.panel
    if panel is None or name not in panel.subject.names:
        return None
    field = panel.subject.field(name)
    drawn = drawn_field(field, panel.raw, panel.errors, autocomplete="off")
    if name in DEFAULTS:
        drawn |= {"unless": gettext("the batch’s, when left empty"), "hint": _of_batch(form, field)}
    return drawn


def _of_batch(form: BatchForm, field: Field) -> str | None:
    stands = getattr(form.draft, f"default_{field.name}", None) if form.draft else None
    if stands is None:
        return None
    return gettext("The batch says %(value)s", value=gettext(field.show(stands)))


def _on_record(form: BatchForm, entry: Entry) -> list[tuple[str, str]]:
    return [
        (gettext(form.registration.field(name).label),
         form.registration.field(name).show_to(entry.values.get(name, entry.known[name]),
                                               sees_personal=_sees()))
        for name in PERSONAL
        if name in entry.known
    ]  # fmt: skip


# Around it ----------------------------------------------------------------------------------------


def _draft(form: BatchForm) -> Drawn | None:
    draft = form.draft
    if draft is None:
        return None
    return {
        "told": gettext(
            "Kept as a draft; %(who)s changed it last, on %(when)s.",
            who=draft.changed_by.full_name, when=f"{local(draft.changed_at):%d/%m/%Y %H:%M}",
        ),
        "discard_url": url_for("BatchesView.discard", draft=draft),
    }  # fmt: skip


def _other(each: queries.Open) -> Drawn:
    version = each.draft.standard_version
    return {
        "href": url_for("BatchesView.batch", draft=each.draft),
        "label": version.name if version else gettext("No standard chosen yet"),
        "note": gettext(
            "%(count)s, %(who)s on %(when)s",
            count=ngettext("%(num)d candidate", "%(num)d candidates", each.candidates),
            who=each.draft.changed_by.full_name,
            when=f"{local(each.draft.changed_at):%d/%m/%Y %H:%M}",
        ),
    }


def contents(version: StandardVersion) -> Drawn:
    """Return what is included within each package of a standard, and its retail price (C20)."""
    found = catalogue.packages_of([version.id])
    return {
        "title": version.name,
        "text": gettext("What is included within each package, and its retail price."),
        "crumbs": registration_trail(
            (gettext("Batch"), url_for("BatchesView.start")), (version.name, None)
        ),
        "packages": [
            {
                "code": each.code,
                "description": each.description,
                "contents": each.contents.splitlines(),
                "price": price,
            }
            for each, price in zip(found, _retail(found), strict=True)
        ],
    }


def _retail(found: list[Package]) -> list[Drawn]:
    """Return what each package costs; one without a price yet leaves the others theirs."""
    try:
        quoted = orders.quote(
            [(each.product, 1) for each in found], current.active_organisation_id(), today()
        )
    except ConflictError:
        none = {"net": gettext("No price yet"), "vat": "–", "total": "–"}
        return [none] if len(found) == 1 else [_retail([each])[0] for each in found]
    return [
        {"net": pounds(line.net), "vat": pounds(line.vat), "total": pounds(line.total)}
        for line in quoted.lines
    ]
