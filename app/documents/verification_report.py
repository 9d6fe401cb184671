"""The dated report on a list of numbers: how each document stood when it was asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.documents.typesetting import typeset
from app.documents.wording import printable

TEMPLATE = "verification_report.typ"


@dataclass(frozen=True)
class ReportLine:
    """One number of the list, in words: what was found, and of whom or by what replaced."""

    number: str
    found: str
    tone: str
    detail: str


def render_report(
    *,
    body: str,
    number: str,
    asked_by: str,
    checked: str,
    day: date,
    lines: Sequence[ReportLine],
    counts: Mapping[str, int],
    address: str,
) -> bytes:
    """Return the report as PDF, not yet sealed; ``checked`` is the time in words."""
    page = {
        "body": printable(body),
        "number": number,
        "asked_by": printable(asked_by),
        "checked": checked,
        "address": address,
        "counts": [[printable(name), str(count)] for name, count in counts.items()],
        "lines": [
            {
                "place": str(place),
                "number": printable(line.number),
                "found": printable(line.found),
                "tone": line.tone,
                "detail": printable(line.detail),
            }
            for place, line in enumerate(lines, 1)
        ],
    }
    return typeset(TEMPLATE, page, dated=day)
