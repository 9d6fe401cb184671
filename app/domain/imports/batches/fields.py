"""What a batch on screen asks: facts of its own, and of each candidate the guide's 17 (C33)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from app.domain.kernel.fields import Field, Reading, Subject
from app.domain.kernel.words import N_
from app.domain.registrations.standard_fields import BATCH, DEFAULTS, EMPLOYER, PERSONAL

CANDIDATE = (*PERSONAL, *DEFAULTS, *EMPLOYER)
"""What is asked of each candidate, in the order of the form."""
COLUMNS: Mapping[str, str] = {
    "standard": "standard_version_id",
    "package": "package_id",
    **{f"default_{name}": f"default_{name}" for name in DEFAULTS},
    "purchase_order_number": "purchase_order_number",
}
"""The fields of a batch, with the columns that keep them."""

_PURCHASE_ORDER = Field(
    "purchase_order_number", N_("Purchase Order Number"), max_length=40, width=20,
    hint=N_("Printed on the invoice, so that you can match it to your own records."),
)  # fmt: skip

Answers = Mapping[str, str]


def of_batch(registration: Subject) -> Subject:
    """Return the fields of a batch, from those of a registration on a standard."""
    chosen = tuple(replace(registration.field(name), required=False) for name in BATCH)
    defaults = tuple(
        replace(registration.field(name), name=f"default_{name}", required=False)
        for name in DEFAULTS
    )
    return Subject("batch", (*chosen, *defaults, _PURCHASE_ORDER))


def of_candidate(registration: Subject, names: tuple[str, ...] = CANDIDATE) -> Subject:
    """Return the fields of a candidate; what the batch says for all may be left blank."""
    return Subject(
        "candidate",
        tuple(
            replace(registration.field(name), required=False)
            if name in DEFAULTS
            else registration.field(name)
            for name in names
        ),
    )


def typed(field: Field, value: Any) -> str:
    """Return a value as people type it, so that it can be read again."""
    if value is None or value == "":
        return ""
    return str(value) if field.kind == "choice" else field.show(value)


def assembled(answers: Answers, known: Answers, defaults: Answers) -> dict[str, str]:
    """Return what stands for a candidate: what is on record, else their own, else the batch's."""
    return {
        name: known.get(name) or answers.get(name) or defaults.get(name) or "" for name in CANDIDATE
    }


def read_candidate(
    registration: Subject, raw: Mapping[str, Any], chosen: Mapping[str, Any], today: date
) -> Reading:
    """Read a candidate for the standard ``chosen``; what is chosen once is no error of theirs."""
    reading = registration.read({**raw, **chosen}, today)
    errors = {name: words for name, words in reading.errors.items() if name not in BATCH}
    values = {name: value for name, value in reading.values.items() if name in CANDIDATE}
    return Reading(values, errors, reading.warnings, reading.parts)


def wrong_defaults(
    registration: Subject, raw: Mapping[str, Any], chosen: Mapping[str, Any], today: date
) -> dict[str, str]:
    """Return what is wrong with the facts that a batch says for all, by the batch's fields."""
    given = {name: raw.get(f"default_{name}") or "" for name in DEFAULTS}
    errors = registration.read({**given, **chosen}, today).errors
    return {
        f"default_{name}": errors[name]
        for name in DEFAULTS
        if name in errors and not registration.field(name).is_blank(given[name])
    }
