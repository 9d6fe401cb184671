"""Reads of organisations: the directory that everybody signed in may look in."""

from collections.abc import Sequence

from sqlalchemy import select

from app.domain.kernel import reading
from app.domain.kernel.identifiers import name_key
from app.domain.kernel.search import Search
from app.domain.organisations.models import Kind, Organisation
from app.extensions import db

EMPLOYERS = (Kind.EMPLOYER, Kind.COMPANY)
CENTRES = (Kind.CENTRE, Kind.TRAINING_PROVIDER)
_BY_NAME = Search(Organisation, "name_key")


def find_employers(text: str, limit: int = 20) -> Sequence[Organisation]:
    """Return known employers with every word of ``text`` in their name, or with this number."""
    typed = text.strip()[:100]
    if not typed:
        return []
    statement = select(Organisation).where(Organisation.kind.in_(EMPLOYERS))
    if typed.isascii() and typed.isdigit():
        statement = statement.where(Organisation.number == typed)
    else:
        statement = statement.where(*_BY_NAME.criteria(typed, reading.dialect()))
    return list(db.session.scalars(statement.order_by(Organisation.name_key).limit(limit)))


def employer(organisation_id: int) -> Organisation | None:
    """Return a known employer."""
    if organisation_id > 2**31 - 1:  # more than any id, and than the databases take
        return None
    found = db.session.get(Organisation, organisation_id)
    return found if found is not None and found.kind in EMPLOYERS else None


def employer_named(name: str) -> Organisation | None:
    """Return the known employer whose name reads the same, if there is just one."""
    statement = select(Organisation).where(
        Organisation.kind == Kind.EMPLOYER, Organisation.name_key == name_key(name)[:200]
    )
    found = db.session.scalars(statement.limit(2)).all()
    return found[0] if len(found) == 1 else None


def find(organisation_id: int) -> Organisation | None:
    """Return an organisation of the directory."""
    return db.session.get(Organisation, organisation_id)


def centres() -> list[Organisation]:
    """Return the organisations that may be approved for standards, by name."""
    statement = select(Organisation).where(Organisation.kind.in_(CENTRES))
    return list(db.session.scalars(statement.order_by(Organisation.name_key, Organisation.id)))
