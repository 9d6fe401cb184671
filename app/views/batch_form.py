"""What was posted on the page of a batch: its own facts, and the candidate whose form is open."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from app.clock import today
from app.domain.imports.batches import fields, queries
from app.domain.imports.batches.models import BatchCandidate, BatchDraft
from app.domain.imports.batches.queries import Entry
from app.domain.kernel.columns import row_id
from app.domain.kernel.fields import Subject
from app.domain.kernel.words import say
from app.domain.people import queries as people
from app.domain.people.models import Person
from app.domain.registrations import queries as registrations
from app.domain.registrations.standard_fields import (
    DEFAULTS,
    PERSONAL,
    PackageChoice,
    StandardChoice,
    standard_registration,
)
from app.errors import FieldErrors, NotFoundError, StaleError
from app.forms import subjects
from app.security import current

NEW = "new"
"""What the page says where the form of a new candidate is open."""


@dataclass
class Panel:
    """The form of one candidate: of a new person, or of somebody in the batch."""

    candidate: BatchCandidate | None
    subject: Subject
    version: int = 0
    raw: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    matches: list[people.Match[Person]] = field(default_factory=list)

    @property
    def code(self) -> str:
        """What the page carries to say whose form is open."""
        return NEW if self.candidate is None else str(self.candidate.id)

    @property
    def is_touched(self) -> bool:
        """Whether anything was typed that differs from what stands."""
        typed = {name: _flat(value) for name, value in self.raw.items()}
        stands = self.candidate.answers if self.candidate is not None else {}
        return any(text != _flat(stands.get(name, "")) for name, text in typed.items())


def _flat(value: Any) -> str:
    """Return what was typed as one text, so that two can be compared."""
    if isinstance(value, tuple):
        day, month, year = value
        return f"{day:0>2}/{month:0>2}/{year}" if any(value) else ""
    return str(value or "").replace(" ", "")


class BatchForm:
    """The page of a batch between being opened and being answered."""

    def __init__(self, draft: BatchDraft | None) -> None:
        self.draft = draft
        provider = draft.provider_id if draft else current.active_organisation_id()
        self.standards, self.packages = registrations.standard_choices(provider)
        self.registration = standard_registration(self.standards, self.packages)
        self.subject = fields.of_batch(self.registration)
        self.raw: dict[str, Any] = {}
        self.errors: dict[str, str] = {}
        self.stale: StaleError | None = None
        self.panel: Panel | None = None
        self.found: Any = None
        self.number = ""
        """What stands in the field "Existing Candidate Number"."""
        self.version = draft.version if draft else 0
        self.once = ""

    # Opened ------------------------------------------------------------------------------------

    def begin(self, panel: str) -> None:
        """Show what stands, with the form of a candidate where ``panel`` asks for one."""
        if self.draft is not None:
            row = {name: getattr(self.draft, column) for name, column in fields.COLUMNS.items()}
            self.raw = {
                each.name: fields.typed(each, row[each.name]) for each in self.subject.fields
            }
        if panel:
            self.open(panel)

    def open(self, code: str) -> Panel:
        """Open the form of a new candidate, or of one in the batch; raise NotFoundError."""
        candidate = None if code == NEW else self._candidate(code)
        self.panel = Panel(candidate, self._asked_of(candidate))
        if candidate is not None:
            self.panel.raw = dict(candidate.answers)
            self.panel.version = candidate.version
        return self.panel

    def _candidate(self, code: str) -> BatchCandidate:
        found = queries.candidate_of(self.draft, row_id(code or "0")) if self.draft else None
        if found is None or found.is_removed:
            raise NotFoundError
        return found

    def _asked_of(self, candidate: BatchCandidate | None) -> Subject:
        """Return what may be typed: of somebody known only what is not on record (C34)."""
        known = queries.known_of(candidate.person if candidate else None, self.registration)
        names = tuple(name for name in fields.CANDIDATE if name not in known)
        return fields.of_candidate(self.registration, names)

    # Posted ------------------------------------------------------------------------------------

    def take(self, form: MultiDict[str, str]) -> None:
        """Take what was posted."""
        self.raw = subjects.posted(self.subject, form)
        self.version = form.get("version", 0, type=int)
        self.once = form.get("once", "")
        self.number = form.get("number", "").strip()[:100]
        code = form.get("panel", "")
        if code:
            panel = self.open(code)
            panel.raw = subjects.posted(panel.subject, form)
            panel.version = form.get("candidate_version", 0, type=int)

    def read(self) -> dict[str, Any]:
        """Return what the batch says; raise FieldErrors, a date that cannot be included."""
        reading = self.subject.read(self.raw, today())
        errors = dict(reading.errors)
        if "standard" not in errors:
            for name, words in fields.wrong_defaults(
                self.registration, self.raw, self._chosen(), today()
            ).items():
                errors.setdefault(name, words)
        if errors:
            raise FieldErrors(errors)
        values = reading.values
        of_standard = {each.id for each in self.packages
                       if each.standard_id == values["standard"]}  # fmt: skip
        if values["package"] not in of_standard:
            values["package"] = None  # of the standard that was chosen before
        return values

    def _chosen(self) -> dict[str, str]:
        return {name: str(self.raw.get(name) or "") for name in ("standard", "package")}

    @property
    def standard(self) -> StandardChoice | None:
        """The standard that is chosen."""
        chosen = str(self.raw.get("standard") or "")
        return next((each for each in self.standards if str(each.id) == chosen), None)

    @property
    def package(self) -> PackageChoice | None:
        """The package that is chosen, where it belongs to the standard."""
        chosen, standard = str(self.raw.get("package") or ""), self.standard
        return next(
            (
                each
                for each in self.packages
                if str(each.id) == chosen
                and standard is not None
                and each.standard_id == standard.id
            ),
            None,
        )

    # The candidate's form ----------------------------------------------------------------------

    def read_panel(self) -> dict[str, str]:
        """Return what was typed about a candidate, as it is kept; raise FieldErrors.

        What the batch may still say for all is no error here while it is blank.
        """
        panel = self.panel
        assert panel is not None
        own = panel.subject.read(panel.raw, today())
        errors = own.errors | {
            name: words
            for name, words in self._together(panel, own.values).items()
            if name not in own.errors
        }
        if errors:
            panel.errors = errors
            raise FieldErrors(errors)
        kept = {
            name: fields.typed(panel.subject.field(name), value)
            for name, value in own.values.items()
        }
        return {name: text for name, text in kept.items() if text}

    def _together(self, panel: Panel, values: Mapping[str, Any]) -> dict[str, str]:
        """Return what is wrong with a candidate as they would stand in the batch."""
        typed = {
            name: fields.typed(panel.subject.field(name), value) for name, value in values.items()
        }
        known = queries.known_of(
            panel.candidate.person if panel.candidate else None, self.registration
        )
        defaults = {name: self.raw.get(f"default_{name}") or "" for name in DEFAULTS}
        raw: dict[str, Any] = {
            name: known.get(name) or typed.get(name) or defaults.get(name) or ""
            for name in fields.CANDIDATE
        }
        reading = fields.read_candidate(self.registration, raw, self._chosen(), today())
        shown = set(panel.subject.names)
        return {
            name: words
            for name, words in reading.errors.items()
            if name in shown and raw[name] and typed.get(name)
        }

    def entries(self) -> list[Entry]:
        """Return the candidates of the batch."""
        return queries.entries(self.draft, self.registration) if self.draft is not None else []

    def look_alike(
        self, answers: Mapping[str, str], entries: list[Entry]
    ) -> list[people.Match[Person]]:
        """Return people on record who may be the one typed; raise FieldErrors for one in here."""
        reading = fields.of_candidate(self.registration).read(answers, today())
        for entry in entries:
            if self.panel and entry.candidate is self.panel.candidate:
                continue
            if _is_same(entry.values, reading.values):
                words = say("%(name)s is in this batch already.", name=entry.name)
                raise FieldErrors({"surname": words})
        asked = {name: value for name, value in reading.values.items() if name in PERSONAL}
        return people.matches(asked)


def _is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    if one.get("uln") and one.get("uln") == other.get("uln"):
        return True
    facts = ("first_names", "surname", "birth_date")
    return all(one.get(name) and one.get(name) == other.get(name) for name in facts)
