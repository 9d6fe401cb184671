"""What staff enter about venues and dates of assessments."""

import re
from collections.abc import Sequence
from datetime import time
from typing import Any

from app.domain.kernel.fieldkinds import Choice
from app.domain.kernel.fields import Field, Subject
from app.domain.kernel.typed import TypedError, quoted, typed
from app.domain.kernel.words import N_, say
from app.domain.registrations.assessments.rules import MOST_PLACES, MOST_WEEKS

LONGEST_REASON = 400
_TIME = re.compile(r"([0-9]{1,2})(?:[:.]?([0-9]{2}))?\s*([ap])?\.?(?:m\.?)?", re.IGNORECASE)


def read_time(raw: Any) -> time:
    """Read a time of day such as 9:30, 09.30, 1430 or 2 pm; raise TypedError in words."""
    if isinstance(raw, time):
        return raw
    shown = typed(raw)
    found = _TIME.fullmatch(shown)
    if found is not None:
        hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
        is_complete = 1 <= hour <= 12 if half else bool(found[2])
        if half:
            hour = hour % 12 + (12 if half == "p" else 0)
        if is_complete and hour < 24 and minute < 60:
            return time(hour, minute)
    raise TypedError(
        say("“%(typed)s” is not a time of day. Give it as in 09:30.", typed=quoted(shown))
    )


def show_time(value: time) -> str:
    """Show a time of day: 09:30."""
    return f"{value:%H:%M}"


VENUE = Subject(
    "venue",
    (
        Field("name", N_("Name"), required=True, width=40, max_length=120,
              example="Leeds Assessment Centre"),
        Field("address", N_("Address"), required=True, width=40, max_length=400, multiline=True,
              hint=N_("As the letter to each person gives it")),
        Field("postcode", N_("Postcode"), "postcode", required=True, width=10),
        Field("is_open", N_("May new dates be held here?"), "yesno", required=True),
    ),
)  # fmt: skip


def slot(venues: Sequence[Choice], *, repeated: bool) -> Subject:
    """Return the fields of a date; ``repeated`` asks on how many weeks it is held."""
    fields = [
        Field("venue", N_("Venue"), "choice", required=True, choices=venues, width=40),
        Field("starts_on", N_("Date"), "date", required=True),
        Field("start_time", N_("Start time"), required=True, width=10, parse=read_time,
              display=show_time, hint=N_("For example 09:30"), example="09:30"),
        Field("places", N_("Places"), "number", required=True, minimum=1, maximum=MOST_PLACES,
              width=4),
        Field("closes_hours", N_("Bookings close this many hours before the start"), "number",
              required=True, minimum=0, maximum=24 * 60, width=4),
    ]  # fmt: skip
    if repeated:
        fields.append(
            Field("weeks", N_("Held on how many weeks, one after the other?"), "number",
                  required=True, minimum=1, maximum=MOST_WEEKS, width=4,
                  hint=N_("1 adds a single date"))
        )  # fmt: skip
    return Subject("assessment date", tuple(fields))
