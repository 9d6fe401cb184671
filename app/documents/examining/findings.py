"""What an examination found; plain values, for whoever shows them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

RECORD = "record_type"
"""What the data of each document of ours has, and other attached data has not."""


class FileKind(StrEnum):
    """What was uploaded."""

    PDF = "pdf"
    PICTURE = "picture"


class SealFinding(StrEnum):
    """What the seal of a file is worth. Only `OURS_INTACT` proves anything."""

    NONE = "none"
    """No seal at all: every picture, and a PDF that was printed or saved anew."""
    OURS_INTACT = "ours_intact"
    """Sealed by one of our keys, and every byte outside the seal is what was sealed."""
    OURS_ALTERED_AFTER = "ours_altered_after"
    """Our seal fits a part of the file; something was added behind it or written into it."""
    OURS_BROKEN = "ours_broken"
    """A seal of ours that does not fit this file."""
    FOREIGN = "foreign"
    """Sealed by a key that is not ours, whatever name it bears."""
    UNREADABLE = "unreadable"
    """There may be a seal, but the file is too damaged to say."""


def clean(text: str) -> str:
    """Return a stranger's text without control characters, which no page or database takes."""
    return "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in text)


@dataclass(frozen=True, kw_only=True)
class Seal:
    """The seal of one file.

    ``key_id`` is the id of ours that the certificate has, or empty. ``signer`` is the name in the
    certificate: anybody may write any name into theirs, so show it only as what is claimed.
    """

    finding: SealFinding
    key_id: str = ""
    signer: str = ""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of text on a page; ``box`` is left, bottom, right, top in points.

    A ``hidden`` line is in the file but not in the picture of the page: painted over, white on
    white, or drawn invisibly.
    """

    page: int
    text: str
    box: tuple[float, float, float, float]
    hidden: bool = False


@dataclass(frozen=True, kw_only=True)
class Examination:
    """Everything that one uploaded file says about itself. All texts are a stranger's."""

    kind: FileKind
    sha256: str
    size: int
    pages: int = 0
    codes: tuple[str, ...] = ()
    seal: Seal = field(default_factory=lambda: Seal(finding=SealFinding.NONE))
    attached: Mapping[str, object] | None = None
    lines: tuple[Line, ...] = ()

    @property
    def words(self) -> str:
        """What a reader of the pages sees."""
        return "\n".join(line.text for line in self.lines if not line.hidden)

    def is_same_file(self, sha256: str) -> bool:
        """Return whether this is byte for byte the file with this digest.

        An intact seal does not say so: a signature has places that it does not cover itself.
        """
        return self.sha256 == sha256.lower()


class Source(StrEnum):
    """Where the file says something else."""

    PAGE = "page"
    ATTACHMENT = "attachment"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A field that the file does not give as it was issued.

    ``field`` is the path in the issued data, such as ``person.full_name``; ``found`` is what the
    file has in its place, cut to a length that can be shown, or empty where it has nothing. It
    never holds the issued value.
    """

    field: str
    found: str
    source: Source
