"""The grid of an upload: its own rows with the error in the cell, put right where they stand."""

from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext, ngettext

from app.clock import now
from app.domain.imports import queries, service
from app.domain.imports.models import Import, ImportAction
from app.domain.imports.queries import GridAsked
from app.domain.imports.rules import DISCARDED, FINALISING, OPEN
from app.domain.imports.service import finalising
from app.domain.imports.targets import ordering, target_of
from app.domain.kernel.columns import HIGHEST_ID, row_id
from app.domain.kernel.permissions import Permission
from app.domain.orders import queries as orders
from app.errors import ConflictError, NotFoundError
from app.security.current import may
from app.security.guard import refusal_text
from app.views import imports_drawn as drawn
from app.views import imports_panels as panels
from app.views.base import PortalView, chosen_versions, fragment
from app.views.imports_drawn import Drawn, RowDrawer
from app.views.imports_guard import requires
from app.views.saving import saving

PAGE = 50
FINALISE = "finalise_import"
"""The kind of the job after which the order is shown."""
KNOWN_STATES = {code for code, _label, _name in drawn.STATES}


def asked_of(args: Any) -> GridAsked:
    """Read which rows of the grid an address asks for."""
    state = args.get("state", "")
    return GridAsked(
        state=state if state in KNOWN_STATES else "",
        field=args.get("field", "")[:40],
        raw=args["raw"][:200] if "raw" in args else None,
        search=args.get("q", "").strip()[:100],
        after=_place(args.get("after", "")),
        before=_place(args.get("before", "")),
        size=PAGE,
    )


def _place(text: str) -> int:
    return row_id(text) if text else 0


class ImportGridView(PortalView):
    """Requested Applications: rows, counts and what is to be done about them (A80 to A83)."""

    route_base = "/uploads"
    resource = "Applications"

    @expose("/<row(Import):upload>")
    @requires(Permission.VIEW_APPLICATIONS)
    def grid(self, upload: Import) -> ResponseReturnValue:
        """Show a page of rows; what is to be done about them comes in a second request."""
        asked = asked_of(request.args)
        counted = queries.counts(upload)
        page = _page(upload, asked, counted)
        return self.render_template("uploads/grid.html", page=page)

    @expose("/<row(Import):upload>/work")
    @requires(Permission.VIEW_APPLICATIONS)
    def work(self, upload: Import) -> ResponseReturnValue:
        """Show progress, what was done last, and one of the panels."""
        counted = queries.counts(upload)
        wanted = request.args.get("panel", "")
        shown = wanted if panels.offered(upload, wanted) else panels.first_needed(upload, counted)
        work = _work(upload, counted, shown)
        if request.headers.get("HX-Request") == "true":
            seen = request.args.get("seen", _seen(counted))
            if work["progress"] is None and seen != _seen(counted):
                return _lead_on(url_for("ImportGridView.grid", upload=upload))  # rows came since
            return fragment("uploads/_work.html", work=work)
        title = gettext(panels.PANELS[shown].label) if shown else gettext("What to do next")
        page = {"title": title, "crumbs": drawn.crumbs(upload, (title, None))}
        return self.render_template("uploads/work.html", page=page, work=work)

    @expose("/<row(Import):upload>/progress")
    @requires(Permission.VIEW_APPLICATIONS)
    def progress(self, upload: Import) -> ResponseReturnValue:
        """Say how far the work is; once it is done lead on: to the order, or to the rows anew."""
        found = queries.working(upload)
        if found is not None:
            progress = _progress(upload, found)
            if request.headers.get("HX-Request") == "true":
                return fragment("uploads/_progress_bar.html", progress=progress)
            page = {
                "title": progress["words"],
                "crumbs": drawn.crumbs(upload, (progress["words"], None)),
                "text": gettext("You may leave this page: it goes on by itself."),
            }
            return self.render_template("uploads/finalising.html", page=page, progress=progress)
        if request.args.get("was") == FINALISE:
            address = _ordered(upload) if ordering(upload) else _recorded(upload)
            return _lead_on(address)
        return _lead_on(url_for("ImportGridView.grid", upload=upload))

    @expose("/<row(Import):upload>/verify", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def verify(self, upload: Import) -> ResponseReturnValue:
        """Read every row anew and look for its person: fills the Valid column (A83)."""
        drawn.must_be_open(upload)
        with saving():
            service.verify(upload, now())
        return back(upload)

    @expose("/<row(Import):upload>/remove", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def remove(self, upload: Import) -> ResponseReturnValue:
        """Remove ticked rows; it can be undone."""
        drawn.must_be_open(upload)
        chosen = chosen_versions(request.form.getlist("chosen"))
        if not chosen:
            raise ConflictError(gettext("Tick at least one row first."))
        with saving():
            service.remove_rows(upload, drawn.rows_of(upload, chosen), now())
        return back(upload)

    @expose("/actions/<row(ImportAction):action>/undo", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def undo(self, action: ImportAction) -> ResponseReturnValue:
        """Undo something that was done to many rows, where nobody changed them since."""
        upload = queries.find_import(action.import_id)
        if upload is None:
            raise NotFoundError
        drawn.must_be_open(upload)
        with saving():
            count = service.undo(action, now())
        words = ngettext("%(num)d row stands as before.", "%(num)d rows stand as before.", count)
        flash(words, "success")
        return back(upload)


def _why_nothing(upload: Import) -> str:
    """Say why no row was ordered: who submitted may have lost the permission meanwhile."""
    lacking = [each for each in finalising.needed(upload) if not may(each)]
    if lacking:
        return f"{gettext('Nothing was ordered.')} {refusal_text(lacking[0])}"
    return gettext("Nothing was ordered: each row says what stands against it.")


def _seen(counted: Any) -> str:
    """Return in short what a page showed of the rows."""
    return f"{counted.valid}-{counted.error}-{counted.asks}-{counted.done}"


def _lead_on(address: str) -> ResponseReturnValue:
    """Lead to an address; htmx opens it as a page, so that what is flashed is seen there."""
    if request.headers.get("HX-Request") == "true":
        return Response(headers={"HX-Redirect": address, "Cache-Control": "no-store"})
    return redirect(address, 303)


def _ordered(upload: Import) -> str:
    """Say what was ordered; return where to see it."""
    if upload.order is not None and orders.figures_of(upload.order).lines:
        flash(gettext("The purchase was submitted."), "success")
        return url_for("OrdersView.show", row=upload.order_id)
    if upload.order is not None:
        flash(_why_nothing(upload), "warning")
    return url_for("ImportGridView.grid", upload=upload)


def _recorded(upload: Import) -> str:
    """Say of how many rows awards were made; return where to see them."""
    count = queries.counts(upload).done - upload.details.get(finalising.BEFORE, 0)
    if not count:
        flash(gettext("No award was made: each row says what stands against it."), "warning")
        return url_for("ImportGridView.grid", upload=upload)
    words = ngettext("%(num)d row is recorded in the awards awaiting issue.",
                     "%(num)d rows are recorded in the awards awaiting issue.", count)  # fmt: skip
    flash(words, "success")
    return url_for("AwardsView.list")


def back(upload: Import, panel: str | None = None) -> ResponseReturnValue:
    """Return to the grid of an upload, with a panel open above it."""
    return redirect(url_for("ImportGridView.grid", upload=upload, panel=panel), 303)


def _page(upload: Import, asked: GridAsked, counted: Any) -> Drawn:
    words = drawn.words_of(upload)
    found = queries.grid(upload, asked)
    drawer = RowDrawer(upload)
    may_fill = drawn.may_fill(upload.target) and drawn.is_open(upload)
    return {
        "id": upload.id,
        "title": gettext(target_of(upload).rows_title),
        "text": gettext("%(name)s, by %(who)s", name=upload.name, who=upload.created_by.full_name),
        "badge": drawn.badge(upload.state_shown),
        "crumbs": drawn.crumbs(upload),
        "may_fill": may_fill,
        "is_new": not counted.total,
        "words": {
            "add": gettext(words.add), "verify": gettext(words.verify),
            "finalise": gettext(words.finalise),
        },
        "urls": urls_of(upload),
        "here": request.full_path.rstrip("?"),
        "work_url": url_for("ImportGridView.work", upload=upload,
                            panel=request.args.get("panel") or None, seen=_seen(counted)),
        "panels": panels.tabs(upload, counted, None),
        "tabs": drawn.state_tabs(upload, counted, asked.state),
        "shares": drawn.shares(counted),
        "said": drawn.counted_in_words(counted),
        "q": asked.search,
        "hidden": [("state", asked.state)] if asked.state else [],
        "chips": _chips(upload, asked, drawer),
        "heads": drawer.heads,
        "rows": drawer.rows(found.rows),
        "pager": _pager(upload, asked, found),
        "valid": counted.valid,
        "empty": None if found.rows else _empty(upload, asked),
    }  # fmt: skip


def urls_of(upload: Import) -> Drawn:
    """Return where the buttons of the grid lead."""
    names = ("add", "verify", "remove", "finalise")
    views = {"add": "ImportRowsView", "finalise": "ImportFinaliseView"}
    found = {
        name: url_for(f"{views.get(name, 'ImportGridView')}.{name}", upload=upload)
        for name in names
    }
    return found | {"files": url_for("ImportGridView.work", upload=upload, panel=panels.FILES)}


def _chips(upload: Import, asked: GridAsked, drawer: RowDrawer) -> list[Drawn]:
    chips = []
    if asked.search:
        without = url_for("ImportGridView.grid", upload=upload, state=asked.state or None)
        chips.append({"label": f"“{asked.search}”", "remove_href": without})
    if asked.field:
        label = next((h.label for h in drawer.heads if h.name == asked.field), asked.field)
        raw = gettext("empty") if not asked.raw else f"“{asked.raw}”"
        without = url_for("ImportGridView.grid", upload=upload, state=asked.state or None,
                          q=asked.search or None)  # fmt: skip
        chips.append({"label": f"{label}: {raw}", "remove_href": without})
    return chips


def _pager(upload: Import, asked: GridAsked, found: Any) -> Drawn | None:
    if not found.rows or (found.before is None and found.after is None):
        return None
    kept: dict[str, Any] = {"state": asked.state, "field": asked.field, "q": asked.search}
    kept = {name: value for name, value in kept.items() if value}
    if asked.raw is not None:
        kept["raw"] = asked.raw

    def at(**place: Any) -> str:
        return url_for("ImportGridView.grid", upload=upload, **kept, **place)

    first, last = found.rows[0].row.number, found.rows[-1].row.number
    more = found.after is not None and asked.before != HIGHEST_ID
    return {
        "text": gettext("Rows %(first)s to %(last)s", first=f"{first:,}", last=f"{last:,}"),
        "start": at() if found.before is not None else None,
        "before": at(before=found.before) if found.before is not None else None,
        "after": at(after=found.after) if more else None,
        "end": at(before=HIGHEST_ID) if more else None,
    }


def _empty(upload: Import, asked: GridAsked) -> Drawn:
    actions = []
    icon, title = "table-import", gettext("No rows yet")
    text = gettext("Bring a spreadsheet, or add one by hand.")
    if queries.working(upload) is not None:
        icon, text = "loader", gettext("They appear here as soon as the file has been read.")
    if asked.search or asked.field or asked.state:
        icon, title = "search-off", gettext("No such rows")
        text = gettext("No row of this upload is so.")
        href = url_for("ImportGridView.grid", upload=upload)
        actions = [{"label": gettext("Show all rows"), "icon": "x", "href": href}]
    return {"icon": icon, "title": title, "text": text, "actions": actions}


def _work(upload: Import, counted: Any, shown: str | None) -> Drawn:
    working, last = queries.working(upload), queries.last_action(upload)
    open_panel = panels.PANELS[shown] if shown else None
    may_fill = drawn.may_fill(upload.target) and drawn.is_open(upload)
    return {
        "progress": _progress(upload, working) if working else None,
        "banner": _banner(upload),
        "undo": {
            "text": gettext("%(said)s %(who)s, %(at)s", said=last.said, who=last.done_by,
                            at=drawn.moment(last.done_at)),
            "href": url_for("ImportGridView.undo", action=last),
        } if last is not None and may_fill else None,
        "panels": panels.tabs(upload, counted, shown),
        "panel": open_panel.draw(upload) if open_panel else None,
        "is_whole": open_panel is not None and open_panel.is_whole,
        "back": url_for("ImportGridView.grid", upload=upload),
        "finalise": url_for("ImportFinaliseView.finalise", upload=upload)
        if may_fill and counted.valid and not counted.error and not counted.asks else None,
        "finalise_label": gettext(drawn.words_of(upload).finalise),
        "valid": counted.valid,
    }  # fmt: skip


def _progress(upload: Import, found: Any) -> Drawn:
    url = url_for("ImportGridView.progress", upload=upload, was=found.kind)
    return {"url": url, "words": gettext(found.words), "done": found.done, "total": found.total}


def _banner(upload: Import) -> Drawn | None:
    """Say why an upload cannot be changed at present."""
    if upload.state == OPEN.code:
        return None
    if upload.state == FINALISING.code:
        return {
            "tone": "work", "icon": "loader", "title": gettext("Being finalised"), "href": None,
            "text": gettext("%(name)s is at it. What is left can be changed again afterwards.",
                            name=upload.finaliser or gettext("A colleague")),
        }  # fmt: skip
    if upload.state == DISCARDED.code:
        return {"tone": "off", "icon": "trash", "title": gettext("Discarded"), "href": None,
                "text": gettext("Restore it in the list of uploads to go on with it.")}  # fmt: skip
    href = url_for("OrdersView.show", row=upload.order_id) if upload.order_id else None
    link = gettext("See the order")
    if not ordering(upload):
        href, link = url_for("AwardsView.list"), gettext("See the awards")
    return {"tone": "ok", "icon": "circle-check", "title": gettext("All rows are finalised"),
            "text": gettext(drawn.words_of(upload).then), "href": href, "link": link}  # fmt: skip
