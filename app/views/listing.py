"""The generated list: declared columns, tabs and filters; keyset paging; capped counts."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute
from werkzeug.datastructures import MultiDict

from app.domain.kernel import reading
from app.domain.kernel.columns import HIGHEST_ID
from app.domain.kernel.dates import DateError, read_date
from app.domain.kernel.search import Search
from app.domain.kernel.words import N_
from app.errors import DomainError
from app.views.cells import Cell

PAGE = 25
COUNTED = 10_000
"""Matching rows are counted up to here; beyond it the list says "10,000+"."""
NO_PAGE = N_("This page of the list does not exist. Open the list anew.")
TAB_COUNTED = 999
SELECTABLE = 2_000
"""Rows that one bulk move may take: as many as finish well within a request."""


@dataclass(frozen=True)
class Column:
    """A column: its heading, its cell, and the indexed NOT NULL column it sorts by."""

    label: str
    cell: Callable[[Any], Cell | str]
    sort: InstrumentedAttribute[Any] | None = None
    right: bool = False
    name: str = ""

    @property
    def key(self) -> str:
        """The name of the column in ``?sort=``."""
        return self.name or (self.sort.key if self.sort is not None else "")


@dataclass(frozen=True)
class ListTab:
    """A tab by state: which rows, under which title, perhaps with columns of its own."""

    code: str
    label: str
    where: ColumnElement[bool] | None = None
    title: str = ""
    text: str = ""
    columns: tuple[Column, ...] | None = None
    default_sort: str | None = None


@dataclass(frozen=True)
class Filter:
    """A field of the advanced filter; ``where`` turns what was typed into a criterion."""

    name: str
    label: str
    kind: str
    where: Callable[[Any], ColumnElement[bool]]
    options: Callable[[], Sequence[tuple[str, str]]] | None = None

    def read(self, text: str) -> Any:
        """Return the value typed; raise DateError in words for an impossible date."""
        if self.kind == "date":
            return read_date(text)
        if self.kind == "yesno":
            return text == "yes"
        return text


@dataclass
class Asked:
    """What the address or a posted form asks of a list."""

    tab: ListTab
    columns: tuple[Column, ...]
    sort: str
    q: str = ""
    filters: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    after: str = ""
    before: str = ""
    where: list[ColumnElement[bool]] = field(default_factory=list)

    @property
    def descending(self) -> bool:
        """Whether the greatest comes first."""
        return self.sort.startswith("-")

    @property
    def sort_column(self) -> InstrumentedAttribute[Any]:
        """The column sorted by."""
        name = self.sort.removeprefix("-")
        for column in self.columns:
            if column.sort is not None and column.key == name:
                return column.sort
        raise DomainError(f"This list cannot be sorted by {name}.")

    def kept(self) -> dict[str, str]:
        """Return what can be saved under a name: everything but the place in the list."""
        return {name: str(text) for name, text in self.parameters().items()}

    def parameters(self, **changes: str | None) -> dict[str, Any]:
        """Return the address's parameters with ``changes``; an empty one is left out."""
        values: dict[str, Any] = {"tab": self.tab.code, "q": self.q, "sort": self.sort}
        values |= {f"f_{name}": text for name, text in self.filters.items()}
        values |= {name: text or "" for name, text in changes.items()}
        return {name: text for name, text in values.items() if text}


@dataclass
class Page:
    """One page of rows, and where the neighbouring pages begin."""

    rows: list[Any]
    first: int
    before: str | None
    after: str | None
    at_start: bool
    at_end: bool


class Listing:
    """Reads the rows of one declared list."""

    def __init__(
        self,
        model: type[Any],
        *,
        base_where: Sequence[ColumnElement[bool]],
        eager: Sequence[Any],
        search: Search | None,
        filters: Sequence[Filter],
    ) -> None:
        self.model = model
        self.base_where = tuple(base_where)
        self.eager = tuple(eager)
        self.search = search
        self.filters = tuple(filters)
        self._kept_parts: list[Any] = []

    def asked(
        self,
        args: MultiDict[str, str],
        tabs: Sequence[ListTab],
        columns: tuple[Column, ...],
        default_sort: str,
    ) -> Asked:
        """Read what the parameters ask; a word that means nothing falls back to the default."""
        by_code = {tab.code: tab for tab in tabs}
        tab = by_code.get(args.get("tab", ""), tabs[0])
        shown = tab.columns or columns
        sortable = {c.key for c in shown if c.sort is not None}
        default = tab.default_sort or default_sort
        sort = args.get("sort", default)
        if sort.removeprefix("-") not in sortable:
            sort = default
        asked = Asked(tab, shown, sort, q=args.get("q", "").strip()[:100])
        asked.after, asked.before = args.get("after", ""), args.get("before", "")
        asked.where = [*self.base_where, *([] if tab.where is None else [tab.where])]
        self._add_filters(asked, args)
        if asked.q and self.search is not None:
            asked.where += self.search.criteria(asked.q, reading.dialect())
        return asked

    def _add_filters(self, asked: Asked, args: MultiDict[str, str]) -> None:
        for each in self.filters:
            text = args.get(f"f_{each.name}", "").strip()[:100]
            if not text:
                continue
            asked.filters[each.name] = text
            try:
                asked.where.append(each.where(each.read(text)))
            except (DateError, ValueError) as error:
                asked.errors[each.name] = str(error)

    def statement(self, asked: Asked) -> Select[Any]:
        """Return the rows asked for, unordered and unlimited."""
        return select(self.model).where(*asked.where)

    def page(self, asked: Asked, size: int = PAGE) -> Page:
        """Return the page that the cursor names: the same cost at any depth."""
        column, backwards = asked.sort_column, bool(asked.before)
        descending = asked.descending != backwards
        statement = self.statement(asked).options(*self.eager)
        cursor = _Cursor.read(asked.before or asked.after)
        if cursor is not None and not cursor.is_end:
            statement = statement.where(_beyond(column, self.model.id, cursor, descending))
        order = [part.desc() if descending else part.asc() for part in (column, self.model.id)]
        rows = reading.rows(statement.order_by(*order).limit(size + 1))
        more = len(rows) > size
        rows = rows[:size][:: -1 if backwards else 1]
        return self._placed(asked, rows, cursor, more)

    def _placed(self, asked: Asked, rows: list[Any], cursor: "_Cursor | None", more: bool) -> Page:
        backwards = bool(asked.before)
        at_start = not more if backwards else cursor is None
        at_end = (cursor is not None and cursor.is_end) if backwards else not more
        first = 1 if at_start else self._first(cursor, rows, backwards)
        key = asked.sort_column.key
        after = None if at_end or not rows else _Cursor.of(rows[-1], key, first + len(rows))
        before = None if at_start or not rows else _Cursor.of(rows[0], key, first)
        return Page(rows, first, before, after, at_start, at_end)

    @staticmethod
    def _first(cursor: "_Cursor | None", rows: list[Any], backwards: bool) -> int:
        if cursor is None or not cursor.place:
            return 0
        return max(cursor.place - len(rows), 1) if backwards else cursor.place

    def count(self, asked: Asked) -> int:
        """Count matching rows, at most COUNTED + 1 of them."""
        return self.counts((), asked)[1]

    def counts(
        self,
        tabs: Sequence[ListTab],
        asked: Asked | None = None,
        part: Sequence[ColumnElement[bool]] = (),
    ) -> tuple[dict[str, int], int]:
        """Count, in one statement, the rows of every tab and all that match ``asked``.

        Each count stops one row past TAB_COUNTED or COUNTED; a single tab is not counted. Tabs
        of a list that is drawn in ``part`` count what belongs to that part.
        """
        tabs = tabs if len(tabs) > 1 else ()
        parts: list[Any] = [*self._tab_parts(tabs, part)] if tabs else []
        if asked is not None:
            parts.append(self._counted(asked.where, COUNTED))
        found = reading.row(select(*parts)) if parts else ()
        by_tab = {tab.code: count for tab, count in zip(tabs, found, strict=False)}
        return by_tab, found[-1] if asked is not None else 0

    def _tab_parts(self, tabs: Sequence[ListTab], part: Sequence[ColumnElement[bool]]) -> list[Any]:
        """Return what counts the tabs; for those who see everything it is built only once."""
        is_kept = not part and not reading.scope(self.model)
        if self._kept_parts and is_kept:
            return self._kept_parts
        parts: list[Any] = [
            self._counted([*self.base_where, *part, *([] if tab.where is None else [tab.where])],
                          TAB_COUNTED)
            for tab in tabs
        ]  # fmt: skip
        if is_kept:
            self._kept_parts = parts
        return parts

    def _counted(self, where: Sequence[ColumnElement[bool]], most: int) -> ScalarSelect[int]:
        some = (
            select(literal(1))
            .select_from(self.model)
            .where(*where, *reading.scope(self.model))
            .limit(most + 1)
        )
        return select(func.count()).select_from(some.subquery()).scalar_subquery()

    def everything(self, asked: Asked, most: int) -> Iterator[Any]:
        """Yield matching rows in order, read in pages by key, up to ``most``."""
        given = 0
        asked.after = asked.before = ""
        while given < most:
            page = self.page(asked, size=min(1000, most - given))
            yield from page.rows
            given += len(page.rows)
            if page.at_end or page.after is None:
                return
            asked.after = page.after

    def ids(self, asked: Asked, most: int) -> list[int]:
        """Return the ids of matching rows in order, at most ``most`` of them."""
        column = asked.sort_column
        order = [
            part.desc() if asked.descending else part.asc() for part in (column, self.model.id)
        ]
        statement = select(self.model.id).where(*asked.where).order_by(*order).limit(most)
        return reading.rows(statement)

    def chosen(self, ids: Mapping[int, int], where: Sequence[ColumnElement[bool]]) -> list[Any]:
        """Return the rows with these ids, as far as they exist for the viewer."""
        statement = select(self.model).where(self.model.id.in_(ids), *where)
        return reading.rows(statement.options(*self.eager).order_by(self.model.id))


@dataclass(frozen=True)
class _Cursor:
    """Where a page begins: the sort value and id of its neighbour, and its place if known."""

    value: Any = None
    row_id: int = 0
    place: int = 0
    is_end: bool = False

    @classmethod
    def of(cls, row: Any, key: str, place: int) -> str:
        value = getattr(row, key)
        shown = value.isoformat() if isinstance(value, date | datetime) else value
        packed = json.dumps([shown, row.id, place], separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")

    @classmethod
    def read(cls, text: str) -> "_Cursor | None":
        if not text:
            return None
        if text == "end":
            return cls(is_end=True)
        try:
            padded = text + "=" * (-len(text) % 4)
            value, row_id, place = json.loads(base64.urlsafe_b64decode(padded))
            if not (0 <= int(row_id) <= HIGHEST_ID and 0 <= int(place) <= HIGHEST_ID):
                raise ValueError("no list has such a place")
            return cls(value, int(row_id), int(place))
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise DomainError(NO_PAGE) from error


def _beyond(
    column: InstrumentedAttribute[Any], key: Any, cursor: _Cursor, descending: bool
) -> ColumnElement[bool]:
    value = _typed(column, cursor.value)
    if descending:
        return and_(column <= value, or_(column < value, key < cursor.row_id))
    return and_(column >= value, or_(column > value, key > cursor.row_id))


def _typed(column: InstrumentedAttribute[Any], value: Any) -> Any:
    kind = column.type.python_type
    try:
        if kind in (date, datetime):
            found = kind.fromisoformat(value)
            return found.astimezone(UTC) if kind is datetime else found
        found = kind(value)
        str(found).encode()  # no half of a character
    except (ValueError, TypeError, OverflowError) as error:
        raise DomainError(NO_PAGE) from error
    if (kind is int and abs(found) > HIGHEST_ID) or (kind is str and "\0" in found):
        raise DomainError(NO_PAGE)
    return found
