"""What kinds of organisation there are, and where in the tree each may stand."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from app.domain.kernel.words import N_


class Kind(StrEnum):
    """What an organisation is; it decides where in the tree it may stand."""

    AWARDING_BODY = "awarding_body"
    GROUP = "group"
    COMPANY = "company"
    TRAINING_PROVIDER = "training_provider"
    CENTRE = "centre"
    OFFICE = "office"
    EMPLOYER = "employer"

    @property
    def level(self) -> str:
        """The level as orders show it: "Company - Calder Vale Training Ltd"."""
        return _LEVELS[self]

    @property
    def icon(self) -> str:
        """The icon of the kind."""
        return _ICONS[self]


_LEVELS = {
    Kind.AWARDING_BODY: N_("Awarding body"),
    Kind.GROUP: N_("Group"),
    Kind.COMPANY: N_("Company"),
    Kind.TRAINING_PROVIDER: N_("Company"),
    Kind.CENTRE: N_("Centre"),
    Kind.OFFICE: N_("Office"),
    Kind.EMPLOYER: N_("Employer"),
}
_ICONS = {
    Kind.AWARDING_BODY: "building-bank",
    Kind.GROUP: "sitemap",
    Kind.COMPANY: "building-community",
    Kind.TRAINING_PROVIDER: "school",
    Kind.CENTRE: "school",
    Kind.OFFICE: "building",
    Kind.EMPLOYER: "building-factory",
}

ABOVE: Final[Mapping[Kind, frozenset[Kind]]] = {
    Kind.AWARDING_BODY: frozenset(),
    Kind.GROUP: frozenset(),
    Kind.COMPANY: frozenset({Kind.GROUP}),
    Kind.TRAINING_PROVIDER: frozenset({Kind.GROUP}),
    Kind.EMPLOYER: frozenset({Kind.GROUP}),
    Kind.CENTRE: frozenset({Kind.GROUP, Kind.COMPANY, Kind.TRAINING_PROVIDER}),
    Kind.OFFICE: frozenset({Kind.COMPANY, Kind.TRAINING_PROVIDER, Kind.CENTRE, Kind.EMPLOYER}),
}
"""Under which kinds each kind may stand; an office never stands alone, all others may."""


def may_stand(kind: Kind, parent: Kind | None) -> bool:
    """Tell whether an organisation of ``kind`` may stand under one of kind ``parent``."""
    if parent is None:
        return kind is not Kind.OFFICE
    return parent in ABOVE[kind]
