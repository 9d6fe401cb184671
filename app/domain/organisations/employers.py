"""Employers as others state them: found by number or name, and made known where they are not."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from app.domain.kernel import creating, scope
from app.domain.kernel.identifiers import name_key
from app.domain.kernel.numbering import take_numbers
from app.domain.organisations.models import Kind, Organisation, OrganisationAncestry
from app.errors import ConflictError
from app.extensions import db

Stated = tuple[str, str]
"""An employer reference number, perhaps empty, and a name."""


def known_as(stated: Sequence[Stated], at: datetime) -> list[int]:
    """Return the employers that are meant, in order; those nobody knows are made known.

    A number counts more than a name; a name counts where just one employer bears it and no other
    number speaks against it. A handful of statements for five hundred.
    """
    found = _find(stated)
    unknown = [each for each in dict.fromkeys(map(_key, stated)) if each not in found]
    if unknown:
        first = {_key(each): each for each in reversed(stated)}
        try:
            with db.session.begin_nested():
                made = _make([first[key] for key in unknown], at)
        except IntegrityError as error:
            raise ConflictError(
                "Somebody has added one of these employers at the same moment. Do it again."
            ) from error
        found |= dict(zip(unknown, made, strict=True))
    return [found[_key(each)] for each in stated]


def _key(stated: Stated) -> str:
    ern, name = stated
    return ern or name_key(name)[:200]


def _find(stated: Sequence[Stated]) -> dict[str, int]:
    """Return the ids of known employers by the key of what was stated."""
    numbers = {ern for ern, _ in stated if ern}
    names = {name_key(name)[:200] for _, name in stated}
    statement = select(
        Organisation.id, Organisation.ern, Organisation.name_key, Organisation.kind
    ).where(
        or_(
            Organisation.ern.in_(numbers),
            (Organisation.kind == Kind.EMPLOYER) & Organisation.name_key.in_(names),
        )
    )
    by_number: dict[str, int] = {}
    by_name: dict[str, list[tuple[int, str | None]]] = {}
    for row_id, ern, name, kind in db.session.execute(statement.order_by(Organisation.id)):
        if ern:
            by_number[ern] = row_id
        if kind == Kind.EMPLOYER:
            by_name.setdefault(name, []).append((row_id, ern))
    found = {_key(each): _meant(each, by_number, by_name) for each in stated}
    twice = _stated_twice(stated)
    return {
        key: row_id
        for key, row_id in found.items()
        if row_id and (key in by_number or key not in twice)
    }


def _meant(
    stated: Stated,
    by_number: Mapping[str, int],
    by_name: Mapping[str, Sequence[tuple[int, str | None]]],
) -> int | None:
    ern, name = stated
    if ern in by_number:
        return by_number[ern]
    bearers = by_name.get(name_key(name)[:200], ())
    if len(bearers) != 1:
        return None
    row_id, number = bearers[0]
    return row_id if not ern or number is None else None


def _stated_twice(stated: Sequence[Stated]) -> set[str]:
    """Return the numbers whose name is stated with another number as well."""
    by_name: dict[str, set[str]] = {}
    for ern, name in stated:
        if ern:
            by_name.setdefault(name_key(name)[:200], set()).add(ern)
    return {ern for numbers in by_name.values() if len(numbers) > 1 for ern in numbers}


def _make(stated: Sequence[Stated], at: datetime) -> list[int]:
    session = db.session()
    numbers = take_numbers(session, "organisation", len(stated))
    rows = [
        {
            "kind": Kind.EMPLOYER,
            "name": name,
            "name_key": name_key(name)[:200],
            "number": str(number),
            "ern": ern or None,
        }
        for number, (ern, name) in zip(numbers, stated, strict=True)
    ]
    ids = creating.create(session, Organisation, rows, at=at)
    tree = [{"ancestor_id": each, "descendant_id": each, "depth": 0} for each in ids]
    scope.create_many(session, OrganisationAncestry, tree)
    return ids
