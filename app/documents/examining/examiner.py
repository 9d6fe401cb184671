"""Examine one uploaded file: what it is, what it says, and whose seal it bears."""

from __future__ import annotations

import hashlib
import json
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from app.documents.examining import limits
from app.documents.examining.beginnings import kind_of
from app.documents.examining.findings import (
    RECORD,
    Examination,
    FileKind,
    Line,
    Seal,
    SealFinding,
    clean,
)
from app.documents.examining.process import Child
from app.documents.examining.refusals import (
    BusyError,
    DamagedFileError,
    EmptyFileError,
    FileTooBigError,
)

_gate = threading.BoundedSemaphore(limits.AT_ONCE)


def examine(stream: IO[bytes], *, pinned: Mapping[str, bytes | str]) -> Examination:
    """Return what an uploaded PDF or picture says; the stream is read from where it stands.

    ``pinned`` maps the id of each seal key of ours, old ones too, to its certificate as PEM.
    Raise an `ExaminationRefusedError` with a sentence if the file cannot be examined. Nothing is
    fetched, and at most two files at once are examined by one process of the portal.
    """
    ours = {fingerprint(pem): key_id for key_id, pem in pinned.items()}
    with _copied(stream) as (file, sha256, size), _turn():
        file.seek(0)
        kind = kind_of(file.read(limits.HEAD))
        file.seek(0)
        if kind is FileKind.PICTURE:
            with Child("look", file, [kind]) as looking:
                codes = _codes(looking.answer())
            return Examination(kind=kind, sha256=sha256, size=size, codes=codes)
        said, seal = _pdf(file, ours)
    return Examination(
        kind=kind,
        sha256=sha256,
        size=size,
        pages=said["pages"],
        codes=_codes(said),
        seal=seal,
        attached=_data(said["attached"]),
        lines=tuple(_line(line) for line in said["lines"]),
    )


def _pdf(file: IO[bytes], ours: Mapping[str, str]) -> tuple[dict[str, Any], Seal]:
    """Have two children look at the file at the same time, each for what it can be trusted with.

    Each opens the file anew, so neither moves the other's place in it.
    """
    with Child("look", file, [FileKind.PDF]) as looking, Child("seal", file, [*ours]) as checking:
        return looking.answer(), _seal(checking, ours)


def _seal(checking: Child, ours: Mapping[str, str]) -> Seal:
    try:
        said = checking.answer()
    except DamagedFileError:
        return Seal(finding=SealFinding.UNREADABLE)
    return Seal(
        finding=SealFinding(said["finding"]),
        key_id=ours.get(said.get("certificate", ""), ""),
        signer=clean(said.get("signer", "")),
    )


def fingerprint(pem: bytes | str) -> str:
    """Return the SHA-256 of a certificate, by which a child knows it."""
    certificate = x509.load_pem_x509_certificate(pem.encode() if isinstance(pem, str) else pem)
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()


def _codes(said: dict[str, Any]) -> tuple[str, ...]:
    return tuple(clean(code) for code in said["codes"])


def _line(said: dict[str, Any]) -> Line:
    left, bottom, right, top = said["box"]
    return Line(
        page=said["page"],
        text=clean(said["text"]),
        box=(left, bottom, right, top),
        hidden=said["hidden"],
    )


def _data(attached: Sequence[Mapping[str, str]]) -> Mapping[str, object] | None:
    """Return the attached object of JSON that is a record of ours, or else the first of any kind.

    A document also carries its credential, which is checked elsewhere, by its own proof.
    """
    found = []
    for one in attached:
        try:
            data = json.loads(one["text"])
            json.dumps(data, ensure_ascii=False).encode()  # half a letter is in no alphabet
        except (ValueError, RecursionError):
            continue
        if isinstance(data, dict):
            found.append(data)
    return next((data for data in found if RECORD in data), found[0] if found else None)


@contextmanager
def _copied(stream: IO[bytes]) -> Iterator[tuple[IO[bytes], str, int]]:
    """Give a file that a child can be handed, with its digest and size, both counted here."""
    digest = hashlib.sha256()
    size = 0
    with tempfile.TemporaryFile() as file:
        while piece := stream.read(limits.PIECE):
            size += len(piece)
            if size > limits.FILE_BYTES:
                raise FileTooBigError(size, limits.FILE_BYTES)
            digest.update(piece)
            file.write(piece)
        if not size:
            raise EmptyFileError
        file.flush()
        yield file, digest.hexdigest(), size


@contextmanager
def _turn() -> Iterator[None]:
    """Wait for one of the few places, so that many uploads never need much memory at once."""
    if not _gate.acquire(timeout=limits.PATIENCE):
        raise BusyError
    try:
        yield
    finally:
        _gate.release()
