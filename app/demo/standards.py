"""The standards of the demo world: the guide's ten with their packages, at prices of our own."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from app.domain.catalogue import service as catalogue
from app.domain.catalogue import standards
from app.domain.catalogue.models import AdministeringBody, Standard, StandardVersion
from app.domain.organisations.models import Organisation

VAT_REASON = "Exempt: examination services to an eligible body (VATA 1994, Sch 9, Group 6)"
SINCE = date(2020, 1, 1)
ASSESSMENT = "End-point assessment: all components and one certificate"
GATEWAY = "Gateway review with a checked portfolio"


@dataclass(frozen=True)
class Version:
    """A version of a standard, the letters that its package codes begin with, its packages."""

    title: str
    level: int
    reference: str
    plan: str
    code: str
    short: str
    packages: Sequence[tuple[str, str, str, int]] = ()
    """Last letter of the code, description, contents, price in pence."""
    option: str = ""


AUTOCARE = (
    ("D", "Autocare EPA ONLY", ASSESSMENT, 79500),
    ("C", "Year 1 and 2 Gateway Package",
     f"Year 1 and year 2 gateway assessments\n{GATEWAY}\n{ASSESSMENT}", 132500),
    ("A", "Year 1 Gateway Package", f"Year 1 gateway assessments\n{GATEWAY}", 26500),
    ("B", "Year 2 Gateway Package", f"Year 2 gateway assessments\n{GATEWAY}", 31500),
)  # fmt: skip
"""As the guide has them (C24)."""
BUS = "Bus and Coach Engineering Technician"
LIGHT = "Automotive Retail Motor Vehicle Service and Maintenance Technician Light Vehicle"


def _packages(name: str, epa: int, *, years: int = 0) -> list[tuple[str, str, str, int]]:
    """Return packages in the pattern of the guide: assessment alone, all of it, and each year."""
    contents = f"All gateway assessments\n{GATEWAY}\n{ASSESSMENT}"
    found = [
        ("D", f"{name} EPA ONLY", ASSESSMENT, epa),
        ("C", f"{name} Full Gateway Package", contents, epa + 45000),
    ]
    for year in range(1, years + 1):
        said = f"Year {year} gateway assessments\n{GATEWAY}"
        found.append(("ABE"[year - 1], f"{name} Year {year} Gateway Package", said, 29500))
    return found


VERSIONS = (
    Version("Autocare Technician", 2, "ST0499", "AP01", "ACAP01", "Autocare", AUTOCARE),
    Version(LIGHT, 3, "ST0033", "AP02", "LVAP02", "Light Vehicle AP02",
            _packages("Light Vehicle AP02", 94500, years=2)),
    Version(LIGHT, 3, "ST0033", "AP03", "LVAP03", "Light Vehicle AP03",
            _packages("Light Vehicle AP03", 98500, years=2)),
    Version(BUS, 3, "ST0067", "AP01", "BCAP01", "Coach Builder",
            _packages("Coach Builder", 91500), "Coach Builder"),
    Version(BUS, 3, "ST0067", "AP01", "BEAP01", "Bus and Coach Electrical",
            _packages("Bus and Coach Electrical", 91500, years=1), "Electrical"),
    Version(BUS, 3, "ST0067", "AP01", "BMAP01", "Bus and Coach Mechanical",
            _packages("Bus and Coach Mechanical", 91500, years=1), "Mechanical"),
    Version(BUS, 3, "ST0067", "AP01", "BXAP01", "Bus and Coach Mech/Elec",
            _packages("Bus and Coach Mech/Elec", 95500, years=2), "Mech/Elec"),
    Version("Customer Service Practitioner L2", 2, "ST0072", "AP02", "CPAP02",
            "Customer Service Practitioner", _packages("Customer Service Practitioner", 39500)),
    Version("Customer Service Specialist L3", 3, "ST0071", "AP01", "CSAP01",
            "Customer Service Specialist", _packages("Customer Service Specialist", 46500)),
    Version("Heavy Vehicle Service and Maintenance Technician", 3, "ST0068", "AP01", "HVAP01",
            "Heavy Vehicle", _packages("Heavy Vehicle", 99500, years=2)),
)  # fmt: skip
"""C23, in the guide's order and words; ST0072 is of level 2."""

AIRE = ("ACAP01", "LVAP02", "LVAP03", "CPAP02", "CSAP01", "HVAP01")
CLYDE = ("ACAP01", "LVAP03", "HVAP01")
CALDER = ("ACAP01", "LVAP03")


@dataclass
class Laid:
    """The versions that were laid, by the letters of their packages' codes."""

    versions: dict[str, StandardVersion] = field(default_factory=dict)


def lay_standards(body: AdministeringBody) -> Laid:
    """Add the standards with their versions, packages, products and prices."""
    laid, known = Laid(), dict[str, Standard]()
    for each in VERSIONS:
        if each.reference not in known:
            known[each.reference] = standards.add_standard(
                reference=each.reference, title=each.title, level=each.level
            )
        laid.versions[each.code] = _lay(each, known[each.reference], body)
    return laid


def _lay(each: Version, standard: Standard, body: AdministeringBody) -> StandardVersion:
    version = standards.add_version(
        standard,
        assessment_plan=each.plan,
        option=each.option,
        administering_body=body,
        stages=("On programme", "Gateway", "End-point assessment"),
    )
    for letter, description, contents, pence in each.packages:
        code = f"{each.code}{letter}"
        product = catalogue.add_product(
            code=code,
            name=f"{code} {description}",
            card_type="Registration",
            eligible_vat_category="E",
            vat_reason=VAT_REASON,
        )
        catalogue.set_price(product, SINCE, pence)
        standards.add_package(
            version, code=code, description=description, contents=contents, product=product
        )
    return version


def approve_centres(laid: Laid, wanted: Sequence[tuple[Organisation, Sequence[str]]]) -> None:
    """Approve organisations for standard versions, by the letters of their packages' codes."""
    for organisation, codes in wanted:
        for code in codes:
            standards.approve(organisation, laid.versions[code], since=SINCE)
