"""Reads of people: those an organisation knows, and whether somebody is known already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Generic, Protocol, TypeVar

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein
from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from app.clock import LONDON, local
from app.domain.kernel import reading
from app.domain.kernel import viewer as viewers
from app.domain.kernel.fields import FieldError
from app.domain.kernel.identifiers import email_key, name_key
from app.domain.kernel.search import Search
from app.domain.kernel.words import N_
from app.domain.people.fields import PERSON
from app.domain.people.models import Person, PersonMatch, PersonOrganisation
from app.extensions import db

DAILY_BUDGET = 200
"""How often an organisation may ask on one day whether others know somebody."""
CANDIDATES = 100
SHOWN = 5
LIKELY = 84
"""From this weight on somebody may be the one at hand."""
_BY_NAME = Search(Person, "name_key")
SURE = 200
"""From this weight on a match rests on a number that only one person has."""
_STRONG = ("ni_number", "uln", "scheme_number")


FACTS = (*_STRONG, "birth_date", "surname")
"""What a look-up elsewhere may rest on."""


class Comparable(Protocol):
    """What somebody is compared by: a person, or the columns of one."""

    @property
    def id(self) -> Any:
        """The id."""

    @property
    def first_names(self) -> Any:
        """First names."""

    @property
    def surname(self) -> Any:
        """The last name."""

    @property
    def birth_date(self) -> Any:
        """The day of birth."""

    @property
    def email_key(self) -> Any:
        """The email address, folded."""

    @property
    def phone(self) -> Any:
        """The telephone number."""


Who = TypeVar("Who", bound=Comparable)


@dataclass(frozen=True)
class Match(Generic[Who]):
    """A person of one's own who may be the one at hand, and why."""

    person: Who
    reasons: tuple[str, ...]
    weight: int


@dataclass(frozen=True)
class KnownElsewhere:
    """Somebody whom another organisation knows: masked, until they are chosen."""

    person_id: int
    name: str
    reasons: tuple[str, ...]


def matches(values: Mapping[str, Any], *, besides: int | None = None) -> list[Match[Person]]:
    """Return the viewer's own people who may be the one described, likeliest first.

    ``values`` are read values by the names of PERSON; what is unknown is left out or None.
    ``besides`` is the person whose details are being changed.
    """
    asked = {name: value for name, value in values.items() if value}
    criteria = _lookups(asked)
    if not criteria:
        return []
    statement = select(Person).where(or_(*criteria))
    if besides is not None:
        statement = statement.where(Person.id != besides)
    found = [weighed(person, asked) for person in db.session.scalars(statement.limit(CANDIDATES))]
    likely = [match for match in found if match.weight >= LIKELY]
    return sorted(likely, key=lambda match: (-match.weight, match.person.id))[:SHOWN]


def _lookups(asked: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """Return criteria that are each answered by an index."""
    found: list[ColumnElement[bool]] = [
        getattr(Person, name) == asked[name] for name in _STRONG if name in asked
    ]
    if "email" in asked:
        found.append(Person.email_key == email_key(asked["email"]))
    if "surname" in asked:
        first = name_key(asked.get("first_names", ""))[:1]
        # Without a first name the surname alone says too little, unless a birth date joins it.
        begins = f"{name_key(asked['surname'])} {first}"
        in_range = and_(Person.name_key >= begins, Person.name_key < begins + "\U0010ffff")
        if first:
            found.append(in_range)
        elif "birth_date" in asked:
            found.append(and_(in_range, Person.birth_date == asked["birth_date"]))
    if "birth_date" in asked and "first_names" in asked and "surname" in asked:
        found.append(Person.birth_date == asked["birth_date"])
    return found


def weighed(person: Who, asked: Mapping[str, Any]) -> Match[Who]:
    """Say why ``person`` may be the one described by ``asked``, and how much that weighs."""
    reasons: list[tuple[str, int]] = []
    reasons += _name_reasons(person, asked)
    reasons += _birth_reasons(person.birth_date, asked.get("birth_date"))
    for name, same, near in _NUMBERS:
        reasons += _number_reasons(getattr(person, name), asked.get(name), same, near)
    if asked.get("email") and person.email_key == email_key(asked["email"]):
        reasons.append((N_("Same email address"), 84))
    if asked.get("phone") and person.phone == asked["phone"]:
        reasons.append((N_("Same telephone number"), 10))
    return Match(person, tuple(words for words, _ in reasons), sum(w for _, w in reasons))


_NUMBERS = (
    ("ni_number", N_("Same National Insurance number"),
     N_("National Insurance number differs by one character")),
    ("uln", N_("Same ULN"), N_("ULN differs by one digit")),
    ("scheme_number", N_("Same number on the portal"), ""),
)  # fmt: skip


def _name_reasons(person: Comparable, asked: Mapping[str, Any]) -> list[tuple[str, int]]:
    if "surname" not in asked or "first_names" not in asked:
        return []
    surname, first = name_key(asked["surname"]), name_key(asked["first_names"])
    has_surname, has_first = name_key(person.surname), name_key(person.first_names)
    if (surname, first) == (has_surname, has_first):
        return [(N_("Same surname and first name"), 84)]
    if (surname, first) == (has_first, has_surname):
        return [(N_("First name and surname the other way round"), 60)]
    if surname == has_surname and first.split()[:1] == has_first.split()[:1]:
        return [(N_("Same surname and first name, other middle names"), 70)]
    alike = fuzz.ratio(f"{surname} {first}", f"{has_surname} {has_first}")
    if alike >= LIKELY:
        return [(N_("Very similar name"), 50)]
    return [(N_("Same surname"), 25)] if surname == has_surname else []


def _birth_reasons(known: date, asked: date | None) -> list[tuple[str, int]]:
    if asked is None:
        return []
    if known == asked:
        return [(N_("Same date of birth"), 40)]
    if (known.day, known.month, known.year) == (asked.month, asked.day, asked.year):
        return [(N_("Day and month of birth the other way round"), 35)]
    if Levenshtein.distance(f"{known:%d%m%Y}", f"{asked:%d%m%Y}") == 1:
        return [(N_("Date of birth differs by one digit"), 35)]
    return []


def _number_reasons(
    known: str | None, asked: str | None, same: str, near: str
) -> list[tuple[str, int]]:
    if not known or not asked:
        return []
    if known == asked:
        return [(same, SURE)]
    return [(near, 35)] if near and Levenshtein.distance(known, asked) == 1 else []


def known_elsewhere(values: Mapping[str, Any]) -> KnownElsewhere | None:
    """Return, masked, somebody only other organisations know; the caller has counted the look-up.

    This is the one read across organisations that a tenant may cause. It goes below the scope, by
    Core, and is answered only for an exact strong number together with the exact birth date or
    surname; it gives back initials and reasons, never a stored value.
    """
    criteria = _exactly(values)
    if criteria is None:
        return None
    people, links = Person.__table__.c, PersonOrganisation.__table__.c
    viewer = viewers.of(db.session())
    ours = exists().where(
        links.person_id == people.id, links.organisation_id.in_(sorted(viewer.reach))
    )
    statement = select(
        people.id, people.first_names, people.surname, people.name_key, people.birth_date,
        people.ni_number, people.uln, people.scheme_number,
    ).where(criteria, ~ours).order_by(people.id)  # fmt: skip
    found = db.session.connection().execute(statement.limit(1)).one_or_none()
    if found is None:
        return None
    return KnownElsewhere(
        found.id, covered_name(found.first_names, found.surname), _why(found, values)
    )


def can_ask_elsewhere(values: Mapping[str, Any]) -> bool:
    """Tell whether enough is given for a look-up: a strong number with birth date or surname."""
    return _exactly(values) is not None


def _exactly(values: Mapping[str, Any]) -> ColumnElement[bool] | None:
    people = Person.__table__.c
    strong = [people[name] == values[name] for name in _STRONG if values.get(name)]
    second: list[ColumnElement[bool]] = []
    if values.get("birth_date"):
        second.append(people.birth_date == values["birth_date"])
    if values.get("surname"):
        begins = name_key(values["surname"]) + " "
        second.append(people.name_key.startswith(begins, autoescape=True))
    return and_(or_(*strong), or_(*second)) if strong and second else None


def _why(found: Any, values: Mapping[str, Any]) -> tuple[str, ...]:
    said = [
        same for name, same, _ in _NUMBERS
        if values.get(name) and values[name] == getattr(found, name)
    ]  # fmt: skip
    if values.get("birth_date") == found.birth_date:
        said.append(N_("Same date of birth"))
    surname = values.get("surname")
    if surname and found.name_key.startswith(name_key(surname) + " "):
        said.append(N_("Same surname"))
    return tuple(said)


def covered_name(first_names: str, surname: str) -> str:
    """Return the name of somebody known elsewhere as it may be shown."""
    return f"{_covered(first_names)} {_covered(surname)}"


def _covered(name: str) -> str:
    """Return "C••••": the initial, and a length that says nothing of the name's own."""
    return name[:1] + "•" * 5


def facts_asked(values: Mapping[str, Any]) -> str:
    """Name the facts of a look-up, never their values: "ni_number and surname"."""
    return " and ".join(name for name in FACTS if values.get(name))


def spent_today(organisation_id: int, at: datetime, asked: str | None = None) -> int:
    """Return how often an organisation has asked today whether others know somebody.

    ``asked`` counts the questions about these facts alone.
    """
    midnight = datetime.combine(local(at).date(), time(), LONDON)
    statement = select(func.count(PersonMatch.id)).where(
        PersonMatch.organisation_id == organisation_id,
        PersonMatch.at >= midnight,
        PersonMatch.at < midnight + timedelta(days=1),
    )
    if asked is not None:
        statement = statement.where(PersonMatch.asked == asked)
    return db.session.scalar(statement) or 0


def search(text: str, limit: int = 10) -> Sequence[Person]:
    """Return own people by number, e-mail or parts of their name, in order of name."""
    typed = "".join(text.split()).upper()
    if not typed:
        return []
    criteria: list[ColumnElement[bool]] = [getattr(Person, name) == typed for name in _STRONG]
    if "@" in text:
        criteria.append(Person.email_key == email_key(text.strip()))
    by_name = _BY_NAME.criteria(text[:100], reading.dialect())
    if by_name:
        criteria.append(and_(*by_name))
    statement = select(Person).where(or_(*criteria)).order_by(Person.name_key, Person.id)
    return list(db.session.scalars(statement.limit(limit)))


def strong_number(text: str) -> dict[str, str]:
    """Return which strong number ``text`` could be: ``{"ni_number": ...}``, or nothing."""
    from_digits = "".join(text.split()).upper()
    for name in ("ni_number", "uln"):
        field = PERSON.field(name)
        try:
            value = field.read(from_digits, today=date.min)
        except FieldError:
            continue
        if value:
            return {name: value}
    has_digit = any(sign.isdigit() for sign in from_digits)
    return {"scheme_number": from_digits[:20]} if has_digit else {}


def find(person_id: int) -> Person | None:
    """Return a person whom the viewer knows."""
    return db.session.get(Person, person_id)
