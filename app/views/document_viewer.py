"""The Document Viewer: pages of a document as pictures, and the selector of its siblings (D28)."""

from io import BytesIO
from typing import Any

from flask import Response, make_response, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext

from app.clock import now
from app.domain.awards.models import IssuedDocument
from app.domain.awards.queries import records
from app.domain.awards.service import exporting
from app.domain.kernel.permissions import Permission
from app.errors import NotFoundError
from app.security.guard import requires
from app.transaction import transaction
from app.views import cells, frame
from app.views import document_cells as parts
from app.views import document_files as files
from app.views.base import PortalView
from app.views.declared import address_of

ZOOMS = (100, 150, 200)
"""Widths of a page in hundredths of the viewer's."""
CREDENTIAL = "application/vc"
"""The media type of a signed credential, by the data model of verifiable credentials."""
VIEWER, FRAGMENT = "documents/viewer.html", "documents/_viewer.html"


class DocumentViewerView(PortalView):
    """Shows documents; with scripts over the page that one was on, else as a page of its own."""

    resource = "Documents"
    route_base = "/document-viewer"

    @expose("/<row(IssuedDocument):document>/<string:side>")
    @requires(Permission.VIEW_DOCUMENTS)
    def viewer(self, document: IssuedDocument, side: str) -> ResponseReturnValue:
        """Show one page of a document, as ``page`` and ``zoom`` of the address ask."""
        if side not in files.SIDES:
            raise NotFoundError
        count = files.count_pages(document, side)
        shown = _shown(document, side, count)
        frame.stands_at("JobsIssuedView.list" if side == files.PAPER else "RecordsView.list")
        is_sheet = request.headers.get("HX-Request") == "true"
        template = FRAGMENT if is_sheet else VIEWER
        response = make_response(self.render_template(template, viewer=shown, page=_page(shown)))
        response.headers["Cache-Control"] = "no-store"
        response.headers["Vary"] = "HX-Request"
        return response

    @expose("/<row(IssuedDocument):document>/<string:side>/<int:page>.webp")
    @requires(Permission.VIEW_DOCUMENTS)
    def picture(self, document: IssuedDocument, side: str, page: int) -> Response:
        """Give one page as a picture."""
        large = request.args.get("large") == "1"
        response = make_response(files.picture(document, side, page, large=large))
        response.mimetype = "image/webp"
        response.headers["Cache-Control"] = "no-store"
        return response

    @expose("/<row(IssuedDocument):document>/download")
    @requires(Permission.VIEW_DOCUMENTS)
    def download(self, document: IssuedDocument) -> Response:
        """Give the sealed PDF, and note in its history who took it."""
        return _given(document, files.sealed(document), "application/pdf", "pdf")

    @expose("/<row(IssuedDocument):document>/credential")
    @requires(Permission.VIEW_DOCUMENTS)
    def credential(self, document: IssuedDocument) -> Response:
        """Give the verifiable credential of a certificate, and note in its history who took it."""
        return _given(document, files.credential(document), CREDENTIAL, "json")


def _given(document: IssuedDocument, content: bytes, media_type: str, end: str) -> Response:
    """Return bytes of a document to be kept by whoever asked, whom its history names."""
    with transaction():
        exporting.note_download(document, now())
    name = f"{document.reference}.{end}"
    response = send_file(BytesIO(content), media_type, as_attachment=True, download_name=name)
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(shown: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": shown["title"],
        "crumbs": [
            (gettext("Dashboard"), url_for("DashboardView.home")),
            (gettext("Records"), url_for("RecordsView.list")),
            (shown["holder"], shown["record_href"]),
            (gettext("Document Viewer"), None),
        ],
    }


def _shown(document: IssuedDocument, side: str, count: int) -> dict[str, Any]:
    """Return a document as documents/_viewer.html draws it."""
    page = min(max(request.args.get("page", 1, type=int), 1), count)
    zoom = request.args.get("zoom", ZOOMS[0], type=int)
    zoom = zoom if zoom in ZOOMS else ZOOMS[0]

    def at(of: int = document.id, *, to_page: int = page, to_zoom: int = zoom) -> str:
        return url_for(
            "DocumentViewerView.viewer", document=of, side=side, page=to_page, zoom=to_zoom
        )

    place = ZOOMS.index(zoom)
    siblings = records.issued_siblings(document)
    kind = parts.type_of(document)
    return {
        "title": f"{document.holder} ({document.title})",
        "holder": document.holder,
        "text": f"{kind} {document.reference}",
        "badge": cells.badge(document.state_shown),
        "is_paper": side == files.PAPER,
        "siblings": [
            {"label": parts.type_of(each), "note": each.reference, "current": each is document,
             "href": at(each.id, to_page=1)}
            for each in siblings
        ],
        "page": page,
        "pages": count,
        "zoom": zoom,
        "previous": at(to_page=page - 1) if page > 1 else None,
        "next": at(to_page=page + 1) if page < count else None,
        "smaller": at(to_zoom=ZOOMS[place - 1]) if place else None,
        "larger": at(to_zoom=ZOOMS[place + 1]) if place + 1 < len(ZOOMS) else None,
        "picture": url_for(
            "DocumentViewerView.picture", document=document.id, side=side, page=page,
            large="1" if zoom > ZOOMS[0] else None,
        ),
        "alt": gettext("Page %(page)s of %(pages)s: %(kind)s of %(name)s, %(title)s",
                       page=page, pages=count, kind=kind, name=document.holder,
                       title=document.title),
        "record_href": address_of("RecordsView.show", document.id),
        "download_href": url_for("DocumentViewerView.download", document=document.id),
        "report_href": url_for("ReportsView.about_document", document=document.id),
    }  # fmt: skip
