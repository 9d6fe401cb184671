"""Photos: taken in by a form, kept until it is saved, and sent to those who may see them."""

from dataclasses import dataclass
from io import SEEK_END
from typing import Any

from flask import Response, current_app, request
from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from app.domain.kernel import tickets
from app.domain.kernel.reading import find
from app.domain.kernel.tables import StoredFile
from app.domain.people import service
from app.errors import ConflictError, NotFoundError
from app.security import current
from app.storage import StoredFileMissingError, storage_of
from app.storage.photos import MAX_BYTES, prepare_photo
from app.transaction import transaction

TICKET = "uploaded photo"
ACCEPTED = "image/jpeg,image/png,image/webp"


@dataclass(frozen=True)
class Uploaded:
    """A photo that was uploaded but belongs to nobody yet; the form carries its ticket."""

    file_id: int
    ticket: str


def take_in(upload: FileStorage) -> Uploaded:
    """Keep an uploaded photo at once, so that it survives whatever the form still lacks.

    Raise PhotoRefusedError in words for what is no usable photo.
    """
    upload.stream.seek(0, SEEK_END)
    size = upload.stream.tell()
    upload.stream.seek(0)
    photo = prepare_photo(upload.stream.read(MAX_BYTES + 1), size=size)
    key = storage_of(current_app.config).put(photo.jpeg)
    with transaction():
        stored = service.keep_photo(
            key,
            name=upload.filename or "photo.jpg",
            size=len(photo.jpeg),
            width=photo.width,
            height=photo.height,
        )
        file_id = stored.id
    secret = current_app.config["SECRET_KEY"]
    return Uploaded(file_id, tickets.issue(secret, TICKET, current.viewer(), file_id))


def carried(ticket: str) -> Uploaded | None:
    """Return the photo that a form carries, None for a ticket that is blank, old or forged."""
    secret, viewer = current_app.config["SECRET_KEY"], current.viewer()
    try:
        file_id = tickets.redeem(secret, TICKET, viewer, ticket, seconds=tickets.HOURS_12)
    except ConflictError:
        return None
    return Uploaded(int(file_id), ticket)


def drawn_upload(error: str | None, preview: str | None) -> dict[str, Any]:
    """Return the field that takes a photo, as macros/form.html has it."""
    return {
        "id": "photo",
        "name": "photo",
        "label": gettext("Photo"),
        "kind": "upload",
        "hint": gettext("JPEG, PNG or WebP, at most 10 MB; it is cut to 35 by 45 mm"),
        "error": error,
        "accept": ACCEPTED,
        "preview_url": preview,
    }


def file_of(uploaded: Uploaded | None) -> StoredFile:
    """Return the stored file of an upload; raise NotFoundError when it is not the viewer's."""
    found: StoredFile | None = find(StoredFile, uploaded.file_id) if uploaded else None
    if found is None:
        raise NotFoundError
    return found


def send(stored: StoredFile | None) -> Response:
    """Send a photo to somebody who was let in: never from a public path, never cached by others."""
    if stored is None:
        raise NotFoundError
    response = Response(mimetype=stored.media_type)
    response.set_etag(stored.key)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Disposition"] = "inline"
    if not response.is_streamed and request.if_none_match.contains(stored.key):
        response.status_code = 304
        return response
    try:
        response.set_data(storage_of(current_app.config).get(stored.key))
    except StoredFileMissingError as error:
        raise NotFoundError(gettext("This photo is no longer stored. Upload it again.")) from error
    return response
