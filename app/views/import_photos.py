"""Photos of an import: brought as pictures or a zip, matched to rows, cut anew, removed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import SEEK_END
from typing import Any

from flask import Response, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext, ngettext
from markupsafe import Markup
from werkzeug.datastructures import FileStorage

from app.clock import now
from app.domain.imports import photo_reads, photos, service
from app.domain.imports.models import Import, ImportPhoto, ImportRow
from app.domain.imports.photos import Brought, Kept, Upload
from app.domain.kernel.columns import row_id
from app.domain.kernel.cropping import read_box
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_
from app.errors import ConflictError, DomainError, FieldErrors, NotFoundError, StaleError
from app.forms.subjects import summary
from app.jobs.import_photos import prepare
from app.security.guard import requires
from app.sheets.reading import is_of_files, safe_name
from app.storage import storage_of
from app.storage.photos import MAX_BYTES, cut, is_picture
from app.views import import_photos_shown as shown
from app.views import imports_drawn as drawn
from app.views.base import PortalView, fragment
from app.views.imports_files import TAKERS, Taker
from app.views.imports_panels import PANELS, PHOTOS, Panel
from app.views.photos import send
from app.views.saving import saving

SOON = 3
"""So many pictures are read while their sender waits; more, and zips, by a job."""
NAMED = ("jpg", "jpeg", "jfif", "png", "webp", "heic", "heif", "gif", "bmp", "tif", "tiff")
CHANGED = {"HX-Trigger": "hm-photos"}
"""Tells the rest of a page that rows may have other photos now."""


@dataclass(frozen=True)
class Arrived:
    """What was brought: how many were read at once, and whether a job reads them."""

    count: int
    later: bool

    @property
    def words(self) -> str:
        """Say what happens to them."""
        if self.later:
            return gettext("The photos are being read. You can go on working meanwhile.")
        return ngettext("%(num)d photo was added.", "%(num)d photos were added.", self.count)


def takes(upload: FileStorage) -> bool:
    """Tell whether an upload is a picture or a zip of files, not a spreadsheet."""
    ending = _named(upload).rpartition(".")[2].casefold()
    head = upload.stream.read(64)
    upload.stream.seek(0)
    is_zip = ending == "zip" and is_of_files(upload.stream)
    upload.stream.seek(0)
    return is_zip or ending in NAMED or is_picture(head)


def bring_images(import_: Import, uploads: Sequence[FileStorage], once: str = "") -> Arrived:
    """Take pictures and zips of them into an import; opens its own transaction.

    ``once`` is the token of the form, where that is not used up already; a picture is made once
    in any case. What is wrong with one stands in the list of photos. Raise ConflictError unless
    the import is open.
    """
    photos.refuse_unless_open(import_)
    uploads = [each for each in uploads if each.filename]
    if not uploads:
        raise ConflictError(gettext("Choose at least one photo, or a zip of photos."))
    later = len(uploads) > SOON or any(_begins_as_zip(each) for each in uploads)
    work = _put_off(import_, uploads) if later else _taken(import_, uploads)
    with saving():
        is_first = not once or photos.once(once, work)
        if not once or (later and not is_first):
            work()  # what the storage keeps by now is read, and forgotten once it was read
    return Arrived(len(uploads), later)


def _put_off(import_: Import, uploads: Sequence[FileStorage]) -> Callable[[], str]:
    storage = storage_of(current_app.config)
    kept = [Upload(_named(each), storage.put(each.stream), _size(each)) for each in uploads]

    def work() -> str:
        photos.bring_later(import_, kept, now())
        return ""

    return work


def _taken(import_: Import, uploads: Sequence[FileStorage]) -> Callable[[], str]:
    brought = [_read(each) for each in uploads]

    def work() -> str:
        photos.bring(import_, brought, now())
        service.match_photos(import_, now())
        return ""

    return work


def _read(upload: FileStorage) -> Brought:
    size = _size(upload)
    data = upload.stream.read(MAX_BYTES + 1)
    return prepare(storage_of(current_app.config), _named(upload), data, size)


def _named(upload: FileStorage) -> str:
    return safe_name(upload.filename or "") or "photo"


def _size(upload: FileStorage) -> int:
    upload.stream.seek(0, SEEK_END)
    size = upload.stream.tell()
    upload.stream.seek(0)
    return size


def _begins_as_zip(upload: FileStorage) -> bool:
    head = upload.stream.read(2)
    upload.stream.seek(0)
    return head == b"PK"


def panel(import_: Import) -> Markup | None:
    """Return the panel of the photos of an import; None where its rows have none."""
    if import_.target not in photos.TAKING:
        return None
    found = shown.drawn_panel(import_, undo=_removed(import_))
    return Markup(render_template("imports/_photos.html", panel=found))  # noqa: S704  # our template


def thumbnails(rows: Sequence[ImportRow]) -> dict[int, dict[str, str]]:
    """Return for rows with a photo its ``url``, ``crop_url`` and ``name``: the column Image."""
    return {
        row: {
            "url": shown.image_url(photo),
            "crop_url": url_for("ImportPhotosView.crop", photo=photo.id),
            "name": photo.name,
        }
        for row, photo in photo_reads.photos_by_row(rows).items()
    }


def _removed(import_: Import) -> ImportPhoto | None:
    """Return the photo that was removed just now, for the undo bar."""
    removed = request.args.get("removed", type=row_id)
    found = photo_reads.find_photo(removed) if removed else None
    if found is None or found.import_id != import_.id or found.removed_at is None:
        return None
    return found


class ImportPhotosView(PortalView):
    """The photos of an import."""

    resource = "Applications"
    route_base = "/import-photos"

    # Reading -----------------------------------------------------------------------------------

    @expose("/of/<row(Import):import_>")
    @requires(Permission.FILL_IN_APPLICATIONS)
    def index(self, import_: Import) -> ResponseReturnValue:
        """Show the photos of an import on a page of their own, or its panel to htmx."""
        if import_.target not in photos.TAKING:
            raise NotFoundError
        if request.headers.get("HX-Request") == "true":
            return self._panel(import_)
        title = gettext("Photos")
        page = {
            "title": title,
            "text": import_.name,
            "crumbs": drawn.crumbs(import_, (title, None)),
            "all_url": url_for(f"{self.endpoint}.index", import_=import_.id),
            "is_part": bool(request.args.get("show")),
        }
        found = shown.drawn_panel(import_, undo=_removed(import_))
        return self.render_template("imports/photos.html", page=page, panel=found)

    @expose("/of/<row(Import):import_>/progress")
    @requires(Permission.FILL_IN_APPLICATIONS)
    def progress(self, import_: Import) -> ResponseReturnValue:
        """Say how far the reading is; once it is done, have the panel drawn again."""
        return fragment(
            "imports/_photos_reading.html",
            reading=shown.drawn_reading(import_),
            done_url=url_for(f"{self.endpoint}.index", import_=import_.id),
        )

    @expose("/of/<row(Import):import_>/rows")
    @requires(Permission.FILL_IN_APPLICATIONS)
    def rows(self, import_: Import) -> ResponseReturnValue:
        """Return rows to choose from, as JSON for the look-up."""
        found = photo_reads.rows_like(import_, request.args.get("q", "")[:100])
        return jsonify(results=[{"value": row.id, "text": shown.named(row)} for row in found])

    @expose("/<row(ImportPhoto):photo>/image")
    @requires(Permission.FILL_IN_APPLICATIONS)
    def image(self, photo: ImportPhoto) -> ResponseReturnValue:
        """Send the prepared photo."""
        return send(photo.photo)

    @expose("/<row(ImportPhoto):photo>/source")
    @requires(Permission.FILL_IN_APPLICATIONS)
    def source(self, photo: ImportPhoto) -> ResponseReturnValue:
        """Send the whole picture."""
        return send(photo.source)

    # Changing ----------------------------------------------------------------------------------

    @expose("/of/<row(Import):import_>/bring", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def bring(self, import_: Import) -> ResponseReturnValue:
        """Add photos to an import (A85)."""
        try:
            arrived = bring_images(
                import_, request.files.getlist("photos"), request.form.get("once", "")
            )
        except DomainError as error:
            return self._refused(import_, error)
        return self._done(import_, arrived.words)

    @expose("/of/<row(Import):import_>/clear", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def clear(self, import_: Import) -> ResponseReturnValue:
        """Take every file out of the list that cannot be used."""
        return self._change(import_, lambda: photos.remove_refused(import_, now()))

    @expose("/<row(ImportPhoto):photo>/row", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def row(self, photo: ImportPhoto) -> ResponseReturnValue:
        """Give a photo to the row that somebody chose, or take it off its row."""
        wanted = None if "take_off" in request.form else _chosen_row(photo)
        version = request.form.get("version", 0, type=int)
        return self._change(photo.import_, lambda: photos.choose_row(photo, wanted, version, now()))

    @expose("/<row(ImportPhoto):photo>/remove", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def remove(self, photo: ImportPhoto) -> ResponseReturnValue:
        """Take a photo out, which can be undone."""
        version = request.form.get("version", 0, type=int)
        return self._change(
            photo.import_, lambda: photos.remove(photo, version, now()), removed=photo
        )

    @expose("/<row(ImportPhoto):photo>/restore", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def restore(self, photo: ImportPhoto) -> ResponseReturnValue:
        """Bring a removed photo back."""
        return self._change(photo.import_, lambda: photos.restore(photo, now()))

    @expose("/<row(ImportPhoto):photo>/crop", methods=["GET", "POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def crop(self, photo: ImportPhoto) -> ResponseReturnValue:
        """Choose the part of the picture that becomes the photo."""
        if photo.source is None:
            raise ConflictError(gettext("This file is no photo that can be used."))
        photos.refuse_unless_open(photo.import_)
        if request.method == "GET":
            return self._crop_page(photo, {}, {})
        try:
            _cut(photo)
        except FieldErrors as error:
            return self._crop_page(photo, request.form, error.errors), error.status
        except StaleError as error:
            return self._crop_page(photo, {}, {"": error.text}), error.status
        flash(gettext("The photo “%(name)s” was cut anew.", name=photo.name), "success")
        return redirect(url_for(f"{self.endpoint}.index", import_=photo.import_id), 303)

    # Answers -----------------------------------------------------------------------------------

    def _crop_page(
        self, photo: ImportPhoto, raw: Mapping[str, str], errors: Mapping[str, str]
    ) -> str:
        back = url_for(f"{self.endpoint}.index", import_=photo.import_id)
        title = gettext("Cut the photo")
        page = {
            "title": title,
            "text": photo.name if photo.row is None else f"{photo.name} · {shown.named(photo.row)}",
            "crumbs": drawn.crumbs(photo.import_, (gettext("Photos"), back), (title, None)),
            "errors": summary({f"crop-{k}" if k else "": text for k, text in errors.items()}),
            "hidden": [("version", photo.version)],
            "back": back,
        }
        crop = shown.drawn_crop(photo, raw, errors)
        return str(self.render_template("imports/crop.html", page=page, crop=crop))

    def _change(
        self, import_: Import, work: Callable[[], Any], *, removed: ImportPhoto | None = None
    ) -> ResponseReturnValue:
        try:
            with saving():
                changed = work()
                if isinstance(changed, list):
                    service.follow_photos(import_, changed, now())
        except NotFoundError:
            raise
        except DomainError as error:
            return self._refused(import_, error)
        return self._done(import_, removed=removed)

    def _done(
        self, import_: Import, words: str = "", *, removed: ImportPhoto | None = None
    ) -> ResponseReturnValue:
        if request.headers.get("HX-Request") == "true":
            return self._panel(import_, notice=words, undo=removed), 200, CHANGED
        if words:
            flash(words, "success")
        # An argument that is None is left out of the address.
        gone = removed.id if removed is not None else None
        return redirect(url_for(f"{self.endpoint}.index", import_=import_.id, removed=gone), 303)

    def _refused(self, import_: Import, error: DomainError) -> ResponseReturnValue:
        if request.headers.get("HX-Request") == "true":
            return self._panel(import_, notice=error.text), error.status
        raise error

    def _panel(
        self, import_: Import, *, notice: str = "", undo: ImportPhoto | None = None
    ) -> Response:
        found = shown.drawn_panel(import_, undo=undo, notice=notice)
        return fragment("imports/_photos.html", panel=found)


def _chosen_row(photo: ImportPhoto) -> ImportRow:
    """Return the row that the form names; raise NotFoundError for one that is not offered."""
    wanted = request.form.get("row", type=row_id)
    if wanted is None:
        raise ConflictError(gettext("Choose a row first."))
    found = photo_reads.find_row(wanted)
    if found is None or found.import_id != photo.import_id:
        raise NotFoundError
    return found


def _cut(photo: ImportPhoto) -> None:
    """Cut the photo as the form says; the picture is read and written outside the transaction."""
    assert photo.source is not None
    facts, key = photo.source.facts, photo.source.key
    box = read_box(request.form, facts["width"], facts["height"])
    storage = storage_of(current_app.config)
    made = cut(storage.get(key), box)
    kept = Kept(
        key=storage.put(made.jpeg), size=len(made.jpeg), width=made.width, height=made.height
    )
    with saving():
        photos.crop(photo, box, kept, request.form.get("version", 0, type=int), now())


PANELS[PHOTOS] = Panel(
    label=N_("Photos"),
    icon="photo",
    draw=panel,
    needed=lambda import_: import_.target in photos.TAKING and drawn.may_fill(import_.target),
    is_whole=True,
)
TAKERS.append(Taker(takes, bring_images))
drawn.PICTURES.append(thumbnails)
