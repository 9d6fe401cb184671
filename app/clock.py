"""The only place that may ask what time it is."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
"""People read dates and times in this zone; the database keeps UTC."""


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Return today's date as people in the United Kingdom see it."""
    return now().astimezone(LONDON).date()


def local(moment: datetime) -> datetime:
    """Return ``moment`` as a clock on a British wall shows it."""
    return moment.astimezone(LONDON)


def start_of(day: date) -> datetime:
    """Return the moment at which ``day`` begins in London."""
    return datetime.combine(day, time(), LONDON).astimezone(UTC)
