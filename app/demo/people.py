"""Invents people: names, dates of birth, numbers that were never issued."""

import unicodedata
from datetime import date, timedelta
from random import Random
from typing import Any

from app.demo.names import GIVEN, SURNAMES

PHONES = "+4420794{:05d}"
"""Numbers kept for drama in London: 020 7946 0000 to 0999."""


def uln(number: int) -> str | None:
    """Return a ULN with a right check digit from a block that has not been given out."""
    stem = f"99910{number:04d}"
    weighted = (int(digit) * (10 - place) for place, digit in enumerate(stem))
    rest = sum(weighted) % 11
    return None if rest == 0 else f"{stem}{10 - rest}"


def invent(number: int, chance: Random, today: date) -> dict[str, Any]:
    """Return what the form about person ``number`` would hold, most of them 16 to 24 years old."""
    first, gender = GIVEN[(number * 7 + number // len(GIVEN)) % len(GIVEN)]
    surnames = _BY_SCRIPT[_script(first)]
    surname = surnames[(number * 11 + number // len(surnames)) % len(surnames)]
    if number == 0:  # whose account is learner@demo.example
        first, gender, surname = "Leo", "M", "Nowak"
    age = chance.choices((17, 19, 22, 27, 38), (40, 30, 18, 9, 3))[0]
    born = today - timedelta(days=age * 365 + chance.randrange(365))
    return {
        "title": {"M": "Mr", "F": "Ms"}.get(gender, "Mx"),
        "first_names": first,
        "surname": surname,
        "birth_date": born,
        "gender": gender,
        "uln": uln(number) if chance.random() < 0.8 else None,
        "email": f"{_plain(first)}.{_plain(surname)}{number}@example.com"
        if number
        else "learner@demo.example",
        "phone": PHONES.format(60000 + number % 1000) if chance.random() < 0.7 else "",
    }


def _script(name: str) -> str:
    return unicodedata.name(name[0]).split()[0]


_BY_SCRIPT = {
    script: [name for name in SURNAMES if _script(name) == script]
    for script in dict.fromkeys(map(_script, SURNAMES))
}
"""Last names by the script of their first letter: nobody has names in two."""


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKD", name.replace("Ł", "L").replace("ł", "l")).casefold()
    letters = "".join(sign for sign in folded if sign.isascii() and sign.isalpha())
    return letters or "person"
