"""A generated list as its class declares it, drawn for portal/list.html."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

from flask import url_for
from flask_appbuilder import BaseView
from flask_appbuilder.baseviews import BaseCRUDView
from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy import ColumnElement

from app.domain.kernel import saved_filters
from app.domain.kernel.permissions import Permission, resources
from app.domain.kernel.search import Search
from app.errors import NotFoundError
from app.sheets import export
from app.views import cells
from app.views.listing import (
    COUNTED,
    PAGE,
    SELECTABLE,
    TAB_COUNTED,
    Asked,
    Column,
    Filter,
    Listing,
    ListTab,
    Page,
)

Drawn = list[dict[str, Any]]
Trail = list[tuple[str, str | None]]


class PortalView(BaseView):
    """A view of one resource: it lists all permissions of the resource, as FAB wants it."""

    resource: ClassVar[str]

    def __init__(self, **values: Any) -> None:
        self.class_permission_name = self.resource
        self.base_permissions = {p.fab_name for p in resources()[self.resource]}
        super().__init__(**values)


@dataclass(frozen=True, slots=True)
class DrawnRow:
    """A row as portal/list.html draws it."""

    key: str
    name: str
    href: str | None
    cells: Sequence[cells.Cell | str]
    actions: Sequence[dict[str, Any]]
    expand: dict[str, str] | None
    chosen: bool = False


class DeclaredList(PortalView, BaseCRUDView):
    """What a generated list declares, and how it is drawn.

    FAB keeps the model's interface and the registry of permissions; its forms, widgets and
    handlers are not used: they load whole relations, share filters between threads and leak
    rows on several roads.
    """

    permission: ClassVar[Permission]
    title: str
    text: ClassVar[str] = ""
    columns: ClassVar[tuple[Column, ...]]
    tabs: ClassVar[tuple[ListTab, ...]] = (ListTab("all", ""),)
    default_sort: ClassVar[str]
    search: ClassVar[Search | None] = None
    search_hint: ClassVar[str] = ""
    filters: ClassVar[tuple[Filter, ...]] = ()
    eager: ClassVar[tuple[Any, ...]] = ()
    base_where: ClassVar[tuple[ColumnElement[bool], ...]] = ()
    crumb: ClassVar[str] = ""
    has_record: ClassVar[bool] = True
    most_selected: ClassVar[int] = SELECTABLE
    """Rows that "select all that match" may take."""
    list_template = "portal/list.html"
    record_template = "portal/record.html"

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        assert self.datamodel is not None
        self.listing = Listing(
            self.datamodel.obj,
            base_where=self.base_where,
            eager=self.eager,
            search=self.search,
            filters=self.filters,
        )

    def _init_forms(self) -> None:
        """Make none of FAB's forms: they query whole relations."""

    def _init_titles(self) -> None:
        """Keep the declared title: FAB would say "List Organisation Detail"."""

    def _init_properties(self) -> None:
        self.search_columns = ["id"]
        self.list_columns = ["id"]
        super()._init_properties()

    # What a subclass may add -------------------------------------------------------------------

    def head_actions(self, tab: ListTab) -> Drawn:
        """Return buttons at the head of the list: {label, href, icon, primary}."""
        return []

    def row_actions(self, row: Any, tab: ListTab) -> Drawn:
        """Return the icons of a row: {icon, label, href, method, stop, dialog}."""
        return []

    def bulk(self, tab: ListTab) -> Drawn:
        """Return what may be done with ticked rows: {label, icon, href, primary}."""
        return []

    def below(self, tab: ListTab) -> Markup | None:
        """Return what stands below the table, inside the selection form."""
        return None

    def enter(self, tab: ListTab) -> str | None:
        """Return where Enter in a field of the panel below sends the form."""
        return None

    def expand(self, row: Any, tab: ListTab) -> str | None:
        """Return the address of what the plus sign opens in place, or None."""
        return None

    def prepare(self, rows: list[Any]) -> None:
        """Fetch what the cells of a page need besides the rows, in one statement each."""

    def empty(self, tab: ListTab) -> dict[str, Any]:
        """Return what an empty list says: {icon, title, text, actions}."""
        return {
            "icon": "inbox",
            "title": gettext("Nothing here yet"),
            "text": gettext("What belongs here appears as soon as there is something."),
            "actions": [],
        }

    def row_name(self, row: Any) -> str:
        """Return how a row is called aloud."""
        return str(row)

    def row_href(self, row: Any) -> str | None:
        """Return where a row's record stands; None when there is no record page."""
        return self.row_address(row, "show") if self.has_record else None

    def row_address(self, row: Any, handler: str, **values: str) -> str:
        """Return where a handler of one row stands; its pattern is looked up once."""
        return address_of(f"{self.endpoint}.{handler}", row.id, **values)

    def record(self, row: Any) -> dict[str, Any]:
        """Return what the record page shows, in the shape of portal/record.html.

        Raise NotFoundError where rows have no record page.
        """
        raise NotFoundError

    # The list, drawn ---------------------------------------------------------------------------

    def asked(self, args: Any) -> Asked:
        """Read what the address or a posted form asks of this list."""
        return self.listing.asked(args, self.tabs, self.columns, self.default_sort)

    def list_address(self, **parameters: Any) -> str:
        """Return where this list stands, asked for what ``parameters`` say."""
        return url_for(f"{self.endpoint}.list", **parameters)

    def part(self) -> Sequence[ColumnElement[bool]]:
        """Return what limits the list where it is drawn on another page: tabs count no more."""
        return ()

    def address(self, asked: Asked, **changes: str | None) -> str:
        """Return the address of this list with other parameters."""
        return self.list_address(**asked.parameters(**changes))

    def drawn(self, asked: Asked, page: Page) -> dict[str, Any]:
        """Return the list in the shape of portal/list.html."""
        tab, bulk = asked.tab, self.bulk(asked.tab)
        title = gettext(tab.title or self.title)
        whole = page.at_start and page.at_end
        by_tab, count = self.listing.counts(self.tabs, None if whole else asked, self.part())
        count = len(page.rows) if whole else count
        return {
            "title": title,
            "text": gettext(tab.text or self.text) if tab.text or self.text else None,
            "crumbs": self.crumbs(title),
            "actions": self.head_actions(tab),
            "tabs": self._tabs(asked, by_tab),
            "q": asked.q,
            "search_hint": gettext(self.search_hint) if self.search_hint else None,
            "searchable": self.search is not None,
            "hidden": [("tab", tab.code), ("sort", asked.sort)],
            "filters": self._filters_drawn(asked),
            "chips": self._chips(asked),
            "clear_href": self.list_address(tab=tab.code),
            "saved": self.saved_drawn(asked),
            "exports": self._exports(asked),
            "columns": self._heads(asked),
            "rows": [self._row(row, asked) for row in page.rows],
            "selectable": bool(bulk),
            "bulk": bulk,
            "matching": {"count": min(count, self.most_selected), "text": _capped(count)},
            "pager": self._pager(asked, page, count),
            "empty": self._nothing(asked),
            "enter": self.enter(tab),
            "below": self.below(tab) if page.rows else None,
        }

    def crumbs(self, title: str) -> Trail:
        """Return the trail from the dashboard to this page."""
        trail: Trail = [(gettext("Dashboard"), url_for("DashboardView.home"))]
        if self.crumb and gettext(self.crumb) != title:
            trail.append((gettext(self.crumb), url_for(f"{self.endpoint}.list")))
        return [*trail, (title, None)]

    def _tabs(self, asked: Asked, counts: Mapping[str, int]) -> Drawn:
        return [
            {
                "label": gettext(tab.label),
                "href": self.list_address(tab=tab.code),
                "count": f"{TAB_COUNTED}+" if counts[tab.code] > TAB_COUNTED else counts[tab.code],
                "current": tab is asked.tab,
            }
            for tab in self.tabs
            if counts
        ]

    def keep(self, asked: Asked) -> dict[str, str]:
        """Return what a saved filter keeps of what is asked."""
        return asked.kept()

    def saved_drawn(self, asked: Asked) -> dict[str, Any]:
        """Return what saving a filter needs; those saved are fetched when their menu is opened."""
        values: Any = {"list_of": type(self).__name__, **asked.kept()}
        return {
            "hidden": list(values.items()),
            "new_href": url_for("SavedFiltersView.new", **values),
            "menu_url": url_for("SavedFiltersView.menu", **values),
            "save_url": url_for("SavedFiltersView.save"),
            "remove_url": url_for("SavedFiltersView.remove"),
        }

    def saved_rows(self, asked: Asked) -> Drawn:
        """Return the filters that the reader saved for this list: {id, label, href, current}."""
        kept = self.keep(asked)
        return [
            {
                "id": each.id,
                "label": each.name,
                "href": self.list_address(**each.asked),
                "current": each.asked == kept,
            }
            for each in saved_filters.of_list(type(self).__name__)
        ]

    def _filters_drawn(self, asked: Asked) -> Drawn:
        return [
            {
                "name": f"f_{each.name}",
                "label": gettext(each.label),
                "kind": each.kind,
                "value": asked.filters.get(each.name, ""),
                "options": [*each.options()] if each.options else [],
                "error": asked.errors.get(each.name),
            }
            for each in self.filters
        ]

    def _chips(self, asked: Asked) -> Drawn:
        chips = [
            {
                "label": f"{gettext(each.label)}: {_shown(each, asked.filters[each.name])}",
                "remove_href": self.address(asked, **{f"f_{each.name}": None}),
            }
            for each in self.filters
            if each.name in asked.filters and each.name not in asked.errors
        ]
        if asked.q:
            chips.insert(0, {"label": f"“{asked.q}”", "remove_href": self.address(asked, q=None)})
        return chips

    def _exports(self, asked: Asked) -> Drawn:
        return [
            {
                "label": gettext(form.label),
                "icon": form.icon,
                "href": url_for(f"{self.endpoint}.export", form=name, **asked.parameters()),
            }
            for name, form in export.FORMS.items()
        ]

    def _heads(self, asked: Asked) -> Drawn:
        heads = []
        for column in asked.columns:
            state, href = None, None
            if column.sort is not None:
                on = asked.sort.removeprefix("-") == column.key
                state = ("descending" if asked.descending else "ascending") if on else "none"
                turned = f"-{column.key}" if state == "ascending" else column.key
                href = self.address(asked, sort=turned)
            heads.append(
                {"label": gettext(column.label), "sort": state, "href": href,
                 "right": column.right, "cls": ""}
            )  # fmt: skip
        return heads

    def _row(self, row: Any, asked: Asked) -> DrawnRow:
        opened = self.expand(row, asked.tab)
        return DrawnRow(
            key=f"{row.id}:{getattr(row, 'version', 0)}",
            name=self.row_name(row),
            href=self.row_href(row),
            cells=[column.cell(row) for column in asked.columns],
            actions=self.row_actions(row, asked.tab),
            expand={"url": opened} if opened else None,
        )

    def _pager(self, asked: Asked, page: Page, count: int) -> dict[str, Any]:
        last = page.first + len(page.rows) - 1
        if not page.first and page.at_end and count <= COUNTED:
            last = count
        first = last - len(page.rows) + 1 if last > 0 else 0
        where = f"{first:,} – {last:,}" if first > 0 else gettext("the last %(n)s", n=PAGE)
        start = None if page.at_start else self.address(asked)
        end = None if page.at_end else self.address(asked, before="end")
        return {
            "text": gettext("%(rows)s of %(total)s", rows=where, total=_capped(count)),
            "start": start,
            "before": self.address(asked, before=page.before) if page.before else None,
            "after": self.address(asked, after=page.after) if page.after else None,
            "end": end,
        }

    def _nothing(self, asked: Asked) -> dict[str, Any]:
        if asked.q or asked.filters:
            return {
                "icon": "search-off",
                "title": gettext("Nothing matches"),
                "text": gettext("Check the spelling, or take a filter away."),
                "actions": [
                    {
                        "label": gettext("Clear all"),
                        "icon": "x",
                        "href": self.list_address(tab=asked.tab.code),
                    }
                ],
            }
        return self.empty(asked.tab)


_ANY = "2147483647"
"""Stands for a row's id in an address that is looked up once."""


def address_of(endpoint: str, row_id: int, *, argument: str = "row", **values: str) -> str:
    """Return where a handler of one row stands; its pattern is looked up once."""
    return _pattern(endpoint, argument, tuple(values.items())).replace(_ANY, str(row_id))


@lru_cache(maxsize=512)
def _pattern(endpoint: str, argument: str, given: tuple[tuple[str, str], ...]) -> str:
    values: dict[str, Any] = {**dict(given), argument: int(_ANY)}
    return url_for(endpoint, **values)


def _capped(count: int) -> str:
    return f"{COUNTED:,}+" if count > COUNTED else f"{count:,}"


def _shown(each: Filter, text: str) -> str:
    options = dict(each.options()) if each.options else {}
    if each.kind == "yesno":
        options = {"yes": gettext("Yes"), "no": gettext("No")}
    return options.get(text, text)
