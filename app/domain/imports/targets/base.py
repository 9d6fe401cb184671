"""What an import can become: its fields, what else must hold, and how its rows are made."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from app.domain.catalogue.models import AdministeringBody, Product
from app.domain.kernel.fields import Subject
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_

Facts = Mapping[str, Any]


class RowFacts(NamedTuple):
    """A row as a target looks at it: its values, and whom it is about when that is known."""

    id: int
    number: int
    values: Mapping[str, Any]
    person_id: int | None = None
    is_linked: bool = False
    """Whether the person is known to another organisation only, and will be linked."""
    photo_id: int | None = None


@dataclass(frozen=True)
class LateError:
    """Something that only a look at other rows, people or stock can tell."""

    row_id: int
    field: str
    words: str


GONE = N_("This person is not known to your organisation any more. Have the rows verified again.")


def gone(rows: Sequence[RowFacts], known: Collection[int]) -> list[LateError]:
    """Return the rows about people who are not among those known."""
    return [
        LateError(row.id, "", GONE)
        for row in rows
        if row.person_id and not row.is_linked and row.person_id not in known
    ]


@dataclass(frozen=True)
class Made:
    """What rows became: the ids of their applications, registrations or awards, by row."""

    applications: Mapping[int, int]
    registrations: Mapping[int, int]
    refused: Sequence[LateError] = ()
    awards: Mapping[int, int] = field(default_factory=dict)


class Target(ABC):
    """One kind of import; stateless, one object for each kind."""

    code: ClassVar[str]
    label: ClassVar[str]
    rows_title: ClassVar[str]
    """How the guide heads the grid."""
    takes_photos: ClassVar[bool] = False
    grid: ClassVar[tuple[str, ...]]
    """The fields that the grid shows, in the guide's order."""
    instructions: ClassVar[tuple[str, ...]] = ()
    is_about_people: ClassVar[bool] = True
    """Whether a row describes somebody, who is looked for among the people known."""
    settling: ClassVar[str] = N_("Looking for people known already")
    """What is done once the rows have been read, while it goes on."""
    is_for_staff: ClassVar[bool] = False
    """Whether it exists for the awarding body alone."""
    instead: ClassVar[Mapping[Permission, Permission]] = {}
    """What its pages ask for in place of the permissions for applications and purchases."""

    def needs(self, permission: Permission) -> Permission:
        """Return what somebody needs for what takes ``permission`` with card applications."""
        return self.instead.get(permission, permission)

    @abstractmethod
    def subject(self) -> Subject:
        """Return the fields, with what the session's viewer can choose at present."""

    def dependents(self) -> Mapping[str, tuple[str, Mapping[str, Sequence[str]]]]:
        """Return by field the one that it depends on, and its choices by that one's choice."""
        return {}

    @abstractmethod
    def late_errors(self, rows: Sequence[RowFacts]) -> list[LateError]:
        """Return what stands against rows besides themselves: a handful of statements.

        A row without a person comes without its values, too, unless it is about to be made.
        """

    def beside(self, row_ids: Sequence[int]) -> set[int]:
        """Return the live rows that make one thing together with these, and so depend on them."""
        return set()

    @abstractmethod
    def make(self, rows: Sequence[RowFacts], reference: str, at: datetime) -> Made:
        """Make what rows ask for, set-based; each that cannot be made is refused in words.

        ``reference`` is the customer's own, as the order has it; empty where nothing is ordered.
        """


class OrderingTarget(Target):
    """What is bought: its rows become lines of an order."""

    priced_by: ClassVar[str]
    """The field that decides what a row orders."""

    @abstractmethod
    def products(self, counted: Mapping[str, int]) -> list[tuple[Product, int]]:
        """Return what rows order, given their number by the value of ``priced_by``."""

    @abstractmethod
    def body(self, organisation_id: int) -> AdministeringBody:
        """Return who administers what the rows become: whose order it is."""
