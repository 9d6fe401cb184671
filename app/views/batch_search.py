"""Add Existing / Search: one's own people by number or name; people known elsewhere, masked."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import gettext

from app.domain.kernel.dates import DateError, read_date
from app.domain.kernel.permissions import Permission
from app.domain.people import queries as people_queries
from app.domain.people import service as people
from app.domain.people.models import Person
from app.errors import DomainError
from app.security.current import may

SHOWN = 10


@dataclass
class Found:
    """What a search found, to be shown on the page of the batch."""

    asked: str
    own: list[Person] = field(default_factory=list)
    second: str = ""
    elsewhere: dict[str, Any] | None = None
    refused: str = ""
    needs_second: bool = False


def numbered(text: str) -> Person | None:
    """Return the one person of one's own who has exactly this number."""
    number = "".join(text.split()).upper()
    found = [
        each
        for each in people_queries.search(text, SHOWN)
        if number in (each.scheme_number, each.uln, each.ni_number)
    ]
    return found[0] if len(found) == 1 else None


def found(text: str) -> Found:
    """Search among one's own people; a number unknown here may be known elsewhere."""
    own = list(people_queries.search(text, SHOWN))
    needs_second = not own and bool(people_queries.strong_number(text))
    return Found(text, own, needs_second=needs_second)


def elsewhere(text: str, second: str, at: datetime) -> Found:
    """Ask whether another organisation knows the number, with last name or date of birth too.

    The look-up is counted and kept; what it gives back is masked.
    """
    asked = found(text)
    asked.second = second.strip()[:100]
    if asked.own or not asked.second:
        return asked
    facts: dict[str, Any] = people_queries.strong_number(text) | _second(asked.second)
    try:
        known = people.look_elsewhere(facts, at=at)
    except DomainError as error:
        asked.refused = error.text
        return asked
    asked.needs_second = known is None
    if known is None:
        asked.refused = gettext("Nobody was found with both. Check the number and the name or "
                                "date, or press New Candidate.")  # fmt: skip
        return asked
    asked.elsewhere = {
        "token": people.offer(known, current_app.config["SECRET_KEY"]),
        "name": known.name,
        "reasons": [gettext(each) for each in known.reasons],
        "may_link": may(Permission.ADD_EMPLOYEES),
    }
    return asked


def _second(text: str) -> dict[str, Any]:
    try:
        return {"birth_date": read_date(text)}
    except DateError:
        return {"surname": text}
