"""Invented employers, and the names that people of the demo world are given."""

from typing import NamedTuple


class Contact(NamedTuple):
    """The primary contact of an employer."""

    name: str
    email: str
    phone: str


def _contact(name: str, domain: str, n: int) -> Contact:
    mailbox = "".join(sign for sign in name.lower().split()[0] if sign.isascii())
    return Contact(name, f"{mailbox}@{domain}.example", f"+442079461{n:03d}")


EMPLOYERS = (
    ("Harrow & Pike Electrical Ltd", "Leeds", "LS10 1AA",
     Contact("Erin O’Rourke", "employer@demo.example", "+442079461001")),
    ("Brightwater Installations Ltd", "York", "YO1 7AA", _contact("Dana Field", "brightwater", 2)),
    ("Ellis and Daughter Ltd", "Halifax", "HX1 2AA", _contact("Gwen Ellis", "ellis", 3)),
    ("Ferrybridge Power Ltd", "Wakefield", "WF1 1AA", _contact("Tom Ashby", "ferrybridge", 4)),
    ("Gorse Hill Controls Ltd", "Sheffield", "S1 2AA", _contact("Ines Rocha", "gorsehill", 5)),
    ("Heron Building Services", "Hull", "HU1 1AA", _contact("Marek Wilk", "heron", 6)),
    ("Ingle Street Motors Ltd", "Bradford", "BD2 1AA", _contact("Ruth Ingle", "inglestreet", 7)),
    ("Juniper Facilities Ltd", "Leeds", "LS2 7AA", _contact("Ade Balogun", "juniper", 8)),
    ("Kestrel Lifts Ltd", "Doncaster", "DN1 1AA", _contact("Kay Lister", "kestrel", 9)),
    ("Lantern Lighting Ltd", "Manchester", "M1 2AA", _contact("Lou Carver", "lantern", 10)),
    ("Moorland Rail Services Ltd", "Skipton", "BD23 1AA", _contact("Nia Rees", "moorland", 11)),
    ("Nettle & Sons Electrical", "Barnsley", "S70 1AA", _contact("Ned Nettle", "nettle", 12)),
    ("Oldfield Renewables Ltd", "Huddersfield", "HD1 2AA", _contact("Asha Rao", "oldfield", 13)),
    ("Pennine Panels Ltd", "Rochdale", "OL16 1AA", _contact("Piotr Lis", "pennine", 14)),
    ("Quayside Marine Electrics", "Hull", "HU2 8AA", _contact("Quinn Marsh", "quayside", 15)),
    ("Rowan Data Centres Ltd", "Leeds", "LS11 5AA", _contact("Rhys Pugh", "rowan", 16)),
    ("Saltaire Home Wiring", "Shipley", "BD18 3AA", _contact("Sara Haddad", "saltaire", 17)),
    ("Tarn House Maintenance Ltd", "Otley", "LS21 2AA", _contact("Theo Blake", "tarnhouse", 18)),
    ("Underbank Engineering Ltd", "Stockport", "SK1 1AA", _contact("Uma Patel", "underbank", 19)),
    ("Vantage Fire & Security Ltd", "Leeds", "LS9 8AA", _contact("Viv Shaw", "vantage", 20)),
)  # fmt: skip
"""Name, town, postcode and primary contact; the first is that of employer@demo.example."""

ERNS = (
    "999000004", "999000012", "999000020", "999000039", "999000047", "999000055", "999000063",
    "999000071", "999000098", "999000101", "999000128", "999000136", "999000144", "999000152",
    "999000160", "999000179", "999000187", "999000195", "999000209", "999000217",
)  # fmt: skip
"""Employer reference numbers of the employers: well formed, from a range never given out."""

GIVEN = (
    ("Oliver", "M"), ("Amelia", "F"), ("Harry", "M"), ("Isla", "F"), ("Jack", "M"), ("Freya", "F"),
    ("Niamh", "F"), ("Seán", "M"), ("Aoife", "F"), ("Siân", "F"), ("Gruffydd", "M"), ("Llŷr", "M"),
    ("Angharad", "F"), ("Rhys", "M"), ("Łukasz", "M"), ("Agnieszka", "F"), ("Paweł", "M"),
    ("Zofia", "F"), ("Chidi", "M"), ("Amara", "F"), ("Kwame", "M"), ("Priti", "F"), ("Arjun", "M"),
    ("Meera", "F"), ("Imran", "M"), ("Ayesha", "F"), ("Wei", "M"), ("Xin Yi", "F"), ("João", "M"),
    ("Inês", "F"), ("Zoë", "F"), ("François", "M"), ("Renée", "F"), ("Billy-Joe", "M"),
    ("Mary Ann", "F"), ("Alex", "X"), ("Robin", "X"), ("محمد", "M"), ("ليلى", "F"), ("يوسف", "M"),
    ("Олена", "F"), ("Тарас", "M"), ("Thomas", "M"), ("Charlotte", "F"), ("Daniel", "M"),
    ("Ruby", "F"), ("Callum", "M"), ("Skye", "F"),
)  # fmt: skip
"""First names, with the gender that their bearers gave."""

SURNAMES = (
    "O’Connor", "D’Arcy", "O’Neill", "M’Bala", "Llywelyn-Jones", "ap Rhys", "Pugh", "Eluned",
    "Gwynne", "Wójcik", "Żak", "Dąbrowska", "Kowalczyk", "Szymański", "Ashworth", "Barraclough",
    "Butterworth", "Clegg", "Dyson", "Earnshaw", "Fairhurst", "Greenwood", "Haigh", "Illingworth",
    "Jagger", "Kershaw", "Lumb", "Midgley", "Naylor", "Ogden", "Priestley", "Quarmby", "Rushworth",
    "Sutcliffe", "Thackray", "Uttley", "Varley", "Whiteley", "Yeadon", "Okonkwo", "Mensah",
    "Adeyemi", "Patel", "Sharma", "Hussain", "Begum", "Chowdhury", "Chen", "Ng", "Ferreira",
    "de Souza", "van der Berg", "Müller", "St John", "الأحمد", "حداد", "منصور", "Шевченко",
)  # fmt: skip
"""Last names with apostrophes, hyphens, particles, accents, and in other scripts."""
