"""What the route table says of rows: which routes name one in their address, and of what model."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.domain.kernel.permissions import Permission
from app.domain.kernel.scope import Directory, Shared, StaffOnly
from app.extensions import db
from app.security.guard import RowConverter
from tests.architecture.test_guards import guard_of
from tests.tenancy.rows import Tenant

NO_ROW = {
    "number": "2", "move": "finalise", "form": "csv", "side": "digital", "page": "1", "code": "X",
    "token": "x",
}  # fmt: skip
"""What to put for arguments that name no row; a new argument is added here."""


MOVES = {
    "BookingsView": {"move": "cancel"},
    "SlotsView": {"move": "cancel"},
    "AwardsView": {"move": "withdraw"},
    "DocumentsView": {"move": "cancel"},
    "PaperView": {"move": "print"},
}
"""Moves that a list has where it does not have that of ``NO_ROW``."""


@dataclass(frozen=True)
class RowRoute:
    """A method of a route whose address names a row."""

    endpoint: str
    method: str
    argument: str
    model: type[Any]
    where: tuple[Any, ...]
    others: tuple[tuple[str, str], ...]
    permission: Permission

    def __str__(self) -> str:
        return f"{self.method} {self.endpoint}"

    @property
    def is_shared(self) -> bool:
        """Whether all who are signed in may read the rows: none is foreign."""
        return isinstance(self.model.__scope__, Shared | Directory)

    @property
    def is_of_staff(self) -> bool:
        """Whether the rows exist for the awarding body alone."""
        return isinstance(self.model.__scope__, StaffOnly)

    def path(self, portal: Flask, row_id: int) -> str:
        """Return the address that names this row."""
        values = dict(self.others) | {self.argument: row_id}
        with portal.test_request_context():
            return portal.url_for(self.endpoint, **values)

    def row_of(self, tenant: Tenant) -> int:
        """Return the id of a row of ``tenant`` that this route is about."""
        ids = tenant.ids_of(self.model)
        statement = select(self.model.id).where(self.model.id.in_(ids), *self.where)
        found = db.session.scalars(statement.order_by(self.model.id)).first()
        assert found is not None, (
            f"{self}: tests/tenancy/rows.py plants no {self.model.__name__} that fits; add one"
        )
        return int(found)


def row_routes(portal: Flask) -> list[RowRoute]:
    """Return every method of every route whose address names a row."""
    return [
        RowRoute(endpoint, method, argument, model, where, others, guard_of(portal, endpoint))
        for endpoint, rule, argument, model, where in _naming_rows(portal)
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
        for others in [_others(rule, argument)]
    ]


def _naming_rows(portal: Flask) -> Iterator[tuple[str, Any, str, type[Any], tuple[Any, ...]]]:
    for rule in sorted(portal.url_map.iter_rules(), key=str):
        for argument, converter in rule._converters.items():
            if isinstance(converter, RowConverter):
                yield rule.endpoint, rule, argument, converter.model, ()
            elif argument == "row" and not _is_no_page(portal, rule.endpoint):
                view = list_of(portal, rule.endpoint)
                yield rule.endpoint, rule, argument, view.datamodel.obj, view.base_where


def _is_no_page(portal: Flask, endpoint: str) -> bool:
    """Tell whether this is the record page of a list that has none: it answers nobody."""
    view, _, handler = endpoint.partition(".")
    return handler == "show" and view.endswith("View") and not (
        getattr(list_of(portal, endpoint), "has_record", True)
    )  # fmt: skip


def list_of(portal: Flask, endpoint: str) -> Any:
    """Return the generated list behind an endpoint, of pages and of the JSON interface alike."""
    name = endpoint.partition(".")[0]
    view = next(each for each in portal.appbuilder.baseviews if type(each).__name__ == name)
    return getattr(view, "source", view)


def _others(rule: Any, argument: str) -> tuple[tuple[str, str], ...]:
    unknown = rule.arguments - {argument, *NO_ROW}
    assert not unknown, (
        f"{rule}: say in NO_ROW of tests/tenancy/routes.py what to put for {unknown}"
    )
    values = NO_ROW | MOVES.get(rule.endpoint.partition(".")[0], {})
    return tuple((name, values[name]) for name in sorted(rule.arguments - {argument}))
