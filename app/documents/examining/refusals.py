"""Why an uploaded file was not examined, in words that whoever holds it can act on."""

from __future__ import annotations

from app.domain.kernel.words import N_, say
from app.errors import DomainError


class ExaminationRefusedError(DomainError):
    """The file cannot be examined; nothing of it was kept."""

    status = 422
    words = N_("This file cannot be examined.")

    def __init__(self, text: str = "") -> None:
        super().__init__(text or say(self.words))


class EmptyFileError(ExaminationRefusedError):
    """Not one byte."""

    words = N_("This file is empty: it has 0 bytes. Save or download the document again.")


class FileTooBigError(ExaminationRefusedError):
    """More bytes than are examined."""

    status = 413

    def __init__(self, size: int, most: int) -> None:
        super().__init__(
            say(
                "This file has %(size)s MB; at most %(most)s MB are examined. Our documents are "
                "far smaller: upload the file as it was issued, or a photo of its code.",
                size=-(-size // 2**20),
                most=most // 2**20,
            )
        )


class NotAPdfOrPictureError(ExaminationRefusedError):
    """Something else, whatever its name says."""

    words = N_(
        "This file is neither a PDF nor a picture, whatever its name says. Upload the PDF as it "
        "was issued, or a photo of the document as JPEG, PNG or WebP."
    )


class SvgError(ExaminationRefusedError):
    """A drawing written as XML, which could carry anything."""

    words = N_(
        "This file is a drawing (SVG), which is not examined. Upload the PDF as it was issued, or "
        "a photo of the document as JPEG, PNG or WebP."
    )


class HeicError(ExaminationRefusedError):
    """The format in which telephones keep photos."""

    words = N_(
        "This photo is in the HEIC format, which cannot be read here. On an iPhone choose "
        "Settings, Camera, Formats, “Most Compatible” and take it again, or take a screenshot of "
        "the photo and upload that."
    )


class AnimatedPictureError(ExaminationRefusedError):
    """Several pictures in one file."""

    words = N_(
        "This picture moves: it holds several pictures one after another. Upload a single photo "
        "of the document."
    )


class PictureTooLargeError(ExaminationRefusedError):
    """More pixels than are decoded."""

    words = N_(
        "This picture has more pixels than are examined. Make it smaller, to at most 6,000 by "
        "4,000, or photograph only the code."
    )


class EncryptedPdfError(ExaminationRefusedError):
    """Protected by a password, be it only against changes."""

    words = N_(
        "This PDF is protected by a password or against changes. We issue documents without "
        "protection: upload the file as it was issued, or a photo of its code."
    )


class TooMuchInsideError(ExaminationRefusedError):
    """A small file that unpacks to far too much."""

    words = N_(
        "Unpacked, this file is far larger than a document can be, so it was not examined "
        "further. Upload the file as it was issued, or a photo of its code."
    )


class PageTooLargeError(ExaminationRefusedError):
    """A page that no printer could print."""

    words = N_(
        "A page of this PDF is more than five metres wide or high, or has no size at all. None of "
        "our documents is: upload the file as it was issued, or a photo of its code."
    )


class TooManyPagesError(ExaminationRefusedError):
    """A book."""

    words = N_(
        "This PDF has more than 300 pages. Our documents have few: take the one you want to check "
        "out of the bundle, or upload a photo of its code."
    )


class TooSlowError(ExaminationRefusedError):
    """The child ran out of time."""

    words = N_(
        "Examining this file took too long and was stopped. Upload the file as it was issued, or "
        "a photo of its code."
    )


class DamagedFileError(ExaminationRefusedError):
    """It begins as a PDF or picture, but cannot be read."""

    words = N_(
        "This file is damaged: it begins like a PDF or a picture but cannot be opened. Download "
        "the document again, or upload a photo of its code."
    )


class BusyError(ExaminationRefusedError):
    """Too many files are being examined already."""

    status = 503
    words = N_(
        "Many documents are being examined just now. Try again in a minute, or type the number "
        "of the document in."
    )
