"""What is asked for a registration on an apprenticeship standard: the guide's 17 facts and more."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from app.domain.kernel.dates import add_months
from app.domain.kernel.fieldkinds import KINDS, Choice
from app.domain.kernel.fields import CrossCheck, Field, Subject, UnreadValueError, Values
from app.domain.kernel.typed import TypedError, quoted, typed
from app.domain.kernel.words import N_, say
from app.domain.people.fields import GENDERS, PERSON, TITLES, YOUNGEST, age_on
from app.domain.registrations.application_fields import check_scheme_number

SHORTER_FROM = date(2025, 8, 1)
"""Apprenticeships that start from this day on last eight months at least (SI 2025/599)."""
MONTHS_BEFORE = 12
EARLIEST = date(2017, 5, 1)

_SEPARATORS = re.compile(r"[\W_]+")
_REFERENCE = re.compile(r"((?:ST|FA|AU)\d{4})[\s/_-]*(AP\d{2})", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class StandardChoice:
    """A standard version that can be chosen; ``label`` is the name that the guide prints."""

    id: int
    label: str
    reference: str
    assessment_plan: str
    starts_from: date | None = None
    starts_until: date | None = None
    minimum_months: int = 8

    @property
    def choice(self) -> Choice:
        """Code and label, as a drop-down has them."""
        return self.id, self.label


@dataclass(frozen=True, kw_only=True)
class PackageChoice:
    """A package that can be chosen, and the standard version that it belongs to."""

    id: int
    code: str
    description: str
    standard_id: int

    @property
    def label(self) -> str:
        """Code and description, which a spreadsheet's cell holds."""
        return f"{self.code} {self.description}"

    @property
    def choice(self) -> Choice:
        """Code and label, as a drop-down has them."""
        return self.id, self.label


@dataclass(frozen=True)
class Term:
    """From which day on a funding type may be chosen, and for whom: the oldest at the start."""

    valid_from: date
    oldest: int | None = None


@dataclass(frozen=True)
class FundingType:
    """How an apprenticeship is paid for; a later term replaces the one before."""

    code: str
    label: str
    terms: tuple[Term, ...] = (Term(EARLIEST),)

    def term_on(self, day: date) -> Term | None:
        """Return what holds for a start on ``day``; None before the first term."""
        known = [term for term in self.terms if term.valid_from <= day]
        return max(known, key=lambda term: term.valid_from) if known else None


FUNDING_TYPES = (
    FundingType("LEVY", N_("Apprenticeship levy")),
    FundingType("LEVY_TRANSFER", N_("Levy transferred from another employer"),
                (Term(date(2018, 5, 1)),)),
    FundingType("COINV_LEVY", N_("Co-investment, levy payer whose levy is used up")),
    FundingType("COINV_NONLEVY", N_("Co-investment, employer who pays no levy")),
    FundingType("FULL_SME_YOUNG", N_("Fully funded, young apprentice of an employer without levy"),
                (Term(date(2024, 4, 1), oldest=21), Term(date(2026, 8, 1), oldest=24))),
    FundingType("FULL_OTHER", N_("Fully funded, care leaver or with an education and health plan"),
                (Term(EARLIEST, oldest=24),)),
    FundingType("FOUNDATION", N_("Foundation apprenticeship"), (Term(date(2025, 8, 1)),)),
    FundingType("EMPLOYER", N_("Paid by the employer, outside the levy")),
    FundingType("DEVOLVED", N_("Funded in Wales, Scotland or Northern Ireland")),
    FundingType("OTHER", N_("Other")),
)  # fmt: skip
FUNDING_CHOICES = tuple((each.code, each.label) for each in FUNDING_TYPES)
_FUNDING = {each.code: each for each in FUNDING_TYPES}

PERSONAL = (
    "title", "first_names", "surname", "birth_date", "gender", "uln", "email", "phone",
)  # fmt: skip
"""The fields that belong to the person."""
DATES = ("start_date", "expected_end_date", "assessment_start_date")
EMPLOYER = (
    "employer_ern", "employer_name", "employee_position", "employer_postcode", "employer_phone",
)  # fmt: skip
BATCH = ("standard", "package")
"""What is chosen once for a batch on screen (C18 to C22)."""
DEFAULTS = (*DATES, "funding_type")
"""What a batch on screen may say once for all its candidates (C27)."""


def shortest_months(start: date, minimum_months: int) -> int:
    """Return how many months an apprenticeship that begins on ``start`` lasts at least."""
    return minimum_months if start >= SHORTER_FROM else max(minimum_months, MONTHS_BEFORE)


def standard_registration(
    standards: Sequence[StandardChoice], packages: Sequence[PackageChoice]
) -> Subject:
    """Return the row of a registration on a standard, as a spreadsheet has it (C33, C38).

    A standard's cell may hold its name, that name as a spreadsheet's defined name has it, or its
    reference ("ST0499 AP01") where only one is meant; a package's cell its code or description.
    """
    return Subject(
        "standard registration",
        (
            _standard_field(standards),
            _package_field(packages),
            *_CANDIDATE,
            *_APPRENTICESHIP,
        ),
        _checks(standards, packages),
    )


def _personal(name: str, **more: Any) -> Field:
    return replace(PERSON.field(name), required=True, **more)


_CANDIDATE = (
    Field("candidate_number", N_("Candidate Number"), personal="identity", width=20,
          max_length=20, check=check_scheme_number, example="20000801",
          hint=N_("Of a candidate who has been registered before")),
    _personal("title", column="Title", choices=TITLES, example="Ms"),
    _personal("first_names", column="First Name(s)", example="Zofia"),
    _personal("surname", column="Surname", example="Dąbrowska"),
    _personal("birth_date", column="Date of Birth", example="27/03/2005"),
    _personal("gender", column="Gender", choices=GENDERS, example="F"),
    _personal("uln", label=N_("ULN"), column="ULN", example="9276308686"),
    _personal("email", label=N_("Email ID"), column="Email ID", example="zofia@example.com",
              missing=N_("Enter the candidate’s email address."),
              hint=N_("We confirm the registration to this address")),
    _personal("phone", label=N_("Candidate Phone Number"), column="Candidate Phone Number",
              missing=N_("Enter the candidate’s phone number."),
              example="0113 496 0123", hint=N_("A landline or a mobile number")),
)  # fmt: skip

_APPRENTICESHIP = (
    Field("start_date", N_("Apprenticeship Start Date"), "date", required=True,
          missing=N_("Enter the day on which the apprenticeship starts."),
          example="07/09/2026"),
    Field("expected_end_date", N_("Apprenticeship Expected End Date"), "date", required=True,
          missing=N_("Enter the day on which it is expected to end."),
          example="07/03/2029"),
    Field("assessment_start_date", N_("EPA Expected Start Date"), "date", required=True,
          missing=N_("Enter when end-point assessment is expected to start."),
          example="08/01/2029"),
    Field("funding_type", N_("Funding Type"), "choice", required=True, choices=FUNDING_CHOICES,
          width=40,
          missing=N_("Choose the funding type."),
          example="Apprenticeship levy"),
    Field("employer_ern", N_("Employer ERN"), "ern", required=True, width=20,
          missing=N_("Enter the employer’s reference number (ERN)."),
          example="100000029",
          hint=N_("The employer reference number of the Employer Data Service, nine digits")),
    Field("employer_name", N_("Employer Company Name"), required=True, width=40, max_length=160,
          missing=N_("Enter the employer’s company name."),
          example="Hartley Motors Ltd"),
    Field("employee_position", N_("Employee Position"), required=True, width=30, max_length=100,
          missing=N_("Enter the position that the candidate has there."),
          example="Apprentice technician"),
    Field("employer_postcode", N_("Employer Postcode"), "postcode", required=True, width=10,
          missing=N_("Enter the employer’s postcode."),
          example="LS1 4AP"),
    Field("employer_phone", N_("Employer Telephone"), "phone", required=True, width=20,
          missing=N_("Enter the employer’s telephone number."),
          example="0113 496 0456"),
)  # fmt: skip


def _plain(text: str) -> str:
    """Fold a name so that blanks, underscores, strokes and case make no difference."""
    return _SEPARATORS.sub(" ", text).strip().casefold()


def _standard_field(standards: Sequence[StandardChoice]) -> Field:
    field = Field(
        "standard", N_("Standard"), "choice", required=True, width=40,
        choices=tuple(each.choice for each in standards),
    )  # fmt: skip
    named: dict[str, list[int]] = {}
    for each in standards:
        reference = f"{each.reference} {each.assessment_plan}"
        for key in {_plain(each.label), _plain(reference)}:
            named.setdefault(key, []).append(each.id)

    def parse(raw: Any) -> Any:
        shown = typed(raw)
        found = _REFERENCE.fullmatch(shown)
        key = f"{found[1]} {found[2]}".casefold() if found else _plain(shown)
        return _one_of(named.get(key, []), field, shown)

    return replace(field, parse=parse)


def _package_field(packages: Sequence[PackageChoice]) -> Field:
    field = Field(
        "package", N_("Package"), "choice", required=True, width=40,
        choices=tuple(each.choice for each in packages),
    )  # fmt: skip
    named: dict[str, list[int]] = {}
    for each in packages:
        for key in {_plain(each.code), _plain(each.description), _plain(each.label)}:
            named.setdefault(key, []).append(each.id)

    def parse(raw: Any) -> Any:
        shown = typed(raw)
        return _one_of(named.get(_plain(shown), []), field, shown)

    return replace(field, parse=parse)


def _one_of(found: Sequence[int], field: Field, shown: str) -> Any:
    if len(found) == 1:
        return found[0]
    if found:
        raise TypedError(
            say(
                "“%(typed)s” stands for %(found)s entries. Choose one of them from the list.",
                typed=quoted(shown), found=len(found),
            )
        )  # fmt: skip
    return KINDS["choice"].read(field, shown)


@dataclass(frozen=True)
class _Chosen:
    """The checks that look at what was chosen."""

    standards: Mapping[int, StandardChoice]
    standard_of_package: Mapping[int, int]

    def check_package(self, values: Values) -> Mapping[str, str]:
        standard, package = values["standard"], values["package"]
        if not standard or not package or self.standard_of_package.get(package) == standard:
            return {}
        words = "This package belongs to another standard. Choose one of %(standard)s."
        return {"package": say(words, standard=self.standards[standard].label)}

    def check_window(self, values: Values) -> Mapping[str, str]:
        return _check_window(self._standard(values), values["start_date"])

    def check_end(self, values: Values) -> Mapping[str, str]:
        return _check_end(values["start_date"], values["expected_end_date"], self._least(values))

    def check_assessment(self, values: Values) -> Mapping[str, str]:
        start, assessment = values["start_date"], values["assessment_start_date"]
        return _check_assessment(start, assessment, self._least(values))

    def _standard(self, values: Values) -> StandardChoice | None:
        try:
            return self.standards.get(values["standard"])
        except UnreadValueError:  # then the dates are checked as for any standard
            return None

    def _least(self, values: Values) -> int:
        standard = self._standard(values)
        return standard.minimum_months if standard else StandardChoice.minimum_months


def _checks(
    standards: Sequence[StandardChoice], packages: Sequence[PackageChoice]
) -> tuple[CrossCheck, ...]:
    chosen = _Chosen(
        {each.id: each for each in standards}, {each.id: each.standard_id for each in packages}
    )
    return (
        chosen.check_package, chosen.check_window, _check_age, chosen.check_end,
        chosen.check_assessment, _check_funding,
    )  # fmt: skip


def _check_window(standard: StandardChoice | None, start: date | None) -> Mapping[str, str]:
    if start is None:
        return {}
    if start < EARLIEST:
        return {"start_date": say("This is before %(day)s. Check the year.", day=_day(EARLIEST))}
    if standard is None:
        return {}
    if standard.starts_from and start < standard.starts_from:
        words = "%(standard)s is for starts from %(day)s on. Choose another standard or check this."
        return {"start_date": say(words, standard=standard.label, day=_day(standard.starts_from))}
    if standard.starts_until and start > standard.starts_until:
        words = "%(standard)s is for starts until %(day)s. Choose another standard or check this."
        return {"start_date": say(words, standard=standard.label, day=_day(standard.starts_until))}
    return {}


def _check_age(values: Values) -> Mapping[str, str]:
    born, start = values["birth_date"], values["start_date"]
    if not born or not start or age_on(born, start) >= YOUNGEST:
        return {}
    words = (
        "On this day the candidate was %(age)s; apprenticeships start from %(least)s. Check this "
        "date and the date of birth."
    )
    return {"start_date": say(words, age=max(age_on(born, start), 0), least=YOUNGEST)}


def _check_end(start: date | None, end: date | None, minimum_months: int) -> Mapping[str, str]:
    if not start or not end:
        return {}
    if end <= start:
        return {"expected_end_date": say("The end must come after the start. Check both dates.")}
    months = shortest_months(start, minimum_months)
    earliest = add_months(start, months)
    if end >= earliest:
        return {}
    words = "An apprenticeship lasts at least %(months)s months: give %(day)s or later."
    return {"expected_end_date": say(words, months=months, day=_day(earliest))}


def _check_assessment(
    start: date | None, assessment: date | None, minimum_months: int
) -> Mapping[str, str]:
    if not start or not assessment:
        return {}
    months = shortest_months(start, minimum_months)
    earliest = add_months(start, months)
    if assessment >= earliest:
        return {}
    words = (
        "Assessment starts at least %(months)s months after the apprenticeship: give %(day)s or "
        "later."
    )
    return {"assessment_start_date": say(words, months=months, day=_day(earliest))}


def _check_funding(values: Values) -> Mapping[str, str]:
    code, start = values["funding_type"], values["start_date"]
    if not code or not start:
        return {}
    term = _FUNDING[code].term_on(start)
    if term is None:
        first = min(each.valid_from for each in _FUNDING[code].terms)
        words = "This type of funding is for starts from %(day)s on. Choose another one."
        return {"funding_type": say(words, day=_day(first))}
    born = values.get("birth_date")
    if not born or term.oldest is None or age_on(born, start) <= term.oldest:
        return {}
    words = (
        "This type of funding is for apprentices of at most %(oldest)s at the start; this one is "
        "%(age)s. Choose another one."
    )
    return {"funding_type": say(words, oldest=term.oldest, age=age_on(born, start))}


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"
