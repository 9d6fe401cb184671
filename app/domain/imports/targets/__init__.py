"""The closed list of what an import can become."""

from collections.abc import Mapping

from app.domain.imports.models import Import
from app.domain.imports.targets.applications import Applications
from app.domain.imports.targets.awards import Awards
from app.domain.imports.targets.base import LateError, Made, OrderingTarget, RowFacts, Target
from app.domain.imports.targets.standards import Standards
from app.errors import NotFoundError

TARGETS: Mapping[str, Target] = {
    each.code: each for each in (Applications(), Standards(), Awards())
}


def target_of(import_: Import) -> Target:
    """Return what the rows of an import become."""
    return TARGETS[import_.target]


def ordering(import_: Import) -> OrderingTarget | None:
    """Return what the rows of an import become when that is bought, else None."""
    target = target_of(import_)
    return target if isinstance(target, OrderingTarget) else None


def target_named(code: str) -> Target:
    """Return the target with this code; raise NotFoundError for another one."""
    if code not in TARGETS:
        raise NotFoundError
    return TARGETS[code]


__all__ = [
    "TARGETS",
    "LateError",
    "Made",
    "OrderingTarget",
    "RowFacts",
    "Target",
    "ordering",
    "target_named",
    "target_of",
]
