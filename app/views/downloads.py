"""Downloads: the exports of one's own organisation, and how each download went (D38 to D44)."""

from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import Any

from flask import Flask, Response, current_app, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext, ngettext

from app.clock import now
from app.domain.awards import rules
from app.domain.awards.models import ExportFile
from app.domain.awards.queries import records
from app.domain.awards.service import exporting
from app.domain.kernel import reading
from app.domain.kernel.columns import row_id
from app.domain.kernel.permissions import Permission
from app.domain.kernel.viewer import PRINTER, seen_by
from app.domain.kernel.words import N_
from app.errors import ConflictError
from app.security import current
from app.security.guard import requires
from app.storage import storage_of
from app.transaction import transaction
from app.views import cells
from app.views import document_cells as parts
from app.views.base import Column, Filter, ListTab, PortalModelView, fragment
from app.views.declared import address_of

Drawn = list[dict[str, Any]]
KINDS = {"documents": N_("Documents"), "print": N_("Print file")}
ADDRESS_SECONDS = 120
"""For so long the address of a file in a bucket lets a download begin."""


def _status(export: ExportFile) -> cells.Cell:
    if export.state == rules.EXPORT_PENDING.code:
        share = gettext("%(done)s of %(all)s packed", done=f"{export.packed:,}",
                        all=f"{export.count:,}")  # fmt: skip
        return cells.badge(export.state_shown, sub=share)
    return cells.badge(export.state_shown, sub=export.failure or None)


def _fetched(export: ExportFile) -> cells.Cell:
    """Say whether an export was downloaded, and whether that reached its end (D43)."""
    if export.fetched_at is None:
        return cells.text(gettext("Not downloaded"))
    ending = {True: gettext("Successful"), False: gettext("Interrupted"), None: gettext("Begun")}
    return cells.text(ending[export.fetched_whole], sub=cells.moment(export.fetched_at).text)


class DownloadsView(PortalModelView):
    """What was exported: being made, ready, failed or expired."""

    datamodel = SQLAInterface(ExportFile)
    route_base = "/downloads"
    resource = "Documents"
    permission = Permission.EXPORT_DOCUMENTS
    title = N_("Downloads")
    text = N_(
        "Downloaded documents are not for sharing with learners: they are for internal audit and "
        "regulatory purposes only. Learners see their own in the Learner Portal."
    )
    crumb = N_("Downloads")
    has_record = False
    list_template = "documents/downloads.html"
    default_sort = "-created_at"
    base_where = (ExportFile.is_removed.is_(False),)
    columns = (
        Column(N_("Name"),
               lambda e: cells.lead(
                   e.name, sub=ngettext("%(num)d document", "%(num)d documents", e.count))),
        Column(N_("Description"), lambda e: cells.text(e.description)),
        Column(N_("Type"), lambda e: cells.text(gettext(KINDS[e.kind]))),
        Column(N_("Status"), _status),
        Column(N_("Created on"), lambda e: cells.moment(e.created_at), ExportFile.created_at),
        Column(N_("ExpirationTime"), lambda e: cells.moment(e.expires_at)),
        Column(N_("Downloaded"), _fetched),
    )  # fmt: skip
    filters = (
        Filter("name", N_("Name"), "text",
               lambda v: ExportFile.name.icontains(v, autoescape=True)),
        Filter("state", N_("Status"), "select", lambda v: ExportFile.state == v,
               lambda: [(each.code, gettext(each.label)) for each in rules.EXPORT.states]),
    )  # fmt: skip

    def drawn(self, asked: Any, page: Any) -> dict[str, Any]:
        """Return the list, with what is being made now and what was just removed."""
        found = super().drawn(asked, page)
        return found | {"progress": _progress(), "undo": self._undo()}

    def _undo(self) -> dict[str, str] | None:
        removed = request.args.get("removed", type=row_id)
        found: ExportFile | None = reading.find(ExportFile, removed) if removed else None
        if found is None or not found.is_removed:
            return None
        return {
            "text": gettext("“%(name)s” was removed from the list.", name=found.name),
            "action": url_for("DownloadsView.restore", export=found.id),
        }

    def row_actions(self, row: ExportFile, tab: ListTab) -> Drawn:
        """Offer what can be done with an export as it stands."""
        report = parts.icon(
            "message-report", gettext("Report an Issue"),
            address_of("ReportsView.about_export", row.id, argument="export"),
        )  # fmt: skip
        drawn = []
        if row.state == rules.EXPORT_COMPLETED.code:
            href = address_of("DownloadsView.fetch", row.id, argument="export")
            drawn.append(parts.icon("download", gettext("Download"), href))
        if row.state == rules.EXPORT_FAILED.code:
            href = address_of("DownloadsView.retry", row.id, argument="export")
            drawn.append(parts.icon("refresh", gettext("Try again"), href, post=True))
        if row.state in (rules.EXPORT_FAILED.code, rules.EXPORT_EXPIRED.code):
            href = address_of("DownloadsView.remove", row.id, argument="export")
            drawn.append(parts.icon("x", gettext("Remove"), href, post=True, stop=True))
        return [*drawn, report]

    def empty(self, tab: ListTab) -> dict[str, Any]:
        """Say where downloads come from."""
        return super().empty(tab) | {
            "icon": "download",
            "title": gettext("Nothing to download yet"),
            "text": gettext("Tick records and choose Export: the file appears here."),
            "actions": [
                {"label": gettext("Records"), "icon": "certificate",
                 "href": url_for("RecordsView.list")}
            ],
        }  # fmt: skip

    # Handlers ----------------------------------------------------------------------------------

    @expose("/progress")
    @requires(Permission.EXPORT_DOCUMENTS)
    def progress(self) -> ResponseReturnValue:
        """Give anew how far the exports are that are being made."""
        return fragment("documents/_packing.html", progress=_progress(), is_polled=True)

    @expose("/<row(ExportFile):export>/file")
    @requires(Permission.EXPORT_DOCUMENTS)
    def fetch(self, export: ExportFile) -> ResponseReturnValue:
        """Give the file, and note how the download ends; a bucket gives it by itself."""
        if export.state != rules.EXPORT_COMPLETED.code or export.file is None:
            state = gettext(export.state_shown.label).lower()
            raise ConflictError(
                gettext("This export cannot be downloaded: it is %(state)s.", state=state)
            )
        file, export_id = export.file, export.id
        key, name = file.key, file.name
        storage = storage_of(current_app.config)
        address, path = storage.url(key, ADDRESS_SECONDS, name), storage.local_path(key)
        with transaction():
            exporting.note_fetch(export, now())
        if address is not None:
            response = redirect(address)
        else:
            response = send_file(
                path or BytesIO(storage.get(key)), exporting.ZIP, as_attachment=True,
                download_name=name, conditional=True, etag=key, max_age=0,
            )  # fmt: skip
            _watch(response, export_id)
        response.headers["Cache-Control"] = "no-store"
        return response

    @expose("/<row(ExportFile):export>/retry", methods=["POST"])
    @requires(Permission.EXPORT_DOCUMENTS)
    def retry(self, export: ExportFile) -> ResponseReturnValue:
        """Make a failed export again."""
        with transaction():
            exporting.retry(export, at=now())
        flash(gettext("“%(name)s” is being made again.", name=export.name), "success")
        return redirect(url_for("DownloadsView.list"), 303)

    @expose("/<row(ExportFile):export>/remove", methods=["POST"])
    @requires(Permission.EXPORT_DOCUMENTS)
    def remove(self, export: ExportFile) -> ResponseReturnValue:
        """Take a failed or expired export off the list; it can be put back."""
        with transaction():
            exporting.remove(export)
        return redirect(url_for("DownloadsView.list", removed=export.id), 303)

    @expose("/<row(ExportFile):export>/restore", methods=["POST"])
    @requires(Permission.EXPORT_DOCUMENTS)
    def restore(self, export: ExportFile) -> ResponseReturnValue:
        """Put an export that was removed back on the list."""
        with transaction():
            exporting.restore(export)
        return redirect(url_for("DownloadsView.list"), 303)


def _progress() -> dict[str, Any] | None:
    """Return how far the exports are that are being made, or None when none is."""
    place = current.viewer().organisation_id
    rows = [
        {"name": each.name, "done": each.packed, "total": each.count}
        for each in records.unfinished_exports(place)
    ]
    return {"rows": rows, "url": url_for("DownloadsView.progress")} if rows else None


# How a download ends -----------------------------------------------------------------------------


class _Counted:
    """Passes pieces on and counts their bytes; says at the end how many there were.

    A server closes what it sent from, be it to its end or not: the response's own hooks are not
    asked where a file is passed through.
    """

    def __init__(self, pieces: Iterable[bytes], tell: Callable[[int], None]) -> None:
        self._pieces = pieces
        self._tell: Callable[[int], None] | None = tell
        self._given = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self._given += len(piece)
            yield piece

    def close(self) -> None:
        """Close what is read from, and tell once how much of it was given."""
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()
        tell, self._tell = self._tell, None
        if tell is not None:
            tell(self._given)


def _watch(response: Response, export_id: int) -> None:
    """Note, once the server is through with a response, whether it was given to its end (D43).

    Of a download that was resumed, the last piece decides; one that asks for a piece in the
    middle says nothing about the end.
    """
    expected = response.content_length
    if request.method != "GET" or expected is None or response.status_code not in (200, 206):
        return
    span = response.content_range
    if span is not None and span.stop is not None and span.stop != span.length:
        return
    portal: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy

    def note(given: int) -> None:
        with portal.app_context(), seen_by(PRINTER), transaction():
            exporting.note_fetched(export_id, whole=given == expected)

    response.response = _Counted(response.response, note)  # type: ignore[arg-type]  # bytes of a file
