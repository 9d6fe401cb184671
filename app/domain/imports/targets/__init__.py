"""The closed list of what an import can become."""

from collections.abc import Mapping

from app.domain.imports.models import Import
from app.domain.imports.targets.applications import Applications
from app.domain.imports.targets.base import LateError, Made, RowFacts, Target
from app.domain.imports.targets.standards import Standards
from app.errors import NotFoundError

TARGETS: Mapping[str, Target] = {each.code: each for each in (Applications(), Standards())}


def target_of(import_: Import) -> Target:
    """Return what the rows of an import become."""
    return TARGETS[import_.target]


def target_named(code: str) -> Target:
    """Return the target with this code; raise NotFoundError for another one."""
    if code not in TARGETS:
        raise NotFoundError
    return TARGETS[code]


__all__ = ["TARGETS", "LateError", "Made", "RowFacts", "Target", "target_named", "target_of"]
