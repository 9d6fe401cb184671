"""A document made by the workers, as the tests of the verify pages bring it before them."""

import io
from collections.abc import Mapping
from dataclasses import dataclass

import pypdfium2
from flask import Flask

from app.domain.awards.models import IssuedDocument
from app.domain.awards.rules import RecordType
from app.domain.kernel.viewer import SYSTEM, Viewer, seen_by
from app.extensions import db
from app.storage import storage_of
from app.transaction import transaction
from tests.support.documents import Inside, issued

HOLDER = "Zoë Ann O’Brien-Łukasz"


@dataclass(frozen=True)
class Paper:
    """A document as strangers meet it: its number, what its code says, its file."""

    id: int
    reference: str
    address: str
    holder: str
    title: str
    pdf: bytes

    @property
    def road(self) -> str:
        """The path that its code leads to."""
        return "/V/" + self.address.rpartition("/V/")[2]


def papers(
    portal: Flask, inside: Inside, provider: Viewer, staff: Viewer, *surnames: str
) -> list[Paper]:
    """Issue certificates by the services and workers; return them."""
    ids = issued(
        portal, inside, provider, staff, *surnames, types=frozenset({RecordType.CERTIFICATE})
    )
    with portal.app_context(), seen_by(SYSTEM):
        return [_paper(portal, db.session.get_one(IssuedDocument, each)) for each in ids]


def _paper(portal: Flask, document: IssuedDocument) -> Paper:
    assert document.file is not None, document.failure
    pdf = storage_of(portal.config).get(document.file.key)
    return Paper(
        document.id, document.reference, document.address, document.holder, document.title, pdf
    )


def told(portal: Flask, paper: Paper, values: Mapping[str, object]) -> None:
    """Let the facts of a document say something else, as services would have made them say."""
    with portal.app_context(), seen_by(SYSTEM), transaction():
        from app.domain.awards.models import VerificationFact

        fact = db.session.get_one(VerificationFact, paper.reference)
        for name, value in values.items():
            setattr(fact, name, value)


def photo(paper: Paper, scale: float = 2.0, form: str = "PNG") -> bytes:
    """Return the first page of a document as a picture."""
    with pypdfium2.PdfDocument(paper.pdf) as pdf:
        page = pdf[0]
        picture = page.render(scale=scale).to_pil().convert("RGB")
    out = io.BytesIO()
    picture.save(out, form)
    return out.getvalue()
