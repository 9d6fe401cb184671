"""Numbers on people's cards: given out in order, or recorded from the cards they have."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm.attributes import set_committed_value

from app.domain.kernel import reading
from app.domain.kernel.numbering import take_numbers
from app.domain.people.models import Person
from app.errors import ConflictError
from app.extensions import db


def set_numbers(given: Sequence[tuple[Person, str]]) -> None:
    """Record the numbers on people's present cards; the people in memory follow.

    Raise ConflictError when a number is on record for somebody else, or a person has another.
    """
    for person, number in given:
        if person.scheme_number not in (None, number):
            raise ConflictError(
                f"{person.full_name} has another number on record. Check the number on the card."
            )
    wanted = [(person, number) for person, number in given if person.scheme_number is None]
    if not wanted:
        return
    taken = taken_numbers([number for _, number in wanted])
    named = {number for _, number in wanted}
    if taken or len(named) != len(wanted):
        twice = sorted(taken) or sorted(n for n in named if [w[1] for w in wanted].count(n) > 1)
        raise ConflictError(
            f"The number {twice[0]} is on record for somebody else. Search for the person by this "
            "number, with the last name or date of birth."
        )
    write_numbers(wanted)


def taken_numbers(numbers: Sequence[str]) -> set[str]:
    """Return those of ``numbers`` that somebody has: of all people, since each has one owner."""
    column = Person.__table__.c.scheme_number
    statement = select(column).where(reading.among(column, numbers))
    return set(db.session.connection().execute(statement).scalars())


def give_numbers(people: Sequence[Person]) -> None:
    """Give the scheme's number to those who have none: what their card will carry.

    One statement takes the numbers, one writes them all; the people in memory follow.
    """
    without = [person for person in people if person.scheme_number is None]
    if not without:
        return
    write_numbers(list(zip(without, fresh_numbers(len(without)), strict=True)))


def fresh_numbers(count: int) -> list[str]:
    """Take the next numbers that nobody has."""
    numbers: list[str] = []
    while len(numbers) < count:  # a card of earlier days may carry the next number
        fresh = [*map(str, take_numbers(db.session(), "person", count - len(numbers)))]
        used = taken_numbers(fresh)
        numbers += [number for number in fresh if number not in used]
    return numbers


def write_numbers(given: Sequence[tuple[Person, str]]) -> None:
    """Write numbers that nobody has to people who have none."""
    db.session.flush()
    table = Person.__table__
    statement = (
        update(table)
        .where(table.c.id == bindparam("person"), table.c.scheme_number.is_(None))
        .values(scheme_number=bindparam("number"))
    )
    rows = [{"person": person.id, "number": number} for person, number in given]
    db.session.connection().execute(statement, rows)
    for person, number in given:
        set_committed_value(person, "scheme_number", number)
