"""Tell whose seal a PDF bears and whether it fits, as one line of JSON.

Run by its path with ``python -I`` and the SHA-256 digests of the certificates that are ours; its
parent sets limits. Nothing is fetched and no chain is followed: a certificate is ours or it is
not, also long after it has expired, since a seal must hold as long as the document does.
"""

import hashlib
import io
import json
import os
import re
import sys
from itertools import islice
from typing import Any, BinaryIO

from asn1crypto import cms
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_sig_integrity
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

SEALS = 20
LONGEST_NAME = 200
DIGESTS = ("sha256", "sha384", "sha512")
LONGEST_BEGINNING = 64 * 2**20
_RANGE = re.compile(rb"/ByteRange\s*\[\s*0\s+\d{1,10}\s+(\d{1,10})\s+(\d{1,10})\s*\]")
_HEXADECIMAL = re.compile(rb"<([0-9a-f]+|[0-9A-F]+)>")

INTACT, ALTERED, BROKEN = "ours_intact", "ours_altered_after", "ours_broken"
FOREIGN, UNREADABLE, NONE = "foreign", "unreadable", "none"
_TOLD_FIRST = (ALTERED, BROKEN, INTACT, FOREIGN, UNREADABLE)
"""Of several seals the first of these is told: an intact one of ours is alone in its file."""


def finding_of(file: BinaryIO, ours: set[str]) -> dict[str, Any]:
    """Return what the seals of the file are worth, with certificate and name of the one told."""
    try:
        said = told_of(file, ours)
    except MemoryError:
        raise
    except Exception:  # a stranger's bytes fail pyHanko in any way there is
        said = {"finding": UNREADABLE}
    if said.get("finding") in (NONE, UNREADABLE):
        return told_of_beginning(file, ours) or said
    return said


def told_of_beginning(file: BinaryIO, ours: set[str]) -> dict[str, Any] | None:
    """Return that the file begins with a whole document of ours, behind which something was added.

    What was added may hide the seal from whoever reads the file from its end, as all programs do.
    """
    file.seek(0)
    whole = file.read()
    for found in islice(_RANGE.finditer(whole), SEALS):
        end = int(found[1]) + int(found[2])
        if not found.end() < end < min(len(whole), LONGEST_BEGINNING):
            continue
        try:
            said = told_of(io.BytesIO(whole[:end]), ours)
        except MemoryError:
            raise
        except Exception:  # noqa: S112  # likewise
            continue
        if said.get("finding") in (INTACT, ALTERED):
            return {**said, "finding": ALTERED}
    return None


def told_of(file: BinaryIO, ours: set[str]) -> dict[str, Any]:
    """Return what the seals are worth that the file itself leads to."""
    reader = PdfFileReader(file, strict=False)
    if reader.encrypted:
        return {"refused": "encrypted"}
    found: list[dict[str, Any]] = []
    for name, value, field in enumerate_sig_fields(reader):
        if value is None:
            continue
        if len(found) == SEALS:
            break
        found.append(judged(reader, field.get_object(), name, ours))
    if not found:
        return {"finding": NONE}
    return min(found, key=lambda one: _TOLD_FIRST.index(one["finding"]))


def judged(reader: PdfFileReader, field: Any, name: str, ours: set[str]) -> dict[str, Any]:
    """Return what one seal is worth."""
    try:
        signature = EmbeddedPdfSignature(reader, field, name)
        certificate = signature.signer_cert
        digest = hashlib.sha256(certificate.dump()).hexdigest()
        signer = str(certificate.subject.native.get("common_name", ""))[:LONGEST_NAME]
    except MemoryError:
        raise
    except Exception:  # a stranger's bytes fail pyHanko in any way there is
        return {"finding": UNREADABLE}
    if digest not in ours:
        return {"finding": FOREIGN, "signer": signer}
    said = {"certificate": digest, "signer": signer}
    try:
        return {**said, "finding": worth(signature)}
    except MemoryError:
        raise
    except Exception:  # likewise
        return {**said, "finding": BROKEN}


def worth(signature: EmbeddedPdfSignature) -> str:
    """Return how a seal with a certificate of ours fits the file.

    Intact is the file in which the seal covers all but its own place, and in that place stands the
    signature as it is written by us, with nothing in the room that was kept for it.
    """
    stream = signature.reader.stream
    size = stream.seek(0, os.SEEK_END)
    covered = [int(number) for number in signature.byte_range]
    if len(covered) != 4 or covered[0] or not 0 < covered[1] < covered[2] or covered[3] <= 0:
        return BROKEN
    if covered[2] + covered[3] > size or not is_ours(signature):
        return BROKEN
    whole = covered[2] + covered[3] == size
    return INTACT if whole and is_as_written(signature, covered[1], covered[2]) else ALTERED


def is_ours(signature: EmbeddedPdfSignature) -> bool:
    """Return whether the signature fits the bytes it names and its certificate's key made it."""
    signer = signature.signer_info
    if signature.signed_data["encap_content_info"]["content_type"].native != "data":
        return False
    if signature.md_algorithm not in DIGESTS or not len(signer["signed_attrs"]):
        return False
    digest = signature.compute_digest()
    try:
        checks = validate_sig_integrity(signer, signature.signer_cert, "data", digest)
    except SignatureValidationError:
        return False
    return all(checks)


def is_as_written(signature: EmbeddedPdfSignature, start: int, end: int) -> bool:
    """Return whether the place of the seal holds the signature, then zeros, and nothing else."""
    stream = signature.reader.stream
    stream.seek(start)
    place = stream.read(end - start)
    if not _HEXADECIMAL.fullmatch(place):
        return False
    held = bytes.fromhex(place[1:-1].decode("ascii"))
    message = cms.ContentInfo.load(held).dump()
    return bool(held == message.ljust(len(held), b"\0"))


def main() -> None:
    """Answer with the finding, or with why the file is refused."""
    try:
        with open("/dev/fd/0", "rb") as file:
            said = finding_of(file, set(sys.argv[1:]))
    except MemoryError:
        os._exit(3)
    json.dump(said, sys.stdout)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
