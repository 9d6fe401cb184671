"""The bytes of documents for pages that show them: the sealed PDF, its paper view, its pages."""

from flask import current_app
from flask_babel import gettext

from app.documents.examining.preview import Preview, pages_as_pictures
from app.documents.workshop import DocumentRefusedError, Recipe, workshop_of
from app.domain.awards.models import IssuedDocument
from app.domain.awards.queries import records
from app.domain.kernel.tables import StoredFile
from app.errors import ConflictError, NotFoundError
from app.storage import StoredFileDamagedError, StoredFileMissingError, storage_of

DIGITAL, PAPER = "digital", "paper"
SIDES = (DIGITAL, PAPER)
PLAIN_DPI, LARGE_DPI = 110, 220
COUNT_ONLY = (0,)
"""No page has this number: nothing is drawn, the pages are only counted."""


def sealed(document: IssuedDocument) -> bytes:
    """Return the sealed PDF of a document; raise NotFoundError for one that was not made."""
    if document.file is None:
        raise NotFoundError(gettext("This document has not been made yet."))
    return _stored(document, document.file)


def credential(document: IssuedDocument) -> bytes:
    """Return the signed credential of a certificate; raise NotFoundError where there is none."""
    if document.credential is None:
        raise NotFoundError(gettext("This document has no credential."))
    return _stored(document, document.credential)


def _stored(document: IssuedDocument, file: StoredFile) -> bytes:
    try:
        return storage_of(current_app.config).get(file.key)
    except (StoredFileMissingError, StoredFileDamagedError) as error:
        current_app.logger.exception("The file of document %s cannot be read", document.id)
        raise NotFoundError(
            gettext("The file of this document cannot be read. Please report an issue with it.")
        ) from error


def pdf_of(document: IssuedDocument, side: str) -> bytes:
    """Return a document as PDF: its sealed bytes, or for paper without what the paper carries.

    The paper side is set on demand from the frozen data, by the version of the template that
    made the document. Raise NotFoundError for another side.
    """
    if side == DIGITAL:
        return sealed(document)
    if side == PAPER:
        return _on_paper(document)
    raise NotFoundError


def _on_paper(document: IssuedDocument) -> bytes:
    if document.file_id is None:
        raise NotFoundError(gettext("This document has not been made yet."))
    recipe = Recipe(
        id=document.id, source=records.template_of(document), content=document.content,
        code=document.code, status_list=None, status_index=None,
    )  # fmt: skip
    try:
        return workshop_of(current_app.config).paper_view(recipe, document.address)
    except DocumentRefusedError as error:
        current_app.logger.exception("The paper view of document %s failed", document.id)
        raise ConflictError(gettext("The paper view of this document cannot be drawn.")) from error


def count_pages(document: IssuedDocument, side: str) -> int:
    """Return how many pages a document has."""
    return pages_as_pictures(pdf_of(document, side), pages=COUNT_ONLY).pages


def picture(document: IssuedDocument, side: str, page: int, *, large: bool) -> bytes:
    """Return a page as WebP; raise NotFoundError for a page that it does not have."""
    dpi = LARGE_DPI if large else PLAIN_DPI
    found: Preview = pages_as_pictures(pdf_of(document, side), dpi=dpi, pages=[page])
    if not found.pictures:
        raise NotFoundError
    return found.pictures[0]
