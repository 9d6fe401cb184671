"""What the demo world stands on: awarding body, schemes, prices, organisations, accounts.

Everybody in it is invented. Telephone numbers come from the ranges kept for drama.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from werkzeug.security import generate_password_hash

from app.clock import now
from app.demo.names import EMPLOYERS, ERNS
from app.demo.standards import AIRE, CALDER, CLYDE, Laid, approve_centres, lay_standards
from app.documents.certificates import STARTING_TEMPLATES
from app.domain.awards.service import foundation
from app.domain.catalogue import service as catalogue
from app.domain.catalogue.models import AdministeringBody, Product, Scheme
from app.domain.organisations import service as organisations
from app.domain.organisations.models import Kind, Organisation, PortalUser

PASSWORD = "hallmark-demo"  # noqa: S105  # no secret: it is printed at every start
"""The password of every demo account."""

PATHWAYS = ("Installation Electrician", "Maintenance Electrician", "Building Controls")
STAGES = ("Foundation", "Core skills", "Specialist skills", "Final assessment")
BANK = {
    "bank_account_name": "Wrenfield Awards",
    "bank_sort_code": "00-00-00",
    "bank_account_number": "00001234",
}
OCCUPATIONS = (
    ("17", "Installation Electrician"), ("23", "Electrical Fitter"), ("101", "Labourer"),
    ("205", "Site Supervisor"), ("317", "Maintenance Electrician"), ("422", "Building Controls"),
)  # fmt: skip
"""Codes as spreadsheets carry them, with our own names."""
REQUIREMENTS = ("health_and_safety", "photo")


@dataclass
class Base:
    """What was laid, by the names that tests and the demo world use."""

    body: Organisation
    administering: list[AdministeringBody] = field(default_factory=list)
    schemes: list[Scheme] = field(default_factory=list)
    standards: Laid = field(default_factory=Laid)
    providers: list[Organisation] = field(default_factory=list)
    offices: list[Organisation] = field(default_factory=list)
    centres: list[Organisation] = field(default_factory=list)
    employers: list[Organisation] = field(default_factory=list)
    users: dict[str, PortalUser] = field(default_factory=dict)


def lay_base(password_hash: str | None = None, *, at: datetime | None = None) -> Base:
    """Lay the foundations in a database that has permissions and roles but nobody yet."""
    at = at or now()
    body = organisations.add_organisation(
        kind=Kind.AWARDING_BODY, name="Wrenfield Awards", number="100000",
        detail=_detail("1 Wrenfield Court\nLondon", "EC1V 9AA", "support@wrenfield.example",
                       "+442079460100", vat_number="GB999999973"),
    )  # fmt: skip
    foundation.lay(STARTING_TEMPLATES, at)
    base = Base(body)
    _lay_catalogue(base)
    _lay_organisations(base)
    aire, clyde, wharfe = base.centres
    approved = ((aire, AIRE), (clyde, CLYDE), (wharfe, (*base.standards.versions,)),
                (base.providers[0], CALDER))  # fmt: skip
    approve_centres(base.standards, approved)
    _lay_accounts(base, password_hash or generate_password_hash(PASSWORD), at)
    return base


def _detail(address: str, postcode: str, email: str, phone: str, **more: Any) -> dict[str, Any]:
    return {"address": address, "postcode": postcode, "email": email, "phone": phone} | more


def _lay_catalogue(base: Base) -> None:
    base.administering = [
        catalogue.add_administering_body(
            name="Wrenfield Awards", short_name="Wrenfield",
            jurisdiction="England, Wales and Northern Ireland", phone="020 7946 0100",
            email="support@wrenfield.example", website="https://wrenfield.example",
            reference_prefix="ECS", **BANK,
        ),
        catalogue.add_administering_body(
            name="Wrenfield Awards Scotland", short_name="Wrenfield Scotland",
            jurisdiction="Scotland", phone="0131 496 0100",
            email="scotland@wrenfield.example", website="https://scotland.wrenfield.example",
            reference_prefix="ECS", **BANK,
        ),
    ]  # fmt: skip
    for category, points in (("S", 2000), ("E", 0), ("Z", 0), ("O", 0)):
        catalogue.set_vat_rate(category, date(2011, 1, 4), points)
    card = catalogue.add_product(code="CARD-INITIAL", name="Initial registration card")
    catalogue.set_price(card, date(2020, 1, 1), 11700)
    for code, name, kind, pence in (
        ("CARD-NEW", "Card, initial", "initial", 4200),
        ("CARD-RENEWAL", "Card, renewal", "renewal", 4200),
        ("CARD-REPLACE", "Card, replacement", "replacement", 4200),
    ):
        product = catalogue.add_product(code=code, name=name, application_kind=kind)
        catalogue.set_price(product, date(2020, 1, 1), pence)
    for code, name in OCCUPATIONS:
        catalogue.add_occupation(code=code, name=name)
    for name, kind in (
        ("Apprentices Training Scheme 2021", "apprentice"),
        ("2017 Apprentices Scheme", "apprentice"),
        ("Trainees Scheme 2021", "trainee"),
    ):
        base.schemes.append(_scheme(base, name, kind, card))
    base.standards = lay_standards(base.administering[0])


def _scheme(base: Base, name: str, kind: str, card: Product) -> Scheme:
    return catalogue.add_scheme(
        name=name,
        kind=kind,
        grade=kind.capitalize(),
        number_label="ECS Number",
        administering_body=base.administering[0],
        product=card,
        pathways=PATHWAYS,
        stages=STAGES,
        requirements=REQUIREMENTS,
    )


def _lay_organisations(base: Base) -> None:
    calder = organisations.add_organisation(
        kind=Kind.TRAINING_PROVIDER, name="Calder Vale Training Ltd",
        detail=_detail("Vale Mill\nMill Lane\nHuddersfield", "HD1 1AA",
                       "accounts@caldervale.example", "+441134960201"),
    )  # fmt: skip
    northmoor = organisations.add_organisation(
        kind=Kind.TRAINING_PROVIDER, name="Northmoor Skills Ltd",
        detail=_detail("12 Moor Road\nNewcastle upon Tyne", "NE1 1AA",
                       "accounts@northmoor.example", "+441914980202"),
    )  # fmt: skip
    base.providers = [calder, northmoor]
    base.offices = [
        organisations.add_organisation(
            kind=Kind.OFFICE, name=f"{town} Office", parent=calder,
            detail=_detail(f"3 Station Road\n{town}", postcode,
                           f"{town.lower()}@caldervale.example", phone),
        )
        for town, postcode, phone in (
            ("Halifax", "HX1 1AA", "+441134960203"),
            ("Leeds", "LS1 4AP", "+441134960204"),
        )
    ]  # fmt: skip
    base.centres = [
        organisations.add_organisation(
            kind=Kind.CENTRE, name=name,
            detail=_detail(f"College Street\n{town}", postcode, f"{town.lower()}@centres.example",
                           phone, is_eligible_body=True, administering_body_id=by.id),
        )
        for name, town, postcode, phone, by in (
            ("Aire Valley Centre", "Bradford", "BD1 1AA", "+441134960205", base.administering[0]),
            ("Clyde Assessment Centre", "Glasgow", "G1 1AA", "+441414960206",
             base.administering[1]),
            ("Wharfe Technical Centre", "Otley", "LS21 1AA", "+441134960207",
             base.administering[0]),
        )
    ]  # fmt: skip
    base.employers = [
        organisations.add_organisation(
            kind=Kind.EMPLOYER, name=name, ern=ERNS[n - 1],
            detail=_detail(f"{n} Wharf Street\n{town}", postcode, contact.email,
                           f"+44161496{300 + n:04d}"),
        )
        for n, (name, town, postcode, contact) in enumerate(EMPLOYERS, 1)
    ]  # fmt: skip


def _lay_accounts(base: Base, password_hash: str, at: datetime) -> None:
    calder, employer = base.providers[0], base.employers[0]
    accounts: tuple[tuple[str, str, str, list[tuple[Organisation, str]]], ...] = (
        ("staff", "Sam", "Whitlock", [(base.body, "Awarding body staff")]),
        ("finance", "Fiona", "Marsh", [(base.body, "Finance department")]),
        ("provider", "Priya", "Anand", [(calder, "Training provider")]),
        ("office", "Owen", "Griffiths", [(base.offices[0], "Office")]),
        ("employer", "Erin", "O’Rourke", [(employer, "Employer contact")]),
        ("centre", "Chen", "Oakley", [(each, "Centre administrator") for each in base.centres[:2]]),
        ("learner", "Leo", "Nowak", []),
        ("permissions", "Pat", "Morgan", [(calder, "Permission manager")]),
    )
    for name, first, last, places in accounts:
        user = organisations.add_user(
            email=f"{name}@demo.example", first_name=first, last_name=last,
            password_hash=password_hash, is_demo=True, confirmed_at=at,
        )  # fmt: skip
        for organisation, role in places:
            organisations.add_membership(user, organisation, [role])
        base.users[name] = user
