"""Sample data on which staff see what a template makes: usual, long and Arabic names."""

from typing import Any

ADDRESS = "HTTPS://PORTAL.EXAMPLE/V/0000000000000.SAMPLE." + "0" * 120
"""Leads nowhere: a sample can be checked by nobody."""

_PARTS = (
    ("AC01", "Health, safety and good housekeeping", "3", 4, "Pass"),
    ("AC02", "Routine vehicle maintenance", "3", 8, "Merit"),
    ("AC03", "Inspection of braking and steering systems", "3", 8, "Pass"),
    ("AC04", "Customer care in the workshop", "2", None, "Pass"),
)


NAMES = (
    "Siân Elisabeth O’Brien-Łukaszewicz",
    "Maximiliana Featherstonehaugh-Cholmondeley Ŵyn ap Gruffydd",
    "محمد الأمين",
)
"""A usual name, one that takes two lines, and one that is read from the right."""


def content_of(record_type: str, name: str = NAMES[0]) -> dict[str, Any]:
    """Return the content of a sample document, in the shape of what is frozen at issue."""
    return {
        "record_type": record_type,
        "reference": "0000-0000-0000-0",
        "issued_on": "2026-01-05",
        "expires_on": "2031-01-05",
        "replaces": None,
        "body": {
            "name": "Sample Awards", "address": ["1 Example Street", "London", "EC1V 9AA"],
            "website": "sample.example", "accent": "#12397f", "logo": None,
        },
        "person": {"full_name": name},
        "enrolment_number": "AMS000000000",
        "award": {
            "title": "Motor Vehicle Service and Maintenance Technician (Light Vehicle)",
            "number": "ST0033/AP03", "level": "3", "outcome": "Pass", "grade": "Distinction",
            "awarded_on": "2025-12-19", "credits": 20,
        },
        "centre": {"name": "Aire Valley Centre", "number": "100000"},
        "components": [
            {"code": code, "title": title, "level": level, "credit": credit, "result": result}
            for code, title, level, credit, result in _PARTS
        ],
        "signatories": [{"name": "A. Sample", "role": "Chief Executive"}],
        "letter": {"paragraphs": ["Congratulations on your achievement.",
                                  "We are pleased to confirm that you have been assessed."]},
    }  # fmt: skip
