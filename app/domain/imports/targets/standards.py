"""Registrations on apprenticeship standards from a spreadsheet (guide C)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.domain.catalogue import queries as catalogue
from app.domain.catalogue.models import AdministeringBody, Package, Product, StandardVersion
from app.domain.imports.targets.applications import gaps_or_all
from app.domain.imports.targets.base import LateError, Made, OrderingTarget, RowFacts, gone
from app.domain.imports.targets.remembered import once_in_transaction
from app.domain.kernel import viewer as viewers
from app.domain.kernel.fields import Field, Subject
from app.domain.kernel.typed import TypedError, quoted, typed
from app.domain.kernel.words import N_, say
from app.domain.people import service as people
from app.domain.people.models import Person
from app.domain.registrations import service
from app.domain.registrations.models import Registration
from app.domain.registrations.service import notices
from app.domain.registrations.service.standards import ENDED, StandardDraft
from app.domain.registrations.standard_fields import (
    EMPLOYER,
    PERSONAL,
    PackageChoice,
    StandardChoice,
    standard_registration,
)
from app.extensions import db

_DATES = ("start_date", "expected_end_date", "assessment_start_date", "funding_type")


class Standards(OrderingTarget):
    """Candidates registered on the standards that are linked to the centre."""

    code = "standards"
    label = N_("Registrations on standards")
    rows_title = N_("Apprenticeship Standard Registrations")
    priced_by = "package"
    grid = (
        "standard", "package", "candidate_number", "title", "first_names", "surname",
        "birth_date", "gender", "uln", "email", "phone", *_DATES, *EMPLOYER,
    )  # fmt: skip
    instructions = (
        N_("Choose the standard first; the packages that belong to it can then be chosen."),
        N_("Every column with a dark yellow heading must be filled in."),
        N_("Candidates who have been registered before are found by their number or ULN."),
        N_("Upload the file. What is wrong is shown in its cell and can be put right there."),
    )  # fmt: skip

    def subject(self) -> Subject:
        """Return the mandatory fields, with the standards linked to the viewer's centre."""
        versions, packages = _linked()
        whole = standard_registration(
            [_standard_choice(each) for each in versions], [_package_choice(p) for p in packages]
        )
        return replace(whole, fields=tuple(_by_name(each) for each in whole.fields))

    def dependents(self) -> Mapping[str, tuple[str, Mapping[str, Sequence[str]]]]:
        """Return the packages of each standard, by its name."""
        versions, packages = _linked()
        by_version: dict[int, list[str]] = {}
        for each in packages:
            by_version.setdefault(each.standard_version_id, []).append(_package_choice(each).label)
        return {
            "package": ("standard", {each.name: by_version.get(each.id, []) for each in versions})
        }

    def body(self, organisation_id: int) -> AdministeringBody:
        """Return who administers the first standard of the centre: its order goes there."""
        return catalogue.body_of(organisation_id)

    def products(self, counted: Mapping[str, int]) -> list[tuple[Product, int]]:
        """Return what the packages order."""
        statement = select(Package).where(Package.id.in_([int(each) for each in counted]))
        found = db.session.scalars(statement.order_by(Package.id))
        return [(each.product, counted[str(each.id)]) for each in found]

    def late_errors(self, rows: Sequence[RowFacts]) -> list[LateError]:
        """Return candidates without the number given, and second registrations on a standard."""
        ids = {row.person_id for row in rows if row.person_id}
        known, live = _people(ids), _live(ids)
        found: list[LateError] = []
        for row in rows:
            person = known.get(row.person_id or 0)
            number = row.values.get("candidate_number")
            if person is not None and number and person.scheme_number not in (None, number):
                words = say("%(name)s has another candidate number. Check the number.",
                            name=person.full_name)  # fmt: skip
                found.append(LateError(row.id, "candidate_number", words))
            registered = live.get((row.person_id or 0, row.values.get("standard") or 0))
            if registered is not None:
                words = say("This candidate is registered on this standard already: %(number)s.",
                            number=registered)  # fmt: skip
                found.append(LateError(row.id, "standard", words))
        return found

    def make(self, rows: Sequence[RowFacts], reference: str, at: datetime) -> Made:
        """Register the candidates, ready for ordering, and tell each by letter."""
        late = self.late_errors(rows) + _unknown_numbers(rows) + _not_linked(rows)
        late += gone(rows, _people({row.person_id for row in rows if row.person_id}))
        wrong = {each.row_id for each in late}
        good = [row for row in rows if row.id not in wrong]
        people.link_many([r.person_id for r in good if r.is_linked and r.person_id], at=at)
        known = _people({row.person_id for row in good if row.person_id})
        drafts = [_draft(row, known.get(row.person_id or 0)) for row in good]
        ids = service.register_many(drafts, at)
        notices.post_registered(ids, at)
        return Made({}, {row.id: made for row, made in zip(good, ids, strict=True)}, late)


def _linked() -> tuple[list[StandardVersion], list[Package]]:
    return once_in_transaction("standards", _read_linked)


def _read_linked() -> tuple[list[StandardVersion], list[Package]]:
    owner = viewers.of(db.session()).organisation_id
    if owner is None:
        return [], []
    versions = catalogue.standards_for(owner)
    return versions, catalogue.packages_of([each.id for each in versions])


def _standard_choice(version: StandardVersion) -> StandardChoice:
    return StandardChoice(
        id=version.id,
        label=version.name,
        reference=version.standard.reference,
        assessment_plan=version.assessment_plan,
        starts_from=version.starts_from,
        starts_until=version.starts_until,
        minimum_months=version.minimum_months,
    )


def _package_choice(package: Package) -> PackageChoice:
    return PackageChoice(
        id=package.id,
        code=package.code,
        description=package.description,
        standard_id=package.standard_version_id,
    )


def _by_name(one: Field) -> Field:
    """Let a spreadsheet name its choices: a number in a cell is no id of ours."""
    if one.name not in ("standard", "package") or one.parse is None:
        return one
    read = one.parse

    def parse(raw: Any) -> Any:
        shown = typed(raw)
        if shown.isdecimal():
            raise TypedError(
                say("“%(typed)s” is not one of the choices. Choose one from the list.",
                    typed=quoted(shown))
            )  # fmt: skip
        return read(raw)

    return replace(one, parse=parse)


def _people(ids: set[Any]) -> dict[int, Person]:
    statement = select(Person).where(Person.id.in_(ids))
    return {each.id: each for each in db.session.scalars(statement)} if ids else {}


def _live(ids: set[Any]) -> dict[tuple[int, int], int]:
    """Return the numbers of registrations that have not ended, by person and standard version."""
    if not ids:
        return {}
    statement = (
        select(Registration.person_id, StandardVersion.id, Registration.number)
        .join(StandardVersion, StandardVersion.scheme_id == Registration.scheme_id)
        .where(Registration.person_id.in_(ids), Registration.state.not_in(ENDED))
    )
    found = db.session.execute(statement)
    return {(person, version): number for person, version, number in found}


def _unknown_numbers(rows: Sequence[RowFacts]) -> list[LateError]:
    words = N_(
        "Nobody of yours has this candidate number. Correct it, or leave it empty for a new "
        "candidate."
    )
    return [
        LateError(row.id, "candidate_number", words)
        for row in rows
        if row.values["candidate_number"] and row.person_id is None
    ]


def _not_linked(rows: Sequence[RowFacts]) -> list[LateError]:
    versions, packages = _linked()
    linked, sold = {each.id for each in versions}, {each.id for each in packages}
    words = N_("This standard is no longer linked to your centre. Choose another one.")
    gone = N_("This package can no longer be chosen. Choose another one.")
    return [
        LateError(row.id, *("standard", words) if row.values["standard"] not in linked
                  else ("package", gone))
        for row in rows
        if row.values["standard"] not in linked or row.values["package"] not in sold
    ]  # fmt: skip


def _draft(row: RowFacts, person: Person | None) -> StandardDraft:
    said = {name: row.values[name] for name in PERSONAL}
    facts = {name: row.values[name] for name in (*_DATES, *EMPLOYER)}
    return StandardDraft(
        person=person.id if person else said,
        changes=gaps_or_all(person, said) if person else {},
        standard_version_id=row.values["standard"],
        package_id=row.values["package"],
        **facts,
    )
